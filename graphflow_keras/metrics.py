"""Metrics: functions of what is true and what was predicted; all losses are metrics, too."""

from graphflow_keras import backend as K
from graphflow_keras.losses import (
    binary_crossentropy,  # noqa: F401
    categorical_crossentropy,  # noqa: F401
    cosine_proximity,
    hinge,  # noqa: F401
    kullback_leibler_divergence,  # noqa: F401
    logcosh,  # noqa: F401
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
    poisson,  # noqa: F401
    sparse_categorical_crossentropy,  # noqa: F401
    squared_hinge,  # noqa: F401
)
from graphflow_keras.utils.generic_utils import deserialize_keras_object, serialize_keras_object


def binary_accuracy(y_true, y_pred):
    """The share of predictions that round to what is true, over the last axis."""
    return K.mean(K.equal(y_true, K.round(y_pred)), axis=-1)


def categorical_accuracy(y_true, y_pred):
    """1 where the class with the highest score is the true one; `y_true` is one-hot."""
    hits = K.equal(K.argmax(y_true, axis=-1), K.argmax(y_pred, axis=-1))
    return K.cast(hits, K.floatx())


def sparse_categorical_accuracy(y_true, y_pred):
    """1 where the class with the highest score is the true one; `y_true` has class numbers."""
    hits = K.equal(K.flatten(y_true), K.cast(K.argmax(y_pred, axis=-1), K.floatx()))
    return K.cast(hits, K.floatx())


def top_k_categorical_accuracy(y_true, y_pred, k=5):
    """The share of samples whose true class has one of the `k` highest scores; `y_true` is one-hot."""
    return K.mean(K.in_top_k(y_pred, K.argmax(y_true, axis=-1), k), axis=-1)


def sparse_top_k_categorical_accuracy(y_true, y_pred, k=5):
    """The share of samples whose true class has one of the `k` highest scores; `y_true` has class numbers."""
    return K.mean(K.in_top_k(y_pred, K.cast(K.flatten(y_true), "int32"), k), axis=-1)


mse = MSE = mean_squared_error
mae = MAE = mean_absolute_error
mape = MAPE = mean_absolute_percentage_error
msle = MSLE = mean_squared_logarithmic_error
cosine = cosine_proximity


def serialize(metric):
    """The name of a metric function, or the config of a metric object."""
    return serialize_keras_object(metric)


def deserialize(config, custom_objects=None):
    """The metric of that name or config.

    Raises:
        ValueError: there is none.
    """
    return deserialize_keras_object(config, globals(), custom_objects, "metric function")


def get(identifier):
    """The metric for a name or config; a callable itself.

    Raises:
        ValueError: anything else.
    """
    if isinstance(identifier, str | dict):
        return deserialize(identifier)
    if callable(identifier):
        return identifier
    raise ValueError(f"Could not interpret metric function identifier: {identifier}")
