"""LSTM cells of `tf.contrib.rnn` whose weights may be cut into shards: coupled gates, and one over frequencies."""

from __future__ import annotations

from graphflow._contrib import normalization
from graphflow._graph import graph as graph_lib
from graphflow._graph import keys
from graphflow._layers import rnn_cell
from graphflow._ops import array, clip, initializers, joining, matmul, nn, slicing, unary, variable_scope


def sharded_variable(name, shape, dtype, shards):
    """A variable cut along its first axis into `shards` variables, which are joined once.

    Raises:
        ValueError: more shards than rows.
    """
    if shards > shape[0]:
        raise ValueError(f"Too many shards: shape={shape}, num_shards={shards}")
    size, more = divmod(shape[0], shards)
    parts = [
        variable_scope.get_variable(f"{name}_{i}", [size + (i < more), *shape[1:]], dtype=dtype) for i in range(shards)
    ]
    if shards == 1:
        return parts[0]
    wanted = f"{variable_scope.get_variable_scope().name}/{name}/concat:0"
    joined = graph_lib.get_default_graph().get_collection_ref(keys.GraphKeys.CONCATENATED_VARIABLES)
    for one in joined:
        if one.name == wanted:
            return one
    joined.append(array.concat(parts, 0, name=f"{name}/concat"))
    return joined[-1]


def bias(name, size, dtype):
    """A vector of zeros to learn."""
    return variable_scope.get_variable(name, shape=[size], initializer=initializers.Zeros(), dtype=dtype)


class CoupledInputForgetGateLSTMCell(rnn_cell.RNNCell):
    """An LSTM that takes in as much as it forgets.

    Args:
        use_peepholes: gates see the cell values too.
        initializer: taken and not used, as in TensorFlow.
        num_proj: size of a projection of the output, None for none; proj_clip: what it is clipped to.
        num_unit_shards, num_proj_shards: into how many variables the weights are cut.
        layer_norm: whether gates are normalized; norm_gain, norm_shift: where factor and offset start.
        others: as for `BasicLSTMCell`.

    Source: Greff et al., "LSTM: a search space odyssey" (2015), https://arxiv.org/abs/1503.04069.
    """

    def __init__(self, num_units, use_peepholes=False, initializer=None, num_proj=None, proj_clip=None, num_unit_shards=1,
                 num_proj_shards=1, forget_bias=1.0, state_is_tuple=True, activation=unary.tanh, reuse=None, layer_norm=False,
                 norm_gain=1.0, norm_shift=0.0):  # fmt: skip
        super().__init__(_reuse=reuse)
        self._num_units, self._use_peepholes, self._num_proj, self._proj_clip = (
            num_units, use_peepholes, num_proj, proj_clip,
        )  # fmt: skip
        self._num_unit_shards, self._num_proj_shards = num_unit_shards, num_proj_shards
        self._forget_bias, self._state_is_tuple, self._activation = forget_bias, state_is_tuple, activation
        self._layer_norm, self._norm_gain, self._norm_shift = layer_norm, norm_gain, norm_shift

    @property
    def output_size(self):
        return self._num_proj or self._num_units

    @property
    def state_size(self):
        sizes = rnn_cell.LSTMStateTuple(self._num_units, self.output_size)
        return sizes if self._state_is_tuple else sum(sizes)

    def _norm(self, x, scope):
        if not self._layer_norm:
            return x
        shape = x.get_shape()[-1:]
        with variable_scope.variable_scope(scope):
            for name, start in (("gamma", self._norm_gain), ("beta", self._norm_shift)):
                variable_scope.get_variable(name, shape=shape, initializer=initializers.Constant(start))
        return normalization.layer_norm(x, reuse=True, scope=scope)

    def call(self, inputs, state):
        units, dtype, sigmoid = self._num_units, inputs.dtype, unary.sigmoid
        if self._state_is_tuple:
            c_before, m_before = state
        else:
            c_before = slicing.slice(state, [0, 0], [-1, units])
            m_before = slicing.slice(state, [0, units], [-1, self.output_size])
        depth = inputs.get_shape().with_rank(2)[1].value
        if depth is None:
            raise ValueError(f"Could not infer input size from inputs.get_shape()[-1]: {inputs}")
        w = sharded_variable("W", [depth + self.output_size, 3 * units], dtype, self._num_unit_shards)
        b = bias("B", 3 * units, dtype)
        gates = matmul.matmul(array.concat([inputs, m_before], 1), w)
        gates = gates if self._layer_norm else nn.bias_add(gates, b)
        parts = joining.split(value=gates, num_or_size_splits=3, axis=1)
        j, f, o = (self._norm(part, scope) for part, scope in zip(parts, ("transform", "forget", "output")))
        peeps = None
        if self._use_peepholes:
            peeps = [variable_scope.get_variable(f"W_{gate}_diag", shape=[units], dtype=dtype) for gate in "FO"]
        forget = sigmoid(f + self._forget_bias + peeps[0] * c_before) if peeps else sigmoid(f + self._forget_bias)
        c = forget * c_before + (1 - forget) * self._activation(j)
        c = self._norm(c, "state")
        m = (sigmoid(o + peeps[1] * c) if peeps else sigmoid(o)) * self._activation(c)
        if self._num_proj is not None:
            m = matmul.matmul(m, sharded_variable("W_P", [units, self._num_proj], dtype, self._num_proj_shards))
            if self._proj_clip is not None:
                m = clip.clip_by_value(m, -self._proj_clip, self._proj_clip)
        return m, rnn_cell.LSTMStateTuple(c, m) if self._state_is_tuple else array.concat([c, m], 1)


