"""A graph beside eager execution: it may use eager variables, and operations on its tensors join it wherever they are made.

Models that are put together from symbolic inputs live in one.
"""

from __future__ import annotations

from graphflow._graph import eager_graph, function_graph
from graphflow._graph import graph as graph_lib


class SymbolicGraph(function_graph.FunctionGraph):
    """The body of a function whose arguments are the placeholders made in it; eager tensors and variables are captured."""

    is_open = True
    own_names = True

    def __init__(self, name):
        super().__init__(name, eager_graph.the_graph)
        self._names_in_use, self._collections = {}, {}
        self._count, self._scopes.name = 0, ""

    @property
    def _last_id(self):
        return vars(self).get("_count", 0)

    @_last_id.setter
    def _last_id(self, count):
        self._count = count

    def add_op(self, op_def, name, inputs, attrs, output_dtypes, control_inputs=None, device=None):
        """As `FunctionGraph.add_op`; placeholders are made here."""
        if op_def.name in ("Placeholder", "PlaceholderV2"):
            return graph_lib.Graph.add_op(self, op_def, name, inputs, attrs, output_dtypes, control_inputs, device)
        return super().add_op(op_def, name, inputs, attrs, output_dtypes, control_inputs, device)
