"""A picture with scopes drawn open inside one another: every open scope is laid out by itself and is a box of the one around."""

from __future__ import annotations

import dataclasses

from graphflow._viz import text
from graphflow._viz.layout import faces, layered, levels

TITLE = 11  # pixels of a letter
BASELINE = 18  # of the title, below the upper edge of its frame
CAPTION = 10.5
_TITLE_HEIGHT, _PORT, _STUB, _MOST_TEXTS = 14, 8, 12, 3


@dataclasses.dataclass
class Box:
    """A box, or the frame of an open scope.

    Attributes:
        item: the Scope or Node; None for a caption beside an edge.
        x, y, width, height: of its upper left corner, and its size.
        face: what is written on it; None for a frame.
        lines: the lines of a caption.
    """

    item: object
    x: float
    y: float
    width: float
    height: float
    face: faces.Face | None = None
    lines: tuple = ()

    def moved(self, dx, dy):
        """The same elsewhere."""
        return dataclasses.replace(self, x=self.x + dx, y=self.y + dy)


@dataclasses.dataclass
class Line:
    """A line.

    Attributes:
        runs: straight runs, (x, y from, y to) each, joined by curves.
        edge: the `levels.Edge` it stands for.
        arrow: whether it ends at a box and not at a border.
        name: what it joins, for people.
    """

    runs: list
    edge: levels.Edge
    arrow: bool
    name: str

    def moved(self, dx, dy):
        """The same elsewhere."""
        return dataclasses.replace(self, runs=[(x + dx, a + dy, b + dy) for x, a, b in self.runs])


@dataclasses.dataclass
class Panel:
    """The inside of an open scope, or the whole picture.

    Attributes:
        frames, boxes, captions: frames come before what is inside them.
        lines: in no order.
        tops, bottoms: id of the item that a port stands for -> its x.
    """

    width: float
    height: float
    frames: list
    boxes: list
    captions: list
    lines: list
    tops: dict
    bottoms: dict


def picture(model, tree, opened, overlay=None, constants=False):
    """The Panel of the whole graph with the scopes named in `opened` open."""
    found = levels.build(model, tree, opened, constants)
    return _Drawer(found, overlay).panel("")


