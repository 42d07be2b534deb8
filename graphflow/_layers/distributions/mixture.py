"""Mixtures of distributions, and batches of distributions taken as one."""

from __future__ import annotations

import numpy as np

from graphflow._graph import build, static_value
from graphflow._layers.distributions import distribution
from graphflow._ops import array, choosing, gather, joining, math, nn, rearrange, reduce, sets


def _padded(x, event_rank):
    """`x` with axes of size 1 behind, one for each axis of an event."""
    for _ in range(event_rank):
        x = x[..., None]
    return x


class Mixture(distribution.Distribution):
    """One of several distributions, chosen anew for each draw.

    Args:
        cat: a Categorical over the components, of their batch shape.
        components: distributions of one dtype, batch shape and event shape.
        use_static_graph: whether each component draws for all, and the choice masks; else each draws for its own.

    Raises:
        TypeError, ValueError: these do not fit.
    """

    def __init__(
        self, cat, components, validate_args=False, allow_nan_stats=True, use_static_graph=False, name="Mixture"
    ):  # fmt: skip
        parameters = dict(locals())
        if not hasattr(cat, "event_size"):
            raise TypeError(f"cat must be a Categorical distribution, but saw: {cat}")
        if not components:
            raise ValueError("components must be a non-empty list or tuple")
        wrong = [c for c in components if not isinstance(c, distribution.Distribution)]
        if wrong:
            raise TypeError(f"all entries of components must be Distribution instances but saw: {components}")
        if len({c.dtype for c in components}) > 1:
            raise TypeError(
                f"All components must have the same dtype, but saw dtypes: {[c.dtype.name for c in components]}"
            )
        count = static_value.known_int(cat.event_size)
        if count is not None and count != len(components):
            raise ValueError(f"cat.num_classes != len(components): {count} vs. {len(components)}")
        self._cat, self._components, self._static = cat, list(components), use_static_graph
        super().__init__(
            components[0].dtype, distribution.NOT_REPARAMETERIZED, validate_args, allow_nan_stats, parameters,
            [cat.logits], name,
        )  # fmt: skip

    cat = property(lambda self: self._cat, doc="The choice of the component.")
    components = property(lambda self: self._components, doc="The distributions.")
    num_components = property(lambda self: len(self._components), doc="How many there are.")

    def _batch_shape(self):
        return self._cat.batch_shape

    def _batch_shape_tensor(self):
        return self._cat.batch_shape_tensor()

    def _event_shape(self):
        return self._components[0].event_shape

    def _event_shape_tensor(self):
        return self._components[0].event_shape_tensor()

    def _shares(self, logs):
        """The probability of each component, or its logarithm, of the batch shape."""
        found = (nn.log_softmax if logs else nn.softmax)(self._cat.logits)
        return joining.unstack(found, num=self.num_components, axis=-1)

    def _sample_n(self, n, seed=None):
        chosen = self._cat.sample(n, seed=seed)
        seeds = []
        for _ in self._components:
            seed = distribution.derived_seed(seed, "mixture")
            seeds.append(seed)
        if self._static:
            return self._masked(chosen, [c.sample(n, seed=s) for c, s in zip(self._components, seeds)])
        batch = reduce.reduce_prod(self.batch_shape_tensor())
        size, shape = array.size(chosen), array.shape(chosen)
        order = array.reshape(math.range(0, size), shape)
        places = sets.dynamic_partition(order, chosen, self.num_components)
        rows = array.reshape(rearrange.tile(math.range(0, batch), [n]), shape)
        in_batch = sets.dynamic_partition(rows, chosen, self.num_components)
        drawn = [self._drawn(c, s, batch, own) for c, s, own in zip(self._components, seeds, in_batch)]
        out = sets.dynamic_stitch(places, drawn)
        out = array.reshape(out, array.concat([shape, self.event_shape_tensor()], 0))
        out.set_shape(chosen.get_shape().concatenate(self.event_shape))
        return out

    def _drawn(self, component, seed, batch, rows):
        """As many draws of a component as were chosen, each of its own place in the batch."""
        count = array.size(rows)
        found = component.sample(count, seed=seed)
        found = array.reshape(found, array.concat([[count * batch], self.event_shape_tensor()], 0))
        return gather.gather(found, batch * math.range(count) + rows)

    def _masked(self, chosen, samples):
        rank = self.event_shape.ndims
        stacked = joining.stack(samples, -rank - 1)
        mask = _padded(choosing.one_hot(chosen, self.num_components, dtype=stacked.dtype), rank)
        return reduce.reduce_sum(stacked * mask, axis=-1 - rank)

    def _log_prob(self, x):
        found = [share + c.log_prob(x) for share, c in zip(self._shares(True), self._components)]
        return reduce.reduce_logsumexp(joining.stack(found, 0), [0])

    def _prob(self, x):
        return math.add_n([share * c.prob(x) for share, c in zip(self._shares(False), self._components)])

    def _cdf(self, x):
        return math.add_n([share * c.cdf(x) for share, c in zip(self._shares(False), self._components)])

    def _mean(self):
        rank = self.event_shape.ndims
        return math.add_n([_padded(s, rank) * c.mean() for s, c in zip(self._shares(False), self._components)])

    def _variance(self):
        rank, mean = self.event_shape.ndims, self._mean()
        return math.add_n([
            _padded(s, rank) * (c.variance() + math.squared_difference(c.mean(), mean))
            for s, c in zip(self._shares(False), self._components)
        ])  # fmt: skip

    def entropy_lower_bound(self, name="entropy_lower_bound"):
        """The mean of the components' entropies, which that of the mixture is not below."""
        with self._scope(name):
            return math.add_n([s * c.entropy() for s, c in zip(self._shares(False), self._components)])


