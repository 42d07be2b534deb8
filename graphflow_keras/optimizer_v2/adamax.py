"""Adamax."""

import graphflow as tf
from graphflow_keras.optimizer_v2 import adam


class Adamax(adam.Moments):
    """Adam with the largest recent gradient in place of the root of the mean square.

    Source: Kingma and Ba (arXiv:1412.6980), section 7.
    """

    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, name="Adamax", **kwargs):
        super().__init__(learning_rate, beta_1, beta_2, epsilon, name, kwargs)

    def _prepare_local(self, var_device, var_dtype, apply_state):
        super()._prepare_local(var_device, var_dtype, apply_state)
        c = apply_state[var_device, var_dtype]
        step = tf.cast(self.iterations + 1, var_dtype)
        beta_1, beta_2 = (tf.identity(self._get_hyper(name, var_dtype)) for name in ("beta_1", "beta_2"))
        power = tf.pow(beta_1, step)
        c.update(
            neg_scaled_lr=-c["lr_t"] / (1 - power),
            epsilon=tf.convert_to_tensor(self.epsilon, var_dtype),
            beta_1_t=beta_1,
            beta_1_power=power,
            one_minus_beta_1_t=1 - beta_1,
            beta_2_t=beta_2,
            zero=tf.zeros((), tf.int64),
        )

    def _resource_apply_dense(self, grad, var, apply_state=None):
        c = self._coefficients(var, apply_state)
        return self._apply(
            "AdaMax", var, grad, {"m": "m", "v": "v"}, beta1_power=c["beta_1_power"],
            lr=c["lr_t"], beta1=c["beta_1_t"], beta2=c["beta_2_t"], epsilon=c["epsilon"],
        )  # fmt: skip

    def _resource_apply_sparse(self, grad, var, indices, apply_state=None):
        c = self._coefficients(var, apply_state)
        m, v = (self.get_slot(var, name) for name in ("m", "v"))
        m_rows = tf.gather(m, indices, axis=0) * c["beta_1_t"] + grad * c["one_minus_beta_1_t"]
        m_t = self._resource_scatter_update(m, indices, m_rows)
        v_rows = tf.maximum(tf.gather(v, indices, axis=0) * c["beta_2_t"], tf.abs(grad))
        v_t = self._resource_scatter_update(v, indices, v_rows)
        step = c["neg_scaled_lr"] * (m_rows / (v_rows + c["epsilon"]))
        return tf.group(self._resource_scatter_add(var, indices, step), m_t, v_t)
