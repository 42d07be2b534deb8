"""`Layer`, from which every layer and every model derives."""

from __future__ import annotations

import contextlib
import re

import graphflow as tf
from graphflow_keras import backend as K
from graphflow_keras import dialect, initializers
from graphflow_keras.backend import _session, _tensors
from graphflow_keras.engine._node import InputSpec as InputSpec
from graphflow_keras.engine._node import Node as Node
from graphflow_keras.engine._node import as_shape, dtype_name, static_shape
from graphflow_keras.legacy import interfaces
from graphflow_keras.utils.generic_utils import has_arg, is_all_none, object_list_uid, to_list, unpack_singleton
from graphflow_keras.utils.layer_utils import count_params

_ARGUMENTS = {"input_shape", "batch_input_shape", "batch_size", "dtype", "name", "trainable", "weights", "input_dtype"}


class _Alias:
    """Another name for an attribute; an instance may use the name for something of its own."""

    def __init__(self, name):
        self.name = name

    def __get__(self, instance, owner=None):
        return self if instance is None else getattr(instance, self.name)


class Layer:
    """A part of a model: weights made by `build`, and a computation, `call`, written with backend functions.

    A layer may be called many times, each time on other tensors, with the same weights; every call leaves a `Node`.
    A subclass overrides `build(input_shape)`, `call(inputs)`, `compute_output_shape(input_shape)` and, so that
    models with it can be saved, `get_config()`.

    Attributes:
        name: str, unique within a model.
        trainable: bool; weights of a layer that is not trainable are listed as `non_trainable_weights`.
        stateful: bool, whether the layer keeps a state between batches.
        supports_masking: bool, whether a mask may reach the layer; it is then handed on.
        input_spec: an `InputSpec`, or a list of one for each input, checked at each call.

    Raises:
        TypeError: an unknown keyword argument.
    """

    _is_tracked = True  # checkpoints of objects find its variables by their attributes

    def __init__(self, **kwargs):
        self.input_spec = None
        self.supports_masking = False
        self.stateful = False
        self._trainable_weights = []
        self._non_trainable_weights = []
        self._losses = []
        self._updates = []
        self._per_input_losses = {}  # uid of the inputs, None for unconditional -> losses
        self._per_input_updates = {}
        self._built = False
        self._inbound_nodes = []
        self._outbound_nodes = []
        for name in kwargs:
            if name not in _ARGUMENTS:
                raise TypeError(
                    f"Keyword argument not understood: {name!r} given to {type(self).__name__}; "
                    f"every layer takes {', '.join(sorted(_ARGUMENTS))}"
                )
        self.name = kwargs.get("name") or _unique_name(type(self).__name__)
        self.trainable = kwargs.get("trainable", True)
        if "batch_input_shape" in kwargs:
            self.batch_input_shape = as_shape(kwargs["batch_input_shape"], "batch_input_shape")
        elif "input_shape" in kwargs:
            self.batch_input_shape = (kwargs.get("batch_size"), *as_shape(kwargs["input_shape"], "input_shape"))
        if hasattr(self, "batch_input_shape"):
            self.dtype = dtype_name(kwargs.get("dtype") or kwargs.get("input_dtype"))
        self._initial_weights = kwargs.get("weights")

    @staticmethod
    def _node_key(layer, node_index):
        return f"{layer.name}_ib-{node_index}"

    # Weights

    @property
    def built(self):
        """Whether the weights exist."""
        return self._built

    @built.setter
    def built(self, value):
        self._built = value

    @property
    def trainable_weights(self):
        """The variables that training changes."""
        return self._trainable_weights if getattr(self, "trainable", True) else []

    @trainable_weights.setter
    def trainable_weights(self, weights):
        self._trainable_weights = weights

    @property
    def non_trainable_weights(self):
        """The variables that training leaves alone."""
        if getattr(self, "trainable", True):
            return self._non_trainable_weights
        return self._trainable_weights + self._non_trainable_weights

    @non_trainable_weights.setter
    def non_trainable_weights(self, weights):
        self._non_trainable_weights = weights

    @property
    def weights(self):
        """All variables, the trainable ones first."""
        return self.trainable_weights + self.non_trainable_weights

    # As `tf.keras` calls them.
    variables = _Alias("weights")
    trainable_variables = _Alias("trainable_weights")
    non_trainable_variables = _Alias("non_trainable_weights")
    add_variable = _Alias("add_weight")

    @interfaces.legacy_add_weight_support
    def add_weight(self, name, shape, dtype=None, initializer=None, regularizer=None, trainable=True, constraint=None):
        """Makes a variable of the layer.

        Args:
            name: str, the variable is called `<layer>/<name>`.
            shape: tuple of int.
            dtype: str, `K.floatx()` when None.
            initializer: name, config or callable; uniform after Glorot when None.
            regularizer: callable, variable -> scalar loss, or None.
            trainable: bool.
            constraint: callable, applied to the variable after each step of an optimizer, or None.

        Returns:
            The variable, of `shape` and `dtype`.
        """
        initializer = initializers.get("glorot_uniform" if initializer is None else initializer)
        dtype = dtype_name(dtype)
        # An initializer of the user's may take the shape alone.
        def start():
            return initializer(shape) if dtype == K.floatx() else initializer(shape, dtype=dtype)

        weight = _tensors.weight(start, dtype, name, trainable, constraint)
        if regularizer is not None:
            self.__dict__.setdefault("_regularized", []).append((regularizer, weight))
            if not tf.executing_eagerly() and not dialect.is_tf_keras():  # tf.keras asks when a loss is wanted
                with K.name_scope("weight_regularizer"):
                    self.add_loss(regularizer(weight))
        (self._trainable_weights if trainable else self._non_trainable_weights).append(weight)
        return weight

    def get_weights(self):
        """The values of `weights`, as NumPy arrays."""
        return K.batch_get_value(self.weights)

    def set_weights(self, weights):
        """Gives the variables new values.

        Args:
            weights: list of arrays, as `get_weights` lists them.

        Raises:
            ValueError: another number of arrays, or another shape.
        """
        variables = self.weights
        if len(variables) != len(weights):
            raise ValueError(
                f'You called `set_weights(weights)` on layer "{self.name}" with a list of {len(weights)} arrays, but the '
                f"layer has {len(variables)} weights: {[K.int_shape(v) for v in variables]}; got {str(weights)[:50]}..."
            )
        for variable, value in zip(variables, weights):
            if K.int_shape(variable) != value.shape:
                raise ValueError(
                    f'Layer weight shape {K.int_shape(variable)} of {variable.name} in layer "{self.name}" not compatible '
                    f"with provided weight shape {value.shape}"
                )
        if variables:
            K.batch_set_value(list(zip(variables, weights)))

    def count_params(self):
        """How many numbers the weights hold.

        Raises:
            RuntimeError: the layer is not built.
        """
        if not self.built:
            raise RuntimeError(
                f"You tried to call `count_params` on {self.name}, but the layer isn't built and so has no weights yet: "
                f"call it on a tensor, or `{self.name}.build(batch_input_shape)`."
            )
        return count_params(self.weights)

    # What a subclass overrides

    def build(self, input_shape):
        """Makes the weights; `input_shape` is a tuple with None for unknown sizes, or a list of such."""
        self.built = True

    def call(self, inputs, **kwargs):
        """The computation: tensor or list of tensors -> tensor or list of tensors."""
        return inputs

    def compute_output_shape(self, input_shape):
        """The output's shape, a tuple, for an input of shape `input_shape`; lists of them for several."""
        return input_shape

    def compute_mask(self, inputs, mask=None):
        """The output's mask: the input's, or None where the layer has no masking.

        Raises:
            TypeError: a mask reached a layer that cannot use it.
        """
        if self.supports_masking:
            return mask
        if any(m is not None for m in to_list(mask)):
            raise TypeError(
                f"Layer {self.name} does not support masking, but was passed an input_mask: {mask}. Set `supports_masking` "
                f"in the layer's constructor if it treats all steps alike, or drop the mask before it."
            )
        return None

    def get_config(self):
        """The constructor's arguments, as plain values."""
        config = {"name": self.name, "trainable": self.trainable}
        for name in ("batch_input_shape", "dtype"):
            if hasattr(self, name):
                config[name] = getattr(self, name)
        return config

    @classmethod
    def from_config(cls, config):
        """A new layer, with new weights, from what `get_config` gave."""
        return cls(**config)

    # Calls

    def assert_input_compatibility(self, inputs):
        """Checks the inputs of a call against `input_spec`.

        Raises:
            ValueError: an input is no tensor, their number differs, or one breaks its `InputSpec`.
        """
        inputs = to_list(inputs)
        for x in inputs:
            if not K.is_tensor(x):
                raise ValueError(
                    f"Layer {self.name} was called with an input that isn't a symbolic tensor. Received type: {type(x)}. "
                    f"Full input: {inputs}. All inputs to the layer should be tensors: `K.constant(value)` makes one of an "
                    "array, `Input(shape)` a placeholder for a model."
                )
        if not self.input_spec:
            return
        specs = self.input_spec if isinstance(self.input_spec, tuple) else to_list(self.input_spec)
        if len(inputs) != len(specs):
            raise ValueError(
                f"Layer {self.name} expects {len(specs)} inputs, but it received {len(inputs)} input tensors. "
                f"Input received: {inputs}"
            )
        for i, (x, spec) in enumerate(zip(inputs, specs)):
            problem = spec.mismatch(x) if spec is not None else None
            if problem:
                raise ValueError(f"Input {i} is incompatible with layer {self.name}: {problem}")

    def __call__(self, inputs, **kwargs):
        """Builds the layer if need be, computes its output for `inputs`, and notes the call.

        Args:
            inputs: tensor or list of tensors.
            **kwargs: passed on to `call`; `mask`, where `call` takes it, comes from the inputs.

        Returns:
            Tensor or list of tensors, with `_keras_shape` and `_keras_history`.

        Raises:
            ValueError: the inputs do not fit `input_spec`.
        """
        if isinstance(inputs, list):
            inputs = inputs[:]  # a caller that appends to its list later must not change the node
        is_eager = tf.executing_eagerly() and not any(map(_session.is_symbolic, to_list(inputs)))
        joins_models = any(map(_session.of_models_beside_eager, to_list(inputs)))
        if is_eager:
            inputs = unpack_singleton([tf.convert_to_tensor(x) for x in to_list(inputs, allow_tuple=True)])
        with _session.symbolic_graph() if joins_models else contextlib.nullcontext(), self._scope():
            if not self.built:
                self._build_for(inputs)
            self.assert_input_compatibility(inputs)
            arguments = dict(kwargs)
            previous_mask = _previous_mask(inputs)
            if "mask" not in kwargs and not is_all_none(previous_mask) and has_arg(self.call, "mask"):
                kwargs["mask"] = previous_mask
            input_shape = unpack_singleton([static_shape(x) for x in to_list(inputs)])
            output = self.call(inputs, **kwargs)
            output_mask = self.compute_mask(inputs, previous_mask)

            # A layer that hands an input through gives a new tensor all the same: a tensor has one history.
            sources = {id(x) for x in to_list(inputs)}
            outputs = [K.identity(x) if id(x) in sources else x for x in to_list(output, allow_tuple=True)]
            if all(shape is not None for shape in to_list(input_shape)):
                output_shape = self._shapes_of(outputs, input_shape)
            else:
                output_shape = [None] * len(outputs)
            if len(outputs) > 1 and not isinstance(output_mask, list | tuple):
                output_mask = [output_mask] * len(outputs)
            if not is_eager:  # of values nothing is noted
                self._add_inbound_node(
                    inputs, outputs, previous_mask, output_mask, input_shape, output_shape, arguments
                )
            self._regularize_activity(inputs, outputs)
        return unpack_singleton(outputs)

    def _scope(self):
        """The name scope that a call's operations go to."""
        if not isinstance(self.name, str) or re.search(r"[^\w.\\/>-]", self.name, re.ASCII):
            raise ValueError(
                f"{self.name!r} is not a valid scope name, and so no name for a layer that is called: "
                "use letters, digits and . _ - /"
            )
        return K.name_scope(self.name)

    def _shapes_of(self, outputs, input_shape):
        """The shapes of a call's outputs, a list of tuples, as `compute_output_shape` tells them."""
        shapes = to_list(self.compute_output_shape(input_shape))
        return [tuple(shape.as_list()) if isinstance(shape, tf.TensorShape) else shape for shape in shapes]

    def _build_for(self, inputs):
        self.assert_input_compatibility(inputs)
        self.build(unpack_singleton([K.int_shape(x) for x in to_list(inputs)]))
        self.built = True
        if self._initial_weights is not None:
            self.set_weights(self._initial_weights)

    def _regularize_activity(self, inputs, outputs):
        regularizer = getattr(self, "activity_regularizer", None)
        if regularizer is not None:
            with K.name_scope("activity_regularizer"):
                losses = [regularizer(x) for x in outputs]
            self.add_loss(losses, inputs=to_list(inputs))

    def _add_inbound_node(
        self, input_tensors, output_tensors, input_masks, output_masks, input_shapes, output_shapes, arguments=None
    ):
        """Notes a call, and marks the outputs with their shape, their origin and whether the learning phase matters."""
        input_tensors = to_list(input_tensors)
        output_tensors = to_list(output_tensors)
        output_shapes = to_list(output_shapes)
        origins = [getattr(x, "_keras_history", (None, None, None)) for x in input_tensors]
        Node(
            self,
            inbound_layers=[layer for layer, _, _ in origins],
            node_indices=[node_index for _, node_index, _ in origins],
            tensor_indices=[tensor_index for _, _, tensor_index in origins],
            input_tensors=input_tensors,
            output_tensors=output_tensors,
            input_masks=to_list(input_masks),
            output_masks=to_list(output_masks, allow_tuple=True),
            input_shapes=to_list(input_shapes),
            output_shapes=output_shapes,
            arguments=arguments,
        )
        uses_phase = bool(getattr(self, "uses_learning_phase", False)) or any(
            getattr(x, "_uses_learning_phase", False) for x in input_tensors
        )
        for i, (x, shape) in enumerate(zip(output_tensors, output_shapes)):
            x._keras_shape = shape
            x._uses_learning_phase = getattr(x, "_uses_learning_phase", False) or uses_phase
            x._keras_history = (self, len(self._inbound_nodes) - 1, i)

    # What was noted of the calls

    def get_input_shape_at(self, node_index):
        """The input's shape, or a list of them, in the call of index `node_index`."""
        return self._at(node_index, "input_shapes", "input shape")

    def get_output_shape_at(self, node_index):
        """The output's shape, or a list of them, in the call of index `node_index`."""
        return self._at(node_index, "output_shapes", "output shape")

    def get_input_at(self, node_index):
        """The input tensor, or a list of them, of the call of index `node_index`."""
        return self._at(node_index, "input_tensors", "input")

    def get_output_at(self, node_index):
        """The output tensor, or a list of them, of the call of index `node_index`."""
        return self._at(node_index, "output_tensors", "output")

    def get_input_mask_at(self, node_index):
        """The input's mask, or a list of them, in the call of index `node_index`; None where there was none."""
        return self._at(node_index, "input_masks", "input mask")

    def get_output_mask_at(self, node_index):
        """The output's mask, or a list of them, in the call of index `node_index`; None where there was none."""
        return self._at(node_index, "output_masks", "output mask")

    def _at(self, node_index, attribute, what):
        if not self._inbound_nodes:
            raise RuntimeError(f"The layer {self.name} has never been called and thus has no defined {what}.")
        if node_index >= len(self._inbound_nodes):
            raise ValueError(
                f"Asked to get {what} at node {node_index}, but the layer {self.name} has only "
                f"{len(self._inbound_nodes)} inbound nodes."
            )
        return unpack_singleton(getattr(self._inbound_nodes[node_index], attribute))

    @property
    def input(self):
        """The input tensor(s) of a layer called once."""
        return self._of_only_call("input_tensors", "input")

    @property
    def output(self):
        """The output tensor(s) of a layer called once."""
        return self._of_only_call("output_tensors", "output")

    @property
    def input_mask(self):
        """The mask(s) of the input of a layer called once."""
        return self._of_only_call("input_masks", "input mask")

    @property
    def output_mask(self):
        """The mask(s) of the output of a layer called once."""
        return self._of_only_call("output_masks", "output mask")

    @property
    def input_shape(self):
        """The shape(s) of the input, where all calls agree on it."""
        return self._shape_of_all_calls("input_shapes", "input shape")

    @property
    def output_shape(self):
        """The shape(s) of the output, where all calls agree on it."""
        return self._shape_of_all_calls("output_shapes", "output shape")

    def _of_only_call(self, attribute, what):
        if not self._inbound_nodes:
            raise AttributeError(f"Layer {self.name} is not connected, no {what} to return: call it on a tensor first.")
        if len(self._inbound_nodes) > 1:
            raise AttributeError(
                f'Layer {self.name} has multiple inbound nodes, hence the notion of "layer {what}" is ill-defined. '
                f"Use `get_{what.replace(' ', '_')}_at(node_index)` instead."
            )
        return unpack_singleton(getattr(self._inbound_nodes[0], attribute))

    def _shape_of_all_calls(self, attribute, what):
        if not self._inbound_nodes:
            raise AttributeError(f"The layer {self.name} has never been called and thus has no defined {what}.")
        first, *others = (getattr(node, attribute) for node in self._inbound_nodes)
        if any(str(other) != str(first) for other in others):
            raise AttributeError(
                f'The layer "{self.name}" has multiple inbound nodes, with different {what}s. Hence the notion of "{what}" '
                f"is ill-defined for the layer. Use `get_{what.replace(' ', '_')}_at(node_index)` instead."
            )
        return unpack_singleton(first)

    # Losses and updates beside the layer's output

    @property
    def losses(self):
        """All added losses; with eager execution those on weights, computed anew."""
        if tf.executing_eagerly():
            return [regularizer(weight) for regularizer, weight in self.__dict__.get("_regularized", ())]
        self._regularize_weights()
        return self._losses

    @property
    def updates(self):
        """All added updates; none where the layer is frozen and keeps no state."""
        return self._updates if self.trainable or self.stateful else []

    def add_loss(self, losses, inputs=None):
        """Adds to what the model minimises.

        Args:
            losses: scalar tensor or a list of them.
            inputs: the tensors of the call that the losses belong to; None for losses of no call, as on a weight.
        """
        self._add(self._losses, self._per_input_losses, losses, inputs)

    def _regularize_weights(self):
        """Adds the losses on weights, where tf.keras is spoken and so `add_weight` left that for later."""
        waiting = self.__dict__.get("_regularized")
        if not waiting or not dialect.is_tf_keras() or tf.executing_eagerly():
            return
        self._regularized = []
        for regularizer, weight in waiting:
            with K.name_scope(weight.op.name.rpartition("/")[2] + "/Regularizer"):
                self.add_loss(regularizer(weight))

    def add_update(self, updates, inputs=None):
        """Adds operations that each step of training runs; `inputs` as for `add_loss`."""
        self._add(self._updates, self._per_input_updates, updates, inputs)

    @staticmethod
    def _add(all_items, per_input, items, inputs):
        items = [] if items is None else to_list(items)
        if items:
            all_items.extend(items)
            per_input.setdefault(_inputs_key(inputs), []).extend(items)

    def get_losses_for(self, inputs):
        """The losses added for `inputs`; those of no call for None."""
        self._regularize_weights()
        return self._per_input_losses.get(_inputs_key(inputs), [])

    def get_updates_for(self, inputs):
        """The updates added for `inputs`; those of no call for None. None of a frozen layer without state."""
        if not self.trainable and not self.stateful:
            return []
        return self._per_input_updates.get(_inputs_key(inputs), [])


def _inputs_key(inputs):
    return None if inputs is None or inputs == [] else object_list_uid(inputs)


def _previous_mask(inputs):
    """The mask that comes with each input from the layer that made it."""
    masks = []
    for x in to_list(inputs):
        layer, node_index, tensor_index = getattr(x, "_keras_history", (None, None, None))
        masks.append(layer._inbound_nodes[node_index].output_masks[tensor_index] if layer else None)
    return unpack_singleton(masks)


def _unique_name(class_name):
    return _session.unique_name(to_snake_case(class_name), class_name)


def to_snake_case(name):
    """`Conv2DTranspose` -> `conv2d_transpose`; a leading underscore gets `private` before it: scopes forbid it."""
    words = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", name)
    words = re.sub(r"([a-z])([A-Z])", r"\1_\2", words).lower()
    return f"private{words}" if words.startswith("_") else words
