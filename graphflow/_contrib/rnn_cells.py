"""Recurrent cells of contrib."""

from __future__ import annotations

from graphflow._contrib import normalization, rnn_wrappers
from graphflow._layers import rnn_cell
from graphflow._ops import array, initializers, joining, matmul, nn, unary, variable_scope


class LayerNormBasicLSTMCell(rnn_cell.RNNCell):
    """An LSTM cell whose gates are normalized over the layer, with dropout of what is new.

    Args:
        layer_norm: whether they are; norm_gain, norm_shift: where factor and offset start.
        dropout_keep_prob: float or tensor.
        others: as for `BasicLSTMCell`.

    Source: Ba, Kiros, Hinton, "Layer normalization" (2016); Semeniuta et al., "Recurrent dropout without memory loss" (2016).
    """

    def __init__(
        self, num_units, forget_bias=1.0, input_size=None, activation=unary.tanh, layer_norm=True, norm_gain=1.0,
        norm_shift=0.0, dropout_keep_prob=1.0, dropout_prob_seed=None, reuse=None,
    ):  # fmt: skip
        super().__init__(_reuse=reuse)
        self._num_units, self._activation, self._forget_bias = num_units, activation, forget_bias
        self._keep_prob, self._seed = dropout_keep_prob, dropout_prob_seed
        self._layer_norm, self._norm_gain, self._norm_shift = layer_norm, norm_gain, norm_shift

    @property
    def state_size(self):
        return rnn_cell.LSTMStateTuple(self._num_units, self._num_units)

    @property
    def output_size(self):
        return self._num_units

    def _norm(self, x, scope):
        if not self._layer_norm:
            return x
        shape = x.get_shape()[-1:]
        with variable_scope.variable_scope(scope):
            for name, start in (("gamma", self._norm_gain), ("beta", self._norm_shift)):
                variable_scope.get_variable(name, shape=shape, initializer=initializers.Constant(start), dtype=x.dtype)
        return normalization.layer_norm(x, reuse=True, scope=scope)

    def call(self, inputs, state):
        c, h = state
        joined = array.concat([inputs, h], 1)
        size = 4 * self._num_units
        kernel = variable_scope.get_variable("kernel", [joined.get_shape()[-1], size], dtype=joined.dtype)
        gates = matmul.matmul(joined, kernel)
        if not self._layer_norm:
            gates = nn.bias_add(gates, variable_scope.get_variable("bias", [size], dtype=joined.dtype))
        parts = joining.split(value=gates, num_or_size_splits=4, axis=1)
        i, j, f, o = (self._norm(x, name) for x, name in zip(parts, ("input", "transform", "forget", "output")))
        new = self._activation(j)
        if not isinstance(self._keep_prob, float) or self._keep_prob < 1:
            new = nn.dropout(new, self._keep_prob, seed=self._seed)
        new_c = c * unary.sigmoid(f + self._forget_bias) + unary.sigmoid(i) * new
        new_c = self._norm(new_c, "state")
        new_h = self._activation(new_c) * unary.sigmoid(o)
        return new_h, rnn_cell.LSTMStateTuple(new_c, new_h)


class UGRNNCell(rnn_cell.RNNCell):
    """A cell with one gate, between the old state and the new one.

    Source: Collins, Sohl-Dickstein, Sussillo, "Capacity and trainability in recurrent neural networks" (2016).
    """

    def __init__(self, num_units, initializer=None, forget_bias=1.0, activation=unary.tanh, reuse=None):
        super().__init__(_reuse=reuse)
        self._num_units, self._initializer = num_units, initializer
        self._forget_bias, self._activation, self._linear = forget_bias, activation, None

    @property
    def state_size(self):
        return self._num_units

    @property
    def output_size(self):
        return self._num_units

    def call(self, inputs, state):
        scope = variable_scope.get_variable_scope()
        with variable_scope.variable_scope(scope, initializer=self._initializer):
            joined = array.concat([inputs, state], 1)
            if self._linear is None:
                self._linear = rnn_wrappers.Linear(joined, 2 * self._num_units, True)
            gate, new = joining.split(axis=1, num_or_size_splits=2, value=self._linear(joined))
            new = self._activation(new)
            gate = unary.sigmoid(gate + self._forget_bias)
            state = gate * state + (1.0 - gate) * new
        return state, state


class NASCell(rnn_cell.LayerRNNCell):
    """The cell that a search over architectures found.

    Args:
        num_proj: size of a projection of the output, None for none.
        use_bias: whether there is a bias.

    Source: Zoph, Le, "Neural architecture search with reinforcement learning" (2016).
    """

    _GATES = 8

    def __init__(self, num_units, num_proj=None, use_bias=False, reuse=None, name=None, dtype=None, **kwargs):
        super().__init__(num_units, None, reuse, name, dtype, **kwargs)
        self.input_spec = None
        self._num_proj, self._use_bias = num_proj, use_bias

    @property
    def output_size(self):
        return self._num_units if self._num_proj is None else self._num_proj

    @property
    def state_size(self):
        return rnn_cell.LSTMStateTuple(self._num_units, self.output_size)

    def build(self, inputs_shape):
        size = self._GATES * self._num_units
        depth = self._input_depth(inputs_shape)
        self.recurrent_kernel = self.add_weight("recurrent_kernel", [self.output_size, size])
        self.kernel = self.add_weight("kernel", [depth, size])
        if self._use_bias:
            self.bias = self.add_weight("bias", [size], initializer=initializers.Zeros())
        if self._num_proj is not None:
            self.projection_weights = self.add_weight("projection_weights", [self._num_units, self._num_proj])
        self.built = True

    def call(self, inputs, state):
        c, m = state
        recurrent = matmul.matmul(m, self.recurrent_kernel)
        given = matmul.matmul(inputs, self.kernel)
        if self._use_bias:
            recurrent = nn.bias_add(recurrent, self.bias)
        r = joining.split(axis=1, num_or_size_splits=self._GATES, value=recurrent)
        x = joining.split(axis=1, num_or_size_splits=self._GATES, value=given)
        sigmoid, tanh, relu = unary.sigmoid, unary.tanh, nn.relu
        first = [
            activation(x[n] * r[n] if n == 3 else x[n] + r[n])
            for n, activation in enumerate((sigmoid, relu, sigmoid, relu, tanh, sigmoid, tanh, sigmoid))
        ]
        second = [tanh(first[0] * first[1]), tanh(first[2] + first[3]), tanh(first[4] * first[5])]
        second.append(sigmoid(first[6] + first[7]))
        new_c = tanh(second[0] + c) * second[1]
        new_m = tanh(new_c * tanh(second[2] + second[3]))
        if self._num_proj is not None:
            new_m = matmul.matmul(new_m, self.projection_weights)
        return new_m, rnn_cell.LSTMStateTuple(new_c, new_m)
