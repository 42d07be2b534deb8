"""`tf.contrib.seq2seq.BeamSearchDecoder`: a decoder that keeps the best few sequences of each row."""

from __future__ import annotations

import collections

import numpy as np

from graphflow._contrib import beam_step, seq2seq_decoder, seq2seq_helpers
from graphflow._core import dtypes, log, nest, shapes
from graphflow._graph import build, static_value, tensor
from graphflow._graph import graph as graph_lib
from graphflow._layers import rnn_cell
from graphflow._ops import (
    array,
    asserts,
    beam_search,
    choosing,
    compare,
    control_flow,
    gather,
    joining,
    math,
    rearrange,
    reduce,
    tensor_array,
)


class FinalBeamSearchDecoderOutput(
    collections.namedtuple("FinalBeamDecoderOutput", ["predicted_ids", "beam_search_decoder_output"])
):
    """What a beam search gives: the sequences `[batch, time, beams]`, best beam first, and the outputs of the steps."""


def tile_batch(t, multiplier, name=None):
    """Each row of a batch `multiplier` times, one after the other, in all tensors of a structure.

    Raises:
        ValueError: a tensor has no batch, or no known rank.
    """
    with build.name_scope(name, "tile_batch", [*nest.flatten(t), multiplier]):
        return nest.map_structure(lambda one: _tiled(one, multiplier), t)


def _tiled(t, multiplier):
    t = build.convert_to_tensor(t, name="t")
    sizes = array.shape(t)
    if not t.shape.ndims:
        raise ValueError(f"t must have statically known rank of at least 1, got {t}")
    times = [1] * (t.shape.ndims + 1)
    times[1] = multiplier
    batch = t.shape[0].value
    tiled = rearrange.tile(array.expand_dims(t, 1), times)
    tiled = array.reshape(tiled, array.concat(([sizes[0] * multiplier], sizes[1:]), 0))
    tiled.set_shape(shapes.TensorShape([None if batch is None else batch * multiplier]).concatenate(t.shape[1:]))
    return tiled


