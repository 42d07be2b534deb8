"""Placeholders, copies, sizes, and arrays made from nothing: what the other array files stand on.

The rest of the family lies in files of its own; `array.stack`, `array.gather` ... find it there.
"""

from __future__ import annotations

import functools
import operator

import numpy as np

from graphflow._core import dtypes, shapes
from graphflow._graph import build, op_def, sparse_tensor, static_value, tensor
from graphflow._ops import (
    blocks,
    choosing,
    conversion,
    diagonal,
    dispatch,
    gather,
    joining,
    rearrange,
    reduce,
    segment,
    sets,
    slicing,
)

newaxis = None
_FAMILY = (joining, rearrange, slicing, gather, choosing, sets, segment, diagonal, blocks, conversion)
_SPARSE = (sparse_tensor.SparseTensor, sparse_tensor.SparseTensorValue)
_SMALL = 1000  # zeros and ones with fewer elements are constants


def __getattr__(name):
    for module in _FAMILY:
        found = vars(module).get(name)
        if found is not None and not name.startswith("_"):
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def is_handle(t):
    """Whether a tensor is a resource or variant handle rather than an array."""
    return t.dtype.base_dtype in (dtypes.resource, dtypes.variant)


def is_flow(t):
    """Whether a tensor is the flow of a TensorArray, whose value is the array itself."""
    return t.op.type.startswith("TensorArray") and t.dtype == dtypes.float32 and t.value_index == len(t.op.outputs) - 1


def known_dims(t):
    """The plain shape of a tensor when rank and all sizes are known, else None."""
    dims = t._dims
    return dims if dims is not None and None not in dims else None


def shape_like(t, dtype=dtypes.int32):
    """The shape of `t` for use in a gradient: an array where it is known, else a node."""
    dims = known_dims(t)
    return shape(t, out_type=dtype) if dims is None else np.array(dims, dtype.as_numpy_dtype)


# -- inputs --------------------------------------------------------------------------------------------------


@op_def.shape_rule("Const")
def _const_shape(op):
    return [op.attrs["value"].shape]


op_def.not_differentiable("Const", "Placeholder", "PlaceholderV2", because="it has no input")
op_def.not_differentiable(
    "Shape", "ShapeN", "Size", "Rank", "ZerosLike", "OnesLike", because="it does not depend on the values"
)


def placeholder(dtype, shape=None, name=None):
    """A tensor whose value is given by `feed_dict` when a session runs.

    Args:
        dtype: its element type.
        shape: what is known of its shape; None when nothing is.
    """
    return build.apply("Placeholder", dtype=dtype, shape=shapes.as_dims(shape), name=name)


def placeholder_with_default(input, shape, name=None):
    """A tensor that may be fed, and has the value of `input` when it is not.

    Args:
        input: the default.
        shape: what all values fed have in common, such as `[None, 3]`; None when nothing.
    """
    return build.apply("PlaceholderWithDefault", input, shape=shapes.as_dims(shape), name=name)


@op_def.shape_rule("Placeholder", "PlaceholderV2")
def _placeholder_shape(op):
    return [op.attrs["shape"]]


@op_def.shape_rule("PlaceholderWithDefault", "EnsureShape")
def _declared_shape(op):
    declared, came = op.attrs["shape"], op.inputs[0]._dims
    try:
        merged = shapes.merge(declared, came)
    except ValueError as err:
        raise build.shape_error(op, str(err)) from None
    return [merged if op.type == "EnsureShape" else declared]


# -- copies --------------------------------------------------------------------------------------------------


@dispatch.ragged("unary")
def identity(input, name=None):
    """A tensor with the value of `input`."""
    return build.apply("Identity", input, name=name)


def identity_n(input, name=None):
    """Tensors with the values of the list `input`; all are there before any is used."""
    return build.apply("IdentityN", list(input), name=name)


def stop_gradient(input, name=None):
    """The value of `input`, through which no gradient flows: for differentiation it is a constant."""
    return build.apply("StopGradient", input, name=name)


def prevent_gradient(input, message="", name=None):
    """The value of `input`; asking for a gradient through it raises LookupError with `message`."""
    return build.apply("PreventGradient", input, message=message, name=name)


def guarantee_const(input, name=None):
    """The value of `input`, which the caller says never changes during a run."""
    return build.apply("GuaranteeConst", input, name=name)


