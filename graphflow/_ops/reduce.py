"""Sums, means, extremes and the like over axes."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from graphflow._core import dtypes
from graphflow._graph import build, op_def, static_value, tensor
from graphflow._ops import array, compare, dispatch, math, rearrange, running, unary


def either(name, value, old_name, old_value):
    """The value of an argument that also has a deprecated name; ValueError where both are given."""
    if old_value is None:
        return value
    if value is not None:
        raise ValueError(f"Cannot specify both '{name}' and '{old_name}'")
    return old_value


def _reduce(op_type, x, axis, keepdims, name):
    if axis is None:
        out = build.apply(op_type, x, _all_axes(x), keep_dims=bool(keepdims), name=name)
        if not keepdims and out._dims is None:
            out.set_shape(())
        return out
    return build.apply(op_type, x, axis, keep_dims=bool(keepdims), name=name)


def _all_axes(x):
    if isinstance(x, tensor.Tensor) and x._dims is not None:
        return build.constant(np.arange(len(x._dims), dtype=np.int32))
    return math.range(0, array.rank(x))


def _by(op_type) -> Callable[[Callable], Callable[..., Any]]:
    """Decorator: the described function reduces by an operation of `op_type`; all of them take the same arguments.

    Args of such a function:
        axis: an integer, a list of them, or a tensor; all axes when None. Negative ones count from the end.
        keepdims: whether the axes stay, with size 1.
        reduction_indices, keep_dims: older names of `axis` and `keepdims`.
    """

    def decorate(described):
        @functools.wraps(described)
        def function(input_tensor, axis=None, keepdims=None, name=None, reduction_indices=None, keep_dims=None):
            axis = either("axis", axis, "reduction_indices", reduction_indices)
            keepdims = either("keepdims", keepdims, "keep_dims", keep_dims)
            return _reduce(op_type, input_tensor, axis, keepdims, name)

        return dispatch.ragged(described.__name__)(function)

    return decorate


@_by("Sum")
def reduce_sum(input_tensor, axis=None, keepdims=None, name=None, reduction_indices=None, keep_dims=None):
    """The sum over `axis`, all axes when None."""


@_by("Mean")
def reduce_mean(input_tensor, axis=None, keepdims=None, name=None, reduction_indices=None, keep_dims=None):
    """The arithmetic mean over `axis`, all axes when None; of integers it is cut to an integer."""


@_by("Prod")
def reduce_prod(input_tensor, axis=None, keepdims=None, name=None, reduction_indices=None, keep_dims=None):
    """The product over `axis`, all axes when None."""


@_by("Max")
def reduce_max(input_tensor, axis=None, keepdims=None, name=None, reduction_indices=None, keep_dims=None):
    """The largest element over `axis`, all axes when None."""


@_by("Min")
def reduce_min(input_tensor, axis=None, keepdims=None, name=None, reduction_indices=None, keep_dims=None):
    """The smallest element over `axis`, all axes when None."""


@_by("All")
def reduce_all(input_tensor, axis=None, keepdims=None, name=None, reduction_indices=None, keep_dims=None):
    """Whether all elements over `axis` are true."""


@_by("Any")
def reduce_any(input_tensor, axis=None, keepdims=None, name=None, reduction_indices=None, keep_dims=None):
    """Whether any element over `axis` is true."""


def reduce_euclidean_norm(input_tensor, axis=None, keepdims=False, name=None):
    """The square root of the sum of squares over `axis`."""
    return _reduce("EuclideanNorm", input_tensor, axis, keepdims, name)


def reduce_variance(input_tensor, axis=None, keepdims=False, name=None):
    """The mean squared distance from the mean over `axis`."""
    with build.name_scope(name or "reduce_variance"):
        means = reduce_mean(input_tensor, axis=axis, keepdims=True)
        return reduce_mean(unary.square(input_tensor - means), axis=axis, keepdims=keepdims)


def reduce_std(input_tensor, axis=None, keepdims=False, name=None):
    """The standard deviation over `axis`."""
    with build.name_scope(name or "reduce_std"):
        return unary.sqrt(reduce_variance(input_tensor, axis=axis, keepdims=keepdims))


def reduce_logsumexp(input_tensor, axis=None, keepdims=None, name=None, reduction_indices=None, keep_dims=None):
    """log(sum(exp(x))) over `axis`, without overflow: the largest element is taken out first."""
    axis = either("axis", axis, "reduction_indices", reduction_indices)
    keepdims = bool(either("keepdims", keepdims, "keep_dims", keep_dims))
    input_tensor = build.convert_to_tensor(input_tensor)
    with build.name_scope(name, "ReduceLogSumExp", [input_tensor]):
        largest = reduce_max(input_tensor, axis=axis, keepdims=True)
        finite = build.apply("Select", unary.is_finite(largest), largest, array.zeros_like(largest))
        finite = array.stop_gradient(finite)
        total = unary.log(reduce_sum(unary.exp(math.subtract(input_tensor, finite)), axis, keepdims=keepdims))
        if not keepdims:
            finite = array.reshape(finite, array.shape(total))
        return math.add(total, finite)


def count_nonzero(input_tensor=None, axis=None, keepdims=None, dtype=dtypes.int64, name=None, reduction_indices=None,
                  keep_dims=None, input=None):  # fmt: skip
    """The number of elements over `axis` that are not 0 (not empty, for strings), as `dtype`."""
    keepdims = either("keepdims", keepdims, "keep_dims", keep_dims)
    input_tensor = either("input_tensor", input_tensor, "input", input)
    axis = either("axis", axis, "reduction_indices", reduction_indices)
    with build.name_scope(name, "count_nonzero", [input_tensor]):
        input_tensor = build.convert_to_tensor(input_tensor, name="input")
        zero = array.zeros([], dtype=input_tensor.dtype)
        nonzero = math.cast(compare.not_equal(input_tensor, zero), dtypes.int64)
        return math.cast(reduce_sum(nonzero, axis=axis, keepdims=bool(keepdims)), dtype=dtype)


# -- shapes and gradients ------------------------------------------------------------------------------------------------


@op_def.shape_rule("Sum", "Mean", "Prod", "Max", "Min", "All", "Any", "EuclideanNorm")
def _reduce_shape(op):
    dims, axes = op.inputs[0]._dims, static_value.constant_value(op.inputs[1])
    keep = op.attrs["keep_dims"]
    if dims is None:
        return [() if axes is None and not keep and op.inputs[1]._dims == (0,) else None]
    if axes is None:
        return [(None,) * len(dims) if keep else None]
    chosen = set()
    for a in np.atleast_1d(axes).tolist():
        if not -len(dims) <= a < len(dims):
            raise build.shape_error(op, f"Invalid reduction dimension {a} for input with {len(dims)} dimensions.")
        chosen.add(a % len(dims))
    return [tuple(1 if i in chosen else d for i, d in enumerate(dims) if keep or i not in chosen)]


def _kept_dims(op):
    """The static shape of a reduction that keeps its axes, or None where it must be worked out at run time."""
    dims, axes = op.inputs[0]._dims, static_value.constant_value(op.inputs[1])
    if dims is None or axes is None:
        return None
    chosen = {int(a) % max(len(dims), 1) for a in np.atleast_1d(axes)}
    return tuple(1 if i in chosen else d for i, d in enumerate(dims))


def kept(op, value):
    """A reduction's result or gradient with the axes that were reduced, at size 1."""
    dims = _kept_dims(op)
    if dims is not None and value._dims == dims:
        return value
    if dims is not None and None not in dims:
        return array.reshape(value, np.array(dims, np.int32))
    return array.reshape(value, kept_shape(array.shape(op.inputs[0]), op.inputs[1]))


