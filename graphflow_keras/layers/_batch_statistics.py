"""Batch normalization in the nodes of `tf.keras`: plain moving averages, and no correction of the batch's variance."""

import functools

import graphflow as tf
from graphflow_keras import backend as K


def batch_normalization(layer, inputs, training):
    """The output of a `BatchNormalization` layer for `inputs`; adds the updates of its moving averages to it.

    Args:
        layer: a built `BatchNormalization`.
        inputs: tensor with the features along `layer.axis`.
        training: bool, 0, 1, a tensor, or None for the learning phase.
    """
    normalize = _fused if layer.is_fused(K.ndim(inputs)) else _unfused
    outputs = normalize(layer, inputs, training)
    outputs._uses_learning_phase = training is None
    return outputs


def _fused(layer, inputs, training):
    gamma = layer.ones if layer.gamma is None else layer.gamma
    beta = layer.zeros if layer.beta is None else layer.beta
    averages = [layer.moving_mean, layer.moving_variance]
    options = {"epsilon": layer.epsilon, "data_format": "NCHW" if layer.axis % 4 == 1 else "NHWC"}
    outputs, *moments = K.in_train_phase(
        lambda: list(tf.nn.fused_batch_norm(inputs, gamma, beta, **options)),
        lambda: list(tf.nn.fused_batch_norm(inputs, gamma, beta, *averages, is_training=False, **options)),
        training,
    )
    if training is None or K.is_tensor(training):
        momentum = K.in_train_phase(lambda: tf.constant(layer.momentum), lambda: tf.constant(1.0), training)
    else:
        momentum = tf.convert_to_tensor(layer.momentum)
    if training not in (0, False):
        layer.add_update([_moved(*pair, momentum) for pair in zip(averages, moments)], inputs)
    return outputs


def _unfused(layer, inputs, training):
    ndim = K.ndim(inputs)
    axis = layer.axis % ndim
    averages = [layer.moving_mean, layer.moving_variance]

    def along_axis(x):
        if x is None or axis == ndim - 1:
            return x
        return tf.reshape(x, [K.int_shape(inputs)[i] if i == axis else 1 for i in range(ndim)])

    scale, offset = along_axis(layer.gamma), along_axis(layer.beta)
    moments = averages
    if training not in (0, False):
        of_batch = tf.nn.moments(inputs, [i for i in range(ndim) if i != axis])
        moments = [
            K.in_train_phase(lambda b=b: b, lambda a=a: tf.convert_to_tensor(a), training)
            for b, a in zip(of_batch, averages)
        ]
        layer.add_update([_updated(layer, *pair, training) for pair in zip(averages, moments)], inputs)
    mean, variance = map(along_axis, moments)
    return tf.nn.batch_normalization(inputs, mean, variance, offset, scale, layer.epsilon)


def _updated(layer, average, value, training):
    """The update of a moving average, in training alone."""
    if training is not None and not K.is_tensor(training):
        return _moved(average, value, layer.momentum)
    # What is assigned TensorFlow reads twice: hence the identity.
    moved = functools.partial(_moved, average, value, layer.momentum)
    return K.in_train_phase(lambda: tf.identity(moved()), lambda: tf.convert_to_tensor(average), training)


def _moved(average, value, momentum):
    """Moves a moving average towards `value`."""
    with tf.name_scope("AssignMovingAvg") as scope:
        decay = tf.convert_to_tensor(1.0 - momentum, name="decay")
        return tf.assign_sub(average, (average - value) * decay, name=scope)
