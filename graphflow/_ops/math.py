"""Arithmetic of two numbers, changes of element type, sums of several tensors, and rows of numbers."""

from __future__ import annotations

import numpy as np

from graphflow._core import dtypes, shapes
from graphflow._graph import build, op_def, sparse_tensor, static_value, tensor
from graphflow._ops import array, compare, dispatch, elementwise, reduce, unary
from graphflow._ops import operators as operators  # Tensor's operators come with arithmetic

# -- sums, differences and products --------------------------------------------------------------------------------------


@elementwise.binary("Add")
def add(x, y, name=None):
    """x + y; strings are joined."""


op_def.shape_rule("AddV2", "Mod")(elementwise.broadcast_shape)


@op_def.gradient("Add", "AddV2")
def _add_gradient(op, grad):
    x, y = op.inputs
    return unbroadcast(grad, x, y), unbroadcast(grad, y, x)


@elementwise.binary("Sub")
def subtract(x, y, name=None):
    """x - y."""


@op_def.gradient("Sub")
def _subtract_gradient(op, grad):
    x, y = op.inputs
    return unbroadcast(grad, x, y), unbroadcast(unary.negative(grad), y, x)


@elementwise.binary("Mul")
def multiply(x, y, name=None):
    """x * y."""


@op_def.gradient("Mul")
def _multiply_gradient(op, grad):
    x, y = op.inputs
    return unbroadcast(multiply(grad, unary.conj(y)), x, y), unbroadcast(multiply(unary.conj(x), grad), y, x)


def multiply_no_nan(x, y, name=None):
    """x * y, and 0 where y is 0, even if x is infinite or NaN."""
    return _same_type("multiply_no_nan", "MulNoNan", x, y, name)


op_def.shape_rule("MulNoNan", "DivNoNan")(elementwise.broadcast_shape)


@op_def.gradient("MulNoNan")
def _multiply_no_nan_gradient(op, grad):
    x, y = op.inputs
    return unbroadcast(build.apply("MulNoNan", grad, y), x, y), unbroadcast(build.apply("MulNoNan", x, grad), y, x)


@elementwise.binary("SquaredDifference")
def squared_difference(x, y, name=None):
    """(x - y)^2."""


@op_def.gradient("SquaredDifference")
def _squared_difference_gradient(op, grad):
    x, y = op.inputs
    gx = scalar_mul(2.0, build.convert_to_tensor(grad)) * (x - y)
    return unbroadcast(gx, x, y), unbroadcast(unary.negative(gx), y, x)


def scalar_mul(scalar, x, name=None):
    """`scalar` times a tensor or indexed slices.

    Raises:
        ValueError: `scalar` is no scalar.
    """
    scalar = build.convert_to_tensor(scalar, dtype=x.dtype.base_dtype, name="scalar")
    if scalar._dims is None or len(scalar._dims):
        raise ValueError(f"Only scalar multiply works, got shape {scalar.shape}")
    if isinstance(x, tensor.IndexedSlices):
        return tensor.IndexedSlices(multiply(scalar, x.values, name), x.indices, x.dense_shape)
    return multiply(scalar, x, name)


# -- quotients and remainders --------------------------------------------------------------------------------------------


def _same_type(default_name, op_type, x, y, name):
    with build.name_scope(name, default_name, [x, y]) as scope:
        x = build.convert_to_tensor(x, name="x")
        y = build.convert_to_tensor(y, dtype=x.dtype.base_dtype, name="y")
        return build.apply(op_type, x, y, name=scope)


def _quotients(op_type, x, y, grad):
    """The gradients of x / y by a kind of division: grad / y, and -x / y / y times grad."""
    cx, cy = unary.conj(x), unary.conj(y)
    gx = build.apply("Xdivy" if op_type != "DivNoNan" else op_type, grad, cy)
    gy = build.apply(op_type, build.apply(op_type, unary.negative(cx), cy), cy)
    return unbroadcast(gx, x, y), unbroadcast(build.apply("MulNoNan", gy, grad), y, x)


