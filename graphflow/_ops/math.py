"""Arithmetic, comparisons and matrix products; and the operators of Tensor."""

from __future__ import annotations

import numpy as np

from graphflow._core import dtypes, shapes
from graphflow._graph import build, op_def, static_value, tensor
from graphflow._ops import array, reduce

# -- elementwise ---------------------------------------------------------------------------------------------------------


@op_def.shape_rule(
    "Add", "AddV2", "Sub", "Mul", "Div", "RealDiv", "FloorDiv", "FloorMod", "TruncateDiv", "TruncateMod", "Mod", "Pow", "Maximum",
    "Minimum", "SquaredDifference", "Less", "LessEqual", "Greater", "GreaterEqual", "LogicalAnd", "LogicalOr", "Atan2",
)  # fmt: skip
def _broadcast_shape(op):
    x, y = op.inputs
    try:
        return [shapes.broadcast(x._dims, y._dims)]
    except ValueError as err:
        raise build.shape_error(op, str(err)) from None


@op_def.shape_rule("Sigmoid", "SigmoidGrad", "Log", "Exp", "Neg", "Square", "Tanh", "Cast", "Sqrt")
def _unary_shape(op):
    return [op.inputs[0]._dims]


def add(x, y, name=None):
    """x + y, elementwise with broadcasting."""
    return build.apply("Add", x, y, name=name)


def subtract(x, y, name=None):
    """x - y, elementwise with broadcasting."""
    return build.apply("Sub", x, y, name=name)


def multiply(x, y, name=None):
    """x * y, elementwise with broadcasting."""
    return build.apply("Mul", x, y, name=name)


def maximum(x, y, name=None):
    """The larger of x and y, elementwise with broadcasting."""
    return build.apply("Maximum", x, y, name=name)


def pow(x, y, name=None):
    """x to the power y, elementwise with broadcasting."""
    with build.name_scope(name, "Pow", [x]) as scope:
        return build.apply("Pow", x, y, name=scope)


def sigmoid(x, name=None):
    """1 / (1 + exp(-x))."""
    with build.name_scope(name, "Sigmoid", [x]) as scope:
        return build.apply("Sigmoid", build.convert_to_tensor(x, name="x"), name=scope)


@op_def.gradient("Sigmoid")
def _sigmoid_gradient(op, grad):
    return build.apply("SigmoidGrad", op.outputs[0], grad)


def negative(x, name=None):
    """-x."""
    return build.apply("Neg", x, name=name)


def log(x, name=None):
    """The natural logarithm."""
    return build.apply("Log", x, name=name)


def cast(x, dtype, name=None):
    """`x` with elements of another type; real to integer cuts towards zero."""
    base = dtypes.as_dtype(dtype).base_dtype
    if isinstance(x, tensor.Tensor) and x.dtype.base_dtype == base and not x.dtype.is_ref:
        return x
    with build.name_scope(name, "Cast", [x]) as scope:
        x = build.convert_to_tensor(x, name="x")
        return x if x.dtype.base_dtype == base else build.apply("Cast", x, DstT=base, name=scope)


def truediv(x, y, name=None):
    """x / y as real numbers: integers are cast to float first."""
    with build.name_scope(name, "truediv", [x, y]) as scope:
        x = build.convert_to_tensor(x, name="x")
        y = build.convert_to_tensor(y, dtype=x.dtype.base_dtype, name="y")
        if x.dtype.base_dtype.is_integer:
            wide = dtypes.float64 if x.dtype.base_dtype.size >= 4 else dtypes.float32
            x, y = cast(x, wide), cast(y, wide)
        return build.apply("RealDiv", x, y, name=scope)


def floordiv(x, y, name=None):
    """x / y rounded towards minus infinity."""
    with build.name_scope(name, "floordiv", [x, y]) as scope:
        return build.apply("FloorDiv", x, y, name=scope)


def floormod(x, y, name=None):
    """The remainder of floordiv: it has the sign of y."""
    with build.name_scope(name, "FloorMod", [x, y]) as scope:
        return build.apply("FloorMod", x, y, name=scope)


