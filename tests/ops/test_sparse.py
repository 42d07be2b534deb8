"""Sparse tensors: what the oracle's cases cannot show, texts of errors, feeds and training."""

import numpy as np
import pytest

import graphflow as tf

INDICES = [[0, 1], [1, 2]]


def test_a_sparse_placeholder_takes_a_value_a_tuple_and_a_fetched_value():
    sp = tf.sparse_placeholder(tf.float32, [None, 3])
    doubled = tf.SparseTensor(sp.indices, sp.values * 2, sp.dense_shape)
    with tf.Session() as session:
        first = session.run(doubled, {sp: (INDICES, [1.0, 2.0], [2, 3])})
        second = session.run(doubled, {sp: first})
        dense = session.run(tf.sparse.to_dense(doubled), {sp: tf.SparseTensorValue(INDICES, [1.0, 2.0], [4, 3])})
    assert isinstance(first, tf.SparseTensorValue)
    assert second.values.tolist() == [4.0, 8.0]
    assert dense.tolist() == [[0, 2, 0], [0, 0, 4], [0, 0, 0], [0, 0, 0]]


def test_eval_gives_a_sparse_tensor_value():
    sp = tf.SparseTensor(INDICES, ["a", "b"], [2, 3])
    with tf.Session():
        value = sp.eval()
    assert value.values.tolist() == [b"a", b"b"]


@pytest.mark.parametrize(
    "function",
    [
        lambda: tf.sparse_reorder(tf.zeros([2])),
        lambda: tf.sparse_concat(0, tf.zeros([2])),
        lambda: tf.sparse_to_indicator([1], 3),
        lambda: tf.sparse.eye(2.5),
        lambda: tf.nn.embedding_lookup_sparse(tf.zeros([2, 2]), tf.zeros([2], tf.int64), None),
    ],
)
def test_dense_values_where_sparse_ones_are_needed(function):
    with pytest.raises(TypeError):
        function()


def test_shapes_that_do_not_fit_are_refused_while_building():
    sp = tf.SparseTensor(INDICES, [1.0, 2.0], [2, 3])
    with pytest.raises(ValueError, match="Dimensions must be equal"):
        tf.sparse_tensor_dense_matmul(sp, tf.zeros([4, 2]))
    with pytest.raises(ValueError, match="at most one|At most one"):
        tf.sparse_reshape(sp, [-1, -1])
    with pytest.raises(ValueError, match="new_shape"):
        tf.sparse_reset_shape(sp, [1, 3])


@pytest.mark.parametrize(
    ("indices", "text"),
    [
        ([[1, 0], [0, 1]], r"indices\[1\] is out of order"),
        ([[0, 1], [0, 1]], r"indices\[1\] is repeated"),
        ([[0, 1], [0, 7]], r"indices\[1\] = \[0, 7\] does not index into shape \[2,3\]"),
    ],
)
def test_bad_indices_are_named(indices, text):
    fed = tf.placeholder(tf.int64, [2, 2])
    dense = tf.sparse_to_dense(fed, [2, 3], [1.0, 2.0], name="whole")
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError, match=text) as caught:
        session.run(dense, {fed: indices})
    assert "whole" in str(caught.value)


def test_operands_of_different_shapes():
    a, b = tf.sparse_placeholder(tf.float32, [None, 3]), tf.sparse_placeholder(tf.float32, [None, 3])
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError, match="shapes do not match"):
        session.run(tf.sparse_add(a, b), {a: (INDICES, [1, 2], [2, 3]), b: (INDICES, [1, 2], [4, 3])})


def test_a_linear_model_on_sparse_features_learns():
    rng = np.random.RandomState(0)
    dense = rng.rand(20, 6) * (rng.rand(20, 6) > 0.6)
    truth = rng.rand(6, 1)
    sp = tf.sparse_placeholder(tf.float32)
    weights = tf.Variable(tf.zeros([6, 1]))
    loss = tf.reduce_mean(tf.square(tf.sparse_tensor_dense_matmul(sp, weights) - (dense @ truth).astype(np.float32)))
    step = tf.train.AdamOptimizer(0.1).minimize(loss)
    indices = np.argwhere(dense)
    value = tf.SparseTensorValue(indices, dense[tuple(indices.T)], dense.shape)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(300):
            session.run(step, {sp: value})
        assert session.run(loss, {sp: value}) < 1e-5


def test_embeddings_of_sets_of_ids_touch_only_their_rows():
    table = tf.Variable(tf.ones([5, 2]))
    ids = tf.SparseTensor([[0, 0], [0, 1], [1, 0]], tf.constant([3, 1, 3], tf.int64), [2, 2])
    loss = tf.reduce_sum(tf.nn.embedding_lookup_sparse(table, ids, None, combiner="sum"))
    (gradient,) = tf.gradients(loss, [table])
    step = tf.train.GradientDescentOptimizer(0.5).minimize(loss)
    assert isinstance(gradient, tf.IndexedSlices)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(step)
        assert session.run(table)[:, 0].tolist() == [1.0, 0.5, 1.0, 0.0, 1.0]
