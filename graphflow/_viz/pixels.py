"""Arrays as images: pictures, activation maps, filters, matrices.

What has a sign (weights, gradients) goes from blue over white to red with 0 in white; everything else from black to white.
"""

from __future__ import annotations

import numpy as np

_MOST_TILES = 64
_LONGEST = 200  # pixels of a side; larger arrays are thinned out
_SMALLEST = 120  # pixels of the longer side; smaller arrays are enlarged
_GAP = 0.5  # the share of the colour between two tiles: mid grey
_COLD, _WARM = np.array([33, 102, 172]), np.array([178, 24, 43])


def grey(values):
    """uint8 pixels, black for the least and white for the greatest of the finite values; what is not finite is black."""
    values = np.asarray(values, np.float64)
    finite = np.isfinite(values)
    low, high = (values[finite].min(), values[finite].max()) if finite.any() else (0.0, 0.0)
    scaled = np.where(finite, (np.where(finite, values, low) - low) / ((high - low) or 1.0), 0.0)
    return np.rint(scaled * 255).astype(np.uint8)


def signed(values):
    """uint8 `[..., 3]`: blue below 0, white at 0, red above, as strong as the greatest magnitude allows; NaN is yellow."""
    values = np.asarray(values, np.float64)
    finite = np.isfinite(values)
    scale = (np.abs(values[finite]).max() if finite.any() else 0.0) or 1.0
    share = np.clip(np.where(finite, values, 0.0) / scale, -1, 1)[..., None]
    colour = 255 + np.abs(share) * (np.where(share < 0, _COLD, _WARM) - 255)
    colour = np.where(finite[..., None], colour, np.array([255, 210, 0]))
    return np.rint(colour).astype(np.uint8)


def tiled(tiles, columns=None):
    """Tiles `[n, height, width(, 3)]` of uint8 side by side in a grid, one pixel apart."""
    n, height, width = tiles.shape[:3]
    columns = columns or int(np.ceil(np.sqrt(n)))
    rows = -(-n // columns)
    whole = np.full((rows * (height + 1) - 1, columns * (width + 1) - 1, *tiles.shape[3:]), int(255 * _GAP), np.uint8)
    for i in range(n):
        top, left = i // columns * (height + 1), i % columns * (width + 1)
        whole[top : top + height, left : left + width] = tiles[i]
    return whole


def enlarged(pixels, least=_SMALLEST):
    """Pixels as squares of whole pixels, so that the longer side has at least `least`; what is too long is thinned out."""
    thin = -(-max(pixels.shape[:2]) // _LONGEST)
    pixels = pixels[::thin, ::thin]
    times = max(1, least // max(pixels.shape[:2]))
    return np.repeat(np.repeat(pixels, times, 0), times, 1)


def images(batch, most=16):
    """The first images of a batch `[n, height, width, channels]` with 1, 3 or 4 channels; all on one scale."""
    batch = np.asarray(batch[:most])
    if batch.dtype != np.uint8:
        batch = grey(batch)
    batch = batch[..., 0] if batch.shape[-1] in (1, 2) else batch[..., :3]
    return tiled(batch)


def maps(activations, most=_MOST_TILES):
    """The activation maps `[height, width, channels]` of one example, each on its own scale."""
    return tiled(np.stack([grey(activations[..., c]) for c in range(min(most, activations.shape[-1]))]))


def filters(kernel, most=_MOST_TILES):
    """The filters of a kernel `[height, width, in, out]`: in colour where they see three channels, else one row per channel."""
    taken = kernel[..., :most]
    if kernel.shape[2] == 3:
        return tiled(np.stack([grey(taken[..., i]) for i in range(taken.shape[-1])]))
    if kernel.shape[2] == 1:
        return tiled(signed(np.moveaxis(taken[:, :, 0], -1, 0)))
    rows, columns = min(8, kernel.shape[2]), min(16, taken.shape[-1])
    grid = signed(np.transpose(kernel[:, :, :rows, :columns], (2, 3, 0, 1)))
    return tiled(grid.reshape(-1, *grid.shape[2:]), columns)


def of_value(value, kind=None):
    """Pixels that show an array, or None where a picture says nothing.

    Args:
        value: a NumPy array of numbers.
        kind: "filters" for a kernel `[height, width, in, out]`; None tells it from the shape.
    """
    shape = value.shape
    if value.dtype.kind not in "fiub" or value.size < 4 or 0 in shape:
        return None
    if kind == "filters" and value.ndim == 4 and max(shape[:2]) > 1:
        return enlarged(filters(value))
    if value.ndim == 4 and min(shape[1:3]) > 2 and shape[3] in (1, 3, 4):
        return enlarged(images(value))
    if value.ndim == 4 and min(shape[1:3]) > 1:
        return enlarged(maps(value[0]))
    if value.ndim == 3 and min(shape[1:]) > 2:
        return enlarged(tiled(signed(value[:16])))
    if value.ndim == 2 and min(shape) > 1:
        return enlarged(signed(value))
    return None