def range(start, limit=None, delta=1, dtype=None, name="range"):
    """start, start + delta, ... up to but without limit; `range(n)` counts from 0."""
    if limit is None:
        start, limit = 0, start
    with build.name_scope(name, "Range", [start, limit, delta]) as scope:
        start = build.convert_to_tensor(start, dtype=dtype, name="start")
        limit = build.convert_to_tensor(limit, dtype=dtype, name="limit")
        delta = build.convert_to_tensor(delta, dtype=dtype, name="delta")
        if dtype is None:
            order = [dtypes.int32, dtypes.int64, dtypes.float32, dtypes.float64]
            widest = max((t.dtype.base_dtype for t in (start, limit, delta)), key=order.index)
            start, limit, delta = cast(start, widest), cast(limit, widest), cast(delta, widest)
        return build.apply("Range", start, limit, delta, name=scope)


# -- matrix products -----------------------------------------------------------------------------------------------------


def matmul(a, b, transpose_a=False, transpose_b=False, adjoint_a=False, adjoint_b=False, a_is_sparse=False, b_is_sparse=False, name=None):
    """The product of matrices."""
    with build.name_scope(name, "MatMul", [a, b]) as scope:
        a = build.convert_to_tensor(a, name="a")
        b = build.convert_to_tensor(b, name="b", dtype=a.dtype.base_dtype if not isinstance(b, tensor.TensorLike) else None)
        return build.apply("MatMul", a, b, transpose_a=transpose_a, transpose_b=transpose_b, name=scope)


@op_def.shape_rule("MatMul")
def _matmul_shape(op):
    a, b = op.inputs[0]._dims, op.inputs[1]._dims
    for dims in (a, b):
        if dims is not None and len(dims) != 2:
            raise build.shape_error(op, f"Shape must be rank 2 but is rank {len(dims)}")
    rows, inner = (None, None) if a is None else a[::-1] if op.attrs["transpose_a"] else a
    inner_b, cols = (None, None) if b is None else b[::-1] if op.attrs["transpose_b"] else b
    if inner is not None and inner_b is not None and inner != inner_b:
        raise build.shape_error(op, f"Dimensions must be equal, but are {inner} and {inner_b}")
    return [(rows, cols)]


@op_def.gradient("MatMul")
def _matmul_gradient(op, grad):
    a, b = op.inputs
    ta, tb = op.attrs["transpose_a"], op.attrs["transpose_b"]
    if not ta and not tb:
        return matmul(grad, b, transpose_b=True), matmul(a, grad, transpose_a=True)
    if not ta:
        return matmul(grad, b), matmul(grad, a, transpose_a=True)
    if not tb:
        return matmul(b, grad, transpose_b=True), matmul(a, grad)
    return matmul(b, grad, transpose_a=True, transpose_b=True), matmul(grad, a, transpose_a=True, transpose_b=True)


# -- gradients of broadcasting operations --------------------------------------------------------------------------------


def unbroadcast(grad, x, other):
    """`grad`, of the broadcast shape, summed to the shape of `x`."""
    dims, wide = x._dims, grad._dims if grad._dims is not None else None
    if dims is not None and dims == other._dims and None not in dims:
        return grad
    if dims is not None and wide is not None and dims == wide and None not in dims:
        return grad
    if dims == () and other._dims is not None:
        return grad if other._dims == () else reduce.reduce_sum(grad)
    if dims is not None and None not in dims and wide is not None:
        padded = (1,) * (len(wide) - len(dims)) + dims
        if all(p == 1 or p == w for p, w in zip(padded, wide)) or None not in wide:
            axes = [i for i, (p, w) in enumerate(zip(padded, wide)) if p == 1 and w != 1]
            summed = reduce.reduce_sum(grad, axes) if axes else grad
            return array.reshape(summed, np.array(dims, np.int32))
    if dims is not None and other._dims == () :
        return grad
    axes, _ = build.apply("BroadcastGradientArgs", array.shape(x), array.shape(other))
    return array.reshape(reduce.reduce_sum(grad, axes), array.shape(x))


