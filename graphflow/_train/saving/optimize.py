"""GraphDefs of trained networks made smaller: only what leads from inputs to outputs, batch normalization folded into weights."""

from __future__ import annotations

import numpy as np

from graphflow._core import log
from graphflow._files import gfile
from graphflow._graph import graph_files, protos, tensor_proto
from graphflow._train.saving import graph_util, subgraph

# op type -> (its inputs in order, the attribute that is added to the variance)
_NORMALIZATIONS = {
    "BatchNormWithGlobalNormalization": (("conv", "mean", "var", "beta", "gamma"), "variance_epsilon"),
    "FusedBatchNorm": (("conv", "gamma", "beta", "mean", "var"), "epsilon"),
}


def strip_unused(input_graph_def, input_node_names, output_node_names, placeholder_type_enum):
    """The nodes between some that become placeholders, and others.

    Args:
        input_node_names: a list of names of nodes, which become placeholders.
        output_node_names: a list of names of nodes that are kept with what they need.
        placeholder_type_enum: the DataType of the placeholders, or a list of one each.

    Raises:
        ValueError: a name is that of a tensor. KeyError: a node is not there.
    """
    for name in input_node_names:
        if ":" in name:
            raise ValueError(f"Name '{name}' appears to refer to a Tensor, not a Operation.")
    missing = set(input_node_names) - {node.name for node in input_graph_def.node}
    if missing:
        raise KeyError(f"The following input nodes were not found: {missing}")
    replaced = protos.GraphDef()
    for node in input_graph_def.node:
        if node.name not in input_node_names:
            replaced.node.append(node)
            continue
        types = placeholder_type_enum
        made = replaced.node.add(op="Placeholder", name=node.name)
        made.attr["dtype"].type = types[input_node_names.index(node.name)] if isinstance(types, list) else types
        for key in ("_output_shapes", "shape"):
            if key in node.attr:
                made.attr[key].CopyFrom(node.attr[key])
    return graph_util.extract_sub_graph(replaced, list(output_node_names))


def strip_unused_from_files(
    input_graph, input_binary, output_graph, output_binary, input_node_names, output_node_names, placeholder_type_enum
):
    """`strip_unused` of one file into another; names with commas between; -1 where the file or the outputs are missing."""
    if not gfile.exists(input_graph):
        print(f"Input graph file '{input_graph}' does not exist!")
        return -1
    if not output_node_names:
        print("You need to supply the name of a node to --output_node_names.")
        return -1
    with gfile.GFile(input_graph, "rb") as file:
        data = file.read()
    if input_binary:
        graph_def = protos.GraphDef.FromString(data)
    else:
        graph_def = graph_files.parse_text(data.decode(), protos.GraphDef(), input_graph)
    stripped = strip_unused(graph_def, input_node_names.split(","), output_node_names.split(","), placeholder_type_enum)
    with gfile.GFile(output_graph, "wb" if output_binary else "w") as file:
        file.write(stripped.SerializeToString() if output_binary else graph_files.to_text(stripped))
    print(f"{len(stripped.node)} ops in the final graph.")
    return None


def optimize_for_inference(
    input_graph_def, input_node_names, output_node_names, placeholder_type_enum, toco_compatible=False
):
    """A frozen graph for inference: stripped, without training nodes, batch normalization folded into convolutions.

    Resizing and padding stay nodes of their own beside a convolution; XLA fuses what it can.

    Args:
        others: as of `strip_unused`.

    Raises:
        ValueError: the graph has a name twice, or an input that is not there.
    """
    ensure_graph_is_valid(input_graph_def)
    stripped = strip_unused(input_graph_def, input_node_names, output_node_names, placeholder_type_enum)
    made = fold_batch_norms(graph_util.remove_training_nodes(stripped, output_node_names))
    ensure_graph_is_valid(made)
    return made


def ensure_graph_is_valid(graph_def):
    """Raises ValueError where a name occurs twice, or an input is not there."""
    nodes = _by_name(graph_def)
    for node in graph_def.node:
        for name in node.input:
            if node_name_from_input(name) not in nodes:
                raise ValueError("Input for ", node.name, " not found: ", name)


