"""GraphDefs for inference: the part that some nodes need, with constants in the place of variables."""

from __future__ import annotations

import os

from graphflow._core import dtypes, log
from graphflow._graph import graph as graph_lib
from graphflow._graph import operation, protos, tensor_proto
from graphflow._train.saving import meta_graph, subgraph

_VARIABLES = ("Variable", "VariableV2", "VarHandleOp")
_HANDLE_PATHS = ("Switch", "Enter", "Exit", "Identity", "Merge", "NextIteration")
_ON_CPU = frozenset(
    """Assign AssignAdd AssignSub Queue ScatterAdd ScatterSub ScatterUpdate TruncatedNormal Variable VariableV2""".split()
)


def extract_sub_graph(graph_def, dest_nodes):
    """The nodes that `dest_nodes` need, in the order they had.

    Args:
        graph_def: a GraphDef message.
        dest_nodes: a list of names of nodes.

    Raises:
        TypeError: an argument of another type. AssertionError: a name is not in the graph.
    """
    if getattr(getattr(graph_def, "DESCRIPTOR", None), "name", None) != "GraphDef":
        raise TypeError("graph_def must be a graph_pb2.GraphDef proto.")
    if isinstance(dest_nodes, str):
        raise TypeError("dest_nodes must be a list.")
    kept = subgraph.needed(graph_def, dest_nodes)
    out = protos.GraphDef(library=graph_def.library, versions=graph_def.versions)
    out.node.extend([node for node in graph_def.node if node.name in kept])
    return out


def convert_variables_to_constants(
    sess, input_graph_def, output_node_names, variable_names_whitelist=None, variable_names_blacklist=None
):
    """The part of a graph that computes some nodes, with the values that its variables have in a session as constants.

    Args:
        sess: a session whose graph has the variables.
        input_graph_def: the GraphDef, or a part of it.
        output_node_names: a list of names of the nodes that are wanted.
        variable_names_whitelist: the names of variables to convert; all when None.
        variable_names_blacklist: the names of variables to leave.

    Returns:
        a GraphDef.

    Raises:
        ValueError: a handle does not lead to a variable, or a gather has batch dimensions.
    """
    graph_def = extract_sub_graph(input_graph_def, output_node_names)
    by_name = {node.name: node for node in graph_def.node}
    frozen = {
        node.name: f"{node.name}/Read/ReadVariableOp:0" if node.op == "VarHandleOp" else f"{node.name}:0"
        for node in graph_def.node
        if node.op in _VARIABLES
        and (variable_names_whitelist is None or node.name in variable_names_whitelist)
        and not (variable_names_blacklist and node.name in variable_names_blacklist)
    }
    paths = _handle_paths(graph_def, by_name)
    values = dict(zip(frozen, sess.run(list(frozen.values())))) if frozen else {}
    log.info("Froze %d variables.", len(values))
    out = protos.GraphDef(library=graph_def.library)
    for node in graph_def.node:
        source = _variable_behind(node, by_name) if node.op in ("ReadVariableOp", "ResourceGather") else None
        if node.name in values:
            out.node.append(_constant(node.name, node.attr["dtype"].type, values[node.name]))
        elif source is not None and source not in values:
            out.node.append(node)
        elif node.op == "ReadVariableOp":
            _copy(out.node.add(name=node.name, op="Identity"), node, {"T": "dtype"}).input.append(node.input[0])
        elif node.op == "ResourceGather":
            _add_gather(out, node)
        else:
            copy = out.node.add()
            copy.CopyFrom(node)
            if node.name in paths:
                copy.attr.pop("_output_shapes", None)
                copy.attr["T"].type = paths[node.name]
    return out


def _constant(name, dtype, value):
    node = protos.NodeDef(name=name, op="Const")
    node.attr["dtype"].type = dtype
    node.attr["value"].tensor.CopyFrom(tensor_proto.make_tensor_proto(value, dtypes.as_dtype(dtype)))
    return node


def _copy(target, node, attrs):
    for new, old in attrs.items():
        target.attr[new].CopyFrom(node.attr[old])
    if "_class" in node.attr:
        target.attr["_class"].CopyFrom(node.attr["_class"])
    return target


