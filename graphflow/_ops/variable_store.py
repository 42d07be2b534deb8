"""The variables that `get_variable` made in a graph, by name: making them, sharing them, and refusing to."""

from __future__ import annotations

import contextlib
import functools
import inspect
import traceback

from graphflow._core import dtypes, shapes
from graphflow._graph import build, keys, tensor
from graphflow._graph import graph as graph_lib
from graphflow._ops import initializers, partitioned_variable, resource_variable, slicing, variable, variable_scope

_KEY = "variables of get_variable"


def of_default_graph():
    """The store of the default graph; function bodies share that of the outermost graph."""
    owner = graph_lib.control_flow_owner(graph_lib.get_default_graph())
    if owner.executes:
        found = owner._extra.get(_KEY)
        return EagerStore() if found is None else found
    return owner._extra.setdefault(_KEY, VariableStore())


class VariableStore:
    """Variables and partitioned variables by full name."""

    def __init__(self):
        self._vars = {}
        self._partitioned_vars = {}

    def get_variable(
        self, name, dtype=dtypes.float32, trainable=None, custom_getter=None, constraint=None,
        synchronization=None, aggregation=None, **kwargs,
    ):  # fmt: skip
        """The variable `name`, made or found; by `custom_getter` when there is one.

        Args and errors: see `variable_scope.get_variable`.
        """
        if custom_getter is not None and not callable(custom_getter):
            raise ValueError(f"Passed a custom_getter which is not callable: {custom_getter}")
        dtype = getattr(dtype, "base_dtype", dtype)
        synchronization, aggregation, trainable = variable.checked_modes(synchronization, aggregation, trainable, name)
        kwargs = dict(
            kwargs, name=name, dtype=dtype, trainable=trainable, synchronization=synchronization, aggregation=aggregation
        )  # fmt: skip
        if custom_getter is None:
            return self._true_getter(**kwargs, constraint=constraint)
        if _accepts(custom_getter, "constraint"):
            kwargs["constraint"] = constraint
        return custom_getter(getter=self._true_getter, **kwargs)

    def _true_getter(
        self, name, shape=None, dtype=dtypes.float32, initializer=None, regularizer=None, reuse=None, trainable=None,
        collections=None, caching_device=None, partitioner=None, validate_shape=True, use_resource=None, constraint=None,
        synchronization=variable.VariableSynchronization.AUTO, aggregation=variable.VariableAggregation.NONE,
    ):  # fmt: skip
        """What custom getters are given to call."""
        wanted = {
            "name": name, "shape": shape, "dtype": dtype, "initializer": initializer, "regularizer": regularizer,
            "reuse": reuse, "trainable": trainable, "collections": collections, "caching_device": caching_device,
            "validate_shape": validate_shape, "use_resource": use_resource, "constraint": constraint,
            "synchronization": synchronization, "aggregation": aggregation,
        }  # fmt: skip
        is_scalar = isinstance(shape, (list, tuple)) and not shape
        if partitioner is not None and not is_scalar:
            if not callable(partitioner):
                raise ValueError(f"Partitioner must be callable, but received: {partitioner}")
            with graph_lib.get_default_graph().name_scope(None):
                return self.get_partitioned(partitioner=partitioner, **wanted)
        if reuse is True and partitioner is None and name in self._partitioned_vars:
            return self.get_partitioned(partitioner=None, **wanted)
        if f"{name}/part_0" in self._vars:
            raise ValueError(
                f"No partitioner was provided, but a partitioned version of the variable was found: {name}/part_0. Perhaps a "
                "variable of the same name was already created with partitioning?"
            )
        return self._get_single(**wanted)

    # -- one variable ----------------------------------------------------------------------------------------------------

    def _get_single(
        self, name, shape, dtype, initializer, regularizer, reuse, trainable, collections, caching_device, validate_shape,
        use_resource, constraint, synchronization, aggregation, partition_info=None,
    ):  # fmt: skip
        if shape is not None and initializer is not None and not callable(initializer):
            raise ValueError("If initializer is a constant, do not specify shape.")
        dtype, shape = dtypes.as_dtype(dtype), shapes.TensorShape(shapes.as_dims(shape))
        if name in self._vars:
            return self._shared(name, shape, dtype, reuse)
        if reuse is True:
            raise ValueError(
                f"Variable {name} does not exist, or was not created with tf.get_variable(). Did you mean to set "
                "reuse=tf.AUTO_REUSE in VarScope?"
            )
        if initializer is None:
            initializer = default_initializer(name, dtype)
        initial_value, dtype = _initial_value(initializer, shape, dtype, partition_info)
        if use_resource is None:
            use_resource = variable_scope.resource_variables_enabled()
        made = variable.Variable(
            initial_value=initial_value, name=name, trainable=trainable, collections=collections,
            caching_device=caching_device, dtype=dtype, validate_shape=validate_shape, constraint=constraint,
            use_resource=use_resource, synchronization=synchronization, aggregation=aggregation,
        )  # fmt: skip
        self._vars[name] = made
        if regularizer:
            _regularize(made, name, regularizer)
        return made

    def _shared(self, name, shape, dtype, reuse):
        found = self._vars[name]
        if reuse is False:
            text = f"Variable {name} already exists, disallowed. Did you mean to set reuse=True or reuse=tf.AUTO_REUSE in VarScope?"
            if isinstance(found, resource_variable.ResourceVariable):
                raise ValueError(text)
            made_at = "".join(traceback.format_list([tuple(f) for f in found.op.traceback]))
            raise ValueError(f"{text} Originally defined at:\n\n{made_at}")
        if not shape.is_compatible_with(found.get_shape()):
            raise ValueError(
                f"Trying to share variable {name}, but specified shape {shape} and found shape {found.get_shape()}."
            )
        if not dtype.is_compatible_with(found.dtype):
            raise ValueError(
                f"Trying to share variable {name}, but specified dtype {dtype.name} and found dtype {found.dtype.name}."
            )
        return found

    # -- a variable in parts ---------------------------------------------------------------------------------------------

    def get_partitioned(self, name, partitioner, shape, dtype, initializer, reuse, **kwargs):
        """The partitioned variable `name`, made or found; see `variable_scope.get_variable`."""
        if name in self._vars:
            raise ValueError(
                f"A partitioner was provided, but an unpartitioned version of the variable was found: {name}.  Perhaps a "
                "variable of the same name was already created without partitioning?"
            )
        dtype, shape = dtypes.as_dtype(dtype), shapes.TensorShape(shapes.as_dims(shape))
        if isinstance(initializer, tensor.TensorLike):
            shape = shape.merge_with(initializer.get_shape())
        partitions = None
        if not reuse or partitioner:
            partitions = partitioned_variable.partitions_of(partitioner, shape, dtype)
        if name in self._partitioned_vars:
            return self._shared_partitioned(name, shape, dtype, partitions, reuse)
        if reuse is True:
            raise ValueError(
                f"PartitionedVariable {name} does not exist, or was not created with tf.get_variable(). Did you mean to set "
                "reuse=False or reuse=tf.AUTO_REUSE in VarScope?"
            )
        axis, count = partitioned_variable.partitioned_axis(partitions)
        self._check_parts(name, count)
        graph, parts = graph_lib.get_default_graph(), []
        for i, (offset, part) in enumerate(partitioned_variable.slices(shape.as_list(), count, axis)):
            part_name = f"{name}/part_{i}"
            info = partitioned_variable.PartitionInfo(shape.as_list(), offset)
            with graph.name_scope(part_name + "/PartitionedInitializer"):
                init, init_shape, dtype = _part_initializer(name, initializer, dtype, offset, part)
            with graph.name_scope(None):
                made = self._get_single(
                    name=part_name, shape=init_shape, dtype=dtype, initializer=init, reuse=reuse, partition_info=info, **kwargs
                )  # fmt: skip
            made._set_save_slice_info(variable.SaveSliceInfo(name, shape.as_list(), offset, part))
            parts.append(made)
        whole = partitioned_variable.PartitionedVariable(name, shape, dtype, parts, partitions)
        self._partitioned_vars[name] = whole
        return whole

    def _shared_partitioned(self, name, shape, dtype, partitions, reuse):
        if reuse is False:
            raise ValueError(
                f"Partitioned variable with name {name} already exists. Did you mean to set reuse=True or reuse=tf.AUTO_REUSE "
                "in VarScope?"
            )
        found = self._partitioned_vars[name]
        start = f"Trying to reuse partitioned variable {name}, but specified"
        if not shape.is_compatible_with(found.get_shape()):
            raise ValueError(f"{start} shape {shape} and found shape {found.get_shape()}.")
        if not dtype.is_compatible_with(found.dtype):
            raise ValueError(f"{start} dtype {dtype.name} and found dtype {found.dtype.name}.")
        if partitions is not None and found._get_partitions() != partitions:
            raise ValueError(f"{start} partitions {partitions} and found partitions {found._get_partitions()}.")
        return found

    def _check_parts(self, name, count):
        start = (
            "Partitioner returned a different partitioning than what was already found.  Partitioner returned "
            f"{count} shards, and shard {name}/part_0 was found, but"
        )
        if f"{name}/part_0" in self._vars:
            if f"{name}/part_{count - 1}" not in self._vars:
                raise ValueError(f"{start} {name}/part_{count - 1} was not.")
            if f"{name}/part_{count}" in self._vars:
                raise ValueError(f"{start} so was the extra shard {name}/part_{count}.")


