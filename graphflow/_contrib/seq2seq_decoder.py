"""`tf.contrib.seq2seq.dynamic_decode`: a loop over the steps of a decoder, until all rows are finished."""

from __future__ import annotations

import abc
import collections

from graphflow._contrib import seq2seq_helpers
from graphflow._core import dtypes, nest, shapes
from graphflow._graph import build, static_value
from graphflow._layers import dynamic_rnn, rnn_cell
from graphflow._ops import array, choosing, compare, reduce, tensor_array, variable_scope, while_loop


class Decoder(abc.ABC):
    """Base of decoders, also of those users write."""

    @property
    def batch_size(self):
        """The batch size, an int32 scalar tensor."""
        raise NotImplementedError(f"{type(self).__name__} has to define the property `batch_size`")

    @property
    def output_size(self):
        """Sizes of the outputs without the batch: ints or TensorShapes, in the structure of the outputs."""
        raise NotImplementedError(f"{type(self).__name__} has to define the property `output_size`")

    @property
    def output_dtype(self):
        """Their dtypes, in the same structure."""
        raise NotImplementedError(f"{type(self).__name__} has to define the property `output_dtype`")

    @abc.abstractmethod
    def initialize(self, name=None):
        """(which rows are finished, the first inputs, the first state)."""

    @abc.abstractmethod
    def step(self, time, inputs, state, name=None):
        """(outputs, next state, next inputs, which rows are finished)."""

    def finalize(self, outputs, final_state, sequence_lengths):
        """(outputs, state) as `dynamic_decode` shall return them; what came out of the loop where this is not defined."""
        raise NotImplementedError(f"{type(self).__name__} has no `finalize`")

    @property
    def tracks_own_finished(self):
        """Whether `step` says of all rows if they are finished, and not only of those that ended just now."""
        return False


class BasicDecoderOutput(collections.namedtuple("BasicDecoderOutput", ("rnn_output", "sample_id"))):
    """What a `BasicDecoder` gives: the outputs of its cell, and the helper's samples."""


class BasicDecoder(Decoder):
    """A cell, and a helper that says what it reads.

    Args:
        cell: an RNNCell.
        helper: a Helper.
        initial_state: the first state of the cell.
        output_layer: a layer over the cell's outputs, such as `tf.layers.Dense`.

    Raises:
        TypeError: one of them is something else.
    """

    def __init__(self, cell, helper, initial_state, output_layer=None):
        rnn_cell.check_cell("cell", cell)
        if not isinstance(helper, seq2seq_helpers.Helper):
            raise TypeError(f"helper must be a Helper, received: {type(helper)}")
        check_output_layer(output_layer)
        self._cell, self._helper, self._initial_state, self._output_layer = cell, helper, initial_state, output_layer

    @property
    def batch_size(self):
        return self._helper.batch_size

    @property
    def output_size(self):
        return BasicDecoderOutput(output_size_of(self._cell, self._output_layer), self._helper.sample_ids_shape)

    @property
    def output_dtype(self):
        dtype = nest.flatten(self._initial_state)[0].dtype
        sizes = output_size_of(self._cell, self._output_layer)
        return BasicDecoderOutput(nest.map_structure(lambda _: dtype, sizes), self._helper.sample_ids_dtype)

    def initialize(self, name=None):
        return (*self._helper.initialize(), self._initial_state)

    def step(self, time, inputs, state, name=None):
        with build.name_scope(name, "BasicDecoderStep", [time, inputs, *nest.flatten(state)]):
            outputs, cell_state = self._cell(inputs, state)
            if self._output_layer is not None:
                outputs = self._output_layer(outputs)
            samples = self._helper.sample(time=time, outputs=outputs, state=cell_state)
            finished, next_inputs, next_state = self._helper.next_inputs(
                time=time, outputs=outputs, state=cell_state, sample_ids=samples
            )
        return BasicDecoderOutput(outputs, samples), next_state, next_inputs, finished


def check_output_layer(layer):
    """Raises TypeError where `layer` is neither None nor a layer."""
    if layer is not None and not (callable(layer) and hasattr(layer, "compute_output_shape")):
        raise TypeError(f"output_layer must be a Layer, received: {type(layer)}")


def output_size_of(cell, layer):
    """The sizes of a cell's outputs after a layer over them, or after none."""
    if layer is None:
        return cell.output_size
    with_batch = nest.map_structure(lambda size: shapes.TensorShape([None]).concatenate(size), cell.output_size)
    made = layer.compute_output_shape(with_batch)
    return nest.map_structure(lambda shape: shapes.as_shape(shape)[1:], made)


