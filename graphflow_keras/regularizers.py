"""Regularizers: what large weights add to the loss."""

import graphflow as tf
from graphflow_keras import backend as K
from graphflow_keras import dialect
from graphflow_keras.utils.generic_utils import deserialize_keras_object, interpreted, serialize_keras_object


class Regularizer:
    """Base class: a callable from a weight to a scalar."""

    def __call__(self, x):
        """The penalty for weight `x`, a scalar."""
        return 0.0

    @classmethod
    def from_config(cls, config):
        """The regularizer of a config."""
        return cls(**config)


class L1L2(Regularizer):
    """l1 sum(|x|) + l2 sum(x^2).

    Args:
        l1, l2: floats.
    """

    def __init__(self, l1=0.0, l2=0.0):
        self.l1 = K.cast_to_floatx(l1)
        self.l2 = K.cast_to_floatx(l2)

    def __call__(self, x):
        """The penalty for weight `x`, a scalar."""
        penalty = 0.0
        if dialect.is_tf_keras():
            if not self.l1 and not self.l2:
                return K.constant(0.0)
            if self.l1:
                penalty += self.l1 * tf.reduce_sum(tf.abs(x))
            if self.l2:
                penalty += self.l2 * tf.reduce_sum(tf.square(x))
            return penalty
        if self.l1:
            penalty += K.sum(self.l1 * K.abs(x))
        if self.l2:
            penalty += K.sum(self.l2 * K.square(x))
        return penalty

    def get_config(self):
        """The arguments as a dict."""
        return {"l1": float(self.l1), "l2": float(self.l2)}


def l1(l=0.01):  # noqa: E741
    """l sum(|x|)"""
    return L1L2(l1=l)


def l2(l=0.01):  # noqa: E741
    """l sum(x^2)"""
    return L1L2(l2=l)


def l1_l2(l1=0.01, l2=0.01):
    """l1 sum(|x|) + l2 sum(x^2)"""
    return L1L2(l1=l1, l2=l2)


def serialize(regularizer):
    """The config of a regularizer, or the name of a function."""
    return serialize_keras_object(regularizer)


def deserialize(config, custom_objects=None):
    """The regularizer of a config or name.

    Raises:
        ValueError: there is none.
    """
    return deserialize_keras_object(config, globals(), custom_objects, "regularizer")


def get(identifier):
    """The regularizer for a name or config; a callable itself; None for None.

    Raises:
        ValueError: anything else.
    """
    return None if identifier is None else interpreted(identifier, deserialize, "regularizer")
