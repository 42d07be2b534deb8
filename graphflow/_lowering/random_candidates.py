"""TensorFlow 1.15's candidate samplers. NumPy only: sampling without repetition is a loop of unknown length.

Each sampler takes the op's `seed`, `seed2`, block counter `offset` and attributes, and the true classes, int64
`[batch, num_true]`. The expected count of a class is p * num_sampled or, when the candidates are to be unique, its
chance 1 - (1 - p)**tries to be among as many tries as it took.
"""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from graphflow._lowering import philox


class Candidates(NamedTuple):
    """The outputs of a candidate sampler."""

    sampled: np.ndarray
    """int64 `[num_sampled]`."""
    true_expected_count: np.ndarray
    """float32 `[batch, num_true]`."""
    sampled_expected_count: np.ndarray
    """float32 `[num_sampled]`."""


class UnigramTable(NamedTuple):
    """A fixed distribution over classes with its alias table, which finds a class in constant time."""

    weights: np.ndarray
    total: np.float32
    kept: np.ndarray
    alias: np.ndarray


def all_candidates(true_classes: np.ndarray, num_sampled: int) -> Candidates:
    """AllCandidateSampler: every class once, in order."""
    ones = np.ones(np.shape(true_classes), np.float32)
    return Candidates(np.arange(num_sampled), ones, np.ones(num_sampled, np.float32))


def uniform_candidates(
    seed: int,
    seed2: int,
    offset: int,
    true_classes: np.ndarray,
    num_sampled: int,
    unique: bool,
    range_max: int,
) -> Candidates:
    """UniformCandidateSampler: every class below `range_max` alike.

    Raises:
        ValueError: `unique` with `num_sampled` above `range_max`, or a true class out of range.
    """
    draws = philox.endless(seed, seed2, int(offset))
    chance = np.float32(1.0 / range_max)

    def draw() -> int:
        return _below(range_max, lambda: next(draws) | next(draws) << 32, 64)

    def probability(classes):
        return np.full(np.shape(classes), chance)

    return _sample(draw, probability, true_classes, num_sampled, unique, range_max, range_max)


def log_uniform_candidates(
    seed: int,
    seed2: int,
    offset: int,
    true_classes: np.ndarray,
    num_sampled: int,
    unique: bool,
    range_max: int,
) -> Candidates:
    """LogUniformCandidateSampler: class k with probability log((k + 2) / (k + 1)) / log(range_max + 1).

    Raises:
        ValueError: `unique` with `num_sampled` above `range_max`, or a true class out of range.
    """
    draws = philox.endless(seed, seed2, int(offset))
    log_range = math.log1p(range_max)

    def draw() -> int:
        mantissa = (next(draws) & 0xFFFFF) << 32 | next(draws)
        return (int(math.exp(mantissa * 2.0**-52 * log_range)) - 1) % range_max

    def probability(classes):
        return (np.log((classes + 2.0) / (classes + 1.0)) / log_range).astype(np.float32)

    return _sample(draw, probability, true_classes, num_sampled, unique, range_max, range_max)


def learned_unigram_candidates(
    seed: int,
    seed2: int,
    offset: int,
    true_classes: np.ndarray,
    num_sampled: int,
    unique: bool,
    weights: np.ndarray,
) -> tuple[Candidates, np.ndarray]:
    """LearnedUnigramCandidateSampler and ThreadUnsafeUnigramCandidateSampler.

    Args:
        weights: int32 `[range_max]`, how often each class was a true class so far, plus one: ones at first.

    Returns:
        The candidates, and the weights for the next execution.

    Raises:
        ValueError: `unique` with `num_sampled` above the number of classes, or a true class out of range.
    """
    draws = philox.endless(seed, seed2, int(offset))
    cumulated = np.cumsum(weights, dtype=np.int64)
    total = int(cumulated[-1])

    def draw() -> int:
        return int(np.searchsorted(cumulated, _below(total, draws.__next__, 32), side="right"))

    def probability(classes):
        return weights[classes].astype(np.float32) / np.float32(total)

    size = len(weights)
    candidates = _sample(draw, probability, true_classes, num_sampled, unique, size, size)
    # The weights are 32-bit counts, and their sum stays one.
    counted = np.ravel(true_classes)[: np.iinfo(np.int32).max - total]
    return candidates, weights + np.bincount(counted, minlength=size).astype(np.int32)


