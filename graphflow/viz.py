"""Pictures of graphs."""

import os

from graphflow._viz.dot import to_dot as to_dot
from graphflow._viz.layout import place as place_boxes
from graphflow._viz.svg import to_svg as to_svg


def save_svg(graph, path, depth=1):
    """Writes the picture of a graph to an SVG file and returns its path; scopes below `depth` are folded."""
    return _save(path, to_svg(graph, depth))


def save_dot(graph, path):
    """Writes a graph as a DOT file, with all its operations, and returns its path."""
    return _save(path, to_dot(graph))


def _save(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return os.fspath(path)
