"""Rules of `_ops/dataset_stats.py`: how large elements are and how long they take, collected in an object of the session."""

from __future__ import annotations

import threading
import time

import numpy as np

from graphflow._graph import protos
from graphflow._lowering import dataset_values, datasets, queues, rule, summaries


class _Aggregator:
    """Numbers by tag."""

    def __init__(self):
        self._numbers = {}
        self._lock = threading.Lock()

    def add(self, tag, number):
        """One number more."""
        with self._lock:
            self._numbers.setdefault(tag, []).append(float(number))

    def summary(self):
        """A serialized Summary with a histogram for each tag."""
        with self._lock:
            found = {tag: np.array(numbers) for tag, numbers in sorted(self._numbers.items())}
        made = protos.Summary()
        for tag, numbers in found.items():
            made.value.add(tag=tag).histo.CopyFrom(summaries.histogram_of(numbers))
        return made.SerializeToString()


def _handle(ctx, op):
    return queues.resource_of(ctx, op, lambda _: _Aggregator())


def _summary(ctx, op, ref):
    return np.array(ctx.resources[ref.key].value.summary(), object)


class _Measured(dataset_values.Of):
    """The same elements; a number is made of each and added under a tag, where something collects."""

    def __init__(self, source, tag, takes_time):
        super().__init__(source)
        self._tag, self._takes_time = tag, takes_time

    def stream(self, run):
        stream = self.source.stream(run)

        def pull():
            start = time.perf_counter()
            element = next(stream)
            for prefix, aggregator in run.aggregators:
                taken = (time.perf_counter() - start) * 1e6 if self._takes_time else sum(map(_bytes, element))
                aggregator.add(prefix + self._tag, taken)
            return element

        return dataset_values.Pulled(pull)


def _bytes(component):
    if component.dtype.hasobject:
        return sum(len(item) for item in component.ravel().tolist() if isinstance(item, bytes))
    return component.nbytes


class _Collected(dataset_values.Of):
    """The same elements, what is measured of which goes to an aggregator."""

    def __init__(self, source, aggregator, prefix):
        super().__init__(source)
        self._aggregator, self._prefix = aggregator, prefix

    def stream(self, run):
        run.aggregators.append((self._prefix, self._aggregator))
        return self.source.stream(run)


def _measured(takes_time):
    return datasets.row(lambda ctx, op, source, tag: _Measured(source, tag.item().decode(), takes_time))


def _collected(ctx, op, source, ref, tag, counter_prefix):
    prefix = tag.item().decode()
    return _Collected(source, ctx.resources[ref.key].value, f"{prefix}::" if prefix else "")


_OF_SESSION = "what is measured lives in the session"

RULES = {
    "StatsAggregatorHandle": rule.Host(_handle, because=_OF_SESSION, free=True),
    "StatsAggregatorSummary": rule.Host(_summary, because=_OF_SESSION),
    "BytesProducedStatsDataset": _measured(False),
    "LatencyStatsDataset": _measured(True),
    "SetStatsAggregatorDataset": datasets.row(_collected),
}
