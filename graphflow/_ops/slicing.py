"""Parts of tensors: slice, strided_slice, and the `x[...]` of Python."""

from __future__ import annotations

import builtins
import sys

import numpy as np

from graphflow._core import dtypes, shapes
from graphflow._graph import build, op_def, static_value, tensor
from graphflow._ops import array, choosing, joining, rearrange

_WRONG_INDEX = (
    "Only integers, slices (`:`), ellipsis (`...`), tf.newaxis (`None`) and scalar tf.int32/tf.int64 tensors are valid "
    "indices"
)
_MASKS = ("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask")

# -- slice ---------------------------------------------------------------------------------------------------


def slice(input_, begin, size, name=None):
    """The block of `input_` that starts at `begin` and has `size`; -1 takes all that remains of an axis.

    Args:
        begin, size: integer vectors, one entry an axis.

    Raises at run time:
        InvalidArgumentError: the block does not lie inside.
    """
    return build.apply("Slice", input_, begin, size, name=name)


@op_def.shape_rule("Slice")
def _slice_shape(op):
    dims = op.inputs[0]._dims
    begin, size = (static_value.partial_value(t) for t in op.inputs[1:])
    if size is None:
        lengths = [t._dims[0] for t in op.inputs[1:] if t._dims]
        rank = len(dims) if dims is not None else next((n for n in lengths if n is not None), None)
        return [None if rank is None else (None,) * rank]
    size = size.tolist()
    if dims is not None and len(dims) != len(size):
        raise build.shape_error(op, f"Shape must be rank {len(dims)} but is rank {len(size)}")
    if None in size:  # as TF: "to the end" is understood only where all sizes are known
        return [tuple(None if n == -1 else n for n in size)]
    begin = [None] * len(size) if begin is None else begin.tolist()
    dims = (None,) * len(size) if dims is None else dims
    return [tuple(_slice_size(op, i, d, b, s) for i, (d, b, s) in enumerate(zip(dims, begin, size)))]


def _slice_size(op, axis, whole, begin, size):
    if size == -1:
        return None if whole is None or begin is None else whole - begin
    if size < -1:
        raise build.shape_error(op, f"size[{axis}] must be >= -1, got {size}")
    return size


@op_def.gradient("Slice")
def _slice_gradient(op, grad):
    x, begin, _ = op.inputs
    at, dims, out = static_value.constant_value(begin), array.known_dims(x), array.known_dims(op.outputs[0])
    if at is not None and dims is not None and out is not None:
        around = np.stack([at, np.array(dims, at.dtype) - np.array(out, at.dtype) - at], 1)
        return rearrange.pad(grad, around), None, None
    dtype = begin.dtype.base_dtype
    column = joining.stack([array.rank(x), 1])
    after = array.shape(x, out_type=dtype) - array.shape(op.outputs[0], out_type=dtype) - begin
    around = array.concat([array.reshape(begin, column), array.reshape(after, column)], 1)
    return rearrange.pad(grad, around), None, None


# -- strided_slice -------------------------------------------------------------------------------------------


def strided_slice(
    input_, begin, end, strides=None, begin_mask=0, end_mask=0, ellipsis_mask=0, new_axis_mask=0, shrink_axis_mask=0,
    var=None, name=None,
):  # fmt: skip
    """The entries begin, begin + stride ... before end, along the first axes: the operation behind `x[...]`.

    Args:
        begin, end, strides: integer vectors of one length; negative positions count from the end.
        begin_mask, end_mask: bit i set: entry i of `begin` or `end` is not used, the slice reaches to the border.
        ellipsis_mask: bit i set: entry i stands for all axes that no other entry speaks of.
        new_axis_mask: bit i set: entry i makes a new axis of size 1.
        shrink_axis_mask: bit i set: entry i is one position, and its axis is removed.
        var: the variable that `assign` of the result writes to.
    """
    if strides is None:
        strides = array.ones_like(begin)
    masks = dict(zip(_MASKS, (begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask)))
    result = build.apply("StridedSlice", input_, begin, end, strides, name=name, **masks)
    if var is not None:
        result._extra = _Assigner(var, begin, end, strides, masks, name or result.op.name + "/")
    return result


