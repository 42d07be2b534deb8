"""Adadelta."""

from __future__ import annotations

from graphflow._graph import build
from graphflow._train import optimizer


class AdadeltaOptimizer(optimizer.RuleOptimizer):
    """Steps of the size that earlier steps had, over the size that gradients had, both as decaying averages.

    a = rho a + (1 - rho) g^2;  u = sqrt(b + epsilon) / sqrt(a + epsilon) g;  b = rho b + (1 - rho) u^2;
    w -= learning_rate u

    Args:
        learning_rate, rho, epsilon: numbers, tensors, or functions without arguments that return one.

    Source: Zeiler, ADADELTA: an adaptive learning rate method (2012).
    """

    _rule = "Adadelta"

    def __init__(self, learning_rate=0.001, rho=0.95, epsilon=1e-8, use_locking=False, name="Adadelta"):
        super().__init__(use_locking, name)
        self._lr, self._rho, self._epsilon = learning_rate, rho, epsilon
        self._lr_t = self._rho_t = self._epsilon_t = None

    def _create_slots(self, var_list):
        for v in var_list:
            self._zeros_slot(v, "accum", self._name)
            self._zeros_slot(v, "accum_update", self._name)

    def _prepare(self):
        lr, rho, epsilon = map(self._call_if_callable, (self._lr, self._rho, self._epsilon))
        self._lr_t = build.convert_to_tensor(lr, name="lr")
        self._rho_t = build.convert_to_tensor(rho, name="rho")
        self._epsilon_t = build.convert_to_tensor(epsilon, name="epsilon")

    def _arguments(self, var):
        return {
            "accum": self.get_slot(var, "accum"),
            "accum_update": self.get_slot(var, "accum_update"),
            "lr": self._lr_t,
            "rho": self._rho_t,
            "epsilon": self._epsilon_t,
        }
