"""Sums, means, products and extremes of the rows that share a segment id."""

from __future__ import annotations

from graphflow._core import dtypes, shapes
from graphflow._graph import build, op_def, static_value
from graphflow._ops import array, choosing, compare, dispatch, gather, math, unary

# -- sorted ids: the number of segments follows from the last one --------------------------------------------


def segment_sum(data, segment_ids, name=None):
    """The sum of the rows of each segment.

    Args:
        data: `[n, ...]`.
        segment_ids: integers `[n]`, not decreasing, from 0.

    Returns:
        `[last id + 1, ...]`; 0 for a segment without rows.

    Raises at run time:
        InvalidArgumentError: the ids decrease, or are not as many as there are rows.
    """
    return build.apply("SegmentSum", data, segment_ids, name=name)


def segment_mean(data, segment_ids, name=None):
    """The mean of the rows of each segment, 0 for one without rows; arguments as for `segment_sum`."""
    return build.apply("SegmentMean", data, segment_ids, name=name)


def segment_prod(data, segment_ids, name=None):
    """The product of the rows of each segment, 1 for one without rows; arguments as for `segment_sum`."""
    return build.apply("SegmentProd", data, segment_ids, name=name)


def segment_max(data, segment_ids, name=None):
    """The largest of the rows of each segment, 0 for one without rows; arguments as for `segment_sum`."""
    return build.apply("SegmentMax", data, segment_ids, name=name)


def segment_min(data, segment_ids, name=None):
    """The smallest of the rows of each segment, 0 for one without rows; arguments as for `segment_sum`."""
    return build.apply("SegmentMin", data, segment_ids, name=name)


@op_def.shape_rule("SegmentSum", "SegmentMean", "SegmentProd", "SegmentMax", "SegmentMin")
def _segment_shape(op):
    dims, ids = op.inputs[0]._dims, op.inputs[1]._dims
    if dims == ():
        raise build.shape_error(op, "Shape must be at least rank 1 but is rank 0")
    if ids is not None and len(ids) != 1:
        raise build.shape_error(op, f"Shape must be rank 1 but is rank {len(ids)}")
    return [None if dims is None else (None, *dims[1:])]


@op_def.gradient("SegmentSum")
def _segment_sum_gradient(op, grad):
    return gather.gather(grad, op.inputs[1]), None


@op_def.gradient("SegmentMean")
def _segment_mean_gradient(op, grad):
    data, ids = op.inputs
    if data._dims is None:
        ones = array.fill(array.expand_dims(array.rank(data) - 1, 0), 1)
        size = array.concat([array.shape(ids), ones], 0)
    else:
        size = array.concat([array.shape(ids), [1] * (len(data._dims) - 1)], 0)
    one = array.fill(size, build.constant(1, grad.dtype.base_dtype))
    return gather.gather(math.divide(grad, segment_sum(one, ids)), ids), None


@op_def.gradient("SegmentMax", "SegmentMin")
def _segment_extreme_gradient(op, grad):
    data, ids = op.inputs
    chosen = compare.equal(data, gather.gather(op.outputs[0], ids))
    count = segment_sum(math.cast(chosen, grad.dtype.base_dtype), ids)
    back = gather.gather(math.divide(grad, count), ids)
    return choosing.where(chosen, back, array.zeros_like(data)), None


op_def.not_differentiable("SegmentProd", because="TensorFlow 1.15 has no gradient for it")

# -- ids in any order: the number of segments is given -------------------------------------------------------


@dispatch.ragged("unsorted_segment")
def unsorted_segment_sum(data, segment_ids, num_segments, name=None):
    """The sum of the parts of each segment.

    Args:
        data: `[ids..., rest]`.
        segment_ids: integers `[ids...]` below `num_segments`; parts with a negative one are left out.
        num_segments: an integer scalar.

    Returns:
        `[num_segments, rest]`; 0 for a segment without parts.

    Raises at run time:
        InvalidArgumentError: an id is too large.
    """
    return build.apply("UnsortedSegmentSum", data, segment_ids, num_segments, name=name)


@dispatch.ragged("unsorted_segment")
def unsorted_segment_prod(data, segment_ids, num_segments, name=None):
    """The product of each segment, 1 for one without parts; arguments as for `unsorted_segment_sum`."""
    return build.apply("UnsortedSegmentProd", data, segment_ids, num_segments, name=name)


