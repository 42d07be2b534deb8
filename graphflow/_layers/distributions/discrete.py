"""Distributions of bits and of class numbers."""

from __future__ import annotations

from graphflow._core import dtypes
from graphflow._graph import build
from graphflow._layers.distributions import distribution
from graphflow._ops import array, choosing, compare, cross_entropy, math, nn, random, rearrange, reduce, running, unary


class Bernoulli(distribution.Distribution):
    """1 with probability `probs`, else 0.

    Args:
        logits: log(probs / (1 - probs)); or else probs.
        dtype: of samples.
    """

    def __init__(
        self, logits=None, probs=None, dtype=dtypes.int32, validate_args=False, allow_nan_stats=True, name="Bernoulli"
    ):  # fmt: skip
        parameters = dict(locals())
        with build.name_scope(name) as name:
            self._logits, self._probs = distribution.logits_and_probs(logits, probs, False, name)
        super().__init__(
            dtype, distribution.NOT_REPARAMETERIZED, validate_args, allow_nan_stats, parameters,
            [self._logits, self._probs], name,
        )  # fmt: skip

    @property
    def logits(self):
        """log(probs / (1 - probs))."""
        return self._logits

    @property
    def probs(self):
        """The probability of 1."""
        return self._probs

    def _batch_shape_tensor(self):
        return array.shape(self._logits)

    def _batch_shape(self):
        return self._logits.get_shape()

    def _event_shape_tensor(self):
        return build.constant([], dtype=dtypes.int32)

    def _sample_n(self, n, seed=None):
        shape = array.concat([[n], self.batch_shape_tensor()], 0)
        uniform = random.random_uniform(shape, seed=seed, dtype=self.probs.dtype)
        return math.cast(compare.less(uniform, self.probs), self.dtype)

    def _log_prob(self, event):
        event, logits = math.cast(event, self.logits.dtype), self.logits
        known = event.get_shape().is_fully_defined() and logits.get_shape().is_fully_defined()
        if not (known and event.get_shape() == logits.get_shape()):
            logits, event = array.ones_like(event) * logits, array.ones_like(logits) * event
        return -cross_entropy.sigmoid_cross_entropy_with_logits(labels=event, logits=logits)

    def _entropy(self):
        return -self.logits * (unary.sigmoid(self.logits) - 1) + nn.softplus(-self.logits)

    def _mean(self):
        return array.identity(self.probs)

    def _variance(self):
        return self._mean() * (1.0 - self.probs)

    def _mode(self):
        return math.cast(self.probs > 0.5, self.dtype)


@distribution.RegisterKL(Bernoulli, Bernoulli)
def _bernoulli_to_bernoulli(a, b, name=None):
    with build.name_scope(name, "kl_bernoulli_bernoulli", [a.logits, b.logits]):
        delta0 = nn.softplus(-b.logits) - nn.softplus(-a.logits)
        delta1 = nn.softplus(b.logits) - nn.softplus(a.logits)
        return unary.sigmoid(a.logits) * delta0 + unary.sigmoid(-a.logits) * delta1


class Categorical(distribution.Distribution):
    """Class numbers.

    Args:
        logits: logarithms of the probabilities `[..., classes]`, up to a constant; or else probs.
        dtype: of samples.
    """

    def __init__(
        self, logits=None, probs=None, dtype=dtypes.int32, validate_args=False, allow_nan_stats=True, name="Categorical"
    ):  # fmt: skip
        parameters = dict(locals())
        with build.name_scope(name, None, [logits, probs]) as name:
            self._logits, self._probs = distribution.logits_and_probs(logits, probs, True, name)
            self._name_sizes()
        super().__init__(
            dtype, distribution.NOT_REPARAMETERIZED, validate_args, allow_nan_stats, parameters,
            [self._logits, self._probs], name,
        )  # fmt: skip

    def _name_sizes(self):
        known = self._logits.get_shape().with_rank_at_least(1)
        self._batch_rank = build.convert_to_tensor(known.ndims - 1, dtype=dtypes.int32, name="batch_rank")
        sizes = array.shape(self._logits, name="logits_shape")
        if known[-1].value is not None:
            self._event_size = build.convert_to_tensor(known[-1].value, dtype=dtypes.int32, name="event_size")
        else:
            with build.name_scope("event_size"):
                self._event_size = sizes[self._batch_rank]
        if known[:-1].is_fully_defined():
            self._batch_sizes = build.constant(known[:-1].as_list(), dtype=dtypes.int32, name="batch_shape")
        else:
            with build.name_scope("batch_shape"):
                self._batch_sizes = sizes[:-1]

    @property
    def event_size(self):
        """The number of classes, as a tensor."""
        return self._event_size

    @property
    def logits(self):
        """Logarithms of the probabilities, up to a constant."""
        return self._logits

    @property
    def probs(self):
        """The probabilities."""
        return self._probs

    def _batch_shape_tensor(self):
        return array.identity(self._batch_sizes)

    def _batch_shape(self):
        return self.logits.get_shape()[:-1]

    def _sample_n(self, n, seed=None):
        rows = self.logits
        if self.logits.get_shape().ndims != 2:
            rows = array.reshape(self.logits, [-1, self.event_size])
        wide = dtypes.int64 if self.dtype.size > 4 else dtypes.int32
        drawn = random.multinomial(rows, n, seed=seed, output_dtype=wide)
        turned = rearrange.transpose(drawn)
        drawn = array.reshape(turned, array.concat([[n], self.batch_shape_tensor()], 0))
        return math.cast(drawn, self.dtype)

    def _fitted(self, k, parameters):
        """Class numbers and parameters spread to one batch shape.

        Raises:
            TypeError: the class numbers are neither integers nor floats.
        """
        if not k.dtype.is_integer:
            if not k.dtype.is_floating:
                raise TypeError(f"`value` should have integer `dtype` or {self.dtype!r}, got {k.dtype!r}")
            k = math.cast(k, dtypes.int32)
        batch = parameters.shape[:-1]
        if not (batch.is_fully_defined() and k.shape.is_fully_defined() and batch.as_list() == k.shape.as_list()):
            parameters *= array.ones_like(k[..., None], dtype=parameters.dtype)
            k *= array.ones(array.shape(parameters)[:-1], dtype=k.dtype)
            k.set_shape(parameters.shape[:-1])
        return k, parameters

    def _log_prob(self, k):
        k, logits = self._fitted(k, self.logits)
        return -cross_entropy.sparse_softmax_cross_entropy_with_logits(labels=k, logits=logits)

    def _cdf(self, k):
        k, probs = self._fitted(k, self.probs)
        rows, flat = array.reshape(probs, (-1, self._event_size)), array.reshape(k, [-1])
        counted = choosing.where(choosing.sequence_mask(flat, self._event_size), rows, array.zeros_like(rows))
        return array.reshape(reduce.reduce_sum(counted, axis=-1), array.shape(k))

    def _entropy(self):
        return -reduce.reduce_sum(nn.log_softmax(self.logits) * self.probs, axis=-1)

    def _mode(self):
        found = math.cast(running.argmax(self.logits, axis=self._batch_rank), self.dtype)
        found.set_shape(self.batch_shape)
        return found


@distribution.RegisterKL(Categorical, Categorical)
def _categorical_to_categorical(a, b, name=None):
    with build.name_scope(name, "kl_categorical_categorical", [a.logits, b.logits]):
        delta = nn.log_softmax(a.logits) - nn.log_softmax(b.logits)
        return reduce.reduce_sum(nn.softmax(a.logits) * delta, axis=-1)
