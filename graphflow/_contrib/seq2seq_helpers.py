"""Helpers of `tf.contrib.seq2seq`: what a decoder reads at each step, and when it ends."""

from __future__ import annotations

import abc

from graphflow._contrib import seq2seq_sampling
from graphflow._core import dtypes, shapes
from graphflow._graph import build, tensor
from graphflow._layers import dynamic_rnn
from graphflow._ops import array, compare, control_flow, embedding, math, rearrange, reduce, running, tensor_array


def lookup_function(table):
    """A function ids -> inputs: `table` itself where it can be called, else a look-up in it."""
    return table if callable(table) else lambda ids: embedding.embedding_lookup(table, ids)


def unstacked(steps):
    """A TensorArray of the rows of `steps`."""
    size, shape = array.shape(steps)[0], steps.get_shape()[1:]
    return tensor_array.TensorArray(dtype=steps.dtype, size=size, element_shape=shape).unstack(steps)


class Helper(abc.ABC):
    """Base of helpers, also of those users write: what `BasicDecoder` asks at each step."""

    @property
    @abc.abstractmethod
    def batch_size(self):
        """The batch size, an int32 scalar tensor."""

    @property
    @abc.abstractmethod
    def sample_ids_shape(self):
        """The TensorShape of a sample, without the batch."""

    @property
    @abc.abstractmethod
    def sample_ids_dtype(self):
        """The dtype of samples."""

    @abc.abstractmethod
    def initialize(self, name=None):
        """(which rows are finished, the first inputs)."""

    @abc.abstractmethod
    def sample(self, time, outputs, state, name=None):
        """A sample of each row of the outputs."""

    @abc.abstractmethod
    def next_inputs(self, time, outputs, state, sample_ids, name=None):
        """(which rows are finished, the next inputs, the next state)."""


class _SymbolHelper(Helper):
    """A helper whose samples are int32 symbols."""

    @property
    def batch_size(self):
        return self._batch_size

    @property
    def sample_ids_shape(self):
        return shapes.TensorShape([])

    @property
    def sample_ids_dtype(self):
        return dtypes.int32


class CustomHelper(Helper):
    """A helper made of three functions.

    Args:
        initialize_fn: () -> (finished, next_inputs).
        sample_fn: (time, outputs, state) -> sample_ids.
        next_inputs_fn: (time, outputs, state, sample_ids) -> (finished, next_inputs, next_state).
        sample_ids_shape: of a sample, without the batch; a scalar where None.
        sample_ids_dtype: int32 where None.
    """

    def __init__(self, initialize_fn, sample_fn, next_inputs_fn, sample_ids_shape=None, sample_ids_dtype=None):
        self._initialize_fn, self._sample_fn, self._next_inputs_fn = initialize_fn, sample_fn, next_inputs_fn
        self._batch_size = None
        self._sample_ids_shape = shapes.TensorShape(sample_ids_shape or [])
        self._sample_ids_dtype = sample_ids_dtype or dtypes.int32

    @property
    def batch_size(self):
        if self._batch_size is None:
            raise ValueError("batch_size accessed before initialize was called")
        return self._batch_size

    @property
    def sample_ids_shape(self):
        return self._sample_ids_shape

    @property
    def sample_ids_dtype(self):
        return self._sample_ids_dtype

    def initialize(self, name=None):
        with build.name_scope(name, type(self).__name__ + "Initialize"):
            finished, next_inputs = self._initialize_fn()
            if self._batch_size is None:
                self._batch_size = array.size(finished)
        return finished, next_inputs

    def sample(self, time, outputs, state, name=None):
        with build.name_scope(name, type(self).__name__ + "Sample", [time, outputs, state]):
            return self._sample_fn(time=time, outputs=outputs, state=state)

    def next_inputs(self, time, outputs, state, sample_ids, name=None):
        with build.name_scope(name, type(self).__name__ + "NextInputs", [time, outputs, state]):
            return self._next_inputs_fn(time=time, outputs=outputs, state=state, sample_ids=sample_ids)


class TrainingHelper(_SymbolHelper):
    """Reads the steps of given sequences; samples are the best symbols of the outputs.

    Args:
        inputs: `[batch, time, ...]`, or `[time, batch, ...]` when `time_major`.
        sequence_length: int32 `[batch]`.

    Raises:
        ValueError: the lengths are no vector.
    """

    def __init__(self, inputs, sequence_length, time_major=False, name=None):
        with build.name_scope(name, "TrainingHelper", [inputs, sequence_length]):
            self._inputs = build.convert_to_tensor(inputs, name="inputs")
            steps = self._inputs if time_major else dynamic_rnn.swap_batch_and_time(self._inputs)
            self._steps = unstacked(steps)
            self._sequence_length = build.convert_to_tensor(sequence_length, name="sequence_length")
            if self._sequence_length.get_shape().ndims != 1:
                raise ValueError(
                    f"Expected sequence_length to be a vector, but received shape: {self._sequence_length.get_shape()}"
                )
            self._zero_inputs = array.zeros_like(steps[0, :])
            self._batch_size = array.size(sequence_length)

    @property
    def inputs(self):
        """The sequences as they were given."""
        return self._inputs

    @property
    def sequence_length(self):
        """Their lengths, a tensor."""
        return self._sequence_length

    def initialize(self, name=None):
        with build.name_scope(name, "TrainingHelperInitialize"):
            finished = compare.equal(0, self._sequence_length)
            over = reduce.reduce_all(finished)
            return finished, control_flow.cond(over, lambda: self._zero_inputs, lambda: self._steps.read(0))

    def sample(self, time, outputs, name=None, **_):
        with build.name_scope(name, "TrainingHelperSample", [time, outputs]):
            return math.cast(running.argmax(outputs, axis=-1), dtypes.int32)

    def next_inputs(self, time, outputs, state, name=None, **_):
        with build.name_scope(name, "TrainingHelperNextInputs", [time, outputs, state]):
            following = time + 1
            finished = following >= self._sequence_length
            over = reduce.reduce_all(finished)
            inputs = control_flow.cond(over, lambda: self._zero_inputs, lambda: self._steps.read(following))
            return finished, inputs, state


