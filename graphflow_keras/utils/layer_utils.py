"""What is told of layers and models: their summary, their parameters, where a tensor came from."""

from __future__ import annotations

import math

import numpy as np

from graphflow_keras import backend as K
from graphflow_keras import dialect
from graphflow_keras.utils.conv_utils import convert_kernel


def count_params(weights):
    """How many numbers the variables hold, each counted once."""
    return sum(int(K.count_params(weight)) for weight in dict.fromkeys(weights))


def print_summary(model, line_length=None, positions=None, print_fn=None):
    """Prints a model's layers with output shapes and numbers of parameters; where calls branch, also what feeds what.

    Args:
        model: a built model.
        line_length: int, width of the table: 65, or 98 with connections, when None.
        positions: list, where each column ends, as parts of `line_length` or in characters.
        print_fn: callable that gets each line, `print` when None.
    """
    print_fn = print_fn or print
    chain = _is_chain(model)
    line_length = line_length or (65 if chain else 98)
    positions = positions or ([0.45, 0.85, 1.0] if chain else [0.33, 0.55, 0.67, 1.0])
    if positions[-1] <= 1:
        positions = [int(line_length * part) for part in positions]
    headings = ["Layer (type)", "Output Shape", "Param #"] + ([] if chain else ["Connected to"])

    if dialect.is_tf_keras():
        print_fn(f'Model: "{model.name}"')
    print_fn("_" * line_length)
    print_fn(_row(headings, positions))
    print_fn("=" * line_length)
    relevant = set() if chain else {node for nodes in model._nodes_by_depth.values() for node in nodes}
    for i, layer in enumerate(model.layers):
        shape = "multiple" if _hides_shapes(model) else _output_shape(layer)
        fields = [f"{layer.name} ({type(layer).__name__})", shape, layer.count_params()]
        if chain:
            print_fn(_row(fields, positions))
        else:
            first, *others = _connections(layer, relevant) or [""]
            print_fn(_row([*fields, first], positions))
            for connection in others:
                print_fn(_row(["", "", "", connection], positions))
        print_fn(("=" if i == len(model.layers) - 1 else "_") * line_length)

    model._check_trainable_weights_consistency()
    trainable = count_params(getattr(model, "_collected_trainable_weights", model.trainable_weights))
    non_trainable = count_params(model.non_trainable_weights)
    print_fn(f"Total params: {trainable + non_trainable:,}")
    print_fn(f"Trainable params: {trainable:,}")
    print_fn(f"Non-trainable params: {non_trainable:,}")
    print_fn("_" * line_length)


def _is_chain(model):
    """Whether each layer feeds the next and no other, or how they are joined is not known."""
    if type(model).__name__ == "Sequential" or not model._is_graph_network:
        return True
    nodes = []
    for at_depth in model._nodes_by_depth.values():
        if len(at_depth) > 1 or len(at_depth[0].inbound_layers) > 1:
            return False
        nodes += at_depth
    return all(sum(node in nodes for node in layer._inbound_nodes) <= 1 for layer in model.layers)


def _hides_shapes(model):
    """Whether tf.keras would not know the layers' shapes: the model has its own `call`, made on no layer's output."""
    if not dialect.is_tf_keras() or model._is_graph_network:
        return False
    return not any(node.inbound_layers and None not in node.inbound_layers for node in model._inbound_nodes)


def _output_shape(layer):
    try:
        return layer.output_shape
    except AttributeError:
        return "multiple"


def _connections(layer, relevant):
    """`name[node index][tensor index]` for each input of the layer's calls in the model."""
    return [
        f"{source.name}[{node_index}][{tensor_index}]"
        for node in layer._inbound_nodes
        if node in relevant
        for _, source, node_index, tensor_index in node.origins
    ]


def _row(fields, positions):
    """The fields cut and padded so that the i-th ends at `positions[i]`, the last column of each left blank."""
    line = ""
    for i, (field, position) in enumerate(zip(fields, positions)):
        if i > 0:
            line = line[:-1] + " "
        line = (line + str(field))[:position].ljust(position)
    return line


def get_source_inputs(tensor, layer=None, node_index=None):
    """The input tensors that a Keras tensor depends on.

    Args:
        tensor: the tensor to start from.
        layer, node_index: the call that made it, when it is not to be read from the tensor.

    Returns:
        list of tensors, each once; `tensor` itself where no layer made it.
    """
    if not hasattr(tensor, "_keras_history"):
        return tensor
    if layer is None or node_index:
        layer, node_index, _ = tensor._keras_history
    sources, seen = {}, set()
    pending = [(tensor, layer, node_index)]
    while pending:
        tensor, layer, node_index = pending.pop()
        if layer is None or not layer._inbound_nodes:
            sources[tensor] = True
            continue
        node = layer._inbound_nodes[node_index]
        if node in seen:
            continue
        seen.add(node)
        if node.inbound_layers:
            pending.extend(reversed([(x, source, index) for x, source, index, _ in node.origins]))
        else:
            sources.update(dict.fromkeys(node.input_tensors, True))
    return list(sources)


def convert_all_kernels_in_model(model):
    """Flips the convolution kernels between Theano's order and TensorFlow's, in place."""
    kinds = {"Conv1D", "Conv2D", "Conv3D", "Conv2DTranspose"}
    kernels = [layer.kernel for layer in model.layers if type(layer).__name__ in kinds]
    K.batch_set_value([(kernel, convert_kernel(value)) for kernel, value in zip(kernels, K.batch_get_value(kernels))])


def convert_dense_weights_data_format(dense, previous_feature_map_shape, target_data_format="channels_first"):
    """Reorders the kernel of a dense layer after a `Flatten` when the model's data format changes, in place.

    Args:
        dense: the dense layer.
        previous_feature_map_shape: tuple of 3 sizes, the convolutional output before the `Flatten`, in
            `target_data_format`.
        target_data_format: "channels_first" or "channels_last", the format to convert to.

    Raises:
        ValueError: another format, or a shape that does not flatten to the kernel's rows.
    """
    if target_data_format not in ("channels_first", "channels_last"):
        raise ValueError(f"target_data_format is channels_first or channels_last, got {target_data_format!r}")
    kernel, bias = dense.get_weights()
    if math.prod(previous_feature_map_shape) != kernel.shape[0]:
        raise ValueError(
            f"a feature map of shape {previous_feature_map_shape} has {math.prod(previous_feature_map_shape)} values, but "
            f"layer {dense.name} takes {kernel.shape[0]}"
        )
    if target_data_format == "channels_first":
        channels, height, width = previous_feature_map_shape
        maps = kernel.reshape(height, width, channels, -1).transpose(2, 0, 1, 3)
    else:
        height, width, channels = previous_feature_map_shape
        maps = kernel.reshape(channels, height, width, -1).transpose(1, 2, 0, 3)
    dense.set_weights([np.ascontiguousarray(maps).reshape(kernel.shape), bias])
