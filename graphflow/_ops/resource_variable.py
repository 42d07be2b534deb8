"""Resource variables: a handle, and reads and writes of it that are ordered by the edges of the graph alone."""

from __future__ import annotations

import contextlib
import itertools

from graphflow._core import names, shapes
from graphflow._graph import build, eager_graph, recording, tensor
from graphflow._graph import graph as graph_lib
from graphflow._ops import array, initial_values, slicing, variable

_numbers = itertools.count(1)  # of variables that are made eagerly
_offered: list = []  # functions that may have a value for a variable that was made lately


def offer_to(function):
    """From now on `function()` is called before variables are read: it may have values for new ones, from a checkpoint."""
    _offered.append(function)


def no_longer_offer(function):
    """Ends what `offer_to` began."""
    _offered[:] = [other for other in _offered if other is not function]


def offer():
    """Calls what is waiting for new variables."""
    for function in list(_offered):
        function()


class ResourceVariable(variable.Variable):
    """The kind of variable made with `use_resource=True`: each use adds a ReadVariableOp of its own."""

    def __init__(
        self, initial_value=None, trainable=None, collections=None, validate_shape=True, caching_device=None, name=None,
        variable_def=None, dtype=None, import_scope=None, constraint=None, synchronization=None, aggregation=None, shape=None,
    ):  # fmt: skip
        if variable_def is not None:
            if initial_value is not None:
                raise ValueError("variable_def and initial_value are mutually exclusive.")
            self._restore(variable_def, import_scope)
            return
        initial_values.check(initial_value, constraint, name)
        self._synchronization, self._aggregation, self._trainable = variable.checked_modes(
            synchronization, aggregation, trainable, name
        )
        collections = variable.checked_collections(collections, self._trainable)
        self._constraint, self._caching_device, self._save_slice_info = constraint, caching_device, None
        with variable.init_scope() as graph:
            build_ = self._build_eagerly if graph.executes else self._build
            build_(initial_value, caching_device, name, dtype, shape)
            self._handle.graph.add_to_collections(collections, self)

    def _build(self, initial_value, caching_device, name, dtype, shape):
        is_function = callable(initial_value)
        with build.name_scope(name, "Variable", [] if is_function else [initial_value]) as scope:
            graph = graph_lib.get_default_graph()
            own_name = names.from_scope(scope)
            with graph._attr_scope({"_class": [b"loc:@" + own_name.encode()]}):
                with graph.name_scope("Initializer"), graph.device(None):
                    given = initial_value() if is_function else initial_value
                    value = build.convert_to_tensor(given, dtype, "initial_value")
                dims = value._dims if shape is None else shapes.as_dims(shape)
                if not shapes.compatible(dims, value._dims):
                    raise ValueError(
                        f"The initial value's shape ({value.shape}) is not compatible with the explicitly supplied `shape` "
                        f"argument ({shapes.TensorShape(dims)})."
                    )
                self._dtype = value.dtype.base_dtype
                self._handle = build.apply(
                    "VarHandleOp", shape=dims, dtype=self._dtype, shared_name=own_name, name=scope
                )
            self._initial_value, self._static_dims = value, dims
            with graph.name_scope("IsInitialized"):
                build.apply("VarIsInitializedOp", self._handle)
            with graph.name_scope("Assign") as assign_scope, _on_device_of(self._handle):
                guarded = initial_values.guarded(scope, value)
                self._initializer_op = build.apply("AssignVariableOp", self._handle, guarded, name=assign_scope)
            self._cached = None
            with graph.name_scope("Read"):
                with graph.device(self._handle.device):
                    self._graph_element = build.apply("ReadVariableOp", self._handle, dtype=self._dtype)
                if caching_device is not None:
                    with graph.colocate_with(None, ignore_existing=True), graph.device(caching_device):
                        self._cached = array.identity(self._graph_element)

    def _build_eagerly(self, initial_value, caching_device, name, dtype, shape):
        """Makes the variable and gives it its initial value; it lives as long as this object, and not by its name."""
        is_function = callable(initial_value)
        with build.name_scope(name, "Variable") as scope:
            graph, own_name = graph_lib.get_default_graph(), names.from_scope(scope)
            with graph.name_scope("Initializer"):
                given = initial_value() if is_function else initial_value
                if isinstance(given, tensor.Tensor) and not given.graph.executes:
                    given = initial_values.lifted(given)
                value = build.convert_to_tensor(given, dtype, "initial_value")
            dims = value._dims if shape is None else shapes.as_dims(shape)
            self._dtype, self._static_dims = value.dtype.base_dtype, dims
            unique = f"{own_name}_{next(_numbers)}"
            self._handle = build.apply("VarHandleOp", shape=dims, dtype=self._dtype, shared_name=unique, name=scope)
            build.apply("AssignVariableOp", self._handle, value)
        self._initial_value = self._initializer_op = self._graph_element = self._cached = None

    def _restore(self, message, import_scope):
        self._handle, snapshot = self._from_def(message, import_scope)
        self._dtype, self._static_dims = self._handle.op.attrs["dtype"], self._handle.op.attrs["shape"]
        self._cached = None
        if snapshot is None:
            name = self._handle.op.name + "/Read/ReadVariableOp:0"
            snapshot = self._handle.graph.get_tensor_by_name(name)
        elif snapshot.op.type != "ReadVariableOp":
            self._cached = snapshot
        while snapshot.op.type != "ReadVariableOp":
            snapshot = snapshot.op.inputs[0]
        self._graph_element = snapshot

    handle = property(lambda self: self._handle)
    op = property(lambda self: self._handle.op)
    graph = property(lambda self: self._handle.graph)
    device = property(lambda self: self._handle.device)
    dtype = property(lambda self: self._dtype)
    name = property(lambda self: self._handle.name)
    shape = property(lambda self: shapes.TensorShape(self._static_dims))
    create = property(lambda self: self._initializer_op)
    _shared_name = property(lambda self: names.split_tensor_name(self.name)[0])
    _is_eager = property(lambda self: self._handle.graph.executes)

    @property
    def _unique_id(self):
        """What tells it from other variables of its graph."""
        return self._handle.op.attrs["shared_name"] if self._is_eager else self._handle.op.name

    def _as_graph_element(self):
        return self.value() if self._graph_element is None else self._graph_element

    def _as_named(self):
        return self._handle

    def _snapshot_tensor(self):
        return self._graph_element if self._cached is None else self._cached

    def _ref(self):
        return self._handle

    def set_shape(self, shape):
        """Not for this kind: its shape is part of its handle."""
        raise NotImplementedError("ResourceVariable does not implement set_shape()")

    def to_proto(self, export_scope=None):
        """The VariableDef message that names its nodes; None when it lies outside `export_scope`."""
        message = super().to_proto(export_scope)
        if message is not None:
            message.is_resource = True
        return message

    # -- reading ---------------------------------------------------------------------------------------------------------

    def _read_variable_op(self):
        if _offered:
            offer()
        if recording.here.stack:
            recording.accessed(self)
        return build.apply("ReadVariableOp", self._handle, dtype=self._dtype)

    def value(self):
        """A tensor that reads it, on the device of the handle."""
        if self._cached is not None:
            return self._cached
        with _on_device_of(self._handle):
            return self._read_variable_op()

    def read_value(self):
        """A tensor that reads it here: under the control dependencies in force."""
        graph = graph_lib.get_default_graph()
        with graph.name_scope("Read"), graph.device(self._handle.device):
            value = self._read_variable_op()
        return array.identity(value)

    def sparse_read(self, indices, name=None):
        """The rows at `indices`."""
        recording.accessed(self)
        with build.name_scope("Gather" if name is None else name) as scope:
            rows = build.apply("ResourceGather", self._handle, indices, dtype=self._dtype, name=scope)
        return array.identity(rows)

    def gather_nd(self, indices, name=None):
        """The entries or slices at `indices[..., :]`."""
        recording.accessed(self)
        with build.name_scope("GatherNd" if name is None else name) as scope:
            found = build.apply("ResourceGatherNd", self._handle, indices, dtype=self._dtype, name=scope)
        return array.identity(found)

    def is_initialized(self, name=None):
        """Whether it has a value, a bool scalar."""
        return build.apply("VarIsInitializedOp", self._handle, name=name)

    def numpy(self):
        """The value as a NumPy array, with eager execution.

        Raises:
            NotImplementedError: in a graph: run the variable in a session.
        """
        if graph_lib.get_default_graph().executes:
            return self.value().numpy()
        raise NotImplementedError("numpy() is only available when eager execution is enabled: run it in a session.")

    # -- writing ---------------------------------------------------------------------------------------------------------

    def __repr__(self):
        if not graph_lib.get_default_graph().executes or not self._is_eager:
            return super().__repr__()
        shown = eager_graph.text_of(self, repr)
        return f"<tf.Variable '{self.name}' shape={self.get_shape()} dtype={self.dtype.name}, numpy={shown}>"

    __str__ = __repr__

    def __bool__(self):
        return bool(self.value())

    def __int__(self):
        return int(self.value())

    def __float__(self):
        return float(self.value())

    def _after(self, op, read_value=True):
        return UnreadVariable(self, op) if read_value else op

    def assign(self, value, use_locking=None, name=None, read_value=True):
        """Gives it a new value; the variable after that, or the operation when `read_value` is False."""
        with _graph_of(self._handle):
            value = build.convert_to_tensor(value, dtype=self._dtype)
            self.shape.assert_is_compatible_with(value.shape)
            op = build.apply("AssignVariableOp", self._handle, value, name=name)
            return self._after(op, read_value)

    def assign_add(self, delta, use_locking=None, name=None, read_value=True):
        """Adds `delta`."""
        return self._changed("AssignAddVariableOp", delta, name, read_value)

    def assign_sub(self, delta, use_locking=None, name=None, read_value=True):
        """Subtracts `delta`."""
        return self._changed("AssignSubVariableOp", delta, name, read_value)

    def _changed(self, op_type, delta, name, read_value):
        with _graph_of(self._handle), self._after_cached_read():
            delta = build.convert_to_tensor(delta, dtype=self._dtype)
            op = build.apply(op_type, self._handle, delta, name=name)
        return self._after(op, read_value)

    def _after_cached_read(self):
        if self._cached is None:
            return contextlib.nullcontext()
        return graph_lib.get_default_graph().control_dependencies([self._cached])

    def count_up_to(self, limit):
        """Its value, and then one more; OutOfRangeError once it has reached `limit`."""
        return build.apply("ResourceCountUpTo", self._handle, limit=limit, T=self._dtype)

    def _scatter_rows(self, operation, indices, updates, use_locking, name):
        updates = build.convert_to_tensor(updates, dtype=self._dtype)
        return self._after(build.apply("ResourceScatter" + operation, self._handle, indices, updates, name=name))

    def _scatter_nd(self, operation, indices, updates, use_locking, name):
        updates = build.convert_to_tensor(updates, dtype=self._dtype)
        return self._after(build.apply("ResourceScatterNd" + operation, self._handle, indices, updates, name=name))

    def _strided_slice_assign(self, begin, end, strides, value, name, **masks):
        with _graph_of(self._handle), self._after_cached_read():
            value = build.convert_to_tensor(value, dtype=self._dtype)
            return self._after(
                slicing.resource_strided_slice_assign(self._handle, begin, end, strides, value, name, **masks)
            )


