"""Distributions of one number besides the normal one, and the Dirichlet distribution of probabilities."""

from __future__ import annotations

import math as python_math

import numpy as np

from graphflow._graph import build
from graphflow._graph import graph as graph_lib
from graphflow._layers.distributions import distribution, normal
from graphflow._ops import array, asserts, checks, choosing, compare, math, random, rearrange, reduce, special, unary

_REPARAMETERIZED = distribution.FULLY_REPARAMETERIZED


class _OfTwo(distribution.Distribution):
    """A distribution of numbers with two parameters, which are broadcast against each other."""

    def _keep(self, name, names, values, checked, validate_args, allow_nan_stats, parameters):
        """Keeps the parameters as `_<name>`; those in `checked` have to be positive."""
        with build.name_scope(name, None, list(values)) as name:
            with normal.positive(checked, validate_args):
                kept = [array.identity(value, name=key) for key, value in zip(names, values)]
                checks.assert_same_float_dtype(kept)
        for key, value in zip(names, kept):
            setattr(self, "_" + key, value)
        distribution.Distribution.__init__(
            self, kept[0].dtype, _REPARAMETERIZED, validate_args, allow_nan_stats, parameters, kept, name
        )

    def _batch_shape_tensor(self):
        return rearrange.broadcast_dynamic_shape(*(array.shape(value) for value in self._graph_parents[:2]))

    def _batch_shape(self):
        return rearrange.broadcast_static_shape(*(value.get_shape() for value in self._graph_parents[:2]))

    def _nan_unless(self, defined, value, message):
        """The value where it is defined, NaN or an error elsewhere."""
        if self.allow_nan_stats:
            nan = array.fill(self.batch_shape_tensor(), np.array(np.nan, self.dtype.as_numpy_dtype), name="nan")
            return choosing.where_v2(defined, value, nan)
        with graph_lib.get_default_graph().control_dependencies(
            [asserts.Assert(reduce.reduce_all(defined), [message])]
        ):
            return array.identity(value)


class Uniform(_OfTwo):
    """All numbers in `[low, high)` alike."""

    def __init__(self, low=0.0, high=1.0, validate_args=False, allow_nan_stats=True, name="Uniform"):
        parameters = dict(locals())
        with build.name_scope(name, None, [low, high]) as name:
            wrong = "uniform not defined when low >= high."
            checked = [asserts.assert_less(low, high, message=wrong)] if validate_args else []
            with graph_lib.get_default_graph().control_dependencies(checked):
                self._low, self._high = array.identity(low, name="low"), array.identity(high, name="high")
                checks.assert_same_float_dtype([self._low, self._high])
        distribution.Distribution.__init__(
            self, self._low.dtype, _REPARAMETERIZED, validate_args, allow_nan_stats, parameters, [self._low, self._high],
            name,
        )  # fmt: skip

    @property
    def low(self):
        """The lower bound."""
        return self._low

    @property
    def high(self):
        """The upper bound."""
        return self._high

    def range(self, name="range"):
        """high - low."""
        with self._scope(name):
            return self.high - self.low

    def _sample_n(self, n, seed=None):
        shape = array.concat([[n], self.batch_shape_tensor()], 0)
        drawn = random.random_uniform(shape=shape, dtype=self.dtype, seed=seed)
        return self.low + self.range() * drawn

    def _prob(self, x):
        x = x * array.ones(self.batch_shape_tensor(), dtype=x.dtype)
        is_nan = unary.is_nan(x)
        outside = compare.logical_or(x < self.low, x >= self.high)
        inside = choosing.where_v2(outside, array.zeros_like(x), array.ones_like(x) / self.range())
        return choosing.where_v2(is_nan, x, inside)

    def _cdf(self, x):
        shape = rearrange.broadcast_dynamic_shape(array.shape(x), self.batch_shape_tensor())
        zeros, ones = array.zeros(shape, dtype=self.dtype), array.ones(shape, dtype=self.dtype)
        spread = x * ones
        small = choosing.where_v2(x < self.low, zeros, (spread - self.low) / self.range())
        return choosing.where_v2(x >= self.high, ones, small)

    def _entropy(self):
        return unary.log(self.range())

    def _mean(self):
        return (self.low + self.high) / 2.0

    def _variance(self):
        return unary.square(self.range()) / 12.0

    def _stddev(self):
        return self.range() / python_math.sqrt(12.0)


