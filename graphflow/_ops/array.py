"""Making, reshaping, joining and cutting of arrays."""

from __future__ import annotations

import numpy as np

from graphflow._core import dtypes, shapes
from graphflow._graph import build, op_def, static_value, tensor
from graphflow._ops import reduce

newaxis = None


def is_handle(t):
    """Whether a tensor is a resource or variant handle rather than an array."""
    return t.dtype.base_dtype in (dtypes.resource, dtypes.variant)


def is_flow(t):
    """Whether a tensor is the flow of a TensorArray, whose value is the array itself."""
    return t.op.type.startswith("TensorArray") and t.dtype == dtypes.float32 and t.value_index == len(t.op.outputs) - 1


@op_def.shape_rule("Const")
def _const_shape(op):
    return [op.attrs["value"].shape]


op_def.not_differentiable("Const", "Placeholder", "Shape", "ShapeN", "Size", "Rank", because="it has no input that varies smoothly")


def placeholder(dtype, shape=None, name=None):
    """A tensor whose value is given by `feed_dict` when a session runs.

    Args:
        dtype: its element type.
        shape: what is known of its shape; None when nothing is.
    """
    return build.apply("Placeholder", dtype=dtype, shape=shapes.as_dims(shape), name=name)


@op_def.shape_rule("Placeholder")
def _placeholder_shape(op):
    return [op.attrs["shape"]]


def identity(input, name=None):
    """A tensor with the value of `input`."""
    return build.apply("Identity", input, name=name)


@op_def.shape_rule("Identity", "StopGradient", "PreventGradient", "ZerosLike", "OnesLike", "CheckNumerics")
def _same_shape(op):
    return [op.inputs[0]._dims]


@op_def.gradient("Identity")
def _identity_gradient(op, grad):
    return grad


def shape(input, name=None, out_type=dtypes.int32):
    """The shape of `input` at run time, an integer vector; a constant when it is known while building."""
    return shape_internal(input, name, optimize=True, out_type=out_type)


def shape_internal(input, name=None, optimize=True, out_type=dtypes.int32):
    with build.name_scope(name, "Shape", [input]) as scope:
        input = build.convert_to_tensor(input)
        if optimize and input._dims is not None and None not in input._dims:
            return build.constant(np.array(input._dims, out_type.as_numpy_dtype), out_type, name=scope)
        return build.apply("Shape", input, out_type=out_type, name=scope)


@op_def.shape_rule("Shape")
def _shape_shape(op):
    dims = op.inputs[0]._dims
    return [(None,) if dims is None else (len(dims),)]


def reshape(tensor, shape, name=None):
    """The elements of `tensor` in another shape; one size may be -1, and is worked out."""
    return build.apply("Reshape", tensor, shape, name=name)


@op_def.shape_rule("Reshape")
def _reshape_shape(op):
    value = static_value.partial_value(op.inputs[1])
    if value is None:
        dims = op.inputs[1]._dims
        return [None if not dims or dims[0] is None else (None,) * dims[0]]
    return [reshaped(op, op.inputs[0]._dims, value.tolist())]


def reshaped(op, dims, wanted):
    """The shape `wanted` (with -1 and unknown sizes) for an input of shape `dims`, or ValueError."""
    total = shapes.num_elements(dims)
    known, open_sizes = 1, 0
    for d in wanted:
        if d is None or d == -1:
            open_sizes += 1
        else:
            known *= d
    if total is not None and open_sizes == 0 and known != total:
        raise build.shape_error(op, f"Cannot reshape a tensor with {total} elements to shape {shapes.to_text(tuple(wanted))} ({known} elements)")
    if total is not None and open_sizes == 1 and -1 in wanted:
        if known == 0 or total % known:
            if known or total:
                raise build.shape_error(op, f"Dimension size must be evenly divisible by {known} but is {total}")
        return tuple(total // known if d == -1 else d for d in wanted)
    return tuple(None if d == -1 else d for d in wanted)


@op_def.gradient("Reshape")
def _reshape_gradient(op, grad):
    return reshape(grad, shape(op.inputs[0])), None


def zeros_like(tensor, dtype=None, name=None, optimize=True):
    """Zeros of the shape and type of `tensor`."""
    return _filled_like("zeros_like", "ZerosLike", 0, tensor, dtype, name, optimize)


def _filled_like(default_name, op_type, number, value, dtype, name, optimize):
    with build.name_scope(name, default_name, [value]) as scope:
        value = build.convert_to_tensor(value, name="tensor")
        wanted = value.dtype.base_dtype if dtype is None else dtypes.as_dtype(dtype)
        if op_type == "ZerosLike" and optimize and value.get_shape().is_fully_defined() and not is_handle(value):
            return zeros(value.get_shape(), wanted, scope)
        if op_type == "ZerosLike" and wanted == value.dtype.base_dtype:
            return build.apply("ZerosLike", value, name=scope)
        dims = shape_internal(value, optimize=optimize)
        made = zeros(dims, wanted, scope) if number == 0 else ones(dims, wanted, scope)
        made.set_shape(value.get_shape())
        return made


def zeros(shape, dtype=dtypes.float32, name=None):
    """An array of zeros (False, empty strings)."""
    dtype = dtypes.as_dtype(dtype).base_dtype
    zero = False if dtype == dtypes.bool else "" if dtype == dtypes.string else 0
    return _filled("zeros", zero, shape, dtype, name)


def ones(shape, dtype=dtypes.float32, name=None):
    """An array of ones (True)."""
    dtype = dtypes.as_dtype(dtype).base_dtype
    return _filled("ones", True if dtype == dtypes.bool else 1, shape, dtype, name)


def _filled(default_name, number, dims, dtype, name):
    with build.name_scope(name, default_name, [dims]) as scope:
        if not isinstance(dims, tensor.Tensor):
            try:
                plain = shapes.TensorShape(dims)
                size = plain.num_elements()
                if size is not None and size < 1000:
                    return build.constant(number, dtype, shape=plain, name=scope)
            except (TypeError, ValueError):
                pass
            dims = build.convert_to_tensor(dims, dtype=dtypes.int32, name="shape") if not tensor.is_symbolic(dims) else build.convert_to_tensor(dims)
        if dims.get_shape().ndims != 1:
            dims = reshape(dims, [-1])
        return build.apply("Fill", dims, build.constant(number, dtype), name=scope)


@op_def.shape_rule("Fill")
def _fill_shape(op):
    return [static_value.shape_from(op.inputs[0])]


@op_def.gradient("Fill")
def _fill_gradient(op, grad):
    return None, reduce.reduce_sum(grad)


def concat(values, axis, name="concat"):
    """Tensors joined along one axis."""
    if not isinstance(values, (list, tuple)):
        values = [values]
    if len(values) == 1:
        with build.name_scope(name) as scope:
            build.convert_to_tensor(axis, name="concat_dim", dtype=dtypes.int32)
            return identity(values[0], name=scope)
    return build.apply("ConcatV2", list(values), axis, name=name)
