"""Elementwise functions of one number: powers, exponentials, circular and hyperbolic functions, rounding, complex parts."""

from __future__ import annotations

from graphflow._graph import build, op_def, tensor
from graphflow._ops import array, dispatch, elementwise, math

# -- signs and rounding --------------------------------------------------------------------------------------------------


@elementwise.of_sparse("Neg")
@elementwise.unary("Neg")
def negative(x, name=None):
    """-x."""


@op_def.gradient("Neg")
def _negative_gradient(op, grad):
    return negative(grad)


@elementwise.of_sparse("Sign")
@elementwise.unary("Sign")
def sign(x, name=None):
    """-1, 0 or 1 as x is negative, zero or positive; x / |x| of a complex number."""


@op_def.gradient("Sign")
def _sign_gradient(op, grad):
    return array.zeros_like(op.inputs[0])


@elementwise.unary("Ceil")
def ceil(x, name=None):
    """The smallest whole number that is not below x."""


@elementwise.unary("Floor")
def floor(x, name=None):
    """The largest whole number that is not above x."""


@elementwise.unary("Rint")
def rint(x, name=None):
    """The nearest whole number; the even one of two."""


@dispatch.ragged("unary")
def round(x, name=None):
    """The nearest whole number, the even one of two; integers stay as they are."""
    x = build.convert_to_tensor(x, name="x")
    return x if x.dtype.is_integer else build.apply("Round", x, name=name)


op_def.shape_rule("Round")(elementwise.same_shape)


@op_def.gradient("Ceil", "Floor", "Rint", "Round")
def _steps_gradient(op, grad):
    return None


@elementwise.unary("IsNan")
def is_nan(x, name=None):
    """Where x is not a number."""


@elementwise.unary("IsInf")
def is_inf(x, name=None):
    """Where x is infinite."""


@elementwise.unary("IsFinite")
def is_finite(x, name=None):
    """Where x is neither infinite nor NaN."""


op_def.not_differentiable("IsNan", "IsInf", "IsFinite", because="its values are true or false")


# -- powers --------------------------------------------------------------------------------------------------------------


@elementwise.of_sparse("Square")
@elementwise.unary("Square")
def square(x, name=None):
    """x * x."""


@op_def.gradient("Square")
def _square_gradient(op, grad):
    x = conj(op.inputs[0])
    return math.multiply(grad, math.multiply(x, build.constant(2.0, dtype=x.dtype.base_dtype)))


@elementwise.of_sparse("Sqrt")
@elementwise.unary("Sqrt")
def sqrt(x, name=None):
    """The square root."""


@op_def.gradient("Sqrt")
def _sqrt_gradient(op, grad):
    return build.apply("SqrtGrad", op.outputs[0], grad)


@op_def.gradient("SqrtGrad")
def _sqrt_gradient_gradient(op, grad):
    y, through = op.inputs[0], build.apply("Xdivy", grad, op.inputs[0])
    return negative(build.apply("MulNoNan", op.outputs[0], conj(through))), _times(0.5, through, y)


@elementwise.unary("Rsqrt")
def rsqrt(x, name=None):
    """1 / sqrt(x)."""


@op_def.gradient("Rsqrt")
def _rsqrt_gradient(op, grad):
    return build.apply("RsqrtGrad", op.outputs[0], grad)


@op_def.gradient("RsqrtGrad")
def _rsqrt_gradient_gradient(op, grad):
    y, dy = op.inputs
    y = conj(y)
    return _times(-1.5, conj(grad), y) * dy * square(y), build.apply("RsqrtGrad", y, grad)


@elementwise.unary("Reciprocal")
def reciprocal(x, name=None):
    """1 / x."""


@op_def.gradient("Reciprocal", "Inv")
def _reciprocal_gradient(op, grad):
    return build.apply("ReciprocalGrad", op.outputs[0], grad)


@op_def.gradient("ReciprocalGrad", "InvGrad")
def _reciprocal_gradient_gradient(op, grad):
    y, dy = op.inputs
    y = conj(y)
    return _times(-2.0, conj(grad), y) * dy * y, build.apply("ReciprocalGrad", y, grad)


op_def.shape_rule("Inv")(elementwise.same_shape)
op_def.shape_rule("SqrtGrad", "RsqrtGrad", "ReciprocalGrad", "InvGrad", "SigmoidGrad", "TanhGrad")(
    elementwise.merged_shape
)


def _times(number, grad, like):
    return grad * build.constant(number, dtype=like.dtype.base_dtype)


# -- exponentials and logarithms -----------------------------------------------------------------------------------------


@elementwise.unary("Exp")
def exp(x, name=None):
    """e to the power x."""


@op_def.gradient("Exp")
def _exp_gradient(op, grad):
    return build.apply("MulNoNan", conj(op.outputs[0]), grad)


@elementwise.unary("Expm1")
def expm1(x, name=None):
    """exp(x) - 1, exact near 0."""