class Gamma(_OfTwo):
    """The gamma distribution: density ~ x^(concentration - 1) exp(-rate x)."""

    def __init__(self, concentration, rate, validate_args=False, allow_nan_stats=True, name="Gamma"):
        given = (concentration, rate)
        self._keep(name, ("concentration", "rate"), given, given, validate_args, allow_nan_stats, dict(locals()))

    @property
    def concentration(self):
        """The shape of the density."""
        return self._concentration

    @property
    def rate(self):
        """The inverse of the scale."""
        return self._rate

    def _sample_n(self, n, seed=None):
        return random.random_gamma(shape=[n], alpha=self.concentration, beta=self.rate, dtype=self.dtype, seed=seed)

    def _log_prob(self, x):
        unnormalized = special.xlogy(self.concentration - 1.0, x) - self.rate * x
        return unnormalized - (special.lgamma(self.concentration) - self.concentration * unary.log(self.rate))

    def _cdf(self, x):
        return special.igamma(self.concentration, self.rate * x)

    def _entropy(self):
        known = self.concentration - unary.log(self.rate) + special.lgamma(self.concentration)
        return known + (1.0 - self.concentration) * special.digamma(self.concentration)

    def _mean(self):
        return self.concentration / self.rate

    def _variance(self):
        return self.concentration / unary.square(self.rate)

    def _stddev(self):
        return unary.sqrt(self.concentration) / self.rate

    def _mode(self):
        mode = (self.concentration - 1.0) / self.rate
        return self._nan_unless(self.concentration > 1.0, mode, "mode not defined when any concentration <= 1")


@distribution.RegisterKL(Gamma, Gamma)
def _gamma_to_gamma(a, b, name=None):
    with build.name_scope(name, "kl_gamma_gamma", [a.concentration, a.rate, b.concentration, b.rate]):
        return (
            (a.concentration - b.concentration) * special.digamma(a.concentration)
            + special.lgamma(b.concentration) - special.lgamma(a.concentration)
            + b.concentration * unary.log(a.rate) - b.concentration * unary.log(b.rate)
            + a.concentration * (b.rate / a.rate - 1.0)
        )  # fmt: skip


class Exponential(Gamma):
    """Waiting times: density rate * exp(-rate x)."""

    def __init__(self, rate, validate_args=False, allow_nan_stats=True, name="Exponential"):
        parameters = dict(locals())
        with build.name_scope(name, None, [rate]) as name:
            rate = build.convert_to_tensor(rate, name="rate")
        super().__init__(array.ones([], dtype=rate.dtype), rate, validate_args, allow_nan_stats, name)
        self._parameters = {key: parameters[key] for key in ("rate", "validate_args", "allow_nan_stats", "name")}

    def _log_survival_function(self, value):
        return self._log_prob(value) - unary.log(self._rate)

    def _sample_n(self, n, seed=None):
        shape = array.concat([[n], array.shape(self._rate)], 0)
        tiny = np.finfo(self.dtype.as_numpy_dtype).tiny
        drawn = random.random_uniform(shape, minval=tiny, maxval=1.0, seed=seed, dtype=self.dtype)
        return -unary.log(drawn) / self._rate


class Laplace(_OfTwo):
    """The Laplace distribution: density ~ exp(-|x - loc| / scale)."""

    def __init__(self, loc, scale, validate_args=False, allow_nan_stats=True, name="Laplace"):
        self._keep(name, ("loc", "scale"), (loc, scale), (scale,), validate_args, allow_nan_stats, dict(locals()))

    @property
    def loc(self):
        """The median."""
        return self._loc

    @property
    def scale(self):
        """How wide it is."""
        return self._scale

    def _sample_n(self, n, seed=None):
        shape = array.concat([[n], self.batch_shape_tensor()], 0)
        kind = self.dtype.as_numpy_dtype
        start = np.nextafter(kind(-1.0), kind(0.0))
        drawn = random.random_uniform(shape=shape, minval=start, maxval=1.0, dtype=self.dtype, seed=seed)
        return self.loc - self.scale * unary.sign(drawn) * unary.log1p(-unary.abs(drawn))

    def _z(self, x):
        return (x - self.loc) / self.scale

    def _log_prob(self, x):
        return -unary.abs(self._z(x)) - (python_math.log(2.0) + unary.log(self.scale))

    def _cdf(self, x):
        z = self._z(x)
        return 0.5 + 0.5 * unary.sign(z) * (1.0 - unary.exp(-unary.abs(z)))

    def _entropy(self):
        return python_math.log(2.0) + 1.0 + unary.log(self.scale + array.zeros_like(self.loc))

    def _mean(self):
        return self.loc + array.zeros_like(self.scale)

    def _stddev(self):
        return python_math.sqrt(2.0) * self.scale + array.zeros_like(self.loc)

    def _mode(self):
        return self._mean()


