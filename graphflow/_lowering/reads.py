"""Reads of reference variables, and who must not be given an old one.

In TensorFlow `w/read` shares the memory of `w`. An operation that runs after an update of `w`, because an edge says so, sees the
new value there, although `w/read` itself ran before: constraints and moving averages after a training step rely on it.
"""

from __future__ import annotations

import types

from graphflow._lowering import effects


class Reads:
    """The reads and writes that have been emitted.

    Attributes:
        reads: output of a read -> (key of the variable, the operation that read it).
        writers: key -> operations that have changed the variable.
    """

    def __init__(self):
        self.reads = {}
        self.writers = {}

    @classmethod
    def of_body(cls, graph):
        """The Reads of a body, in which reads that it captured came before everything."""
        made = cls()
        made.reads = {t: (key, _BEFORE) for t, key in captured(graph).items()}
        return made

    def note(self, op):
        """Remembers what `op`, which has been emitted, read or wrote."""
        if op.type == "Identity":
            source = op.inputs[0]
            if source._dtype.is_ref:
                self.reads[op.outputs[0]] = effects.variable_of(source), op
            elif source in self.reads:
                key = self.late_key(op, source)
                self.reads[op.outputs[0]] = self.reads[source] if key is None else (key, op)
            return
        for key, mode in effects.touches(op):
            if "w" in mode:
                self.writers.setdefault(key, []).append(op)

    def late_key(self, op, t):
        """The key of the variable that `t` was read from, if `op` waits for an update that came after that read; else None."""
        if t not in self.reads:
            return None
        key, read = self.reads[t]
        updates = {writer for writer in self.writers.get(key, ()) if writer._id > read._id}
        return key if updates and _waits(op, updates) else None


def source_of(t):
    """The reference tensor that `t` is a plain Identity of, or None."""
    op = t.op
    while op.type == "Identity":
        source = op.inputs[0]
        if source._dtype.is_ref:
            return source
        op = source.op
    return None


def fetched_key(t):
    """The key of the variable whose value at the end of the run is what a fetch of `t` shows, or None."""
    source = t if t._dtype.is_ref else source_of(t)
    return None if source is None else effects.variable_of(source)


def late_in(ops):
    """function(op, t): whether `t` is a read of which `op`, among `ops`, must be given the present value instead."""
    found = []

    def is_late(op, t):
        if t.op.type != "Identity" or not t.op.inputs[0]._dtype.is_ref:
            return False
        if not found:
            found.append(Reads())
            for each in ops:
                found[0].note(each)
        return found[0].late_key(op, t) is not None

    return is_late


_BEFORE = types.SimpleNamespace(_id=-1)  # stands for an operation outside


def captured(graph):
    """Input of a body -> key of the variable, for the inputs that are plain reads of reference variables outside."""
    found = graph._extra.get("captured reads")
    if found is None:
        found = {t: key for t in graph.inputs if (key := _key_outside(graph, t)) is not None}
        graph._extra["captured reads"] = found
    return found


def _key_outside(graph, t):
    outer = graph.capture_of(t)
    while outer is not None and outer.op.type == "Placeholder" and outer.op.graph.building_function:
        outer = outer.op.graph.capture_of(outer)
    while outer is not None and outer.op.type == "Identity":
        outer = outer.op.inputs[0]
        if outer._dtype.is_ref:
            return effects.variable_of(outer)
    return None


def _waits(op, others):
    """Whether a path of data and control edges leads from one of `others` to `op`."""
    first = min(other._id for other in others)  # what was made before it cannot wait for it
    seen, stack = {op}, [op]
    while stack:
        current = stack.pop()
        for before in (*(t.op for t in current.inputs), *current._control_inputs):
            if before in others:
                return True
            if before not in seen and before._id > first:
                seen.add(before)
                stack.append(before)
    return False
