"""What rules with indices share: the guard that names the first index out of range, and index tuples."""

from __future__ import annotations

import numpy as np

from graphflow._core import shapes
from graphflow._lowering.rule import xp


def _first(np_, bad):
    """Whether any is true, and the coordinates of the first that is."""
    flat = bad.reshape(-1)
    if flat.size == 0:
        return np.False_, ()
    where = np_.argmax(flat)
    return flat.any(), np_.unravel_index(where, bad.shape) if bad.shape else ()


def guard_range(ctx, op, indices, size, text, low=0):
    """Guards that all of `indices` lie in [low, size).

    Args:
        text: the message; `{at}` stands for the place such as `[1,0]`, `{value}` for the index, `{size}` for `size`.
    """
    np_ = xp(indices)
    failed, place = _first(np_, (indices < low) | (indices >= size))
    if failed is np.False_:
        return
    value = indices.reshape(-1)[np_.ravel_multi_index(place, indices.shape, mode="clip")] if place else indices
    at = "[" + ",".join("{}" for _ in place) + "]" if place else ""
    message = text.replace("{at}", at).replace("{value}", "{}").replace("{size}", str(size))
    ctx.guard(failed, op, message, *place, value)


def guard_tuples(ctx, op, indices, dims, what):
    """Guards that the index tuples in the last axis of `indices` lie inside an array of shape `dims`.

    Args:
        what: "param shape" or "shape", as the message says it.
    """
    depth = indices.shape[-1]
    if depth == 0:
        return
    np_ = xp(indices)
    limits = np.array(dims[:depth], indices.dtype)
    failed, place = _first(np_, ((indices < 0) | (indices >= limits)).any(axis=-1))
    if failed is np.False_:
        return
    rows = indices.reshape(-1, depth)
    row = rows[np_.ravel_multi_index(place, indices.shape[:-1], mode="clip")] if place else rows[0]
    at = "[" + ",".join("{}" for _ in place) + "]" if place else ""
    tuple_text = ", ".join("{}" for _ in range(depth))
    message = f"indices{at} = [{tuple_text}] does not index into {what} {shapes.to_text(tuple(dims))}"
    ctx.guard(failed, op, message, *place, *[row[k] for k in range(depth)])


def index_tuple(indices):
    """The last axis of `indices` as a tuple of index arrays, one an axis."""
    return tuple(indices[..., k] for k in range(indices.shape[-1]))
