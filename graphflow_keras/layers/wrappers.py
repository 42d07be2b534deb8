"""Layers around a layer: `TimeDistributed` applies it to every time step, `Bidirectional` runs it both ways."""

import copy

from graphflow_keras import _signatures, dialect
from graphflow_keras import backend as K
from graphflow_keras import layers as all_layers
from graphflow_keras.engine.base_layer import InputSpec, Layer
from graphflow_keras.layers import _recurrent_base
from graphflow_keras.utils.generic_utils import has_arg, object_list_uid, to_list


class Wrapper(Layer):
    """Base class of layers that hold another one and pass its weights, updates and losses on.

    Args:
        layer: the layer inside.
    """

    def __init__(self, layer, **kwargs):
        self.layer = layer
        self._input_map = {}  # uid of the wrapper's inputs -> the inputs which the inner layer saw
        super().__init__(**kwargs)

    def build(self, input_shape=None):
        self.built = True

    @staticmethod
    def _run(layer, inputs, **kwargs):
        """The output of a layer inside: of its `call`; tf.keras calls the layer itself, which has a name scope then."""
        return layer(inputs, **kwargs) if dialect.is_tf_keras() else layer.call(inputs, **kwargs)

    def _regularize_activity(self, inputs, outputs):
        if not dialect.is_tf_keras():  # there the layer inside did
            super()._regularize_activity(inputs, outputs)

    @property
    def activity_regularizer(self):
        return getattr(self.layer, "activity_regularizer", None)

    def _held_layers(self):
        return []

    @property
    def trainable(self):
        return self.layer.trainable

    @trainable.setter
    def trainable(self, value):
        self.layer.trainable = value

    @property
    def trainable_weights(self):
        return self.layer.trainable_weights

    @property
    def non_trainable_weights(self):
        return self.layer.non_trainable_weights

    @property
    def updates(self):
        return getattr(self.layer, "updates", [])

    def get_updates_for(self, inputs=None):
        inner_inputs = inputs
        if inputs is not None:
            inner_inputs = self._input_map.get(object_list_uid(inputs), inputs)
        return self.layer.get_updates_for(inner_inputs) + super().get_updates_for(inputs)

    @property
    def losses(self):
        return getattr(self.layer, "losses", [])

    def get_losses_for(self, inputs=None):
        inner_losses = self.layer.get_losses_for(None) if inputs is None else []
        return inner_losses + super().get_losses_for(inputs)

    def get_weights(self):
        return self.layer.get_weights()

    def set_weights(self, weights):
        self.layer.set_weights(weights)

    def get_config(self):
        inner = {"class_name": self.layer.__class__.__name__, "config": self.layer.get_config()}
        return {**super().get_config(), "layer": inner}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        config = dict(config)
        layer = all_layers.deserialize(config.pop("layer"), custom_objects=custom_objects)
        return cls(layer, **config)


def _dims(head, tensor, start, static=None):
    """`head`, then the sizes of `tensor` from axis `start` on: numbers where known, else tensors."""
    static = K.int_shape(tensor)[start:] if static is None else static
    if all(static):
        return head + tuple(static)
    dynamic = K.shape(tensor)
    return head + tuple(size or dynamic[start + axis] for axis, size in enumerate(static))


