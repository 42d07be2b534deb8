"""What a run needs: the operations behind the fetches, cut at the feeds, in an order in which they may run."""

from __future__ import annotations

import heapq

_BACK_EDGES = ("NextIteration", "RefNextIteration")  # what goes round in a loop of an imported graph
_PLACEHOLDERS = ("Placeholder", "PlaceholderV2", "PlaceholderWithDefault")


def prune(targets, fed, done=frozenset()):
    """The operations to run, in order.

    Args:
        targets: operations that are asked for.
        fed: tensors whose values are given; nothing behind them runs for their sake.
        done: operations that have run already, in an earlier part of the same run.

    Returns:
        operations in creation order, which is an order of execution unless control edges were added afterwards.
    """
    given = {t.op for t in fed if t.op.type in _PLACEHOLDERS}  # whoever waits for one of these need not
    needed, stack, late = set(targets), list(targets), False
    while stack:
        op = stack.pop()
        for t in op.inputs:
            if t not in fed and t.op not in needed:
                needed.add(t.op)
                stack.append(t.op)
        for before in op._control_inputs:
            late |= before._id > op._id
            if before not in needed and before not in done and before not in given:
                needed.add(before)
                stack.append(before)
    ordered = sorted(needed, key=lambda op: op._id)
    if late or any(t.op._id >= op._id for op in ordered for t in op.inputs if t.op.type not in _BACK_EDGES):
        ordered = _topological(ordered, needed, fed)
    return ordered


def _topological(ops, needed, fed):
    """Creation order as far as the edges allow it."""
    waiting, followers = {}, {}
    for op in ops:
        before = {t.op for t in op.inputs if t not in fed and t.op.type not in _BACK_EDGES} | set(op._control_inputs)
        before &= needed
        waiting[op] = len(before)
        for b in before:
            followers.setdefault(b, []).append(op)
    ready = [(op._id, op) for op in ops if not waiting[op]]
    heapq.heapify(ready)
    ordered = []
    while ready:
        _, op = heapq.heappop(ready)
        ordered.append(op)
        for after in followers.get(op, ()):
            waiting[after] -= 1
            if not waiting[after]:
                heapq.heappush(ready, (after._id, after))
    if len(ordered) != len(ops):
        stuck = [op.name for op in ops if waiting[op]][:5]
        raise ValueError(f"the graph has a cycle through {', '.join(stuck)}")
    return ordered
