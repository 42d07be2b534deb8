"""Recurrent layers whose gates are convolutions: `ConvLSTM2D`, and `ConvRNN2D` over any such cell."""

import graphflow as tf
from graphflow_keras import backend as K
from graphflow_keras import dialect
from graphflow_keras.engine.base_layer import InputSpec
from graphflow_keras.layers import _cell_steps
from graphflow_keras.layers._recurrent_base import RNN, _state_sizes
from graphflow_keras.layers._recurrent_cells import (
    CONSTRAINTS,
    DROPOUTS,
    INITIALIZERS,
    REGULARIZERS,
    LSTMStep,
    forwards_to_cell,
)
from graphflow_keras.layers.recurrent import OneCellRNN
from graphflow_keras.legacy import interfaces
from graphflow_keras.utils import conv_utils


class ConvRNN2D(RNN):
    """Runs a cell with 2-D convolutions over time.

    Args:
        cell: as for `RNN`; it has also `data_format`, `kernel_size`, `strides`, `padding`, `dilation_rate`, `filters`,
            `kernel_shape` and `input_conv`. One cell, not a list.
        unroll: must be False.
        other arguments: as for `RNN`.

    Inputs `[batch, time, rows, columns, channels]`, or `[batch, time, channels, rows, columns]` where the cell's
    data format is channels first; outputs and states are maps in the same format.
    """

    _bounds_the_loop = True

    def __init__(
        self,
        cell,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        **kwargs,
    ):
        if unroll:
            raise TypeError("Unrolling isn't possible with convolutional RNNs.")
        if isinstance(cell, (list, tuple)):
            raise TypeError("It is not possible at the moment to stack convolutional cells.")
        super().__init__(cell, return_sequences, return_state, go_backwards, stateful, unroll, **kwargs)
        self.input_spec = [InputSpec(ndim=5)]

    @property
    def _channel_axis(self):
        return 1 if self.cell.data_format == "channels_first" else 3

    def _map_shape(self, batch_size, rows_and_columns, size):
        if self.cell.data_format == "channels_first":
            return (batch_size, size, *rows_and_columns)
        return (batch_size, *rows_and_columns, size)

    def _output_rows_and_columns(self, input_shape):
        cell = self.cell
        spatial = input_shape[3:5] if cell.data_format == "channels_first" else input_shape[2:4]
        return tuple(
            conv_utils.conv_output_length(
                spatial[axis],
                cell.kernel_size[axis],
                padding=cell.padding,
                stride=cell.strides[axis],
                dilation=cell.dilation_rate[axis],
            )
            for axis in range(2)
        )

    def _state_shape(self, batch_size, size):
        return self._map_shape(batch_size, (None, None), size)

    def _known_state_shape(self, size):
        input_shape = self.input_spec[0].shape
        known = input_shape and self._map_shape(input_shape[0], self._output_rows_and_columns(input_shape), size)
        if not known or None in known:
            raise ValueError(
                "If a RNN is stateful, it needs to know its batch size, and the number of rows and columns. Specify "
                "them as `batch_input_shape` of your first layer, or as `batch_shape` of your Input layer."
            )
        return known

    def compute_output_shape(self, input_shape):
        if isinstance(input_shape, list):
            input_shape = input_shape[0]
        map_shape = self._map_shape(input_shape[0], self._output_rows_and_columns(input_shape), self.cell.filters)
        output_shape = (map_shape[0], input_shape[1], *map_shape[1:]) if self.return_sequences else map_shape
        return [output_shape, map_shape, map_shape] if self.return_state else output_shape

    def get_initial_state(self, inputs):
        """Zeros in the shape of the cell's maps, one per state."""
        # The cell's own convolution, with a kernel of zeros, knows the shape.
        sums = K.sum(K.zeros_like(inputs), axis=1)
        make_zeros = tf.zeros if dialect.is_tf_keras() else K.zeros
        kernel = make_zeros((*self.cell.kernel_shape[:-1], self.cell.filters))
        zeros = self.cell.input_conv(sums, kernel, padding=self.cell.padding)
        rows_and_columns = self._output_rows_and_columns(K.int_shape(inputs))
        zeros._keras_shape = self._map_shape(K.int_shape(inputs)[0], rows_and_columns, self.cell.filters)
        return [zeros for _ in _state_sizes(self.cell)]