@elementwise.binary("RealDiv")
def realdiv(x, y, name=None):
    """x / y of real or complex numbers."""


op_def.shape_rule("Div")(elementwise.broadcast_shape)


@op_def.gradient("RealDiv", "DivNoNan")
def _quotient_gradient(op, grad):
    return _quotients(op.type, *op.inputs, grad)


@op_def.gradient("Div")
def _div_gradient(op, grad):
    return _quotients("RealDiv", *op.inputs, grad)


@dispatch.ragged("binary")
def div_no_nan(x, y, name=None):
    """x / y, and 0 where y is 0."""
    return _same_type("div_no_nan", "DivNoNan", x, y, name)


def reciprocal_no_nan(x, name=None):
    """1 / x, and 0 where x is 0."""
    with build.name_scope(name, "reciprocal_no_nan", [x]) as scope:
        x = build.convert_to_tensor(x, name="x")
        one = build.constant(1, dtype=x.dtype.base_dtype, name="one")
        return build.apply("DivNoNan", one, x, name=scope)


@dispatch.ragged("binary")
def truediv(x, y, name=None):
    """x / y as real numbers: integers become floats first (float32 up to 16 bits, else float64).

    Raises:
        TypeError: x and y have different types, or a type without division.
    """
    with build.name_scope(name, "truediv", [x, y]) as scope:
        x = build.convert_to_tensor(x, name="x")
        y = build.convert_to_tensor(y, name="y")
        base = _common_type(x, y)
        if base.is_integer and base.name not in ("uint32", "uint64"):
            wide = dtypes.float64 if base.size >= 4 else dtypes.float32
            x, y = cast(x, wide), cast(y, wide)
        elif not (base.is_floating or base.is_complex):
            raise TypeError(f"Invalid dtype {base!r} in __truediv__")
        return build.apply("RealDiv", x, y, name=scope)


@dispatch.ragged("binary")
def div(x, y, name=None):
    """x / y as Python 2 has it: integers are divided with rounding towards minus infinity."""
    with build.name_scope(name, "div", [x, y]) as scope:
        x = build.convert_to_tensor(x, name="x")
        y = build.convert_to_tensor(y, dtype=x.dtype.base_dtype, name="y")
        base = _common_type(x, y)
        return build.apply("RealDiv" if base.is_floating or base.is_complex else "FloorDiv", x, y, name=scope)


def _common_type(x, y):
    if x.dtype.base_dtype is not y.dtype.base_dtype:
        raise TypeError(f"x and y must have the same dtype, got {x.dtype.base_dtype!r} != {y.dtype.base_dtype!r}")
    return x.dtype.base_dtype


def divide(x, y, name=None):
    """x / y, as the operator divides: of two Python numbers it is a Python number."""
    return x / y if name is None else truediv(x, y, name)


@elementwise.binary("FloorDiv")
def floor_div(x, y, name=None):
    """x / y rounded towards minus infinity. An integer division by zero is an InvalidArgumentError at run time."""


@dispatch.ragged("binary")
def floordiv(x, y, name=None):
    """x / y rounded towards minus infinity, as Python's `//`."""
    with build.name_scope(name, "floordiv", [x, y]) as scope:
        return floor_div(x, y, name=scope)


@elementwise.binary("FloorMod")
def floormod(x, y, name=None):
    """The remainder of `floordiv`: it has the sign of y."""


mod = floormod


@op_def.gradient("FloorMod")
def _floormod_gradient(op, grad):
    x, y = op.inputs
    return unbroadcast(grad, x, y), unbroadcast(grad * unary.negative(floor_div(x, y)), y, x)


@elementwise.binary("TruncateDiv")
def truncatediv(x, y, name=None):
    """x / y of integers, rounded towards zero; of floats TensorFlow 1.15 gives the plain quotient, and so does this."""


