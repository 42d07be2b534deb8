"""What each scope shows when it is open: its children, the edges between them, and ports for what comes in and goes out.

Which scopes are open does not change a level, so levels can be worked out once and opened at will. An edge between two nodes is
split at the borders it passes. Inside the innermost scope around both it joins two children; inside each of these, it runs to a
port named after the other. So an edge of a level always meets one port at the bottom of the box it leaves, if that box is open,
and one at the top of the box it enters.
"""

from __future__ import annotations

import dataclasses

from graphflow._viz.graph import tree as tree_lib


@dataclasses.dataclass(slots=True)
class Edge:
    """What runs between two boxes of a level.

    Attributes:
        tensors: (name, index) of the outputs that it carries.
        controls: how many control edges it carries.
        ends: the (producer, index, consumer) of each tensor that it carries to a consumer.
    """

    tensors: dict = dataclasses.field(default_factory=dict)
    controls: int = 0
    ends: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass(slots=True)
class Level:
    """An open scope.

    Attributes:
        scope: the Scope.
        items: its children that are shown.
        tops: what its inputs come from: the Scopes and Nodes outside that stand beside the outermost scope they enter.
        bottoms: what its outputs go to, likewise.
        edges: {(a, b): Edge} of indices: those of items first, then those of tops, then those of bottoms.
    """

    scope: tree_lib.Scope
    items: list
    tops: list = dataclasses.field(default_factory=list)
    bottoms: list = dataclasses.field(default_factory=list)
    edges: dict = dataclasses.field(default_factory=dict)

    @property
    def count(self):
        """Boxes and ports together."""
        return len(self.items) + len(self.tops) + len(self.bottoms)

    @property
    def apart(self):
        """Indices of the boxes that may be opened, whose edges so do not share a way."""
        return [i for i, item in enumerate(self.items) if is_openable(item)]


def is_openable(item):
    """Whether an item is a scope that shows more when it is opened."""
    return isinstance(item, tree_lib.Scope) and item.main is None


def build(model, tree, shown=None, constants=False):
    """{name of a scope: Level}; the root's name is empty.

    Args:
        model, tree: the graph, and its scopes.
        shown: names of the scopes whose levels are wanted; None for all that can be opened.
        constants: whether constants that stand alone are shown.
    """
    builder = _Builder(model, tree, shown, constants)
    entering = {(node.within, end) for node in model.nodes.values() if node.within for end in node.inputs}
    for node in model.nodes.values():
        for source, index in node.inputs:
            if not node.results or (node.name, (source, index)) not in entering:  # else it is seen to enter the body
                builder.add(source, index, node.name)
        for source, index in node.results:
            if model.nodes[source].op != "Placeholder":  # a loop hands on what it does not change
                builder.add(source, index, node.name)
        for source in node.controls:
            builder.add(source, -1, node.name)
    return builder.finished()


def is_constant(item):
    """Whether an item is a constant, or a scope of nothing else."""
    if isinstance(item, tree_lib.Scope):
        return all(is_constant(child) for child in item.children.values())
    return item.op == "Const"


class _Builder:
    def __init__(self, model, tree, shown, constants):
        self.model, self.tree = model, tree
        self.levels, self.found = {}, {}  # by id of the scope; found: (id of a, id of b, way) -> (a, b, Edge)
        self.hidden = set()
        self.paths = {}
        for scope in tree.root.walk():
            if scope.parent and (scope.main is not None or (shown is not None and scope.name not in shown)):
                continue
            items = scope.items
            hidden = [] if constants else [item for item in items if is_constant(item)]
            if len(hidden) < len(items):
                self.hidden.update(map(id, hidden))
                items = [item for item in items if id(item) not in self.hidden]
            self.levels[id(scope)] = Level(scope, items)
            self.found[id(scope)] = {}

    def path(self, name):
        """The scopes from the root down to a node, and the node; None for a node that the graph lacks."""
        found = self.paths.get(name)
        if found is None and name in self.model.nodes:
            found = self.paths[name] = (self.tree.root, *self.tree.path(name), self.model.nodes[name])
        return found

    def add(self, source, index, target):
        """Adds what runs from an output (-1: a control edge) to a node, to every level that it passes."""
        a, b = self.path(source), self.path(target)
        if a is None or b is None or a is b:
            return
        split = next(i for i, (x, y) in enumerate(zip(a, b)) if x is not y)
        if id(a[split]) in self.hidden or id(b[split]) in self.hidden:
            return
        end = source, index, target
        self.join(a[split - 1], a[split], b[split], 0, end)
        for i in range(split, len(a) - 1):
            if not self.join(a[i], a[i + 1], b[split], 1, end):
                break
        for i in range(split, len(b) - 1):
            if not self.join(b[i], a[split], b[i + 1], -1, end):
                break

    def join(self, scope, a, b, way, end):
        """Adds to the edge from `a` to `b` of a scope: on a way out (1) `b` is a port, on a way in (-1) `a` is.

        Returns:
            whether the scope is shown, and what the edge touches in it.
        """
        found = self.found.get(id(scope))
        if found is None or id(b if way < 0 else a) in self.hidden:
            return False
        key = id(a), id(b), way
        if key not in found:
            found[key] = a, b, Edge()
        edge = found[key][2]
        if end[1] < 0:
            edge.controls += 1
        else:
            edge.tensors[end[:2]] = None
            edge.ends.append(end)
        return True

    def finished(self):
        """{name of a scope: Level}."""
        for key, level in self.levels.items():
            found = self.found[key]
            level.tops = list({id(a): a for a, _, way in _keys(found) if way < 0}.values())
            level.bottoms = list({id(b): b for _, b, way in _keys(found) if way > 0}.values())
            parts = (
                (level.items, 0),
                (level.tops, len(level.items)),
                (level.bottoms, len(level.items) + len(level.tops)),
            )
            items, tops, bottoms = ({id(item): start + i for i, item in enumerate(part)} for part, start in parts)
            for (a, b, way), (_, _, edge) in found.items():
                level.edges[(tops if way < 0 else items)[a], (bottoms if way > 0 else items)[b]] = edge
        return {level.scope.name if level.scope.parent else "": level for level in self.levels.values()}


def _keys(found):
    """(a, b, way) of the edges of a scope."""
    return [(a, b, key[2]) for key, (a, b, _) in found.items()]
