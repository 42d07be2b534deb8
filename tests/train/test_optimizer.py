"""What the oracle's cases of training cannot show: our messages, and the parts that TensorFlow has no public name for."""

import numpy as np
import pytest

import graphflow as tf
from graphflow._graph import op_def
from graphflow._lowering import training
from graphflow._ops import training_ops
from graphflow._train import moving_averages


@pytest.fixture
def w():
    return tf.get_variable("w", initializer=np.ones([2, 2], np.float32))


def test_every_update_operation_has_a_rule():
    assert set(training.RULES) == set(training_ops.TYPES)
    assert len(training_ops.TYPES) > 50


@pytest.mark.parametrize("op_type", training_ops.TYPES)
def test_a_formula_takes_the_arguments_of_its_operation(op_type):
    formula = training.FORMULAS[op_type.removeprefix("Resource").partition("Apply")[2]]
    names = {"grad" if arg.name == "delta" else arg.name for arg in op_def.get(op_type).inputs} - {"indices"}
    flags = {"use_nesterov", "update_slots"} & set(op_def.get(op_type).attrs)
    assert set(formula.__code__.co_varnames[: formula.__code__.co_argcount]) == names | flags


def test_a_gradient_of_another_shape_names_the_update(w):
    with pytest.raises(
        ValueError, match=r"Dimension 1 in both shapes .* 'GradientDescent/update_w/ApplyGradientDescent'"
    ):
        tf.train.GradientDescentOptimizer(0.1).apply_gradients([(tf.ones([2, 3]), w)])


def test_rows_of_another_length_name_the_update(w):
    rows = tf.IndexedSlices(tf.ones([1, 3]), [0])
    with pytest.raises(ValueError, match=r"'Adagrad/update_w/SparseApplyAdagrad'"):
        tf.train.AdagradOptimizer(0.1).apply_gradients([(rows, w)])


def test_a_rate_that_is_no_scalar_names_the_update(w):
    with pytest.raises(ValueError, match=r"Shape must be rank 0 but is rank 1 for 'train/update_w"):
        tf.train.GradientDescentOptimizer([0.1]).minimize(tf.reduce_sum(w), name="train")


def test_no_gradient_names_the_loss():
    tf.Variable(1.0)
    with pytest.raises(ValueError, match="No gradients provided for any variable.*Const"):
        tf.train.GradientDescentOptimizer(0.1).minimize(tf.constant(1.0))


def test_a_missing_rule_says_which(w):
    class Nothing(tf.train.Optimizer):
        pass

    with pytest.raises(NotImplementedError, match="Nothing has no _apply_dense"):
        Nothing(False, "Nothing").minimize(tf.reduce_sum(w))


def test_a_row_out_of_range_leaves_the_variable(w):
    rows = tf.IndexedSlices(tf.ones([2, 2]), tf.placeholder_with_default([0, 2], [2]))
    optimizer = tf.train.MomentumOptimizer(0.1, 0.9)
    step = optimizer.apply_gradients([(rows, w)])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        with pytest.raises(
            tf.errors.InvalidArgumentError, match="Index 2 at offset 1 in indices is out of range"
        ) as info:
            session.run(step)
        assert info.value.op.name == "Momentum/update_w/SparseApplyMomentum"
        assert session.run(w).tolist() == [[1, 1], [1, 1]]


def test_loss_as_a_function(w):
    step = tf.train.GradientDescentOptimizer(0.5).minimize(lambda: tf.reduce_sum(w))
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(step)
        assert session.run(w)[0, 0] == 0.5


def test_an_optimizer_serves_two_graphs():
    optimizer = tf.train.AdamOptimizer(0.1)
    for _ in range(2):
        with tf.Graph().as_default(), tf.Session() as session:
            v = tf.Variable(1.0, name="v")
            step = optimizer.minimize(v * v)
            session.run(tf.global_variables_initializer())
            session.run(step)
            assert session.run(v) == pytest.approx(0.9)
            assert [s.name for s in optimizer.variables()] == [
                "beta1_power:0",
                "beta2_power:0",
                "v/Adam:0",
                "v/Adam_1:0",
            ]


def test_weighted_moving_average():
    value, weight = tf.placeholder(tf.float32, []), tf.placeholder(tf.float32, [])
    mean = moving_averages.weighted_moving_average(value, 0.5, weight)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert session.run(mean, {value: 2.0, weight: 1.0}) == 2.0
        assert session.run(mean, {value: 5.0, weight: 3.0}) == pytest.approx((2 * 0.25 + 15 * 0.5) / (0.25 + 1.5))


@pytest.mark.parametrize("steps", [7, 41, 49, 55, 61])
def test_a_staircase_falls_when_the_step_reaches_it(steps):
    step = tf.placeholder(tf.int64, [])
    rate = tf.train.exponential_decay(1.0, step, steps, 0.5, staircase=True)
    with tf.Session() as session:
        assert [session.run(rate, {step: n}) for n in (steps - 1, steps, 2 * steps)] == [1.0, 0.5, 0.25]