class BeamSearchDecoder(seq2seq_decoder.Decoder):
    """A decoder that keeps the `beam_width` best sequences of each row.

    The memory of an attention and the encoder's state have to be tiled by `tile_batch` first.

    Args:
        cell: an RNNCell.
        embedding: function of ids to inputs, or the embedding to look them up in.
        start_tokens: int32 `[batch]`; end_token: int32 scalar.
        initial_state: of the cell, `[batch * beam_width, ...]`.
        output_layer: a layer that makes logits of the cell's outputs.
        length_penalty_weight, coverage_penalty_weight: floats, 0 for none.
        reorder_tensor_arrays: whether TensorArrays in the cell's state are put in the order of the final beams, stacked.

    Raises:
        TypeError: no cell, or no layer. ValueError: `start_tokens` is no vector, `end_token` no scalar.
    """

    def __init__(self, cell, embedding, start_tokens, end_token, initial_state, beam_width, output_layer=None,
                 length_penalty_weight=0.0, coverage_penalty_weight=0.0, reorder_tensor_arrays=True):  # fmt: skip
        rnn_cell.check_cell("cell", cell)
        seq2seq_decoder.check_output_layer(output_layer)
        self._cell, self._output_layer, self._reorder_tensor_arrays = cell, output_layer, reorder_tensor_arrays
        self._embedding_fn = seq2seq_helpers.lookup_function(embedding)
        starts = build.convert_to_tensor(start_tokens, dtype=dtypes.int32, name="start_tokens")
        if starts.get_shape().ndims != 1:
            raise ValueError(f"start_tokens must be a vector, got {starts}")
        self._end_token = build.convert_to_tensor(end_token, dtype=dtypes.int32, name="end_token")
        if self._end_token.get_shape().ndims != 0:
            raise ValueError(f"end_token must be a scalar, got {self._end_token}")
        self._batch_size, self._beam_width = array.size(start_tokens), beam_width
        self._beams = beam_step.Beams(
            self._batch_size, beam_width, self._end_token, length_penalty_weight, coverage_penalty_weight
        )
        self._initial_cell_state = nest.map_structure(self._maybe_split, initial_state, cell.state_size)
        self._start_tokens = rearrange.tile(array.expand_dims(starts, 1), [1, beam_width])
        self._start_inputs = self._embedding_fn(self._start_tokens)
        self._finished = choosing.one_hot(
            array.zeros([self._batch_size], dtype=dtypes.int32),
            beam_width,
            on_value=False,
            off_value=True,
            dtype=dtypes.bool,
        )

    @property
    def batch_size(self):
        return self._batch_size

    @property
    def tracks_own_finished(self):
        """True: beams change places, and `dynamic_decode` would not know."""
        return True

    @property
    def output_size(self):
        return beam_step.BeamSearchDecoderOutput(*[shapes.TensorShape([self._beam_width])] * 3)

    @property
    def output_dtype(self):
        dtype = nest.flatten(self._initial_cell_state)[0].dtype
        return beam_step.BeamSearchDecoderOutput(
            scores=nest.map_structure(lambda _: dtype, seq2seq_decoder.output_size_of(self._cell, self._output_layer)),
            predicted_ids=dtypes.int32,
            parent_ids=dtypes.int32,
        )

    def initialize(self, name=None):
        dtype = nest.flatten(self._initial_cell_state)[0].dtype
        log_probs = choosing.one_hot(
            array.zeros([self._batch_size], dtype=dtypes.int32), self._beam_width,
            on_value=build.convert_to_tensor(0.0, dtype=dtype), off_value=build.convert_to_tensor(-np.inf, dtype=dtype),
            dtype=dtype,
        )  # fmt: skip
        attended = beam_step.attention_probs(self._initial_cell_state, self._beams.coverage_penalty_weight)
        state = beam_step.BeamSearchDecoderState(
            cell_state=self._initial_cell_state, log_probs=log_probs, finished=self._finished,
            lengths=array.zeros([self._batch_size, self._beam_width], dtype=dtypes.int64),
            accumulated_attention_probs=() if attended is None else attended,
        )  # fmt: skip
        return self._finished, self._start_inputs, state

    def step(self, time, inputs, state, name=None):
        with build.name_scope(name, "BeamSearchDecoderStep", [time, *nest.flatten(inputs), *nest.flatten(state)]):
            inputs = nest.map_structure(lambda t: self._merged(t, t.shape[2:]), inputs)
            cell_state = nest.map_structure(self._maybe_merge, state.cell_state, self._cell.state_size)
            outputs, next_cell_state = self._cell(inputs, cell_state)
            outputs = nest.map_structure(lambda t: self._split(t, t.shape[1:]), outputs)
            next_cell_state = nest.map_structure(self._maybe_split, next_cell_state, self._cell.state_size)
            if self._output_layer is not None:
                outputs = self._output_layer(outputs)
            output, next_state = self._beams.step(time, outputs, next_cell_state, state)
            next_inputs = control_flow.cond(
                reduce.reduce_all(next_state.finished),
                lambda: self._start_inputs,
                lambda: self._embedding_fn(output.predicted_ids),
            )
        return output, next_state, next_inputs, next_state.finished

    def finalize(self, outputs, final_state, sequence_lengths):
        """The whole sequences, put together from the steps; lengths are those of the state."""
        longest = math.cast(reduce.reduce_max(final_state.lengths, axis=1), dtypes.int32)
        ids = beam_search.gather_tree(
            outputs.predicted_ids, outputs.parent_ids, max_sequence_lengths=longest, end_token=self._end_token
        )
        if self._reorder_tensor_arrays:
            sort = lambda t: self._sorted(t, outputs.parent_ids, final_state.lengths)  # noqa: E731
            final_state = final_state._replace(cell_state=nest.map_structure(sort, final_state.cell_state))
        return FinalBeamSearchDecoderOutput(ids, outputs), final_state

    # -- beams in the batch, and beside it -------------------------------------------------------------------------------

    def _merged(self, t, size):
        """`[batch, beams, ...]` as `[batch * beams, ...]`."""
        sizes, batch = array.shape(t), self._beams.known_batch
        made = array.reshape(t, array.concat(([self._batch_size * self._beam_width], sizes[2:]), 0))
        whole = None if batch is None else batch * self._beam_width
        made.set_shape(shapes.TensorShape([whole]).concatenate(_known_shape(size)))
        return made

    def _split(self, t, size):
        """`[batch * beams, ...]` as `[batch, beams, ...]`."""
        sizes = array.shape(t)
        made = array.reshape(t, array.concat(([self._batch_size, self._beam_width], sizes[1:]), 0))
        expected = shapes.TensorShape([self._beams.known_batch, self._beam_width]).concatenate(_known_shape(size))
        if not made.shape.is_compatible_with(expected):
            raise ValueError(
                "Unexpected behavior when reshaping between beam width and batch size.  The reshaped tensor has shape: "
                f"{made.shape}.  We expected it to have shape (batch_size, beam_width, depth) == {expected}.  Perhaps you "
                "forgot to create a zero_state with batch_size=encoder_batch_size * beam_width?"
            )
        made.set_shape(expected)
        return made

    def _maybe_split(self, t, size):
        return self._split(t, size) if _is_ranked(t, 1) else t

    def _maybe_merge(self, t, size):
        return self._merged(t, size) if _is_ranked(t, 2) else t

    def _sorted(self, t, parent_ids, lengths):
        """A TensorArray of the cell's state, stacked, in the order of the final beams; anything else as it is."""
        if not isinstance(t, tensor_array.TensorArray):
            return t
        shape, batch = t.element_shape, self._beams.known_batch
        if not shape.ndims:
            log.warning(
                "The TensorArray %s in the cell state is not sorted by beam: the shape of its elements is not known, or they "
                "are scalars (%s)", t.handle.name, shape,
            )  # fmt: skip
            return t
        if batch is not None and not self._fits(shape, batch):
            log.warning(
                "The TensorArray %s in the cell state is not sorted by beam: elements of shape %s cannot be reshaped to [%d, "
                "%d, ...]. Set reorder_tensor_arrays to False", t.handle.name, shape, batch, self._beam_width,
            )  # fmt: skip
            return t
        stacked = t.stack()
        with graph_lib.get_default_graph().control_dependencies([self._check_elements(stacked)]):
            return gather_tree_from_array(stacked, parent_ids, lengths)

    def _fits(self, shape, batch):
        """TensorFlow's rule, which also turns down elements `[batch * beams, n]` where n is known."""
        first, second = shape[0].value, shape[1].value if shape.ndims > 1 else None
        if first is None:
            return True
        if first != batch * self._beam_width:
            return False
        return second is None or first == batch and second == self._beam_width

    def _check_elements(self, t):
        sizes, batch, width = array.shape(t), self._batch_size, self._beam_width
        condition = compare.equal(sizes[1], batch * width)
        if t.shape.ndims != 2:
            split = compare.logical_and(compare.equal(sizes[1], batch), compare.equal(sizes[2], width))
            condition = compare.logical_or(condition, split)
        message = (
            f"elements of {t.name} cannot be reshaped to [batch_size, beam_width, ...], so they cannot be put in the order of "
            "the final beams: set reorder_tensor_arrays to False"
        )
        return asserts.Assert(condition, [message])


