"""A picture or an export into a file, in the format that its name tells."""

from __future__ import annotations

import os

from graphflow._graph import graph_files
from graphflow._viz.formats import dot, events, exchange, page, raster, svg
from graphflow._viz.graph import model

_PICTURES = {".svg": svg.to_svg, ".html": page.to_html, ".htm": page.to_html}
_EXPORTS = {
    ".dot": dot.to_dot,
    ".gv": dot.to_dot,
    ".mmd": dot.to_mermaid,
    ".mermaid": dot.to_mermaid,
    ".graphml": exchange.to_graphml,
    ".gexf": exchange.to_gexf,
    ".json": exchange.to_json,
    ".pb": lambda graph: graph.graph_def().SerializeToString(),
    ".pbtxt": lambda graph: graph_files.to_text(graph.graph_def()),
}
_IMAGES = tuple(f".{format}" for format in raster.FORMATS)


def save(source, path, overlay=None, **options):
    """Writes a graph to a file.

    Args:
        source: what `viz.read` takes.
        path: its ending tells the format: .svg, .html, .png, .pdf, .jpg are pictures; .dot, .mmd (Mermaid), .graphml, .gexf,
            .json, .pb and .pbtxt (GraphDef) exports; a name without ending or of a folder is a log folder for TensorBoard.
        overlay: an `Overlay` that pictures lay on the graph.
        options: of pictures, those of `to_svg`, `to_html` or `to_image`.

    Returns:
        the path.

    Raises:
        ValueError: another ending. ImportError: an image without matplotlib.
    """
    path = os.fspath(path)
    ending = os.path.splitext(path)[1].lower()
    graph = model.read(source)
    if ending in _PICTURES:
        content = _PICTURES[ending](graph, overlay=overlay, **options)
    elif ending in _IMAGES:
        content = raster.to_image(graph, ending[1:], overlay=overlay, **options)
    elif ending in _EXPORTS:
        content = _EXPORTS[ending](graph)
    elif not ending or os.path.isdir(path):
        return events.save_events(graph, path)
    else:
        known = ", ".join((*_PICTURES, *_IMAGES, *_EXPORTS))
        raise ValueError(
            f"{path}: the ending {ending!r} tells no format; expected one of {known}, or a folder for TensorBoard"
        )
    with open(path, "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode())
    return path


def save_svg(source, path, depth=1):
    """Writes the picture of a graph to an SVG file and returns its path; scopes nested deeper than `depth` are folded."""
    with open(path, "w", encoding="utf-8") as file:
        file.write(svg.to_svg(source, depth))
    return os.fspath(path)


def save_dot(source, path):
    """Writes a graph as a DOT file, with all its operations, and returns its path."""
    with open(path, "w", encoding="utf-8") as file:
        file.write(dot.to_dot(source))
    return os.fspath(path)