@elementwise.binary("TruncateMod")
def truncatemod(x, y, name=None):
    """The remainder of `truncatediv`: it has the sign of x."""


@op_def.gradient("FloorDiv", "TruncateDiv")
def _whole_quotient_gradient(op, grad):
    return None, None


# -- powers and extremes --------------------------------------------------------------------------------------------------


@elementwise.binary("Pow")
def pow(x, y, name=None):
    """x to the power y. Integers to negative integer powers are an InvalidArgumentError at run time."""


@op_def.gradient("Pow")
def _pow_gradient(op, grad):
    x, y = op.inputs
    cx, cy = unary.conj(x), unary.conj(y)
    gx = unbroadcast(build.apply("MulNoNan", cy * pow(cx, cy - 1), grad), x, y)
    if y.op.type == "Const" and y.op.name == f"{op.name}/y":  # a number that nobody else can hold
        return gx, None
    positive = compare.not_equal(cx, 0) if x.dtype.is_complex else compare.greater(cx, 0)
    logarithm = unary.log(build.apply("Select", positive, cx, array.ones_like(cx)))
    logarithm = build.apply("Select", positive, logarithm, array.zeros_like(cx))
    return gx, unbroadcast(build.apply("MulNoNan", unary.conj(op.outputs[0]) * logarithm, grad), y, x)


@elementwise.binary("Maximum")
def maximum(x, y, name=None):
    """The larger of x and y."""


@elementwise.binary("Minimum")
def minimum(x, y, name=None):
    """The smaller of x and y."""


@op_def.gradient("Maximum", "Minimum")
def _extreme_gradient(op, grad):
    x, y = op.inputs
    first = (compare.greater_equal if op.type == "Maximum" else compare.less_equal)(x, y)
    zeros = array.zeros_like(grad)
    gx, gy = build.apply("Select", first, grad, zeros), build.apply("Select", first, zeros, grad)
    return unbroadcast(gx, x, y), unbroadcast(gy, y, x)


# -- gradients of broadcasting operations --------------------------------------------------------------------------------


def unbroadcast(grad, x, other, kept=0):
    """`grad`, of the shape that x and `other` give together, summed to the shape of x; the last `kept` axes take no part."""
    grad = build.convert_to_tensor(grad)
    plan = _axes_to_sum(x._dims, other._dims, kept)
    if plan is None:
        own, others = array.shape(x), array.shape(other)
        axes, _ = build.apply("BroadcastGradientArgs", own[:-kept] if kept else own, others[:-kept] if kept else others)
        return array.reshape(reduce.reduce_sum(grad, axes), array.shape(x))
    lost, stretched = plan
    if lost:
        grad = reduce.reduce_sum(grad, np.arange(lost, dtype=np.int32))
    return reduce.reduce_sum(grad, stretched, keepdims=True) if stretched else grad


def _axes_to_sum(dims, beside, kept):
    """(number of leading axes x lacks, axes of x that were stretched), or None where sizes must be seen at run time."""
    if dims is None or beside is None:
        return None
    dims, beside = dims[: len(dims) - kept], beside[: len(beside) - kept]
    lost = max(len(beside) - len(dims), 0)
    aligned = (1,) * (len(dims) - len(beside)) + beside[lost:]
    stretched = []
    for axis, (own, others) in enumerate(zip(dims, aligned)):
        if own is None and others != 1:
            return None
        if own == 1 and others != 1:
            stretched.append(axis)
    return lost, stretched


# -- element types -------------------------------------------------------------------------------------------------------


