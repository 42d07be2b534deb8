"""Rule of SampleDistortedBoundingBox: TensorFlow's boxes, drawn until one covers enough of an object."""

from __future__ import annotations

import itertools

import numpy as np

from graphflow._core import errors
from graphflow._lowering import philox, rule

_EPSILON = 1e-7


class _Numbers:
    """Random numbers one after the other."""

    def __init__(self, stream, blocks):
        self._words = itertools.cycle(philox.words(np, stream, 4 * blocks).tolist())

    def below(self, limit):
        return next(self._words) % limit

    def unit(self):
        bits = np.uint32(next(self._words) & 0x7FFFFF | 127 << 23)
        return bits.view(np.float32) - np.float32(1)


def _rounded(x):
    return int(np.rint(np.float32(x)))


def _crop(numbers, height, width, areas, ratio):
    """(top, left, height, width) of a random crop with that ratio of its sides and an area in range; None where it fails."""
    least, most = (np.float32(part) * np.float32(width) * np.float32(height) for part in areas)
    low, high = _rounded(np.sqrt(least / ratio)), _rounded(np.sqrt(most / ratio))
    if _rounded(high * ratio) > width:
        high = int((width + 0.5 - _EPSILON) / float(ratio))
    high = min(high, height)
    rows = min(low, high)
    if rows < high:
        rows += numbers.below(high - rows + 1)
    columns = _rounded(rows * ratio)
    if rows * columns < least:
        rows += 1
        columns = _rounded(rows * ratio)
    if rows * columns > most:
        rows -= 1
        columns = _rounded(rows * ratio)
    if not (least <= rows * columns <= most and 0 < rows <= height and 0 < columns <= width):
        return None
    top = numbers.below(height - rows) if rows < height else 0
    left = numbers.below(width - columns) if columns < width else 0
    return top, left, rows, columns


def _covers(crop, boxes, least):
    """Whether a crop covers enough of one of the boxes, `[n, 4]` in pixels."""
    top, left, rows, columns = crop
    for box in boxes:
        area = (box[2] - box[0]) * (box[3] - box[1])
        common = [min(top + rows, box[2]) - max(top, box[0]), min(left + columns, box[3]) - max(left, box[1])]
        if area >= 1 and max(common[0], 0) * max(common[1], 0) / area >= least:
            return True
    return False


def _sample(ctx, op, image_size, boxes, least=None):
    attrs, (height, width) = op.attrs, image_size[:2].tolist()
    least = float(attrs["min_object_covered"] if least is None else least)
    if height <= 0 or width <= 0:
        raise errors.InvalidArgumentError(
            None, op, f"Image height and width must be positive, got {height} and {width}"
        )
    if not np.all((boxes >= 0) & (boxes <= 1)):
        raise errors.InvalidArgumentError(None, op, "All bounding box coordinates must be in [0.0, 1.0]")
    pixels = (boxes.reshape(-1, 4) * np.float32([height, width, height, width])).astype(np.int64)
    if not len(pixels):
        if not attrs["use_image_if_no_bounding_boxes"]:
            raise errors.InvalidArgumentError(
                None, op, "No bounding boxes provided as input. One must enable use_image_if_no_bounding_boxes if you wish to "
                "not provide any bounding boxes."
            )  # fmt: skip
        pixels = np.array([[0, 0, height, width]])
    tries = attrs["max_attempts"]
    stream = philox.stateful(attrs["seed"], attrs["seed2"], ctx.counter(op, tries))
    numbers, found = _Numbers(stream, tries), (0, 0, height, width)
    narrow, wide = map(np.float32, attrs["aspect_ratio_range"])
    for _ in range(tries):
        crop = _crop(numbers, height, width, attrs["area_range"], numbers.unit() * (wide - narrow) + narrow)
        if crop is not None and _covers(crop, pixels.tolist(), least):
            found = crop
            break
    top, left, rows, columns = found
    kind = attrs["T"].as_numpy_dtype
    sides = np.float32([height, width, height, width])
    box = np.float32([top, left, top + rows, left + columns]) / sides
    return np.array([top, left, 0], kind), np.array([rows, columns, -1]).astype(kind), box.reshape(1, 1, 4)


_ROW = rule.Host(_sample, because="it draws until a box fits", draws=True)
RULES = {"SampleDistortedBoundingBox": _ROW, "SampleDistortedBoundingBoxV2": _ROW}
