"""Rules of `_ops/beam_search.py`."""

from __future__ import annotations

import jax.numpy as jnp
from jax import lax

from graphflow._lowering import rule


def _gather_tree(ctx, op, ids, parents, lengths, end_token):
    """Backwards in time: `beam` is where each final beam stands at a step; then all behind the first end token is filled."""
    ids, parents, lengths = jnp.asarray(ids), jnp.asarray(parents), jnp.asarray(lengths)
    time, batch, beams = ids.shape
    own = jnp.broadcast_to(jnp.arange(beams, dtype=ids.dtype), (batch, beams))
    last = jnp.minimum(lengths, time)[:, None] - 1

    def back(beam, row):
        step, symbols, before = row
        inside = step <= last
        found = jnp.where(inside, jnp.take_along_axis(symbols, beam, axis=1, mode="clip"), end_token)
        parent = jnp.where(inside, jnp.take_along_axis(before, beam, axis=1, mode="clip"), own)
        bad = inside & (step > 0) & ((parent < 0) | (parent >= beams))
        return parent, (found, bad)

    _, (found, bad) = lax.scan(back, own, (jnp.arange(time), ids, parents), reverse=True)
    ctx.guard(jnp.any(bad), op, f"Saw invalid parent id: parent_ids must be in [0, {beams})")
    ended = jnp.cumsum(found == end_token, axis=0, dtype=jnp.int32) > 0
    return jnp.where(ended, end_token, found)


RULES = {"GatherTree": rule.Compiled(_gather_tree, guards=True)}