class TimeFreqLSTMCell(rnn_cell.RNNCell):
    """An LSTM that goes over overlapping bands of its inputs, with the state of each band and the output of the one below.

    Args:
        feature_size: size of a band; frequency_skip: how far apart they begin.
        others: as for `LSTMCell` and `CoupledInputForgetGateLSTMCell`.

    Source: Li et al., "LSTM time and frequency recurrence for automatic speech recognition" (2015).
    """

    def __init__(self, num_units, use_peepholes=False, cell_clip=None, initializer=None, num_unit_shards=1, forget_bias=1.0,
                 feature_size=None, frequency_skip=1, reuse=None):  # fmt: skip
        super().__init__(_reuse=reuse)
        self._num_units, self._use_peepholes, self._cell_clip = num_units, use_peepholes, cell_clip
        self._num_unit_shards, self._forget_bias = num_unit_shards, forget_bias
        self._feature_size, self._frequency_skip = feature_size, frequency_skip

    @property
    def output_size(self):
        return self._num_units

    @property
    def state_size(self):
        return 2 * self._num_units

    def _bands(self, inputs):
        depth = inputs.get_shape().with_rank(2)[1].value
        if depth is None:
            raise ValueError(f"Cannot infer input_size from static shape inference: {inputs}")
        count = (depth - self._feature_size) // self._frequency_skip + 1
        return [
            slicing.slice(inputs, [0, i * self._frequency_skip], [-1, self._feature_size]) for i in range(count)
        ]  # fmt: skip

    def call(self, inputs, state):
        units, dtype, sigmoid, tanh = self._num_units, inputs.dtype, unary.sigmoid, unary.tanh
        bands = self._bands(inputs)
        w = sharded_variable("W", [self._feature_size + 2 * units, 4 * units], dtype, self._num_unit_shards)
        b = bias("B", 4 * units, dtype)
        if self._use_peepholes:
            w_f, w_i, w_o = (
                variable_scope.get_variable(f"W_{gate}_diag", shape=[units], dtype=dtype) for gate in "FIO"
            )
        below = array.zeros([inputs.shape[0].value or inputs.get_shape()[0], units], dtype)
        outputs = states = None
        for i, band in enumerate(bands):
            c_before = slicing.slice(state, [0, 2 * i * units], [-1, units])
            m_before = slicing.slice(state, [0, (2 * i + 1) * units], [-1, units])
            gates = nn.bias_add(matmul.matmul(array.concat([band, m_before, below], 1), w), b)
            enter, new, f, o = joining.split(value=gates, num_or_size_splits=4, axis=1)
            if self._use_peepholes:
                c = sigmoid(f + self._forget_bias + w_f * c_before) * c_before
                c = c + sigmoid(enter + w_i * c_before) * tanh(new)
            else:
                c = sigmoid(f + self._forget_bias) * c_before + sigmoid(enter) * tanh(new)
            if self._cell_clip is not None:
                c = clip.clip_by_value(c, -self._cell_clip, self._cell_clip)
            below = (sigmoid(o + w_o * c) if self._use_peepholes else sigmoid(o)) * tanh(c)
            states = array.concat([c, below] if states is None else [states, c, below], 1)
            outputs = below if outputs is None else array.concat([outputs, below], 1)
        return outputs, states
