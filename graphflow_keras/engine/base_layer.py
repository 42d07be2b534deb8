"""`Layer`, from which every layer and every model derives."""

from __future__ import annotations

import contextlib
import re

import graphflow as tf
from graphflow_keras import _signatures, dialect, regularizers
from graphflow_keras import backend as K
from graphflow_keras.backend import _session
from graphflow_keras.engine import _tracking
from graphflow_keras.engine._added_losses import AddedLosses
from graphflow_keras.engine._layer_weights import LayerWeights
from graphflow_keras.engine._node import InputSpec as InputSpec
from graphflow_keras.engine._node import Node as Node
from graphflow_keras.engine._node import as_shape, dtype_name, static_shape, without_policy
from graphflow_keras.engine._noted_calls import NotedCalls
from graphflow_keras.utils.generic_utils import has_arg, is_all_none, to_list, unpack_singleton

_ARGUMENTS = {"input_shape", "batch_input_shape", "batch_size", "dtype", "name", "trainable", "weights", "input_dtype"}
_OF_TF_KERAS = {"activity_regularizer", "autocast", "dynamic"}


class Layer(LayerWeights, AddedLosses, NotedCalls):
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
        known = _ARGUMENTS | _OF_TF_KERAS if dialect.is_tf_keras() else _ARGUMENTS
        for name in kwargs:
            if name not in known:
                raise TypeError(
                    f"Keyword argument not understood: {name!r} given to {type(self).__name__}; "
                    f"every layer takes {', '.join(sorted(known))}"
                )
        self.name = kwargs.get("name") or _unique_name(type(self).__name__)
        self.trainable = kwargs.get("trainable", True)
        if "batch_input_shape" in kwargs:
            self.batch_input_shape = as_shape(kwargs["batch_input_shape"], "batch_input_shape")
        elif "input_shape" in kwargs:
            self.batch_input_shape = (kwargs.get("batch_size"), *as_shape(kwargs["input_shape"], "input_shape"))
        dtype = without_policy(kwargs.get("dtype") or kwargs.get("input_dtype"))
        if hasattr(self, "batch_input_shape") or dtype and dialect.is_tf_keras():
            self.dtype = dtype_name(dtype)
        if kwargs.get("activity_regularizer") is not None:
            self.activity_regularizer = regularizers.get(kwargs["activity_regularizer"])
        if kwargs.get("dynamic") and not tf.executing_eagerly():
            _signatures.refuse(
                type(self).__name__, "a layer becomes part of a graph: tf.py_func runs Python there", dynamic=True
            )
        self._initial_weights = kwargs.get("weights")

    @staticmethod
    def _node_key(layer, node_index):
        return f"{layer.name}_ib-{node_index}"

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
        if dialect.is_tf_keras():
            config.setdefault("dtype", None)
        return config

    @classmethod
    def from_config(cls, config):
        """A new layer, with new weights, from what `get_config` gave."""
        return cls(**config)

    @property
    def dynamic(self):
        """False: a layer becomes part of a graph."""
        return False

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
            output_mask = self._mask_of(output, inputs, previous_mask)

            # A layer that hands an input through gives a new tensor all the same: a tensor has one history.
            sources = {id(x) for x in to_list(inputs)}
            outputs = [self._passed_on(x) if id(x) in sources else x for x in to_list(output, allow_tuple=True)]
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

    def _passed_on(self, x):
        """A new tensor with the value of `x`."""
        with K.name_scope(self.name) if dialect.is_tf_keras() else contextlib.nullcontext():
            return K.identity(x)

    def _mask_of(self, output, inputs, previous_mask):
        """The mask of a call's output; a layer of tf.keras that knows nothing of masks lets them go."""
        if dialect.is_tf_keras():
            masks = [getattr(x, "_keras_mask", None) for x in to_list(output, allow_tuple=True)]
            if None not in masks:
                return unpack_singleton(masks)
            if not self.supports_masking and type(self).compute_mask is Layer.compute_mask:
                return None
        return self.compute_mask(inputs, previous_mask)

    @property
    def name_scope(self):
        """A context for operations of the layer."""
        return self._scope()

    with_name_scope = classmethod(lambda cls, method: tf.Module.with_name_scope(method))

    @property
    def submodules(self):
        """The layers that this one holds, and those that they hold."""
        found = _tracking.layers_of(self)
        for layer in found:  # it grows
            found += [inner for inner in _tracking.layers_of(layer) if not any(inner is known for known in found)]
        return tuple(found)

    def apply(self, inputs, *args, **kwargs):
        """A call of the layer, as tf.keras has it besides."""
        return self(inputs, *args, **kwargs)

    def compute_output_signature(self, input_signature):
        """The output's `tf.TensorSpec`, or a list of them, for an input's."""
        specs = to_list(input_signature, allow_tuple=True)
        shape = unpack_singleton([tuple(spec.shape.as_list()) for spec in specs])
        shapes = self.compute_output_shape(shape)
        dtype = getattr(self, "dtype", None) or specs[0].dtype
        if isinstance(shapes, list):
            return [tf.TensorSpec(shape, dtype) for shape in shapes]
        return tf.TensorSpec(shapes, dtype)

    def _scope(self):
        """The name scope that a call's operations go to."""
        if not isinstance(self.name, str) or re.search(r"[^\w.\\/>-]", self.name, re.ASCII):
            raise ValueError(
                f"{self.name!r} is not a valid scope name, and so no name for a layer that is called: "
                "use letters, digits and . _ - /"
            )
        return K.name_scope(self.name)

    def _shapes_of(self, outputs, input_shape):
        """The shapes of a call's outputs, a list of tuples, as `compute_output_shape` tells them.

        A layer of tf.keras needs none: there the outputs themselves tell their shapes.
        """
        if dialect.is_tf_keras():
            known = [x.shape for x in outputs]
            if all(shape.dims is not None for shape in known):
                return [tuple(shape.as_list()) for shape in known]
        shapes = to_list(self.compute_output_shape(input_shape))
        return [tuple(shape.as_list()) if isinstance(shape, tf.TensorShape) else shape for shape in shapes]

    def _build_for(self, inputs):
        self.assert_input_compatibility(inputs)
        if dialect.is_tf_keras() and getattr(self, "dtype", None) is None:
            self.dtype = K.dtype(to_list(inputs)[0])
        self.build(unpack_singleton([K.int_shape(x) for x in to_list(inputs)]))
        self.built = True
        if self._initial_weights is not None:
            self.set_weights(self._initial_weights)

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
