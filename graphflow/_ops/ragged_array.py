"""Axes of ragged tensors."""

from __future__ import annotations

from graphflow._core import dtypes
from graphflow._graph import build
from graphflow._ops import array, asserts, choosing, grouping, math, ragged_gather, ragged_tensor, reduce

RaggedTensor = ragged_tensor.RaggedTensor
is_ragged = ragged_gather.is_ragged


def positive_axis(axis, rank):
    """`axis` counted from the front.

    Raises:
        TypeError: it is no int. ValueError: it is out of range, or negative where the rank is not known.
    """
    if not isinstance(axis, int):
        raise TypeError(f"axis must be an int; got {type(axis).__name__}")
    if rank is None:
        if axis < 0:
            raise ValueError("axis may only be negative if ndims is statically known.")
        return axis
    if not -rank <= axis < rank:
        raise ValueError(f"axis={axis} out of bounds: expected {-rank}<=axis<{rank}")
    return axis % rank if rank else axis


def expand_dims(input, axis=None, name=None, dim=None):
    """A RaggedTensor with an axis of size 1 more."""
    with build.name_scope(name, "RaggedExpandDims", [input]):
        x = ragged_tensor.convert(input, name="input")
        axis = reduce.either("axis", axis, "dim", dim)
        if not is_ragged(x):
            return array.expand_dims(x, axis)
        axis = positive_axis(axis, None if x.shape.ndims is None else x.shape.ndims + 1)
        if axis == 0:
            return RaggedTensor(x, ragged_gather.one_row(x))
        if axis == 1:
            return RaggedTensor(x, math.range(x.nrows() + 1))
        return x.with_values(expand_dims(x.values, axis - 1))


def squeeze(input, axis=None, name=None, squeeze_dims=None):
    """A RaggedTensor without axes of size 1.

    Args:
        axis: one or several of them; it must be given.

    Raises:
        ValueError: no axis is given. InvalidArgumentError: at run time, when the size is not 1.
    """
    axis = reduce.either("axis", axis, "squeeze_dims", squeeze_dims)
    with build.name_scope(name, "RaggedSqueeze", [input]):
        x = ragged_tensor.convert(input)
        if axis is None:
            raise ValueError("Ragged.squeeze must have an axis argument.")
        axes = [axis] if isinstance(axis, int) else axis
        if not isinstance(axes, (list, tuple)) or not all(isinstance(a, int) for a in axes):
            raise TypeError("Axis must be a list or tuple of integers.")
        axes = {positive_axis(a, x.shape.ndims) for a in axes}
        inner = sorted(a - x.ragged_rank for a in axes if a > x.ragged_rank)
        flat = grouping.with_dependencies(_sizes_are_one(x, axes), x.flat_values)
        if inner:
            flat = array.squeeze(flat, inner)
        left = [splits for i, splits in enumerate(x.nested_row_splits) if i + 1 not in axes]
        if 0 in axes and not left:
            return array.squeeze(flat, [0])
        return RaggedTensor.from_nested_row_splits(flat, left[1:] if 0 in axes else left, validate=False)


def _sizes_are_one(x, axes):
    text = "the given axis (axis = {}) is not squeezable!"
    checks = [
        asserts.assert_equal(lengths, math.cast(1, lengths.dtype), message=text.format(i + 1))
        for i, lengths in enumerate(x.nested_row_lengths())
        if i + 1 in axes
    ]
    if 0 in axes:
        checks.append(asserts.assert_equal(array.size(x.row_splits), 2, message=text.format(0)))
    return checks


def size(input, name=None, out_type=dtypes.int32):
    """The number of elements."""
    return array.size(ragged_tensor.convert(input).flat_values, name=name, out_type=out_type)


def rank(input, name=None):
    """The number of axes, an int32 scalar."""
    with build.name_scope(name, "RaggedRank"):
        x = ragged_tensor.convert(input)
        return x.ragged_rank + array.rank(x.flat_values)


def one_hot(indices, depth, on_value=None, off_value=None, axis=None, dtype=None, name=None):
    """`tf.one_hot` of each element.

    Raises:
        ValueError: `axis` is one of the ragged ones.
    """
    x = ragged_tensor.convert(indices, name="indices")
    if axis is not None:
        axis = positive_axis(axis, None if x.shape.ndims is None else x.shape.ndims + 1)
        if axis <= x.ragged_rank:
            raise ValueError("axis may not be less than indices.ragged_rank.")
        axis -= x.ragged_rank
    return x.with_flat_values(choosing.one_hot(x.flat_values, depth, on_value, off_value, axis, dtype, name))
