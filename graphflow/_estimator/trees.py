"""What trees of all kinds share: variables that hold them, and the way of rows down to the leaves."""

from __future__ import annotations

import numpy as np

from graphflow._core import dtypes
from graphflow._ops import initializers, variable_scope

LEAF = -1


def leaves(x, split, threshold, child):
    """The number of the leaf that each row comes to, int `[rows]`.

    Args:
        x: float `[rows, features]`.
        split: the feature at which each node is split, LEAF where it is a leaf; threshold: the largest number that goes left.
        child: the left child of each node; the right one comes after it.
    """
    at = np.zeros(len(x), np.int64)
    while True:
        moving = np.flatnonzero(split[at] != LEAF)
        if not len(moving):
            return at
        node = at[moving]
        at[moving] = child[node] + (x[moving, split[node]] > threshold[node])


def variable(name, shape, dtype=np.float32, value=0):
    """A variable that no optimizer trains."""
    return variable_scope.get_variable(
        name, shape=shape, dtype=dtypes.as_dtype(dtype), initializer=initializers.Constant(value), trainable=False
    )
