"""Reference variables: a VariableV2 node whose output is the variable itself, and a snapshot that reads it."""

from __future__ import annotations

from graphflow._core import names, shapes
from graphflow._graph import build
from graphflow._ops import array, initial_values, slicing, state, variable


class RefVariable(variable.Variable):
    """The kind of variable TensorFlow 1 makes by default. Its reads are not ordered with its writes by themselves."""

    def __init__(
        self, initial_value=None, trainable=None, collections=None, validate_shape=True, caching_device=None, name=None,
        variable_def=None, dtype=None, import_scope=None, constraint=None, synchronization=None, aggregation=None, shape=None,
    ):  # fmt: skip
        if variable_def is not None:
            if initial_value is not None:
                raise ValueError("variable_def and initial_value are mutually exclusive.")
            self._variable, self._snapshot = self._from_def(variable_def, import_scope)
            return
        initial_values.check(initial_value, constraint, name)
        self._synchronization, self._aggregation, self._trainable = variable.checked_modes(
            synchronization, aggregation, trainable, name
        )
        collections = variable.checked_collections(collections, self._trainable)
        self._constraint, self._caching_device, self._save_slice_info = constraint, caching_device, None
        with variable.init_scope():
            self._build(initial_value, validate_shape, caching_device, name, dtype, shape)
            self._variable.graph.add_to_collections(collections, self)

    def _build(self, initial_value, validate_shape, caching_device, name, dtype, shape):
        is_function = callable(initial_value)
        with build.name_scope(name, "Variable", [] if is_function else [initial_value]) as scope:
            graph = build.graph_lib.get_default_graph()
            if is_function:
                # the initial value is colocated with a variable that is not there yet
                with graph._attr_scope({"_class": [b"loc:@" + names.from_scope(scope).encode()]}):
                    with graph.name_scope("Initializer"), graph.device(None):
                        value = build.convert_to_tensor(initial_value(), dtype, "initial_value")
                    self._variable = _node(value, shape, validate_shape, scope)
            else:
                value = build.convert_to_tensor(initial_value, dtype, "initial_value")
                self._variable = _node(value, shape, validate_shape, scope)
            self._initial_value = value
            if validate_shape and not value.get_shape().is_fully_defined():
                raise ValueError(f"initial_value must have a shape specified: {value}")
            guarded = initial_values.guarded(scope, value)
            self._initializer_op = state.assign(self._variable, guarded, validate_shape=validate_shape).op
            placed = graph.device(caching_device) if caching_device is not None else graph.colocate_with(self.op)
            with placed:
                self._snapshot = array.identity(self._variable, name="read")

    op = property(lambda self: self._variable.op)
    graph = property(lambda self: self._variable.graph)
    device = property(lambda self: self._variable.device)
    dtype = property(lambda self: self._variable.dtype)
    name = property(lambda self: self._variable.name)
    shape = property(lambda self: self._variable.get_shape())

    def _as_graph_element(self):
        return self._variable

    def _as_named(self):
        return self._variable

    def _snapshot_tensor(self):
        return self._snapshot

    def _ref(self):
        return self._variable

    def value(self):
        """The tensor that reads it, one for all."""
        return self._snapshot

    def read_value(self):
        """A new tensor that reads it here: under the control dependencies and on the device in force."""
        return array.identity(self._variable, name="read")

    def set_shape(self, shape):
        """Adds what the caller knows of its shape."""
        self._variable.set_shape(shape)
        self._snapshot.set_shape(shape)

    def assign(self, value, use_locking=False, name=None, read_value=True):
        """Gives it a new value; the reference after that, or the operation when `read_value` is False."""
        assigned = state.assign(self._variable, value, use_locking=use_locking, name=name)
        return assigned if read_value else assigned.op

    def assign_add(self, delta, use_locking=False, name=None, read_value=True):
        """Adds `delta`."""
        assigned = state.assign_add(self._variable, delta, use_locking=use_locking, name=name)
        return assigned if read_value else assigned.op

    def assign_sub(self, delta, use_locking=False, name=None, read_value=True):
        """Subtracts `delta`."""
        assigned = state.assign_sub(self._variable, delta, use_locking=use_locking, name=name)
        return assigned if read_value else assigned.op

    def count_up_to(self, limit):
        """Its value, and then one more; OutOfRangeError once it has reached `limit`."""
        return state.count_up_to(self._variable, limit)

    def _scatter_rows(self, operation, indices, updates, use_locking, name):
        return build.apply("Scatter" + operation, self._variable, indices, updates, use_locking=use_locking, name=name)

    def _scatter_nd(self, operation, indices, updates, use_locking, name):
        return build.apply(
            "ScatterNd" + operation, self._variable, indices, updates, use_locking=use_locking, name=name
        )

    def _strided_slice_assign(self, begin, end, strides, value, name, **masks):
        return slicing.strided_slice_assign(self._variable, begin, end, strides, value, name, **masks)


def _node(value, shape, validate_shape, scope):
    """The VariableV2 node; of unknown shape when values of any shape may come."""
    if shape is not None:
        dims = shapes.as_dims(shape)
    else:
        dims = value._dims if validate_shape else None
    return build.apply("VariableV2", shape=dims, dtype=value.dtype.base_dtype, name=scope)
