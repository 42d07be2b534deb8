"""TensorFlow 1.15's Multinomial on the CPU: a search in the cumulated probabilities, in float64."""

import numpy as np

from graphflow._lowering import philox

Array = philox.Array


def draw_classes(xp, stream: philox.Stream, logits: Array, num_samples: int, dtype) -> Array:
    """Class numbers `[batch, num_samples]` of `dtype`, from unnormalised log-probabilities `[batch, classes]`.

    A row takes its float64 uniforms where the row before it stopped.
    """
    batch, classes = logits.shape
    logits = xp.asarray(logits).astype(np.float64)
    finite = xp.isfinite(logits)
    largest = xp.max(xp.where(finite, logits, -np.inf), axis=1, keepdims=True, initial=np.finfo(np.float64).min)
    cumulated = xp.cumsum(xp.exp(xp.where(finite, logits - largest, -np.inf)), axis=1)
    sought = philox.uniform(xp, stream, (batch, num_samples), np.float64) * cumulated[:, -1:]
    # How many entries of a row are <= the number sought: a binary search for all samples at once.
    found = xp.zeros((batch, num_samples), np.int32)
    for step in (1 << i for i in reversed(range(classes.bit_length()))):
        further = found + np.int32(step)
        reached = xp.take_along_axis(cumulated, xp.minimum(further, np.int32(classes)) - 1, axis=1)
        found = xp.where((further <= classes) & (reached <= sought), further, found)
    return found.astype(dtype)


def multinomial(xp, seed: int, seed2: int, offset: Array, logits: Array, num_samples: int, dtype) -> Array:
    """Multinomial: `[batch, num_samples]` of `dtype` (int32, int64) from float `logits` `[batch, classes]`.

    TensorFlow shards the rows of large inputs over its threads, and each shard starts at a block of its own, so there
    its numbers depend on the machine. These are the ones of a single thread, and of every input whose
    batch * (num_samples * log2(classes) + classes) is below about 4000.
    """
    return draw_classes(xp, philox.stateful(seed, seed2, offset), logits, num_samples, dtype)


def stateless_multinomial(xp, seed: Array, logits: Array, num_samples: int, dtype) -> Array:
    """StatelessMultinomial: as `multinomial`; `seed` is int32 or int64 `[2]` and may be traced."""
    return draw_classes(xp, philox.stateless(xp, seed), logits, num_samples, dtype)
