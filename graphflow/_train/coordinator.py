"""Threads that end together: when one stops, for whatever reason, all are asked to."""

from __future__ import annotations

import contextlib
import sys
import threading
import time

from graphflow._core import errors, log


class Coordinator:
    """Lets a set of threads end together, and hands on the exception that ended one of them.

    Args:
        clean_stop_exception_types: exceptions that stop all threads without being an error; `(tf.errors.OutOfRangeError,)`, the
            end of an input, when None.
    """

    def __init__(self, clean_stop_exception_types=None):
        if clean_stop_exception_types is None:
            clean_stop_exception_types = (errors.OutOfRangeError,)
        self._clean = tuple(clean_stop_exception_types)
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._error = None
        self._joined = False
        self._registered = set()

    joined = property(lambda self: self._joined, doc="Whether `join` has returned.")

    def request_stop(self, ex=None):
        """Asks all threads to stop.

        Args:
            ex: why, an exception that is being handled, or what `sys.exc_info()` gives. The first one is raised by `join`.
        """
        error = ex[1] if isinstance(ex, tuple) else ex
        if isinstance(error, self._clean):
            error = None
        with self._lock:
            if error is not None and self._joined:
                raise error
            if self._stop.is_set():
                return
            if error is not None:
                if not isinstance(error, BaseException):
                    error = ValueError(f"ex must be an exception or what sys.exc_info() gives, got {ex!r}")
                log.info("Error reported to Coordinator: %s, %s", type(error), error)
                self._error = error
            self._stop.set()

    def clear_stop(self):
        """Takes the request back: the coordinator can be used again."""
        with self._lock:
            self._joined, self._error = False, None
            self._stop.clear()

    def should_stop(self):
        """Whether a stop was requested."""
        return self._stop.is_set()

    @contextlib.contextmanager
    def stop_on_exception(self):
        """An exception in this block is reported to `request_stop`, and goes no further."""
        try:
            yield
        except BaseException:
            self.request_stop(sys.exc_info())

    def wait_for_stop(self, timeout=None):
        """Waits, at most `timeout` seconds, until a stop is requested; returns whether it was."""
        return self._stop.wait(timeout)

    def register_thread(self, thread):
        """Adds a thread to those that `join` waits for."""
        with self._lock:
            self._registered.add(thread)

    def join(self, threads=None, stop_grace_period_secs=120, ignore_live_threads=False):
        """Waits until threads have ended.

        Args:
            threads: started threads, in addition to those that were registered.
            stop_grace_period_secs: how long they may take once a stop is requested.
            ignore_live_threads: whether those that take longer are left alone.

        Raises:
            the exception that was given to `request_stop`; RuntimeError: a thread lives on.
        """
        with self._lock:
            threads = list(self._registered.union(threads or ()))
        while any(t.is_alive() for t in threads) and not self._stopping(threads):
            pass
        deadline = time.monotonic() + stop_grace_period_secs
        for thread in threads:
            if thread.is_alive():
                thread.join(max(0.0, deadline - time.monotonic()))
        alive = " ".join(t.name for t in threads if t.is_alive())
        with self._lock:
            self._joined, self._registered = True, set()
            if self._error is not None:
                raise self._error
        if alive:
            text = f"Coordinator stopped with threads still running: {alive}"
            if not ignore_live_threads:
                raise RuntimeError(text)
            log.info(text)

    def _stopping(self, threads):
        """Waits a little; True once a stop is requested. Threads that end without asking for one are noticed soon too."""
        if self._stop.is_set():
            return True
        alive = next((t for t in threads if t.is_alive()), None)
        if alive is not None:
            alive.join(0.05)
        return self._stop.is_set()

    def raise_requested_exception(self):
        """Raises the exception that was given to `request_stop`, if there was one."""
        with self._lock:
            if self._error is not None:
                raise self._error


class LooperThread(threading.Thread):
    """A thread that does something again and again until its coordinator asks it to stop.

    Args:
        coord: the Coordinator; an exception in the thread is reported to it.
        timer_interval_secs: the time from one call to the next; None or 0 for no pause.
        target, args, kwargs: what is called; override `run_loop` where there is none.

    Raises:
        ValueError: `coord` is no Coordinator.
    """

    def __init__(self, coord, timer_interval_secs, target=None, args=None, kwargs=None):
        if not isinstance(coord, Coordinator):
            raise ValueError(f"'coord' argument must be a Coordinator: {coord}")
        super().__init__()
        self.daemon = True
        self._coord, self._interval = coord, timer_interval_secs
        self._call, self._call_args, self._call_kwargs = target, args or (), kwargs or {}
        coord.register_thread(self)

    @staticmethod
    def loop(coord, timer_interval_secs, target, args=None, kwargs=None):
        """A LooperThread, started."""
        looper = LooperThread(coord, timer_interval_secs, target=target, args=args, kwargs=kwargs)
        looper.start()
        return looper

    def run(self):
        """Calls `run_loop` at its times, between `start_loop` and `stop_loop`."""
        with self._coord.stop_on_exception():
            self.start_loop()
            at = time.monotonic()
            while not self._coord.wait_for_stop(max(0.0, at - time.monotonic()) if self._interval else 0):
                self.run_loop()
                at += self._interval or 0
            self.stop_loop()

    def start_loop(self):
        """Called when the thread starts."""

    def stop_loop(self):
        """Called when the thread ends."""

    def run_loop(self):
        """Called at each turn."""
        if self._call is not None:
            self._call(*self._call_args, **self._call_kwargs)
