"""Rules of `_ops/reduce.py`."""

from __future__ import annotations

import numpy as np

from graphflow._lowering.rule import Compiled, xp


def _reduction(name):
    def emit(ctx, op, x, axes):
        axis = tuple(np.atleast_1d(axes).tolist())
        return getattr(xp(x), name)(x, axis=axis, keepdims=op.attrs["keep_dims"]).astype(x.dtype)

    return Compiled(emit, static=(1,), folds=True)


RULES = {"Sum": _reduction("sum"), "Mean": _reduction("mean"), "Prod": _reduction("prod")}
