"""Rules of `_ops/reduce.py` and `_ops/running.py`."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jax import lax

from graphflow._core import errors
from graphflow._graph import static_value
from graphflow._lowering import math, rule


def axes_of(op, x, axes):
    """Axes as a tuple, each once; InvalidArgumentError for one that x does not have."""
    rank, found = np.ndim(x), {}
    for axis in np.atleast_1d(axes).tolist():
        if not -rank <= axis < rank:
            raise errors.InvalidArgumentError(
                None, op, f"Invalid reduction dimension ({axis} for input with {rank} dimension(s)"
            )
        found[axis % rank] = True
    return tuple(found)


def _reduction(function):
    """A row for `function(np_, x, axis, keepdims)`."""

    def emit(ctx, op, x, axes):
        with np.errstate(all="ignore"):
            return function(rule.xp(x), x, axes_of(op, x, axes), op.attrs["keep_dims"])

    return rule.Compiled(emit, static=(1,), folds=True)


def _mean(np_, x, axis, keepdims):
    count = int(np.prod([x.shape[a] for a in axis]))
    if not math.is_integer(x):
        if np_ is jnp and count:
            return jnp.mean(x, axis=axis, keepdims=keepdims)
        return (np_.sum(x, axis=axis, keepdims=keepdims) / np.asarray(count, x.dtype)).astype(x.dtype)
    total = np_.sum(x, axis=axis, dtype=x.dtype, keepdims=keepdims)
    return math.truncated(np_, total, np.asarray(max(count, 1), x.dtype))


def _extreme(name):
    lowest = name == "max"

    def function(np_, x, axis, keepdims):
        if x.size == 0:  # of nothing: the number that any other beats
            shape = [1 if i in axis else d for i, d in enumerate(x.shape) if keepdims or i not in axis]
            limits = np.iinfo(x.dtype) if math.is_integer(x) else jnp.finfo(x.dtype)
            value = (-np.inf if lowest else np.inf) if not math.is_integer(x) else limits.min if lowest else limits.max
            return np.full(shape, value, x.dtype)
        return getattr(np_, name)(x, axis=axis, keepdims=keepdims)

    return _reduction(function)


def _euclidean_norm(np_, x, axis, keepdims):
    squares = np_.sum(x * np_.conj(x), axis=axis, dtype=x.dtype, keepdims=keepdims)
    return np_.sqrt(squares).astype(x.dtype)


# -- running sums --------------------------------------------------------------------------------------------------------


def _running(on_jax, on_numpy, neutral):
    def emit(ctx, op, x, axis):
        (axis,) = axes_of(op, x, axis)
        reverse = op.attrs["reverse"]
        if op.attrs["exclusive"]:
            x = _moved(x, axis, reverse, neutral)
        if not rule.is_plain(x) or on_numpy is None:
            return on_jax(jnp.asarray(x), axis=axis, reverse=reverse)
        x = np.flip(x, axis) if reverse else x
        out = on_numpy(x, axis=axis, dtype=x.dtype)
        return np.flip(out, axis) if reverse else out

    return rule.Compiled(emit, static=(1,), folds=on_numpy is not None)


def _moved(x, axis, reverse, neutral):
    """x moved on by one along an axis, the neutral element coming in."""
    if not x.shape[axis]:
        return x
    np_ = rule.xp(x)
    edge = np.full([1 if i == axis else d for i, d in enumerate(x.shape)], neutral(x.dtype), x.dtype)
    kept = [slice(None)] * x.ndim
    kept[axis] = slice(1, None) if reverse else slice(None, -1)
    parts = [x[tuple(kept)], edge] if reverse else [edge, x[tuple(kept)]]
    return np_.concatenate(parts, axis)


def _lowest(dtype):
    return jnp.finfo(dtype).min


# -- positions and counts ------------------------------------------------------------------------------------------------


def _position(name):
    def emit(ctx, op, x, axis):
        (axis,) = axes_of(op, x, axis)
        if not x.shape[axis]:
            raise errors.InvalidArgumentError(None, op, f"Reduction axis {axis} is empty in shape {list(x.shape)}")
        return getattr(rule.xp(x), name)(x, axis=axis).astype(op.attrs["output_type"].as_numpy_dtype)

    return rule.Compiled(emit, static=(1,), folds=True)


def _bincount(ctx, op, arr, size, weights):
    ctx.guard((arr < 0).any(), op, "Input arr must be non-negative!")
    flat = arr.reshape(-1)
    if rule.is_plain(arr, weights):
        counted = flat < size
        counts = np.bincount(flat[counted], weights.reshape(-1)[counted] if weights.size else None, int(size))
        return counts.astype(weights.dtype)
    ones = weights.reshape(-1) if weights.size else jnp.ones(flat.shape, weights.dtype)
    return jnp.zeros(int(size), weights.dtype).at[flat].add(ones, mode="drop")


_BINCOUNT_HOST = rule.Host(_bincount, because="the length of its result depends on values")
_BINCOUNT = rule.Compiled(_bincount, static=(1,), folds=True, guards=True)


def _choose_bincount(op):
    return _BINCOUNT_HOST if static_value.known_int(op.inputs[1]) is None else _BINCOUNT


def _histogram(ctx, op, values, value_range, nbins):
    np_, n = rule.xp(values, value_range), int(nbins)
    low, high = value_range[0], value_range[1]
    ctx.guard(
        low >= high, op, "value_range should satisfy value_range[0] < value_range[1], but got '[{}, {}]'", low, high
    )
    if n <= 0:
        raise errors.InvalidArgumentError(None, op, f"nbins should be a positive number, but got '{n}'")
    step = (high - low).astype(np.float64) / n
    places = np_.clip(np_.floor((values.reshape(-1) - low).astype(np.float64) / step), 0, n - 1).astype(np.int32)
    dtype = op.attrs["dtype"].as_numpy_dtype
    if np_ is np:
        return np.bincount(places, minlength=n).astype(dtype)
    return jnp.zeros(n, dtype).at[places].add(jnp.ones((), dtype))


def _bucketize(ctx, op, x):
    edges = np.asarray(op.attrs["boundaries"], np.float32)
    return rule.xp(x).searchsorted(edges, x.astype(np.float64), side="right").astype(np.int32)


RULES = {
    "Sum": _reduction(lambda np_, x, axis, keep: np_.sum(x, axis=axis, dtype=x.dtype, keepdims=keep)),
    "Mean": _reduction(_mean),
    "Prod": _reduction(lambda np_, x, axis, keep: np_.prod(x, axis=axis, dtype=x.dtype, keepdims=keep)),
    "Max": _extreme("max"),
    "Min": _extreme("min"),
    "All": _reduction(lambda np_, x, axis, keep: np_.all(x, axis=axis, keepdims=keep)),
    "Any": _reduction(lambda np_, x, axis, keep: np_.any(x, axis=axis, keepdims=keep)),
    "EuclideanNorm": _reduction(_euclidean_norm),
    "Cumsum": _running(lax.cumsum, np.cumsum, lambda dtype: 0),
    "Cumprod": _running(lax.cumprod, np.cumprod, lambda dtype: 1),
    "CumulativeLogsumexp": _running(lax.cumlogsumexp, None, _lowest),
    "ArgMax": _position("argmax"),
    "ArgMin": _position("argmin"),
    "Bincount": rule.PerOp(_choose_bincount),
    "HistogramFixedWidth": rule.Compiled(_histogram, static=(2,), folds=True, guards=True),
    "Bucketize": rule.Compiled(_bucketize, folds=True),
}
