"""Activation functions, and how they are named."""

import warnings

from graphflow_keras import backend as K
from graphflow_keras.engine.base_layer import Layer
from graphflow_keras.utils.generic_utils import deserialize_keras_object

# Klambauer et al., Self-normalizing neural networks (2017), to double precision.
_SELU_ALPHA = 1.6732632423543772848170429916717
_SELU_SCALE = 1.0507009873554804934193349852946


def softmax(x, axis=-1):
    """exp(x) / sum(exp(x)) along `axis`.

    Raises:
        ValueError: `x` has one axis only.
    """
    rank = K.ndim(x)
    if rank is None or rank < 2:
        raise ValueError(f"Cannot apply softmax to a tensor that is 1D. Received input: {x}")
    if rank == 2:
        return K.softmax(x)
    e = K.exp(x - K.max(x, axis=axis, keepdims=True))
    return e / K.sum(e, axis=axis, keepdims=True)


def elu(x, alpha=1.0):
    """x where it is positive, alpha (e^x - 1) elsewhere."""
    return K.elu(x, alpha)


def selu(x):
    """The scaled `elu` that keeps mean 0 and variance 1 from layer to layer; goes with `lecun_normal`."""
    return _SELU_SCALE * K.elu(x, _SELU_ALPHA)


def softplus(x):
    """log(1 + e^x)"""
    return K.softplus(x)


def softsign(x):
    """x / (1 + |x|)"""
    return K.softsign(x)


def relu(x, alpha=0.0, max_value=None, threshold=0.0):
    """f(x) = max_value for x >= max_value, x for threshold <= x < max_value, alpha (x - threshold) below."""
    return K.relu(x, alpha=alpha, max_value=max_value, threshold=threshold)


def tanh(x):
    """The hyperbolic tangent."""
    return K.tanh(x)


def sigmoid(x):
    """1 / (1 + e^-x)"""
    return K.sigmoid(x)


def hard_sigmoid(x):
    """0.2 x + 0.5, kept within 0 and 1."""
    return K.hard_sigmoid(x)


def exponential(x):
    """e^x"""
    return K.exp(x)


def linear(x):
    """x itself."""
    return x


def serialize(activation):
    """The name of an activation function."""
    return activation.__name__


def deserialize(name, custom_objects=None):
    """The activation function of that name.

    Raises:
        ValueError: there is none.
    """
    return deserialize_keras_object(name, globals(), custom_objects, "activation function")


def get(identifier):
    """The activation function for a name; a function itself; `linear` for None.

    Raises:
        ValueError: anything else.
    """
    if identifier is None:
        return linear
    if isinstance(identifier, str):
        return deserialize(identifier)
    if callable(identifier):
        if isinstance(identifier, Layer):
            warnings.warn(
                f"Do not pass a layer instance (such as {type(identifier).__name__}) as the activation argument of another layer. "
                "Instead, advanced activation layers should be used just like any other layer in a model.",
                stacklevel=2,
            )
        return identifier
    raise ValueError(f"Could not interpret activation function identifier: {identifier}")
