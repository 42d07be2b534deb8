"""The scopes of a graph, one inside the other; where too much lies side by side, runs of it are grouped."""

from __future__ import annotations

import dataclasses
import re

from graphflow._viz.graph import model as model_lib

_DEEPEST = 24  # scopes nested deeper than this stay in the label: a name may be nothing but slashes
WIDEST = 120  # children of a scope; more are grouped
_UNKNOWN = object()
_NUMBER = re.compile(r"_(\d{1,9})$")


@dataclasses.dataclass(slots=True, eq=False)
class Scope:
    """A scope.

    Attributes:
        name: all of it, such as `layer/kernel`; unique among scopes; the root's is empty.
        label: what to call it inside its parent.
        parent: the Scope around it, None for the root.
        children: {label: Scope or Node}, in the order they were made.
        node: the operation of the same name, which is among the children too, or None.
        count: operations inside, in all.
        is_group: made here of a run of children, not by a name.
    """

    name: str
    label: str
    parent: Scope | None = None
    children: dict = dataclasses.field(default_factory=dict)
    node: model_lib.Node | None = None
    count: int = 0
    is_group: bool = False
    _main: object = None

    def __post_init__(self):
        self._main = _UNKNOWN

    @property
    def main(self):
        """The operation it stands for, where all that lies beside is what that operation is made of; else None.

        Beside a variable lie its initial value, its read and its update; beside any operation, constants.
        """
        if self._main is _UNKNOWN:
            self._main = self._find_main()
        return self._main

    def _find_main(self):
        own = self.node
        if own is not None and own.op in model_lib.VARIABLES:
            return own
        others = [child for child in self.children.values() if isinstance(child, Scope) or child.op != "Const"]
        if (
            len(others) != 1
            or isinstance(others[0], Scope)
            or others[0].results
            or self.is_group
            or self.parent is None
        ):
            return None
        return others[0]

    @property
    def items(self):
        """The children in order."""
        return list(self.children.values())

    def walk(self):
        """This scope and all inside, outer ones first."""
        waiting = [self]
        while waiting:
            scope = waiting.pop()
            yield scope
            waiting += reversed([child for child in scope.children.values() if isinstance(child, Scope)])

    def __repr__(self):
        return f"<scope {self.name!r}: {len(self.children)} children, {self.count} operations>"


class Tree:
    """All scopes of a model.

    Attributes:
        root: the outermost Scope.
        scopes: {name: Scope}, without the root.
        home: {name of a node: the Scope it lies in}.
    """

    def __init__(self, model, widest=WIDEST):
        self.root = Scope("", model.title)
        self.scopes = {}
        self.home = {}
        inner = _scope_names(model)
        for node in model.nodes.values():
            self._add(node, inner)
        for scope in list(self.root.walk()):
            if len(scope.children) > widest:
                self._group(scope, widest)

    def _add(self, node, inner):
        parts = node.name.split("/", _DEEPEST)
        own = node.name in inner
        scope = self.root
        scope.count += 1
        for part in parts if own else parts[:-1]:
            scope = self._inside(scope, part)
            scope.count += 1
        if own:
            scope.node = node
        _put(scope.children, f"({parts[-1]})" if own else parts[-1], node)
        self.home[node.name] = scope

    def _inside(self, scope, part):
        name = f"{scope.name}/{part}" if scope.parent else part or "/"  # the empty name is the root's
        found = self.scopes.get(name)
        if found is None:
            found = self.scopes[name] = Scope(name, part, scope)
            _put(scope.children, part, found)
        return found

    def _group(self, scope, widest):
        """Groups runs of children, so that neither the scope nor a group has many more than `widest`.

        Variables and scopes that are large themselves stay seen, where they are few.
        """
        items = list(scope.children.items())
        alone = [(label, child) for label, child in items if _is_variable(child) or _is_large(child, widest)]
        if len(alone) > widest / 2:
            alone = []
        kept = {label for label, _ in alone}
        items = [pair for pair in items if pair[0] not in kept]
        levels = 1
        while widest**levels < len(items):
            levels += 1
        size = round(len(items) ** (1 / levels)) + 1
        for _ in range(levels - 1):
            items = [self._run(scope, run) for run in _runs(items, size)]
        scope.children = dict([*(pair for pair in alone if _is_variable(pair[1])), *items])
        scope.children.update(alone)
        for group in scope.walk():
            for child in group.children.values():
                if group.is_group and isinstance(child, Scope):
                    child.parent = group
                elif group.is_group:
                    self.home[child.name] = group

    def _run(self, scope, items):
        """(label, group) of a run of (label, child)."""
        first, last = items[0][0].partition(" … ")[0], items[-1][0].rpartition(" … ")[2]
        label = f"{first} … {last}"
        name = f"{scope.name}/{label}" if scope.parent else label
        while name in self.scopes:
            name += "'"
        count = sum(child.count if isinstance(child, Scope) else 1 for _, child in items)
        group = self.scopes[name] = Scope(name, label, scope, dict(items), count=count, is_group=True)
        return label, group

    def path(self, name):
        """The scopes around a node, outermost first, without the root."""
        found, scope = [], self.home[name]
        while scope.parent is not None:
            found.append(scope)
            scope = scope.parent
        return found[::-1]


def _is_variable(item):
    own = item.main if isinstance(item, Scope) else item
    return own is not None and own.op in model_lib.VARIABLES


def _is_large(item, count):
    return isinstance(item, Scope) and item.count > count


def _runs(items, size):
    """(label, child) pairs in runs of about `size`, cut where the number at the end of the labels rises: between two steps."""
    numbers = [int(found[1]) if (found := _NUMBER.search(label)) else 0 for label, _ in items]
    start = 0
    while start < len(items):
        stop = wanted = start + size
        for i in range(wanted, min(wanted + size // 2, len(items))):
            if numbers[i] > numbers[i - 1]:
                stop = i
                break
        yield items[start:stop]
        start = stop


def _put(children, label, item):
    while label in children:  # a scope and a node of one label, from a name that ends in a slash or in brackets
        label += "'"
    children[label] = item


def _scope_names(model):
    """The names of nodes that are scopes too."""
    found = set()
    for name in model.nodes:
        at = name.find("/")
        for _ in range(_DEEPEST):
            if at < 0:
                break
            found.add(name[:at])
            at = name.find("/", at + 1)
    return found.intersection(model.nodes)
