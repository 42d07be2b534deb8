"""Rules of `_ops/glimpse.py`."""

from __future__ import annotations

import zlib

import jax.numpy as jnp
import numpy as np

from graphflow._lowering import boxes as boxes_lib
from graphflow._lowering import philox, rule


def _extract_glimpse(ctx, op, images, size, offsets):
    attrs = op.attrs
    images, offsets = jnp.asarray(images), jnp.asarray(offsets)
    window, whole = np.asarray(size, np.float32), np.array(images.shape[1:3], np.float32)
    place = offsets * whole if attrs["normalized"] else offsets
    if attrs["centered"]:
        place = place / 2 + whole / 2
    first = jnp.trunc(place - window / 2).astype(jnp.int32)
    rows, columns = (first[:, axis, None] + np.arange(int(size[axis]), dtype=np.int32) for axis in (0, 1))
    height, width = images.shape[1:3]
    inside = ((rows >= 0) & (rows < height))[:, :, None] & ((columns >= 0) & (columns < width))[:, None, :]
    batch = np.arange(images.shape[0])[:, None, None]
    seen = images[batch, jnp.clip(rows, 0, height - 1)[:, :, None], jnp.clip(columns, 0, width - 1)[:, None, :]]
    return jnp.where(inside[..., None], seen, _noise(ctx, op, images, seen.shape))


def _noise(ctx, op, images, shape):
    """Numbers like those of the images; the stream is the operation's own."""
    count = int(np.prod(shape))
    offset, seed = ctx.counter(op, count), zlib.crc32(op.name.encode())
    if op.attrs["uniform_noise"]:
        low, high = jnp.min(images), jnp.max(images)
        return philox.random_uniform(jnp, seed, 1, offset, shape, np.float32) * (high - low) + low
    return philox.random_standard_normal(jnp, seed, 1, offset, shape, np.float32) * jnp.std(images) + jnp.mean(images)


def _combined_suppression(ctx, op, boxes, scores, per_class, total, threshold, least):
    per_class, total = int(per_class), int(total)
    classes = scores.shape[2]
    size = min(total, per_class * classes) if op.attrs["pad_per_class"] else total
    out = np.zeros((len(boxes), size, 4), np.float32), *(np.zeros((len(boxes), size), np.float32) for _ in range(2))
    counts = np.zeros(len(boxes), np.int32)
    for n, (all_boxes, all_scores) in enumerate(zip(boxes, scores)):
        found = []
        for c in range(classes):
            own = all_boxes[:, c if all_boxes.shape[1] > 1 else 0]
            chosen = boxes_lib.suppressed(
                op, all_scores[:, c], per_class, threshold, least, lambda i, own=own: boxes_lib.overlaps(own, i)
            )
            found += [(all_scores[i, c], c, own[i]) for i in chosen]
        found.sort(key=lambda row: -row[0])
        counts[n] = min(len(found), size)
        for k, (score, c, box) in enumerate(found[:size]):
            out[0][n, k] = np.clip(box, 0, 1) if op.attrs["clip_boxes"] else box
            out[1][n, k], out[2][n, k] = score, c
    return *out, counts


RULES = {
    "ExtractGlimpse": rule.Compiled(_extract_glimpse, static=(1,), draws=True),
    "CombinedNonMaxSuppression": rule.Host(_combined_suppression, because="how many boxes stay depends on them"),
}