class ConvLSTM2DCell(LSTMStep):
    """One step of a long short-term memory whose gates are convolutions of inputs and state.

    Args:
        filters: int, channels of the output and of each state.
        kernel_size, strides, dilation_rate: ints or pairs; the state is convolved with stride 1, same padding.
        padding: `"valid"` or `"same"`, of the convolution of the inputs.
        data_format: `"channels_last"` or `"channels_first"`.
        other arguments: as for `LSTMCell`.

    Source: Shi et al., Convolutional LSTM Network, NIPS 2015 (without the peepholes).
    """

    OPTIONS = (
        *("filters", "kernel_size", "strides", "padding", "data_format", "dilation_rate"),
        *("activation", "recurrent_activation", "use_bias", *INITIALIZERS, "unit_forget_bias"),
        *(*REGULARIZERS, *CONSTRAINTS, *DROPOUTS),
    )
    projects_sequences = False
    implementation = 1

    def __init__(
        self,
        filters,
        kernel_size,
        strides=(1, 1),
        padding="valid",
        data_format=None,
        dilation_rate=(1, 1),
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
        **kwargs,
    ):
        super().__init__(locals(), **kwargs)
        self.kernel_size = conv_utils.normalize_tuple(kernel_size, 2, "kernel_size")
        self.strides = conv_utils.normalize_tuple(strides, 2, "strides")
        self.padding = conv_utils.normalize_padding(padding)
        self.data_format = K.normalize_data_format(data_format)
        self.dilation_rate = conv_utils.normalize_tuple(dilation_rate, 2, "dilation_rate")
        self.state_size = (filters, filters)

    @property
    def units(self):
        return self.filters

    def build(self, input_shape):
        channels = input_shape[1 if self.data_format == "channels_first" else -1]
        if channels is None:
            raise ValueError("The channel dimension of the inputs should be defined. Found `None`.")
        self.kernel_shape = (*self.kernel_size, channels, 4 * self.filters)
        self._add_kernels(self.kernel_shape, (*self.kernel_size, self.filters, 4 * self.filters))
        self._add_lstm_bias(self.filters)
        self.built = True

    step_of_tf_keras = _cell_steps.conv_lstm

    def project(self, inputs):
        masks = self._dropout_mask
        if masks is None:
            return self.input_conv(inputs, self.kernel, self.bias, padding=self.padding)
        gates = [
            self.input_conv(inputs * mask, kernel, padding=self.padding) for mask, kernel in zip(masks, self._kernels)
        ]
        gates = K.concatenate(gates, axis=self._gate_axis())
        return gates if self.bias is None else K.bias_add(gates, self.bias, data_format=self.data_format)

    def _dot_recurrent(self, state):
        masks = self._recurrent_dropout_mask
        if masks is None:
            return self.recurrent_conv(state, self.recurrent_kernel)
        gates = [self.recurrent_conv(state * mask, kernel) for mask, kernel in zip(masks, self._recurrent_kernels)]
        return K.concatenate(gates, axis=self._gate_axis())

    def _gate_axis(self):
        return 1 if self.data_format == "channels_first" else -1

    def _split_gates(self, gates):
        if self.data_format == "channels_last":
            return self._split(gates)
        return [gates[:, index * self.filters : (index + 1) * self.filters] for index in range(len(self.GATES))]

    def input_conv(self, x, w, b=None, padding="valid"):
        """The convolution of the inputs: `[batch, rows, columns, channels]` with a kernel, and a bias perhaps."""
        maps = K.conv2d(
            x, w, strides=self.strides, padding=padding, data_format=self.data_format, dilation_rate=self.dilation_rate
        )
        return maps if b is None else K.bias_add(maps, b, data_format=self.data_format)

    def recurrent_conv(self, x, w):
        """The convolution of the state, which keeps its shape."""
        return K.conv2d(x, w, strides=(1, 1), padding="same", data_format=self.data_format)


@forwards_to_cell
class ConvLSTM2D(OneCellRNN, ConvRNN2D):
    """Convolutional long short-term memory over time; see `ConvLSTM2DCell` and `ConvRNN2D` for the arguments."""

    CELL = ConvLSTM2DCell

    @interfaces.legacy_convlstm2d_support
    def __init__(
        self,
        filters,
        kernel_size,
        strides=(1, 1),
        padding="valid",
        data_format=None,
        dilation_rate=(1, 1),
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
        activity_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        return_sequences=False,
        go_backwards=False,
        stateful=False,
        dropout=0.0,
        recurrent_dropout=0.0,
        **kwargs,
    ):
        super().__init__(locals(), ("return_sequences", "go_backwards", "stateful"), **kwargs)
