"""Element by element, reductions, comparisons, products of matrices."""

import builtins

import numpy as np

import graphflow as tf
from graphflow_keras.backend import _sparse, _tensors, common

# -- element by element --------------------------------------------------------------------------------------------------


def square(x):
    """x^2"""
    return tf.square(x)


def abs(x):
    """|x|"""
    return tf.abs(x)


def sqrt(x):
    """The square root; 0 where x is negative."""
    return tf.sqrt(_clipped(x, 0.0, np.inf))


def exp(x):
    """e^x"""
    return tf.exp(x)


def log(x):
    """The natural logarithm."""
    return tf.log(x)


def round(x):
    """The nearest whole number, the even one of two."""
    return tf.round(x)


def sign(x):
    """-1, 0 or 1."""
    return tf.sign(x)


def pow(x, a):
    """x^a"""
    return tf.pow(x, a)


def sin(x):
    """The sine of x radians."""
    return tf.sin(x)


def cos(x):
    """The cosine of x radians."""
    return tf.cos(x)


def clip(x, min_value, max_value):
    """x kept within [min_value, max_value]; a `max_value` of None is no limit, one below `min_value` counts as that."""
    if max_value is None:
        max_value = np.inf
    elif max_value < min_value:
        max_value = min_value
    return _clipped(x, min_value, max_value)


def _clipped(x, low, high):
    kind = x.dtype.base_dtype
    return tf.clip_by_value(x, tf.convert_to_tensor(low, kind), tf.convert_to_tensor(high, kind))


def maximum(x, y):
    """The larger of two, element by element."""
    return tf.maximum(x, y)


def minimum(x, y):
    """The smaller of two, element by element."""
    return tf.minimum(x, y)


# -- comparisons ---------------------------------------------------------------------------------------------------------


def equal(x, y):
    """x == y, bool."""
    return tf.equal(x, y)


def not_equal(x, y):
    """x != y, bool."""
    return tf.not_equal(x, y)


def greater(x, y):
    """x > y, bool."""
    return tf.greater(x, y)


def greater_equal(x, y):
    """x >= y, bool."""
    return tf.greater_equal(x, y)


def less(x, y):
    """x < y, bool."""
    return tf.less(x, y)


def less_equal(x, y):
    """x <= y, bool."""
    return tf.less_equal(x, y)


# -- reductions ----------------------------------------------------------------------------------------------------------
# `axis` is an int, a list of ints, or None for all; `keepdims` leaves the reduced axes with size 1.


def max(x, axis=None, keepdims=False):
    """The largest element."""
    return tf.reduce_max(x, axis, keepdims)


def min(x, axis=None, keepdims=False):
    """The smallest element."""
    return tf.reduce_min(x, axis, keepdims)


def sum(x, axis=None, keepdims=False):
    """The sum."""
    return tf.reduce_sum(x, axis, keepdims)


def prod(x, axis=None, keepdims=False):
    """The product."""
    return tf.reduce_prod(x, axis, keepdims)


def mean(x, axis=None, keepdims=False):
    """The mean; of bools, the share that is true."""
    return tf.reduce_mean(_numbers(x), axis, keepdims)


def var(x, axis=None, keepdims=False):
    """The variance, with the number of elements below it."""
    x = _numbers(x)
    return tf.reduce_mean(tf.square(x - tf.reduce_mean(x, axis, True)), axis, keepdims)


def std(x, axis=None, keepdims=False):
    """The standard deviation."""
    return tf.sqrt(var(x, axis=axis, keepdims=keepdims))


def logsumexp(x, axis=None, keepdims=False):
    """log(sum(exp(x))), without overflow."""
    return tf.reduce_logsumexp(x, axis, keepdims)


def any(x, axis=None, keepdims=False):
    """Whether an element is not zero, bool."""
    return tf.reduce_any(tf.cast(x, tf.bool), axis, keepdims)


def all(x, axis=None, keepdims=False):
    """Whether no element is zero, bool."""
    return tf.reduce_all(tf.cast(x, tf.bool), axis, keepdims)


def argmax(x, axis=-1):
    """The position of the largest element, int64."""
    return tf.argmax(x, axis)


