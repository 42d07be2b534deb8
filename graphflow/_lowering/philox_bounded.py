"""TensorFlow 1.15's ParameterizedTruncatedNormal on the CPU: three ways of rejection, one stream through all rows."""

import math

import numpy as np

from graphflow._lowering import philox, philox_loops

Array = philox.Array

_SHARED_ROW = 100
_TRIES = 1000
_NORMALS_FROM = 1.3


def rows_of(shape: tuple[int, ...], shared: bool) -> tuple[int, int]:
    """(rows, samples of a row): TensorFlow cuts outputs with the same bounds everywhere into rows of 100."""
    if shared:
        return -(-math.prod(shape) // _SHARED_ROW), _SHARED_ROW
    return shape[0], math.prod(shape[1:])


def is_shared(means_shape, stdevs_shape, minvals_shape, maxvals_shape) -> bool:
    """Whether all outputs have the same parameters, from the shapes of the four (`[]`, `[1]` or `[rows]`)."""
    one = ((), (1,))
    return (
        tuple(means_shape) in one and tuple(stdevs_shape) in one and tuple(minvals_shape) == tuple(maxvals_shape) == ()
    )


def reserved_blocks(shape: tuple[int, ...], shared: bool) -> int:
    """How far one execution moves the op's block counter, modulo 2**64; `shared` as `is_shared` says.

    TensorFlow computes it in 32 bits, so that from about a million outputs on the counter moves back.
    """
    rows, row_size = rows_of(shape, shared)
    words = rows * 2 * _TRIES * (row_size + 3)
    wrapped = (words + 2**31) % 2**32 - 2**31
    return int(math.copysign(abs(wrapped) // 4, wrapped)) % 2**64


def _candidates(xp, words, dtype, low: Array, high: Array):
    """What the blocks propose in units of standard deviations: (values, accepted, blocks used up to each).

    Which of the three ways is taken depends on the bounds; the shorter lists are filled up with rejected entries.
    """
    half, two, four = dtype.type(0.5), dtype.type(2), dtype.type(4)
    size = philox.values_per_block(dtype)
    uniforms = philox.block_uniforms(xp, words, dtype)
    count = uniforms.size
    place = xp.arange(count, dtype=np.int32)

    # Normals, where the bounds are wide; a block proposes `size`.
    normals = philox.block_normals(xp, words, dtype).reshape(-1)
    by_normals = (normals, (normals >= low) & (normals <= high), place // size + 1)

    # Uniforms between close bounds, accepted by a second block of uniforms.
    z = uniforms[0::2].reshape(-1) * (high - low) + low
    nearest = xp.where(low < 0, dtype.type(0), low * low)
    chance = xp.exp((nearest - z * z) / two)
    z_accepted = uniforms[1::2].reshape(-1) <= chance
    by_uniforms = (z, z_accepted, 2 * (place[: count // 2] // size) + 2)

    # In a tail: exponentials with the best rate (Robert 1995), accepted by the uniform beside.
    root = xp.sqrt(low * low + four)
    rate = (low + root) / two
    pairs = uniforms.reshape(-1, 2)
    tail = -xp.log(pairs[:, 0]) / rate + low
    x = xp.where(low < rate, rate - tail, low - rate)
    tail_accepted = (pairs[:, 1] <= xp.exp(-x * x / two)) & (tail < high)
    by_exponentials = (tail, tail_accepted, place[: count // 2] // (size // 2) + 1)

    cutoff = two * xp.exp(half + (low * (low - root)) / four) / (low + root)
    inside = dtype.type(_NORMALS_FROM)
    wide = ((low < -inside) & (high >= 0)) | ((high > inside) & (low <= 0))
    close = high - low < cutoff
    rest = count - count // 2
    return tuple(
        xp.where(wide, first, xp.pad(xp.where(close, second, third), (0, rest)))
        for first, second, third in zip(by_normals, by_uniforms, by_exponentials, strict=True)
    )


@np.errstate(divide="ignore", invalid="ignore", over="ignore")
def parameterized_truncated_normal(
    xp,
    seed: int,
    seed2: int,
    offset: Array,
    shape: tuple[int, ...],
    means: Array,
    stdevs: Array,
    minvals: Array,
    maxvals: Array,
) -> Array:
    """ParameterizedTruncatedNormal: `shape` of the dtype of `means` (float16, float32, float64).

    Each parameter is a scalar, `[1]` or `[shape[0]]`, one for each row of the output. A row is not a number where
    TensorFlow fails: a stdev that is not positive, minval not below maxval, no finite bound, or 1000 proposals
    rejected in a row. TensorFlow shards many rows over its threads, and each shard starts at a block of its own;
    these are the numbers of a single thread.

    Source: Robert, "Simulation of truncated normal variables" (1995).
    """
    parameters = tuple(xp.asarray(each) for each in (means, stdevs, minvals, maxvals))
    dtype = np.dtype(parameters[0].dtype)
    rows, row_size = rows_of(shape, is_shared(*(each.shape for each in parameters)))
    total = math.prod(shape)
    if total == 0:
        return xp.zeros(shape, dtype)
    stream = philox.stateful(seed, seed2, 0)
    # Most rows take one chunk: two uniforms for a sample, and some to spare.
    chunk = 2 * -(-(row_size + 20) // philox.values_per_block(dtype))
    chunk_index = xp.arange(chunk, dtype=np.uint64)
    slots = xp.arange(row_size, dtype=np.int32)
    barren = -(-_TRIES // chunk)

    def row(cursor, inputs):
        mean, stdev, low, high, needed = inputs
        valid = (stdev > 0) & (low < high) & (xp.isfinite(low) | xp.isfinite(high))
        flipped = (xp.isinf(low) & (low < 0)) | (high < mean)
        low, high = xp.where(flipped, high, low), xp.where(flipped, low, high)
        stdev = xp.where(valid, xp.where(flipped, -stdev, stdev), dtype.type(1))
        low, high = (low - mean) / stdev, (high - mean) / stdev

        def unfinished(state):
            _, filled, _, failures = state
            return valid & (filled < needed) & (failures < barren)

        def fill(state):
            cursor, filled, samples, failures = state
            words = philox.blocks(xp, stream._replace(block=cursor), chunk_index)
            values, accepted, used = _candidates(xp, words, dtype, low, high)
            rank = filled + xp.cumsum(accepted, dtype=np.int32)
            source = xp.minimum(xp.searchsorted(rank, slots + 1), rank.size - 1)
            samples = xp.where((slots >= filled) & (slots < rank[-1]), values[source], samples)
            enough = rank[-1] >= needed
            last_used = used[xp.minimum(xp.searchsorted(rank, needed), rank.size - 1)]
            cursor = cursor + xp.where(enough, last_used, chunk).astype(np.uint64)
            failures = xp.where(rank[-1] > filled, np.int32(0), failures + np.int32(1))
            return cursor, xp.minimum(rank[-1], needed), samples, failures

        start = (cursor, np.int32(0), xp.full(row_size, np.nan, dtype), np.int32(0))
        cursor, filled, samples, _ = philox_loops.while_loop(xp, unfinished, fill, start)
        samples = xp.where(slots < filled, samples * stdev + mean, dtype.type(np.nan))
        return cursor, samples

    needed = np.minimum(row_size, total - row_size * np.arange(rows)).astype(np.int32)
    inputs = (*(xp.broadcast_to(each.reshape(-1), (rows,)) for each in parameters), xp.asarray(needed))
    _, samples = philox_loops.scan(xp, row, xp.asarray(offset, np.uint64), inputs)
    return samples.reshape(-1)[:total].reshape(shape)
