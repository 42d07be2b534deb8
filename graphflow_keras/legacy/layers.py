"""Keras 1 layers that Keras 2.2.4 still has: two dense ones, two names of dilated convolutions, two base classes."""

import warnings

import numpy as np

from graphflow_keras import activations, layers
from graphflow_keras import backend as K
from graphflow_keras.engine.base_layer import InputSpec, Layer
from graphflow_keras.layers._options import OptionLayer, take_options
from graphflow_keras.layers._shapes import join, space_of
from graphflow_keras.utils import conv_utils
from graphflow_keras.utils.generic_utils import to_list

_OF_WEIGHTS = ("W_regularizer", "b_regularizer", "activity_regularizer", "W_constraint", "b_constraint")


class _OldDense(OptionLayer):
    """What `MaxoutDense` and `Highway` share: Keras 1 names, and `init` for every kernel."""

    def __init__(self, arguments, input_dim=None, weights=None, **kwargs):
        warnings.warn(
            f"The `{type(self).__name__}` layer is deprecated and will be removed after 06/2017.", stacklevel=3
        )
        if input_dim:
            kwargs["input_shape"] = (input_dim,)
        super().__init__(weights=weights, **kwargs)
        self.input_dim = input_dim
        take_options(self, [option for option in self.OPTIONS if option in arguments], arguments)
        self.W_initializer = self.W_carry_initializer = self.kernel_initializer
        self.b_initializer, self.b_carry_initializer = "zeros", "ones"
        self.input_spec = InputSpec(ndim=2)

    def get_config(self):
        config = super().get_config()
        config["init"] = config.pop("kernel_initializer")
        return config


class MaxoutDense(_OldDense):
    """The maximum of `nb_feature` linear layers: a learned activation, convex and piecewise linear.

    Args:
        output_dim: int, features of the output.
        nb_feature: int, how many linear layers.
        init, W_*, b_*, activity_regularizer, bias: as the Keras 1 `Dense` called them.
        weights: list of arrays, the initial weights, or None.
        input_dim: int, features of the input, for a first layer.

    Source: Goodfellow et al., Maxout Networks (2013).
    """

    OPTIONS = ("output_dim", "kernel_initializer", "nb_feature", *_OF_WEIGHTS, "bias", "input_dim")

    def __init__(
        self,
        output_dim,
        nb_feature=4,
        init="glorot_uniform",
        weights=None,
        W_regularizer=None,
        b_regularizer=None,
        activity_regularizer=None,
        W_constraint=None,
        b_constraint=None,
        bias=True,
        input_dim=None,
        **kwargs,
    ):
        super().__init__({**locals(), "kernel_initializer": init}, input_dim, weights, **kwargs)

    def build(self, input_shape):
        features = input_shape[1]
        self.input_spec = InputSpec(dtype=K.floatx(), shape=(None, features))
        self.W = self._make_weight("W", (self.nb_feature, features, self.output_dim))
        self.b = self._make_weight("b", (self.nb_feature, self.output_dim)) if self.bias else None
        self.built = True

    def compute_output_shape(self, input_shape):
        return input_shape[0], self.output_dim

    def call(self, x):
        outputs = K.dot(x, self.W)
        if self.bias:
            outputs += self.b
        return K.max(outputs, axis=1)


class Highway(_OldDense):
    """`t * activation(W x + b) + (1 - t) * x` with a learned gate `t`.

    Args:
        init, W_*, b_*, activity_regularizer, bias: as the Keras 1 `Dense` called them.
        activation: name or function.
        weights: list of arrays, the initial weights, or None.
        input_dim: int, features of the input, for a first layer.

    Source: Srivastava et al., Highway Networks (2015).
    """

    OPTIONS = ("kernel_initializer", "activation", *_OF_WEIGHTS, "bias", "input_dim")

    def __init__(
        self,
        init="glorot_uniform",
        activation=None,
        weights=None,
        W_regularizer=None,
        b_regularizer=None,
        activity_regularizer=None,
        W_constraint=None,
        b_constraint=None,
        bias=True,
        input_dim=None,
        **kwargs,
    ):
        if kwargs.pop("transform_bias", None) is not None:
            warnings.warn("`transform_bias` argument is deprecated and has been removed.", stacklevel=2)
        super().__init__({**locals(), "kernel_initializer": init}, input_dim, weights, **kwargs)

    def build(self, input_shape):
        features = input_shape[1]
        self.input_spec = InputSpec(dtype=K.floatx(), shape=(None, features))
        square = (features, features)
        self.W = self._make_weight("W", square)
        self.W_carry = self.add_weight(name="W_carry", shape=square, initializer=self.kernel_initializer)
        self.b = self._make_weight("b", (features,)) if self.bias else None
        self.b_carry = self._make_weight("b_carry", (features,)) if self.bias else None
        self.built = True

    def call(self, x):
        gate, outputs = K.dot(x, self.W_carry), K.dot(x, self.W)
        if self.bias:
            gate, outputs = gate + self.b_carry, outputs + self.b
        gate = activations.sigmoid(gate)
        return self.activation(outputs) * gate + (1 - gate) * x


