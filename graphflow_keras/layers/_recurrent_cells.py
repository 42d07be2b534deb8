"""The cells of recurrent layers: what one time step of a SimpleRNN, a GRU, an LSTM computes.

All gates of a cell share one kernel, one recurrent kernel and one bias, the gates side by side in the last axis. A
step is `advance(project(inputs), states)`; only `advance` needs the states, so a layer projects all time steps at once
and loops over the rest.
"""

import graphflow as tf
from graphflow_keras import backend as K
from graphflow_keras import dialect, initializers
from graphflow_keras.engine.base_layer import Layer
from graphflow_keras.layers import _cell_steps
from graphflow_keras.layers._options import OptionLayer, take_options
from graphflow_keras.utils.generic_utils import to_list

INITIALIZERS = ("kernel_initializer", "recurrent_initializer", "bias_initializer")
REGULARIZERS = ("kernel_regularizer", "recurrent_regularizer", "bias_regularizer")
CONSTRAINTS = ("kernel_constraint", "recurrent_constraint", "bias_constraint")
DROPOUTS = ("dropout", "recurrent_dropout")


def forwards_to_cell(layer_class):
    """Class decorator: the options of `layer_class.CELL` can be read on the layer too."""
    for option in layer_class.CELL.OPTIONS:
        setattr(layer_class, option, property(lambda self, option=option: getattr(self.cell, option)))
    return layer_class


def with_ones_for_the_forget_gate(initializer, before, units):
    """An initializer of a bias vector: `initializer`, but ones at `before ... before + units`."""

    def initialize(shape, *args, **kwargs):
        parts = [
            initializer((before,), *args, **kwargs),
            initializers.Ones()((units,), *args, **kwargs),
            initializer((shape[0] - before - units,), *args, **kwargs),
        ]
        return K.concatenate(parts)

    return initialize


def _generate_dropout_mask(ones, rate, training=None, count=1):
    """`count` dropout masks of the shape of `ones` (one tensor for a count of 1, else a list)."""
    if count == 1:
        return K.in_train_phase(lambda: K.dropout(ones, rate), ones, training=training)
    # One branch on the learning phase for all masks.
    masks = K.in_train_phase(
        lambda: K.stack([K.dropout(ones, rate) for _ in range(count)]), K.stack([ones] * count), training=training
    )
    return [masks[index] for index in range(count)]


class AbstractRNNCell(Layer):
    """Base class for cells of one's own, to be run by `RNN`.

    A subclass overrides `call(inputs, states) -> output, new states` and the properties `state_size` and `output_size`.
    """

    def call(self, inputs, states):
        raise NotImplementedError(f"{type(self).__name__}.call(inputs, states): write one step of the cell")

    @property
    def state_size(self):
        """The size of the state, or a tuple of those of several states."""
        raise NotImplementedError(f"{type(self).__name__}.state_size: the size of the state, or of each state")

    @property
    def output_size(self):
        """The size of the output."""
        raise NotImplementedError(f"{type(self).__name__}.output_size: the size of the output")

    def get_initial_state(self, inputs=None, batch_size=None, dtype=None):
        """Zeros for each state, see `initial_state`."""
        return initial_state(self, inputs, batch_size, dtype)


def initial_state(cell, inputs=None, batch_size=None, dtype=None):
    """Zeros `[batch, size]` for a cell's state; a list of them for several.

    Args:
        inputs: `[batch, ...]`; gives the batch size and the dtype.
        batch_size, dtype: where there are no inputs.

    Raises:
        ValueError: neither inputs nor both of the others.
    """
    if inputs is not None:
        batch_size, dtype = tf.shape(inputs)[0], inputs.dtype
    if batch_size is None or dtype is None:
        raise ValueError(
            "batch_size and dtype cannot be None while constructing initial state without `inputs`: "
            f"got batch_size={batch_size}, dtype={dtype}"
        )
    sizes = cell.state_size
    if hasattr(sizes, "__len__"):
        return [tf.zeros([batch_size, size], dtype) for size in sizes]
    return tf.zeros([batch_size, sizes], dtype)


