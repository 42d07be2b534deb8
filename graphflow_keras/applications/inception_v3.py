"""Inception v3: modules of parallel branches of convolutions.

Source: Szegedy, Vanhoucke, Ioffe, Shlens, Wojna, "Rethinking the Inception architecture for computer vision" (2015).
"""

from graphflow_keras import layers
from graphflow_keras.applications import _common, imagenet_utils
from graphflow_keras.applications.imagenet_utils import decode_predictions as decode_predictions


def preprocess_input(x, data_format=None):
    """Images `x`, 0 to 255, as -1 to 1."""
    return imagenet_utils.preprocess_input(x, data_format, mode="tf")


def InceptionV3(include_top=True, weights="imagenet", input_tensor=None, input_shape=None, pooling=None, classes=1000):
    """The network, for images of 299 x 299 unless told otherwise; the arguments are those of all architectures."""
    files = _common.weight_files(
        _common.RELEASES + "v0.5/",
        "inception_v3",
        "9a0d58056eeedaa3f26cb7ebd46da564",
        "bcbd6486424b2319ff4ef7d526e38f63",
    )
    return _common.build(
        "inception_v3",
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
        min_size=75,
    )


def _body(x):
    x = _convolve(x, 32, 3, 3, strides=(2, 2), padding="valid")
    x = _convolve(x, 32, 3, 3, padding="valid")
    x = _convolve(x, 64, 3, 3)
    x = layers.MaxPooling2D((3, 3), strides=(2, 2))(x)
    x = _convolve(x, 80, 1, 1, padding="valid")
    x = _convolve(x, 192, 3, 3, padding="valid")
    x = layers.MaxPooling2D((3, 3), strides=(2, 2))(x)
    for i, pool_filters in enumerate((32, 64, 64)):
        x = _joined([*_branches_35(x), _pooled(x, pool_filters)], f"mixed{i}")
    x = _joined(_halving_35(x), "mixed3")
    for i, filters in enumerate((128, 160, 160, 192), 4):
        x = _joined([*_branches_17(x, filters), _pooled(x, 192)], f"mixed{i}")
    x = _joined(_halving_17(x), "mixed8")
    for i in range(2):
        x = _joined([*_branches_8(x, i), _pooled(x, 192)], f"mixed{9 + i}")
    return x


def _branches_35(x):
    """The module for maps of 35 x 35."""
    return [
        _convolve(x, 64, 1, 1),
        _chain(x, (48, 1, 1), (64, 5, 5)),
        _chain(x, (64, 1, 1), (96, 3, 3), (96, 3, 3)),
    ]


def _halving_35(x):
    return [
        _convolve(x, 384, 3, 3, strides=(2, 2), padding="valid"),
        _convolve(_chain(x, (64, 1, 1), (96, 3, 3)), 96, 3, 3, strides=(2, 2), padding="valid"),
        layers.MaxPooling2D((3, 3), strides=(2, 2))(x),
    ]


def _branches_17(x, n):
    """The module for maps of 17 x 17, with convolutions 7 x 7 in two steps."""
    return [
        _convolve(x, 192, 1, 1),
        _chain(x, (n, 1, 1), (n, 1, 7), (192, 7, 1)),
        _chain(x, (n, 1, 1), (n, 7, 1), (n, 1, 7), (n, 7, 1), (192, 1, 7)),
    ]


def _halving_17(x):
    return [
        _convolve(_convolve(x, 192, 1, 1), 320, 3, 3, strides=(2, 2), padding="valid"),
        _convolve(_chain(x, (192, 1, 1), (192, 1, 7), (192, 7, 1)), 192, 3, 3, strides=(2, 2), padding="valid"),
        layers.MaxPooling2D((3, 3), strides=(2, 2))(x),
    ]


def _branches_8(x, i):
    """The module for maps of 8 x 8, whose branches divide once more."""
    single = _convolve(x, 320, 1, 1)
    middle = _convolve(x, 384, 1, 1)
    middle = _joined([_convolve(middle, 384, 1, 3), _convolve(middle, 384, 3, 1)], f"mixed9_{i}")
    double = _chain(x, (448, 1, 1), (384, 3, 3))
    double = _joined([_convolve(double, 384, 1, 3), _convolve(double, 384, 3, 1)], None)
    return [single, middle, double]


def _pooled(x, filters):
    x = layers.AveragePooling2D((3, 3), strides=(1, 1), padding="same")(x)
    return _convolve(x, filters, 1, 1)


def _joined(branches, name):
    return layers.concatenate(branches, axis=_common.channel_axis(), name=name)


def _chain(x, *convolutions):
    for convolution in convolutions:
        x = _convolve(x, *convolution)
    return x


def _convolve(x, filters, rows, columns, strides=(1, 1), padding="same"):
    x = layers.Conv2D(filters, (rows, columns), strides=strides, padding=padding, use_bias=False)(x)
    x = layers.BatchNormalization(axis=_common.channel_axis(), scale=False)(x)
    return layers.Activation("relu")(x)
