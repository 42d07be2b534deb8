"""Distributions of whole numbers: Poisson, binomial and their like. Samples and values are floats."""

from __future__ import annotations

import numpy as np

from graphflow._graph import build
from graphflow._layers.distributions import distribution
from graphflow._ops import array, choosing, compare, math, nn, random, rearrange, special, unary


class _Numbers(distribution.Distribution):
    """What they share: a batch shape that is that of the parameters together, `self._parts`."""

    def _finish(self, name, parameters, validate_args, allow_nan_stats, parts):
        self._parts = parts
        super().__init__(
            parts[0].dtype, distribution.NOT_REPARAMETERIZED, validate_args, allow_nan_stats, parameters, parts, name
        )

    def _batch_shape(self):
        found = self._parts[0].get_shape()
        for part in self._parts[1:]:
            found = rearrange.broadcast_static_shape(found, part.get_shape())
        return found

    def _batch_shape_tensor(self):
        found = array.shape(self._parts[0])
        for part in self._parts[1:]:
            found = rearrange.broadcast_dynamic_shape(found, array.shape(part))
        return found


class Poisson(_Numbers):
    """How often something comes that comes `rate` times on average.

    Args:
        rate: positive floats; or else log_rate.

    Raises:
        ValueError: both or neither of the two were given.
    """

    def __init__(
        self, rate=None, log_rate=None, interpolate_nondiscrete=True, validate_args=False, allow_nan_stats=True, name="Poisson"
    ):  # fmt: skip
        parameters = dict(locals())
        if (rate is None) == (log_rate is None):
            raise ValueError("Must specify exactly one of `rate` and `log_rate`.")
        with build.name_scope(name, None, [rate, log_rate]) as name:
            self._rate = (
                unary.exp(build.convert_to_tensor(log_rate, name="log_rate"))
                if rate is None
                else build.convert_to_tensor(rate, name="rate")
            )
            self._log_rate = (
                unary.log(self._rate) if log_rate is None else build.convert_to_tensor(log_rate, name="log_rate")
            )
        self._finish(name, parameters, validate_args, allow_nan_stats, [self._rate])

    rate = property(lambda self: self._rate, doc="The mean.")
    log_rate = property(lambda self: self._log_rate, doc="Its logarithm.")

    def _sample_n(self, n, seed=None):
        return random.random_poisson(self.rate, [n], dtype=self.dtype, seed=seed)

    def _log_prob(self, x):
        return x * self.log_rate - special.lgamma(1.0 + x) - self.rate

    def _cdf(self, x):
        return special.igammac(1.0 + x, self.rate)

    def _mean(self):
        return array.identity(self.rate)

    _variance = _mean

    def _mode(self):
        return unary.floor(self.rate)


class Binomial(_Numbers):
    """How often 1 comes in `total_count` draws of a bit. It has no samples, as in TensorFlow.

    Args:
        total_count: floats.
        logits: log(probs / (1 - probs)); or else probs.
    """

    def __init__(
        self, total_count, logits=None, probs=None, validate_args=False, allow_nan_stats=True, name="Binomial"
    ):  # fmt: skip
        parameters = dict(locals())
        with build.name_scope(name, None, [total_count, logits, probs]) as name:
            self._logits, self._probs = distribution.logits_and_probs(logits, probs, False, name)
            self._total_count = build.convert_to_tensor(total_count, dtype=self._probs.dtype, name="total_count")
        self._finish(name, parameters, validate_args, allow_nan_stats, [self._probs, self._total_count])

    total_count = property(lambda self: self._total_count, doc="How many draws there are.")
    logits = property(lambda self: self._logits, doc="log(probs / (1 - probs)).")
    probs = property(lambda self: self._probs, doc="The probability of 1.")

    def _log_prob(self, counts):
        n = self.total_count
        ways = special.lgamma(1.0 + n - counts) + special.lgamma(1.0 + counts) - special.lgamma(1.0 + n)
        return counts * unary.log(self.probs) + (n - counts) * unary.log1p(-self.probs) - ways

    def _cdf(self, counts):
        counts = counts + array.zeros_like(self.probs + self.total_count)
        n, p = self.total_count + array.zeros_like(counts), self.probs + array.zeros_like(counts)
        ones, full = array.ones_like(counts), compare.equal(counts, n)
        found = special.betainc(choosing.where(full, ones, n - counts), counts + 1.0, 1.0 - p)
        return choosing.where(full, ones, found)

    def _mean(self):
        return self.total_count * self.probs

    def _variance(self):
        return self._mean() * (1.0 - self.probs)

    def _mode(self):
        return unary.floor((1.0 + self.total_count) * self.probs)


