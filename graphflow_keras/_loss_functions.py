"""Losses as functions: one number for each sample, from what is true and what was predicted."""

import graphflow as tf
from graphflow_keras import _signatures, dialect
from graphflow_keras import backend as K


def _tensors(y_true, y_pred):
    """Both as tensors of the type of the predictions."""
    y_pred = tf.convert_to_tensor(y_pred)
    return tf.cast(y_true, y_pred.dtype), y_pred


def mean_squared_error(y_true, y_pred):
    """mean((y_pred - y_true)^2) over the last axis."""
    y_true, y_pred = _tensors(y_true, y_pred)
    squares = tf.squared_difference(y_pred, y_true) if dialect.is_tf_keras() else K.square(y_pred - y_true)
    return K.mean(squares, axis=-1)


def mean_absolute_error(y_true, y_pred):
    """mean(|y_pred - y_true|) over the last axis."""
    y_true, y_pred = _tensors(y_true, y_pred)
    return K.mean(K.abs(y_pred - y_true), axis=-1)


def mean_absolute_percentage_error(y_true, y_pred):
    """100 mean(|y_true - y_pred| / |y_true|) over the last axis."""
    y_true, y_pred = _tensors(y_true, y_pred)
    share = K.abs((y_true - y_pred) / K.clip(K.abs(y_true), K.epsilon(), None))
    return 100.0 * K.mean(share, axis=-1)


def mean_squared_logarithmic_error(y_true, y_pred):
    """mean((log(y_pred + 1) - log(y_true + 1))^2) over the last axis; negative values count as 0."""
    y_true, y_pred = _tensors(y_true, y_pred)
    first, second = (K.log(K.clip(y, K.epsilon(), None) + 1.0) for y in (y_pred, y_true))
    return K.mean(K.square(first - second), axis=-1)


def _signs(y_true):
    """Targets -1 and 1; tf.keras takes 0 and 1 for them, where there are no others."""
    if not dialect.is_tf_keras():
        return y_true
    is_binary = tf.reduce_all(tf.logical_or(tf.equal(y_true, 0), tf.equal(y_true, 1)))
    return tf.where_v2(is_binary, 2.0 * y_true - 1.0, y_true)


def squared_hinge(y_true, y_pred):
    """mean(max(1 - y_true y_pred, 0)^2) over the last axis; `y_true` is -1 or 1, for tf.keras also 0 or 1."""
    y_true, y_pred = _tensors(y_true, y_pred)
    return K.mean(K.square(K.maximum(1.0 - _signs(y_true) * y_pred, 0.0)), axis=-1)


def hinge(y_true, y_pred):
    """mean(max(1 - y_true y_pred, 0)) over the last axis; `y_true` is -1 or 1, for tf.keras also 0 or 1."""
    y_true, y_pred = _tensors(y_true, y_pred)
    return K.mean(K.maximum(1.0 - _signs(y_true) * y_pred, 0.0), axis=-1)


def categorical_hinge(y_true, y_pred):
    """max(0, 1 + the best wrong score - the right one); `y_true` is one-hot."""
    y_true, y_pred = _tensors(y_true, y_pred)
    right = K.sum(y_true * y_pred, axis=-1)
    wrong = K.max((1.0 - y_true) * y_pred, axis=-1)
    return K.maximum(0.0, wrong - right + 1.0)


def huber_loss(y_true, y_pred, delta=1.0):
    """error^2 / 2 for each error up to `delta`, and delta (|error| - delta / 2) beyond; nothing is averaged.

    Source: Huber, "Robust Estimation of a Location Parameter" (1964).
    """
    y_true, y_pred = tf.cast(y_true, K.floatx()), tf.cast(y_pred, K.floatx())
    error = tf.abs(y_pred - y_true)
    inside = tf.minimum(error, delta)
    return 0.5 * inside * inside + delta * (error - inside)