class _Assigner:
    """`v[...].assign(value)`: what a slice of a variable remembers of where it was cut."""

    def __init__(self, var, begin, end, strides, masks, scope):
        self.var, self.bounds, self.masks, self.scope = var, (begin, end, strides), masks, scope

    def __call__(self, val, name=None):
        begin, end, strides = self.bounds
        return self.var._strided_slice_assign(
            begin=begin, end=end, strides=strides, value=val, name=name or self.scope + "_assign", **self.masks
        )


def _assign_of_slice(t):
    """`assign(value, name=None)` of a slice of a variable: writes into that part of the variable."""
    found = getattr(t, "_extra", None)
    if not isinstance(found, _Assigner):
        raise AttributeError(
            f"'Tensor' object has no attribute 'assign': {t.name} is no slice of a variable; only variables can be assigned"
        )
    return found


tensor.Tensor.extend(assign=property(_assign_of_slice))


def strided_slice_assign(ref, begin, end, strides, value, name=None, **masks):
    """Writes `value` into the part of a reference variable that `strided_slice` with these arguments would cut out."""
    return build.apply("StridedSliceAssign", ref, begin, end, strides, value, name=name, **masks)


def resource_strided_slice_assign(handle, begin, end, strides, value, name=None, **masks):
    """The same for the handle of a resource variable; returns the operation."""
    return build.apply("ResourceStridedSliceAssign", handle, begin, end, strides, value, name=name, **masks)


def dense_spec(attrs, length, rank):
    """What each axis of the input meets, by the masks of a strided slice.

    Args:
        length: the number of entries of begin, end and strides.
        rank: of the input.

    Returns:
        a list with, in the order of the result's axes, `("new", None, None)` for a new axis and `(kind, axis, entry)` for
        an input axis: kind "shrink", "slice", or "all" where no entry speaks of it.
    """
    bits = {key: [bool(attrs[key] >> i & 1) for i in range(length)] for key in _MASKS}
    ellipsis = next((i for i in range(length) if bits["ellipsis_mask"][i]), length)
    after = sum(1 for i in range(ellipsis + 1, length) if not bits["new_axis_mask"][i])
    found, axis = [], 0
    for i in range(length + 1):
        if i == ellipsis:
            while axis < rank - after:
                found.append(("all", axis, None))
                axis += 1
        if i == ellipsis or i == length:
            continue
        if bits["new_axis_mask"][i]:
            found.append(("new", None, None))
            continue
        found.append(("shrink" if bits["shrink_axis_mask"][i] else "slice", axis, i))
        axis += 1
    if axis > rank:
        raise IndexError(f"Index out of range using input dim {rank}; input has only {rank} dims")
    return found


@op_def.shape_rule("StridedSlice")
def _strided_slice_shape(op):
    dims = op.inputs[0]._dims
    begin, end, strides = (static_value.constant_value(t) for t in op.inputs[1:])
    for t in op.inputs[1:]:
        if t._dims is not None and len(t._dims) != 1:
            raise build.shape_error(op, f"Shape must be rank 1 but is rank {len(t._dims)}")
    if dims is None or strides is None:
        return [None]
    try:
        spec = dense_spec(op.attrs, len(strides), len(dims))
    except IndexError as err:
        raise build.shape_error(op, str(err)) from None
    found = []
    for kind, axis, entry in spec:
        if kind == "new":
            found.append(1)
        elif kind == "all":
            found.append(dims[axis])
        else:
            stride = int(strides[entry])
            if stride == 0:
                raise build.shape_error(op, f"strides[{entry}] must be non-zero")
            first = None if begin is None else int(begin[entry])
            last = None if end is None else int(end[entry])
            if kind == "slice":
                found.append(_strided_size(op, entry, dims[axis], first, last, stride))
            else:
                _check_position(op, axis, dims[axis], first, stride)
    return [tuple(found)]


def _check_position(op, axis, whole, position, stride):
    if stride <= 0:
        raise build.shape_error(op, "only stride 1 allowed on non-range indexing.")
    if whole is not None and position is not None and not -whole <= position < whole:
        raise build.shape_error(op, f"slice index {position} of dimension {axis} out of bounds.")


def _strided_size(op, entry, whole, begin, end, stride):
    """The number of entries that a slice of an axis of size `whole` takes, or None."""
    no_begin, no_end = (bool(op.attrs[key] >> entry & 1) for key in ("begin_mask", "end_mask"))
    if whole is None or ((begin is None or end is None) and not (no_begin and no_end)):
        return None
    return len(range(whole)[builtins.slice(None if no_begin else begin, None if no_end else end, stride)])


