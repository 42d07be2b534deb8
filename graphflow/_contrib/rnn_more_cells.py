"""Further cells of `tf.contrib.rnn`: intersection, phased, convolutional, grouped, simple and independent ones."""

from __future__ import annotations

from graphflow._contrib import rnn_wrappers
from graphflow._core import dtypes, shapes
from graphflow._graph import build
from graphflow._layers import rnn_cell
from graphflow._ops import (
    array,
    choosing,
    conv,
    initializers,
    joining,
    math,
    matmul,
    nn,
    random,
    rearrange,
    slicing,
    unary,
    variable_scope,
)


def _depth(inputs):
    depth = inputs.get_shape().with_rank(2)[1].value
    if depth is None:
        raise ValueError(f"Could not infer input size from inputs.get_shape()[-1]: {inputs}")
    return depth


class IntersectionRNNCell(rnn_cell.RNNCell):
    """A cell with a gate between layers and one between steps; inputs and outputs are of one size.

    Args:
        num_in_proj: whether inputs of another size are projected (to `num_units`) first; None: they may not be.
        initializer: of all weights; forget_bias: added to both gates.
        y_activation: of the output.

    Source: Collins, Sohl-Dickstein, Sussillo, "Capacity and trainability in recurrent neural networks" (2016).
    """

    def __init__(
        self, num_units, num_in_proj=None, initializer=None, forget_bias=1.0, y_activation=nn.relu, reuse=None
    ):
        super().__init__(_reuse=reuse)
        self._num_units, self._num_input_proj, self._initializer = num_units, num_in_proj, initializer
        self._forget_bias, self._y_activation = forget_bias, y_activation
        self._projection = self._linear = None

    @property
    def state_size(self):
        return self._num_units

    @property
    def output_size(self):
        return self._num_units

    def call(self, inputs, state):
        depth, units = _depth(inputs), self._num_units
        with variable_scope.variable_scope(variable_scope.get_variable_scope(), initializer=self._initializer):
            if depth != units:
                if not self._num_input_proj:
                    raise ValueError(
                        "Must have input size == output size for Intersection RNN. To fix, num_in_proj should be set to "
                        "num_units at cell init."
                    )
                with variable_scope.variable_scope("in_projection"):
                    if self._projection is None:
                        self._projection = rnn_wrappers.Linear(inputs, units, True)
                    inputs = self._projection(inputs)
            joined = array.concat([inputs, state], 1)
            if self._linear is None:
                self._linear = rnn_wrappers.Linear(joined, 4 * units, True)
            made = self._linear(joined)
            gate_h, h = made[:, :units], made[:, units : 2 * units]
            gate_y, y = made[:, 2 * units : 3 * units], made[:, 3 * units : 4 * units]
            h, y = unary.tanh(h), self._y_activation(y)
            gate_h, gate_y = unary.sigmoid(gate_h + self._forget_bias), unary.sigmoid(gate_y + self._forget_bias)
            new_state = gate_h * state + (1.0 - gate_h) * h
            return gate_y * inputs + (1.0 - gate_y) * y, new_state


