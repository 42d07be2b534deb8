"""Initializers that keep the size of signals from layer to layer."""

from __future__ import annotations

import math as python_math

from graphflow._core import dtypes
from graphflow._ops import random

_TRUNCATION = 1.3  # a normal cut at two deviations has this much less variance


def xavier_initializer(uniform=True, seed=None, dtype=dtypes.float32):
    """Random values of variance 2 / (inputs + outputs).

    Source: Glorot, Bengio, "Understanding the difficulty of training deep feedforward neural networks" (2010).
    """
    return variance_scaling_initializer(factor=1.0, mode="FAN_AVG", uniform=uniform, seed=seed, dtype=dtype)


def variance_scaling_initializer(factor=2.0, mode="FAN_IN", uniform=False, seed=None, dtype=dtypes.float32):
    """Random values of variance factor / n.

    Args:
        mode: n is the number of inputs ("FAN_IN"), of outputs ("FAN_OUT") or the mean of both ("FAN_AVG").
        uniform: drawn from a uniform distribution, else from a normal one cut at two deviations.

    Raises:
        TypeError: the dtype is not floating, or the mode unknown.

    Source: He et al., "Delving deep into rectifiers" (2015).
    """
    _check_floating(dtype)
    if mode not in ("FAN_IN", "FAN_OUT", "FAN_AVG"):
        raise TypeError(f"Unknown mode {mode} [FAN_IN, FAN_OUT, FAN_AVG]")

    def initialize(shape, dtype=dtype, partition_info=None):
        _check_floating(dtype)
        fan_in, fan_out = _fans(shape)
        n = {"FAN_IN": fan_in, "FAN_OUT": fan_out, "FAN_AVG": (fan_in + fan_out) / 2.0}[mode]
        if uniform:
            limit = python_math.sqrt(3.0 * factor / n)
            return random.random_uniform(shape, -limit, limit, dtype, seed=seed)
        return random.truncated_normal(shape, 0.0, python_math.sqrt(_TRUNCATION * factor / n), dtype, seed=seed)

    return initialize


def _check_floating(dtype):
    if not dtypes.as_dtype(dtype).is_floating:
        raise TypeError(f"Cannot create initializer for non-floating point type {dtypes.as_dtype(dtype).name}.")


def _fans(shape):
    """How many inputs and outputs a unit has, of weights of that shape."""
    if not shape:
        return 1.0, 1.0
    sizes = [float(n) for n in shape]
    window = python_math.prod(sizes[:-2])
    return sizes[-2 if len(sizes) > 1 else -1] * window, sizes[-1] * window
