"""Datasets as values: objects that make streams of elements.

A stream is a Python iterator of tuples of arrays, one array a component. An element that fails raises, and the stream goes on
behind it, as in TensorFlow; so streams are made of `iter(pull, END)`, not of generators, which end when they fail.

Where elements are rows of arrays, whole batches of them are gathered at once:

    rows(run)      Rows, where elements can be had by their number; else None
    chunked(run)   whether elements can be had many at once, by
    chunks(run, n) a stream of arrays with up to n elements each
"""

from __future__ import annotations

import itertools

import numpy as np

END = object()  # what no element is


class Pulled:
    """`function()` again and again, until it raises StopIteration; results may be arrays, which END cannot be compared with."""

    def __init__(self, function):
        self._function = function

    def __iter__(self):
        return self

    def __next__(self):
        return self._function()


class DatasetValue:
    """A sequence of elements.

    Attributes:
        inputs: the datasets it is made of.
        cardinality: how many elements there are, INFINITE or UNKNOWN.
    """

    inputs = ()

    def stream(self, run):
        """A new stream from the first element on. `run` is the iterator's `dataset_bodies.Run`."""
        raise NotImplementedError

    def rows(self, run):
        """Rows that give the elements by number, or None."""
        return None

    def chunked(self, run):
        """Whether elements can be had many at once."""
        return self.rows(run) is not None

    def chunks(self, run, size):
        """A stream of arrays of up to `size` elements, where `chunked`."""
        return self.rows(run).chunks(size)

    @property
    def cardinality(self):
        return UNKNOWN

    def rebuilt(self, inputs):
        """The same of other datasets."""
        made = object.__new__(type(self))
        made.__dict__.update(self.__dict__, inputs=inputs)
        return made


INFINITE, UNKNOWN = -1, -2


class Rows:
    """Elements by their number. `take(numbers)` gives the arrays of those, one row each."""

    def __init__(self, count, take):
        self.count, self.take = count, take

    def chunks(self, size, numbers=None):
        """A stream of the arrays of `size` elements each."""
        if numbers is None:
            numbers = (slice(at, min(at + size, self.count)) for at in range(0, self.count, size))
        return map(self.take, numbers)


def one_by_one(chunks):
    """The elements of a stream of chunks."""
    rows = iter(())

    def pull():
        nonlocal rows
        while True:
            for row in rows:
                return row
            chunk = next(chunks)
            rows = iter([tuple([c[i, ...] for c in chunk]) for i in range(len(chunk[0]))])

    return iter(pull, END)


# -- sources -------------------------------------------------------------------------------------------------------------


class Slices(DatasetValue):
    """The rows of arrays."""

    def __init__(self, arrays):
        self._arrays = [_protected(a) for a in arrays]

    def stream(self, run):
        arrays = self._arrays
        return (tuple([a[i, ...] for a in arrays]) for i in range(len(arrays[0])))

    def rows(self, run):
        arrays = self._arrays
        return Rows(len(arrays[0]), lambda numbers: tuple([a[numbers] for a in arrays]))

    @property
    def cardinality(self):
        return len(self._arrays[0])


def _protected(array):
    """The array, seen so that nobody writes into it."""
    seen = array.view()
    seen.flags.writeable = False
    return seen


class One(DatasetValue):
    """One element."""

    cardinality = 1

    def __init__(self, components):
        self._components = tuple(map(_protected, components))

    def stream(self, run):
        return iter([self._components])


class Range(DatasetValue):
    """Whole numbers."""

    def __init__(self, start, stop, step):
        self._range = range(start, stop, step)

    def stream(self, run):
        return ((np.asarray(n, np.int64),) for n in self._range)

    def rows(self, run):
        numbers = self._range
        if len(range(min(len(numbers), 1 << 62))) == 1 << 62:
            return None

        def take(which):
            if isinstance(which, slice):
                which = np.arange(which.start, which.stop, which.step or 1)
            return (numbers.start + numbers.step * np.asarray(which, np.int64),)

        return Rows(len(numbers), take)

    @property
    def cardinality(self):
        return len(self._range)


class Source(DatasetValue):
    """What a function makes: `make(run)` gives a stream."""

    def __init__(self, make, cardinality=UNKNOWN):
        self._make, self._cardinality = make, cardinality

    def stream(self, run):
        return self._make(run)

    @property
    def cardinality(self):
        return self._cardinality


# -- one or several datasets in order ------------------------------------------------------------------------------------


class Of(DatasetValue):
    """A dataset made of one other."""

    def __init__(self, source):
        self.inputs = (source,)

    @property
    def source(self):
        """What it is made of."""
        return self.inputs[0]

    @property
    def cardinality(self):
        return self.source.cardinality


class Same(Of):
    """The same elements: options, and rewrites that change nothing here."""

    def stream(self, run):
        return self.source.stream(run)

    def rows(self, run):
        return self.source.rows(run)

    def chunked(self, run):
        return self.source.chunked(run)

    def chunks(self, run, size):
        return self.source.chunks(run, size)


