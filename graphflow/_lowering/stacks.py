"""Stacks: what TensorFlow's gradients of loops keep of each iteration. Imported graphs have them; here loops keep it themselves.

A handle is an array of one Python list.
"""

from __future__ import annotations

import numpy as np

from graphflow._core import errors
from graphflow._lowering import rule


def _make(ctx, op, max_size):
    handle = np.empty((), object)
    handle[()] = []
    return handle


def _push(ctx, op, handle, value):
    handle.item().append(value)
    return value


def _pop(ctx, op, handle):
    stack = handle.item()
    if not stack:
        raise errors.InvalidArgumentError(None, op, f"Stack[{op.name}] is empty when calling Pop().")
    return stack.pop()


def _close(ctx, op, handle):
    handle.item().clear()
    return ()


_BECAUSE = "a stack grows with every iteration"
RULES = {
    "StackV2": rule.Host(_make, because=_BECAUSE),
    "StackPushV2": rule.Host(_push, because=_BECAUSE),
    "StackPopV2": rule.Host(_pop, because=_BECAUSE),
    "StackCloseV2": rule.Host(_close, because=_BECAUSE),
}
