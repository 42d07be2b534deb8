"""Patterns of operations: what stands above an operation, by type."""

from __future__ import annotations

import itertools

# Operations of backward passes and summaries: nobody's consumers.
SKIPPED = "gradients/", "RMSProp/", "Adagrad/", "Const_", "HistogramSummary", "ScalarSummary"


class Pattern:
    """An operation of certain types, over inputs that match patterns too.

    Args:
        types: names of types separated by "|", or "*" for all.
        inputs: patterns of all inputs, or texts for patterns without inputs; any inputs where None.
        is_ordered: whether the inputs must match in this order.
    """

    def __init__(self, types, inputs=None, is_ordered=True):
        self._types = None if types == "*" else frozenset(types.split("|"))
        self._inputs = [Pattern(one) if isinstance(one, str) else one for one in inputs or ()]
        self._is_ordered = is_ordered

    def match(self, op, tensor=None):
        """dict pattern -> (operation, the tensor of it that is taken), or None."""
        if self._types is not None and op.type not in self._types:
            return None
        found = {self: (op, tensor)}
        if not self._inputs:
            return found
        if len(op.inputs) != len(self._inputs):
            return None
        for patterns in [self._inputs] if self._is_ordered else itertools.permutations(self._inputs):
            below = [pattern.match(t.op, t) for pattern, t in zip(patterns, op.inputs, strict=True)]
            if None not in below:
                for one in below:
                    found.update(one)
                return found
        return None


class OneOf:
    """The first of several patterns that matches."""

    def __init__(self, *patterns):
        self._patterns = patterns

    def match(self, op, tensor=None):
        """As `Pattern.match`."""
        return next((found for one in self._patterns if (found := one.match(op, tensor)) is not None), None)


def matches(pattern, graph):
    """Yields what `pattern` finds at each operation of a graph as it is now, in the order in which they were made."""
    for op in graph.get_operations():
        found = pattern.match(op)
        if found is not None:
            yield found


def op_of(found, pattern):
    """The operation that a pattern matched, or None."""
    return found.get(pattern, (None, None))[0]


def tensor_of(found, *patterns):
    """The tensor that the first of the patterns matched, or None."""
    return next((found[one][1] for one in patterns if one in found), None)


def consumers(op):
    """The operations that take an operation's outputs, without those of backward passes."""
    every = [taker for t in op.outputs for taker in t.consumers() if not taker.name.startswith(SKIPPED)]
    return list(dict.fromkeys(every))


def reroute(new, old, takers):
    """`takers` take `new` in place of `old`; returns how many inputs changed."""
    changed = 0
    for op in takers:
        for i, t in enumerate(list(op.inputs)):
            if t is old:
                op._update_input(i, new)
                changed += 1
    old.graph._extra.pop("origins", None)  # whose handle a tensor is may have changed
    return changed
