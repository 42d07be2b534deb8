"""Follow the regularized leader."""

from __future__ import annotations

from graphflow._graph import build
from graphflow._graph import graph as graph_lib
from graphflow._train import optimizer


class FtrlOptimizer(optimizer.RuleOptimizer):
    """FTRL-proximal: w minimises the sum of all linearised losses so far plus its regularisers.

    a' = a + g^2;  z += g - (a'^-p - a^-p) / learning_rate w;  a = a';
    w = (clip(z, -l1, l1) - z) / (a^-p / learning_rate + 2 l2), with p = learning_rate_power

    Args:
        learning_rate: number or tensor.
        learning_rate_power: p, not positive.
        initial_accumulator_value: what a starts from; not negative.
        l1_regularization_strength, l2_regularization_strength: not negative.
        accum_name, linear_name: names of the slots, that of the optimizer when None.
        l2_shrinkage_regularization_strength: adds 2 l2_shrinkage w to the gradient in z; not negative.

    Source: McMahan et al., Ad click prediction: a view from the trenches (2013).
    """

    def __init__(
        self,
        learning_rate,
        learning_rate_power=-0.5,
        initial_accumulator_value=0.1,
        l1_regularization_strength=0.0,
        l2_regularization_strength=0.0,
        use_locking=False,
        name="Ftrl",
        accum_name=None,
        linear_name=None,
        l2_shrinkage_regularization_strength=0.0,
    ):
        super().__init__(use_locking, name)
        not_negative = {
            "initial_accumulator_value": initial_accumulator_value,
            "l1_regularization_strength": l1_regularization_strength,
            "l2_regularization_strength": l2_regularization_strength,
            "l2_shrinkage_regularization_strength": l2_shrinkage_regularization_strength,
        }
        for argument, value in not_negative.items():
            if value < 0.0:
                raise ValueError(f"{argument} {value:f} needs to be positive or zero")
        if learning_rate_power > 0.0:
            raise ValueError(f"learning_rate_power {learning_rate_power:f} needs to be negative or zero")
        self._learning_rate = learning_rate
        self._learning_rate_power = learning_rate_power
        self._initial_accumulator_value = initial_accumulator_value
        self._l1_regularization_strength = l1_regularization_strength
        self._l2_regularization_strength = l2_regularization_strength
        self._l2_shrinkage_regularization_strength = l2_shrinkage_regularization_strength
        self._learning_rate_tensor = self._learning_rate_power_tensor = None
        self._l1_regularization_strength_tensor = self._l2_regularization_strength_tensor = None
        self._l2_shrinkage_regularization_strength_tensor = None
        self._accum_name = accum_name
        self._linear_name = linear_name

    @property
    def _rule(self):
        return "FtrlV2" if self._l2_shrinkage_regularization_strength > 0.0 else "Ftrl"

    def _create_slots(self, var_list):
        for v in var_list:
            with graph_lib.get_default_graph().colocate_with(v):
                start = build.constant(self._initial_accumulator_value, v.dtype.base_dtype, v.get_shape())
                self._get_or_make_slot(v, start, "accum", self._accum_name or self._name)
                self._zeros_slot(v, "linear", self._linear_name or self._name)

    def _prepare(self):
        for name in ("learning_rate", "l1_regularization_strength", "l2_regularization_strength",
                     "l2_shrinkage_regularization_strength", "learning_rate_power"):  # fmt: skip
            setattr(self, f"_{name}_tensor", build.convert_to_tensor(getattr(self, f"_{name}"), name=name))

    def _arguments(self, var):
        return {
            "accum": self.get_slot(var, "accum"),
            "linear": self.get_slot(var, "linear"),
            "lr": self._learning_rate_tensor,
            "l1": self._l1_regularization_strength_tensor,
            "l2": self._l2_regularization_strength_tensor,
            "l2_shrinkage": self._l2_shrinkage_regularization_strength_tensor,
            "lr_power": self._learning_rate_power_tensor,
        }
