"""A graph as SVG: boxes of operations, folded scopes, open scopes around what they hold; light and dark."""

from __future__ import annotations

import math
from xml.sax.saxutils import escape, quoteattr

from graphflow._viz import palette, text
from graphflow._viz.graph import model, tree
from graphflow._viz.graph import overlay as overlay_lib
from graphflow._viz.layout import faces, nested, opening, sidebyside

THEMES = ("auto", "light", "dark")
CORNER, HEADER, _ARROW = 6, 26, 5
_PLAIN = "text{font-family:%s}.m{text-anchor:middle}.n{font-size:%gpx}.d,.b{font-size:%gpx}.t{font-size:%gpx}.c{font-size:%gpx}"


def to_svg(source, depth=None, hide_constants=True, opened=None, budget=opening.BUDGET, overlay=None, theme="auto"):
    """The picture as text of an SVG file.

    Args:
        source: what `viz.read` takes.
        depth: scopes nested deeper than this are folded; None opens as many as `budget` allows.
        hide_constants: leave out constants that stand alone.
        opened: names of the scopes to open, in the place of `depth` and `budget`.
        budget: how many boxes are seen, at most, unless there are more at the top.
        overlay: an `Overlay` to lay on it.
        theme: "light", "dark", or "auto", which follows the reader's system.

    Raises:
        ValueError: another theme. The errors of `viz.read`.
    """
    if theme not in THEMES:
        raise ValueError(f"theme is one of {', '.join(THEMES)}, not {theme!r}")
    graph = model.read(source)
    panel = drawn(graph, depth, hide_constants, opened, budget, overlay)
    head = HEADER if overlay and (overlay.title or overlay.legend) else 0
    width, height = panel.width, panel.height + head
    if head:
        width = max(width, legend_width(overlay))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'role="img" aria-label={quoteattr(text.shortened(graph.title, 200))} class="gf"><style>{style(theme)}</style>',
        '<rect width="100%" height="100%" class="canvas"/>',
    ]
    if head:
        parts += _legend(overlay)
        parts.append(f'<g transform="translate(0 {head})">')
    parts += map(_frame, panel.frames)
    parts += map(_line, panel.lines)
    parts += map(_caption, panel.captions)
    parts += map(_box, panel.boxes)
    parts += ["</g>"] if head else []
    return "\n".join([*parts, "</svg>\n"])


def drawn(source, depth, hide_constants, opened, budget, overlay):
    """The Panel that these arguments of `to_svg` ask for."""
    graph = model.read(source)
    if overlay is not None and overlay.beside:
        return sidebyside.picture(graph, overlay)
    scopes = tree.Tree(graph)
    if opened is None:
        opened = opening.to_budget(scopes, budget) if depth is None else opening.to_depth(scopes, depth)
    return nested.picture(graph, scopes, set(opened), overlay, not hide_constants)


# -- style ---------------------------------------------------------------------------------------------------------------


def style(theme):
    """The style sheet: colours are written out, since not every program knows variables."""
    sizes = faces.NAME, faces.DETAIL, nested.TITLE, nested.CAPTION
    sheet = _PLAIN % (text.FONT, *sizes) + _colours("light" if theme == "auto" else theme)
    return sheet + (f"@media(prefers-color-scheme:dark){{{_colours('dark')}}}" if theme == "auto" else "")


def _colours(theme):
    side, ground = int(theme == "dark"), palette.GROUND[theme]
    rules = [
        f".canvas{{fill:{ground['paper']}}}.n,.c{{fill:{ground['ink']}}}.d,.t{{fill:{ground['quiet']}}}",
        f".e{{fill:none;stroke:{ground['line']};stroke-width:1.1}}.a{{fill:{ground['line']}}}",
        f".f{{fill:{ground['ink']};fill-opacity:.028;stroke:{ground['line']};stroke-dasharray:1 0}}.h{{fill:{ground['quiet']}}}",
        f".b{{fill:{ground['ink']};font-weight:600}}.heat{{fill:{palette.HEAT[theme]}}}",
    ]
    islands = {f"island{i}": colours for i, colours in enumerate(overlay_lib.ISLANDS)}
    for prefix, table in (("k-", palette.KINDS), ("o-", overlay_lib.TONES), ("o-", islands)):
        for name, pairs in table.items():
            fill, border = pairs[side]
            rules.append(f".{prefix}{name}{{fill:{fill};stroke:{border}}}")
    return "".join(rules)


# -- shapes --------------------------------------------------------------------------------------------------------------


def _frame(box):
    label = text.label(box.item.label)
    about = escape("\n".join(faces.about_scope(box.item)))
    return (
        f'<g><title>{about}</title><rect class="f" x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" '
        f'height="{box.height:.1f}" rx="{CORNER + 3}"/>'
        f'<text class="t" x="{box.x + 9:.1f}" y="{box.y + nested.BASELINE:.1f}">{escape(label)}</text></g>'
    )


