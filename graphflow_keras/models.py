"""Models: making, copying, saving and loading them."""

from __future__ import annotations

from graphflow_keras import _signatures
from graphflow_keras import backend as K
from graphflow_keras.engine.input_layer import Input as Input
from graphflow_keras.engine.input_layer import InputLayer as InputLayer
from graphflow_keras.engine.saving import load_model as load_model
from graphflow_keras.engine.saving import model_from_config as model_from_config
from graphflow_keras.engine.saving import model_from_json as model_from_json
from graphflow_keras.engine.saving import model_from_yaml as model_from_yaml
from graphflow_keras.engine.saving import save_model as save_model
from graphflow_keras.engine.sequential import Sequential as Sequential
from graphflow_keras.engine.training import Model as Model
from graphflow_keras.utils.generic_utils import has_arg as has_arg
from graphflow_keras.utils.generic_utils import to_list as to_list
from graphflow_keras.utils.generic_utils import unpack_singleton


@_signatures.also_takes("clone_function")
def clone_model(model, input_tensors=None, clone_function=None):
    """A model of the same layers with new weights, not those of `model`.

    Args:
        model: a Sequential or functional model.
        input_tensors: tensors to build it on, one for each input; placeholders when None.
        clone_function: layer -> the layer in its place; a copy with new weights when None.

    Returns:
        A model of the same kind.

    Raises:
        ValueError: no model that can be cloned, or input tensors that do not fit it.
    """
    if isinstance(model, Sequential):
        return _clone_sequential(model, input_tensors, clone_function or _clone_layer)
    if not isinstance(model, Model) or not model._is_graph_network:
        raise ValueError(
            f"Expected `model` argument to be a Sequential or functional `Model` instance, got {model}; "
            "a model that defines its own `call` is copied by making another instance of its class."
        )
    return _clone_functional(model, input_tensors, clone_function or _clone_layer)


def _clone_layer(layer):
    return type(layer).from_config(layer.get_config())


def _clone_sequential(model, input_tensors, clone):
    layers = [clone(layer) for layer in model.layers]
    if input_tensors is None:
        return Sequential(layers=layers, name=model.name)
    tensors = to_list(input_tensors)
    if len(tensors) != 1:
        raise ValueError(
            f"To clone a `Sequential` model, we expect at most one tensor as part of `input_tensors`, got {len(tensors)}."
        )
    x = tensors[0]
    if not K.is_keras_tensor(x):
        x = Input(tensor=x, name=f"input_wrapper_for_{x.name.replace(':', '_')}")
    origin = x._keras_history[0]
    if not isinstance(origin, InputLayer):
        raise ValueError(
            "Cannot clone a `Sequential` model on top of a tensor that comes from a Keras layer other than an `InputLayer`, "
            f"here {origin.name}. Use the functional API instead: `clone_model(model)(tensor)`."
        )
    return Sequential(layers=[origin, *layers], name=model.name)


def _clone_functional(model, input_tensors, clone):
    if input_tensors is None:
        inputs = [
            Input(batch_shape=layer.batch_input_shape, dtype=layer.dtype, sparse=layer.sparse, name=layer.name)
            for layer in model._input_layers
        ]
    else:
        inputs = to_list(input_tensors)
        if len(inputs) != len(model.inputs):
            raise ValueError(
                f"`input_tensors` has {len(inputs)} tensors, but model {model.name} has {len(model.inputs)} inputs."
            )
        inputs = [
            x if K.is_keras_tensor(x) else Input(tensor=x, name=f"input_wrapper_for_{layer.name}")
            for x, layer in zip(inputs, model._input_layers)
        ]
    new_layers = {}
    new_tensors = dict(zip(model.inputs, inputs))
    for node in model._nodes_in_order():
        if isinstance(node.outbound_layer, InputLayer):
            continue
        layer = new_layers.get(node.outbound_layer)
        if layer is None:
            layer = new_layers[node.outbound_layer] = clone(node.outbound_layer)
        outputs = layer(unpack_singleton([new_tensors[x] for x in node.input_tensors]), **node.keywords)
        new_tensors.update(zip(node.output_tensors, to_list(outputs)))
    return Model(inputs, [new_tensors[x] for x in model.outputs], name=model.name)
