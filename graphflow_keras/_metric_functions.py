"""Accuracies as functions: the share of predictions that are right, or 1 and 0 for each sample."""

import graphflow as tf
from graphflow_keras import _signatures, dialect
from graphflow_keras import backend as K


def accuracy(y_true, y_pred):
    """1 where the two are equal, else 0."""
    y_true = tf.convert_to_tensor(y_true)
    return tf.cast(tf.equal(y_true, tf.cast(y_pred, y_true.dtype)), K.floatx())


@_signatures.also_takes("threshold")
def binary_accuracy(y_true, y_pred, threshold=0.5):
    """The share of right predictions over the last axis: those above `threshold` say 1.

    For Keras 2.2.4 a prediction says what it rounds to.
    """
    y_pred = tf.convert_to_tensor(y_pred)
    if threshold == 0.5 and not dialect.is_tf_keras():
        says = K.round(y_pred)
    else:
        says = tf.cast(y_pred > tf.cast(threshold, y_pred.dtype), y_pred.dtype)
    return K.mean(K.equal(tf.cast(y_true, y_pred.dtype), says), axis=-1)


def categorical_accuracy(y_true, y_pred):
    """1 where the class with the highest score is the true one; `y_true` is one-hot."""
    hits = K.equal(K.argmax(y_true, axis=-1), K.argmax(y_pred, axis=-1))
    return K.cast(hits, K.floatx())


def _classes(y_true, y_pred):
    """Class numbers without the axis of length one that they may have at the end; Keras 2.2.4 takes them as one row."""
    if not dialect.is_tf_keras():
        return K.flatten(y_true)
    rank = y_true.shape.ndims
    return tf.squeeze(y_true, [-1]) if rank is not None and rank == y_pred.shape.ndims else y_true


def sparse_categorical_accuracy(y_true, y_pred):
    """1 where the class with the highest score is the true one; `y_true` has class numbers."""
    y_true, y_pred = tf.convert_to_tensor(y_true), tf.convert_to_tensor(y_pred)
    true = _classes(y_true, y_pred)
    said = K.cast(K.argmax(y_pred, axis=-1), K.dtype(true) if dialect.is_tf_keras() else K.floatx())
    return K.cast(K.equal(true, said), K.floatx())


def _in_top_k(y_true, y_pred, k):
    """1 where `y_true` is one of the `k` classes with the highest scores; for Keras 2.2.4 the share of such samples."""
    hits = K.in_top_k(y_pred, y_true, k)
    return tf.cast(hits, K.floatx()) if dialect.is_tf_keras() else K.mean(hits, axis=-1)


def top_k_categorical_accuracy(y_true, y_pred, k=5):
    """Whether the true class has one of the `k` highest scores; `y_true` is one-hot.

    For Keras 2.2.4 the share of such samples, a scalar.
    """
    return _in_top_k(K.argmax(y_true, axis=-1), y_pred, k)


def sparse_top_k_categorical_accuracy(y_true, y_pred, k=5):
    """Whether the true class has one of the `k` highest scores; `y_true` has class numbers.

    For Keras 2.2.4 the share of such samples, a scalar.
    """
    y_true, y_pred = tf.convert_to_tensor(y_true), tf.convert_to_tensor(y_pred)
    return _in_top_k(K.cast(_classes(y_true, y_pred), "int32"), y_pred, k)
