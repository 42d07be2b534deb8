"""Graphs that nest deeper than Python's recursion limit: a branch inside a branch inside a loop is traced by recursion."""

from __future__ import annotations

import sys
import threading

from graphflow._core import errors
from graphflow._lowering import effects

_DEEPEST = 64  # bodies inside each other; XLA's own recursion ends the process somewhere beyond
_LIMIT = 50_000  # calls
_STACK = 512 << 20  # bytes of address space for them; only what is used takes memory
_lock = threading.Lock()


def call(function, *args, ops):
    """function(*args), which works on `ops`; once more on a deep stack of its own where the recursion limit was hit.

    Raises:
        UnimplementedError: bodies are nested too deeply.
    """
    try:
        return function(*args)
    except RecursionError:
        refuse(ops)
        return _on_deep_stack(function, args)


def refuse(ops):
    """Raises UnimplementedError when bodies are nested too deeply in `ops`."""
    if (depth := _nesting(ops)) > _DEEPEST:
        op = next(op for op in ops if effects.bodies(op))
        raise errors.UnimplementedError(
            None, op, f"branches, loops and functions are nested {depth} deep here, {_DEEPEST} is what can be compiled"
        )


def _nesting(ops):
    depth, level, seen = 0, list(ops), set()
    while bodies := {body for op in level for body in effects.bodies(op)} - seen:
        depth += 1
        seen |= bodies
        level = [op for body in bodies for op in body.get_operations()]
    return depth


def _on_deep_stack(function, args):
    outcome = []

    def work():
        try:
            outcome.extend((function(*args), None))
        except BaseException as err:
            outcome.extend((None, err))

    with _lock:  # both settings are the process's
        limit, size = sys.getrecursionlimit(), threading.stack_size(_STACK)
        sys.setrecursionlimit(max(limit, _LIMIT))
        try:
            thread = threading.Thread(target=work)
            thread.start()
            threading.stack_size(size)
            thread.join()
        finally:
            sys.setrecursionlimit(limit)
    result, error = outcome
    if error is not None:
        raise error
    return result
