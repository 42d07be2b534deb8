"""Embeddings of sets of ids: compiled once for batches of about one size, and only where nobody sees the difference."""

import numpy as np
import pytest

import graphflow as tf
from graphflow._lowering import looked_up_rows, table

TABLE = np.arange(20, dtype=np.float32).reshape(10, 2) / 8
IDS = tf.SparseTensorValue(np.array([[0, 0], [0, 1], [2, 0], [2, 1], [2, 2]]), np.int64([3, 3, 7, 1, 3]), [3, 3])


def embedded(combiner="mean", weighted=False, use_resource=False):
    rows = tf.get_variable("rows", initializer=TABLE, use_resource=use_resource)
    ids = tf.sparse_placeholder(tf.int64, name="ids")
    weights = tf.SparseTensor(ids.indices, tf.cast(ids.values, tf.float32) / 4, ids.dense_shape) if weighted else None
    return rows, ids, tf.nn.safe_embedding_lookup_sparse(rows, ids, weights, combiner=combiner)


def uniques():
    return [op for op in tf.get_default_graph().get_operations() if op.type == "Unique"]


@pytest.mark.parametrize("count", [0, 1, 3, 4, 5, 16, 17, 33, 1000])
def test_roomy(count):
    size = looked_up_rows.roomy(count)
    assert count <= size <= max(2 * count, 8)
    assert len({looked_up_rows.roomy(n) for n in range(10_000)}) < 15


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("combiner", ["sum", "mean", "sqrtn"])
@pytest.mark.parametrize("optimizer", [tf.train.GradientDescentOptimizer, tf.train.FtrlOptimizer])
def test_what_embeddings_use_is_recognised(optimizer, combiner, weighted):
    _, _, y = embedded(combiner, weighted, use_resource=weighted)
    optimizer(0.1).minimize(tf.reduce_sum(y * y))
    assert looked_up_rows.only_names_rows(uniques()[0])


def test_the_numbers_are_those_of_distinct_rows(monkeypatch):
    def trained():
        with tf.Graph().as_default():
            rows, ids, y = embedded()
            step = tf.train.AdagradOptimizer(0.5).minimize(tf.reduce_sum(y * y))
            with tf.Session() as session:
                session.run(tf.global_variables_initializer())
                session.run(step, {ids: IDS})
                return session.run([rows, y], {ids: IDS})

    ours = trained()
    monkeypatch.setattr(looked_up_rows, "only_names_rows", lambda unique: False)
    for a, b in zip(ours, trained()):
        np.testing.assert_allclose(a, b, rtol=1e-6)
    assert ours[0][5].tolist() == TABLE[5].tolist() and ours[0][3].tolist() != TABLE[3].tolist()


def test_a_gradient_whose_norm_is_taken_has_distinct_rows():
    rows, ids, y = embedded()
    optimizer = tf.train.GradientDescentOptimizer(1.0)
    ((gradient, _),) = optimizer.compute_gradients(tf.reduce_sum(y))
    clipped, norm = tf.clip_by_global_norm([gradient], 100.0)
    optimizer.apply_gradients(zip(clipped, [rows]))
    assert not looked_up_rows.only_names_rows(uniques()[0])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        shares = {3: 1 + 1 / 3, 7: 1 / 3, 1: 1 / 3, 0: 0}
        assert session.run(norm, {ids: IDS}) == pytest.approx(np.sqrt(2 * sum(s * s for s in shares.values())))


@pytest.mark.parametrize("wanted", ["rows", "count"])
def test_rows_that_are_used_otherwise_are_the_distinct_ones(wanted):
    ids = tf.placeholder(tf.int64, [None])
    with tf.name_scope("lookup") as scope:
        distinct, places = tf.unique(ids)
        looked_up = tf.gather(tf.constant(TABLE), distinct)
        tf.sparse_segment_sum(looked_up, places, places, name=scope)
    fetched = {"rows": looked_up * 1, "count": tf.shape(looked_up)}[wanted]
    assert not looked_up_rows.only_names_rows(distinct.op)
    with tf.Session() as session:
        assert len(session.run(fetched, {ids: [4, 4, 1]})) == 2


def test_a_unique_outside_embeddings_is_left_alone():
    ids = tf.placeholder(tf.int64, [None])
    distinct, places = tf.unique(ids)
    tf.sparse_segment_sum(tf.gather(tf.constant(TABLE), distinct), places, places)
    assert table.row_of(distinct.op).is_host and not looked_up_rows.only_names_rows(distinct.op)
    with tf.Session() as session:
        assert session.run(distinct, {ids: [4, 4, 1]}).tolist() == [4, 1]
