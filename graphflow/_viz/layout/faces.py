"""What is written on a box, and how large that makes it."""

from __future__ import annotations

import collections
import dataclasses

from graphflow._core import shapes
from graphflow._viz import palette, text
from graphflow._viz.graph import attr_text, overlay, tree

NAME, DETAIL, BADGE = 12, 10.5, 10.5  # pixels of a letter
_PAD, _TOP, _LINE, _BARS, _IMAGE = 10, 7, 14, (64, 18), 44
STACK = 3  # how far the second sheet of a folded scope looks out
_MOST_TYPES = 3


@dataclasses.dataclass
class Face:
    """What a box shows.

    Attributes:
        name, detail, badge: its lines of text; empty ones are left out.
        kind: a key of `palette.KINDS`.
        about: lines that tell more, for who points at it.
        folded: whether it is a scope that may be opened.
        mark: the overlay's Mark, or None.
        size: (width, height).
    """

    name: str
    detail: str
    kind: str
    about: list
    folded: bool
    mark: overlay.Mark | None = None
    size: tuple = (0, 0)

    @property
    def badge(self):
        """The overlay's few words."""
        return text.shortened(self.mark.badge, 40) if self.mark else ""


class Marks:
    """The marks of an overlay for nodes and folded scopes; of steps in time, those of the last one."""

    def __init__(self, source):
        self.of_nodes = source.marks if source else {}
        if source and source.steps:
            self.of_nodes = {**source.marks, **source.steps[-1][1]}

    def of(self, item):
        """The Mark of an item, or None."""
        if not isinstance(item, tree.Scope):
            return self.of_nodes.get(item.name)
        if item.main is not None and item.main.name in self.of_nodes:
            return self.of_nodes[item.main.name]
        found = [self.of_nodes[n.name] for n in _nodes(item) if n.name in self.of_nodes] if self.of_nodes else ()
        return overlay.folded(found) if found else None


def of(item, marks):
    """The Face of a Scope or a Node."""
    own = item.main if isinstance(item, tree.Scope) else item
    label = item.label if isinstance(item, tree.Scope) else item.name.rpartition("/")[2] or item.name
    mark = marks.of(item)
    if own is None:
        face = Face(
            text.label(label), _plural(item.count, "operation"), _kind_of_scope(item), about_scope(item), True, mark
        )
    else:
        face = Face(text.label(label), _detail(own, label), palette.kind_of(own.name, own.op), about(own), False, mark)
    face.size = _size(face)
    return face


def about(node):
    """Lines that tell what an operation is."""
    lines = [f"{node.op} {attr_text.shortened(node.name)}"]
    lines += [f"→ {full(output)}" for output in node.outputs[:8]]
    lines += [node.device] if node.device else []
    lines += [attr_text.shortened(node.source)] if node.source else []
    return [text.clean(line) for line in lines]


def signature(node):
    """The first output as text: `[?,10]`, with the element type where it is not float32; empty where there is none."""
    return shape_of(node.outputs[0]) if node.outputs else ""


def shape_of(output):
    """An (element type, plain shape) as text: `[?,10]`, with the element type where it is not float32."""
    dtype, dims = output
    dtype = dtype.removesuffix("_ref")
    shape = "" if dims is None else shapes.to_text(dims)
    return " ".join(part for part in ("" if dtype in ("float32", "?") else text.shortened(dtype), shape) if part)


def full(output):
    """An (element type, plain shape) as text: `float32 [?,10]`."""
    return text.clean(f"{output[0].removesuffix('_ref')} {shapes.to_text(output[1])}")


def _detail(node, label):
    op = "" if label.lower().startswith(node.op.lower()) else node.op
    return text.shortened(" ".join(part for part in (op, signature(node)) if part), 36)


def _plural(count, word):
    return f"{count:,} {word}{'' if count == 1 else 's'}".replace(",", " ")


def _kind_of_scope(scope):
    kinds = {palette.kind_of(node.name, node.op) for node in _some(scope)}
    return "gradient" if kinds <= {"gradient", "constant"} and "gradient" in kinds else "scope"


def _some(scope):
    """Some of the operations inside, enough to tell its kind."""
    found = [child for child in scope.children.values() if not isinstance(child, tree.Scope)][:20]
    return found or [node for child in scope.items[:20] for node in _some(child)][:20]


def _nodes(scope):
    return [child for inner in scope.walk() for child in inner.children.values() if not isinstance(child, tree.Scope)]


def about_scope(scope):
    """Lines that tell what a scope holds."""
    counts = collections.Counter(node.op for node in _nodes(scope))
    types = ", ".join(f"{n} {op}" for op, n in counts.most_common(_MOST_TYPES))
    return [text.clean(attr_text.shortened(scope.name)), _plural(scope.count, "operation") + f": {types}"]


def _size(face):
    lines = [text.width(face.name, NAME), text.width(face.detail, DETAIL), text.width(face.badge, BADGE)]
    height = 2 * _TOP + _LINE * sum(1 for line in lines if line)
    mark = face.mark
    if mark is not None and mark.bars:
        lines.append(_BARS[0])
        height += _BARS[1] + 4
    if mark is not None and mark.image:
        lines.append(_IMAGE)
        height += _IMAGE + 4
    return max(lines) + 2 * _PAD, height + (STACK if face.folded else 0)


def parts(face, x, y):
    """Where the parts of a face stand whose box has its upper left corner at (x, y).

    Yields:
        ("name", "detail" or "badge", text, x of its middle, y of its base line), ("bars", heights, x, y, width, height) or
        ("image", data URI, x, y, width, height).
    """
    middle, top = x + face.size[0] / 2, y + _TOP
    for kind in ("name", "detail", "badge"):
        line = getattr(face, kind)
        if line:
            yield kind, line, middle, top + _LINE - 3.5
            top += _LINE
    if face.mark is not None and face.mark.bars:
        yield "bars", face.mark.bars, middle - _BARS[0] / 2, top + 2, *_BARS
        top += _BARS[1] + 4
    if face.mark is not None and face.mark.image:
        yield "image", face.mark.image, middle - _IMAGE / 2, top + 2, _IMAGE, _IMAGE
