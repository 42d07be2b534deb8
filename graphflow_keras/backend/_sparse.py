"""Sparse tensors, and SciPy's sparse matrices as values of them."""

import numpy as np

import graphflow as tf


def is_sparse(tensor):
    """Whether it is a SparseTensor."""
    return isinstance(tensor, tf.SparseTensor)


def to_dense(tensor):
    """A sparse tensor as a dense one; a dense one itself."""
    return tf.sparse_tensor_to_dense(tensor) if is_sparse(tensor) else tensor


def parts(matrix):
    """A SciPy sparse matrix as (indices int64 `[n, 2]`, values `[n]`, shape)."""
    coo = matrix.tocoo()
    return np.stack([coo.row, coo.col], axis=1).astype(np.int64), coo.data, np.array(coo.shape, np.int64)


def padded_parts(matrix):
    """`parts`, row by row, with zeros at some empty places, so that their number is a power of two.

    A program is compiled for each number of values, and no two batches have the same: this way a few programs do.
    """
    csr = matrix.tocsr()
    csr.sum_duplicates()
    indices, values, shape = parts(csr)
    wanted = min(1 << max(len(values) - 1, 0).bit_length(), int(shape.prod()))
    places = np.ravel_multi_index(indices.T, shape)
    places = np.append(places, np.setdiff1d(np.arange(wanted), places)[: wanted - len(places)])
    order = np.argsort(places)
    values = np.append(values, np.zeros(wanted - len(values), values.dtype))
    return np.stack(np.unravel_index(places[order], shape), axis=1), values[order], shape
