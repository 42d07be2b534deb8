"""Draws of `tf.contrib.seq2seq`'s helpers: yes or no, and one of several classes."""

from __future__ import annotations

from graphflow._core import dtypes
from graphflow._graph import build
from graphflow._ops import array, compare, math, random, rearrange, reduce


def bernoulli(probs, dtype=dtypes.int32, sample_shape=(), seed=None):
    """True, or 1, with probability `probs`: `sample_shape + shape of probs`, of type `dtype`."""
    probs = build.convert_to_tensor(probs, name="probs")
    each = array.shape(probs)

    def draw(n):
        uniform = random.random_uniform(array.concat([[n], each], 0), seed=seed, dtype=probs.dtype)
        return math.cast(compare.less(uniform, probs), dtype)

    return _shaped(draw, sample_shape)


def categorical(logits, dtype=dtypes.int32, sample_shape=(), seed=None):
    """A class for each row of `logits` `[..., classes]`: `sample_shape + [...]`, of type `dtype`."""
    logits = build.convert_to_tensor(logits, name="logits")
    classes = array.shape(logits)[-1]
    each = array.shape(logits)[:-1]

    def draw(n):
        flat = logits if logits.shape.ndims == 2 else array.reshape(logits, [-1, classes])
        kind = dtypes.int64 if logits.dtype.size > 4 else dtypes.int32
        drawn = random.multinomial(flat, n, seed=seed, output_dtype=kind)
        drawn = array.reshape(rearrange.transpose(drawn), array.concat([[n], each], 0))
        return math.cast(drawn, dtype)

    return _shaped(draw, sample_shape)


def _shaped(draw, sample_shape):
    """`draw(n)`, a vector of n draws, as an array of `sample_shape`; () is one draw."""
    with build.name_scope(None, "call_sampler", [sample_shape]):
        wanted = build.convert_to_tensor(sample_shape, dtype=dtypes.int32, name="sample_shape")
        missing = math.cast(compare.equal(array.rank(wanted), 0), dtypes.int32)
        as_vector = rearrange.pad(array.shape(wanted), paddings=[[missing, 0]], constant_values=1)
        wanted = array.reshape(wanted, as_vector)
        drawn = draw(reduce.reduce_prod(wanted))
        return array.reshape(drawn, array.concat([wanted, array.shape(drawn)[1:]], 0))
