"""What can be said of a tensor's value while the graph is built.

`constant_value` follows small values (shapes, sizes, axes) through operations whose inputs are all known. `partial_value` sees
more, but only where a vector of sizes is put together: `reshape(x, tf.concat([tf.shape(x)[:1], [4]], 0))` keeps the 4. Both see
as much as TensorFlow 1.15 sees and no more, since what is known decides which nodes are made (`tf.shape` of a known shape is a
constant).
"""

from __future__ import annotations

import numpy as np

from graphflow._core import dtypes, shapes
from graphflow._graph import eager_graph, evaluators, operation
from graphflow._graph import graph as graph_lib

_LIMIT = 1024  # elements: beyond this a value is no shape
_NEVER = ()  # in place of an operation's values: they depend on what only a run knows
_NO_ARRAYS = (dtypes.resource, dtypes.variant)
_STANDS_FOR: dict = {}  # op type -> function(op) -> the tensor of an outer graph that its output stands for, or None


def stands_for(op_type):
    """Decorator: function(op) -> the tensor whose value an operation of that type has, or None."""
    return lambda function: _STANDS_FOR.setdefault(op_type, function)


def constant_value(tensor, partial=False):
    """The value of a tensor as an array when it is known while building, else None."""
    tensor = _original(tensor)
    if tensor is None:
        return None
    op = tensor.op
    if op.type == "Const":
        return op.attrs["value"]
    if isinstance(tensor, eager_graph.EagerTensor):
        return None if tensor.dtype in _NO_ARRAYS else tensor._array()
    if op.type not in evaluators.TABLE and op.type not in _OF_SHAPES:
        return None
    values = _evaluated(op)
    return values[tensor.value_index] if values else None


def _original(tensor):
    """The tensor itself, or what it stands for; None where that is unknown."""
    while tensor is not None and tensor.op.type in _STANDS_FOR:
        tensor = _STANDS_FOR[tensor.op.type](tensor.op)
    return tensor


def _evaluated(op):
    """The values of an operation's outputs; `_NEVER`, or None where a shape that is not known yet may still give them."""
    known = op.graph._extra.setdefault("static values", {})  # found ones stay; shapes only become better known
    waiting = set()
    stack = [op]
    while stack:
        current = stack[-1]
        if current._id in known or current._id in waiting:
            stack.pop()
            continue
        found = _step(current, known, waiting)
        if isinstance(found, operation.Operation):
            stack.append(found)
        elif found is None:
            waiting.add(current._id)
        else:
            known[current._id] = found
    return known.get(op._id)


def _step(op, known, waiting):
    """The values of `op`, `_NEVER`, None for not yet, or an input's operation that has to be evaluated first."""
    of_shapes = _OF_SHAPES.get(op.type)
    if of_shapes is not None:
        return of_shapes(op)
    function = evaluators.TABLE.get(op.type)
    if function is None:
        return _NEVER
    inputs = []
    for t in op.inputs:
        t = _original(t)
        if t is None or t._dtype.is_ref:
            return _NEVER
        source = t.op
        if source.type == "Const":
            value = source.attrs["value"]
        elif source.graph is not op.graph:  # a capture, or an eager tensor
            value = constant_value(t)
        elif source._id in known:
            values = known[source._id]
            if not values:
                return _NEVER
            value = values[t.value_index]
        elif source._id in waiting:
            return None
        else:
            return source
        if value is None:
            return None
        if value.size > _LIMIT:
            return _NEVER
        inputs.append(value)
    return _computed(op, function, inputs)


def _computed(op, function, inputs):
    if any(t._dims is not None and (shapes.num_elements(t._dims) or 0) > _LIMIT for t in op.outputs):
        return _NEVER
    try:
        with np.errstate(all="ignore"):
            found = function(op, *inputs)
    except (ValueError, ZeroDivisionError, IndexError, TypeError):
        return _NEVER  # the run will say what is wrong
    found = found if type(found) is tuple else (found,)
    return tuple(np.asarray(value) for value in found)


