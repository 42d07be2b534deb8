"""Distributions with a location and a scale: logistic, Cauchy, half-normal; a certain value; inverse gamma and chi-square."""

from __future__ import annotations

import math as numbers

import numpy as np

from graphflow._core import dtypes
from graphflow._graph import build
from graphflow._layers.distributions import continuous, distribution
from graphflow._ops import array, compare, math, nn, random, rearrange, reduce, special, unary


class _LocScale(distribution.Distribution):
    """What they share: parameters `loc` and `scale`, [...]; samples that are moved and stretched uniform numbers."""

    def __init__(self, loc, scale, validate_args=False, allow_nan_stats=True, name=None):
        parameters = dict(locals())
        parameters.pop("__class__", None)
        with build.name_scope(name or type(self).__name__, None, [loc, scale]) as name:
            self._loc = build.convert_to_tensor(loc, name="loc", preferred_dtype=dtypes.float32)
            self._scale = build.convert_to_tensor(scale, name="scale", dtype=self._loc.dtype)
        super().__init__(
            self._scale.dtype, distribution.FULLY_REPARAMETERIZED, validate_args, allow_nan_stats, parameters,
            [self._loc, self._scale], name,
        )  # fmt: skip

    loc = property(lambda self: self._loc, doc="The location.")
    scale = property(lambda self: self._scale, doc="The scale.")

    def _batch_shape(self):
        return rearrange.broadcast_static_shape(self._loc.get_shape(), self._scale.get_shape())

    def _batch_shape_tensor(self):
        return rearrange.broadcast_dynamic_shape(array.shape(self._loc), array.shape(self._scale))

    def _sample_n(self, n, seed=None):
        shape = array.concat([[n], self.batch_shape_tensor()], 0)
        least = self._least()
        uniform = random.random_uniform(shape, minval=least, maxval=1.0, dtype=self.dtype, seed=seed)
        return self._from_uniform(uniform) * self.scale + self.loc

    def _least(self):
        return np.finfo(self.dtype.as_numpy_dtype).tiny

    def _z(self, x):
        return (x - self.loc) / self.scale

    def _mode(self):
        return self.loc * array.ones_like(self.scale)


class Logistic(_LocScale):
    """The distribution whose cdf is a sigmoid. Args: loc, scale, [...]."""

    def _from_uniform(self, uniform):
        return unary.log(uniform) - unary.log1p(-1.0 * uniform)

    def _log_prob(self, x):
        z = self._z(x)
        return -z - 2.0 * nn.softplus(-z) - unary.log(self.scale)

    def _log_cdf(self, x):
        return -nn.softplus(-self._z(x))

    def _cdf(self, x):
        return unary.sigmoid(self._z(x))

    def _log_survival_function(self, x):
        return -nn.softplus(self._z(x))

    def _survival_function(self, x):
        return unary.sigmoid(-self._z(x))

    def _entropy(self):
        return 2 + unary.log(self.scale * array.ones_like(self.loc))

    def _mean(self):
        return self.loc * array.ones_like(self.scale)

    def _stddev(self):
        return self.scale * array.ones_like(self.loc) * numbers.pi / numbers.sqrt(3)


class Cauchy(_LocScale):
    """The distribution of the ratio of two normal numbers, which has no mean. Args: loc, scale, [...]."""

    def _least(self):
        return 0.0

    def _from_uniform(self, uniform):
        return unary.tan(numbers.pi * (uniform - 0.5))

    def _log_prob(self, x):
        return -unary.log1p(unary.square(self._z(x))) - numbers.log(numbers.pi) - unary.log(self.scale)

    def _cdf(self, x):
        return unary.atan(self._z(x)) / numbers.pi + 0.5

    def _log_cdf(self, x):
        return unary.log1p(2 / numbers.pi * unary.atan(self._z(x))) - numbers.log(2)

    def _quantile(self, p):
        return self.loc + self.scale * unary.tan(numbers.pi * (p - 0.5))

    def _entropy(self):
        return numbers.log(4 * numbers.pi) + unary.log(self.scale * array.ones_like(self.loc))


class HalfNormal(distribution.Distribution):
    """The absolute value of a normal number around 0.

    Args:
        scale: the standard deviation of that number.
    """

    def __init__(self, scale, validate_args=False, allow_nan_stats=True, name="HalfNormal"):
        parameters = dict(locals())
        with build.name_scope(name, None, [scale]) as name:
            self._scale = build.convert_to_tensor(scale, name="scale", preferred_dtype=dtypes.float32)
        super().__init__(
            self._scale.dtype, distribution.FULLY_REPARAMETERIZED, validate_args, allow_nan_stats, parameters,
            [self._scale], name,
        )  # fmt: skip

    scale = property(lambda self: self._scale, doc="The scale.")

    def _batch_shape(self):
        return self._scale.get_shape()

    def _batch_shape_tensor(self):
        return array.shape(self._scale)

    def _sample_n(self, n, seed=None):
        shape = array.concat([[n], self.batch_shape_tensor()], 0)
        return unary.abs(random.random_normal(shape, dtype=self.dtype, seed=seed) * self.scale)

    def _prob(self, x):
        density = np.sqrt(2 / np.pi) / self.scale * unary.exp(-0.5 * unary.square(x / self.scale))
        return density * math.cast(compare.greater_equal(x, 0.0), self.dtype)

    def _cdf(self, x):
        return special.erf(nn.relu(x) / self.scale / np.sqrt(2.0))

    def _entropy(self):
        return 0.5 * unary.log(np.pi * unary.square(self.scale) / 2.0) + 0.5

    def _mean(self):
        return self.scale * np.sqrt(2.0 / np.pi)

    def _variance(self):
        return unary.square(self.scale) * (1.0 - 2.0 / np.pi)

    def _mode(self):
        return array.zeros(self.batch_shape_tensor(), self.dtype)