def _by_name(graph_def):
    found = {}
    for node in graph_def.node:
        if node.name in found:
            raise ValueError("Duplicate node names detected for ", node.name)
        found[node.name] = node
    return found


node_name_from_input = subgraph.node_name


def node_from_map(node_map, name):
    """The node of an input's name; ValueError where there is none."""
    if node_name_from_input(name) not in node_map:
        raise ValueError(f"No node named '{name}' found in map.")
    return node_map[node_name_from_input(name)]


def values_from_const(node_def):
    """The array of a Const node; ValueError for others."""
    if node_def.op != "Const":
        raise ValueError(f"Node named '{node_def.name}' should be a Const op for values_from_const.")
    return tensor_proto.make_ndarray(node_def.attr["value"].tensor)


def scale_after_normalization(node):
    """Whether a batch normalization multiplies by gamma."""
    return node.op != "BatchNormWithGlobalNormalization" or node.attr["scale_after_normalization"].b


def fold_batch_norms(input_graph_def):
    """Batch normalizations of convolutions with constant weights become other weights and a bias."""
    nodes, gone, made = _by_name(input_graph_def), set(), []
    for node in input_graph_def.node:
        parts = _foldable(node, nodes) if node.op in _NORMALIZATIONS else None
        if parts is not None:
            gone |= {
                node.name,
                parts["conv"].name,
                *(parts[key].name for key in ("weights", "mean", "var", "beta", "gamma")),
            }
            made += _folded(node, parts)
    out = protos.GraphDef()
    out.node.extend([node for node in input_graph_def.node if node.name not in gone])
    out.node.extend(made)
    return out


def _foldable(node, nodes):
    """The nodes that a normalization and its convolution read, by role; None, with a word, where it cannot be folded."""
    roles, _ = _NORMALIZATIONS[node.op]
    parts = {role: node_from_map(nodes, name) for role, name in zip(roles, node.input)}
    conv = parts["conv"]
    if conv.op not in ("Conv2D", "DepthwiseConv2dNative"):
        log.warning("Didn't find expected Conv2D or DepthwiseConv2dNative input to '%s'", node.name)
        return None
    parts["weights"] = node_from_map(nodes, conv.input[1])
    for role in ("weights", "mean", "var", "beta", "gamma"):
        if parts[role].op != "Const":
            log.warning("Didn't find expected %s Constant input to '%s', found %s instead. Maybe because freeze_graph wasn't "
                        "run first?", role, node.name, parts[role].op)  # fmt: skip
            return None
    channels = _channels(conv, values_from_const(parts["weights"]))
    for role in ("mean", "var", "beta", "gamma"):
        dims = values_from_const(parts[role]).shape
        if dims != (channels,):
            log.warning(
                "Incorrect shape for %s, found %s, expected %s, for node %s", role, dims, (channels,), node.name
            )
            return None
    return parts


def _channels(conv, weights):
    return weights.shape[3] if conv.op == "Conv2D" else weights.shape[2] * weights.shape[3]


def _folded(node, parts):
    values = {role: values_from_const(parts[role]) for role in ("weights", "mean", "var", "beta", "gamma")}
    conv, weights = parts["conv"], values["weights"]
    scale = 1.0 / np.sqrt(values["var"].astype(np.float64) + node.attr[_NORMALIZATIONS[node.op][1]].f)
    if scale_after_normalization(node):
        scale = scale * values["gamma"]
    per_weight = scale if conv.op == "Conv2D" else scale.reshape(weights.shape[2:])
    offset = _constant(parts["mean"], conv.name + "_bn_offset", -values["mean"] * scale + values["beta"])
    bias = protos.NodeDef(op="BiasAdd", name=node.name, input=[conv.name, offset.name])
    for key in ("T", "data_format"):
        bias.attr[key].CopyFrom(conv.attr[key])
    return [_constant(parts["weights"], parts["weights"].name, weights * per_weight), conv, offset, bias]


def _constant(like, name, value):
    made = protos.NodeDef(op="Const", name=name)
    made.attr["dtype"].CopyFrom(like.attr["dtype"])
    made.attr["value"].tensor.CopyFrom(tensor_proto.make_tensor_proto(value.astype(values_from_const(like).dtype)))
    return made
