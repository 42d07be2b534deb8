"""Rules of `_ops/fractional_pool.py`."""

from __future__ import annotations

import math
import secrets

import numpy as np

from graphflow._core import errors
from graphflow._lowering import philox, rule


def _sizes(stream, size, places, evenly):
    """(How large each of `places` windows is that cover `size` cells, the blocks of the stream that it took)."""
    least, larger = divmod(size, places)
    if evenly:
        ratio = size / places
        most = min((least + 2) / ratio - 1, (size + 1 - least) / ratio - (places - 1))
        high, low = philox.words(np, stream, 2).tolist()
        start = float(philox.unit(np, (np.uint64(high), np.uint64(low)), np.float64)) * most
        ends = [1, *(math.ceil(ratio * (i + start)) for i in range(1, places)), size + 1]
        return np.diff(ends), 1
    found = [least + 1] * larger + [least] * (places - larger)
    words = philox.words(np, stream, places).tolist()
    for i in range(places - 1):
        other = i + words[i] % (places - i)
        found[i], found[other] = found[other], found[i]
    return found, -(-places // 4)


def _starts(op, size, places, stream):
    if places < 1 or places > size:
        raise errors.InvalidArgumentError(
            None, op, f"pooling_ratio must leave between 1 and {size} places of {size} cells, not {places}"
        )
    found, used = _sizes(stream, size, places, op.attrs["pseudo_random"])
    return np.concatenate([[0], np.cumsum(found)]).astype(np.int64), used


def _stream(op):
    seeds = op.attrs["seed"], op.attrs["seed2"]
    if not op.attrs["deterministic"]:
        if any(seeds):
            raise errors.InvalidArgumentError(None, op, "Both seed and seed2 should be 0 if deterministic is false.")
        seeds = secrets.randbits(63), secrets.randbits(63)
    elif not any(seeds):  # drawn once, and kept: the windows stay the same from run to run
        seeds = _DRAWN.setdefault((id(op.graph), op.name), (secrets.randbits(63), secrets.randbits(63)))
    return philox.stateful(*seeds, np.uint64(0))


_DRAWN: dict[tuple, tuple] = {}


def _windows(starts, overlapping):
    """(first, past the last) of each window."""
    last = int(starts[-1])
    return [(int(a), min(int(b) + overlapping, last)) for a, b in zip(starts[:-1], starts[1:])]


def _each(rows, columns, overlapping):
    """(row, column, the slice of the image) of each window."""
    for i, (top, bottom) in enumerate(_windows(rows, overlapping)):
        for j, (left, right) in enumerate(_windows(columns, overlapping)):
            yield i, j, (slice(None), slice(top, bottom), slice(left, right))


def _pooled(ctx, op, x):
    ratios = op.attrs["pooling_ratio"]
    if ratios[0] != 1 or ratios[3] != 1:
        raise errors.UnimplementedError(None, op, "Fractional pooling is not supported on batch or channel dimension.")
    height, width = (int(size / ratio) for size, ratio in zip(x.shape[1:3], ratios[1:3]))
    stream = _stream(op)
    rows, used = _starts(op, x.shape[1], height, stream)
    columns, _ = _starts(op, x.shape[2], width, stream._replace(block=stream.block + np.uint64(used)))
    y = np.empty((x.shape[0], height, width, x.shape[3]), x.dtype)
    largest = op.type == "FractionalMaxPool"
    for i, j, window in _each(rows, columns, op.attrs["overlapping"]):
        y[:, i, j] = x[window].max((1, 2)) if largest else x[window].mean((1, 2), dtype=x.dtype)
    return y, rows, columns


def _max_gradient(ctx, op, x, y, grad, rows, columns):
    """Each goes to the first of the largest entries of its window."""
    out = np.zeros_like(x)
    images, channels = np.ogrid[: x.shape[0], : x.shape[3]]
    for i, j, window in _each(rows, columns, op.attrs["overlapping"]):
        part = x[window]
        first = part.reshape(part.shape[0], -1, part.shape[3]).argmax(1)
        down, right = np.divmod(first, part.shape[2])
        np.add.at(out[window], (images, down, right, channels), grad[:, i, j])
    return out


def _avg_gradient(ctx, op, shape, grad, rows, columns):
    out = np.zeros(shape, np.float64)
    for i, j, window in _each(rows, columns, op.attrs["overlapping"]):
        part = out[window]
        part += (grad[:, i, j] / (part.shape[1] * part.shape[2]))[:, None, None]
    return out.astype(grad.dtype)


_BECAUSE = "it draws windows of different sizes"
RULES = {
    "FractionalMaxPool": rule.Host(_pooled, because=_BECAUSE),
    "FractionalAvgPool": rule.Host(_pooled, because=_BECAUSE),
    "FractionalMaxPoolGrad": rule.Host(_max_gradient, because=_BECAUSE),
    "FractionalAvgPoolGrad": rule.Host(_avg_gradient, because=_BECAUSE),
}
