"""`Network`: layers joined to a graph of calls, itself a layer. `Model` adds the training."""

from __future__ import annotations

import inspect

import graphflow as tf
from graphflow import viz
from graphflow_keras import _signatures, dialect
from graphflow_keras import backend as K
from graphflow_keras.backend import _session
from graphflow_keras.engine import _op_layers, _tracking
from graphflow_keras.engine._graph_map import check_ends, map_graph
from graphflow_keras.engine._network_files import NetworkFiles
from graphflow_keras.engine._node import static_shape
from graphflow_keras.engine.base_layer import Layer, Node, to_snake_case
from graphflow_keras.legacy import interfaces
from graphflow_keras.utils.generic_utils import has_arg, object_list_uid, to_list, unpack_singleton
from graphflow_keras.utils.layer_utils import get_source_inputs as get_source_inputs


class Network(NetworkFiles, Layer):
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
        if dialect.is_tf_keras():
            _op_layers.complete(self.outputs)
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

    def build(self, input_shape=None):
        """Makes the weights of a model of tf.keras that defines its own `call`, by a call on placeholders.

        Args:
            input_shape: tuple with the batch's size, or a list of such.

        Raises:
            ValueError: no shape, for a model that needs one.
        """
        if dialect.is_tf_keras() and not self._is_graph_network and not self.built:
            if input_shape is None:
                raise ValueError(
                    "Input shape must be defined when calling build on a model that defines its own `call`."
                )
            several = isinstance(input_shape, list) and not all(
                size is None or isinstance(size, int) for size in input_shape
            )
            shapes = input_shape if several else [input_shape]
            if tf.executing_eagerly():
                inputs = [tf.zeros([size or 1 for size in shape]) for shape in shapes]
            else:
                inputs = [K.placeholder(shape=shape) for shape in shapes]
            training = inspect.signature(self.call).parameters.get("training")
            kwargs = {"training": False} if training and training.default is training.empty else {}
            self.call(inputs if several else inputs[0], **kwargs)
        super().build(input_shape)

    def _build_for(self, inputs):
        if self._is_graph_network or type(self).build is not Network.build:
            super()._build_for(inputs)
        self.built = True  # the call that follows makes the weights

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

    def _held_layers(self):
        return []

    # Layers

    @property
    def layers(self):
        """The layers, from the inputs on; those of a subclass in the order in which its attributes were set."""
        if dialect.is_tf_keras() and not self._is_graph_network and type(self).call is not Network.call:
            return _tracking.layers_of(self)
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
        """Whether the outputs differ between training and use; for tf.keras, whether anything in the graph does."""
        if dialect.is_tf_keras():
            return _session.has_learning_phase()
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
        return [weight for layer in self.layers for weight in layer.trainable_weights] + self._own_weights(True)

    @property
    def non_trainable_weights(self):
        """The variables that training leaves alone, layer by layer; of a frozen model its trainable ones first."""
        frozen = [] if self.trainable else [weight for layer in self.layers for weight in layer.trainable_weights]
        of_layers = [weight for layer in self.layers for weight in layer.non_trainable_weights]
        return frozen + of_layers + self._own_weights(False)

    def _own_weights(self, trainable):
        """The variables that a subclass of tf.keras holds besides its layers."""
        if self._is_graph_network or not dialect.is_tf_keras():
            return []
        return [weight for weight in _tracking.variables_of(self, ()) if bool(weight.trainable) is trainable]

    @property
    def weights(self):
        """All variables: the trainable ones first, where tf.keras is spoken layer by layer."""
        if dialect.is_tf_keras():
            return self._weights_by_layer()
        return super().weights

    def get_weights(self):
        """The values of all weights, layer by layer, as NumPy arrays."""
        return K.batch_get_value(self._weights_by_layer())

    def _weights_by_layer(self):
        own = self._own_weights(True) + self._own_weights(False)
        return [weight for layer in self.layers for weight in layer.weights] + own

    def set_weights(self, weights):
        """Gives all variables new values.

        Args:
            weights: list of arrays, as `get_weights` lists them.

        Raises:
            ValueError: another number of arrays.
        """
        variables = self._weights_by_layer()
        if len(weights) != len(variables):
            raise ValueError(
                f'You called `set_weights(weights)` on model "{self.name}" with a list of {len(weights)} arrays, but the '
                f"model has {len(variables)} weights."
            )
        K.batch_set_value(list(zip(variables, weights)))

    def add_weight(self, *args, **kwargs):
        """A model has the weights of its layers only; a subclass of tf.keras may keep others in attributes.

        Raises:
            NotImplementedError: it is no such subclass.
        """
        if dialect.is_tf_keras() and not self._is_graph_network:
            for name in ("_trainable_weights", "_non_trainable_weights"):
                vars(self).setdefault(name, [])
            return super().add_weight(*args, **kwargs)
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

    @_signatures.also_takes("training")
    def call(self, inputs, mask=None, training=None):
        """The outputs for new inputs; `training` goes to the layers that take it, in place of the learning phase."""
        inputs = to_list(inputs)
        masks = [None for _ in inputs] if mask is None else to_list(mask)
        is_eager = not any(map(_session.is_symbolic, inputs))
        known = None if is_eager else self._output_tensor_cache.get(_cache_key(inputs, masks, training))
        return self.run_internal_graph(inputs, masks, training)[0] if known is None else known

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

    @_signatures.also_takes("training")
    def run_internal_graph(self, inputs, masks=None, training=None):
        """Computes the model's outputs for new inputs with the same layers.

        Args:
            inputs: list of tensors.
            masks: list of tensors or None, one for each input.
            training: bool or tensor for the layers that take it; None for what they were called with.

        Returns:
            (outputs, their masks, their shapes), single values for a single output; the shapes are None where an
            input is no Keras tensor.
        """
        masks = [None for _ in inputs] if masks is None else masks
        computed = {id(x): (y, mask) for x, y, mask in zip(self.inputs, inputs, masks)}
        for node in self._nodes_in_order():
            if all(id(x) in computed for x in node.input_tensors):
                tensors, tensor_masks = zip(*(computed[id(x)] for x in node.input_tensors))
                outputs, output_masks = self._repeat_call(node, list(tensors), list(tensor_masks), inputs, training)
                computed.update((id(x), pair) for x, pair in zip(node.output_tensors, zip(outputs, output_masks)))
        outputs, output_masks = map(list, zip(*(computed[id(x)] for x in self.outputs)))
        shapes = None
        if all(hasattr(x, "_keras_shape") for x in [*inputs, *outputs]):
            shapes = unpack_singleton([x._keras_shape for x in outputs])
            self._output_shape_cache[_shapes_key([x._keras_shape for x in inputs])] = shapes
        outputs, output_masks = unpack_singleton(outputs), unpack_singleton(output_masks)
        if not any(map(_session.is_symbolic, inputs)):
            return outputs, output_masks, shapes
        self._output_tensor_cache[_cache_key(inputs, masks, training)] = outputs
        self._output_mask_cache[_cache_key(inputs, masks)] = output_masks
        return outputs, output_masks, shapes

    def _repeat_call(self, node, inputs, masks, network_inputs, training):
        """Calls a node's layer on other inputs, without leaving a node; returns the outputs and their masks."""
        layer = node.outbound_layer
        arguments = dict(node.arguments or {})
        argument, mask = unpack_singleton(inputs), unpack_singleton(masks)
        with layer._scope():
            if "mask" not in arguments and has_arg(layer.call, "mask"):
                arguments["mask"] = mask
            if training is not None and has_arg(layer.call, "training"):
                arguments.setdefault("training", training)
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


def _unique_name(class_name):
    return _session.unique_name(to_snake_case(class_name) if dialect.is_tf_keras() else class_name.lower())


def _masks(coordinates):
    """The masks that came with the tensors at (layer, node index, tensor index)."""
    return [layer._inbound_nodes[index].output_masks[tensor_index] for layer, index, tensor_index in coordinates]


def _cache_key(inputs, masks, training=None):
    return object_list_uid(inputs), object_list_uid(masks), object_list_uid([training])


def _shapes_key(shapes):
    return ", ".join(map(str, shapes))
