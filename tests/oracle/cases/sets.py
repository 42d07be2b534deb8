"""Rows as sets: union, intersection, difference and size, of dense and sparse tensors."""

import numpy as np

from tests.oracle.harness import case

A = np.array([[3, 1, 3, 7], [4, 5, 4, 4], [9, 9, 9, 9]], np.int32)
B = np.array([[1, 2, 3], [4, 4, 4], [0, 1, 2]], np.int32)
DEEP_A = np.array([[[1, 2], [3, 3]], [[5, 4], [6, 7]]], np.int64)
DEEP_B = np.array([[[2, 2], [4, 3]], [[5, 5], [8, 9]]], np.int64)
TEXTS_A = np.array([[b"b", b"a", b"b"], [b"x", b"", b"y"]], object)
TEXTS_B = np.array([[b"c", b"a"], [b"", b"z"]], object)


def dense(tf, name, value, shape=None):
    return tf.placeholder(tf.as_dtype(value.dtype) if value.dtype != object else tf.string, shape or value.shape, name=name)


def sparse(tf, name, dtype=np.int32):
    """A SparseTensor of three rows, the second empty."""
    values = tf.placeholder(tf.as_dtype(dtype), [5], name=name)
    return tf.SparseTensor([[0, 0], [0, 2], [2, 0], [2, 1], [2, 3]], values, [3, 4])


VALUES = {"s": np.array([1, 3, 9, 2, 9], np.int32), "t": np.array([3, 8, 2, 2, 5], np.int32)}


def operations(tf, a, b):
    return {
        "union": tf.sets.union(a, b),
        "intersection": tf.sets.intersection(a, b),
        "difference": tf.sets.difference(a, b),
        "b-a": tf.sets.difference(a, b, aminusb=False),
    }


@case(feeds={"a": A, "b": B})
def of_dense(tf):
    return operations(tf, dense(tf, "a", A), dense(tf, "b", B))


@case(feeds={"a": A, "b": B})
def of_dense_of_unknown_size(tf):
    return operations(tf, dense(tf, "a", A, [None, None]), dense(tf, "b", B, [None, 3]))


@case(feeds={"a": DEEP_A, "b": DEEP_B})
def of_three_axes(tf):
    return operations(tf, dense(tf, "a", DEEP_A), dense(tf, "b", DEEP_B))


@case(feeds={"a": TEXTS_A, "b": TEXTS_B})
def of_texts(tf):
    return operations(tf, dense(tf, "a", TEXTS_A), dense(tf, "b", TEXTS_B))


@case(feeds={"a": A, "t": VALUES["t"]})
def of_dense_and_sparse(tf):
    return operations(tf, dense(tf, "a", A), sparse(tf, "t"))


@case(feeds={"a": A, "t": VALUES["t"]})
def of_sparse_and_dense(tf):
    return operations(tf, sparse(tf, "t"), dense(tf, "a", A))


@case(feeds=VALUES)
def of_sparse(tf):
    return operations(tf, sparse(tf, "s"), sparse(tf, "t"))


@case(feeds={"s": np.array([b"a", b"b", b"c", b"d", b"e"], object), "t": np.array([b"b", b"c", b"d", b"d", b"f"], object)})
def of_sparse_texts(tf):
    return operations(tf, sparse(tf, "s", object), sparse(tf, "t", object))


@case(feeds={"a": A.astype(np.uint8), "b": B.astype(np.uint8)})
def of_bytes(tf):
    return operations(tf, dense(tf, "a", A.astype(np.uint8)), dense(tf, "b", B.astype(np.uint8)))


@case()
def of_lists(tf):
    return [tf.sets.set_union([[1, 2]], [[2, 3]]), tf.sets.set_difference([[1, 2]], [[2, 3]], True, False)]


@case()
def of_nothing_left(tf):
    return operations(tf, tf.constant([[1], [2]]), tf.constant([[1], [2]]))


@case(feeds=VALUES)
def sizes(tf):
    return [
        tf.sets.size(sparse(tf, "s")),
        tf.sets.set_size(sparse(tf, "t"), validate_indices=False),
        tf.sets.size(tf.SparseTensor([[0, 0, 1], [1, 1, 0], [1, 1, 1]], ["a", "b", "b"], [2, 2, 2])),
    ]


@case(feeds={"a": A, "b": B})
def sizes_of_results(tf):
    both = tf.sets.intersection(dense(tf, "a", A), dense(tf, "b", B))
    return [tf.sets.size(both), tf.sparse.to_dense(both, default_value=-1)]


@case(raises=True)
def size_of_dense(tf):
    return tf.sets.size(tf.constant([[1, 2]]))


@case(raises=True)
def size_of_floats(tf):
    return tf.sets.size(tf.SparseTensor([[0, 0]], [1.0], [1, 1]))


@case(raises=True)
def of_floats(tf):
    return tf.sets.union(tf.constant([[1.0]]), tf.constant([[1.0]]))


@case(raises=True)
def of_types_that_differ(tf):
    return tf.sets.union(tf.constant([[1]]), tf.constant([["a"]]))


@case(feeds={"a": A, "b": B[:2]}, raises=True)
def of_rows_that_differ(tf):
    return tf.sets.union(dense(tf, "a", A, [None, 4]), dense(tf, "b", B, [None, 3]))


@case(raises=True)
def of_vectors(tf):
    return tf.sets.union(tf.placeholder_with_default([1, 2], None), tf.placeholder_with_default([1, 2], None))


@case(raises=True)
def indices_out_of_order(tf):
    return tf.sets.size(tf.SparseTensor([[1, 0], [0, 0]], [1, 2], [2, 1]))
