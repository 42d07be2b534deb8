"""Rules of `_ops/image_boxes.py`."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from graphflow._core import errors
from graphflow._lowering import rule

_COLORS = np.array(
    [
        [1, 1, 0, 1], [0, 0, 1, 1], [1, 0, 0, 1], [0, 1, 0, 1], [0.5, 0, 0.5, 1], [0.5, 0.5, 0, 1], [0.5, 0, 0, 1],
        [0, 0, 0.5, 1], [0, 1, 1, 1], [1, 0, 1, 1],
    ],
    np.float32,
)  # fmt: skip

# -- drawing -------------------------------------------------------------------------------------------------------------


def _draw(ctx, op, images, boxes, colors=None):
    out, (_, height, width, depth) = np.array(images), images.shape
    if colors is None or not colors.size:
        colors = _COLORS.copy()
        if depth == 1:
            colors[:, 0] = 1
    for image, its_boxes in zip(out, boxes):
        for number, box in enumerate(its_boxes):
            _draw_one(image, box, colors[number % len(colors)][:depth], height, width)
    return out


def _draw_one(image, box, color, height, width):
    ends = np.float32([height - 1, width - 1, height - 1, width - 1])
    top, left, bottom, right = np.trunc(box.astype(np.float32) * ends).astype(np.int64).tolist()
    rows = slice(max(top, 0), min(bottom, height - 1) + 1)
    columns = slice(max(left, 0), min(right, width - 1) + 1)
    if top > bottom or left > right or top >= height or bottom < 0 or left >= width or right < 0:
        return
    if top >= 0:
        image[top, columns] = color
    if bottom < height:
        image[bottom, columns] = color
    if left >= 0:
        image[rows, left] = color
    if right < width:
        image[rows, right] = color


# -- suppression ---------------------------------------------------------------------------------------------------------


def overlaps(boxes, one):
    """How much of what a box and each of others cover is common to both."""
    low, high = np.minimum(boxes[:, :2], boxes[:, 2:]), np.maximum(boxes[:, :2], boxes[:, 2:])
    common = np.clip(np.minimum(high, high[one]) - np.maximum(low, low[one]), 0, None).prod(1)
    areas = (high - low).prod(1)
    union = areas + areas[one] - common
    return np.where((areas > 0) & (areas[one] > 0), common / np.where(union > 0, union, 1), 0).astype(np.float32)


def suppressed(op, scores, most, threshold, least, overlap_with):
    """The numbers of the boxes that stay; `overlap_with(i)` gives the overlaps of box i with all."""
    if not 0 <= threshold <= 1 and op.type != "NonMaxSuppressionWithOverlaps":
        raise errors.InvalidArgumentError(None, op, f"iou_threshold must be in [0, 1], got {float(threshold)}")
    gone, chosen = ~(scores > least), []
    for i in np.argsort(-scores, kind="stable"):
        if len(chosen) >= most:
            break
        if not gone[i]:
            chosen.append(i)
            gone |= overlap_with(i) > threshold
    return np.array(chosen, np.int32)


def _check_boxes(op, boxes, scores):
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        raise errors.InvalidArgumentError(None, op, f"boxes must be [boxes, 4], got {list(boxes.shape)}")
    if scores.shape != boxes.shape[:1]:
        raise errors.InvalidArgumentError(
            None, op, f"scores has incompatible shape: {list(scores.shape)} for {len(boxes)} boxes"
        )


def _suppress(ctx, op, boxes, scores, most, threshold=None, least=-np.inf):
    _check_boxes(op, boxes, scores)
    threshold = op.attrs["iou_threshold"] if threshold is None else threshold
    return suppressed(op, scores, int(most), threshold, least, lambda i: overlaps(boxes, i))


def _suppress_padded(ctx, op, boxes, scores, most, threshold, least):
    chosen = _suppress(ctx, op, boxes, scores, most, threshold, least)
    count = np.int32(len(chosen))
    if op.attrs["pad_to_max_output_size"]:
        chosen = np.pad(chosen, (0, int(most) - len(chosen)))
    return chosen, count


def _suppress_softly(ctx, op, boxes, scores, most, threshold, least, sigma):
    """As usual, but where sigma is positive scores also fall by a Gaussian of the overlap with boxes that stay."""
    _check_boxes(op, boxes, scores)
    now, left, chosen = scores.copy(), scores > least, []
    while left.any() and len(chosen) < int(most):
        best = int(np.argmax(np.where(left, now, -np.inf)))
        chosen.append(best)
        left[best] = False
        overlap = overlaps(boxes, best)
        if sigma > 0:
            now = np.where(left, now * np.exp(-0.5 / sigma * overlap**2), now).astype(scores.dtype)
        left &= (overlap <= threshold) & (now > least)
    numbers, kept = np.array(chosen, np.int32), now[chosen].astype(scores.dtype)
    count = np.int32(len(chosen))
    if op.attrs["pad_to_max_output_size"]:
        more = (0, int(most) - len(chosen))
        numbers, kept = np.pad(numbers, more), np.pad(kept, more)
    return numbers, kept, count


def _suppress_by_overlaps(ctx, op, overlaps, scores, most, threshold, least):
    return suppressed(op, scores, int(most), threshold, least, lambda i: overlaps[i])


# -- crops ---------------------------------------------------------------------------------------------------------------


def _places(low, high, old, new):
    """`[boxes, new]`: where the rows of crops lie in the image."""
    if new == 1:
        return (0.5 * (low + high) * (old - 1))[:, None]
    step = (high - low) * (old - 1) / (new - 1)
    return (low * (old - 1))[:, None] + jnp.arange(new, dtype=np.float32) * step[:, None]


def _crop_and_resize(ctx, op, image, boxes, owners, size):
    image, boxes = jnp.asarray(image).astype(np.float32), jnp.asarray(boxes)
    (batch, height, width, _), (new_height, new_width) = image.shape, np.asarray(size).tolist()
    if min(new_height, new_width) <= 0:
        raise errors.InvalidArgumentError(None, op, "crop dimensions must be positive")
    owners = jnp.asarray(owners)
    if owners.shape != boxes.shape[:1]:
        raise errors.InvalidArgumentError(
            None, op, f"box_index must name an image for each of {boxes.shape[0]} boxes, got {list(owners.shape)}"
        )
    ctx.guard(((owners < 0) | (owners >= batch)).any(), op, "box_index has values outside [0, batch_size)")
    rows = _places(boxes[:, 0], boxes[:, 2], height, new_height)
    columns = _places(boxes[:, 1], boxes[:, 3], width, new_width)
    inside = ((rows >= 0) & (rows <= height - 1))[:, :, None] & ((columns >= 0) & (columns <= width - 1))[:, None, :]

    def at(y, x):
        y, x = jnp.clip(y, 0, height - 1).astype(np.int32), jnp.clip(x, 0, width - 1).astype(np.int32)
        return image[jnp.clip(owners, 0, batch - 1)[:, None, None], y[:, :, None], x[:, None, :]]

    if op.attrs["method"] == b"nearest":
        crops = at(jnp.floor(rows + 0.5), jnp.floor(columns + 0.5))
    else:
        top, left = jnp.floor(rows), jnp.floor(columns)
        down, right = (rows - top)[:, :, None, None], (columns - left)[:, None, :, None]
        bottom, far = jnp.ceil(rows), jnp.ceil(columns)
        above = at(top, left) + (at(top, far) - at(top, left)) * right
        below = at(bottom, left) + (at(bottom, far) - at(bottom, left)) * right
        crops = above + (below - above) * down
    return jnp.where(inside[..., None], crops, np.float32(op.attrs["extrapolation_value"]))


_CHOSEN = "how many boxes stay depends on values"
RULES = {
    "DrawBoundingBoxes": rule.Host(_draw, because="it draws one box after the other"),
    "DrawBoundingBoxesV2": rule.Host(_draw, because="it draws one box after the other"),
    "NonMaxSuppression": rule.Host(_suppress, because=_CHOSEN),
    "NonMaxSuppressionV2": rule.Host(_suppress, because=_CHOSEN),
    "NonMaxSuppressionV3": rule.Host(_suppress, because=_CHOSEN),
    "NonMaxSuppressionV4": rule.Host(_suppress_padded, because=_CHOSEN),
    "NonMaxSuppressionV5": rule.Host(_suppress_softly, because=_CHOSEN),
    "NonMaxSuppressionWithOverlaps": rule.Host(_suppress_by_overlaps, because=_CHOSEN),
    "CropAndResize": rule.Compiled(_crop_and_resize, static=(3,), guards=True),
}
