"""Entries chosen by index, and entries put at an index: gather and scatter."""

from __future__ import annotations

import numpy as np

from graphflow._core import dtypes, shapes
from graphflow._graph import build, op_def, static_value, tensor
from graphflow._ops import array, dispatch, joining, math, rearrange, reduce, segment, unary

# -- gather --------------------------------------------------------------------------------------------------


@dispatch.ragged("gather")
def gather(params, indices, validate_indices=None, name=None, axis=None, batch_dims=0):
    """The entries of `params` along `axis` at `indices`.

    Args:
        params: `[..., n, ...]`, a tensor or a variable.
        indices: integers of any shape, in [0, n).
        axis: 0 when None (`batch_dims` when that is given).
        batch_dims: how many leading axes `params` and `indices` have in common.

    Returns:
        shape `params.shape[:axis] + indices.shape[batch_dims:] + params.shape[axis + 1:]`.

    Raises at run time:
        InvalidArgumentError: an index is out of range.
    """
    axis = batch_dims if axis is None else axis
    if _is_zero(axis) and hasattr(params, "sparse_read"):
        return params.sparse_read(indices, name=name)
    return build.apply("GatherV2", params, indices, axis, batch_dims=0 if _is_zero(axis) else batch_dims, name=name)


def _is_zero(axis):
    value = static_value.constant_value(axis) if isinstance(axis, tensor.Tensor) else axis
    return value is not None and value == 0


@op_def.shape_rule("Gather")
def _gather_v1_shape(op):
    params, indices = op.inputs[0]._dims, op.inputs[1]._dims
    if params == ():
        raise build.shape_error(op, "Shape must be at least rank 1 but is rank 0")
    return [None if params is None or indices is None else (*indices, *params[1:])]


@op_def.shape_rule("GatherV2")
def _gather_shape(op):
    params, indices, axis = op.inputs[0]._dims, op.inputs[1]._dims, static_value.known_int(op.inputs[2])
    batch = op.attrs["batch_dims"]
    if params == ():
        raise build.shape_error(op, "Shape must be at least rank 1 but is rank 0")
    if params is None or indices is None:
        return [None]
    batch += len(indices) if batch < 0 else 0
    if axis is None:
        return [(None,) * (len(params) + len(indices) - 1 - batch)]
    needed = axis + 1 if axis >= 0 else -axis
    if len(params) < needed:
        raise build.shape_error(op, f"Shape must be at least rank {needed} but is rank {len(params)}")
    axis %= len(params)
    if batch > axis:
        raise build.shape_error(op, f"batch_dims ({batch}) must be less than or equal to axis ({axis})")
    try:
        shared = shapes.merge(params[:batch], indices[:batch])
    except ValueError as err:
        raise build.shape_error(op, str(err)) from None
    return [(*shared, *params[batch:axis], *indices[batch:], *params[axis + 1 :])]


@op_def.gradient("Gather")
def _gather_v1_gradient(op, grad):
    return rows_gradient(op.inputs[0], op.inputs[1], grad), None


@op_def.gradient("GatherV2")
def _gather_gradient(op, grad):
    params, indices, axis = op.inputs
    if static_value.known_int(axis) == 0:
        return rows_gradient(params, indices, grad), None, None
    return _gradient_along_axis(op, grad), None, None


def rows_gradient(params, indices, grad):
    """The gradient of rows `indices` of `params`: IndexedSlices, so that the other rows cost nothing."""
    size = array.shape(params)
    dims, count = params._dims, shapes.num_elements(indices._dims)
    if dims is not None and count is not None and None not in dims[1:]:
        rows, count = np.array([count, *dims[1:]], np.int32), np.array([count], np.int32)
    else:
        count = array.expand_dims(array.size(indices), 0)
        rows = array.concat([count, size[1:]], 0)
    return tensor.IndexedSlices(array.reshape(grad, rows), array.reshape(indices, count), size)