def _box(box):
    face, mark = box.face, box.face.mark
    names = f"k-{face.kind}" if mark is None or mark.tone is None else f"k-{face.kind} o-{tone_of(mark.tone)}"
    height = box.height - (faces.STACK if face.folded else 0)
    parts = [f"<g><title>{escape(chr(10).join(face.about))}</title>"]
    if face.folded:
        parts.append(_rect(names, box.x + faces.STACK, box.y + faces.STACK, box.width - 2 * faces.STACK, height))
    parts.append(_rect(names, box.x, box.y, box.width, height))
    if mark is not None and mark.heat is not None:
        parts.append(
            f'<rect class="heat" opacity="{0.55 * min(max(mark.heat, 0), 1):.2f}" x="{box.x:.1f}" y="{box.y:.1f}" '
            f'width="{box.width:.1f}" height="{height:.1f}" rx="{CORNER}"/>'
        )
    for kind, *part in faces.parts(face, box.x, box.y):
        parts.append(_PARTS[kind](*part) if kind in _PARTS else _words(kind, *part))
    return "".join([*parts, "</g>"])


def tone_of(tone):
    """A tone whose colours are known: islands take theirs in turn; a word nobody knows could hold anything."""
    number = tone.removeprefix("island")
    if number != tone and number.isdecimal() and len(number) < 9:
        return f"island{int(number) % len(overlay_lib.ISLANDS)}"
    return tone if tone in overlay_lib.TONES else "unknown"


def _rect(names, x, y, width, height):
    return f'<rect class="{names}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="{CORNER}"/>'


def _words(kind, words, x, y):
    return f'<text class="m {kind[0]}" x="{x:.1f}" y="{y:.1f}">{escape(words)}</text>'


def _bars(heights, x, y, width, height):
    places = bar_places(heights, x, y, width, height)
    return f'<path class="a" d="{"".join(f"M{a:.1f} {b:.1f}h{w:.1f}v{h:.1f}h{-w:.1f}z" for a, b, w, h in places)}"/>'


def bar_places(heights, x, y, width, height):
    """(x, y, width, height) of each bar of a histogram in a rectangle."""
    step, top = width / len(heights), max(*heights, 1e-30)
    return [(x + i * step, y + height * (1 - h / top), step * 0.85, height * h / top) for i, h in enumerate(heights)]


def _image(uri, x, y, width, height):
    uri = uri if uri.startswith("data:image/png;base64,") else ""
    return (
        f'<image x="{x:.1f}" y="{y:.1f}" width="{width}" height="{height}" style="image-rendering:pixelated" '
        f"href={quoteattr(uri)}/>"
    )


_PARTS = {"bars": _bars, "image": _image}


def _line(line):
    dashes = "" if line.edge.tensors else ' stroke-dasharray="4 3"'  # control edges carry no tensor
    wide = f' style="stroke-width:{thickness(line.edge):.1f}"' if len(line.edge.tensors) > 1 else ""
    head = ""
    if line.arrow:
        (x, y), (left, back), (right, _) = arrow(*line.runs[-1])
        head = f'<path class="a" d="M{x:.1f} {y:.1f}L{left:.1f} {back:.1f}H{right:.1f}z"/>'
    return f'<g><title>{escape(line.name)}</title><path class="e" d="{curve(line.runs)}"{dashes}{wide}/>{head}</g>'


def thickness(edge):
    """How thick a line is that carries that much."""
    return min(1.1 + 0.35 * math.log2(max(len(edge.tensors), 1)), 2.6)


def arrow(x, start, stop):
    """The three corners of the head of an arrow at the end of a run, its tip first."""
    back = stop + (-_ARROW if stop >= start else _ARROW) * 1.4
    return (x, stop), (x - _ARROW * 0.6, back), (x + _ARROW * 0.6, back)


def curve(runs):
    """The path of a line: straight past the boxes of a row, curved from row to row."""
    pieces = []
    for i, (x, start, stop) in enumerate(runs):
        if i:
            above, _, before = runs[i - 1]
            middle = f"{(before + start) / 2:.1f}"
            bend = f"C{above:.1f} {middle} {x:.1f} {middle} {x:.1f} {start:.1f}"
            pieces.append(f"L{x:.1f} {start:.1f}" if x == above else bend)
        else:
            pieces.append(f"M{x:.1f} {start:.1f}")
        if stop != start:
            pieces.append(f"V{stop:.1f}")
    return "".join(pieces)


def _caption(box):
    return "".join(
        f'<text class="m c" x="{box.x + box.width / 2:.1f}" y="{box.y + 11 + 13 * i:.1f}">{escape(line)}</text>'
        for i, line in enumerate(box.lines)
    )


# -- the legend of an overlay --------------------------------------------------------------------------------------------


def legend_places(overlay):
    """((title, x), [(tone, words, x)]) of the header."""
    words = [overlay.title, *(label for label, _ in overlay.steps[-1:])]
    title, x = text.shortened(", ".join(filter(None, words)), 80), 16.0
    places, x = [], x + (text.width(title, faces.NAME) + 24 if title else 0)
    for tone, words in overlay.legend:
        words = text.shortened(words, 60)
        places.append((tone, words, x))
        x += 18 + text.width(words, faces.DETAIL) + 14
    return (title, 16.0), places, x


def legend_width(overlay):
    """The width of the header."""
    return legend_places(overlay)[2]


def _legend(overlay):
    (title, left), places, _ = legend_places(overlay)
    if title:
        yield f'<text class="n" x="{left}" y="20">{escape(title)}</text>'
    for tone, words, x in places:
        yield f'<rect class="o-{tone_of(tone or "")}" x="{x:.1f}" y="10" width="12" height="12" rx="3"/>'
        yield f'<text class="d" x="{x + 18:.1f}" y="20">{escape(words)}</text>'
