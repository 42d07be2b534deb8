"""Datasets made by functions of elements."""

from __future__ import annotations

import collections

import numpy as np

from graphflow._core import errors
from graphflow._lowering import dataset_bodies, dataset_values

END = dataset_values.END
_ROWS_AT_ONCE = 64


class _WithBody(dataset_values.Of):
    """A dataset made of another by a function of its elements.

    Args:
        op: the node.
        body: the function.
        captured: the values that it takes from outside.
    """

    def __init__(self, source, op, body, captured):
        super().__init__(source)
        self.op, self.body, self.captured = op, body, tuple(captured)

    def caller(self, run):
        """The function, of a tuple of arrays."""
        body, captured, call = self.body, self.captured, run.call
        return lambda element: call(body, element + captured)

    def datasets(self, run):
        """The datasets that it makes of the elements."""
        return map(_dataset_in, map(self.caller(run), self.source.stream(run)))


def _dataset_in(outputs):
    return outputs[0].item()


class Map(_WithBody):
    """A function of each element."""

    def _in_rows(self):
        if "_found" not in self.__dict__:
            self._found = dataset_bodies.in_rows(self.body, self.captured)
        return self._found

    def stream(self, run):
        if self.chunked(run):
            return dataset_values.one_by_one(self.chunks(run, _ROWS_AT_ONCE))
        return map(self.caller(run), self.source.stream(run))

    def rows(self, run):
        compute = self._in_rows()
        found = compute and self.source.rows(run)
        return found and dataset_values.Rows(found.count, lambda numbers: compute(found.take(numbers)))

    def chunked(self, run):
        return self._in_rows() is not None and self.source.chunked(run)

    def chunks(self, run, size):
        return map(self._in_rows(), self.source.chunks(run, size))


class Filter(_WithBody):
    """The elements for which a function holds."""

    cardinality = dataset_values.UNKNOWN

    def stream(self, run):
        call = self.caller(run)
        return filter(lambda element: self._holds(call(element)), self.source.stream(run))

    def _holds(self, outputs):
        if outputs[0].ndim:
            raise errors.InvalidArgumentError(None, self.op, "Filter predicate `f` must return a scalar bool.")
        return bool(outputs[0])


class TakeWhile(Filter):
    """The elements before the first for which a function does not hold."""

    def stream(self, run):
        call, stream, over = self.caller(run), self.source.stream(run), False

        def pull():
            nonlocal over
            element = END if over else next(stream)
            over = over or not self._holds(call(element))
            return END if over else element

        return iter(pull, END)


class FlatMap(_WithBody):
    """The elements of the datasets that a function makes, one after the other."""

    cardinality = dataset_values.UNKNOWN

    def stream(self, run):
        def opened(dataset):
            return dataset.stream(run)

        return dataset_values.in_turn(map(opened, self.datasets(run)))


class Interleave(_WithBody):
    """The elements of the datasets that a function makes, in turn from several of them.

    Args:
        cycle: from how many.
        block: how many come from one before it is the turn of the next.
    """

    cardinality = dataset_values.UNKNOWN

    def __init__(self, source, op, body, captured, cycle, block):
        super().__init__(source, op, body, captured)
        self.cycle, self.block = cycle, block

    def stream(self, run):
        made, open_ones = self.datasets(run), [None] * self.cycle
        at = taken = 0
        ended = False

        def turn():
            nonlocal at, taken
            at, taken = (at + 1) % self.cycle, 0

        def pull():
            nonlocal taken, ended
            while not ended or any(s is not None for s in open_ones):
                if open_ones[at] is not None:
                    element = next(open_ones[at], END)
                    if element is not END:
                        taken += 1
                        if taken == self.block:
                            turn()
                        return element
                    open_ones[at] = None
                    turn()
                elif not ended:
                    dataset = next(made, END)
                    if dataset is END:
                        ended = True
                    else:
                        open_ones[at] = dataset.stream(run)
                else:
                    turn()
            return END

        return iter(pull, END)


class Scan(_WithBody):
    """The second part of what a function of a state and an element returns; the first is the new state."""

    def __init__(self, source, op, body, captured, state):
        super().__init__(source, op, body, captured)
        self.state = tuple(state)

    def stream(self, run):
        stream, state, call = self.source.stream(run), self.state, self.caller(run)

        def pull():
            nonlocal state
            outputs = call(state + next(stream))
            state = outputs[: len(state)]
            return outputs[len(state) :]

        return iter(pull, END)


