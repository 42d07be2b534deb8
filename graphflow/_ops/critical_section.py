"""CriticalSection: functions whose operations never run at once with those of another call."""

from __future__ import annotations

from graphflow._core import nest
from graphflow._graph import build, tensor
from graphflow._graph import graph as graph_lib
from graphflow._ops import array


class CriticalSection:
    """Calls made through one section run one after the other, in the order in which they were made.

    Args:
        name: of the scope of its operations.
        shared_name: kept; sections of one process are shared by sharing the object.
        critical_section_def, import_scope: None; sections are not stored in graphs here.

    Raises:
        ValueError: a stored section was given.
    """

    def __init__(self, name=None, shared_name=None, critical_section_def=None, import_scope=None):
        if critical_section_def is not None:
            raise ValueError("a CriticalSection cannot be made of a critical_section_def; make it where it is used")
        with build.name_scope(name, "CriticalSection", []) as scope:
            self._name = (shared_name or scope).rstrip("/")
        self._last = {}  # graph -> the operations of the latest call

    name = property(lambda self: self._name)

    def execute(self, fn, exclusive_resource_access=True, name=None):
        """The tensors that `fn()` returns, computed after those of all calls before.

        Args:
            fn: a function without arguments.
            exclusive_resource_access: taken and ignored: graphs run one operation on a resource at a time.
        """
        graph = graph_lib.get_default_graph()
        with build.name_scope(name, "critical_section_execute", []):
            with graph.control_dependencies(self._last.get(graph, [])):
                returned = fn()
                kept = nest.map_structure(lambda t: array.identity(t) if isinstance(t, tensor.Tensor) else t, returned)
            self._last[graph] = [getattr(part, "op", part) for part in nest.flatten(kept) if part is not None]
            return kept
