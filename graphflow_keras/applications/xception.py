"""Xception: separable convolutions with residual connections.

Source: Chollet, "Xception: deep learning with depthwise separable convolutions" (2016), figure 5.
"""

from graphflow_keras import layers
from graphflow_keras.applications import _common, imagenet_utils
from graphflow_keras.applications.imagenet_utils import decode_predictions as decode_predictions


def preprocess_input(x, data_format=None):
    """Images `x`, 0 to 255, as -1 to 1."""
    return imagenet_utils.preprocess_input(x, data_format, mode="tf")


def Xception(include_top=True, weights="imagenet", input_tensor=None, input_shape=None, pooling=None, classes=1000):
    """The network, for images of 299 x 299 unless told otherwise; the arguments are those of all architectures."""
    files = _common.weight_files(
        _common.RELEASES + "v0.4/",
        "xception",
        "0a58e3b7378bc2990ea3b43d5981f1f6",
        "b0042744bf5b25fce3cb969f33bebb97",
    )
    return _common.build(
        "xception",
        _body,
        _common.pooled_softmax("avg_pool", "predictions"),
        files,
        include_top,
        weights,
        input_tensor,
        input_shape,
        pooling,
        classes,
        default_size=299,
        min_size=71,
    )


def _body(x):
    x = layers.Conv2D(32, (3, 3), strides=(2, 2), use_bias=False, name="block1_conv1")(x)
    x = _relu(_normalized(x, "block1_conv1_bn"), "block1_conv1_act")
    x = layers.Conv2D(64, (3, 3), use_bias=False, name="block1_conv2")(x)
    x = _relu(_normalized(x, "block1_conv2_bn"), "block1_conv2_act")
    for block, filters in ((2, (128, 128)), (3, (256, 256)), (4, (728, 728))):
        x = _halving_block(x, block, filters)
    for block in range(5, 13):
        y = x
        for i in (1, 2, 3):
            y = _relu(y, f"block{block}_sepconv{i}_act")
            y = _separable(y, 728, f"block{block}_sepconv{i}")
        x = layers.add([y, x])
    x = _halving_block(x, 13, (728, 1024))
    for i, filters in ((1, 1536), (2, 2048)):
        x = _separable(x, filters, f"block14_sepconv{i}")
        x = _relu(x, f"block14_sepconv{i}_act")
    return x


def _halving_block(x, block, filters):
    residual = layers.Conv2D(filters[1], (1, 1), strides=(2, 2), padding="same", use_bias=False)(x)
    residual = _normalized(residual, None)
    for i in (1, 2):
        if (block, i) != (2, 1):  # the first block's input is a relu's output
            x = _relu(x, f"block{block}_sepconv{i}_act")
        x = _separable(x, filters[i - 1], f"block{block}_sepconv{i}")
    x = layers.MaxPooling2D((3, 3), strides=(2, 2), padding="same", name=f"block{block}_pool")(x)
    return layers.add([x, residual])


def _separable(x, filters, name):
    x = layers.SeparableConv2D(filters, (3, 3), padding="same", use_bias=False, name=name)(x)
    return _normalized(x, f"{name}_bn")


def _normalized(x, name):
    return layers.BatchNormalization(axis=_common.channel_axis(-1), name=name)(x)


def _relu(x, name):
    return layers.Activation("relu", name=name)(x)
