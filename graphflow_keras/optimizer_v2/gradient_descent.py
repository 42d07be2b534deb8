"""SGD."""

import graphflow as tf
from graphflow_keras.optimizer_v2 import optimizer_v2


class SGD(optimizer_v2.OptimizerV2):
    """Stochastic gradient descent with momentum, plain or Nesterov's.

    v = momentum v - lr g;  p = p + v, or with Nesterov p + momentum v - lr g.
    """

    _arguments = ("learning_rate", "decay", "momentum", "nesterov")

    def __init__(self, learning_rate=0.01, momentum=0.0, nesterov=False, name="SGD", **kwargs):
        super().__init__(name, **kwargs)
        self._take(learning_rate, kwargs)
        self._take_momentum(momentum)
        self.nesterov = nesterov

    def _create_slots(self, var_list):
        if self._momentum:
            self._add_slots(var_list, "momentum")

    def _prepare_local(self, var_device, var_dtype, apply_state):
        super()._prepare_local(var_device, var_dtype, apply_state)
        apply_state[var_device, var_dtype]["momentum"] = tf.identity(self._get_hyper("momentum", var_dtype))

    def _moved(self, grad, var, apply_state, indices=None):
        c = self._coefficients(var, apply_state)
        return self._apply(
            "KerasMomentum", var, grad, {"accum": "momentum"}, indices,
            lr=c["lr_t"], momentum=c["momentum"], use_nesterov=self.nesterov,
        )  # fmt: skip

    def _resource_apply_dense(self, grad, var, apply_state=None):
        if self._momentum:
            return self._moved(grad, var, apply_state)
        return self._apply("GradientDescent", var, grad, {}, alpha=self._coefficients(var, apply_state)["lr_t"])

    def _resource_apply_sparse(self, grad, var, indices, apply_state=None):
        return self._moved(grad, var, apply_state, indices)

    def _resource_apply_sparse_duplicate_indices(self, grad, var, indices, apply_state=None):
        if self._momentum:
            return super()._resource_apply_sparse_duplicate_indices(grad, var, indices, apply_state=apply_state)
        step = -grad * self._coefficients(var, apply_state)["lr_t"]
        return tf.raw_ops.ResourceScatterAdd(resource=var.handle, indices=indices, updates=step)
