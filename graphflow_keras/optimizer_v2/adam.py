"""Adam, and what its kin share."""

import graphflow as tf
from graphflow_keras import backend as K
from graphflow_keras.optimizer_v2 import optimizer_v2


class Moments(optimizer_v2.OptimizerV2):
    """What Adam and its kin share: the rates of two running means."""

    _arguments = ("learning_rate", "decay", "beta_1", "beta_2", "epsilon")

    def __init__(self, learning_rate, beta_1, beta_2, epsilon, name, kwargs):
        super().__init__(name, **kwargs)
        self._take(learning_rate, kwargs, beta_1=beta_1, beta_2=beta_2)
        self.epsilon = epsilon or K.epsilon()

    def _create_slots(self, var_list):
        self._add_slots(var_list, "m", "v")


class Adam(Moments):
    """Running means of the gradient and of its square, corrected for their start at zero.

    Source: Kingma and Ba (arXiv:1412.6980); `amsgrad`: Reddi, Kale and Kumar, "On the Convergence of Adam and Beyond" (2018).
    """

    _arguments = (*Moments._arguments, "amsgrad")

    def __init__(
        self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, amsgrad=False, name="Adam", **kwargs
    ):
        super().__init__(learning_rate, beta_1, beta_2, epsilon, name, kwargs)
        self.amsgrad = amsgrad

    def _create_slots(self, var_list):
        self._add_slots(var_list, "m", "v", *["vhat"] * self.amsgrad)

    def set_weights(self, weights):
        """Sets `weights` from arrays; those of Keras 2.2.4 have one more for each variable, which only amsgrad needs."""
        variables = (len(self.weights) - 1) // 2
        super().set_weights(weights[: len(self.weights)] if len(weights) == 3 * variables + 1 else weights)

    def _prepare_local(self, var_device, var_dtype, apply_state):
        super()._prepare_local(var_device, var_dtype, apply_state)
        c = apply_state[var_device, var_dtype]
        step = tf.cast(self.iterations + 1, var_dtype)
        beta_1, beta_2 = (tf.identity(self._get_hyper(name, var_dtype)) for name in ("beta_1", "beta_2"))
        power_1, power_2 = tf.pow(beta_1, step), tf.pow(beta_2, step)
        c.update(
            lr=c["lr_t"] * (tf.sqrt(1 - power_2) / (1 - power_1)),
            epsilon=tf.convert_to_tensor(self.epsilon, var_dtype),
            beta_1_t=beta_1,
            beta_1_power=power_1,
            one_minus_beta_1_t=1 - beta_1,
            beta_2_t=beta_2,
            beta_2_power=power_2,
            one_minus_beta_2_t=1 - beta_2,
        )

    def _resource_apply_dense(self, grad, var, apply_state=None):
        c = self._coefficients(var, apply_state)
        rule, slots = "Adam", {"m": "m", "v": "v"}
        if self.amsgrad:
            rule, slots = "AdamWithAmsgrad", {**slots, "vhat": "vhat"}
        return self._apply(
            rule, var, grad, slots, beta1_power=c["beta_1_power"], beta2_power=c["beta_2_power"],
            lr=c["lr_t"], beta1=c["beta_1_t"], beta2=c["beta_2_t"], epsilon=c["epsilon"],
        )  # fmt: skip

    def _resource_apply_sparse(self, grad, var, indices, apply_state=None):
        c = self._coefficients(var, apply_state)
        m, v = (self.get_slot(var, name) for name in ("m", "v"))
        m_t = self._averaged(m, c["beta_1_t"], grad * c["one_minus_beta_1_t"], indices)
        v_t = self._averaged(v, c["beta_2_t"], grad * grad * c["one_minus_beta_2_t"], indices)
        done, largest = [m_t, v_t], v_t
        if self.amsgrad:
            vhat = self.get_slot(var, "vhat")
            largest = tf.assign(vhat, tf.maximum(vhat, v_t))
            done.append(largest)
        update = tf.assign_sub(var, c["lr"] * m_t / (tf.sqrt(largest) + c["epsilon"]))
        return tf.group(*(getattr(one, "op", one) for one in (update, *done)))
