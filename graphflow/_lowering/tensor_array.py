"""Rules of `_ops/tensor_array.py`: the value of a flow is the array; the handle only names it."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from graphflow._core import dtypes, errors
from graphflow._lowering import emit, gradient_array, host_tensor_array, rule, tensor_array_value
from graphflow._ops import handles


def _make(ctx, op, size):
    attrs = op.attrs
    dims = attrs["element_shape"]
    made = tensor_array_value.TensorArrayValue.create(
        attrs["dtype"].as_numpy_dtype,
        int(size),
        element_shape=None if dims is None or None in dims else dims,
        dynamic_size=attrs["dynamic_size"],
        capacity=ctx.room if attrs["dynamic_size"] else None,
    )
    return emit.Ref(f"TensorArray {op.name}"), made


def _in_range(ctx, op, index, array, verb):
    """Guards that `index` is one of the array's; nothing where that is known while tracing."""
    least, greatest = _range_of(ctx, op.inputs[1])
    if least is not None and array.length is None and least >= 0 and greatest < array.capacity:
        return
    size = np.int32(array.capacity) if array.length is None else array.length
    ctx.guard(
        (index < 0) | (index >= size),
        op,
        f"TensorArray {_name(op)}: Tried to {verb} index {{}} but array "
        + ("size is: {}" if verb == "read from" else "is not resizeable and size is: {}"),
        index,
        size,
    )


def _range_of(ctx, t):
    """The (least, greatest) value of a loop counter, (None, None) where it is not known."""
    while t is not None and t not in ctx.ranges:
        if t.op.type == "Identity":
            t = t.op.inputs[0]
        else:
            t = t.op.graph.capture_of(t) if t.op.graph.building_function else None
    return ctx.ranges.get(t, (None, None))


def _name(op):
    source = handles.origin(op.inputs[0])
    return op.inputs[0].op.name if source is None else source.name


def _read(ctx, op, handle, index, flow):
    _in_range(ctx, op, index, flow, "read from")
    return _known(op, flow).read(index)


def _known(op, flow):
    """The array, or zeros of the shape that the graph tells where nothing was ever written."""
    if flow.buffer is not None:
        return flow
    out = op.outputs[0]._dims
    dims = out if op.type == "TensorArrayReadV3" or out is None else out[1:]
    if dims is None or None in dims:
        text = f"Could not read from TensorArray {_name(op)}: it has not been written, and no element_shape was given"
        raise tensor_array_value.Unwritten(None, op, text)
    return flow.with_element_shape(dims)


def _write(ctx, op, handle, index, value, flow):
    written = flow.write(index, jnp.asarray(value))
    if flow.dynamic_size:
        ctx.need_room(written.length, written.capacity)
    else:
        _in_range(ctx, op, index, flow, "write to")
    return written


def _gather(ctx, op, handle, indices, flow):
    array = _known(op, flow)
    if rule.is_plain(indices) and array.length is None:
        if np.array_equal(indices, np.arange(array.capacity)):
            return array.buffer
    ctx.guard(
        _outside(indices, array.size()),
        op,
        f"TensorArray {_name(op)}: an index of a gather lies outside of the array, whose size is: {{}}",
        array.size(),
    )
    return array.gather(jnp.asarray(indices))


def _outside(indices, size):
    if rule.is_plain(indices) and indices.size == 0:
        return np.False_
    return jnp.any((indices < 0) | (indices >= size))


def _scatter(ctx, op, handle, indices, value, flow):
    value = jnp.asarray(value)
    if rule.is_plain(indices) and np.array_equal(indices, np.arange(len(indices))):
        if flow.dynamic_size or len(indices) <= flow.capacity:
            return flow.unstack(value)
    if flow.dynamic_size:
        written = flow.scatter(jnp.asarray(indices), value)
        ctx.need_room(written.length, written.capacity)
        return written
    ctx.guard(
        _outside(indices, flow.size()),
        op,
        f"TensorArray {_name(op)}: Tried to write to an index outside, but array is not resizeable and size is: {{}}",
        flow.size(),
    )
    return flow.scatter(jnp.asarray(indices), value)


