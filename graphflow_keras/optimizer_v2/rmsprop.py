"""RMSprop."""

import graphflow as tf
from graphflow_keras import backend as K
from graphflow_keras.optimizer_v2 import optimizer_v2


class RMSprop(optimizer_v2.WithoutStep):
    """Divides the gradient by a running average of its magnitude; `centered`, by its standard deviation.

    Source: Tieleman and Hinton, lecture 6.5 of "Neural Networks for Machine Learning" (2012).
    """

    _arguments = ("learning_rate", "decay", "rho", "momentum", "epsilon", "centered")

    def __init__(
        self, learning_rate=0.001, rho=0.9, momentum=0.0, epsilon=1e-7, centered=False, name="RMSprop", **kwargs
    ):
        super().__init__(name, **kwargs)
        self._take(learning_rate, kwargs, rho=rho)
        self._take_momentum(momentum)
        self.epsilon = epsilon or K.epsilon()
        self.centered = centered

    def _create_slots(self, var_list):
        self._add_slots(var_list, "rms", *["momentum"] * self._momentum, *["mg"] * self.centered)

    def _prepare_local(self, var_device, var_dtype, apply_state):
        super()._prepare_local(var_device, var_dtype, apply_state)
        c = apply_state[var_device, var_dtype]
        rho = tf.identity(self._get_hyper("rho", var_dtype))
        c.update(
            neg_lr_t=-c["lr_t"],
            epsilon=tf.convert_to_tensor(self.epsilon, var_dtype),
            rho=rho,
            momentum=tf.identity(self._get_hyper("momentum", var_dtype)),
            one_minus_rho=1.0 - rho,
        )

    def _with_momentum(self, grad, var, c, indices=None):
        slots = {"ms": "rms", "mom": "momentum", **({"mg": "mg"} if self.centered else {})}
        rule = "CenteredRMSProp" if self.centered else "RMSProp"
        numbers = {name: c[name] for name in ("rho", "momentum", "epsilon")}
        return self._apply(rule, var, grad, slots, indices, lr=c["lr_t"], **numbers)

    def _resource_apply_dense(self, grad, var, apply_state=None):
        c = self._coefficients(var, apply_state)
        if self._momentum:
            return self._with_momentum(grad, var, c)
        rms = self.get_slot(var, "rms")
        spread = rms_t = tf.assign(rms, c["rho"] * rms + c["one_minus_rho"] * tf.square(grad))
        if self.centered:
            mean = self.get_slot(var, "mg")
            mean_t = tf.assign(mean, c["rho"] * mean + c["one_minus_rho"] * grad)
            spread = rms_t - tf.square(mean_t)
        return tf.assign(var, var - c["lr_t"] * grad / (tf.sqrt(spread) + c["epsilon"]))

    def _resource_apply_sparse(self, grad, var, indices, apply_state=None):
        c = self._coefficients(var, apply_state)
        if self._momentum:
            return self._with_momentum(grad, var, c, indices)
        rms_t = self._averaged(self.get_slot(var, "rms"), c["rho"], grad * grad * c["one_minus_rho"], indices)
        spread, done = tf.gather(rms_t, indices), [rms_t]
        if self.centered:
            mean_t = self._averaged(self.get_slot(var, "mg"), c["rho"], grad * c["one_minus_rho"], indices)
            spread, done = spread - tf.square(tf.gather(mean_t, indices)), [rms_t, mean_t]
        step = c["neg_lr_t"] * grad / (tf.sqrt(spread) + c["epsilon"])
        return tf.group(self._resource_scatter_add(var, indices, step), *done)


RMSProp = RMSprop
