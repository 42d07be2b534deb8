"""Cells of `tf.contrib.rnn` whose step is one operation: LSTMBlockCell, LSTMBlockFusedCell over all steps, GRUBlockCell.

Source: Graves, "Generating sequences with recurrent neural networks" (2013), for the peepholes.
"""

from __future__ import annotations

import abc

from graphflow._core import dtypes
from graphflow._graph import build
from graphflow._layers import base, rnn_cell
from graphflow._ops import array, choosing, gather, initializers, joining, math, rearrange, recurrent_blocks, reduce


class _LSTMWeights:
    """The variables of an LSTM, of a layer with `_num_units` and `_use_peephole`."""

    def _add_weights(self, depth):
        units = self._num_units
        self._kernel = self.add_weight("kernel", [depth + units, units * 4])
        self._bias = self.add_weight("bias", [units * 4], initializer=initializers.Constant(0.0))
        self._peepholes = None
        if self._use_peephole:
            self._peepholes = [self.add_weight(f"w_{gate}_diag", [units]) for gate in "ifo"]
        self.built = True

    def _diagonals(self, dtype):
        """Peepholes of the input, forget and output gates; zeros where there are none."""
        if self._peepholes is None:
            return [array.zeros([self._num_units], dtype=dtype)] * 3
        return self._peepholes

    def _attrs(self):
        return {
            "forget_bias": self._forget_bias, "cell_clip": -1 if self._cell_clip is None else self._cell_clip,
            "use_peephole": self._use_peephole,
        }  # fmt: skip


class LSTMBlockCell(_LSTMWeights, rnn_cell.LayerRNNCell):
    """`BasicLSTMCell` as one operation.

    Args:
        forget_bias: added to the forget gate.
        cell_clip: float, the cell values are clipped to +- this; None for no clip.
        use_peephole: gates see the cell values too.
    """

    def __init__(self, num_units, forget_bias=1.0, cell_clip=None, use_peephole=False, dtype=None, reuse=None,
                 name="lstm_cell"):  # fmt: skip
        super().__init__(num_units, None, reuse, name, dtype)
        self._forget_bias, self._cell_clip, self._use_peephole = forget_bias, cell_clip, use_peephole

    @property
    def state_size(self):
        return rnn_cell.LSTMStateTuple(self._num_units, self._num_units)

    def build(self, inputs_shape):
        self._add_weights(self._input_depth(inputs_shape))

    def call(self, inputs, state):
        if len(state) != 2:
            raise ValueError(f"Expecting state to be a tuple with length 2, got {state}")
        before, h_before = state
        _, cs, *_, h = recurrent_blocks.lstm_block_cell(
            inputs, before, h_before, self._kernel, self._diagonals(self.dtype), self._bias, **self._attrs()
        )
        return h, rnn_cell.LSTMStateTuple(cs, h)


class LSTMBlockWrapper(base.Layer, abc.ABC):
    """Base of layers that run an LSTM over all steps at once: called with `[time, batch, size]`, or a list of steps."""

    @property
    @abc.abstractmethod
    def num_units(self):
        """The size of the output."""

    @abc.abstractmethod
    def _call_cell(self, inputs, initial_cell_state, initial_output, dtype, sequence_length):
        """(cell values, outputs) of all steps, `[time, batch, units]`."""

    def call(self, inputs, initial_state=None, dtype=None, sequence_length=None):
        """(outputs, the last state).

        Args:
            inputs: `[time, batch, size]`, or a list of `[batch, size]`; the outputs come likewise.
            initial_state: (cell values, output) before the first step; zeros where None, then `dtype` is needed.
            sequence_length: int `[batch]`; rows give zeros from there on.
        """
        is_list = isinstance(inputs, list)
        inputs = joining.stack(inputs) if is_list else inputs
        shape = inputs.get_shape().with_rank(3)
        if not shape[2]:
            raise ValueError(f"Expecting inputs_shape[2] to be set: {shape}")
        batch, time = shape[1].value, shape[0].value
        batch = array.shape(inputs)[1] if batch is None else batch
        time = array.shape(inputs)[0] if time is None else time
        if initial_state is None:
            if dtype is None:
                raise ValueError("Either initial_state or dtype needs to be specified")
            zeros = array.zeros(joining.stack([batch, self.num_units]), dtype=dtype)
            initial_state = zeros, zeros
        elif len(initial_state) != 2:
            raise ValueError(f"Expecting initial_state to be a tuple with length 2 or None, got {initial_state}")
        dtype = initial_state[0].dtype if dtype is None else dtype
        if sequence_length is not None:
            sequence_length = build.convert_to_tensor(sequence_length)
        cells, outputs = self._call_cell(inputs, *initial_state, dtype, sequence_length)
        if sequence_length is None:
            state = rnn_cell.LSTMStateTuple(cells[-1], outputs[-1])
        else:
            mask = choosing.sequence_mask(sequence_length, time, dtype=dtype)
            mask = array.expand_dims(rearrange.transpose(mask, [1, 0]), [-1])
            outputs *= rearrange.tile(mask, [1, 1, self.num_units])
            all_cells, all_outputs = (
                array.concat([array.expand_dims(first, [0]), rest], 0)
                for first, rest in zip(initial_state, (cells, outputs))
            )
            state = rnn_cell.LSTMStateTuple(
                *(_at(values, sequence_length, batch) for values in (all_cells, all_outputs))
            )
        return joining.unstack(outputs) if is_list else outputs, state