def _gradient_along_axis(op, grad):
    """Sums what came back from each entry, with the gathered axis in front of all that is no batch."""
    params, indices, axis = op.inputs
    batch = op.attrs["batch_dims"]
    batch += len(indices._dims) if batch < 0 else 0
    size = array.shape(params)
    at = static_value.known_int(axis)
    if at is None or params._dims is None:
        if batch:
            raise NotImplementedError(f"the gradient of '{op.name}' needs an axis known while building")
        axis = math.floormod(math.cast(axis, dtypes.int32), array.rank(params))
        rank = array.rank(params)
    else:
        rank = len(params._dims)
        axis = at % rank
    before, after = size[:axis], size[axis + 1 :]
    values = array.reshape(grad, array.concat([before, [-1], after], 0))
    if batch:
        batch_size = reduce.reduce_prod(size[:batch])
        flat = _batch_offsets(indices, size, batch, axis)
    else:
        batch_size, flat = 1, indices
    front = _order(batch, axis, rank)
    values = rearrange.transpose(values, front)
    inner = array.shape(values)[batch + 1 :]
    values = array.reshape(values, array.concat([[-1], inner], 0))
    summed = segment.unsorted_segment_sum(values, array.reshape(flat, [-1]), size[axis] * batch_size)
    summed = array.reshape(summed, array.concat([size[:batch], [size[axis]], inner], 0))
    return rearrange.transpose(summed, rearrange.invert_permutation(front))


def _order(batch, axis, rank):
    """The permutation that brings `axis` behind the batch axes."""
    if isinstance(axis, int):
        return np.array([*range(batch), axis, *range(batch, axis), *range(axis + 1, rank)], np.int32)
    return array.concat([[axis], math.range(axis), math.range(axis + 1, rank)], 0)


def _batch_offsets(indices, size, batch, axis):
    """`indices` as positions in the batches laid one behind the other."""
    dtype = indices.dtype.base_dtype
    size = math.cast(size, dtype)
    total, step = indices, size[axis]
    for dim in reversed(range(batch)):
        steps = math.range(build.constant(0, dtype), size[dim], build.constant(1, dtype)) * step
        step = step * size[dim]
        total = total + array.reshape(steps, [-1 if i == dim else 1 for i in range(len(indices._dims))])
    return total


@dispatch.ragged("batch_gather")
def batch_gather(params, indices, name=None):
    """For each of the leading axes of `indices`, the rows of `params` at `indices`.

    Args:
        params: `[b..., n, ...]`.
        indices: integers `[b..., k]`, of known rank.

    Returns:
        `[b..., k, ...]`.
    """
    with build.name_scope(name, "BatchGather", [params, indices]):
        indices = build.convert_to_tensor(indices, name="indices")
        params = build.convert_to_tensor(params, name="params")
        if indices._dims is None:
            raise ValueError("batch_gather does not allow indices with unknown shape.")
        return _batch_gather(params, indices, len(indices._dims) - 1)


def _batch_gather(params, indices, batch):
    rank = len(indices._dims)
    if params._dims is not None and batch >= len(params._dims):
        raise ValueError(f"batch_dims = {batch} must be less than rank(params) = {len(params._dims)}")
    dtype = indices.dtype.base_dtype
    wanted, size = array.shape(indices), array.shape(params)
    step = array.ones((), dtype=dtype)
    wide = build.apply("Cast", size, DstT=dtype)
    positions = indices
    for dim in range(batch, 0, -1):
        length = wide[dim - 1]
        step = step * wide[dim]
        begin, one = array.zeros((), dtype=dtype), array.ones((), dtype=dtype)
        offsets = build.apply("Range", begin, length, one) * step
        turned = joining.stack([1] * (dim - 1) + [length] + [1] * (rank - dim), axis=0)
        positions = positions + array.reshape(offsets, turned)
    flat = array.reshape(positions, [-1])
    inner = size[batch + 1 :]
    rows = build.apply("Prod", size[: batch + 1], [0])
    table = array.reshape(params, array.concat([[rows], inner], axis=0))
    result = array.reshape(gather(table, flat), array.concat([wanted, inner], axis=0))
    if params._dims is not None:
        shared = shapes.merge(indices._dims[:batch], params._dims[:batch])
        result.set_shape([*shared, *indices._dims[batch:], *params._dims[batch + 1 :]])
    return result


