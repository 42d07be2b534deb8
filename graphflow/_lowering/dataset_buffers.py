"""Datasets that keep elements: prefetched in a thread, cached in memory or in files, without duplicates, without failures."""

from __future__ import annotations

import atexit
import contextlib
import os
import queue
import threading
import weakref

from graphflow._core import aligned, errors
from graphflow._files import bundle_reader, bundle_writer
from graphflow._lowering import dataset_values

END = dataset_values.END
_UNTOLD = 2  # elements that are made ahead where the script leaves it open


# -- prefetching ---------------------------------------------------------------------------------------------------------


class Prefetch(dataset_values.Of):
    """The same elements, some of which are made ahead in a thread."""

    def __init__(self, source, size):
        super().__init__(source)
        self.size = _UNTOLD if size < 0 else size

    def stream(self, run):
        stream = self.source.stream(run)
        return _Ahead(stream, self.size, run) if self.size else stream


class _Ahead:
    """The stream of a Prefetch. Its thread begins with the first element asked for, and ends with it."""

    def __init__(self, stream, size, run):
        self._buffer, self._clock, self._stream = _Buffer(size), run.time_left, stream
        run.closers.add(self._buffer)
        _buffers.add(self._buffer)

    def __iter__(self):
        return self

    def __next__(self):
        if self._stream is not None:
            stream, self._stream = self._stream, None
            self._buffer.begin(stream)
        return self._buffer.take(self._clock)

    def __del__(self):
        self._buffer.close()


_CLOSED = object()


class _Buffer:
    """What one thread makes and another takes."""

    def __init__(self, size):
        self._items, self._room = queue.SimpleQueue(), queue.SimpleQueue()
        for _ in range(size):
            self._room.put(True)
        self._over = self._closed = False
        self._thread = None

    def begin(self, stream):
        self._thread = threading.Thread(target=self._fill, args=(stream,), daemon=True, name="graphflow-prefetch")
        self._thread.start()

    def _fill(self, stream):
        while self._room.get() and not self._closed:
            try:
                element = next(stream, END)
                item = element if element is END else tuple(map(aligned.placed, element)), None
            except Exception as error:  # it belongs to whoever takes this element
                item = None, error
            self._items.put(item)
            if item[0] is END:
                return

    def take(self, clock):
        item = None
        while item is None:
            if self._over:
                raise StopIteration
            with contextlib.suppress(queue.Empty):  # the clock raises when it is time
                item = self._items.get(timeout=clock())
        element, error = item
        if element is END:
            self._over = True
            raise StopIteration
        if element is _CLOSED:
            self._items.put(item)
            raise errors.CancelledError(None, None, "the iterator was closed while it waited for an element")
        self._room.put(True)
        if error is not None:
            raise error
        return element

    def close(self):
        self._closed = True
        self._room.put(False)
        self._items.put((_CLOSED, None))

    def join(self):
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(5)


_buffers: weakref.WeakSet = weakref.WeakSet()


@atexit.register
def _end_all():
    """No thread may compute while the interpreter goes down."""
    for act in (_Buffer.close, _Buffer.join):
        for buffer in list(_buffers):
            act(buffer)


# -- caching -------------------------------------------------------------------------------------------------------------


class MemoryCache(dataset_values.Of):
    """The same elements, kept when all of them have come once."""

    def __init__(self, source):
        super().__init__(source)
        self._kept = []  # the list of all, once there is one

    def rows(self, run):
        return self.source.rows(run)  # they are in memory already

    def stream(self, run):
        if self._kept:
            return iter(self._kept[0])
        return self._keeping(self.source.stream(run))

    def _keeping(self, stream):
        elements = []

        def pull():
            element = next(stream, END)
            if element is not END:
                elements.append(element)
            elif not self._kept:
                self._kept.append(elements)
            return element

        return iter(pull, END)


class FileCache(dataset_values.Of):
    """The same elements, kept in files when all of them have come once."""

    def __init__(self, source, op, prefix):
        super().__init__(source)
        self.op, self.prefix = op, prefix

    def stream(self, run):
        if os.path.exists(f"{self.prefix}.index"):
            return self._read()
        lock = f"{self.prefix}.lockfile"
        if os.path.exists(lock):
            raise errors.AlreadyExistsError(
                None, self.op, f"There appears to be a concurrent caching iterator running - cache lockfile already exists "
                f"('{lock}'). If you are sure no other running TF computations are using this cache prefix, delete the "
                "lockfile and re-initialize the iterator."
            )  # fmt: skip
        return self._write(self.source.stream(run))

    def _write(self, stream):
        elements = []

        def pull():
            element = next(stream, END)
            if element is not END:
                elements.append(element)
            elif not os.path.exists(f"{self.prefix}.index"):
                items = [
                    bundle_writer.Item(_key(n, i), None, component)
                    for n, element_ in enumerate(elements) for i, component in enumerate(element_)
                ]  # fmt: skip
                bundle_writer.write(self.prefix, items)
            return element

        return iter(pull, END)

    def _read(self):
        reader, count = bundle_reader.BundleReader(self.prefix), len(self.op.attrs["output_types"])
        n = -1

        def pull():
            nonlocal n
            if _key(n + 1, 0) not in reader:
                return END
            n += 1
            return tuple([reader.read(_key(n, i)) for i in range(count)])

        return iter(pull, END)


def _key(element, component):
    return f"{element:10d}_{component}"


# -- leaving elements out ------------------------------------------------------------------------------------------------


class Unique(dataset_values.Of):
    """The elements, without those that came before."""

    cardinality = dataset_values.UNKNOWN

    def stream(self, run):
        seen = set()

        def is_new(element):
            value = element[0]
            key = value.shape, tuple(value.ravel().tolist())
            if key in seen:
                return False
            seen.add(key)
            return True

        return filter(is_new, self.source.stream(run))


class IgnoreErrors(dataset_values.Of):
    """The elements that do not fail."""

    cardinality = dataset_values.UNKNOWN

    def stream(self, run):
        stream = self.source.stream(run)

        def pull():
            while True:
                try:
                    return next(stream, END)
                except errors.OpError:
                    continue

        return iter(pull, END)