def fixed_unigram_candidates(
    seed: int,
    seed2: int,
    offset: int,
    true_classes: np.ndarray,
    num_sampled: int,
    unique: bool,
    table: UnigramTable,
) -> Candidates:
    """FixedUnigramCandidateSampler: class k with the weight of `table`, see `unigram_table`.

    Raises:
        ValueError: `unique` with `num_sampled` above the number of classes that have a weight, or a true class out
            of range.
    """
    draws = philox.endless(seed, seed2, int(offset))
    size = len(table.weights)

    def draw() -> int:
        part = np.float32((next(draws) & 0x7FFFFF) * 2.0**-23)
        place = _below(size, draws.__next__, 32)
        return place if part < table.kept[place] else int(table.alias[place])

    def probability(classes):
        return table.weights[classes] / table.total

    usable = int(np.count_nonzero(table.weights))
    return _sample(draw, probability, true_classes, num_sampled, unique, size, usable)


def unigram_table(
    unigrams: Sequence[float],
    distortion: float = 1.0,
    num_reserved_ids: int = 0,
    num_shards: int = 1,
    shard: int = 0,
) -> UnigramTable:
    """The table of FixedUnigramCandidateSampler, from its attributes; worth keeping from run to run.

    Source: Vose, "A linear algorithm for generating random numbers with a given distribution" (1991).
    """
    reserved = [np.float32(0.0) for word in range(num_reserved_ids) if word % num_shards == shard]
    distorted = [
        np.float32(float(np.float32(weight)) ** float(np.float32(distortion)))
        for word, weight in enumerate(unigrams, start=len(reserved))
        if word % num_shards == shard
    ]
    weights = np.array(reserved + distorted, np.float32)
    size = len(weights)
    share = (weights * np.float32(size)).astype(np.float64) / np.cumsum(weights, dtype=np.float64)[-1]
    alias = np.arange(size)
    low = [i for i in range(size) if share[i] < 1.0]
    high = [i for i in range(size) if not share[i] < 1.0]
    while high and low:
        small, large = low.pop(), high.pop()
        alias[small] = large
        share[large] -= 1.0 - share[small]
        (low if share[large] < 1.0 else high).append(large)
    # What is left over in either list is one up to rounding.
    share[low + high] = 1.0
    total = np.cumsum(np.array(distorted, np.float32))[-1]
    return UnigramTable(weights, total, share.astype(np.float32), alias)


def read_unigrams(path: str) -> list[float]:
    """The weights of a vocabulary file: the last comma-separated field of each line.

    Raises:
        ValueError: a field is not a number; the message names the line.
    """
    weights = []
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                weights.append(float(line.rsplit(",", 1)[-1]))
            except ValueError:
                raise ValueError(
                    f"vocabulary file {path!r}, line {number}: expected a weight after the last comma, got {line!r}"
                ) from None
    return weights


def _below(bound: int, draw: Callable[[], int], bits: int) -> int:
    """A whole number in [0, bound) without bias: draws that would favour small ones are thrown away."""
    if bound & (bound - 1) == 0:
        return draw() & (bound - 1)
    while (number := draw()) < (1 << bits) % bound:
        pass
    return number % bound


def _sample(
    draw: Callable[[], int],
    probability: Callable[[np.ndarray], np.ndarray],
    true_classes: np.ndarray,
    num_sampled: int,
    unique: bool,
    range_max: int,
    usable: int,
) -> Candidates:
    """Candidates from a way to draw one and the probabilities of classes."""
    true_classes = np.asarray(true_classes, np.int64)
    if unique and num_sampled > usable:
        raise ValueError(
            f"cannot draw num_sampled={num_sampled} different candidates from {usable} classes: "
            "lower num_sampled or set unique=False"
        )
    if true_classes.size and not 0 <= true_classes.min() <= true_classes.max() < range_max:
        raise ValueError(f"true classes must be in [0, {range_max}), got {true_classes.min()} to {true_classes.max()}")
    tries = 0
    sampled: list[int] = []
    seen: set[int] = set()
    while len(sampled) < num_sampled:
        tries += 1
        candidate = draw()
        if not (unique and candidate in seen):
            seen.add(candidate)
            sampled.append(candidate)

    def expected_count(classes):
        chance = probability(classes)
        if tries == num_sampled:
            return chance * np.float32(num_sampled)
        missed = np.log1p(-chance.astype(np.float64)).astype(np.float32) * np.float32(tries)
        return -np.expm1(missed.astype(np.float64)).astype(np.float32)

    picked = np.array(sampled, np.int64)
    return Candidates(picked, expected_count(true_classes), expected_count(picked))