class EagerStore(VariableStore):
    """The store with eager execution, where variables belong to the objects that hold them: it makes a new one each time.

    Args:
        keeps: whether variables are shared by name nevertheless, as long as this is the store in force.
    """

    def __init__(self, keeps=False):
        super().__init__()
        self._keeps = keeps

    def _get_single(self, *args, reuse=None, **kwargs):
        return super()._get_single(*args, reuse=variable_scope.AUTO_REUSE if self._keeps else None, **kwargs)

    def __len__(self):
        return len(self._vars)

    def collected(self, key):
        """The variables that would be in the collection `key`, by name."""
        held = [self._vars[name] for name in sorted(self._vars)]
        if key == keys.GraphKeys.TRAINABLE_VARIABLES:
            return [v for v in held if v.trainable]
        return held if key == keys.GraphKeys.GLOBAL_VARIABLES else []

    def variables(self):
        """All variables, by name."""
        return self.collected(keys.GraphKeys.GLOBAL_VARIABLES)

    def trainable_variables(self):
        """Those that are trained, by name."""
        return self.collected(keys.GraphKeys.TRAINABLE_VARIABLES)

    def non_trainable_variables(self):
        """Those that are not trained, by name."""
        return [v for v in self.variables() if not v.trainable]

    @contextlib.contextmanager
    def in_force(self):
        """In this block `get_variable` uses this store, where execution is eager."""
        extra = graph_lib.control_flow_owner(graph_lib.get_default_graph())._extra
        before = extra.get(_KEY)
        extra[_KEY] = self
        try:
            yield self
        finally:
            extra[_KEY] = before


