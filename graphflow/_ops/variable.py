"""Variable: what `tf.Variable(...)` gives, and what both of its kinds, reference and resource, have in common."""

from __future__ import annotations

import contextlib
import enum
import functools
import inspect
import warnings
from typing import Any

from graphflow._graph import build, keys, protos, scopes, tensor
from graphflow._graph import graph as graph_lib
from graphflow._ops import control_flow, slicing, state, state_scatter


class _Hooks:
    """Filled by the file that knows both kinds of variables."""

    create: Any = None
    from_proto: Any = None


hooks = _Hooks()


class VariableSynchronization(enum.Enum):
    """When copies of a variable on several devices are brought together."""

    AUTO = 0
    NONE = 1
    ON_WRITE = 2
    ON_READ = 3


class VariableAggregation(enum.Enum):
    """How copies of a variable on several devices are brought together."""

    NONE = 0
    SUM = 1
    MEAN = 2
    ONLY_FIRST_REPLICA = 3
    ONLY_FIRST_TOWER = ONLY_FIRST_REPLICA


def checked_modes(synchronization, aggregation, trainable, name):
    """(synchronization, aggregation, trainable) with their defaults; ValueError for what is no mode."""
    try:
        aggregation = VariableAggregation(aggregation or 0)
    except ValueError:
        raise ValueError(f"Invalid variable aggregation mode: {aggregation} for variable: {name}") from None
    try:
        synchronization = VariableSynchronization(synchronization or 0)
    except ValueError:
        raise ValueError(f"Invalid variable synchronization mode: {synchronization} for variable: {name}") from None
    if trainable is None:
        trainable = synchronization != VariableSynchronization.ON_READ
    return synchronization, aggregation, trainable


def checked_collections(collections, trainable):
    """The collections to add a variable to; TRAINABLE_VARIABLES joins them for a trainable one."""
    if collections is None:
        collections = [keys.GraphKeys.GLOBAL_VARIABLES]
    if not isinstance(collections, (list, tuple, set)):
        raise ValueError(
            "collections argument to Variable constructor must be a list, tuple, or set. "
            f"Got {collections} of type {type(collections)}"
        )
    if trainable and keys.GraphKeys.TRAINABLE_VARIABLES not in collections:
        collections = [*collections, keys.GraphKeys.TRAINABLE_VARIABLES]
    return collections


@contextlib.contextmanager
def init_scope():
    """The place where variables are made: the outermost graph, in the current name scope, without control dependencies."""
    graph = graph_lib.get_default_graph()
    owner = graph_lib.control_flow_owner(graph)
    with contextlib.ExitStack() as stack:
        name = graph.get_name_scope()
        if owner is not graph:
            stack.enter_context(owner.as_default())
        stack.enter_context(owner.name_scope(name + "/" if name else ""))
        stack.enter_context(owner.control_dependencies(None))
        yield owner


class _VariableType(type):
    """`Variable(...)` asks the creators in force, and at last makes a variable of the kind that is wanted."""

    def __call__(cls, *args, **kwargs):
        if cls is not Variable:
            return super().__call__(*args, **kwargs)
        return _created(*args, **kwargs)

    __signature__ = property(lambda cls: inspect.signature(_created))


def _created(
    initial_value=None, trainable=None, collections=None, validate_shape=True, caching_device=None, name=None,
    variable_def=None, dtype=None, expected_shape=None, import_scope=None, constraint=None, use_resource=None,
    synchronization=VariableSynchronization.AUTO, aggregation=VariableAggregation.NONE, shape=None,
):  # fmt: skip
    creator = hooks.create
    for outer in graph_lib.get_default_graph()._scopes.variable_creators:
        creator = functools.partial(outer, creator)
    return creator(
        initial_value=initial_value, trainable=trainable, collections=collections, validate_shape=validate_shape,
        caching_device=caching_device, name=name, variable_def=variable_def, dtype=dtype, expected_shape=expected_shape,
        import_scope=import_scope, constraint=constraint, use_resource=use_resource, synchronization=synchronization,
        aggregation=VariableAggregation.NONE if aggregation is None else aggregation, shape=shape,
    )  # fmt: skip


