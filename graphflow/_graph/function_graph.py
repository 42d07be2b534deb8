"""FunctionGraph: the body of a branch, a loop or a function, a graph of its own inside another one.

What a body uses from outside becomes an input of it, *captured* when first used. Names, collections, the seed and the count of
operations are those of the outermost graph, because TensorFlow 1 builds its bodies into that graph.
"""

from __future__ import annotations

import contextlib

from graphflow._graph import graph as graph_lib
from graphflow._graph import op_def, operation, scopes, static_value, tensor

_LIFTED = ("Placeholder", "PlaceholderV2", "Variable", "VariableV2", "VarHandleOp")


class FunctionGraph(graph_lib.Graph):
    """A body. While it is the default graph, tensors of the graphs around it may be used like its own.

    Args:
        name: what nodes call it by; a number is added where it is taken in the outermost graph.
        outer_graph: the graph around it.
        family: a body that captures the same tensors, such as the condition of the loop whose body this is; what both capture
            TensorFlow counts once.

    Attributes:
        inputs: its input tensors: loop variables or arguments first, then captures.
        outer_inputs: for each input the tensor outside that gives its (first) value.
        outputs: the tensors it returns.
        outer_control: operations outside that something inside must wait for.
        kept: operations that run whenever the body does, even where no output needs them.
        own_gradient: function(operation, *gradients) of the nodes that call it, or None.
    """

    _root = None  # until __init__ has run, so that the shared fields can tell

    def __init__(self, name, outer_graph, family=None):
        super().__init__()
        self.outer_graph = outer_graph
        self._root = root = graph_lib.control_flow_owner(outer_graph)
        self.name, count = name, 0
        while self.name in root._functions:
            count += 1
            self.name = f"{name}_{count}"
        self._collections = root._collections
        self._names_in_use = root._names_in_use
        self._functions = root._functions
        self.inputs, self.outer_inputs, self.outputs = [], [], []
        self.outer_control, self.kept = [], []
        self.own_gradient = None
        self._captures = {}
        self._fixed = 0  # inputs before the captures
        self._index = {}  # input -> position
        self._uncounted = family._uncounted if family else {}  # captured tensor -> whether no operation used it yet
        vars(self._scopes).update(vars(outer_graph._scopes), control=[])
        root._functions[self.name] = self

    @property
    def building_function(self):
        return True

    @property
    def _last_id(self):
        return self._root._last_id if self._root is not None else 0

    @_last_id.setter
    def _last_id(self, count):
        if self._root is not None:
            self._root._last_id = count

    @property
    def seed(self):
        """The seed of the outermost graph."""
        return self._root.seed if self._root is not None else None

    @seed.setter
    def seed(self, value):
        if self._root is not None:
            self._root.seed = value

    # -- what comes in ---------------------------------------------------------------------------------------------------

    def add_argument(self, value, dims):
        """A new input that is no capture, of the type of `value` and the plain shape `dims`; to be made before any capture."""
        self._fixed += 1
        return self._add_input(value, value._dtype, dims)

    def add_typed_argument(self, dtype, dims):
        """As `add_argument`, for an argument of which nothing is known but its type."""
        self._fixed += 1
        return self._add_input(None, dtype, dims)

    def _add_input(self, value, dtype, dims):
        made = self._placeholder(dtype, dims)
        self._index[made] = len(self.inputs)
        self.inputs.append(made)
        self.outer_inputs.append(value)
        return made

    def _placeholder(self, dtype, dims):
        """An input node. It stands outside all scopes: control edges belong to what uses it."""
        here, count = self._scopes, self._last_id
        with contextlib.ExitStack() as stack:
            for field, empty in (("control", []), ("devices", []), ("colocation", []), ("attrs", {})):
                stack.enter_context(scopes.replaced(here, field, empty))
            made = super().add_op(
                op_def.get("Placeholder"),
                f"{self.name}/input_{len(self.inputs)}",
                (),
                {"dtype": dtype.base_dtype, "shape": dims},
                (dtype,),
            )
        self._last_id = count
        return made.outputs[0]

    def capture(self, value):
        """The input that stands for `value`, a tensor of a graph around this one.

        Raises:
            ValueError: the tensor belongs to no graph around this one.
        """
        known = self._captures.get(value)
        if known is not None:
            return known
        outer = value if value.op.graph is self.outer_graph else self._from_further_out(value)
        known = self._captures.get(outer)
        if known is None:
            known = self._captures[outer] = self._add_input(outer, outer._dtype, outer._dims)
            self._uncounted.setdefault(outer, True)
        self._captures[value] = known
        return known

    def _from_further_out(self, value):
        graph = self.outer_graph
        while graph is not None and graph is not value.op.graph:
            graph = getattr(graph, "outer_graph", None)
        if graph is None:
            where = getattr(value.op.graph, "name", None)
            hint = f": it was made inside {where!r} and has a value only there" if where else ""
            raise ValueError(f"{value} cannot be used inside {self.name!r}{hint}")
        return self.outer_graph.capture(value)

    def arrange(self, outer_inputs):
        """Makes `outer_inputs`, which hold all of this graph's, the order of its inputs; those it lacks are added, unused."""
        own = dict(zip(self.outer_inputs[self._fixed :], self.inputs[self._fixed :]))
        missing = [t for t in outer_inputs if t not in own]
        own.update((t, self._add_input(t, t._dtype, t._dims)) for t in missing)
        self.inputs[self._fixed :] = [own[t] for t in outer_inputs]
        self.outer_inputs[self._fixed :] = outer_inputs
        self._index = {t: i for i, t in enumerate(self.inputs)}

    def captured_from(self, placeholder):
        """The tensor outside that gives an input its (first) value; None for a placeholder that is no input."""
        i = self._index.get(placeholder)
        return None if i is None else self.outer_inputs[i]

    def capture_of(self, placeholder):
        """As `captured_from`, but None for arguments: a loop variable keeps its first value for one iteration only."""
        i = self._index.get(placeholder)
        return None if i is None or i < self._fixed else self.outer_inputs[i]

    def position_of(self, placeholder):
        """Which input a tensor is, or None."""
        return self._index.get(placeholder)

    def add_op(self, op_def, name, inputs, attrs, output_dtypes, control_inputs=None, device=None):
        """As `Graph.add_op`. Variables and placeholders are made outside, where sessions keep and feed them."""
        if op_def.name in _LIFTED:
            with self._root.control_dependencies(None):
                return self._root.add_op(op_def, name, inputs, attrs, output_dtypes, control_inputs, device)
        made = super().add_op(op_def, name, inputs, attrs, output_dtypes, control_inputs, device)
        for t in inputs:
            self.count_use(t)
        if "_gradient_op_type" in attrs and graph_lib.hooks.overridden_in_body:
            graph_lib.hooks.overridden_in_body(made)
        return made

    def count_use(self, t):
        """Counts a capture when it is first used, as TensorFlow 1 then makes a Switch or Enter for it."""
        outer = self.captured_from(t)
        if outer is not None and self._uncounted.get(outer, False):
            self._uncounted[outer] = False
            if isinstance(self.outer_graph, FunctionGraph):
                self.outer_graph.count_use(outer)
            self._last_id += 1

    # -- scopes over things outside --------------------------------------------------------------------------------------

    def capture_control(self, item):
        """`item` where it is inside; what is outside must have run before the body starts, so None is left to wait for."""
        element = item
        convert = getattr(item, "_as_graph_element", None)
        if convert is not None:
            element = convert()
        op = element if isinstance(element, operation.Operation) else getattr(element, "op", None)
        if op is None or op.graph is self:
            return item
        self.outer_control.append(op)
        return None

    def colocate_with(self, op, ignore_existing=False):
        """As `Graph.colocate_with`; the operation may be outside."""
        return super().colocate_with(getattr(op, "op", op), ignore_existing)

    def as_graph_element(self, obj, allow_tensor=True, allow_operation=True):
        """As `Graph.as_graph_element`; a tensor outside is captured."""
        convert = getattr(obj, "_as_graph_element", None)
        if convert is not None:
            obj = convert()
        if isinstance(obj, tensor.Tensor) and obj.op.graph is not self:
            obj = self.capture(obj)
        return super().as_graph_element(obj, allow_tensor, allow_operation)

    def __repr__(self):
        return f"<graphflow.FunctionGraph {self.name!r} of {len(self._ops)} operations>"


@static_value.stands_for("Placeholder")
def _captured(op):
    """A capture has the value of what it stands for; a loop variable only its first, which says nothing."""
    return op.graph.capture_of(op.outputs[0]) if op.graph.building_function else None
