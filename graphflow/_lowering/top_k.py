"""Rules of `_ops/top_k.py`."""

from __future__ import annotations

import jax.numpy as jnp
from jax import lax

from graphflow._lowering import rule


def _top_k(ctx, op, x, *k):
    k = int(k[0]) if k else op.attrs["k"]
    ctx.guard(k < 0, op, f"Need k >= 0, got {k}")
    ctx.guard(x.shape[-1] < k, op, f"input must have at least k columns. Had {x.shape[-1]}, needed {k}")
    values, indices = lax.top_k(jnp.asarray(x), k)
    return values, indices.astype(jnp.int32)


def _in_top_k(ctx, op, predictions, targets, *k):
    """Better classes are counted; a row with an infinite prediction or a target out of range has no answer."""
    k = k[0] if k else op.attrs["k"]
    predictions, targets = jnp.asarray(predictions), jnp.asarray(targets)
    classes = predictions.shape[1]
    inside = (targets >= 0) & (targets < classes)
    chosen = jnp.take_along_axis(predictions, jnp.where(inside, targets, 0)[:, None], axis=1)
    better = jnp.sum(predictions > chosen, axis=1)
    return inside & jnp.all(jnp.isfinite(predictions), axis=1) & (better < k)


def _nth_element(ctx, op, x, n):
    x, width = jnp.asarray(x), x.shape[-1]
    ctx.guard((n < 0) | (n >= width), op, "Input must be at least rank 1 and n in [0, last dimension), got n = {}", n)
    place = width - 1 - n if op.attrs["reverse"] else n
    return jnp.take(jnp.sort(x, axis=-1), place, axis=-1, mode="clip")


RULES = {
    "TopK": rule.Compiled(_top_k, guards=True),
    "TopKV2": rule.Compiled(_top_k, static=(1,), guards=True),
    "InTopK": rule.Compiled(_in_top_k),
    "InTopKV2": rule.Compiled(_in_top_k),
    "NthElement": rule.Compiled(_nth_element, guards=True),
}