class PhasedLSTMCell(rnn_cell.RNNCell):
    """An LSTM whose units open and close in a rhythm of their own; its inputs are (times `[batch, 1]`, values).

    Args:
        use_peepholes: gates see the cell values too.
        leak: how much passes while closed; ratio_on: which part of the period is open; trainable_ratio_on: whether that is learned.
        period_init_min, period_init_max: bounds of the periods at the start, which are spread evenly in their logarithm.

    Source: Neil, Pfeiffer, Liu, "Phased LSTM" (2016), https://arxiv.org/abs/1610.09513.
    """

    def __init__(self, num_units, use_peepholes=False, leak=0.001, ratio_on=0.1, trainable_ratio_on=True, period_init_min=1.0,
                 period_init_max=1000.0, reuse=None):  # fmt: skip
        super().__init__(_reuse=reuse)
        self._num_units, self._use_peepholes, self._leak, self._ratio_on = num_units, use_peepholes, leak, ratio_on
        self._trainable_ratio_on = trainable_ratio_on
        self._period_init_min, self._period_init_max = period_init_min, period_init_max
        self._linears = {}

    @property
    def state_size(self):
        return rnn_cell.LSTMStateTuple(self._num_units, self._num_units)

    @property
    def output_size(self):
        return self._num_units

    def _linear(self, name, args, size):
        if name not in self._linears:
            self._linears[name] = rnn_wrappers.Linear(args, size, True)
        return self._linears[name](args)

    def _period_start(self, shape, dtype=dtypes.float32, partition_info=None):
        low, high = unary.log(self._period_init_min), unary.log(self._period_init_max)
        return unary.exp(random.random_uniform(shape, low, high, dtype))

    def _weight(self, name, start, **options):
        return variable_scope.get_variable(name, [self._num_units], initializer=start, **options)

    def call(self, inputs, state):
        (c_before, h_before), (time, x) = state, inputs
        units, seen = self._num_units, [x, h_before]
        with variable_scope.variable_scope("mask_gates"):
            gates = self._linear("mask_gates", [*seen, c_before] if self._use_peepholes else seen, 2 * units)
            gates = unary.sigmoid(gates)
            input_gate, forget_gate = joining.split(axis=1, num_or_size_splits=2, value=gates)
        with variable_scope.variable_scope("new_input"):
            new = unary.tanh(self._linear("new_input", seen, units))
        c = c_before * forget_gate + input_gate * new
        with variable_scope.variable_scope("output_gate"):
            gate = unary.sigmoid(self._linear("output_gate", [*seen, c] if self._use_peepholes else seen, units))
        h = unary.tanh(c) * gate
        period = self._weight("period", self._period_start)
        phase = self._weight("phase", initializers.RandomUniform(0.0, period.initial_value))
        ratio_on = self._weight("ratio_on", initializers.Constant(self._ratio_on), trainable=self._trainable_ratio_on)
        k = self._openness(_cycle(time, phase, period), ratio_on)
        c = k * c + (1 - k) * c_before
        h = k * h + (1 - k) * h_before
        return h, rnn_cell.LSTMStateTuple(c, h)

    def _openness(self, cycle, ratio_on):
        """Up and down in the open part of the cycle, the leak elsewhere."""
        up = 2 * cycle / ratio_on
        down = 2 - up
        closed = self._leak * cycle
        k = choosing.where(cycle < ratio_on, down, closed)
        return choosing.where(cycle < 0.5 * ratio_on, up, k)


def _cycle(time, phase, period):
    """Where in its period each unit is, 0..1; the derivative does not see the turns."""
    phase, period = math.cast(phase, time.dtype), math.cast(period, time.dtype)
    shifted = time - phase
    turned = array.stop_gradient(math.floormod(shifted, period) - shifted) + shifted
    return math.cast(turned / period, dtypes.float32)


