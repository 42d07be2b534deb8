"""CrossShardOptimizer on one shard: the optimizer it wraps."""

from __future__ import annotations

import contextlib

from graphflow._core import dtypes
from graphflow._layers import losses
from graphflow._ops import math, variable_scope
from graphflow._train import wrapping


class CrossShardOptimizer(wrapping.WrappingOptimizer):
    """Sums gradients over shards, of which there is one here.

    Args:
        opt: the optimizer that is wrapped.
        reduction: `Reduction.SUM` or `Reduction.MEAN`.
        group_assignment: of shards, unused.

    Raises:
        ValueError: another reduction.
    """

    def __init__(self, opt, reduction=losses.Reduction.MEAN, name="CrossShardOptimizer", group_assignment=None):
        if reduction not in (losses.Reduction.SUM, losses.Reduction.MEAN):
            raise ValueError(f"Unsupported reduction: {reduction}.")
        super().__init__(opt, False, name)


@contextlib.contextmanager
def bfloat16_scope(name=None):
    """A variable scope in which bfloat16 variables are kept as float32 and read as bfloat16."""

    def getter(get, *args, **kwargs):
        if kwargs["dtype"] != dtypes.bfloat16:
            return get(*args, **kwargs)
        return math.cast(get(*args, **{**kwargs, "dtype": dtypes.float32}), dtypes.bfloat16)

    with variable_scope.variable_scope(name or variable_scope.get_variable_scope(), custom_getter=getter) as scope:
        yield scope
