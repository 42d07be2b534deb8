"""Layer: variables made at the first call, in a variable scope of the layer's own, shared by all later calls."""

from __future__ import annotations

import copy
import functools
import inspect
import re

import numpy as np

from graphflow._core import dtypes, nest, shapes
from graphflow._graph import build, eager_graph, keys, tensor
from graphflow._graph import graph as graph_lib
from graphflow._ops import array, initializers, reduce, variable, variable_scope, variables

ZEROS = initializers.Zeros()  # where a bias starts
_NAMES_MADE = "_layer_names"  # attribute of a graph: class name -> how many layers were named after it


class InputSpec:
    """What a layer expects of an input: dtype, shape, rank (exact or bounds), and sizes of some axes.

    Args:
        dtype: element type, or None for any.
        shape: a shape, entries None for any size.
        ndim, max_ndim, min_ndim: ints.
        axes: dict axis -> size, None for any.
    """

    def __init__(self, dtype=None, shape=None, ndim=None, max_ndim=None, min_ndim=None, axes=None):
        self.dtype = None if dtype is None else dtypes.as_dtype(dtype)
        self.shape = None if shape is None else tuple(shape)
        self.ndim = ndim if shape is None else len(self.shape)
        self.max_ndim, self.min_ndim = max_ndim, min_ndim
        self.axes = {int(axis): size for axis, size in (axes or {}).items()}

    def problem(self, x):
        """What is wrong with the tensor `x`, in words, or None."""
        dims = x._dims
        if dims is None:
            needs_rank = (self.ndim, self.max_ndim, self.min_ndim) != (None, None, None)
            return "its rank is undefined, but the layer requires a defined rank." if needs_rank else None
        rank, full = len(dims), f" Full shape received: {list(dims)}"
        if self.ndim is not None and rank != self.ndim:
            return f"expected ndim={self.ndim}, found ndim={rank}.{full}"
        if self.max_ndim is not None and rank > self.max_ndim:
            return f"expected max_ndim={self.max_ndim}, found ndim={rank}"
        if self.min_ndim is not None and rank < self.min_ndim:
            return f"expected min_ndim={self.min_ndim}, found ndim={rank}.{full}"
        if self.dtype is not None and x.dtype != self.dtype:
            return f"expected dtype={self.dtype!r}, found dtype={x.dtype!r}"
        for axis, size in self.axes.items():
            if size is not None and dims[axis] not in (int(size), None):
                return f"expected axis {axis} of input shape to have value {size} but received input with shape {list(dims)}"
        if self.shape is not None and not shapes.compatible(self.shape, dims):
            return f"expected shape={self.shape}, found shape={list(dims)}"
        return None


def snake_case(name):
    """`Conv2DTranspose` -> `conv2d_transpose`, as layers are named after their classes."""
    text = re.sub("([a-z])([A-Z])", r"\1_\2", re.sub("(.)([A-Z][a-z0-9]+)", r"\1_\2", name)).lower()
    return "private" + text if text.startswith("_") else text


def add_to_collection_once(name, elements):
    """Adds to a collection of the default graph what is not in it yet."""
    held = graph_lib.get_default_graph().get_collection_ref(name)
    for element in nest.flatten(elements):
        if not any(element is one for one in held):
            held.append(element)


def _unique_name(base):
    """`dense_1`, `dense_2` ... of the default graph."""
    graph = graph_lib.get_default_graph()
    made = graph.__dict__.setdefault(_NAMES_MADE, {})
    made[base] = made.get(base, 0) + 1
    return f"{base}_{made[base]}"