def ensure_shape(x, shape, name=None):
    """`x`, known to have `shape`; the run raises InvalidArgumentError where it has another."""
    return build.apply("EnsureShape", x, shape=shapes.as_dims(shape), name=name)


@op_def.shape_rule(
    "Identity", "StopGradient", "PreventGradient", "ZerosLike", "OnesLike", "CheckNumerics", "GuaranteeConst", "Snapshot",
    "DeepCopy",
)  # fmt: skip
def _same_shape(op):
    return [op.inputs[0]._dims]


@op_def.shape_rule("IdentityN")
def _same_shapes(op):
    return [t._dims for t in op.inputs]


@op_def.gradient("Identity", "PlaceholderWithDefault", "GuaranteeConst", "Snapshot", "DeepCopy", "EnsureShape")
def _identity_gradient(op, grad):
    return grad


@op_def.gradient("IdentityN")
def _identity_n_gradient(op, *grads):
    return grads


op_def.not_differentiable("StopGradient", because="it is there to stop the gradient")


@op_def.gradient("PreventGradient")
def _prevent_gradient(op, grad):
    raise LookupError(f"Gradient explicitly disabled at '{op.name}'. Reason: {op.attrs['message'].decode()}")


# -- sizes ---------------------------------------------------------------------------------------------------


def shape(input, name=None, out_type=dtypes.int32):
    """The shape of `input` at run time, an integer vector; a constant when it is known while building."""
    return shape_internal(input, name, optimize=True, out_type=out_type)


def shape_internal(input, name=None, optimize=True, out_type=dtypes.int32):
    """`shape`; without `optimize` it is an operation even when the shape is known."""
    out_type = dtypes.as_dtype(out_type)
    with build.name_scope(name, "Shape", [input]) as scope:
        if isinstance(input, _SPARSE):
            return build.apply("Cast", input.dense_shape, DstT=out_type)
        input = build.convert_to_tensor(input)
        if optimize and known_dims(input) is not None:
            return build.constant(np.array(input._dims, out_type.as_numpy_dtype), out_type, name=scope)
        return build.apply("Shape", input, out_type=out_type, name=scope)


@op_def.shape_rule("Shape")
def _shape_shape(op):
    return [_length(op.inputs[0]._dims)]


def _length(dims):
    return (None,) if dims is None else (len(dims),)


def shape_n(input, out_type=dtypes.int32, name=None):
    """The shapes of the tensors of a list, integer vectors."""
    return build.apply("ShapeN", list(input), out_type=out_type, name=name)


@op_def.shape_rule("ShapeN")
def _shape_n_shape(op):
    return [_length(t._dims) for t in op.inputs]


@dispatch.ragged("size")
def size(input, name=None, out_type=dtypes.int32):
    """The number of elements of `input`; a constant when it is known while building."""
    out_type = dtypes.as_dtype(out_type)
    with build.name_scope(name, "Size", [input]) as scope:
        if isinstance(input, _SPARSE):
            return build.apply("Prod", build.apply("Cast", input.dense_shape, DstT=out_type), 0, name=scope)
        input = build.convert_to_tensor(input)
        if input._dims is not None and 0 in input._dims:
            return build.constant(0, out_type, name=scope)
        if known_dims(input) is not None:
            return build.constant(shapes.num_elements(input._dims), out_type, name=scope)
        return build.apply("Size", input, out_type=out_type, name=scope)


@dispatch.ragged("rank")
def rank(input, name=None):
    """The number of axes of `input`; a constant when it is known while building."""
    return rank_internal(input, name, optimize=True)


def rank_internal(input, name=None, optimize=True):
    """`rank`; without `optimize` it is an operation even when the rank is known."""
    with build.name_scope(name, "Rank", [input]) as scope:
        if isinstance(input, _SPARSE):
            return build.apply("Size", input.dense_shape, name=scope)
        input = build.convert_to_tensor(input)
        if optimize and input._dims is not None:
            return build.constant(len(input._dims), dtypes.int32, name=scope)
        return build.apply("Rank", input, name=scope)


def all_axes(t):
    """The axes of `t`: 0 .. rank - 1."""
    if t._dims is None:
        return build.apply("Range", 0, rank(t), 1)
    return build.constant(np.arange(len(t._dims), dtype=np.int32))


@op_def.shape_rule("Size", "Rank")
def _scalar_shape(op):
    return [()]


# -- another shape for the same elements ---------------------------------------------------------------------


