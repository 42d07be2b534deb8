"""Images between files, Pillow and arrays."""

import io
import warnings

import numpy as np

from graphflow_keras import _extras
from graphflow_keras import backend as K

_CHANNELS_OF_MODE = {"grayscale": 1, "rgb": 3, "rgba": 4}
_INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "hamming", "box", "lanczos")
_GRAY_MODES = ("L", "I;16", "I")  # read as they are; all others become "L"


class BadImageError(OSError, ValueError):
    """A file that is no image, a damaged one, or one that claims to be larger than Pillow allows."""


def pillow(purpose):
    """The module PIL.Image.

    Raises:
        ImportError: Pillow is not installed.
    """
    return _extras.load("PIL.Image", "image", purpose)


def channels_of(color_mode):
    """How many channels images of a color mode have.

    Raises:
        ValueError: an unknown one.
    """
    if color_mode not in _CHANNELS_OF_MODE:
        raise ValueError(f'color_mode must be "grayscale", "rgb", or "rgba", and is {color_mode!r}')
    return _CHANNELS_OF_MODE[color_mode]


def load_img(path, grayscale=False, color_mode="rgb", target_size=None, interpolation="nearest"):
    """Reads an image.

    Args:
        path: of the file.
        grayscale: the older way to say `color_mode="grayscale"`.
        color_mode: "grayscale", "rgb" or "rgba".
        target_size: `(height, width)`, what to resize it to; None for its own size.
        interpolation: how to resize: "nearest", "bilinear", "bicubic", "hamming", "box" or "lanczos".

    Returns:
        a Pillow image.

    Raises:
        ImportError: Pillow is not installed.
        ValueError: an unknown mode or interpolation; as `BadImageError`, also an OSError: no image that can be read.
    """
    if grayscale:
        warnings.warn('grayscale is deprecated. Please use color_mode = "grayscale"', stacklevel=2)
        color_mode = "grayscale"
    channels_of(color_mode)
    if target_size is not None and interpolation not in _INTERPOLATIONS:
        raise ValueError(
            f"Invalid interpolation method {interpolation} specified. "
            f"Supported methods are {', '.join(_INTERPOLATIONS)}"
        )
    image_module = pillow("load_img")
    with open(path, "rb") as file:
        content = io.BytesIO(file.read())
    try:
        image = image_module.open(content)
        image.load()
    except (OSError, ValueError, SyntaxError, EOFError, image_module.DecompressionBombError) as error:
        raise BadImageError(
            f"{path!r} cannot be read as an image: {str(error).replace(repr(content), 'it')}"
        ) from error
    if color_mode == "grayscale":
        image = image if image.mode in _GRAY_MODES else image.convert("L")
    elif image.mode != color_mode.upper():
        image = image.convert(color_mode.upper())
    if target_size is not None and image.size != (target_size[1], target_size[0]):
        method = getattr(image_module.Resampling, interpolation.upper())
        image = image.resize((target_size[1], target_size[0]), method)
    return image


def array_to_img(x, data_format=None, scale=True, dtype=None):
    """The Pillow image of an array.

    Args:
        x: `[height, width, channels]`, or with the channels first; 1, 3 or 4 channels.
        data_format: "channels_last" or "channels_first"; None for the backend's.
        scale: bool, stretch the values to 0 ... 255.
        dtype: in which to compute; None for `floatx()`.

    Raises:
        ImportError: Pillow is not installed.
        ValueError: another rank, number of channels or data format.
    """
    image_module = pillow("array_to_img")
    data_format = _checked(data_format)
    x = np.asarray(x, dtype or K.floatx())
    if x.ndim != 3:
        raise ValueError(f"Expected image array to have rank 3 (single image). Got array with shape: {x.shape}")
    if data_format == "channels_first":
        x = x.transpose(1, 2, 0)
    if scale:
        x = x - x.min()
        x = x / (x.max() or 1) * 255
    channels = x.shape[2]
    if channels not in _CHANNELS_OF_MODE.values():
        raise ValueError(f"Unsupported channel number: {channels}; an image has 1, 3 or 4")
    if channels == 1:
        return image_module.fromarray(x[:, :, 0].astype("int32" if x.max() > 255 else "uint8"))
    return image_module.fromarray(x.astype("uint8"))


def img_to_array(img, data_format=None, dtype=None):
    """The array of a Pillow image.

    Args:
        img: the image, or an array `[height, width]` or `[height, width, channels]`.
        data_format: "channels_last" or "channels_first"; None for the backend's.
        dtype: None for `floatx()`.

    Returns:
        `[height, width, channels]`, or with the channels first.

    Raises:
        ValueError: another rank or data format.
    """
    data_format = _checked(data_format)
    x = np.asarray(img, dtype=dtype or K.floatx())
    if x.ndim not in (2, 3):
        raise ValueError(f"Unsupported image shape: {x.shape}")
    x = x[:, :, np.newaxis] if x.ndim == 2 else x
    return x.transpose(2, 0, 1) if data_format == "channels_first" else x


def save_img(path, x, data_format=None, file_format=None, scale=True, **kwargs):
    """Writes an array as an image.

    Args:
        path: of the file, or a file.
        x, data_format, scale: as in `array_to_img`.
        file_format: "png", "jpeg" ...; None for what the path ends in.
        kwargs: for `PIL.Image.save`.
    """
    image = array_to_img(x, data_format=data_format, scale=scale)
    if image.mode == "RGBA" and file_format in ("jpg", "jpeg"):
        warnings.warn("The JPG format does not support RGBA images, converting to RGB.", stacklevel=2)
        image = image.convert("RGB")
    image.save(path, format="jpeg" if file_format == "jpg" else file_format, **kwargs)


def _checked(data_format):
    data_format = data_format or K.image_data_format()
    if data_format not in ("channels_first", "channels_last"):
        raise ValueError(f'Unknown data_format: {data_format}; it is "channels_first" or "channels_last"')
    return data_format