class Beta(_OfTwo):
    """The beta distribution of probabilities: density ~ x^(concentration1 - 1) (1 - x)^(concentration0 - 1)."""

    def __init__(
        self, concentration1=None, concentration0=None, validate_args=False, allow_nan_stats=True, name="Beta"
    ):  # fmt: skip
        names, given = ("concentration1", "concentration0"), (concentration1, concentration0)
        self._keep(name, names, given, given, validate_args, allow_nan_stats, dict(locals()))
        with build.name_scope(self.name):
            self._total_concentration = self._concentration1 + self._concentration0

    @property
    def concentration1(self):
        """How much speaks for 1."""
        return self._concentration1

    @property
    def concentration0(self):
        """How much speaks for 0."""
        return self._concentration0

    @property
    def total_concentration(self):
        """The sum of both."""
        return self._total_concentration

    def _sample_n(self, n, seed=None):
        ones = array.ones_like(self.total_concentration, dtype=self.dtype)
        first = random.random_gamma(shape=[n], alpha=ones * self.concentration1, dtype=self.dtype, seed=seed)
        seed = distribution.derived_seed(seed, "beta")
        second = random.random_gamma(shape=[n], alpha=ones * self.concentration0, dtype=self.dtype, seed=seed)
        return first / (first + second)

    def log_normalization(self):
        """The logarithm of the beta function."""
        parts = special.lgamma(self.concentration1) + special.lgamma(self.concentration0)
        return parts - special.lgamma(self.total_concentration)

    def _log_prob(self, x):
        unnormalized = special.xlogy(self.concentration1 - 1.0, x) + (self.concentration0 - 1.0) * unary.log1p(-x)
        return unnormalized - self.log_normalization()

    def _cdf(self, x):
        return special.betainc(self.concentration1, self.concentration0, x)

    def _entropy(self):
        of_one = (self.concentration1 - 1.0) * special.digamma(self.concentration1)
        of_zero = (self.concentration0 - 1.0) * special.digamma(self.concentration0)
        total = (self.total_concentration - 2.0) * special.digamma(self.total_concentration)
        return self.log_normalization() - of_one - of_zero + total

    def _mean(self):
        return self._concentration1 / self._total_concentration

    def _variance(self):
        return self._mean() * (1.0 - self._mean()) / (1.0 + self.total_concentration)

    def _mode(self):
        mode = (self.concentration1 - 1.0) / (self.total_concentration - 2.0)
        defined = compare.logical_and(self.concentration1 > 1.0, self.concentration0 > 1.0)
        return self._nan_unless(defined, mode, "Mode undefined for concentrations <= 1.")


@distribution.RegisterKL(Beta, Beta)
def _beta_to_beta(a, b, name=None):
    with build.name_scope(
        name, "kl_beta_beta", [a.concentration1, a.concentration0, b.concentration1, b.concentration0]
    ):
        return (
            b.log_normalization() - a.log_normalization()
            - special.digamma(a.concentration1) * (b.concentration1 - a.concentration1)
            - special.digamma(a.concentration0) * (b.concentration0 - a.concentration0)
            + special.digamma(a.total_concentration) * (b.total_concentration - a.total_concentration)
        )  # fmt: skip