def reshape(tensor, shape, name=None):
    """The elements of `tensor` in another shape; one size may be -1, and is worked out.

    Raises:
        ValueError: the numbers of elements are known and differ.
    """
    return build.apply("Reshape", tensor, shape, name=name)


@op_def.shape_rule("Reshape")
def _reshape_shape(op):
    value = static_value.partial_value(op.inputs[1])
    if value is None:
        dims = op.inputs[1]._dims
        return [None if not dims or dims[0] is None else reshaped(op, op.inputs[0]._dims, [None] * dims[0])]
    return [reshaped(op, op.inputs[0]._dims, value.tolist())]


def reshaped(op, dims, wanted):
    """The shape `wanted` (with -1 and unknown sizes) for an input of shape `dims`, or ValueError."""
    total = shapes.num_elements(dims)
    sizes = [None if d == -1 else d for d in wanted]
    known = shapes.num_elements(tuple(d for d in sizes if d is not None))
    open_sizes = sizes.count(None)
    if open_sizes == 0:
        _check_fits(op, dims, total, known, sizes)
    if open_sizes == 1 and total is not None and known:
        if total % known:
            raise build.shape_error(op, f"Dimension size must be evenly divisible by {known} but is {total}")
        sizes[sizes.index(None)] = total // known
    return tuple(sizes)


def _check_fits(op, dims, total, wanted, sizes):
    """Raises ValueError where an array of shape `dims` cannot have `wanted` elements."""
    if total is not None and total != wanted:
        text = f"{shapes.to_text(tuple(sizes))} ({wanted} elements)"
        raise build.shape_error(op, f"Cannot reshape a tensor with {total} elements to shape {text}")
    if total is None and dims is not None and dims.count(None) == 1:
        known = shapes.num_elements(tuple(d for d in dims if d is not None))
        if known and wanted % known:
            raise build.shape_error(op, f"Dimension size must be evenly divisible by {known} but is {wanted}")


@op_def.gradient("Reshape")
def _reshape_gradient(op, grad):
    return reshape(grad, shape_like(op.inputs[0])), None


@dispatch.ragged("expand_dims")
def expand_dims(input, axis=None, name=None, dim=None):
    """`input` with one more axis, of size 1, at position `axis`."""
    axis = dim if axis is None else axis
    if axis is None:
        raise ValueError("Must specify an axis argument to tf.expand_dims()")
    return build.apply("ExpandDims", input, axis, name=name)


@op_def.shape_rule("ExpandDims")
def _expand_dims_shape(op):
    dims, axis = op.inputs[0]._dims, static_value.known_int(op.inputs[1])
    if dims is None:
        return [None]
    if axis is None:
        return [(None,) * (len(dims) + 1)]
    if not -len(dims) - 1 <= axis <= len(dims):
        raise build.shape_error(op, f"dim {axis} not in the interval [{-len(dims) - 1}, {len(dims)}].")
    axis += (len(dims) + 1) if axis < 0 else 0
    return [(*dims[:axis], 1, *dims[axis:])]


@dispatch.ragged("squeeze")
def squeeze(input, axis=None, name=None, squeeze_dims=None):
    """`input` without its axes of size 1, or without those given by `axis`.

    Raises:
        ValueError: one of `axis` has another size.
    """
    axis = squeeze_dims if axis is None else axis
    axis = [] if axis is None else [axis] if np.isscalar(axis) else list(axis)
    return build.apply("Squeeze", input, squeeze_dims=axis, name=name)


@op_def.shape_rule("Squeeze")
def _squeeze_shape(op):
    dims, axes = op.inputs[0]._dims, op.attrs["squeeze_dims"]
    if dims is None:
        return [None]
    if not axes:
        return [None if None in dims else tuple(d for d in dims if d != 1)]
    chosen = set()
    for axis in axes:
        if not -len(dims) <= axis < len(dims):
            raise build.shape_error(op, f"squeeze_dims[{axis}] not in [{-len(dims)},{len(dims)}).")
        chosen.add(axis % len(dims))
    for axis in chosen:
        if dims[axis] not in (1, None):
            raise build.shape_error(op, f"Can not squeeze dim[{axis}], expected a dimension of 1, got {dims[axis]}")
    return [tuple(d for i, d in enumerate(dims) if i not in chosen)]


@op_def.gradient("ExpandDims")
def _expand_dims_gradient(op, grad):
    return reshape(grad, shape_like(op.inputs[0])), None


@op_def.gradient("Squeeze")
def _squeeze_gradient(op, grad):
    return reshape(grad, shape_like(op.inputs[0]))


