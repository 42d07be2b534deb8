"""Transposed convolutions: from the size of a convolution's output back to that of its input."""

import graphflow as tf
from graphflow_keras import backend as K
from graphflow_keras import dialect
from graphflow_keras.layers._conv import Conv2D, Conv3D
from graphflow_keras.layers._options import arguments_of
from graphflow_keras.layers._shapes import join, layout, space_of, with_space
from graphflow_keras.legacy import interfaces
from graphflow_keras.utils import conv_utils


class _Transposed:
    """What makes a convolution layer a transposed one; stands before the layer among the base classes."""

    def __init__(self, output_padding=None, **arguments):
        super().__init__(**arguments)
        self.output_padding = output_padding
        if output_padding is not None:
            self.output_padding = conv_utils.normalize_tuple(output_padding, self.rank, "output_padding")
            if any(added >= stride for stride, added in zip(self.strides, self.output_padding)):
                raise ValueError(f"Stride {self.strides} must be greater than output padding {self.output_padding}")

    def _add_kernels(self, channels):
        self.kernel = self._make_weight("kernel", (*self.kernel_size, self.filters, channels))

    def _output_space(self, sizes):
        """The output's sizes in space, of the input's: ints, None or tensors."""
        added = self.output_padding or (None,) * self.rank
        rows = zip(sizes, self.strides, self.kernel_size, added, self.dilation_rate)
        return [
            conv_utils.deconv_length(size, stride, kernel, self.padding, extra, dilation)
            for size, stride, kernel, extra, dilation in rows
        ]

    def _convolve(self, inputs):
        at_run_time = K.shape(inputs)
        if dialect.is_tf_keras():
            return self._convolve_as_tf_keras(inputs, at_run_time)
        sizes = [at_run_time[i] if size is None else size for i, size in enumerate(K.int_shape(inputs))]
        space = self._output_space(space_of(sizes, self.data_format))
        output_shape = join(sizes[0], space, self.filters, self.data_format)
        options = {"strides": self.strides, "padding": self.padding, "data_format": self.data_format}
        if self.rank == 3:
            return K.conv3d_transpose(inputs, self.kernel, output_shape, **options)
        return K.conv2d_transpose(inputs, self.kernel, output_shape, dilation_rate=self.dilation_rate, **options)

    def _convolve_as_tf_keras(self, inputs, at_run_time):
        """The same, with all sizes taken at run time."""
        first = 2 if self.data_format == "channels_first" else 1
        batch_size = at_run_time[0]
        space = self._output_space([at_run_time[first + i] for i in range(self.rank)])
        output_shape = tf.stack(join(batch_size, space, self.filters, self.data_format))
        if self.rank == 2:
            outputs = K.conv2d_transpose(
                inputs, self.kernel, output_shape, self.strides, self.padding, self.data_format, self.dilation_rate
            )
        else:
            strides, padding = join(1, self.strides, 1, self.data_format), self.padding.upper()
            data_format = layout(3, self.data_format)
            outputs = tf.nn.conv3d_transpose(inputs, self.kernel, output_shape, strides, padding, data_format)
        outputs.set_shape(self.compute_output_shape(inputs.shape.as_list()))
        return outputs

    def compute_output_shape(self, input_shape):
        space = self._output_space(space_of(input_shape, self.data_format))
        return with_space(input_shape, space, self.data_format, self.filters)


class Conv2DTranspose(_Transposed, Conv2D):
    """Transposed convolution ("deconvolution") over images.

    Args:
        filters, kernel_size, strides, padding, data_format, dilation_rate: as for `Conv2D`.
        output_padding: int or pair, smaller than `strides`: what the output has more at its end; None takes the size
            a convolution would give back.
        activation, use_bias, *_initializer, *_regularizer, *_constraint: as for `Dense`.

    Source: Zeiler et al., Deconvolutional Networks (2010); Dumoulin and Visin, A Guide to Convolution Arithmetic (2016).
    """

    OPTIONS = (*Conv2D.OPTIONS, "output_padding")

    @interfaces.legacy_deconv2d_support
    def __init__(
        self,
        filters,
        kernel_size,
        strides=(1, 1),
        padding="valid",
        output_padding=None,
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
        super().__init__(**arguments_of(locals()))


class Conv3DTranspose(_Transposed, Conv3D):
    """Transposed convolution over volumes, rank 5; the arguments are those of `Conv2DTranspose`, without dilation."""

    OPTIONS = (*(option for option in Conv3D.OPTIONS if option != "dilation_rate"), "output_padding")

    def __init__(
        self,
        filters,
        kernel_size,
        strides=(1, 1, 1),
        padding="valid",
        output_padding=None,
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
        **kwargs,
    ):
        super().__init__(**arguments_of(locals()))
