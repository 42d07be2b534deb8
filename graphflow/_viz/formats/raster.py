"""The same picture as `svg.to_svg` through matplotlib: PNG, JPEG and PDF, without a program or library of the system."""

from __future__ import annotations

import base64
import importlib
import io
import warnings

from graphflow._viz import palette, text
from graphflow._viz.formats import svg
from graphflow._viz.graph import overlay as overlay_lib
from graphflow._viz.layout import faces, nested, opening

FORMATS = ("png", "pdf", "jpg", "jpeg")
_DPI, _MOST = 192, 30_000  # pixels for 96 of the SVG's; and along a side at most
_POINTS = 0.72  # of a point for each pixel of a letter; matplotlib's own font is wider than Helvetica


def to_image(
    source, format="png", depth=None, hide_constants=True, opened=None, budget=opening.BUDGET, overlay=None, theme="light"
):  # fmt: skip
    """The picture as bytes of an image file.

    Args:
        format: "png", "pdf", "jpg".
        theme: "light" or "dark".
        The others are those of `to_svg`.

    Raises:
        ImportError: matplotlib is not installed.
        ValueError: another format or theme.
    """
    if format not in FORMATS:
        raise ValueError(f"an image is {', '.join(FORMATS)}, not {format!r}")
    if theme not in palette.GROUND:
        raise ValueError(f"the theme of an image is {' or '.join(palette.GROUND)}, not {theme!r}")
    panel = svg.drawn(source, depth, hide_constants, opened, budget, overlay)
    return _Canvas(panel, overlay, theme).image(format)


def _load(name):
    try:
        return importlib.import_module(name)
    except ImportError:
        raise ImportError(
            "A picture of pixels is drawn by matplotlib, which is not installed: pip install 'graphflow[examples]'. "
            "SVG and HTML need nothing."
        ) from None


