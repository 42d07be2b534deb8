"""MobileNet: depthwise convolutions, each followed by a convolution 1 x 1.

Source: Howard et al., "MobileNets: efficient convolutional neural networks for mobile vision applications" (2017),
table 1.
"""

import warnings

from graphflow_keras import layers
from graphflow_keras.applications import _common, imagenet_utils
from graphflow_keras.applications.imagenet_utils import decode_predictions as decode_predictions

_SIZES = (128, 160, 192, 224)
_WIDTHS = {1.0: "1_0", 0.75: "7_5", 0.5: "5_0", 0.25: "2_5"}  # alpha: how the names of files spell it
_BLOCKS = (  # filters, stride
    (64, 1),
    (128, 2),
    (128, 1),
    (256, 2),
    (256, 1),
    (512, 2),
    *[(512, 1)] * 5,
    (1024, 2),
    (1024, 1),
)


def preprocess_input(x, data_format=None):
    """Images `x`, 0 to 255, as -1 to 1."""
    return imagenet_utils.preprocess_input(x, data_format, mode="tf")


def MobileNet(
    input_shape=None,
    alpha=1.0,
    depth_multiplier=1,
    dropout=1e-3,
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    pooling=None,
    classes=1000,
):
    """The network, for images of 224 x 224 unless told otherwise.

    Args:
        alpha: float, the factor of the numbers of filters.
        depth_multiplier: int, how many maps a depthwise convolution makes of one.
        dropout: float, the rate before the classifier.
        The others are those of all architectures. Weights were published for alpha 1, 0.75, 0.5 and 0.25.
    """
    if weights == "imagenet":
        if depth_multiplier != 1:
            raise ValueError("If imagenet weights are being loaded, depth multiplier must be 1")
        if alpha not in _WIDTHS:
            raise ValueError(
                f"If imagenet weights are being loaded, alpha can be one of {', '.join(map(str, _WIDTHS))} only."
            )

    def body(x):
        x = layers.ZeroPadding2D(padding=((0, 1), (0, 1)), name="conv1_pad")(x)
        x = layers.Conv2D(int(32 * alpha), (3, 3), strides=(2, 2), use_bias=False, name="conv1")(x)
        x = _normalized_relu(x, "conv1")
        for i, (filters, stride) in enumerate(_BLOCKS, 1):
            x = _block(x, int(filters * alpha), stride, depth_multiplier, i)
        return x

    def top(x, classes):
        features = int(1024 * alpha)
        x = layers.GlobalAveragePooling2D()(x)
        first = _common.channel_axis() == 1
        x = layers.Reshape((features, 1, 1) if first else (1, 1, features), name="reshape_1")(x)
        x = layers.Dropout(dropout, name="dropout")(x)
        x = layers.Conv2D(classes, (1, 1), padding="same", name="conv_preds")(x)
        x = layers.Reshape((classes,), name="reshape_2")(x)
        return layers.Activation("softmax", name="act_softmax")(x)

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
        stem = f"mobilenet_{_WIDTHS[alpha]}_{rows(shape)}_tf"
        names = {True: stem + ".h5", False: stem + "_no_top.h5"}
        return {top: _common.Weights(name, _common.RELEASES + "v0.6/" + name) for top, name in names.items()}

    return _common.build(
        lambda shape: f"mobilenet_{alpha:.2f}_{rows(shape)}",
        body,
        top,
        files,
        include_top,
        weights,
        input_tensor,
        input_shape,
        pooling,
        classes,
        default_size=_common.size_among(_SIZES, input_shape),
    )


def _block(x, filters, stride, depth_multiplier, i):
    if stride == 2:
        x = layers.ZeroPadding2D(((0, 1), (0, 1)), name=f"conv_pad_{i}")(x)
    x = layers.DepthwiseConv2D(
        (3, 3),
        padding="same" if stride == 1 else "valid",
        depth_multiplier=depth_multiplier,
        strides=(stride, stride),
        use_bias=False,
        name=f"conv_dw_{i}",
    )(x)
    x = _normalized_relu(x, f"conv_dw_{i}")
    x = layers.Conv2D(filters, (1, 1), padding="same", use_bias=False, name=f"conv_pw_{i}")(x)
    return _normalized_relu(x, f"conv_pw_{i}")


def _normalized_relu(x, name):
    x = layers.BatchNormalization(axis=_common.channel_axis(-1), name=f"{name}_bn")(x)
    return layers.ReLU(6.0, name=f"{name}_relu")(x)