class GatedCell(OptionLayer):
    """What the cells have in common.

    A subclass names its constructor arguments in `OPTIONS` and its gates in `GATES` (letters in the order in which
    they lie in the weights), and defines `build`, `_advance` and `step_of_tf_keras`.
    """

    GATES = ""
    projects_sequences = True  # `project` takes all time steps at once too

    def __init__(self, arguments, **kwargs):
        super().__init__(**kwargs)
        take_options(self, self.OPTIONS, arguments)
        for rate in DROPOUTS:
            setattr(self, rate, min(1.0, max(0.0, arguments[rate])))
        self._dropout_mask = None
        self._recurrent_dropout_mask = None
        self._kernels = self._recurrent_kernels = None  # by gate

    def call(self, inputs, states, training=None):
        """One step: inputs `[batch, features]`, states `[batch, units]` each -> output, new states."""
        if dialect.is_tf_keras():
            return self._marked(*self.step_of_tf_keras(inputs, states, training), training)
        self.draw_masks(inputs, states, training)
        return self.advance(self.project(inputs), states, training)

    def draw_masks(self, inputs, states, training=None):
        """Draws the dropout masks, unless they are there: every time step of a sequence drops the same units."""
        for attribute, rate, like in (
            ("_dropout_mask", self.dropout, inputs),
            ("_recurrent_dropout_mask", self.recurrent_dropout, states[-1]),
        ):
            if 0 < rate < 1 and getattr(self, attribute) is None:
                masks = _generate_dropout_mask(K.ones_like(like), rate, training, count=max(1, len(self.GATES)))
                setattr(self, attribute, to_list(masks))

    def get_initial_state(self, inputs=None, batch_size=None, dtype=None):
        """Zeros for each state, see `initial_state`."""
        return initial_state(self, inputs, batch_size, dtype)

    def forget_masks(self):
        """The next step draws new dropout masks."""
        self._dropout_mask = None
        self._recurrent_dropout_mask = None

    # As tf.keras has them, for cells that derive from these.

    def reset_dropout_mask(self):
        """The next step draws a new mask for the inputs."""
        self._dropout_mask = None

    def reset_recurrent_dropout_mask(self):
        """The next step draws a new mask for the state."""
        self._recurrent_dropout_mask = None

    def get_dropout_mask_for_cell(self, inputs, training, count=1):
        """The `count` masks of the shape of `inputs` (one tensor for a count of 1) for all steps; None without dropout."""
        if self._dropout_mask is None and self.dropout:
            self._dropout_mask = _generate_dropout_mask(K.ones_like(inputs), self.dropout, training, count)
        return self._dropout_mask

    def get_recurrent_dropout_mask_for_cell(self, inputs, training, count=1):
        """The same for the state, of the shape of `inputs`."""
        if self._recurrent_dropout_mask is None and self.recurrent_dropout:
            rate = self.recurrent_dropout
            self._recurrent_dropout_mask = _generate_dropout_mask(K.ones_like(inputs), rate, training, count)
        return self._recurrent_dropout_mask

    def project(self, inputs):
        """The inputs' share of the gates: `[batch, features]` or `[batch, time, features]` -> last axis all gates."""
        masks = self._dropout_mask
        if masks is not None and K.ndim(inputs) == 3:
            masks = [K.expand_dims(mask, 1) for mask in masks]
        gates = self._dot(inputs, self.kernel, self._kernels, masks)
        return gates if self._input_bias() is None else K.bias_add(gates, self._input_bias())

    def advance(self, projected, states, training=None):
        """The rest of a step: `project`'s gates of one time step and the states -> output, new states."""
        return self._marked(*self._advance(projected, states), training)

    def _marked(self, output, new_states, training):
        if training is None and 0 < self.dropout + self.recurrent_dropout:
            output._uses_learning_phase = True
        return output, new_states

    def _input_bias(self):
        return self.bias

    def _dot(self, x, kernel, parts, masks):
        """`x` times `kernel`; with `implementation` 1 every gate sees `x` under a mask of its own."""
        if masks is None:
            return K.dot(x, kernel)
        if self.implementation != 1:
            return K.dot(x * masks[0], kernel)
        return K.concatenate([K.dot(x * mask, part) for mask, part in zip(masks, parts)])

    def _split(self, gates):
        """The gates of `[..., gates * units]`, each `[..., units]`; None stays None for every gate."""
        if gates is None:
            return [None] * len(self.GATES)
        return tf.split(gates, len(self.GATES), axis=-1)

    def _split_gates(self, gates):
        return self._split(gates)

    def _name_gates(self, *names):
        """Sets `kernel_i`, `kernel_f` ... for the weight `kernel`, and so for all `names`; tf.keras splits in each step."""
        if dialect.is_tf_keras():
            return
        for name in names:
            for gate, part in zip(self.GATES, self._split(getattr(self, name))):
                setattr(self, f"{name}_{gate}", part)
        self._kernels = [getattr(self, f"kernel_{gate}") for gate in self.GATES]
        self._recurrent_kernels = [getattr(self, f"recurrent_kernel_{gate}") for gate in self.GATES]

    def _add_kernels(self, kernel_shape, recurrent_shape):
        self.kernel = self.add_weight(
            shape=kernel_shape,
            name="kernel",
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        self.recurrent_kernel = self.add_weight(
            shape=recurrent_shape,
            name="recurrent_kernel",
            initializer=self.recurrent_initializer,
            regularizer=self.recurrent_regularizer,
            constraint=self.recurrent_constraint,
        )

    def _add_bias(self, shape, initializer=None):
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                shape=shape,
                name="bias",
                initializer=initializer or self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )


