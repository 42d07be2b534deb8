"""Shuffling: TensorFlow's order for the same seeds.

The buffer is a ring that holds the elements of a few epochs, each epoch a slice of it. An element is drawn from the first
slice, and the one at its front moves to its place (tensorflow/core/kernels/data/shuffle_dataset_op.cc, 1.15).
"""

from __future__ import annotations

import collections
import itertools
import secrets

import numpy as np

from graphflow._lowering import dataset_values, philox

_EPOCHS_IN_BUFFER = 3
_ROWS_AT_ONCE = 1024


def seeded(seed, seed2):
    """The two seeds, or two of this call's own where both are 0."""
    return (seed, seed2) if seed or seed2 else (secrets.randbits(63), secrets.randbits(63))


class Shuffle(dataset_values.Of):
    """The elements in random order.

    Args:
        size: of the buffer.
        seeds: a pair.
        again: whether each stream has an order of its own.
        count: how many times over, where repeating is part of it; -1 without end.
    """

    def __init__(self, source, size, seeds, again, count=1):
        super().__init__(source)
        self.size, self.seeds, self.again, self.count = size, seeded(*seeds), again, count

    def _words(self, run):
        """The words of a new stream of `run`; those of the streams of one run differ, if they are to."""
        if not self.again:
            return philox.endless(*self.seeds)
        parents = run.parents.get(self)
        if parents is None:
            parents = run.parents[self] = philox.endless(*self.seeds)
        return philox.endless(next(parents), next(parents))

    def stream(self, run):
        return shuffled(lambda: self.source.stream(run), self.size, self._words(run), self.count)

    def chunked(self, run):
        return self.source.rows(run) is not None

    def chunks(self, run, size):
        rows, draws = self.source.rows(run), self._words(run)
        if self.count == 1:
            return rows.chunks(size, _cut(_row_order(rows.count, self.size, draws), size))
        order = _order(lambda: iter(range(rows.count)), self.size, draws, self.count)
        return rows.chunks(size, _cut(_in_arrays(order, max(size, _ROWS_AT_ONCE)), size))

    @property
    def cardinality(self):
        size = self.source.cardinality
        if self.count == 1 or size == 0:
            return size
        unbounded = self.count < 0 or size == dataset_values.INFINITE
        return dataset_values.INFINITE if unbounded else size if size < 0 else size * self.count


def _row_order(count, size, draws):
    """The numbers 0 .. count - 1 in the order of `_order`, as arrays: what is drawn from is known for each beforehand."""
    buffer = list(range(min(count, size)))
    for first in range(0, count, _ROWS_AT_ONCE):
        fronts = np.arange(first, min(count, first + _ROWS_AT_ONCE))
        chosen = np.fromiter(itertools.islice(draws, len(fronts)), np.int64) % np.minimum(count - fronts, size)
        found = []
        for new, front, at in zip(
            (fronts + size).tolist(), (fronts % size).tolist(), ((fronts + chosen) % size).tolist()
        ):
            found.append(buffer[at])
            buffer[at] = buffer[front]
            buffer[front] = new
        yield np.array(found, np.int64)


def _in_arrays(numbers, size):
    """Numbers as arrays of up to `size`."""
    while len(some := np.fromiter(itertools.islice(numbers, size), np.int64)):
        yield some


def _cut(arrays, size):
    """Arrays of any length, as arrays of `size`; the last one is shorter."""
    left = np.empty(0, np.int64)
    for more in arrays:
        left = np.concatenate([left, more])
        while len(left) >= size:
            yield left[:size]
            left = left[size:]
    if len(left):
        yield left


def shuffled(make, size, draws, count=1):
    """The elements of `count` streams of `make()`, those of each stream in random order.

    Args:
        size: of the buffer.
        draws: random words.
    """
    order = _order(make, size, draws, count)

    def pull():
        element = next(order)
        if type(element) is _Failure:
            raise element.error
        return element

    return dataset_values.Pulled(pull)


class _Failure:
    """Stands in the place of an element that fails: raising would end the generator."""

    def __init__(self, error):
        self.error = error


def _order(make, size, draws, count):
    buffer, held = {}, 0
    slices = collections.deque([[0, 0]])
    stream, epoch, found, over = None, 0, False, False
    while True:
        while held < size and not over:
            try:
                if stream is None:
                    stream = make()  # TensorFlow does so behind the last epoch too, which draws seeds
                over = 0 <= count <= epoch
                element = dataset_values.END if over else next(stream, dataset_values.END)
            except Exception as error:
                yield _Failure(error)
                continue
            if element is not dataset_values.END:
                last = slices[-1]
                buffer[last[1] % size] = element
                last[1] += 1
                held += 1
                found = True
                if len(slices) > _EPOCHS_IN_BUFFER:
                    break
            elif not over:
                if not found and count < 0:
                    return
                epoch, stream = epoch + 1, None
                end = slices[-1][1]
                slices.append([end, end])
        if not held:
            return
        first = slices[0]
        while first[0] == first[1]:
            slices.popleft()
            first = slices[0]
        start, end = first
        at = (start + next(draws) % (end - start)) % size
        front = start % size
        element = buffer[at]
        buffer[at] = buffer[front]
        del buffer[front]
        first[0] = start + 1
        held -= 1
        yield element


class RandomNumbers(dataset_values.DatasetValue):
    """Random whole numbers below 2**32, without end."""

    cardinality = dataset_values.INFINITE

    def __init__(self, seeds):
        self._seeds = seeded(*seeds)

    def stream(self, run):
        return ((np.asarray(word, np.int64),) for word in philox.endless(*self._seeds))
