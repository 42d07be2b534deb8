"""Adagrad, and its form with dual averaging."""

from __future__ import annotations

from graphflow._graph import build
from graphflow._graph import graph as graph_lib
from graphflow._ops import array, initializers, math
from graphflow._train import optimizer


class AdagradOptimizer(optimizer.RuleOptimizer):
    """a += g^2;  w -= learning_rate g / sqrt(a)

    Args:
        learning_rate: number, tensor, or function without arguments that returns one.
        initial_accumulator_value: what a starts from; positive.

    Source: Duchi, Hazan, Singer, Adaptive subgradient methods (2011).
    """

    _rule = "Adagrad"

    def __init__(self, learning_rate, initial_accumulator_value=0.1, use_locking=False, name="Adagrad"):
        if initial_accumulator_value <= 0.0:
            raise ValueError(f"initial_accumulator_value must be positive: {initial_accumulator_value}")
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._initial_accumulator_value = initial_accumulator_value
        self._learning_rate_tensor = None

    def _create_slots(self, var_list):
        for v in var_list:
            dtype, shape = v.dtype.base_dtype, v.get_shape()
            if shape.is_fully_defined():
                start = initializers.Constant(self._initial_accumulator_value, dtype=dtype)
            else:
                start = self._filled_like(v, dtype)
            self._get_or_make_slot_with_initializer(v, start, shape, dtype, "accumulator", self._name)

    def _filled_like(self, v, dtype):
        return lambda: math.cast(build.apply("Fill", array.shape(v), self._initial_accumulator_value), dtype)

    def _prepare(self):
        learning_rate = self._call_if_callable(self._learning_rate)
        self._learning_rate_tensor = build.convert_to_tensor(learning_rate, name="learning_rate")

    def _arguments(self, var):
        return {"accum": self.get_slot(var, "accumulator"), "lr": self._learning_rate_tensor}


class AdagradDAOptimizer(optimizer.RuleOptimizer):
    """Adagrad with dual averaging: w follows from the sums of all gradients, sparse where they stay small.

    s += g;  q += g^2;  w = -learning_rate sign(s) max(|s| - l1 t, 0) / (l2 t learning_rate + sqrt(q))

    Args:
        learning_rate: number or tensor.
        global_step: the variable that counts steps; t is its value plus one.
        initial_gradient_squared_accumulator_value: what q starts from; positive.
        l1_regularization_strength, l2_regularization_strength: not negative.

    Source: Duchi, Hazan, Singer, Adaptive subgradient methods (2011).
    """

    _rule = "AdagradDA"

    def __init__(
        self,
        learning_rate,
        global_step,
        initial_gradient_squared_accumulator_value=0.1,
        l1_regularization_strength=0.0,
        l2_regularization_strength=0.0,
        use_locking=False,
        name="AdagradDA",
    ):
        start = initial_gradient_squared_accumulator_value
        if start <= 0.0:
            raise ValueError(f"initial_gradient_squared_accumulator_value must be positive: {start}")
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._initial_gradient_squared_accumulator_value = start
        self._learning_rate_tensor = None
        self._l1_regularization_strength = l1_regularization_strength
        self._l2_regularization_strength = l2_regularization_strength
        self._global_step = global_step
        self._global_step_on_worker = None

    def _create_slots(self, var_list):
        start = self._initial_gradient_squared_accumulator_value
        for v in var_list:
            with graph_lib.get_default_graph().colocate_with(v):
                zeros = build.constant(0.0, v.dtype.base_dtype, v.get_shape())
                squares = build.constant(start, v.dtype.base_dtype, v.get_shape())
            self._get_or_make_slot(v, zeros, "gradient_accumulator", self._name)
            self._get_or_make_slot(v, squares, "gradient_squared_accumulator", self._name)

    def _prepare(self):
        self._learning_rate_tensor = build.convert_to_tensor(self._learning_rate, name="learning_rate")
        with graph_lib.get_default_graph().colocate_with(self._learning_rate_tensor):
            self._global_step_on_worker = array.identity(self._global_step) + 1

    def _arguments(self, var):
        with graph_lib.get_default_graph().device(var.device):
            global_step = array.identity(self._global_step_on_worker)
        return {
            "gradient_accumulator": self.get_slot(var, "gradient_accumulator"),
            "gradient_squared_accumulator": self.get_slot(var, "gradient_squared_accumulator"),
            "lr": self._learning_rate_tensor,
            "l1": self._l1_regularization_strength,
            "l2": self._l2_regularization_strength,
            "global_step": global_step,
        }