class SimpleRNNCell(GatedCell):
    """One step of a fully connected recurrent network: `h' = activation(x W + b + h U)`.

    Args:
        units: int, size of the state and of the output.
        activation: name or function.
        use_bias: bool.
        kernel_initializer, recurrent_initializer, bias_initializer: how the weights start.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: penalties on the weights.
        kernel_constraint, recurrent_constraint, bias_constraint: projections of the weights after each update.
        dropout, recurrent_dropout: floats in 0..1, the share of inputs and of state units dropped while training.
    """

    OPTIONS = ("units", "activation", "use_bias", *INITIALIZERS, *REGULARIZERS, *CONSTRAINTS, *DROPOUTS)
    implementation = 2  # a single gate has nothing to keep apart

    def __init__(
        self,
        units,
        activation="tanh",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        kernel_regularizer=None,
        recurrent_regularizer=None,
        bias_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        dropout=0.0,
        recurrent_dropout=0.0,
        **kwargs,
    ):
        super().__init__(locals(), **kwargs)
        self.state_size = self.output_size = units

    def build(self, input_shape):
        self._add_kernels((input_shape[-1], self.units), (self.units, self.units))
        self._add_bias((self.units,))
        self._kernels = [self.kernel]
        self.built = True

    step_of_tf_keras = _cell_steps.simple_rnn

    def _advance(self, projected, states):
        inner = self._dot(states[0], self.recurrent_kernel, None, self._recurrent_dropout_mask)
        output = self.activation(projected + inner)
        return output, [output]


class GRUCell(GatedCell):
    """One step of a gated recurrent unit.

    The update gate z and the reset gate r are `recurrent_activation` of sums of projected input and state; the
    candidate is `activation(x W_h + (r * h) U_h)`, or `activation(x W_h + r * (h U_h + b))` with `reset_after`;
    the new state is `z * h + (1 - z) * candidate`.

    Args:
        units: int, size of the state and of the output.
        activation, recurrent_activation: names or functions, of the candidate and of the gates.
        use_bias: bool.
        implementation: 1 or 2; they differ in dropout only: 1 draws a mask for every gate, 2 one for all.
        reset_after: bool, the convention of cuDNN, with a bias of shape `(2, 3 * units)`.
        other arguments: as for `SimpleRNNCell`.

    Source: Cho et al., arXiv:1406.1078 (v3 is `reset_after=False`, v1 is `reset_after=True`).
    """

    OPTIONS = (
        *("units", "activation", "recurrent_activation", "use_bias"),
        *(*INITIALIZERS, *REGULARIZERS, *CONSTRAINTS, *DROPOUTS, "implementation", "reset_after"),
    )
    GATES = "zrh"

    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="hard_sigmoid",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        kernel_regularizer=None,
        recurrent_regularizer=None,
        bias_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        dropout=0.0,
        recurrent_dropout=0.0,
        implementation=1,
        reset_after=False,
        **kwargs,
    ):
        super().__init__(locals(), **kwargs)
        self.state_size = self.output_size = units

    def build(self, input_shape):
        units = self.units
        self._add_kernels((input_shape[-1], 3 * units), (units, 3 * units))
        self._add_bias((2, 3 * units) if self.reset_after else (3 * units,))
        self.built = True
        if not dialect.is_tf_keras():
            self._take_weights_apart()

    step_of_tf_keras = _cell_steps.gru

    def _take_weights_apart(self):
        two_biases = self.use_bias and self.reset_after
        self.input_bias = self.bias[0] if two_biases else self.bias
        self.recurrent_bias = self.bias[1] if two_biases else None
        self._name_gates("kernel", "recurrent_kernel", "input_bias", "recurrent_bias")
        self._recurrent_kernel_zr = self.recurrent_kernel[:, : 2 * self.units]

    def _input_bias(self):
        return self.input_bias

    def _advance(self, projected, states):
        state, masks = states[0], self._recurrent_dropout_mask
        if masks is not None and self.implementation != 1:
            state, masks = state * masks[0], None
        x_z, x_r, x_h = self._split_gates(projected)
        if self.reset_after:
            inner = self._dot(state, self.recurrent_kernel, self._recurrent_kernels, masks)
            if self.recurrent_bias is not None:
                inner = K.bias_add(inner, self.recurrent_bias)
        else:
            zr_masks = masks and masks[:2]
            inner = self._dot(state, self._recurrent_kernel_zr, self._recurrent_kernels[:2], zr_masks)
        update = self.recurrent_activation(x_z + inner[:, : self.units])
        reset = self.recurrent_activation(x_r + inner[:, self.units : 2 * self.units])
        if self.reset_after:
            inner_h = reset * inner[:, 2 * self.units :]
        else:
            inner_h = K.dot(reset * (state if masks is None else state * masks[2]), self.recurrent_kernel_h)
        output = update * state + (1 - update) * self.activation(x_h + inner_h)
        return output, [output]


