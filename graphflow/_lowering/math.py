"""Rules of `_ops/math.py`, `_ops/unary.py`, `_ops/compare.py` and `_ops/matmul.py`."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from graphflow._graph import static_value
from graphflow._lowering import rule

_LARGEST_POWER = 32  # whole exponents up to this become products


def folding(function):
    """A row for `function(np_, *inputs)`, `np_` being numpy or jax.numpy."""

    def emit(ctx, op, *inputs):
        with np.errstate(all="ignore"):
            return function(rule.xp(*inputs), *inputs)

    return rule.Compiled(emit, folds=True)


def _both(on_numpy, on_jax):
    """A row for two functions of the inputs alone."""

    def emit(ctx, op, *inputs):
        if not rule.is_plain(*inputs):
            return on_jax(*inputs)
        with np.errstate(all="ignore"):
            return on_numpy(*inputs)

    return rule.Compiled(emit, folds=True)


def _same_name(**names):
    """Rows for functions that numpy and jax.numpy have under one name."""
    return {op_type: rule.Compiled(rule.elementwise(name), folds=True) for op_type, name in names.items()}


def is_integer(x):
    """Whether an array holds integers."""
    return np.dtype(x.dtype).kind in "iu"


# -- arithmetic ----------------------------------------------------------------------------------------------------------


def _add(np_, x, y):
    return np.asarray(np.add(x, y), object) if x.dtype == np.object_ else np_.add(x, y)


def _quotient(np_, x, y):
    """x / y; of scalars to the last bit, for learning rates that change when step / steps reaches a whole number.

    XLA multiplies by the reciprocal of a divisor that it knows: 49 / 49 is then less than 1.
    """
    if np_ is jnp and x.ndim == y.ndim == 0:
        y = lax.optimization_barrier(y)
    return np_.true_divide(x, y)


def _div(np_, x, y):
    return truncated(np_, x, y) if is_integer(x) else _quotient(np_, x, y)


def _floor_div(np_, x, y):
    return np_.floor_divide(x, y) if is_integer(x) else np_.floor(_quotient(np_, x, y))


def truncated(np_, x, y):
    """x / y of integers, rounded towards zero."""
    if np_ is jnp:
        return lax.div(*jnp.broadcast_arrays(x, y))
    down = np.floor_divide(x, y)
    return (down + ((down < 0) & (down * y != x))).astype(x.dtype)


def _guarded_division(function):
    """A row that fails on an integer division by zero; without a guard where the divisor is a known number."""
    plain = folding(function)

    def emit(ctx, op, x, y):
        if 0 not in np.broadcast_shapes(np.shape(x), np.shape(y)):  # of nothing, nothing is divided
            ctx.guard((y == 0).any(), op, "Integer division by zero")
        return plain.emit(ctx, op, x, y)

    guarded = rule.Compiled(emit, folds=True, guards=True)

    def choose(op):
        divisor = op.inputs[1]
        if not divisor.dtype.is_integer:
            return plain
        known = static_value.constant_value(divisor) if divisor.op.type == "Const" else None
        return guarded if known is None or not np.all(known) else plain

    return rule.PerOp(choose)


def _pow(ctx, op, x, y):
    if rule.is_plain(x, y):
        with np.errstate(all="ignore"):
            return np.power(x, y)
    if (
        rule.is_plain(y)
        and np.ndim(y) == 0
        and y.dtype.kind in "iuf"
        and float(y).is_integer()
        and abs(y) <= _LARGEST_POWER
    ):
        return lax.integer_pow(x, int(y))
    if is_integer(x) or rule.is_plain(y):
        return jnp.power(x, y)
    smooth = x != 0 if jnp.iscomplexobj(x) else x > 0  # elsewhere the exponent gets no gradient, as in TensorFlow
    return jnp.power(x, jnp.where(smooth, y, lax.stop_gradient(y)))


def _guarded_pow(ctx, op, x, y):
    ctx.guard((y < 0).any(), op, "Integers to negative integer powers are not allowed")
    return _pow(ctx, op, x, rule.xp(y).maximum(y, 0))


def _choose_pow(op):
    exponent = op.inputs[1]
    if not exponent.dtype.is_integer:
        return rule.Compiled(_pow, folds=True)
    known = static_value.constant_value(exponent) if exponent.op.type == "Const" else None
    safe = known is not None and np.all(known >= 0)
    return rule.Compiled(_pow, folds=True) if safe else rule.Compiled(_guarded_pow, folds=True, guards=True)


def _no_nan(function):
    """`function` of x and y where `y` is not 0, and 0 where it is; the derivative knows no infinity either."""

    def emit(np_, x, y):
        zero = y == 0
        return np_.where(zero, np_.zeros((), x.dtype), function(np_, x, np_.where(zero, np_.ones((), y.dtype), y)))

    return folding(emit)


def _times_no_nan(np_, x, y):
    return np_.where((y == 0) & ~np_.isfinite(x), np_.zeros((), x.dtype), x) * y


def _where_x(function):
    """`function` of x and y where x is not 0, and 0 where it is, whatever y is."""

    def emit(np_, x, y):
        zero = x == 0
        return np_.where(zero, np_.zeros((), x.dtype), function(np_, x, np_.where(zero, np_.ones((), y.dtype), y)))

    return folding(emit)


def _of_conjugate(function):
    """A row for the gradient of a function, `function(y, dy)` of the conjugate of its result."""
    return folding(lambda np_, y, dy: function(np_.conj(y), dy))


def _reciprocal(np_, x):
    return truncated(np_, np_.ones_like(x), x) if is_integer(x) else 1 / x


_ARITHMETIC = {
    "Add": folding(_add),
    "AddV2": folding(_add),
    "RealDiv": folding(_quotient),
    **_same_name(
        Sub="subtract", Mul="multiply", Neg="negative", Square="square", Atan2="arctan2", NextAfter="nextafter"
    ),
    "AddN": folding(lambda np_, first, *others: sum(others, first)),
    "AccumulateNV2": folding(lambda np_, first, *others: sum(others, first)),
    "SquaredDifference": folding(lambda np_, x, y: np_.square(x - y)),
    "Div": _guarded_division(_div),
    "FloorDiv": _guarded_division(_floor_div),
    "FloorMod": _guarded_division(lambda np_, x, y: np_.mod(x, y)),
    "TruncateDiv": _guarded_division(_div),
    "TruncateMod": _guarded_division(lambda np_, x, y: np_.fmod(x, y)),
    "Mod": _guarded_division(lambda np_, x, y: np_.fmod(x, y)),
    "DivNoNan": _no_nan(lambda np_, x, y: x / y),
    "MulNoNan": folding(_times_no_nan),
    "Xdivy": _where_x(lambda np_, x, y: x / y),
    "Xlogy": _where_x(lambda np_, x, y: x * np_.log(y)),
    "Pow": rule.PerOp(_choose_pow),
    # Written so that the derivative of a tie goes to x, as TensorFlow's does.
    "Maximum": folding(lambda np_, x, y: np_.where(x < y, y, x)),
    "Minimum": folding(lambda np_, x, y: np_.where(y < x, y, x)),
    "Inv": folding(_reciprocal),
    "Reciprocal": folding(_reciprocal),
    "InvGrad": _of_conjugate(lambda y, dy: -dy * y * y),
    "ReciprocalGrad": _of_conjugate(lambda y, dy: -dy * y * y),
    "SqrtGrad": _of_conjugate(lambda y, dy: dy * np.asarray(0.5, y.dtype) / y),
    "RsqrtGrad": _of_conjugate(lambda y, dy: dy * np.asarray(-0.5, y.dtype) * y * y * y),
    "SigmoidGrad": folding(lambda np_, y, dy: dy * y * (1 - y)),
    "TanhGrad": folding(lambda np_, y, dy: dy * (1 - y * y)),
}

# -- functions of one number ---------------------------------------------------------------------------------------------


def _sign(np_, x):
    """Of NaN it is 0, as in TensorFlow."""
    if np.dtype(x.dtype).kind == "c":
        return np_.sign(x)
    return (x > 0).astype(x.dtype) - (x < 0).astype(x.dtype)


@jax.custom_jvp
def _abs(x):
    return jnp.abs(x)


_abs.defjvps(
    lambda tangent, out, x: tangent * _sign(jnp, x)
)  # 0 at 0, as in TensorFlow; JAX takes the slope from the right


def _sigmoid_of_array(x):
    return (1 / (1 + np.exp(-x))).astype(x.dtype)


def _complex(np_, real, imag):
    return real + 1j * imag if np_ is np else lax.complex(*jnp.broadcast_arrays(real, imag))


_UNARY = {
    **_same_name(
        ComplexAbs="abs", Sign="sign", Ceil="ceil", Floor="floor", Rint="rint", Round="round", IsNan="isnan",
        IsInf="isinf", IsFinite="isfinite", Sqrt="sqrt", Exp="exp", Expm1="expm1", Log="log", Log1p="log1p", Sin="sin",
        Cos="cos", Tan="tan", Asin="arcsin", Acos="arccos", Atan="arctan", Sinh="sinh", Cosh="cosh", Tanh="tanh",
        Asinh="arcsinh", Acosh="arccosh", Atanh="arctanh", Real="real", Imag="imag", Conj="conj", Angle="angle",
    ),
    "Sign": folding(_sign),
    "Abs": folding(lambda np_, x: np.abs(x) if np_ is np else _abs(x)),
    "Rsqrt": _both(lambda x: np.asarray(1, x.dtype) / np.sqrt(x), lax.rsqrt),
    "Sigmoid": _both(_sigmoid_of_array, jax.nn.sigmoid),
    "Complex": folding(_complex),
}  # fmt: skip

# -- comparisons, logic, bits --------------------------------------------------------------------------------------------


def _equality(function_name):
    def emit(ctx, op, x, y):
        if not op.attrs["incompatible_shape_error"]:
            try:
                np.broadcast_shapes(np.shape(x), np.shape(y))
            except ValueError:
                return np.asarray(function_name == "not_equal")
        if x.dtype == np.object_:
            return np.asarray(getattr(np, function_name)(x, y), np.bool_)
        return getattr(rule.xp(x, y), function_name)(x, y)

    return rule.Compiled(emit, folds=True)


def _approximate(ctx, op, x, y):
    np_ = rule.xp(x, y)
    difference = np_.abs(np_.where(x < y, y - x, x - y) if is_integer(x) else x - y)
    return difference < np.asarray(op.attrs["tolerance"], difference.dtype)


def _shifted(function_name):
    """Shifts by as many bits as there are, or more, or by negative counts, are cut to the widest that is defined."""

    def emit(np_, x, y):
        bits = x.dtype.itemsize * 8
        return getattr(np_, function_name)(x, np_.clip(y, 0, np.asarray(bits - 1, y.dtype)))

    return folding(emit)


def _population_count(ctx, op, x):
    return np.bitwise_count(_bits(np, x)) if rule.is_plain(x) else lax.population_count(_bits(jnp, x)).astype(jnp.uint8)


def _bits(np_, x):
    return x.view(np.dtype(f"u{x.dtype.itemsize}"))


_COMPARISONS = {
    **_same_name(
        Less="less", LessEqual="less_equal", Greater="greater", GreaterEqual="greater_equal", LogicalAnd="logical_and",
        LogicalOr="logical_or", LogicalNot="logical_not", BitwiseAnd="bitwise_and", BitwiseOr="bitwise_or",
        BitwiseXor="bitwise_xor", Invert="bitwise_not",
    ),
    "Equal": _equality("equal"),
    "NotEqual": _equality("not_equal"),
    "ApproximateEqual": rule.Compiled(_approximate, folds=True),
    "LeftShift": _shifted("left_shift"),
    "RightShift": _shifted("right_shift"),
    "PopulationCount": rule.Compiled(_population_count, folds=True),
}  # fmt: skip

# -- element types, rows of numbers --------------------------------------------------------------------------------------


def _cast(ctx, op, x):
    wanted = np.dtype(op.attrs["DstT"].as_numpy_dtype)
    np_ = rule.xp(x)
    if x.dtype == wanted:
        return x
    if np.dtype(x.dtype).kind == "c" and wanted.kind not in "cb":
        x = np_.real(x)
    if _is_floating(x.dtype) and wanted.kind in "iu" and wanted.itemsize < 8:
        # the hardware's way, which TensorFlow's is: cut to a wide integer, then wrap
        x = x.astype(np.int64 if wanted == np.uint32 else np.int32)
    with np.errstate(all="ignore"):
        return x.astype(wanted)


def _is_floating(dtype):
    return jnp.issubdtype(dtype, np.floating)


def _range(ctx, op, start, limit, delta):
    if is_integer(start):
        return np.arange(start.item(), limit.item(), delta.item(), dtype=start.dtype)
    steps = np.full(max(int(np.ceil((limit.item() - start.item()) / delta.item())), 0), delta, start.dtype)
    steps[:1] = start
    return np.cumsum(steps, dtype=start.dtype)  # one rounding after the other, as TensorFlow counts


def _linspace(ctx, op, start, stop, num):
    np_ = rule.xp(start, stop)
    steps = max(int(num) - 1, 1)
    row = start + np_.arange(int(num)).astype(start.dtype) * ((stop - start) / np.asarray(steps, start.dtype))
    row = row.astype(start.dtype)
    if num <= 1:
        return row
    return np_.concatenate([row[:-1], np_.reshape(stop, (1,))])


# -- products of matrices ------------------------------------------------------------------------------------------------


def _matmul(ctx, op, a, b):
    a = a.T if op.attrs["transpose_a"] else a
    b = b.T if op.attrs["transpose_b"] else b
    return rule.xp(a, b).matmul(a, b)


def _sparse_matmul(ctx, op, a, b):
    return _matmul(ctx, op, a.astype(np.float32), b.astype(np.float32))


def _batch_matmul(ctx, op, a, b):
    np_ = rule.xp(a, b)
    a = np_.conj(np_.swapaxes(a, -1, -2)) if op.attrs["adj_x"] else a
    b = np_.conj(np_.swapaxes(b, -1, -2)) if op.attrs["adj_y"] else b
    return np_.matmul(a, b)


_REST = {
    "Cast": rule.Compiled(_cast, folds=True),
    "Range": rule.Compiled(_range, static=(0, 1, 2), folds=True),
    "LinSpace": rule.Compiled(_linspace, static=(2,), folds=True),
    "MatMul": rule.Compiled(_matmul, folds=True),
    "SparseMatMul": rule.Compiled(_sparse_matmul, folds=True),
    "BatchMatMul": rule.Compiled(_batch_matmul, folds=True),
    "BatchMatMulV2": rule.Compiled(_batch_matmul, folds=True),
    "Cross": rule.Compiled(lambda ctx, op, a, b: rule.xp(a, b).cross(a, b), folds=True),
}

RULES = {**_ARITHMETIC, **_UNARY, **_COMPARISONS, **_REST}