def reduced(run, source, body, captured, state):
    """The last state of `state = body(state, element)`."""
    for element in source.stream(run):
        state = run.call(body, state + element + captured)
    return state


class GroupByWindow(dataset_values.Of):
    """The elements of what a function makes of windows of elements that have the same key.

    Args:
        key_of, window_of, size_of: pairs of a body and the values that it takes from outside.
    """

    cardinality = dataset_values.UNKNOWN

    def __init__(self, source, op, key_of, window_of, size_of):
        super().__init__(source)
        self.op, self.key_of, self.window_of, self.size_of = op, key_of, window_of, size_of

    def stream(self, run):
        def call(pair, *values):
            return run.call(pair[0], (*values, *pair[1]))[0]

        def window(key, elements):
            made = variant(Elements(elements))
            return call(self.window_of, key, made).item().stream(run)

        def windows():
            groups, sizes = collections.OrderedDict(), {}
            for element in self.source.stream(run):
                key = call(self.key_of, *element)
                group = groups.setdefault(int(key), [])
                group.append(element)
                if int(key) not in sizes:
                    sizes[int(key)] = int(call(self.size_of, key))
                    if sizes[int(key)] <= 0:
                        raise errors.InvalidArgumentError(
                            None, self.op, f"Window size must be greater than zero, but got {sizes[int(key)]}."
                        )
                if len(group) == sizes[int(key)]:
                    del groups[int(key)], sizes[int(key)]
                    yield window(key, group)
            for key in sorted(groups):
                yield window(np.asarray(key, np.int64), groups[key])

        return dataset_values.in_turn(windows())


class GroupByReducer(dataset_values.Of):
    """What functions make of all elements with the same key; keys in the order in which they came.

    Args:
        key_of, begin, reduce, end: pairs of a body and the values that it takes from outside.
    """

    cardinality = dataset_values.UNKNOWN

    def __init__(self, source, key_of, begin, reduce, end):
        super().__init__(source)
        self.key_of, self.begin, self.reduce, self.end = key_of, begin, reduce, end

    def stream(self, run):
        def call(pair, *values):
            return run.call(pair[0], (*values, *pair[1]))

        def results():
            states = {}
            for element in self.source.stream(run):
                [key] = call(self.key_of, *element)
                state = states[int(key)] if int(key) in states else call(self.begin, key)
                states[int(key)] = call(self.reduce, *state, *element)
            for key in sorted(states):
                yield call(self.end, *states[key])

        return results()


class Elements(dataset_values.DatasetValue):
    """Elements that are there."""

    def __init__(self, elements):
        self._elements = elements

    def stream(self, run):
        return iter(self._elements)

    @property
    def cardinality(self):
        return len(self._elements)


class Generated(dataset_values.DatasetValue):
    """What three functions make: one that begins, one that gives the next element, one that ends.

    Args:
        begin, step, end: pairs of a body and the values of (its arguments or) what it takes from outside.
    """

    def __init__(self, begin, step, end):
        self.begin, self.step, self.end = begin, step, end

    def stream(self, run):
        state = None
        over = False

        def pull():
            nonlocal state, over
            if over:
                return END
            if state is None:
                state = run.call(self.begin[0], self.begin[1])
            try:
                return run.call(self.step[0], state + self.step[1])
            except errors.OutOfRangeError:
                over = True
                run.call(self.end[0], state + self.end[1])
                return END

        return iter(pull, END)


class Directed(dataset_values.DatasetValue):
    """An element of the dataset whose number another dataset gives."""

    def __init__(self, op, selector, inputs):
        self.op, self.inputs = op, (selector, *inputs)

    def stream(self, run):
        selector, *streams = [d.stream(run) for d in self.inputs]
        left = set(range(len(streams)))

        def pull():
            while left:
                number = int(next(selector)[0])
                if not 0 <= number < len(streams):
                    raise errors.InvalidArgumentError(
                        None, self.op, f"Selector index out of range: {number} >= {len(streams)}"
                    )
                if number in left:
                    element = next(streams[number], END)
                    if element is not END:
                        return element
                    left.discard(number)
            return END

        return iter(pull, END)


def variant(value):
    """A dataset as a scalar array."""
    found = np.empty((), object)
    found[()] = value
    return found
