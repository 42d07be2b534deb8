"""Functions of an imported library as graphs, for the nodes that call them.

Each calling node gets graphs of its own, so that what a handle inside stands for can be told from the node's inputs.
"""

from __future__ import annotations

from graphflow._graph import function_def, function_graph, graph_plan, op_def, protos
from graphflow._graph import graph as graph_lib

# op type -> how many inputs come before the arguments
_CALLING = {
    "If": 1, "StatelessIf": 1, "Case": 1, "While": 0, "StatelessWhile": 0, "PartitionedCall": 0, "StatefulPartitionedCall": 0,
}  # fmt: skip


def attach(ops, make, around=()):
    """Puts function graphs in the place of the names of functions, in the attributes of the calling nodes among `ops`.

    Args:
        make: function(graph, nodes, mapped) that makes planned nodes and returns operations by name.
        around: names of the functions whose bodies are being made; a function that calls itself stays a name.
    """
    for op in ops:
        if op.type not in _CALLING:
            continue
        arguments = op.inputs[_CALLING[op.type] :]
        for key, attr in op.op_def.attrs.items():
            value = op.attrs.get(key)
            if attr.kind == "func":
                op.attrs[key] = _attached(op, value, arguments, make, around)
            elif attr.kind == "list(func)":
                op.attrs[key] = [_attached(op, v, arguments, make, around) for v in value]


def _attached(op, value, arguments, make, around):
    name = getattr(value, "name", value)
    function = graph_lib.control_flow_owner(op.graph)._functions.get(name)
    if isinstance(value, graph_lib.Graph) or name in around or not isinstance(function, function_def.ImportedFunction):
        return value
    if getattr(value, "attr", None) or len(function.definition.signature.input_arg) != len(arguments):
        return value  # polymorphic, or called wrongly: the run will say that it cannot
    return _body(op.graph, function, arguments, make, (*around, name))


def _body(outer, function, arguments, make, around):
    """The function graph of an imported function whose arguments are given by the tensors `arguments`."""
    definition = function.definition
    body = function_graph.FunctionGraph(function.name, outer)
    del body._functions[body.name]  # the definition as it came is what is exported
    body.name = function.name
    body._scopes.name = ""
    graph_def, sources = _as_graph_def(definition, body._functions)
    with body.as_default():
        mapped = {}
        for arg, value in zip(definition.signature.input_arg, arguments):
            mapped[arg.name, 0] = body.add_argument(value, value._dims)
        count = body._last_id
        made = make(body, graph_plan.read(graph_def, body._functions, mapped), mapped)
        body._last_id = count
        attach(made.values(), make, around)
    for arg in definition.signature.output_arg:
        source = sources[definition.ret[arg.name]]
        body.outputs.append(mapped[source] if source in mapped else made[source[0]].outputs[source[1]])
    body.kept = [made[name] for name in definition.control_ret.values()] if hasattr(definition, "control_ret") else []
    body.kept += [op for op in made.values() if op.op_def.is_stateful and op not in body.kept]
    return body


def _as_graph_def(definition, functions):
    """(GraphDef of the body, what its texts for tensors stand for): `node:argument:1` becomes (node, output index)."""
    graph_def = protos.GraphDef()
    sources = {arg.name: (arg.name, 0) for arg in definition.signature.input_arg}
    for node in definition.node_def:
        function = functions.get(node.op)
        kind = op_def.get(node.op) if function is None else function.op_def
        position = 0
        for arg in kind.outputs:
            for i in range(_length(arg, node)):
                sources[f"{node.name}:{arg.name}:{i}"] = (node.name, position)
                position += 1
    inside = {node.name for node in definition.node_def}
    for node in definition.node_def:
        copy = graph_def.node.add()
        copy.CopyFrom(node)
        del copy.input[:]
        for text in node.input:
            name, index = sources.get(text, (text, 0))
            copy.input.append(f"{name}:{index}" if index else name)
        _keep_groups(copy, inside)
    return graph_def, sources


def _keep_groups(node, inside):
    """Leaves out the groups of nodes that are not `inside`: a branch may lie beside a variable of the graph around it."""
    if "_class" not in node.attr:
        return
    groups = node.attr["_class"].list.s
    kept = [group for group in groups if not group.startswith(b"loc:@") or group[5:].decode() in inside]
    del node.attr["_class"]
    if kept:
        node.attr["_class"].list.s.extend(kept)


def _length(arg, node):
    """How many tensors an output argument of a node stands for."""
    if arg.number_attr is not None:
        return node.attr[arg.number_attr].i
    return 1 if arg.type_list_attr is None else len(node.attr[arg.type_list_attr].list.type)