def _known_shape(size):
    if isinstance(size, tensor.Tensor):
        value = static_value.constant_value(size)
        return shapes.unknown_shape() if value is None else shapes.as_shape(value.tolist())
    return shapes.as_shape(size)


def _is_ranked(t, least):
    if isinstance(t, tensor_array.TensorArray):
        return False
    beam_step.check_rank(t)
    return t.shape.ndims >= least


def gather_tree_from_array(t, parent_ids, sequence_length):
    """What all steps gave, `[time, batch, beams, ...]` or `[time, batch * beams, ...]`, in the order of the final beams.

    Args:
        parent_ids: int32 `[time, batch, beams]`.
        sequence_length: `[batch, beams]`.
    """
    time, batch, beams = (
        parent_ids.shape[i].value or array.shape(parent_ids)[i] for i in range(3)
    )  # fmt: skip
    own = array.expand_dims(array.expand_dims(math.range(beams), 0), 0)
    own = rearrange.tile(own, [time, batch, 1])
    longest = math.cast(reduce.reduce_max(sequence_length, axis=1), dtypes.int32)
    ids = beam_search.gather_tree(own, parent_ids, max_sequence_lengths=longest, end_token=beams + 1)
    inside = rearrange.transpose(choosing.sequence_mask(sequence_length, maxlen=time), perm=[2, 0, 1])
    ids = choosing.where(inside, ids, own)
    steps = rearrange.tile(array.reshape(math.range(time), [-1, 1, 1]), [1, batch, beams])
    rows = rearrange.tile(array.reshape(math.range(batch), [-1, 1, 1]), [1, time, beams])
    rows = rearrange.transpose(rows, perm=[1, 0, 2])
    places = joining.stack([steps, rows, ids], -1)
    sizes = array.shape(t)
    found = gather.gather_nd(array.reshape(t, [time, batch, beams, -1]), places)
    return array.reshape(found, sizes)
