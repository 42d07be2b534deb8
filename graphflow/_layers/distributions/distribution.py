"""The base of distributions, and the table of divergences between two.

A distribution has a batch shape (of its parameters) and an event shape (of one draw); samples have shape
`sample_shape + batch_shape + event_shape`.
"""

from __future__ import annotations

import contextlib
import hashlib
import inspect

import numpy as np

from graphflow._core import dtypes, shapes
from graphflow._graph import build, static_value, tensor
from graphflow._graph import graph as graph_lib
from graphflow._ops import array, asserts, compare, nn, reduce, unary


class ReparameterizationType:
    """Whether gradients flow through samples to the parameters."""

    def __init__(self, rep_type):
        self._rep_type = rep_type

    def __repr__(self):
        return f"<Reparameterization Type: {self._rep_type}>"


FULLY_REPARAMETERIZED = ReparameterizationType("FULLY_REPARAMETERIZED")
NOT_REPARAMETERIZED = ReparameterizationType("NOT_REPARAMETERIZED")


def derived_seed(seed, salt):
    """Another seed made of a seed, for the second draw of one sample."""
    return None if seed is None else int(hashlib.md5(f"{seed}{salt}".encode()).hexdigest()[:8], 16) & 0x7FFFFFFF


class Distribution:
    """Base of distributions; a subclass defines some of `_sample_n`, `_log_prob`, `_prob`, `_cdf`, `_mean`, `_variance` ...

    Args:
        dtype: of samples.
        reparameterization_type: FULLY_REPARAMETERIZED or NOT_REPARAMETERIZED.
        validate_args: whether arguments are checked when the graph runs.
        allow_nan_stats: whether statistics that do not exist are NaN; else they are errors.
        parameters: dict of the arguments, for `copy`.
        graph_parents: tensors of the parameters.
        name: scope of the operations.
    """

    def __init__(
        self, dtype, reparameterization_type, validate_args, allow_nan_stats, parameters=None, graph_parents=None, name=None
    ):  # fmt: skip
        self._dtype, self._reparameterization_type = dtypes.as_dtype(dtype), reparameterization_type
        self._validate_args, self._allow_nan_stats = validate_args, allow_nan_stats
        known = inspect.signature(type(self).__init__).parameters
        kept = {key: value for key, value in (parameters or {}).items() if key != "self" and key in known}
        self._parameters, self._graph_parents = kept, list(graph_parents or [])
        name = name or type(self).__name__
        if not name.endswith("/"):
            with build.name_scope(name) as name:
                pass
        self._name = name

    # -- what it is ------------------------------------------------------------------------------------------------------

    @property
    def name(self):
        """The scope of its operations, with a slash at the end."""
        return self._name

    @property
    def dtype(self):
        """The dtype of samples."""
        return self._dtype

    @property
    def parameters(self):
        """The arguments it was made with, as a dict."""
        return dict(self._parameters)

    @property
    def reparameterization_type(self):
        """Whether gradients flow through samples."""
        return self._reparameterization_type

    @property
    def allow_nan_stats(self):
        """Whether statistics that do not exist are NaN."""
        return self._allow_nan_stats

    @property
    def validate_args(self):
        """Whether arguments are checked when the graph runs."""
        return self._validate_args

    def copy(self, **override_parameters_kwargs):
        """Another distribution of that kind, with some arguments changed."""
        return type(self)(**{**self._parameters, **override_parameters_kwargs})

    @property
    def batch_shape(self):
        """The TensorShape of the parameters, as far as it is known."""
        return shapes.as_shape(self._batch_shape())

    @property
    def event_shape(self):
        """The TensorShape of one draw."""
        return shapes.as_shape(self._event_shape())

    def batch_shape_tensor(self, name="batch_shape_tensor"):
        """The batch shape as an int32 vector."""
        with self._scope(name):
            if self.batch_shape.is_fully_defined():
                return build.convert_to_tensor(self.batch_shape.as_list(), dtype=dtypes.int32, name="batch_shape")
            return self._batch_shape_tensor()

    def event_shape_tensor(self, name="event_shape_tensor"):
        """The event shape as an int32 vector."""
        with self._scope(name):
            if self.event_shape.is_fully_defined():
                return build.convert_to_tensor(self.event_shape.as_list(), dtype=dtypes.int32, name="event_shape")
            return self._event_shape_tensor()

    def is_scalar_event(self, name="is_scalar_event"):
        """Whether one draw is a number, as a bool tensor."""
        with self._scope(name):
            return build.convert_to_tensor(self.event_shape.ndims == 0, name="is_scalar_event")

    def is_scalar_batch(self, name="is_scalar_batch"):
        """Whether there is one distribution only, as a bool tensor."""
        with self._scope(name):
            return build.convert_to_tensor(self.batch_shape.ndims == 0, name="is_scalar_batch")

    def _event_shape(self):
        return ()

    def _event_shape_tensor(self):
        return build.constant([], dtype=dtypes.int32)

    def __str__(self):
        shapes = (("batch_shape", self.batch_shape), ("event_shape", self.event_shape))
        known = "".join(f", {what}={shape}" for what, shape in shapes if shape.ndims is not None)
        return f'tfp.distributions.{type(self).__name__}("{self.name}"{known}, dtype={self.dtype.name})'

    def __repr__(self):
        return (
            f"<tfp.distributions.{type(self).__name__} {self.name!r} batch_shape={self.batch_shape} "
            f"event_shape={self.event_shape} dtype={self.dtype.name}>"
        )

    @contextlib.contextmanager
    def _scope(self, name, values=()):
        with build.name_scope(self.name):
            with build.name_scope(name, None, [*values, *self._graph_parents]) as scope:
                yield scope

    # -- draws -----------------------------------------------------------------------------------------------------------

    def sample(self, sample_shape=(), seed=None, name="sample"):
        """Draws of shape `sample_shape + batch_shape + event_shape`."""
        with self._scope(name, [sample_shape] if isinstance(sample_shape, tensor.Tensor) else ()):
            wanted = build.convert_to_tensor(sample_shape, dtype=dtypes.int32, name="sample_shape")
            known = static_value.constant_value(wanted)
            count = reduce.reduce_prod(wanted) if known is None else np.prod(known, dtype=np.int32)
            if len(wanted._dims) == 0:
                flat = np.array([known], np.int32) if known is not None else None
                wanted = (
                    array.reshape(wanted, [1]) if flat is None else build.convert_to_tensor(flat, name="sample_shape")
                )
            drawn = self._sample_n(count, seed)
            drawn = array.reshape(drawn, array.concat([wanted, array.shape(drawn)[1:]], 0))
            known = static_value.constant_value(wanted)
            if known is not None and self.batch_shape.ndims is not None and self.event_shape.ndims is not None:
                outer = shapes.as_shape(known.tolist())
                drawn.set_shape(outer.concatenate(self.batch_shape).concatenate(self.event_shape))
            return self._from_drawn(drawn)

    def _from_drawn(self, drawn):
        """What is made of the numbers drawn, once they have their final shape."""
        return drawn

    # -- functions of a value --------------------------------------------------------------------------------------------

    def _of_value(self, name, value, *ways):
        """The first of the ways that this distribution has: (method, function of its result)."""
        with self._scope(name, [value] if isinstance(value, tensor.Tensor) else ()):
            value = build.convert_to_tensor(value, name="value", preferred_dtype=self.dtype)
            for method, after in ways:
                if hasattr(self, method):
                    made = getattr(self, method)(value)
                    return made if after is None else after(made)
        raise NotImplementedError(f"{name} is not implemented: {type(self).__name__}")

    def log_prob(self, value, name="log_prob"):
        """The logarithm of the density, or of the probability, at a value."""
        return self._of_value(name, value, ("_log_prob", None), ("_prob", unary.log))

    def prob(self, value, name="prob"):
        """The density, or the probability, at a value."""
        return self._of_value(name, value, ("_prob", None), ("_log_prob", unary.exp))

    def log_cdf(self, value, name="log_cdf"):
        """The logarithm of the probability of a draw up to a value."""
        return self._of_value(name, value, ("_log_cdf", None), ("_cdf", unary.log))

    def cdf(self, value, name="cdf"):
        """The probability of a draw up to a value."""
        return self._of_value(name, value, ("_cdf", None), ("_log_cdf", unary.exp))

    def log_survival_function(self, value, name="log_survival_function"):
        """The logarithm of the probability of a draw above a value."""
        return self._of_value(name, value, ("_log_survival_function", None), ("cdf", lambda p: unary.log1p(-p)))

    def survival_function(self, value, name="survival_function"):
        """The probability of a draw above a value."""
        return self._of_value(name, value, ("_survival_function", None), ("cdf", lambda p: 1.0 - p))

    def quantile(self, value, name="quantile"):
        """The value up to which draws lie with a probability."""
        return self._of_value(name, value, ("_quantile", None))

    # -- moments ---------------------------------------------------------------------------------------------------------

    def _statistic(self, name, *ways):
        with self._scope(name):
            for method, after in ways:
                if hasattr(self, method):
                    made = getattr(self, method)()
                    return made if after is None else after(made)
        raise NotImplementedError(f"{name} is not implemented: {type(self).__name__}")

    def entropy(self, name="entropy"):
        """The entropy, in nats."""
        return self._statistic(name, ("_entropy", None))

    def mean(self, name="mean"):
        """The mean."""
        return self._statistic(name, ("_mean", None))

    def variance(self, name="variance"):
        """The variance of each component."""
        return self._statistic(name, ("_variance", None), ("_stddev", unary.square))

    def stddev(self, name="stddev"):
        """The standard deviation of each component."""
        return self._statistic(name, ("_stddev", None), ("_variance", unary.sqrt))

    def covariance(self, name="covariance"):
        """The matrix of covariances of the components."""
        return self._statistic(name, ("_covariance", None))

    def mode(self, name="mode"):
        """The most probable value."""
        return self._statistic(name, ("_mode", None))

    # -- two distributions -----------------------------------------------------------------------------------------------

    def kl_divergence(self, other, name="kl_divergence"):
        """The Kullback-Leibler divergence from this distribution to another."""
        with self._scope(name):
            return kl_divergence(self, other, allow_nan_stats=self.allow_nan_stats)

    def cross_entropy(self, other, name="cross_entropy"):
        """The entropy of this distribution, plus the divergence to another."""
        with self._scope(name), build.name_scope("cross_entropy"):
            return self.entropy() + kl_divergence(self, other, allow_nan_stats=self.allow_nan_stats)