class _Canvas:
    def __init__(self, panel, overlay, theme):
        self.patches, self.paths = _load("matplotlib.patches"), _load("matplotlib.path")
        self.side, self.ground, self.heat = int(theme == "dark"), palette.GROUND[theme], palette.HEAT[theme]
        head = svg.HEADER if overlay and (overlay.title or overlay.legend) else 0
        width = max(panel.width, svg.legend_width(overlay)) if head else panel.width
        height = panel.height + head
        figure = _load("matplotlib.figure").Figure(
            figsize=(width / 96, height / 96),
            dpi=min(_DPI, _MOST / max(width, height) * 96),
            facecolor=self.ground["paper"],
        )
        self.axes = figure.add_axes((0, 0, 1, 1))
        self.axes.set_axis_off()
        self.axes.set_xlim(0, width)
        self.axes.set_ylim(height, 0)
        self.figure = figure
        if head:
            self.legend(overlay)
        self.down = head
        for frame in panel.frames:
            self.frame(frame)
        for line in panel.lines:
            self.line(line)
        for caption in panel.captions:
            for i, words in enumerate(caption.lines):
                self.words(words, caption.x + caption.width / 2, caption.y + 11 + 13 * i, nested.CAPTION)
        for box in panel.boxes:
            self.box(box)

    def image(self, format):
        """The bytes of the file."""
        file = io.BytesIO()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a letter that matplotlib's font lacks is drawn as a frame
            self.figure.savefig(file, format="jpeg" if format == "jpg" else format)
        return file.getvalue()

    def colours(self, kind, mark):
        """(fill, border) of a box."""
        tone = mark.tone if mark is not None else None
        islands = {f"island{i}": pairs for i, pairs in enumerate(overlay_lib.ISLANDS)}
        return ({**overlay_lib.TONES, **islands}.get(svg.tone_of(tone or "")) or palette.KINDS[kind])[self.side]

    def rect(self, x, y, width, height, fill, border, alpha=1.0, line=0.75):
        corners = self.patches.BoxStyle("Round", pad=0, rounding_size=svg.CORNER)
        self.axes.add_patch(
            self.patches.FancyBboxPatch(
                (x, y + self.down),
                width,
                height,
                boxstyle=corners,
                facecolor=(fill, alpha),
                edgecolor=border,
                linewidth=line,
            )
        )

    def words(self, words, x, y, size, colour=None, side="center", weight="normal"):
        self.axes.text(
            x, y + self.down, words, ha=side, va="baseline", fontsize=size * _POINTS, color=colour or self.ground["ink"],
            fontweight=weight, parse_math=False,
        )  # fmt: skip

    def path(self, points, codes, **options):
        points = [(x, y + self.down) for x, y in points]
        self.axes.add_patch(self.patches.PathPatch(self.paths.Path(points, codes), **options))

    def frame(self, box):
        self.rect(box.x, box.y, box.width, box.height, self.ground["ink"], self.ground["line"], 0.03)
        label = text.label(box.item.label)
        self.words(label, box.x + 9, box.y + nested.BASELINE, nested.TITLE, self.ground["quiet"], "left")

    def line(self, line):
        kinds = self.paths.Path
        points, codes = [], []
        for i, (x, start, stop) in enumerate(line.runs):
            if i:
                above, before = points[-1]
                points += [(above, (before + start) / 2), (x, (before + start) / 2), (x, start)]
                codes += [kinds.CURVE4] * 3
            else:
                points.append((x, start))
                codes.append(kinds.MOVETO)
            points.append((x, stop))
            codes.append(kinds.LINETO)
        style = "solid" if line.edge.tensors else (0, (4, 3))
        width = 0.75 * svg.thickness(line.edge)
        self.path(points, codes, facecolor="none", edgecolor=self.ground["line"], linewidth=width, linestyle=style)
        if line.arrow:
            head = svg.arrow(*line.runs[-1])
            self.path([*head, head[0]], None, facecolor=self.ground["line"], edgecolor="none")

    def box(self, box):
        face = box.face
        fill, border = self.colours(face.kind, face.mark)
        height = box.height - (faces.STACK if face.folded else 0)
        if face.folded:
            self.rect(box.x + faces.STACK, box.y + faces.STACK, box.width - 2 * faces.STACK, height, fill, border)
        self.rect(box.x, box.y, box.width, height, fill, border)
        if face.mark is not None and face.mark.heat is not None:
            self.rect(box.x, box.y, box.width, height, self.heat, "none", 0.55 * min(max(face.mark.heat, 0), 1))
        for kind, *part in faces.parts(face, box.x, box.y):
            if kind == "bars":
                self.bars(*part)
            elif kind == "image":
                self.picture(*part)
            else:
                size = faces.NAME if kind == "name" else faces.DETAIL
                colour = self.ground["quiet"] if kind == "detail" else None
                self.words(*part, size, colour, weight="bold" if kind == "badge" else "normal")

    def bars(self, heights, x, y, width, height):
        for left, top, across, tall in svg.bar_places(heights, x, y, width, height):
            place = (left, top + self.down)
            self.axes.add_patch(
                self.patches.Rectangle(place, across, tall, facecolor=self.ground["line"], edgecolor="none")
            )

    def picture(self, uri, x, y, width, height):
        data = base64.b64decode(uri.partition("base64,")[2])
        pixels = _load("matplotlib.image").imread(io.BytesIO(data), format="png")
        top = y + self.down
        self.axes.imshow(pixels, extent=(x, x + width, top + height, top), cmap="gray", aspect="auto", zorder=3)

    def legend(self, overlay):
        self.down = 0
        (title, left), places, _ = svg.legend_places(overlay)
        self.words(title, left, 20, faces.NAME, side="left")
        for tone, words, x in places:
            fill, border = self.colours("op", overlay_lib.Mark(tone))
            self.rect(x, 10, 12, 12, fill, border)
            self.words(words, x + 18, 20, faces.DETAIL, self.ground["quiet"], "left")
