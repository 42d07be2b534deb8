"""VGG with 19 layers of weights."""

from graphflow_keras.applications._vgg import vgg
from graphflow_keras.applications.imagenet_utils import decode_predictions as decode_predictions
from graphflow_keras.applications.imagenet_utils import preprocess_input as preprocess_input


def VGG19(include_top=True, weights="imagenet", input_tensor=None, input_shape=None, pooling=None, classes=1000):
    """The network, for images of 224 x 224 unless told otherwise; the arguments are those of all architectures."""
    return vgg(
        "vgg19",
        repeats=(2, 2, 4, 4, 4),
        hashes=("cbe5617147190e668d6c5d5026f83318", "253f8cb515780f3b799900260a226db6"),
        include_top=include_top,
        weights=weights,
        input_tensor=input_tensor,
        input_shape=input_shape,
        pooling=pooling,
        classes=classes,
    )
