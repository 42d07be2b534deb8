"""Rules of `_ops/special.py`."""

from __future__ import annotations

import jax.numpy as jnp
from jax import lax
from jax.scipy import special

from graphflow._lowering.rule import Compiled


def _row(function):
    def emit(ctx, op, *inputs):
        inputs = [jnp.asarray(x) for x in inputs]
        return function(*(jnp.broadcast_arrays(*inputs) if len(inputs) > 1 else inputs))

    return Compiled(emit)


RULES = {
    "Erf": _row(lax.erf),
    "Erfc": _row(lax.erfc),
    "Lgamma": _row(lax.lgamma),
    "Digamma": _row(lax.digamma),
    "Polygamma": _row(lax.polygamma),
    "Zeta": _row(lax.zeta),
    "Igamma": _row(lax.igamma),
    "Igammac": _row(lax.igammac),
    "IgammaGradA": _row(lax.igamma_grad_a),
    "Betainc": _row(lax.betainc),
    "BesselI0e": _row(special.i0e),
    "BesselI1e": _row(special.i1e),
}
