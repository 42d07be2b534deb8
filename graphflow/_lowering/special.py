"""Rules of `_ops/special.py`."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import lax
from jax.scipy import special

from graphflow._lowering import rule


def _row(function, fixed=0):
    """A row for a function of JAX; by its first `fixed` inputs neither JAX nor TensorFlow differentiates."""

    def emit(ctx, op, *inputs):
        inputs = [lax.stop_gradient(jnp.asarray(x)) if i < fixed else jnp.asarray(x) for i, x in enumerate(inputs)]
        return function(*(jnp.broadcast_arrays(*inputs) if len(inputs) > 1 else inputs))

    return rule.Compiled(emit)


@jax.custom_jvp
def _zeta(x, q):
    return lax.zeta(x, q)


_zeta.defjvps(None, lambda tangent, out, x, q: -x * _zeta(x + 1, q) * tangent)


RULES = {
    "Erf": _row(lax.erf),
    "Erfc": _row(lax.erfc),
    "Lgamma": _row(lax.lgamma),
    "Digamma": _row(lax.digamma),
    "Polygamma": _row(lax.polygamma, fixed=1),
    "Zeta": _row(_zeta, fixed=1),
    "Igamma": _row(lax.igamma),
    "Igammac": _row(lax.igammac),
    "IgammaGradA": _row(lax.igamma_grad_a),
    "Betainc": _row(lax.betainc, fixed=2),
    "BesselI0e": _row(special.i0e),
    "BesselI1e": _row(special.i1e),
}
