"""Gradient descent."""

from __future__ import annotations

from graphflow._graph import build
from graphflow._ops import math
from graphflow._train import optimizer


class GradientDescentOptimizer(optimizer.RuleOptimizer):
    """w -= learning_rate * g

    Args:
        learning_rate: number, tensor, or function without arguments that returns one.
    """

    _rule = "GradientDescent"

    def __init__(self, learning_rate, use_locking=False, name="GradientDescent"):
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._learning_rate_tensor = None

    def _prepare(self):
        learning_rate = self._call_if_callable(self._learning_rate)
        self._learning_rate_tensor = build.convert_to_tensor(learning_rate, name="learning_rate")

    def _arguments(self, var):
        return {"alpha": self._learning_rate_tensor}

    # Subtraction may take a row twice, so rows need not be added up first.

    def _apply_sparse_duplicate_indices(self, grad, var):
        rate = math.cast(self._learning_rate_tensor, var.dtype.base_dtype)
        return build.operation("ScatterSub", var, grad.indices, grad.values * rate, use_locking=self._use_locking)

    def _resource_apply_sparse_duplicate_indices(self, grad, handle, indices):
        return build.operation("ResourceScatterAdd", handle.handle, indices, -grad * self._learning_rate)
