"""Where chunks of a series start from in training."""

from __future__ import annotations

from graphflow._core import dtypes, nest
from graphflow._estimator import model_fn
from graphflow._estimator.timeseries import feature_keys, model
from graphflow._graph import graph as graph_lib
from graphflow._ops import array, choosing, compare, math
from graphflow._train import mutable_tables

_KEYS, _STATE, _MODES = feature_keys.TrainEvalFeatures, feature_keys.State, model_fn.ModeKeys


class PassthroughStateManager:
    """Chunks of a series start from the model's start state, each for itself."""

    def __init__(self):
        self._input_statistics = None

    def initialize_graph(self, model, input_statistics=None):
        """Makes what belongs to a graph."""
        self._input_statistics = input_statistics

    def define_loss(self, model, features, mode):
        """The model's outputs for a batch."""
        if _STATE.STATE_TUPLE in features:
            raise ValueError("Overriding start state is not supported for this model.")
        return model.define_loss(features, mode)


class FilteringOnlyStateManager(PassthroughStateManager):
    """As PassthroughStateManager; evaluation may start from a state that is given."""

    def define_loss(self, model, features, mode):
        if _STATE.STATE_TUPLE not in features:
            return model.define_loss(features, mode)
        if mode == _MODES.TRAIN:
            raise ValueError(
                "Overriding saved state for training is not supported (but a value for feature "
                f"{_STATE.STATE_TUPLE} was specified)."
            )
        others = {key: value for key, value in features.items() if key != _STATE.STATE_TUPLE}
        return model.get_batch_loss(others, mode, features[_STATE.STATE_TUPLE])


class ChainingStateManager(FilteringOnlyStateManager):
    """Chunks start from the state that a chunk before them left, as far as there was one.

    Args:
        state_saving_interval: states are kept for times that are multiples of it.
        checkpoint_state: whether checkpoints hold them.
    """

    def __init__(self, state_saving_interval=20, checkpoint_state=False):
        super().__init__()
        self._interval, self._is_saved, self._tables = state_saving_interval, checkpoint_state, None

    def initialize_graph(self, model, input_statistics=None):
        super().initialize_graph(model, input_statistics)
        self._start = model.get_start_state()
        self._tables = [
            mutable_tables.DenseHashTable(
                dtypes.int64, part.dtype, part, -1, -2, name=f"cached_states_{i}", checkpoint=self._is_saved
            )
            for i, part in enumerate(nest.flatten(self._start))
        ]

    def define_loss(self, model, features, mode):
        if _STATE.STATE_TUPLE in features:
            return super().define_loss(model, features, mode)
        return self._chained(model, features, mode)

    def _chained(self, sequential, features, mode):
        if self._tables is None:
            raise ValueError("ChainingStateManager requires initialize_graph() to be called before use.")
        times = features[_KEYS.TIMES]
        loss, states, predictions = sequential.per_step_batch_loss(features, mode, self._known(times[:, 0]))
        # The state after a step is kept for the multiple of the interval that the next step reaches.
        following = array.concat([times[:, 1:], times[:, -1:] + 1], axis=1)
        numbers = math.maximum(following // self._interval, times // self._interval + 1)
        kept = [table.insert(numbers, part) for table, part in zip(self._tables, nest.flatten(states), strict=True)]
        with graph_lib.get_default_graph().control_dependencies(kept):
            loss = array.identity(loss)
        predictions["observed"] = features[_KEYS.VALUES]
        last = nest.map_structure(lambda part: part[-1:, -1], states)
        return model.ModelOutputs(loss, last, predictions, times)

    def _known(self, times):
        """The states that chunks beginning at `times` start from: the start state for those at the series' start."""
        first = 0 if self._input_statistics is None else self._input_statistics.start_time
        numbers = times // self._interval
        is_start = compare.equal(numbers, first // self._interval)
        starts = nest.flatten(model.replicate_state(self._start, array.shape(times)[0]))
        found = []
        for table, start in zip(self._tables, starts, strict=True):
            cached = table.lookup(numbers)
            cached.set_shape([times.get_shape()[0].value, *start.get_shape().as_list()[1:]])
            found.append(choosing.where(is_start, start, cached))
        return nest.pack_sequence_as(self._start, found)
