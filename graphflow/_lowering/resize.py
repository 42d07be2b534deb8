"""Rules of resizing: for each new row and column, which old ones it is made of and with what weights.

All that follows from the sizes, so it is worked out with NumPy while tracing, in float32 as TensorFlow does.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from graphflow._core import errors
from graphflow._lowering import rule

_ONE = np.float32(1)
_TABLE = 1024  # the cubic kernel is tabulated at so many places


def _scale(op, old, new):
    if op.attrs["align_corners"] and new > 1:
        return np.float32((old - 1) / np.float32(new - 1))
    return np.float32(old / np.float32(new))


def _places(op, old, new):
    """Where the centres of new pixels lie among the old ones."""
    at = np.arange(new, dtype=np.float32)
    if op.attrs.get("half_pixel_centers"):
        return (at + np.float32(0.5)) * _scale(op, old, new) - np.float32(0.5)
    return at * _scale(op, old, new)


def _sizes(op, x, size):
    size = np.asarray(size).tolist()
    if min(size) <= 0:
        raise errors.InvalidArgumentError(None, op, "output dimensions must be positive")
    if 0 in x.shape[1:3]:
        raise errors.InvalidArgumentError(None, op, "input image must be of non-zero size")
    if op.attrs["align_corners"] and op.attrs.get("half_pixel_centers"):
        raise errors.InvalidArgumentError(None, op, "If half_pixel_centers is True, align_corners must be False.")
    return size


def _along(x, axis, indices, weights):
    """The sum of `weights[k]` times the rows `indices[k]` of `x`."""
    shape = [1] * x.ndim
    shape[axis] = -1
    return sum(
        jnp.take(x, i, axis=axis, mode="clip") * w.astype(x.dtype).reshape(shape) for i, w in zip(indices, weights)
    )


# -- bilinear ------------------------------------------------------------------------------------------------------------


def _linear(op, old, new):
    at = _places(op, old, new)
    lower = np.floor(at)
    below = np.maximum(lower.astype(np.int64), 0)
    above = np.minimum(np.ceil(at).astype(np.int64), old - 1)
    return below, above, at - lower


def _between(x, axis, below, above, part):
    shape = [1] * x.ndim
    shape[axis] = -1
    first = jnp.take(x, below, axis=axis, mode="clip")
    second = jnp.take(x, above, axis=axis, mode="clip")
    return first + (second - first) * part.astype(x.dtype).reshape(shape)


def _bilinear_of(op, x, height, width):
    x = _between(x, 2, *_linear(op, x.shape[2], width))
    return _between(x, 1, *_linear(op, x.shape[1], height))


def _bilinear(ctx, op, x, size):
    height, width = _sizes(op, x, size)
    return _bilinear_of(op, jnp.asarray(x).astype(np.float32), height, width)


def _gradient_of(function):
    """The gradient with respect to the image of `function(op, image, height, width)`."""

    def emit(ctx, op, grad, image):
        zeros = jnp.zeros(image.shape, np.float32)
        _, pullback = jax.vjp(lambda x: function(op, x, *grad.shape[1:3]), zeros)
        return pullback(jnp.asarray(grad))[0].astype(image.dtype)

    return emit


# -- nearest -------------------------------------------------------------------------------------------------------------


def _nearest_rows(op, old, new):
    at = np.arange(new, dtype=np.float32)
    if op.attrs["half_pixel_centers"]:
        at = at + np.float32(0.5)
    at = at * _scale(op, old, new)
    at = np.floor(at + np.float32(0.5)) if op.attrs["align_corners"] else np.floor(at)
    return np.clip(at.astype(np.int64), 0, old - 1)


def _nearest_of(op, x, height, width):
    rows, columns = _nearest_rows(op, x.shape[1], height), _nearest_rows(op, x.shape[2], width)
    return jnp.take(jnp.take(x, rows, axis=1, mode="clip"), columns, axis=2, mode="clip")


def _nearest(ctx, op, x, size):
    return _nearest_of(op, jnp.asarray(x), *_sizes(op, x, size))


def _nearest_gradient(ctx, op, grad, size):
    height, width = np.asarray(size).tolist()
    rows, columns = _nearest_rows(op, height, grad.shape[1]), _nearest_rows(op, width, grad.shape[2])
    zeros = jnp.zeros((grad.shape[0], height, width, grad.shape[3]), grad.dtype)
    return zeros.at[:, rows[:, None], columns].add(grad)


# -- bicubic -------------------------------------------------------------------------------------------------------------


def _cubic_table(a):
    x = np.arange(_TABLE + 1) / _TABLE
    a = np.float32(a)
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    x = x + 1
    far = ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
    return near.astype(np.float32), far.astype(np.float32)


def _cubic(op, old, new):
    at = _places(op, old, new)
    first = np.floor(at)
    near, far = _cubic_table(-0.5 if op.attrs["half_pixel_centers"] else -0.75)
    step = np.rint((at - first) * np.float32(_TABLE)).astype(np.int64)
    weights = np.stack([far[step], near[step], near[_TABLE - step], far[_TABLE - step]])
    wanted = first.astype(np.int64) + np.arange(-1, 3)[:, None]
    indices = np.clip(wanted, 0, old - 1)
    if op.attrs["half_pixel_centers"]:  # what lies outside does not count
        weights = np.where(indices == wanted, weights, np.float32(0))
        weights = weights / weights.sum(0, dtype=np.float32)
    return indices, weights


def _bicubic_of(op, x, height, width):
    x = _along(x, 1, *_cubic(op, x.shape[1], height))
    return _along(x, 2, *_cubic(op, x.shape[2], width))


def _bicubic(ctx, op, x, size):
    height, width = _sizes(op, x, size)
    return _bicubic_of(op, jnp.asarray(x).astype(np.float32), height, width)


# -- area ----------------------------------------------------------------------------------------------------------------


def _shares(op, old, new):
    """`[new, old]`: how much of each new pixel an old one covers."""
    scale = _scale(op, old, new)
    begin = np.arange(new, dtype=np.float32)[:, None] * scale
    end = (np.arange(new, dtype=np.float32)[:, None] + _ONE) * scale
    pixel = np.arange(max(old, int(np.ceil(end.max()))), dtype=np.float32)
    covered = np.clip(np.minimum(pixel + 1, end) - np.maximum(pixel, begin), 0, None) / scale
    beyond = covered[:, old:].sum(1)  # the last pixel stands for what lies outside
    covered = covered[:, :old].copy()
    covered[:, -1] += beyond
    return covered.astype(np.float32)


def _area(ctx, op, x, size):
    height, width = _sizes(op, x, size)
    x = jnp.asarray(x).astype(np.float32)
    x = jnp.einsum("oh,nhwc->nowc", _shares(op, x.shape[1], height), x, precision="highest")
    return jnp.einsum("ow,nhwc->nhoc", _shares(op, x.shape[2], width), x, precision="highest")


RULES = {
    "ResizeBilinear": rule.Compiled(_bilinear, static=(1,)),
    "ResizeBilinearGrad": rule.Compiled(_gradient_of(_bilinear_of)),
    "ResizeNearestNeighbor": rule.Compiled(_nearest, static=(1,)),
    "ResizeNearestNeighborGrad": rule.Compiled(_nearest_gradient, static=(1,)),
    "ResizeBicubic": rule.Compiled(_bicubic, static=(1,)),
    "ResizeBicubicGrad": rule.Compiled(_gradient_of(_bicubic_of)),
    "ResizeArea": rule.Compiled(_area, static=(1,)),
}
