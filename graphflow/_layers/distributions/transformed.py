"""A distribution seen through a bijector, and the relaxed distributions of classes and bits."""

from __future__ import annotations

import numpy as np

from graphflow._core import dtypes
from graphflow._graph import build
from graphflow._layers.distributions import bijectors, distribution, location_scale
from graphflow._ops import array, nn, random, reduce, special, unary


class TransformedDistribution(distribution.Distribution):
    """The distribution of `bijector.forward(x)` for draws x of another distribution.

    Args:
        distribution: of x.
        bijector: the function; the identity when None.
        batch_shape, event_shape: in place of those of the distribution, which then is one of numbers.
    """

    def __init__(
        self, distribution, bijector=None, batch_shape=None, event_shape=None, validate_args=False, name=None
    ):  # fmt: skip
        parameters = dict(locals())
        parameters.pop("__class__", None)
        self._inner, self._bijector = distribution, bijector or bijectors.Identity()
        self._outer = [
            None if s is None else tuple(int(d) for d in np.atleast_1d(s)) for s in (batch_shape, event_shape)
        ]
        super().__init__(
            distribution.dtype, distribution.reparameterization_type, validate_args, distribution.allow_nan_stats,
            parameters, distribution._graph_parents, name or self._bijector.name + distribution.name.split("/")[-2],
        )  # fmt: skip

    distribution = property(lambda self: self._inner, doc="The distribution of what the bijector takes.")
    bijector = property(lambda self: self._bijector, doc="The function.")

    def _batch_shape(self):
        return self._inner.batch_shape if self._outer[0] is None else self._outer[0]

    def _batch_shape_tensor(self):
        return self._inner.batch_shape_tensor()

    def _event_shape(self):
        return self._inner.event_shape if self._outer[1] is None else self._outer[1]

    def _event_shape_tensor(self):
        return self._inner.event_shape_tensor()

    def _sample_n(self, n, seed=None):
        added = [d for outer in self._outer if outer is not None for d in outer]
        return self._inner.sample(array.concat([[n], added], 0) if added else n, seed=seed)

    def _from_drawn(self, drawn):
        return self._bijector.forward(drawn)

    def _rank(self):
        return max(self.event_shape.ndims, self._bijector.forward_min_event_ndims)

    def _log_prob(self, y):
        found = self._inner.log_prob(self._bijector.inverse(y))
        missing = self._rank() - self._inner.event_shape.ndims
        if missing:
            found = reduce.reduce_sum(found, axis=list(range(-missing, 0)))
        return found + self._bijector.inverse_log_det_jacobian(y, event_ndims=self._rank())

    def _prob(self, y):
        return unary.exp(self._log_prob(y))

    def _cdf(self, y):
        return self._inner.cdf(self._bijector.inverse(y))

    def _quantile(self, p):
        return self._bijector.forward(self._inner.quantile(p))

    def _entropy(self):
        if not self._bijector.is_constant_jacobian:
            raise NotImplementedError("entropy is not implemented: the bijector's volume change is not constant")
        found = self._inner.entropy()
        return found + self._bijector.forward_log_det_jacobian(self._inner.mean(), event_ndims=self._rank())

    def _mean(self):
        if not self._bijector.is_constant_jacobian:
            raise NotImplementedError("mean is not implemented for a bijector that is not affine")
        return self._bijector.forward(self._inner.mean())


