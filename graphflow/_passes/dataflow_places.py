"""Where the operations of TensorFlow 1's control flow belong: in which loops, and in which branches of which predicates.

In its graphs, branches are told by Switch and Merge, loops by Enter, Merge, Switch, NextIteration and Exit. A *place* is a
path from outside to inside: a tuple of ("loop", frame name) and ("branch", predicate, number).
"""

from __future__ import annotations

SWITCH = ("Switch", "RefSwitch")
MERGE = ("Merge", "RefMerge")
ENTER = ("Enter", "RefEnter")
EXIT = ("Exit", "RefExit")
NEXT = ("NextIteration", "RefNextIteration")
KINDS = frozenset((*SWITCH, *MERGE, *ENTER, *EXIT, *NEXT, "LoopCond"))


def root(t):
    """The tensor that `t` is a copy of."""
    while t.op.type == "Identity":
        t = t.op.inputs[0]
    return t


def is_loop_head(op):
    """Whether a Merge is the head of a loop."""
    return op.type in MERGE and any(t.op.type in NEXT for t in op.inputs)


def is_loop_switch(op):
    """Whether a Switch decides if a loop goes on."""
    return op.type in SWITCH and root(op.inputs[1]).op.type == "LoopCond"


class Places:
    """The places of operations.

    Args:
        ops: operations, all that those among them need included.
        fed: tensors whose values are given.
    """

    def __init__(self, ops, fed):
        self._ops = set(ops)
        self._fed = fed
        self._places = {}
        self._entries = {}  # frame name -> the Enters of its loop variables
        for op in ops:
            if op.type in ENTER and not op.attrs["is_constant"]:
                self._entries.setdefault(op.attrs["frame_name"], []).append(op)
        for op in ops:
            self._find(op)
        self.groups = self._grouped(ops)

    def of(self, op):
        """The place of an operation."""
        return self._places[op]

    def of_tensor(self, t):
        """The place of an output: those of a Switch are inside its branches."""
        if t in self._fed:
            return ()
        place = self._places[t.op]
        if t.op.type not in SWITCH or is_loop_switch(t.op):
            return place
        return (*place, ("branch", root(t.op.inputs[1]), t.value_index))

    def _find(self, op):
        stack = [op]
        while stack:
            op = stack[-1]
            waiting = [b for b in self._before(op) if b not in self._places]
            if op in self._places or not waiting:
                stack.pop()
                self._places.setdefault(op, self._place(op))
            else:
                stack.extend(waiting)

    def _before(self, op):
        """The operations whose places decide that of `op`."""
        if op.type in ENTER:
            found = [t.op for e in self._entries.get(op.attrs["frame_name"], [op]) for t in e.inputs]
        elif is_loop_head(op):
            found = [t.op for t in op.inputs if t.op.type not in NEXT]
        else:
            found = [t.op for t in op.inputs if t not in self._fed] + list(op._control_inputs)
        return [b for b in found if b in self._ops]

    def _place(self, op):
        if op.type in ENTER:
            name = op.attrs["frame_name"]
            around = max((self.of_tensor(e.inputs[0]) for e in self._entries.get(name, [op])), key=len)
            return (*around, ("loop", name))
        inputs = [self.of_tensor(t) for t in op.inputs if t not in self._fed and t.op in self._places]
        if op.type in EXIT:
            return _outside_of_loop(inputs[0])
        if op.type in MERGE and not is_loop_head(op):
            return _common(inputs)
        return max([*inputs, *(self._places[c] for c in op._control_inputs if c in self._places)], key=len, default=())

    def _grouped(self, ops):
        """For each Merge of branches, all that can be computed by one branching: (predicate, Merges), in order.

        Those on one predicate that depend on one another are of different levels, and belong to different groups.
        """
        levels, found, groups = {}, {}, {}
        for op in ops:
            before = [t.op for t in op.inputs if t.op.type not in NEXT] + list(op._control_inputs)
            reached = {}
            for b in before:
                for predicate, level in levels.get(b, {}).items():
                    reached[predicate] = max(level, reached.get(predicate, 0))
            if op.type in MERGE and not is_loop_head(op):
                predicate = self.predicate_of(op)
                reached[predicate] = level = reached.get(predicate, 0) + 1
                key = self.of(op), predicate, level
                found.setdefault(key, []).append(op)
                groups[op] = (predicate, found[key])
            levels[op] = reached
        return groups

    def predicate_of(self, merge):
        """The predicate that decides which input of a Merge there is, or None where the graph does not tell."""
        depth = len(self.of(merge))
        steps = {p[depth][1] for p in map(self.of_tensor, merge.inputs) if len(p) > depth and p[depth][0] == "branch"}
        return steps.pop() if len(steps) == 1 else None


def _outside_of_loop(place):
    for i in range(len(place) - 1, -1, -1):
        if place[i][0] == "loop":
            return place[:i]
    return place


def _common(places):
    """The longest path with which all begin."""
    shortest = min(places, key=len)
    for i, step in enumerate(shortest):
        if any(p[i] != step for p in places):
            return shortest[:i]
    return shortest
