"""What all architectures share: their arguments, their input, their end, and their weights.

Every architecture takes these arguments:

    include_top: bool, whether to end with the classifier.
    weights: "imagenet" for published weights, fetched once into ~/.keras/models; the path of a weight file; None.
    input_tensor: a Keras tensor to build on, or a tensor to wrap; None for a new input.
    input_shape: of one image, with the channels where `image_data_format()` says; None for the architecture's.
    pooling: without the classifier, what the features end with: "avg", "max" or None.
    classes: int, how many the classifier tells apart.

and raises ValueError where one of them cannot be.
"""

import dataclasses
import os

from graphflow_keras import backend as K
from graphflow_keras import layers, models, utils
from graphflow_keras.applications.imagenet_utils import _obtain_input_shape
from graphflow_keras.utils.data_utils import get_file
from graphflow_keras.utils.layer_utils import get_source_inputs

RELEASES = "https://github.com/fchollet/deep-learning-models/releases/download/"


@dataclasses.dataclass(frozen=True)
class Weights:
    """A published weight file: its name in ~/.keras/models, where it lies, and its MD5 where that was published."""

    name: str
    origin: str
    hash: str | None = None


def weight_files(folder, name, top_hash, features_hash):
    """The files of an architecture in a folder of releases, with and without the classifier's weights."""
    name += "_weights_tf_dim_ordering_tf_kernels"
    return {
        True: Weights(name + ".h5", folder + name + ".h5", top_hash),
        False: Weights(name + "_notop.h5", folder + name + "_notop.h5", features_hash),
    }


def build(
    name,
    body,
    top,
    files,
    include_top,
    weights,
    input_tensor,
    input_shape,
    pooling,
    classes,
    default_size=224,
    min_size=32,
    static_shape=False,
    pool_names=(None, None),
):
    """A model of an architecture.

    Args:
        name: of the model, or a function of the shape of its input that gives it.
        body: function of the input that gives the features.
        top: function of the features and the number of classes that gives the predictions.
        files: dict include_top -> Weights, or a function of the shape of the input that gives it.
        default_size, min_size: of the images, in pixels.
        static_shape: bool, whether the size has to be known even without the classifier.
        pool_names: of the layers for `pooling`, "avg" and "max".
        The others are those of the architecture.
    """
    check_weights(weights, include_top, classes)
    input_shape = _obtain_input_shape(
        input_shape, default_size, min_size, K.image_data_format(), include_top or static_shape, weights
    )
    image = image_input(input_tensor, input_shape)
    x = body(image)
    if include_top:
        x = top(x, classes)
    elif pooling == "avg":
        x = layers.GlobalAveragePooling2D(name=pool_names[0])(x)
    elif pooling == "max":
        x = layers.GlobalMaxPooling2D(name=pool_names[1])(x)
    inputs = image if input_tensor is None else get_source_inputs(input_tensor)
    model = models.Model(inputs, x, name=name(input_shape) if callable(name) else name)
    if weights == "imagenet":
        file = (files(input_shape) if callable(files) else files)[bool(include_top)]
        weights = get_file(file.name, file.origin, cache_subdir="models", file_hash=file.hash)
    if weights is not None:
        model.load_weights(weights)
    return model


def check_weights(weights, include_top, classes):
    """Raises ValueError for weights that there are not."""
    if weights not in ("imagenet", None) and not os.path.exists(weights):
        raise ValueError(
            "The `weights` argument should be either `None` (random initialization), `imagenet` (pre-training on "
            f"ImageNet), or the path to the weights file to be loaded; there is no file {weights!r}."
        )
    if weights == "imagenet" and include_top and classes != 1000:
        raise ValueError(
            f'If using `weights` as `"imagenet"` with `include_top` as true, `classes` should be 1000, and is {classes}'
        )


def image_input(input_tensor, input_shape):
    """The Keras tensor to start from."""
    if input_tensor is None:
        return layers.Input(shape=input_shape)
    if K.is_keras_tensor(input_tensor):
        return input_tensor
    return layers.Input(tensor=input_tensor, shape=input_shape)


def channel_axis(last=3):
    """Where the channels are in a batch of images: 1, or `last`."""
    return 1 if K.image_data_format() == "channels_first" else last


def spatial(shape):
    """The height and the width in the shape of one image."""
    return tuple(shape[1:3] if K.image_data_format() == "channels_first" else shape[:2])


def size_among(sizes, input_shape):
    """The size of square images if it is one of `sizes`, for which weights were published; else 224."""
    height, width = spatial(input_shape) if input_shape else (None, None)
    return height if height == width and height in sizes else 224


def pooled_softmax(pool_name, dense_name):
    """A classifier: the mean of each feature, then one dense layer."""

    def top(x, classes):
        x = layers.GlobalAveragePooling2D(name=pool_name)(x)
        return layers.Dense(classes, activation="softmax", name=dense_name)(x)

    return top


def halving_padding(x, kernel_size):
    """The padding with which a kernel of stride 2 and padding "valid" treats images as TensorFlow's "same" does."""
    sizes = spatial(K.int_shape(x)[1:])
    adjust = (1, 1) if sizes[0] is None else tuple(1 - size % 2 for size in sizes)
    kernel_size = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    return tuple((k // 2 - a, k // 2) for k, a in zip(kernel_size, adjust))


def keras_modules_injection(base_fun):
    """`base_fun` with the modules backend, layers, models and utils as keywords, as keras_applications wants them."""

    def wrapper(*args, **kwargs):
        return base_fun(*args, **{**kwargs, "backend": K, "layers": layers, "models": models, "utils": utils})

    return wrapper
