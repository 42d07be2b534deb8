"""Updates of some rows or entries of a variable, and reads of them."""

from __future__ import annotations

from graphflow._core import dtypes
from graphflow._graph import build, op_def, tensor
from graphflow._ops import array, handles, math, state

_ROW_UPDATES = ("Update", "Add", "Sub", "Mul", "Div", "Min", "Max")
_ND_UPDATES = ("Update", "Add", "Sub")


def _of_rows(kind, ref, indices, updates, use_locking, name):
    if ref.dtype.is_ref:
        return build.apply("Scatter" + kind, ref, indices, updates, use_locking=use_locking, name=name)
    return ref._scatter_rows(kind, indices, updates, use_locking, name)


def scatter_update(ref, indices, updates, use_locking=True, name=None):
    """Rows of a variable become other ones: `ref[indices[i, ...]] = updates[i, ...]`.

    Args:
        ref: a variable.
        indices: integers; where one comes twice, the last one stays.
        updates: of shape `indices.shape + ref.shape[1:]`, or a scalar.

    Returns:
        the variable after the update. The run raises InvalidArgumentError for an index that is out of range.
    """
    return _of_rows("Update", ref, indices, updates, use_locking, name)


def scatter_add(ref, indices, updates, use_locking=False, name=None):
    """Adds to rows of a variable, as often as they are named; see `scatter_update`."""
    return _of_rows("Add", ref, indices, updates, use_locking, name)


def scatter_sub(ref, indices, updates, use_locking=False, name=None):
    """Subtracts from rows of a variable, as often as they are named; see `scatter_update`."""
    return _of_rows("Sub", ref, indices, updates, use_locking, name)


def scatter_mul(ref, indices, updates, use_locking=False, name=None):
    """Multiplies rows of a variable; see `scatter_update`."""
    return _of_rows("Mul", ref, indices, updates, use_locking, name)


def scatter_div(ref, indices, updates, use_locking=False, name=None):
    """Divides rows of a variable; see `scatter_update`."""
    return _of_rows("Div", ref, indices, updates, use_locking, name)


def scatter_min(ref, indices, updates, use_locking=False, name=None):
    """Rows of a variable become the minimum of themselves and the updates; see `scatter_update`."""
    return _of_rows("Min", ref, indices, updates, use_locking, name)


def scatter_max(ref, indices, updates, use_locking=False, name=None):
    """Rows of a variable become the maximum of themselves and the updates; see `scatter_update`."""
    return _of_rows("Max", ref, indices, updates, use_locking, name)


def _of_entries(kind, ref, indices, updates, use_locking, name):
    if ref.dtype.is_ref:
        return build.apply("ScatterNd" + kind, ref, indices, updates, use_locking=use_locking, name=name)
    return ref._scatter_nd(kind, indices, updates, use_locking, name)


def scatter_nd_update(ref, indices, updates, use_locking=True, name=None):
    """Entries or slices of a variable become other ones: `ref[indices[i, ..., :]] = updates[i, ...]`.

    Args:
        indices: integers `[..., k]` with k at most the rank of `ref`.
        updates: of shape `indices.shape[:-1] + ref.shape[k:]`.
    """
    return _of_entries("Update", ref, indices, updates, use_locking, name)


def scatter_nd_add(ref, indices, updates, use_locking=False, name=None):
    """Adds to entries or slices of a variable; see `scatter_nd_update`."""
    return _of_entries("Add", ref, indices, updates, use_locking, name)


def scatter_nd_sub(ref, indices, updates, use_locking=False, name=None):
    """Subtracts from entries or slices of a variable; see `scatter_nd_update`."""
    return _of_entries("Sub", ref, indices, updates, use_locking, name)


