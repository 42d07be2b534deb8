"""Operations between the layers of a functional model of tf.keras, which become layers themselves.

`Dense(2)(tf.nn.relu(Dense(3)(x)))` is a model of tf.keras. A layer called on what an operation made notes that it does
not know where its input comes from; when the model is made, the operations in between are found and noted as layers.
"""

import numpy as np
from google.protobuf import json_format

import graphflow as tf
from graphflow_keras import backend as K
from graphflow_keras.engine._node import static_shape
from graphflow_keras.engine.base_layer import Layer
from graphflow_keras.utils.generic_utils import to_list, unpack_singleton

_PREFIX = "tf_op_layer_"


class TensorFlowOpLayer(Layer):
    """One operation as a layer; called again, it makes the operation again for other inputs.

    Args:
        node_def: `tf.NodeDef` or a dict of it, what the operation is.
        name: str, the operation's.
        constants: dict, position among the operation's inputs -> array or tensor, of the inputs that no layer made.
    """

    def __init__(self, node_def, name, constants=None, trainable=True, dtype=None):
        super().__init__(name=_PREFIX + name, trainable=trainable, dtype=dtype)
        self.node_def = json_format.ParseDict(node_def, tf.NodeDef()) if isinstance(node_def, dict) else node_def
        self.constants = {int(i): value for i, value in (constants or {}).items()}
        self.built = True

    @property
    def output_shape(self):
        """A list of the outputs' shapes."""
        return to_list(super().output_shape)

    def call(self, inputs):
        inputs = list(to_list(inputs, allow_tuple=True))
        for i, value in sorted(self.constants.items()):
            inputs.insert(i, tf.convert_to_tensor(value))
        graph_def = tf.GraphDef()
        node = graph_def.node.add()
        node.CopyFrom(self.node_def)
        node.name = node.op
        del node.input[:]
        node.input.extend(f"input_{i}" for i in range(len(inputs)))
        given = {f"input_{i}:0": x for i, x in enumerate(inputs)}
        (op,) = tf.import_graph_def(graph_def, given, return_elements=[node.name], name="")
        return unpack_singleton(list(op.outputs))

    def get_config(self):
        config = super().get_config()
        return {
            **config,
            "name": config["name"][len(_PREFIX) :],
            "node_def": json_format.MessageToDict(self.node_def),
            "constants": {i: K.get_value(x) if K.is_tensor(x) else np.asarray(x) for i, x in self.constants.items()},
        }


def complete(outputs):
    """Notes as layers the operations that lie between layers on the way to a model's outputs."""
    pending, seen, uses_learning_phase = list(outputs), set(), False
    while pending:
        x = pending.pop()
        if id(x) in seen or not _has_history(x):
            continue
        seen.add(id(x))
        uses_learning_phase |= getattr(x, "_uses_learning_phase", False)
        layer, node_index, _ = x._keras_history
        node = layer._inbound_nodes[node_index]
        for i, source in enumerate(node.input_tensors[: len(node.inbound_layers)]):
            if node.inbound_layers[i] is None and _has_history(source):
                node.inbound_layers[i], node.node_indices[i], node.tensor_indices[i] = source._keras_history
                node.inbound_layers[i]._outbound_nodes.append(node)
        pending += node.input_tensors
    for x in outputs if uses_learning_phase else ():
        x._uses_learning_phase = True


def _has_history(x):
    """Whether a layer made the tensor; an operation on what layers made becomes one."""
    if not hasattr(x, "_keras_history"):
        if not _comes_from_layers(x):
            return False
        _add_layers(x.op)
    return True


def _comes_from_layers(x):
    pending, seen = [x], set()
    while pending:
        x = pending.pop()
        if hasattr(x, "_keras_history"):
            return True
        if id(x.op) not in seen:
            seen.add(id(x.op))
            pending += list(x.op.inputs)
    return False


def _add_layers(op):
    """Notes an operation as a layer, and before it those that it depends on."""
    inputs, constants = [], {}
    for i, x in enumerate(op.inputs):
        if _has_history(x):
            inputs.append(x)
        else:
            constants[i] = x
    layer = TensorFlowOpLayer(op.node_def, op.name, constants)
    outputs = list(op.outputs)
    no_masks = [[None] * len(xs) for xs in (inputs, outputs)]
    shapes = [[static_shape(x) for x in xs] for xs in (inputs, outputs)]
    layer._add_inbound_node(inputs, outputs, *no_masks, *shapes)
