"""Cutting a run into steps: islands that are compiled as one program, and host operations between them.

The lowering rows, handed in as `row_of`, say where an operation runs and which inputs it needs as plain values while tracing.
The operations of one phase at one place are a step. The programs of several devices wait for each other only where one takes what
another computes, so they run at the same time.
"""

from __future__ import annotations

import dataclasses

from graphflow._passes import phases

# Operations in one program. XLA's time grows faster than the program: 80 000 operations in one took over ten minutes, in pieces
# a second each; pieces that look alike are compiled once, thanks to the compile cache.
_LARGEST = 3000
_HOST = float("inf")  # the place behind all devices


@dataclasses.dataclass(slots=True)
class Island:
    """Operations of one program, with the tensors that enter and leave it."""

    ops: list
    inputs: list = dataclasses.field(default_factory=list)
    static_inputs: set = dataclasses.field(default_factory=set)  # of `inputs`: their values are part of the key
    outputs: list = dataclasses.field(default_factory=list)
    is_host: bool = False
    device: int | None = None  # the number of its device, None where all programs of the run have the same


def partition(ops, fed, fetched, row_of, touches, device_of=None, is_late=None):
    """The steps of a run.

    Args:
        ops: in order of execution.
        fed, fetched: tensors given, tensors wanted.
        row_of: operation -> lowering row (`is_host`, `static`, `folds`, `shape_only`, `free`).
        touches: operation -> ((state key, mode) ...) with mode `r`, `w` or `rw`, so that order is kept across steps.
        device_of: operation -> number of its device; None where there is only one.
        is_late: function(op, t): whether a step that needs `t` for `op` must read the variable again, which has changed since.

    Returns:
        a list of `Island`s.
    """
    row_of = _beside_the_host(ops, fed, fetched, row_of)
    plain = device_of is None and not any(row_of(op).is_host or row_of(op).static for op in ops)
    if plain and len(ops) <= _LARGEST:
        return [_connect(Island(list(ops)), fed, fetched, {}, row_of)] if ops else []

    def place_of(op):
        return _HOST if row_of(op).is_host else 0 if device_of is None else device_of(op)

    phase = phases.find(ops, fed, row_of, touches, place_of)
    steps = {}
    for op in ops:
        place = place_of(op)
        key = (phase[op], place)
        island = steps.get(key)
        if island is None:
            device = None if device_of is None or place == _HOST else place
            island = steps[key] = Island([], is_host=place == _HOST, device=device)
        island.ops.append(op)
    islands = [piece for key in sorted(steps) for piece in _cut(steps[key])]
    return _connect_all(islands, fed, fetched, row_of, is_late or (lambda op, t: False))


class OnHost:
    """The row of an operation that could be compiled, but is moved to the host."""

    is_host, static, folds, shape_only, free, draws_near = True, (), False, False, False, False


_READS = ("Identity", "ReadVariableOp")
_CARRIES = ("Identity", "Reshape", "Assign", "AssignVariableOp", "NoOp")


def _beside_the_host(ops, fed, fetched, row_of):
    """`row_of`, with what only hands values to or from files moved to the host: reads of the variables that a checkpoint is written
    from, assignments of what was read from one. Programs for these would only copy, and take time to compile.
    """
    hosts = {op for op in ops if row_of(op).is_host and row_of(op).draws_near}
    if not hosts:
        return row_of
    moved, given = set(), set(fed)

    def is_there(t):
        return t in given or t.op in hosts or t.op in moved or row_of(t.op).free

    for op in ops:
        if op.type in _CARRIES and op not in hosts:
            before = [t.op for t in op.inputs if t not in given] + list(op._control_inputs)
            if any(b in hosts or b in moved for b in before) and all(map(is_there, op.inputs)):
                moved.add(op)
    taken, uses = set(fetched), {}
    for op in ops:
        for t in op.inputs:
            uses.setdefault(t, []).append(op)
    for op in reversed(ops):
        if op.type in _READS and op not in hosts and op not in moved and op.outputs[0] not in taken:
            after = uses.get(op.outputs[0])
            if after and all(u in hosts or u in moved for u in after) and all(map(is_there, op.inputs)):
                moved.add(op)
    return (lambda op: OnHost if op in moved else row_of(op)) if moved else row_of


def _cut(island):
    """An island as pieces of a size that compiles in reasonable time; their order is that of their operations."""
    if island.is_host or len(island.ops) <= _LARGEST:
        return [island]
    pieces = range(0, len(island.ops), _LARGEST)
    return [Island(island.ops[at : at + _LARGEST], device=island.device) for at in pieces]


def _connect_all(islands, fed, fetched, row_of, is_late):
    home = {op: island for island in islands for op in island.ops}
    for island in islands:
        _connect(island, fed, fetched, home, row_of, is_late)
    islands = [i for i in islands if i.outputs or not all(row_of(op).free for op in i.ops)]  # repeated where it is used
    for island in islands:
        if not island.is_host:
            _mark_static(island, home, fed, row_of)
    return islands


def _connect(island, fed, fetched, home, row_of, is_late=None):
    """Finds what enters and leaves an island; free operations of other steps are repeated in it."""
    own, seen, extra = set(island.ops), set(), []
    for op in island.ops:
        for t in op.inputs:
            if t in seen or (t.op in own and t not in fed):
                continue
            seen.add(t)
            if t not in fed and row_of(t.op).free:
                extra.append(t.op)
                continue
            if t not in fed and is_late is not None and is_late(op, t) and row_of(t.op.inputs[0].op).free:
                extra += [t.op.inputs[0].op, t.op]
                continue
            island.inputs.append(t)
            producer = home.get(t.op)
            if producer is not None and t not in fed and t not in producer.outputs:
                producer.outputs.append(t)
    island.ops[:0] = dict.fromkeys(extra)
    for t in fetched:
        if t not in fed and t.op in own and t not in island.outputs:
            island.outputs.append(t)
    return island


def _mark_static(island, home, fed, row_of):
    """Finds the inputs whose values decide shapes inside the island."""
    own = set(island.ops)
    entering = set(island.inputs)
    stack = [op.inputs[p] for op in island.ops for p in row_of(op).static if p < len(op.inputs)]
    seen = set()
    while stack:
        t = stack.pop()
        if t in seen:
            continue
        seen.add(t)
        if t in entering:
            island.static_inputs.add(t)
        elif t.op in own and not row_of(t.op).shape_only:
            stack.extend(t.op.inputs)