class _Drawer:
    def __init__(self, found, overlay):
        self.found = found
        self.texts = overlay.edges if overlay else {}
        self.marks = faces.Marks(overlay)

    def panel(self, name):
        """The Panel of one scope."""
        level = self.found[name]
        inner = {
            i: self.panel(item.name)
            for i, item in enumerate(level.items)
            if levels.is_openable(item) and item.name in self.found
        }
        shown = {i: faces.of(item, self.marks) for i, item in enumerate(level.items) if i not in inner}
        sizes = [(inner[i].width, inner[i].height) if i in inner else shown[i].size for i in range(len(level.items))]
        first_top, first_bottom, count = len(level.items), len(level.items) + len(level.tops), level.count
        sizes += [(_PORT, 0)] * (count - len(sizes))
        tops, bottoms = list(range(first_top, first_bottom)), list(range(first_bottom, count))
        title = count if name else None
        if name:
            label = text.label(level.scope.label)
            sizes.append((text.width(label, TITLE) + 12, _TITLE_HEIGHT))
            tops.append(title)
        pins = {
            (a, b): (_port(inner, a, level, b, "bottoms"), _port(inner, b, level, a, "tops")) for a, b in level.edges
        }
        drawn, captions = self.captioned(level, sizes, pins)
        arrangement = layered.arrange(len(sizes), drawn, tops, bottoms, level.apart)
        if name:  # in the row of the ports, so that no line runs through it
            arrangement.rows[0].remove(title)
            arrangement.rows[0].insert(0, title)
        placed = layered.place(arrangement, sizes, pins)
        return self.assembled(level, inner, shown, sizes, placed, captions, drawn, arrangement.cut)

    def captioned(self, level, sizes, pins):
        """What is laid out: edges as they are, or in two with a caption of the overlay between.

        Args:
            sizes, pins: of boxes and edges; those of captions are added.

        Returns:
            {layout edge: (Edge, whether it begins, and whether it ends as an edge of the level does)}, {index: lines of text}.
        """
        drawn, captions = {}, {}
        for (a, b), edge in level.edges.items():
            lines = [self.texts[end] for end in edge.ends if end in self.texts] if max(a, b) < len(level.items) else ()
            if not lines:
                drawn[a, b] = edge, (a, b)
                continue
            lines = tuple(text.shortened(line, 60) for line in dict.fromkeys(lines))[:_MOST_TEXTS]
            caption = len(sizes)
            captions[caption] = lines
            sizes.append((max(text.width(line, CAPTION) for line in lines) + 6, 13 * len(lines) + 2))
            out, into = pins.pop((a, b))
            pins[a, caption], pins[caption, b] = (out, 0), (0, into)
            drawn[a, caption], drawn[caption, b] = (edge, (a, None)), (edge, (None, b))
        return drawn, captions

    def assembled(self, level, inner, shown, sizes, placed, captions, drawn, cut):
        """The Panel of what was placed."""
        items, first_bottom = level.items, len(level.items) + len(level.tops)
        panel = Panel(placed.width, placed.height, [], [], [], [], {}, {})
        for i, ((x, y), (width, height)) in enumerate(zip(placed.boxes, sizes)):
            left, top = x - width / 2, y - height / 2
            if i in inner:
                panel.frames.append(Box(items[i], left, top, width, height))
                _insert(panel, inner[i], left, top)
            elif i < len(items):
                panel.boxes.append(Box(items[i], left, top, width, height, shown[i]))
            elif i < first_bottom:
                panel.tops[id(level.tops[i - len(items)])] = x
            elif i < level.count:
                panel.bottoms[id(level.bottoms[i - first_bottom])] = x
            elif i in captions:
                panel.captions.append(Box(None, left, top, width, height, lines=captions[i]))
        everything = [*items, *level.tops, *level.bottoms]
        for edge, runs in placed.paths.items():
            carried, (a, b) = drawn[edge]
            if a is not None and len(items) <= a < first_bottom:  # a port: the line comes from the border
                runs = [(runs[0][0], 0.0, runs[0][2]), *runs[1:]]
            if b is not None and b >= first_bottom:
                runs = [*runs[:-1], (runs[-1][0], runs[-1][1], placed.height)]
            name = " → ".join(text.shortened(_name(everything[i]), 80) for i in (a, b) if i is not None)
            panel.lines.append(Line(runs, carried, b is not None and b in shown, name))
        for edge in cut:
            panel.lines += self.stubs(everything, shown, placed, sizes, *drawn[edge])
        return panel

    def stubs(self, everything, shown, placed, sizes, carried, ends):
        """An edge too long to be drawn: it is seen to leave its first box and to arrive at its last."""
        name = " → ".join(text.shortened(_name(everything[i]), 80) for i in ends if i is not None)
        for i, arrow in zip(ends, (False, True)):
            if i in shown:
                (x, y), half = placed.boxes[i], sizes[i][1] / 2
                yield Line(
                    [(x, y - half - _STUB, y - half) if arrow else (x, y + half, y + half + _STUB)],
                    carried,
                    arrow,
                    name,
                )


def _port(inner, box, level, other, side):
    """How far from the middle of an open box the edge to or from `other` is fastened."""
    if box not in inner:
        return 0
    panel = inner[box]
    item = [*level.items, *level.tops, *level.bottoms][other]
    middle = panel.width / 2
    return getattr(panel, side).get(id(item), middle) - middle  # no port, where what it would join is left out


def _insert(panel, inner, dx, dy):
    """Puts what is in an open scope where its frame stands."""
    for part in ("frames", "boxes", "captions", "lines"):
        getattr(panel, part).extend(one.moved(dx, dy) for one in getattr(inner, part))


def _name(item):
    return item.name or "/"
