"""A graph as SVG: boxes of operations and folded scopes, top to bottom."""

from __future__ import annotations

from xml.sax.saxutils import escape

from graphflow._viz import collapse, layout

_LETTER, _HEIGHT, _PAD = 6.6, 40, 12
_COLOURS = (  # the kind of box, its fill and its border
    ("variable", "#fff3d6", "#c98a00"),
    ("input", "#dff3e4", "#2e8b57"),
    ("gradients", "#fde4e1", "#c0392b"),
    ("scope", "#e6e9f5", "#5565a8"),
    ("op", "#ffffff", "#777777"),
)
_STYLE = (
    "text{font-family:Helvetica,Arial,sans-serif;text-anchor:middle}.n{font-size:12px}.d{font-size:9.5px;fill:#555}"
)


def kind_of(box):
    """Which of the colours a box has."""
    types = {op.type for op in box.ops}
    if types & {"VariableV2", "VarHandleOp"}:
        return "variable"
    if types & {"Placeholder", "PlaceholderWithDefault"}:
        return "input"
    if box.name.startswith("gradients"):
        return "gradients"
    return "scope" if box.is_scope else "op"


def to_svg(graph, depth=1, hide_constants=True):
    """The picture as text of an SVG file; scopes below `depth` are folded."""
    boxes, edges = collapse.collapse(graph, depth, hide_constants)
    lines = [(shortened(b.label), shortened(b.detail)) for b in boxes]
    sizes = [(max(len(a) * _LETTER, len(d) * _LETTER * 0.8) + 2 * _PAD, _HEIGHT) for a, d in lines]
    placed = layout.place(sizes, edges)
    colours = {kind: (fill, border) for kind, fill, border in _COLOURS}
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{placed.width:.0f}" height="{placed.height:.0f}" '
        f'viewBox="0 0 {placed.width:.0f} {placed.height:.0f}"><style>{_STYLE}</style>',
        '<defs><marker id="a" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0L8 4L0 8z" fill="#8a8f99"/></marker></defs>',
        '<rect width="100%" height="100%" fill="#ffffff"/>',
    ]
    for edge, path in placed.paths.items():
        dashes = "" if edges[edge] else ' stroke-dasharray="4 3"'  # control edges carry no tensor
        parts.append(
            f'<path d="{_curve(path)}" fill="none" stroke="#8a8f99" stroke-width="1.1"{dashes} marker-end="url(#a)"/>'
        )
    for box, (x, y), (width, height), (label, detail) in zip(boxes, placed.boxes, sizes, lines):
        fill, border = colours[kind_of(box)]
        parts.append(
            f"<g><title>{escape(box.name)}</title>"
            f'<rect x="{x - width / 2:.1f}" y="{y - height / 2:.1f}" width="{width:.1f}" height="{height}" rx="7" '
            f'fill="{fill}" stroke="{border}"/>'
            f'<text class="n" x="{x:.1f}" y="{y - 2:.1f}">{escape(label)}</text>'
            f'<text class="d" x="{x:.1f}" y="{y + 12:.1f}">{escape(detail)}</text></g>'
        )
    return "\n".join([*parts, "</svg>\n"])


def shortened(text, limit=34):
    """`text` cut in the middle where it is too long for a box."""
    text = "".join(c if c.isprintable() else "?" for c in text)
    return text if len(text) <= limit else text[: limit // 2 - 1] + "…" + text[-limit // 2 + 1 :]


def _curve(points):
    """A smooth path through the points, from the lower edge of the first box to the upper edge of the last."""
    half = _HEIGHT / 2
    down = points[-1][1] >= points[0][1]
    ends = [
        (points[0][0], points[0][1] + (half if down else -half)),
        (points[-1][0], points[-1][1] + (-half if down else half)),
    ]
    stops = [ends[0], *points[1:-1], ends[1]]
    text = f"M{stops[0][0]:.1f} {stops[0][1]:.1f}"
    for (x0, y0), (x1, y1) in zip(stops, stops[1:]):
        middle = (y0 + y1) / 2
        text += f"C{x0:.1f} {middle:.1f} {x1:.1f} {middle:.1f} {x1:.1f} {y1:.1f}"
    return text
