"""What can be said of a tensor's value while the graph is built: constants, and arithmetic on shapes.

`reshape(x, [tf.shape(x)[0], -1])` keeps what is known this way. Only small values are followed (shapes, sizes, axes).
A value is an integer, or None where unknown, in an object array; or an ordinary array when everything is known.
"""

from __future__ import annotations

import numpy as np

from graphflow._core import shapes
from graphflow._graph import graph as graph_lib

_LIMIT = 1024  # elements: beyond this a value is no shape
_EVALUATORS = {}


def evaluator(*op_types):
    """Decorator: function(op, *values) -> value of output 0; called only when every input value is fully known."""

    def register(function):
        for op_type in op_types:
            _EVALUATORS[op_type] = (function, False)
        return function

    return register


def partial_evaluator(*op_types):
    """Decorator: function(op) -> value, possibly with unknown parts (object array with None), or None."""

    def register(function):
        for op_type in op_types:
            _EVALUATORS[op_type] = (function, True)
        return function

    return register


def constant_value(tensor, partial=False):
    """The value of a tensor as an array when it is known while building, else None."""
    found = partial_value(tensor)
    if found is None or (
        found.dtype == object and tensor.dtype.base_dtype.name != "string" and None in found.ravel().tolist()
    ):
        return None
    if found.dtype == object and tensor.dtype.base_dtype.name != "string":
        found = found.astype(tensor.dtype.base_dtype.as_numpy_dtype)
    return found


def partial_value(tensor):
    """The value as far as it is known: an array, an object array with None for unknown elements, or None."""
    op = tensor.op
    if op.type == "Const":
        return op.attrs["value"]
    row = _EVALUATORS.get(op.type)
    if row is None:
        return None
    known = op.graph._extra.setdefault("static values", {})
    key = (op._id, tensor.value_index)
    if key in known and known[key][0] == _input_shapes(op):
        return known[key][1]
    found = _evaluate(op, row)
    known[key] = (_input_shapes(op), found)
    return found


def _input_shapes(op):
    return tuple(t._dims for t in op.inputs)


def _evaluate(op, row):
    function, partial = row
    if partial:
        return function(op)
    inputs = []
    for t in op.inputs:
        value = partial_value(t)
        if value is None or value.size > _LIMIT:
            return None
        inputs.append(value)
    if any(v.dtype == object for v in inputs):
        if not all(t.dtype.base_dtype.is_integer for t in op.inputs):
            return None
        return _elementwise_partial(op, function, inputs)
    with np.errstate(all="ignore"):
        try:
            return np.asarray(function(op, *inputs))
        except (ValueError, ZeroDivisionError, IndexError, TypeError):
            return None  # the run will say what is wrong


_SCALARWISE = frozenset(("Add", "AddV2", "Sub", "Mul", "FloorDiv", "Maximum", "Minimum", "FloorMod", "RealDiv", "Div"))


def _elementwise_partial(op, function, inputs):
    if op.type not in _SCALARWISE:
        return None
    arrays = np.broadcast_arrays(*inputs)
    out = np.empty(arrays[0].shape, object)
    dtype = op.outputs[0].dtype.as_numpy_dtype
    for index in np.ndindex(out.shape):
        items = [a[index] for a in arrays]
        out[index] = None if None in items else int(function(op, *[np.asarray(i, dtype) for i in items]))
    return out


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


# -- what shapes are made of ---------------------------------------------------------------------------------------------


def _of_dims(dims, dtype):
    if None in dims:
        out = np.empty(len(dims), object)
        out[:] = dims
        return out
    return np.array(dims, dtype)


@partial_evaluator("Shape")
def _shape(op):
    dims = op.inputs[0]._dims
    return None if dims is None else _of_dims(dims, op.outputs[0].dtype.as_numpy_dtype)


@partial_evaluator("ShapeN")
def _shape_n(op):
    return None


@partial_evaluator("Size")
def _size(op):
    n = shapes.num_elements(op.inputs[0]._dims)
    return None if n is None else np.array(n, op.outputs[0].dtype.as_numpy_dtype)


@partial_evaluator("Rank")
def _rank(op):
    dims = op.inputs[0]._dims
    return None if dims is None else np.array(len(dims), np.int32)


@partial_evaluator("Identity", "StopGradient", "PreventGradient", "Snapshot", "EnsureShape")
def _same(op):
    return None if op.inputs[0].dtype.is_ref else partial_value(op.inputs[0])


@partial_evaluator("Cast")
def _cast(op):
    value = partial_value(op.inputs[0])
    if value is None or value.size > _LIMIT:
        return None
    if value.dtype == object:
        return value if op.outputs[0].dtype.is_integer else None
    with np.errstate(all="ignore"):
        return value.astype(op.outputs[0].dtype.as_numpy_dtype)


@partial_evaluator("Pack")
def _pack(op):
    items = [partial_value(t) for t in op.inputs]
    if all(i is None for i in items) and not all(t._dims == () for t in op.inputs):
        return None
    if op.inputs[0]._dims != () or not op.outputs[0].dtype.is_integer:
        if any(i is None or i.dtype == object for i in items):
            return None
        return np.stack(items, op.attrs["axis"])
    flat = [None if i is None else i.item() for i in items]
    return _of_dims(flat, op.outputs[0].dtype.as_numpy_dtype)