class ConvLSTMCell(rnn_cell.RNNCell):
    """An LSTM over images (or lines, or volumes): its weights are convolutions.

    Args:
        conv_ndims: 1, 2 or 3 axes of space.
        input_shape: sizes of the inputs, without the batch, channels last.
        output_channels: of the output.
        kernel_shape: sizes of the kernel along the axes of space.
        use_bias: whether there is a bias; skip_connection: whether inputs are joined to the outputs.
        forget_bias: added to the forget gate.

    Source: Shi et al., "Convolutional LSTM network" (2015), https://arxiv.org/abs/1506.04214.
    """

    def __init__(self, conv_ndims, input_shape, output_channels, kernel_shape, use_bias=True, skip_connection=False,
                 forget_bias=1.0, initializers=None, name="conv_lstm_cell"):  # fmt: skip
        super().__init__(name=name)
        if conv_ndims != len(input_shape) - 1:
            raise ValueError(f"Invalid input_shape {input_shape} for conv_ndims={conv_ndims}.")
        self._conv_ndims, self._kernel_shape, self._use_bias = conv_ndims, list(kernel_shape), use_bias
        self._forget_bias, self._skip_connection, self._channels = forget_bias, skip_connection, output_channels
        space, whole = list(input_shape[:-1]), output_channels + (input_shape[-1] if skip_connection else 0)
        size = shapes.TensorShape([*space, output_channels])
        self._state_size = rnn_cell.LSTMStateTuple(size, size)
        self._output_size = shapes.TensorShape([*space, whole])

    @property
    def output_size(self):
        return self._output_size

    @property
    def state_size(self):
        return self._state_size

    def call(self, inputs, state, scope=None):
        cell, hidden = state
        gates = self._convolved([inputs, hidden], 4 * self._channels)
        i, new, f, o = joining.split(value=gates, num_or_size_splits=4, axis=self._conv_ndims + 1)
        new_cell = unary.sigmoid(f + self._forget_bias) * cell
        new_cell += unary.sigmoid(i) * unary.tanh(new)
        output = unary.tanh(new_cell) * unary.sigmoid(o)
        if self._skip_connection:
            output = array.concat([output, inputs], axis=-1)
        return output, rnn_cell.LSTMStateTuple(new_cell, output)

    def _convolved(self, args, channels):
        rank, depth, dtype = self._conv_ndims + 2, sum(arg.shape[-1].value for arg in args), args[0].dtype
        kernel = variable_scope.get_variable("kernel", [*self._kernel_shape, depth, channels], dtype=dtype)
        function = {3: conv.conv1d, 4: conv.conv2d, 5: conv.conv3d}[rank]
        made = function(array.concat(args, rank - 1), kernel, 1 if rank == 3 else [1] * rank, padding="SAME")
        if not self._use_bias:
            return made
        start = initializers.Constant(0.0, dtype=dtype)
        return made + variable_scope.get_variable("biases", [channels], dtype=dtype, initializer=start)


class Conv1DLSTMCell(ConvLSTMCell):
    """`ConvLSTMCell` over `[length, channels]`."""

    def __init__(self, name="conv_1d_lstm_cell", **kwargs):
        super().__init__(conv_ndims=1, name=name, **kwargs)


class Conv2DLSTMCell(ConvLSTMCell):
    """`ConvLSTMCell` over `[height, width, channels]`."""

    def __init__(self, name="conv_2d_lstm_cell", **kwargs):
        super().__init__(conv_ndims=2, name=name, **kwargs)


class Conv3DLSTMCell(ConvLSTMCell):
    """`ConvLSTMCell` over `[depth, height, width, channels]`."""

    def __init__(self, name="conv_3d_lstm_cell", **kwargs):
        super().__init__(conv_ndims=3, name=name, **kwargs)


