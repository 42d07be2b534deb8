"""Rules of `_ops/slicing.py`.

The size of a slice must be known while tracing, its place need not: `x[i]` and `slice(x, [i, 0], [1, 3])` take a block at a
place that only XLA knows, and so do ranges `x[i:i + n]` in the body of a loop. Outside of bodies a range may end at the end of its
axis, so its size is not known: where data are cut into batches, this is done on the host, and only the size of a batch decides
about compiling. Other ranges make their bounds part of the key.
"""

from __future__ import annotations

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np

from graphflow._core import errors
from graphflow._graph import static_value
from graphflow._lowering.rule import Compiled, Host, PerOp, is_plain, xp
from graphflow._ops import slicing


def _refused(op, text):
    return errors.InvalidArgumentError(None, op, text)


@dataclasses.dataclass(frozen=True, slots=True)
class _Part:
    """What is taken of one input axis: a plain slice, or `length` entries (one, and no axis, for an index) from `start` on."""

    index: slice
    start: object = None
    length: int = 1
    text: str = ""


# -- slice ---------------------------------------------------------------------------------------------------


def _slice(ctx, op, x, begin, size):
    sizes = size.tolist()
    if is_plain(begin):
        parts = []
        for axis, (b, s, whole) in enumerate(zip(begin.tolist(), sizes, x.shape)):
            if not 0 <= b <= whole:
                raise _refused(op, f"Expected begin[{axis}] in [0, {whole}], but got {b}")
            s = whole - b if s == -1 else s
            if not 0 <= s <= whole - b:
                raise _refused(op, f"Expected size[{axis}] in [0, {whole - b}], but got {s}")
            parts.append(slice(b, b + s))
        return x[tuple(parts)]
    known = static_value.partial_value(op.inputs[1])
    for axis, (s, whole) in enumerate(zip(sizes, x.shape)):
        if s == -1:
            sizes[axis] = s = whole - int(known[axis])
        if not 0 <= s <= whole:
            raise _refused(op, f"Expected size[{axis}] in [0, {whole}], but got {s}")
        bad = (begin[axis] < 0) | (begin[axis] + s > whole)
        ctx.guard(bad, op, f"Expected begin[{axis}] in [0, {whole - s}], but got {{}}", begin[axis])
    return jax.lax.dynamic_slice(jnp.asarray(x), [begin[axis] for axis in range(x.ndim)], sizes)


def _slice_row(op):
    """A block of known size may begin anywhere; one that takes all that remains needs to know its begin."""
    begin, size = (static_value.partial_value(t) for t in op.inputs[1:])
    if size is None or static_value.constant_value(op.inputs[1]) is not None:
        return _PLAIN_SLICE
    open_ended = [i for i, s in enumerate(size.tolist()) if s == -1]
    if open_ended and (begin is None or any(begin[i] is None for i in open_ended)):
        return _PLAIN_SLICE
    return _MOVING_SLICE


_PLAIN_SLICE = Compiled(_slice, static=(1, 2), folds=True)
_MOVING_SLICE = Compiled(_slice, static=(2,), folds=True, guards=True)


# -- strided slice -------------------------------------------------------------------------------------------


def _parts(ctx, op, dims, begin, end, strides):
    """One `_Part` an input axis, and the index that puts new axes in and takes single ones out."""
    known = []
    for value, t in zip((begin, end, strides), op.inputs[1:]):
        value = value if is_plain(value) else static_value.partial_value(t)
        known.append([None] * begin.shape[0] if value is None else value.tolist())
    parts, last = [], []
    try:
        spec = slicing.dense_spec(op.attrs, begin.shape[0], len(dims))
    except IndexError as err:
        raise _refused(op, str(err)) from None
    for kind, axis, i in spec:
        if kind == "new":
            last.append(None)
        elif kind == "all":
            parts.append(_Part(slice(None)))
            last.append(slice(None))
        elif kind == "shrink":
            parts.append(_single(ctx, op, axis, dims[axis], known[0][i], begin, i))
            last.append(0)
        else:
            parts.append(_range(ctx, op, i, dims[axis], [bounds[i] for bounds in known], begin))
            last.append(slice(None))
    return parts, tuple(last)


