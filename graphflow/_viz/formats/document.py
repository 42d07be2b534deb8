"""A graph as the columns that the page reads: items in preorder, operations and edges as numbers, texts once each."""

from __future__ import annotations

from graphflow._viz import palette
from graphflow._viz.graph import overlay as overlay_lib
from graphflow._viz.graph import tree

CHUNK = 256  # operations whose details are read together
_VARIABLES = ("VariableV2", "Variable", "VarHandleOp")


def parts(model, overlay=None):
    """{id: JSON value} of a page.

    `graph` is read when the page opens; `details-<k>`, `images` and `step-<k>` when they are wanted.

    Args:
        model: the graph. overlay: what is laid on it, or None.
    """
    overlay = overlay or overlay_lib.Overlay()
    items, homes = _preorder(tree.Tree(model).root)
    nodes = [item for item in items if not isinstance(item, tree.Scope)]
    number = {item.name: i for i, item in enumerate(items) if not isinstance(item, tree.Scope)}
    found = {
        "graph": {**_items(items, homes, number), **_edges(nodes, number), **_laid(overlay, number), "chunk": CHUNK}
    }
    for k in range(0, len(nodes), CHUNK):
        found[f"details-{k // CHUNK}"] = [_details(node, overlay.marks.get(node.name)) for node in nodes[k : k + CHUNK]]
    images = {number[name]: mark.image for name, mark in overlay.marks.items() if mark.image and name in number}
    if images:
        found["images"] = images
    for k, (_, marks) in enumerate(overlay.steps):
        found[f"step-{k}"] = {
            number[name]: {**_mark(mark, number), "rows": mark.rows, **({"image": mark.image} if mark.image else {})}
            for name, mark in marks.items()
            if name in number
        }
    return found


def _preorder(root):
    """All scopes and nodes, what is inside right after what holds it; and (scope, label) of each but the root."""
    items, homes, waiting = [], [(None, root.label)], [root]
    while waiting:
        item = waiting.pop()
        items.append(item)
        if isinstance(item, tree.Scope):
            waiting += reversed(item.children.values())
    index = {id(item): i for i, item in enumerate(items)}
    homes *= len(items)
    for scope in items:
        if isinstance(scope, tree.Scope):
            for label, child in scope.children.items():
                homes[index[id(child)]] = scope, label
    return items, homes


def _items(items, homes, number):
    """Labels, numbers of children (-1 for an operation), kinds, and the types and outputs of the operations.

    A label is empty for the operation that a scope is named after. A name is the labels of the scopes around, groups left out,
    and the own label; `full` has the names that are not.
    """
    kinds, types, shapes = _Table(), _Table(), _Table()
    labels, full, prefixes = [], {}, {id(items[0]): ""}
    for i, (item, (scope, label)) in enumerate(zip(items, homes)):
        if scope is not None:
            around = prefixes[id(scope)]
            label = "" if item is scope.node else label
            name = f"{around}/{label}" if around and label else around or label
            if name != item.name:
                full[i] = name = item.name
            if isinstance(item, tree.Scope):
                prefixes[id(item)] = around if item.is_group else name
        labels.append(label)
    nodes = [item for item in items if not isinstance(item, tree.Scope)]
    scopes = [(i, item) for i, item in enumerate(items) if isinstance(item, tree.Scope)]
    return {
        "labels": labels,
        "full": full,
        "kids": [len(item.children) if isinstance(item, tree.Scope) else -1 for item in items],
        "mains": [i for i, scope in scopes if scope.main is not None],
        "groups": [i for i, scope in scopes if scope.is_group],
        "kind": [kinds.add(_kind(item)) for item in items],
        "kinds": kinds.values,
        "op": [types.add(node.op) for node in nodes],
        "types": types.values,
        "outs": [shapes.add(node.outputs) for node in nodes],
        "shapes": shapes.values,
        "params": {number[node.name]: _elements(node) for node in nodes if node.op in _VARIABLES},
    }


def _kind(item):
    if not isinstance(item, tree.Scope):
        return palette.kind_of(item.name, item.op)
    if item.main is not None:
        return palette.kind_of(item.main.name, item.main.op)
    return "gradient" if palette.is_gradient(item.name) else "scope"


def _elements(node):
    """How many numbers a variable holds, as far as its shape is known."""
    count = 1
    for size in (node.outputs[0][1] if node.outputs else None) or ():
        count *= 1 if size is None else size
    return count


def _edges(nodes, number):
    """Of each operation how many tensors it takes and how many operations it waits for, and how far away those are."""
    inputs, controls, distances, slots = [], [], [], {}
    for node in nodes:
        here = number[node.name]
        data = [(number[name], slot) for name, slot in (*node.inputs, *node.results) if name in number]
        before = [number[name] for name in node.controls if name in number]
        for k, (_, slot) in enumerate(data):
            if slot:
                slots[len(distances) + k] = slot
        distances += [here - there for there, _ in data]
        distances += [here - there for there in before]
        inputs.append(len(data))
        controls.append(len(before))
    return {"inputs": inputs, "controls": controls, "from": distances, "slots": slots}


def _laid(overlay, number):
    """The overlay, apart from what is told on cards."""
    return {
        "tones": list(overlay_lib.TONES),
        "loud": list(overlay_lib.LOUD),
        "overlay": {
            "title": overlay.title,
            "legend": overlay.legend,
            "marks": {number[name]: _mark(mark, number) for name, mark in overlay.marks.items() if name in number},
            "pairs": [(number[a], number[b]) for a, b in overlay.pairs if a in number and b in number],
            "edges": {
                f"{number[a]} {slot} {number[b]}": text
                for (a, slot, b), text in overlay.edges.items()
                if a in number and b in number
            },
            "steps": [label for label, _ in overlay.steps],
            "beside": overlay.beside,
        },
    }


def _mark(mark, number):
    """What of a mark is drawn; the image itself is elsewhere."""
    drawn = {
        "tone": mark.tone,
        "badge": mark.badge or None,
        "heat": mark.heat,
        "bars": None if mark.bars is None else [round(float(bar), 3) for bar in mark.bars],
        "image": True if mark.image else None,
        "group": number.get(mark.group),
    }
    return {key: value for key, value in drawn.items() if value is not None}


def _details(node, mark):
    """What only the card of an operation tells."""
    told = {"attrs": node.attrs, "source": node.source, "device": node.device, "rows": mark.rows if mark else None}
    return {key: value for key, value in told.items() if value}


class _Table:
    """Values, each once, and their numbers."""

    def __init__(self):
        self.values, self._number = [], {}

    def add(self, value):
        number = self._number.get(value)
        if number is None:
            number = self._number[value] = len(self.values)
            self.values.append(value)
        return number
