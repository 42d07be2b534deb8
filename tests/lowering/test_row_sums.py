"""Sums of sparse gradients: compiled once for all batches of one size, and only where nobody sees the difference."""

import numpy as np
import pytest

import graphflow as tf
from graphflow._lowering import row_sums, table

OPTIMIZERS = [
    tf.train.AdamOptimizer(0.1),
    tf.train.MomentumOptimizer(0.1, 0.9),
    tf.train.AdagradOptimizer(0.1),
    tf.train.FtrlOptimizer(0.1),
    tf.train.RMSPropOptimizer(0.1, centered=True),
]


@pytest.mark.parametrize("x", [[], [3], [1, 1, 1], [5, 0, 5, 2, 5, 0], [2, 1, 0]])
def test_first_places(x):
    expected = [x.index(item) for item in x]
    assert row_sums.first_places(np.array(x, np.int32)).tolist() == expected


def uniques():
    return [op for op in tf.get_default_graph().get_operations() if op.type == "Unique"]


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda optimizer: optimizer.get_name())
@pytest.mark.parametrize("use_resource", [False, True])
def test_optimizers_sum_rows_in_the_compiled_step(optimizer, use_resource):
    rows = tf.get_variable("rows", [6, 2], use_resource=use_resource)
    ids = tf.placeholder(tf.int32, [None])
    optimizer.minimize(tf.reduce_sum(tf.nn.embedding_lookup(rows, ids)))
    assert len(uniques()) == 1 and not table.row_of(uniques()[0]).is_host


class DecayOfRows(tf.train.MomentumOptimizer):
    """Uses the distinct rows for more than an update, so that they have to be the distinct ones."""

    def _apply_sparse(self, grad, var):
        values = grad.values + 0.5 * tf.gather(var, grad.indices)
        return super()._apply_sparse(tf.IndexedSlices(values, grad.indices), var)


def test_rows_that_are_read_are_the_distinct_ones():
    rows = tf.get_variable("rows", initializer=np.ones([4, 2], np.float32))
    ids = tf.placeholder(tf.int32, [None])
    step = DecayOfRows(1.0, 0.0).minimize(tf.reduce_sum(tf.nn.embedding_lookup(rows, ids)))
    assert table.row_of(uniques()[0]).is_host
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(step, {ids: [2, 0, 2]})
        assert session.run(rows)[:, 0].tolist() == [1 - 1.5, 1, 1 - 2.5, 1]


def test_a_fetched_unique_is_compact():
    ids = tf.placeholder(tf.int32, [None])
    rows, places = tf.unique(ids)
    with tf.Session() as session:
        assert [list(x) for x in session.run([rows, places], {ids: [7, 1, 7]})] == [[7, 1], [0, 1, 0]]
