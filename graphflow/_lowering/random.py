"""Rules of `_ops/random.py`, `_ops/stateless_random.py`: TensorFlow's streams."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np

from graphflow._core import errors
from graphflow._lowering import philox, philox_bounded, philox_gamma, philox_loops, philox_multinomial, rule


def _dims(op, shape):
    if (shape < 0).any():
        raise errors.InvalidArgumentError(None, op, f"Dimensions must be >= 0, got the shape {shape.tolist()}")
    return tuple(shape.tolist())


def _stream(ctx, op, reserved):
    """(seed, seed2, block to start from); the next run starts `reserved` blocks further."""
    return op.attrs["seed"], op.attrs["seed2"], ctx.counter(op, reserved)


def _stateful(draw):
    """The rule of a draw that needs a shape and an element type alone."""

    def emit(ctx, op, shape):
        dims = _dims(op, shape)
        stream = _stream(ctx, op, philox.RESERVED_BLOCKS[op.type](dims))
        return draw(rule.xp(stream[-1]), *stream, dims, op.attrs["dtype"].as_numpy_dtype)

    return rule.Compiled(emit, static=(0,), folds=True, draws=True)


def _stateless(draw):
    def emit(ctx, op, shape, seed):
        return draw(rule.xp(seed), seed, _dims(op, shape), op.attrs["dtype"].as_numpy_dtype)

    return rule.Compiled(emit, static=(0,), folds=True)


def _check_range(ctx, op, low, high):
    ctx.guard(low >= high, op, "Need minval < maxval, got {} >= {}", low, high)


def _uniform_int(ctx, op, shape, low, high):
    dims = _dims(op, shape)
    if math.prod(dims):
        _check_range(ctx, op, low, high)
    stream = _stream(ctx, op, philox.RESERVED_BLOCKS[op.type](dims))
    dtype = op.attrs["Tout"].as_numpy_dtype
    return philox.random_uniform_int(rule.xp(stream[-1], low, high), *stream, dims, dtype, low, high)


def _stateless_uniform_int(ctx, op, shape, seed, low, high):
    dims = _dims(op, shape)
    if math.prod(dims):
        _check_range(ctx, op, low, high)
    dtype = op.attrs["dtype"].as_numpy_dtype
    return philox.stateless_random_uniform_int(rule.xp(seed, low, high), seed, dims, dtype, low, high)


def _bounded(ctx, op, shape, means, stddevs, low, high):
    dims = _dims(op, shape)
    shared = philox_bounded.is_shared(*[np.shape(v) for v in (means, stddevs, low, high)])
    stream = _stream(ctx, op, philox_bounded.reserved_blocks(dims, shared))
    np_ = rule.xp(stream[-1], means, stddevs, low, high)
    return philox_bounded.parameterized_truncated_normal(np_, *stream, dims, means, stddevs, low, high)


def _shuffle(ctx, op, value):
    dims = np.shape(value)
    stream = _stream(ctx, op, philox.RESERVED_BLOCKS["RandomShuffle"](dims) if dims else 0)
    if not dims:
        return value
    order = philox_loops.random_shuffle(rule.xp(stream[-1]), *stream, dims[0])
    return rule.xp(value, order).asarray(value)[order]


def _multinomial(ctx, op, logits, num_samples):
    num_samples = _number_of_samples(op, logits, num_samples)
    dims = logits.shape[0], num_samples
    stream = _stream(ctx, op, philox.RESERVED_BLOCKS["Multinomial"](dims))
    dtype = op.attrs["output_dtype"].as_numpy_dtype
    return philox_multinomial.multinomial(rule.xp(stream[-1], logits), *stream, logits, num_samples, dtype)


def _stateless_multinomial(ctx, op, logits, num_samples, seed):
    num_samples = _number_of_samples(op, logits, num_samples)
    dtype = op.attrs["output_dtype"].as_numpy_dtype
    return philox_multinomial.stateless_multinomial(rule.xp(seed, logits), seed, logits, num_samples, dtype)


def _number_of_samples(op, logits, num_samples):
    if num_samples < 0:
        raise errors.InvalidArgumentError(None, op, f"num_samples should be nonnegative, got {num_samples}")
    if not logits.shape[1]:
        raise errors.InvalidArgumentError(None, op, "num_classes should be positive, got 0")
    return int(num_samples)


def _gamma(ctx, op, shape, alpha):
    dims = _dims(op, shape)
    stream = _stream(ctx, op, philox.RESERVED_BLOCKS["RandomGamma"](dims + alpha.shape))
    return philox_gamma.random_gamma(rule.xp(stream[-1], alpha), *stream, dims, alpha)


def _gamma_grad(ctx, op, alpha, sample):
    return jax.lax.random_gamma_grad(*jnp.broadcast_arrays(alpha, sample))


def _poisson(ctx, op, shape, rate):
    dims = _dims(op, shape)
    stream = _stream(ctx, op, philox.RESERVED_BLOCKS["RandomPoissonV2"](dims + rate.shape))
    dtype = op.attrs["dtype"].as_numpy_dtype
    return philox_gamma.random_poisson(rule.xp(stream[-1], rate), *stream, dims, rate, dtype)


RULES = {
    "RandomUniform": _stateful(philox.random_uniform),
    "RandomStandardNormal": _stateful(philox.random_standard_normal),
    "TruncatedNormal": _stateful(philox_loops.truncated_normal),
    "RandomUniformInt": rule.Compiled(_uniform_int, static=(0,), folds=True, draws=True, guards=True),
    "ParameterizedTruncatedNormal": rule.Compiled(_bounded, static=(0,), folds=True, draws=True),
    "RandomShuffle": rule.Compiled(_shuffle, folds=True, draws=True),
    "Multinomial": rule.Compiled(_multinomial, static=(1,), folds=True, draws=True),
    "RandomGamma": rule.Compiled(_gamma, static=(0,), folds=True, draws=True),
    "RandomGammaGrad": rule.Compiled(_gamma_grad),
    "RandomPoisson": rule.Compiled(_poisson, static=(0,), folds=True, draws=True),
    "RandomPoissonV2": rule.Compiled(_poisson, static=(0,), folds=True, draws=True),
    "StatelessRandomUniform": _stateless(philox.stateless_random_uniform),
    "StatelessRandomNormal": _stateless(philox.stateless_random_normal),
    "StatelessTruncatedNormal": _stateless(philox_loops.stateless_truncated_normal),
    "StatelessRandomUniformInt": rule.Compiled(_stateless_uniform_int, static=(0,), folds=True, guards=True),
    "StatelessMultinomial": rule.Compiled(_stateless_multinomial, static=(1,), folds=True),
}
