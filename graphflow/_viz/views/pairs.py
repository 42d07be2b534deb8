"""Forward and backward side by side: which operations belong to the gradient of which.

`tf.gradients` makes the gradient of `hidden/MatMul` in the scope `gradients/hidden/MatMul_grad`, as TensorFlow does, so names tell
the pairs, in files too. What stands beside those scopes (where gradients meet and are added, where they begin) is told by notes
that the graph keeps of each call, or, in files, by what uses the sum.
"""

from __future__ import annotations

import dataclasses
import re

from graphflow._graph import graph as graph_lib
from graphflow._graph import tensor as tensor_lib
from graphflow._viz import picture
from graphflow._viz.graph import model as model_lib
from graphflow._viz.graph import overlay, selection

_SCOPE = re.compile(r"(.+)_grad(?:_\d+)?")
_HANDS_ON = ("Identity", "IdentityN")
_NOTES = "gradients"  # in Graph._extra: of each call of gradients(), {tensor: its gradient}


def find(source):
    """[(forward node, backward node)] of a graph, in the order of the backward nodes.

    Args:
        source: whatever `viz.save` takes.
    """
    shown = model_lib.read(source)
    found = _by_scope(shown)
    owner = _graph_of(source)
    if owner is not None:
        for t, grads in gradients_in(owner).items():
            for g in grads:
                found.setdefault(g.op.name, t.op.name)
    else:
        found.update(_sums(shown, found))
    return [(found[name], name) for name in shown.nodes if found.get(name) in shown.nodes]


def gradients_in(graph):
    """{tensor: [its gradients]}, of all calls of `tf.gradients` so far; rows of a sparse gradient stand for it."""
    found = {}
    for sums in graph._extra.get(_NOTES, ()):
        for t, g in sums.items():
            found.setdefault(t, []).append(g.values if isinstance(g, tensor_lib.IndexedSlices) else g)
    return found


def _graph_of(source):
    if isinstance(source, (list, tuple)) and source:
        source = source[0]
    owner = source if isinstance(source, graph_lib.Graph) else getattr(source, "graph", None)
    return owner if isinstance(owner, graph_lib.Graph) else None


def _by_scope(shown):
    """{backward node: forward node} for what lies in a scope of its own."""
    made = {name: i for i, name in enumerate(shown.nodes)}
    found = {}
    for name in shown.nodes:
        forward = _forward_of(name, made) if "_grad" in name else None
        if forward is not None:
            found[name] = forward
    return found


def _forward_of(name, made):
    """The node in whose gradient scope `name` lies, or None: the innermost scope counts, and the longest name it can mean."""
    parts = name.split("/")
    for at in range(len(parts) - 2, -1, -1):
        scope = _SCOPE.fullmatch(parts[at])
        if scope is None:
            continue
        for start in range(at + 1):
            candidate = "/".join([*parts[start:at], scope[1]])
            if made.get(candidate, len(made)) < made[name]:
                return candidate
    return None


def _sums(shown, found):
    """{sum of gradients: what it is the gradient of} for AddN nodes beside the scopes: what uses them tells."""
    served = {}
    for node in shown.nodes.values():
        forward = node.inputs[0][0] if "Apply" in node.op and node.inputs else found.get(node.name)
        for producer, _ in node.inputs:
            if forward is not None and producer not in found and shown.nodes[producer].op == "AddN":
                served.setdefault(producer, set()).add(forward)
    return {name: forwards.pop() for name, forwards in served.items() if len(forwards) == 1}


def side_by_side(source):
    """A picture of the forward pass with its backward pass beside it, each node next to the nodes of its gradient.

    What only prepares the backward pass (shapes, sizes, constants) is left out where the graph's notes tell it.

    Args:
        source: whatever `viz.save` takes; a list of gradients of one loss shows that pass alone.

    Raises:
        ValueError: there is no gradient in it.
    """
    shown = model_lib.read(source)
    pairs = find(source)
    if not pairs:
        raise ValueError(f"{shown.title!r} holds no gradients: call tf.gradients or an optimizer's minimize first")
    owner = _graph_of(source)
    if owner is not None:
        shown, pairs = beside(shown, pairs, owner)
    laid = overlay.Overlay(title=f"{shown.title}: forward and backward", pairs=pairs, beside=True)
    laid.legend = [("good", "forward"), ("hot", "its gradient")]
    for forward, backward in pairs:
        mark = laid.marks.setdefault(forward, overlay.Mark("good"))
        mark.rows.append(("gradient node", backward))
        laid.marks[backward] = overlay.Mark("hot", rows=[("gradient of", forward)], group=forward)
    return picture.Picture(shown, laid)


def beside(shown, pairs, owner):
    """(model, pairs): of a graph what is drawn side by side.

    Sizes and constants of the backward pass are left out, and what only hands gradients on where an operation has other gradient
    nodes. What is the gradient of a variable, and of nothing else, stands beside the variable.
    """
    flows = carrying(shown, pairs, owner)
    forward_of = {b: f for f, b in pairs if b in flows}
    of_leaves = set()
    for t, grads in gradients_in(owner).items():
        if t.op.inputs or t.op.name not in shown.nodes:
            continue
        for g in grads:
            while g.op.type == "IdentityN":
                g = g.op.inputs[g.value_index]
            if g.op.name in forward_of and len(g.op.outputs) == 1:
                forward_of[g.op.name] = t.op.name
                of_leaves.add(g.op.name)
    busy = {f for b, f in forward_of.items() if shown.nodes[b].op not in _HANDS_ON}
    gates = {b for b, f in forward_of.items() if shown.nodes[b].op in _HANDS_ON and f in busy}
    kept = _without_preparations(shown, pairs, flows)
    model = selection.part(_without_gates(shown, gates, of_leaves), kept - gates)
    return model, [(f, b) for b, f in forward_of.items() if b not in gates]


def _without_gates(shown, gates, of_leaves):
    """The model in which nothing goes through the nodes `gates` that hand gradients on; other such nodes take none of leaves."""

    def source(end):
        while end[0] in gates:
            end = shown.nodes[end[0]].inputs[end[1]]
        return end

    nodes = []
    for node in shown.nodes.values():
        inputs = [source(end) for end in node.inputs]
        if node.op in _HANDS_ON:
            inputs = [end for end in inputs if end[0] not in of_leaves]
        nodes.append(dataclasses.replace(node, inputs=tuple(inputs)))
    return model_lib.Model(nodes, shown.title)


def carrying(shown, pairs, owner):
    """The names of the backward nodes that a gradient flows through; the others are sizes and constants for them."""
    backward = {b for _, b in pairs}
    flows = {g.op.name for grads in gradients_in(owner).values() for g in grads} & backward
    for name, node in shown.nodes.items():
        if name in backward and any(producer in flows for producer, _ in node.inputs):
            flows.add(name)
    return flows


def _without_preparations(shown, pairs, flows):
    """The names of all nodes but those of the backward pass that no gradient flows through, and what only these need."""
    forward, backward = {f for f, _ in pairs}, {b for _, b in pairs}
    users = {}
    for node in shown.nodes.values():
        for producer in [producer for producer, _ in node.inputs] + list(node.controls):
            users.setdefault(producer, []).append(node.name)
    kept = set()
    for name in reversed(list(shown.nodes)):
        by_others = any(user in kept and user not in flows for user in users.get(name, ()))
        if name in flows or name not in backward and (name in forward or by_others or name not in users):
            kept.add(name)
    return kept