def argmin(x, axis=-1):
    """The position of the smallest element, int64."""
    return tf.argmin(x, axis)


def cumsum(x, axis=0):
    """Sums of all elements up to each."""
    return tf.cumsum(x, axis=axis)


def cumprod(x, axis=0):
    """Products of all elements up to each."""
    return tf.cumprod(x, axis=axis)


def _numbers(x):
    return tf.cast(x, common.floatx()) if x.dtype.base_dtype == tf.bool else x


# -- matrices ------------------------------------------------------------------------------------------------------------


def dot(x, y):
    """The product of matrices; of larger tensors, over the last axis of `x` and the last but one of `y`.

    `x` may be sparse where both are matrices.
    """
    x_rank, y_rank = _tensors.ndim(x), _tensors.ndim(y)
    if x_rank is not None and (x_rank > 2 or y_rank > 2):
        x_shape, y_shape = _known_or_at_run_time(x), _known_or_at_run_time(y)
        last_but_one_first = [y_rank - 2, *(axis for axis in range(y_rank) if axis != y_rank - 2)]
        rows = tf.reshape(x, [-1, x_shape[-1]])
        columns = tf.reshape(tf.transpose(y, perm=last_but_one_first), [y_shape[-2], -1])
        return tf.reshape(tf.matmul(rows, columns), x_shape[:-1] + y_shape[:-2] + y_shape[-1:])
    return tf.sparse_tensor_dense_matmul(x, y) if _sparse.is_sparse(x) else tf.matmul(x, y)


def _known_or_at_run_time(x):
    at_run_time = tf.unstack(tf.shape(x))
    return [s if known is None else known for known, s in zip(_tensors.int_shape(x), at_run_time)]


def batch_dot(x, y, axes=None):
    """One product for each pair of samples.

    Args:
        x, y: `[batch, ...]`.
        axes: int or two ints, the axes of `x` and `y` that are summed over; the last of `x` and the last but one
            of `y` when None.

    Returns:
        the axes of `x`, then those of `y`, but for the summed ones and the second batch axis; at least two axes.

    Raises:
        ValueError: several axes for one tensor.
    """
    x_rank, y_rank = _tensors.ndim(x), _tensors.ndim(y)
    if isinstance(axes, int):
        axes = (axes, axes)
    elif axes is None:
        axes = [x_rank - 1, y_rank - 2]
    if builtins.any(isinstance(axis, list | tuple) for axis in axes):
        raise ValueError(
            f"Multiple target dimensions are not supported. Expected: None, int, (int, int), Provided: {axes}"
        )
    missing = builtins.abs(x_rank - y_rank)
    if x_rank > y_rank:
        y = tf.reshape(y, tf.concat([tf.shape(y), [1] * missing], axis=0))
    elif y_rank > x_rank:
        x = tf.reshape(x, tf.concat([tf.shape(x), [1] * missing], axis=0))
    rank = builtins.max(x_rank, y_rank)
    if rank == 2:
        if axes[0] == axes[1]:
            out = tf.reduce_sum(tf.multiply(x, y), axes[0])
        else:
            out = tf.reduce_sum(tf.multiply(tf.transpose(x, [1, 0]), y), axes[1])
    else:
        out = tf.matmul(x, y, adjoint_a=axes[0] != rank - 1, adjoint_b=axes[1] == rank - 1)
    if missing:
        first = x_rank + y_rank - 3 if x_rank > y_rank else x_rank - 1
        out = tf.squeeze(out, list(range(first, first + missing)))
    return tf.expand_dims(out, 1) if _tensors.ndim(out) == 1 else out


def transpose(x):
    """The transpose: all axes in reverse order."""
    return tf.transpose(x)


def gather(reference, indices):
    """The rows of `reference` that `indices` name, shape `indices.shape + reference.shape[1:]`."""
    return tf.nn.embedding_lookup(reference, indices)


def l2_normalize(x, axis=None):
    """x divided by its Euclidean norm along `axis`."""
    return tf.nn.l2_normalize(x, axis=axis)


def in_top_k(predictions, targets, k):
    """Whether the score of each target is among the `k` largest of its row, bool `[batch]`."""
    return tf.nn.in_top_k(predictions, targets, k)