@partial_evaluator("ConcatV2")
def _concat(op):
    axis = known_int(op.inputs[-1])
    items = []
    for t in op.inputs[:-1]:
        value = partial_value(t)
        if value is None:
            if not t._dims or len(t._dims) != 1 or t._dims[0] is None or not t.dtype.is_integer:
                return None
            value = np.full(t._dims[0], None, object)
        items.append(value)
    if axis is None or sum(i.size for i in items) > _LIMIT:
        return None
    return np.concatenate(items, axis)


@partial_evaluator("StridedSlice")
def _strided_slice(op):
    value = partial_value(op.inputs[0])
    bounds = [constant_value(t) for t in op.inputs[1:]]
    if value is None or value.size > _LIMIT or any(b is None for b in bounds):
        return None
    return np.asarray(value[slice_index(op.attrs, *bounds)], value.dtype)


def slice_index(attrs, begin, end, strides):
    """The NumPy index that a StridedSlice's masks and bounds describe."""
    index = []
    for i, (b, e, s) in enumerate(zip(begin.tolist(), end.tolist(), strides.tolist())):
        bit = 1 << i
        if attrs["ellipsis_mask"] & bit:
            index.append(Ellipsis)
        elif attrs["new_axis_mask"] & bit:
            index.append(None)
        elif attrs["shrink_axis_mask"] & bit:
            index.append(b)
        else:
            index.append(slice(None if attrs["begin_mask"] & bit else b, None if attrs["end_mask"] & bit else e, s))
    return tuple(index)


@partial_evaluator("Fill")
def _fill(op):
    dims, value = constant_value(op.inputs[0]), constant_value(op.inputs[1])
    if dims is None or value is None or np.prod(dims, dtype=object) > _LIMIT:
        return None
    return np.full(dims, value)


@evaluator("Range")
def _range(op, start, limit, delta):
    if (limit - start) / delta > _LIMIT:
        raise ValueError("too long")
    return np.arange(start, limit, delta, dtype=start.dtype)


@evaluator("Prod", "Sum", "Max", "Min", "All", "Any", "Mean")
def _reduce(op, x, axis):
    function = {
        "Prod": np.prod,
        "Sum": np.sum,
        "Max": np.max,
        "Min": np.min,
        "All": np.all,
        "Any": np.any,
        "Mean": np.mean,
    }
    axes = tuple(np.atleast_1d(axis).tolist())
    return np.asarray(function[op.type](x, axis=axes, keepdims=op.attrs["keep_dims"])).astype(x.dtype)


@evaluator("GatherV2")
def _gather(op, params, indices, axis):
    return np.take(params, indices, int(axis))


@evaluator("Gather")
def _gather_v1(op, params, indices):
    return np.take(params, indices, 0)


@evaluator("Reshape")
def _reshape(op, x, dims):
    return x.reshape(dims)


@evaluator("ExpandDims")
def _expand_dims(op, x, axis):
    return np.expand_dims(x, int(axis))


@evaluator("Squeeze")
def _squeeze(op, x):
    return np.squeeze(x, tuple(op.attrs["squeeze_dims"]) or None)


@evaluator("Slice")
def _slice(op, x, begin, size):
    return x[tuple(slice(b, None if s == -1 else b + s) for b, s in zip(begin.tolist(), size.tolist()))]


@evaluator("Transpose")
def _transpose(op, x, perm):
    return np.transpose(x, perm)


@evaluator("Select")
def _select(op, condition, x, y):
    return np.where(condition, x, y)


@evaluator("Tile")
def _tile(op, x, multiples):
    return np.tile(x, multiples)


@evaluator("ReverseV2")
def _reverse(op, x, axis):
    return np.flip(x, tuple(axis.tolist()))


@evaluator("InvertPermutation")
def _invert(op, x):
    return np.argsort(x).astype(x.dtype)


@evaluator("ListDiff")
def _list_diff(op, x, y):
    return x[~np.isin(x, y)]


@evaluator("BroadcastArgs")
def _broadcast_args(op, a, b):
    return np.array(np.broadcast_shapes(tuple(a), tuple(b)), a.dtype)


_ELEMENTWISE = {
    "Add": np.add, "AddV2": np.add, "Sub": np.subtract, "Mul": np.multiply, "FloorDiv": np.floor_divide,
    "FloorMod": np.mod, "Maximum": np.maximum, "Minimum": np.minimum, "Neg": np.negative, "Abs": np.abs,
    "Equal": np.equal, "NotEqual": np.not_equal, "Less": np.less, "LessEqual": np.less_equal, "Greater": np.greater,
    "GreaterEqual": np.greater_equal, "LogicalAnd": np.logical_and, "LogicalOr": np.logical_or,
    "LogicalNot": np.logical_not, "RealDiv": np.true_divide, "Ceil": np.ceil, "Floor": np.floor, "Sqrt": np.sqrt,
    "TruncateDiv": lambda x, y: np.trunc(x / y).astype(x.dtype), "Pow": np.power, "Square": np.square,
}  # fmt: skip
for _name, _function in _ELEMENTWISE.items():
    evaluator(_name)(lambda op, *xs, _f=_function: _f(*xs))
