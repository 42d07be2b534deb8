"""Joining, cutting, repeating, padding and turning tensors."""

import numpy as np

import graphflow as tf
from graphflow_keras import dialect
from graphflow_keras.backend import _resize, _sparse, _tensors, common
from graphflow_keras.utils import generic_utils


def concatenate(tensors, axis=-1):
    """The tensors joined along `axis`; sparse if all of them are."""
    if axis < 0:
        rank = _tensors.ndim(tensors[0])
        axis = axis % rank if rank else 0
    if all(_sparse.is_sparse(x) for x in tensors):
        return tf.sparse_concat(axis, tensors)
    return tf.concat([_sparse.to_dense(x) for x in tensors], axis)


def stack(x, axis=0):
    """The tensors of a list joined along a new axis."""
    return tf.stack(x, axis=axis)


def reshape(x, shape):
    """The same elements in another shape; one -1 in it is worked out."""
    return tf.reshape(x, shape)


def permute_dimensions(x, pattern):
    """The axes in the order `pattern` names."""
    return tf.transpose(x, perm=pattern)


def flatten(x):
    """All elements in one row."""
    return tf.reshape(x, [-1])


def batch_flatten(x):
    """`[batch, elements of a sample]`"""
    return tf.reshape(x, tf.stack([-1, tf.reduce_prod(tf.shape(x)[1:], None, False)]))


def expand_dims(x, axis=-1):
    """With a new axis of size 1."""
    return tf.expand_dims(x, axis)


def squeeze(x, axis):
    """Without the axis `axis`, which has size 1."""
    return tf.squeeze(x, [axis])


def repeat_elements(x, rep, axis):
    """Each element `rep` times in a row along `axis`, as `np.repeat`."""
    dims = x.get_shape().as_list()
    if dims[axis] is not None:
        pieces = tf.split(value=x, num_or_size_splits=dims[axis], axis=axis)
        return concatenate([piece for piece in pieces for _ in range(rep)], axis)
    rank = len(dims)
    axis %= rank
    copies = tf.tile(tf.expand_dims(x, axis=axis + 1), [rep if i == axis + 1 else 1 for i in range(rank + 1)])
    factors = tf.constant([rep if i == axis else 1 for i in range(rank)], dtype="int32")
    repeated = tf.reshape(copies, tf.shape(x) * factors)
    repeated.set_shape(dims)
    repeated._keras_shape = tuple(dims)
    return repeated


def repeat(x, n):
    """`[batch, n, features]` from a matrix `[batch, features]`."""
    assert _tensors.ndim(x) == 2, f"repeat takes a matrix, got a tensor of rank {_tensors.ndim(x)}"
    return tf.tile(tf.expand_dims(x, 1), tf.stack([1, n, 1]))


def tile(x, n):
    """The whole tensor `n[i]` times along axis i."""
    return tf.tile(x, [n] if isinstance(n, int) else n)


def arange(start, stop=None, step=1, dtype="int32"):
    """Numbers from `start` (0 where only one is given) to below `stop`; none where `stop` is negative."""
    if stop is None:
        if _tensors.is_tensor(start):
            limit = start
            start = tf.cond(limit < 0, true_fn=lambda: tf.constant(0, dtype=limit.dtype), false_fn=lambda: limit)
        elif start < 0:
            start = 0
    numbers = tf.range(start, limit=stop, delta=step, name="arange")
    return numbers if dtype == "int32" else tf.cast(numbers, dtype)


def one_hot(indices, num_classes):
    """One-hot vectors `[..., num_classes]` of class numbers `[...]`."""
    return tf.one_hot(indices, depth=num_classes, axis=-1)


def reverse(x, axes):
    """Turned around along an axis or several."""
    return tf.reverse(x, [axes] if isinstance(axes, int) else axes)


def slice(x, start, size):
    """The block of `size[i]` elements from `start[i]` on along axis i."""
    return tf.slice(x, start, size)


# -- space and time --------------------------------------------------------------------------------------------------------


def temporal_padding(x, padding=(1, 1)):
    """`[batch, steps, channels]` with zeros before and after the steps."""
    assert len(padding) == 2, f"padding takes (before, after), got {padding}"
    return tf.pad(x, [[0, 0], list(padding), [0, 0]])


def spatial_2d_padding(x, padding=((1, 1), (1, 1)), data_format=None):
    """Images with zeros around them: ((top, bottom), (left, right))."""
    return _spatial_padding(x, padding, data_format, 2)


def spatial_3d_padding(x, padding=((1, 1), (1, 1), (1, 1)), data_format=None):
    """Volumes with zeros around them, (before, after) for each of the three axes."""
    return _spatial_padding(x, padding, data_format, 3)


def _spatial_padding(x, padding, data_format, axes):
    assert len(padding) == axes and all(len(pair) == 2 for pair in padding), (
        f"padding takes {axes} pairs (before, after), got {padding}"
    )
    pattern = [[0, 0], *(list(pair) for pair in padding), [0, 0]]
    data_format = common.normalize_data_format(data_format)
    return tf.pad(x, generic_utils.transpose_shape(pattern, data_format, tuple(range(1, axes + 1))))


def resize_images(x, height_factor, width_factor, data_format, interpolation="nearest"):
    """Images enlarged by whole factors.

    Args:
        x: `[batch, height, width, channels]`, or channels before height for `channels_first`.
        interpolation: `nearest` or `bilinear`.

    Raises:
        ValueError: another interpolation.
    """
    if interpolation not in _resize.INTERPOLATIONS:
        raise ValueError(f'interpolation should be one of "nearest" or "bilinear". Received: {interpolation}')
    channels_first = data_format == "channels_first"
    first = 2 if channels_first else 1
    factors = (height_factor, width_factor)
    sizes = [size and size * factor for size, factor in zip(_tensors.int_shape(x)[first:], factors)]
    new_size = tf.shape(x)[first : first + 2]
    new_size *= tf.constant(np.array(factors, dtype="int32"))
    if channels_first:
        x = tf.transpose(x, [0, 2, 3, 1])
    if dialect.is_tf_keras():
        with tf.name_scope("resize"):
            x = _resize.BY_CENTERS[interpolation](x, new_size, half_pixel_centers=True)
    else:
        x = _resize.INTERPOLATIONS[interpolation](x, new_size)
    if channels_first:
        x = tf.transpose(x, [0, 3, 1, 2])
    x.set_shape(generic_utils.transpose_shape((None, *sizes, None), data_format, (1, 2)))
    return x


def resize_volumes(x, depth_factor, height_factor, width_factor, data_format):
    """Volumes enlarged by whole factors, every element repeated.

    Raises:
        ValueError: a `data_format` that is neither `channels_first` nor `channels_last`.
    """
    if data_format not in ("channels_first", "channels_last"):
        raise ValueError(f"Unknown data_format: {data_format}")
    first = 2 if data_format == "channels_first" else 1
    for axis, factor in enumerate((depth_factor, height_factor, width_factor), first):
        x = repeat_elements(x, factor, axis=axis)
    return x
