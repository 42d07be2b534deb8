"""Choosing by a condition or a class: where, boolean_mask, sequence_mask, one_hot."""

from __future__ import annotations

from graphflow._core import dtypes, shapes
from graphflow._graph import build, op_def, static_value
from graphflow._graph import tensor as tensor_lib
from graphflow._ops import array, compare, dispatch, gather, math

# -- where ---------------------------------------------------------------------------------------------------


@dispatch.ragged("where")
def where(condition, x=None, y=None, name=None):
    """The elements of `x` where `condition` holds and of `y` elsewhere; alone, the places where it holds.

    Args:
        condition: bool, of the shape of `x`; or a scalar; or a vector that chooses whole rows.
        x, y: of one shape and type, both or neither.

    Returns:
        a tensor like `x`; or int64 `[n, rank]`, the indices of what is true or not zero, in row-major order.

    Raises:
        ValueError: only one of `x` and `y` is given, or shapes do not fit.
    """
    return _where("Select", condition, x, y, name)


def where_v2(condition, x=None, y=None, name=None):
    """`where` with NumPy's broadcasting of all three."""
    return _where("SelectV2", condition, x, y, name)


def _where(op_type, condition, x, y, name):
    if (x is None) != (y is None):
        raise ValueError("x and y must both be non-None or both be None.")
    if x is not None:
        return build.apply(op_type, condition, x, y, name=name)
    with build.name_scope(name, "Where", [condition]) as scope:
        condition = build.convert_to_tensor(condition, preferred_dtype=dtypes.bool, name="condition")
        return build.apply("Where", condition, name=scope)


@op_def.shape_rule("Where")
def _where_shape(op):
    dims = op.inputs[0]._dims
    return [(None, None if dims is None else len(dims))]


op_def.not_differentiable("Where", because="its result is made of positions")


@op_def.shape_rule("Select")
def _select_shape(op):
    condition = op.inputs[0]._dims
    try:
        dims = shapes.merge(op.inputs[1]._dims, op.inputs[2]._dims)
        if condition is not None and dims is not None and condition != ():
            if len(condition) == 1 and len(dims) > 1:
                shapes.merge(condition, dims[:1])
            else:
                dims = shapes.merge(condition, dims)
    except ValueError as err:
        raise build.shape_error(op, str(err)) from None
    return [dims]


@op_def.shape_rule("SelectV2")
def _select_v2_shape(op):
    condition, x, y = (t._dims for t in op.inputs)
    try:
        return [shapes.broadcast(condition, shapes.broadcast(x, y))]
    except ValueError as err:
        raise build.shape_error(op, str(err)) from None


@op_def.gradient("Select")
def _select_gradient(op, grad):
    condition, x, _ = op.inputs
    zeros = array.zeros_like(x)
    return None, where(condition, grad, zeros), where(condition, zeros, grad)


@op_def.gradient("SelectV2")
def _select_v2_gradient(op, grad):
    condition, x, y = op.inputs
    zeros = array.zeros_like(grad)
    out = op.outputs[0]
    gx = math.unbroadcast(where_v2(condition, grad, zeros), x, out)
    return None, gx, math.unbroadcast(where_v2(condition, zeros, grad), y, out)


# -- masks ---------------------------------------------------------------------------------------------------


def boolean_mask(tensor, mask, name="boolean_mask", axis=None):
    """The parts of `tensor` where `mask` is true.

    Args:
        mask: bool, of known rank k >= 1; its shape is that of the axes `axis` ... `axis + k - 1` of `tensor`.
        axis: 0 when None.

    Returns:
        `tensor` with those k axes replaced by one, of as many entries as the mask has true ones.
    """
    with build.name_scope(name, None, [tensor, mask]):
        tensor = build.convert_to_tensor(tensor, name="tensor")
        mask = build.convert_to_tensor(mask, name="mask")
        covered = mask._dims
        if covered is None:
            raise ValueError(
                "Number of mask dimensions must be specified, even if some dimensions are None.  E.g. shape=[None] is ok, "
                "but shape=None is not."
            )
        if not covered:
            raise ValueError("mask cannot be scalar.")
        axis = static_value.known_int(axis) if isinstance(axis, tensor_lib.Tensor) else axis or 0
        if axis is None:
            raise ValueError("tf.boolean_mask needs an axis known while building")
        end = axis + len(covered)
        dims = tensor._dims
        if dims is not None:
            shapes.TensorShape(dims[axis:end]).assert_is_compatible_with(shapes.TensorShape(covered))
        leading = build.apply("Prod", array.shape(tensor)[axis:end], [0])
        flat = array.concat([array.shape(tensor)[:axis], [leading], array.shape(tensor)[end:]], 0)
        tensor = array.reshape(tensor, flat)
        if dims is not None:
            tensor.set_shape([*dims[:axis], shapes.num_elements(dims[axis:end]), *dims[end:]])
        mask = array.reshape(mask, [-1])
        chosen = array.squeeze(where(mask), axis=[1])
        return gather.gather(tensor, chosen, axis=axis)


