"""Rules of `_ops/pool.py`.

Max pooling of images keeps the first of equal entries in the order of rows; its gradient goes there.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from graphflow._core import errors
from graphflow._lowering import rule, taps
from graphflow._ops import windows


def _axes(op, shape, ksize=None, strides=None):
    """The pooled axes of an array of `shape`: all with a window or a stride above 1."""
    ksize = op.attrs["ksize"] if ksize is None else ksize.tolist()
    strides = op.attrs["strides"] if strides is None else strides.tolist()
    if ksize[0] > 1 or strides[0] > 1:
        raise errors.UnimplementedError(None, op, "Pooling is not supported on the batch dimension.")
    found = []
    for axis, (size, window, stride) in enumerate(zip(shape, ksize, strides)):
        if window == stride == 1:
            continue
        before, after = windows.same_pads(size, window, stride) if op.attrs["padding"] == b"SAME" else (0, 0)
        found.append(taps.Axis(axis, size, window, stride, before, after))
    return found


def _lowest(dtype):
    return -jnp.inf if jnp.issubdtype(dtype, jnp.floating) else np.iinfo(dtype).min


# -- the largest ---------------------------------------------------------------------------------------------------------


def _largest(x, axes):
    """Axis by axis, the last one first: so the first of equal entries in the order of rows wins."""
    x = taps.padded(jnp.asarray(x), axes, _lowest(x.dtype))
    for a in reversed(axes):
        best = taps.view(x, a, 0)
        for tap in range(1, a.window):
            seen = taps.view(x, a, tap)
            best = jnp.where(best < seen, seen, best)
        x = best
    return x


def _max_pool(ctx, op, x, *sizes):
    return _largest(x, _axes(op, x.shape, *sizes))


def _winner(x, y, axes):
    """The number of the tap that saw the largest entry first; 0 where none did, as beside a NaN."""
    x = taps.padded(jnp.asarray(x), axes, _lowest(x.dtype))
    winner = jnp.zeros(y.shape, jnp.int32)
    for number, (_, seen) in reversed(list(enumerate(taps.views(x, axes)))):
        winner = jnp.where(seen == y, jnp.int32(number), winner)
    return lax.optimization_barrier(winner)  # else XLA works it out anew for every tap that asks


def _max_pool_grad(ctx, op, x, y, grad, *sizes):
    axes = _axes(op, x.shape, *sizes)
    if not axes:
        return grad
    zero = jnp.zeros((), grad.dtype)
    return taps.gather_back(
        axes, x.ndim, [_winner(x, y, axes), jnp.asarray(grad)], lambda tap, won, g: jnp.where(won == tap, g, zero)
    )


def _max_pool_3d_grad(ctx, op, x, y, grad):
    """In volumes TensorFlow gives the gradient to every one of equal entries."""
    axes = _axes(op, x.shape)
    hits = [seen == y for _, seen in taps.views(taps.padded(jnp.asarray(x), axes, _lowest(x.dtype)), axes)]

    def largest(cells):
        seen = [seen for _, seen in taps.views(taps.padded(cells, axes, 0), axes)]
        return sum(jnp.where(hit, cell, jnp.zeros_like(cell)) for hit, cell in zip(hits, seen))

    return jax.linear_transpose(largest, jax.ShapeDtypeStruct(x.shape, grad.dtype))(grad)[0]


def _max_pool_grad_grad(ctx, op, x, y, grad, *sizes):
    """What lies in `grad` where the largest entries of `x` lie."""
    axes = _axes(op, x.shape, *sizes)
    winner = _winner(x, y, axes)
    total = jnp.zeros(y.shape, grad.dtype)
    for number, (_, seen) in enumerate(taps.views(taps.padded(jnp.asarray(grad), axes, 0), axes)):
        total = jnp.where(winner == number, seen, total)
    return total


# -- with positions ------------------------------------------------------------------------------------------------------


def _max_pool_with_argmax(ctx, op, x):
    axes = _axes(op, x.shape)
    y = _largest(x, axes)
    winner = _winner(x, y, axes)
    n, height, width, depth = x.shape
    index = [np.arange(size).reshape([-1 if a == k else 1 for a in range(4)]) for k, size in enumerate(y.shape)]
    rest = winner
    for a in reversed(axes):
        index[a.axis] = index[a.axis] * a.stride - a.before + rest % a.window
        rest = rest // a.window
    flat = (index[1] * width + index[2]) * depth + index[3]
    if op.attrs["include_batch_in_index"]:
        flat = flat + index[0] * (height * width * depth)
    return y, jnp.broadcast_to(flat, y.shape).astype(op.attrs["Targmax"].as_numpy_dtype)


def _in_batch(op, x, argmax):
    """Positions as rows of (image, place in it) flattened."""
    size = int(np.prod(x.shape[1:]))
    flat = argmax.reshape(argmax.shape[0], -1).astype(jnp.int64)
    return flat if op.attrs["include_batch_in_index"] else flat + np.arange(x.shape[0])[:, None] * size


def _max_pool_grad_with_argmax(ctx, op, x, grad, argmax):
    where = _in_batch(op, x, argmax)
    flat = jnp.zeros(x.size, grad.dtype).at[where].add(grad.reshape(where.shape))
    return flat.reshape(x.shape)


def _max_pool_grad_grad_with_argmax(ctx, op, x, grad, argmax):
    return jnp.asarray(grad).reshape(-1)[_in_batch(op, x, argmax)].reshape(argmax.shape)


# -- the mean ------------------------------------------------------------------------------------------------------------


def _counts(axes, shape, dtype):
    """How many cells of the input lie in each window."""
    total = np.ones([1] * len(shape))
    for a in axes:
        start = np.arange(a.places) * a.stride - a.before
        inside = np.minimum(start + a.window, a.size) - np.maximum(start, 0)
        total = total * inside.reshape([-1 if k == a.axis else 1 for k in range(len(shape))])
    return total.astype(dtype)


def _avg_pool(ctx, op, x):
    axes = _axes(op, x.shape)
    total = taps.padded(jnp.asarray(x), axes, 0)
    for a in axes:
        parts = [taps.view(total, a, tap) for tap in range(a.window)]
        total = sum(parts[1:], parts[0])
    return total / _counts(axes, x.shape, x.dtype)


def _avg_pool_grad(ctx, op, shape, grad):
    shape = tuple(shape.tolist())
    axes = _axes(op, shape)
    if not axes:
        return grad
    return taps.gather_back(axes, len(shape), [grad / _counts(axes, shape, grad.dtype)], lambda tap, share: share)


RULES = {
    "MaxPool": rule.Compiled(_max_pool),
    "MaxPoolV2": rule.Compiled(_max_pool, static=(1, 2)),
    "MaxPool3D": rule.Compiled(_max_pool),
    "MaxPoolGrad": rule.Compiled(_max_pool_grad),
    "MaxPoolGradV2": rule.Compiled(_max_pool_grad, static=(3, 4)),
    "MaxPool3DGrad": rule.Compiled(_max_pool_3d_grad),
    "MaxPoolGradGrad": rule.Compiled(_max_pool_grad_grad),
    "MaxPoolGradGradV2": rule.Compiled(_max_pool_grad_grad, static=(3, 4)),
    "MaxPool3DGradGrad": rule.Compiled(_max_pool_grad_grad),
    "MaxPoolWithArgmax": rule.Compiled(_max_pool_with_argmax),
    "MaxPoolGradWithArgmax": rule.Compiled(_max_pool_grad_with_argmax),
    "MaxPoolGradGradWithArgmax": rule.Compiled(_max_pool_grad_grad_with_argmax),
    "AvgPool": rule.Compiled(_avg_pool),
    "AvgPool3D": rule.Compiled(_avg_pool),
    "AvgPoolGrad": rule.Compiled(_avg_pool_grad, static=(0,)),
    "AvgPool3DGrad": rule.Compiled(_avg_pool_grad, static=(0,)),
}
