"""Normal distributions: of a number, and of a vector with independent components."""

from __future__ import annotations

import math as python_math

import numpy as np

from graphflow._core import dtypes
from graphflow._graph import build
from graphflow._graph import graph as graph_lib
from graphflow._layers.distributions import distribution
from graphflow._ops import array, asserts, checks, choosing, compare, math, random, rearrange, reduce, special, unary

_LOG_2PI = python_math.log(2.0 * python_math.pi)
# Where log(ndtr(x)) is computed by another formula: below by a series, above by -ndtr(-x).
_BOUNDS = {dtypes.float32: (-10.0, 5.0), dtypes.float64: (-20.0, 8.0)}


def positive(values, wanted):
    """A context in which parameters, where they are to be checked, are positive."""
    checked = [asserts.assert_positive(value) for value in values] if wanted else []
    return graph_lib.get_default_graph().control_dependencies(checked)


def ndtr(x):
    """The probability of a standard normal draw up to x."""
    with build.name_scope("ndtr", None, [x]):
        return _ndtr(x)


def _ndtr(x):
    half = build.constant(0.5 * np.sqrt(2.0), dtype=x.dtype, name="half_sqrt_2")
    w = x * half
    z = unary.abs(w)
    is_near, near, is_above = compare.less(z, half), 1.0 + special.erf(w), compare.greater(w, 0.0)
    far = choosing.where_v2(is_above, 2.0 - special.erfc(z), special.erfc(z))
    return 0.5 * choosing.where_v2(is_near, near, far)


def log_ndtr(x):
    """log(ndtr(x)), also where ndtr(x) is too small for a float."""
    lower, upper = _BOUNDS[x.dtype]
    with build.name_scope("log_ndtr", None, [x]):
        is_high, high = compare.greater(x, upper), -_ndtr(-x)
        is_inner, inner = compare.greater(x, lower), unary.log(_ndtr(math.maximum(x, lower)))
        outer = _log_ndtr_series(math.minimum(x, lower))
        return choosing.where_v2(is_high, high, choosing.where_v2(is_inner, inner, outer))


def _log_ndtr_series(x):
    """The first terms of an asymptotic series."""
    square = unary.square(x)
    series = 1.0 - 1.0 / square + 3.0 / square**2 - 15.0 / square**3
    return -0.5 * square - unary.log(-x) - 0.5 * np.log(2.0 * np.pi) + unary.log(series)


class Normal(distribution.Distribution):
    """The normal distribution of mean `loc` and standard deviation `scale`."""

    def __init__(self, loc, scale, validate_args=False, allow_nan_stats=True, name="Normal"):
        parameters = dict(locals())
        with build.name_scope(name, None, [loc, scale]) as name:
            with positive([scale], validate_args):
                self._loc, self._scale = array.identity(loc, name="loc"), array.identity(scale, name="scale")
                checks.assert_same_float_dtype([self._loc, self._scale])
        super().__init__(
            self._scale.dtype, distribution.FULLY_REPARAMETERIZED, validate_args, allow_nan_stats, parameters,
            [self._loc, self._scale], name,
        )  # fmt: skip

    @property
    def loc(self):
        """The mean."""
        return self._loc

    @property
    def scale(self):
        """The standard deviation."""
        return self._scale

    def _batch_shape_tensor(self):
        return rearrange.broadcast_dynamic_shape(array.shape(self.loc), array.shape(self.scale))

    def _batch_shape(self):
        return rearrange.broadcast_static_shape(self.loc.get_shape(), self.scale.get_shape())

    def _sample_n(self, n, seed=None):
        shape = array.concat([[n], self.batch_shape_tensor()], 0)
        drawn = random.random_normal(shape=shape, mean=0.0, stddev=1.0, dtype=self.loc.dtype, seed=seed)
        return drawn * self.scale + self.loc

    def _log_prob(self, x):
        unnormalized = -0.5 * unary.square(self._z(x))
        return unnormalized - (0.5 * _LOG_2PI + unary.log(self.scale))

    def _log_cdf(self, x):
        return log_ndtr(self._z(x))

    def _cdf(self, x):
        return ndtr(self._z(x))

    def _log_survival_function(self, x):
        return log_ndtr(-self._z(x))

    def _survival_function(self, x):
        return ndtr(-self._z(x))

    def _entropy(self):
        scale = self.scale * array.ones_like(self.loc)
        return 0.5 * python_math.log(2.0 * python_math.pi * python_math.e) + unary.log(scale)

    def _mean(self):
        return self.loc * array.ones_like(self.scale)

    def _stddev(self):
        return self.scale * array.ones_like(self.loc)

    def _mode(self):
        return self._mean()

    def _z(self, x):
        with build.name_scope("standardize", None, [x]):
            return (x - self.loc) / self.scale