class StudentT(distribution.Distribution):
    """Student's t distribution: `df` degrees of freedom, moved by `loc` and stretched by `scale`."""

    def __init__(self, df, loc, scale, validate_args=False, allow_nan_stats=True, name="StudentT"):
        parameters = dict(locals())
        with build.name_scope(name, None, [df, loc, scale]) as name:
            with normal.positive([df], validate_args):
                kept = [array.identity(x, name=key) for key, x in (("df", df), ("loc", loc), ("scale", scale))]
                checks.assert_same_float_dtype(kept)
        self._df, self._loc, self._scale = kept
        super().__init__(self._scale.dtype, _REPARAMETERIZED, validate_args, allow_nan_stats, parameters, kept, name)

    @property
    def df(self):
        """The degrees of freedom."""
        return self._df

    @property
    def loc(self):
        """The median."""
        return self._loc

    @property
    def scale(self):
        """How wide it is."""
        return self._scale

    def _batch_shape_tensor(self):
        inner = rearrange.broadcast_dynamic_shape(array.shape(self.loc), array.shape(self.scale))
        return rearrange.broadcast_dynamic_shape(array.shape(self.df), inner)

    def _batch_shape(self):
        inner = rearrange.broadcast_static_shape(self.df.get_shape(), self.loc.get_shape())
        return rearrange.broadcast_static_shape(inner, self.scale.get_shape())

    def _ones(self):
        return array.ones(self.batch_shape_tensor(), dtype=self.dtype)

    def _sample_n(self, n, seed=None):
        shape = array.concat([[n], self.batch_shape_tensor()], 0)
        drawn = random.random_normal(shape, dtype=self.dtype, seed=seed)
        df = self.df * self._ones()
        seed = distribution.derived_seed(seed, "student_t")
        chi = random.random_gamma([n], 0.5 * df, beta=0.5, dtype=self.dtype, seed=seed)
        return drawn * unary.rsqrt(chi / df) * self.scale + self.loc

    def _log_prob(self, x):
        y = (x - self.loc) / self.scale
        unnormalized = -0.5 * (self.df + 1.0) * unary.log1p(y**2.0 / self.df)
        known = unary.log(unary.abs(self.scale)) + 0.5 * unary.log(self.df) + 0.5 * np.log(np.pi)
        return unnormalized - (known + special.lgamma(0.5 * self.df) - special.lgamma(0.5 * (self.df + 1.0)))

    def _cdf(self, x):
        y = (x - self.loc) / unary.abs(self.scale)
        below = 0.5 * special.betainc(0.5 * self.df, 0.5, self.df / (y**2.0 + self.df))
        return choosing.where_v2(compare.less(y, 0.0), below, 1.0 - below)

    def _mean(self):
        mean = self.loc * self._ones()
        return choosing.where_v2(compare.greater(self.df, self._ones()), mean, self._ones() * np.nan)

    def _variance(self):
        above = choosing.where_v2(compare.greater(self.df, 2.0), self.df - 2.0, array.ones_like(self.df))
        variance = self._ones() * unary.square(self.scale) * self.df / above
        variance = choosing.where_v2(self.df > 2.0 * self._ones(), variance, self._ones() * np.inf)
        return choosing.where_v2(compare.greater(self.df, self._ones()), variance, self._ones() * np.nan)

    def _mode(self):
        return array.identity(self.loc)


class Dirichlet(distribution.Distribution):
    """Probabilities `[..., k]` of k classes: density ~ the product of x^(concentration - 1)."""

    def __init__(self, concentration, validate_args=False, allow_nan_stats=True, name="Dirichlet"):
        parameters = dict(locals())
        with build.name_scope(name, None, [concentration]) as name:
            given = build.convert_to_tensor(concentration, name="concentration")
            with normal.positive([given], validate_args):
                self._concentration = array.identity(given) if validate_args else given
            self._total_concentration = reduce.reduce_sum(self._concentration, -1)
        super().__init__(
            self._concentration.dtype, _REPARAMETERIZED, validate_args, allow_nan_stats, parameters,
            [self._concentration, self._total_concentration], name,
        )  # fmt: skip

    @property
    def concentration(self):
        """How much speaks for each class."""
        return self._concentration

    @property
    def total_concentration(self):
        """The sum over the classes."""
        return self._total_concentration

    def _batch_shape_tensor(self):
        return array.shape(self.total_concentration)

    def _batch_shape(self):
        return self.total_concentration.get_shape()

    def _event_shape_tensor(self):
        return array.shape(self.concentration)[-1:]

    def _event_shape(self):
        return self.concentration.get_shape()[-1:]

    def _sample_n(self, n, seed=None):
        drawn = random.random_gamma(shape=[n], alpha=self.concentration, dtype=self.dtype, seed=seed)
        return drawn / reduce.reduce_sum(drawn, -1, keepdims=True)

    def _log_prob(self, x):
        unnormalized = reduce.reduce_sum(special.xlogy(self.concentration - 1.0, x), -1)
        return unnormalized - special.lbeta(self.concentration)

    def _entropy(self):
        classes = math.cast(self.event_shape_tensor()[0], self.dtype)
        total = (self.total_concentration - classes) * special.digamma(self.total_concentration)
        each = reduce.reduce_sum((self.concentration - 1.0) * special.digamma(self.concentration), axis=-1)
        return special.lbeta(self.concentration) + total - each

    def _mean(self):
        return self.concentration / self.total_concentration[..., None]

    def _variance(self):
        scale = unary.rsqrt(1.0 + self.total_concentration[..., None])
        x = scale * self._mean()
        return x * (scale - x)


@distribution.RegisterKL(Dirichlet, Dirichlet)
def _dirichlet_to_dirichlet(a, b, name=None):
    with build.name_scope(name, "kl_dirichlet_dirichlet", [a.concentration, b.concentration]):
        total = special.digamma(reduce.reduce_sum(a.concentration, axis=-1, keepdims=True))
        delta = special.digamma(a.concentration) - total
        terms = reduce.reduce_sum((a.concentration - b.concentration) * delta, axis=-1)
        return terms - special.lbeta(a.concentration) + special.lbeta(b.concentration)