def dynamic_decode(
    decoder, output_time_major=False, impute_finished=False, maximum_iterations=None, parallel_iterations=32,
    swap_memory=False, scope=None,
):  # fmt: skip
    """Runs a decoder until all rows are finished.

    Args:
        decoder: a Decoder.
        output_time_major: whether outputs have the time first, and not the batch.
        impute_finished: whether finished rows keep their state and give zeros; otherwise they go on to the end.
        maximum_iterations: int32 scalar; the loop ends after as many steps.
        parallel_iterations, swap_memory: kept in the loop; XLA plans memory itself.
        scope: the variable scope; "decoder" where None.

    Returns:
        (outputs, the last state, lengths int32 `[batch]`).

    Raises:
        TypeError: `decoder` is none. ValueError: `maximum_iterations` is no scalar.
    """
    if not isinstance(decoder, Decoder):
        raise TypeError(f"Expected decoder to be type Decoder, but saw: {type(decoder)}")
    with variable_scope.variable_scope(scope, "decoder") as opened:
        rnn_cell.cache_reads(opened)
        if maximum_iterations is not None:
            maximum_iterations = build.convert_to_tensor(
                maximum_iterations, dtype=dtypes.int32, name="maximum_iterations"
            )
            if maximum_iterations.get_shape().ndims != 0:
                raise ValueError(f"maximum_iterations must be a scalar, got {maximum_iterations}")
        finished, inputs, state = decoder.initialize()
        zeros = nest.map_structure(
            lambda size, dtype: rnn_cell.zeros_of(size, decoder.batch_size, dtype),
            decoder.output_size,
            decoder.output_dtype,
        )
        if maximum_iterations is not None:
            finished = compare.logical_or(finished, maximum_iterations <= 0)
        lengths = array.zeros_like(finished, dtype=dtypes.int32)
        start = build.constant(0, dtype=dtypes.int32)
        written = nest.map_structure(
            lambda size, dtype: _array_of(decoder.batch_size, size, dtype), decoder.output_size, decoder.output_dtype
        )

        def step(time, written, state, inputs, finished, lengths):
            outputs, next_state, next_inputs, now_finished = decoder.step(time, inputs, state)
            if not decoder.tracks_own_finished:
                now_finished = compare.logical_or(now_finished, finished)
            longer = array.fill(array.shape(lengths), time + 1)
            lengths = choosing.where(compare.logical_not(finished), longer, lengths)
            nest.assert_same_structure(state, next_state)
            nest.assert_same_structure(written, outputs)
            nest.assert_same_structure(inputs, next_inputs)
            if impute_finished:
                outputs = nest.map_structure(lambda out, zero: choosing.where(finished, zero, out), outputs, zeros)
                next_state = nest.map_structure(lambda new, old: _unless(finished, old, new), next_state, state)
            written = nest.map_structure(lambda one, out: one.write(time, out), written, outputs)
            return time + 1, written, next_state, next_inputs, now_finished, lengths

        _, written, state, _, _, lengths = while_loop.while_loop(
            lambda *values: compare.logical_not(reduce.reduce_all(values[4])), step,
            (start, written, state, inputs, finished, lengths), parallel_iterations=parallel_iterations,
            maximum_iterations=maximum_iterations, swap_memory=swap_memory,
        )  # fmt: skip
        outputs = nest.map_structure(lambda one: one.stack(), written)
        try:
            outputs, state = decoder.finalize(outputs, state, lengths)
        except NotImplementedError:
            pass
        if not output_time_major:
            outputs = nest.map_structure(dynamic_rnn.swap_batch_and_time, outputs)
    return outputs, state, lengths


def _array_of(batch_size, size, dtype):
    """The TensorArray for an output; of scalars and of sizes given as numbers TensorFlow says no shape."""
    shape = None
    if isinstance(size, shapes.TensorShape) and size.ndims != 0:
        known = static_value.constant_value(build.convert_to_tensor(batch_size, name="batch_size"))
        shape = shapes.TensorShape([None if known is None else int(known)]).concatenate(size)
    return tensor_array.TensorArray(dtype=dtype, size=0, dynamic_size=True, element_shape=shape)


def _unless(finished, old, new):
    """`new`, but `old` in the rows that are finished; TensorArrays and scalars have no rows."""
    if isinstance(old, tensor_array.TensorArray):
        return new
    new.set_shape(old.shape)
    return new if new.shape.ndims == 0 else choosing.where(finished, old, new)
