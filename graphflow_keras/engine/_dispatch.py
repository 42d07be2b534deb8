"""Runs a Keras function over arrays, many batches in one dispatch.

Python between two batches costs more than a small batch. So the arrays are put on the device once, or a chunk at a time, and
`Session.make_loop` runs the function over many batches; how many is measured, so that a progress bar moves and Ctrl-C works.
"""

import contextlib
import threading
import time

import numpy as np

import graphflow as tf
from graphflow_keras import backend as K

_RESIDENT = 1 << 31  # bytes of arrays that are put on the device as a whole
_CHUNK = 1 << 26  # bytes of arrays or outputs that one dispatch may move
_STEPS = 1024  # the most batches in one dispatch
_UNFED = 16  # steps in one dispatch where tensors give the data
_SECONDS = 0.15  # how long one should take


def can_loop(f, ins):
    """Whether a function can run over these inputs many batches at a time: plain arrays, and nothing special to the run.

    Args:
        f: a `K.function`. ins: its inputs, with the learning phase as a float at the end where it has one.
    """
    arrays = without_phase(ins)
    return (
        type(f) is K.Function
        and not tf.executing_eagerly()
        and not (f.feed_dict or f.fetches or f.run_options)
        and not any(K.is_sparse(t) for t in f.inputs)
        and all(type(a) is np.ndarray and a.dtype != object for a in arrays)
        and len({len(a) for a in arrays}) <= 1
    )


def without_phase(ins):
    """The inputs that have samples: all but a learning phase."""
    return ins[:-1] if ins and isinstance(ins[-1], float) else ins


class Batched:
    """A function over arrays, run batch by batch.

    Args:
        f: a `K.function` for which `can_loop` says yes.
        ins: its inputs.
        resident: whether the arrays stay on the device, for more than one pass over them.
        seconds: how long a dispatch should take.
    """

    def __init__(self, f, ins, resident, seconds=_SECONDS):
        self._arrays = without_phase(ins)
        size = sum(a.nbytes for a in self._arrays)
        self._outputs = f.outputs
        self._sample = size // max(len(self._arrays[0]), 1) if self._arrays else 0
        self._resident = resident and bool(self._arrays) and size <= _RESIDENT
        self._loop = _loop_of(f, ins, self._resident)
        if self._resident:
            self._loop.put(self._arrays)
        self._pace = _Pace(seconds)

    def chunks(self, order, batch_size):
        """Runs all batches of rows in the order given; the last may be smaller.

        Args:
            order: int `[samples]`, row numbers.

        Yields:
            (number of the first batch, sizes of the batches that ran, outputs), each output with a leading axis of batches.
        """
        # Other threads may predict with the same function: what one puts on the device stays till it has been used.
        with contextlib.nullcontext() if self._resident else self._loop.lock:
            yield from self._chunks(order, batch_size)

    def _chunks(self, order, batch_size):
        whole = len(order) // batch_size
        room = self._room(whole, batch_size)
        segment = max(whole, 1) if self._resident else room
        for begin in range(0, whole, segment):
            end = min(begin + segment, whole)
            rows = self._placed(order[begin * batch_size : end * batch_size], room * batch_size)
            for first, count, outputs in self._paced(rows.reshape(-1, batch_size), end - begin, room):
                yield begin + first, [batch_size] * count, outputs
        rest = order[whole * batch_size :]
        if len(rest):
            yield whole, [len(rest)], self._loop(self._placed(rest, len(rest))[None], steps=1)[0]

    def steps(self, count):
        """Runs `count` steps of a function whose inputs are tensors; yields as `chunks` does, a step counting as one sample."""
        for first in range(0, count, _UNFED):
            now = min(_UNFED, count - first)
            yield first, [1] * now, self._loop(steps=now)[0]

    def release(self):
        """Lets the device forget the arrays."""
        self._loop.put(None)

    def _placed(self, order, size):
        """The numbers that some samples have on the device. Puts them there, in a place for `size`, unless all are there."""
        if self._resident:
            return order
        self._loop.put([_with_room(a[order], size) for a in self._arrays])
        return np.arange(len(order))

    def _paced(self, rows, count, room):
        """Runs steps in dispatches of a good length; yields (number of the first, how many, outputs)."""
        done = 0
        while done < count:
            now = self._pace.steps(min(room, count - done))
            with self._pace.timing(now):
                outputs = self._loop(_with_room(rows[done : done + now], room), steps=now)[0]
            yield done, now, outputs
            done += now

    def _room(self, whole, batch_size):
        """For how many batches the program is compiled: a power of two, so that few sizes of data need one of their own."""
        moved = 0 if self._resident else self._sample * batch_size
        for t in self._outputs:
            moved += 4 * int(np.prod([d or batch_size for d in K.int_shape(t) or ()]))
        return max(1, min(_STEPS, _power(max(whole, 1)), _power(_CHUNK // max(moved, 1) + 1) // 2))


def _power(n):
    """The smallest power of two that is not below n."""
    return 1 << (n - 1).bit_length()


def _with_room(rows, size):
    """Rows with room behind them for `size` in all."""
    if len(rows) == size:
        return rows
    padded = np.zeros((size, *rows.shape[1:]), dtype=rows.dtype)
    padded[: len(rows)] = rows
    return padded


class _Pace:
    """Says how many steps make a dispatch of the wanted length."""

    def __init__(self, seconds):
        self._seconds = seconds
        self._next = 1
        self._warm = False

    def steps(self, most):
        return max(1, min(self._next, most))

    def timing(self, count):
        self._count = count
        return self

    def __enter__(self):
        self._start = time.perf_counter()

    def __exit__(self, *_):
        took = time.perf_counter() - self._start
        if self._warm:  # the first call compiles
            wanted = self._count * self._seconds / max(took, 1e-9)
            self._next = int(max(1, min(wanted, 8 * self._count)))
        self._warm = True


def _loop_of(f, ins, resident):
    """The loop of a function in the present session, kept with the function: what it compiled serves again."""
    session = K.get_session()
    phase = ins[-1] if len(without_phase(ins)) < len(ins) else None
    loops = f.__dict__.setdefault("_loops", {})
    key = session, phase, resident
    if key not in loops:
        for other in [k for k in loops if k[0] is not session]:
            loops.pop(other, None)  # another thread may have been first
        fed = f.inputs if phase is None else f.inputs[:-1]
        fixed = {} if phase is None else {f.inputs[-1]: bool(phase)}
        loop = session.make_loop([f.outputs, f.updates_op], fed, feed_dict=fixed)
        loop.lock = threading.RLock()
        loops.setdefault(key, loop)
    return loops[key]