class TimeDistributed(Wrapper):
    """Applies a layer to every time step: inputs `[batch, time, ...]`, outputs `[batch, time, ...]`.

    With an unknown batch size all steps are one large batch of the inner layer. With a known one, the layer runs
    step by step, since it may rely on that batch size.
    """

    def __init__(self, layer, **kwargs):
        super().__init__(layer, **kwargs)
        self.supports_masking = True

    def build(self, input_shape):
        if len(input_shape) < 3:
            raise ValueError(
                f"Layer {self.name!r}: TimeDistributed needs inputs [batch, time, ...] of at least 3 axes, "
                f"but got shape {tuple(input_shape)}."
            )
        self.input_spec = InputSpec(shape=input_shape)
        if not self.layer.built:
            self.layer.build((input_shape[0], *input_shape[2:]))
            self.layer.built = True
        super().build()

    def compute_output_shape(self, input_shape):
        inner = self.layer.compute_output_shape((input_shape[0], *input_shape[2:]))
        return (inner[0], input_shape[1], *inner[1:])

    def call(self, inputs, training=None, mask=None):
        kwargs = {"training": training} if has_arg(self.layer.call, "training") else {}
        if not K.int_shape(inputs)[0] or dialect.is_tf_keras() and self._needs_no_batch_size():
            return self._at_once(inputs, mask, kwargs)
        output = self._step_by_step(inputs, kwargs)
        if self.activity_regularizer is not None and not dialect.is_tf_keras():
            # Every call adds this loss once; Keras 2.2.4 adds it here a second time.
            self.add_loss(self.activity_regularizer(output), inputs)
        return output

    def _needs_no_batch_size(self):
        is_ours = type(self.layer).__module__.startswith("graphflow_keras.")
        return is_ours and not getattr(self.layer, "stateful", False)

    def _step_by_step(self, inputs, kwargs):
        uses_learning_phase = False

        def step(x, _):
            nonlocal uses_learning_phase
            output = self._run(self.layer, x, **kwargs)
            uses_learning_phase |= getattr(output, "_uses_learning_phase", False)
            return output, []

        _, outputs, _ = K.rnn(step, inputs, initial_states=[], input_length=K.int_shape(inputs)[1], unroll=False)
        if uses_learning_phase:
            outputs._uses_learning_phase = True
        return outputs

    def _at_once(self, inputs, mask, kwargs):
        input_shape = K.int_shape(inputs)
        steps = input_shape[1] or K.shape(inputs)[1]
        merged = K.reshape(inputs, _dims((-1,), inputs, 2))
        self._input_map[object_list_uid(inputs)] = merged
        if mask is not None and has_arg(self.layer.call, "mask"):
            kwargs["mask"] = K.reshape(mask, _dims((-1,), mask, 2))
        inner = self._run(self.layer, merged, **kwargs)
        output = K.reshape(inner, _dims((-1, steps), inner, 1, self.compute_output_shape(input_shape)[2:]))
        if getattr(inner, "_uses_learning_phase", False):
            output._uses_learning_phase = True
        return output

    def compute_mask(self, inputs, mask=None):
        input_shape = K.int_shape(inputs)
        if input_shape[0]:
            return mask
        inner_mask = mask if mask is None else K.reshape(mask, _dims((-1,), mask, 2))
        output_mask = self.layer.compute_mask(self._input_map[object_list_uid(inputs)], inner_mask)
        if output_mask is not None:
            steps = input_shape[1] or K.shape(inputs)[1]
            return K.reshape(output_mask, _dims((-1, steps), output_mask, 1))
        if mask is None:
            return None
        # The inner layer ends masking below; the time steps stay masked.
        for _ in range(2, len(K.int_shape(mask))):
            mask = K.any(mask, axis=-1)
        return mask


_MERGES = {
    "sum": lambda forward, backward: forward + backward,
    "mul": lambda forward, backward: forward * backward,
    "ave": lambda forward, backward: (forward + backward) / 2,
    "concat": lambda forward, backward: K.concatenate([forward, backward]),
    None: lambda forward, backward: [forward, backward],
}


def _backwards(layer):
    """A copy of a recurrent layer, with weights of its own, that goes the other way."""
    config = layer.get_config()
    config["go_backwards"] = not config["go_backwards"]
    cell = type(getattr(layer, "cell", None))
    custom = {"custom_objects": {cell.__name__: cell}} if has_arg(layer.from_config, "custom_objects") else {}
    return layer.from_config(config, **custom)


