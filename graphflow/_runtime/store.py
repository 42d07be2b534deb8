"""What lives in a session: variable values, random counters, and host resources such as queues and iterators."""

from __future__ import annotations

import threading

import numpy as np

_ZERO = np.uint64(0)


class Store:
    """Values by key. `values` holds arrays of variables and counters; `resources` holds Python objects."""

    __slots__ = ("values", "resources", "lock")

    def __init__(self):
        self.values = {}
        self.resources = {}
        self.lock = threading.RLock()

    def get(self, key):
        """The value of a variable or counter, None where there is none yet; counters start at 0."""
        value = self.values.get(key)
        return _ZERO if value is None and type(key) is tuple else value

    def clear(self):
        self.values.clear()
        self.resources.clear()
