"""Hashes and crosses: what TensorFlow cannot answer."""

import numpy as np
import pytest

import graphflow as tf
from graphflow._lowering import hashes


def test_fingerprints_are_farmhashs():
    assert hashes.fingerprint64(b"") == 0x9AE16A3B2F90404F
    assert len({hashes.fingerprint64(b"x" * n) for n in range(300)}) == 300


def test_siphash_of_its_authors():
    key = [0x0706050403020100, 0x0F0E0D0C0B0A0908]
    assert hashes.strong_hash64(bytes(range(15)), key) == 0xA129CA6149BE45E5


def test_crosses_of_batches_that_differ_are_refused():
    crossed = tf.sparse.cross_hashed([tf.placeholder_with_default([["a"]], None), tf.constant([["b"], ["c"]])])
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError, match="batch size"):
        session.run(crossed)


def test_a_table_that_nobody_filled_says_what_to_run():
    table = tf.contrib.lookup.index_table_from_tensor(["a"])
    with tf.Session() as session, pytest.raises(tf.errors.FailedPreconditionError, match="tables_initializer"):
        session.run(table.lookup(tf.constant(["a"])))


def test_a_fetched_gradient_of_an_embedding_may_come_in_parts_but_adds_up():
    rows = tf.get_variable("rows", initializer=np.ones([4, 2], np.float32))
    ids = tf.sparse_placeholder(tf.int64)
    y = tf.nn.safe_embedding_lookup_sparse(rows, ids, combiner="sum")
    (gradient,) = tf.gradients(tf.reduce_sum(y * y), [rows])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        value = tf.SparseTensorValue(np.array([[0, 0], [0, 1], [1, 0]]), np.int64([2, 2, 1]), [2, 2])
        dense = session.run(tf.convert_to_tensor(gradient), {ids: value})
    assert dense[:, 0].tolist() == [0, 2, 8, 0]