def _single(ctx, op, axis, whole, position, begin, i):
    text = f"slice index {{}} of dimension {axis} out of bounds."
    if position is None:
        position = begin[i]
        ctx.guard((position < -whole) | (position >= whole), op, text, position)
        return _Part(slice(None), jnp.where(position < 0, position + whole, position))
    if not -whole <= position < whole:
        raise _refused(op, text.format(position))
    position %= whole
    return _Part(slice(position, position + 1))


def _range(ctx, op, i, whole, bounds, begin):
    no_begin, no_end = (op.attrs[key] >> i & 1 for key in ("begin_mask", "end_mask"))
    first, last, stride = bounds
    if stride == 0:
        raise _refused(op, f"strides[{i}] must be non-zero")
    if (first is None and not no_begin) or (last is None and not no_end):
        length = _length(op, i)
        if length is None or stride != 1 or no_begin or no_end:
            raise _refused(op, "the size of this slice depends on values that only the device knows")
        start = begin[i]
        bad = (start < 0) | (start + length > whole)
        text = f"slice from {{}} of {length} entries reaches beyond an axis of size {whole}"
        ctx.guard(bad, op, text, start)
        return _Part(slice(None), start, length)
    return _Part(slice(None if no_begin else first, None if no_end else last, stride))


def _length(op, i):
    """The number of entries of `x[i:i + n]`: begin and end are the same tensor plus numbers."""
    begin, end = (t.op for t in op.inputs[1:3])
    if begin.type != "Pack" or end.type != "Pack":
        return None
    (base, low), (other, high) = _offset(begin.inputs[i]), _offset(end.inputs[i])
    return high - low if base is other and high >= low else None


def _offset(t):
    """`t` as (tensor, number): their sum."""
    number = 0
    while t.op.type in ("Add", "AddV2", "Sub"):
        x, y = t.op.inputs
        step = static_value.known_int(y)
        if step is None and t.op.type != "Sub":
            x, step = y, static_value.known_int(x)
        if step is None:
            break
        number += -step if t.op.type == "Sub" else step
        t = x
    return t, number


def _cut(x, parts, last):
    """The parts of `x`, as arrays of the same rank, then with the axes of the result."""
    for axis, part in enumerate(parts):
        if part.start is not None:
            x = jax.lax.dynamic_slice_in_dim(jnp.asarray(x), part.start, part.length, axis)
    return x[tuple(part.index for part in parts)][(*last, ...)]


def _put(whole, parts, last, value):
    """`whole` with `value` in the place that `_cut` would take."""
    block = [_count(part, size) for part, size in zip(parts, whole.shape)]
    value = xp(whole, value).broadcast_to(value, _result_shape(block, last)).reshape(block)
    index = tuple(part.index for part in parts)
    if is_plain(whole, value, *[part.start for part in parts]):
        whole = whole.copy()
        whole[index] = value
        return whole
    whole = jnp.asarray(whole)
    if all(part.start is None for part in parts):
        return whole.at[index].set(value)
    start = [jnp.asarray(0 if part.start is None else part.start, jnp.int32) for part in parts]
    window = [size if part.start is None else part.length for part, size in zip(parts, whole.shape)]
    moved = jax.lax.dynamic_slice(whole, start, window).at[index].set(value)
    return jax.lax.dynamic_update_slice(whole, moved, start)


def _count(part, size):
    """How many entries the part takes of an axis of that size."""
    return len(range(size)[part.index]) if part.start is None else part.length


def _result_shape(block, last):
    """The shape after `last` has put new axes in and taken single ones out."""
    sizes, found = iter(block), []
    for item in last:
        size = 1 if item is None else next(sizes)
        if item != 0:
            found.append(size)
    return tuple(found)


def _strided_slice(ctx, op, x, begin, end, strides):
    return _cut(x, *_parts(ctx, op, x.shape, begin, end, strides))


