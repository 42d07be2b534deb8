"""Constraints: what weights are brought back to after a step of the optimizer."""

import numpy as np

import graphflow as tf
from graphflow_keras import backend as K
from graphflow_keras.utils.generic_utils import deserialize_keras_object, interpreted, serialize_keras_object


class Constraint:
    """Base class: a callable from a weight to an allowed weight."""

    def __call__(self, w):
        """The allowed weight for `w`, a tensor of its shape."""
        return w

    def get_config(self):
        """The arguments as a dict."""
        return {}


class MaxNorm(Constraint):
    """Scales weights down to a norm of at most `max_value`.

    Args:
        max_value: float.
        axis: int or list of ints, what the norm is taken over: 0 for a dense layer's weights into each unit,
            [0, 1, 2] for the kernels of Conv2D.
    """

    def __init__(self, max_value=2, axis=0):
        self.max_value = max_value
        self.axis = axis

    def __call__(self, w):
        """The allowed weight for `w`, a tensor of its shape."""
        norms = _norms(w, self.axis)
        return w * (K.clip(norms, 0, self.max_value) / (K.epsilon() + norms))

    def get_config(self):
        """The arguments as a dict."""
        return {"max_value": self.max_value, "axis": self.axis}


class NonNeg(Constraint):
    """Sets negative weights to zero."""

    def __call__(self, w):
        """The allowed weight for `w`, a tensor of its shape."""
        return w * K.cast(K.greater_equal(w, 0.0), K.floatx())


class UnitNorm(Constraint):
    """Scales weights to a norm of 1 over `axis`, as for `MaxNorm`."""

    def __init__(self, axis=0):
        self.axis = axis

    def __call__(self, w):
        """The allowed weight for `w`, a tensor of its shape."""
        return w / (K.epsilon() + _norms(w, self.axis))

    def get_config(self):
        """The arguments as a dict."""
        return {"axis": self.axis}


class MinMaxNorm(Constraint):
    """Moves the norm of weights into [min_value, max_value], by a share `rate` of the way.

    Args:
        min_value, max_value, rate: floats.
        axis: as for `MaxNorm`.
    """

    def __init__(self, min_value=0.0, max_value=1.0, rate=1.0, axis=0):
        self.min_value = min_value
        self.max_value = max_value
        self.rate = rate
        self.axis = axis

    def __call__(self, w):
        """The allowed weight for `w`, a tensor of its shape."""
        norms = _norms(w, self.axis)
        desired = self.rate * K.clip(norms, self.min_value, self.max_value) + (1 - self.rate) * norms
        return w * (desired / (K.epsilon() + norms))

    def get_config(self):
        """The arguments as a dict."""
        return {
            "min_value": self.min_value,
            "max_value": self.max_value,
            "rate": self.rate,
            "axis": self.axis,
        }


class RadialConstraint(Constraint):
    """Makes each kernel of a 2D convolution `[side, side, channels, filters]` constant on squares around its centre.

    Each square takes its value from the diagonal, one element before where one would look for it: as TensorFlow's.

    Raises:
        ValueError: a weight that is no square kernel.
    """

    def __call__(self, w):
        """The allowed weight for `w`, a tensor of its shape."""
        shape = K.int_shape(w)
        if shape is None or len(shape) != 4 or shape[0] != shape[1]:
            raise ValueError(f"The weight tensor must be of rank 4, with square kernels, but is of shape: {shape}")
        side = shape[0]
        middle = side // 2
        steps = np.arange(side)
        rings = np.maximum(middle - steps, steps - (side - 1 - middle))  # how far a line is from the middle
        rings = np.maximum.outer(rings, rings)
        on_diagonal = np.where(rings == rings.min(), middle - 1, middle + rings - 1)
        on_diagonal %= side
        return tf.gather_nd(w, np.stack([on_diagonal, on_diagonal], axis=-1))


def _norms(w, axis):
    return K.sqrt(K.sum(K.square(w), axis=axis, keepdims=True))


max_norm = maxnorm = MaxNorm
non_neg = nonneg = NonNeg
unit_norm = unitnorm = UnitNorm
min_max_norm = MinMaxNorm
radial_constraint = RadialConstraint


def serialize(constraint):
    """The config of a constraint, or the name of a function."""
    return serialize_keras_object(constraint)


def deserialize(config, custom_objects=None):
    """The constraint of a config or name.

    Raises:
        ValueError: there is none.
    """
    return deserialize_keras_object(config, globals(), custom_objects, "constraint")


def get(identifier):
    """The constraint for a name or config; a callable itself; None for None.

    Raises:
        ValueError: anything else.
    """
    return None if identifier is None else interpreted(identifier, deserialize, "constraint")