def _both(op, gx, gy):
    x, y = op.inputs
    return unbroadcast(gx, x, y), unbroadcast(gy, y, x)


@op_def.gradient("Add", "AddV2")
def _add_gradient(op, grad):
    return _both(op, grad, grad)


@op_def.gradient("Sub")
def _sub_gradient(op, grad):
    x, y = op.inputs
    return unbroadcast(grad, x, y), unbroadcast(negative(grad), y, x)


@op_def.gradient("Mul")
def _mul_gradient(op, grad):
    x, y = op.inputs
    return unbroadcast(multiply(grad, y), x, y), unbroadcast(multiply(x, grad), y, x)


@op_def.gradient("RealDiv")
def _realdiv_gradient(op, grad):
    x, y = op.inputs
    gx = build.apply("RealDiv", grad, y)
    gy = multiply(grad, build.apply("RealDiv", build.apply("RealDiv", negative(x), y), y))
    return unbroadcast(gx, x, y), unbroadcast(gy, y, x)


@op_def.gradient("Maximum")
def _maximum_gradient(op, grad):
    return _chosen(op, grad, build.apply("GreaterEqual", op.inputs[0], op.inputs[1]))


def _chosen(op, grad, first):
    x, y = op.inputs
    zeros = array.zeros_like(grad)
    gx = build.apply("Select", first, grad, zeros)
    gy = build.apply("Select", first, zeros, grad)
    return unbroadcast(gx, x, y), unbroadcast(gy, y, x)


@op_def.shape_rule("Select")
def _select_shape(op):
    return [shapes.merge(op.inputs[1]._dims, op.inputs[2]._dims)]


@op_def.gradient("Pow")
def _pow_gradient(op, grad):
    x, y = op.inputs
    z = op.outputs[0]
    one = build.constant(1, dtype=x.dtype.base_dtype)
    gx = multiply(multiply(grad, y), build.apply("Pow", x, subtract(y, one)))
    exponent = static_value.constant_value(y)
    if exponent is not None and y.op.type == "Const":
        return unbroadcast(gx, x, y), None
    positive = build.apply("Greater", x, build.constant(0, dtype=x.dtype.base_dtype))
    logarithm = build.apply("Select", positive, log(x), array.zeros_like(x))
    return unbroadcast(gx, x, y), unbroadcast(multiply(multiply(grad, z), logarithm), y, x)


# -- operators -----------------------------------------------------------------------------------------------------------


def _operator(slot, op_name, function):
    """Gives Tensor `x <op> y` and its reflected form."""

    def direct(x, y):
        with build.name_scope(None, op_name, [x, y]) as scope:
            if isinstance(y, tensor.Tensor):
                if x.dtype.base_dtype != y.dtype.base_dtype and not hasattr(y, "indices"):
                    y = build.convert_to_tensor(y, dtype=x.dtype.base_dtype, name="y")
                return function(x, y, name=scope)
            try:
                y = build.convert_to_tensor(y, dtype_hint=x.dtype.base_dtype, name="y")
            except TypeError:
                if hasattr(type(y), f"__r{slot}__"):
                    return NotImplemented
                raise
            return function(x, y, name=scope)

    def reflected(y, x):
        with build.name_scope(None, op_name, [x, y]) as scope:
            x = build.convert_to_tensor(x, dtype=y.dtype.base_dtype, name="x")
            return function(x, y, name=scope)

    setattr(tensor.Tensor, f"__{slot}__", direct)
    setattr(tensor.Tensor, f"__r{slot}__", reflected)


_operator("add", "add", lambda x, y, name: build.apply("AddV2", x, y, name=name))
_operator("sub", "sub", subtract)
_operator("mul", "mul", multiply)
_operator("truediv", "truediv", truediv)
_operator("pow", "pow", pow)
_operator("matmul", "matmul", matmul)
tensor.Tensor.__neg__ = negative