def _at(values, steps, batch):
    """The value of each row at its own step."""
    return gather.gather_nd(values, joining.stack([steps, math.range(batch)], axis=1))


class LSTMBlockFusedCell(_LSTMWeights, LSTMBlockWrapper):
    """An LSTM over all steps as one operation; arguments as for `LSTMBlockCell`."""

    def __init__(self, num_units, forget_bias=1.0, cell_clip=None, use_peephole=False, reuse=None, dtype=None,
                 name="lstm_fused_cell"):  # fmt: skip
        super().__init__(_reuse=reuse, name=name, dtype=dtype)
        self._num_units, self._forget_bias = num_units, forget_bias
        self._cell_clip, self._use_peephole = cell_clip, use_peephole
        self.input_spec = base.InputSpec(ndim=3)

    @property
    def num_units(self):
        return self._num_units

    def build(self, input_shape):
        self._add_weights(input_shape[2].value)

    def _call_cell(self, inputs, initial_cell_state, initial_output, dtype, sequence_length):
        time = inputs.get_shape()[0].value
        time = array.shape(inputs)[0] if time is None else time
        diagonals = self._diagonals(dtype)
        longest = math.cast(time if sequence_length is None else reduce.reduce_max(sequence_length), dtypes.int64)
        _, cells, *_, outputs = recurrent_blocks.block_lstm(
            longest, inputs, initial_cell_state, initial_output, self._kernel, diagonals, self._bias, **self._attrs()
        )
        return cells, outputs


class GRUBlockCell(rnn_cell.LayerRNNCell):
    """`GRUCell` as one operation.

    Args:
        num_units, cell_size: the size of the output, by its new or its old name.

    Raises:
        ValueError: both of them, or none.
    """

    _NAMES = ("w_ru", "b_ru", "w_c", "b_c")

    def __init__(self, num_units=None, cell_size=None, reuse=None, name="gru_cell"):
        if (cell_size is None) == (num_units is None):
            raise ValueError("Exactly one of num_units or cell_size must be provided.")
        super().__init__(cell_size if num_units is None else num_units, None, reuse, name, None)

    def build(self, input_shape):
        units, depth = self._num_units, self._input_depth(input_shape)
        gates_w, gates_b, candidate_w, candidate_b = self._NAMES
        self._gate_kernel = self.add_weight(gates_w, [depth + units, units * 2])
        self._gate_bias = self.add_weight(gates_b, [units * 2], initializer=initializers.Constant(1.0))
        self._candidate_kernel = self.add_weight(candidate_w, [depth + units, units])
        self._candidate_bias = self.add_weight(candidate_b, [units], initializer=initializers.Constant(0.0))
        self.built = True

    def call(self, inputs, h_prev):
        units = h_prev.get_shape().with_rank(2)[1].value
        if units not in (None, self._num_units):
            raise ValueError(f"Shape of h_prev[1] incorrect: cell_size {self._num_units} vs {units}")
        *_, h = recurrent_blocks.gru_block_cell(
            inputs, h_prev, self._gate_kernel, self._candidate_kernel, self._gate_bias, self._candidate_bias
        )
        return h, h


class GRUBlockCellV2(GRUBlockCell):
    """`GRUBlockCell` whose variables are named as those of `GRUCell`."""

    _NAMES = ("gates/kernel", "gates/bias", "candidate/kernel", "candidate/bias")