def _strided_slice_grad(ctx, op, shape, begin, end, strides, dy):
    dims = tuple(shape.tolist())
    zeros = np.zeros(dims, dy.dtype) if is_plain(begin, dy) else jnp.zeros(dims, dy.dtype)
    return _put(zeros, *_parts(ctx, op, dims, begin, end, strides), dy)


def _update(ctx, op, x, begin, end, strides, value):
    return _put(x, *_parts(ctx, op, x.shape, begin, end, strides), value)


def _assign(ctx, op, ref, begin, end, strides, value):
    ctx.write(ref, _update(ctx, op, ctx.read(ref, op), begin, end, strides, value))
    return ref


def _resource_assign(ctx, op, ref, begin, end, strides, value):
    _assign(ctx, op, ref, begin, end, strides, value)
    return ()


# What hands data on as they are, and what they come from.
_HANDS_ON = frozenset((
    "Identity", "Reshape", "Cast", "ExpandDims", "Squeeze", "Transpose", "ReadVariableOp", "StridedSlice", "Slice",
    "StopGradient",
))  # fmt: skip
_DATA = frozenset(("Const", "Placeholder", "PlaceholderWithDefault", "VariableV2", "VarHandleOp", "IteratorGetNext"))


def _is_data(t):
    """Whether `t` holds data, and not what a network made of them."""
    while t.op.type in _HANDS_ON:
        t = t.op.inputs[0]
    return t.op.type in _DATA


def _depends_on_values(t):
    """Whether `t` may differ between two runs on tensors of the same shapes."""
    seen, stack = set(), [t]
    while stack:
        t = stack.pop()
        if t in seen or t.op.type in ("Shape", "ShapeN", "Size", "Rank"):
            continue
        seen.add(t)
        if not t.op.inputs and t.op.type != "Const":
            return True
        stack += t.op.inputs
    return False


def _cuts_batches(op):
    """Whether `op` takes a range of data whose bounds differ from run to run."""
    return not op.graph.building_function and _is_data(op.inputs[0]) and any(map(_depends_on_values, op.inputs[1:3]))


def _row(emit, static=(), on_host=None, **fields):
    """A row for each way to know the bounds: all of them as plain values, or the places of blocks left to XLA."""
    plain = Compiled(emit, static=(*static, 1, 2, 3), folds=True, **fields)
    moving = Compiled(emit, static=static, folds=True, guards=True, **fields)

    def choose(op):
        bounds = [static_value.partial_value(t) for t in op.inputs[1:4]]
        if all(v is not None and v.dtype != object for v in bounds):
            return plain
        if _sizes_are_known(op, bounds):
            return moving
        return on_host if on_host is not None and _cuts_batches(op) else plain

    return PerOp(choose)


def _sizes_are_known(op, bounds):
    """Whether every range has a size that does not depend on values."""
    begin, end, strides = bounds
    length = op.inputs[3]._dims and op.inputs[3]._dims[0]
    if strides is None or strides.dtype == object or length is None:
        return False
    begin = [None] * length if begin is None else begin.tolist()
    end = [None] * length if end is None else end.tolist()
    for i in range(length):
        bit = {key: op.attrs[key] >> i & 1 for key in slicing._MASKS}
        if bit["ellipsis_mask"] or bit["new_axis_mask"] or bit["shrink_axis_mask"]:
            continue
        known = (begin[i] is not None or bit["begin_mask"]) and (end[i] is not None or bit["end_mask"])
        if not known and not (op.graph.building_function and _length(op, i) is not None):
            return False
    return True


RULES = {
    "Slice": PerOp(_slice_row),
    "StridedSlice": _row(_strided_slice, on_host=Host(_strided_slice, because="its size depends on values")),
    "StridedSliceGrad": _row(_strided_slice_grad, static=(0,)),
    "TensorStridedSliceUpdate": _row(_update),
    "StridedSliceAssign": _row(_assign, writes="update"),
    "ResourceStridedSliceAssign": _row(_resource_assign, writes="update"),
}
