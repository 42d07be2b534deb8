"""`RNN`, the layer that runs a cell over time, and `StackedRNNCells`, several cells run as one."""

import functools
import warnings

import numpy as np

import graphflow as tf
from graphflow_keras import backend as K
from graphflow_keras import dialect
from graphflow_keras import layers as all_layers
from graphflow_keras.engine.base_layer import InputSpec, Layer
from graphflow_keras.layers._recurrent_cells import GatedCell, initial_state
from graphflow_keras.utils.generic_utils import has_arg, to_list

_UNKNOWN_BATCH = (
    "If a RNN is stateful, it needs to know its batch size{more}. Specify the batch size of your input tensors:\n"
    "- If using a Sequential model, specify the batch size by passing a `batch_input_shape` argument to your first layer.\n"
    "- If using the functional API, specify the batch size by passing a `batch_shape` argument to your Input layer."
)
_UNKNOWN_TIME = (
    "Cannot unroll a RNN if the time dimension is undefined or equal to 1.\n"
    "- If using a Sequential model, specify the time dimension by passing an `input_shape` or `batch_input_shape` "
    "argument to your first layer. If your first layer is an Embedding, you can also use the `input_length` argument.\n"
    "- If using the functional API, specify the time dimension by passing a `shape` or `batch_shape` argument to your "
    "Input layer."
)


def _state_sizes(cell):
    sizes = cell.state_size
    return list(sizes) if hasattr(sizes, "__len__") else [sizes]


def _output_size(cell):
    size = getattr(cell, "output_size", None)
    return _state_sizes(cell)[0] if size is None else size


def _cell_config(cell):
    return {"class_name": cell.__class__.__name__, "config": cell.get_config()}


class StackedRNNCells(Layer):
    """Several cells as one: each takes the output of the one before.

    Args:
        cells: list of cells; each has `call(inputs, states)` and `state_size`.
        reverse_state_order: bool (keyword only), the states are those of the last cell first.
    """

    def __init__(self, cells, **kwargs):
        for cell in cells:
            for attribute in ("call", "state_size"):
                if not hasattr(cell, attribute):
                    raise ValueError(f"All cells must have `{attribute}`; received cells: {cells}")
        self.cells = cells
        self.reverse_state_order = kwargs.pop("reverse_state_order", False)
        if self.reverse_state_order:
            warnings.warn(
                "`reverse_state_order=True` in `StackedRNNCells` will soon be deprecated. Please update the code to "
                "work with the natural order of states if you rely on the RNN states, e.g. `RNN(return_state=True)`.",
                stacklevel=2,
            )
        super().__init__(**kwargs)

    def _held_layers(self):
        return []

    def _cells_in_state_order(self):
        return self.cells[::-1] if self.reverse_state_order else self.cells

    def _cell_layers(self):
        return [cell for cell in self.cells if isinstance(cell, Layer)]

    @property
    def state_size(self):
        """Flat tuple of the sizes of all cells' states."""
        return tuple(size for cell in self._cells_in_state_order() for size in _state_sizes(cell))

    @property
    def output_size(self):
        return _output_size(self.cells[-1])

    def get_initial_state(self, inputs=None, batch_size=None, dtype=None):
        """Zeros for each state of each cell, or what a cell itself says."""
        states = []
        for cell in self._cells_in_state_order():
            own = getattr(cell, "get_initial_state", None)
            given = {"inputs": inputs, "batch_size": batch_size, "dtype": dtype}
            states += to_list(own(**given) if own else initial_state(cell, **given), True)
        return states

    def call(self, inputs, states, constants=None, **kwargs):
        own_states, rest = {}, list(states)
        for cell in self._cells_in_state_order():
            count = len(_state_sizes(cell))
            own_states[id(cell)], rest = rest[:count], rest[count:]
        new_states = {}
        for cell in self.cells:
            extra = {"constants": constants} if has_arg(cell.call, "constants") else {}
            inputs, new_states[id(cell)] = cell.call(inputs, own_states[id(cell)], **extra, **kwargs)
        return inputs, [state for cell in self._cells_in_state_order() for state in new_states[id(cell)]]

    def build(self, input_shape):
        constants_shape = []
        if isinstance(input_shape, list):
            input_shape, constants_shape = input_shape[0], input_shape[1:]
        for cell in self.cells:
            if isinstance(cell, Layer):
                takes_constants = has_arg(cell.call, "constants")
                cell.build([input_shape, *constants_shape] if takes_constants else input_shape)
            input_shape = (input_shape[0], _output_size(cell))
        self.built = True

    def get_config(self):
        return {**super().get_config(), "cells": [_cell_config(cell) for cell in self.cells]}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        config = dict(config)
        cells = [all_layers.deserialize(cell, custom_objects=custom_objects) for cell in config.pop("cells")]
        return cls(cells, **config)

    @property
    def trainable_weights(self):
        if not self.trainable:
            return []
        return [weight for cell in self._cell_layers() for weight in cell.trainable_weights]

    @property
    def non_trainable_weights(self):
        cells = self._cell_layers()
        weights = [weight for cell in cells for weight in cell.non_trainable_weights]
        if self.trainable:
            return weights
        return [weight for cell in cells for weight in cell.trainable_weights] + weights

    def get_weights(self):
        return K.batch_get_value([weight for cell in self._cell_layers() for weight in cell.weights])

    def set_weights(self, weights):
        variables = [weight for cell in self._cell_layers() for weight in cell.weights]
        if len(weights) != len(variables):
            raise ValueError(f"Layer {self.name!r} has {len(variables)} weights, but {len(weights)} values came.")
        K.batch_set_value(list(zip(variables, weights)))

    @property
    def losses(self):
        return [loss for cell in self._cell_layers() for loss in cell.losses]

    def get_losses_for(self, inputs=None):
        return [loss for cell in self._cell_layers() for loss in cell.get_losses_for(inputs)]


