"""Convolutions, pooling, biases; both orders of axes.

On a machine without a GPU TensorFlow 1 runs channels last only, so channels-first inputs are turned there and back.
"""

import graphflow as tf
from graphflow_keras.backend import _session, _shapes, _tensors, common
from graphflow_keras.utils import generic_utils

_PADDINGS = {"same": "SAME", "valid": "VALID"}
_LAST = {1: "NWC", 2: "NHWC", 3: "NDHWC"}  # TensorFlow's names of the orders, by number of spatial axes
_FIRST = {1: "NCW", 2: "NCHW", 3: "NCDHW"}


class _Order:
    """The order of axes a function was asked for, and the one TensorFlow runs in.

    Attributes:
        name: TensorFlow's name of the order it runs in.
    """

    def __init__(self, data_format, axes, only_last=False):
        self.axes = axes
        self.first = common.normalize_data_format(data_format) == "channels_first"
        self.native = self.first and not only_last and _session._has_nchw_support()
        self.name = (_FIRST if self.native else _LAST)[axes]

    def enter(self, x):
        """`x` in the order TensorFlow runs in."""
        return tf.transpose(x, (0, *range(2, self.axes + 2), 1)) if self.turns else x

    def leave(self, x):
        """`x` in the order asked for."""
        return tf.transpose(x, (0, self.axes + 1, *range(1, self.axes + 1))) if self.turns else x

    @property
    def turns(self):
        """Whether the two orders differ."""
        return self.first and not self.native

    def whole(self, spatial):
        """Sizes for all four or five axes: 1 for batch and channels."""
        return (1, 1, *spatial) if self.native else (1, *spatial, 1)


def _padding(padding):
    if padding not in _PADDINGS:
        raise ValueError(f"Invalid padding: {padding}")
    return _PADDINGS[padding]


# -- convolutions ----------------------------------------------------------------------------------------------------------
# x is `[batch, ...spatial, channels]`, a kernel `[...spatial, channels, filters]`; `padding` is `valid` or `same`.


def conv1d(x, kernel, strides=1, padding="valid", data_format=None, dilation_rate=1):
    """Convolution over steps; `causal` padding looks at no later step.

    Raises:
        ValueError: another padding, or causal with channels first.
    """
    if padding == "causal":
        if common.normalize_data_format(data_format) != "channels_last":
            raise ValueError(
                'When using causal padding in `conv1d`, `data_format` must be "channels_last" (temporal data).'
            )
        x = _shapes.temporal_padding(x, (dilation_rate * (kernel.get_shape().as_list()[0] - 1), 0))
        padding = "valid"
    return _convolution(x, kernel, (strides,), padding, data_format, (dilation_rate,))


def conv2d(x, kernel, strides=(1, 1), padding="valid", data_format=None, dilation_rate=(1, 1)):
    """Convolution over images."""
    return _convolution(x, kernel, strides, padding, data_format, dilation_rate)


def conv3d(x, kernel, strides=(1, 1, 1), padding="valid", data_format=None, dilation_rate=(1, 1, 1)):
    """Convolution over volumes."""
    return _convolution(x, kernel, strides, padding, data_format, dilation_rate)


def _convolution(x, kernel, strides, padding, data_format, dilation_rate):
    order = _Order(data_format, len(strides))
    y = tf.nn.convolution(
        input=order.enter(x),
        filter=kernel,
        dilation_rate=dilation_rate,
        strides=strides,
        padding=_padding(padding),
        data_format=order.name,
    )
    return order.leave(y)


def conv2d_transpose(x, kernel, output_shape, strides=(1, 1), padding="valid", data_format=None, dilation_rate=(1, 1)):
    """The transpose of a convolution over images: from the shape it leaves to the shape it took.

    Args:
        kernel: `[height, width, filters, channels]`.
        output_shape: the whole shape, or a tensor with it; a batch size of None is that of `x`.
    """
    dilated = tuple(dilation_rate) != (1, 1)
    order = _Order(data_format, 2, only_last=dilated)
    x, output_shape = order.enter(x), _output_shape(order, x, output_shape)
    if dilated:
        assert dilation_rate[0] == dilation_rate[1], f"one dilation rate for both axes, got {dilation_rate}"
        y = tf.nn.atrous_conv2d_transpose(x, kernel, output_shape, dilation_rate[0], _padding(padding))
    else:
        y = tf.nn.conv2d_transpose(
            x, kernel, output_shape, order.whole(strides), padding=_padding(padding), data_format=order.name
        )
    return order.leave(y)


