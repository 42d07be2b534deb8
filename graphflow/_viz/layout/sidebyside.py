"""Forward and backward as a lecture draws them: every operation with its gradients at its right hand.

Values run down on the left, gradients run up on the right. What lies between, and belongs to no pair, is left out.
"""

from __future__ import annotations

import collections

from graphflow._viz import text
from graphflow._viz.layout import faces, layered, levels, nested

_TO_TWIN, _BETWEEN_TWINS = 30, 8  # pixels between an operation and its gradients, and between these
_MARGIN = 14
_MOST = 300  # operations drawn


def picture(model, overlay):
    """The Panel of the pairs of an overlay; of very many, those of the first 300 operations."""
    units = {}
    for forward, backward in overlay.pairs:
        if forward in units or len(units) < _MOST:
            units.setdefault(forward, []).append(backward)
    names = [name for name in model.nodes if name in units]
    drawer = _Drawer(model, overlay, names, [[name, *units[name]] for name in names])
    drawer.connect()
    return drawer.panel()


class _Drawer:
    """Units are the boxes of the layout: an operation and its gradients in a row; captions of edges are boxes too."""

    def __init__(self, model, overlay, names, units):
        marks = faces.Marks(overlay)
        self.model, self.texts, self.units = model, overlay.edges, units
        self.unit_of = {name: i for i, unit in enumerate(units) for name in unit}
        self.forward = set(names)
        self.faces = {name: faces.of(model.nodes[name], marks) for name in self.unit_of}
        self.sizes = [(self._reach(unit), max(self.faces[name].size[1] for name in unit)) for unit in units]
        self.captions, self.lines, self.pins = {}, {}, {}

    def _reach(self, unit, until=None):
        """How far the first boxes of a unit reach, all of them or those before `until`."""
        wide = 0.0
        for k, name in enumerate(unit):
            wide += _TO_TWIN if k == 1 else _BETWEEN_TWINS if k else 0
            if name == until:
                return wide
            wide += self.faces[name].size[0]
        return wide

    def _hook(self, name):
        """How far from the middle of its unit the middle of a box is."""
        i = self.unit_of[name]
        return self._reach(self.units[i], name) + self.faces[name].size[0] / 2 - self.sizes[i][0] / 2

    def connect(self):
        """Finds the edges between units; each has a box of its own in the middle, with the text it may have."""
        users = collections.defaultdict(list)
        for node in self.model.nodes.values():
            for producer, index in node.inputs:
                users[producer].append((node.name, index))
        for name in self.unit_of:
            is_forward = name in self.forward
            for target, end in self._reached(name, users).items():
                a, b = self.unit_of[name], self.unit_of[target]
                if a == b or (target in self.forward) != is_forward:
                    continue
                line = self.texts.get(end, "")
                caption = len(self.sizes)
                wide = text.width(line, nested.CAPTION) + 6 if line else 4
                self.sizes.append((wide, 15 if line else 0))
                if line:
                    self.captions[caption] = (text.shortened(line, 60),)
                upper, lower = (name, target) if is_forward else (target, name)
                above, below = self.unit_of[upper], self.unit_of[lower]
                self.pins[above, caption], self.pins[caption, below] = (self._hook(upper), 0), (0, self._hook(lower))
                self.lines[above, caption] = (name, target, not is_forward)
                self.lines[caption, below] = (name, target, is_forward)

    def _reached(self, start, users):
        """The next operations of pairs behind `start`, through any that belong to none: {name: (from, index, to) of the edge}."""
        found, seen, waiting = {}, {start}, [(start, None)]
        while waiting:
            name, first = waiting.pop()
            for user, index in users[name]:
                if user in seen:
                    continue
                seen.add(user)
                end = first or (name, index, user)
                if user in self.unit_of:
                    found[user] = end
                else:
                    waiting.append((user, end))
        return found

    def panel(self):
        """Everything in its place."""
        arrangement = layered.arrange(len(self.sizes), list(self.lines))
        placed = layered.place(arrangement, self.sizes, self.pins)
        stations = {
            node: run[0] for edge, runs in placed.paths.items() for node, run in zip(arrangement.chains[edge], runs)
        }
        shift = self._aligned(arrangement.rows, placed.boxes, stations)
        made = nested.Panel(placed.width, placed.height, [], [], [], [], {}, {})
        for i, ((x, y), (width, height)) in enumerate(zip(placed.boxes, self.sizes)):
            left, top = x + shift[i] - width / 2, y - height / 2
            made.width = max(made.width, left + width + _MARGIN)
            if i in self.captions:
                made.captions.append(nested.Box(None, left, top, width, height, lines=self.captions[i]))
            for name in self.units[i] if i < len(self.units) else ():
                at = left + self._reach(self.units[i], name)
                face = self.faces[name]
                made.boxes.append(nested.Box(self.model.nodes[name], at, top, face.size[0], height, face))
        for edge, runs in placed.paths.items():
            name, target, arrives = self.lines[edge]
            (first, *start), (last, *stop) = runs[0], runs[-1]
            runs[0] = (first + shift[edge[0]], *start)
            runs[-1] = (last + shift[edge[1]], *stop)
            if name not in self.forward:
                runs = [(x, stop, min(start, stop - 0.1)) for x, start, stop in reversed(runs)]
            made.lines.append(nested.Line(runs, levels.Edge({(name, 0): None}), arrives, f"{name} → {target}"))
        return made

    def _aligned(self, rows, centres, stations):
        """How far to move each box to the side: operations alone in their rows stand in one column, captions on their lines.

        Args:
            stations: {number: x} of where lines pass rows; no box is moved onto one.
        """
        shift = [0.0] * len(self.sizes)
        alone = {}  # unit -> the x of the lines beside it
        for row in rows:
            boxes = [i for i in row if i < len(self.sizes)]
            if len(boxes) == 1 and boxes[0] < len(self.units):
                alone[boxes[0]] = [stations[i] for i in row if i in stations and i not in boxes]
        if not alone:
            return shift
        places = [centres[i][0] + self._hook(self.units[i][0]) for i in alone]
        widest = max(self.faces[self.units[i][0]].size[0] for i in alone)
        column = max(min(places), widest / 2 + _MARGIN)  # to the left: lines run on the right, as a rule
        for (i, beside), x in zip(alone.items(), places):
            left = centres[i][0] - self.sizes[i][0] / 2 + column - x
            if not any(left - _BETWEEN_TWINS < line < left + self.sizes[i][0] + _BETWEEN_TWINS for line in beside):
                shift[i] = column - x
        ends = collections.defaultdict(list)
        for (a, b), (out, into) in self.pins.items():
            unit, caption, hook = (a, b, out) if a < len(self.units) else (b, a, into)
            ends[caption].append(centres[unit][0] + shift[unit] + hook)
        for row in rows:
            if all(i in ends for i in row):
                reached = 0.0
                for x, i in sorted((sum(ends[i]) / len(ends[i]), i) for i in row):
                    x = max(x, reached + self.sizes[i][0] / 2 + _BETWEEN_TWINS)
                    shift[i] = x - centres[i][0]
                    reached = x + self.sizes[i][0] / 2
        return shift
