"""`tf.contrib.cudnn_rnn`: recurrent layers with cuDNN's parameters and formulas, computed as anything else here.

One variable, `opaque_kernel`, holds all parameters: the matrices of all layers, then their biases; in a layer those of each
direction, and there what meets the inputs, then what meets the state, gate by gate. TensorFlow runs these layers on NVIDIA's GPUs
only, and its checkpoints hold them under other names.
"""

from __future__ import annotations

from graphflow._contrib import rnn_blocks
from graphflow._core import dtypes
from graphflow._layers import base, rnn_cell
from graphflow._ops import (
    array,
    choosing,
    functional,
    initializers,
    joining,
    math,
    matmul,
    nn,
    rearrange,
    slicing,
    unary,
    variable_scope,
)

_DIRECTIONS = {"unidirectional": 1, "bidirectional": 2}


class CudnnCompatibleLSTMCell(rnn_blocks.LSTMBlockCell):
    """The LSTM cell with cuDNN's formulas: no forget bias, no peepholes."""

    def __init__(self, num_units, reuse=None):
        super().__init__(num_units, forget_bias=0, reuse=reuse, name="cudnn_compatible_lstm_cell")


class CudnnCompatibleGRUCell(rnn_cell.GRUCell):
    """The GRU cell with cuDNN's formulas: the reset gate comes after the product of the state, which has a bias of its own."""

    def __init__(self, num_units, reuse=None, kernel_initializer=None):
        super().__init__(num_units, activation=None, reuse=reuse, kernel_initializer=kernel_initializer)

    def build(self, inputs_shape):
        depth, units, start = self._input_depth(inputs_shape), self._num_units, self._kernel_initializer
        zeros = initializers.Zeros(dtype=self.dtype)
        ones = initializers.Constant(1.0, dtype=self.dtype)
        self._gate_kernel = self.add_weight("gates/kernel", [depth + units, 2 * units], initializer=start)
        self._gate_bias = self.add_weight("gates/bias", [2 * units], initializer=ones)
        self._input_kernel, self._hidden_kernel = (
            self.add_weight(f"candidate/{of}_projection/kernel", [size, units], initializer=start)
            for of, size in (("input", depth), ("hidden", units))
        )
        self._input_bias, self._hidden_bias = (
            self.add_weight(f"candidate/{of}_projection/bias", [units], initializer=zeros) for of in ("input", "hidden")
        )
        self.built = True

    def call(self, inputs, state):
        gates = unary.sigmoid(self._gates(inputs, state, self._gate_kernel, self._gate_bias))
        reset, update = joining.split(gates, 2, axis=1)
        candidate = nn.bias_add(matmul.matmul(inputs, self._input_kernel), self._input_bias)
        candidate += reset * nn.bias_add(matmul.matmul(state, self._hidden_kernel), self._hidden_bias)
        candidate = self._activation(candidate)
        new = (1 - update) * candidate + update * state
        return new, new


