"""Every thread-local stack: default graph, default session; and, per graph, scope, control, device and colocation.

A new thread starts with an empty stack, so request handlers and workers never see each other's scopes.
"""

from __future__ import annotations

import contextlib
import threading


class _Defaults(threading.local):
    """The stacks of `as_default`."""

    def __init__(self):
        self.graphs = []
        self.sessions = []


defaults = _Defaults()


class _Conversion(threading.local):
    """Whether AutoGraph is to convert the functions given to datasets: True, False, or None where nobody said."""

    enabled: bool | None = None


conversion = _Conversion()


class _SummaryWriting(threading.local):
    """The default writer of `tf.contrib.summary`, and whether summaries are recorded: a bool, a tensor, a function, or None."""

    writer = recording = None


summary_writing = _SummaryWriting()


class GraphScopes(threading.local):
    """Where in a graph the next operation will stand."""

    def __init__(self):
        self.name = ""  # current name scope, without the closing slash
        self.control = []  # ControlDependencies, outermost first
        self.devices = []  # device functions, outermost first
        self.colocation = []  # operations the next one sits with
        self.attrs = {}  # attributes given to every operation
        self.override = {}  # op type -> name of a registered gradient
        self.container = ""
        self.original_op = None
        self.variable_creators = []  # what makes variables, outermost last-called first
        self.variable_scope = None  # the current VariableScope; None stands for the outermost
        self.variable_scopes_opened = {}  # name of a variable scope -> how often it was opened


@contextlib.contextmanager
def pushed(stack, item):
    """`item` on top of `stack` for the time of the block; blocks may end out of order only by mistake."""
    stack.append(item)
    try:
        yield item
    finally:
        if not stack or stack[-1] is not item:
            raise AssertionError(
                f"Nesting violated for default stack of {type(item)} objects: leave `with` blocks in the reverse order"
            )
        stack.pop()


@contextlib.contextmanager
def replaced(holder, attribute, value):
    """`holder.attribute` is `value` for the time of the block."""
    before = getattr(holder, attribute)
    setattr(holder, attribute, value)
    try:
        yield value
    finally:
        setattr(holder, attribute, before)


# filled by _runtime: what Tensor.eval and Operation.run do without being given a session
class _SessionHooks:
    evaluate = run = None

    def fill(self, evaluate, run):
        """Sets what is done."""
        self.evaluate, self.run = evaluate, run


session_hooks = _SessionHooks()


def default_session():
    """The innermost session in use as default in this thread, or None."""
    stack = defaults.sessions
    return stack[-1] if stack else None
