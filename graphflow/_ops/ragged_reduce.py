"""Sums, means, extremes and joined texts over axes and segments of ragged tensors."""

from __future__ import annotations

from graphflow._core import dtypes
from graphflow._graph import build, static_value, tensor
from graphflow._graph import graph as graph_lib
from graphflow._ops import (
    array,
    asserts,
    gather,
    math,
    ragged_array,
    ragged_gather,
    ragged_range,
    ragged_splits,
    ragged_tensor,
    reduce,
    segment,
    strings,
    unicode,
)

RaggedTensor = ragged_tensor.RaggedTensor
is_ragged = ragged_gather.is_ragged


# -- segments ------------------------------------------------------------------------------------------------------------


def segments(function, data, segment_ids, num_segments, name=None):
    """`function`, an `unsorted_segment_*`, of the rows of `data` that have the same number, element by element.

    Args:
        data: a RaggedTensor; a result row is as long as the longest of its rows.
        segment_ids: int32 or int64, its shape the beginning of that of `data`.

    Raises:
        ValueError: `segment_ids` does not fit `data`, or is not int32 or int64.
    """
    if not (is_ragged(data) or is_ragged(segment_ids)):
        return function(data, segment_ids, num_segments)
    with build.name_scope(name, "RaggedSegment"):
        data, ids = ragged_gather.both(data, segment_ids)
        if ids.dtype not in (dtypes.int32, dtypes.int64):
            raise ValueError("segment_ids must have dtype int32 or int64.")
        text = "segment_ids.shape must be a prefix of data.shape"
        if is_ragged(ids):
            if not is_ragged(data):
                raise ValueError(f"{text}, but segment_ids is ragged and data is not.")
            check = asserts.assert_equal(ids.row_splits, data.row_splits, message=text)
            with graph_lib.get_default_graph().control_dependencies([check]):
                return segments(function, data.values, ids.values, num_segments)
        lengths = data.row_lengths()
        longest = segment.unsorted_segment_max(lengths, ids, num_segments)
        splits = ragged_splits.lengths_to_splits(math.maximum(longest, array.zeros([], lengths.dtype)))
        starts = gather.gather(splits, ids)
        places = ragged_range.range(starts, starts + lengths, row_splits_dtype=splits.dtype)
        return RaggedTensor(segments(function, data.values, places.values, splits[-1]), splits)


def segment_mean(data, segment_ids, num_segments, name=None):
    """The means of rows; 0 / 0 where there is no element."""
    total, counts = _totals(data, segment_ids, num_segments)
    return total.with_flat_values(math.truediv(total.flat_values, counts.flat_values))


def segment_sqrt_n(data, segment_ids, num_segments, name=None):
    """The sums of rows, divided by the square roots of their number."""
    total, counts = _totals(data, segment_ids, num_segments)
    return total.with_flat_values(math.truediv(total.flat_values, build.apply("Sqrt", counts.flat_values)))


def _totals(data, segment_ids, num_segments):
    """The sums of rows, and of as many ones."""
    data = ragged_tensor.convert(data)
    ones = data.with_flat_values(array.ones_like(data.flat_values))
    sums = [segments(segment.unsorted_segment_sum, x, segment_ids, num_segments) for x in (data, ones)]
    return [x if is_ragged(x) else RaggedTensor(x, ragged_gather.one_row(x)) for x in sums]


# -- axes ----------------------------------------------------------------------------------------------------------------


def _over(whole, by_segments, x, axis, keepdims, name):
    """A reduction of a ragged tensor over one axis after the other, the innermost first.

    Args:
        whole: function(tensor, axis), for axes that are not ragged.
        by_segments: an `unsorted_segment_*`, for those that are.
    """
    x = ragged_tensor.convert(x, name="rt_input")
    if not is_ragged(x):
        return whole(x, axis)
    if keepdims:
        raise ValueError("keepdims=True is not supported for RaggedTensors.")
    if isinstance(axis, tensor.Tensor):
        known = static_value.constant_value(axis)
        if known is None:
            raise ValueError("axis must be known at graph construction time.")
        axis = known.tolist()
    if axis is None:
        return whole(x.flat_values, None)
    axes = [axis] if not isinstance(axis, (list, tuple)) else axis
    with build.name_scope(name, "RaggedReduce"):
        for one in sorted((ragged_array.positive_axis(a, x.shape.ndims) for a in axes), reverse=True):
            x = _over_one(whole, by_segments, x, one)
        return x


