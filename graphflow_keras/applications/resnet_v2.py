"""ResNet, second version: each convolution of a block follows its normalization.

Source: He, Zhang, Ren, Sun, "Identity mappings in deep residual networks" (2016).
"""

from graphflow_keras.applications import _resnet, imagenet_utils
from graphflow_keras.applications.imagenet_utils import decode_predictions as decode_predictions


def preprocess_input(x, data_format=None):
    """Images `x`, 0 to 255, as -1 to 1."""
    return imagenet_utils.preprocess_input(x, data_format, mode="tf")


def ResNet50V2(include_top=True, weights="imagenet", input_tensor=None, input_shape=None, pooling=None, classes=1000):
    """The network with 50 layers, for images of 224 x 224 unless told otherwise; arguments as of all architectures."""
    return _resnet.build("resnet50v2", include_top, weights, input_tensor, input_shape, pooling, classes)


def ResNet101V2(include_top=True, weights="imagenet", input_tensor=None, input_shape=None, pooling=None, classes=1000):
    """The network with 101 layers, for images of 224 x 224 unless told otherwise; arguments as of all architectures."""
    return _resnet.build("resnet101v2", include_top, weights, input_tensor, input_shape, pooling, classes)


def ResNet152V2(include_top=True, weights="imagenet", input_tensor=None, input_shape=None, pooling=None, classes=1000):
    """The network with 152 layers, for images of 224 x 224 unless told otherwise; arguments as of all architectures."""
    return _resnet.build("resnet152v2", include_top, weights, input_tensor, input_shape, pooling, classes)