def _standardize_args(inputs, initial_state, constants, num_constants):
    """Takes initial states and constants out of a list of inputs: `[inputs, *states, *constants]`."""
    if isinstance(inputs, list):
        if initial_state is not None or constants is not None:
            raise ValueError(
                "Initial states and constants come either in the list of inputs or as the arguments `initial_state` "
                "and `constants`, not as both."
            )
        if num_constants is not None:
            inputs, constants = inputs[:-num_constants], inputs[-num_constants:]
        if len(inputs) > 1:
            initial_state = inputs[1:]
        inputs = inputs[0]

    def listed(tensors):
        return None if tensors is None else to_list(tensors, allow_tuple=True)

    return inputs, listed(initial_state), listed(constants)


def specs_of(tensors):
    return [InputSpec(shape=K.int_shape(tensor)) for tensor in tensors]


def call_with_extra_inputs(layer, call, inputs, extra, extra_specs, kwargs):
    """Calls a recurrent layer; states and constants that are Keras tensors become inputs of its node.

    Args:
        layer: the layer, whose `input_spec` covers all inputs during the call.
        call: the `__call__` of its base class, bound.
        inputs, extra: the sequence, and the list of initial states and constants.

    Raises:
        ValueError: some of `extra` are Keras tensors and some are not.
    """
    are_keras = [K.is_keras_tensor(tensor) for tensor in extra]
    if not any(are_keras):
        return call(inputs, **kwargs)
    if not all(are_keras):
        raise ValueError(
            "The initial state or constants of an RNN layer cannot be specified with a mix of Keras tensors and "
            'non-Keras tensors (a "Keras tensor" is a tensor that was returned by a Keras layer, or by `Input`)'
        )
    layer.input_spec = to_list(layer.input_spec)[:1] + extra_specs
    try:
        return call([inputs, *extra], **kwargs)
    finally:
        layer.input_spec = layer.input_spec[:1]