def _over_one(whole, by_segments, x, axis):
    if not is_ragged(x):
        return whole(x, axis)
    if axis > 1:
        return x.with_values(_over_one(whole, by_segments, x.values, axis - 1))
    lengths = x.row_lengths()
    if axis == 1:
        return segments(by_segments, x.values, x.value_rowids(), x.nrows())
    longest = ragged_splits.largest(lengths)
    columns = ragged_range.range(lengths, row_splits_dtype=lengths.dtype).values
    return segments(by_segments, x.values, columns, longest)


def _reducer(name, whole, by_segments):
    """The form of a `reduce_*` for ragged tensors."""

    def function(input_tensor, axis=None, keepdims=None, name=name, reduction_indices=None, keep_dims=None):
        axis = reduce.either("axis", axis, "reduction_indices", reduction_indices)
        keepdims = reduce.either("keepdims", keepdims, "keep_dims", keep_dims)
        return _over(whole, by_segments, input_tensor, axis, keepdims, name)

    return function


reduce_sum = _reducer("RaggedReduceSum", reduce.reduce_sum, segment.unsorted_segment_sum)
reduce_prod = _reducer("RaggedReduceProd", reduce.reduce_prod, segment.unsorted_segment_prod)
reduce_min = _reducer("RaggedReduceMin", reduce.reduce_min, segment.unsorted_segment_min)
reduce_max = _reducer("RaggedReduceMax", reduce.reduce_max, segment.unsorted_segment_max)


def reduce_mean(input_tensor, axis=None, keepdims=None, name=None, reduction_indices=None, keep_dims=None):
    """The means over axes; those of nothing are not numbers."""
    with build.name_scope(name, "RaggedReduceMean"):
        x = ragged_tensor.convert(input_tensor)
        rest = axis, keepdims, None, reduction_indices, keep_dims
        total = reduce_sum(x, *rest)
        count = reduce_sum(x.with_flat_values(array.ones_like(x.flat_values)), *rest)
        return _flat(math.truediv, total, count)


def _flat(function, x, *others):
    """`function` of values that are all ragged with the same rows, or all tensors."""
    if not is_ragged(x):
        return function(x, *others)
    return x.with_flat_values(function(x.flat_values, *(y.flat_values for y in others)))


def _logical(name, by):
    def function(input_tensor, axis=None, keepdims=None, name=name, reduction_indices=None, keep_dims=None):
        with build.name_scope(name):
            x = _flat(lambda t: math.cast(t, dtypes.int32), ragged_tensor.convert(input_tensor))
            made = by(x, axis, keepdims, None, reduction_indices, keep_dims)
            return _flat(lambda t: math.cast(t, dtypes.bool), made)

    return function


reduce_all = _logical("RaggedReduceAll", reduce_prod)
reduce_any = _logical("RaggedReduceAny", reduce_sum)


def reduce_join(inputs, axis=None, keep_dims=None, separator="", name=None, reduction_indices=None, keepdims=None):
    """The texts over axes, joined."""
    axis = reduce.either("axis", axis, "reduction_indices", reduction_indices)

    def whole(texts, axis):
        return strings.reduce_join(texts, axis, separator=separator)

    def by_segments(texts, ids, count):
        return unicode.unsorted_segment_join(texts, ids, math.cast(count, ids.dtype), separator)

    return _over(whole, by_segments, inputs, axis, keepdims or keep_dims, name or "RaggedSegmentJoin")
