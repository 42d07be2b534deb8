"""Grid LSTM cells of `tf.contrib.rnn`: recurrent over time and over bands of frequencies at once.

Source: Kalchbrenner, Danihelka, Graves, "Grid long short-term memory" (2015), https://arxiv.org/abs/1507.01526; Li, Sainath,
"Modeling time-frequency patterns with LSTM vs. convolutional architectures for LVCSR tasks" (2016).
"""

from __future__ import annotations

import collections

from graphflow._contrib import rnn_coupled_cells
from graphflow._core import dtypes
from graphflow._graph import build
from graphflow._layers import rnn_cell
from graphflow._ops import array, clip, joining, matmul, nn, rearrange, slicing, unary, variable_scope


class GridLSTMCell(rnn_cell.RNNCell):
    """An LSTM in two directions: over time, and over the overlapping bands of a step from low to high.

    Args:
        use_peepholes: gates see the cell values too.
        share_time_frequency_weights: whether both directions have the same weights.
        cell_clip: float, the cell values are clipped to +- this.
        initializer: taken and not used, as in TensorFlow.
        num_unit_shards: into how many variables the weights are cut.
        feature_size: size of a band; frequency_skip: how far apart they begin.
        num_frequency_blocks: list, how many bands each block has; required.
        start_freqindex_list, end_freqindex_list: where in the inputs each block begins and ends; one block over all where None.
        couple_input_forget_gates: whether it takes in as much as it forgets.
        state_is_tuple: whether the state is a named tuple and not one tensor.

    Raises:
        ValueError: no `num_frequency_blocks`; when called, blocks that do not fit the inputs.
    """

    def __init__(self, num_units, use_peepholes=False, share_time_frequency_weights=False, cell_clip=None, initializer=None,
                 num_unit_shards=1, forget_bias=1.0, feature_size=None, frequency_skip=None, num_frequency_blocks=None,
                 start_freqindex_list=None, end_freqindex_list=None, couple_input_forget_gates=False, state_is_tuple=True,
                 reuse=None):  # fmt: skip
        super().__init__(_reuse=reuse)
        if num_frequency_blocks is None:
            raise ValueError("Must specify num_frequency_blocks")
        self._num_units, self._use_peepholes, self._cell_clip = num_units, use_peepholes, cell_clip
        self._shared, self._coupled = share_time_frequency_weights, couple_input_forget_gates
        self._num_unit_shards, self._forget_bias = num_unit_shards, forget_bias
        self._feature_size, self._frequency_skip = feature_size, frequency_skip
        self._blocks = list(num_frequency_blocks)
        self._starts, self._ends = start_freqindex_list, end_freqindex_list
        self._state_is_tuple = state_is_tuple
        self._state_tuple_type = self._state_type("GridLSTMStateTuple", ["state"]) if state_is_tuple else None

    def _state_type(self, name, prefixes):
        return collections.namedtuple(
            name,
            [
                f"{prefix}_f{band:02d}_b{block:02d}_{part}"
                for prefix in prefixes for block, count in enumerate(self._blocks) for band in range(count) for part in "cm"
            ],
        )  # fmt: skip

    @property
    def output_size(self):
        return 2 * self._num_units * sum(self._blocks)

    @property
    def state_size(self):
        if not self._state_is_tuple:
            return 2 * self._num_units * sum(self._blocks)
        fields = self._state_tuple_type._fields
        return self._state_tuple_type(*[self._num_units] * len(fields))

    @property
    def state_tuple_type(self):
        """The named tuple of the state."""
        return self._state_tuple_type

    def call(self, inputs, state):
        batch = inputs.shape[0].value or array.shape(inputs)[0]
        outputs, states = [], []
        for block, bands in enumerate(self._bands(inputs)):
            more_outputs, more_states = self._compute(bands, block, state, batch, "state")
            outputs += more_outputs
            states += more_states
        state = self._state_tuple_type(*states) if self._state_is_tuple else array.concat(states, 1)
        return array.concat(outputs, 1), state

    def _weights(self, block, depth, dtype):
        """(kernel, bias) of frequency and of time, and peepholes: gate -> (of frequency, of time) for both directions."""
        units, gates = self._num_units, 3 if self._coupled else 4
        shape, own = [depth + 2 * units, gates * units], ("f",) if self._shared else ("f", "t")
        kernels = []
        for direction in own:
            kernel = rnn_coupled_cells.sharded_variable(f"W_{direction}_{block}", shape, dtype, self._num_unit_shards)
            kernels.append((kernel, rnn_coupled_cells.bias(f"B_{direction}_{block}", gates * units, dtype)))
        peeps = {}
        if self._use_peepholes:
            for direction in ("freq",) if self._shared else ("freq", "time"):
                for gate in "IO" if self._coupled else "FIO":
                    peeps[direction, gate] = [
                        variable_scope.get_variable(
                            f"W_{gate}_diag_{direction}{of}_{block}", shape=[units], dtype=dtype
                        )
                        for of in "ft"
                    ]
        return kernels, peeps

    def _compute(self, bands, block, state, batch, prefix):
        """(outputs, states) of all bands of a block."""
        units, dtype = self._num_units, bands[0].dtype
        kernels, peeps = self._weights(block, bands[0].get_shape().as_list()[1], dtype)
        m_freq = array.zeros([batch, units], dtype)
        c_freq = array.zeros([batch, units], dtype)
        outputs, states = [], []
        for band, values in enumerate(bands):
            c_time, m_time = self._before(state, prefix, band, block)
            joined = array.concat([values, m_time, m_freq], 1)
            split = [
                joining.split(
                    value=nn.bias_add(matmul.matmul(joined, w), b), num_or_size_splits=3 if self._coupled else 4, axis=1
                )
                for w, b in kernels
            ]
            freq, time = _Gates(self, peeps, "freq", split[0]), _Gates(self, peeps, "time", split[-1])
            new_freq = freq.cells(c_freq, c_time, c_freq)
            new_time = time.cells(c_freq, c_time, c_time)
            m_freq = freq.output(new_freq, new_time, new_freq)
            m_time = time.output(new_freq, new_time, new_time)
            c_freq = new_freq
            outputs += [m_time, m_freq]
            states += [new_time, m_time]
        return outputs, states

    def _before(self, state, prefix, band, block):
        if self._state_is_tuple:
            name = f"{prefix}_f{band:02d}_b{block:02d}"
            return getattr(state, name + "_c"), getattr(state, name + "_m")
        units = self._num_units
        return tuple(slicing.slice(state, [0, i * units], [-1, units]) for i in (2 * band, 2 * band + 1))

    def _bands(self, inputs, offset=0):
        """The bands of each block; an offset moves all of them, over zeros at the end it leaves."""
        depth = inputs.get_shape().with_rank(2)[1].value
        if depth is None:
            raise ValueError(f"Cannot infer input_size from static shape inference: {inputs}")
        if offset:
            borders = [0, 0, 0, offset] if offset > 0 else [0, 0, -offset, 0]
            inputs = rearrange.pad(inputs, build.constant(borders, shape=[2, 2], dtype=dtypes.int32), "CONSTANT")
            offset = max(offset, 0)
        starts, ends = self._starts or [0], self._ends if self._starts else [depth]
        if not len(starts) == len(ends) == len(self._blocks):
            raise ValueError(
                f"start_freqindex_list, end_freqindex_list and num_frequency_blocks differ in length: {len(starts)}, "
                f"{len(ends)}, {len(self._blocks)}"
            )
        made = []
        for start, end, wanted in zip(starts, ends, self._blocks):
            count = (end - start - self._feature_size) // self._frequency_skip + 1
            if count != wanted:
                raise ValueError(
                    f"Invalid num_frequency_blocks, requires {wanted} but gets {count}, please check the input size and filter "
                    "config are correct."
                )
            first = start + offset
            made.append(
                [
                    slicing.slice(inputs, [0, first + i * self._frequency_skip], [-1, self._feature_size])
                    for i in range(count)
                ]
            )
        return made


