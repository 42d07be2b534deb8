"""When the operations of a run are computed: the phase of each.

Phases number the steps: compiled work of phase p runs, device by device, then the host work of phase p, then phase p + 1. An
operation first gets the earliest phase there is for it. Then compiled work moves on to the program that needs it: a training step
behind a queue or an iterator reads its variables where it updates them, and is one program instead of two.
"""

from __future__ import annotations

import collections
import math

# known while tracing; known when an input's value is part of the program's key; known only to XLA
STATIC, KEYED, TRACED = 0, 1, 2


def find(ops, fed, row_of, touches, place_of):
    """The phase of each operation.

    Args:
        ops: in order of execution.
        fed: the tensors that are given.
        row_of, touches: as for `partition.partition`.
        place_of: operation -> where it runs; the places of one phase take turns in this order, the host last.

    Returns:
        {operation: phase}.
    """
    made = _Phases(fed, {op: row_of(op) for op in ops}, {op: place_of(op) for op in ops})
    made.set_earliest(ops, touches)
    if any(made.phase.values()):
        made.join(ops)
    return made.phase


class _Phases:
    """The phases of operations while they are found.

    Attributes:
        kind: of each compiled operation, when its value is known.
        followers: operation -> those that must not run before it.
    """

    def __init__(self, fed, rows, places):
        self._fed, self._rows, self._places = fed, rows, places
        self.phase, self.kind = {}, {}
        self.followers = collections.defaultdict(list)

    def _is_later(self, op, follower):
        """Whether `follower` must wait for the next phase, since its place has had its turn when `op` is done."""
        return self._places[op] > self._places[follower] and not self._rows[op].free

    # -- the earliest phases -----------------------------------------------------------------------------------------------

    def set_earliest(self, ops, touches):
        """Gives each operation the first phase that is possible."""
        phase, followers = self.phase, self.followers
        last_writer, last_readers, last_host_effect = {}, {}, None
        for op in ops:
            row = self._rows[op]
            before = [b for b in op._control_inputs if b in phase]
            before += [t.op for t in op.inputs if t not in self._fed and t.op in phase]
            for key, mode in touches(op):
                if key in last_writer:
                    before.append(last_writer[key])
                if "w" in mode:
                    before += last_readers.get(key, ())
                    last_writer[key], last_readers[key] = op, []
                else:
                    last_readers.setdefault(key, []).append(op)
            if row.is_host and op.op_def.is_stateful:
                if last_host_effect is not None:
                    before.append(last_host_effect)
                last_host_effect = op
            at = max((phase[b] + self._is_later(b, op) for b in before), default=0)
            for b in before:
                followers[b].append(op)
            if not row.is_host:
                for position in row.static:
                    if position < len(op.inputs):
                        at = max(at, self._static_phase(op.inputs[position], at))
            phase[op] = at
            if not row.is_host:
                self.kind[op] = self._kind(op, row)

    def _kind(self, op, row):
        if row.shape_only:
            return STATIC
        if not row.folds:
            return TRACED
        worst = STATIC
        for t in op.inputs:
            outside = t in self._fed or t.op not in self.kind or self.phase[t.op] < self.phase[op]
            if outside or self._places[t.op] != self._places[op]:
                worst = max(worst, KEYED)
            else:
                worst = max(worst, self.kind[t.op])
        return worst

    def _static_phase(self, t, at):
        """The first phase in which `t` can be a plain value: one later than a program that computes it."""
        if t in self._fed or t.op not in self.kind:
            return at
        return self.phase[t.op] + 1 if self.kind[t.op] == TRACED else at

    # -- joining programs --------------------------------------------------------------------------------------------------

    def join(self, ops):
        """Moves compiled operations to the last program that can have them, those that work on each other's results together."""
        limits, programs = self._limits(ops), collections.defaultdict(set)
        for group in self._groups(ops):
            place, at = self._places[group[0]], self.phase[group[0]]
            last = min(limits.get(op, math.inf) for op in group)
            own = set(group)
            for op in group:
                waiting = [self.phase[f] - self._is_later(op, f) for f in self.followers[op] if f not in own]
                last = min([last, *waiting])
            there = max((p for p in programs[place] if at < p <= last), default=at)
            programs[place].add(there)
            self.phase.update(dict.fromkeys(group, there))

    def _limits(self, ops):
        """Operation -> its last phase, for those whose values an operation needs while it is traced."""
        limits, seen = {}, set()
        stack = [(op, t) for op in ops for p in self._rows[op].static for t in op.inputs[p : p + 1]]
        while stack:
            op, t = stack.pop()
            if t in self._fed or t.op not in self.kind or op not in self.kind:
                continue
            if self.kind[t.op] == TRACED:
                limits[t.op] = min(limits.get(t.op, math.inf), self.phase[op] - 1)
            elif t.op not in seen and not self._rows[t.op].shape_only:
                seen.add(t.op)
                stack += [(t.op, i) for i in t.op.inputs]
        return limits

    def _groups(self, ops):
        """The compiled operations of each phase, in groups that are linked by tensors; later ones first."""
        leader = {op: op for op in ops if op in self.kind and not self._rows[op].free}

        def top(op):
            while leader[op] is not op:
                leader[op] = op = leader[leader[op]]
            return op

        for op in leader:
            for t in op.inputs:
                if t not in self._fed and t.op in leader and self._at(t.op) == self._at(op):
                    leader[top(t.op)] = top(op)
        groups = collections.defaultdict(list)
        for op in reversed(leader):
            groups[top(op)].append(op)
        return sorted(groups.values(), key=lambda group: -self.phase[group[0]])

    def _at(self, op):
        return self.phase[op], self._places[op]
