"""Convolutions in one, two and three axes of space, and what all kinds of convolution share."""

import graphflow as tf
from graphflow_keras import backend as K
from graphflow_keras import dialect
from graphflow_keras.engine.base_layer import InputSpec
from graphflow_keras.layers._options import KERNEL_AND_BIAS, OptionLayer, arguments_of, take_options
from graphflow_keras.layers._shapes import channel_axis, channels_of, join, layout, space_of, with_space
from graphflow_keras.legacy import interfaces
from graphflow_keras.utils import conv_utils


class _Conv(OptionLayer):
    """A convolution in `rank` axes of space.

    A subclass of another kind overrides `_add_kernels`, `_output_channels` and `_convolve`.
    """

    OPTIONS = (
        "rank",
        "filters",
        "kernel_size",
        "strides",
        "padding",
        "data_format",
        "dilation_rate",
        *KERNEL_AND_BIAS,
    )

    def __init__(
        self,
        rank,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format=None,
        dilation_rate=1,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        take_options(self, _Conv.OPTIONS, locals())
        for name in ("kernel_size", "strides", "dilation_rate"):
            setattr(self, name, conv_utils.normalize_tuple(getattr(self, name), rank, name))
        self.padding = conv_utils.normalize_padding(padding)
        self.data_format = K.normalize_data_format(data_format)
        self.input_spec = InputSpec(ndim=rank + 2)

    def build(self, input_shape):
        channels = channels_of(input_shape, self.data_format)
        self._add_kernels(channels)
        self.bias = self._add_bias((self._output_channels(channels),))
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={channel_axis(self.data_format): channels})
        self.built = True

    def _add_kernels(self, channels):
        self.kernel = self._make_weight("kernel", (*self.kernel_size, channels, self.filters))

    def _output_channels(self, channels):
        return self.filters

    def call(self, inputs):
        return self._biased_and_activated(self._convolve(inputs), self.data_format)

    def _convolve(self, inputs):
        if dialect.is_tf_keras() and {*self.dilation_rate} == {1}:
            return self._convolve_as_tf_keras(inputs)
        layout = {"padding": self.padding, "data_format": self.data_format}
        if self.rank == 1:
            (stride,), (dilation,) = self.strides, self.dilation_rate
            return K.conv1d(inputs, self.kernel, strides=stride, dilation_rate=dilation, **layout)
        convolve = K.conv2d if self.rank == 2 else K.conv3d
        return convolve(inputs, self.kernel, strides=self.strides, dilation_rate=self.dilation_rate, **layout)

    def _convolve_as_tf_keras(self, inputs):
        """The same in TensorFlow's own nodes: seeds of what comes later count them."""
        tf.constant(self.dilation_rate, tf.int32, name="dilation_rate")
        padding, data_format = self.padding.upper(), layout(self.rank, self.data_format)
        if self.rank == 1:
            if padding == "CAUSAL":
                inputs, padding = K.temporal_padding(inputs, (self.kernel_size[0] - 1, 0)), "VALID"
            return tf.nn.conv1d(inputs, self.kernel, self.strides[0], padding, data_format=data_format, name="conv1d")
        strides = join(1, self.strides, 1, self.data_format)
        if self.rank == 2:
            return tf.nn.conv2d(inputs, self.kernel, strides, padding, data_format=data_format, name="Conv2D")
        return tf.nn.conv3d(inputs, self.kernel, strides, padding, data_format=data_format, name="Conv3D")

    def compute_output_shape(self, input_shape):
        space = [
            conv_utils.conv_output_length(size, kernel, self.padding, stride, dilation)
            for size, kernel, stride, dilation in zip(
                space_of(input_shape, self.data_format), self.kernel_size, self.strides, self.dilation_rate
            )
        ]
        channels = self._output_channels(input_shape[channel_axis(self.data_format)])
        return with_space(input_shape, space, self.data_format, channels)


class Conv1D(_Conv):
    """Convolution over time: `[batch, steps, features]` -> `[batch, new steps, filters]`.

    Args:
        filters: int, features of the output.
        kernel_size: int, length of the window.
        strides: int, from one window to the next.
        padding: `valid`, `same`, or `causal`: an output sees no later input (WaveNet).
        data_format: `channels_last`, or `channels_first` for `[batch, features, steps]`.
        dilation_rate: int, distance of a window's steps.
        activation, use_bias, *_initializer, *_regularizer, *_constraint: as for `Dense`.
    """

    OPTIONS = _Conv.OPTIONS[1:]

    @interfaces.legacy_conv1d_support
    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format="channels_last",
        dilation_rate=1,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        **kwargs,
    ):
        if padding == "causal" and data_format != "channels_last":
            raise ValueError(
                'When using causal padding in `Conv1D`, `data_format` must be "channels_last" (temporal data).'
            )
        super().__init__(1, **arguments_of(locals()))


class Conv2D(_Conv):
    """Convolution over images: `[batch, rows, columns, channels]` -> `[batch, new rows, new columns, filters]`.

    Args:
        filters: int, channels of the output.
        kernel_size: int or pair, size of the window.
        strides: int or pair, from one window to the next.
        padding: `valid` or `same`.
        data_format: `channels_last`, `channels_first` or None for Keras' setting.
        dilation_rate: int or pair, distance of a window's pixels.
        activation, use_bias, *_initializer, *_regularizer, *_constraint: as for `Dense`.
    """

    OPTIONS = _Conv.OPTIONS[1:]

    @interfaces.legacy_conv2d_support
    def __init__(
        self,
        filters,
        kernel_size,
        strides=(1, 1),
        padding="valid",
        data_format=None,
        dilation_rate=(1, 1),
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        **kwargs,
    ):
        super().__init__(2, **arguments_of(locals()))


class Conv3D(_Conv):
    """Convolution over volumes, rank 5; the arguments are those of `Conv2D`, sizes may be triples."""

    OPTIONS = _Conv.OPTIONS[1:]

    @interfaces.legacy_conv3d_support
    def __init__(
        self,
        filters,
        kernel_size,
        strides=(1, 1, 1),
        padding="valid",
        data_format=None,
        dilation_rate=(1, 1, 1),
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        **kwargs,
    ):
        super().__init__(3, **arguments_of(locals()))
