"""Ftrl."""

import graphflow as tf
from graphflow_keras.optimizer_v2 import optimizer_v2


class Ftrl(optimizer_v2.OptimizerV2):
    """Follows the regularized leader; a large `l1_regularization_strength` leaves most weights at zero.

    Source: McMahan et al., "Ad Click Prediction: a View from the Trenches" (KDD 2013).
    """

    _arguments = (
        "learning_rate", "decay", "initial_accumulator_value", "learning_rate_power", "l1_regularization_strength",
        "l2_regularization_strength", "l2_shrinkage_regularization_strength",
    )  # fmt: skip

    def __init__(
        self, learning_rate=0.001, learning_rate_power=-0.5, initial_accumulator_value=0.1,
        l1_regularization_strength=0.0, l2_regularization_strength=0.0, name="Ftrl",
        l2_shrinkage_regularization_strength=0.0, **kwargs,
    ):  # fmt: skip
        super().__init__(name, **kwargs)
        if learning_rate_power > 0.0:
            raise ValueError(f"learning_rate_power {learning_rate_power} needs to be negative or zero")
        for what, value in (
            ("initial_accumulator_value", initial_accumulator_value),
            ("l1_regularization_strength", l1_regularization_strength),
            ("l2_regularization_strength", l2_regularization_strength),
            ("l2_shrinkage_regularization_strength", l2_shrinkage_regularization_strength),
        ):
            if value < 0.0:
                raise ValueError(f"{what} {value} needs to be positive or zero")
        self._take(
            learning_rate, kwargs, learning_rate_power=learning_rate_power,
            l1_regularization_strength=l1_regularization_strength, l2_regularization_strength=l2_regularization_strength,
        )  # fmt: skip
        self.initial_accumulator_value = initial_accumulator_value
        self.l2_shrinkage_regularization_strength = l2_shrinkage_regularization_strength

    def _create_slots(self, var_list):
        for var in var_list:
            start = tf.constant_initializer(self.initial_accumulator_value, dtype=var.dtype.base_dtype)
            self.add_slot(var, "accumulator", start)
            self.add_slot(var, "linear")

    def _prepare_local(self, var_device, var_dtype, apply_state):
        super()._prepare_local(var_device, var_dtype, apply_state)
        names = ("learning_rate_power", "l1_regularization_strength", "l2_regularization_strength")
        apply_state[var_device, var_dtype].update(
            {name: tf.identity(self._get_hyper(name, var_dtype)) for name in names},
            l2_shrinkage_regularization_strength=tf.cast(self.l2_shrinkage_regularization_strength, var_dtype),
        )

    def _resource_apply_dense(self, grad, var, apply_state=None):
        return self._resource_apply_sparse(grad, var, None, apply_state)

    def _resource_apply_sparse(self, grad, var, indices, apply_state=None):
        c = self._coefficients(var, apply_state)
        rule, shrinkage = "Ftrl", {}
        if self.l2_shrinkage_regularization_strength > 0.0:
            rule, shrinkage = "FtrlV2", {"l2_shrinkage": c["l2_shrinkage_regularization_strength"]}
        return self._apply(
            rule, var, grad, {"accum": "accumulator", "linear": "linear"}, indices, lr=c["lr_t"],
            l1=c["l1_regularization_strength"], l2=c["l2_regularization_strength"], lr_power=c["learning_rate_power"],
            **shrinkage,
        )  # fmt: skip