def _split(ctx, op, handle, value, lengths, flow):
    return flow.split(jnp.asarray(value), lengths.tolist())


def _concat(ctx, op, handle, flow):
    return _known(op, flow).concat()


def _concat_grown(ctx, op, handle, flow):
    """On the host, where the size of an array that grew is known."""
    elements = np.asarray(_known(op, flow).buffer)[: int(flow.size())]
    if elements.ndim < 2:
        text = f"TensorArray {_name(op)}: Concat saw a scalar shape at index 0 but requires at least vectors."
        raise errors.InvalidArgumentError(None, op, text)
    return elements.reshape(-1, *elements.shape[2:]), np.full(len(elements), elements.shape[1], np.int64)


def grown_concat_gradient(ctx, op, handle, flow, grad):
    """What flows back to an array that grew, from what arrives at its joined elements; with its room, as all gradients of it."""
    found = np.zeros((flow.capacity, *flow.element_shape), np.asarray(grad).dtype)
    found[: int(flow.size())] = np.reshape(grad, (-1, *flow.element_shape))
    return (found,)


def _concat_row(op):
    source = handles.origin(op.inputs[0])
    if source.attrs["dynamic_size"]:
        return rule.Host(_concat_grown, because="its shape depends on how far the array grew")
    return rule.Compiled(_concat)


def _size(ctx, op, handle, flow):
    return np.int32(flow.capacity) if flow.length is None else flow.length


_FIXED_SIZE = rule.Compiled(_size, shape_only=True)
_GROWING_SIZE = rule.Compiled(_size)


def _size_row(op):
    """The size of an array that does not grow is known while tracing."""
    source = handles.origin(op.inputs[0])
    return _GROWING_SIZE if source is None or source.attrs["dynamic_size"] else _FIXED_SIZE


def _close_row(op):
    """Closing does nothing."""
    if handles.origin(op.inputs[0]) is None:
        return rule.Host(gradient_array.close, because="gradients of an array are gathered on the host")
    return rule.Compiled(lambda ctx, op, handle: ())


def _row(compiled, host_rule, gradient_rule=None):
    """A row that is `compiled` but for arrays of texts, and for those of gradients, whose handles lead to no TensorArrayV3."""
    on_host = rule.Host(host_rule, because="texts stay on the host")
    of_gradients = rule.Host(gradient_rule, because="gradients of an array are gathered on the host")

    def choose(op):
        source = op if op.type == "TensorArrayV3" else handles.origin(op.inputs[0])
        if source is None:
            return of_gradients
        return on_host if source.attrs["dtype"] is dtypes.string else compiled.for_op(op)

    return rule.PerOp(choose)


RULES = {
    "TensorArrayV3": _row(rule.Compiled(_make, static=(0,)), host_tensor_array.make),
    "TensorArrayReadV3": _row(rule.Compiled(_read, guards=True), host_tensor_array.read, gradient_array.read),
    "TensorArrayWriteV3": _row(rule.Compiled(_write, guards=True), host_tensor_array.write, gradient_array.write),
    "TensorArrayGatherV3": _row(rule.Compiled(_gather, guards=True), host_tensor_array.gather, gradient_array.gather),
    "TensorArrayScatterV3": _row(
        rule.Compiled(_scatter, guards=True), host_tensor_array.scatter, gradient_array.scatter
    ),
    "TensorArraySplitV3": _row(rule.Compiled(_split, static=(2,)), host_tensor_array.split, gradient_array.split),
    "TensorArrayConcatV3": _row(rule.PerOp(_concat_row), host_tensor_array.concat, gradient_array.concat),
    "TensorArraySizeV3": _row(rule.PerOp(_size_row), host_tensor_array.size, gradient_array.size),
    "TensorArrayCloseV3": rule.PerOp(_close_row),
}
