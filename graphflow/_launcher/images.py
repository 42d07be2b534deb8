"""The image functions that `scipy.misc` had, on Pillow."""

from __future__ import annotations

import importlib

import numpy as np

_FILTERS = {"nearest": 0, "lanczos": 1, "bilinear": 2, "bicubic": 3, "cubic": 3}  # Pillow's numbers


def _pillow():
    try:
        return importlib.import_module("PIL.Image")
    except ModuleNotFoundError:
        raise ModuleNotFoundError("reading and writing images needs Pillow: pip install pillow") from None


def bytescale(data, cmin=None, cmax=None, high=255, low=0):
    """An array as uint8, with `cmin` (its minimum where None) at `low` and `cmax` at `high`."""
    data = np.asarray(data)
    if data.dtype == np.uint8:
        return data
    cmin = data.min() if cmin is None else cmin
    cmax = data.max() if cmax is None else cmax
    scale = float(cmax - cmin) or 1.0
    return (np.clip((data - cmin) * ((high - low) / scale) + low, low, high) + 0.5).astype(np.uint8)


def toimage(arr, high=255, low=0, cmin=None, cmax=None, mode=None, channel_axis=None):
    """An array `[height, width]` or `[height, width, 3 or 4]` as a Pillow image, scaled to bytes."""
    made = _pillow().fromarray(bytescale(arr, cmin, cmax, high, low))
    return made.convert(mode) if mode else made


def fromimage(im, flatten=False, mode=None):
    """A Pillow image as an array; grey float32 where `flatten`."""
    im = im.convert(mode) if mode else im.convert("RGB") if im.mode == "P" else im
    return np.array(im.convert("F") if flatten else im)


def imread(name, flatten=False, mode=None):
    """The array of an image file."""
    return fromimage(_pillow().open(name), flatten, mode)


def imsave(name, arr, format=None):
    """Writes an array as an image file, scaled to bytes."""
    toimage(arr).save(name, format)


def imresize(arr, size, interp="bilinear", mode=None):
    """An array as an image of another size: an int for percent, a float for a factor, or (height, width)."""
    im = toimage(arr, mode=mode)
    if isinstance(size, int | np.integer):
        size = size / 100.0
    if isinstance(size, float | np.floating):
        width, height = (int(n * size) for n in im.size)
    else:
        height, width = size
    return fromimage(im.resize((width, height), _FILTERS[interp]))


def imrotate(arr, angle, interp="bilinear"):
    """An array as an image turned by `angle` degrees."""
    return fromimage(toimage(arr).rotate(angle, resample=_FILTERS[interp]))
