"""How large the elements of a dataset are and how long they take: recorded where a StatsAggregator collects it."""

from __future__ import annotations

from graphflow._core import dtypes
from graphflow._graph import build, op_def
from graphflow._ops import element_spec

op_def.shape_rule(
    "StatsAggregatorHandle", "StatsAggregatorSummary", "SetStatsAggregatorDataset", "BytesProducedStatsDataset",
    "LatencyStatsDataset",
)(lambda op: [()])  # fmt: skip


class StatsAggregator:
    """Collects what datasets record whose options name it: `options.experimental_stats.aggregator = aggregator`."""

    def __init__(self):
        self._resource = build.apply("StatsAggregatorHandle")

    def get_summary(self):
        """A serialized Summary, string scalar: a histogram for each tag."""
        return build.apply("StatsAggregatorSummary", self._resource)


def bytes_produced_stats(tag):
    """For `Dataset.apply`: records under `tag` how many bytes each element has."""
    return lambda dataset: _recording("BytesProducedStatsDataset", dataset, tag)


def latency_stats(tag):
    """For `Dataset.apply`: records under `tag` how many microseconds each element takes."""
    return lambda dataset: _recording("LatencyStatsDataset", dataset, tag)


def _recording(op_type, dataset, tag):
    return dataset._same(op_type, build.convert_to_tensor(tag, dtypes.string))


def collected(variant, spec, options):
    """The variant of a dataset whose records an aggregator collects, as StatsOptions say.

    Raises:
        ValueError: every transformation is to be timed, which is not done here.
    """
    if options.latency_all_edges:
        raise ValueError(
            "latency_all_edges is not supported: apply tf.data.experimental.latency_stats to the datasets to be timed"
        )
    with build.name_scope("SetStatsAggregatorDataset") as scope:
        return build.apply(
            "SetStatsAggregatorDataset", variant, options.aggregator._resource, options.prefix or "",
            options.counter_prefix or "", name=scope, **element_spec.flat_attrs(spec),
        )  # fmt: skip
