"""`Network`: layers joined to a graph of calls, itself a layer. `Model` adds the training."""

from __future__ import annotations

import inspect
import json

import numpy as np

import graphflow as tf
import graphflow_keras
from graphflow import viz
from graphflow_keras import _extras, dialect
from graphflow_keras import backend as K
from graphflow_keras.backend import _session
from graphflow_keras.engine import _network_config, saving
from graphflow_keras.engine._graph_map import check_ends, map_graph
from graphflow_keras.engine._node import static_shape
from graphflow_keras.engine.base_layer import Layer, Node, to_snake_case
from graphflow_keras.legacy import interfaces
from graphflow_keras.utils.generic_utils import has_arg, object_list_uid, to_list, unpack_singleton
from graphflow_keras.utils.layer_utils import get_source_inputs as get_source_inputs
from graphflow_keras.utils.layer_utils import print_summary


class Network(Layer):
    """A graph of layers, callable like a layer.

    `Network(inputs, outputs, name=None)` is functional: what lies between the two is found from the tensors'
    histories. A subclass that calls `super().__init__(name=name)` instead defines `call` itself; the layers it
    is given as attributes are its layers.
    """

    @interfaces.legacy_model_constructor_support
    def __init__(self, *args, **kwargs):
        if len(args) >= 2 or "outputs" in kwargs and (args or "inputs" in kwargs):
            self._init_graph_network(*args, **kwargs)
        elif args or {"inputs", "outputs"} & set(kwargs):
            raise TypeError(f"{type(self).__name__}(inputs, outputs) needs both, got only one of them")
        else:
            self._init_subclassed_network(**kwargs)

    def _repr_mimebundle_(self, include=None, exclude=None):
        drawn = getattr(self, "outputs", None)
        return viz.bundle(self) if drawn else {"text/plain": repr(self)}

    def _base_init(self, name=None):
        self.name = name or _unique_name(type(self).__name__)
        self.trainable = True
        self._is_compiled = False
        self._expects_training_arg = False
        self._initial_weights = None
        self.supports_masking = False
        if not hasattr(self, "optimizer"):
            self.optimizer = None  # a Sequential model may grow after it was compiled
        self._updates = []
        self._losses = []
        self._per_input_losses = {}
        self._per_input_updates = {}
        self._layers = []
        self._outbound_nodes = []
        self._inbound_nodes = []

    def _init_graph_network(self, inputs, outputs, name=None):
        self._uses_inputs_arg = True
        self.inputs = to_list(inputs, allow_tuple=True)
        self.outputs = to_list(outputs, allow_tuple=True)
        check_ends(type(self).__name__, self.inputs, self.outputs)
        self._base_init(name=name)
        self.built = True
        self._is_graph_network = True
        self._input_coordinates = [x._keras_history for x in self.inputs]
        self._output_coordinates = [x._keras_history for x in self.outputs]
        self._input_layers = [layer for layer, _, _ in self._input_coordinates]
        self._output_layers = [layer for layer, _, _ in self._output_coordinates]
        found = map_graph(self.inputs, self.outputs)
        self._network_nodes = found.node_keys
        self._nodes_by_depth = found.nodes_by_depth
        self._layers = found.layers
        self._layers_by_depth = found.layers_by_depth

        # The graph as it was built is the model's first call, so what it computed need not be computed again.
        Node(
            self,
            inbound_layers=[],
            node_indices=[],
            tensor_indices=[],
            input_tensors=self.inputs,
            output_tensors=self.outputs,
            input_masks=[None for _ in self.inputs],
            output_masks=[None for _ in self.outputs],
            input_shapes=[x._keras_shape for x in self.inputs],
            output_shapes=[x._keras_shape for x in self.outputs],
        )
        self._output_tensor_cache = {}
        self._output_shape_cache = {}
        self._output_mask_cache = {
            _cache_key(self.inputs, _masks(self._input_coordinates)): unpack_singleton(_masks(self._output_coordinates))
        }
        self.input_names = [layer.name for layer in self._input_layers]
        self.output_names = [layer.name for layer in self._output_layers]
        fed = [(layer, x) for layer, x in zip(self._input_layers, self.inputs) if layer.is_placeholder]
        self._feed_inputs = [x for _, x in fed]
        self._feed_input_names = [layer.name for layer, _ in fed]
        self._feed_input_shapes = [x._keras_shape for _, x in fed]

    def _init_subclassed_network(self, name=None):
        self._base_init(name=name)
        self._is_graph_network = False
        self._expects_training_arg = has_arg(self.call, "training")
        self._uses_inputs_arg = has_arg(self.call, "inputs")
        self.outputs = None
        self.inputs = None
        self.built = False

    def __setattr__(self, name, value):
        if isinstance(value, Layer):
            if not hasattr(self, "_is_graph_network"):
                raise RuntimeError(
                    "It looks like you are subclassing `Model` and you forgot to call "
                    f"`super({type(self).__name__}, self).__init__()`. Always start with this line."
                )
            if not self._is_graph_network and value not in self._layers:
                self._layers.append(value)
        super().__setattr__(name, value)

    # Layers

    @property
    def layers(self):
        """The layers, from the inputs on."""
        return self._layers

    def get_layer(self, name=None, index=None):
        """A layer by its name, or by its place in `layers`.

        Raises:
            ValueError: there is no such layer.
        """
        if index is not None:
            if index >= len(self.layers):
                raise ValueError(
                    f"Was asked to retrieve layer at index {index} but model {self.name} only has {len(self.layers)} layers."
                )
            return self.layers[index]
        if not name:
            raise ValueError("Provide either a layer name or layer index.")
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise ValueError(
            f"No such layer: {name}. Layers of {self.name}: {', '.join(layer.name for layer in self.layers)}"
        )

    @property
    def updates(self):
        """The updates of the layers' calls in this model; none where the model is frozen and keeps no state."""
        if not self.trainable and not self.stateful:
            return []
        return self._gathered("get_updates_for", "updates")

    @property
    def losses(self):
        """The added losses of the layers' calls in this model, each once, plain numbers last."""
        if tf.executing_eagerly():
            return super().losses + [loss for layer in self.layers for loss in layer.losses]
        losses = self._gathered("get_losses_for", "losses") + self.get_losses_for(None)
        numbers = [x for x in losses if isinstance(x, float | int)]
        return [*dict.fromkeys(x for x in losses if not isinstance(x, float | int)), *numbers]

    def _gathered(self, method, attribute):
        if not self._is_graph_network:
            return [item for layer in self.layers for item in getattr(layer, attribute, [])]
        items = []
        for layer in self.layers:
            for index, node in enumerate(layer._inbound_nodes):
                if self._node_key(layer, index) in self._network_nodes:
                    items += getattr(layer, method)(node.input_tensors)
            items += getattr(layer, method)(None)
        return items

    @property
    def uses_learning_phase(self):
        """Whether the outputs differ between training and use."""
        return any(x._uses_learning_phase for x in self.outputs or [])

    @property
    def stateful(self):
        """Whether any layer keeps a state between batches."""
        return any(getattr(layer, "stateful", False) for layer in self.layers)

    def reset_states(self):
        """Resets the states of all stateful layers."""
        for layer in self.layers:
            if hasattr(layer, "reset_states") and getattr(layer, "stateful", False):
                layer.reset_states()

    @property
    def state_updates(self):
        """The updates of stateful layers, which prediction runs as well."""
        return [update for layer in self.layers if layer.stateful for update in layer.updates]

    # Weights

    @property
    def trainable_weights(self):
        """The variables that training changes, layer by layer."""
        if not self.trainable:
            return []
        return [weight for layer in self.layers for weight in layer.trainable_weights]

    @property
    def non_trainable_weights(self):
        """The variables that training leaves alone, layer by layer; of a frozen model its trainable ones first."""
        frozen = [] if self.trainable else [weight for layer in self.layers for weight in layer.trainable_weights]
        return frozen + [weight for layer in self.layers for weight in layer.non_trainable_weights]

    @property
    def weights(self):
        """All variables: the trainable ones first, where tf.keras is spoken layer by layer."""
        if dialect.is_tf_keras():
            return [weight for layer in self.layers for weight in layer.weights]
        return super().weights

    def get_weights(self):
        """The values of all weights, layer by layer, as NumPy arrays."""
        return K.batch_get_value([weight for layer in self.layers for weight in layer.weights])

    def set_weights(self, weights):
        """Gives all variables new values.

        Args:
            weights: list of arrays, as `get_weights` lists them.

        Raises:
            ValueError: another number of arrays.
        """
        variables = [variable for layer in self.layers for variable in layer.weights]
        if len(weights) != len(variables):
            raise ValueError(
                f'You called `set_weights(weights)` on model "{self.name}" with a list of {len(weights)} arrays, but the '
                f"model has {len(variables)} weights."
            )
        K.batch_set_value(list(zip(variables, weights)))

    def add_weight(self, *args, **kwargs):
        """A model has the weights of its layers only.

        Raises:
            NotImplementedError: always.
        """
        raise NotImplementedError(
            f"{type(self).__name__} is a model, and its weights are those of its layers: make the weight in a `Layer` of your "
            "own, and give the model that layer"
        )

    # Calls on new inputs

    @property
    def input_spec(self):
        """The `InputSpec` of each input layer, None for any input."""
        if not self._is_graph_network:
            return None
        specs = []
        for layer in self._input_layers:
            specs += [None] if layer.input_spec is None else layer.input_spec
        return unpack_singleton(specs)

    def call(self, inputs, mask=None):
        """The outputs for new inputs."""
        inputs = to_list(inputs)
        masks = [None for _ in inputs] if mask is None else to_list(mask)
        is_eager = not any(map(_session.is_symbolic, inputs))
        known = None if is_eager else self._output_tensor_cache.get(_cache_key(inputs, masks))
        return self.run_internal_graph(inputs, masks)[0] if known is None else known

    def __call__(self, inputs, *args, **kwargs):
        """As `Layer.__call__`; a model of the user's own may take further arguments by position."""
        if args:
            kwargs.update(zip(list(inspect.signature(self.call).parameters)[1:], args))
        return super().__call__(inputs, **kwargs)

    def _checkpoint_dependencies(self):
        """The layers by the names that checkpoints of objects give them."""
        found = {f"layer-{i}": layer for i, layer in enumerate(self.layers)}
        with_weights = [layer for layer in self.layers if layer.weights]
        return {**found, **{f"layer_with_weights-{i}": layer for i, layer in enumerate(with_weights)}}

    def compute_mask(self, inputs, mask):
        """The outputs' masks for new inputs; None where `call` is the user's."""
        if not self._is_graph_network:
            return None
        inputs = to_list(inputs)
        masks = [None for _ in inputs] if mask is None else to_list(mask)
        key = _cache_key(inputs, masks)
        if not any(map(_session.is_symbolic, inputs)):  # nothing is remembered of values
            return self.run_internal_graph(inputs, masks)[1]
        if key not in self._output_mask_cache:
            self.run_internal_graph(inputs, masks)
        return self._output_mask_cache[key]

    def compute_output_shape(self, input_shape):
        """The outputs' shapes for inputs of other shapes, layer by layer.

        Raises:
            NotImplementedError: `call` is the user's, so this must be too.
            ValueError: another number of shapes.
        """
        if not self._is_graph_network:
            raise NotImplementedError(
                f"{type(self).__name__} defines its own `call`, and must define `compute_output_shape(input_shape)` "
                "too for its shapes to be known before it is called."
            )
        input_shapes = to_list(input_shape)
        if len(input_shapes) != len(self.inputs):
            raise ValueError(f"Invalid input_shape argument {input_shape}: model has {len(self.inputs)} tensor inputs.")
        key = _shapes_key(input_shapes)
        if key not in self._output_shape_cache:
            shapes = {id(x): shape for x, shape in zip(self.inputs, input_shapes)}
            for node in self._nodes_in_order():
                if id(node.output_tensors[0]) not in shapes:
                    inbound = unpack_singleton([shapes[id(x)] for x in node.input_tensors])
                    computed = node.outbound_layer._shapes_of(node.output_tensors, inbound)
                    shapes.update((id(x), shape) for x, shape in zip(node.output_tensors, computed))
            self._output_shape_cache[key] = unpack_singleton([shapes[id(x)] for x in self.outputs])
        return self._output_shape_cache[key]

    def _shapes_of(self, outputs, input_shape):
        is_told = self._is_graph_network or type(self).compute_output_shape is not Network.compute_output_shape
        return super()._shapes_of(outputs, input_shape) if is_told else [static_shape(x) for x in outputs]

    def _nodes_in_order(self):
        for depth in sorted(self._nodes_by_depth, reverse=True):
            yield from self._nodes_by_depth[depth]

    def run_internal_graph(self, inputs, masks=None):
        """Computes the model's outputs for new inputs with the same layers.

        Args:
            inputs: list of tensors.
            masks: list of tensors or None, one for each input.

        Returns:
            (outputs, their masks, their shapes), single values for a single output; the shapes are None where an
            input is no Keras tensor.
        """
        masks = [None for _ in inputs] if masks is None else masks
        computed = {id(x): (y, mask) for x, y, mask in zip(self.inputs, inputs, masks)}
        for node in self._nodes_in_order():
            if all(id(x) in computed for x in node.input_tensors):
                tensors, tensor_masks = zip(*(computed[id(x)] for x in node.input_tensors))
                outputs, output_masks = self._repeat_call(node, list(tensors), list(tensor_masks), inputs)
                computed.update((id(x), pair) for x, pair in zip(node.output_tensors, zip(outputs, output_masks)))
        outputs, output_masks = map(list, zip(*(computed[id(x)] for x in self.outputs)))
        shapes = None
        if all(hasattr(x, "_keras_shape") for x in [*inputs, *outputs]):
            shapes = unpack_singleton([x._keras_shape for x in outputs])
            self._output_shape_cache[_shapes_key([x._keras_shape for x in inputs])] = shapes
        outputs, output_masks = unpack_singleton(outputs), unpack_singleton(output_masks)
        if not any(map(_session.is_symbolic, inputs)):
            return outputs, output_masks, shapes
        self._output_tensor_cache[_cache_key(inputs, masks)] = outputs
        self._output_mask_cache[_cache_key(inputs, masks)] = output_masks
        return outputs, output_masks, shapes

    def _repeat_call(self, node, inputs, masks, network_inputs):
        """Calls a node's layer on other inputs, without leaving a node; returns the outputs and their masks."""
        layer = node.outbound_layer
        arguments = dict(node.arguments or {})
        argument, mask = unpack_singleton(inputs), unpack_singleton(masks)
        with layer._scope():
            if "mask" not in arguments and has_arg(layer.call, "mask"):
                arguments["mask"] = mask
            outputs = to_list(layer.call(argument, **arguments), allow_tuple=True)
            output_masks = layer.compute_mask(argument, mask)
            output_masks = [None] * len(outputs) if output_masks is None else to_list(output_masks, allow_tuple=True)
            layer._regularize_activity(inputs, outputs)
        if len(output_masks) != len(outputs):
            raise ValueError(
                f"Layers should have equal number of output tensors and output masks. Layer {layer.name} has "
                f"{len(outputs)} output tensors and {len(output_masks)} output masks."
            )
        self.add_update(layer.get_updates_for(inputs), network_inputs)
        self.add_update(layer.get_updates_for(None), None)
        self.add_loss(layer.get_losses_for(inputs), network_inputs)
        self.add_loss(layer.get_losses_for(None), None)
        if all(hasattr(x, "_keras_shape") for x in inputs):
            shapes = layer._shapes_of(outputs, unpack_singleton([x._keras_shape for x in inputs]))
            uses_phase = any(x._uses_learning_phase for x in inputs)
            for x, shape in zip(outputs, shapes):
                x._keras_shape = shape
                x._uses_learning_phase = getattr(x, "_uses_learning_phase", False) or uses_phase
        return outputs, output_masks

    # Configs, files, text

    def get_config(self):
        """The layers and their calls as plain values.

        Raises:
            NotImplementedError: `call` is the user's: code is not written down.
        """
        self._require_graph("get_config")
        return _network_config.get_config(self, Network)

    def _require_graph(self, what):
        if not self._is_graph_network:
            raise NotImplementedError(
                f"`{what}` needs a Sequential or functional model; {type(self).__name__} defines its own `call`. "
                "`save_weights` and `load_weights` work for it."
            )

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """A new model, with new weights, from what `get_config` gave.

        Args:
            config: dict.
            custom_objects: dict, name -> class or function that is not Keras's.
        """
        inputs, outputs = _network_config.tensors_from_config(config, custom_objects)
        return cls(inputs=inputs, outputs=outputs, name=config.get("name"))

    def save(self, filepath, overwrite=True, include_optimizer=True):
        """Writes architecture, weights and, if wanted, the optimizer's state to an HDF5 file; see `load_model`."""
        self._require_graph("save")
        saving.save_model(self, filepath, overwrite, include_optimizer)

    def save_weights(self, filepath, overwrite=True):
        """Writes the weights to an HDF5 file; asks before it overwrites one unless `overwrite`."""
        saving.save_weights(self, filepath, overwrite)

    def load_weights(self, filepath, by_name=False, skip_mismatch=False, reshape=False):
        """Reads weights from an HDF5 file, one of `save_weights` or of a whole model.

        Args:
            filepath: path of the file.
            by_name: bool, match layers by name rather than by order.
            skip_mismatch: bool, leave out layers whose weights differ in number or shape; needs `by_name`.
            reshape: bool, reshape weights where the shapes differ.
        """
        saving.load_weights(self, filepath, by_name, skip_mismatch, reshape)

    def _updated_config(self):
        return {
            "class_name": type(self).__name__,
            "config": self.get_config(),
            "keras_version": graphflow_keras.__version__,
            "backend": K.backend(),
        }

    def to_json(self, **kwargs):
        """The architecture as JSON; see `model_from_json`. `kwargs` are those of `json.dumps`."""
        return json.dumps(self._updated_config(), default=_json_value, **kwargs)

    def to_yaml(self, **kwargs):
        """The architecture as YAML; see `model_from_yaml`. `kwargs` are those of `yaml.dump`.

        Raises:
            ImportError: PyYAML is not installed.
        """
        return _extras.load("yaml", "yaml", "`to_yaml`").dump(json.loads(self.to_json()), **kwargs)

    def summary(self, line_length=None, positions=None, print_fn=None):
        """Prints the layers with their output shapes and numbers of parameters; in a notebook, the picture is linked below.

        Args:
            line_length: int, width of the table.
            positions: list, where each column ends, as parts of `line_length` or in characters.
            print_fn: callable that gets each line, `print` when None.

        Raises:
            ValueError: the model is not built.
        """
        if not self.built:
            raise ValueError(
                "This model has not yet been built. Build the model first by calling build() or calling fit() with some "
                "data. Or specify input_shape or batch_input_shape in the first layer for automatic build."
            )
        print_summary(self, line_length=line_length, positions=positions, print_fn=print_fn)
        if print_fn is None and self.outputs:
            viz.link(self)

    def __getstate__(self):
        return saving.pickle_model(self)

    def __setstate__(self, state):
        self.__dict__.update(saving.unpickle_model(state).__dict__)


def _unique_name(class_name):
    return _session.unique_name(to_snake_case(class_name) if dialect.is_tf_keras() else class_name.lower())


def _masks(coordinates):
    """The masks that came with the tensors at (layer, node index, tensor index)."""
    return [layer._inbound_nodes[index].output_masks[tensor_index] for layer, index, tensor_index in coordinates]


def _cache_key(inputs, masks):
    return object_list_uid(inputs), object_list_uid(masks)


def _shapes_key(shapes):
    return ", ".join(map(str, shapes))


def _json_value(obj):
    """What stands in JSON for a NumPy value or a class."""
    if isinstance(obj, np.ndarray):
        return obj.tolist()
    if isinstance(obj, np.generic):
        return obj.item()
    if isinstance(obj, type):
        return obj.__name__
    raise TypeError(f"Not JSON Serializable: {obj!r} of {type(obj)}; configs hold plain values")