def batch_scatter_update(ref, indices, updates, use_locking=True, name=None):
    """`scatter_update` along the last axis of `indices`, once for each of the leading axes.

    Args:
        indices: integers `[b1, ..., bn, m]`, where `ref` is `[b1, ..., bn, rows, ...]`.
    """
    with build.name_scope(name):
        indices = build.convert_to_tensor(indices, name="indices")
        sizes = array.shape(indices)
        rank = indices.get_shape().ndims
        if rank is None:
            raise ValueError("batch_gather does not allow indices with unknown shape.")
        last = array.expand_dims(indices, axis=-1)
        parts = []
        for axis in range(rank - 1):
            size = sizes[axis]
            where = [1] * (rank + 1)
            where[axis] = size
            along = array.reshape(build.apply("Range", 0, size, 1), where)
            if along.dtype.base_dtype != last.dtype:
                along = math.cast(along, last.dtype)
            parts.append(along * array.ones_like(last))
        parts.append(last)
        return scatter_nd_update(ref, array.concat(parts, axis=-1), updates, use_locking=use_locking)


# -- shapes --------------------------------------------------------------------------------------------------------------


def _joined(a, b):
    return None if a is None or b is None else a + b


def _held(op):
    t = op.inputs[0]
    return t._dims if t.dtype.is_ref else handles.value_dims(t)


@op_def.shape_rule(*(prefix + kind for kind in _ROW_UPDATES for prefix in ("Scatter", "ResourceScatter")))
def _rows_shape(op):
    held = _held(op)
    if held == ():
        raise build.shape_error(op, "Shape must be at least rank 1 but is rank 0")
    updates = op.inputs[2]._dims
    if updates != () and held is not None:
        state.merged(op, updates, _joined(op.inputs[1]._dims, held[1:]))
    return [held] if op.outputs else []


@op_def.shape_rule(*(prefix + kind for kind in _ND_UPDATES for prefix in ("ScatterNd", "ResourceScatterNd")))
def _entries_shape(op):
    held, indices, updates = _held(op), op.inputs[1]._dims, op.inputs[2]._dims
    if held is not None and indices is not None and indices[-1:] not in ((), (None,)):
        if updates is not None:
            state.merged(op, updates, indices[:-1] + held[indices[-1] :])
    return [held] if op.outputs else []


@op_def.shape_rule("ResourceGather")
def _gather_shape(op):
    held, indices = _held(op), op.inputs[1]._dims
    batch = op.attrs["batch_dims"]
    if held is None or indices is None:
        return [None]
    return [held[:batch] + indices[batch:] + held[batch + 1 :]]


@op_def.shape_rule("ResourceGatherNd")
def _gather_nd_shape(op):
    held, indices = _held(op), op.inputs[1]._dims
    if held is None or not indices or indices[-1] is None:
        return [None]
    return [indices[:-1] + held[indices[-1] :]]


op_def.not_differentiable(
    *(p + kind for kind in _ROW_UPDATES for p in ("Scatter", "ResourceScatter")),
    *(p + kind for kind in _ND_UPDATES for p in ("ScatterNd", "ResourceScatterNd")),
    because="state is no function of its past",
)


# -- gradients of reads --------------------------------------------------------------------------------------------------


def shape_of_variable(handle, out_type=dtypes.int32):
    """The shape of the variable that a handle names, an integer vector; a constant where it is known while building."""
    dims = handles.value_dims(handle)
    if dims is None or None in dims:
        return build.apply("VariableShape", handle, out_type=out_type)
    return build.constant(list(dims), dtype=out_type)


@op_def.gradient("ResourceGather")
def _gather_gradient(op, grad):
    handle, indices = op.inputs
    whole = shape_of_variable(handle)
    size = array.expand_dims(array.size(indices), 0)
    values = array.reshape(grad, array.concat([size, whole[1:]], 0))
    return tensor.IndexedSlices(values, array.reshape(indices, size), whole), None


@op_def.gradient("ResourceGatherNd")
def _gather_nd_gradient(op, grad):
    handle, indices = op.inputs
    whole = shape_of_variable(handle, indices.dtype)
    if indices._dims is not None and len(indices._dims) == 2 and indices._dims[-1] == 1:
        return tensor.IndexedSlices(grad, array.squeeze(indices, axis=-1), whole), None
    return build.apply("ScatterNd", indices, grad, whole), None