class GreedyEmbeddingHelper(_SymbolHelper):
    """Feeds back the best symbol of the last output, embedded; a row ends with `end_token`.

    Args:
        embedding: function of ids `[batch]` to inputs, or the embedding to look them up in.
        start_tokens: int32 `[batch]`.
        end_token: int32 scalar.

    Raises:
        ValueError: `start_tokens` is no vector, or `end_token` no scalar.
    """

    def __init__(self, embedding, start_tokens, end_token):
        self._embedding_fn = lookup_function(embedding)
        self._start_tokens = build.convert_to_tensor(start_tokens, dtype=dtypes.int32, name="start_tokens")
        self._end_token = build.convert_to_tensor(end_token, dtype=dtypes.int32, name="end_token")
        if self._start_tokens.get_shape().ndims != 1:
            raise ValueError(f"start_tokens must be a vector, got {self._start_tokens}")
        self._batch_size = array.size(start_tokens)
        if self._end_token.get_shape().ndims != 0:
            raise ValueError(f"end_token must be a scalar, got {self._end_token}")
        self._start_inputs = self._embedding_fn(self._start_tokens)

    def initialize(self, name=None):
        return rearrange.tile([False], [self._batch_size]), self._start_inputs

    def sample(self, time, outputs, state, name=None):
        return running.argmax(_logits(outputs), axis=-1, output_type=dtypes.int32)

    def next_inputs(self, time, outputs, state, sample_ids, name=None):
        finished = compare.equal(sample_ids, self._end_token)
        over = reduce.reduce_all(finished)
        inputs = control_flow.cond(over, lambda: self._start_inputs, lambda: self._embedding_fn(sample_ids))
        return finished, inputs, state


def _logits(outputs):
    if not isinstance(outputs, tensor.Tensor):
        raise TypeError(f"Expected outputs to be a single Tensor, got: {type(outputs)}")
    return outputs


class SampleEmbeddingHelper(GreedyEmbeddingHelper):
    """Feeds back a symbol drawn by the logits of the last output.

    Args:
        softmax_temperature: float the logits are divided by; above 1 the draws spread, towards 0 they become the best symbol.
        seed: int.
        others: as for `GreedyEmbeddingHelper`.
    """

    def __init__(self, embedding, start_tokens, end_token, softmax_temperature=None, seed=None):
        super().__init__(embedding, start_tokens, end_token)
        self._softmax_temperature, self._seed = softmax_temperature, seed

    def sample(self, time, outputs, state, name=None):
        logits = _logits(outputs)
        if self._softmax_temperature is not None:
            logits = logits / self._softmax_temperature
        return seq2seq_sampling.categorical(logits, seed=self._seed)


class InferenceHelper(Helper):
    """Feeds back samples that a function draws.

    Args:
        sample_fn: outputs -> sample_ids.
        sample_shape, sample_dtype: of a sample, without the batch.
        start_inputs: the first inputs.
        end_fn: sample_ids -> bool `[batch]`, which rows end.
        next_inputs_fn: sample_ids -> inputs; the samples themselves where None.
    """

    def __init__(self, sample_fn, sample_shape, sample_dtype, start_inputs, end_fn, next_inputs_fn=None):
        self._sample_fn, self._end_fn, self._next_inputs_fn = sample_fn, end_fn, next_inputs_fn
        self._sample_shape, self._sample_dtype = shapes.TensorShape(sample_shape), sample_dtype
        self._batch_size = array.shape(start_inputs)[0]
        self._start_inputs = build.convert_to_tensor(start_inputs, name="start_inputs")

    @property
    def batch_size(self):
        return self._batch_size

    @property
    def sample_ids_shape(self):
        return self._sample_shape

    @property
    def sample_ids_dtype(self):
        return self._sample_dtype

    def initialize(self, name=None):
        return rearrange.tile([False], [self._batch_size]), self._start_inputs

    def sample(self, time, outputs, state, name=None):
        return self._sample_fn(outputs)

    def next_inputs(self, time, outputs, state, sample_ids, name=None):
        inputs = sample_ids if self._next_inputs_fn is None else self._next_inputs_fn(sample_ids)
        return self._end_fn(sample_ids), inputs, state