class Bidirectional(Wrapper):
    """Runs a recurrent layer forwards, a copy of it backwards, and merges their outputs.

    Args:
        layer: a recurrent layer.
        merge_mode: `"sum"`, `"mul"`, `"concat"`, `"ave"`, or None for a list of both outputs.
        weights: initial weights, those of the forward layer first.
        backward_layer: the layer to run backwards, in place of a copy.

    Initial states are those of the forward layer, then those of the backward one.

    Raises:
        ValueError: another merge mode, or layers that do not fit each other.
    """

    @_signatures.also_takes("backward_layer")
    def __init__(self, layer, merge_mode="concat", weights=None, backward_layer=None, **kwargs):
        if merge_mode not in _MERGES:
            raise ValueError(
                f'Invalid merge mode {merge_mode!r}. Merge mode should be one of {{"sum", "mul", "ave", "concat", None}}'
            )
        self.forward_layer = copy.copy(layer)
        self._own_backward_layer = backward_layer and {
            "class_name": type(backward_layer).__name__,
            "config": backward_layer.get_config(),
        }
        self.backward_layer = backward_layer or _backwards(layer)
        for name, differs in (("go_backwards", True), ("return_sequences", False), ("return_state", False)):
            values = [getattr(one, name) for one in (self.forward_layer, self.backward_layer)]
            if (values[0] != values[1]) is not differs:
                raise ValueError(
                    f"The layers of `Bidirectional` need {'different values' if differs else 'the same value'} of `{name}`; "
                    f"got {values[0]} for {layer.name} and {values[1]} for {self.backward_layer.name}"
                )
        if dialect.is_tf_keras() and isinstance(layer, _recurrent_base.RNN):
            for one in (self.forward_layer, self.backward_layer):
                one.zero_output_for_mask = one.return_sequences
        self.forward_layer.name = "forward_" + self.forward_layer.name
        self.backward_layer.name = "backward_" + self.backward_layer.name
        self.merge_mode = merge_mode
        self.stateful = layer.stateful
        self.return_sequences = layer.return_sequences
        self.return_state = layer.return_state
        self._trainable = True
        super().__init__(layer, **kwargs)
        self._initial_weights = weights
        self.supports_masking = True
        self.input_spec = layer.input_spec
        self._num_constants = None

    def _directions(self):
        return (self.forward_layer, self.backward_layer)

    def _of_both(self, attribute):
        return [item for layer in self._directions() for item in getattr(layer, attribute, [])]

    @property
    def trainable(self):
        return self._trainable

    @trainable.setter
    def trainable(self, value):
        self._trainable = value
        for layer in self._directions():
            layer.trainable = value

    def get_weights(self):
        return [value for layer in self._directions() for value in layer.get_weights()]

    def set_weights(self, weights):
        half = len(weights) // 2
        self.forward_layer.set_weights(weights[:half])
        self.backward_layer.set_weights(weights[half:])

    def compute_output_shape(self, input_shape):
        output_shape, state_shapes = self.forward_layer.compute_output_shape(input_shape), []
        if self.return_state:
            output_shape, *state_shapes = output_shape
        if self.merge_mode == "concat":
            output_shape = (*output_shape[:-1], 2 * output_shape[-1])
        output_shapes = [output_shape] * (2 if self.merge_mode is None else 1)
        if self.merge_mode is None or self.return_state:
            return output_shapes + 2 * state_shapes
        return output_shape

    def __call__(self, inputs, initial_state=None, constants=None, **kwargs):
        inputs, initial_state, constants = _recurrent_base._standardize_args(
            inputs, initial_state, constants, self._num_constants
        )
        if initial_state is None and constants is None:
            return super().__call__(inputs, **kwargs)
        extra, specs = [], []
        if initial_state is not None:
            half, odd = divmod(len(initial_state), 2)
            if odd:
                raise ValueError(
                    "When passing `initial_state` to a Bidirectional RNN, the state should be a list containing the "
                    f"states of the underlying RNNs. Found: {initial_state}"
                )
            kwargs["initial_state"] = initial_state
            state_specs = _recurrent_base.specs_of(initial_state)
            self.forward_layer.state_spec = state_specs[:half]
            self.backward_layer.state_spec = state_specs[half:]
            extra, specs = extra + initial_state, specs + state_specs
        if constants is not None:
            kwargs["constants"] = constants
            constants_spec = _recurrent_base.specs_of(constants)
            self._num_constants = len(constants)
            for layer in self._directions():
                layer.constants_spec = constants_spec
                layer._num_constants = self._num_constants
            extra, specs = extra + constants, specs + constants_spec
        return _recurrent_base.call_with_extra_inputs(self, super().__call__, inputs, extra, specs, kwargs)

    def call(self, inputs, mask=None, training=None, initial_state=None, constants=None):
        offered = {"training": training, "mask": mask, "constants": constants}
        kwargs = {name: value for name, value in offered.items() if has_arg(self.layer.call, name)}
        outputs, states, uses_learning_phase = [], [], False
        for layer, own_inputs, own_states in self._inputs_of_directions(inputs, initial_state):
            output, *new_states = to_list(self._run(layer, own_inputs, initial_state=own_states, **kwargs))
            uses_learning_phase |= getattr(output, "_uses_learning_phase", False)
            outputs.append(output)
            states += new_states
        if self.return_sequences:
            outputs[1] = K.reverse(outputs[1], 1)
        merged = to_list(_MERGES[self.merge_mode](*outputs))
        if uses_learning_phase:
            for output in merged:
                output._uses_learning_phase = True
        return merged + states if self.return_state or self.merge_mode is None else merged[0]

    def _inputs_of_directions(self, inputs, initial_state):
        """Each layer with its inputs (with states and constants, where they are inputs) and its other states."""
        if not isinstance(inputs, list):
            half = len(initial_state or []) // 2
            halves = (initial_state[:half], initial_state[half:]) if initial_state else (None, None)
            return [(layer, inputs, states) for layer, states in zip(self._directions(), halves)]
        count = self._num_constants or 0
        states, constants = inputs[1 : len(inputs) - count], inputs[len(inputs) - count :]
        half = len(states) // 2
        forward, backward = ([inputs[0], *part, *constants] for part in (states[:half], states[half:]))
        return [(self.forward_layer, forward, None), (self.backward_layer, backward, None)]

    def reset_states(self):
        for layer in self._directions():
            layer.reset_states()

    def build(self, input_shape):
        for layer in self._directions():
            with K.name_scope(layer.name):
                layer.build(input_shape)
        self.built = True

    def compute_mask(self, inputs, mask):
        if isinstance(mask, list):
            mask = mask[0]
        mask = mask if self.return_sequences else None
        masks = [mask] * (2 if self.merge_mode is None else 1)
        if self.return_state:
            masks += [None] * (2 * len(self.forward_layer.states))
        return masks if self.return_state or self.merge_mode is None else mask

    @property
    def trainable_weights(self):
        return self._of_both("trainable_weights")

    @property
    def non_trainable_weights(self):
        return self._of_both("non_trainable_weights")

    @property
    def updates(self):
        return self._of_both("updates")

    def get_updates_for(self, inputs=None):
        inner = [update for layer in self._directions() for update in layer.get_updates_for(inputs)]
        return Layer.get_updates_for(self, inputs) + inner

    @property
    def losses(self):
        return self._of_both("losses")

    def get_losses_for(self, inputs=None):
        inner = [loss for layer in self._directions() for loss in layer.get_losses_for(inputs)]
        return Layer.get_losses_for(self, inputs) + inner

    @property
    def constraints(self):
        return {key: value for layer in self._directions() for key, value in getattr(layer, "constraints", {}).items()}

    def get_config(self):
        config = {"merge_mode": self.merge_mode}
        if self._num_constants is not None:
            config["num_constants"] = self._num_constants
        if self._own_backward_layer:
            config["backward_layer"] = self._own_backward_layer
        return {**super().get_config(), **config}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        config = dict(config)
        num_constants = config.pop("num_constants", None)
        if config.get("backward_layer"):
            config["backward_layer"] = all_layers.deserialize(config["backward_layer"], custom_objects=custom_objects)
        layer = super().from_config(config, custom_objects=custom_objects)
        layer._num_constants = num_constants
        return layer
