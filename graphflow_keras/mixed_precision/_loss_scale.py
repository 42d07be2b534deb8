"""Scaling of losses, so that small gradients do not vanish in float16."""

import graphflow as tf
from graphflow_keras import optimizer_v2


class FixedLossScale:
    """One number, at least 1."""

    def __init__(self, loss_scale_value):
        if loss_scale_value < 1:
            raise ValueError(f"loss_scale_value must be at least 1; got {loss_scale_value}")
        self._value = float(loss_scale_value)

    def __call__(self):
        """The scale, a scalar tensor."""
        return tf.convert_to_tensor(self._value)

    def update(self, grads):
        """(operation that adapts the scale, whether the gradients may be applied)."""
        return tf.no_op(), tf.constant(True)

    def __repr__(self):
        return f"FixedLossScale({self._value})"


class DynamicLossScale:
    """A scale that grows by `multiplier` after `increment_period` steps with finite gradients, and shrinks by it else."""

    def __init__(self, initial_loss_scale=2**15, increment_period=2000, multiplier=2.0):
        self._initial, self._period, self._multiplier = (
            float(initial_loss_scale),
            int(increment_period),
            float(multiplier),
        )
        self._scale = tf.Variable(self._initial, trainable=False, name="current_loss_scale", use_resource=True)
        self._good_steps = tf.Variable(0, trainable=False, dtype=tf.int64, name="good_steps", use_resource=True)

    def __call__(self):
        """The scale, a scalar tensor."""
        return tf.convert_to_tensor(self._scale)

    def update(self, grads):
        """(operation that adapts the scale, whether the gradients may be applied: all are finite)."""
        finite = tf.reduce_all([tf.reduce_all(tf.is_finite(g)) for g in tf.nest.flatten(grads) if g is not None])
        grows = self._good_steps + 1 >= self._period
        larger = self._scale * self._multiplier
        larger = tf.where(tf.logical_and(grows, tf.is_finite(larger)), larger, self._scale)
        scale = tf.where(finite, larger, tf.maximum(self._scale / self._multiplier, 1.0))
        steps = tf.where(tf.logical_and(finite, tf.logical_not(grows)), self._good_steps + 1, tf.zeros([], tf.int64))
        with tf.control_dependencies([scale, steps]):
            return tf.group(self._scale.assign(scale), self._good_steps.assign(steps)), finite

    def __repr__(self):
        return (
            f"DynamicLossScale(initial_loss_scale={self._initial}, increment_period={self._period}, "
            f"multiplier={self._multiplier})"
        )


def get(identifier):
    """The loss scale for a number, "dynamic" or a loss scale; None for None.

    Raises:
        ValueError: something else.
    """
    if identifier is None or callable(getattr(identifier, "update", None)):
        return identifier
    if isinstance(identifier, int | float):
        return FixedLossScale(identifier)
    if identifier == "dynamic":
        return DynamicLossScale()
    raise ValueError(f"Could not interpret loss scale identifier: {identifier!r}; it is a number or 'dynamic'")


class LossScaleOptimizer(optimizer_v2.OptimizerV2):
    """An optimizer whose loss is scaled, and whose gradients are scaled back; steps whose gradients are not finite are left out.

    Args:
        opt: an optimizer of tf.keras, without `clipnorm` and `clipvalue`.
        loss_scale: a number, "dynamic" or a loss scale.

    Raises:
        ValueError: another optimizer.
    """

    def __init__(self, opt, loss_scale):
        if not isinstance(opt, optimizer_v2.OptimizerV2):
            raise ValueError(f'"opt" must be an instance of OptimizerV2, an optimizer of tf.keras, but got: {opt!r}')
        for name in ("clipnorm", "clipvalue"):
            if vars(opt).get(name) is not None:
                raise ValueError(
                    f"LossScaleOptimizer does not support wrapping optimizers with a {name}; {opt} has one"
                )
        super().__init__("loss_scale_optimizer")
        vars(self).update(_optimizer=opt, loss_scale=get(loss_scale))

    def __getattr__(self, name):
        if name.startswith("__") or "_optimizer" not in vars(self):
            raise AttributeError(name)
        return getattr(self._optimizer, name)

    def __setattr__(self, name, value):
        if "_optimizer" in vars(self) and name in ("lr", "learning_rate", "iterations"):
            setattr(self._optimizer, name, value)
        else:
            super().__setattr__(name, value)

    @property
    def iterations(self):
        """The number of steps taken, of the optimizer inside."""
        return self._optimizer.iterations

    @property
    def weights(self):
        """The variables of the optimizer inside."""
        return self._optimizer.weights

    def get_scaled_loss(self, loss):
        """A loss, a tensor or a function that computes one, times the scale."""
        if callable(loss):
            return lambda: self.get_scaled_loss(loss())
        return loss * tf.cast(self.loss_scale(), loss.dtype)

    def get_unscaled_gradients(self, grads):
        """Gradients, divided by the scale; None stays None."""
        factor = 1.0 / self.loss_scale()
        return [g if g is None else g * tf.cast(factor, g.dtype) for g in grads]

    def _compute_gradients(self, loss, var_list, grad_loss=None):
        pairs = self._optimizer._compute_gradients(self.get_scaled_loss(loss), var_list, grad_loss)
        return list(zip(self.get_unscaled_gradients([g for g, _ in pairs]), [v for _, v in pairs]))

    def get_gradients(self, loss, params):
        """The gradients of a tensor, computed of the scaled one."""
        return self.get_unscaled_gradients(self._optimizer.get_gradients(self.get_scaled_loss(loss), params))

    def apply_gradients(self, grads_and_vars, name=None):
        """One step of the optimizer inside, if the gradients are finite."""
        pairs = list(grads_and_vars)
        adapt, finite = self.loss_scale.update([g for g, _ in pairs])
        if tf.executing_eagerly():
            return self._optimizer.apply_gradients(pairs, name) if finite else None
        self._optimizer.iterations  # noqa: B018  variables are made outside of the branch
        with tf.init_scope():
            self._optimizer._create_hypers()
            self._optimizer._create_slots([v for g, v in pairs if g is not None])
        with tf.control_dependencies([g for g, _ in pairs if g is not None]):
            step = tf.cond(finite, lambda: tf.group(self._optimizer.apply_gradients(pairs, name)), tf.no_op)
        return tf.group(step, adapt)

    def get_slot_names(self):
        """The names of the slots of the optimizer inside."""
        return self._optimizer.get_slot_names()

    def get_config(self):
        """There is none, as in TensorFlow: save the model without the optimizer."""
        raise NotImplementedError(
            "get_config() is not implemented for LossScaleOptimizers: model.save(..., include_optimizer=False)"
        )