class Layer:
    """Base of the layers of `tf.layers`, of recurrent cells, and of those that users write.

    A subclass makes its variables in `build(input_shape)` with `add_weight`, and its outputs in `call(inputs, ...)`.

    Args:
        trainable: whether its variables are trained.
        name: of the layer and, below the current variable scope, of its own; made from the class where None.
        dtype: of its variables; that of the first input where None.
        activity_regularizer: a function outputs -> scalar; its mean over the batch joins REGULARIZATION_LOSSES.
    """

    _is_tracked = True  # checkpoints of objects find its variables by their attributes

    def __init__(self, trainable=True, name=None, dtype=None, **kwargs):
        scope, self._reuse = kwargs.pop("_scope", None), kwargs.pop("_reuse", None)
        self._activity_regularizer = kwargs.pop("activity_regularizer", None)
        for known in ("autocast", "dynamic", "input_shape", "batch_input_shape", "batch_size", "weights"):
            kwargs.pop(known, None)
        if kwargs:
            raise TypeError(f"Keyword argument not understood: {', '.join(kwargs)}")
        self.trainable, self.built, self.stateful = trainable, False, False
        self.input_spec = None
        self._dtype = None if dtype is None else dtypes.as_dtype(dtype).name
        self._trainable_weights, self._non_trainable_weights, self._losses, self._updates = [], [], [], []
        class_name = snake_case(type(self).__name__)
        is_scope = isinstance(name, variable_scope.VariableScope)
        self._name = name if name and not is_scope else _unique_name(class_name)
        self._base_name = (name.name if is_scope else name) or class_name
        self._scope = self._current_scope = None
        if scope:
            with variable_scope.variable_scope(scope) as captured:
                self._scope = captured

    # -- what it is ------------------------------------------------------------------------------------------------------

    @property
    def name(self):
        """The layer's name."""
        return self._name

    @property
    def dtype(self):
        """The name of its variables' dtype, None before the first call."""
        return self._dtype

    @property
    def graph(self):
        """The default graph; layers belong to none."""
        return graph_lib.get_default_graph()

    @property
    def scope_name(self):
        """The name of its variable scope, known once it was called."""
        if self._scope is None:
            raise ValueError(
                f'No name available for layer scope because the layer "{self._name}" has not been used yet. The scope name '
                "is determined the first time the layer instance is called: call it before asking for `scope_name`."
            )
        return self._scope.name

    @property
    def activity_regularizer(self):
        """The function outputs -> scalar that was given, or None."""
        return self._activity_regularizer

    @property
    def trainable_weights(self):
        """The variables that are trained."""
        return list(self._trainable_weights) if self.trainable else []

    @property
    def non_trainable_weights(self):
        """The variables that are not trained."""
        kept = [] if self.trainable else self._trainable_weights
        return [*kept, *self._non_trainable_weights]

    @property
    def weights(self):
        """All variables, those trained first."""
        return self.trainable_weights + self.non_trainable_weights

    # Looked up anew, since subclasses have weights of their own.
    trainable_variables = property(lambda self: self.trainable_weights, doc="`trainable_weights`.")
    non_trainable_variables = property(lambda self: self.non_trainable_weights, doc="`non_trainable_weights`.")
    variables = property(lambda self: self.weights, doc="`weights`.")

    @property
    def losses(self):
        """The scalars its regularizers made; with eager execution they are computed anew."""
        return [loss() if callable(loss) else loss for loss in self._losses]

    @property
    def updates(self):
        """The operations to run with each step."""
        return list(self._updates)

    def count_params(self):
        """How many numbers its variables hold.

        Raises:
            ValueError: it was not built yet.
        """
        if not self.built:
            raise ValueError(
                f"You tried to call `count_params` on {self.name}, but the layer isn't built: call it first."
            )
        return sum(int(np.prod(w.shape.as_list())) for w in self.weights)

    # -- what a subclass gives -------------------------------------------------------------------------------------------

    def build(self, input_shape):
        """Makes the variables; `input_shape` is a TensorShape, or the inputs' structure of them."""
        self.built = True

    def call(self, inputs, **kwargs):
        """The outputs for `inputs`."""
        return inputs

    def compute_output_shape(self, input_shape):
        """The TensorShape of the output for that of the input."""
        raise NotImplementedError(f"{type(self).__name__} does not tell its output shape: call it and read `.shape`")

    # -- what a subclass uses --------------------------------------------------------------------------------------------

    def add_weight(
        self, name, shape, dtype=None, initializer=None, regularizer=None, trainable=None, constraint=None, use_resource=None,
        synchronization=variable.VariableSynchronization.AUTO, aggregation=variable.VariableAggregation.NONE, partitioner=None,
        **kwargs,
    ):  # fmt: skip
        """A variable of this layer: made, or shared when the layer or its scope is reused.

        Args:
            name: below the layer's scope.
            shape, dtype: float32 where neither this nor the layer says.
            initializer: the scope's where None, else Glorot's uniform one (zeros for integers and bool).
            regularizer: a function variable -> scalar; joins REGULARIZATION_LOSSES.
            trainable: whether it is trained; True where None.
            others: as for `get_variable`.
        """
        kwargs.pop("experimental_autocast", None)
        if kwargs:
            raise TypeError(f"Unknown keyword argument: {', '.join(kwargs)}")
        if synchronization == variable.VariableSynchronization.ON_READ:
            if trainable:
                raise ValueError("synchronization ON_READ is for variables that are not trained; got trainable=True")
            trainable = False
        wanted = dtypes.as_dtype(dtype or self._dtype or dtypes.float32)
        trainable = (True if trainable is None else trainable) and self.trainable
        before = set(map(id, variables.global_variables()))
        self._set_scope(None)
        with variable_scope.variable_scope(
            self._scope, reuse=self.built or self._reuse, auxiliary_name_scope=False
        ) as scope:
            self._current_scope = scope
            with build.name_scope(scope.original_name_scope):
                if initializer is None:
                    initializer = scope.initializer or _default_initializer(name, wanted)
                made = variable_scope.get_variable(
                    name, shape=shape, dtype=wanted, initializer=initializer, trainable=trainable, constraint=constraint,
                    partitioner=partitioner, use_resource=use_resource or scope.use_resource,
                    synchronization=synchronization, aggregation=aggregation,
                )  # fmt: skip
                parts = list(made) if hasattr(made, "_get_variable_list") else [made]
                if regularizer is not None and not any(id(part) in before for part in parts):
                    for part in parts:
                        if eager_graph.executing_eagerly():
                            self._losses.append(functools.partial(regularizer, part))
                            continue
                        with build.name_scope(name + "/Regularizer"):
                            self.add_loss(regularizer(part))
        is_trained = trainable and (
            parts[0].graph.executes or any(made is v or parts[0] is v for v in variables.trainable_variables())
        )
        (self._trainable_weights if is_trained else self._non_trainable_weights).append(made)
        return made

    def add_variable(self, *args, **kwargs):
        """Another name of `add_weight`."""
        return self.add_weight(*args, **kwargs)

    def add_loss(self, losses, inputs=None):
        """Adds scalars (None is left out) to the layer's losses and to REGULARIZATION_LOSSES."""
        given = losses if isinstance(losses, (list, tuple)) else [losses]
        made = [loss() if callable(loss) else loss for loss in given]
        made = [loss for loss in made if loss is not None]
        self._losses.extend(made)
        add_to_collection_once(keys.GraphKeys.REGULARIZATION_LOSSES, made)

    def add_update(self, updates, inputs=None):
        """Adds operations to run with each step: they join UPDATE_OPS."""
        if eager_graph.executing_eagerly():  # they have run
            return
        given = updates if isinstance(updates, (list, tuple)) else [updates]
        self._updates.extend(getattr(update, "op", update) for update in given)

    def get_losses_for(self, inputs):
        """The losses; layers of this kind do not tell which inputs they depend on."""
        return self.losses

    def get_updates_for(self, inputs):
        """The updates; layers of this kind do not tell which inputs they depend on."""
        return self.updates

    # -- calling it ------------------------------------------------------------------------------------------------------

    def _set_scope(self, scope):
        if self._scope is not None:
            return
        if self._reuse:
            opened = variable_scope.variable_scope(self._base_name if scope is None else scope)
        else:
            opened = variable_scope.variable_scope(scope, default_name=self._base_name)
        with opened as captured:
            self._scope = captured

    def __call__(self, inputs, *args, **kwargs):
        """The outputs of `call`; builds the layer at the first call."""
        self._set_scope(kwargs.pop("scope", None))
        if eager_graph.executing_eagerly():
            self._losses = [loss for loss in self._losses if callable(loss)]
        reuse = True if self.built else self._reuse
        with variable_scope.variable_scope(self._scope, reuse=reuse, auxiliary_name_scope=False) as scope:
            self._current_scope = scope
            if "scope" in inspect.signature(self.call).parameters:
                kwargs["scope"] = scope
            inputs = nest.map_structure(_tensor, inputs)
            with build.name_scope(scope.original_name_scope):
                self._check(inputs)
                self._build_once(inputs)
                outputs = self.call(inputs, *args, **kwargs)
                if outputs is None:
                    raise ValueError(
                        f"A layer's `call` method should return a Tensor or a list of Tensors, not None (layer: {self.name})."
                    )
                self._regularize_activity(outputs)
        add_to_collection_once(keys.GraphKeys.UPDATE_OPS, self._updates)
        return outputs

    def apply(self, inputs, *args, **kwargs):
        """Another way to call the layer."""
        return self(inputs, *args, **kwargs)

    def _check(self, inputs):
        if not self.input_spec:
            return
        given, specs = nest.flatten(inputs), nest.flatten(self.input_spec)
        if len(given) != len(specs):
            raise ValueError(
                f"Layer {self.name} expects {len(specs)} inputs, but it received {len(given)} input tensors. "
                f"Inputs received: {inputs}"
            )
        for i, (x, spec) in enumerate(zip(given, specs)):
            problem = spec.problem(x) if spec is not None else None
            if problem:
                raise ValueError(f"Input {i} of layer {self.name} is incompatible with the layer: {problem}")

    def _build_once(self, inputs):
        if self.built:
            return
        flat = nest.flatten(inputs)
        if self._dtype is None and flat and hasattr(flat[0], "dtype"):
            self._dtype = flat[0].dtype.base_dtype.name
        given = nest.map_structure(lambda x: x.shape, inputs) if all(hasattr(x, "shape") for x in flat) else None
        self.build(given)
        self.built = True

    def _regularize_activity(self, outputs):
        if self._activity_regularizer is None:
            return
        with build.name_scope("ActivityRegularizer"):
            for output in nest.flatten(outputs):
                loss = self._activity_regularizer(output)
                size = build.apply("Cast", array.shape(output)[0], DstT=loss.dtype, name="Cast")
                self.add_loss(loss / size)

    def __deepcopy__(self, memo):
        """A copy for another place of a network: its scope and the tensors it holds are shared."""
        clone = memo[id(self)] = type(self).__new__(type(self))
        for key, value in self.__dict__.items():
            shared = key in ("_scope", "_current_scope") or _holds_tensors(value)
            setattr(clone, key, value if shared else copy.deepcopy(value, memo))
        return clone


def _holds_tensors(value):
    first = value[0] if isinstance(value, (list, tuple)) and value else value
    return isinstance(first, (tensor.Tensor, variable.Variable))


def _tensor(x):
    return build.convert_to_tensor(x) if isinstance(x, (np.ndarray, float, int)) else x


def _default_initializer(name, dtype):
    if dtype.is_floating:
        return initializers.GlorotUniform()
    if dtype.is_integer or dtype.is_bool:
        return initializers.Zeros()
    raise ValueError(f"An initializer for variable {name} of type {dtype.base_dtype!r} is required")