@distribution.RegisterKL(Normal, Normal)
def _normal_to_normal(a, b, name=None):
    with build.name_scope(name, "kl_normal_normal", [a.loc, b.loc]):
        one, two, half = (build.constant(number, dtype=a.dtype) for number in (1, 2, 0.5))
        variance_a, variance_b = unary.square(a.scale), unary.square(b.scale)
        ratio = variance_a / variance_b
        return math.squared_difference(a.loc, b.loc) / (two * variance_b) + half * (ratio - one - unary.log(ratio))


class MultivariateNormalDiag(distribution.VectorDistribution):
    """A normal distribution of vectors whose components are independent.

    Args:
        loc: the mean `[..., k]`, 0 where None.
        scale_diag: the standard deviations `[..., k]`, 1 where None.
        scale_identity_multiplier: one factor `[...]` added to all of them.

    Raises:
        ValueError: none of them is given.
    """

    def __init__(
        self, loc=None, scale_diag=None, scale_identity_multiplier=None, validate_args=False, allow_nan_stats=True,
        name="MultivariateNormalDiag",
    ):  # fmt: skip
        parameters = dict(locals())
        if loc is None and scale_diag is None:
            raise ValueError("Must specify one of `loc` or `scale_diag`: they tell the size of the vectors")
        with build.name_scope(name, None, [loc, scale_diag, scale_identity_multiplier]) as name:
            scale = None if scale_diag is None else build.convert_to_tensor(scale_diag, name="scale_diag")
            loc = array.zeros_like(scale) if loc is None else build.convert_to_tensor(loc, name="loc")
            if scale_identity_multiplier is not None:
                factor = array.expand_dims(build.convert_to_tensor(scale_identity_multiplier, dtype=loc.dtype), -1)
                scale = factor * array.ones_like(loc) if scale is None else scale + factor
            scale = array.ones_like(loc) if scale is None else scale
            with positive([scale], validate_args):
                self._scale = scale * array.ones_like(loc)
                self._loc = loc * array.ones_like(scale)
        super().__init__(
            self._loc.dtype, distribution.FULLY_REPARAMETERIZED, validate_args, allow_nan_stats, parameters,
            [self._loc, self._scale], name,
        )  # fmt: skip

    @property
    def loc(self):
        """The mean."""
        return self._loc

    @property
    def scale_diag(self):
        """The standard deviations."""
        return self._scale

    _like = property(lambda self: self._loc)

    def _sample_n(self, n, seed=None):
        shape = array.concat([[n], array.shape(self._loc)], 0)
        return random.random_normal(shape, dtype=self.dtype, seed=seed) * self._scale + self._loc

    def _log_prob(self, x):
        z = (x - self._loc) / self._scale
        return reduce.reduce_sum(-0.5 * unary.square(z) - 0.5 * _LOG_2PI - unary.log(self._scale), -1)

    def _entropy(self):
        return reduce.reduce_sum(0.5 * (_LOG_2PI + 1.0) + unary.log(self._scale), -1)

    def _mean(self):
        return array.identity(self._loc)

    def _stddev(self):
        return array.identity(self._scale)

    def _mode(self):
        return array.identity(self._loc)


@distribution.RegisterKL(MultivariateNormalDiag, MultivariateNormalDiag)
def _vectors_to_vectors(a, b, name=None):
    with build.name_scope(name, "kl_mvn", [a.loc, b.loc]):
        ratio = unary.square(a.scale_diag / b.scale_diag)
        distance = unary.square((a.loc - b.loc) / b.scale_diag)
        return 0.5 * reduce.reduce_sum(ratio + distance - 1.0 - unary.log(ratio), -1)
