"""Optimizers that stand before another one: what they do not change is the other's."""

from __future__ import annotations

from graphflow._train import optimizer


class WrappingOptimizer(optimizer.Optimizer):
    """An optimizer that leaves everything to the one it wraps; a subclass changes what it is there for.

    Args:
        opt: the optimizer that is wrapped.
        use_locking, name: as of `Optimizer`.
    """

    def __init__(self, opt, use_locking, name):
        super().__init__(use_locking, name)
        self._opt = opt

    def compute_gradients(self, *args, **kwargs):
        """The gradients of the wrapped optimizer."""
        return self._opt.compute_gradients(*args, **kwargs)

    def apply_gradients(self, grads_and_vars, global_step=None, name=None):
        """The update of the wrapped optimizer."""
        return self._opt.apply_gradients(grads_and_vars, global_step, name)

    def get_slot(self, *args, **kwargs):
        """A slot of the wrapped optimizer."""
        return self._opt.get_slot(*args, **kwargs)

    def get_slot_names(self, *args, **kwargs):
        """The names of the wrapped optimizer's slots."""
        return self._opt.get_slot_names(*args, **kwargs)

    def variables(self):
        """The wrapped optimizer's variables."""
        return self._opt.variables()
