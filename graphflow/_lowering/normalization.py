"""Rules of `_ops/normalization.py`: fused batch normalisation, and local response normalisation."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jax import lax

from graphflow._lowering import rule
from graphflow._ops import windows


def _layout(op):
    """(axes to reduce, shape that spreads a vector over the channels)."""
    if windows.channels_first(op.attrs):
        return (0, 2, 3), (1, -1, 1, 1)
    return (0, 1, 2), (1, 1, 1, -1)


def _moments(op, x):
    """(mean, variance, how many values each is of) of a batch."""
    axes, spread = _layout(op)
    mean = jnp.mean(x, axes)
    variance = jnp.mean(jnp.square(x - mean.reshape(spread)), axes)
    return mean, variance, int(np.prod([x.shape[a] for a in axes]))


def _fused(ctx, op, x, scale, offset, mean, variance):
    _, spread = _layout(op)
    wide = jnp.asarray(x).astype(scale.dtype)  # half precision is worked out in single
    moving = variance
    if op.attrs["is_training"]:
        mean, variance, n = _moments(op, wide)
        moving = variance * (n / max(n - 1, 1))
    factor = lax.rsqrt(variance + op.attrs["epsilon"]) * scale
    y = (wide - mean.reshape(spread)) * factor.reshape(spread) + offset.reshape(spread)
    outputs = y.astype(x.dtype), mean, moving, mean, variance, jnp.zeros((), scale.dtype)
    return outputs[: len(op.outputs)]


def _fused_grad(ctx, op, grad, x, scale, mean, variance, *reserve):
    """When training, the moments are taken anew rather than from the reserve: XLA merges that with the forward step's, and
    the second derivative finds that they depend on x."""
    axes, spread = _layout(op)
    wide, g = jnp.asarray(x).astype(scale.dtype), jnp.asarray(grad).astype(scale.dtype)
    if op.attrs["is_training"]:
        mean, variance, n = _moments(op, wide)
    inverse = lax.rsqrt(variance + op.attrs["epsilon"])
    centred = wide - mean.reshape(spread)
    d_offset = jnp.sum(g, axes)
    product = jnp.sum(g * centred, axes)
    factor = (scale * inverse).reshape(spread)
    if op.attrs["is_training"]:
        through_variance = (product * jnp.square(inverse) / n).reshape(spread)
        dx = factor * (g - (d_offset / n).reshape(spread) - centred * through_variance)
    else:
        dx = factor * g
    of_moments = jnp.zeros((0,) if op.attrs["is_training"] else scale.shape, scale.dtype)
    return dx.astype(x.dtype), product * inverse, d_offset, of_moments, of_moments


# -- local response normalisation ----------------------------------------------------------------------------------------


def _around(op, x):
    """The sum over the channels within the radius."""
    radius = min(op.attrs["depth_radius"], x.shape[-1] - 1) if x.shape[-1] else 0
    wide = jnp.pad(x, [(0, 0)] * (x.ndim - 1) + [(radius, radius)])
    parts = [lax.slice_in_dim(wide, k, k + x.shape[-1], 1, x.ndim - 1) for k in range(2 * radius + 1)]
    return sum(parts[1:], parts[0])


def _divisor(op, x):
    return op.attrs["bias"] + op.attrs["alpha"] * _around(op, jnp.square(x))


def _lrn(ctx, op, x):
    x = jnp.asarray(x)
    return x * _divisor(op, x) ** -op.attrs["beta"]


def _lrn_grad(ctx, op, grad, x, y):
    x = jnp.asarray(x)
    alpha, beta = op.attrs["alpha"], op.attrs["beta"]
    divisor = _divisor(op, x)
    return grad * divisor**-beta - (2 * alpha * beta) * x * _around(op, grad * y / divisor)


RULES = {
    "FusedBatchNorm": rule.Compiled(_fused),
    "FusedBatchNormV2": rule.Compiled(_fused),
    "FusedBatchNormV3": rule.Compiled(_fused),
    "FusedBatchNormGrad": rule.Compiled(_fused_grad),
    "FusedBatchNormGradV2": rule.Compiled(_fused_grad),
    "FusedBatchNormGradV3": rule.Compiled(_fused_grad),
    "LRN": rule.Compiled(_lrn),
    "LRNGrad": rule.Compiled(_lrn_grad),
}