def conv3d_transpose(x, kernel, output_shape, strides=(1, 1, 1), padding="valid", data_format=None):
    """The transpose of a convolution over volumes; arguments as for `conv2d_transpose`."""
    order = _Order(data_format, 3)
    x, output_shape = order.enter(x), _output_shape(order, x, output_shape)
    y = tf.nn.conv3d_transpose(
        x, kernel, output_shape, order.whole(strides), padding=_padding(padding), data_format=order.name
    )
    return order.leave(y)


def _output_shape(order, x, output_shape):
    batch = output_shape[0]  # of a tensor too, as TensorFlow does
    if isinstance(output_shape, tuple | list):
        output_shape = tf.stack([tf.shape(x)[0] if batch is None else batch, *output_shape[1:]])
    if order.turns:
        output_shape = tf.stack([output_shape[i] for i in (0, *range(2, order.axes + 2), 1)])
    return output_shape


def separable_conv1d(
    x, depthwise_kernel, pointwise_kernel, strides=1, padding="valid", data_format=None, dilation_rate=1
):
    """A convolution of each channel by itself over steps, then one that mixes the channels.

    Args:
        depthwise_kernel: `[steps, channels, multiplier]`.
        pointwise_kernel: `[1, channels * multiplier, filters]`.
    """
    strides = strides if isinstance(strides, int) else strides[0]
    rate = (1, dilation_rate) if isinstance(dilation_rate, int) else (1, *dilation_rate)
    order = _Order(data_format, 1)
    axis = 2 if order.native else 1
    y = tf.nn.separable_conv2d(
        tf.expand_dims(order.enter(x), axis),
        tf.expand_dims(depthwise_kernel, 0),
        tf.expand_dims(pointwise_kernel, 0),
        strides=order.whole((strides, strides)),
        padding=_padding(padding),
        rate=rate,
        data_format=(_FIRST if order.native else _LAST)[2],
    )
    return order.leave(tf.squeeze(y, [axis]))


def separable_conv2d(
    x, depthwise_kernel, pointwise_kernel, strides=(1, 1), padding="valid", data_format=None, dilation_rate=(1, 1)
):
    """A convolution of each channel by itself over images, then one that mixes the channels.

    Args:
        depthwise_kernel: `[height, width, channels, multiplier]`.
        pointwise_kernel: `[1, 1, channels * multiplier, filters]`.
    """
    order = _Order(data_format, 2)
    y = tf.nn.separable_conv2d(
        order.enter(x),
        depthwise_kernel,
        pointwise_kernel,
        strides=order.whole(strides),
        padding=_padding(padding),
        rate=dilation_rate,
        data_format=order.name,
    )
    return order.leave(y)


def depthwise_conv2d(x, depthwise_kernel, strides=(1, 1), padding="valid", data_format=None, dilation_rate=(1, 1)):
    """A convolution of each channel by itself over images; kernel `[height, width, channels, multiplier]`."""
    order = _Order(data_format, 2)
    y = tf.nn.depthwise_conv2d(
        order.enter(x),
        depthwise_kernel,
        strides=order.whole(strides),
        padding=_padding(padding),
        rate=dilation_rate,
        data_format=order.name,
    )
    return order.leave(y)


# -- a kernel of its own for every place -----------------------------------------------------------------------------------


def local_conv1d(inputs, kernel, kernel_size, strides, data_format=None):
    """A convolution over steps with another kernel at each place.

    Args:
        inputs: `[batch, steps, channels]`.
        kernel: `[output steps, size * channels, filters]`.
        kernel_size, strides: tuples of one int.
    """
    common.normalize_data_format(data_format)
    patches = _patches(tf.expand_dims(inputs, 2), (*kernel_size, 1), (*strides, 1))
    return tf.transpose(_places_dot(patches, kernel), perm=(1, 0, 2))


