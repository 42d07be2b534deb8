"""Sums, means, extremes and the like over axes."""

from __future__ import annotations

import numpy as np

from graphflow._core import dtypes
from graphflow._graph import build, op_def, static_value
from graphflow._ops import array, math


def _all_axes(x, axis):
    """The axes to reduce: what was asked for, or all."""
    if axis is not None:
        return axis
    if x._dims is not None:
        return build.constant(np.arange(len(x._dims), dtype=np.int32))
    return math.range(0, build.apply("Rank", x))


def _reduce(op_type, input_tensor, axis, keepdims, name, reduction_indices=None, keep_dims=None):
    axis = axis if axis is not None else reduction_indices
    keepdims = keep_dims if keep_dims is not None else keepdims
    input_tensor = build.convert_to_tensor(input_tensor)
    scalar_result = axis is None
    out = build.apply(op_type, input_tensor, _all_axes(input_tensor, axis), keep_dims=bool(keepdims), name=name)
    if scalar_result and not keepdims and out._dims is None:
        out.set_shape(())
    return out


def reduce_sum(input_tensor, axis=None, keepdims=None, name=None, reduction_indices=None, keep_dims=None):
    """The sum over `axis`, all axes when None."""
    return _reduce("Sum", input_tensor, axis, keepdims, name, reduction_indices, keep_dims)


def reduce_mean(input_tensor, axis=None, keepdims=None, name=None, reduction_indices=None, keep_dims=None):
    """The arithmetic mean over `axis`, all axes when None."""
    return _reduce("Mean", input_tensor, axis, keepdims, name, reduction_indices, keep_dims)


@op_def.shape_rule("Sum", "Mean", "Prod", "Max", "Min", "All", "Any", "EuclideanNorm")
def _reduce_shape(op):
    dims, axes = op.inputs[0]._dims, static_value.constant_value(op.inputs[1])
    keep = op.attrs["keep_dims"]
    if dims is None:
        return [None]
    if axes is None:
        return [(None,) * len(dims) if keep else None]
    chosen = set()
    for a in np.atleast_1d(axes).tolist():
        if not -len(dims) <= a < len(dims):
            raise build.shape_error(op, f"Invalid reduction dimension {a} for input with {len(dims)} dimensions.")
        chosen.add(a % len(dims) if dims else 0)
    return [tuple(1 if i in chosen else d for i, d in enumerate(dims) if keep or i not in chosen)]


@op_def.gradient("Sum")
def _sum_gradient(op, grad):
    return _spread(op, grad), None


@op_def.gradient("Mean")
def _mean_gradient(op, grad):
    spread = _spread(op, grad)
    x = op.inputs[0]
    dims, out = x._dims, op.outputs[0]._dims
    if dims is not None and out is not None and None not in dims and None not in out:
        factor = max(int(np.prod(dims)), 1) // max(int(np.prod(out)), 1)
        factor = build.constant(factor, dtype=grad.dtype.base_dtype)
    else:
        size = reduce_prod(array.shape(x))
        factor = math.cast(math.floordiv(size, math.maximum(reduce_prod(array.shape(op.outputs[0])), 1)), grad.dtype.base_dtype)
    return math.truediv(spread, factor), None


def reduce_prod(input_tensor, axis=None, keepdims=None, name=None, reduction_indices=None, keep_dims=None):
    """The product over `axis`, all axes when None."""
    return _reduce("Prod", input_tensor, axis, keepdims, name, reduction_indices, keep_dims)


def _spread(op, grad):
    """A reduction's gradient in the shape of its input: every element gets that of the sum it went into."""
    x, axes = op.inputs[0], static_value.constant_value(op.inputs[1])
    dims = x._dims
    if dims is not None and axes is not None:
        chosen = {int(a) % max(len(dims), 1) for a in np.atleast_1d(axes)}
        if None not in dims:
            kept = [1 if i in chosen else d for i, d in enumerate(dims)]
            return build.apply("BroadcastTo", array.reshape(grad, np.array(kept, np.int32)), np.array(dims, np.int32), name="Tile")
    size = array.shape(x)
    kept = kept_shape(size, op.inputs[1])
    return build.apply("BroadcastTo", array.reshape(grad, kept), size, name="Tile")


def kept_shape(size, axes):
    """The shape of a reduction that keeps its axes: 1 where it reduced."""
    size, axes = math.cast(size, dtypes.int32), math.cast(axes, dtypes.int32)
    rank = build.apply("Size", size)
    axes = array.reshape(math.floormod(math.add(axes, rank), rank), [-1])
    ones = build.apply("Fill", array.shape(axes), build.constant(1))
    return build.apply("DynamicStitch", [math.range(0, rank), axes], [size, ones])
