"""Draws that try again until they succeed: loops for NumPy and for tracing, truncated normals, shuffles."""

import math
from collections.abc import Callable, Sequence

import jax
import numpy as np

from graphflow._lowering import philox

Array = philox.Array


def while_loop(xp, condition: Callable, body: Callable, state: tuple[Array, ...]) -> tuple[Array, ...]:
    """`jax.lax.while_loop`, or the same as a Python loop when `xp` is NumPy."""
    if xp is not np:
        return jax.lax.while_loop(condition, body, state)
    while condition(state):
        state = body(state)
    return state


def scan(xp, body: Callable, carry, rows: Sequence[Array]):
    """`jax.lax.scan` over a tuple of arrays, or the same as a Python loop when `xp` is NumPy."""
    if xp is not np:
        return jax.lax.scan(body, carry, tuple(rows))
    outputs = []
    for row in zip(*rows, strict=True):
        carry, output = body(carry, row)
        outputs.append(output)
    return carry, np.stack(outputs)


def until_done(xp, draw: Callable, take: Callable, fixed: tuple, state: tuple) -> tuple[Array, ...]:
    """In every lane, until that lane is done: `state, done = take(fixed, state, draw(fixed, state))`.

    All arrays have the lanes first. Traced, every lane goes on while one is not done, and the finished ones keep
    their state. NumPy goes on with the unfinished lanes alone.

    The draws are apart because XLA fuses a computation into each of its uses and repeats it there, barrier or not;
    only what a loop carries is computed once. A `take` makes many uses of what was drawn, so they are carried.
    """
    lanes = len(state[0])
    if xp is not np:

        def body(carry):
            old, drawn, idle, done = carry
            new, finished = take(fixed, old, drawn)
            state = tuple(xp.where(idle.reshape(-1, *(1,) * (a.ndim - 1)), a, b) for a, b in zip(old, new, strict=True))
            done = done | finished & ~idle
            return state, draw(fixed, state), done, done

        # The first turn only draws, so that the code of a draw is compiled once.
        blank = jax.tree.map(lambda spec: xp.zeros(spec.shape, spec.dtype), jax.eval_shape(draw, fixed, state))
        start = (state, blank, xp.ones(lanes, bool), xp.zeros(lanes, bool))
        return jax.lax.while_loop(lambda carry: ~carry[3].all(), body, start)[0]
    state = tuple(np.array(array) for array in state)
    pending = np.arange(lanes)
    while pending.size:
        some, old = (tuple(array[pending] for array in arrays) for arrays in (fixed, state))
        new, done = take(some, old, draw(some, old))
        for array, part in zip(state, new, strict=True):
            array[pending] = part
        pending = pending[~done]
    return state


def truncated(xp, stream: philox.Stream, shape: tuple[int, ...], dtype) -> Array:
    """Normals within two standard deviations, of `shape`.

    Each group of outputs (four, or two of float64) has blocks of its own, and keeps the first normals that fit.
    """
    count = math.prod(shape)
    size = philox.values_per_block(dtype)
    groups = -(-count // size)
    # The cut is made before a narrow type is rounded.
    wide = np.float64 if size == 2 else np.float32

    def draw(fixed, state):
        return philox.block_normals(xp, philox.blocks(xp, stream, state[0]), wide)

    def take(fixed, state, normals):
        block, filled, kept = state
        for i in range(size):
            fits = abs(normals[:, i]) < 2.0
            place = xp.where(fits, filled, size)
            kept = xp.where(place[:, None] == xp.arange(size, dtype=np.int32), normals[:, i, None], kept)
            filled = filled + fits.astype(np.int32)
        return (block + np.uint64(1), filled, kept), filled >= size

    first = xp.arange(groups, dtype=np.uint64) * (size * philox.BLOCKS_PER_OUTPUT // 4)
    empty = (first, xp.zeros(groups, np.int32), xp.zeros((groups, size), wide))
    kept = until_done(xp, draw, take, (), empty)[2]
    return kept.reshape(-1)[:count].reshape(shape).astype(dtype)


def truncated_normal(xp, seed: int, seed2: int, offset: Array, shape: tuple[int, ...], dtype) -> Array:
    """TruncatedNormal: `dtype` (float16, bfloat16, float32, float64), to the last bit or the one before."""
    return truncated(xp, philox.stateful(seed, seed2, offset), shape, dtype)


def stateless_truncated_normal(xp, seed: Array, shape: tuple[int, ...], dtype) -> Array:
    """StatelessTruncatedNormal; `seed` is int32 or int64 `[2]` and may be traced."""
    return truncated(xp, philox.stateless(xp, seed), shape, dtype)


def random_shuffle(xp, seed: int, seed2: int, offset: Array, size: int) -> Array:
    """The order RandomShuffle gives to `size` rows, int32 `[size]`: output[i] = value[order[i]].

    Fisher and Yates from the front: row i changes places with one of rows i .. size - 1.
    """
    if size < 2:
        return xp.arange(size, dtype=np.int32)
    words = philox.words(xp, philox.stateful(seed, seed2, offset), size - 1)
    start = xp.arange(size - 1, dtype=np.uint64)
    partners = (start + words % (size - start)).astype(np.int32)
    if xp is np:
        order = list(range(size))
        for i, j in enumerate(partners.tolist()):
            order[i], order[j] = order[j], order[i]
        return np.array(order, np.int32)

    def swap(i, order):
        pair = xp.stack([i, partners[i]])
        return order.at[pair].set(order[pair[::-1]])

    return jax.lax.fori_loop(np.int32(0), np.int32(size - 1), swap, xp.arange(size, dtype=np.int32))
