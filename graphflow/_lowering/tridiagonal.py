"""Rules of `_ops/tridiagonal.py`."""

from __future__ import annotations

import jax.numpy as jnp

from graphflow._lowering import rule


def _product(ctx, op, above, main, below, x):
    above, main, below = (jnp.asarray(d)[..., 0, :, None] for d in (above, main, below))
    x = jnp.asarray(x)
    nothing = jnp.zeros_like(x[..., :1, :])
    after = jnp.concatenate([x[..., 1:, :], nothing], -2)
    before = jnp.concatenate([nothing, x[..., :-1, :]], -2)
    return above * after + main * x + below * before


def _solve(ctx, op, diagonals, rhs):
    """By a dense matrix: XLA's own solver exchanges no rows, and fails where a leading part is singular."""
    diagonals, size = jnp.asarray(diagonals), diagonals.shape[-1]
    unit = jnp.eye(size, dtype=diagonals.dtype)
    above, main, below = (diagonals[..., i, :, None] for i in range(3))
    matrix = above * jnp.eye(size, k=1, dtype=unit.dtype) + main * unit + below * jnp.eye(size, k=-1, dtype=unit.dtype)
    batch = jnp.broadcast_shapes(matrix.shape[:-2], rhs.shape[:-2])
    matrix = jnp.broadcast_to(matrix, batch + matrix.shape[-2:])
    return jnp.linalg.solve(matrix, jnp.broadcast_to(rhs, batch + rhs.shape[-2:]))


RULES = {"TridiagonalMatMul": rule.Compiled(_product), "TridiagonalSolve": rule.Compiled(_solve)}
