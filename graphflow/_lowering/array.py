"""Rules of `_ops/array.py`."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from graphflow._lowering.rule import Compiled, xp


def _identity(ctx, op, x):
    return x


def _shape(ctx, op, x):
    return np.array(np.shape(x), op.attrs["out_type"].as_numpy_dtype)


def _reshape(ctx, op, x, shape):
    return xp(x).reshape(x, tuple(shape.tolist()))


def _fill(ctx, op, dims, value):
    return xp(value).full(tuple(dims.tolist()), value)


def _concat(ctx, op, *values):
    *parts, axis = values
    return xp(*parts).concatenate(parts, int(axis))


RULES = {
    "Const": Compiled(lambda ctx, op: op.attrs["value"], folds=True, free=True),
    "Identity": Compiled(_identity, folds=True),
    "Shape": Compiled(_shape, shape_only=True),
    "Reshape": Compiled(_reshape, static=(1,), folds=True),
    "Fill": Compiled(_fill, static=(0,), folds=True),
    "ZerosLike": Compiled(lambda ctx, op, x: xp(x).zeros_like(x), folds=True),
    "ConcatV2": Compiled(_concat, static=(-1,), folds=True),
    "BroadcastTo": Compiled(lambda ctx, op, x, shape: jnp.broadcast_to(x, tuple(shape.tolist())), static=(1,)),
}
