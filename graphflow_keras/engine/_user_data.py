"""How a model takes the user's data: it may have to be built from them, and they must fit it."""

import contextlib

import numpy as np

from graphflow_keras import backend as K
from graphflow_keras import dialect, losses
from graphflow_keras.backend import _session
from graphflow_keras.engine.network import Network
from graphflow_keras.engine.training_utils import (
    check_array_length_consistency,
    check_loss_and_target_compatibility,
    listed,
    standardize_class_weights,
    standardize_input_data,
    standardize_sample_weights,
    standardize_weights,
)
from graphflow_keras.utils.generic_utils import to_list, unpack_singleton


class DataNetwork(Network):
    """A network that can be given arrays; Model adds the training."""

    def _set_inputs(self, inputs, outputs=None, training=None):
        """Gives a subclassed model its inputs and outputs, from the first data it sees.

        Args:
            inputs: arrays, for which placeholders are made, placeholders, or tensors that are not fed.
            outputs: the output tensors when the model was called already.
            training: handed to `call` where it takes it.

        Raises:
            ValueError: the model has its inputs already.
        """
        if self.__class__.__name__ == "Sequential":
            inputs = unpack_singleton(inputs) if isinstance(inputs, list) else inputs
            self.build(input_shape=(None,) + tuple(inputs.shape[1:]))
            return
        if self.inputs:
            raise ValueError("Model inputs are already set.")
        self.inputs, self.input_names = [], []
        self._feed_inputs, self._feed_input_names, self._feed_input_shapes = [], [], []
        for i, value in enumerate(to_list(inputs, allow_tuple=True), 1):
            name = f"input_{i}"
            self.input_names.append(name)
            if isinstance(value, list):
                value = np.asarray(value)
                value = np.expand_dims(value, 1) if value.ndim == 1 else value
            if isinstance(value, np.ndarray):
                value = K.placeholder(shape=(None,) + value.shape[1:], name=name)
            self.inputs.append(value)
            if K.is_placeholder(value):
                self._feed_inputs.append(value)
                self._feed_input_names.append(name)
                self._feed_input_shapes.append(K.int_shape(value))
        if outputs is None:
            options = {"training": training} if self._expects_training_arg else {}
            scope = K.name_scope(self.name) if dialect.is_tf_keras() else contextlib.nullcontext()
            with _session.symbolic_graph(), scope:
                outputs = self.call(unpack_singleton(self.inputs), **options)
        self.outputs = to_list(outputs, allow_tuple=True)
        self.output_names = [f"output_{i}" for i in range(1, len(self.outputs) + 1)]
        self.built = True

    def _build_from_data(self, x, y):
        """Builds and compiles a model that is still without inputs.

        Returns:
            whether the data are tensors, which are not fed.
        """
        given = _arrays_or_tensors(x, "x", "inputs") if not self.built else []
        if not self.built and not self.inputs:
            self._set_inputs(x)
        if y is not None:
            if not getattr(self, "optimizer", None):
                raise RuntimeError(
                    "You must compile a model before training/testing. Use `model.compile(optimizer, loss)`."
                )
            if not self._is_compiled:
                given += _arrays_or_tensors(y, "y", "targets")
                symbolic = [v for v in given if K.is_tensor(v)]
                if symbolic and len(symbolic) != len(given):
                    raise ValueError(
                        f"Do not pass inputs that mix Numpy arrays and symbolic tensors. You passed: x={x}; y={y}"
                    )
                self.compile(
                    optimizer=self.optimizer,
                    loss=self.loss,
                    metrics=self._compile_metrics,
                    loss_weights=self.loss_weights,
                    sample_weight_mode=self.sample_weight_mode,
                    weighted_metrics=self.weighted_metrics,
                    target_tensors=[v for v in to_list(y, allow_tuple=True) if K.is_tensor(v)] or None,
                )
        return any(K.is_tensor(v) for v in given)

    def _standardize_user_data(
        self, x, y=None, sample_weight=None, class_weight=None, check_array_lengths=True, batch_size=None
    ):
        """The user's data as three lists of checked arrays: inputs, targets, weights.

        Raises:
            ValueError: data that do not fit the model. RuntimeError: targets for a model that is not compiled.
        """
        if self._build_from_data(x, y):
            return [], [], []
        graph_network = self._is_graph_network
        x = standardize_input_data(
            x,
            self._feed_input_names,
            self._feed_input_shapes if graph_network else None,
            check_batch_axis=False,
            exception_prefix="input",
        )
        targets, weights = [], []
        if y is not None:
            shapes = self._target_shapes() if graph_network else None
            modes = self._feed_sample_weight_modes if graph_network else [None] * len(self.outputs)
            names = self._feed_output_names
            y = _with_class_axis(y, names, shapes, self._feed_loss_fns) if graph_network else y
            if dialect.is_tf_keras():  # which leaves it to the losses what they broadcast
                shapes = None
            targets = standardize_input_data(y, names, shapes, check_batch_axis=False, exception_prefix="target")
            weights = [
                standardize_weights(*given)
                for given in zip(
                    targets,
                    standardize_sample_weights(sample_weight, names),
                    standardize_class_weights(class_weight, names),
                    modes,
                )
            ]
            check_array_length_consistency(x, targets, weights)
            if graph_network:
                check_loss_and_target_compatibility(targets, self._feed_loss_fns, self._feed_output_shapes)
        if self.stateful and batch_size and x and x[0].shape[0] % batch_size != 0:
            raise ValueError(
                "In a stateful network, you should only pass inputs with a number of samples that can be divided by the batch "
                f"size. Found: {x[0].shape[0]} samples"
            )
        return x, targets, weights

    def _target_shapes(self):
        """The shape each fed target must have; None where a user's own loss may take any."""
        shapes = []
        for shape, loss in zip(self._feed_output_shapes, self._feed_loss_fns):
            if loss is losses.sparse_categorical_crossentropy:
                if K.image_data_format() == "channels_first" and len(shape) in (4, 5):
                    shapes.append((shape[0], 1) + shape[2:])
                else:
                    shapes.append(shape[:-1] + (1,))
            elif getattr(losses, getattr(loss, "__name__", ""), None) is None:
                shapes.append(None)
            else:
                shapes.append(shape)
        return shapes


def _with_class_axis(y, names, shapes, loss_fns):
    """Targets that are class numbers may lack the last axis, of length one: tf.keras takes both."""
    arrays = listed(y, names)
    if len(arrays) != len(names):
        return y
    return [
        np.expand_dims(array, -1)
        if loss is losses.sparse_categorical_crossentropy and 1 < getattr(array, "ndim", 0) == len(shape) - 1
        else array
        for array, shape, loss in zip(arrays, shapes, loss_fns)
    ]


def _arrays_or_tensors(data, name, what):
    """The user's data as a list, where it must be arrays or tensors without names."""
    if isinstance(data, dict):
        raise ValueError(f"Please do not pass a dictionary as model {what}.")
    values = list(data) if isinstance(data, (list, tuple)) else [data]
    if not all(isinstance(v, np.ndarray) or K.is_tensor(v) for v in values):
        raise ValueError(
            f"Please provide as model {what} either a single array or a list of arrays. You passed: {name}={data}"
        )
    return values
