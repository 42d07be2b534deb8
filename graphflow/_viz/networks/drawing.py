"""A drawing that is no graph: layers, filters, maps. SVG that follows the reader's light or dark theme."""

from __future__ import annotations

import os
from xml.sax.saxutils import escape, quoteattr

from graphflow._viz import palette, text

PAD = 16


class Drawing:
    """Parts of an SVG picture, drawn one over the other.

    Attributes:
        width, height: of what was drawn so far, in pixels; grows with it.
    """

    def __init__(self, title):
        self.title = title
        self.width = self.height = 0.0
        self._parts = []

    def _reach(self, x, y):
        self.width, self.height = max(self.width, x), max(self.height, y)

    def polygon(self, points, colours="op", opacity=1.0):
        """A filled shape through points (x, y), in the colours of that kind of box."""
        for point in points:
            self._reach(*point)
        corners = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self._parts.append(f'<polygon class="{colours}" points="{corners}" opacity="{opacity:g}"/>')

    def line(self, start, end, kind="line"):
        """A straight line; `kind` is "line", "arrow" or "faint"."""
        self._reach(*start)
        self._reach(*end)
        (x0, y0), (x1, y1) = start, end
        tip = ' marker-end="url(#tip)"' if kind == "arrow" else ""
        self._parts.append(f'<path class="{kind}" d="M{x0:.1f} {y0:.1f}L{x1:.1f} {y1:.1f}"{tip}/>')

    def rectangle(self, x, y, width, height, kind="frame"):
        """An empty rectangle; `kind` is "frame" or "chosen"."""
        self._reach(x + width, y + height)
        self._parts.append(f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"/>')

    def words(self, x, y, line, kind="label", anchor="middle"):
        """A line of text; `kind` is "head", "label" or "quiet"."""
        size = SIZES[kind]
        line = text.shortened(line, 60)
        wide = text.width(line, size)
        self._reach(x + {"start": wide, "middle": wide / 2, "end": 0}[anchor], y + 4)
        self._parts.append(f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(line)}</text>')

    def image(self, x, y, width, height, uri, title=""):
        """A PNG data URI, its pixels as squares."""
        self._reach(x + width, y + height)
        self._parts.append(
            f'<image x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" preserveAspectRatio="none" '
            f'style="image-rendering:pixelated" href={quoteattr(uri)}><title>{escape(text.clean(title))}</title></image>'
        )

    def to_svg(self):
        """The drawing as text of an SVG file."""
        wide, high = self.width + PAD, self.height + PAD
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide:.0f}" height="{high:.0f}" '
                f'viewBox="0 0 {wide:.0f} {high:.0f}" role="img"><title>{escape(text.clean(self.title))}</title>',
                f"<style>{_css()}</style>",
                '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
                '<path class="tip" d="M0 0L8 4L0 8z"/></marker></defs>',
                '<rect class="ground" width="100%" height="100%"/>',
                *self._parts,
                "</svg>\n",
            ]
        )

    def save(self, path):
        """Writes the drawing to an SVG file and returns its path.

        Raises:
            ValueError: the path ends in something else.
        """
        if not os.fspath(path).lower().endswith(".svg"):
            raise ValueError(f"{os.fspath(path)}: layers are drawn as SVG; expected a path that ends in .svg")
        with open(path, "w", encoding="utf-8") as file:
            file.write(self.to_svg())
        return os.fspath(path)

    def _repr_svg_(self):
        return self.to_svg()


SIZES = {"head": 13, "label": 12, "quiet": 11}


def _css():
    """The style sheet: colours are written out, since not every program knows variables."""
    sizes = "".join(f"text.{kind}{{font-size:{size}px}}" for kind, size in SIZES.items())
    plain = f"text{{font-family:{text.FONT}}}.head{{font-weight:600}}{sizes}.faint{{stroke-dasharray:3 3}}"
    return f"{plain}{_colours('light')}@media(prefers-color-scheme:dark){{{_colours('dark')}}}"


def _colours(theme):
    ground, side = palette.GROUND[theme], int(theme == "dark")
    rules = [
        f".ground{{fill:{ground['paper']}}}text{{fill:{ground['ink']}}}.quiet{{fill:{ground['quiet']}}}",
        f".tip{{fill:{ground['line']}}}.line,.arrow,.faint,.frame{{fill:none;stroke:{ground['line']}}}",
        f".chosen{{fill:{ground['chosen']};fill-opacity:.25;stroke:{ground['chosen']};stroke-width:1.5}}",
    ]
    for kind, pairs in palette.KINDS.items():
        fill, border = pairs[side]
        rules.append(f".{kind}{{fill:{fill};stroke:{border}}}")
    return "".join(rules)
