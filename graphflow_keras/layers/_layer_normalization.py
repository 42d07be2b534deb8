"""Layer normalization."""

import graphflow as tf
from graphflow_keras import backend as K
from graphflow_keras.layers._options import SameShapeLayer, take_options


class LayerNormalization(SameShapeLayer):
    """Shifts and scales each example, over its own axes, to mean `beta` and standard deviation `gamma`.

    Args:
        axis: int or list of ints, the axes normalized over; `gamma` and `beta` have their sizes.
        epsilon: float, added to the variance.
        center, scale: bools, whether there is a `beta`, a `gamma`.
        *_initializer, *_regularizer, *_constraint: what the weights are made with.

    Raises:
        ValueError: an axis that is no int, is not there, or comes twice.

    Source: Ba, Kiros, Hinton, Layer normalization (2016).
    """

    OPTIONS = (
        *("axis", "epsilon", "center", "scale", "beta_initializer", "gamma_initializer"),
        *("beta_regularizer", "gamma_regularizer", "beta_constraint", "gamma_constraint"),
    )

    def __init__(
        self,
        axis=-1,
        epsilon=1e-3,
        center=True,
        scale=True,
        beta_initializer="zeros",
        gamma_initializer="ones",
        beta_regularizer=None,
        gamma_regularizer=None,
        beta_constraint=None,
        gamma_constraint=None,
        trainable=True,
        name=None,
        **kwargs,
    ):
        if not isinstance(axis, int | list | tuple):
            raise ValueError(f"Expected an int or a list/tuple of ints for the argument 'axis', but received {axis!r}")
        super().__init__(name=name, trainable=trainable, **kwargs)
        take_options(self, self.OPTIONS, locals())

    def build(self, input_shape):
        rank = len(input_shape)
        axes = [
            axis + rank if axis < 0 else axis for axis in ([self.axis] if isinstance(self.axis, int) else self.axis)
        ]
        if any(not 0 <= axis < rank for axis in axes):
            raise ValueError(f"Invalid axis: {self.axis} of an input of shape {input_shape}")
        if len(set(axes)) != len(axes):
            raise ValueError(f"Duplicate axis: {self.axis}")
        self.axis = axes
        shape = tuple(input_shape[axis] for axis in axes)
        if None in shape:
            raise ValueError(f"The sizes of axes {axes} have to be known to normalize over them; got {input_shape}")
        self.gamma = self._make_weight("gamma", shape) if self.scale else None
        self.beta = self._make_weight("beta", shape) if self.center else None
        self.built = True

    def call(self, inputs):
        mean, variance = tf.nn.moments(inputs, self.axis, keep_dims=True)
        gamma, beta = self.gamma, self.beta
        if self.axis != [K.ndim(inputs) - 1]:
            shape = [size if i in self.axis else 1 for i, size in enumerate(K.int_shape(inputs))]
            gamma, beta = (weight if weight is None else K.reshape(weight, shape) for weight in (gamma, beta))
        return tf.nn.batch_normalization(inputs, mean, variance, beta, gamma, self.epsilon)
