"""Images before, and class names after, a network trained on ImageNet."""

import json
import warnings

import numpy as np

from graphflow_keras import backend as K
from graphflow_keras.utils.data_utils import get_file

_CLASS_INDEX_ORIGIN = "https://storage.googleapis.com/download.tensorflow.org/data/imagenet_class_index.json"
_MODES = {  # mode: (divisor, whether red and blue change places, means to subtract, deviations to divide by)
    "caffe": (None, True, (103.939, 116.779, 123.68), None),
    "tf": (127.5, False, 1.0, None),
    "torch": (255.0, False, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
}


def preprocess_input(x, data_format=None, mode="caffe"):
    """Images as a network expects them; an array of floats is itself changed.

    Args:
        x: an array or tensor `[..., height, width, 3]`, or with the channels first, of rank 3 or 4; 0 to 255.
        data_format: "channels_last" or "channels_first"; None for the backend's.
        mode: "caffe": blue, green, red, less the mean colour of ImageNet; "tf": -1 to 1; "torch": 0 to 1, less the
            mean colour, by the deviation.

    Raises:
        ValueError: an unknown data format or mode.
    """
    data_format = data_format or K.image_data_format()
    if data_format not in ("channels_first", "channels_last"):
        raise ValueError(f"Unknown data_format {data_format}")
    if mode not in _MODES:
        raise ValueError(f"Unknown mode {mode!r}; it is one of {', '.join(_MODES)}")
    divisor, swapped, mean, deviation = _MODES[mode]
    if isinstance(x, np.ndarray):
        dtype = None
        if not np.issubdtype(x.dtype, np.floating):
            x = x.astype(K.floatx())
    else:
        dtype = K.dtype(x)
    first = data_format == "channels_first"

    def per_channel(values):
        array = np.reshape(np.asarray(values, dtype), (-1, 1, 1) if first and np.ndim(values) else -1)
        return array if np.ndim(values) else array.item()

    if divisor is not None:
        x /= divisor
    if swapped:
        x = x[..., ::-1, :, :] if first else x[..., ::-1]
    x -= per_channel(mean)
    if deviation is not None:
        x /= per_channel(deviation)
    return x


def decode_predictions(preds, top=5):
    """The likeliest classes of ImageNet.

    Args:
        preds: `[n, 1000]`, probabilities.
        top: int, how many.

    Returns:
        list of n lists of `top` tuples (WordNet id, name, probability), the likeliest first.

    Raises:
        ValueError: another shape.
    """
    if len(preds.shape) != 2 or preds.shape[1] != 1000:
        raise ValueError(
            "`decode_predictions` expects a batch of predictions (i.e. a 2D array of shape (samples, 1000)). "
            f"Found array with shape: {preds.shape}"
        )
    path = get_file(
        "imagenet_class_index.json",
        _CLASS_INDEX_ORIGIN,
        cache_subdir="models",
        file_hash="c2c37ea517e94d9795004a39431a14cb",
    )
    with open(path, encoding="utf-8") as file:
        classes = json.load(file)
    likeliest = [row.argsort()[-top:][::-1] for row in preds]
    return [[(*classes[str(i)], row[i]) for i in indices] for row, indices in zip(preds, likeliest)]


def _obtain_input_shape(input_shape, default_size, min_size, data_format, require_flatten, weights=None):
    """The shape of one image that an architecture is built for.

    Args:
        input_shape: what was asked for, or None.
        default_size, min_size: ints, of the architecture, in pixels.
        data_format: "channels_last" or "channels_first".
        require_flatten: bool, whether the size has to be known.
        weights: "imagenet" where published weights will be loaded: they need three channels.

    Returns:
        tuple of three, with None for what may vary.

    Raises:
        ValueError: what was asked for cannot be.
    """
    first = data_format == "channels_first"

    def shape_of(height, width, channels):
        return (channels, height, width) if first else (height, width, channels)

    published = weights == "imagenet"
    if input_shape and len(input_shape) != 3:
        raise ValueError(f"`input_shape` must be a tuple of three integers, and is {input_shape}")
    channels = 3
    if input_shape and not published:
        channels = input_shape[0 if first else -1]
        if channels not in (1, 3):
            warnings.warn(
                "This model usually expects 1 or 3 input channels. However, it was passed an input_shape with "
                f"{channels} input channels.",
                stacklevel=4,
            )
    default_shape = shape_of(default_size, default_size, channels)
    if published and require_flatten:
        if input_shape is not None and tuple(input_shape) != default_shape:
            raise ValueError(
                "When setting `include_top=True` and loading `imagenet` weights, "
                f"`input_shape` should be {default_shape}, and is {tuple(input_shape)}."
            )
        return default_shape
    if not input_shape:
        return default_shape if require_flatten else shape_of(None, None, 3)
    input_shape = tuple(input_shape)
    if published and input_shape[0 if first else -1] != 3:
        raise ValueError(f"The input must have 3 channels; got `input_shape={input_shape}`")
    sizes = input_shape[1:] if first else input_shape[:2]
    if any(size is not None and size < min_size for size in sizes):
        raise ValueError(f"Input size must be at least {min_size}x{min_size}; got `input_shape={input_shape}`")
    if require_flatten and None in input_shape:
        raise ValueError(
            f"If `include_top` is True, you should specify a static `input_shape`. Got `input_shape={input_shape}`"
        )
    return input_shape