def _accepts(function, name):
    """Whether a function takes an argument of that name, directly or among **kwargs."""
    parameters = inspect.signature(function).parameters
    return name in parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values())


def default_initializer(name, dtype):
    """Glorot's uniform initializer for real numbers, zeros for all else; ValueError for complex numbers."""
    if dtype.is_floating:
        return initializers.GlorotUniform()
    if dtype.is_integer or dtype.is_bool or dtype == dtypes.string:
        return initializers.Zeros()
    raise ValueError(f"An initializer for variable {name} of {dtype.base_dtype} is required")


def _initial_value(initializer, shape, dtype, partition_info):
    """(what the variable is made from, the type to convert it to)."""
    if not callable(initializer):
        return initializer, None
    with variable.init_scope():
        initializer = initializer() if inspect.isclass(initializer) else initializer
    if shape.is_fully_defined():
        make = functools.partial(initializer, shape.as_list(), dtype=dtype, partition_info=partition_info)
        return make, dtype.base_dtype
    if all(p.default is not p.empty for p in inspect.signature(initializer).parameters.values()):
        return initializer, None
    raise ValueError(
        "The initializer passed is not valid. It should be a callable with no arguments and the shape should not be provided "
        "or an instance of `tf.keras.initializers.*' and `shape` should be fully defined."
    )


def _part_initializer(name, initializer, dtype, offset, part):
    """(initializer, shape, type) of one part of a partitioned variable."""
    if initializer is None:
        return default_initializer(name, dtype), part, dtype
    if callable(initializer):
        return initializer, part, dtype
    if not isinstance(initializer, tensor.TensorLike):
        initializer = build.convert_to_tensor(initializer, dtype=dtype)
    value = slicing.slice(initializer, offset, part)
    return value, None, value.dtype.base_dtype


def _regularize(made, name, regularizer):
    graph = graph_lib.get_default_graph()
    with graph.colocate_with(made.op), graph.name_scope(name + "/Regularizer/"), variable.init_scope():
        loss = regularizer(made)
    if loss is not None:
        owner = graph_lib.control_flow_owner(graph)
        owner.add_to_collection(keys.GraphKeys.REGULARIZATION_LOSSES, loss)