@op_def.gradient("StridedSlice")
def _strided_slice_gradient(op, grad):
    x, begin, end, strides = op.inputs
    size = array.shape(x, out_type=begin.dtype.base_dtype)
    masks = {key: op.attrs[key] for key in _MASKS}
    return build.apply("StridedSliceGrad", size, begin, end, strides, grad, **masks), None, None, None


@op_def.shape_rule("StridedSliceGrad")
def _strided_slice_grad_shape(op):
    return [static_value.shape_from(op.inputs[0])]


@op_def.gradient("StridedSliceGrad")
def _strided_slice_grad_gradient(op, grad):
    masks = {key: op.attrs[key] for key in _MASKS}
    _, begin, end, strides, _ = op.inputs
    return None, None, None, None, build.apply("StridedSlice", grad, begin, end, strides, **masks)


@op_def.shape_rule("StridedSliceAssign", "TensorStridedSliceUpdate")
def _written_shape(op):
    return [op.inputs[0]._dims]


op_def.shape_rule("ResourceStridedSliceAssign")(lambda op: [])

# -- x[...] --------------------------------------------------------------------------------------------------


def getitem(tensor, slice_spec, var=None):
    """`tensor[slice_spec]`: integers, slices, `...`, `tf.newaxis`, scalar tensors; or a boolean mask.

    Args:
        var: the variable `tensor` was read from, so that the result can be assigned.
    """
    if _is_mask(slice_spec):
        return choosing.boolean_mask(tensor, slice_spec)
    items = slice_spec if isinstance(slice_spec, (list, tuple)) else [slice_spec]
    begin, end, strides = [], [], []
    masks = dict.fromkeys(_MASKS, 0)
    for i, item in enumerate(items):
        first, last, step = 0, 0, 1
        if isinstance(item, builtins.slice):
            first, last, step = _range_of(item, masks, 1 << i)
        elif item is Ellipsis:
            masks["ellipsis_mask"] |= 1 << i
        elif item is None:
            masks["new_axis_mask"] |= 1 << i
        else:
            _check_index(item)
            first, last = item, item + 1
            masks["shrink_axis_mask"] |= 1 << i
        begin.append(first)
        end.append(last)
        strides.append(step)
    with build.name_scope(None, "strided_slice", [tensor, *begin, *end, *strides]) as scope:
        bounds = _bounds(begin, end, strides)
        return strided_slice(tensor, *bounds, **masks, var=var, name=scope)


def _is_mask(spec):
    if isinstance(spec, tensor.Tensor):
        return spec.dtype.base_dtype == dtypes.bool
    return isinstance(spec, bool) or (isinstance(spec, np.ndarray) and spec.dtype == bool)


def _range_of(item, masks, bit):
    """Begin, end and stride of a Python slice; the bit of an open side is set in the masks."""
    found = []
    for key, bound in (("begin_mask", item.start), ("end_mask", item.stop)):
        if bound is None or (not isinstance(bound, tensor.TensorLike) and bound == sys.maxsize):
            masks[key] |= bit
            found.append(0)
        else:
            _check_index(bound)
            found.append(bound)
    if item.step is not None:
        _check_index(item.step)
    return (*found, 1 if item.step is None else item.step)


def _check_index(index):
    """Raises TypeError unless `index` is an integer or an integer scalar."""
    if isinstance(index, (int, shapes.Dimension)):
        return
    kind = getattr(index, "dtype", None)
    if kind is None or dtypes.as_dtype(kind).base_dtype not in (dtypes.int32, dtypes.int64):
        raise TypeError(f"{_WRONG_INDEX}, got {index!r}")
    if index.shape and len(index.shape) == 1:
        raise TypeError(f"{_WRONG_INDEX}, got {index!r}; tf.gather takes several entries")


def _bounds(begin, end, strides):
    """The three integer vectors, all of one type."""
    if not begin:
        empty = build.constant([], dtype=dtypes.int32)
        return empty, empty, empty
    packed = [joining.stack(part) for part in (begin, end, strides)]
    if any(t.dtype == dtypes.int64 for t in packed):
        packed = [t if t.dtype == dtypes.int64 else build.apply("Cast", t, DstT=dtypes.int64) for t in packed]
    return packed


def variable_getitem(var, slice_spec):
    """`var[slice_spec]`; its `assign` writes into that part of the variable."""
    return getitem(var.value(), slice_spec, var)


tensor.Tensor.extend(__getitem__=getitem)
