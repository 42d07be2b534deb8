"""Special functions: angles of points, products that know zero; the error, gamma, beta, zeta and Bessel functions."""

from __future__ import annotations

import numpy as np

from graphflow._graph import build, op_def
from graphflow._ops import array, compare, dispatch, elementwise, math, reduce, unary


def _no_nan(partial, grad):
    """`partial * grad`, and 0 where no gradient arrives, even if `partial` is infinite."""
    return build.apply("MulNoNan", partial, grad)


# -- angles, products that know zero, neighbours ------------------------------------------------------------------------


op_def.shape_rule("Atan2", "Xdivy", "Xlogy", "NextAfter")(elementwise.broadcast_shape)


@dispatch.ragged("binary")
def atan2(y, x, name=None):
    """The angle of the point (x, y) in (-pi, pi]."""
    return build.apply("Atan2", y, x, name=name)


@op_def.gradient("Atan2")
def _atan2_gradient(op, grad):
    y, x = op.inputs
    scaled = build.apply("Xdivy", grad, unary.square(x) + unary.square(y))
    return math.unbroadcast(x * scaled, y, x), math.unbroadcast(unary.negative(y) * scaled, x, y)


def xdivy(x, y, name=None):
    """x / y, and 0 where x is 0, whatever y is."""
    return build.apply("Xdivy", x, y, name=name)


@op_def.gradient("Xdivy")
def _xdivy_gradient(op, grad):
    x, y = op.inputs
    gx, gy = build.apply("Xdivy", _not_zero(x), y), build.apply("Xdivy", unary.negative(x), unary.square(y))
    return math.unbroadcast(gx * grad, x, y), math.unbroadcast(gy * grad, y, x)


def xlogy(x, y, name=None):
    """x * log(y), and 0 where x is 0, whatever y is."""
    return build.apply("Xlogy", x, y, name=name)


@op_def.gradient("Xlogy")
def _xlogy_gradient(op, grad):
    x, y = op.inputs
    gx, gy = build.apply("Xlogy", _not_zero(x), y), build.apply("Xdivy", x, y)
    return math.unbroadcast(gx * grad, x, y), math.unbroadcast(gy * grad, y, x)


def _not_zero(x):
    return math.cast(compare.not_equal(x, math.cast(0.0, x.dtype.base_dtype)), x.dtype.base_dtype)


def nextafter(x1, x2, name=None):
    """The next representable number after x1 in the direction of x2."""
    return build.apply("NextAfter", x1, x2, name=name)


@op_def.gradient("NextAfter")
def _nextafter_gradient(op, grad):
    x1, x2 = op.inputs
    return math.unbroadcast(grad, x1, x2), array.zeros_like(x2)


# -- the error function --------------------------------------------------------------------------------------------------


@elementwise.of_sparse("Erf")
@elementwise.unary("Erf")
def erf(x, name=None):
    """The error function: 2/sqrt(pi) times the integral of exp(-t^2) from 0 to x."""


@elementwise.unary("Erfc")
def erfc(x, name=None):
    """1 - erf(x), exact for large x."""


@op_def.gradient("Erf", "Erfc")
def _erf_gradient(op, grad):
    x, sign = op.inputs[0], 1 if op.type == "Erf" else -1
    factor = build.constant(sign * 2 / np.sqrt(np.pi), dtype=x.dtype.base_dtype)
    return grad * factor * unary.exp(unary.negative(unary.square(x)))


# -- gamma and its kin ---------------------------------------------------------------------------------------------------


@elementwise.unary("Lgamma")
def lgamma(x, name=None):
    """log |gamma(x)|."""


@op_def.gradient("Lgamma")
def _lgamma_gradient(op, grad):
    return _no_nan(digamma(op.inputs[0]), grad)


@elementwise.unary("Digamma")
def digamma(x, name=None):
    """The derivative of `lgamma`."""


@op_def.gradient("Digamma")
def _digamma_gradient(op, grad):
    x = op.inputs[0]
    return _no_nan(polygamma(build.constant(1, dtype=x.dtype.base_dtype), x), grad)


op_def.shape_rule("Polygamma", "Igamma", "Igammac", "IgammaGradA", "Zeta", "Betainc")(elementwise.broadcast_shape)


