"""Learning rates that change with the step, as objects: an optimizer calls one with the number of its step.

`keras.optimizers.schedules`, and those of `keras.experimental`. The formulas are those of `tf.train`.
"""

import graphflow as tf
from graphflow_keras.utils.generic_utils import deserialize_keras_object, serialize_keras_object


class LearningRateSchedule:
    """Base class: a callable from a step to the learning rate of that step.

    A subclass overrides `__call__`, and `get_config` so that optimizers with it can be saved.
    """

    def __call__(self, step):
        """The learning rate at `step`, a scalar; a scalar tensor."""
        raise NotImplementedError(f"{type(self).__name__}.__call__(step): write it to give the rate at a step")

    def get_config(self):
        """The arguments as a dict."""
        raise NotImplementedError(f"{type(self).__name__}.get_config(): write it to give the arguments as a dict")

    @classmethod
    def from_config(cls, config):
        """The schedule of what `get_config` gave."""
        return cls(**config)


class _Formula(LearningRateSchedule):
    """A schedule whose arguments, all attributes, go to a function of `tf.train`."""

    formula = None

    def _keep(self, arguments):
        vars(self).update({name: value for name, value in arguments.items() if name not in ("self", "__class__")})

    def __call__(self, step):
        arguments = self.get_config()
        rate = type(self).formula(arguments.pop("initial_learning_rate"), step, **arguments)
        return rate() if callable(rate) else rate  # with eager execution the functions of tf.train wait to be asked

    def get_config(self):
        return dict(vars(self))


class ExponentialDecay(_Formula):
    """initial_learning_rate * decay_rate ^ (step / decay_steps)

    Args:
        initial_learning_rate: the rate at step 0; its type is that of the result.
        decay_steps: after so many steps the rate is multiplied by `decay_rate`.
        staircase: rounds the exponent down, so that the rate falls in jumps.
    """

    formula = tf.train.exponential_decay

    def __init__(self, initial_learning_rate, decay_steps, decay_rate, staircase=False, name=None):
        self._keep(locals())


class InverseTimeDecay(_Formula):
    """initial_learning_rate / (1 + decay_rate * step / decay_steps); arguments as of `ExponentialDecay`."""

    formula = tf.train.inverse_time_decay

    def __init__(self, initial_learning_rate, decay_steps, decay_rate, staircase=False, name=None):
        self._keep(locals())


class PolynomialDecay(_Formula):
    """(initial_learning_rate - end_learning_rate) * (1 - step / decay_steps) ^ power + end_learning_rate

    Args:
        initial_learning_rate: the rate at step 0; its type is that of the result.
        decay_steps: from here on the rate stays at `end_learning_rate`.
        cycle: instead, `decay_steps` becomes its next multiple that is not below the step, so that the rate rises again.
    """

    formula = tf.train.polynomial_decay

    def __init__(self, initial_learning_rate, decay_steps, end_learning_rate=0.0001, power=1.0, cycle=False, name=None):
        self._keep(locals())


class PiecewiseConstantDecay(LearningRateSchedule):
    """`values[0]` up to step boundaries[0], `values[1]` up to boundaries[1], ..., `values[-1]` beyond the last.

    Args:
        boundaries: n growing numbers.
        values: n + 1 numbers of one type.

    Raises:
        ValueError: not one value more than boundaries.
    """

    def __init__(self, boundaries, values, name=None):
        if len(boundaries) != len(values) - 1:
            raise ValueError(
                "The length of boundaries should be 1 less than the length of values; "
                f"got {len(boundaries)} boundaries and {len(values)} values"
            )
        self.boundaries = boundaries
        self.values = values
        self.name = name

    def __call__(self, step):
        step = tf.convert_to_tensor(step)
        boundaries = [tf.cast(boundary, step.dtype.base_dtype) for boundary in self.boundaries]
        rate = tf.train.piecewise_constant(step, boundaries, self.values, name=self.name)
        return rate() if callable(rate) else rate

    def get_config(self):
        return {"boundaries": self.boundaries, "values": self.values, "name": self.name}


class CosineDecay(_Formula):
    """initial_learning_rate * ((1 - alpha) * (1 + cos(pi * step / decay_steps)) / 2 + alpha)

    Args:
        initial_learning_rate: the rate at step 0; its type is that of the result.
        decay_steps: from here on the rate stays at `alpha * initial_learning_rate`.

    Source: Loshchilov, Hutter, SGDR: stochastic gradient descent with warm restarts (2016).
    """

    formula = tf.train.cosine_decay

    def __init__(self, initial_learning_rate, decay_steps, alpha=0.0, name=None):
        self._keep(locals())


class CosineDecayRestarts(_Formula):
    """`CosineDecay` again and again: each period `t_mul` times as long and starting `m_mul` times as high as the last.

    Source: Loshchilov, Hutter, SGDR: stochastic gradient descent with warm restarts (2016).
    """

    formula = tf.train.cosine_decay_restarts

    def __init__(self, initial_learning_rate, first_decay_steps, t_mul=2.0, m_mul=1.0, alpha=0.0, name=None):
        self._keep(locals())


class LinearCosineDecay(_Formula):
    """initial_learning_rate * ((alpha + 1 - t) * (1 + cos(2 pi num_periods t)) / 2 + beta), t = step / decay_steps

    Source: Bello et al., Neural optimizer search with reinforcement learning (2017).
    """

    formula = tf.train.linear_cosine_decay

    def __init__(self, initial_learning_rate, decay_steps, num_periods=0.5, alpha=0.0, beta=0.001, name=None):
        self._keep(locals())


class NoisyLinearCosineDecay(_Formula):
    """`LinearCosineDecay` with normal noise of variance initial_variance / (1 + step)^variance_decay on the line.

    Source: Bello et al., Neural optimizer search with reinforcement learning (2017).
    """

    formula = tf.train.noisy_linear_cosine_decay

    def __init__(
        self, initial_learning_rate, decay_steps, initial_variance=1.0, variance_decay=0.55, num_periods=0.5, alpha=0.0,
        beta=0.001, name=None,
    ):  # fmt: skip
        self._keep(locals())


def serialize(learning_rate_schedule):
    """`{"class_name": ..., "config": ...}` of a schedule."""
    return serialize_keras_object(learning_rate_schedule)


def deserialize(config, custom_objects=None):
    """The schedule that `serialize` described.

    Raises:
        ValueError: there is no schedule of that name, here or among the custom objects.
    """
    return deserialize_keras_object(config, globals(), custom_objects, "decay")
