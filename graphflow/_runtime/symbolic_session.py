"""Sessions on a SymbolicGraph: its variables are those of eager execution, and what it captured is fed."""

from __future__ import annotations

from graphflow._graph import symbolic_graph
from graphflow._runtime import eager_calls, eager_forms, plans, session


class _Plan(plans.Plan):
    """A plan that feeds captured values itself, and leaves the old values of variables alone."""

    step_type = eager_calls.Step

    def __init__(self, fetches, fed, devices=()):
        graph = fetches.graph
        known = set(fed)
        captured = [t for t in graph.inputs if t not in known and graph.captured_from(t) is not None]
        self._values = [graph.captured_from(t)._value for t in captured]
        super().__init__(fetches, [*fed, *captured], devices=devices)

    def run(self, store, values, tapes=None):
        """As `Plan.run`, for the values of what is not captured."""
        return super().run(store, [*values, *self._values], tapes)


class _Prepared(session.Prepared):
    plan_type = _Plan


class SymbolicSession(session.Session):
    """A session of the process's eager variables on a SymbolicGraph.

    Raises:
        TypeError: the graph is of another kind.
    """

    prepared_type = _Prepared

    def __init__(self, graph, config=None):
        if not isinstance(graph, symbolic_graph.SymbolicGraph):
            raise TypeError(f"a SymbolicSession runs a SymbolicGraph, not {graph!r}")
        super().__init__(graph=graph, config=config)
        self._store = eager_forms.STORE

    def close(self):
        """Nothing: the variables live on."""