@dispatch.ragged("unsorted_segment")
def unsorted_segment_max(data, segment_ids, num_segments, name=None):
    """The largest of each segment, the type's lowest number without parts; arguments as for `unsorted_segment_sum`."""
    return build.apply("UnsortedSegmentMax", data, segment_ids, num_segments, name=name)


@dispatch.ragged("unsorted_segment")
def unsorted_segment_min(data, segment_ids, num_segments, name=None):
    """The smallest of each segment, the type's highest number without parts; arguments as for `unsorted_segment_sum`."""
    return build.apply("UnsortedSegmentMin", data, segment_ids, num_segments, name=name)


@dispatch.ragged("unsorted_segment_mean")
def unsorted_segment_mean(data, segment_ids, num_segments, name=None):
    """The mean of each segment, 0 for one without parts; arguments as for `unsorted_segment_sum`."""
    with build.name_scope(name, "UnsortedSegmentMean"):
        data, segment_ids = build.convert_to_tensor(data), build.convert_to_tensor(segment_ids)
        count = _counts(data, segment_ids, num_segments)
        return unsorted_segment_sum(data, segment_ids, num_segments) / count


@dispatch.ragged("unsorted_segment_sqrt_n")
def unsorted_segment_sqrt_n(data, segment_ids, num_segments, name=None):
    """The sum of each segment over the square root of its number of parts; arguments as for `unsorted_segment_sum`."""
    with build.name_scope(name, "UnsortedSegmentSqrtN"):
        data, segment_ids = build.convert_to_tensor(data), build.convert_to_tensor(segment_ids)
        count = _counts(data, segment_ids, num_segments)
        return unsorted_segment_sum(data, segment_ids, num_segments) / unary.sqrt(count)


def _counts(data, segment_ids, num_segments):
    """How many parts each segment has, at least 1, in a shape that divides the segments."""
    one = array.ones(array.shape(segment_ids), dtype=data.dtype.base_dtype)
    count = unsorted_segment_sum(one, segment_ids, num_segments)
    inner = data.get_shape().ndims - segment_ids.get_shape().ndims
    return math.maximum(array.reshape(count, [num_segments] + [1] * inner), 1)


@op_def.shape_rule("UnsortedSegmentSum", "UnsortedSegmentProd", "UnsortedSegmentMax", "UnsortedSegmentMin")
def _unsorted_shape(op):
    dims, ids = op.inputs[0]._dims, op.inputs[1]._dims
    if ids is None or dims is None:
        return [None]
    if not shapes.compatible(dims[: len(ids)], ids):
        raise build.shape_error(
            op, f"data.shape = {shapes.to_text(dims)} does not start with segment_ids.shape = {shapes.to_text(ids)}"
        )
    return [(static_value.known_int(op.inputs[2]), *dims[len(ids) :])]


def _of_present(values, ids):
    """Rows `ids` of `values`, zero where the id is negative; with the ids and the mask it used."""
    inside = math.maximum(ids, array.zeros_like(ids))
    rows = gather.gather(values, inside)
    present = compare.greater_equal(ids, 0)
    for _ in range(len(rows._dims or ()) - len(present._dims or ())):
        present = array.expand_dims(present, -1)
    present = compare.logical_and(present, array.ones_like(rows, dtype=dtypes.bool))
    return choosing.where(present, rows, array.zeros_like(rows)), inside, present


@op_def.gradient("UnsortedSegmentSum")
def _unsorted_sum_gradient(op, grad):
    return _of_present(grad, op.inputs[1])[0], None, None


@op_def.gradient("UnsortedSegmentMax", "UnsortedSegmentMin")
def _unsorted_extreme_gradient(op, grad):
    data, ids, count = op.inputs
    best, inside, present = _of_present(op.outputs[0], ids)
    chosen = compare.logical_and(compare.equal(data, best), present)
    number = unsorted_segment_sum(math.cast(chosen, grad.dtype.base_dtype), ids, count)
    back = gather.gather(math.divide(grad, number), inside)
    zeros = array.zeros_like(back)
    return choosing.where(chosen, choosing.where(present, back, zeros), zeros), None, None


