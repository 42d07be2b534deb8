"""Checkpoints with eager execution."""

import numpy as np
import pytest

import graphflow as tf
from graphflow._graph import eager_graph

tfe = tf.contrib.eager


@pytest.fixture(autouse=True)
def eagerly():
    with eager_graph.eager_mode():
        yield


class Model:
    """An object with layers, as users write it."""

    _is_tracked = True

    def __init__(self):
        self.dense = tf.layers.Dense(2)
        self.out = tf.layers.Dense(1)

    def __call__(self, x):
        return self.out(self.dense(x))


def trained(model, optimizer):
    for _ in range(2):
        optimizer.minimize(lambda: tf.reduce_sum(model(tf.ones([3, 4])) ** 2))


def values(model, optimizer):
    slots = [optimizer.get_slot(v, "m") for v in model.dense.variables]
    return [v.numpy() for v in model.dense.variables + model.out.variables + slots]


def test_a_checkpoint_is_restored_before_the_variables_exist(tmp_path):
    model, optimizer = Model(), tf.train.AdamOptimizer(0.1)
    trained(model, optimizer)
    saved = tf.train.Checkpoint(model=model, optimizer=optimizer)
    path = saved.save(str(tmp_path / "model"))
    assert tf.train.latest_checkpoint(str(tmp_path)) == path and path.endswith("-1")
    expected = values(model, optimizer)
    trained(model, optimizer)
    after = values(model, optimizer)

    again, fresh = Model(), tf.train.AdamOptimizer(0.1)
    status = tf.train.Checkpoint(model=again, optimizer=fresh).restore(path)
    np.testing.assert_allclose(again(tf.ones([3, 4])).shape.as_list(), [3, 1])
    for v, value in zip(again.dense.variables + again.out.variables, expected):
        np.testing.assert_array_equal(v.numpy(), value)
    trained(again, fresh)
    for found, value in zip(values(again, fresh), after):
        np.testing.assert_allclose(found, value, rtol=1e-5)
    status.assert_existing_objects_matched()

    saved.restore(path)
    for found, value in zip(values(model, optimizer), expected):
        np.testing.assert_array_equal(found, value)


def test_savers_write_and_read_by_name(tmp_path):
    a, b = tf.Variable([1.0, 2.0], name="a"), tf.Variable(3, name="scope/b")
    path = tfe.Saver([a, b]).save(str(tmp_path / "model"), global_step=7)
    assert path.endswith("model-7") and tf.train.latest_checkpoint(str(tmp_path)) == path
    assert dict(tf.train.list_variables(path)) == {"a": [2], "scope/b": []}
    a.assign([0.0, 0.0])
    b.assign(0)
    tf.train.Saver({"a": a, "scope/b": b}).restore(None, path)
    assert (a.numpy().tolist(), b.numpy()) == ([1.0, 2.0], 3)
    with tf.Graph().as_default(), tf.Session() as session:
        held = tf.get_variable("a", [2])
        tf.train.Saver().restore(session, path)
        assert session.run(held).tolist() == [1.0, 2.0]


def test_what_cannot_be_saved_or_restored_is_told(tmp_path):
    a = tf.Variable([1.0, 2.0], name="a")
    path = tfe.Saver([a]).save(str(tmp_path / "model"))
    with pytest.raises(ValueError, match="same name"):
        tfe.Saver([a, tf.Variable(1.0, name="a")])
    with pytest.raises(TypeError, match="not a Variable"):
        tf.train.Saver([tf.constant(1.0)])
    with pytest.raises(RuntimeError, match="var_list"):
        tf.train.Saver()
    with pytest.raises(tf.errors.NotFoundError, match="b not found"):
        tfe.Saver([tf.Variable(1.0, name="b")]).restore(path)
    other = tf.Variable([1.0, 2.0, 3.0], name="a")
    with pytest.raises(tf.errors.InvalidArgumentError, match="shape"):
        tfe.Saver([other]).restore(path)
    assert other.numpy().tolist() == [1.0, 2.0, 3.0]
