"""Distributions of counts of classes, and of classes as rows with one 1."""

from __future__ import annotations

from graphflow._core import dtypes
from graphflow._graph import build
from graphflow._layers.distributions import distribution
from graphflow._ops import (
    array,
    choosing,
    cross_entropy,
    diagonal,
    functional,
    math,
    matmul,
    nn,
    random,
    rearrange,
    reduce,
    running,
    special,
    unary,
)  # fmt: skip


def log_combinations(n, counts):
    """The logarithm of the number of ways to deal `n` draws into these counts, [...] of counts [..., k]."""
    with build.name_scope(None, "log_combinations", [n, counts]):
        n, counts = build.convert_to_tensor(n, name="n"), build.convert_to_tensor(counts, name="counts")
        return special.lgamma(n + 1) - reduce.reduce_sum(special.lgamma(counts + 1), axis=[-1])


def _outer(a, b):
    return matmul.matmul(a[..., None], b[..., None, :])


class _Counts(distribution.VectorDistribution):
    """What the two distributions of counts share: `total_count` draws."""

    @property
    def total_count(self):
        """How many draws are counted."""
        return self._total_count


class Multinomial(_Counts):
    """How often each of k classes comes in `total_count` draws.

    Args:
        total_count: floats [...].
        logits: logarithms of the probabilities [..., k], up to a constant; or else probs.
    """

    def __init__(
        self, total_count, logits=None, probs=None, validate_args=False, allow_nan_stats=True, name="Multinomial"
    ):  # fmt: skip
        parameters = dict(locals())
        with build.name_scope(name, None, [total_count, logits, probs]) as name:
            self._total_count = build.convert_to_tensor(total_count, name="total_count")
            self._logits, self._probs = distribution.logits_and_probs(logits, probs, True, name)
            self._like = self._mean_value = self._total_count[..., None] * self._probs
        super().__init__(
            self._probs.dtype, distribution.NOT_REPARAMETERIZED, validate_args, allow_nan_stats, parameters,
            [self._total_count, self._logits, self._probs], name,
        )  # fmt: skip

    logits = property(lambda self: self._logits, doc="Logarithms of the probabilities, up to a constant.")
    probs = property(lambda self: self._probs, doc="The probabilities.")

    def _sample_n(self, n, seed=None):
        draws = math.cast(self.total_count, dtypes.int32)
        k = self.event_shape_tensor()[0]
        draws = array.ones_like(self.logits[..., 0], dtype=draws.dtype) * draws
        logits = array.ones_like(draws[..., None], dtype=self.logits.dtype) * self.logits

        def counted(row):
            logits, draws = row
            classes = array.reshape(random.multinomial(logits[None, ...], draws, seed), [n, -1])
            return reduce.reduce_sum(choosing.one_hot(classes, depth=k), axis=-2)

        rows = [array.reshape(logits, [-1, k]), n * array.reshape(draws, [-1])]
        found = rearrange.transpose(functional.map_fn(counted, rows, dtype=self.dtype), [1, 0, 2])
        return array.reshape(found, array.concat([[n], self.batch_shape_tensor(), [k]], 0))

    def _log_prob(self, counts):
        return reduce.reduce_sum(counts * nn.log_softmax(self.logits), -1) + log_combinations(self.total_count, counts)

    def _mean(self):
        return array.identity(self._mean_value)

    def _variance(self):
        return self._mean_value - self._mean_value * self._spread_probs()

    def _covariance(self):
        return diagonal.matrix_set_diag(-_outer(self._mean_value, self._spread_probs()), self._variance())

    def _spread_probs(self):
        return self.probs * array.ones_like(self.total_count)[..., None]