def _dims_of(t):
    """The shape of an input; that of its value where only the value is known, as of the distinct ones of known indices."""
    dims = t._dims
    if dims is None or None in dims:
        value = constant_value(t)
        dims = dims if value is None else value.shape
    return dims


def _shape_values(op):
    dims = [_dims_of(t) for t in op.inputs]
    if any(d is None or None in d for d in dims):
        return None
    return tuple(np.array(d, op.outputs[0].dtype.as_numpy_dtype) for d in dims)


def _size_value(op):
    count = shapes.num_elements(_dims_of(op.inputs[0]))
    return None if count is None else (np.array(count, op.outputs[0].dtype.as_numpy_dtype),)


def _rank_value(op):
    dims = op.inputs[0]._dims
    return None if dims is None else (np.array(len(dims), np.int32),)


_OF_SHAPES = {"Shape": _shape_values, "ShapeN": _shape_values, "Size": _size_value, "Rank": _rank_value}

# -- vectors of sizes, some of which are unknown -------------------------------------------------------------


def partial_value(tensor):
    """The value as far as it is known: an array; an object array with None for unknown elements of a vector; or None."""
    tensor = _original(tensor)
    if tensor is None:
        return None
    found = constant_value(tensor)
    if found is None and tensor.op.type in _PARTS:
        found = _PARTS[tensor.op.type](tensor)
    return found


def _vector(items):
    out = np.empty(len(items), object)
    out[:] = items
    return out


def _part_of_shape(t):
    dims = t.op.inputs[t.value_index]._dims
    return None if dims is None else _vector(dims)


def _part_of_pack(t):
    if any(item._dims for item in t.op.inputs) or not t.dtype.is_integer:  # one of unknown rank can only be a scalar
        return None
    values = [constant_value(item) for item in t.op.inputs]
    return _vector([None if value is None or value.size != 1 else value.item() for value in values])


def _part_of_concat(t):
    parts = []
    for item in t.op.inputs[:-1]:
        value = partial_value(item)
        if value is None:
            if not item._dims or len(item._dims) != 1 or item._dims[0] is None or not item.dtype.is_integer:
                return None
            value = _vector([None] * item._dims[0])
        parts.append(value)
    return None if any(part.ndim != 1 for part in parts) else np.concatenate([part.astype(object) for part in parts])


def _part_of_slice(t):
    attrs = t.op.attrs
    special = attrs["ellipsis_mask"] | attrs["new_axis_mask"] | attrs["shrink_axis_mask"]
    bounds = [constant_value(item) for item in t.op.inputs[1:]]
    if special or any(b is None or b.size != 1 for b in bounds) or bounds[2][0] < 0:
        return None
    value = partial_value(t.op.inputs[0])
    return None if value is None or value.ndim != 1 else value[evaluators.slice_index(attrs, *bounds)]


_PARTS = {
    "Shape": _part_of_shape, "ShapeN": _part_of_shape, "Pack": _part_of_pack, "ConcatV2": _part_of_concat,
    "StridedSlice": _part_of_slice,
}  # fmt: skip


def shape_from(tensor):
    """The plain shape that an integer vector tensor holds, sizes unknown where they are (or are -1)."""
    value = partial_value(tensor)
    if value is None:
        length = tensor._dims[0] if tensor._dims and len(tensor._dims) == 1 else None
        return None if length is None else (None,) * length
    if value.ndim != 1 or value.size > _LIMIT:
        return None
    return tuple(None if d is None or d < 0 else int(d) for d in value.tolist())


def known_int(tensor):
    """A scalar tensor's integer, or None."""
    value = constant_value(tensor)
    return None if value is None or value.size != 1 else int(value.ravel()[0])


graph_lib.hooks.static_shape = shape_from
graph_lib.hooks.static_value = constant_value