class _CudnnRNN(base.Layer):
    """Base of the layers.

    Args:
        num_layers, num_units: ints.
        input_mode: "linear_input"; "auto_select" is the same here.
        direction: "unidirectional" or "bidirectional".
        dropout: float, part of the outputs dropped between layers in training, by TensorFlow's draws and not cuDNN's.
        seed: of these, and of the kernel's initializer.
        kernel_initializer, bias_initializer: of each matrix and each bias; Glorot's uniform one and zeros where None.

    Raises:
        ValueError: another mode, direction or dtype.
    """

    _gates = 1
    _states = 1  # how many parts the state has

    def __init__(self, num_layers, num_units, input_mode="linear_input", direction="unidirectional", dropout=0.0, seed=None,
                 dtype=dtypes.float32, kernel_initializer=None, bias_initializer=None, name=None):  # fmt: skip
        super().__init__(dtype=dtype, name=name)
        if direction not in _DIRECTIONS:
            raise ValueError(f"Invalid direction: {direction}, expect one of {', '.join(_DIRECTIONS)}")
        if input_mode not in ("linear_input", "auto_select"):
            raise ValueError(f"Invalid input_mode: {input_mode}, expect linear_input: inputs are always projected here")
        if dtypes.as_dtype(dtype) not in (dtypes.float16, dtypes.float32, dtypes.float64):
            raise ValueError(f"Only support float16, float32, float64, provided {dtype}")
        self._num_layers, self._num_units, self._direction, self._input_mode = (
            num_layers, num_units, direction, input_mode,
        )  # fmt: skip
        self._dropout, self._seed = dropout, seed
        self._kernel_initializer, self._bias_initializer = kernel_initializer, bias_initializer
        self._input_size = None

    num_layers = property(lambda self: self._num_layers, doc="How many layers there are.")
    num_units = property(lambda self: self._num_units, doc="The size of a layer's output in one direction.")
    direction = property(lambda self: self._direction, doc="One direction or both.")
    num_dirs = property(lambda self: _DIRECTIONS[self._direction], doc="1, or 2 for both directions.")
    input_mode = property(lambda self: self._input_mode, doc="How inputs enter the first layer.")

    @property
    def input_size(self):
        """The size of the inputs, known once it was built."""
        if not self._input_size:
            raise ValueError("'input_size' is unknown since layer has not been built.")
        return self._input_size

    @property
    def canonical_weight_shapes(self):
        """The shapes of all matrices, in the order of the kernel."""
        units, shapes = self._num_units, []
        for layer in range(self._num_layers):
            depth = self.num_dirs * units if layer else self.input_size
            shapes += ([(units, depth)] * self._gates + [(units, units)] * self._gates) * self.num_dirs
        return shapes

    @property
    def canonical_bias_shapes(self):
        """The shapes of all biases, in the order of the kernel."""
        return [[self._num_units]] * (self._num_layers * self.num_dirs * 2 * self._gates)

    def state_shape(self, batch_size):
        """The shapes of the parts of the state."""
        return ([self._num_layers * self.num_dirs, batch_size, self._num_units],) * self._states

    def build(self, input_shape):
        if input_shape.ndims != 3:
            raise ValueError(f"Expecting input_shape with 3 dims, got {input_shape.ndims}")
        self._input_size = input_shape[-1].value
        if self._input_size is None:
            raise ValueError("The last dimension of the inputs to `CudnnRNN` should be defined. Found `None`.")
        self.input_spec = base.InputSpec(ndim=3, axes={-1: self._input_size})
        dtype = dtypes.as_dtype(self.dtype)
        kernel = self._kernel_initializer or initializers.GlorotUniform(seed=self._seed, dtype=dtype)
        bias = self._bias_initializer or initializers.Constant(0.0, dtype=dtype)
        parts = [kernel(shape, dtype=dtype) for shape in self.canonical_weight_shapes]
        parts += [bias(shape, dtype=dtype) for shape in self.canonical_bias_shapes]
        start = array.concat([array.reshape(part, [-1]) for part in parts], 0)
        with variable_scope.variable_scope(self._current_scope):
            self.kernel = variable_scope.get_variable("opaque_kernel", dtype=dtype, initializer=start)
        self._trainable_weights.append(self.kernel)
        self.built = True

    def call(self, inputs, initial_state=None, sequence_lengths=None, time_major=True, training=True):
        """(outputs, the last state).

        Args:
            inputs: `[time, batch, size]`, or `[batch, time, size]` where not `time_major`.
            initial_state: a tuple of `[layers * directions, batch, units]`: outputs and, of an LSTM, cell values; zeros where None.
            sequence_lengths: int `[batch]`: rows give zeros and keep their state from there on.
            training: whether to drop.
        """
        if initial_state is not None and not isinstance(initial_state, tuple):
            raise TypeError(f"Invalid initial_state type: {initial_state}, expecting tuple.")
        steps = inputs if time_major else rearrange.transpose(inputs, [1, 0, 2])
        if initial_state is None:
            shapes = self.state_shape(array.shape(steps)[1])
            initial_state = tuple(array.zeros(shape, dtype=self.dtype) for shape in shapes)
        matrices, biases = self._canonical()
        last = []
        for layer in range(self._num_layers):
            if layer and training and self._dropout:
                steps = nn.dropout(steps, rate=self._dropout, seed=self._seed)
            both = []
            for direction in range(self.num_dirs):
                at = layer * self.num_dirs + direction
                own = slice(2 * self._gates * at, 2 * self._gates * (at + 1))
                given = _reversed(steps, sequence_lengths) if direction else steps
                start = [part[at] for part in initial_state]
                outputs, state = self._run(given, start, matrices[own], biases[own], sequence_lengths)
                both.append(_reversed(outputs, sequence_lengths) if direction else outputs)
                last.append(state)
            steps = both[0] if len(both) == 1 else array.concat(both, 2)
        state = tuple(joining.stack(list(part)) for part in zip(*last))
        return steps if time_major else rearrange.transpose(steps, [1, 0, 2]), state

    def _canonical(self):
        """(all matrices, all biases), cut out of the kernel."""
        made, start = [], 0
        for shape in [*self.canonical_weight_shapes, *self.canonical_bias_shapes]:
            size = shape[0] * (shape[1] if len(shape) > 1 else 1)
            made.append(array.reshape(slicing.slice(self.kernel, [start], [size]), shape))
            start += size
        count = len(self.canonical_weight_shapes)
        return made[:count], made[count:]

    def _run(self, steps, start, matrices, biases, lengths):
        """(outputs, last state) of one layer in one direction."""
        n = self._gates
        into, own = (array.concat(part, 0) for part in (matrices[:n], matrices[n:]))
        into_bias, own_bias = (array.concat(part, 0) for part in (biases[:n], biases[n:]))
        given = matmul.tensordot(steps, into, [[2], [1]]) + into_bias
        times = math.range(array.shape(steps)[0])

        def step(state, now):
            time, x = now
            new = self._step(x, nn.bias_add(matmul.matmul(state[0], own, transpose_b=True), own_bias), state)
            if lengths is None:
                return new
            return [choosing.where(time < lengths, one, before) for one, before in zip(new, state)]

        states = functional.scan(step, [times, given], initializer=list(start))
        outputs, last = states[0], [part[-1] for part in states]
        if lengths is not None:
            mask = choosing.sequence_mask(lengths, array.shape(steps)[0], dtype=outputs.dtype)
            outputs *= array.expand_dims(rearrange.transpose(mask), 2)
        return outputs, last


