"""The weights of a layer."""

from __future__ import annotations

import graphflow as tf
from graphflow_keras import _signatures, dialect, initializers
from graphflow_keras import backend as K
from graphflow_keras.backend import _tensors
from graphflow_keras.engine import _tracking
from graphflow_keras.engine._node import dtype_name
from graphflow_keras.legacy import interfaces
from graphflow_keras.utils.layer_utils import count_params

_PLACEMENTS = {"use_resource", "synchronization", "aggregation", "collections", "experimental_autocast"}


class _Alias:
    """Another name for an attribute; an instance may use the name for something of its own."""

    def __init__(self, name):
        self.name = name

    def __get__(self, instance, owner=None):
        return self if instance is None else getattr(instance, self.name)


class LayerWeights:
    """The part of `Layer` that makes and lists weights."""

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
        if not getattr(self, "trainable", True):
            return []
        held = self._held_variables(trainable=True) + self._of_parts("trainable_weights")
        return self._trainable_weights + held if held else self._trainable_weights

    @trainable_weights.setter
    def trainable_weights(self, weights):
        self._trainable_weights = weights

    @property
    def non_trainable_weights(self):
        """The variables that training leaves alone."""
        if getattr(self, "trainable", True):
            held = self._held_variables(trainable=False) + self._of_parts("non_trainable_weights")
            return self._non_trainable_weights + held if held else self._non_trainable_weights
        own = self._trainable_weights + self._non_trainable_weights
        return own + self._held_variables(True) + self._held_variables(False) + self._of_parts("weights")

    @non_trainable_weights.setter
    def non_trainable_weights(self, weights):
        self._non_trainable_weights = weights

    @property
    def weights(self):
        """All variables, the trainable ones first."""
        return self.trainable_weights + self.non_trainable_weights

    def _held_layers(self):
        """For tf.keras: the layers that this one holds; a class that asks its own layers itself says there are none."""
        return _tracking.layers_of(self) if dialect.is_tf_keras() else []

    def _of_parts(self, attribute):
        return [item for part in self._held_layers() for item in getattr(part, attribute)]

    def _held_variables(self, trainable):
        """For tf.keras: variables that were not made by `add_weight`."""
        if not dialect.is_tf_keras():
            return []
        held = _tracking.variables_of(self, self._trainable_weights + self._non_trainable_weights)
        return [variable for variable in held if bool(variable.trainable) is trainable]

    # As `tf.keras` calls them.
    variables = _Alias("weights")
    trainable_variables = _Alias("trainable_weights")
    non_trainable_variables = _Alias("non_trainable_weights")
    add_variable = _Alias("add_weight")

    @interfaces.legacy_add_weight_support
    @_signatures.also_takes("partitioner", "getter", "kwargs")
    def add_weight(
        self,
        name,
        shape,
        dtype=None,
        initializer=None,
        regularizer=None,
        trainable=True,
        constraint=None,
        partitioner=None,
        getter=None,
        **kwargs,
    ):
        """Makes a variable of the layer.

        Args:
            name: str, the variable is called `<layer>/<name>`.
            shape: tuple of int.
            dtype: str, `K.floatx()` when None.
            initializer: name, config or callable; uniform after Glorot when None.
            regularizer: callable, variable -> scalar loss, or None.
            trainable: bool.
            constraint: callable, applied to the variable after each step of an optimizer, or None.
            partitioner, getter: must be None.
            kwargs: those by which tf.keras places a variable, without effect here: `use_resource`, `synchronization`,
                `aggregation`, `collections`, `experimental_autocast`.

        Returns:
            The variable, of `shape` and `dtype`.

        Raises:
            TypeError: another argument.
        """
        for argument in kwargs.keys() - _PLACEMENTS:
            raise TypeError(f"{type(self).__name__}.add_weight: unknown argument {argument!r}")
        _signatures.refuse(
            f"{type(self).__name__}.add_weight",
            "tf.get_variable(...) in `build` makes such a variable; append it to `self._trainable_weights`",
            partitioner=partitioner,
            getter=getter,
        )
        if dtype is None and dialect.is_tf_keras():
            dtype = self._dtype_of_weights()
        dtype = dtype_name(dtype)
        if dialect.is_tf_keras() and getattr(self, "dtype", None) is None:
            self.dtype = dtype
        if initializer is None:
            initializer = "glorot_uniform" if tf.as_dtype(dtype).is_floating else "zeros"
        initializer = initializers.get(initializer)

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

    def _dtype_of_weights(self):
        """For tf.keras: that of the layer, which is that of its first input unless it was told another."""
        dtype = getattr(self, "dtype", None)
        return dtype if dtype and tf.as_dtype(dtype).is_floating else None

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
