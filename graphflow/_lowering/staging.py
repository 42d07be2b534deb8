"""Rules of `_ops/staging.py`: an area is a queue of the session, which its operations find by its name."""

from __future__ import annotations

import numpy as np

from graphflow._core import errors
from graphflow._lowering import queue_state, queues, rule


def _area(ctx, op):
    key = "staging area", op.attrs["shared_name"].decode() or op.name
    with ctx.store.lock:
        if ctx.store.gone:
            raise errors.CancelledError(None, op, "Session has been closed.")
        if key not in ctx.resources:
            room = op.attrs["capacity"] + 1 if op.attrs["capacity"] else -1
            ctx.resources[key] = queues.Owned(op, queue_state.FIFOQueue(key[1], room))
    return ctx.resources[key].value


def _stage(ctx, op, *components):
    _area(ctx, op).add(op, [components], ctx.time_left)
    return ()


def _unstage(ctx, op):
    return _area(ctx, op).take(op, 1, False, ctx.time_left)[0]


def _peek(ctx, op, index):
    area = _area(ctx, op)
    taken = area.take(op, int(index) + 1, False, ctx.time_left)
    area.give_back(taken)
    return taken[-1]


def _size(ctx, op):
    return np.int32(_area(ctx, op).size())


def _clear(ctx, op):
    area = _area(ctx, op)
    if area.size():
        area.take(op, area.size(), False, ctx.time_left)
    return ()


def _host(emit_rule):
    return rule.Host(emit_rule, because="a staging area lives in the session")


RULES = {
    "Stage": _host(_stage),
    "Unstage": _host(_unstage),
    "StagePeek": _host(_peek),
    "StageSize": _host(_size),
    "StageClear": _host(_clear),
}
