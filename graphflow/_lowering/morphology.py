"""Rules of `_ops/morphology.py`."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from graphflow._lowering import rule, taps
from graphflow._ops import windows


def _dilation(op, x, profile):
    """The first of equal entries in the order of rows wins, and takes the gradient."""
    strides, rates = op.attrs["strides"], op.attrs["rates"]
    axes = []
    for k in (0, 1):
        row = x.shape[k + 1], profile.shape[k], strides[k + 1], rates[k + 1]
        pads = windows.same_pads(*row) if op.attrs["padding"] == b"SAME" else (0, 0)
        axes.append(taps.Axis(k + 1, *row[:3], *pads, dilation=rates[k + 1]))
    lowest = -jnp.inf if jnp.issubdtype(x.dtype, jnp.floating) else np.iinfo(x.dtype).min
    inside = taps.padded(jnp.ones(x.shape[1:3], bool)[None, :, :, None], axes, False)
    seen_inside = [seen for _, seen in taps.views(inside, axes)]
    best = None
    for (tap, seen), is_there in zip(taps.views(taps.padded(x, axes, 0), axes), seen_inside):
        candidate = jnp.where(is_there, seen + profile[tap], jnp.asarray(lowest, x.dtype))
        best = candidate if best is None else jnp.where(best < candidate, candidate, best)
    return best


def _dilation_2d(ctx, op, x, profile):
    return _dilation(op, jnp.asarray(x), jnp.asarray(profile))


def _backprop(side):
    def emit(ctx, op, x, profile, grad):
        inputs = jnp.asarray(x), jnp.asarray(profile)
        return jax.vjp(lambda *both: _dilation(op, *both), *inputs)[1](jnp.asarray(grad))[side]

    return rule.Compiled(emit)


RULES = {
    "Dilation2D": rule.Compiled(_dilation_2d),
    "Dilation2DBackpropInput": _backprop(0),
    "Dilation2DBackpropFilter": _backprop(1),
}