def sequence_mask(lengths, maxlen=None, dtype=dtypes.bool, name=None):
    """True (or 1) in the first `lengths[...]` of `maxlen` places.

    Args:
        lengths: integers `[...]`.
        maxlen: an integer scalar; the largest length when None.

    Returns:
        `[..., maxlen]` of type `dtype`.
    """
    with build.name_scope(name, "SequenceMask", [lengths, maxlen]):
        lengths = build.convert_to_tensor(lengths)
        if maxlen is None:
            maxlen = build.apply("Max", lengths, array.all_axes(lengths))
            maxlen = math.maximum(build.constant(0, maxlen.dtype.base_dtype), maxlen)
        else:
            maxlen = build.convert_to_tensor(maxlen)
        if maxlen._dims not in (None, ()):
            raise ValueError(f"maxlen must be scalar for sequence_mask, got shape {maxlen.get_shape()}")
        kind = maxlen.dtype.base_dtype
        places = build.apply("Range", build.constant(0, kind), maxlen, build.constant(1, kind))
        column = build.apply("Cast", array.expand_dims(lengths, -1), DstT=kind)
        mask = compare.less(places, column)
        if dtype is None or mask.dtype.base_dtype == dtypes.as_dtype(dtype).base_dtype:
            return mask
        return build.apply("Cast", mask, DstT=dtype)


# -- one_hot -------------------------------------------------------------------------------------------------


@dispatch.ragged("one_hot")
def one_hot(indices, depth, on_value=None, off_value=None, axis=None, dtype=None, name=None):
    """A new axis of size `depth` with `on_value` at the place each index names and `off_value` elsewhere.

    Args:
        indices: integers `[...]`; one outside [0, depth) gives only `off_value`.
        on_value, off_value: scalars, 1 and 0 when None.
        axis: where the new axis stands; last when None.
        dtype: that of the values; float32 when nothing says otherwise.
    """
    with build.name_scope(name, "one_hot", [indices, depth, on_value, off_value, axis, dtype]) as scope:
        given = [None if v is None else build.convert_to_tensor(v).dtype.base_dtype for v in (on_value, off_value)]
        wanted = None if dtype is None else dtypes.as_dtype(dtype).base_dtype
        for what, kind in zip(("on_value", "off_value"), given):
            if wanted is not None and kind not in (None, wanted):
                raise TypeError(f"dtype {kind.name} of {what} does not match dtype parameter {wanted.name}")
        on_kind, off_kind = given
        kind = wanted or on_kind or off_kind or dtypes.float32
        if on_value is None:
            on_value, on_kind = build.convert_to_tensor(1, kind, name="on_value"), kind
        if off_value is None:
            off_value, off_kind = build.convert_to_tensor(0, kind, name="off_value"), kind
        if on_kind != off_kind:
            raise TypeError(f"dtype {on_kind.name} of on_value does not match dtype {off_kind.name} of off_value")
        axis = -1 if axis is None else axis
        return build.apply("OneHot", indices, depth, on_value, off_value, axis=axis, name=scope)


@op_def.shape_rule("OneHot")
def _one_hot_shape(op):
    dims, axis = op.inputs[0]._dims, op.attrs["axis"]
    if axis < -1:
        raise build.shape_error(op, "axis must be >= -1")
    depth = static_value.known_int(op.inputs[1])
    if depth is not None and depth < 0:
        raise build.shape_error(op, f"Dimension size, given by scalar input 1, must be non-negative but is {depth}")
    if dims is None:
        return [None]
    if axis > len(dims):
        raise build.shape_error(op, f"axis must be in [-1, {len(dims)}], got {axis}")
    at = len(dims) if axis == -1 else axis
    return [(*dims[:at], depth, *dims[at:])]


op_def.not_differentiable("OneHot", because="the indices are integers")
