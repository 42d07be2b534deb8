"""The functions of `tf.*` that act on the default graph."""

from __future__ import annotations

from graphflow._graph import build, static_value
from graphflow._graph import graph as graph_lib

get_static_value = static_value.constant_value


def device(device_name_or_function):
    """Operations made inside the `with` block ask for that device; see `Graph.device`."""
    if callable(device_name_or_function) or device_name_or_function is None or isinstance(device_name_or_function, str):
        return graph_lib.get_default_graph().device(device_name_or_function)
    return graph_lib.get_default_graph().device(device_name_or_function.to_string())


def control_dependencies(control_inputs):
    """Operations made inside the `with` block run after `control_inputs`; see `Graph.control_dependencies`."""
    return graph_lib.get_default_graph().control_dependencies(control_inputs)


def colocate_with(op, ignore_existing=False):
    """Operations made inside the `with` block are placed with `op`; see `Graph.colocate_with`."""
    return graph_lib.get_default_graph().colocate_with(op, ignore_existing)


def container(container_name):
    """Stateful operations made inside the `with` block belong to that container."""
    return graph_lib.get_default_graph().container(container_name)


def add_to_collection(name, value):
    """Appends `value` to a collection of the default graph."""
    graph_lib.get_default_graph().add_to_collection(name, value)


def add_to_collections(names, value):
    """Appends `value` to several collections of the default graph."""
    graph_lib.get_default_graph().add_to_collections(names, value)


def get_collection(key, scope=None):
    """A copy of a collection of the default graph; see `Graph.get_collection`."""
    return graph_lib.get_default_graph().get_collection(key, scope)


def get_collection_ref(key):
    """A collection of the default graph itself."""
    return graph_lib.get_default_graph().get_collection_ref(key)


class name_scope:
    """`with tf.name_scope("layer"):` puts `layer/` before the names of what is made inside.

    Args:
        name: the scope, made unique; None takes `default_name`.
        values: tensors that tell which graph is meant.
    """

    def __init__(self, name, default_name=None, values=None):
        self._name, self._default_name, self._values = name, default_name, values
        self._context = []

    @property
    def name(self):
        return self._name if self._name is not None else self._default_name

    def __enter__(self):
        if self._name is None and self._default_name is None and self._values is not None:
            raise ValueError("At least one of name (None) and default_name (None) must be provided.")
        context = build.name_scope(self._name, self._default_name, self._values)
        scope = context.__enter__()
        self._context.append(context)
        return scope

    def __exit__(self, kind, error, traceback):
        return self._context.pop().__exit__(kind, error, traceback)


def op_scope(values, name, default_name=None):
    """`name_scope` with its arguments in an older order."""
    return name_scope(name, default_name, values)