class Zip(DatasetValue):
    """One element of each, side by side."""

    def __init__(self, inputs):
        self.inputs = tuple(inputs)

    def stream(self, run):
        streams = [d.stream(run) for d in self.inputs]
        return iter(lambda: tuple([c for s in streams for c in next(s)]), END)

    def rows(self, run):
        parts = [d.rows(run) for d in self.inputs]
        if None in parts:
            return None
        return Rows(min(p.count for p in parts), lambda numbers: tuple([c for p in parts for c in p.take(numbers)]))

    @property
    def cardinality(self):
        sizes = [d.cardinality for d in self.inputs]
        finite = [s for s in sizes if s != INFINITE]
        return INFINITE if not finite else UNKNOWN if UNKNOWN in finite else min(finite)


class Concatenate(DatasetValue):
    """The elements of one, then those of the other."""

    def __init__(self, *inputs):
        self.inputs = inputs

    def stream(self, run):
        return in_turn(d.stream(run) for d in self.inputs)

    @property
    def cardinality(self):
        sizes = [d.cardinality for d in self.inputs]
        return INFINITE if INFINITE in sizes else UNKNOWN if UNKNOWN in sizes else sum(sizes)


def in_turn(streams):
    """The elements of streams, one stream after the other; each is made when the one before has ended."""
    streams, current = iter(streams), iter(())

    def pull():
        nonlocal current
        while True:
            for element in current:
                return element
            current = next(streams)

    return iter(pull, END)


class Repeat(Of):
    """All elements several times over."""

    def __init__(self, source, count):
        super().__init__(source)
        self.count = count

    def stream(self, run):
        return _repeated(lambda: self.source.stream(run), self.count)

    def chunked(self, run):
        return self.source.chunked(run)

    def chunks(self, run, size):
        return _repeated(lambda: self.source.chunks(run, size), self.count)

    @property
    def cardinality(self):
        size = self.source.cardinality
        if self.count == 0 or size == 0:
            return 0
        return INFINITE if self.count < 0 or size == INFINITE else UNKNOWN if size == UNKNOWN else size * self.count


def _repeated(make, count):
    """The streams of `make()` one after the other; without end for a negative count, but not of nothing."""
    turns, current, found = itertools.count() if count < 0 else iter(range(count)), iter(()), True

    def pull():
        nonlocal current, found
        while True:
            for element in current:
                found = True
                return element
            if not found and count < 0:
                raise StopIteration
            next(turns)
            current, found = make(), False

    return iter(pull, END)


class Take(Of):
    """The first elements."""

    def __init__(self, source, count):
        super().__init__(source)
        self.count = count

    def stream(self, run):
        stream = self.source.stream(run)
        return stream if self.count < 0 else itertools.islice(stream, self.count)

    def rows(self, run):
        found = self.source.rows(run)
        return found and Rows(found.count if self.count < 0 else min(self.count, found.count), found.take)

    @property
    def cardinality(self):
        size = self.source.cardinality
        return size if self.count < 0 else self.count if size == INFINITE else min(size, self.count)


class Skip(Of):
    """All but the first elements."""

    def __init__(self, source, count):
        super().__init__(source)
        self.count = count

    def stream(self, run):
        if self.count < 0:
            return iter(())
        stream, left = self.source.stream(run), self.count

        def pull():
            nonlocal left
            while left:
                next(stream)
                left -= 1
            return next(stream)

        return iter(pull, END)

    def rows(self, run):
        found = self.source.rows(run)
        if found is None or self.count < 0:
            return None
        skipped = min(self.count, found.count)
        return Rows(found.count - skipped, lambda numbers: found.take(_moved(numbers, skipped, 1)))

    @property
    def cardinality(self):
        size = self.source.cardinality
        return size if size < 0 else 0 if self.count < 0 else max(0, size - self.count)


def _moved(numbers, start, step):
    """The numbers `start + step * numbers`."""
    if isinstance(numbers, slice):
        return slice(start + step * numbers.start, start + step * (numbers.stop - 1) + 1, step * (numbers.step or 1))
    return start + step * numbers


class Shard(Of):
    """Every so-many-th element."""

    def __init__(self, source, count, index):
        super().__init__(source)
        self.count, self.index = count, index

    def stream(self, run):
        stream, at = self.source.stream(run), 0

        def pull():
            nonlocal at
            while True:
                element = next(stream)
                at += 1
                if (at - 1) % self.count == self.index:
                    return element

        return iter(pull, END)

    def rows(self, run):
        found = self.source.rows(run)
        if found is None:
            return None
        count = max(0, -(-(found.count - self.index) // self.count))
        return Rows(count, lambda numbers: found.take(_moved(numbers, self.index, self.count)))

    @property
    def cardinality(self):
        size = self.source.cardinality
        return size if size < 0 else max(0, -(-(size - self.index) // self.count))