class InverseGamma(continuous.Gamma):
    """One divided by a number from a Gamma distribution. Args: concentration, rate, [...]."""

    def __init__(self, concentration, rate, validate_args=False, allow_nan_stats=True, name="InverseGamma"):
        super().__init__(concentration, rate, validate_args, allow_nan_stats, name)

    def _sample_n(self, n, seed=None):
        drawn = random.random_gamma([n], alpha=self.concentration, beta=self.rate, dtype=self.dtype, seed=seed)
        return 1.0 / drawn

    def _log_prob(self, x):
        a, b = self.concentration, self.rate
        return -(1.0 + a) * unary.log(x) - b / x - special.lgamma(a) + a * unary.log(b)

    def _cdf(self, x):
        return special.igammac(self.concentration, self.rate / x)

    def _entropy(self):
        a = self.concentration
        return a + unary.log(self.rate) + special.lgamma(a) - (1.0 + a) * special.digamma(a)

    def _mean(self):
        return self.rate / (self.concentration - 1.0)

    def _variance(self):
        a = self.concentration
        return unary.square(self.rate) / unary.square(a - 1.0) / (a - 2.0)

    def _mode(self):
        return self.rate / (1.0 + self.concentration)


class Chi2(continuous.Gamma):
    """The sum of `df` squared normal numbers."""

    def __init__(self, df, validate_args=False, allow_nan_stats=True, name="Chi2"):
        with build.name_scope(name, None, [df]) as name:
            self._df = build.convert_to_tensor(df, name="df", preferred_dtype=dtypes.float32)
            concentration, rate = 0.5 * self._df, build.constant(0.5, self._df.dtype, name="rate")
        super().__init__(concentration, rate, validate_args, allow_nan_stats, name)
        self._parameters = {"df": df, "validate_args": validate_args, "allow_nan_stats": allow_nan_stats, "name": name}

    df = property(lambda self: self._df, doc="How many numbers are squared.")


class _Certain(distribution.Distribution):
    """A value that always comes."""

    _event_rank = 0

    def __init__(self, loc, atol=None, rtol=None, validate_args=False, allow_nan_stats=True, name=None):
        parameters = dict(locals())
        parameters.pop("__class__", None)
        with build.name_scope(name or type(self).__name__, None, [loc, atol, rtol]) as name:
            self._loc = build.convert_to_tensor(loc, name="loc")
            slack = (build.convert_to_tensor(0 if s is None else s, self._loc.dtype) for s in (atol, rtol))
            self._atol, self._rtol = slack
        super().__init__(
            self._loc.dtype, distribution.FULLY_REPARAMETERIZED, validate_args, allow_nan_stats, parameters,
            [self._loc], name,
        )  # fmt: skip

    loc = property(lambda self: self._loc, doc="The value.")

    def _batch_shape(self):
        dims = self._loc.get_shape()
        return dims[: dims.ndims - self._event_rank]

    def _batch_shape_tensor(self):
        return array.shape(self._loc)[: len(self._loc.shape) - self._event_rank]

    def _sample_n(self, n, seed=None):
        return rearrange.broadcast_to(self._loc, array.concat([[n], array.shape(self._loc)], 0))

    def _near(self, x):
        return compare.less_equal(unary.abs(x - self._loc), self._atol + self._rtol * unary.abs(self._loc))

    def _prob(self, x):
        return math.cast(self._near(x), self.dtype)

    def _mean(self):
        return array.identity(self._loc)

    def _variance(self):
        return array.zeros_like(self._loc)

    _mode = _mean


class Deterministic(_Certain):
    """The number `loc`, always. Args: atol, rtol: how far a value may be off and still count as it."""

    def _entropy(self):
        return array.zeros(self.batch_shape_tensor(), self.dtype)

    def _cdf(self, x):
        slack = self._atol + self._rtol * unary.abs(self._loc)
        return math.cast(compare.greater_equal(x, self._loc - slack), self.dtype)


class VectorDeterministic(_Certain):
    """The vector `loc`, always; arguments as Deterministic."""

    _event_rank = 1

    def _event_shape(self):
        return self._loc.get_shape()[-1:]

    def _event_shape_tensor(self):
        return array.shape(self._loc)[-1:]

    def _prob(self, x):
        return math.cast(reduce.reduce_all(self._near(x), axis=-1), self.dtype)
