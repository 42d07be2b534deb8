"""Reads of reference variables, and who must not be given an old one.

In TensorFlow `w/read` shares the memory of `w`. An operation that runs after an update of `w`, because an edge says so, sees the
new value there, although `w/read` itself ran before: constraints and moving averages after a training step rely on it.
"""

from __future__ import annotations

from graphflow._lowering import effects


class Reads:
    """The reads and writes that have been emitted.

    Attributes:
        keys: output of a read -> key of the variable.
        writers: key -> operations that have changed the variable.
    """

    def __init__(self):
        self.keys = {}
        self.writers = {}

    def note(self, op):
        """Remembers what `op`, which has been emitted, read or wrote."""
        if op.type == "Identity":
            source = op.inputs[0]
            if source._dtype.is_ref:
                self.keys[op.outputs[0]] = effects.variable_of(source)
            elif source in self.keys:
                self.keys[op.outputs[0]] = self.keys[source]
            return
        for key, mode in effects.touches(op):
            if "w" in mode:
                self.writers.setdefault(key, []).append(op)

    def is_late(self, op, t):
        """Whether `op` waits for an update that came after the read `t`."""
        updates = {writer for writer in self.writers.get(self.keys[t], ()) if writer._id > t.op._id}
        return bool(updates) and _waits(op, updates)


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
