"""TensorFlow 1.15's RandomGamma and RandomPoisson on the CPU: rejection, each output with 256 blocks of its own."""

import math

import numpy as np

from graphflow._lowering import philox, philox_loops

Array = philox.Array

_LOG_FACTORIALS = np.array([math.lgamma(k + 1) for k in range(16)])


@np.errstate(divide="ignore", invalid="ignore", over="ignore")
def random_gamma(xp, seed: int, seed2: int, offset: Array, shape: tuple[int, ...], alpha: Array) -> Array:
    """RandomGamma: `shape + alpha.shape` of the dtype of `alpha` (float16, float32, float64), computed in float64.

    A try takes a normal and, if that does not reject it, a uniform. Normals and uniforms come in blocks of two, drawn
    when the last block of their kind is used up, and are used from the back. A shape parameter of one is drawn as an
    exponential.

    Source: Marsaglia and Tsang, "A simple method for generating gamma variables" (2000).
    """
    alpha = xp.asarray(alpha)
    dtype, wide = np.dtype(alpha.dtype), np.float64
    samples = math.prod(shape)
    stream = philox.stateful(seed, seed2, offset)
    flat = xp.repeat(alpha.reshape(-1).astype(wide), samples)
    boosted = flat < 1.0
    # d and c of the paper; alpha + 1 stands in for an alpha below one, mended by a power of a uniform at the end.
    d = flat + xp.where(boosted, 2.0 / 3.0, -1.0 / 3.0)
    fixed = (d, 1.0 / 3.0 / xp.sqrt(d), xp.where(boosted, 1.0 / flat, 0.0))

    def following(cursor, block, left):
        """Where the next number of a kind lies: in the block at hand, or in a fresh one at the cursor."""
        fresh = left == 0
        left = xp.where(fresh, np.int32(1), left - 1)
        return cursor + fresh.astype(np.uint64), xp.where(fresh, cursor, block), left

    def places(state):
        """The places of the normal, the uniform and the mending uniform of a try that takes all three."""
        cursor, normal_block, normals_left, uniform_block, uniforms_left, _ = state
        normal = following(cursor, normal_block, normals_left)
        uniform = following(normal[0], uniform_block, uniforms_left)
        return normal, uniform, following(*uniform)

    def number(values, _, block, place):
        pair = values(xp, philox.blocks(xp, stream, block), wide)
        return xp.where(place == 0, pair[:, 0], pair[:, 1])

    def draw(fixed, state):
        normal, uniform, mending = places(state)
        return (
            number(philox.block_normals, *normal),
            number(philox.block_uniforms, *uniform),
            number(philox.block_uniforms, *mending),
        )

    def take(fixed, state, drawn):
        (d, c, exponent), (x, u, mend) = fixed, drawn
        normal, uniform, _ = places(state)
        v = 1.0 + c * x
        rejected = v <= 0.0
        v = xp.where(rejected, 1.0, v * v * v)
        squeezed = u < 1.0 - 0.0331 * (x * x) * (x * x)
        accepted = squeezed | (xp.log(u) < 0.5 * x * x + d * (1.0 - v + xp.log(v)))
        unused = (normal[0], *state[3:5])
        cursor, *at_hand = (xp.where(rejected, a, b) for a, b in zip(unused, uniform, strict=True))
        return (cursor, *normal[1:], *at_hand, d * v * mend**exponent), accepted & ~rejected

    first = xp.arange(flat.size, dtype=np.uint64) * philox.BLOCKS_PER_OUTPUT
    none_left = xp.zeros(flat.size, np.int32)
    start = (first, first, none_left, first, none_left, xp.zeros(flat.size, wide))
    result = philox_loops.until_done(xp, draw, take, fixed, start)[-1]
    exponential = -xp.log1p(-philox.block_uniforms(xp, philox.blocks(xp, stream, first), wide)[:, 1])
    result = xp.where(flat == 1.0, exponential, result).astype(dtype)
    return result.reshape(alpha.size, samples).T.reshape(*shape, *alpha.shape)


