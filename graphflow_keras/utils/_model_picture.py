"""Boxes and arrows as DOT text, SVG, or through matplotlib as a picture of pixels."""

import dataclasses
import io
from xml.sax.saxutils import escape

from graphflow import viz
from graphflow_keras import _extras

_LETTER, _LINE, _PAD = 6.8, 20, 14
_WORD = 52  # the width of the words before shapes
_COLOURS = {  # kind of box: its fill and its border
    "input": ("#dff3e4", "#2e8b57"),
    "weights": ("#fff3d6", "#c98a00"),
    "model": ("#e6e9f5", "#5565a8"),
    "plain": ("#ffffff", "#777777"),
}
_ARROW = "#8a8f99"
_FONT = "Helvetica,Arial,sans-serif"


@dataclasses.dataclass(frozen=True)
class Box:
    """A box: the name of its layer, its title, rows of (word, text) below, and the kind of its colour."""

    name: str
    title: str
    rows: tuple = ()
    colour: str = "plain"

    @property
    def size(self):
        """Its width and height in pixels."""
        longest = max([len(self.title) * _LETTER, *(_WORD + len(text) * _LETTER for _, text in self.rows)])
        return longest + 2 * _PAD, _LINE * (1 + len(self.rows)) + 12


class ModelPicture:
    """What `model_to_dot` returns; a notebook shows it as it is."""

    def __init__(self, name, boxes, edges, rankdir):
        self.name = name
        self.boxes = boxes
        self.edges = edges
        self.rankdir = rankdir

    def to_string(self):
        """The text of the picture in Graphviz's DOT language."""
        lines = [f"digraph {_quoted(self.name)} {{", f"  rankdir={self.rankdir};", "  node [shape=record];"]
        for box in self.boxes:
            label = _record(box.title)
            if box.rows:
                words, texts = ("|".join(_record(part) for part in column) for column in zip(*box.rows))
                label = f"{{{label}|{{{{{words}}}|{{{texts}}}}}}}"
            lines.append(f"  {_quoted(box.name)} [label={_quoted(label, escaped=True)}];")
        lines += [f"  {_quoted(self.boxes[a].name)} -> {_quoted(self.boxes[b].name)};" for a, b in self.edges]
        return "\n".join([*lines, "}\n"])

    def create(self, prog=None, format="svg"):
        """The picture as bytes.

        Args:
            prog: there for scripts that name Graphviz's program; nothing depends on it.
            format: "svg", "dot", or, through matplotlib, "png", "pdf", "jpg".

        Raises:
            ImportError: matplotlib is needed and not installed.
            ValueError: an unknown format.
        """
        if format in ("dot", "raw"):
            return self.to_string().encode()
        if format == "svg":
            return self._svg().encode()
        if format in ("png", "pdf", "jpg", "jpeg"):
            return self._figure(format)
        raise ValueError(f"a picture of a model is svg, dot, png, pdf or jpg, not {format!r}")

    def create_svg(self, prog=None):
        """The picture as SVG, in bytes."""
        return self.create(format="svg")

    def create_png(self, prog=None):
        """The picture as PNG, in bytes."""
        return self.create(format="png")

    def write(self, path, prog=None, format="svg"):
        """Writes the picture to a file; the arguments are those of `create`."""
        content = self.create(format=format)
        with open(path, "wb") as file:
            file.write(content)

    def __repr__(self):
        return f"<picture of {self.name}: {len(self.boxes)} layers>"

    def _repr_svg_(self):
        return self._svg()

    def _placed(self):
        """Where the boxes' middles are, the arrows' points, and the size of the whole."""
        down = self.rankdir == "TB"
        placed = viz.place_boxes([box.size if down else box.size[::-1] for box in self.boxes], self.edges)
        arrows = [_curve(placed.paths[edge]) for edge in self.edges if edge in placed.paths]
        if down:
            return placed.boxes, arrows, (placed.width, placed.height)
        middles, *arrows = ([(y, x) for x, y in points] for points in (placed.boxes, *arrows))
        return middles, arrows, (placed.height, placed.width)

    def _svg(self):
        middles, arrows, (width, height) = self._placed()
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
            f'viewBox="0 0 {width:.0f} {height:.0f}" font-family="{_FONT}" font-size="12">',
            '<defs><marker id="a" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
            f'<path d="M0 0L8 4L0 8z" fill="{_ARROW}"/></marker></defs>',
            '<rect width="100%" height="100%" fill="#ffffff"/>',
        ]
        for points in arrows:
            path = "M{:.1f} {:.1f}".format(*points[0])
            for i in range(1, len(points), 3):
                path += "C" + " ".join(f"{x:.1f} {y:.1f}" for x, y in points[i : i + 3])
            parts.append(f'<path d="{path}" fill="none" stroke="{_ARROW}" stroke-width="1.2" marker-end="url(#a)"/>')
        for box, middle in zip(self.boxes, middles):
            parts += self._svg_box(box, *middle)
        return "\n".join([*parts, "</svg>\n"])

    def _svg_box(self, box, x, y):
        (width, height), (fill, border) = box.size, _COLOURS[box.colour]
        left, top = x - width / 2, y - height / 2
        yield f'<g><title>{_escaped(box.title)}</title><rect x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" '
        yield f'height="{height}" rx="6" fill="{fill}" stroke="{border}"/>'
        for text, place, anchor, style in _texts(box, x, y):
            colour = "#555555" if style == "word" else "#111111"
            yield f'<text x="{place[0]:.1f}" y="{place[1]:.1f}" text-anchor="{anchor}" dominant-baseline="central" '
            yield f'fill="{colour}">{_escaped(text)}</text>'
        if box.rows:
            line = top + _LINE + 6
            yield f'<path d="M{left:.1f} {line:.1f}h{width:.1f}" stroke="{border}" stroke-width="0.6"/>'
        yield "</g>"

    def _figure(self, format):
        """The same picture through matplotlib, twice as large as on screen."""
        figure_module = _extras.load("matplotlib.figure", "examples", f"A picture of a model as {format}")
        patches = _extras.load("matplotlib.patches", "examples", f"A picture of a model as {format}")
        path_class = _extras.load("matplotlib.path", "examples", f"A picture of a model as {format}").Path
        middles, arrows, (width, height) = self._placed()
        figure = figure_module.Figure(figsize=(width / 96, height / 96), dpi=192)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        axes.set_xlim(0, width)
        axes.set_ylim(height, 0)
        for points in arrows:
            codes = [path_class.MOVETO] + [path_class.CURVE4] * (len(points) - 1)
            axes.add_patch(
                patches.FancyArrowPatch(
                    path=path_class(points, codes), arrowstyle="-|>", mutation_scale=9, color=_ARROW, linewidth=0.9
                )
            )
        for box, (x, y) in zip(self.boxes, middles):
            (box_width, box_height), (fill, border) = box.size, _COLOURS[box.colour]
            left, top = x - box_width / 2, y - box_height / 2
            rounded = patches.BoxStyle("Round", pad=0, rounding_size=6)
            axes.add_patch(
                patches.FancyBboxPatch(
                    (left, top),
                    box_width,
                    box_height,
                    boxstyle=rounded,
                    facecolor=fill,
                    edgecolor=border,
                    linewidth=0.8,
                )
            )
            if box.rows:
                axes.plot([left, left + box_width], [top + _LINE + 6] * 2, color=border, linewidth=0.5)
            sides = {"start": "left", "middle": "center"}
            for text, place, anchor, style in _texts(box, x, y):
                colour = "#555555" if style == "word" else "#111111"
                axes.text(*place, text, ha=sides[anchor], va="center", fontsize=8.6, color=colour, parse_math=False)
        file = io.BytesIO()
        figure.savefig(file, format=format)
        return file.getvalue()