class MixtureSameFamily(distribution.Distribution):
    """A mixture whose components are the last axis of one distribution's batch.

    Args:
        mixture_distribution: a Categorical.
        components_distribution: a distribution of batch shape [..., components].
    """

    def __init__(
        self, mixture_distribution, components_distribution, validate_args=False, allow_nan_stats=True,
        name="MixtureSameFamily",
    ):  # fmt: skip
        parameters = dict(locals())
        self._choice, self._family = mixture_distribution, components_distribution
        super().__init__(
            components_distribution.dtype, distribution.NOT_REPARAMETERIZED, validate_args, allow_nan_stats, parameters,
            [mixture_distribution.logits], name,
        )  # fmt: skip

    mixture_distribution = property(lambda self: self._choice, doc="The choice of the component.")
    components_distribution = property(lambda self: self._family, doc="All components.")

    def _batch_shape(self):
        return self._family.batch_shape[:-1]

    def _batch_shape_tensor(self):
        return self._family.batch_shape_tensor()[:-1]

    def _event_shape(self):
        return self._family.event_shape

    def _event_shape_tensor(self):
        return self._family.event_shape_tensor()

    def _components_axis(self):
        return -1 - self.event_shape.ndims

    def _sample_n(self, n, seed=None):
        drawn = self._family.sample(n)  # without the seed, as TensorFlow does
        count = self._family.batch_shape.as_list()[-1]
        mask = choosing.one_hot(self._choice.sample(n), count, dtype=drawn.dtype)
        return reduce.reduce_sum(drawn * _padded(mask, self.event_shape.ndims), axis=self._components_axis())

    def _expanded(self, x):
        return array.expand_dims(x, self._components_axis())

    def _log_prob(self, x):
        shares = nn.log_softmax(self._choice.logits)
        return reduce.reduce_logsumexp(self._family.log_prob(self._expanded(x)) + shares, axis=-1)

    def _cdf(self, x):
        return reduce.reduce_sum(self._family.cdf(self._expanded(x)) * self._choice.probs, axis=-1)

    def _weights(self):
        return _padded(self._choice.probs, self.event_shape.ndims)

    def _mean(self):
        return reduce.reduce_sum(self._weights() * self._family.mean(), axis=self._components_axis())

    def _variance(self):
        axis, weights = self._components_axis(), self._weights()
        within = reduce.reduce_sum(weights * self._family.variance(), axis=axis)
        between = math.squared_difference(self._family.mean(), self._expanded(self._mean()))
        return within + reduce.reduce_sum(weights * between, axis=axis)


class Independent(distribution.Distribution):
    """A distribution some of whose batch axes are taken as axes of its events.

    Args:
        reinterpreted_batch_ndims: how many of the last ones; all but the first when None.
    """

    def __init__(self, distribution, reinterpreted_batch_ndims=None, validate_args=False, name=None):
        parameters = dict(locals())
        parameters.pop("__class__", None)
        if reinterpreted_batch_ndims is None:
            reinterpreted_batch_ndims = max(0, distribution.batch_shape.ndims - 1)
        self._inner, self._count = distribution, int(np.asarray(reinterpreted_batch_ndims))
        super().__init__(
            distribution.dtype, distribution.reparameterization_type, validate_args, distribution.allow_nan_stats,
            parameters, distribution._graph_parents, name or "Independent" + distribution.name.split("/")[-2],
        )  # fmt: skip

    distribution = property(lambda self: self._inner, doc="The distribution inside.")
    reinterpreted_batch_ndims = property(lambda self: self._count, doc="How many axes are taken so.")

    def _batch_shape(self):
        inner = self._inner.batch_shape
        return inner[: inner.ndims - self._count]

    def _batch_shape_tensor(self):
        return self._inner.batch_shape_tensor()[: self._inner.batch_shape.ndims - self._count]

    def _event_shape(self):
        inner = self._inner.batch_shape
        return inner[inner.ndims - self._count :].concatenate(self._inner.event_shape)

    def _event_shape_tensor(self):
        first = self._inner.batch_shape.ndims - self._count
        return array.concat([self._inner.batch_shape_tensor()[first:], self._inner.event_shape_tensor()], 0)

    def _sample_n(self, n, seed=None):
        return self._inner.sample(n, seed=seed)

    def _summed(self, x):
        return reduce.reduce_sum(x, axis=list(range(-self._count, 0))) if self._count else x

    def _log_prob(self, x):
        return self._summed(self._inner.log_prob(x))

    def _entropy(self):
        return self._summed(self._inner.entropy())

    def _mean(self):
        return self._inner.mean()

    def _variance(self):
        return self._inner.variance()

    def _mode(self):
        return self._inner.mode()


@distribution.RegisterKL(Independent, Independent)
def _independent_to_independent(a, b, name=None):
    with build.name_scope(name, "kl_independent"):
        return a._summed(distribution.kl_divergence(a.distribution, b.distribution))
