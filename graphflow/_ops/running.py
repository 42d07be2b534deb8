"""Running sums and products, positions of extremes, and counts by value."""

from __future__ import annotations

from graphflow._core import dtypes
from graphflow._graph import build, op_def, static_value
from graphflow._ops import array, clip, compare, elementwise, math, reduce, unary

# -- running sums and products -------------------------------------------------------------------------------------------


def _running(op_type, x, axis, exclusive, reverse, name):
    with build.name_scope(name, op_type, [x]) as scope:
        x = build.convert_to_tensor(x, name="x")
        return build.apply(op_type, x, axis, exclusive=exclusive, reverse=reverse, name=scope)


def cumsum(x, axis=0, exclusive=False, reverse=False, name=None):
    """The sums of the elements up to each one along `axis`.

    Args:
        exclusive: leaves each element itself out.
        reverse: from the end.
    """
    return _running("Cumsum", x, axis, exclusive, reverse, name)


def cumprod(x, axis=0, exclusive=False, reverse=False, name=None):
    """The products of the elements up to each one along `axis`; arguments as of `cumsum`."""
    return _running("Cumprod", x, axis, exclusive, reverse, name)


def cumulative_logsumexp(x, axis=0, exclusive=False, reverse=False, name=None):
    """log(sum(exp)) of the elements up to each one along `axis`; arguments as of `cumsum`."""
    return _running("CumulativeLogsumexp", x, axis, exclusive, reverse, name)


op_def.shape_rule("Cumsum", "Cumprod", "CumulativeLogsumexp")(elementwise.same_shape)


@op_def.gradient("Cumsum")
def _cumsum_gradient(op, grad):
    return cumsum(grad, op.inputs[1], op.attrs["exclusive"], not op.attrs["reverse"]), None


# -- positions of extremes -----------------------------------------------------------------------------------------------


def argmax(input, axis=None, name=None, dimension=None, output_type=dtypes.int64):
    """The position of the largest element along `axis` (the first axis when None); the first of several."""
    axis = reduce.either("axis", axis, "dimension", dimension)
    return build.apply("ArgMax", input, 0 if axis is None else axis, output_type=output_type, name=name)


def argmin(input, axis=None, name=None, dimension=None, output_type=dtypes.int64):
    """The position of the smallest element along `axis` (the first axis when None); the first of several."""
    axis = reduce.either("axis", axis, "dimension", dimension)
    return build.apply("ArgMin", input, 0 if axis is None else axis, output_type=output_type, name=name)


def arg_max(input, dimension, output_type=dtypes.int64, name=None):
    """Older form of `argmax`."""
    return build.apply("ArgMax", input, dimension, output_type=output_type, name=name)


def arg_min(input, dimension, output_type=dtypes.int64, name=None):
    """Older form of `argmin`."""
    return build.apply("ArgMin", input, dimension, output_type=output_type, name=name)


@op_def.shape_rule("ArgMax", "ArgMin")
def _position_shape(op):
    dims, axis = op.inputs[0]._dims, static_value.known_int(op.inputs[1])
    if dims is None:
        return [None]
    if len(dims) <= 1:  # a wrong axis shows when the graph runs
        return [()]
    if axis is None:
        return [(None,) * (len(dims) - 1)]
    if not -len(dims) <= axis < len(dims):
        raise build.shape_error(op, f"Dimension must be in the range [{-len(dims)}, {len(dims)}), but got {axis}")
    axis %= len(dims)
    return [dims[:axis] + dims[axis + 1 :]]


op_def.not_differentiable("ArgMax", "ArgMin", because="a position does not vary smoothly")


# -- counts --------------------------------------------------------------------------------------------------------------


def bincount(arr, weights=None, minlength=None, maxlength=None, dtype=dtypes.int32, name=None):
    """How often each whole number from 0 up occurs.

    Args:
        arr: int32, not negative.
        weights: what each occurrence counts; 1 when None. Shape of `arr`.
        minlength, maxlength: bounds of the length of the result; larger numbers are left out.
        dtype: the type of the counts without weights.

    Returns:
        a vector, as long as the largest number in `arr` plus 1.
    """
    with build.name_scope("bincount" if name is None else name):
        arr = build.convert_to_tensor(arr, name="arr", dtype=dtypes.int32)
        nonempty = reduce.reduce_prod(array.shape(arr)) > 0
        size = math.cast(nonempty, dtypes.int32) * (reduce.reduce_max(arr) + 1)
        if minlength is not None:
            minlength = build.convert_to_tensor(minlength, name="minlength", dtype=dtypes.int32)
            size = math.maximum(minlength, size)
        if maxlength is not None:
            maxlength = build.convert_to_tensor(maxlength, name="maxlength", dtype=dtypes.int32)
            size = math.minimum(maxlength, size)
        if weights is not None:
            weights = build.convert_to_tensor(weights, name="weights")
            return build.apply("UnsortedSegmentSum", weights, arr, size)
        return build.apply("Bincount", arr, size, build.constant([], dtype))


@op_def.shape_rule("Bincount")
def _bincount_shape(op):
    return [(static_value.known_int(op.inputs[1]),)]


op_def.not_differentiable("Bincount", "HistogramFixedWidth", "Bucketize", because="counts do not vary smoothly")


def histogram_fixed_width(values, value_range, nbins=100, dtype=dtypes.int32, name=None):
    """How many of `values` fall into each of `nbins` equal parts of `value_range`; outer values count in the outer parts.

    Returns:
        a vector of length `nbins`, of `dtype`.
    """
    with build.name_scope(name, "histogram_fixed_width", [values, value_range, nbins]) as scope:
        return build.apply("HistogramFixedWidth", values, value_range, nbins, dtype=dtype, name=scope)


@op_def.shape_rule("HistogramFixedWidth")
def _histogram_shape(op):
    return [(static_value.known_int(op.inputs[2]),)]


def histogram_fixed_width_bins(values, value_range, nbins=100, dtype=dtypes.int32, name=None):
    """The number of the part of `value_range` that each value falls into, in the shape of `values`."""
    with build.name_scope(name, "histogram_fixed_width_bins", [values, value_range, nbins]):
        values = build.convert_to_tensor(values, name="values")
        shape = array.shape(values)
        values = array.reshape(values, [-1])
        value_range = build.convert_to_tensor(value_range, name="value_range")
        nbins = build.convert_to_tensor(nbins, dtype=dtypes.int32, name="nbins")
        bins = math.cast(nbins, values.dtype)
        scaled = math.truediv(values - value_range[0], value_range[1] - value_range[0], name="scaled_values")
        indices = unary.floor(bins * scaled, name="indices")
        indices = math.cast(clip.clip_by_value(indices, 0, bins - 1), dtypes.int32)
        return array.reshape(indices, shape)


op_def.shape_rule("Bucketize")(elementwise.same_shape)
