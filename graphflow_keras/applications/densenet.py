"""DenseNet: blocks whose every layer sees what all those before it made.

Source: Huang, Liu, van der Maaten, Weinberger, "Densely connected convolutional networks" (2016), table 1.
"""

from graphflow_keras import backend as K
from graphflow_keras import layers
from graphflow_keras.applications import _common, imagenet_utils
from graphflow_keras.applications.imagenet_utils import decode_predictions as decode_predictions

_ORIGIN = "https://github.com/keras-team/keras-applications/releases/download/densenet/"
_GROWTH = 32
_VARIANTS = {  # name: layers in the four blocks, MD5 of the weights with and without the classifier
    "densenet121": ((6, 12, 24, 16), "9d60b8095a5708f2dcce2bca79d332c7", "30ee3e1110167f948a6b9946edeeb738"),
    "densenet169": ((6, 12, 32, 32), "d699b8f76981ab1b30698df4c175e90b", "b8c4d4c20dd625c148057b9ff1c1176b"),
    "densenet201": ((6, 12, 48, 32), "1ceb130c1ea1b78c3bf6114dbdfd8807", "c13680b51ded0fb44dff2d8f86ac8bb1"),
}


def preprocess_input(x, data_format=None):
    """Images `x`, 0 to 255, as 0 to 1, less the mean colour of ImageNet, by its deviation."""
    return imagenet_utils.preprocess_input(x, data_format, mode="torch")


def DenseNet121(include_top=True, weights="imagenet", input_tensor=None, input_shape=None, pooling=None, classes=1000):
    """The network with 121 layers, for images of 224 x 224 unless told otherwise; arguments as of all architectures."""
    return _densenet("densenet121", include_top, weights, input_tensor, input_shape, pooling, classes)


def DenseNet169(include_top=True, weights="imagenet", input_tensor=None, input_shape=None, pooling=None, classes=1000):
    """The network with 169 layers, for images of 224 x 224 unless told otherwise; arguments as of all architectures."""
    return _densenet("densenet169", include_top, weights, input_tensor, input_shape, pooling, classes)


def DenseNet201(include_top=True, weights="imagenet", input_tensor=None, input_shape=None, pooling=None, classes=1000):
    """The network with 201 layers, for images of 224 x 224 unless told otherwise; arguments as of all architectures."""
    return _densenet("densenet201", include_top, weights, input_tensor, input_shape, pooling, classes)


def _densenet(name, *arguments):
    blocks, top_hash, features_hash = _VARIANTS[name]

    def body(x):
        x = layers.ZeroPadding2D(padding=((3, 3), (3, 3)))(x)
        x = layers.Conv2D(64, 7, strides=2, use_bias=False, name="conv1/conv")(x)
        x = _normalized_relu(x, "conv1/bn", "conv1/relu")
        x = layers.ZeroPadding2D(padding=((1, 1), (1, 1)))(x)
        x = layers.MaxPooling2D(3, strides=2, name="pool1")(x)
        for stage, count in enumerate(blocks, 2):
            if stage > 2:
                x = _halved(x, f"pool{stage - 1}")
            for i in range(1, count + 1):
                x = _layer(x, f"conv{stage}_block{i}")
        return _normalized_relu(x, "bn", "relu")

    return _common.build(
        name,
        body,
        _common.pooled_softmax("avg_pool", "fc1000"),
        _common.weight_files(_ORIGIN, name, top_hash, features_hash),
        *arguments,
        pool_names=("avg_pool", "max_pool"),
    )


def _layer(x, name):
    y = _normalized_relu(x, f"{name}_0_bn", f"{name}_0_relu")
    y = layers.Conv2D(4 * _GROWTH, 1, use_bias=False, name=f"{name}_1_conv")(y)
    y = _normalized_relu(y, f"{name}_1_bn", f"{name}_1_relu")
    y = layers.Conv2D(_GROWTH, 3, padding="same", use_bias=False, name=f"{name}_2_conv")(y)
    return layers.Concatenate(axis=_common.channel_axis(), name=f"{name}_concat")([x, y])


def _halved(x, name):
    """Half the channels, and half the size."""
    x = _normalized_relu(x, f"{name}_bn", f"{name}_relu")
    channels = K.int_shape(x)[_common.channel_axis()] // 2
    x = layers.Conv2D(channels, 1, use_bias=False, name=f"{name}_conv")(x)
    return layers.AveragePooling2D(2, strides=2, name=f"{name}_pool")(x)


def _normalized_relu(x, normalized_name, relu_name):
    x = layers.BatchNormalization(axis=_common.channel_axis(), epsilon=1.001e-5, name=normalized_name)(x)
    return layers.Activation("relu", name=relu_name)(x)
