"""Rules of `_ops/choosing.py`."""

from __future__ import annotations

import numpy as np

from graphflow._core import errors
from graphflow._lowering.rule import Compiled, Host, xp


def _where(ctx, op, condition):
    return np.argwhere(condition).astype(np.int64)


def _select(ctx, op, condition, x, y):
    np_ = xp(condition, x, y)
    if condition.ndim == 1 and x.ndim > 1:  # a vector chooses rows
        if condition.shape[0] != x.shape[0]:
            raise errors.InvalidArgumentError(
                None,
                op,
                f"Number of batches of 'then' must match size of 'cond', but saw: {x.shape[0]} vs. {condition.shape[0]}",
            )
        condition = condition.reshape((-1,) + (1,) * (x.ndim - 1))
    return np_.where(condition, x, y)


def _one_hot(ctx, op, indices, depth, on, off):
    np_ = xp(indices, on, off)
    axis, depth = op.attrs["axis"], int(depth)
    axis = indices.ndim if axis == -1 else axis
    classes = np.arange(depth, dtype=indices.dtype).reshape((depth,) + (1,) * (indices.ndim - axis))
    return np_.where(np_.expand_dims(indices, axis) == classes, on, off)


RULES = {
    "Where": Host(_where, because="its output shape depends on values"),
    "Select": Compiled(_select, folds=True),
    "SelectV2": Compiled(lambda ctx, op, c, x, y: xp(c, x, y).where(c, x, y), folds=True),
    "OneHot": Compiled(_one_hot, static=(1,), folds=True),
}
