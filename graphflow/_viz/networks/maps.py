"""Filters and activation maps as images: what a layer looks for, and where it finds it."""

from __future__ import annotations

import numpy as np

from graphflow._graph import scopes
from graphflow._viz import pixels, png
from graphflow._viz.networks import drawing

_SIDE = 56  # pixels of a tile, at least
_ACROSS = 8  # tiles in a row


def filters(kernel, session=None, most=32):
    """A drawing of the filters of a convolution, or of the rows of weights that a dense layer compares an image with.

    Args:
        kernel: an array, tensor, variable, name of one, or anything with a `kernel` (a Keras layer): `[height, width, in, out]`; or
            `[height * width, out]` of a layer on square grey images.
        session: where the value of a tensor or variable lies; the default session when None.
        most: how many are drawn.

    Returns:
        a drawing: a notebook shows it, `save` writes an SVG file.

    Raises:
        ValueError: another shape.
    """
    name, value = _value(getattr(kernel, "kernel", kernel), session, None)
    if value.ndim == 2 and int(value.shape[0] ** 0.5) ** 2 == value.shape[0] > 1:
        side = int(value.shape[0] ** 0.5)
        value = value.reshape(side, side, 1, -1)
    if value.ndim != 4:
        raise ValueError(
            f"{name} has the shape {list(value.shape)}: filters are [height, width, in, out], or [height * width, out] where each "
            "unit of a dense layer sees a square grey image"
        )
    high, wide, seen, count = value.shape
    tiles = []
    for i in range(min(most, count)):
        tile = pixels.grey(value[..., i]) if seen == 3 else pixels.signed(_abreast(value[..., i]))
        tiles.append((f"{i}", tile))
    what = f"{count} filters of {high}×{wide}×{seen}"
    return _sheet(f"{name}: {what}", tiles, count)


def _abreast(kernel):
    """The channels of one filter `[height, width, in]` in a grid, up to 16 of them."""
    some = np.moveaxis(kernel[..., :16], -1, 0)
    if len(some) == 1:
        return some[0]
    across = int(np.ceil(np.sqrt(len(some))))
    high, wide = some.shape[1:]
    grid = np.zeros((-(-len(some) // across) * (high + 1) - 1, across * (wide + 1) - 1))
    for i, channel in enumerate(some):
        top, left = i // across * (high + 1), i % across * (wide + 1)
        grid[top : top + high, left : left + wide] = channel
    return grid


def activation_maps(tensor, feed_dict=None, session=None, example=0, most=32):
    """A drawing of the activation maps that a layer gives for one example.

    Args:
        tensor: `[batch, height, width, channels]`, or a Keras layer with such an `output`.
        feed_dict: the input, as for `session.run`.
        session: the default session when None.
        example: its place in the batch.
        most: how many maps are drawn.

    Returns:
        a drawing: a notebook shows it, `save` writes an SVG file.

    Raises:
        ValueError: another shape, or no such example.
    """
    name, value = _value(getattr(tensor, "output", tensor), session, feed_dict)
    if value.ndim != 4 or not -len(value) <= example < len(value):
        raise ValueError(
            f"{name} has the shape {list(value.shape)}: activation maps are [batch, height, width, channels], and example "
            f"{example} must be in the batch"
        )
    high, wide, count = value.shape[1:]
    tiles = [(f"{c}", pixels.grey(value[example, ..., c])) for c in range(min(most, count))]
    return _sheet(f"{name}: {count} activation maps of {high}×{wide}", tiles, count)


def _value(source, session, feed_dict):
    """(name, array) of an array, or of a tensor's value in a session."""
    if isinstance(source, np.ndarray):
        return "array", source
    session = session or scopes.default_session()
    if session is None:
        raise ValueError(
            f"the value of {source!r} lies in a session: give it one with session=..., or use it in a `with session` block"
        )
    return getattr(source, "name", source), np.asarray(session.run(source, feed_dict))


def _sheet(title, tiles, count):
    made = drawing.Drawing(title)
    made.words(drawing.PAD, drawing.PAD + 10, title, "head", "start")
    times = max(1, _SIDE // max(tiles[0][1].shape[:2]))
    high, wide = (n * times for n in tiles[0][1].shape[:2])
    top = drawing.PAD + 24
    for i, (label, tile) in enumerate(tiles):
        x = drawing.PAD + i % _ACROSS * (wide + 12)
        y = top + i // _ACROSS * (high + 26)
        made.image(x, y, wide, high, png.data_uri(tile), label)
        made.rectangle(x, y, wide, high)
        made.words(x + wide / 2, y + high + 13, label, "quiet")
    if count > len(tiles):
        made.words(drawing.PAD, made.height + 18, f"and {count - len(tiles)} more", "quiet", "start")
    return made
