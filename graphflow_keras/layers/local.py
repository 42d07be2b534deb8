"""Locally connected layers: convolutions with kernels of their own at every place."""

import math

from graphflow_keras import _signatures, dialect
from graphflow_keras import backend as K
from graphflow_keras.engine.base_layer import InputSpec
from graphflow_keras.layers._options import KERNEL_AND_BIAS, OptionLayer, arguments_of, take_options
from graphflow_keras.layers._shapes import channel_axis, channels_of, space_of, with_space
from graphflow_keras.legacy import interfaces
from graphflow_keras.utils import conv_utils


class _LocallyConnected(OptionLayer):
    """A locally connected layer in `rank` axes of space, whose sizes must be known."""

    rank = None

    def __init__(self, filters, kernel_size, strides, padding, data_format, implementation, **arguments):
        super().__init__(**{name: value for name, value in arguments.items() if name not in KERNEL_AND_BIAS})
        if implementation != 1:
            raise ValueError(
                f"{type(self).__name__}(implementation={implementation}) is not supported: its weights lie in another order; "
                "implementation=1 computes the same"
            )
        self.implementation = implementation
        take_options(self, KERNEL_AND_BIAS, arguments)
        self.filters = filters
        self.kernel_size = conv_utils.normalize_tuple(kernel_size, self.rank, "kernel_size")
        self.strides = conv_utils.normalize_tuple(strides, self.rank, "strides")
        self.padding = conv_utils.normalize_padding(padding)
        if self.padding != "valid":
            raise ValueError(
                f'Invalid border mode for {type(self).__name__} (only "valid" is supported): {self.padding}'
            )
        self.data_format = K.normalize_data_format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    @property
    def _layout(self):
        """The data format that counts: in 1D Keras takes the option and goes without it."""
        return "channels_last" if self.rank == 1 else self.data_format

    def build(self, input_shape):
        channels = channels_of(input_shape, self._layout)
        space = self._output_space(input_shape)
        if None in space:
            raise ValueError(
                f"The spatial dimensions of the inputs to a {type(self).__name__} layer should be fully-defined, "
                f"but layer received the inputs shape {input_shape}"
            )
        self.kernel_shape = (math.prod(space), math.prod(self.kernel_size) * channels, self.filters)
        self.kernel = self._make_weight("kernel", self.kernel_shape)
        self.bias = self._add_bias((*space, self.filters))
        axis = 2 if self.rank == 1 else channel_axis(self.data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={axis: channels})
        self.built = True

    def _output_space(self, input_shape):
        windows = zip(space_of(input_shape, self._layout), self.kernel_size, self.strides)
        return tuple(conv_utils.conv_output_length(size, kernel, "valid", stride) for size, kernel, stride in windows)

    def compute_output_shape(self, input_shape):
        return with_space(input_shape, self._output_space(input_shape), self._layout, self.filters)

    def get_config(self):
        config = super().get_config()
        if dialect.is_tf_keras():
            config.update(data_format=self.data_format, implementation=self.implementation)
        return config


class LocallyConnected1D(_LocallyConnected):
    """As `Conv1D`, with a kernel of its own at every time step: `[batch, steps, features]`, all sizes known.

    Args:
        filters, kernel_size, strides: as for `Conv1D`.
        padding: `valid`.
        data_format: accepted, without effect.
        activation, use_bias, *_initializer, *_regularizer, *_constraint: as for `Dense`.
        implementation: 1.
    """

    OPTIONS = ("filters", "kernel_size", "strides", "padding", *KERNEL_AND_BIAS)
    rank = 1

    @interfaces.legacy_conv1d_support
    @_signatures.also_takes("implementation")
    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format=None,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        implementation=1,
        **kwargs,
    ):
        super().__init__(**arguments_of(locals()))

    def call(self, inputs):
        outputs = K.local_conv1d(inputs, self.kernel, self.kernel_size, self.strides)
        return self._biased_and_activated(outputs, self._layout)


class LocallyConnected2D(_LocallyConnected):
    """As `Conv2D`, with a kernel of its own at every place; rows and columns must be known.

    Args:
        filters, kernel_size, strides, data_format: as for `Conv2D`.
        padding: `valid`.
        activation, use_bias, *_initializer, *_regularizer, *_constraint: as for `Dense`.
        implementation: 1.
    """

    OPTIONS = ("filters", "kernel_size", "strides", "padding", "data_format", *KERNEL_AND_BIAS)
    rank = 2

    @interfaces.legacy_conv2d_support
    @_signatures.also_takes("implementation")
    def __init__(
        self,
        filters,
        kernel_size,
        strides=(1, 1),
        padding="valid",
        data_format=None,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        implementation=1,
        **kwargs,
    ):
        super().__init__(**arguments_of(locals()))

    def build(self, input_shape):
        super().build(input_shape)
        self.output_row, self.output_col = self._output_space(input_shape)

    def call(self, inputs):
        outputs = K.local_conv2d(
            inputs, self.kernel, self.kernel_size, self.strides, (self.output_row, self.output_col), self.data_format
        )
        return self._biased_and_activated(outputs, self.data_format)
