"""CrossShardOptimizer on one shard: the optimizer it wraps."""

from __future__ import annotations

import contextlib

from graphflow._core import dtypes
from graphflow._layers import losses
from graphflow._ops import math, variable_scope
from graphflow._train import optimizer


class CrossShardOptimizer(optimizer.Optimizer):
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
        super().__init__(False, name)
        self._opt = opt

    def compute_gradients(self, loss, var_list=None, **kwargs):
        """The gradients of the wrapped optimizer."""
        return self._opt.compute_gradients(loss, var_list=var_list, **kwargs)

    def apply_gradients(self, grads_and_vars, global_step=None, name=None):
        """The update of the wrapped optimizer."""
        return self._opt.apply_gradients(grads_and_vars, global_step, name)

    def get_slot(self, *args, **kwargs):
        """A slot of the wrapped optimizer."""
        return self._opt.get_slot(*args, **kwargs)

    def get_slot_names(self, *args, **kwargs):
        """The slot names of the wrapped optimizer."""
        return self._opt.get_slot_names(*args, **kwargs)

    def variables(self):
        """The variables of the wrapped optimizer."""
        return self._opt.variables()


@contextlib.contextmanager
def bfloat16_scope(name=None):
    """A variable scope in which bfloat16 variables are kept as float32 and read as bfloat16."""

    def getter(get, *args, **kwargs):
        if kwargs["dtype"] != dtypes.bfloat16:
            return get(*args, **kwargs)
        return math.cast(get(*args, **{**kwargs, "dtype": dtypes.float32}), dtypes.bfloat16)

    with variable_scope.variable_scope(name or variable_scope.get_variable_scope(), custom_getter=getter) as scope:
        yield scope