def _reversed(steps, lengths):
    if lengths is None:
        return rearrange.reverse(steps, [0])
    return rearrange.reverse_sequence(steps, lengths, seq_axis=0, batch_axis=1)


class CudnnLSTM(_CudnnRNN):
    """LSTM layers; the state is (outputs, cell values)."""

    _gates, _states = 4, 2

    def _step(self, x, h, state):
        i, f, new, o = joining.split(x + h, 4, axis=1)
        c = unary.sigmoid(f) * state[1] + unary.sigmoid(i) * unary.tanh(new)
        return [unary.sigmoid(o) * unary.tanh(c), c]


class CudnnGRU(_CudnnRNN):
    """GRU layers; the state is (outputs,)."""

    _gates = 3

    def _step(self, x, h, state):
        (x_r, x_u, x_n), (h_r, h_u, h_n) = (joining.split(part, 3, axis=1) for part in (x, h))
        reset, update = unary.sigmoid(x_r + h_r), unary.sigmoid(x_u + h_u)
        return [(1 - update) * unary.tanh(x_n + reset * h_n) + update * state[0]]


class CudnnRNNTanh(_CudnnRNN):
    """Plain layers with tanh; the state is (outputs,)."""

    def _step(self, x, h, state):
        return [unary.tanh(x + h)]


class CudnnRNNRelu(_CudnnRNN):
    """Plain layers with relu; the state is (outputs,)."""

    def _step(self, x, h, state):
        return [nn.relu(x + h)]
