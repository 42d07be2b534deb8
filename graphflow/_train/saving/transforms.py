"""TransformGraph: a list of named changes to a frozen GraphDef, one after the other."""

from __future__ import annotations

import re

import numpy as np

from graphflow._core import dtypes
from graphflow._graph import graph as graph_lib
from graphflow._graph import import_graph, protos, tensor_proto
from graphflow._runtime import session as session_lib
from graphflow._train.saving import graph_util, optimize, subgraph

_CALL = re.compile(r"\s*(\w+)\s*(?:\((.*?)\))?\s*,?", re.S)
_STATEFUL = ("Placeholder", "PlaceholderWithDefault", "Variable", "VariableV2", "VarHandleOp", "Const", "NoOp")


def TransformGraph(input_graph_def, inputs, outputs, transforms):
    """The GraphDef after the changes.

    Args:
        input_graph_def: a GraphDef message.
        inputs, outputs: lists of names of nodes.
        transforms: texts such as "strip_unused_nodes", "remove_nodes(op=Identity, op=CheckNumerics)".

    Raises:
        ValueError: a change that is not known here; the text lists those that are.
    """
    graph_def = protos.GraphDef.FromString(input_graph_def.SerializeToString())
    for name, parameters in _parsed(transforms):
        if name not in _TRANSFORMS:
            raise ValueError(
                f"Transform '{name}' is not known here; there are {', '.join(sorted(_TRANSFORMS))}. Kernels for 8 bits are not in "
                "graphflow: leave the quantize_ and fuse_ transforms out, XLA fuses by itself"
            )
        graph_def = _TRANSFORMS[name](graph_def, [subgraph.node_name(n) for n in inputs],
                                      [subgraph.node_name(n) for n in outputs], parameters)  # fmt: skip
    return graph_def


def _parsed(transforms):
    """(name, dict: parameter -> list of its values) of each."""
    for text in transforms:
        for name, inner in _CALL.findall(text):
            parameters = {}
            for key, _, value in re.findall(r'(\w+)\s*=\s*("?)([^",]*(?:,\s*\d+)*)\2', inner):
                parameters.setdefault(key, []).append(value.strip())
            yield name, parameters


def _with(graph_def, nodes):
    made = protos.GraphDef(library=graph_def.library, versions=graph_def.versions)
    made.node.extend(nodes)
    return made


def _strip(graph_def, inputs, outputs, parameters):
    """Inputs become placeholders, of the type and shape said, unless they are some; what outputs do not need goes."""
    kind, shape = parameters.get("type", ["float"])[0], parameters.get("shape", [None])[0]
    enum = dtypes.as_dtype({"float": "float32"}.get(kind, kind)).as_datatype_enum
    replaced = [
        n.name for n in graph_def.node if n.name in inputs and n.op not in ("Placeholder", "PlaceholderWithDefault")
    ]
    made = optimize.strip_unused(graph_def, replaced, outputs, enum)
    for node in made.node:
        if node.name in replaced and shape:
            node.attr["shape"].shape.Clear()
            for size in shape.split(","):
                node.attr["shape"].shape.dim.add(size=int(size))
    return made


def _remove_nodes(graph_def, inputs, outputs, parameters):
    """Nodes of these types with one input make way for it."""
    kept = {*inputs, *outputs}
    spliced = {
        node.name: node.input[0]
        for node in graph_def.node
        if node.op in parameters.get("op", ()) and len(node.input) == 1 and node.name not in kept
    }

    def source(name):
        while subgraph.node_name(name) in spliced and not name.startswith("^"):
            name = spliced[subgraph.node_name(name)]
        return name

    made = _with(graph_def, [node for node in graph_def.node if node.name not in spliced])
    for node in made.node:
        found = [source(name) for name in node.input if not (name.startswith("^") and name[1:] in spliced)]
        node.input[:] = found
    return made


def _fold_constants(graph_def, inputs, outputs, parameters):
    """What depends on constants alone is computed now."""
    graph_def = graph_util.extract_sub_graph(graph_def, outputs)
    fixed, wanted = {}, []
    for node in _ordered(graph_def):
        sources = [subgraph.node_name(name) for name in node.input]
        fixed[node.name] = node.name not in inputs and (
            node.op == "Const" or bool(sources) and node.op not in _STATEFUL and all(fixed.get(s) for s in sources)
        )
    needed = {
        (name if ":" in name else name + ":0") for node in graph_def.node if not fixed[node.name] for name in node.input
    }
    ops = {node.name: node.op for node in graph_def.node}
    for name in sorted({*needed, *(f"{o}:0" for o in outputs)}):
        node = subgraph.node_name(name)
        if not name.startswith("^") and name.endswith(":0") and fixed[node] and ops[node] != "Const":
            wanted.append(node)
    with graph_lib.Graph().as_default() as graph:
        import_graph.import_graph_def(graph_def, name="")
        with session_lib.Session(graph=graph) as session:
            values = dict(zip(wanted, session.run([f"{name}:0" for name in wanted]))) if wanted else {}
    nodes = [_constant(node.name, values[node.name]) if node.name in values else node for node in graph_def.node]
    return graph_util.extract_sub_graph(_with(graph_def, nodes), outputs)