def _add_gather(out, node):
    """A gather of a constant in the place of one of a variable."""
    if node.attr["batch_dims"].i:
        raise ValueError("batch_dims != 0 is not supported by freeze_graph.")
    axis = out.node.add()
    axis.CopyFrom(_constant(node.name + "/axis", node.attr["Tindices"].type, 0))
    gather = _copy(
        out.node.add(name=node.name, op="GatherV2"),
        node,
        {"Tparams": "dtype", "Tindices": "Tindices", "Taxis": "Tindices"},
    )
    gather.input.extend([node.input[0], node.input[1], axis.name])


def _variable_behind(node, by_name):
    """The name of the variable whose handle a node reads.

    Raises:
        ValueError: it is none's.
    """
    name, seen = subgraph.node_name(node.input[0]), set()
    while by_name[name].op in _HANDLE_PATHS and name not in seen:
        seen.add(name)
        name = subgraph.node_name(by_name[name].input[0])
    if by_name[name].op != "VarHandleOp":
        raise ValueError(
            f"Cannot find the variable that is an input to the ReadVariableOp: {node.name} reads {name}, a {by_name[name].op}"
        )
    return name


def _handle_paths(graph_def, by_name):
    """{name of a node that hands a handle on: the type of the variable's values}."""
    found = {}
    for node in graph_def.node:
        if node.op not in ("ReadVariableOp", "ResourceGather"):
            continue
        waiting = [subgraph.node_name(node.input[0])]
        while waiting:
            name = waiting.pop()
            if by_name[name].op in _HANDLE_PATHS and name not in found:
                found[name] = node.attr["dtype"].type
                count = 2 if by_name[name].op == "Merge" else 1
                waiting.extend(map(subgraph.node_name, by_name[name].input[:count]))
    return found


def remove_training_nodes(input_graph, protected_nodes=None):
    """A GraphDef without CheckNumerics nodes, and without Identity nodes that no control edge touches.

    Args:
        protected_nodes: names of nodes to keep.
    """
    protected = set(protected_nodes or ())
    removed = {n.name for n in input_graph.node if n.op == "CheckNumerics" and n.name not in protected}
    kept = []
    for node in input_graph.node:
        if node.name not in removed:
            copy = protos.NodeDef()
            copy.CopyFrom(node)
            copy.input[:] = [name for name in node.input if name.removeprefix("^") not in removed]
            kept.append(copy)
    waited_for = {name[1:] for node in kept for name in node.input if name.startswith("^")}
    spliced = {
        node.name: node.input[0]
        for node in kept
        if node.op == "Identity"
        and node.name not in protected | waited_for
        and not any(name.startswith("^") for name in node.input)
        and node.input
    }
    out = protos.GraphDef()
    for node in kept:
        if node.name not in spliced:
            node.input[:] = [_spliced(name, spliced) for name in node.input]
            out.node.append(node)
    return out


def _spliced(name, spliced):
    while name in spliced:
        name = spliced[name]
    return name


def tensor_shape_from_node_def_name(graph, input_name):
    """The static shape of a tensor named as in a NodeDef: `a` or `a:1`."""
    return graph.get_tensor_by_name(input_name if ":" in input_name else input_name + ":0").get_shape()


def must_run_on_cpu(node, pin_variables_on_cpu=False):
    """Whether TensorFlow would run a node (an Operation or a NodeDef) on the CPU only."""
    node = node.node_def if isinstance(node, operation.Operation) else node
    if pin_variables_on_cpu and node.op in _ON_CPU:
        return True
    attr = {"Const": "dtype", "DynamicStitch": "T", "ParallelDynamicStitch": "T", "Cast": "SrcT"}.get(node.op)
    small = (dtypes.int32, dtypes.string) if node.op == "Const" else (dtypes.int32,)
    return attr is not None and node.attr[attr].type in [d.as_datatype_enum for d in small]


def write_graph(graph_or_graph_def, logdir, name, as_text=True):
    """Writes a graph to a file, as text or as bytes.

    Args:
        graph_or_graph_def: a Graph or a GraphDef.
        logdir: the folder, made when it is not there.
        name: of the file.

    Returns:
        the path of the file.
    """
    graph_def = graph_or_graph_def
    if isinstance(graph_def, graph_lib.Graph):
        graph_def = graph_def.as_graph_def()
    path = os.path.join(os.fspath(logdir), name)
    meta_graph.write(path, graph_def, as_text)
    return path