def _dilated(name, now, kwargs):
    kwargs["dilation_rate"] = kwargs.pop("atrous_rate", 1)
    warnings.warn(
        f"The `{name}` layer has been deprecated. Use instead the `{now.__name__}` layer with the `dilation_rate` argument.",
        stacklevel=3,
    )
    return kwargs


def AtrousConvolution1D(*args, **kwargs):
    """A `Conv1D` whose `dilation_rate` was called `atrous_rate`."""
    return layers.Conv1D(*args, **_dilated("AtrousConvolution1D", layers.Conv1D, kwargs))


def AtrousConvolution2D(*args, **kwargs):
    """A `Conv2D` whose `dilation_rate` was called `atrous_rate`."""
    return layers.Conv2D(*args, **_dilated("AtrousConvolution2D", layers.Conv2D, kwargs))


class Recurrent(Layer):
    """Base class of Keras 1 recurrent layers; `keras.layers.RNN` with a cell is the way of Keras 2.

    A subclass sets `units` and `states` (a list of None, or of variables when `stateful`), sets `input_spec` and
    `state_spec` in `build`, and defines `step(inputs, states) -> (output, new states)`.

    Args:
        return_sequences: bool, the outputs of all time steps, not only the last.
        return_state: bool, the last states too.
        go_backwards: bool, from the last step to the first.
        stateful: bool, a batch starts from the states the one before ended with.
        unroll: bool, a graph with a copy of the step for each time step.
        implementation: int, kept for the subclass.
    """

    OPTIONS = ("return_sequences", "return_state", "go_backwards", "stateful", "unroll", "implementation")

    def __init__(
        self,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        implementation=0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        take_options(self, Recurrent.OPTIONS, locals())
        self.supports_masking = True
        self.input_spec = [InputSpec(ndim=3)]
        self.state_spec = None
        self.dropout = 0
        self.recurrent_dropout = 0

    def get_config(self):
        return {**super().get_config(), **{option: getattr(self, option) for option in self.OPTIONS}}

    def compute_output_shape(self, input_shape):
        batch, steps, *_ = input_shape[0] if isinstance(input_shape, list) else input_shape
        shape = (batch, steps, self.units) if self.return_sequences else (batch, self.units)
        return [shape] + [(batch, self.units)] * len(self.states) if self.return_state else shape

    def compute_mask(self, inputs, mask):
        mask = to_list(mask)[0] if self.return_sequences else None
        return [mask] + [None] * len(self.states) if self.return_state else mask

    def step(self, inputs, states):
        """One time step: inputs `[batch, features]`, states -> output `[batch, units]`, new states."""
        raise NotImplementedError

    def get_constants(self, inputs, training=None):
        """Tensors that `step` gets after its states, in every time step."""
        return []

    def get_initial_state(self, inputs):
        """Zeros `[batch, units]`, one for each state."""
        zeros = K.expand_dims(K.sum(K.zeros_like(inputs), axis=(1, 2)))
        return [K.tile(zeros, [1, self.units])] * len(self.states)

    def preprocess_input(self, inputs, training=None):
        """What can be computed for all time steps at once."""
        return inputs

    def __call__(self, inputs, initial_state=None, **kwargs):
        if isinstance(inputs, list | tuple) and len(inputs) > 1 and initial_state is None:
            inputs, *initial_state = inputs
        if initial_state is None:
            return super().__call__(inputs, **kwargs)
        initial_state = to_list(initial_state, allow_tuple=True)
        from_layers = [hasattr(state, "_keras_history") for state in initial_state]
        if not any(from_layers):
            return super().__call__(inputs, initial_state=initial_state, **kwargs)
        if not all(from_layers):
            raise ValueError(
                "The initial state of an RNN layer cannot be specified with a mix of Keras tensors and non-Keras tensors"
            )
        specs = self.input_spec
        self.input_spec = to_list(specs) + to_list(self.state_spec)
        try:
            return super().__call__([inputs, *initial_state], **kwargs)
        finally:
            self.input_spec = specs

    def call(self, inputs, mask=None, training=None, initial_state=None):
        if isinstance(inputs, list):
            inputs, *initial_state = inputs
        elif initial_state is None:
            initial_state = self.states if self.stateful else self.get_initial_state(inputs)
        if len(initial_state) != len(self.states):
            raise ValueError(f"Layer has {len(self.states)} states but was passed {len(initial_state)} initial states.")
        steps = K.int_shape(inputs)[1]
        if self.unroll and steps in (None, 1):
            raise ValueError(
                f"Cannot unroll {self.name}: the time dimension is undefined or 1. Give it by `input_shape=(steps, features)`."
            )
        last_output, outputs, states = K.rnn(
            self.step,
            self.preprocess_input(inputs, training=None),
            initial_state,
            go_backwards=self.go_backwards,
            mask=to_list(mask)[0],
            constants=self.get_constants(inputs, training=None),
            unroll=self.unroll,
            input_length=steps,
        )
        if self.stateful:
            self.add_update(list(zip(self.states, states)), inputs)
        if self.dropout + self.recurrent_dropout > 0:
            last_output._uses_learning_phase = outputs._uses_learning_phase = True
        output = outputs if self.return_sequences else last_output
        return [output, *states] if self.return_state else output

    def reset_states(self, states=None):
        """Sets the states of a stateful layer to zeros, or to the arrays `[batch, units]` given.

        Raises:
            AttributeError: the layer is not stateful.
            ValueError: the batch size is not known, or the arrays do not fit.
        """
        if not self.stateful:
            raise AttributeError("Layer must be stateful.")
        batch_size = self.input_spec[0].shape[0]
        if not batch_size:
            raise ValueError(
                f"If a RNN is stateful, it needs to know its batch size: give {self.name} a `batch_input_shape`, "
                "or `Input` a `batch_shape`."
            )
        shape = (batch_size, self.units)
        if self.states[0] is None:
            self.states = [K.zeros(shape) for _ in self.states]
        values = [np.zeros(shape)] * len(self.states) if states is None else to_list(states, allow_tuple=True)
        if len(values) != len(self.states) or any(value.shape != shape for value in values):
            raise ValueError(
                f"Layer {self.name} expects {len(self.states)} states of shape {shape}, "
                f"but it received states of shapes {[value.shape for value in values]}"
            )
        K.batch_set_value(list(zip(self.states, values)))


class ConvRecurrent2D(Recurrent):
    """Base class of Keras 1 convolutional recurrent layers, for `[batch, time, rows, columns, channels]`.

    Args:
        filters, kernel_size, strides, padding, data_format, dilation_rate: as for `Conv2D`.
        return_sequences, go_backwards, stateful: as for `Recurrent`.
    """

    CONVOLUTION = ("filters", "kernel_size", "strides", "padding", "data_format", "dilation_rate")

    def __init__(
        self,
        filters,
        kernel_size,
        strides=(1, 1),
        padding="valid",
        data_format=None,
        dilation_rate=(1, 1),
        return_sequences=False,
        go_backwards=False,
        stateful=False,
        **kwargs,
    ):
        super().__init__(return_sequences=return_sequences, go_backwards=go_backwards, stateful=stateful, **kwargs)
        take_options(self, self.CONVOLUTION, locals())
        for name in ("kernel_size", "strides", "dilation_rate"):
            setattr(self, name, conv_utils.normalize_tuple(getattr(self, name), 2, name))
        self.padding = conv_utils.normalize_padding(padding)
        self.data_format = K.normalize_data_format(data_format)
        self.input_spec = [InputSpec(ndim=5)]

    def get_config(self):
        return {**super().get_config(), **{option: getattr(self, option) for option in self.CONVOLUTION}}

    def compute_output_shape(self, input_shape):
        batch, steps, *image = input_shape[0] if isinstance(input_shape, list) else input_shape
        space = [
            conv_utils.conv_output_length(size, kernel, self.padding, stride, dilation)
            for size, kernel, stride, dilation in zip(
                space_of((batch, *image), self.data_format), self.kernel_size, self.strides, self.dilation_rate
            )
        ]
        state = join(batch, space, self.filters, self.data_format)
        output = (batch, steps, *state[1:]) if self.return_sequences else state
        return [output, state, state] if self.return_state else output