@dispatch.ragged("unary")
def cast(x, dtype, name=None):
    """`x` with elements of another type; real to integer cuts towards zero, complex to real drops the imaginary part."""
    base = dtypes.as_dtype(dtype).base_dtype
    if isinstance(x, tensor.TensorLike) and x.dtype == base and not hasattr(x, "dense_shape"):
        return x  # a resource variable too, which is read by what takes it
    with build.name_scope(name, "Cast", [x]) as scope:
        if isinstance(x, tensor.IndexedSlices):
            return tensor.IndexedSlices(cast(x.values, base, name=scope), x.indices, x.dense_shape)
        if isinstance(x, sparse_tensor.SparseTensor):
            return sparse_tensor.SparseTensor(x.indices, cast(x.values, base, name=scope), x.dense_shape)
        x = build.convert_to_tensor(x, name="x")
        return x if x.dtype.base_dtype is base else build.apply("Cast", x, DstT=base, name=scope)


op_def.shape_rule("Cast")(elementwise.same_shape)


@op_def.gradient("Cast")
def _cast_gradient(op, grad):
    base = op.inputs[0].dtype.base_dtype
    smooth = (base.is_floating or base.is_complex) and (grad.dtype.is_floating or grad.dtype.is_complex)
    return cast(grad, base) if smooth else None


@dispatch.ragged("unary")
def saturate_cast(value, dtype, name=None):
    """`value` cast to `dtype`; what lies outside its range becomes its smallest or largest number."""
    with build.name_scope(name, "saturate_cast", [value]) as scope:
        value = build.convert_to_tensor(value, name="value")
        own, wanted = value.dtype.base_dtype, dtypes.as_dtype(dtype).base_dtype
        if own.min < wanted.min:
            value = maximum(value, build.constant(wanted.min, dtype=own, name="min"))
        if own.max > wanted.max:
            value = minimum(value, build.constant(wanted.max, dtype=own, name="max"))
        return cast(value, wanted, name=scope)


def _caster(function_name, default_name, dtype):
    def convert(x, name=default_name):
        return cast(x, dtype, name=name)

    convert.__name__ = convert.__qualname__ = function_name
    convert.__doc__ = f"`x` cast to {dtype.name}."
    return convert


to_float = _caster("to_float", "ToFloat", dtypes.float32)
to_double = _caster("to_double", "ToDouble", dtypes.float64)
to_int32 = _caster("to_int32", "ToInt32", dtypes.int32)
to_int64 = _caster("to_int64", "ToInt64", dtypes.int64)
to_bfloat16 = _caster("to_bfloat16", "ToBFloat16", dtypes.bfloat16)
to_complex64 = _caster("to_complex64", "ToComplex64", dtypes.complex64)
to_complex128 = _caster("to_complex128", "ToComplex128", dtypes.complex128)


# -- several tensors, rows of numbers ------------------------------------------------------------------------------------


@dispatch.ragged("list")
def add_n(inputs, name=None):
    """The sum of tensors or indexed slices of one type and shape.

    Raises:
        ValueError: `inputs` is empty or no list.
    """
    if not inputs or not isinstance(inputs, (list, tuple)):
        raise ValueError("inputs must be a list of at least one Tensor/IndexedSlices with the same dtype and shape")
    inputs = [
        x
        if isinstance(x, tensor.TensorLike) and not isinstance(x, tensor.IndexedSlices)
        else build.convert_to_tensor(x)
        for x in inputs
    ]
    if len(inputs) == 1:
        only = build.convert_to_tensor(inputs[0])
        return array.identity(only, name=name) if name else only
    return build.apply("AddN", list(inputs), name=name)


@op_def.shape_rule("AddN")
def _add_n_shape(op):
    return elementwise.merged_shape(op)


