"""Functional models as plain values and back: layers, and which call feeds which."""

from __future__ import annotations

import copy
import json
import warnings

from graphflow_keras import layers as layer_module
from graphflow_keras.utils.generic_utils import unpack_singleton


def get_config(network, network_class):
    """The config of a functional model.

    A call is known by its index among those of its layer that belong to the model. `network_class` tells nested
    models: one is born with a call of itself, which takes index 0 and is not written.
    """
    new_indices = _renumbered(network, network_class)
    layers = []
    for layer in network.layers:
        calls = []
        for index, node in enumerate(layer._inbound_nodes):
            if (layer.name, index) in new_indices and node.inbound_layers:
                arguments = _plain_arguments(layer, node)
                calls.append([
                    [source.name, new_indices.get((source.name, source_index), 0), tensor_index, arguments]
                    for _, source, source_index, tensor_index in node.origins
                ])  # fmt: skip
        layers.append(
            {
                "name": layer.name,
                "class_name": type(layer).__name__,
                "config": layer.get_config(),
                "inbound_nodes": calls,
            }
        )
    config = {
        "name": network.name,
        "layers": layers,
        "input_layers": _ends(network._input_coordinates, new_indices),
        "output_layers": _ends(network._output_coordinates, new_indices),
    }
    return copy.deepcopy(config)


def _renumbered(network, network_class):
    """(layer's name, node index) -> index among the layer's calls within the model."""
    new_indices = {}
    for layer in network.layers:
        count = 1 if isinstance(layer, network_class) else 0
        for index in range(len(layer._inbound_nodes)):
            if network._node_key(layer, index) in network._network_nodes:
                new_indices[layer.name, index] = count
                count += 1
    return new_indices


def _plain_arguments(layer, node):
    try:
        json.dumps(node.keywords)
    except TypeError:
        warnings.warn(
            f"Layer {layer.name} was passed non-serializable keyword arguments: {node.keywords}. They will not be included "
            "in the serialized model (and thus will be missing at deserialization time).",
            stacklevel=4,
        )
        return {}
    return node.keywords


def _ends(coordinates, new_indices):
    return [
        [layer.name, new_indices[layer.name, node_index], tensor_index]
        for layer, node_index, tensor_index in coordinates
        if (layer.name, node_index) in new_indices
    ]


def tensors_from_config(config, custom_objects=None):
    """Makes the layers of a config and calls them; returns the model's inputs and outputs, two lists of tensors.

    Raises:
        ValueError: a call needs a layer or a call that the config does not have, or one of unknown form.
    """
    layers = {
        entry["name"]: layer_module.deserialize(entry, custom_objects=custom_objects) for entry in config["layers"]
    }
    # Calls wait until the calls that they need have been made; those of one layer keep their order, which is their index.
    waiting = {entry["name"]: list(entry["inbound_nodes"]) for entry in config["layers"]}
    while any(waiting.values()):
        before = sum(map(len, waiting.values()))
        for name, calls in waiting.items():
            while calls and _call(layers[name], calls[0], layers):
                calls.pop(0)
        if sum(map(len, waiting.values())) == before:
            raise ValueError(_stuck(waiting, layers))
    return _tensors(config["input_layers"], layers), _tensors(config["output_layers"], layers)


def _call(layer, call, layers):
    """Makes one call if its inputs are there; returns whether it was made."""
    inputs, arguments = [], {}
    for source in call:
        if len(source) not in (3, 4):
            raise ValueError(
                f"Improperly formatted model config: layer {layer.name} is called on {source}, expected [layer, node index, "
                "tensor index] and perhaps keyword arguments."
            )
        name, node_index, tensor_index = source[:3]
        arguments = source[3] if len(source) == 4 else {}
        if name not in layers or node_index >= len(layers[name]._inbound_nodes):
            return False
        inputs.append(layers[name]._inbound_nodes[node_index].output_tensors[tensor_index])
    if inputs:
        layer(unpack_singleton(inputs), **arguments)
    return True


def _stuck(waiting, layers):
    needs = [
        f"{name} needs {source[0]}" + ("" if source[0] in layers else ", which is not in the config")
        for name, calls in waiting.items()
        for source in (calls[0] if calls else [])
        if source[0] not in layers or source[1] >= len(layers[source[0]]._inbound_nodes)
    ]
    return f"Improperly formatted model config: some calls can never be made: {'; '.join(needs)}."


def _tensors(coordinates, layers):
    tensors = []
    for name, node_index, tensor_index in coordinates:
        if name not in layers:
            raise ValueError(f"Improperly formatted model config: layer {name!r} is not among {sorted(layers)}.")
        tensors.append(layers[name]._inbound_nodes[node_index].output_tensors[tensor_index])
    return tensors