def _log_factorial(xp, k: Array) -> Array:
    """log(k!) of float64 whole numbers: a table, then Stirling's series, exact to the last bits from 16 on."""
    x = xp.maximum(k, 16.0) + 1.0
    inverse = 1.0 / (x * x)
    series = 1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse * (1 / 1680 - inverse / 1188)))
    large = (x - 0.5) * xp.log(x) - x + 0.5 * math.log(2 * math.pi) + series / x
    small = xp.asarray(_LOG_FACTORIALS)[xp.clip(k, 0, 15).astype(np.int32)]
    return xp.where(k < 16, small, large)


@np.errstate(divide="ignore", invalid="ignore", over="ignore")
def random_poisson(xp, seed: int, seed2: int, offset: Array, shape: tuple[int, ...], rate: Array, dtype) -> Array:
    """RandomPoissonV2: `shape + rate.shape` of `dtype`, computed in float64.

    `dtype` is float16, float32, float64, int32 or int64. For rates that are not a number or do not fit
    `dtype`, where TensorFlow never returns, the result is not a number (in integers: 0).

    Sources: below 10, Knuth, The Art of Computer Programming, vol. 2, 3.4.1 (products of uniforms); from 10 on,
    Hormann, "The transformed rejection method for generating Poisson random variables" (1993).
    """
    rate = xp.asarray(rate)
    dtype = np.dtype(dtype)
    samples = math.prod(shape)
    stream = philox.stateful(seed, seed2, offset)
    largest = float(np.iinfo(dtype).max if dtype.kind == "i" else np.finfo(dtype).max)
    lanes = rate.size * samples

    def draw(fixed, state):
        return philox.block_uniforms(xp, philox.blocks(xp, stream, state[0]), np.float64)

    def take(fixed, state, drawn):
        (rate,), (block, product, count) = fixed, state
        first, second = drawn[:, 1], drawn[:, 0]
        # Small rates: two factors of the product, which counts how many keep it above exp(-rate).
        least = xp.exp(-rate)
        once = product * first
        twice = once * second
        stopped_once, stopped_twice = once <= least, twice <= least
        small_count = xp.where(stopped_once, count, count + 1.0)
        # Large rates: one try, with the names of the paper.
        high = xp.maximum(rate, 10.0)
        b = 0.931 + 2.53 * xp.sqrt(high)
        a = -0.059 + 0.02483 * b
        inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
        u, v = first - 0.5, second
        shifted = 0.5 - abs(u)
        k = xp.floor((2.0 * a / shifted + b) * u + high + 0.43)
        quick = (shifted >= 0.07) & (v <= 0.9277 - 3.6224 / (b - 2.0))
        hopeless = (k < 0.0) | ((shifted < 0.013) & (v > shifted))
        logarithm = xp.log(v * inverse_alpha / (a / (shifted * shifted) + b))
        exact = logarithm <= -high + k * xp.log(high) - _log_factorial(xp, k)
        accepted = (k <= largest) & (quick | (~hopeless & exact))
        small = rate < 10.0
        done = xp.where(small, stopped_once | stopped_twice, accepted)
        count = xp.where(small, xp.where(done, small_count, count + 2.0), k)
        return (block + np.uint64(1), twice, count), done

    flat = xp.repeat(rate.reshape(-1).astype(np.float64), samples)
    possible = flat < 1.01 * largest
    first = xp.arange(lanes, dtype=np.uint64) * philox.BLOCKS_PER_OUTPUT
    start = (first, xp.ones(lanes, np.float64), xp.zeros(lanes, np.float64))
    count = philox_loops.until_done(xp, draw, take, (xp.where(possible, flat, 1.0),), start)[2]
    count = xp.where(possible, count, 0.0 if dtype.kind == "i" else np.nan)
    return count.astype(dtype).reshape(rate.size, samples).T.reshape(*shape, *rate.shape)