def accumulate_n(inputs, shape=None, tensor_dtype=None, name=None):
    """The sum of tensors of one type and shape, as `add_n`.

    Args:
        shape: what is known of their common shape.
        tensor_dtype: their type, checked when given.

    Raises:
        ValueError: `inputs` is empty, or types or shapes differ. TypeError: they are not of `tensor_dtype`.
    """
    message = "inputs must be a list of at least one Tensor with the same dtype and shape"
    if not inputs or not isinstance(inputs, (list, tuple)):
        raise ValueError(message)
    inputs = [build.convert_to_tensor(x) for x in inputs]
    if any(x.dtype.base_dtype != inputs[0].dtype.base_dtype for x in inputs):
        raise ValueError(message)
    if tensor_dtype is not None and tensor_dtype != inputs[0].dtype:
        raise TypeError(f"tensor_dtype is {tensor_dtype}, but input is of type {inputs[0].dtype}")
    dims = shapes.as_dims(shape)
    for x in inputs:
        dims = shapes.merge(dims, x._dims)
    if len(inputs) == 1:
        return inputs[0] if name is None else array.identity(inputs[0], name=name)
    return build.apply("AccumulateNV2", inputs, shape=dims, name=name)


@op_def.shape_rule("AccumulateNV2")
def _accumulate_n_shape(op):
    dims = op.attrs["shape"]
    for t in op.inputs:
        dims = shapes.merge(dims, t._dims)
    return [op.attrs["shape"]]


@op_def.gradient("AddN", "AccumulateNV2")
def _add_n_gradient(op, grad):
    return [grad] * len(op.inputs)


_ROW_TYPES = (dtypes.int32, dtypes.int64, dtypes.float32, dtypes.float64)


def range(start, limit=None, delta=1, dtype=None, name="range"):
    """start, start + delta, ... up to but without limit; `range(n)` counts from 0.

    Returns:
        a vector of `dtype`, or of the widest type among the arguments.
    """
    if limit is None:
        start, limit = 0, start
    with build.name_scope(name, "Range", [start, limit, delta]) as scope:
        start = build.convert_to_tensor(start, dtype=dtype, name="start")
        limit = build.convert_to_tensor(limit, dtype=dtype, name="limit")
        delta = build.convert_to_tensor(delta, dtype=dtype, name="delta")
        if dtype is None:
            widest = max((t.dtype.base_dtype for t in (start, limit, delta)), key=_ROW_TYPES.index)
            start, limit, delta = cast(start, widest), cast(limit, widest), cast(delta, widest)
        return build.apply("Range", start, limit, delta, name=scope)


@op_def.shape_rule("Range")
def _range_shape(op):
    values = [static_value.constant_value(t) for t in op.inputs]
    if any(v is None for v in values):
        return [(None,)]
    start, limit, delta = (v.item() for v in values)
    if delta == 0:
        raise build.shape_error(op, "Requires delta != 0")
    if (limit - start) * delta < 0:
        relation = "start <= limit when delta > 0" if delta > 0 else "start >= limit when delta < 0"
        raise build.shape_error(op, f"Requires {relation}: {start}/{limit}")
    return [(int(np.ceil(np.abs((limit - start) / delta))),)]


def linspace(start, stop, num, name=None):
    """`num` numbers from `start` to `stop`, both included, at equal distances."""
    return build.apply("LinSpace", start, stop, num, name=name)


lin_space = linspace


@op_def.shape_rule("LinSpace")
def _linspace_shape(op):
    num = static_value.known_int(op.inputs[2])
    if num is not None and num <= 0:
        raise build.shape_error(op, f"Requires num > 0: {num}")
    return [(num,)]


op_def.not_differentiable("Range", "LinSpace", because="a row of numbers is made for counting")


def polyval(coeffs, x, name=None):
    """The polynomial with these coefficients, highest power first, at x, by Horner's rule."""
    with build.name_scope(name, "polyval", [*coeffs, x]) as scope:
        x = build.convert_to_tensor(x, name="x")
        if not coeffs:
            return array.zeros_like(x, name=scope)
        terms = [build.convert_to_tensor(c, name=f"coeff_{i}") for i, c in enumerate(coeffs)]
        total = terms[0]
        for term in terms[1:]:
            total = term + total * x
        return total
