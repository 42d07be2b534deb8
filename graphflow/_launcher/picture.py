"""The command line `python -m graphflow.viz`."""

from __future__ import annotations

import argparse
import gc
import os
import sys

import graphflow
from graphflow import viz
from graphflow._launcher import main as launcher

_EPILOG = """A SCRIPT.py is run as `python -m graphflow SCRIPT.py` runs it, with the arguments after `--`, and its default
graph is shown. Other sources: a GraphDef or MetaGraphDef (.pb, .pbtxt, .meta), an event file, a SavedModel folder."""
_DRAWINGS = (".svg", ".png", ".pdf", ".jpg")


def main(argv):
    """Runs the command; returns the exit status."""
    at = argv.index("--") if "--" in argv else len(argv)
    options = _parser(argv[:1] == ["inspect"]).parse_args(argv[argv[:1] == ["inspect"] : at])
    try:
        source = _graph_of_script(options.source, argv[at + 1 :]) if options.source.endswith(".py") else options.source
        if argv[:1] == ["inspect"]:
            print(viz.inspect(source))
        else:
            _draw(source, options)
    except (OSError, ValueError, ImportError) as error:
        print(f"graphflow.viz: {error}", file=sys.stderr)
        return 1
    return 0


def _parser(inspecting):
    if inspecting:
        parser = argparse.ArgumentParser(
            "python -m graphflow.viz inspect",
            description="Tells the inputs, outputs, operations and weights of a graph.",
        )
        parser.add_argument("source", help="SCRIPT.py, a file of a graph, or a SavedModel folder")
        return parser
    parser = argparse.ArgumentParser(
        "python -m graphflow.viz",
        description="Draws a graph, or writes it in another format. `python -m graphflow.viz inspect SOURCE` tells what is in it.",
        epilog=_EPILOG,
    )
    parser.add_argument("source", help="SCRIPT.py, a file of a graph, or a SavedModel folder")
    parser.add_argument(
        "-o", "--output", help="a file, whose ending tells the format (.html, .svg, .png, .dot, .mmd, .graphml, .gexf, .json, .pb, "
        ".pbtxt), or a log folder for TensorBoard; the source's name with .html when left out",
    )  # fmt: skip
    parser.add_argument("--depth", type=int, help="of .svg and .png: scopes nested deeper than this are folded")
    parser.add_argument(
        "--open", action="append", metavar="SCOPE", help="of .svg and .png: a scope to open; may be repeated"
    )
    parser.add_argument("--constants", action="store_true", help="of .svg and .png: show constants too")
    parser.add_argument(
        "--theme", choices=("light", "dark"), help="of .svg and .png; an .svg follows the reader's system"
    )
    parser.add_argument("--fetch", action="append", metavar="NAME", help="show only what this needs; may be repeated")
    return parser


def _draw(source, options):
    graph = viz.read(source, os.path.basename(os.path.abspath(options.source)))
    if options.fetch:
        graph = graph.needed_by(options.fetch)
    output = options.output or os.path.splitext(graph.title)[0] + ".html"
    asked = {"depth": options.depth, "opened": options.open, "theme": options.theme}
    chosen = {name: value for name, value in asked.items() if value is not None}
    if options.constants:
        chosen["hide_constants"] = False
    if chosen and not output.lower().endswith(_DRAWINGS):
        raise ValueError(f"--depth, --open, --constants and --theme are for {', '.join(_DRAWINGS)}, not for {output}")
    print(viz.save(graph, output, **chosen))


def _graph_of_script(path, arguments):
    """The graph that a script leaves behind: the default one, or the largest that it made where that is empty."""
    graphflow.reset_default_graph()
    with _Kept() as kept:
        try:
            status = launcher.main([path, *arguments])
        except SystemExit as end:
            status = end.code
    if status not in (None, 0):
        raise ValueError(f"{path} ended with status {status}; run it with `python -m graphflow {path}` first")
    default = graphflow.get_default_graph()
    if default.get_operations():
        return default
    made = [graph for graph in kept.made() if graph.get_operations()]
    if not made:
        raise ValueError(f"{path} made no graph")
    return max(made, key=lambda graph: len(graph.get_operations()))


class _Kept:
    """Inside the block no graph is lost: those about to be collected as garbage are kept."""

    def __enter__(self):
        self._before = _graphs()
        self._saved = []
        gc.callbacks.append(self._save)
        return self

    def _save(self, phase, info):
        if phase == "start":
            for generation in range(info["generation"] + 1):
                self._saved += _graphs(generation)

    def __exit__(self, *error):
        gc.callbacks.remove(self._save)

    def made(self):
        """The graphs made since the block began."""
        return [graph for graph in (*self._saved, *_graphs()) if graph not in self._before]


def _graphs(generation=None):
    return [graph for graph in gc.get_objects(generation) if type(graph) is graphflow.Graph]
