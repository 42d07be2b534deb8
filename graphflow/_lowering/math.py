"""Rules of `_ops/math.py`."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from graphflow._lowering.rule import Compiled, elementwise, xp


def _folding(function):
    return Compiled(lambda ctx, op, *inputs: function(xp(*inputs), *inputs), folds=True)


def _matmul(ctx, op, a, b):
    a = a.T if op.attrs["transpose_a"] else a
    b = b.T if op.attrs["transpose_b"] else b
    return jnp.matmul(a, b)


def _range(ctx, op, start, limit, delta):
    return np.arange(start, limit, delta, dtype=start.dtype)


RULES = {
    "Add": Compiled(elementwise("add"), folds=True),
    "AddV2": Compiled(elementwise("add"), folds=True),
    "Sub": Compiled(elementwise("subtract"), folds=True),
    "Mul": Compiled(elementwise("multiply"), folds=True),
    "Neg": Compiled(elementwise("negative"), folds=True),
    "RealDiv": Compiled(elementwise("true_divide"), folds=True),
    "Log": Compiled(elementwise("log"), folds=True),
    "GreaterEqual": Compiled(elementwise("greater_equal"), folds=True),
    "Greater": Compiled(elementwise("greater"), folds=True),
    "Maximum": _folding(lambda np_, x, y: np_.where(x < y, y, x)),
    "Select": _folding(lambda np_, c, x, y: np_.where(c, x, y)),
    "Pow": Compiled(lambda ctx, op, x, y: xp(x, y).power(x, y), folds=True),
    "Sigmoid": Compiled(lambda ctx, op, x: jax.nn.sigmoid(x)),
    "SigmoidGrad": Compiled(lambda ctx, op, y, dy: dy * y * (1 - y)),
    "MatMul": Compiled(_matmul),
    "Range": Compiled(_range, static=(0, 1, 2), folds=True),
    "Cast": Compiled(lambda ctx, op, x: x.astype(op.attrs["DstT"].as_numpy_dtype), folds=True),
    "AddN": Compiled(lambda ctx, op, *xs: sum(xs[1:], xs[0])),
}
