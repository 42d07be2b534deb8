"""TensorFlow 1.15's RandomGamma and RandomPoisson on the CPU: rejection, each output with 256 blocks of its own."""

import math

import numpy as np

from graphflow._lowering import philox, philox_loops

Array = philox.Array

_LOG_FACTORIALS = np.array([math.lgamma(k + 1) for k in range(16)])


def random_gamma(xp, seed: int, seed2: int, offset: Array, shape: tuple[int, ...], alpha: Array) -> Array:
    """RandomGamma: `shape + alpha.shape` of the dtype of `alpha` (float16, float32, float64), rate 1.

    Each normal makes a try and, if it is not rejected at once, takes a uniform. Normals and uniforms come in whole
    blocks, drawn when the last one of their kind is used up, and are used from the back.

    Source: Marsaglia and Tsang, "A simple method for generating gamma variables" (2000).
    """
    alpha = xp.asarray(alpha)
    dtype = np.dtype(alpha.dtype)
    samples = math.prod(shape)
    size = philox.values_per_block(dtype)
    stream = philox.stateful(seed, seed2, offset)
    third = dtype.type(-1) / dtype.type(3)
    boosted = alpha < 1
    # d and c of the paper; alpha + 1 stands in for an alpha below one, mended by a power of a uniform at the end.
    d = alpha + xp.where(boosted, dtype.type(2) / dtype.type(3), third)
    c = -third / xp.sqrt(d)
    fixed = tuple(xp.repeat(each.reshape(-1), samples) for each in (d, c, boosted, 1 / alpha))
    one, half, squeeze = dtype.type(1), dtype.type(0.5), dtype.type(0.0331)

    def log(x):
        return xp.log(x.astype(np.float64)).astype(dtype)

    def next_of(cursor, wanted, block, left):
        """Where the next number of a kind lies: in the block at hand, or in a fresh one at the cursor."""
        fresh = wanted & (left == 0)
        left = xp.where(fresh, size, left) - wanted.astype(np.int32)
        return cursor + fresh.astype(np.uint64), xp.where(fresh, cursor, block), left

    def number(values, block, left):
        drawn = values(xp, philox.blocks(xp, stream, block), dtype)
        return philox.pick(xp, tuple(drawn[:, i] for i in range(size)), left)

    def places(state):
        """The places of the normal, of the uniform and of the mending uniform, if each is drawn in this try."""
        cursor, normal_at, uniform_at, _ = state[0], state[1:3], state[3:5], state[5]
        always = normal_at[1] == normal_at[1]
        normal = next_of(cursor, always, *normal_at)
        uniform = next_of(normal[0], always, *uniform_at)
        mending = next_of(uniform[0], always, *uniform[1:])
        return normal, uniform, mending

    def draw(fixed, state):
        normal, uniform, mending = places(state)
        return (
            number(philox.block_normals, *normal[1:]),
            number(philox.block_uniforms, *uniform[1:]),
            number(philox.block_uniforms, *mending[1:]),
        )

    def take(fixed, state, drawn):
        d, c, boosted, exponent = fixed
        x, u, mend = drawn
        normal, uniform, _ = places(state)
        v = one + c * x
        positive = v > 0
        v = xp.where(positive, v * v * v, one)
        squeezed = u < one - squeeze * (x * x) * (x * x)
        accepted = positive & (squeezed | (log(u) < half * x * x + d * (one - v + log(v))))
        power = (mend.astype(np.float64) ** exponent.astype(np.float64)).astype(dtype)
        result = d * v * xp.where(boosted, power, one)
        cursor = xp.where(positive, uniform[0], normal[0])
        block, left = (xp.where(positive, new, old) for new, old in zip(uniform[1:], state[3:5], strict=True))
        return (cursor, *normal[1:], block, left, result), accepted

    lanes = alpha.size * samples
    first = xp.arange(lanes, dtype=np.uint64) * philox.BLOCKS_PER_OUTPUT
    nothing = xp.zeros(lanes, np.int32)
    start = (first, first, nothing, first, nothing, xp.zeros(lanes, dtype))
    result = philox_loops.until_done(xp, draw, take, fixed, start)[-1]
    return result.reshape(alpha.size, samples).T.reshape(*shape, *alpha.shape)


def _log_factorial(xp, k: Array) -> Array:
    """log(k!) of float64 whole numbers: a table, then Stirling's series, exact to the last bits from 16 on."""
    x = xp.maximum(k, 16.0) + 1.0
    inverse = 1.0 / (x * x)
    series = 1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse * (1 / 1680 - inverse / 1188)))
    large = (x - 0.5) * xp.log(x) - x + 0.5 * math.log(2 * math.pi) + series / x
    small = xp.asarray(_LOG_FACTORIALS)[xp.clip(k, 0, 15).astype(np.int32)]
    return xp.where(k < 16, small, large)


def random_poisson(xp, seed: int, seed2: int, offset: Array, shape: tuple[int, ...], rate: Array, dtype) -> Array:
    """RandomPoisson and RandomPoissonV2: `shape + rate.shape` of `dtype`, computed in float64.

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
        inside = shifted > 0.0
        shifted = xp.where(inside, shifted, 1.0)
        k = xp.floor((2.0 * a / shifted + b) * u + high + 0.43)
        quick = (shifted >= 0.07) & (v <= 0.9277 - 3.6224 / (b - 2.0))
        hopeless = (k < 0.0) | ((shifted < 0.013) & (v > shifted))
        squeezed = v * inverse_alpha / (a / (shifted * shifted) + b)
        below = xp.where(squeezed > 0.0, xp.log(xp.where(squeezed > 0.0, squeezed, 1.0)), -np.inf)
        exact = below <= -high + k * xp.log(high) - _log_factorial(xp, xp.maximum(k, 0.0))
        accepted = inside & (k <= largest) & (quick | (~hopeless & exact))
        small = rate < 10.0
        done = xp.where(small, stopped_once | stopped_twice, accepted)
        endless = ~(rate < 1.01 * largest)
        count = xp.where(small, xp.where(done, small_count, count + 2.0), k)
        return (block + np.uint64(1), twice, xp.where(endless, np.nan, count)), done | endless

    fixed = (xp.repeat(rate.reshape(-1).astype(np.float64), samples),)
    first = xp.arange(lanes, dtype=np.uint64) * philox.BLOCKS_PER_OUTPUT
    start = (first, xp.ones(lanes, np.float64), xp.zeros(lanes, np.float64))
    count = philox_loops.until_done(xp, draw, take, fixed, start)[2]
    if dtype.kind == "i":
        count = xp.where(xp.isnan(count), 0.0, count)
    return count.astype(dtype).reshape(rate.size, samples).T.reshape(*shape, *rate.shape)
