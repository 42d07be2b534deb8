"""Rules of `_ops/random.py`."""

from __future__ import annotations

import functools
import operator

from graphflow._lowering import philox_loops
from graphflow._lowering.rule import Compiled, xp


def _truncated_normal(ctx, op, shape):
    shape = tuple(shape.tolist())
    offset = ctx.counter(op, 256 * functools.reduce(operator.mul, shape, 1))
    dtype = op.attrs["dtype"].as_numpy_dtype
    return philox_loops.truncated_normal(xp(offset), op.attrs["seed"], op.attrs["seed2"], offset, shape, dtype)


RULES = {
    "TruncatedNormal": Compiled(_truncated_normal, static=(0,), folds=True, draws=True),
}
