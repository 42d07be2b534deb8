"""Queues that threads keep filled from arrays and tables in memory."""

from __future__ import annotations

import random
import sys

import numpy as np

from graphflow._core import dtypes, errors, log
from graphflow._graph import build
from graphflow._ops import array, math, queues, summaries
from graphflow._train import queue_runner


class FeedingQueueRunner(queue_runner.QueueRunner):
    """A QueueRunner whose enqueue operations are fed by functions, until one raises OutOfRangeError."""

    def __init__(self, queue, enqueue_ops, feed_fns):
        closed = (errors.OutOfRangeError, errors.CancelledError)
        super().__init__(queue, enqueue_ops, queue_closed_exception_types=closed)
        self._feed_fns = dict(zip(enqueue_ops, feed_fns, strict=True))

    def _callable(self, sess, op):
        feed_fn = self._feed_fns[op]
        return lambda: sess.run(op, feed_dict=feed_fn())


class _Rows:
    """Row numbers, batch by batch, round and round from a first one, until so many epochs are over."""

    def __init__(self, rows, batch_size, from_anywhere, seed, epochs):
        self._rows, self._batch_size, self._epochs, self._epoch = rows, batch_size, epochs, 0
        random.seed(seed)
        self._next = random.randrange(rows) if from_anywhere else 0
        self._last = (self._next - 1) % rows  # the row that ends an epoch

    def __call__(self):
        if self._epochs is not None and self._epoch >= self._epochs:
            raise errors.OutOfRangeError(None, None, f"Already emitted {self._epoch} epochs.")
        rows = [i % self._rows for i in range(self._next, self._next + self._batch_size)]
        ends = [i for i, row in enumerate(rows) if row == self._last]
        self._epoch += len(ends)
        if self._epochs is not None and self._epoch >= self._epochs:
            rows = rows[: ends[self._epochs - self._epoch - 1] + 1]
            self._epoch = self._epochs
        self._next = (rows[-1] + 1) % self._rows
        return rows


def _columns_feed_fn(placeholders, columns, rows):
    """Feeds some rows of all columns."""

    def feed():
        chosen = rows()
        return dict(zip(placeholders, [column[chosen] for column in columns], strict=True))

    return feed


def is_data_frame(data):
    """Whether something is a pandas.DataFrame; pandas is not loaded for the question."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(data, pandas.DataFrame)


def enqueue_data(
    data, capacity, shuffle=False, min_after_dequeue=None, num_threads=1, seed=None, name="enqueue_input", enqueue_size=1,
    num_epochs=None,
):  # fmt: skip
    """A queue that a thread keeps filled.

    Args:
        data: an OrderedDict of arrays of one length, or a data frame.
        capacity, min_after_dequeue: of the queue.
        shuffle: whether it hands rows out in random order, and starts at a random one.
        num_threads: how many threads, each of which goes through all the data.
        seed: of the order.
        enqueue_size: rows put in at once.
        num_epochs: how often the data is gone through; for ever when None.

    Returns:
        a queue of (row number or index, column...).
    """
    with build.name_scope(name, None, None):
        if is_data_frame(data):
            columns = [np.asarray(data.index), *(np.asarray(data[name]) for name in data.columns)]
        else:
            columns = list(data.values())
            columns = [np.arange(len(columns[0]), dtype=np.int64), *columns]
        kinds, shapes = [dtypes.as_dtype(c.dtype) for c in columns], [c.shape[1:] for c in columns]
        if num_threads > 1 and num_epochs is not None:
            log.warning("num_epochs is applied per thread: %d threads give as many times the epochs.", num_threads)
        at_least = 0
        if shuffle:
            at_least = int(capacity / 4 if min_after_dequeue is None else min_after_dequeue)
            queue = queues.RandomShuffleQueue(capacity, at_least, dtypes=kinds, shapes=shapes, seed=seed)
        else:
            queue = queues.FIFOQueue(capacity, dtypes=kinds, shapes=shapes)
        enqueue_ops, feed_fns = [], []
        for i in range(num_threads):
            placeholders = [array.placeholder(kind) for kind in kinds]
            enqueue_ops.append(queue.enqueue_many(placeholders))
            start_seed = None if seed is None else (i + 1) * seed
            rows = _Rows(len(columns[0]), enqueue_size, shuffle, start_seed, num_epochs)
            feed_fns.append(_columns_feed_fn(placeholders, columns, rows))
        queue_runner.add_queue_runner(FeedingQueueRunner(queue, enqueue_ops, feed_fns))
        room = capacity - at_least
        full = math.cast(math.maximum(0, queue.size() - at_least), dtypes.float32) * (1.0 / room)
        summaries.scalar(f"queue/{queue.name}fraction_over_{at_least}_of_{room}_full", full)
        return queue
