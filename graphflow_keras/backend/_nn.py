"""Activations, cross entropies, batch normalisation."""

import graphflow as tf
from graphflow_keras import dialect
from graphflow_keras.backend import _math, _session, _tensors, common

# -- activations -----------------------------------------------------------------------------------------------------------


def relu(x, alpha=0.0, max_value=None, threshold=0.0):
    """f(x) = max_value for x >= max_value, x for threshold <= x < max_value, alpha (x - threshold) below."""
    if alpha != 0.0:
        if max_value is None and threshold == 0.0:
            return tf.nn.leaky_relu(x, alpha=alpha)
        below = tf.nn.relu(-x + threshold if threshold != 0.0 else -x)
    clips = max_value is not None
    if threshold != 0.0:
        x = x * tf.cast(tf.greater(x, threshold), common.floatx())
    elif max_value == 6:
        x, clips = tf.nn.relu6(x), False
    else:
        x = tf.nn.relu(x)
    if clips:
        limit = tf.convert_to_tensor(max_value, x.dtype.base_dtype)
        x = tf.clip_by_value(x, tf.convert_to_tensor(0.0, x.dtype.base_dtype), limit)
    if alpha != 0.0:
        x -= tf.convert_to_tensor(alpha, x.dtype.base_dtype) * below
    return x


def elu(x, alpha=1.0):
    """x where it is positive, alpha (e^x - 1) elsewhere.

    Source: Clevert, Unterthiner, Hochreiter, arXiv:1511.07289.
    """
    y = tf.nn.elu(x)
    return y if alpha == 1 else tf.where(x > 0, y, alpha * y)


def softmax(x, axis=-1):
    """exp(x) / sum(exp(x)) along `axis`."""
    return tf.nn.softmax(x, axis=axis)


def softplus(x):
    """log(1 + e^x)"""
    return tf.nn.softplus(x)


def softsign(x):
    """x / (1 + |x|)"""
    return tf.nn.softsign(x)


def sigmoid(x):
    """1 / (1 + e^-x)"""
    return tf.nn.sigmoid(x)


def hard_sigmoid(x):
    """0.2 x + 0.5, kept within 0 and 1."""
    if dialect.is_tf_keras():
        slope, offset = (tf.constant(number, x.dtype.base_dtype) for number in (0.2, 0.5))
        return tf.clip_by_value(tf.add(tf.multiply(x, slope), offset), 0.0, 1.0)
    return _math.clip((0.2 * x) + 0.5, 0.0, 1.0)


def tanh(x):
    """The hyperbolic tangent."""
    return tf.nn.tanh(x)


# -- cross entropies -------------------------------------------------------------------------------------------------------


def categorical_crossentropy(target, output, from_logits=False, axis=-1):
    """-sum(target log(output)) along `axis`.

    Args:
        target, output: the same shape; distributions over the classes along `axis`, `output` rescaled to sum to 1.
        from_logits: bool, `output` is what softmax would be applied to.

    Raises:
        ValueError: `output` has no such axis.
    """
    _check_axis(output, axis)
    logits = _logits(output, from_logits, "Softmax")
    if logits is None:
        output /= tf.reduce_sum(output, axis, True)
        return -tf.reduce_sum(target * tf.log(_probabilities(output)), axis)
    if dialect.is_tf_keras():
        return tf.nn.softmax_cross_entropy_with_logits_v2(labels=target, logits=logits, axis=axis)
    return tf.nn.softmax_cross_entropy_with_logits(labels=target, logits=logits)


def sparse_categorical_crossentropy(target, output, from_logits=False, axis=-1):
    """-log(output[target]), one number where `output` has one distribution.

    Args:
        target: class numbers, one for each distribution; their shape does not matter.
        output: distributions over the classes along `axis`.
        from_logits: bool, `output` is what softmax would be applied to.

    Raises:
        ValueError: `output` has no such axis.
    """
    rank = _check_axis(output, axis)
    logits = _logits(output, from_logits, "Softmax")
    output = tf.log(_probabilities(output)) if logits is None else logits
    if axis not in (-1, rank - 1):
        output = tf.transpose(output, perm=[*(i for i in range(rank) if i != axis), axis])
    classes = int(output.get_shape()[-1])
    targets = tf.cast(tf.reshape(target, [-1]), "int64")
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=targets, logits=tf.reshape(output, [-1, classes]))
    return tf.reshape(losses, tf.shape(output)[:-1]) if rank >= 3 else losses