def logcosh(y_true, y_pred):
    """mean(log(cosh(y_pred - y_true))) over the last axis: squared for small errors, absolute for large ones."""
    y_true, y_pred = _tensors(y_true, y_pred)
    error = y_pred - y_true
    return K.mean(error + K.softplus(-2.0 * error) - tf.cast(K.log(2.0), error.dtype), axis=-1)


def _is_zero(number):
    return not K.is_tensor(number) and not number


@_signatures.also_takes("from_logits", "label_smoothing")
def categorical_crossentropy(y_true, y_pred, from_logits=False, label_smoothing=0):
    """-sum(y_true log(y_pred)) over the last axis; both are distributions over classes.

    Args:
        from_logits: bool, `y_pred` is what softmax would be applied to.
        label_smoothing: float in [0, 1], how much of each target is spread over all classes.
    """
    y_true, y_pred = _tensors(y_true, y_pred)
    if not _is_zero(label_smoothing):
        classes = tf.cast(tf.shape(y_true)[1], y_pred.dtype)
        y_true = y_true * (1.0 - label_smoothing) + label_smoothing / classes
    return K.categorical_crossentropy(y_true, y_pred, from_logits=from_logits)


@_signatures.also_takes("from_logits", "axis")
def sparse_categorical_crossentropy(y_true, y_pred, from_logits=False, axis=-1):
    """-log(y_pred[y_true]): `categorical_crossentropy` with class numbers in place of one-hot vectors.

    Args:
        from_logits: bool, `y_pred` is what softmax would be applied to.
        axis: int, where `y_pred` has the classes.
    """
    y_true, y_pred = tf.convert_to_tensor(y_true), tf.convert_to_tensor(y_pred)
    return K.sparse_categorical_crossentropy(y_true, y_pred, from_logits=from_logits, axis=axis)


@_signatures.also_takes("from_logits", "label_smoothing")
def binary_crossentropy(y_true, y_pred, from_logits=False, label_smoothing=0):
    """mean(-y_true log(y_pred) - (1 - y_true) log(1 - y_pred)) over the last axis.

    Args:
        from_logits: bool, `y_pred` is what sigmoid would be applied to.
        label_smoothing: float in [0, 1], how far targets move towards 1/2.
    """
    y_true, y_pred = _tensors(y_true, y_pred)
    if not _is_zero(label_smoothing):
        y_true = y_true * (1.0 - label_smoothing) + 0.5 * label_smoothing
    return K.mean(K.binary_crossentropy(y_true, y_pred, from_logits=from_logits), axis=-1)


def kullback_leibler_divergence(y_true, y_pred):
    """sum(y_true log(y_true / y_pred)) over the last axis."""
    y_true, y_pred = (K.clip(y, K.epsilon(), 1) for y in _tensors(y_true, y_pred))
    return K.sum(y_true * K.log(y_true / y_pred), axis=-1)


def poisson(y_true, y_pred):
    """mean(y_pred - y_true log(y_pred)) over the last axis."""
    y_true, y_pred = _tensors(y_true, y_pred)
    return K.mean(y_pred - y_true * K.log(y_pred + K.epsilon()), axis=-1)


def cosine_similarity(y_true, y_pred, axis=-1):
    """The cosine of the angle between the two vectors along `axis`."""
    y_true, y_pred = (K.l2_normalize(y, axis=axis) for y in _tensors(y_true, y_pred))
    return K.sum(y_true * y_pred, axis=axis)


@_signatures.also_takes("axis")
def cosine_proximity(y_true, y_pred, axis=-1):
    """Minus the cosine of the angle between the two vectors along `axis`; for tf.keras the cosine itself."""
    similarity = cosine_similarity(y_true, y_pred, axis)
    return similarity if dialect.is_tf_keras() else -similarity


mse = MSE = mean_squared_error
mae = MAE = mean_absolute_error
mape = MAPE = mean_absolute_percentage_error
msle = MSLE = mean_squared_logarithmic_error
kld = KLD = kullback_leibler_divergence
cosine = cosine_proximity
