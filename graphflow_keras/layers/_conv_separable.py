"""Convolutions that treat each channel for itself, and mix the channels afterwards or not at all."""

import graphflow as tf
from graphflow_keras import backend as K
from graphflow_keras import dialect
from graphflow_keras.layers._conv import Conv2D, _Conv
from graphflow_keras.layers._options import arguments_of, options_config, take_options
from graphflow_keras.layers._shapes import join, layout
from graphflow_keras.legacy import interfaces

_OF_KERNEL = ("kernel_initializer", "kernel_regularizer", "kernel_constraint")


def _without(options, *names):
    return tuple(option for option in options if option not in names)


class _SeparableConv(_Conv):
    """Each channel convolved for itself, then a convolution with a window of 1."""

    SEPARATE = (
        "depth_multiplier",
        "depthwise_initializer",
        "pointwise_initializer",
        "depthwise_regularizer",
        "pointwise_regularizer",
        "depthwise_constraint",
        "pointwise_constraint",
    )
    OPTIONS = (*_without(_Conv.OPTIONS, "rank", *_OF_KERNEL), *SEPARATE)

    def __init__(
        self,
        rank,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format=None,
        dilation_rate=1,
        depth_multiplier=1,
        activation=None,
        use_bias=True,
        depthwise_initializer="glorot_uniform",
        pointwise_initializer="glorot_uniform",
        bias_initializer="zeros",
        depthwise_regularizer=None,
        pointwise_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        depthwise_constraint=None,
        pointwise_constraint=None,
        bias_constraint=None,
        **kwargs,
    ):
        arguments = arguments_of(locals())
        separate = {option: arguments.pop(option) for option in self.SEPARATE}
        super().__init__(**arguments)
        take_options(self, self.SEPARATE, separate)

    def get_config(self):
        config = super().get_config()
        return {**config, **options_config(self, _OF_KERNEL)} if dialect.is_tf_keras() else config

    def _add_kernels(self, channels):
        mixed = channels * self.depth_multiplier
        self.depthwise_kernel = self._make_weight(
            "depthwise_kernel", (*self.kernel_size, channels, self.depth_multiplier), made_with="depthwise"
        )
        self.pointwise_kernel = self._make_weight(
            "pointwise_kernel", (*(1,) * self.rank, mixed, self.filters), made_with="pointwise"
        )

    def _convolve(self, inputs):
        convolve = K.separable_conv1d if self.rank == 1 else K.separable_conv2d
        return convolve(
            inputs,
            self.depthwise_kernel,
            self.pointwise_kernel,
            data_format=self.data_format,
            strides=self.strides,
            padding=self.padding,
            dilation_rate=self.dilation_rate,
        )


class SeparableConv1D(_SeparableConv):
    """Depthwise separable convolution over time, `[batch, steps, features]`; see `SeparableConv2D`."""

    def call(self, inputs):
        if not dialect.is_tf_keras():
            return super().call(inputs)
        if self.padding == "causal":
            inputs = K.temporal_padding(inputs, (self.dilation_rate[0] * (self.kernel_size[0] - 1), 0))
        axis = 2 if self.data_format == "channels_first" else 1
        outputs = tf.nn.separable_conv2d(
            tf.expand_dims(inputs, axis),
            tf.expand_dims(self.depthwise_kernel, 0),
            tf.expand_dims(self.pointwise_kernel, 0),
            strides=join(1, self.strides * 2, 1, self.data_format),
            padding="VALID" if self.padding == "causal" else self.padding.upper(),
            rate=(1, *self.dilation_rate),
            data_format=layout(2, self.data_format),
        )
        if self.use_bias:
            outputs = self._biased(outputs, self.data_format)
        outputs = tf.squeeze(outputs, [axis])
        return outputs if self.activation is None else self.activation(outputs)

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format="channels_last",
        dilation_rate=1,
        depth_multiplier=1,
        activation=None,
        use_bias=True,
        depthwise_initializer="glorot_uniform",
        pointwise_initializer="glorot_uniform",
        bias_initializer="zeros",
        depthwise_regularizer=None,
        pointwise_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        depthwise_constraint=None,
        pointwise_constraint=None,
        bias_constraint=None,
        **kwargs,
    ):
        super().__init__(1, **arguments_of(locals()))


class SeparableConv2D(_SeparableConv):
    """Depthwise separable convolution over images: far fewer weights than a `Conv2D`.

    Args:
        filters, kernel_size, strides, padding, data_format, dilation_rate: as for `Conv2D`.
        depth_multiplier: int, channels that each input channel gives before they are mixed.
        activation, use_bias: as for `Dense`.
        depthwise_*, pointwise_*, bias_*: what the weights are made with.

    Source: Chollet, Xception: Deep Learning with Depthwise Separable Convolutions (2016).
    """

    @interfaces.legacy_separable_conv2d_support
    def __init__(
        self,
        filters,
        kernel_size,
        strides=(1, 1),
        padding="valid",
        data_format=None,
        dilation_rate=(1, 1),
        depth_multiplier=1,
        activation=None,
        use_bias=True,
        depthwise_initializer="glorot_uniform",
        pointwise_initializer="glorot_uniform",
        bias_initializer="zeros",
        depthwise_regularizer=None,
        pointwise_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        depthwise_constraint=None,
        pointwise_constraint=None,
        bias_constraint=None,
        **kwargs,
    ):
        super().__init__(2, **arguments_of(locals()))


class DepthwiseConv2D(Conv2D):
    """Convolution over images of each channel for itself; the channels are not mixed.

    Args:
        kernel_size, strides, padding, data_format: as for `Conv2D`.
        depth_multiplier: int, output channels of each input channel.
        activation, use_bias: as for `Dense`.
        depthwise_*, bias_*: what the weights are made with.
    """

    SEPARATE = ("depth_multiplier", "depthwise_initializer", "depthwise_regularizer", "depthwise_constraint")
    OPTIONS = (*_without(Conv2D.OPTIONS, "filters", *_OF_KERNEL), *SEPARATE)

    def __init__(
        self,
        kernel_size,
        strides=(1, 1),
        padding="valid",
        depth_multiplier=1,
        data_format=None,
        activation=None,
        use_bias=True,
        depthwise_initializer="glorot_uniform",
        bias_initializer="zeros",
        depthwise_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        depthwise_constraint=None,
        bias_constraint=None,
        **kwargs,
    ):
        arguments = arguments_of(locals())
        separate = {option: arguments.pop(option) for option in self.SEPARATE}
        super().__init__(filters=None, **arguments)
        take_options(self, self.SEPARATE, separate)

    def _add_kernels(self, channels):
        self.depthwise_kernel = self._make_weight(
            "depthwise_kernel", (*self.kernel_size, channels, self.depth_multiplier), made_with="depthwise"
        )

    def _output_channels(self, channels):
        return channels * self.depth_multiplier

    def call(self, inputs, training=None):
        return super().call(inputs)

    def _convolve(self, inputs):
        return K.depthwise_conv2d(
            inputs,
            self.depthwise_kernel,
            strides=self.strides,
            padding=self.padding,
            data_format=self.data_format,
            dilation_rate=self.dilation_rate,
        )