@op_def.gradient("Expm1")
def _expm1_gradient(op, grad):
    return build.apply("MulNoNan", exp(conj(op.inputs[0])), grad)


@elementwise.unary("Log")
def log(x, name=None):
    """The natural logarithm."""


@op_def.gradient("Log")
def _log_gradient(op, grad):
    return build.apply("Xdivy", grad, conj(op.inputs[0]))


@elementwise.unary("Log1p")
def log1p(x, name=None):
    """log(1 + x), exact near 0."""


@op_def.gradient("Log1p")
def _log1p_gradient(op, grad):
    return build.apply("Xdivy", grad, 1 + conj(op.inputs[0]))


@elementwise.unary("Sigmoid")
def sigmoid(x, name=None):
    """1 / (1 + exp(-x))."""


@op_def.gradient("Sigmoid")
def _sigmoid_gradient(op, grad):
    return build.apply("SigmoidGrad", conj(op.outputs[0]), grad)


@op_def.gradient("SigmoidGrad")
def _sigmoid_gradient_gradient(op, grad):
    y, dy = conj(op.inputs[0]), conj(op.inputs[1])
    both = grad * dy
    return both - 2.0 * both * y, build.apply("SigmoidGrad", y, grad)


@dispatch.ragged("unary")
def log_sigmoid(x, name=None):
    """log(sigmoid(x)) = -softplus(-x), without underflow."""
    with build.name_scope(name, "LogSigmoid", [x]) as scope:
        x = build.convert_to_tensor(x, name="x")
        return build.apply("Neg", build.apply("Softplus", negative(x)), name=scope)


# -- circular and hyperbolic functions -----------------------------------------------------------------------------------


@elementwise.unary("Sin")
def sin(x, name=None):
    """The sine."""


@op_def.gradient("Sin")
def _sin_gradient(op, grad):
    return grad * cos(conj(op.inputs[0]))


@elementwise.unary("Cos")
def cos(x, name=None):
    """The cosine."""


@op_def.gradient("Cos")
def _cos_gradient(op, grad):
    return negative(grad) * sin(conj(op.inputs[0]))


@elementwise.unary("Tan")
def tan(x, name=None):
    """The tangent."""


@op_def.gradient("Tan")
def _tan_gradient(op, grad):
    return build.apply("MulNoNan", square(reciprocal(cos(conj(op.inputs[0])))), grad)


@elementwise.unary("Asin")
def asin(x, name=None):
    """The angle in [-pi/2, pi/2] whose sine is x."""


@op_def.gradient("Asin")
def _asin_gradient(op, grad):
    return build.apply("Xdivy", grad, _side(op))


@elementwise.unary("Acos")
def acos(x, name=None):
    """The angle in [0, pi] whose cosine is x."""


@op_def.gradient("Acos")
def _acos_gradient(op, grad):
    return negative(build.apply("Xdivy", grad, _side(op)))


def _side(op):
    """sqrt(1 - x^2)."""
    x = conj(op.inputs[0])
    return sqrt(math.subtract(_one(x), square(x)))


def _one(like):
    return build.constant(1, dtype=like.dtype.base_dtype)


@elementwise.unary("Atan")
def atan(x, name=None):
    """The angle in [-pi/2, pi/2] whose tangent is x."""


@op_def.gradient("Atan")
def _atan_gradient(op, grad):
    x = conj(op.inputs[0])
    return grad * reciprocal(math.add(_one(x), square(x)))


@elementwise.unary("Sinh")
def sinh(x, name=None):
    """The hyperbolic sine."""


@op_def.gradient("Sinh")
def _sinh_gradient(op, grad):
    return grad * cosh(conj(op.inputs[0]))


@elementwise.unary("Cosh")
def cosh(x, name=None):
    """The hyperbolic cosine."""


@op_def.gradient("Cosh")
def _cosh_gradient(op, grad):
    return grad * sinh(conj(op.inputs[0]))


@elementwise.of_sparse("Tanh")
@elementwise.unary("Tanh")
def tanh(x, name=None):
    """The hyperbolic tangent."""


@op_def.gradient("Tanh")
def _tanh_gradient(op, grad):
    return build.apply("TanhGrad", conj(op.outputs[0]), grad)


@op_def.gradient("TanhGrad")
def _tanh_gradient_gradient(op, grad):
    y, dy = conj(op.inputs[0]), conj(op.inputs[1])
    return _times(-2.0, grad, y) * dy * y, build.apply("TanhGrad", y, grad)


@elementwise.unary("Asinh")
def asinh(x, name=None):
    """The inverse of sinh."""


@op_def.gradient("Asinh")
def _asinh_gradient(op, grad):
    return grad / cosh(conj(op.outputs[0]))


@elementwise.unary("Acosh")
def acosh(x, name=None):
    """The inverse of cosh on [1, inf)."""


