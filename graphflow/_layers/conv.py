"""Convolutional layers over one, two and three axes: plain and transposed.

Arguments that they share:
    filters: int, how many channels come out.
    kernel_size, strides, dilation_rate: one int, or one a spatial axis; not both of the last two above 1.
    padding: "valid", or "same": zeros around, so that strides alone shrink the output.
    data_format: "channels_last" or "channels_first".
    activation: a function tensor -> tensor, None for none.
    use_bias: whether there is a bias.
    *_initializer, *_regularizer, *_constraint: of the variables; kernels start by Glorot's uniform where None.
    activity_regularizer, trainable, name: as for `Layer`.
"""

from __future__ import annotations

import inspect

from graphflow._core import dtypes, shapes
from graphflow._graph import build
from graphflow._layers import base
from graphflow._ops import array, atrous, conv_transpose, joining, nn

_LAST = {1: "NWC", 2: "NHWC", 3: "NDHWC"}
_FIRST = {1: "NCW", 2: "NCHW", 3: "NCDHW"}


def one_per_axis(value, n, name):
    """A tuple of n ints from one int or n of them.

    Raises:
        ValueError: it is neither.
    """
    values = (value,) * n if isinstance(value, int) else value
    try:
        values = tuple(int(v) for v in values)
    except (TypeError, ValueError):
        values = ()
    if len(values) != n:
        raise ValueError(f"The `{name}` argument must be an integer or a tuple of {n} integers. Received: {value}")
    return values


def checked_format(data_format):
    """A data format, checked; channels last where None."""
    data_format = (data_format or "channels_last").lower()
    if data_format not in ("channels_first", "channels_last"):
        raise ValueError(
            f'The `data_format` argument must be one of "channels_first", "channels_last". Received: {data_format}'
        )
    return data_format


def checked_padding(padding, also=()):
    """A padding's name in lower case, checked."""
    known = ("valid", "same", *also)
    if str(padding).lower() not in known:
        raise ValueError(f"The `padding` argument must be one of {', '.join(known)}. Received: {padding}")
    return padding.lower()


def output_length(length, window, padding, stride, dilation=1):
    """How long an axis of that length comes out; None where it is not known."""
    if length is None:
        return None
    window = (window - 1) * dilation + 1
    return (length - (window if padding == "valid" else 1)) // stride + 1


class Conv(base.Layer):
    """Base of the layers that slide a kernel over the axes of an image or sequence."""

    rank = 0

    def __init__(
        self, filters, kernel_size, strides=1, padding="valid", data_format="channels_last", dilation_rate=1, activation=None,
        use_bias=True, kernel_initializer=None, bias_initializer=base.ZEROS, kernel_regularizer=None, bias_regularizer=None,
        activity_regularizer=None, kernel_constraint=None, bias_constraint=None, trainable=True, name=None, **kwargs,
    ):  # fmt: skip
        super().__init__(trainable=trainable, name=name, activity_regularizer=activity_regularizer, **kwargs)
        self.filters, self.padding = filters, checked_padding(padding, ("causal",) if self.rank == 1 else ())
        self.kernel_size = one_per_axis(kernel_size, self.rank, "kernel_size")
        self.strides = one_per_axis(strides, self.rank, "strides")
        self.dilation_rate = one_per_axis(dilation_rate, self.rank, "dilation_rate")
        self.data_format = checked_format(data_format)
        self.activation, self.use_bias = activation, use_bias
        self.kernel_initializer, self.bias_initializer = kernel_initializer, bias_initializer
        self.kernel_regularizer, self.bias_regularizer = kernel_regularizer, bias_regularizer
        self.kernel_constraint, self.bias_constraint = kernel_constraint, bias_constraint
        self.input_spec = base.InputSpec(ndim=self.rank + 2)

    @property
    def _channels_first(self):
        return self.data_format == "channels_first"

    @property
    def _format(self):
        return (_FIRST if self._channels_first else _LAST)[self.rank]

    def _depth(self, input_shape):
        """The number of input channels, which later inputs must have too."""
        axis = 1 if self._channels_first else -1
        depth = shapes.as_shape(input_shape)[axis].value
        if depth is None:
            raise ValueError(
                f"The channel dimension of the inputs should be defined. Found `None`, in layer {self.name}: give the "
                "placeholder its number of channels, or `set_shape` it"
            )
        self.input_spec = base.InputSpec(ndim=self.rank + 2, axes={axis: depth})
        return depth

    def _add_bias(self):
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                "bias", (self.filters,), initializer=self.bias_initializer, regularizer=self.bias_regularizer,
                constraint=self.bias_constraint, trainable=True,
            )  # fmt: skip

    def _add_kernel(self, shape):
        self.kernel = self.add_weight(
            "kernel", shape, initializer=self.kernel_initializer, regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint, trainable=True,
        )  # fmt: skip

    def build(self, input_shape):
        self._add_kernel((*self.kernel_size, self._depth(input_shape), self.filters))
        self._add_bias()
        if all(rate == 1 for rate in self.dilation_rate):
            # Nobody reads it, but TensorFlow makes it, and default random seeds count nodes.
            build.constant(self.dilation_rate, dtype=dtypes.int32, name="dilation_rate")
        self.built = True

    def call(self, inputs):
        if self.padding == "causal":
            inputs = array.pad(inputs, self._causal_paddings())
        outputs = self._convolve(inputs)
        return self._finish(outputs)

    def _causal_paddings(self):
        before = self.dilation_rate[0] * (self.kernel_size[0] - 1)
        return [[0, 0], [0, 0], [before, 0]] if self._channels_first else [[0, 0], [before, 0], [0, 0]]

    def _convolve(self, inputs):
        padding = "VALID" if self.padding == "causal" else self.padding.upper()
        strides, rates = self._over_all_axes(self.strides), self._over_all_axes(self.dilation_rate)
        return atrous.convolve(self.rank, inputs, self.kernel, strides, padding, self._format, rates)

    def _over_all_axes(self, values):
        """Values of the spatial axes, with ones for batch and channels."""
        return (1, 1, *values) if self._channels_first else (1, *values, 1)

    def _finish(self, outputs):
        """With bias and activation."""
        if self.use_bias and self._channels_first and self.rank == 1:
            outputs += array.reshape(self.bias, (1, self.filters, 1))
        elif self.use_bias:
            outputs = nn.bias_add(outputs, self.bias, data_format="NCHW" if self._channels_first else "NHWC")
        return outputs if self.activation is None else self.activation(outputs)

    def _with_space(self, dims, new):
        """The shape `dims` with other spatial sizes and this layer's channels."""
        return shapes.TensorShape(
            [dims[0], self.filters, *new] if self._channels_first else [dims[0], *new, self.filters]
        )

    def compute_output_shape(self, input_shape):
        dims = shapes.as_dims(input_shape)
        space = dims[2:] if self._channels_first else dims[1:-1]
        padding = "valid" if self.padding == "valid" else "same"
        sizes = zip(space, self.kernel_size, self.strides, self.dilation_rate)
        return self._with_space(dims, [output_length(n, k, padding, s, d) for n, k, s, d in sizes])