class DirichletMultinomial(_Counts):
    """A Multinomial whose probabilities are drawn from a Dirichlet distribution.

    Args:
        total_count: floats [...].
        concentration: positive floats [..., k].
    """

    def __init__(
        self, total_count, concentration, validate_args=False, allow_nan_stats=True, name="DirichletMultinomial"
    ):  # fmt: skip
        parameters = dict(locals())
        with build.name_scope(name, None, [total_count, concentration]) as name:
            self._total_count = build.convert_to_tensor(total_count, name="total_count")
            self._like = self._concentration = build.convert_to_tensor(concentration, name="concentration")
            self._total = reduce.reduce_sum(self._concentration, -1)
        super().__init__(
            self._concentration.dtype, distribution.NOT_REPARAMETERIZED, validate_args, allow_nan_stats, parameters,
            [self._total_count, self._concentration], name,
        )  # fmt: skip

    concentration = property(lambda self: self._concentration, doc="The parameters of the Dirichlet distribution.")
    total_concentration = property(lambda self: self._total, doc="Their sum.")

    def _sample_n(self, n, seed=None):
        k = self.event_shape_tensor()[0]
        drawn = random.random_gamma([n], alpha=self.concentration, dtype=self.dtype, seed=seed)
        rows = array.reshape(unary.log(drawn), [-1, k])
        seed = distribution.derived_seed(seed, "dirichlet_multinomial")
        classes = random.multinomial(rows, math.cast(self.total_count, dtypes.int32), seed=seed)
        found = reduce.reduce_sum(choosing.one_hot(classes, depth=k), -2)
        found = array.reshape(found, array.concat([[n], self.batch_shape_tensor(), [k]], 0))
        return math.cast(found, self.dtype)

    def _log_prob(self, counts):
        ordered = special.lbeta(self.concentration + counts) - special.lbeta(self.concentration)
        return ordered + log_combinations(self.total_count, counts)

    def _mean(self):
        return self.total_count * (self.concentration / self._total[..., None])

    def _spread(self):
        total = self._total[..., None]
        return unary.sqrt((1.0 + total / self.total_count) / (1.0 + total))

    def _variance(self):
        x = self._spread() * self._mean()
        return x * (self.total_count * self._spread() - x)

    def _covariance(self):
        x = self._spread() * self._mean()
        return diagonal.matrix_set_diag(-_outer(x, x), self._variance())


class OneHotCategorical(distribution.VectorDistribution):
    """Classes as rows of zeros with one 1.

    Args:
        logits: logarithms of the probabilities [..., k], up to a constant; or else probs.
        dtype: of samples.
    """

    def __init__(
        self, logits=None, probs=None, dtype=dtypes.int32, validate_args=False, allow_nan_stats=True,
        name="OneHotCategorical",
    ):  # fmt: skip
        parameters = dict(locals())
        with build.name_scope(name, None, [logits, probs]) as name:
            self._logits, self._probs = distribution.logits_and_probs(logits, probs, True, name)
        super().__init__(
            dtype, distribution.NOT_REPARAMETERIZED, validate_args, allow_nan_stats, parameters,
            [self._logits, self._probs], name,
        )  # fmt: skip

    logits = property(lambda self: self._logits, doc="Logarithms of the probabilities, up to a constant.")
    probs = property(lambda self: self._probs, doc="The probabilities.")
    event_size = property(lambda self: array.shape(self._logits)[-1], doc="The number of classes, as a tensor.")

    _like = property(lambda self: self._logits)

    def _sample_n(self, n, seed=None):
        shape = array.concat([[n], array.shape(self._logits)], 0)
        rows = array.reshape(self._logits, [-1, self.event_size])
        drawn = rearrange.transpose(random.multinomial(rows, n, seed=seed))
        return array.reshape(choosing.one_hot(drawn, self.event_size, dtype=self.dtype), shape)

    def _log_prob(self, x):
        logits = array.ones_like(x, dtype=self._logits.dtype) * self._logits
        x = math.cast(x, logits.dtype) * array.ones_like(logits)
        return -cross_entropy.softmax_cross_entropy_with_logits(labels=x, logits=logits)

    def _entropy(self):
        return -reduce.reduce_sum(nn.log_softmax(self._logits) * self._probs, axis=-1)

    def _mean(self):
        return array.identity(self._probs)

    def _variance(self):
        return self._probs * (1.0 - self._probs)

    def _mode(self):
        return choosing.one_hot(running.argmax(self._logits, axis=-1), self.event_size, dtype=self.dtype)


@distribution.RegisterKL(OneHotCategorical, OneHotCategorical)
def _rows_to_rows(a, b, name=None):
    with build.name_scope(name, "kl_categorical_categorical", [a.logits, b.logits]):
        delta = nn.log_softmax(a.logits) - nn.log_softmax(b.logits)
        return reduce.reduce_sum(nn.softmax(a.logits) * delta, axis=-1)