def binary_crossentropy(target, output, from_logits=False):
    """-target log(output) - (1 - target) log(1 - output), element by element.

    Args:
        from_logits: bool, `output` is what sigmoid would be applied to.
    """
    logits = _logits(output, from_logits, "Sigmoid")
    if logits is None:
        output = _probabilities(output)
        if dialect.is_tf_keras():
            epsilon = common.epsilon()
            return -(target * tf.log(output + epsilon) + (1 - target) * tf.log(1 - output + epsilon))
        logits = tf.log(output / (1 - output))
    return tf.nn.sigmoid_cross_entropy_with_logits(labels=target, logits=logits)


def _logits(output, from_logits, activation):
    """What `activation` is or was applied to, None where that is not known: tf.keras goes back to it, which is more exact."""
    if from_logits:
        return output
    if dialect.is_tf_keras() and _session.is_symbolic(output) and output.op.type == activation:
        return output.op.inputs[0]
    return None


def _probabilities(x):
    """x kept away from 0 and 1 by epsilon."""
    epsilon = tf.convert_to_tensor(common.epsilon(), x.dtype.base_dtype)
    return tf.clip_by_value(x, epsilon, 1.0 - epsilon)


def _check_axis(output, axis):
    """The rank of `output`."""
    rank = len(output.get_shape())
    if axis != -1 and axis not in range(rank):
        raise ValueError(
            f"Unexpected channels axis {axis}. Expected to be -1 or one of the axes of `output`, which has {rank} dimensions."
        )
    return rank


# -- batch normalisation ---------------------------------------------------------------------------------------------------


def normalize_batch_in_training(x, gamma, beta, reduction_axes, epsilon=1e-3):
    """x brought to mean `beta` and deviation `gamma` over `reduction_axes`.

    Returns:
        (normalised x, mean, variance).

    Source: Ioffe, Szegedy, arXiv:1502.03167.
    """
    rank, axes = _tensors.ndim(x), list(reduction_axes)
    if rank == 4 and (axes == [0, 1, 2] or axes == [0, 2, 3] and _session._has_nchw_support()):
        channels = 3 if axes == [0, 1, 2] else 1
        gamma = tf.constant(1.0, x.dtype, [x.get_shape()[channels]]) if gamma is None else gamma
        beta = tf.constant(0.0, x.dtype, [x.get_shape()[channels]]) if beta is None else beta
        data_format = "NHWC" if channels == 3 else "NCHW"
        return tf.nn.fused_batch_norm(x, gamma, beta, epsilon=epsilon, data_format=data_format)
    mean, variance = tf.nn.moments(x, reduction_axes, None, None, False)
    if sorted(axes) == list(range(rank))[:-1]:
        return tf.nn.batch_normalization(x, mean, variance, beta, gamma, epsilon), mean, variance
    shape = tf.stack([1 if axis in axes else tf.shape(x)[axis] for axis in range(rank)])
    parts = [p if p is None else tf.reshape(p, shape) for p in (mean, variance, gamma, beta)]
    wide_mean, wide_variance, wide_gamma, wide_beta = parts
    normed = tf.nn.batch_normalization(x, wide_mean, wide_variance, wide_beta, wide_gamma, epsilon)
    return normed, mean, variance


def batch_normalization(x, mean, var, beta, gamma, axis=-1, epsilon=1e-3):
    """gamma (x - mean) / sqrt(var + epsilon) + beta.

    Args:
        mean, var, beta, gamma: of a shape that broadcasts with x; `beta` and `gamma` may be None.
        axis: int, the axis of the channels.
    """
    data_format = {1: "NCHW", -3: "NCHW", 3: "NHWC", -1: "NHWC"}.get(axis) if _tensors.ndim(x) == 4 else None
    if data_format == "NHWC" or data_format == "NCHW" and _session._has_nchw_support():
        mean, var = _row(mean), _row(var)
        beta = tf.zeros_like(mean) if beta is None else _row(beta)
        gamma = tf.ones_like(mean) if gamma is None else _row(gamma)
        normed, _, _ = tf.nn.fused_batch_norm(
            x, gamma, beta, epsilon=epsilon, mean=mean, variance=var, data_format=data_format, is_training=False
        )
        return normed
    return tf.nn.batch_normalization(x, mean, var, beta, gamma, epsilon)


def _row(x):
    return tf.reshape(x, [-1]) if _tensors.ndim(x) > 1 else x


def moving_average_update(x, value, momentum):
    """An operation that moves the variable `x` towards `value`: x = momentum x + (1 - momentum) value, without the pull of 0."""
    return tf.train.assign_moving_average(x, value, momentum, zero_debias=not _tensors.has_value(x))
