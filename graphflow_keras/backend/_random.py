"""Random numbers. A seed of None is drawn from NumPy, so that `np.random.seed` decides them too."""

import numpy as np

import graphflow as tf
from graphflow_keras import dialect
from graphflow_keras.backend import _session, _tensors, common


def _seed(seed, limit=10e6):
    """`seed`, or one from NumPy's generator."""
    return np.random.randint(limit) if seed is None else seed


def seed_of_weights(seed):
    """`seed`; where there is none, one from NumPy, or None for tf.keras, whose weights go by the graph's seed."""
    return None if seed is None and dialect.is_tf_keras() else _seed(seed)


def random_normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    """Normally distributed numbers."""
    dtype = dtype or common.floatx()
    return tf.random_normal(shape, mean=mean, stddev=stddev, dtype=dtype, seed=_seed(seed))


def random_uniform(shape, minval=0.0, maxval=1.0, dtype=None, seed=None):
    """Numbers evenly distributed over [minval, maxval)."""
    dtype = dtype or common.floatx()
    return tf.random_uniform(shape, minval=minval, maxval=maxval, dtype=dtype, seed=_seed(seed))


def random_binomial(shape, p=0.0, dtype=None, seed=None):
    """1 with probability `p`, else 0."""
    dtype = dtype or common.floatx()
    draw = tf.random_uniform(shape, dtype=dtype, seed=_seed(seed))
    return tf.where(draw <= p, tf.ones(shape, dtype=dtype), tf.zeros(shape, dtype=dtype))


def truncated_normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    """Normally distributed numbers, those beyond two standard deviations drawn again."""
    return tf.truncated_normal(shape, mean, stddev, dtype=dtype or common.floatx(), seed=_seed(seed))


def random_uniform_variable(shape, low, high, dtype=None, name=None, seed=None):
    """A variable that starts with numbers evenly distributed over [low, high)."""
    return _random_variable(tf.random_uniform_initializer, shape, low, high, dtype, name, seed)


def random_normal_variable(shape, mean, scale, dtype=None, name=None, seed=None):
    """A variable that starts with normally distributed numbers."""
    return _random_variable(tf.random_normal_initializer, shape, mean, scale, dtype, name, seed)


@_session.where_variables_live()
def _random_variable(initializer, shape, first, second, dtype, name, seed):
    dtype = dtype or common.floatx()
    value = initializer(first, second, dtype=tf.as_dtype(dtype), seed=_seed(seed, 10e8))(shape)
    return _tensors.variable(value, dtype=dtype, name=name)


def dropout(x, level, noise_shape=None, seed=None):
    """Zeros in place of a share `level` of the elements; the others divided by what is kept.

    Args:
        noise_shape: int `[rank]`, a 1 where all elements along an axis share their fate.
    """
    if dialect.is_tf_keras():
        return tf.nn.dropout(x, rate=level, noise_shape=noise_shape, seed=_seed(seed))
    # Times 1: a variable's own output is of a reference type, which TensorFlow 1 refuses here.
    return tf.nn.dropout(x * 1.0, 1.0 - level, noise_shape, seed=_seed(seed))
