"""Which calls of which layers lie between a model's inputs and its outputs, and in which order they run."""

from __future__ import annotations

import collections
from typing import NamedTuple

_RUNNING, _DONE = 1, 2


class GraphMap(NamedTuple):
    """What `map_graph` found.

    `node_keys` names each call as `<layer>_ib-<node index>`; `nodes_by_depth` and `layers_by_depth` are keyed by the
    longest distance to an output; `layers` lists them from the deepest on, among equals as they were first met.
    """

    node_keys: set
    nodes_by_depth: dict
    layers: list
    layers_by_depth: dict


def map_graph(inputs, outputs):
    """The `GraphMap` of the calls that lead from `inputs` to `outputs`, two lists of Keras tensors.

    Raises:
        ValueError: the calls run in a circle, an output cannot be computed from the inputs, or two layers share
            a name.
    """
    node_keys, order, first_met = _walk(outputs)
    node_depths, layer_depths = _depths(order)
    nodes_by_depth = _grouped(node_depths)
    layers_by_depth = _grouped(layer_depths)
    for layers in layers_by_depth.values():
        layers.sort(key=first_met.__getitem__)
    layers = [layer for depth in sorted(layers_by_depth, reverse=True) for layer in layers_by_depth[depth]]
    _check_connected(inputs, nodes_by_depth)
    _check_names(layers)
    return GraphMap(node_keys, nodes_by_depth, layers, layers_by_depth)


def _walk(outputs):
    """Depth first from the outputs back: the names of the calls, the calls inputs first, the layers' order of meeting.

    An explicit stack, because a model may have more layers than Python has stack frames.
    """
    node_keys, order, first_met, states = set(), [], {}, {}
    for output in outputs:
        stack = [(output, *output._keras_history, None)]
        while stack:
            tensor, layer, node_index, tensor_index, origins = stack.pop()
            if layer is None:
                raise ValueError(
                    f"Graph disconnected: tensor {tensor} was not made by a Keras layer. A model begins at "
                    "`keras.layers.Input(...)`; `Input(tensor=x)` makes an input of a tensor that exists."
                )
            node = layer._inbound_nodes[node_index]
            if origins is None:
                if states.get(node) == _RUNNING:
                    raise ValueError(f'The tensor {tensor} at layer "{layer.name}" is part of a cycle.')
                if node in states:
                    continue
                states[node] = _RUNNING
                node_keys.add(f"{layer.name}_ib-{node_index}")
                first_met.setdefault(layer, len(first_met))
                origins = node.origins
            origin = next(origins, None)
            if origin is None:
                states[node] = _DONE
                order.append(node)
            else:
                stack.append((tensor, layer, node_index, tensor_index, origins))
                stack.append((*origin, None))
    return node_keys, order, first_met


def _depths(order):
    """The longest distance of each call, and of each layer, to an output."""
    node_depths, layer_depths = {}, {}
    for node in reversed(order):
        depth = max(node_depths.setdefault(node, 0), layer_depths.get(node.outbound_layer, 0))
        layer_depths[node.outbound_layer] = node_depths[node] = depth
        for _, layer, node_index, _ in node.origins:
            before = layer._inbound_nodes[node_index]
            node_depths[before] = max(depth + 1, node_depths.get(before, 0))
    return node_depths, layer_depths


def _grouped(depths):
    groups = {}
    for item, depth in depths.items():
        groups.setdefault(depth, []).append(item)
    return groups


def _check_connected(inputs, nodes_by_depth):
    computable = set(inputs)
    reached = []
    for depth in sorted(nodes_by_depth, reverse=True):
        for node in nodes_by_depth[depth]:
            layer = node.outbound_layer
            for x in node.input_tensors:
                if x not in computable:
                    raise ValueError(
                        f'Graph disconnected: cannot obtain value for tensor {x} at layer "{layer.name}". The following '
                        f"previous layers were accessed without issue: {reached}. Every `Input` that the outputs depend on "
                        "must be among the model's inputs."
                    )
            computable.update(node.output_tensors)
            reached.append(layer.name)


def _check_names(layers):
    for name, count in collections.Counter(layer.name for layer in layers).items():
        if count > 1:
            raise ValueError(
                f'The name "{name}" is used {count} times in the model. All layer names should be unique: '
                "give one of them another with `name=`."
            )