def local_conv2d(inputs, kernel, kernel_size, strides, output_shape, data_format=None):
    """A convolution over images with another kernel at each place.

    Args:
        inputs: `[batch, height, width, channels]`, channels second for `channels_first`.
        kernel: `[output height * output width, height * width * channels, filters]`; for `channels_first` the middle
            axis is that of `channels * height * width`.
        kernel_size, strides, output_shape: tuples of two ints.
    """
    channels_first = common.normalize_data_format(data_format) == "channels_first"
    rows, columns = output_shape
    features, filters = _tensors.int_shape(kernel)[1:]
    if not channels_first:
        patches = _patches(inputs, kernel_size, strides)
    else:
        patches = _patches(tf.transpose(inputs, (0, 2, 3, 1)), kernel_size, strides)
        window = kernel_size[0] * kernel_size[1]
        patches = tf.reshape(patches, (-1, rows, columns, window, features // window))
        patches = tf.reshape(tf.transpose(patches, (0, 1, 2, 4, 3)), (-1, rows, columns, features))
    output = tf.reshape(_places_dot(patches, kernel), (rows, columns, -1, filters))
    return tf.transpose(output, perm=(2, 3, 0, 1) if channels_first else (2, 0, 1, 3))


def _patches(images, size, strides):
    """`[batch, rows, columns, height * width * channels]`: what the window sees at each place."""
    return tf.extract_image_patches(
        images, ksizes=(1, *size, 1), strides=(1, *strides, 1), rates=(1, 1, 1, 1), padding="VALID"
    )


def _places_dot(patches, kernel):
    """`[places, batch, filters]` from patches `[batch, rows, columns, features]`, kernel `[places, features, filters]`."""
    places, features, _ = _tensors.int_shape(kernel)
    return tf.matmul(tf.transpose(tf.reshape(patches, (-1, places, features)), (1, 0, 2)), kernel)


# -- pooling and biases ----------------------------------------------------------------------------------------------------


def pool2d(x, pool_size, strides=(1, 1), padding="valid", data_format=None, pool_mode="max"):
    """The largest (`max`) or mean (`avg`) element of each window of an image."""
    return _pool(x, pool_size, strides, padding, data_format, pool_mode, {"max": tf.nn.max_pool, "avg": tf.nn.avg_pool})


def pool3d(x, pool_size, strides=(1, 1, 1), padding="valid", data_format=None, pool_mode="max"):
    """The largest (`max`) or mean (`avg`) element of each window of a volume."""
    return _pool(
        x, pool_size, strides, padding, data_format, pool_mode, {"max": tf.nn.max_pool3d, "avg": tf.nn.avg_pool3d}
    )


def _pool(x, pool_size, strides, padding, data_format, pool_mode, functions):
    order = _Order(data_format, len(pool_size))
    padding = _padding(padding)
    if pool_mode not in functions:
        raise ValueError(f"Invalid pool_mode: {pool_mode}")
    y = functions[pool_mode](
        order.enter(x), order.whole(pool_size), order.whole(strides), padding=padding, data_format=order.name
    )
    return order.leave(y)


def bias_add(x, bias, data_format=None):
    """`x + bias`, the bias along the channels.

    Args:
        bias: `[channels]`, or the shape of a sample.

    Raises:
        ValueError: a bias of another rank.
    """
    data_format = common.normalize_data_format(data_format)
    dims, rank = _tensors.int_shape(bias), _tensors.ndim(x)
    if len(dims) not in (1, rank - 1):
        raise ValueError(f"Unexpected bias dimensions {len(dims)}, expect to be 1 or {rank - 1} dimensions")
    if rank not in (3, 4, 5):
        return tf.nn.bias_add(x, bias)
    if rank == 4 and len(dims) == 1:
        if data_format == "channels_last":
            return tf.nn.bias_add(x, bias, data_format="NHWC")
        if _session._has_nchw_support():
            return tf.nn.bias_add(x, bias, data_format="NCHW")
    wide = (1,) * (rank - 1) + dims if len(dims) == 1 else (1, *dims)
    return x + tf.reshape(bias, generic_utils.transpose_shape(wide, data_format, tuple(range(1, rank - 1))))