class Conv1D(Conv):
    """Convolution of sequences `[batch, length, channels]`."""

    rank = 1


class Conv2D(Conv):
    """Convolution of images `[batch, height, width, channels]`."""

    rank = 2


class Conv3D(Conv):
    """Convolution of volumes `[batch, depth, height, width, channels]`."""

    rank = 3


class _Transpose(Conv):
    """The transpose of a convolution: what maps its outputs' shape back to its inputs'."""

    def __init__(
        self, filters, kernel_size, strides=1, padding="valid", data_format="channels_last", activation=None, use_bias=True,
        kernel_initializer=None, bias_initializer=base.ZEROS, kernel_regularizer=None, bias_regularizer=None,
        activity_regularizer=None, kernel_constraint=None, bias_constraint=None, trainable=True, name=None, **kwargs,
    ):  # fmt: skip
        super().__init__(
            filters, kernel_size, strides, padding, data_format, 1, activation, use_bias, kernel_initializer, bias_initializer,
            kernel_regularizer, bias_regularizer, activity_regularizer, kernel_constraint, bias_constraint, trainable, name,
            **kwargs,
        )  # fmt: skip

    def build(self, input_shape):
        self._add_kernel((*self.kernel_size, self.filters, self._depth(input_shape)))
        self._add_bias()
        self.built = True

    def _lengths(self, lengths):
        made = []
        for length, window, stride in zip(lengths, self.kernel_size, self.strides):
            if length is not None:
                length = length * stride
                if self.padding == "valid" and window > stride:
                    length = length + (window - stride)
                elif self.padding == "valid":
                    length = length + 0
            made.append(length)
        return made

    def _convolve(self, inputs):
        sizes, start = array.shape(inputs), 2 if self._channels_first else 1
        batch = sizes[0]
        space = self._lengths([sizes[start + i] for i in range(self.rank)])
        wanted = (batch, self.filters, *space) if self._channels_first else (batch, *space, self.filters)
        wanted = joining.stack(wanted)
        if self.rank == 2:
            wanted[0]  # unused, as dilation_rate above
        strides = self._over_all_axes(self.strides)
        transpose = conv_transpose.conv2d_transpose if self.rank == 2 else conv_transpose.conv3d_transpose
        outputs = transpose(
            inputs, self.kernel, wanted, strides, padding=self.padding.upper(), data_format=self._format
        )
        outputs.set_shape(self.compute_output_shape(inputs.shape))
        return outputs

    def compute_output_shape(self, input_shape):
        dims = shapes.as_dims(input_shape)
        return self._with_space(dims, self._lengths(dims[2:] if self._channels_first else dims[1:-1]))