class VectorDistribution(Distribution):
    """Base of those whose draws are vectors. A subclass has `_like`, a tensor of the shape `batch_shape + event_shape`."""

    def _batch_shape(self):
        return self._like.get_shape()[:-1]

    def _batch_shape_tensor(self):
        return array.shape(self._like)[:-1]

    def _event_shape(self):
        return self._like.get_shape()[-1:]

    def _event_shape_tensor(self):
        return array.shape(self._like)[-1:]


_DIVERGENCES: dict = {}  # (class, class) -> function of two distributions and a name


class RegisterKL:
    """Decorator: the function `(a, b, name=None)` is the divergence from one class to another."""

    def __init__(self, dist_cls_a, dist_cls_b):
        self._key = (dist_cls_a, dist_cls_b)

    def __call__(self, kl_fn):
        if not callable(kl_fn):
            raise TypeError(f"kl_fn must be callable, received: {kl_fn}")
        if self._key in _DIVERGENCES:
            names = " || ".join(one.__name__ for one in self._key)
            raise ValueError(f"KL({names}) has already been registered to: {_DIVERGENCES[self._key]}")
        _DIVERGENCES[self._key] = kl_fn
        return kl_fn


def kl_divergence(distribution_a, distribution_b, allow_nan_stats=True, name=None):
    """The Kullback-Leibler divergence `sum p log(p / q)` from one distribution to another.

    Args:
        allow_nan_stats: False: a result that is NaN is an error.

    Raises:
        NotImplementedError: nobody registered it for these two classes or their bases.
    """
    a, b = type(distribution_a), type(distribution_b)
    near = [
        (i + j, _DIVERGENCES[base_a, base_b])
        for i, base_a in enumerate(a.__mro__)
        for j, base_b in enumerate(b.__mro__)
        if (base_a, base_b) in _DIVERGENCES
    ]
    if not near:
        raise NotImplementedError(
            f"No KL(distribution_a || distribution_b) registered for distribution_a type {a.__name__} and distribution_b "
            f"type {b.__name__}: decorate a function with RegisterKL"
        )
    with build.name_scope("KullbackLeibler"):
        made = min(near, key=lambda item: item[0])[1](distribution_a, distribution_b, name=name)
        if allow_nan_stats:
            return made
        made = array.identity(made, name="kl")
        fine = compare.logical_not(reduce.reduce_any(unary.is_nan(made)))
        text = f"KL calculation between {distribution_a.name} and {distribution_b.name} returned NaN values:"
        with graph_lib.get_default_graph().control_dependencies([asserts.Assert(fine, [text, made])]):
            return array.identity(made, name="checked_kl")


def logits_and_probs(logits, probs, multidimensional, name):
    """Both, from the one that was given.

    Raises:
        ValueError: not just one of them was given. TypeError: it is not floating.
    """
    with build.name_scope(name, None, [probs, logits]):
        if (probs is None) == (logits is None):
            raise ValueError("Must pass probs or logits, but not both.")
        given = build.convert_to_tensor(logits if probs is None else probs, name="logits" if probs is None else "probs")
        if not given.dtype.is_floating:
            raise TypeError(f"{'logits' if probs is None else 'probs'} must have a floating type, got {given.dtype!r}.")
        if probs is None:
            return given, (nn.softmax if multidimensional else unary.sigmoid)(given, name="probs")
        with build.name_scope("logits"):
            logits = unary.log(given)
            return logits if multidimensional else logits - unary.log1p(-1.0 * given), given