class GLSTMCell(rnn_cell.RNNCell):
    """An LSTM whose weights are cut into groups that do not see each other.

    Args:
        initializer: of the weights; num_proj: size of a projection of the output, None for none.
        number_of_groups: a divisor of all sizes.
        others: as for `BasicLSTMCell`.

    Source: Kuchaiev, Ginsburg, "Factorization tricks for LSTM networks" (2017), https://arxiv.org/abs/1703.10722.
    """

    def __init__(self, num_units, initializer=None, num_proj=None, number_of_groups=1, forget_bias=1.0, activation=unary.tanh,
                 reuse=None):  # fmt: skip
        super().__init__(_reuse=reuse)
        for what, size in (("num_units", num_units), ("num_proj", num_proj or 0)):
            if size % number_of_groups:
                raise ValueError(f"{what} must be divisible by number_of_groups: {size}, {number_of_groups}")
        self._num_units, self._initializer, self._num_proj = num_units, initializer, num_proj
        self._groups, self._forget_bias, self._activation = number_of_groups, forget_bias, activation
        self._linears, self._projection = {}, None

    @property
    def output_size(self):
        return self._num_proj or self._num_units

    @property
    def state_size(self):
        return rnn_cell.LSTMStateTuple(self._num_units, self.output_size)

    def _of_group(self, values, group, size, batch):
        name = f"GLSTM_group{group}_input_generation"
        return slicing.slice(values, [0, group * size], [batch, size], name=name)

    def call(self, inputs, state):
        c_before, m_before = state
        batch = inputs.shape[0].value or array.shape(inputs)[0]
        depth = _depth(inputs)
        if depth % self._groups:
            raise ValueError(f"input size ({depth}) must be divisible by number_of_groups ({self._groups})")
        with variable_scope.variable_scope(variable_scope.get_variable_scope(), initializer=self._initializer):
            parts = []
            for group in range(self._groups):
                with variable_scope.variable_scope(f"group{group}"):
                    own = [
                        self._of_group(inputs, group, depth // self._groups, batch),
                        self._of_group(m_before, group, self.output_size // self._groups, batch),
                    ]
                    joined = array.concat(own, axis=1)
                    if group not in self._linears:
                        size = 4 * (self._num_units // self._groups)
                        self._linears[group] = rnn_wrappers.Linear(joined, size, False)
                    parts.append(joining.split(self._linears[group](joined), 4, 1))
            biases = [self._bias(gate, inputs.dtype) for gate in "ijfo"]
            i, j, f, o = (
                nn.bias_add(array.concat(list(part), axis=1), bias) for part, bias in zip(zip(*parts), biases)
            )
        c = unary.sigmoid(f + self._forget_bias) * c_before + unary.sigmoid(i) * unary.tanh(j)
        m = unary.sigmoid(o) * self._activation(c)
        if self._num_proj is not None:
            with variable_scope.variable_scope("projection"):
                if self._projection is None:
                    self._projection = rnn_wrappers.Linear(m, self._num_proj, False)
                m = self._projection(m)
        return m, rnn_cell.LSTMStateTuple(c, m)

    def _bias(self, gate, dtype):
        start = initializers.Constant(0.0, dtype=dtype)
        return variable_scope.get_variable(f"bias_{gate}", [self._num_units], dtype=dtype, initializer=start)


class SRUCell(rnn_cell.LayerRNNCell):
    """Simple recurrent unit: its gates do not see the state, so most of its work is one product.

    Source: Lei et al., "Simple recurrent units for highly parallelizable recurrence" (2017), https://arxiv.org/abs/1709.02755.
    """

    def __init__(self, num_units, activation=None, reuse=None, name=None, **kwargs):
        super().__init__(num_units, activation, reuse, name, kwargs.pop("dtype", None), **kwargs)

    def build(self, inputs_shape):
        units = self._num_units
        self._kernel = self.add_weight("kernel", [self._input_depth(inputs_shape), 4 * units])
        self._bias = self.add_weight("bias", [2 * units], initializer=initializers.Zeros)
        self.built = True

    def call(self, inputs, state):
        product = matmul.matmul(inputs, self._kernel)
        new, forget, reset, given = joining.split(value=product, num_or_size_splits=4, axis=1)
        gates = unary.sigmoid(nn.bias_add(array.concat([forget, reset], 1), self._bias))
        forget, reset = joining.split(value=gates, num_or_size_splits=2, axis=1)
        c = forget * state + (1.0 - forget) * new
        return reset * self._activation(c) + (1.0 - reset) * given, c


class _Independent(rnn_cell.LayerRNNCell):
    """A cell whose units each see their own state only.

    Source: Li et al., "Independently recurrent neural network" (2018), https://arxiv.org/abs/1803.04831.
    """

    def _weights(self, scope, depth, times, bias_start, kernel_name="kernel_w", start=None):
        """(kernel of the inputs, weights of the state, bias) for `times` gates."""
        size = times * self._num_units
        own = initializers.RandomUniform(minval=-1, maxval=1, dtype=self.dtype)
        return (
            self.add_weight(scope + kernel_name, [depth, size], initializer=start),
            self.add_weight(scope + "kernel_u", [1, size], initializer=own),
            self.add_weight(scope + "bias", [size], initializer=bias_start),
        )


def _sum(inputs, state, kernel, own, bias):
    return nn.bias_add(matmul.matmul(inputs, kernel) + state * own, bias)


class IndRNNCell(_Independent):
    """`BasicRNNCell` whose units each see their own state only."""

    def __init__(self, num_units, activation=None, reuse=None, name=None, dtype=None):
        super().__init__(num_units, activation, reuse, name, dtype)

    def build(self, inputs_shape):
        zeros = initializers.Zeros(dtype=self.dtype)
        self._gate = self._weights("", self._input_depth(inputs_shape), 1, zeros)
        self.built = True

    def call(self, inputs, state):
        output = self._activation(_sum(inputs, state, *self._gate))
        return output, output


class IndyGRUCell(_Independent):
    """`GRUCell` whose units each see their own state only."""

    def __init__(self, num_units, activation=None, reuse=None, kernel_initializer=None, bias_initializer=None, name=None,
                 dtype=None):  # fmt: skip
        super().__init__(num_units, activation, reuse, name, dtype)
        self._kernel_initializer, self._bias_initializer = kernel_initializer, bias_initializer

    def build(self, inputs_shape):
        depth, start, bias = self._input_depth(inputs_shape), self._kernel_initializer, self._bias_initializer
        ones = initializers.Constant(1.0, dtype=self.dtype) if bias is None else bias
        zeros = initializers.Zeros(dtype=self.dtype) if bias is None else bias
        self._gates = self._weights("gates/", depth, 2, ones, start=start)
        self._candidate = self._weights("candidate/", depth, 1, zeros, kernel_name="kernel", start=start)
        self.built = True

    def call(self, inputs, state):
        product = matmul.matmul(inputs, self._gates[0])
        gates = product + rearrange.tile(state, [1, 2]) * self._gates[1]
        gates = unary.sigmoid(nn.bias_add(gates, self._gates[2]))
        reset, update = joining.split(value=gates, num_or_size_splits=2, axis=1)
        kept = reset * state
        new = self._activation(_sum(inputs, kept, *self._candidate))
        output = update * state + (1 - update) * new
        return output, output


class IndyLSTMCell(_Independent):
    """`BasicLSTMCell` whose units each see their own state only."""

    def __init__(self, num_units, forget_bias=1.0, activation=None, reuse=None, kernel_initializer=None,
                 bias_initializer=None, name=None, dtype=None):  # fmt: skip
        super().__init__(num_units, activation, reuse, name, dtype)
        self._forget_bias = forget_bias
        self._kernel_initializer, self._bias_initializer = kernel_initializer, bias_initializer

    @property
    def state_size(self):
        return rnn_cell.LSTMStateTuple(self._num_units, self._num_units)

    def build(self, inputs_shape):
        zeros = initializers.Zeros(dtype=self.dtype) if self._bias_initializer is None else self._bias_initializer
        depth = self._input_depth(inputs_shape)
        self._gate = self._weights("", depth, 4, zeros, start=self._kernel_initializer)
        self.built = True

    def call(self, inputs, state):
        axis = build.constant(1, dtype=dtypes.int32)
        c, h = state
        product = matmul.matmul(inputs, self._gate[0])
        gates = product + rearrange.tile(h, [1, 4]) * self._gate[1]
        gates = nn.bias_add(gates, self._gate[2])
        i, j, f, o = joining.split(value=gates, num_or_size_splits=4, axis=axis)
        forget = build.constant(self._forget_bias, dtype=f.dtype)
        kept = math.multiply(c, unary.sigmoid(math.add(f, forget)))
        new_c = math.add(kept, math.multiply(unary.sigmoid(i), self._activation(j)))
        new_h = math.multiply(self._activation(new_c), unary.sigmoid(o))
        return new_h, rnn_cell.LSTMStateTuple(new_c, new_h)
