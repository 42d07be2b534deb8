"""Scheduled sampling: a decoder in training that now and then reads what it said itself.

TensorFlow gathers the rows that do, and scatters what they read among the others; here what all rows would read is computed and
then chosen from, so that the loop compiles. Seeds count nodes, so the difference is added.

Source: Bengio et al., "Scheduled sampling for sequence prediction with recurrent neural networks" (2015),
https://arxiv.org/abs/1506.03099.
"""

from __future__ import annotations

from graphflow._contrib import seq2seq_helpers, seq2seq_sampling
from graphflow._core import dtypes
from graphflow._graph import build
from graphflow._graph import graph as graph_lib
from graphflow._layers import dynamic_rnn
from graphflow._ops import array, choosing, compare, control_flow, math, reduce


def _probability(sampling_probability):
    made = build.convert_to_tensor(sampling_probability, name="sampling_probability")
    if made.get_shape().ndims not in (0, 1):
        raise ValueError(f"sampling_probability must be either a scalar or a vector. saw shape: {made.get_shape()}")
    return made


def _chosen(chosen, said, given, missing):
    """`said` in the rows that are `chosen`, else `given`; `missing` is how many nodes more TensorFlow makes here."""
    graph_lib.get_default_graph()._last_id += missing
    return choosing.where(chosen, said, given)


class ScheduledEmbeddingTrainingHelper(seq2seq_helpers.TrainingHelper):
    """Reads given sequences, but with some probability the embedding of a symbol drawn by the last output.

    Samples are -1 in the rows that read the sequence.

    Args:
        embedding: function of ids to inputs, or the embedding to look them up in.
        sampling_probability: float scalar, or `[batch]`.
        seed: of the symbols; scheduling_seed: of the choice between the two.
        others: as for `TrainingHelper`.
    """

    def __init__(self, inputs, sequence_length, embedding, sampling_probability, time_major=False, seed=None,
                 scheduling_seed=None, name=None):  # fmt: skip
        with build.name_scope(name, "ScheduledEmbeddingSamplingWrapper", [embedding, sampling_probability]):
            self._embedding_fn = seq2seq_helpers.lookup_function(embedding)
            self._sampling_probability = _probability(sampling_probability)
            self._seed, self._scheduling_seed = seed, scheduling_seed
            super().__init__(inputs, sequence_length, time_major=time_major, name=name)

    def sample(self, time, outputs, state, name=None):
        with build.name_scope(name, "ScheduledEmbeddingTrainingHelperSample", [time, outputs, state]):
            chosen = seq2seq_sampling.bernoulli(
                self._sampling_probability, dtypes.bool, self.batch_size, self._scheduling_seed
            )
            drawn = seq2seq_sampling.categorical(outputs, seed=self._seed)
            return choosing.where(chosen, drawn, array.fill([self.batch_size], -1))

    def next_inputs(self, time, outputs, state, sample_ids, name=None):
        with build.name_scope(name, "ScheduledEmbeddingTrainingHelperNextInputs", [time, outputs, state, sample_ids]):
            finished, given, state = super().next_inputs(time, outputs, state, sample_ids=sample_ids, name=name)

            def mixed():
                said = self._embedding_fn(math.maximum(sample_ids, 0))
                return _chosen(sample_ids > -1, said, given, missing=9)

            over = reduce.reduce_all(finished)
            return finished, control_flow.cond(over, lambda: given, mixed), state


class ScheduledOutputTrainingHelper(seq2seq_helpers.TrainingHelper):
    """Reads given sequences, but with some probability the last output itself. Samples tell which rows did.

    Args:
        sampling_probability: float scalar, or `[batch]`.
        seed: of the choice.
        next_inputs_fn: outputs -> inputs; the outputs themselves where None.
        auxiliary_inputs: sequences joined to whatever is read, along the last axis.
        others: as for `TrainingHelper`.
    """

    def __init__(self, inputs, sequence_length, sampling_probability, time_major=False, seed=None, next_inputs_fn=None,
                 auxiliary_inputs=None, name=None):  # fmt: skip
        with build.name_scope(name, "ScheduledOutputTrainingHelper", [inputs, auxiliary_inputs, sampling_probability]):
            self._sampling_probability = _probability(sampling_probability)
            self._seed, self._next_inputs_fn, self._auxiliary = seed, next_inputs_fn, None
            if auxiliary_inputs is not None:
                inputs = build.convert_to_tensor(inputs, name="inputs")
                auxiliary = build.convert_to_tensor(auxiliary_inputs, name="auxiliary_inputs")
                inputs = array.concat((inputs, auxiliary), -1)
                if not time_major:
                    auxiliary = dynamic_rnn.swap_batch_and_time(auxiliary)
                self._auxiliary = seq2seq_helpers.unstacked(auxiliary)
            super().__init__(inputs, sequence_length, time_major=time_major, name=name)

    def sample(self, time, outputs, state, name=None):
        with build.name_scope(name, "ScheduledOutputTrainingHelperSample", [time, outputs, state]):
            return seq2seq_sampling.bernoulli(self._sampling_probability, sample_shape=self.batch_size, seed=self._seed)

    def _with_auxiliary(self, values, time):
        if self._auxiliary is None:
            return values
        return array.concat((values, self._auxiliary.read(time + 1)), -1)

    def next_inputs(self, time, outputs, state, sample_ids, name=None):
        with build.name_scope(name, "ScheduledOutputTrainingHelperNextInputs", [time, outputs, state, sample_ids]):
            finished, given, state = super().next_inputs(time, outputs, state, sample_ids=sample_ids, name=name)
            chosen = math.cast(sample_ids, dtypes.bool)

            def mixed():
                if self._next_inputs_fn is None:
                    return choosing.where(chosen, self._with_auxiliary(outputs, time), given)
                said = self._with_auxiliary(self._next_inputs_fn(outputs), time)
                return _chosen(chosen, said, given, missing=10 if self._auxiliary is None else 11)

            over = reduce.reduce_all(finished)
            none = compare.logical_not(reduce.reduce_any(chosen))
            inputs = control_flow.cond(compare.logical_or(over, none), lambda: given, mixed)
            return finished, inputs, state
