"""Gradient descent with momentum."""

from __future__ import annotations

from graphflow._graph import build
from graphflow._train import optimizer


class MomentumOptimizer(optimizer.RuleOptimizer):
    """a = momentum * a + g;  w -= learning_rate * a

    Args:
        learning_rate, momentum: numbers, tensors, or functions without arguments that return one.
        use_nesterov: w -= learning_rate * (g + momentum * a) instead, the gradient as it will be after the step.

    Source: Sutskever et al., On the importance of initialization and momentum in deep learning (2013).
    """

    _rule = "Momentum"

    def __init__(self, learning_rate, momentum, use_locking=False, name="Momentum", use_nesterov=False):
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._momentum = momentum
        self._use_nesterov = use_nesterov

    @property
    def _flags(self):
        return {"use_nesterov": self._use_nesterov}

    def _create_slots(self, var_list):
        for v in var_list:
            self._zeros_slot(v, "momentum", self._name)

    def _prepare(self):
        learning_rate, momentum = self._call_if_callable(self._learning_rate), self._call_if_callable(self._momentum)
        self._learning_rate_tensor = build.convert_to_tensor(learning_rate, name="learning_rate")
        self._momentum_tensor = build.convert_to_tensor(momentum, name="momentum")

    def _arguments(self, var):
        return {
            "accum": self.get_slot(var, "momentum"),
            "lr": self._learning_rate_tensor,
            "momentum": self._momentum_tensor,
        }