class RNN(Layer):
    """Runs a cell over the time steps of its input.

    Args:
        cell: has `call(inputs_at_t, states_at_t) -> output_at_t, new_states`, `state_size` (an int or several) and
            perhaps `output_size`; `call` may take `constants` and `training`. A list of cells is stacked.
        return_sequences: bool, return the outputs of all steps, not of the last one.
        return_state: bool, return the last states too.
        go_backwards: bool, go from the last step to the first; the outputs come in that order.
        stateful: bool, the last states of a batch are the first of the next; needs a fixed batch size.
        unroll: bool, build every step as nodes of its own instead of a loop.
        time_major: bool (keyword only), inputs, mask and sequences of outputs are `[time, batch, features]`.
        zero_output_for_mask: bool (keyword only), masked steps give zeros instead of the output before.

    Inputs `[batch, time, features]`, a mask `[batch, time]` where wanted (masked steps repeat the state before).
    Outputs `[batch, units]` or `[batch, time, units]`, then with `return_state` the states, `[batch, size]` each.

    Call it with `initial_state=` tensors to set where the states start, and `constants=` tensors that the cell sees
    at every step.
    """

    _channel_axis = -1  # where a state's shape says its size
    _bounds_the_loop = False  # tf.keras tells `while_loop` the number of steps only where the states are maps

    def __init__(
        self,
        cell,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        **kwargs,
    ):
        if isinstance(cell, (list, tuple)):
            cell = StackedRNNCells(cell)
        for attribute in ("call", "state_size"):
            if not hasattr(cell, attribute):
                raise ValueError(f"`cell` should have `{attribute}`; the RNN was passed: {cell}")
        self.time_major = kwargs.pop("time_major", False)
        self.zero_output_for_mask = kwargs.pop("zero_output_for_mask", False)
        super().__init__(**kwargs)
        self.cell = cell
        self.return_sequences = return_sequences
        self.return_state = return_state
        self.go_backwards = go_backwards
        self.stateful = stateful
        self.unroll = unroll
        self.supports_masking = True
        self.input_spec = [InputSpec(ndim=3)]
        self.state_spec = None
        self.constants_spec = None
        self._states = None
        self._num_constants = None

    def _held_layers(self):
        return []

    def _batch_first(self, shape):
        """An input's shape with the batch's size first."""
        return (shape[1], shape[0], *shape[2:]) if self.time_major else shape

    @property
    def states(self):
        if self._states is None:
            return [None] * len(_state_sizes(self.cell))
        return self._states

    @states.setter
    def states(self, states):
        self._states = states

    def _state_shape(self, batch_size, size):
        """Shape of the state of `size` units; convolutional layers have a map of them."""
        return (batch_size, size)

    def compute_output_shape(self, input_shape):
        if isinstance(input_shape, list):
            input_shape = input_shape[0]
        input_shape = self._batch_first(input_shape)
        steps = (input_shape[1],) if self.return_sequences else ()
        output_shape = (input_shape[0], *steps, _output_size(self.cell))
        if self.return_sequences:
            output_shape = self._batch_first(output_shape)
        if not self.return_state:
            return output_shape
        return [output_shape] + [(input_shape[0], size) for size in _state_sizes(self.cell)]

    def compute_mask(self, inputs, mask):
        if isinstance(mask, list):
            mask = mask[0]
        output_mask = mask if self.return_sequences else None
        return [output_mask] + [None] * len(self.states) if self.return_state else output_mask

    def build(self, input_shape):
        constants_shape = None if self._num_constants is None else input_shape[-self._num_constants :]
        if isinstance(input_shape, list):
            input_shape = input_shape[0]
        input_shape = self._batch_first(input_shape)
        features = tuple(input_shape[2:])
        spec = (input_shape[0] if self.stateful else None, None, *features)
        self.input_spec[0] = InputSpec(shape=self._batch_first(spec))
        if isinstance(self.cell, Layer):
            step_shape = (input_shape[0], *features)
            self.cell.build(step_shape if constants_shape is None else [step_shape, *constants_shape])
        sizes = _state_sizes(self.cell)
        if self.state_spec is None:
            self.state_spec = [InputSpec(shape=self._state_shape(None, size)) for size in sizes]
        elif [spec.shape[self._channel_axis] for spec in self.state_spec] != sizes:
            raise ValueError(
                "An `initial_state` was passed that is not compatible with `cell.state_size`. Received "
                f"`state_spec`={[spec.shape for spec in self.state_spec]}; however `cell.state_size` is "
                f"{self.cell.state_size}"
            )
        if self.stateful:
            self.reset_states()
        self.built = True

    def get_initial_state(self, inputs):
        """The states that the cell starts with, where it tells them; else zeros `[batch, size]` for each."""
        if dialect.is_tf_keras():
            batch_size = tf.shape(inputs)[1 if self.time_major else 0]
            make = getattr(self.cell, "get_initial_state", None) or functools.partial(initial_state, self.cell)
            return tf.nest.flatten(make(inputs=None, batch_size=batch_size, dtype=inputs.dtype))
        if self.time_major:
            inputs = inputs[0]
        if not isinstance(self.cell, GatedCell) and hasattr(self.cell, "get_initial_state"):
            size = K.shape(inputs)[0]
            return to_list(self.cell.get_initial_state(inputs=None, batch_size=size, dtype=inputs.dtype), True)
        axes = tuple(range(1, K.ndim(inputs)))
        zeros = K.expand_dims(K.sum(K.zeros_like(inputs), axis=axes))
        return [K.tile(zeros, [1, size]) for size in _state_sizes(self.cell)]

    def __call__(self, inputs, initial_state=None, constants=None, **kwargs):
        inputs, initial_state, constants = _standardize_args(inputs, initial_state, constants, self._num_constants)
        if initial_state is None and constants is None:
            return super().__call__(inputs, **kwargs)
        extra, specs = [], []
        if initial_state is not None:
            kwargs["initial_state"] = initial_state
            self.state_spec = specs_of(initial_state)
            extra, specs = extra + initial_state, specs + self.state_spec
        if constants is not None:
            kwargs["constants"] = constants
            self.constants_spec = specs_of(constants)
            self._num_constants = len(constants)
            extra, specs = extra + constants, specs + self.constants_spec
        return call_with_extra_inputs(self, super().__call__, inputs, extra, specs, kwargs)

    def call(self, inputs, mask=None, training=None, initial_state=None, constants=None):
        if isinstance(inputs, list):
            # The node's inputs are the ones to use: the keyword arguments may belong to another call of a copied model.
            inputs, rest = inputs[0], inputs[1:]
            if self._num_constants is not None:
                rest, constants = rest[: -self._num_constants], rest[-self._num_constants :]
            initial_state = rest or None
        if initial_state is None:
            initial_state = self.states if self.stateful else self.get_initial_state(inputs)
        if len(initial_state) != len(self.states):
            raise ValueError(
                f"Layer {self.name!r} has {len(self.states)} states but was passed {len(initial_state)} initial states."
            )
        timesteps = K.int_shape(inputs)[0 if self.time_major else 1]
        if self.unroll and (timesteps is None or timesteps == 1 and not dialect.is_tf_keras()):
            raise ValueError(_UNKNOWN_TIME)
        sequence, step = self._loop(inputs, initial_state, constants, training)
        last_output, outputs, states = K.rnn(
            step,
            sequence,
            initial_state,
            constants=constants,
            go_backwards=self.go_backwards,
            mask=mask[0] if isinstance(mask, list) else mask,
            unroll=self.unroll,
            input_length=timesteps if self._bounds_the_loop or not dialect.is_tf_keras() else None,
            time_major=self.time_major,
            zero_output_for_mask=self.zero_output_for_mask,
        )
        states = to_list(states, allow_tuple=True)
        if self.stateful and dialect.is_tf_keras():
            self.add_update([tf.assign(variable, state) for variable, state in zip(self.states, states)])
        elif self.stateful:
            self.add_update(list(zip(self.states, states)), inputs)
        output = outputs if self.return_sequences else last_output
        if getattr(last_output, "_uses_learning_phase", False):
            for tensor in (output, *states):
                tensor._uses_learning_phase = True
        return [output, *states] if self.return_state else output

    def _loop(self, inputs, initial_state, constants, training):
        """What to run over time: the sequence, and the function of one of its steps and the states."""
        cell = self.cell
        kwargs = {"training": training} if has_arg(cell.call, "training") else {}
        if constants:
            if not has_arg(cell.call, "constants"):
                raise ValueError(
                    f"The cell of RNN {self.name!r} does not take constants: its `call` has no such argument"
                )
            count = len(constants)
            return inputs, lambda x, states: cell.call(x, states[:-count], constants=states[-count:], **kwargs)
        projects = isinstance(cell, GatedCell) and cell.projects_sequences and type(cell).call is GatedCell.call
        if projects and not dialect.is_tf_keras():
            # One product for all time steps instead of one a step.
            cell.draw_masks(inputs[0] if self.time_major else inputs[:, 0], initial_state, training)
            return cell.project(inputs), lambda x, states: cell.advance(x, states, training)
        if isinstance(cell, tf.nn.rnn_cell.RNNCell):  # TensorFlow's own, which builds itself
            return inputs, self._step_of_tensorflow
        return inputs, lambda x, states: cell.call(x, states, **kwargs)

    def _step_of_tensorflow(self, x, states):
        output, states = self.cell(x, tf.nest.pack_sequence_as(self.cell.state_size, list(states)))
        return output, tf.nest.flatten(states)

    def reset_states(self, states=None):
        """Sets the states of a stateful layer to zero, or to arrays `[batch, size]`."""
        if not self.stateful:
            raise AttributeError("Layer must be stateful.")
        shapes = [self._known_state_shape(size) for size in _state_sizes(self.cell)]
        if self._states is None:
            self.states = [K.zeros(shape) for shape in shapes]
            return
        values = [np.zeros(shape) for shape in shapes] if states is None else to_list(states, allow_tuple=True)
        if len(values) != len(shapes):
            raise ValueError(
                f"Layer {self.name} expects {len(shapes)} states, but it received {len(values)} state values. "
                f"Input received: {states}"
            )
        for index, (value, shape) in enumerate(zip(values, shapes)):
            if np.shape(value) != shape:
                raise ValueError(
                    f"State {index} is incompatible with layer {self.name}: expected shape={shape}, "
                    f"found shape={np.shape(value)}"
                )
        K.batch_set_value(list(zip(self.states, values)))

    def _known_state_shape(self, size):
        shape = self.input_spec[0].shape
        batch_size = self._batch_first(shape)[0] if shape else None
        if not batch_size:
            raise ValueError(_UNKNOWN_BATCH.format(more=""))
        return self._state_shape(batch_size, size)

    def get_config(self):
        config = {
            "return_sequences": self.return_sequences,
            "return_state": self.return_state,
            "go_backwards": self.go_backwards,
            "stateful": self.stateful,
            "unroll": self.unroll,
        }
        if dialect.is_tf_keras() or self.time_major:
            config["time_major"] = self.time_major
        if self.zero_output_for_mask:
            config["zero_output_for_mask"] = True
        if self._num_constants is not None:
            config["num_constants"] = self._num_constants
        return {**super().get_config(), **config, "cell": _cell_config(self.cell)}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        config = dict(config)
        cell = all_layers.deserialize(config.pop("cell"), custom_objects=custom_objects)
        num_constants = config.pop("num_constants", None)
        layer = cls(cell, **config)
        layer._num_constants = num_constants
        return layer

    @property
    def trainable_weights(self):
        return getattr(self.cell, "trainable_weights", []) if self.trainable else []

    @property
    def non_trainable_weights(self):
        if not isinstance(self.cell, Layer):
            return []
        return self.cell.non_trainable_weights if self.trainable else self.cell.weights

    @property
    def losses(self):
        cell_losses = self.cell.losses if isinstance(self.cell, Layer) else []
        return super().losses + cell_losses if dialect.is_tf_keras() else cell_losses + super().losses

    def get_losses_for(self, inputs=None):
        cell_losses = self.cell.get_losses_for(inputs) if isinstance(self.cell, Layer) else []
        return cell_losses + super().get_losses_for(inputs)
