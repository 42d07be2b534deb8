"""Who looks on while operations are made: gradient tapes, and functions that are being traced.

A recorder has `see(op)`, called with each operation as it is made; `wants(op)`, whether it may ask for the gradient of an operation
with these inputs; and `accessed(variable)`, called when a resource variable is read. Every thread has its own.
"""

from __future__ import annotations

import contextlib
import threading

from graphflow._graph import scopes


class _Recorders(threading.local):
    def __init__(self):
        self.stack = []


here = _Recorders()


def see(op):
    """Shows an operation that has been made to the recorders of this thread."""
    for recorder in here.stack:
        recorder.see(op)


def wanted(op):
    """Whether a recorder of this thread will want the gradient of an operation."""
    return any(recorder.wants(op) for recorder in here.stack)


def accessed(variable):
    """Tells the recorders of this thread that a variable is being used."""
    for recorder in here.stack:
        recorder.accessed(variable)


@contextlib.contextmanager
def only(*recorders):
    """In this block these recorders look on, and no others."""
    with scopes.replaced(here, "stack", list(recorders)):
        yield


def begin(recorder):
    """From now on `recorder` looks on."""
    here.stack = [*here.stack, recorder]


def end(recorder):
    """From now on `recorder` no longer looks on."""
    here.stack = [other for other in here.stack if other is not recorder]


@contextlib.contextmanager
def without(recorder):
    """In this block `recorder` does not look on."""
    with only(*[other for other in here.stack if other is not recorder]):
        yield


class Variables:
    """A recorder of the variables that are used.

    Attributes:
        found: each once, in the order of first use.
    """

    def __init__(self):
        self.found = []

    def see(self, op):
        """Nothing: operations do not matter."""

    def wants(self, op):
        """No gradients are taken."""
        return False

    def accessed(self, variable):
        """Takes note of a variable."""
        if not any(variable is known for known in self.found):
            self.found.append(variable)
