"""What lives in a session: variable values, random counters, and host resources such as queues and iterators."""

from __future__ import annotations

import secrets
import threading

import numpy as np

from graphflow._lowering import emit


class Store:
    """Values by key.

    Attributes:
        values: arrays of variables and counters. resources: Python objects.
        gone: whether its session was closed.
        devices: of the session, known from its first run on.
    """

    __slots__ = ("values", "resources", "lock", "gone", "devices")

    def __init__(self, devices=()):
        self.devices = devices
        self.values = {}
        self.resources = {}
        self.lock = threading.RLock()
        self.gone = False

    def get(self, key):
        """The value of a variable or counter, None for a variable that has none yet."""
        if type(key) is tuple:
            self.start(key)
        return self.values.get(key)

    def start(self, key):
        """Lets a random counter begin: at 0, or at a place of this session's own when its operation has no seed."""
        if key not in self.values:
            self.values[key] = np.uint64(secrets.randbits(64) if key[0] == emit.UNSEEDED else 0)

    def leave(self):
        """Wakes all that wait for a resource: the session is closed."""
        with self.lock:
            self.gone = True
            left = list(self.resources.values())
        for resource in left:
            if hasattr(resource, "leave"):
                resource.leave()

    def clear(self):
        self.values.clear()
        self.resources.clear()
