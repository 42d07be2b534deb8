"""Losses: one number for each sample, from what is true and what was predicted."""

from graphflow_keras import backend as K
from graphflow_keras.utils.generic_utils import deserialize_keras_object, serialize_keras_object


def mean_squared_error(y_true, y_pred):
    """mean((y_pred - y_true)^2) over the last axis."""
    return K.mean(K.square(y_pred - y_true), axis=-1)


def mean_absolute_error(y_true, y_pred):
    """mean(|y_pred - y_true|) over the last axis."""
    return K.mean(K.abs(y_pred - y_true), axis=-1)


def mean_absolute_percentage_error(y_true, y_pred):
    """100 mean(|y_true - y_pred| / |y_true|) over the last axis."""
    share = K.abs((y_true - y_pred) / K.clip(K.abs(y_true), K.epsilon(), None))
    return 100.0 * K.mean(share, axis=-1)


def mean_squared_logarithmic_error(y_true, y_pred):
    """mean((log(y_pred + 1) - log(y_true + 1))^2) over the last axis; negative values count as 0."""
    first, second = (K.log(K.clip(y, K.epsilon(), None) + 1.0) for y in (y_pred, y_true))
    return K.mean(K.square(first - second), axis=-1)


def squared_hinge(y_true, y_pred):
    """mean(max(1 - y_true y_pred, 0)^2) over the last axis; `y_true` is -1 or 1."""
    return K.mean(K.square(K.maximum(1.0 - y_true * y_pred, 0.0)), axis=-1)


def hinge(y_true, y_pred):
    """mean(max(1 - y_true y_pred, 0)) over the last axis; `y_true` is -1 or 1."""
    return K.mean(K.maximum(1.0 - y_true * y_pred, 0.0), axis=-1)


def categorical_hinge(y_true, y_pred):
    """max(0, 1 + the best wrong score - the right one); `y_true` is one-hot."""
    right = K.sum(y_true * y_pred, axis=-1)
    wrong = K.max((1.0 - y_true) * y_pred, axis=-1)
    return K.maximum(0.0, wrong - right + 1.0)


def logcosh(y_true, y_pred):
    """mean(log(cosh(y_pred - y_true))) over the last axis: squared for small errors, absolute for large ones."""
    error = y_pred - y_true
    return K.mean(error + K.softplus(-2.0 * error) - K.log(2.0), axis=-1)


def categorical_crossentropy(y_true, y_pred):
    """-sum(y_true log(y_pred)) over the last axis; both are distributions over classes."""
    return K.categorical_crossentropy(y_true, y_pred)


def sparse_categorical_crossentropy(y_true, y_pred):
    """-log(y_pred[y_true]): `categorical_crossentropy` with class numbers in place of one-hot vectors."""
    return K.sparse_categorical_crossentropy(y_true, y_pred)


def binary_crossentropy(y_true, y_pred):
    """mean(-y_true log(y_pred) - (1 - y_true) log(1 - y_pred)) over the last axis."""
    return K.mean(K.binary_crossentropy(y_true, y_pred), axis=-1)


def kullback_leibler_divergence(y_true, y_pred):
    """sum(y_true log(y_true / y_pred)) over the last axis."""
    y_true, y_pred = (K.clip(y, K.epsilon(), 1) for y in (y_true, y_pred))
    return K.sum(y_true * K.log(y_true / y_pred), axis=-1)


def poisson(y_true, y_pred):
    """mean(y_pred - y_true log(y_pred)) over the last axis."""
    return K.mean(y_pred - y_true * K.log(y_pred + K.epsilon()), axis=-1)


def cosine_proximity(y_true, y_pred):
    """Minus the cosine of the angle between the two vectors along the last axis."""
    y_true, y_pred = (K.l2_normalize(y, axis=-1) for y in (y_true, y_pred))
    return -K.sum(y_true * y_pred, axis=-1)


mse = MSE = mean_squared_error
mae = MAE = mean_absolute_error
mape = MAPE = mean_absolute_percentage_error
msle = MSLE = mean_squared_logarithmic_error
kld = KLD = kullback_leibler_divergence
cosine = cosine_proximity


def serialize(loss):
    """The name of a loss function, or the config of a loss object."""
    return serialize_keras_object(loss)


def deserialize(name, custom_objects=None):
    """The loss of that name or config.

    Raises:
        ValueError: there is none.
    """
    return deserialize_keras_object(name, globals(), custom_objects, "loss function")


def get(identifier):
    """The loss for a name or config; a callable itself; None for None.

    Raises:
        ValueError: anything else.
    """
    if identifier is None:
        return None
    if isinstance(identifier, str | dict):
        return deserialize(identifier)
    if callable(identifier):
        return identifier
    raise ValueError(f"Could not interpret loss function identifier: {identifier}")
