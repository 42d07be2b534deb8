"""Nadam."""

import graphflow as tf
from graphflow_keras import _schedules
from graphflow_keras.optimizer_v2 import adam


class Nadam(adam.Moments):
    """Adam with Nesterov momentum and a schedule that warms the momentum up.

    Source: Dozat, "Incorporating Nesterov Momentum into Adam" (2015); Sutskever et al. (ICML 2013).
    """

    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, name="Nadam", **kwargs):
        kwargs["decay"] = kwargs.pop("schedule_decay", 0.004)
        if isinstance(kwargs.get("lr", learning_rate), _schedules.LearningRateSchedule):
            raise ValueError(
                "The Nadam optimizer does not support tf.keras.optimizers.LearningRateSchedules as the learning rate."
            )
        super().__init__(learning_rate, beta_1, beta_2, epsilon, name, kwargs)
        self._m_cache = None  # the product of the momentums so far

    def _create_slots(self, var_list):
        if self._m_cache is None:
            dtype = var_list[0].dtype.base_dtype
            self._m_cache = self.add_weight("momentum_cache", [], dtype, "ones", trainable=False)
            self._weights.append(self._m_cache)
        super()._create_slots(var_list)

    def _prepare(self, var_list):
        self._m_cache_read = tf.identity(self._m_cache)  # before any dtype's part changes it
        return super()._prepare(var_list)

    def _prepare_local(self, var_device, var_dtype, apply_state):
        rate = tf.identity(self._get_hyper("learning_rate", var_dtype))
        beta_1, beta_2 = (tf.identity(self._get_hyper(name, var_dtype)) for name in ("beta_1", "beta_2"))
        step, next_step = (tf.cast(self.iterations + ahead, var_dtype) for ahead in (1, 2))
        base = tf.cast(0.96, var_dtype)
        momentum, next_momentum = (
            beta_1 * (1.0 - 0.5 * tf.pow(base, self._initial_decay * t)) for t in (step, next_step)
        )
        product = tf.cast(self._m_cache_read, var_dtype) * momentum
        if var_dtype == self._m_cache.dtype.base_dtype:
            product = tf.identity(tf.assign(self._m_cache, product))
        apply_state[var_device, var_dtype] = {
            "lr_t": rate,
            "neg_lr_t": -rate,
            "epsilon": tf.convert_to_tensor(self.epsilon, var_dtype),
            "beta_1_t": beta_1,
            "beta_2_t": beta_2,
            "m_t": momentum,
            "m_t_1": next_momentum,
            "one_minus_beta_1_t": 1 - beta_1,
            "one_minus_beta_2_t": 1 - beta_2,
            "one_minus_m_t": 1.0 - momentum,
            "one_minus_m_schedule_new": 1.0 - product,
            "one_minus_m_schedule_next": 1.0 - product * next_momentum,
            "v_t_prime_denominator": 1.0 - tf.pow(beta_2, step),
        }

    @staticmethod
    def _step(grad, m_t, v_t, c):
        """How far a variable moves, as a share of the learning rate."""
        direction = c["one_minus_m_t"] * (grad / c["one_minus_m_schedule_new"])
        direction = direction + c["m_t_1"] * (m_t / c["one_minus_m_schedule_next"])
        return direction / (tf.sqrt(v_t / c["v_t_prime_denominator"]) + c["epsilon"])

    def _resource_apply_dense(self, grad, var, apply_state=None):
        c = self._coefficients(var, apply_state)
        m, v = (self.get_slot(var, name) for name in ("m", "v"))
        m_t = tf.assign(m, c["beta_1_t"] * m + c["one_minus_beta_1_t"] * grad)
        v_t = tf.assign(v, c["beta_2_t"] * v + c["one_minus_beta_2_t"] * tf.square(grad))
        return tf.assign(var, var - c["lr_t"] * self._step(grad, m_t, v_t, c))

    def _resource_apply_sparse(self, grad, var, indices, apply_state=None):
        c = self._coefficients(var, apply_state)
        m, v = (self.get_slot(var, name) for name in ("m", "v"))
        m_t = self._averaged(m, c["beta_1_t"], grad * c["one_minus_beta_1_t"], indices)
        v_t = self._averaged(v, c["beta_2_t"], grad * grad * c["one_minus_beta_2_t"], indices)
        step = self._step(grad, tf.gather(m_t, indices), tf.gather(v_t, indices), c)
        return tf.group(self._resource_scatter_add(var, indices, c["neg_lr_t"] * step), m_t, v_t)
