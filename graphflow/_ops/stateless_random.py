"""Random draws that depend on a seed tensor alone: the same seed gives the same numbers, in every run."""

from __future__ import annotations

from graphflow._core import dtypes
from graphflow._graph import build
from graphflow._ops import math, random


def _scaled(default_name, op_type, shape, seed, mean, stddev, dtype, name):
    with build.name_scope(name, default_name, [shape, seed, mean, stddev]) as scope:
        shape = random.shape_tensor(shape)
        mean = build.convert_to_tensor(mean, dtype=dtype, name="mean")
        stddev = build.convert_to_tensor(stddev, dtype=dtype, name="stddev")
        drawn = build.apply(op_type, shape, seed, dtype=dtype)
        return math.add(drawn * stddev, mean, name=scope)


def stateless_random_normal(shape, seed, mean=0.0, stddev=1.0, dtype=dtypes.float32, name=None):
    """Normal numbers.

    Args:
        shape: sizes, or an integer vector.
        seed: integers `[2]`, a tensor or a value.
    """
    return _scaled("stateless_random_normal", "StatelessRandomNormal", shape, seed, mean, stddev, dtype, name)


def stateless_truncated_normal(shape, seed, mean=0.0, stddev=1.0, dtype=dtypes.float32, name=None):
    """Normal numbers within two standard deviations; see `stateless_random_normal`."""
    return _scaled("stateless_truncated_normal", "StatelessTruncatedNormal", shape, seed, mean, stddev, dtype, name)


def stateless_random_uniform(shape, seed, minval=0, maxval=None, dtype=dtypes.float32, name=None):
    """Uniform numbers in [minval, maxval); maxval is 1 for floating types, and must be given for integers."""
    dtype, maxval = random.uniform_bounds(maxval, dtype)
    with build.name_scope(name, "stateless_random_uniform", [shape, seed, minval, maxval]) as scope:
        shape = random.shape_tensor(shape)
        minval = build.convert_to_tensor(minval, dtype=dtype, name="min")
        maxval = build.convert_to_tensor(maxval, dtype=dtype, name="max")
        if dtype.is_integer:
            return build.apply("StatelessRandomUniformInt", shape, seed, minval, maxval, name=scope)
        drawn = build.apply("StatelessRandomUniform", shape, seed, dtype=dtype)
        return math.add(drawn * (maxval - minval), minval, name=scope)


def stateless_multinomial(logits, num_samples, seed, output_dtype=dtypes.int64, name=None):
    """Class numbers drawn from rows of unnormalised log-probabilities: `[batch, num_samples]`."""
    with build.name_scope(name, "stateless_multinomial", [logits, seed]):
        return _classes(logits, num_samples, seed, output_dtype)


def stateless_categorical(logits, num_samples, seed, dtype=dtypes.int64, name=None):
    """As `stateless_multinomial`, the name TensorFlow gave it later."""
    with build.name_scope(name, "stateless_categorical", [logits, seed]):
        return _classes(logits, num_samples, seed, dtype)


def _classes(logits, num_samples, seed, dtype):
    logits = build.convert_to_tensor(logits, name="logits")
    return build.apply("StatelessMultinomial", logits, num_samples, seed, output_dtype=dtype)