def _texts(box, x, y):
    """The texts of a box: (text, place, anchor, "title", "word" or "text")."""
    width, height = box.size
    top = y - height / 2 + 6 + _LINE / 2
    yield box.title, (x, top), "middle", "title"
    for i, (word, text) in enumerate(box.rows, 1):
        yield word, (x - width / 2 + _PAD, top + i * _LINE), "start", "word"
        yield text, (x - width / 2 + _PAD + _WORD, top + i * _LINE), "start", "text"


def _curve(runs):
    """Straight runs (x, y from, y to) joined by curves: the first point, then two control points and an end for each piece."""
    points = [runs[0][:2]]
    for x, start, stop in runs:
        above, before = points[-1]
        middle = (before + start) / 2
        if (x, start) != (above, before):
            points += [(above, middle), (x, middle), (x, start)]
        if stop != start:
            points += [(x, start), (x, stop), (x, stop)]
    return points


def _escaped(text):
    return escape("".join(c if c.isprintable() else "?" for c in text))


def _quoted(text, escaped=False):
    """`text` as a DOT string; `escaped` where its backslashes are DOT's own."""
    text = text if escaped else text.replace("\\", "\\\\")
    return '"' + text.replace('"', '\\"').replace("\n", " ") + '"'


def _record(text):
    """`text` inside a record label, where braces and bars have a meaning."""
    return "".join("\\" + c if c in "\\{}|<>" else c for c in text)
