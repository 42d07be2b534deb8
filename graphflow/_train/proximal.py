"""Proximal forms: a step, then the nearest point for the penalty l1 |w| + l2 w^2 / 2, which makes small weights zero."""

from __future__ import annotations

from graphflow._graph import build
from graphflow._graph import graph as graph_lib
from graphflow._train import optimizer


class _ProximalOptimizer(optimizer.RuleOptimizer):
    """What both forms share: a rate and two strengths, turned into tensors."""

    def __init__(self, learning_rate, l1_regularization_strength, l2_regularization_strength, use_locking, name):
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._l1_regularization_strength = l1_regularization_strength
        self._l2_regularization_strength = l2_regularization_strength
        self._learning_rate_tensor = None
        self._l1_regularization_strength_tensor = self._l2_regularization_strength_tensor = None

    def _prepare(self):
        for name in ("learning_rate", "l1_regularization_strength", "l2_regularization_strength"):
            setattr(self, f"_{name}_tensor", build.convert_to_tensor(getattr(self, f"_{name}"), name=name))

    def _arguments(self, var):
        return {
            "alpha": self._learning_rate_tensor,
            "lr": self._learning_rate_tensor,
            "l1": self._l1_regularization_strength_tensor,
            "l2": self._l2_regularization_strength_tensor,
        }


class ProximalGradientDescentOptimizer(_ProximalOptimizer):
    """w = prox(w - learning_rate g)

    Args:
        learning_rate, l1_regularization_strength, l2_regularization_strength: numbers or tensors.

    Source: Duchi, Singer, Efficient learning using forward-backward splitting (2009).
    """

    _rule = "ProximalGradientDescent"

    def __init__(self, learning_rate, l1_regularization_strength=0.0, l2_regularization_strength=0.0, use_locking=False,
                 name="ProximalGradientDescent"):  # fmt: skip
        super().__init__(learning_rate, l1_regularization_strength, l2_regularization_strength, use_locking, name)


class ProximalAdagradOptimizer(_ProximalOptimizer):
    """a += g^2;  w = prox(w - learning_rate g / sqrt(a))

    Args:
        learning_rate, l1_regularization_strength, l2_regularization_strength: numbers or tensors.
        initial_accumulator_value: what a starts from; positive.

    Source: Duchi, Singer, Efficient learning using forward-backward splitting (2009).
    """

    _rule = "ProximalAdagrad"

    def __init__(self, learning_rate, initial_accumulator_value=0.1, l1_regularization_strength=0.0,
                 l2_regularization_strength=0.0, use_locking=False, name="ProximalAdagrad"):  # fmt: skip
        if initial_accumulator_value <= 0.0:
            raise ValueError(f"initial_accumulator_value must be positive: {initial_accumulator_value}")
        super().__init__(learning_rate, l1_regularization_strength, l2_regularization_strength, use_locking, name)
        self._initial_accumulator_value = initial_accumulator_value

    def _create_slots(self, var_list):
        for v in var_list:
            with graph_lib.get_default_graph().colocate_with(v):
                start = build.constant(self._initial_accumulator_value, v.dtype.base_dtype, v.get_shape())
            self._get_or_make_slot(v, start, "accumulator", self._name)

    def _arguments(self, var):
        return {**super()._arguments(var), "accum": self.get_slot(var, "accumulator")}