def kept_shape(size, axes):
    """The shape of a reduction that keeps its axes: 1 where it reduced.

    Args:
        size: the shape of what is reduced, an integer vector tensor.
        axes: the axes, an integer tensor.
    """
    size, axes = math.cast(size, dtypes.int32), math.cast(axes, dtypes.int32)
    rank = array.size(size)
    axes = array.reshape(math.floormod(axes + rank, rank), [-1])
    ones = array.fill(array.shape(axes), 1)
    return build.apply("DynamicStitch", [math.range(0, rank), axes], [size, ones])


def spread(op, grad):
    """A reduction's gradient in the shape of its input: every element gets that of the result it went into."""
    return rearrange.broadcast_to(kept(op, build.convert_to_tensor(grad)), array.shape(op.inputs[0]))


@op_def.gradient("Sum")
def _sum_gradient(op, grad):
    return spread(op, grad), None


@op_def.gradient("Mean")
def _mean_gradient(op, grad):
    grad = build.convert_to_tensor(grad)
    dims, out = op.inputs[0]._dims, op.outputs[0]._dims
    if dims is not None and out is not None and None not in dims + out:
        factor = build.constant(int(np.prod(dims)) // max(int(np.prod(out)), 1), dtype=grad.dtype.base_dtype)
    else:
        size, results = reduce_prod(array.shape(op.inputs[0])), reduce_prod(array.shape(op.outputs[0]))
        factor = math.cast(math.floordiv(size, math.maximum(results, 1)), grad.dtype.base_dtype)
    return math.truediv(spread(op, grad), factor), None


@op_def.gradient("Max", "Min")
def _extreme_gradient(op, grad):
    """Elements that share the extreme share its gradient equally."""
    grad = build.convert_to_tensor(grad)
    chosen = math.cast(compare.equal(kept(op, op.outputs[0]), op.inputs[0]), grad.dtype.base_dtype)
    shares = kept(op, reduce_sum(chosen, op.inputs[1]))
    return math.truediv(chosen, shares) * kept(op, grad), None


@op_def.gradient("Prod")
def _prod_gradient(op, grad):
    """Each element's gradient is the product of all others, made of the products before and behind it: right at zeros."""
    x, grad = op.inputs[0], spread(op, grad)
    axes = math.cast(array.reshape(op.inputs[1], [-1]), dtypes.int32)
    rank = array.rank(x)
    axes = math.floormod(axes + rank, rank)
    others, _ = build.apply("ListDiff", math.range(0, rank), axes)
    order = array.concat([axes, others], 0)
    turned = rearrange.transpose(x, order)
    size = array.shape(x)
    reduced = reduce_prod(build.apply("GatherV2", size, axes, 0))
    rows = array.reshape(turned, [reduced, reduce_prod(build.apply("GatherV2", size, others, 0))])
    before = running.cumprod(rows, axis=0, exclusive=True)
    behind = running.cumprod(rows, axis=0, exclusive=True, reverse=True)
    rest = array.reshape(unary.conj(before) * unary.conj(behind), array.shape(turned))
    return grad * rearrange.transpose(rest, rearrange.invert_permutation(order)), None


op_def.not_differentiable("All", "Any", because="its values are true or false")
op_def.not_differentiable("EuclideanNorm", because="TensorFlow 1.15 gives it no gradient")
