"""TensorFlow 1.15's CPU random streams: Philox4x32-10 and the draws that need no loop.

Every function is pure and takes the array module first, `numpy` or `jax.numpy` (with 64-bit types enabled), so
the same lines run on the host and under tracing. A stateful op owns a block counter that starts at 0; it is passed
in as `offset`, and `reserved_blocks` says how far one execution moves it.

The counter of a block is (block, high), the key is the first seed, both 64-bit, low word first. One block gives
four 32-bit words. All words are held in uint64, where the 32 x 32 -> 64 bit products of a round are plain products.

Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (SC 2011).
"""

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

Array = Any

_LOW = 0xFFFFFFFF
_ROUNDS = 10
_MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
_KEY_STEPS = (0x9E3779B9, 0xBB67AE85)
_STATELESS_KEY = (0x3EC8F720, 0x02461E29)
_MANTISSA_BITS = {"bfloat16": 7, "float16": 10, "float32": 23, "float64": 52}
_MOST_BLOCKS_DRAWN = 1024
_SMALLEST_LOG_ARGUMENT = np.float32(1.0e-7)

BLOCKS_PER_OUTPUT = 256
"""Blocks a stateful op sets aside for each output element, whether it uses them or not."""


class Stream(NamedTuple):
    """A place in a Philox stream; every field is below 2**32 but `block`, a 64-bit counter."""

    key: tuple[Array, Array]
    high: tuple[Array, Array]
    block: Array


def stateful(seed: int, seed2: int, offset: Array) -> Stream:
    """The stream of an op with the attributes `seed` and `seed2` (signed 64-bit), standing at block `offset`."""
    return Stream((seed & _LOW, seed >> 32 & _LOW), (seed2 & _LOW, seed2 >> 32 & _LOW), offset)


def stateless(xp, seed: Array) -> Stream:
    """The stream of a Stateless* op: its `seed`, int32 or int64 `[2]`, scrambled by one block under a fixed key."""
    seed = xp.asarray(seed).astype(np.int64).astype(np.uint64)
    scrambler = Stream(_STATELESS_KEY, (seed[1:] & _LOW, seed[1:] >> 32), seed[:1])
    mix = blocks(xp, scrambler, 0)
    return Stream((mix[0], mix[1]), (mix[2], mix[3]), 0)


def blocks(xp, stream: Stream, index: Array) -> tuple[Array, Array, Array, Array]:
    """The four words of the blocks `stream.block + index`, each uint64 of the shape of `index`."""
    block = xp.asarray(index, np.uint64) + xp.asarray(stream.block, np.uint64)
    c0, c1, (c2, c3) = block & _LOW, block >> 32, stream.high
    for turn in range(_ROUNDS):
        k0, k1 = ((key + turn * step) & _LOW for key, step in zip(stream.key, _KEY_STEPS, strict=True))
        first, second = c0 * _MULTIPLIERS[0], c2 * _MULTIPLIERS[1]
        c0, c1, c2, c3 = second >> 32 ^ c1 ^ k0, second & _LOW, first >> 32 ^ c3 ^ k1, first & _LOW
    return c0, c1, c2, c3


def pick(xp, parts: tuple[Array, ...], lane: Array) -> Array:
    """Element by element `parts[lane]`; parts and lane broadcast."""
    chosen = parts[-1]
    for i in reversed(range(len(parts) - 1)):
        chosen = xp.where(lane == i, parts[i], chosen)
    return chosen


def interleave(xp, parts: tuple[Array, ...]) -> Array:
    """The parts side by side along a new last axis.

    Traced, by selection: XLA's CPU code for a fused stack branches on every element and is not vectorised, which
    made a draw thirteen times slower.
    """
    if xp is np:
        return np.stack(parts, axis=-1)
    return pick(xp, tuple(part[..., None] for part in parts), xp.arange(len(parts)))


def word_groups(xp, words: tuple[Array, ...], width: int) -> tuple[Array, ...]:
    """The four words of each block as 4 / width groups: `width` arrays `[..., 4 / width]`."""
    return tuple(interleave(xp, words[i::width]) for i in range(width))


def first_blocks(xp, stream: Stream, count: int) -> tuple[Array, Array, Array, Array]:
    """The words of the first `count` blocks, each `[count]`."""
    return blocks(xp, stream, xp.arange(count, dtype=np.uint64))