class NegativeBinomial(_Numbers):
    """How many 1 come before `total_count` zeros have.

    Args:
        total_count: positive floats.
        logits: log(probs / (1 - probs)); or else probs.
    """

    def __init__(
        self, total_count, logits=None, probs=None, validate_args=False, allow_nan_stats=True, name="NegativeBinomial"
    ):  # fmt: skip
        parameters = dict(locals())
        with build.name_scope(name, None, [total_count, logits, probs]) as name:
            self._logits, self._probs = distribution.logits_and_probs(logits, probs, False, name)
            self._total_count = build.convert_to_tensor(total_count, dtype=self._probs.dtype, name="total_count")
        self._finish(name, parameters, validate_args, allow_nan_stats, [self._probs, self._total_count])

    total_count = property(lambda self: self._total_count, doc="How many zeros end the count.")
    logits = property(lambda self: self._logits, doc="log(probs / (1 - probs)).")
    probs = property(lambda self: self._probs, doc="The probability of 1.")

    def _sample_n(self, n, seed=None):
        rate = random.random_gamma(
            [n], alpha=self.total_count, beta=unary.exp(-self.logits), dtype=self.dtype, seed=seed
        )
        seed = distribution.derived_seed(seed, "negative_binom")
        return random.random_poisson(rate, [], dtype=self.dtype, seed=seed)

    def _log_prob(self, x):
        n = self.total_count
        ways = special.lgamma(1.0 + x) + special.lgamma(n) - special.lgamma(n + x)
        return n * unary.log_sigmoid(-self.logits) + x * unary.log_sigmoid(self.logits) - ways

    def _cdf(self, x):
        x = x + array.zeros_like(self.probs + self.total_count)
        return special.betainc(
            self.total_count + array.zeros_like(x), 1.0 + x, unary.sigmoid(-self.logits) + array.zeros_like(x)
        )

    def _mean(self):
        return self.total_count * unary.exp(self.logits)

    def _variance(self):
        return self._mean() / unary.sigmoid(-self.logits)

    def _mode(self):
        return unary.floor(math.maximum(self.total_count - 1.0, 0.0) * unary.exp(self.logits))


class Geometric(_Numbers):
    """How many failures come before the first success.

    Args:
        logits: log(probs / (1 - probs)); or else probs, of success.
    """

    def __init__(self, logits=None, probs=None, validate_args=False, allow_nan_stats=True, name="Geometric"):
        parameters = dict(locals())
        with build.name_scope(name, None, [logits, probs]) as name:
            self._logits, self._probs = distribution.logits_and_probs(logits, probs, False, name)
        self._finish(name, parameters, validate_args, allow_nan_stats, [self._probs])

    logits = property(lambda self: self._logits, doc="log(probs / (1 - probs)).")
    probs = property(lambda self: self._probs, doc="The probability of success.")

    def _sample_n(self, n, seed=None):
        shape = array.concat([[n], array.shape(self.probs)], 0)
        least = np.finfo(self.dtype.as_numpy_dtype).tiny
        drawn = random.random_uniform(shape, least, 1.0, seed=seed, dtype=self.dtype)
        return unary.floor(unary.log(drawn) / unary.log1p(-self.probs))

    def _log_prob(self, x):
        x = unary.floor(x) * array.ones_like(self.probs)
        probs = self.probs * array.ones_like(x)
        inside = choosing.where(compare.equal(x, 0.0), array.zeros_like(probs), probs)
        return x * unary.log1p(-inside) + unary.log(probs)

    def _cdf(self, x):
        x = unary.floor(x) * array.ones_like(self.probs)
        return choosing.where(
            x < 0.0, array.zeros_like(x), -unary.expm1((1.0 + x) * unary.log1p(-self.probs))
        )  # fmt: skip

    def _entropy(self):
        return nn.softplus(self.logits) / self.probs - self.logits

    def _mean(self):
        return unary.exp(-self.logits)

    def _variance(self):
        return self._mean() / self.probs

    def _mode(self):
        return array.zeros(self.batch_shape_tensor(), dtype=self.dtype)
