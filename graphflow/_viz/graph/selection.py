"""A part of a model: some nodes, with the edges between them."""

from __future__ import annotations

import dataclasses

from graphflow._viz.graph import model as model_lib


def part(shown, kept):
    """The Model of the nodes named in `kept`; edges from elsewhere are left out."""
    nodes = [
        dataclasses.replace(
            node,
            inputs=tuple([end for end in node.inputs if end[0] in kept]),
            controls=tuple([name for name in node.controls if name in kept]),
            results=tuple([end for end in node.results if end[0] in kept]),
            within=node.within if node.within in kept else "",
        )
        for name, node in shown.nodes.items()
        if name in kept
    ]
    return model_lib.Model(nodes, shown.title)
