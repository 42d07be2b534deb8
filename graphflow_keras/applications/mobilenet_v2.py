"""MobileNet v2: blocks that widen, convolve depthwise, and narrow, added to their input.

Source: Sandler, Howard, Zhu, Zhmoginov, Chen, "MobileNetV2: inverted residuals and linear bottlenecks" (2018), table 2.
"""

import warnings

from graphflow_keras import backend as K
from graphflow_keras import layers
from graphflow_keras.applications import _common, imagenet_utils
from graphflow_keras.applications.imagenet_utils import decode_predictions as decode_predictions

_ORIGIN = "https://github.com/JonathanCMitchell/mobilenet_v2_keras/releases/download/v1.1/"
_SIZES = (96, 128, 160, 192, 224)
_WIDTHS = (0.35, 0.5, 0.75, 1.0, 1.3, 1.4)
_BLOCKS = (  # filters, stride of the first, how many
    (16, 1, 1),
    (24, 2, 2),
    (32, 2, 3),
    (64, 2, 4),
    (96, 1, 3),
    (160, 2, 3),
    (320, 1, 1),
)


def preprocess_input(x, data_format=None):
    """Images `x`, 0 to 255, as -1 to 1."""
    return imagenet_utils.preprocess_input(x, data_format, mode="tf")


def MobileNetV2(
    input_shape=None,
    alpha=1.0,
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    pooling=None,
    classes=1000,
):
    """The network, for images of 224 x 224 unless told otherwise.

    Args:
        alpha: float, the factor of the numbers of filters.
        The others are those of all architectures. Weights were published for alpha 0.35, 0.5, 0.75, 1, 1.3 and 1.4.
    """
    if weights == "imagenet" and alpha not in _WIDTHS:
        raise ValueError(
            f"If imagenet weights are being loaded, alpha can be one of {', '.join(map(str, _WIDTHS))} only."
        )
    wanted = input_shape
    if input_tensor is not None and K.is_keras_tensor(input_tensor):
        shape = K.int_shape(input_tensor)[1:]
        if wanted is not None and tuple(wanted) != shape:
            raise ValueError(f"`input_shape` is {tuple(wanted)}, and `input_tensor` has images of the shape {shape}")
        wanted = shape

    def body(x):
        x = layers.ZeroPadding2D(_common.halving_padding(x, 3), name="Conv1_pad")(x)
        x = layers.Conv2D(_rounded(32 * alpha), 3, strides=(2, 2), use_bias=False, name="Conv1")(x)
        x = _relu(_normalized(x, "bn_Conv1"), "Conv1_relu")
        block = 0
        for filters, stride, repeats in _BLOCKS:
            for i in range(repeats):
                x = _block(x, _rounded(int(filters * alpha)), stride if i == 0 else 1, block)
                block += 1
        x = layers.Conv2D(_rounded(1280 * max(alpha, 1.0)), 1, use_bias=False, name="Conv_1")(x)
        return _relu(_normalized(x, "Conv_1_bn"), "out_relu")

    def rows(shape):
        if weights == "imagenet" and _common.spatial(shape) not in [(size, size) for size in _SIZES]:
            return 224
        return _common.spatial(shape)[0]

    def files(shape):
        if rows(shape) != _common.spatial(shape)[0]:
            warnings.warn(
                f"`input_shape` is undefined or non-square, or `rows` is not in {list(_SIZES)}. "
                "Weights for input shape (224, 224) will be loaded as the default.",
                stacklevel=4,
            )
        stem = f"mobilenet_v2_weights_tf_dim_ordering_tf_kernels_{alpha}_{rows(shape)}"
        names = {True: stem + ".h5", False: stem + "_no_top.h5"}
        return {top: _common.Weights(name, _ORIGIN + name) for top, name in names.items()}

    return _common.build(
        lambda shape: f"mobilenetv2_{alpha:.2f}_{rows(shape)}",
        body,
        _common.pooled_softmax(None, "Logits"),
        files,
        include_top,
        weights,
        input_tensor,
        input_shape,
        pooling,
        classes,
        default_size=_common.size_among(_SIZES, wanted),
    )


def _rounded(filters):
    """To a multiple of 8, but not below 90 %."""
    rounded = max(8, int(filters + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * filters else rounded


def _block(inputs, filters, stride, block):
    channels = K.int_shape(inputs)[_common.channel_axis(-1)]
    x, name = inputs, "expanded_conv_"
    if block:
        name = f"block_{block}_"
        x = layers.Conv2D(6 * channels, 1, padding="same", use_bias=False, name=name + "expand")(x)
        x = _relu(_normalized(x, name + "expand_BN"), name + "expand_relu")
    if stride == 2:
        x = layers.ZeroPadding2D(_common.halving_padding(x, 3), name=name + "pad")(x)
    padding = "same" if stride == 1 else "valid"
    x = layers.DepthwiseConv2D(3, strides=stride, use_bias=False, padding=padding, name=name + "depthwise")(x)
    x = _relu(_normalized(x, name + "depthwise_BN"), name + "depthwise_relu")
    x = layers.Conv2D(filters, 1, padding="same", use_bias=False, name=name + "project")(x)
    x = _normalized(x, name + "project_BN")
    return layers.Add(name=name + "add")([inputs, x]) if channels == filters and stride == 1 else x


def _normalized(x, name):
    return layers.BatchNormalization(axis=_common.channel_axis(-1), epsilon=1e-3, momentum=0.999, name=name)(x)


def _relu(x, name):
    return layers.ReLU(6.0, name=name)(x)
