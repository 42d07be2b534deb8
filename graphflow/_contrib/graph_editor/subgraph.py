"""SubGraphView: part of a graph with its inputs and outputs in an order."""

from __future__ import annotations

import copy

from graphflow._contrib.graph_editor import select, util
from graphflow._graph import graph as graph_lib


def _indices(given, ts, repeated):
    found = [i if isinstance(i, int) else ts.index(i) for i in given]
    for i in found:
        if not 0 <= i < len(ts):
            raise ValueError(f"Out of [0, {len(ts)}[ range: {i}")
    if not repeated and len(set(found)) != len(found):
        raise ValueError(f"Found repetition in mapping: {found}")
    return found


class SubGraphView:
    """Operations of a graph, the tensors that go in and come out, and tensors that pass through.

    Raises:
        TypeError, ValueError: they are no operations and tensors, or of several graphs.
    """

    def __init__(self, inside_ops=(), passthrough_ts=()):
        self._ops, through = util.make_list_of_op(inside_ops), util.make_list_of_t(passthrough_ts)
        both = self._ops + through
        self._graph = util.get_unique_graph(both) if both else None
        inputs, outputs, inside = select.compute_boundary_ts(self._ops)
        known = {*inputs, *outputs, *inside}
        self._passthrough_ts = [t for t in through if t not in known]
        self._input_ts, self._output_ts = inputs + self._passthrough_ts, outputs + self._passthrough_ts

    graph = property(lambda self: self._graph)
    ops = property(lambda self: self._ops)
    inputs = property(lambda self: list(self._input_ts))
    outputs = property(lambda self: list(self._output_ts))
    passthroughs = property(lambda self: list(self._passthrough_ts))
    connected_inputs = property(lambda self: [t for t in self._input_ts if t not in self._passthrough_ts])
    connected_outputs = property(lambda self: [t for t in self._output_ts if t not in self._passthrough_ts])

    def __copy__(self):
        made = SubGraphView()
        made._assign_from(self)
        return made

    def copy(self):
        """A view of its own of the same operations."""
        return copy.copy(self)

    def _assign_from(self, other):
        self._graph, self._ops, self._passthrough_ts = other._graph, list(other._ops), list(other._passthrough_ts)
        self._input_ts, self._output_ts = list(other._input_ts), list(other._output_ts)

    def remap_default(self, remove_input_map=True, remove_output_map=True):
        """A view with all inputs or outputs again, in the order of the operations."""
        made, (inputs, outputs, _) = self.copy(), select.compute_boundary_ts(self._ops)
        if remove_input_map:
            made._input_ts = inputs + self._passthrough_ts
        if remove_output_map:
            made._output_ts = outputs + self._passthrough_ts
        return made

    def remap(self, new_input_indices=None, new_output_indices=None):
        """A view with these inputs and outputs only, by number or tensor, in that order; outputs may repeat.

        Raises:
            ValueError: a number is out of range, or an input is taken twice.
        """
        made = self.copy()
        if new_input_indices is not None:
            made._input_ts = [self._input_ts[i] for i in _indices(new_input_indices, self._input_ts, False)]
        if new_output_indices is not None:
            made._output_ts = [self._output_ts[i] for i in _indices(new_output_indices, self._output_ts, True)]
        return made

    def remap_inputs(self, new_input_indices):
        """`remap` of the inputs alone."""
        return self.remap(new_input_indices)

    def remap_outputs(self, new_output_indices):
        """`remap` of the outputs alone."""
        return self.remap(None, new_output_indices)

    def remap_outputs_make_unique(self):
        """A view whose outputs do not repeat."""
        made = self.copy()
        made._output_ts = list(dict.fromkeys(self._output_ts))
        return made

    def remap_outputs_to_consumers(self):
        """A view with every output as often as it is taken."""
        made = self.copy()
        made._output_ts = [t for t in dict.fromkeys(self._output_ts) for _ in t.consumers()]
        return made

    def remove_unused_ops(self, control_inputs=True):
        """A view of only the operations between inputs and outputs."""
        used = select.get_walks_union_ops(
            self.connected_inputs, self.connected_outputs, within_ops=self._ops, control_inputs=control_inputs
        )
        made = self.copy()
        made._ops = [op for op in self._ops if op in used]
        return made

    def find_op_by_name(self, op_name):
        """The operation of that name; ValueError when it is not in the view."""
        for op in self._ops:
            if op.name == op_name:
                return op
        raise ValueError(f"{op_name} not in subgraph.")

    def op(self, op_id):
        """The operation at that place."""
        return self._ops[op_id]

    def is_passthrough(self, t):
        """Whether a tensor only passes through."""
        return t in self._passthrough_ts

    def input_index(self, t):
        """The place of an input; ValueError when it is none."""
        if t not in self._input_ts:
            raise ValueError(f"Can't find {t.name} in inputs of subgraph.")
        return self._input_ts.index(t)

    def output_index(self, t):
        """The place of an output; ValueError when it is none."""
        if t not in self._output_ts:
            raise ValueError(f"Can't find {t.name} in outputs of subgraph.")
        return self._output_ts.index(t)

    def consumers(self):
        """The operations outside that take an output."""
        own = frozenset(self._ops)
        return list(dict.fromkeys(op for t in self._output_ts for op in t.consumers() if op not in own))

    def __bool__(self):
        return self._graph is not None

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        pass

    def __str__(self):
        if not self:
            return "SubGraphView: empty"
        parts = [("ops", self._ops), ("inputs", self._input_ts), ("outputs", self._output_ts)]
        lines = [f"SubGraphView (graphid={id(self.graph)}):"]
        for name, items in parts:
            lines.append(f"** {name}[{len(items)}]:" if items else f"** {name}: empty")
            lines += [f"  {item.name}{' *' if item in self._passthrough_ts else ''}" for item in items]
        return "\n".join(lines) + "\n"


def make_view(*args, **kwargs):
    """A view: of operations, tensors, or patterns of names with `graph=`; a view stays itself.

    Raises:
        ValueError: what is given is not of `graph`.
    """
    graph = kwargs.get("graph")
    if graph is not None and not isinstance(graph, graph_lib.Graph):
        raise TypeError(f"Expected a tf.Graph, got: {type(graph)}")
    given = len(args) == 1 and isinstance(args[0], SubGraphView)
    view = args[0] if given else SubGraphView(*select.select_ops_and_ts(*args, **kwargs))
    if graph is not None and view.graph is not None and view.graph is not graph:
        raise ValueError("Graph mismatch.")
    return view


def make_view_from_scope(scope, graph):
    """A view of the operations below a name scope."""
    return SubGraphView(select.get_name_scope_ops(graph, scope))
