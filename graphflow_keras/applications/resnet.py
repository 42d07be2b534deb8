"""ResNet: blocks that add to their input. With the names of layers and the weight files of TensorFlow.

Source: He, Zhang, Ren, Sun, "Deep residual learning for image recognition" (2015), table 1.
"""

from graphflow_keras.applications import _resnet
from graphflow_keras.applications.imagenet_utils import decode_predictions as decode_predictions
from graphflow_keras.applications.imagenet_utils import preprocess_input as preprocess_input


def ResNet50(include_top=True, weights="imagenet", input_tensor=None, input_shape=None, pooling=None, classes=1000):
    """The network with 50 layers, for images of 224 x 224 unless told otherwise; arguments as of all architectures."""
    return _resnet.build("resnet50", include_top, weights, input_tensor, input_shape, pooling, classes)


def ResNet101(include_top=True, weights="imagenet", input_tensor=None, input_shape=None, pooling=None, classes=1000):
    """The network with 101 layers, for images of 224 x 224 unless told otherwise; arguments as of all architectures."""
    return _resnet.build("resnet101", include_top, weights, input_tensor, input_shape, pooling, classes)


def ResNet152(include_top=True, weights="imagenet", input_tensor=None, input_shape=None, pooling=None, classes=1000):
    """The network with 152 layers, for images of 224 x 224 unless told otherwise; arguments as of all architectures."""
    return _resnet.build("resnet152", include_top, weights, input_tensor, input_shape, pooling, classes)