# -- arrays of one number ------------------------------------------------------------------------------------


@dispatch.ragged("unary")
def zeros_like(tensor, dtype=None, name=None, optimize=True):
    """Zeros of the shape and type of `tensor`; `dtype` gives another type."""
    with build.name_scope(name, "zeros_like", [tensor]) as scope:
        value = build.convert_to_tensor(tensor, name="tensor")
        own = value.dtype.base_dtype
        wanted = own if dtype is None else dtypes.as_dtype(dtype).base_dtype
        if optimize and known_dims(value) is not None and own != dtypes.variant:
            return zeros(value.get_shape(), wanted, scope)
        if wanted in (own, dtypes.variant):
            return build.apply("ZerosLike", value, name=scope)
        return zeros(shape_internal(value, optimize=optimize), wanted, scope)


@dispatch.ragged("unary")
def ones_like(tensor, dtype=None, name=None, optimize=True):
    """Ones of the shape and type of `tensor`; `dtype` gives another type."""
    with build.name_scope(name, "ones_like", [tensor]) as scope:
        value = build.convert_to_tensor(tensor, name="tensor")
        dims = shape_internal(value, optimize=optimize)
        made = ones(dims, value.dtype.base_dtype if dtype is None else dtype, scope)
        made.set_shape(value.get_shape())
        return made


def zeros(shape, dtype=dtypes.float32, name=None):
    """An array of zeros (False, empty strings).

    Args:
        shape: a list of sizes, some of which may be tensors, or an integer vector tensor.
    """
    dtype = dtypes.as_dtype(dtype).base_dtype
    zero = False if dtype == dtypes.bool else "" if dtype == dtypes.string else 0
    return _filled("zeros", zero, shape, dtype, name)


def ones(shape, dtype=dtypes.float32, name=None):
    """An array of ones (True); `shape` as for `zeros`."""
    dtype = dtypes.as_dtype(dtype).base_dtype
    return _filled("ones", True if dtype == dtypes.bool else 1, shape, dtype, name)


def _filled(default_name, number, dims, dtype, name):
    with build.name_scope(name, default_name, [dims]) as scope:
        if not isinstance(dims, tensor.Tensor):
            try:
                if _is_small(dims):
                    sizes = shapes.TensorShape(dims).as_list()
                    return build.constant(np.full(sizes, number, dtype.as_numpy_dtype), dtype, name=scope)
                dims = build.convert_to_tensor(shapes.TensorShape(dims))
            except (TypeError, ValueError):
                dims = build.convert_to_tensor(dims, dtype=dtypes.int32)
        if not dims._dims:
            dims = reshape(dims, [-1])  # a scalar is the length of a vector
        return build.apply("Fill", dims, build.constant(number, dtype), name=scope)


def _is_small(dims):
    """Whether an array of these sizes is made a constant.

    TensorFlow multiplies the sizes in Python, so that tensors among them leave a product and a comparison in the graph.
    """
    try:
        sizes = np.asarray(dims).ravel().tolist() if isinstance(dims, np.ndarray) else list(dims)
    except TypeError:
        return False  # a single number: TensorFlow fills a vector of that length
    product = functools.reduce(operator.mul, sizes) if sizes else 1
    if isinstance(product, tensor.TensorLike):
        build.apply("Less", product, _SMALL)
        return False
    return bool(product < _SMALL)


def fill(dims, value, name=None):
    """An array of shape `dims` whose elements are all the scalar `value`."""
    return build.apply("Fill", dims, value, name=name)


@op_def.shape_rule("Fill", "Empty")
def _fill_shape(op):
    return [static_value.shape_from(op.inputs[0])]


@op_def.gradient("Fill")
def _fill_gradient(op, grad):
    return None, reduce.reduce_sum(grad)


# -- joining -------------------------------------------------------------------------------------------------


@dispatch.ragged("concat")
def concat(values, axis, name="concat"):
    """Tensors of equal rank joined along one axis.

    Args:
        values: a list of tensors whose other sizes agree.
        axis: an integer scalar; negative ones count from the end.
    """
    if not isinstance(values, (list, tuple)):
        values = [values]
    if len(values) == 1:
        with build.name_scope(name):
            build.convert_to_tensor(axis, name="concat_dim", dtype=dtypes.int32).get_shape().assert_has_rank(0)
            return identity(values[0], name=name)
    return build.apply("ConcatV2", list(values), axis, name=name)
