"""Event files: what TensorBoard reads."""

from __future__ import annotations

import os
import socket
import threading
import time
import weakref

from graphflow._core import log
from graphflow._files import records
from graphflow._graph import protos

_VERSION = "brain.Event:2"


class EventFile:
    """Appends events to a file of its own in a folder.

    What goes wrong with the file is told once and stops the writing, never the training.

    Args:
        folder: made when it is not there.
        max_queue: so many events are kept before they are handed to the operating system, at most.
        flush_secs: they are handed over after so many seconds, at the next event.
        suffix: what the file's name ends in.
    """

    def __init__(self, folder, max_queue=10, flush_secs=120, suffix=""):
        self.folder = folder
        os.makedirs(folder, exist_ok=True)
        self._max_queue, self._flush_secs, self._suffix = max_queue, flush_secs, suffix or ""
        self._lock = threading.Lock()
        self._file = self._finalizer = None
        self._waiting, self._next_flush = 0, 0.0

    def add(self, event):
        """Appends an Event message."""
        with self._lock:
            if self._file is None:
                self._open()
            if self._file is not None:
                self._write(event)
                self._waiting += 1
                if self._waiting >= self._max_queue or time.time() >= self._next_flush:
                    self._flush()

    def _open(self):
        now = time.time()
        path = os.path.join(self.folder, f"events.out.tfevents.{int(now):010d}.{socket.gethostname()}{self._suffix}")
        try:
            self._file = open(path, "ab", buffering=1 << 18)
        except OSError as error:
            self._give_up(path, error)
            return
        self._finalizer = weakref.finalize(self, self._file.close)
        self._next_flush = now + self._flush_secs
        self._write(protos.Event(wall_time=int(now), file_version=_VERSION))

    def _write(self, event):
        try:
            self._file.write(records.frame(event.SerializeToString()))
        except OSError as error:
            self._give_up(self._file.name, error)

    def _flush(self):
        self._waiting, self._next_flush = 0, time.time() + self._flush_secs
        try:
            self._file.flush()
        except OSError as error:
            self._give_up(self._file.name, error)

    def _give_up(self, path, error):
        log.warning("%s: events cannot be written any more: %s", path, error)
        self._file = _Nowhere(path)

    def flush(self):
        """Hands all events to the operating system."""
        with self._lock:
            if self._file is not None:
                self._flush()

    def close(self):
        """Ends the file; the next event begins a new one."""
        with self._lock:
            if self._file is not None:
                self._flush()
                if self._finalizer is not None:
                    self._finalizer.detach()
                self._file.close()
                self._file = None


class _Nowhere:
    """A file that takes everything and keeps nothing."""

    def __init__(self, name):
        self.name = name

    def write(self, data):
        return len(data)

    def flush(self):
        pass

    def close(self):
        pass


def events(path):
    """Yields the Event messages of a file; a record that is cut off ends it, since it may still be written."""
    for data in records.read(path, allow_truncation=True):
        yield protos.Event.FromString(data)
