"""Values as a set or in order: unique, difference, partition and stitch, sort and search."""

from __future__ import annotations

import collections

import numpy as np

from graphflow._core import dtypes, shapes
from graphflow._graph import build, op_def, static_value
from graphflow._ops import array, dispatch, gather, math, rearrange

Unique = collections.namedtuple("Unique", ["y", "idx"])
UniqueWithCounts = collections.namedtuple("UniqueWithCounts", ["y", "idx", "count"])
ListDiff = collections.namedtuple("ListDiff", ["out", "idx"])

# -- sets ----------------------------------------------------------------------------------------------------


def unique(x, out_idx=dtypes.int32, name=None):
    """(y, idx): the distinct values of a vector in order of first appearance, and where each element stands in y."""
    return Unique(*build.apply("Unique", x, out_idx=out_idx, name=name))


def unique_with_counts(x, out_idx=dtypes.int32, name=None):
    """(y, idx, count): as `unique`, and how often each value occurs."""
    return UniqueWithCounts(*build.apply("UniqueWithCounts", x, out_idx=out_idx, name=name))


def setdiff1d(x, y, index_dtype=dtypes.int32, name=None):
    """(out, idx): the elements of the vector `x` that are not in `y`, and their positions in `x`."""
    return ListDiff(*build.apply("ListDiff", x, y, out_idx=index_dtype, name=name))


@op_def.shape_rule("Unique", "UniqueWithCounts")
def _unique_shape(op):
    dims = op.inputs[0]._dims
    if dims is not None and len(dims) != 1:
        raise build.shape_error(op, f"Shape must be rank 1 but is rank {len(dims)}")
    return [(None,), dims, (None,)][: len(op.outputs)]


@op_def.shape_rule("UniqueV2", "UniqueWithCountsV2")
def _unique_v2_shape(op):
    dims, axis = op.inputs[0]._dims, static_value.constant_value(op.inputs[1])
    if dims is None or axis is None:
        return [None if dims is None else (None,) * len(dims), (None,), (None,)][: len(op.outputs)]
    axis = int(axis.ravel()[0]) % len(dims) if axis.size else 0
    found = (*dims[:axis], None, *dims[axis + 1 :])
    return [found, (dims[axis],), (None,)][: len(op.outputs)]


@op_def.shape_rule("ListDiff")
def _list_diff_shape(op):
    return [(None,), (None,)]


op_def.not_differentiable(
    "Unique", "UniqueV2", "UniqueWithCounts", "UniqueWithCountsV2", "ListDiff", because="it compares values for equality"
)  # fmt: skip

# -- partition and stitch ------------------------------------------------------------------------------------


@dispatch.ragged("dynamic_partition")
def dynamic_partition(data, partitions, num_partitions, name=None):
    """`num_partitions` tensors, of which the i-th holds the entries of `data` where `partitions` is i.

    Args:
        data: `[..., rest]`.
        partitions: int32 `[...]`, in [0, num_partitions).

    Raises at run time:
        InvalidArgumentError: a partition is out of range.
    """
    return build.apply("DynamicPartition", data, partitions, num_partitions=num_partitions, name=name)


@op_def.shape_rule("DynamicPartition")
def _dynamic_partition_shape(op):
    dims, partitions = op.inputs[0]._dims, op.inputs[1]._dims
    rest = None
    if dims is not None and partitions is not None:
        if not shapes.compatible(dims[: len(partitions)], partitions):
            raise build.shape_error(
                op,
                f"data.shape must start with partitions.shape: {shapes.to_text(dims)} and {shapes.to_text(partitions)}",
            )
        rest = (None, *dims[len(partitions) :])
    return [rest] * op.attrs["num_partitions"]


@op_def.gradient("DynamicPartition")
def _dynamic_partition_gradient(op, *grads):
    data, partitions = op.inputs
    count = array.size(partitions)
    positions = array.reshape(math.range(count), array.shape(partitions))
    cut = dynamic_partition(positions, partitions, len(grads))
    whole = build.apply("ParallelDynamicStitch", cut, list(grads))
    return array.reshape(whole, array.shape(data)), None


def dynamic_stitch(indices, data, name=None):
    """One tensor of the entries of `data`, entry `data[m][i...]` at position `indices[m][i...]`.

    Args:
        indices: a list of int32 tensors; where one position occurs again, the later entry stays.
        data: a list of tensors, `data[m].shape = indices[m].shape + rest`.
    """
    return build.apply("DynamicStitch", list(indices), list(data), name=name)


def parallel_dynamic_stitch(indices, data, name=None):
    """`dynamic_stitch` where each position occurs once."""
    return build.apply("ParallelDynamicStitch", list(indices), list(data), name=name)


