"""ResNet with 50 layers of weights: blocks that add to their input.

Source: He, Zhang, Ren, Sun, "Deep residual learning for image recognition" (2015), table 1.
"""

import warnings

from graphflow_keras import dialect, layers
from graphflow_keras.applications import _common, resnet
from graphflow_keras.applications.imagenet_utils import decode_predictions as decode_predictions
from graphflow_keras.applications.imagenet_utils import preprocess_input as preprocess_input

_STAGES = {2: (64, 64, 256), 3: (128, 128, 512), 4: (256, 256, 1024), 5: (512, 512, 2048)}  # stage: filters
_BLOCKS = {2: "abc", 3: "abcd", 4: "abcdef", 5: "abc"}


def ResNet50(include_top=True, weights="imagenet", input_tensor=None, input_shape=None, pooling=None, classes=1000):
    """The network, for images of 224 x 224 unless told otherwise; the arguments are those of all architectures.

    For tf.keras its layers are named, and its weights lie, as those of `applications.resnet`.
    """
    if dialect.is_tf_keras():
        return resnet.ResNet50(include_top, weights, input_tensor, input_shape, pooling, classes)
    if not include_top and pooling is None:
        warnings.warn(
            "The output shape of `ResNet50(include_top=False)` has been changed since Keras 2.2.0.", stacklevel=2
        )
    files = _common.weight_files(
        _common.RELEASES + "v0.2/",
        "resnet50",
        "a7b3fe01876f51b976af0dea6bc144eb",
        "a268eb855778b3df3c7506639542a6af",
    )
    return _common.build(
        "resnet50",
        _body,
        _common.pooled_softmax("avg_pool", "fc1000"),
        files,
        include_top,
        weights,
        input_tensor,
        input_shape,
        pooling,
        classes,
    )


def _body(x):
    x = layers.ZeroPadding2D(padding=(3, 3), name="conv1_pad")(x)
    x = layers.Conv2D(64, (7, 7), strides=(2, 2), kernel_initializer="he_normal", name="conv1")(x)
    x = layers.BatchNormalization(axis=_common.channel_axis(), name="bn_conv1")(x)
    x = layers.Activation("relu")(x)
    x = layers.ZeroPadding2D(padding=(1, 1), name="pool1_pad")(x)
    x = layers.MaxPooling2D((3, 3), strides=(2, 2))(x)
    for stage, filters in _STAGES.items():
        for block in _BLOCKS[stage]:
            x = _block(x, filters, f"{stage}{block}_branch", stage, first=block == "a")
    return x


def _block(x, filters, name, stage, first):
    """Three convolutions added to the input; the first block of a stage halves the image, and fits its input to that."""
    strides = (2, 2) if first and stage > 2 else (1, 1)

    def convolved(y, filters, size, branch, strides=(1, 1)):
        y = layers.Conv2D(
            filters,
            size,
            strides=strides,
            padding="same" if size == 3 else "valid",
            kernel_initializer="he_normal",
            name=f"res{name}{branch}",
        )(y)
        return layers.BatchNormalization(axis=_common.channel_axis(), name=f"bn{name}{branch}")(y)

    y = layers.Activation("relu")(convolved(x, filters[0], (1, 1), "2a", strides))
    y = layers.Activation("relu")(convolved(y, filters[1], 3, "2b"))
    y = convolved(y, filters[2], (1, 1), "2c")
    shortcut = convolved(x, filters[2], (1, 1), "1", strides) if first else x
    return layers.Activation("relu")(layers.add([y, shortcut]))