@contextlib.contextmanager
def variable_creator_scope(variable_creator):
    """Variables made inside are made by `variable_creator(next_creator, **kwargs)`, which calls `next_creator(**kwargs)`."""
    here = graph_lib.get_default_graph()._scopes
    with scopes.replaced(here, "variable_creators", [*here.variable_creators, variable_creator]):
        yield


class SaveSliceInfo:
    """Which part of a partitioned variable a variable is.

    Attributes:
        full_name, full_shape: of the whole.
        var_offset, var_shape: where the part lies.
    """

    def __init__(
        self,
        full_name=None,
        full_shape=None,
        var_offset=None,
        var_shape=None,
        save_slice_info_def=None,
        import_scope=None,
    ):
        if save_slice_info_def is not None:
            full_name = prepended(save_slice_info_def.full_name, import_scope)
            full_shape = list(save_slice_info_def.full_shape)
            var_offset, var_shape = list(save_slice_info_def.var_offset), list(save_slice_info_def.var_shape)
        self.full_name, self.full_shape = full_name, full_shape
        self.var_offset, self.var_shape = var_offset, var_shape

    @property
    def spec(self):
        """The slice as checkpoints write it: `10 4 0,5:0,4`."""
        whole = " ".join(str(d) for d in self.full_shape)
        return whole + " " + ":".join(f"{o},{s}" for o, s in zip(self.var_offset, self.var_shape))

    def to_proto(self, export_scope=None):
        """The SaveSliceInfoDef message, None outside `export_scope`."""
        if export_scope is not None and not self.full_name.startswith(export_scope):
            return None
        return protos.SaveSliceInfoDef(
            full_name=stripped(self.full_name, export_scope), full_shape=self.full_shape,
            var_offset=self.var_offset, var_shape=self.var_shape,
        )  # fmt: skip


