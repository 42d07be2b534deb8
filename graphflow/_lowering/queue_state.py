"""Queues as they live in a session: their elements, and the threads that wait to add or to take some.

As in TensorFlow, attempts wait in two lines, those that add and those that take, and only the first of a line gets on. An attempt
for several elements gets them one by one: a batch may be larger than the queue's capacity.
"""

from __future__ import annotations

import collections
import heapq
import itertools
import math
import secrets
import threading

import numpy as np

from graphflow._core import errors
from graphflow._lowering import philox


class _Attempt:
    """What a thread waits for. `advance(queue)` does as much as it can now and says whether that was all."""

    def __init__(self, op):
        self.op = op
        self.done = False
        self.error = None

    def step(self, queue):
        try:
            self.done = self.advance(queue)
        except errors.OpError as error:
            self.error, self.done = error, True
        return self.done


class _Add(_Attempt):
    cancelled = "Enqueue operation was cancelled"

    def __init__(self, op, elements):
        super().__init__(op)
        self.left = collections.deque(elements)

    def advance(self, queue):
        if queue.closed:
            raise errors.CancelledError(None, self.op, f"{queue.kind} '{queue.name}' is closed.")
        while self.left and len(queue) < queue.capacity:
            queue.push(self.left.popleft())
        return not self.left

    def undo(self, queue):
        """What was added stays."""


class _Close(_Attempt):
    cancelled = "Enqueue operation was cancelled"

    def advance(self, queue):
        if queue.closed:
            raise errors.CancelledError(None, self.op, f"{queue.kind} '{queue.name}' is already closed.")
        queue.closed = True
        return True

    def undo(self, queue):
        """There is nothing to take back."""


class _Take(_Attempt):
    cancelled = "Dequeue operation was cancelled"

    def __init__(self, op, count, fewer):
        super().__init__(op)
        self.left, self.fewer, self.taken = count, fewer, []

    def advance(self, queue):
        if queue.closed and len(queue) < self.left:
            self.undo(queue)
            have = len(queue)
            if self.fewer and have:
                self.left = have
            elif self.fewer and queue.adding:  # those that wait may bring more
                return False
            else:
                raise errors.OutOfRangeError(
                    None, self.op, f"{queue.kind} '{queue.name}' is closed and has insufficient elements "
                    f"(requested {self.left}, current size {have})"
                )  # fmt: skip
        while self.left and queue.available():
            self.taken.append(queue.pop())
            self.left -= 1
        return not self.left

    def undo(self, queue):
        """Puts back what was taken."""
        self.left += len(self.taken)
        queue.put_back(self.taken)
        self.taken = []