class LSTMStep(GatedCell):
    """The gates of a long short-term memory, whatever lies between its inputs and its gates.

    With the input, forget and output gates i, f, o and the candidate g: `c' = f * c + i * g`, `h' = o * tanh(c')`.
    """

    GATES = "ifco"

    def _advance(self, projected, states):
        state, carry = states
        inner = self._dot_recurrent(state)
        carry, read = self.carry_and_read(self._split_gates(projected + inner).__getitem__, carry)
        output = read * self.activation(carry)
        return output, [output, carry]

    def carry_and_read(self, gate, carry):
        """The new carry and the open output gate; `gate(i)` are the sums of gate i, before its activation."""
        write, forget = (self.recurrent_activation(gate(i)) for i in (0, 1))
        carry = forget * carry + write * self.activation(gate(2))
        return carry, self.recurrent_activation(gate(3))

    def _add_lstm_bias(self, units):
        first = with_ones_for_the_forget_gate(self.bias_initializer, units, units) if self.unit_forget_bias else None
        self._add_bias((4 * units,), first)
        self._name_gates("kernel", "recurrent_kernel", "bias")


class LSTMCell(LSTMStep):
    """One step of a long short-term memory; states are the output h and the carry c.

    Args:
        units: int, size of each state and of the output.
        unit_forget_bias: bool, the bias of the forget gate starts at one.
        other arguments: as for `GRUCell`.

    Source: Hochreiter and Schmidhuber, Neural Computation 9 (1997); the forget bias: Jozefowicz et al., ICML 2015.
    """

    OPTIONS = (
        *("units", "activation", "recurrent_activation", "use_bias", *INITIALIZERS, "unit_forget_bias"),
        *(*REGULARIZERS, *CONSTRAINTS, *DROPOUTS, "implementation"),
    )

    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="hard_sigmoid",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        unit_forget_bias=True,
        kernel_regularizer=None,
        recurrent_regularizer=None,
        bias_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        dropout=0.0,
        recurrent_dropout=0.0,
        implementation=1,
        **kwargs,
    ):
        super().__init__(locals(), **kwargs)
        self.state_size = (units, units)
        self.output_size = units

    def build(self, input_shape):
        self._add_kernels((input_shape[-1], 4 * self.units), (self.units, 4 * self.units))
        self._add_lstm_bias(self.units)
        self.built = True

    step_of_tf_keras = _cell_steps.lstm

    def _dot_recurrent(self, state):
        return self._dot(state, self.recurrent_kernel, self._recurrent_kernels, self._recurrent_dropout_mask)


class PeepholeLSTMCell(LSTMCell):
    """An LSTM cell whose gates see the carry too, each through weights of its own.

    Source: Gers, Schraudolph, Schmidhuber, Learning precise timing with LSTM recurrent networks (2002).
    """

    def build(self, input_shape):
        super().build(input_shape)
        for gate in ("input", "forget", "output"):
            name = f"{gate}_gate_peephole_weights"
            setattr(self, name, self.add_weight(name, (self.units,), initializer=self.kernel_initializer))

    def carry_and_read(self, gate, carry):
        write = self.recurrent_activation(gate(0) + self.input_gate_peephole_weights * carry)
        forget = self.recurrent_activation(gate(1) + self.forget_gate_peephole_weights * carry)
        carry = forget * carry + write * self.activation(gate(2))
        return carry, self.recurrent_activation(gate(3) + self.output_gate_peephole_weights * carry)