class Variable(tensor.TensorLike, metaclass=_VariableType):
    """A value that a session keeps between runs.

    Args:
        initial_value: a tensor, or what becomes one, or a function without arguments that returns one; its shape must be
            known unless `validate_shape` is False.
        trainable: whether optimizers change it by default; it is then in TRAINABLE_VARIABLES.
        collections: where to add it, GLOBAL_VARIABLES by default.
        validate_shape: False lets values of any shape be assigned.
        caching_device: a device that reads go to.
        name: `Variable` when None.
        variable_def: a VariableDef message of a variable whose nodes are in the graph already.
        dtype: the element type that the initial value is converted to.
        expected_shape: ignored.
        import_scope: a name scope put before the names in `variable_def`.
        constraint: a function from a value to an allowed value, applied by optimizers.
        use_resource: True for a resource variable, whose reads are ordered by edges of the graph alone.
        synchronization, aggregation: what a distribution strategy would do with it.
        shape: its shape where it differs from that of the initial value.

    Raises:
        ValueError: no initial value, or one of unknown shape.
    """

    __slots__ = ("__dict__", "__weakref__")
    __array_priority__ = 100
    SaveSliceInfo = SaveSliceInfo

    def __init__(self, *args, **kwargs):
        raise NotImplementedError("a Variable is either a RefVariable or a ResourceVariable")

    # -- what it is ------------------------------------------------------------------------------------------------------

    trainable = property(lambda self: self._trainable)
    constraint = property(lambda self: self._constraint)
    synchronization = property(lambda self: self._synchronization)
    aggregation = property(lambda self: self._aggregation)
    initializer = property(lambda self: self._initializer_op)
    initial_value = property(lambda self: self._initial_value)

    def get_shape(self):
        """Its static shape."""
        return self.shape

    @property
    def _dims(self):
        return self.shape._dims

    def initialized_value(self):
        """Its value, or its initial value while it has none: for the initial value of another variable."""
        with init_scope():
            return control_flow.cond(state.is_variable_initialized(self), self.read_value, lambda: self.initial_value)

    def eval(self, session=None):
        """Its value in `session` or the default session."""
        return self._as_graph_element().eval(session=session)

    def load(self, value, session=None):
        """Gives it a value in `session` or the default session, without adding anything to the graph."""
        if getattr(self, "_is_eager", False):
            with init_scope():
                self.assign(value)
            return
        session = session or scopes.default_session()
        if session is None:
            raise ValueError("Either session argument should be provided or default session should be established")
        session.run(self.initializer, {self.initializer.inputs[1]: value})

    def _get_save_slice_info(self):
        return self._save_slice_info

    def _set_save_slice_info(self, info):
        self._save_slice_info = info

    # -- scatter updates, the same for both kinds ------------------------------------------------------------------------

    def scatter_update(self, sparse_delta, use_locking=False, name=None):
        """Row `indices[i]` becomes `values[i]`, for the indices and values of IndexedSlices."""
        return self._scatter("Update", sparse_delta, use_locking, name)

    def scatter_add(self, sparse_delta, use_locking=False, name=None):
        """Adds `values[i]` to row `indices[i]`."""
        return self._scatter("Add", sparse_delta, use_locking, name)

    def scatter_sub(self, sparse_delta, use_locking=False, name=None):
        """Subtracts `values[i]` from row `indices[i]`."""
        return self._scatter("Sub", sparse_delta, use_locking, name)

    def scatter_mul(self, sparse_delta, use_locking=False, name=None):
        """Multiplies row `indices[i]` by `values[i]`."""
        return self._scatter("Mul", sparse_delta, use_locking, name)

    def scatter_div(self, sparse_delta, use_locking=False, name=None):
        """Divides row `indices[i]` by `values[i]`."""
        return self._scatter("Div", sparse_delta, use_locking, name)

    def scatter_min(self, sparse_delta, use_locking=False, name=None):
        """Row `indices[i]` becomes the minimum of itself and `values[i]`."""
        return self._scatter("Min", sparse_delta, use_locking, name)

    def scatter_max(self, sparse_delta, use_locking=False, name=None):
        """Row `indices[i]` becomes the maximum of itself and `values[i]`."""
        return self._scatter("Max", sparse_delta, use_locking, name)

    def _scatter(self, operation, sparse_delta, use_locking, name):
        if not isinstance(sparse_delta, tensor.IndexedSlices):
            raise TypeError(f"sparse_delta is not IndexedSlices: {sparse_delta}")
        return self._scatter_rows(operation, sparse_delta.indices, sparse_delta.values, use_locking, name)

    def batch_scatter_update(self, sparse_delta, use_locking=False, name=None):
        """`scatter_update` along the last axis of the indices, one for each of the leading axes."""
        return state_scatter.batch_scatter_update(
            self, sparse_delta.indices, sparse_delta.values, use_locking=use_locking, name=name
        )

    def scatter_nd_update(self, indices, updates, name=None):
        """The entries or slices at `indices[..., :]` become `updates`."""
        return self._scatter_nd("Update", indices, updates, True, name)

    def scatter_nd_add(self, indices, updates, name=None):
        """Adds `updates` to the entries or slices at `indices[..., :]`."""
        return self._scatter_nd("Add", indices, updates, True, name)

    def scatter_nd_sub(self, indices, updates, name=None):
        """Subtracts `updates` from the entries or slices at `indices[..., :]`."""
        return self._scatter_nd("Sub", indices, updates, True, name)

    # -- as a message ----------------------------------------------------------------------------------------------------

    def to_proto(self, export_scope=None):
        """The VariableDef message that names its nodes; None when it lies outside `export_scope`."""
        if export_scope is not None and not self._as_named().name.startswith(export_scope):
            return None
        message = protos.VariableDef(
            variable_name=stripped(self._as_named().name, export_scope),
            initializer_name=stripped(self.initializer.name, export_scope),
            snapshot_name=stripped(self._snapshot_tensor().name, export_scope),
            trainable=self.trainable,
            synchronization=self.synchronization.value,
            aggregation=self.aggregation.value,
        )
        if self._initial_value is not None:
            message.initial_value_name = stripped(self._initial_value.name, export_scope)
        if self._save_slice_info is not None:
            message.save_slice_info_def.MergeFrom(self._save_slice_info.to_proto(export_scope))
        return message

    @staticmethod
    def from_proto(variable_def, import_scope=None):
        """The variable that a VariableDef message describes; its nodes must be in the default graph."""
        return hooks.from_proto(variable_def, import_scope)

    def _from_def(self, message, import_scope):
        """The elements of the default graph that a message names, by field."""
        graph = graph_lib.get_default_graph()
        fields = ("variable_name", "initializer_name", "initial_value_name", "snapshot_name")
        self._initializer_op = self._initial_value = self._save_slice_info = self._constraint = None
        self._caching_device = None
        self._synchronization, self._aggregation, self._trainable = checked_modes(
            message.synchronization, message.aggregation, message.trainable, message.variable_name
        )
        if message.HasField("save_slice_info_def"):
            self._save_slice_info = SaveSliceInfo(
                save_slice_info_def=message.save_slice_info_def, import_scope=import_scope
            )
        found = {}
        for field in fields:
            name = getattr(message, field)
            found[field] = graph.as_graph_element(prepended(name, import_scope)) if name else None
        self._initializer_op, self._initial_value = found["initializer_name"], found["initial_value_name"]
        return found["variable_name"], found["snapshot_name"]

    # -- Python ----------------------------------------------------------------------------------------------------------

    def __iter__(self):
        raise TypeError("'Variable' object is not iterable.")

    def __hash__(self):
        return id(self)

    def __eq__(self, other):
        return self is other

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self

    def __repr__(self):
        return f"<tf.Variable '{self.name}' shape={self.get_shape()} dtype={self.dtype.name}>"

    def __getitem__(self, key):
        return slicing.variable_getitem(self, key)

    def __iadd__(self, other):
        return _in_place("+=", "assign_add") and self + other

    def __isub__(self, other):
        return _in_place("-=", "assign_sub") and self - other

    def __imul__(self, other):
        return _in_place("*=", "assign") and self * other

    def __itruediv__(self, other):
        return _in_place("/=", "assign") and self / other

    def __ipow__(self, other):
        return _in_place("**=", "assign") and self**other


def _in_place(sign, method):
    warnings.warn(
        f"`variable {sign} x` makes a tensor and leaves the variable as it is: use variable.{method} to change it",
        stacklevel=3,
    )
    return True


def _delegate(name):
    def run(self, *args):
        return getattr(tensor.Tensor, name)(self.value(), *args)

    run.__name__ = name
    setattr(Variable, name, run)


for _name in sorted(tensor.Tensor.OVERLOADABLE_OPERATORS - {"__getitem__"}):
    _delegate(_name)


def _convert(variable, dtype=None, name=None, as_ref=False):
    if dtype is not None and not dtype.is_compatible_with(variable.dtype):
        raise ValueError(
            f"Incompatible type conversion requested to type '{dtype.name}' for variable of type '{variable.dtype.name}'"
        )
    return variable._ref() if as_ref else variable.value()


build.register_tensor_conversion_function(Variable, _convert)


def stripped(name, scope):
    """`name` without the leading `scope/`."""
    if not scope:
        return name
    return name.removeprefix("^").removeprefix("loc:@").removeprefix(scope.rstrip("/") + "/")


def prepended(name, scope):
    """`scope/name`."""
    return f"{scope.rstrip('/')}/{name}" if scope else name