def _constant(name, value):
    made, tensor = protos.NodeDef(name=name, op="Const"), tensor_proto.make_tensor_proto(value)
    made.attr["dtype"].type = tensor.dtype
    made.attr["value"].tensor.CopyFrom(tensor)
    return made


def _ordered(graph_def):
    """The nodes, each after its inputs."""
    by_name, done, found = {node.name: node for node in graph_def.node}, set(), []
    for first in graph_def.node:
        stack = [(first, False)]
        while stack:
            node, seen = stack.pop()
            if seen:
                found.append(node)
            elif node.name not in done:
                done.add(node.name)
                stack.append((node, True))
                stack += [
                    (by_name[subgraph.node_name(n)], False)
                    for n in reversed(node.input)
                    if subgraph.node_name(n) in by_name
                ]
    return found


def _sort(graph_def, inputs, outputs, parameters):
    return _with(graph_def, _ordered(graph_def))


def _merge_duplicates(graph_def, inputs, outputs, parameters):
    """Of nodes that are alike but for the name the first stays."""
    kept, renamed, first = [], {}, {}
    for node in _ordered(graph_def):
        copy = protos.NodeDef.FromString(node.SerializeToString())
        copy.input[:] = [_renamed(name, renamed) for name in node.input]
        alike = protos.NodeDef.FromString(copy.SerializeToString())
        alike.name = ""
        key = alike.SerializeToString(deterministic=True)
        stays = node.name in inputs or node.name in outputs or node.op in _STATEFUL and node.op != "Const"
        if not stays and key in first:
            renamed[node.name] = first[key]
            continue
        first.setdefault(key, node.name)
        kept.append(copy)
    return _with(graph_def, kept)


def _renamed(name, renamed):
    node = subgraph.node_name(name)
    return name.replace(node, renamed[node], 1) if node in renamed else name


def _changed(change):
    """A transform that changes every node by itself."""

    def transform(graph_def, inputs, outputs, parameters):
        for node in graph_def.node:
            change(node, parameters)
        return graph_def

    return transform


def _remove_device(node, parameters):
    node.device = ""


def _remove_attribute(node, parameters):
    for name in parameters.get("attribute_name", ()):
        if parameters.get("op_name", ["*"])[0] in ("*", node.op) and name in node.attr:
            del node.attr[name]


def _remove_control(node, parameters):
    node.input[:] = [name for name in node.input if not name.startswith("^")]


def _rename_op(node, parameters):
    if node.op == parameters["old_op_name"][0]:
        node.op = parameters["new_op_name"][0]


def _round_weights(node, parameters):
    """Weights of 15 entries and more keep so many values."""
    if node.op == "Const" and node.attr["dtype"].type == dtypes.float32.as_datatype_enum:
        values = tensor_proto.make_ndarray(node.attr["value"].tensor)
        steps = int(parameters.get("num_steps", ["256"])[0])
        if values.size >= 15 and values.max() > values.min():
            low, high = min(values.min(), 0.0), max(values.max(), 0.0)
            step = (high - low) / steps
            rounded = np.floor((values - low) / step + 0.5) * step + low
            node.attr["value"].tensor.CopyFrom(tensor_proto.make_tensor_proto(rounded.astype(np.float32)))


_TRANSFORMS = {
    "strip_unused_nodes": _strip,
    "remove_nodes": _remove_nodes,
    "fold_constants": _fold_constants,
    "fold_old_batch_norms": lambda graph_def, inputs, outputs, parameters: optimize.fold_batch_norms(graph_def),
    "fold_batch_norms": lambda graph_def, inputs, outputs, parameters: optimize.fold_batch_norms(graph_def),
    "sort_by_execution_order": _sort,
    "merge_duplicate_nodes": _merge_duplicates,
    "remove_device": _changed(_remove_device),
    "remove_attribute": _changed(_remove_attribute),
    "remove_control_dependencies": _changed(_remove_control),
    "rename_op": _changed(_rename_op),
    "round_weights": _changed(_round_weights),
}