class ExpRelaxedOneHotCategorical(distribution.VectorDistribution):
    """The logarithm of a RelaxedOneHotCategorical; arguments as there."""

    def __init__(
        self, temperature, logits=None, probs=None, dtype=None, validate_args=False, allow_nan_stats=True,
        name="ExpRelaxedOneHotCategorical",
    ):  # fmt: skip
        parameters = dict(locals())
        with build.name_scope(name, None, [logits, probs, temperature]) as name:
            self._logits, self._probs = distribution.logits_and_probs(logits, probs, True, name)
            dtype = self._logits.dtype if dtype is None else dtypes.as_dtype(dtype)
            self._temperature = build.convert_to_tensor(temperature, dtype, name="temperature")
        super().__init__(
            dtype, distribution.FULLY_REPARAMETERIZED, validate_args, allow_nan_stats, parameters,
            [self._logits, self._probs, self._temperature], name,
        )  # fmt: skip

    logits = property(lambda self: self._logits, doc="Logarithms of the probabilities, up to a constant.")
    probs = property(lambda self: self._probs, doc="The probabilities.")
    temperature = property(lambda self: self._temperature, doc="How far draws are from one class.")

    _like = property(lambda self: self._logits)

    def _sample_n(self, n, seed=None):
        shape = array.concat([[n], array.shape(self._logits)], 0)
        size = array.shape(self._logits)[-1]
        rows = array.reshape(self._logits * array.ones(shape, self.dtype), [-1, size])
        least = np.finfo(self.dtype.as_numpy_dtype).tiny
        uniform = random.random_uniform(array.shape(rows), least, 1.0, dtype=self.dtype, seed=seed)
        noisy = array.reshape(-unary.log(-unary.log(uniform)) + rows, shape) / self._temperature[..., None]
        return nn.log_softmax(noisy)

    def _log_prob(self, x):
        size = build.convert_to_tensor(float(self._logits.shape.as_list()[-1]), self.dtype)
        logits = array.ones_like(x) * self._logits
        found = reduce.reduce_sum(nn.log_softmax(logits - x * self._temperature[..., None]), [-1])
        return special.lgamma(size) + (size - 1.0) * unary.log(self._temperature) + found


class RelaxedOneHotCategorical(TransformedDistribution):
    """Rows of probabilities near those with one 1, through which gradients flow (Gumbel softmax).

    Args:
        temperature: positive; the lower, the nearer.
        logits: logarithms of the probabilities [..., k], up to a constant; or else probs.

    Source: Maddison et al., The Concrete Distribution (2017).
    """

    def __init__(
        self, temperature, logits=None, probs=None, dtype=None, validate_args=False, allow_nan_stats=True,
        name="RelaxedOneHotCategorical",
    ):  # fmt: skip
        inner = ExpRelaxedOneHotCategorical(temperature, logits, probs, dtype, validate_args, allow_nan_stats)
        super().__init__(inner, bijectors.Exp(), validate_args=validate_args, name=name)

    temperature = property(lambda self: self._inner.temperature, doc="How far draws are from one class.")
    logits = property(lambda self: self._inner.logits, doc="Logarithms of the probabilities, up to a constant.")
    probs = property(lambda self: self._inner.probs, doc="The probabilities.")


class RelaxedBernoulli(TransformedDistribution):
    """Numbers between 0 and 1, near one of them, through which gradients flow.

    Args:
        temperature: positive; the lower, the nearer.
        logits: log(probs / (1 - probs)); or else probs.
    """

    def __init__(
        self, temperature, logits=None, probs=None, validate_args=False, allow_nan_stats=True, name="RelaxedBernoulli"
    ):  # fmt: skip
        with build.name_scope(name, None, [logits, probs, temperature]) as name:
            self._logits, self._probs = distribution.logits_and_probs(logits, probs, False, name)
            self._temperature = build.convert_to_tensor(temperature, self._logits.dtype, name="temperature")
            inner = location_scale.Logistic(
                self._logits / self._temperature,
                1.0 / self._temperature,
                validate_args,
                allow_nan_stats,
                name + "Logistic",
            )
        super().__init__(inner, bijectors.Sigmoid(), validate_args=validate_args, name=name)

    temperature = property(lambda self: self._temperature, doc="How far draws are from 0 and 1.")
    logits = property(lambda self: self._logits, doc="log(probs / (1 - probs)).")
    probs = property(lambda self: self._probs, doc="The probability of being near 1.")
