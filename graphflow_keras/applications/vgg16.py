"""VGG with 16 layers of weights."""

from graphflow_keras.applications._vgg import vgg
from graphflow_keras.applications.imagenet_utils import decode_predictions as decode_predictions
from graphflow_keras.applications.imagenet_utils import preprocess_input as preprocess_input


def VGG16(include_top=True, weights="imagenet", input_tensor=None, input_shape=None, pooling=None, classes=1000):
    """The network, for images of 224 x 224 unless told otherwise; the arguments are those of all architectures."""
    return vgg(
        "vgg16",
        repeats=(2, 2, 3, 3, 3),
        hashes=("64373286793e3c8b2b4e3219cbf3544b", "6d6bbae143d832006294945121d1f1fc"),
        include_top=include_top,
        weights=weights,
        input_tensor=input_tensor,
        input_shape=input_shape,
        pooling=pooling,
        classes=classes,
    )
