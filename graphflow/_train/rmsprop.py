"""RMSProp."""

from __future__ import annotations

from graphflow._graph import build
from graphflow._ops import array, initializers
from graphflow._train import optimizer


class RMSPropOptimizer(optimizer.RuleOptimizer):
    """s = decay s + (1 - decay) g^2;  m = momentum m + learning_rate g / sqrt(s + epsilon);  w -= m

    Args:
        learning_rate, decay, momentum, epsilon: numbers, tensors, or functions without arguments that return one.
        centered: divides by the standard deviation of the gradient, sqrt(s - mean(g)^2 + epsilon), instead.

    Source: Hinton, lecture 6e of Neural networks for machine learning (2012); centered: Graves, Generating sequences with
    recurrent neural networks (2013).
    """

    def __init__(self, learning_rate, decay=0.9, momentum=0.0, epsilon=1e-10, use_locking=False, centered=False,
                 name="RMSProp"):  # fmt: skip
        super().__init__(use_locking, name)
        self._learning_rate, self._decay, self._momentum, self._epsilon = learning_rate, decay, momentum, epsilon
        self._centered = centered
        self._learning_rate_tensor = self._decay_tensor = self._momentum_tensor = self._epsilon_tensor = None

    @property
    def _rule(self):
        return "CenteredRMSProp" if self._centered else "RMSProp"

    def _create_slots(self, var_list):
        for v in var_list:
            dtype, shape = v.dtype.base_dtype, v.get_shape()
            ones = initializers.Ones(dtype=dtype) if shape.is_fully_defined() else array.ones_like(v)
            self._get_or_make_slot_with_initializer(v, ones, shape, dtype, "rms", self._name)
            if self._centered:
                self._zeros_slot(v, "mg", self._name)
            self._zeros_slot(v, "momentum", self._name)

    def _prepare(self):
        given = self._learning_rate, self._decay, self._momentum, self._epsilon
        learning_rate, decay, momentum, epsilon = map(self._call_if_callable, given)
        self._learning_rate_tensor = build.convert_to_tensor(learning_rate, name="learning_rate")
        self._decay_tensor = build.convert_to_tensor(decay, name="decay")
        self._momentum_tensor = build.convert_to_tensor(momentum, name="momentum")
        self._epsilon_tensor = build.convert_to_tensor(epsilon, name="epsilon")

    def _arguments(self, var):
        return {
            "ms": self.get_slot(var, "rms"),
            "mom": self.get_slot(var, "momentum"),
            "mg": self.get_slot(var, "mg"),
            "lr": self._learning_rate_tensor,
            "rho": self._decay_tensor,
            "momentum": self._momentum_tensor,
            "epsilon": self._epsilon_tensor,
        }