def words(xp, stream: Stream, count: int) -> Array:
    """The first `count` words of the stream, uint64 `[count]`."""
    return interleave(xp, first_blocks(xp, stream, -(-count // 4))).reshape(-1)[:count]


def endless(seed, seed2, block=0) -> Iterator[int]:
    """The words of the stream of two seeds one by one, from a block on. The more are taken, the more are drawn at once."""
    size = 16
    while True:
        yield from words(np, stateful(seed, seed2, np.uint64(block)), 4 * size).tolist()
        block, size = block + size, min(2 * size, _MOST_BLOCKS_DRAWN)


def values_per_block(dtype) -> int:
    """How many numbers of `dtype` one block yields: four, or two of a 64-bit type."""
    return 2 if np.dtype(dtype).itemsize == 8 else 4


def unit(xp, parts: tuple[Array, ...], dtype) -> Array:
    """Floats in [0, 1) from random mantissas: `parts` is one word, or two (high, low) for float64."""
    dtype = np.dtype(dtype)
    bits = _MANTISSA_BITS[dtype.name]
    if dtype == np.float64:
        mantissa = ((parts[0] & 0xFFFFF) << 32 | parts[1]).astype(np.int64)
        return mantissa.astype(np.float64) * 2.0**-bits
    mantissa = (parts[0] & (1 << bits) - 1).astype(np.int32)
    return (mantissa.astype(np.float32) * np.float32(2.0**-bits)).astype(dtype)


def box_muller(xp, parts: tuple[Array, ...], dtype) -> tuple[Array, Array]:
    """Two independent normals from two words, or from four for float64.

    The C library's float functions are correctly rounded but for rare cases, so they are taken in float64 and rounded
    where TensorFlow holds a float: the accelerators' own float32 versions would move a value across the cut of a
    truncated normal now and then, and every later number of its group with it.
    """
    dtype = np.dtype(dtype)
    if dtype == np.float64:
        u1 = xp.maximum(unit(xp, parts[:2], dtype), np.float64(1.0e-7))
        angle = 2.0 * math.pi * unit(xp, parts[2:], dtype)
        radius = xp.sqrt(-2.0 * xp.log(u1))
        return xp.sin(angle) * radius, xp.cos(angle) * radius
    wide, narrow = np.float64, np.float32
    u1 = xp.maximum(unit(xp, parts[:1], narrow), _SMALLEST_LOG_ARGUMENT)
    angle = (2.0 * math.pi * unit(xp, parts[1:], narrow).astype(wide)).astype(narrow).astype(wide)
    square = -2.0 * xp.log(u1.astype(wide)).astype(narrow).astype(wide)
    radius = xp.sqrt(square).astype(narrow)
    return (
        (xp.sin(angle).astype(narrow) * radius).astype(dtype),
        (xp.cos(angle).astype(narrow) * radius).astype(dtype),
    )


def block_uniforms(xp, words: tuple[Array, ...], dtype) -> Array:
    """All floats in [0, 1) of given blocks, `[..., values_per_block(dtype)]`."""
    return unit(xp, word_groups(xp, words, 4 // values_per_block(dtype)), dtype)


def block_normals(xp, words: tuple[Array, ...], dtype) -> Array:
    """All normals of given blocks, `[..., values_per_block(dtype)]`: of each pair the sine, then the cosine."""
    per_block = values_per_block(dtype)
    pairs = interleave(xp, box_muller(xp, word_groups(xp, words, 8 // per_block), dtype))
    return pairs.reshape(*pairs.shape[:-2], per_block)


def uniform(xp, stream: Stream, shape: tuple[int, ...], dtype) -> Array:
    """Floats in [0, 1) of `shape`."""
    count = math.prod(shape)
    words = first_blocks(xp, stream, -(-count // values_per_block(dtype)))
    return block_uniforms(xp, words, dtype).reshape(-1)[:count].reshape(shape)


def uniform_int(xp, stream: Stream, shape: tuple[int, ...], dtype, minval: Array, maxval: Array) -> Array:
    """Integers minval + bits % (maxval - minval) of `shape`; the caller has checked minval < maxval."""
    dtype = np.dtype(dtype)
    unsigned = np.dtype(f"uint{8 * dtype.itemsize}")
    per_block = values_per_block(dtype)
    count = math.prod(shape)
    parts = word_groups(xp, first_blocks(xp, stream, -(-count // per_block)), 4 // per_block)
    bits = (parts[0] | parts[1] << 32 if per_block == 2 else parts[0]).astype(unsigned)
    # Shape [1]: arithmetic on NumPy's scalars would warn where it wraps, and wrapping is meant.
    low, high = (xp.asarray(bound, dtype).reshape(1).astype(unsigned) for bound in (minval, maxval))
    return (low + bits % (high - low)).astype(dtype).reshape(-1)[:count].reshape(shape)


def normal(xp, stream: Stream, shape: tuple[int, ...], dtype) -> Array:
    """Standard normals of `shape`."""
    count = math.prod(shape)
    words = first_blocks(xp, stream, -(-count // values_per_block(dtype)))
    return block_normals(xp, words, dtype).reshape(-1)[:count].reshape(shape)


def random_uniform(xp, seed: int, seed2: int, offset: Array, shape: tuple[int, ...], dtype) -> Array:
    """RandomUniform: `dtype` (float16, bfloat16, float32, float64) in [0, 1), bit for bit TensorFlow's."""
    return uniform(xp, stateful(seed, seed2, offset), shape, dtype)


def random_uniform_int(
    xp, seed: int, seed2: int, offset: Array, shape: tuple[int, ...], dtype, minval: Array, maxval: Array
) -> Array:
    """RandomUniformInt: `dtype` (int32, int64) in [minval, maxval), bit for bit TensorFlow's.

    The bounds are scalars and may be traced; the caller has checked minval < maxval.
    """
    return uniform_int(xp, stateful(seed, seed2, offset), shape, dtype, minval, maxval)


def random_standard_normal(xp, seed: int, seed2: int, offset: Array, shape: tuple[int, ...], dtype) -> Array:
    """RandomStandardNormal: `dtype` (float16, bfloat16, float32, float64), to the last bit or the one before."""
    return normal(xp, stateful(seed, seed2, offset), shape, dtype)


def stateless_random_uniform(xp, seed: Array, shape: tuple[int, ...], dtype) -> Array:
    """StatelessRandomUniform; `seed` is int32 or int64 `[2]` and may be traced."""
    return uniform(xp, stateless(xp, seed), shape, dtype)


def stateless_random_uniform_int(xp, seed: Array, shape: tuple[int, ...], dtype, minval: Array, maxval: Array) -> Array:
    """StatelessRandomUniformInt; `seed` is int32 or int64 `[2]`, the bounds as for `random_uniform_int`."""
    return uniform_int(xp, stateless(xp, seed), shape, dtype, minval, maxval)


def stateless_random_normal(xp, seed: Array, shape: tuple[int, ...], dtype) -> Array:
    """StatelessRandomNormal; `seed` is int32 or int64 `[2]` and may be traced."""
    return normal(xp, stateless(xp, seed), shape, dtype)


def _by_outputs(shape: tuple[int, ...]) -> int:
    return BLOCKS_PER_OUTPUT * math.prod(shape)


def _by_swaps(shape: tuple[int, ...]) -> int:
    """A word for each swap, unless there is nothing to move."""
    return (shape[0] + 2) // 4 if math.prod(shape) > 1 else 0


def _by_samples(shape: tuple[int, ...]) -> int:
    """Two words for each sample, the samples of a row rounded up to whole blocks."""
    batch, num_samples = shape
    return BLOCKS_PER_OUTPUT * batch * 2 * 4 * -(-num_samples // 4)


def _by_candidates(shape: tuple[int, ...]) -> int:
    """2048 words for each candidate."""
    return 512 * shape[0]


RESERVED_BLOCKS: dict[str, Callable[[tuple[int, ...]], int]] = {
    "RandomUniform": _by_outputs,
    "RandomUniformInt": _by_outputs,
    "RandomStandardNormal": _by_outputs,
    "TruncatedNormal": _by_outputs,
    "RandomGamma": _by_outputs,
    "RandomPoissonV2": _by_outputs,
    "RandomShuffle": _by_swaps,
    "Multinomial": _by_samples,
    "AllCandidateSampler": _by_candidates,
    "UniformCandidateSampler": _by_candidates,
    "LogUniformCandidateSampler": _by_candidates,
    "LearnedUnigramCandidateSampler": _by_candidates,
    "ThreadUnsafeUnigramCandidateSampler": _by_candidates,
    "FixedUnigramCandidateSampler": _by_candidates,
}
"""How far one execution of a stateful op moves its block counter, from the shape of its first output.

ParameterizedTruncatedNormal needs more than that: `philox_bounded.reserved_blocks`.
"""
