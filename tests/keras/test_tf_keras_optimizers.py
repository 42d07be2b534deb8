"""Optimizers of the dialect `tf.keras`: which classes the public names mean, and what a user may say to them."""

import numpy as np
import pytest

import graphflow as tf
import graphflow_keras as keras
from graphflow_keras import optimizer_v2, optimizers


@pytest.fixture(autouse=True)
def speak():
    keras.dialect.speak("tf.keras")


def test_names_mean_the_classes_of_the_dialect():
    of_tensorflow = optimizers.Adam, optimizers.Optimizer, type(optimizers.get("sgd"))
    keras.dialect.speak("keras")
    of_keras = optimizers.Adam, optimizers.Optimizer, type(optimizers.get("sgd"))
    assert of_tensorflow == (optimizer_v2.Adam, optimizer_v2.OptimizerV2, optimizer_v2.SGD)
    assert not set(of_keras) & set(of_tensorflow)
    assert issubclass(of_keras[0], of_keras[1]) and optimizers.adam is optimizers.Adam
    assert not hasattr(optimizers, "Ftrl") and "Ftrl" not in dir(optimizers)
    keras.dialect.speak("tf.keras")
    assert "Ftrl" in dir(optimizers) and optimizers.get("ftrl").get_config()["learning_rate_power"] == -0.5


def test_an_optimizer_is_taken_in_either_dialect():
    optimizer = optimizers.SGD(0.5)
    keras.dialect.speak("keras")
    assert optimizers.get(optimizer) is optimizer


def test_minimize_says_that_it_takes_a_function():
    v = tf.Variable(1.0, use_resource=True)
    with pytest.raises(TypeError, match="as a function without arguments.*get_updates"):
        optimizers.SGD().minimize(tf.square(v), [v])


def test_what_is_not_written_is_named():
    v = tf.Variable([1.0, 2.0], use_resource=True)

    class Empty(optimizers.Optimizer):
        pass

    with pytest.raises(NotImplementedError, match="Empty._resource_apply_dense"):
        Empty("empty").get_updates(tf.reduce_sum(v), [v])
    with pytest.raises(NotImplementedError, match="Empty._resource_apply_sparse"):
        Empty("empty").get_updates(tf.reduce_sum(tf.gather(v, [0])), [v])


def test_a_sparse_variable_has_no_constraint():
    v = tf.Variable([1.0, 2.0], use_resource=True, constraint=tf.abs)
    with pytest.raises(RuntimeError, match="constraint function on a sparse variable"):
        optimizers.SGD().get_updates(tf.reduce_sum(tf.gather(v, [0])), [v])


def test_a_number_can_become_a_schedule_and_an_attribute():
    optimizer = optimizers.SGD(0.5)
    optimizer.note = "mine"
    assert optimizer.note == "mine" and not hasattr(optimizer, "other")
    optimizer.lr = optimizers.schedules.ExponentialDecay(1.0, 1, 0.5)
    v = tf.Variable(0.0, use_resource=True)
    step = optimizer.get_updates(2.0 * v, [v])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(3):
            session.run(step)
        assert session.run(v) == -2.0 * (1 + 0.5 + 0.25)


def test_iterations_are_given_once():
    optimizer = optimizers.SGD()
    optimizer.iterations = counter = tf.Variable(7, dtype=tf.int64, use_resource=True)
    assert optimizer.iterations is counter and optimizer.weights == [counter]
    with pytest.raises(RuntimeError, match="after the Optimizer weights"):
        optimizer.iterations = counter


def test_reference_variables_are_refused():
    v = tf.Variable(1.0)
    with pytest.raises(ValueError, match="Variable:0 is no resource variable.*use_resource=True"):
        optimizers.SGD().get_updates(tf.square(v), [v])


def test_slots_go_into_checkpoints(tmp_path):
    v = tf.Variable([1.0, 2.0], use_resource=True)
    optimizer = optimizers.Adam()
    step = optimizer.get_updates(tf.reduce_sum(v), [v])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(step)
        path = tf.train.Checkpoint(v=v, optimizer=optimizer).save(str(tmp_path / "c"), session=session)
    stored = dict(tf.train.list_variables(path))
    assert "v/.OPTIMIZER_SLOT/optimizer/m/.ATTRIBUTES/VARIABLE_VALUE" in stored
    assert "optimizer/iter/.ATTRIBUTES/VARIABLE_VALUE" in stored


def test_variables_without_a_gradient_are_left_alone():
    v, w = (tf.Variable(1.0, use_resource=True) for _ in range(2))
    step = optimizers.SGD(0.5).apply_gradients([(tf.constant(1.0), v), (None, w)])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(step)
        np.testing.assert_allclose(session.run([v, w]), [0.5, 1.0])
