"""Statistics of a series, gathered from the chunks of it that training sees."""

from __future__ import annotations

import collections

import numpy as np

from graphflow._core import dtypes
from graphflow._estimator.timeseries import feature_keys
from graphflow._graph import graph as graph_lib
from graphflow._ops import (
    array,
    choosing,
    compare,
    initializers,
    math,
    normalization,
    reduce,
    running,
    unary,
    variable_scope,
)

Moments = collections.namedtuple("Moments", ["mean", "variance"])
InputStatistics = collections.namedtuple(
    "InputStatistics", ["series_start_moments", "overall_feature_moments", "start_time", "total_observation_count"]
)
_INT64 = np.iinfo(np.int64)


class InputStatisticsFromMiniBatch:
    """Statistics in variables, which each step of training brings up to date.

    Args:
        num_features: how many numbers an observation has; dtype: theirs.
        starting_variance_window_size: how many observations the moments of the series' start are taken over.
    """

    def __init__(self, num_features, dtype, starting_variance_window_size=16):
        self._features, self._dtype, self._window = num_features, dtype, starting_variance_window_size

    def initialize_graph(self, features, update_statistics=True):
        """The InputStatistics, as they are after this step where `update_statistics` and there are times and values."""
        keys = feature_keys.TrainEvalFeatures
        times, values = features.get(keys.TIMES), features.get(keys.VALUES)
        updates = update_statistics and times is not None and values is not None
        with variable_scope.variable_scope("input_statistics", use_resource=True):
            kept = self._statistics()
        with variable_scope.variable_scope("input_statistics_auxiliary", use_resource=True):
            sums = self._sums()
        if not updates:
            return kept
        new = self._updated(kept, sums, times, math.cast(values, self._dtype))
        held = [
            *kept.series_start_moments,
            *kept.overall_feature_moments,
            kept.start_time,
            kept.total_observation_count,
        ]
        fresh = [*new.series_start_moments, *new.overall_feature_moments, new.start_time, new.total_observation_count]
        assigned = [var.assign(value).op for var, value in zip(held, fresh, strict=True)]
        with graph_lib.get_default_graph().control_dependencies(assigned):
            fresh = [array.identity(value) for value in fresh]
        return InputStatistics(Moments(*fresh[:2]), Moments(*fresh[2:4]), *fresh[4:])

    def _vector(self, name, initializer):
        return variable_scope.get_variable(
            name, shape=[self._features], dtype=self._dtype, initializer=initializer, trainable=False
        )

    def _scalar(self, name, dtype, value):
        return variable_scope.get_variable(
            name, shape=[], dtype=dtype, initializer=initializers.Constant(value), trainable=False
        )

    def _statistics(self):
        zeros, ones = initializers.Zeros(), initializers.Ones()
        return InputStatistics(
            Moments(self._vector("series_start_mean", zeros), self._vector("series_start_variance", ones)),
            Moments(self._vector("overall_feature_mean", zeros), self._vector("overall_feature_var", ones)),
            self._scalar("start_time", dtypes.int64, _INT64.max),
            self._scalar("total_observation_count", dtypes.int64, 1),
        )

    def _sums(self):
        zeros = initializers.Zeros()
        return {
            "max_time_seen": self._scalar("max_time_seen", dtypes.int64, _INT64.min),
            "chunk_count": self._scalar("chunk_count", dtypes.int64, 0),
            "duration": self._scalar("inter_observation_duration_sum", self._dtype, 0),
            "example_count": self._scalar("example_count", dtypes.int64, 0),
            "sum": self._vector("overall_feature_sum", zeros),
            "squares": self._vector("overall_feature_sum_of_squares", zeros),
        }

    def _updated(self, kept, sums, times, values):
        spans = math.cast(reduce.reduce_max(times, axis=1) - reduce.reduce_min(times, axis=1), self._dtype)
        durations = spans / math.cast(array.shape(times)[1] - 1, self._dtype)
        last = sums["max_time_seen"].assign(math.maximum(sums["max_time_seen"].read_value(), reduce.reduce_max(times)))
        chunks = sums["chunk_count"].assign_add(array.shape(times, out_type=dtypes.int64)[0])
        duration = sums["duration"].assign_add(reduce.reduce_sum(durations))
        count = math.cast(sums["example_count"].assign_add(array.size(times, out_type=dtypes.int64)), self._dtype)
        total = sums["sum"].assign_add(reduce.reduce_sum(values, axis=[0, 1]))
        squares = sums["squares"].assign_add(reduce.reduce_sum(unary.square(values), axis=[0, 1]))
        mean = total / count
        variance = count / (count - 1.0) * (squares / count - unary.square(mean))
        before = kept.start_time.read_value()
        earliest = math.cast(running.argmin(times[:, 0]), dtypes.int32)
        is_earlier = compare.less_equal(times[earliest, 0], before)
        moments = normalization.moments(values[earliest, : self._window], axes=[0])
        start = [
            choosing.where_v2(is_earlier, new, old.read_value())
            for new, old in zip(moments, kept.series_start_moments, strict=True)
        ]
        first = math.minimum(before, reduce.reduce_min(times))
        between = duration / math.cast(chunks, self._dtype)
        number = math.cast(unary.round(math.cast(last - first + 1, self._dtype) / between), dtypes.int64)
        return InputStatistics(Moments(*start), Moments(mean, variance), first, number)
