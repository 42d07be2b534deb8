"""Datasets whose classes come as often as is wanted: some elements are rejected at random."""

from __future__ import annotations

import numpy as np

from graphflow._core import dtypes
from graphflow._graph import build, static_value
from graphflow._ops import (
    array,
    choosing,
    compare,
    control_flow,
    dataset_experimental,
    datasets,
    gather,
    host,
    math,
    random,
    rearrange,
    reduce,
)

_AT_ONCE = 32  # elements that the classes are counted in
_SEEN_BEFORE = 10  # of each class, so that the first counts do not decide


def rejection_resample(class_func, target_dist, initial_dist=None, seed=None):
    """For `Dataset.apply`: pairs of a class and an element; the classes come as often as `target_dist` says.

    Args:
        class_func: function of an element to its class, an int32 scalar.
        target_dist: floats `[classes]`, how often each class is to come.
        initial_dist: how often each comes in the dataset; counted while it is read when None.
        seed: of what is rejected.
    """
    return lambda dataset: _resampled(dataset, class_func, target_dist, initial_dist, seed)


def _resampled(dataset, class_func, target_dist, initial_dist, seed):
    target = build.convert_to_tensor(target_dist, name="target_dist")
    classes = dataset.map(class_func)
    known = None
    if initial_dist is not None:
        initial = build.convert_to_tensor(initial_dist, name="initial_dist")
        accepted, original = _acceptance(initial, target)
        initials, accepted, originals = (
            datasets.Dataset.from_tensors(t).repeat() for t in (initial, accepted, original)
        )
        known = _known_original(initial, target)
    else:
        initials = _counted(target, classes)
        both = initials.map(lambda initial: _acceptance(initial, target))
        accepted, originals = both.map(lambda accepted, _: accepted), both.map(lambda _, original: original)
    filtered = _filtered(dataset, accepted, initials, classes, seed).prefetch(3)
    if known == 0:
        return filtered
    whole = datasets.Dataset.zip((classes, dataset))
    if known == 1:
        return whole
    weights = originals.map(lambda p: [(p, 1.0 - p)])
    return dataset_experimental.sample_from_datasets([whole, filtered], weights=weights, seed=seed)


def _acceptance(initial, target):
    """(how often an element of each class is to be accepted, how often one is to be taken without asking)."""
    ratio = target / (initial + np.finfo(initial.dtype.as_numpy_dtype).tiny)
    most, least = reduce.reduce_max(ratio), reduce.reduce_min(ratio)
    return (ratio - least) / (most - least), least


def _known_original(initial, target):
    values = static_value.constant_value(initial), static_value.constant_value(target)
    return None if values[0] is None or values[1] is None else np.min(values[1] / values[0])


def _counted(target, classes):
    """For each element how often the classes have come up to then."""
    count = target._dims[0] if target._dims and target._dims[0] is not None else array.shape(target)[0]
    seen = array.fill([count], np.int64(_SEEN_BEFORE))

    def update_estimate_and_tile(seen, found):
        kinds = seen._dims[0]
        seen = math.add(seen, reduce.reduce_sum(choosing.one_hot(found, kinds, dtype=dtypes.int64), 0))
        often = math.cast(math.truediv(seen, reduce.reduce_sum(seen)), dtypes.float32)
        return seen, rearrange.tile(array.expand_dims(often, 0), [_AT_ONCE, 1])

    counted = classes.batch(_AT_ONCE).apply(dataset_experimental.scan(seen, update_estimate_and_tile))
    return counted.unbatch()


def _filtered(dataset, accepted, initials, classes, seed):
    """Pairs of a class and an element, of those that are accepted."""

    def maybe_warn_on_large_rejection(accept, initial):
        rejected = reduce.reduce_sum((1 - accept) * initial)
        message = "Proportion of examples rejected by sampler is high: "
        return control_flow.cond(
            compare.less(rejected, 0.5), lambda: accept,
            lambda: host.Print(accept, [rejected, initial, accept], message=message, summarize=100, first_n=10),
        )  # fmt: skip

    def _gather_and_copy(kind, accept, element):
        return kind, gather.gather(accept, kind), element

    accepted = datasets.Dataset.zip((accepted, initials)).map(maybe_warn_on_large_rejection)
    asked = datasets.Dataset.zip((classes, accepted, dataset)).map(_gather_and_copy)
    kept = asked.filter(lambda _1, p, _2: random.random_uniform([], seed=seed) < p)
    return kept.map(lambda kind, _, element: (kind, element))
