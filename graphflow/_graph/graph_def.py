"""GraphDef: a graph as a message, equal to the one TensorFlow 1.15 writes for the same graph."""

from __future__ import annotations

import difflib
import itertools
import re

from graphflow._core import source
from graphflow._graph import attr_values, function_def, protos
from graphflow._graph import graph as graph_lib

_VERSIONS = "graph_def.versions"  # where a graph keeps what an import said: (producer, min_consumer, bad_consumers)
_FUNCTIONS_NEED = 12  # the first version whose readers know functions
_LARGEST = (1 << 31) - 1  # bytes of a message
_CANDIDATES = 1000  # names compared letter by letter when a name was not found


def node_def(op):
    """The NodeDef of an operation."""
    node = protos.NodeDef()
    _write_node(op, node)
    node.input.extend([t._as_node_def_input() for t in op.inputs])
    node.input.extend(["^" + c.name for c in op.control_inputs])
    return node


def _write_node(op, node):
    """All of a NodeDef but its inputs."""
    node.name = op.name
    node.op = op.type
    if op._device:
        node.device = op._device
    known = op.op_def.attrs
    target = node.attr
    for name, value in op.attrs.items():
        attr = known.get(name)
        attr_values.write(target[name], None if attr is None else attr.kind, value)


def graph_def(graph, from_version=None, add_shapes=False):
    """The GraphDef of a graph: nodes in the order they were made, the functions they use, versions.

    Args:
        from_version: ignored, as TensorFlow 1.15 ignores it.
        add_shapes: whether each node tells the shapes of its outputs in an attribute `_output_shapes`.

    Raises:
        ValueError: the constants need more than the 2 GB that a message can hold.
    """
    proto = protos.GraphDef()
    size = 0
    for op in graph.get_operations():
        node = proto.node.add()
        _write_node(op, node)
        if op.type == "Const":
            size += node.ByteSize()
            if size > _LARGEST:
                raise _too_large(graph)
        if op.inputs:
            node.input.extend([t._as_node_def_input() for t in op.inputs])
        if op._control_inputs:
            node.input.extend(sorted(["^" + c.name for c in op._control_inputs]))
        if add_shapes and op.outputs:
            shapes = node.attr["_output_shapes"].list.shape
            for output in op.outputs:
                attr_values.write_shape(shapes.add(), output._dims)
    functions = _all_functions(graph)
    for name, function in functions.items():
        definition = proto.library.function.add()
        definition.CopyFrom(function_message(name, function))
        if add_shapes and not isinstance(function, function_def.ImportedFunction):
            function_def.write_shapes(function, definition)
    proto.versions.CopyFrom(versions(graph, bool(functions)))
    return proto


def _too_large(graph):
    constants = [op for op in graph.get_operations() if op.type == "Const"]
    constants.sort(key=lambda op: -op.attrs["value"].nbytes)
    lines = [
        f"  {op.name} {op.outputs[0].dtype.name}{op.outputs[0].shape_text}, made at {source.describe(op.made_at)}"
        for op in constants[:3]
    ]
    return ValueError(
        "GraphDef cannot be larger than 2GB: keep large values outside the graph, in variables that a checkpoint holds or in "
        "placeholders that are fed. Its largest constants:\n" + "\n".join(lines)
    )


def function_message(name, function):
    """The FunctionDef of a function graph or an imported function."""
    if isinstance(function, function_def.ImportedFunction):
        return function.definition
    proto = protos.FunctionDef()
    function_def.write(name, function, proto, _write_node)
    return proto


def _all_functions(graph):
    """The functions of a graph and of these functions' own graphs, by name."""
    found, waiting = {}, [graph]
    while waiting:
        for name, function in waiting.pop()._functions.items():
            if name not in found:
                found[name] = function
                if not isinstance(function, function_def.ImportedFunction):
                    waiting.append(function)
    return found


def versions(graph, has_functions=None):
    """The VersionDef of a graph: TensorFlow 1.15's, or what the graphs imported into it have in common."""
    producer, min_consumer, bad_consumers = graph._extra.get(_VERSIONS, (graph_lib.GRAPH_DEF_VERSION, 0, ()))
    if has_functions or (has_functions is None and graph._functions):
        min_consumer = max(min_consumer, _FUNCTIONS_NEED)
    return protos.VersionDef(producer=producer, min_consumer=min_consumer, bad_consumers=bad_consumers)


def merge_versions(graph, other):
    """Takes note that a graph of version `other` (a VersionDef) was imported: the oldest producer counts."""
    producer, min_consumer, bad_consumers = graph._extra.get(_VERSIONS, (graph_lib.GRAPH_DEF_VERSION, 0, ()))
    graph._extra[_VERSIONS] = (
        min(producer, other.producer),
        max(min_consumer, other.min_consumer),
        tuple(sorted({*bad_consumers, *other.bad_consumers})),
    )


def nearest_names(name, known):
    """Up to three of the names `known` that look most like `name`; looks closely at a bounded number of them."""
    last = name.rpartition("/")[2].lower()
    alike = itertools.chain(
        (n for n in known if n.rpartition("/")[2].lower() == last),
        (n for n in known if abs(len(n) - len(name)) <= 2 and n[:2] == name[:2]),
        known,
    )
    candidates = list(dict.fromkeys(itertools.islice(alike, _CANDIDATES)))
    return difflib.get_close_matches(name, candidates, 3)


def scope_matcher(scope):
    """What `get_collection` asks of a name: to match `scope` as a regular expression, from its start."""
    return re.compile(scope).match


graph_lib.hooks.node_def = node_def
graph_lib.hooks.graph_def = graph_def
graph_lib.hooks.versions = versions
graph_lib.hooks.public_attr = attr_values.public
graph_lib.hooks.attr_from_proto = attr_values.read
graph_lib.hooks.nearest_names = nearest_names
graph_lib.hooks.scope_matcher = scope_matcher