# -- gather_nd -----------------------------------------------------------------------------------------------


@dispatch.ragged("gather_nd")
def gather_nd(params, indices, name=None, batch_dims=0):
    """The parts of `params` at the index tuples that the last axis of `indices` holds.

    Args:
        indices: integers `[..., k]`, k at most the rank of `params`.

    Returns:
        `[..., params.shape[k:]]`.

    Raises at run time:
        InvalidArgumentError: a tuple lies outside `params`.
    """
    value = static_value.constant_value(batch_dims) if isinstance(batch_dims, tensor.Tensor) else batch_dims
    if value is None:
        raise TypeError(f"batch_dims must be an int; got {batch_dims!r}")
    if value:
        return _batch_gather_nd(params, indices, int(value), name)
    if hasattr(params, "gather_nd"):
        return params.gather_nd(indices, name=name)
    return build.apply("GatherNd", params, indices, name=name)


@op_def.shape_rule("GatherNd")
def _gather_nd_shape(op):
    params, indices = op.inputs[0]._dims, op.inputs[1]._dims
    if indices == ():
        raise build.shape_error(op, "Shape must be at least rank 1 but is rank 0")
    if params is None or indices is None or indices[-1] is None:
        return [None]
    if indices[-1] > len(params):
        raise build.shape_error(
            op,
            f"indices.shape[-1] must be <= params.rank, but saw indices shape: {shapes.to_text(indices)} "
            f"and params shape: {shapes.to_text(params)}",
        )
    return [(*indices[:-1], *params[indices[-1] :])]


@op_def.gradient("GatherNd")
def _gather_nd_gradient(op, grad):
    params, indices = op.inputs
    size = array.shape(params, out_type=indices.dtype.base_dtype)
    dims = indices._dims
    if dims is not None and len(dims) == 2 and dims[-1] == 1:
        return tensor.IndexedSlices(grad, array.squeeze(indices, axis=-1), size), None
    return scatter_nd(indices, grad, size), None


def _batch_gather_nd(params, indices, batch, name):
    """Puts the position in the batch in front of each index tuple."""
    with build.name_scope(name, "BatchGatherND", [params, indices]):
        indices = build.convert_to_tensor(indices, name="indices")
        params = build.convert_to_tensor(params, name="params")
        if batch < 0:
            raise ValueError("tf.gather_nd does not allow negative batch_dims.")
        for what, t in (("indices", indices), ("params", params)):
            if t._dims is not None and batch >= len(t._dims):
                raise ValueError(f"batch_dims = {batch} must be less than rank({what}) = {len(t._dims)}")
        size, wanted = array.shape(params), array.shape(indices)
        batch_shape = size[:batch]
        count = build.apply("Prod", batch_shape, [0])
        inner_rank = array.rank(indices) - batch - 1
        inner = wanted[batch:-1]
        lengths = joining.unstack(batch_shape, axis=0)
        ranges = [build.apply("Cast", build.apply("Range", 0, n, 1), DstT=indices.dtype.base_dtype) for n in lengths]
        grid = [array.reshape(g, shape=(-1,)) for g in rearrange.meshgrid(*ranges, indexing="ij")]
        grid = rearrange.transpose(joining.stack(grid, axis=0))
        own = array.shape(grid)
        between = [own[:1], array.ones(inner_rank, dtype=dtypes.int32), own[1:]]
        grid = array.reshape(grid, array.concat(between, axis=0))
        grid = rearrange.tile(grid, multiples=array.concat(((1,), inner, (1,)), axis=0))
        flat = array.reshape(indices, shape=array.concat(([count], wanted[batch:]), axis=0))
        out = build.apply("GatherNd", params, array.concat((grid, flat), axis=-1))
        found = array.shape(out)
        return array.reshape(out, shape=array.concat((batch_shape, found[1:]), axis=0))


# -- scatter -------------------------------------------------------------------------------------------------