class Conv2DTranspose(_Transpose):
    """The transpose of a convolution of images; it enlarges where the convolution shrinks."""

    rank = 2


class Conv3DTranspose(_Transpose):
    """The transpose of a convolution of volumes."""

    rank = 3


class _Separable(Conv):
    """A convolution of each channel by itself, then a product that mixes channels."""

    def __init__(
        self, filters, kernel_size, strides=1, padding="valid", data_format="channels_last", dilation_rate=1,
        depth_multiplier=1, activation=None, use_bias=True, depthwise_initializer=None, pointwise_initializer=None,
        bias_initializer=base.ZEROS, depthwise_regularizer=None, pointwise_regularizer=None, bias_regularizer=None,
        activity_regularizer=None, depthwise_constraint=None, pointwise_constraint=None, bias_constraint=None,
        trainable=True, name=None, **kwargs,
    ):  # fmt: skip
        super().__init__(
            filters, kernel_size, strides, padding, data_format, dilation_rate, activation, use_bias, None, bias_initializer,
            None, bias_regularizer, activity_regularizer, None, bias_constraint, trainable, name, **kwargs,
        )  # fmt: skip
        self.depth_multiplier = depth_multiplier
        self._kernels = {
            "depthwise_kernel": (depthwise_initializer, depthwise_regularizer, depthwise_constraint),
            "pointwise_kernel": (pointwise_initializer, pointwise_regularizer, pointwise_constraint),
        }

    def build(self, input_shape):
        depth = self._depth(input_shape)
        kernels = (*self.kernel_size, depth, self.depth_multiplier)
        mixing = (*(1,) * self.rank, self.depth_multiplier * depth, self.filters)
        for (name, options), shape in zip(self._kernels.items(), (kernels, mixing)):
            initializer, regularizer, constraint = options
            made = self.add_weight(
                name, shape, initializer=initializer, regularizer=regularizer, constraint=constraint, trainable=True
            )
            setattr(self, name, made)
        self._add_bias()
        self.built = True

    def _separate(self, inputs, depthwise, pointwise, strides, padding, rate):
        strides = self._over_all_axes(strides)
        layout = "NCHW" if self._channels_first else "NHWC"
        return atrous.separable_conv2d(inputs, depthwise, pointwise, strides, padding, rate=rate, data_format=layout)


class SeparableConv1D(_Separable):
    """Separable convolution of sequences."""

    rank = 1

    def call(self, inputs):
        if self.padding == "causal":
            inputs = array.pad(inputs, self._causal_paddings())
        padding = "VALID" if self.padding == "causal" else self.padding.upper()
        axis = 2 if self._channels_first else 1
        outputs = self._separate(
            array.expand_dims(inputs, axis), array.expand_dims(self.depthwise_kernel, 0),
            array.expand_dims(self.pointwise_kernel, 0), self.strides * 2, padding, (1, *self.dilation_rate),
        )  # fmt: skip
        if self.use_bias:
            outputs = nn.bias_add(outputs, self.bias, data_format="NCHW" if self._channels_first else "NHWC")
        outputs = array.squeeze(outputs, [axis])
        return outputs if self.activation is None else self.activation(outputs)


class SeparableConv2D(_Separable):
    """Separable convolution of images.

    Source: Chollet, "Xception: deep learning with depthwise separable convolutions" (2016).
    """

    rank = 2

    def _convolve(self, inputs):
        return self._separate(
            inputs, self.depthwise_kernel, self.pointwise_kernel, self.strides, self.padding.upper(), self.dilation_rate
        )


def _function(layer_class):
    """The function that makes a layer of a class and calls it once."""
    own = list(inspect.signature(layer_class.__init__).parameters.values())[1:-1]  # neither self nor **kwargs
    first = inspect.Parameter("inputs", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    last = inspect.Parameter("reuse", inspect.Parameter.POSITIONAL_OR_KEYWORD, default=None)
    signature = inspect.Signature([first, *(p.replace(annotation=inspect.Parameter.empty) for p in own), last])

    def call(*args, **kwargs):
        given = signature.bind(*args, **kwargs).arguments
        inputs, reuse = given.pop("inputs"), given.pop("reuse", None)
        return layer_class(**given, _reuse=reuse, _scope=given.get("name"))(inputs)

    call.__name__ = call.__qualname__ = base.snake_case(layer_class.__name__)
    call.__doc__ = f"One call of a new `{layer_class.__name__}`; `name` and `reuse` say which variables."
    call.__signature__ = signature
    return call


conv1d = _function(Conv1D)
conv2d = _function(Conv2D)
conv3d = _function(Conv3D)
conv2d_transpose = _function(Conv2DTranspose)
conv3d_transpose = _function(Conv3DTranspose)
separable_conv1d = _function(SeparableConv1D)
separable_conv2d = _function(SeparableConv2D)