@op_def.gradient("Acosh")
def _acosh_gradient(op, grad):
    return build.apply("Xdivy", grad, sinh(conj(op.outputs[0])))


@elementwise.unary("Atanh")
def atanh(x, name=None):
    """The inverse of tanh on (-1, 1)."""


@op_def.gradient("Atanh")
def _atanh_gradient(op, grad):
    x = conj(op.inputs[0])
    return grad * reciprocal(math.subtract(_one(x), square(x)))


# -- absolute values and complex numbers ---------------------------------------------------------------------------------


@dispatch.ragged("unary")
@elementwise.of_sparse("Abs")
def abs(x, name=None):
    """|x|; of a complex number its length, a real tensor."""
    with build.name_scope(name, "Abs", [x]) as scope:
        x = build.convert_to_tensor(x, name="x")
        if x.dtype.is_complex:
            return build.apply("ComplexAbs", x, Tout=x.dtype.real_dtype, name=scope)
        return build.apply("Abs", x, name=scope)


@op_def.gradient("Abs")
def _abs_gradient(op, grad):
    return grad * sign(op.inputs[0])


@op_def.gradient("ComplexAbs")
def _complex_abs_gradient(op, grad):
    length = op.outputs[0]
    direction = complex(grad, array.zeros_like(grad)) * op.inputs[0]
    return build.apply("DivNoNan", direction, complex(length, array.zeros_like(length)))


@dispatch.ragged("binary")
def complex(real, imag, name=None):
    """real + i imag, of two float32 or two float64 tensors.

    Raises:
        TypeError: the parts are of other types.
    """
    real = build.convert_to_tensor(real, name="real")
    imag = build.convert_to_tensor(imag, name="imag")
    with build.name_scope(name, "Complex", [real, imag]) as scope:
        names = real.dtype.base_dtype.name, imag.dtype.base_dtype.name
        made = {("float32", "float32"): "complex64", ("float64", "float64"): "complex128"}.get(names)
        if made is None:
            raise TypeError(f"real and imag have incorrect types: {names[0]} {names[1]}")
        return build.apply("Complex", real, imag, Tout=made, name=scope)


op_def.shape_rule("Complex")(elementwise.broadcast_shape)
op_def.shape_rule("Abs", "ComplexAbs", "Real", "Imag", "Conj", "Angle")(elementwise.same_shape)


@op_def.gradient("Complex")
def _complex_gradient(op, grad):
    x, y = op.inputs
    return math.unbroadcast(real(grad), x, y), math.unbroadcast(imag(grad), y, x)


@dispatch.ragged("unary")
def real(input, name=None):
    """The real part; a real tensor stays itself."""
    with build.name_scope(name, "Real", [input]) as scope:
        input = build.convert_to_tensor(input, name="input")
        if not input.dtype.is_complex:
            return input
        return build.apply("Real", input, Tout=input.dtype.real_dtype, name=scope)


@op_def.gradient("Real")
def _real_gradient(op, grad):
    return complex(grad, build.constant(0, dtype=grad.dtype.base_dtype))


@dispatch.ragged("unary")
def imag(input, name=None):
    """The imaginary part; zeros for a real tensor."""
    return _part("Imag", input, name)


@op_def.gradient("Imag")
def _imag_gradient(op, grad):
    return complex(build.constant(0, dtype=grad.dtype.base_dtype), grad)


@dispatch.ragged("unary")
def angle(input, name=None):
    """The angle of a complex number in (-pi, pi]; zeros for a real tensor."""
    return _part("Angle", input, name)


def _part(op_type, input, name):
    with build.name_scope(name, op_type, [input]) as scope:
        input = build.convert_to_tensor(input, name="input")
        if not input.dtype.is_complex:
            return array.zeros_like(input)
        return build.apply(op_type, input, Tout=input.dtype.real_dtype, name=scope)


@op_def.gradient("Angle")
def _angle_gradient(op, grad):
    x = op.inputs[0]
    turned = reciprocal(complex(imag(x), real(x)))
    return negative(complex(grad, build.constant(0, dtype=grad.dtype.base_dtype))) * turned


@dispatch.ragged("unary")
def conj(x, name=None):
    """The complex conjugate; a real tensor stays itself.

    Raises:
        TypeError: the elements are no numbers.
    """
    if isinstance(x, tensor.Tensor) and (x.dtype.is_floating or x.dtype.is_integer):
        return x
    with build.name_scope(name, "Conj", [x]) as scope:
        x = build.convert_to_tensor(x, name="x")
        if x.dtype.is_complex or x.dtype.base_dtype.name == "variant":
            return build.apply("Conj", x, name=scope)
        if not (x.dtype.is_floating or x.dtype.is_integer):
            raise TypeError(f"Expected numeric or variant tensor, got dtype {x.dtype!r}")
        return x


@op_def.gradient("Conj")
def _conj_gradient(op, grad):
    return conj(grad)