class _Gates:
    """The gates of one direction, for one band."""

    def __init__(self, cell, peeps, direction, parts):
        self._cell = cell
        direction = "freq" if cell._shared else direction
        self._peeps = {gate: both for (of, gate), both in peeps.items() if of == direction}
        self._i, self._j, *f, self._o = parts
        self._f = f[0] if f else None

    def _gate(self, name, value, c_freq, c_time):
        if name in self._peeps:
            of_freq, of_time = self._peeps[name]
            value = value + of_freq * c_freq + of_time * c_time
        return unary.sigmoid(value)

    def cells(self, c_freq, c_time, before):
        """The new cell values."""
        enter = self._gate("I", self._i, c_freq, c_time)
        if self._f is None:
            forget = 1.0 - enter
        else:
            forget = self._gate("F", self._f + self._cell._forget_bias, c_freq, c_time)
        c = forget * before + enter * unary.tanh(self._j)
        limit = self._cell._cell_clip
        return c if limit is None else clip.clip_by_value(c, -limit, limit)

    def output(self, c_freq, c_time, own):
        """The new output."""
        return self._gate("O", self._o, c_freq, c_time) * unary.tanh(own)


class BidirectionalGridLSTMCell(GridLSTMCell):
    """`GridLSTMCell` over the bands from low to high and from high to low; its state is a named tuple.

    Args:
        backward_slice_offset: how far the bands of the way back are moved.
        others: as for `GridLSTMCell`.
    """

    def __init__(self, num_units, use_peepholes=False, share_time_frequency_weights=False, cell_clip=None, initializer=None,
                 num_unit_shards=1, forget_bias=1.0, feature_size=None, frequency_skip=None, num_frequency_blocks=None,
                 start_freqindex_list=None, end_freqindex_list=None, couple_input_forget_gates=False,
                 backward_slice_offset=0, reuse=None):  # fmt: skip
        super().__init__(
            num_units, use_peepholes, share_time_frequency_weights, cell_clip, initializer, num_unit_shards, forget_bias,
            feature_size, frequency_skip, num_frequency_blocks, start_freqindex_list, end_freqindex_list,
            couple_input_forget_gates, True, reuse,
        )  # fmt: skip
        self._offset = int(backward_slice_offset)
        self._state_tuple_type = self._state_type("BidirectionalGridLSTMStateTuple", ["fwd_state", "bwd_state"])

    @property
    def output_size(self):
        return 2 * super().output_size

    def call(self, inputs, state):
        batch = inputs.shape[0].value or array.shape(inputs)[0]
        forwards = self._bands(inputs)
        backwards = self._bands(inputs, self._offset) if self._offset else forwards
        outputs, states = [], []
        for scope, blocks in (("fwd", forwards), ("bwd", [bands[::-1] for bands in backwards])):
            with variable_scope.variable_scope(scope):
                for block, bands in enumerate(blocks):
                    more_outputs, more_states = self._compute(bands, block, state, batch, f"{scope}_state")
                    outputs += more_outputs
                    states += more_states
        return array.concat(outputs, 1), self._state_tuple_type(*states)
