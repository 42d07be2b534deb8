"""Adagrad."""

import graphflow as tf
from graphflow_keras import backend as K
from graphflow_keras.optimizer_v2 import optimizer_v2


class Adagrad(optimizer_v2.WithoutStep):
    """Divides the gradient by the root of the sum of its squares so far.

    Source: Duchi, Hazan and Singer, "Adaptive Subgradient Methods" (JMLR 2011).
    """

    _arguments = ("learning_rate", "decay", "initial_accumulator_value", "epsilon")

    def __init__(self, learning_rate=0.001, initial_accumulator_value=0.1, epsilon=1e-7, name="Adagrad", **kwargs):
        if initial_accumulator_value < 0.0:
            raise ValueError(f"initial_accumulator_value must be non-negative: {initial_accumulator_value}")
        super().__init__(name, **kwargs)
        self._take(learning_rate, kwargs)
        self.initial_accumulator_value = initial_accumulator_value
        self.epsilon = epsilon or K.epsilon()

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """An optimizer from its config; that of Keras 2.2.4 starts its sums at zero."""
        return super().from_config({"initial_accumulator_value": 0.0, **config}, custom_objects)

    def _create_slots(self, var_list):
        for var in var_list:
            start = tf.constant_initializer(self.initial_accumulator_value, dtype=var.dtype.base_dtype)
            self.add_slot(var, "accumulator", start)

    def _prepare_local(self, var_device, var_dtype, apply_state):
        super()._prepare_local(var_device, var_dtype, apply_state)
        c = apply_state[var_device, var_dtype]
        c.update(
            epsilon=tf.convert_to_tensor(self.epsilon, var_dtype), neg_lr_t=-c["lr_t"], zero=tf.zeros((), tf.int64)
        )

    def _resource_apply_dense(self, grad, var, apply_state=None):
        return self._resource_apply_sparse(grad, var, None, apply_state)

    def _resource_apply_sparse(self, grad, var, indices, apply_state=None):
        c = self._coefficients(var, apply_state)
        slots = {"accum": "accumulator"}
        return self._apply("AdagradV2", var, grad, slots, indices, lr=c["lr_t"], epsilon=c["epsilon"])