class FIFOQueue:
    """A queue whose elements, tuples of arrays, leave in the order in which they came.

    Args:
        name: for messages.
        capacity: the most elements it holds; any number when negative.

    Attributes:
        kind: what messages call it.
    """

    kind = "FIFOQueue"

    def __init__(self, name, capacity):
        self.name = name
        self.capacity = math.inf if capacity < 0 else capacity
        self.closed = False
        self.gone = False  # the session was closed
        self.adding, self.taking = collections.deque(), collections.deque()
        self.moves = 0
        self._items = self._empty()
        self._changed = threading.Condition()

    # -- what kinds of queues differ in ----------------------------------------------------------------------------------

    def _empty(self):
        return collections.deque()

    def _push(self, element):
        self._items.append(element)

    def _pop(self):
        return self._items.popleft()

    def _put_back(self, elements):
        self._items.extendleft(reversed(elements))

    def available(self):
        """How many elements may be taken now."""
        return len(self._items)

    # -- what attempts use, with the lock held ---------------------------------------------------------------------------

    def __len__(self):
        return len(self._items)

    def push(self, element):
        self.moves += 1
        self._push(element)

    def pop(self):
        self.moves += 1
        return self._pop()

    def put_back(self, elements):
        self.moves += 1 if elements else 0
        self._put_back(elements)

    # -- what operations use ---------------------------------------------------------------------------------------------

    def add(self, op, elements, clock):
        """Adds elements, waiting for room.

        Args:
            op: the operation that errors name.
            clock: function() -> the seconds that are left to wait, None without a limit; it raises when there are none.

        Raises:
            CancelledError: the queue is closed, or its session was closed meanwhile.
        """
        self._wait(_Add(op, elements), self.adding, clock)

    def take(self, op, count, fewer, clock):
        """Takes `count` elements, waiting for them; what is left when the queue is closed, if `fewer`. Args as `add`.

        Raises:
            OutOfRangeError: the queue is closed and holds too few. CancelledError: its session was closed meanwhile.
        """
        attempt = _Take(op, count, fewer)
        self._wait(attempt, self.taking, clock)
        return attempt.taken

    def close(self, op, cancel_pending, clock):
        """Lets nothing more in: at once, where waiting enqueues are to fail, else once they are through. Args as `add`."""
        if not cancel_pending:
            self._wait(_Close(op), self.adding, clock)
            return
        with self._changed:
            self.closed = True
            self._drop(self.adding)
            self._get_on()

    def give_back(self, elements):
        """Puts elements back to where they were taken from."""
        with self._changed:
            self.put_back(elements)
            self._get_on()

    def size(self):
        """The number of elements."""
        with self._changed:
            return len(self._items)

    def leave(self):
        """The session is closed: everything that waits, and everything to come, is cancelled."""
        with self._changed:
            self.gone = True
            self._drop(self.adding)
            self._drop(self.taking)

    def _wait(self, attempt, line, clock):
        with self._changed:
            if self.gone:
                raise errors.CancelledError(None, attempt.op, attempt.cancelled)
            line.append(attempt)
            try:
                self._get_on()
                while not attempt.done:
                    self._changed.wait(clock())
            except BaseException:  # out of time, or Ctrl-C
                if not attempt.done:
                    line.remove(attempt)
                    attempt.undo(self)
                    self._get_on()
                raise
        if attempt.error is not None:
            raise attempt.error

    def _drop(self, line):
        while line:
            attempt = line.popleft()
            attempt.error, attempt.done = errors.CancelledError(None, attempt.op, attempt.cancelled), True
        self._changed.notify_all()

    def _get_on(self):
        """Lets the first of each line get on until nothing moves any more."""
        finished, before = False, None
        while before != (state := (self.moves, self.closed, len(self.adding), len(self.taking))):
            before = state
            for line in (self.adding, self.taking):
                while line and line[0].step(self):
                    line.popleft()
                    finished = True
        if finished:
            self._changed.notify_all()


class PaddingFIFOQueue(FIFOQueue):
    """A FIFOQueue; batches of its elements are padded to one shape, which is the rule's work."""

    kind = "PaddingFIFOQueue"


class RandomShuffleQueue(FIFOQueue):
    """A queue that gives elements in random order, TensorFlow's for the same seeds and the same states of the queue.

    Args:
        least: how many elements stay, while it is not closed.
        seed, seed2: of the random numbers; both 0 for others in each session.
    """

    kind = "RandomShuffleQueue"

    def __init__(self, name, capacity, least, seed, seed2):
        super().__init__(name, capacity)
        self._least = least
        self._words = _words(seed, seed2)

    def _empty(self):
        return []

    def _pop(self):
        items = self._items
        at = next(self._words) % len(items)
        items[at], items[-1] = items[-1], items[at]
        return items.pop()

    def _put_back(self, elements):
        self._items.extend(reversed(elements))

    def available(self):
        return len(self._items) if self.closed else max(0, len(self._items) - self._least)


def _words(seed, seed2):
    """The words of the random stream that belongs to two seeds."""
    if not seed and not seed2:
        seed, seed2 = secrets.randbits(63), secrets.randbits(63)
    return philox.endless(seed, seed2)


class PriorityQueue(FIFOQueue):
    """A queue that gives the element with the smallest first component; of several those that came first."""

    kind = "PriorityQueue"

    def __init__(self, name, capacity):
        super().__init__(name, capacity)
        self._turn = itertools.count()

    def _empty(self):
        return []

    def _push(self, element):
        heapq.heappush(self._items, (int(element[0]), next(self._turn), element))

    def _pop(self):
        return heapq.heappop(self._items)[2]

    def _put_back(self, elements):
        for element in elements:
            self._push(element)