def polygamma(a, x, name=None):
    """The derivative of order `a` (a whole number) of `digamma` at x."""
    return build.apply("Polygamma", a, x, name=name)


@op_def.gradient("Polygamma")
def _polygamma_gradient(op, grad):
    n, x = op.inputs
    return None, math.unbroadcast(_no_nan(polygamma(n + 1, x), grad), x, n)


def zeta(x, q, name=None):
    """Hurwitz' zeta function: the sum of (q + n)^-x over n = 0, 1, ..."""
    return build.apply("Zeta", x, q, name=name)


@op_def.gradient("Zeta")
def _zeta_gradient(op, grad):
    x, q = op.inputs
    return None, math.unbroadcast(_no_nan(unary.negative(x) * zeta(x + 1, q), grad), q, x)


def igamma(a, x, name=None):
    """The lower incomplete gamma function of `a` at x, divided by gamma(a)."""
    return build.apply("Igamma", a, x, name=name)


def igammac(a, x, name=None):
    """1 - igamma(a, x), exact where it is small."""
    return build.apply("Igammac", a, x, name=name)


@op_def.gradient("Igamma", "Igammac")
def _igamma_gradient(op, grad):
    a, x = op.inputs
    grad = grad if op.type == "Igamma" else unary.negative(grad)
    partial_x = unary.exp(unary.negative(x) + (a - 1) * unary.log(x) - lgamma(a))
    partial_a = build.apply("IgammaGradA", a, x)
    return math.unbroadcast(_no_nan(partial_a, grad), a, x), math.unbroadcast(_no_nan(partial_x, grad), x, a)


def betainc(a, b, x, name=None):
    """The regularised incomplete beta function of `a` and `b` at x; its gradient is that of x alone."""
    return build.apply("Betainc", a, b, x, name=name)


@op_def.gradient("Betainc")
def _betainc_gradient(op, grad):
    a, b, x = op.inputs
    log_beta = lgamma(a) + lgamma(b) - lgamma(a + b)
    partial = unary.exp((b - 1) * unary.log(1 - x) + (a - 1) * unary.log(x) - log_beta)
    return None, None, math.unbroadcast(_no_nan(partial, grad), x, a)


def lbeta(x, name=None):
    """log |beta(x)|, over the last axis: sum(lgamma(x)) - lgamma(sum(x))."""
    with build.name_scope(name, "lbeta", [x]):
        x = build.convert_to_tensor(x, name="x")
        parts, total = reduce.reduce_sum(lgamma(x), axis=[-1]), reduce.reduce_sum(x, axis=[-1])
        return parts - lgamma(total)


# -- Bessel functions ----------------------------------------------------------------------------------------------------


@elementwise.unary("BesselI0e")
def bessel_i0e(x, name=None):
    """exp(-|x|) times the modified Bessel function of order 0."""


@op_def.gradient("BesselI0e")
def _bessel_i0e_gradient(op, grad):
    x = op.inputs[0]
    return _no_nan(bessel_i1e(x) - unary.sign(x) * op.outputs[0], grad)


@elementwise.unary("BesselI1e")
def bessel_i1e(x, name=None):
    """exp(-|x|) times the modified Bessel function of order 1."""


@op_def.gradient("BesselI1e")
def _bessel_i1e_gradient(op, grad):
    x = op.inputs[0]
    zeros, tiny = array.zeros_like(x), np.finfo(x.dtype.as_numpy_dtype).eps
    large = compare.greater(unary.abs(x), tiny)
    safe = build.apply("Select", large, x, tiny + zeros)
    partial = bessel_i0e(safe) - op.outputs[0] * (unary.sign(safe) + unary.reciprocal(safe))
    return _no_nan(build.apply("Select", large, partial, 0.5 + zeros), grad)


def bessel_i0(x, name=None):
    """The modified Bessel function of order 0."""
    with build.name_scope(name, "bessel_i0", [x]):
        return unary.exp(unary.abs(x)) * bessel_i0e(x)


def bessel_i1(x, name=None):
    """The modified Bessel function of order 1."""
    with build.name_scope(name, "bessel_i1", [x]):
        return unary.exp(unary.abs(x)) * bessel_i1e(x)
