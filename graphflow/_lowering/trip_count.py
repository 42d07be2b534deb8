"""How often a loop runs, where that can be told while it is traced.

Recognised are counters: an integer that starts at a known value, moves by a known step, and is compared with a known limit; and
several of them joined by `and`.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from graphflow._core import dtypes
from graphflow._graph import static_value
from graphflow._lowering import bodies, effects, emit

_MIRRORED = {"Less": "Greater", "LessEqual": "GreaterEqual", "Greater": "Less", "GreaterEqual": "LessEqual"}
_MIRRORED["NotEqual"] = "NotEqual"


@dataclasses.dataclass
class Count:
    """What is known of the number of iterations.

    Attributes:
        exact: the number, or None.
        bound: the greatest it can be, or None.
        ranges: position -> (least, greatest) value that a counter has inside the body.
    """

    exact: int | None
    bound: int | None
    ranges: dict


def of(cond, body, in_cond, in_body, first):
    """The Count of a loop.

    Args:
        cond, body: its graphs.
        in_cond, in_body: functions from a tensor of that graph to the value that it has in every iteration, None where unknown.
        first: function from a position to the value of that input before the first iteration, None where unknown.
    """
    counts, counters, all_known = [], {}, True
    for condition in _conjuncts(cond.outputs[0]):
        found = _counted(condition, cond, body, in_cond, in_body, first)
        if found is None:
            all_known = False
            continue
        position, start, step, count = found
        counts.append(count)
        counters[position] = (start, step)
    bound = min(counts, default=None)
    if bound is None:
        return Count(None, None, {})
    ranges = {}
    for position, (start, step) in counters.items():
        last = start + step * max(bound - 1, 0)
        ranges[position] = (min(start, last), max(start, last))
    return Count(bound if all_known else None, bound, ranges)


def while_tracing(ctx, cond, body, values, varying):
    """The Count as far as the plain ones among the inputs `values` tell it; those at the positions `varying` change."""
    plain = {i: v for i, v in enumerate(values) if i not in varying and isinstance(v, np.ndarray | np.generic)}
    in_cond, in_body = bodies.plain_values(ctx, cond, plain), bodies.plain_values(ctx, body, plain)
    return of(cond, body, in_cond.get, in_body.get, lambda i: values[i])


def while_building(op):
    """The Count as far as the graph alone tells it."""
    known = static_value.constant_value
    return of(op.attrs["cond"], op.attrs["body"], known, known, lambda i: known(op.inputs[i]))


def surely_ends(op):
    """Whether a loop counts towards a limit that it does not move, whatever that is."""
    cond, body = op.attrs["cond"], op.attrs["body"]
    for condition in _conjuncts(cond.outputs[0]):
        kind = condition.op.type
        if kind not in _MIRRORED or kind == "NotEqual":
            continue
        left, right = map(_source, condition.op.inputs)
        for counter, limit, direction in ((left, right, kind), (right, left, _MIRRORED[kind])):
            position = cond.position_of(counter)
            step = None if position is None else _step(body, position, static_value.constant_value)
            if step and (step > 0) == direction.startswith("Less") and _stays(limit, cond, body):
                return True
    return False


def _stays(t, cond, body):
    """Whether a tensor of the condition has the same value in every iteration."""
    stack, seen = [t], set()
    while stack:
        t = stack.pop()
        if t in seen:
            continue
        seen.add(t)
        position = cond.position_of(t)
        if position is not None:
            if t._dtype.is_ref or t._dtype is dtypes.resource or body.outputs[position] is not body.inputs[position]:
                return False
        elif t.op.op_def.is_stateful:
            return False
        else:
            stack.extend(t.op.inputs)
    return True


def may_not_end(ops):
    """Whether one of the operations is, or holds, a loop that nothing is known of that would end it."""
    for op in ops:
        if op.type in ("While", "StatelessWhile") and not surely_ends(op):
            return True
        if op.type in emit.CALLING and any(may_not_end(effects.body_operations(b)) for b in effects.bodies(op)):
            return True
    return False


def _conjuncts(t):
    """The conditions that must all hold for `t`."""
    found, stack = [], [t]
    while stack:
        t = _source(stack.pop())
        if t.op.type == "LogicalAnd":
            stack.extend(t.op.inputs)
        else:
            found.append(t)
    return found


def _source(t):
    while t.op.type == "Identity":
        t = t.op.inputs[0]
    return t


def _counted(condition, cond, body, in_cond, in_body, first):
    """(position, start, step, iterations) of a counter compared with a limit, or None."""
    kind = condition.op.type
    if kind not in _MIRRORED:
        return None
    left, right = map(_source, condition.op.inputs)
    position = cond.position_of(left)
    limit = _integer(in_cond(right))
    if position is None or limit is None:
        position, limit, kind = cond.position_of(right), _integer(in_cond(left)), _MIRRORED[kind]
    if position is None or limit is None:
        return None
    start, step = _integer(first(position)), _step(body, position, in_body)
    if start is None or step is None:
        return None
    count = _iterations(kind, start, step, limit)
    return None if count is None else (position, start, step, count)


def _step(body, position, in_body):
    """By how much the body moves a counter, or None."""
    after = _source(body.outputs[position])
    kind = after.op.type
    if kind not in ("Add", "AddV2", "Sub"):
        return None
    left, right = map(_source, after.op.inputs)
    if kind != "Sub" and body.position_of(right) == position:
        left, right = right, left
    step = _integer(in_body(right))
    if body.position_of(left) != position or step is None:
        return None
    return -step if kind == "Sub" else step


def _iterations(kind, start, step, limit):
    """How often `start`, `start + step` ... passes the comparison before it fails; None where that is never or unclear."""
    if kind in ("LessEqual", "GreaterEqual"):
        limit += 1 if kind == "LessEqual" else -1
    distance = limit - start
    if kind == "NotEqual":
        return distance // step if step and distance % step == 0 and distance // step >= 0 else None
    if kind.startswith("Greater"):
        distance, step = -distance, -step
    if distance <= 0:
        return 0
    return None if step <= 0 else -(-distance // step)


def _integer(value):
    """The Python int of a plain integer scalar, else None."""
    if not isinstance(value, np.ndarray | np.generic):
        return None
    return int(value) if value.dtype.kind in "iu" and value.size == 1 else None
