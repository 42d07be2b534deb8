"""Inception-ResNet v2: modules of parallel branches, whose result, scaled, is added to their input.

Source: Szegedy, Ioffe, Vanhoucke, Alemi, "Inception-v4, Inception-ResNet and the impact of residual connections on
learning" (2016).
"""

from graphflow_keras import backend as K
from graphflow_keras import layers
from graphflow_keras.applications import _common, imagenet_utils
from graphflow_keras.applications.imagenet_utils import decode_predictions as decode_predictions

_BRANCHES = {  # kind of block: its branches, each a chain of (filters, size of the kernel)
    "block35": [[(32, 1)], [(32, 1), (32, 3)], [(32, 1), (48, 3), (64, 3)]],
    "block17": [[(192, 1)], [(128, 1), (160, [1, 7]), (192, [7, 1])]],
    "block8": [[(192, 1)], [(192, 1), (224, [1, 3]), (256, [3, 1])]],
}


def preprocess_input(x, data_format=None):
    """Images `x`, 0 to 255, as -1 to 1."""
    return imagenet_utils.preprocess_input(x, data_format, mode="tf")


def InceptionResNetV2(
    include_top=True, weights="imagenet", input_tensor=None, input_shape=None, pooling=None, classes=1000
):
    """The network, for images of 299 x 299 unless told otherwise; the arguments are those of all architectures."""
    files = _common.weight_files(
        _common.RELEASES + "v0.7/",
        "inception_resnet_v2",
        "e693bd0210a403b3192acc6073ad2e96",
        "d19885ff4a710c122648d3b5c3b684e4",
    )
    return _common.build(
        "inception_resnet_v2",
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
    x = _convolve(x, 32, 3, strides=2, padding="valid")
    x = _convolve(x, 32, 3, padding="valid")
    x = _convolve(x, 64, 3)
    x = layers.MaxPooling2D(3, strides=2)(x)
    x = _convolve(x, 80, 1, padding="valid")
    x = _convolve(x, 192, 3, padding="valid")
    x = layers.MaxPooling2D(3, strides=2)(x)

    branches = [_chain(x, chain) for chain in ([(96, 1)], [(48, 1), (64, 5)], [(64, 1), (96, 3), (96, 3)])]
    pooled = layers.AveragePooling2D(3, strides=1, padding="same")(x)
    x = _joined([*branches, _convolve(pooled, 64, 1)], "mixed_5b")
    for i in range(1, 11):
        x = _block(x, 0.17, "block35", i)
    x = _halved(x, [[(384, 3)], [(256, 1), (256, 3), (384, 3)]], "mixed_6a")
    for i in range(1, 21):
        x = _block(x, 0.1, "block17", i)
    x = _halved(x, [[(256, 1), (384, 3)], [(256, 1), (288, 3)], [(256, 1), (288, 3), (320, 3)]], "mixed_7a")
    for i in range(1, 10):
        x = _block(x, 0.2, "block8", i)
    x = _block(x, 1.0, "block8", 10, activation=False)
    return _convolve(x, 1536, 1, name="conv_7b")


def _halved(x, chains, name):
    """Branches whose last convolution halves the image, beside a pooling."""
    branches = [_convolve(_chain(x, chain[:-1]), *chain[-1], strides=2, padding="valid") for chain in chains]
    return _joined([*branches, layers.MaxPooling2D(3, strides=2, padding="valid")(x)], name)


def _block(x, scale, kind, i, activation=True):
    """The input plus `scale` times what the branches of the block give."""
    name = f"{kind}_{i}"
    mixed = _joined([_chain(x, chain) for chain in _BRANCHES[kind]], f"{name}_mixed")
    shape = K.int_shape(x)
    up = layers.Conv2D(shape[_common.channel_axis()], 1, padding="same", name=f"{name}_conv")(mixed)
    x = layers.Lambda(_scaled_sum, output_shape=shape[1:], arguments={"scale": scale}, name=name)([x, up])
    return layers.Activation("relu", name=f"{name}_ac")(x) if activation else x


def _scaled_sum(inputs, scale):
    return inputs[0] + inputs[1] * scale


def _joined(branches, name):
    return layers.Concatenate(axis=_common.channel_axis(), name=name)(branches)


def _chain(x, convolutions):
    for filters, size in convolutions:
        x = _convolve(x, filters, size)
    return x


def _convolve(x, filters, size, strides=1, padding="same", name=None):
    x = layers.Conv2D(filters, size, strides=strides, padding=padding, use_bias=False, name=name)(x)
    x = layers.BatchNormalization(axis=_common.channel_axis(), scale=False, name=name and f"{name}_bn")(x)
    return layers.Activation("relu", name=name and f"{name}_ac")(x)
