"""Adadelta."""

import graphflow as tf
from graphflow_keras import backend as K
from graphflow_keras.optimizer_v2 import optimizer_v2


class Adadelta(optimizer_v2.WithoutStep):
    """Steps as large as earlier steps were, over the running magnitude of the gradient.

    Source: Zeiler, "ADADELTA: An Adaptive Learning Rate Method" (arXiv:1212.5701).
    """

    _arguments = ("learning_rate", "decay", "rho", "epsilon")

    def __init__(self, learning_rate=0.001, rho=0.95, epsilon=1e-7, name="Adadelta", **kwargs):
        super().__init__(name, **kwargs)
        self._take(learning_rate, kwargs, rho=rho)
        self.epsilon = epsilon or K.epsilon()

    def _create_slots(self, var_list):
        self._add_slots(var_list, "accum_grad", "accum_var")

    def _prepare_local(self, var_device, var_dtype, apply_state):
        super()._prepare_local(var_device, var_dtype, apply_state)
        apply_state[var_device, var_dtype].update(
            epsilon=tf.convert_to_tensor(self.epsilon, var_dtype), rho=tf.identity(self._get_hyper("rho", var_dtype))
        )

    def _resource_apply_dense(self, grad, var, apply_state=None):
        return self._resource_apply_sparse(grad, var, None, apply_state)

    def _resource_apply_sparse(self, grad, var, indices, apply_state=None):
        c = self._coefficients(var, apply_state)
        slots = {"accum": "accum_grad", "accum_update": "accum_var"}
        return self._apply(
            "Adadelta", var, grad, slots, indices, lr=c["lr_t"], rho=c["rho"], epsilon=c["epsilon"]
        )  # fmt: skip