def scatter_nd(indices, updates, shape, name=None):
    """Zeros of `shape`, to which `updates` are added at the index tuples that the last axis of `indices` holds.

    Args:
        indices: integers `[..., k]`.
        updates: `[..., shape[k:]]`; those with the same tuple add up.
        shape: an integer vector.

    Raises at run time:
        InvalidArgumentError: a tuple lies outside `shape`.
    """
    return build.apply("ScatterNd", indices, updates, shape, name=name)


def tensor_scatter_nd_update(tensor, indices, updates, name=None):
    """`tensor` with `updates` in place of what stands at `indices`; both as for `scatter_nd`."""
    return build.apply("TensorScatterUpdate", tensor, indices, updates, name=name)


def tensor_scatter_nd_add(tensor, indices, updates, name=None):
    """`tensor` with `updates` added at `indices`; both as for `scatter_nd`."""
    return build.apply("TensorScatterAdd", tensor, indices, updates, name=name)


def tensor_scatter_nd_sub(tensor, indices, updates, name=None):
    """`tensor` with `updates` subtracted at `indices`; both as for `scatter_nd`."""
    return build.apply("TensorScatterSub", tensor, indices, updates, name=name)


tensor_scatter_update = tensor_scatter_nd_update
tensor_scatter_add = tensor_scatter_nd_add
tensor_scatter_sub = tensor_scatter_nd_sub


@op_def.shape_rule("ScatterNd")
def _scatter_nd_shape(op):
    whole = static_value.shape_from(op.inputs[2])
    _check_updates(op, op.inputs[0]._dims, op.inputs[1]._dims, whole)
    return [whole]


@op_def.shape_rule("TensorScatterUpdate", "TensorScatterAdd", "TensorScatterSub", "ScatterNdNonAliasingAdd")
def _tensor_scatter_shape(op):
    whole = op.inputs[0]._dims
    _check_updates(op, op.inputs[1]._dims, op.inputs[2]._dims, whole)
    return [whole]


@op_def.shape_rule("InplaceUpdate", "InplaceAdd", "InplaceSub")
def _inplace_shape(op):
    return [op.inputs[0]._dims]


op_def.not_differentiable("InplaceUpdate", "InplaceAdd", "InplaceSub", because="TensorFlow gives them none")


def _check_updates(op, indices, updates, whole):
    """Raises ValueError where the shapes of indices and updates do not fit each other, or the whole."""
    if indices is None or updates is None or not indices:
        return
    outer = indices[:-1]
    if not shapes.compatible(outer, updates[: len(outer)]):
        raise build.shape_error(
            op,
            f"The outer {len(outer)} dimensions of indices.shape={shapes.to_text(indices)} must match the outer "
            f"{len(outer)} dimensions of updates.shape={shapes.to_text(updates)}",
        )
    if whole is None or indices[-1] is None:
        return
    inner = whole[indices[-1] :]
    if not shapes.compatible(inner, updates[len(outer) :]):
        raise build.shape_error(
            op,
            f"The inner {len(inner)} dimensions of shape={shapes.to_text(whole)} must match the inner "
            f"{len(updates) - len(outer)} dimensions of updates.shape={shapes.to_text(updates)}",
        )


@op_def.gradient("ScatterNd")
def _scatter_nd_gradient(op, grad):
    return None, gather_nd(grad, op.inputs[0]), None


@op_def.gradient("TensorScatterUpdate")
def _tensor_scatter_update_gradient(op, grad):
    indices, updates = op.inputs[1:]
    kept = tensor_scatter_nd_update(grad, indices, array.zeros_like(updates))
    return kept, None, gather_nd(grad, indices)


@op_def.gradient("TensorScatterAdd", "ScatterNdNonAliasingAdd")
def _tensor_scatter_add_gradient(op, grad):
    return array.identity(grad), None, gather_nd(grad, op.inputs[1])


@op_def.gradient("TensorScatterSub")
def _tensor_scatter_sub_gradient(op, grad):
    return array.identity(grad), None, unary.negative(gather_nd(grad, op.inputs[1]))
