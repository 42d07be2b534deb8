"""Derived gradients: the pullback that the forward operation left, or a fresh jax.vjp where it ran elsewhere."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from graphflow._lowering import emit, rule, table


def _derived_gradient(ctx, op, *values):
    forward = op.graph.get_operation_by_name(op.attrs["forward"].decode())
    n = len(forward.inputs)
    inputs, grads = values[:n], values[n:]
    shared = ctx.pullbacks.get(forward)
    if shared is None:
        shared = _fresh(ctx, forward, inputs)
    where, outputs, pullback = shared
    cotangents = [jax.tree.map(zero_cotangent, out) for out in outputs]
    for i, g in zip(op.attrs["given"], grads):
        cotangents[i] = g if hasattr(g, "shape") else cotangents[i]
    found = dict(zip(where, pullback(tuple(cotangents))))
    return tuple(found[i] for i in op.attrs["wrt"])


def zero_cotangent(out):
    """The zero gradient of an output; integers have one of type float0."""
    if jnp.issubdtype(out.dtype, jnp.inexact):
        return jnp.zeros(out.shape, out.dtype)
    return np.zeros(out.shape, jax.dtypes.float0)


def _fresh(ctx, forward, inputs):
    row = table.row_of(forward)
    where = emit.differentiable(inputs)

    def run(*chosen):
        full = list(inputs)
        for i, value in zip(where, chosen):
            full[i] = value
        out = row.emit(ctx, forward, *full)
        return tuple(out) if isinstance(out, (tuple, list)) else (out,)

    outputs, pullback, _ = jax.vjp(ctx.pure(run), *[jnp.asarray(inputs[i]) for i in where], has_aux=True)
    return where, outputs, pullback


RULES = {"DerivedGradient": rule.Compiled(_derived_gradient)}
