"""A graph in Graphviz's DOT language and in Mermaid's, scopes as clusters."""

from __future__ import annotations

from graphflow._viz import text
from graphflow._viz.graph import model, tree
from graphflow._viz.layout import faces, levels, opening

_DOT_LETTERS = 8000  # of a name; Graphviz reads no string of 16 384
_MERMAID_EDGES = 500  # Mermaid draws no more
_MERMAID_LETTERS = 45_000  # it refuses 50 000
_FOLDINGS = ((120, 250), (120, 120), (40, 60), (20, 30), (10, 10))  # (children of a scope, boxes), ever fewer


def quoted(words):
    """`words` as a DOT string: nothing in a name can end the string."""
    return '"' + words.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def to_dot(source):
    """The text of a DOT file: all operations with type and shape in clusters for scopes, data edges, dashed control edges.

    Args:
        source: what `viz.read` takes.
    """
    graph = model.read(source)
    names = _distinct(graph)
    lines = ["digraph graphflow {", "  rankdir=TB; node [shape=box, fontname=Helvetica, fontsize=10];"]
    lines += _cluster(tree.Tree(graph, widest=len(graph.nodes) + 1).root, names)
    for node in graph.nodes.values():
        for source_name, index in (*node.inputs, *node.results):
            if source_name in names:
                outputs = graph.nodes[source_name].outputs
                label = faces.shape_of(outputs[index]) if 0 <= index < len(outputs) else ""
                lines.append(f"  {quoted(names[source_name])} -> {quoted(names[node.name])} [label={quoted(label)}];")
        lines += [
            f"  {quoted(names[c])} -> {quoted(names[node.name])} [style=dashed];" for c in node.controls if c in names
        ]
    return "\n".join([*lines, "}\n"])


def _distinct(graph):
    """{name of a node: a name without characters that programs trip over}, no two alike."""
    found, taken = {}, set()
    for name in graph.nodes:
        shown = text.shortened(name, _DOT_LETTERS)
        while shown in taken:
            shown += "'"
        taken.add(shown)
        found[name] = shown
    return found


def _cluster(root, names):
    """Lines for the nodes of a scope, those of inner scopes in clusters."""
    waiting, number = [iter(root.items)], 0
    while waiting:
        item = next(waiting[-1], None)
        if item is None:
            waiting.pop()
            if waiting:
                yield "  }"
        elif isinstance(item, tree.Scope):
            number += 1
            yield f"  subgraph cluster_{number} {{ label={quoted(text.shortened(item.label))};"
            waiting.append(iter(item.items))
        else:
            shape = faces.shape_of(item.outputs[0]) if item.outputs else ""
            label = f"{text.shortened(item.name, 120)}\n{text.shortened(item.op)} {shape}"
            yield f"  {quoted(names[item.name])} [label={quoted(label)}];"


def to_mermaid(source):
    """The graph as a Mermaid flowchart, folded until it has at most the 500 edges that Mermaid draws.

    Args:
        source: what `viz.read` takes.
    """
    graph = model.read(source)
    for widest, budget in _FOLDINGS:
        scopes = tree.Tree(graph, widest)
        lines, edges = _flowchart(graph, scopes, opening.to_budget(scopes, budget))
        if edges <= _MERMAID_EDGES and sum(map(len, lines)) <= _MERMAID_LETTERS:
            break
    return "\n".join([*lines, ""])


def _flowchart(graph, scopes, opened):
    """(lines, number of edges)."""
    found = levels.build(graph, scopes, opened)
    lines, ids = ["flowchart TD"], {}

    def add(level, indent):
        for item in level.items:
            ids[id(item)] = f"n{len(ids)}"
            inner = found.get(item.name) if levels.is_openable(item) else None
            if inner is not None:
                lines.append(f'{indent}subgraph {ids[id(item)]}["{_entities(item.label)}"]')
                add(inner, indent + "  ")
                lines.append(f"{indent}end")
            else:
                face = faces.of(item, faces.Marks(None))
                words = "<br/>".join(_entities(line) for line in (face.name, face.detail) if line)
                lines.append(f'{indent}{ids[id(item)]}["{words}"]')

    add(found[""], "  ")
    edges = {}
    for level in found.values():
        items = level.items
        for (a, b), edge in level.edges.items():
            if max(a, b) < len(items) and id(items[a]) in ids and id(items[b]) in ids:
                edges[ids[id(items[a])], ids[id(items[b])]] = "-->" if edge.tensors else "-.->"
    return [*lines, *(f"  {a} {arrow} {b}" for (a, b), arrow in edges.items())], len(edges)


def _entities(words):
    """`words` with all but plain characters as entities, so that nothing in them is taken for the language."""
    plain = " _./,:?-+"
    return "".join(c if c.isascii() and c.isalnum() or c in plain else f"#{ord(c)};" for c in text.label(words))
