"""A graph in Graphviz's DOT language, with all its operations."""

from __future__ import annotations


def quoted(text):
    """`text` as a DOT string: nothing in a name can end the string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def to_dot(graph):
    """The text of a DOT file: nodes with type and shape, data edges, dashed control edges."""
    lines = ["digraph graphflow {", "  rankdir=TB; node [shape=box, fontname=Helvetica, fontsize=10];"]
    for op in graph.get_operations():
        shape = op.outputs[0].shape_text if op.outputs else ""
        lines.append(f"  {quoted(op.name)} [label={quoted(f'{op.name}{chr(10)}{op.type} {shape}')}];")
        lines += [f"  {quoted(t.op.name)} -> {quoted(op.name)} [label={quoted(t.shape_text)}];" for t in op.inputs]
        lines += [f"  {quoted(c.name)} -> {quoted(op.name)} [style=dashed];" for c in op.control_inputs]
    return "\n".join([*lines, "}\n"])