@op_def.gradient("UnsortedSegmentProd")
def _unsorted_prod_gradient(op, grad):
    """prod / x where x is not zero; the product of the others where x is the only zero; 0 where there are more zeros."""
    data, ids, count = op.inputs
    is_zero = compare.equal(data, 0)
    zeros_in = unsorted_segment_sum(math.cast(is_zero, dtypes.int32), ids, count)
    grad = choosing.where(compare.greater(zeros_in, 1), array.zeros_like(grad), grad)
    others = choosing.where(is_zero, array.ones_like(data), data)
    without_zeros = unsorted_segment_prod(others, ids, count)
    inside = math.maximum(ids, array.zeros_like(ids))
    share = math.divide(gather.gather(op.outputs[0], inside), others)
    share = choosing.where(is_zero, gather.gather(without_zeros, inside), share)
    return math.multiply(_of_present(grad, ids)[0], share), None, None


# -- rows of a table, without gathering them first -----------------------------------------------------------


def sparse_segment_sum(data, indices, segment_ids, name=None, num_segments=None):
    """`segment_sum` of the rows `indices` of `data`.

    Args:
        indices: integers `[m]`, rows of `data`.
        segment_ids: int32 `[m]`, not decreasing.
        num_segments: the number of segments where it is not the last id + 1.
    """
    return _sparse_segment("SparseSegmentSum", data, indices, segment_ids, name, num_segments)


def sparse_segment_mean(data, indices, segment_ids, name=None, num_segments=None):
    """`segment_mean` of the rows `indices` of `data`; arguments as for `sparse_segment_sum`."""
    return _sparse_segment("SparseSegmentMean", data, indices, segment_ids, name, num_segments)


def sparse_segment_sqrt_n(data, indices, segment_ids, name=None, num_segments=None):
    """The sum of each segment over the square root of its size; arguments as for `sparse_segment_sum`."""
    return _sparse_segment("SparseSegmentSqrtN", data, indices, segment_ids, name, num_segments)


def _sparse_segment(op_type, data, indices, segment_ids, name, num_segments):
    if num_segments is None:
        return build.apply(op_type, data, indices, segment_ids, name=name)
    return build.apply(op_type + "WithNumSegments", data, indices, segment_ids, num_segments, name=name)


@op_def.shape_rule("SparseSegmentSum", "SparseSegmentMean", "SparseSegmentSqrtN")
def _sparse_shape(op):
    dims = op.inputs[0]._dims
    _check_sparse(op)
    return [None if dims is None else (None, *dims[1:])]


@op_def.shape_rule(
    "SparseSegmentSumWithNumSegments", "SparseSegmentMeanWithNumSegments", "SparseSegmentSqrtNWithNumSegments",
    "SparseSegmentMeanGrad", "SparseSegmentSqrtNGrad",
)  # fmt: skip
def _sparse_sized_shape(op):
    dims = op.inputs[0]._dims
    _check_sparse(op)
    return [None if dims is None else (static_value.known_int(op.inputs[3]), *dims[1:])]


def _check_sparse(op):
    indices, ids = op.inputs[1]._dims, op.inputs[2]._dims
    if not shapes.compatible(indices, ids):
        raise build.shape_error(op, f"Shapes {shapes.to_text(indices)} and {shapes.to_text(ids)} must be equal")


@op_def.gradient("SparseSegmentSum", "SparseSegmentSumWithNumSegments")
def _sparse_sum_gradient(op, grad):
    data, indices, ids = op.inputs[:3]
    back = unsorted_segment_sum(gather.gather(grad, ids), indices, array.shape(data)[0])
    return [back] + [None] * (len(op.inputs) - 1)


@op_def.gradient(
    "SparseSegmentMean", "SparseSegmentMeanWithNumSegments", "SparseSegmentSqrtN", "SparseSegmentSqrtNWithNumSegments"
)
def _sparse_mean_gradient(op, grad):
    data, indices, ids = op.inputs[:3]
    op_type = op.type.removesuffix("WithNumSegments") + "Grad"
    return [build.apply(op_type, grad, indices, ids, array.shape(data)[0])] + [None] * (len(op.inputs) - 1)
