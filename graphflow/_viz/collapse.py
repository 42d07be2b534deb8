"""A graph with its scopes folded into boxes, so that a picture stays readable."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass
class Box:
    """A box of the picture: one operation, or a scope with all that lies in it.

    Attributes:
        name: the operation's or scope's name; label and detail are its two lines of text.
        ops: the operations inside, first made first.
    """

    name: str
    ops: list

    @property
    def main(self):
        """The operation the box is named after, where constants and its own reads are all that stands beside it."""
        own = next((op for op in self.ops if op.name == self.name), None)
        beside = {op.type for op in self.ops if op is not own}
        return own if own is not None and (beside <= {"Const"} or own.type.startswith("Var")) else None

    @property
    def is_scope(self):
        return self.main is None

    @property
    def label(self):
        return self.name.rpartition("/")[2]

    @property
    def detail(self):
        """What the box is: the op type with the shape of its output, or how much a scope holds."""
        own = self.main
        if own is None:
            return f"{len(self.ops)} operations"
        if not own.outputs:
            return own.type
        return f"{own.type} {own.outputs[0].shape_text}"


def collapse(graph, depth=1, hide_constants=True):
    """(boxes, edges) of a graph.

    Args:
        depth: scopes nested deeper than this are folded into one box.
        hide_constants: leave out constants that stand alone.

    Returns:
        boxes in the order of their first operations, and a dict (from, to) of box indexes -> number of tensors, 0 where there
        are control edges only.
    """
    boxes, home = {}, {}
    for op in graph.get_operations():
        parts = op.name.split("/")
        key = "/".join(parts[:depth])
        box = boxes.setdefault(key, Box(key, []))
        box.ops.append(op)
        home[op] = box
    kept = [b for b in boxes.values() if not (hide_constants and all(op.type == "Const" for op in b.ops))]
    index = {id(box): i for i, box in enumerate(kept)}
    edges = {}
    for op, box in home.items():
        for t in op.inputs:
            source = home[t.op]
            if source is not box and id(source) in index and id(box) in index:
                key = index[id(source)], index[id(box)]
                edges[key] = edges.get(key, 0) + 1
        for before in op.control_inputs:
            source = home[before]
            if source is not box and id(source) in index and id(box) in index:
                edges.setdefault((index[id(source)], index[id(box)]), 0)
    return kept, edges