class UnreadVariable(ResourceVariable):
    """A resource variable as it is after an operation has changed it: reading it waits for that operation."""

    def __init__(self, changed, parent_op):
        self._handle, self._dtype, self._static_dims = changed._handle, changed._dtype, changed._static_dims
        self._trainable, self._constraint, self._cached = True, None, None
        self._synchronization, self._aggregation, _ = variable.checked_modes(None, None, None, None)
        self._initial_value = self._initializer_op = self._save_slice_info = self._caching_device = None
        self._parent_op = parent_op
        self._graph_element = None
        if not self._is_eager and not graph_lib.get_default_graph().building_function:
            self._graph_element = self._read_variable_op()

    op = property(lambda self: self._handle.op if self._parent_op.graph.executes else self._parent_op)
    name = property(lambda self: "UnreadVariable" if self._parent_op.graph.executes else self._parent_op.name)

    def _read_variable_op(self):
        if recording.here.stack:
            recording.accessed(self)
        with graph_lib.get_default_graph().control_dependencies([self._parent_op]):
            return build.apply("ReadVariableOp", self._handle, dtype=self._dtype)

    def _as_graph_element(self):
        return self._read_variable_op() if self._graph_element is None else self._graph_element

    def value(self):
        """A tensor that reads it after the change."""
        return self._read_variable_op()

    read_value = value


@contextlib.contextmanager
def _graph_of(handle):
    """The graph of the handle, unless a function body is being built, which captures it."""
    graph = graph_lib.get_default_graph()
    if graph.building_function or graph is handle.graph:
        yield
    else:
        with handle.graph.as_default():
            yield


@contextlib.contextmanager
def _on_device_of(handle):
    graph = graph_lib.get_default_graph()
    with graph.colocate_with(None, ignore_existing=True), graph.device(handle.device):
        yield


def is_resource_variable(value):
    """Whether `value` is a resource variable."""
    return isinstance(value, ResourceVariable)