@op_def.shape_rule("DynamicStitch", "ParallelDynamicStitch")
def _dynamic_stitch_shape(op):
    n = op.attrs["N"]
    rest = None
    for index, part in zip(op.inputs[:n], op.inputs[n:]):
        if index._dims is None or part._dims is None:
            continue
        if not shapes.compatible(index._dims, part._dims[: len(index._dims)]):
            raise build.shape_error(op, "data[i].shape must start with indices[i].shape")
        try:
            rest = shapes.merge(rest, part._dims[len(index._dims) :])
        except ValueError as err:
            raise build.shape_error(op, str(err)) from None
    known = [static_value.constant_value(t) for t in op.inputs[:n]]
    length = None if any(v is None for v in known) else 1 + max((int(v.max()) for v in known if v.size), default=-1)
    return [None if rest is None else (length, *rest)]


@op_def.gradient("DynamicStitch", "ParallelDynamicStitch")
def _dynamic_stitch_gradient(op, grad):
    n = op.attrs["N"]
    return [None] * n + [gather.gather(grad, index) for index in op.inputs[:n]]


# -- order ---------------------------------------------------------------------------------------------------


def sort(values, axis=-1, direction="ASCENDING", name=None):
    """`values` in order along `axis`, "ASCENDING" or "DESCENDING"."""
    with build.name_scope(name, "sort"):
        return _in_order(values, axis, direction, positions=False)


def argsort(values, axis=-1, direction="ASCENDING", stable=False, name=None):
    """int32 positions that put `values` in order along `axis`; of equal values the first comes first."""
    with build.name_scope(name, "argsort"):
        return _in_order(values, axis, direction, positions=True)


def _in_order(values, axis, direction, positions):
    if direction not in ("ASCENDING", "DESCENDING"):
        raise ValueError(f"{direction} should be one of ASCENDING, DESCENDING")
    axis = static_value.known_int(build.convert_to_tensor(axis, name="axis"))
    if axis is None:
        raise ValueError("axis must be a constant scalar")
    values = build.convert_to_tensor(values, name="values")
    if direction == "DESCENDING":
        return _descending(values, axis, positions)
    found = _descending(-values, axis, positions)
    return found if positions else -found


def _descending(values, axis, positions):
    """The largest first: top_k of all, with `axis` brought to the end."""
    count = array.shape(values)[axis]
    rank = array.rank(values)
    known = None if values._dims is None else len(values._dims)
    if axis == -1 or axis + 1 == known:
        return build.apply("TopKV2", values, count)[int(positions)]
    if axis < 0:
        axis += rank if known is None else known
    if known is None:
        order = array.concat([math.range(axis), [rank - 1], math.range(axis + 1, rank - 1), [axis]], axis=0)
    else:
        order = [*range(axis), known - 1, *range(axis + 1, known - 1), axis]
        order = build.constant(np.array(order, np.int64), name="transposition")
    found = build.apply("TopKV2", rearrange.transpose(values, order), count)[int(positions)]
    return rearrange.transpose(found, order)


def searchsorted(sorted_sequence, values, side="left", out_type=dtypes.int32, name=None):
    """Where in the last axis of `sorted_sequence` each of `values` would have to be inserted to keep it sorted.

    Args:
        sorted_sequence: `[..., n]`, ascending along the last axis.
        values: `[..., m]`.
        side: "left" is before equal ones, "right" after them.

    Returns:
        integers of the shape of `values`.
    """
    if side not in ("left", "right"):
        raise ValueError(f"side must be either 'right' or 'left'.  Saw: {side}.")
    length, wanted = array.shape(sorted_sequence)[-1], array.shape(values)[-1]
    rows = array.reshape(sorted_sequence, [-1, length])
    looked_up = array.reshape(values, [-1, wanted])
    op_type = "LowerBound" if side == "left" else "UpperBound"
    found = build.apply(op_type, rows, looked_up, out_type=out_type, name=name)
    return array.reshape(found, array.shape(values))


@op_def.shape_rule("LowerBound", "UpperBound")
def _bound_shape(op):
    for t in op.inputs:
        if t._dims is not None and len(t._dims) != 2:
            raise build.shape_error(op, f"Shape must be rank 2 but is rank {len(t._dims)}")
    return [op.inputs[1]._dims]


op_def.not_differentiable("LowerBound", "UpperBound", because="they give positions")


def unravel_index(indices, dims, name=None):
    """The coordinates, one row an axis, of positions in a flattened array of shape `dims`."""
    return build.apply("UnravelIndex", indices, dims, name=name)


@op_def.shape_rule("UnravelIndex")
def _unravel_index_shape(op):
    indices, dims = op.inputs[0]._dims, op.inputs[1]._dims
    rank = dims[0] if dims else None
    if indices is None:
        return [None]
    return [(rank, *indices) if len(indices) < 2 else (rank, shapes.num_elements(indices))]


op_def.not_differentiable("UnravelIndex", because="it has only integers")
