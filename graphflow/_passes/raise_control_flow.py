"""TensorFlow 1's control flow as functional nodes: a run of Switch, Merge, Enter, Exit becomes one of If and While.

Imported graphs keep the nodes they came with. What a run needs of them is copied into a graph of the run's own, where branches and
loops are bodies.

Source: Yu et al., Dynamic Control Flow in Large-Scale Machine Learning (2018), for what the nodes mean.
"""

from __future__ import annotations

from graphflow._core import errors, shapes
from graphflow._graph import build, function_graph, op_def
from graphflow._graph import graph as graph_lib
from graphflow._ops import bodies, derived
from graphflow._passes import dataflow_places as places_lib

_GRADIENT_ARRAY = "TensorArrayGradV3"


def is_needed(ops):
    """Whether there is such control flow among the operations, or an array of gradients, which many nodes stand for."""
    return any(op.type in places_lib.KINDS or op.type == _GRADIENT_ARRAY and _array_of(op) for op in ops)


def _array_of(op):
    """The TensorArrayV3 whose gradients an operation asks for; None where its handle is an argument of a body."""
    handle = op.inputs[0]
    while handle.op.type in (*places_lib.ENTER, "Identity"):
        handle = handle.op.inputs[0]
    return handle.op if handle.op.type == "TensorArrayV3" else None


class Raised:
    """The operations of a run in functional form.

    Args:
        ops: in order of execution, but for the back edges of loops.
        fed, fetched: tensors given, tensors wanted. targets: operations asked for.

    Attributes:
        fed, fetched, targets: what stands for them in the new graph.

    Raises:
        UnimplementedError: control flow that no branch or loop of TensorFlow's makes; the node is named.
    """

    def __init__(self, ops, fed, fetched, targets):
        self._fed = set(fed)
        self._places = places_lib.Places(ops, self._fed)
        self._graph = graph_lib.Graph()
        self._gradient_arrays = {}  # (TensorArrayV3, source) -> the handle of its gradients
        top = _Scope(self._graph, (), None)
        self.fed = [self._feed(top, t) for t in fed]
        for op in ops:
            if not self._places.of(op) and _leaves(op):  # in order, so that no call nests deep
                self._make(top, op)
        self.fetched = [self._input(top, t) for t in fetched]
        self.targets = [self._operation(top, op) for op in targets]

    def _feed(self, top, t):
        made = self._graph.add_op(
            op_def.get("Placeholder"), t.op.name if t.op.type == "Placeholder" else f"{t.op.name}/fed_{t.value_index}", (),
            {"dtype": t._dtype.base_dtype, "shape": t._dims}, (t._dtype.base_dtype,), control_inputs=(),
        )  # fmt: skip
        made.made_at = t.op.made_at
        top.tensors[t] = made.outputs[0]
        return made.outputs[0]

    # -- tensors and operations, where they are wanted --------------------------------------------------------------------

    def _tensor(self, scope, t):
        """What stands for `t` inside a scope."""
        found = scope.known(t)
        if found is None:
            self._make(scope, t.op)
            found = scope.known(t)
        if found is None:
            raise _stray(t.op)
        return found

    def _operation(self, scope, op):
        self._make(scope, op)
        return scope.operations[op]

    def _make(self, scope, op):
        """Makes an operation, and what it needs, in the scope around which it belongs to."""
        stack = [(scope, op)]
        while stack:
            scope, op = stack[-1]
            owner = self._owner(scope, op)
            if op in owner.operations:
                stack.pop()
                continue
            waiting = [
                (owner, before) for before in self._before(op) if before not in self._owner(owner, before).operations
            ]
            if waiting:
                stack.extend(waiting)
                continue
            self._make_one(owner, op)
            stack.pop()

    def _before(self, op):
        """The operations that must have been made before `op`, in or around its scope."""
        if op.type in places_lib.KINDS:  # these look for themselves
            return []
        found = [t.op for t in map(_behind_switches, op.inputs) if t not in self._fed]
        found += [c for c in op._control_inputs if _leaves(c)]
        if op.type == "DerivedGradient":
            found.append(derived.forward_of(op))
        return found

    def _owner(self, scope, op):
        """The scope that an operation belongs to, `scope` or one around it."""
        place = self._places.of(op)
        while scope is not None and scope.place != place:
            scope = scope.outer
        if scope is None:
            raise _stray(op)
        return scope

    def _make_one(self, scope, op):
        kind = op.type
        if kind in places_lib.EXIT:
            self._make_loop(scope, op)
        elif kind in places_lib.ENTER:
            scope.alias(op, self._input(scope.outer, op.inputs[0]))
        elif kind == "LoopCond":
            with scope.graph.as_default():
                scope.alias(op, build.constant(True))
        elif kind in places_lib.SWITCH and places_lib.is_loop_switch(op):
            value = self._input(scope, op.inputs[0])
            scope.operations[op] = value.op
            scope.tensors.update((t, value) for t in op.outputs)
        elif kind in places_lib.SWITCH:
            scope.operations[op] = None  # its outputs are the data, inside the branches
        elif kind in places_lib.MERGE and not places_lib.is_loop_head(op):
            self._make_branches(scope, op)
        elif kind in places_lib.KINDS:
            raise _stray(op)
        elif kind == _GRADIENT_ARRAY:
            self._copy(scope, op, (self._gradient_array(scope, op), self._input(scope, op.inputs[1])))
        else:
            self._copy(scope, op, [self._input(scope, t) for t in op.inputs])

    def _gradient_array(self, scope, op):
        """The handle of the array of gradients that `op` asks for: one for all that ask for those of the same array."""
        array, source = _array_of(op), op.attrs["source"]
        if array is None:
            return self._input(scope, op.inputs[0])
        if (array, source) not in self._gradient_arrays:
            owner = self._owner(scope, array)
            inputs = [self._input(owner, t) for t in array.outputs]
            made = owner.graph.add_op(
                op.op_def, f"{array.name}/{source.decode()}", tuple(inputs), dict(op.attrs),
                [t._dtype for t in op.outputs], control_inputs=(),
            )  # fmt: skip
            made.made_at = op.made_at
            self._gradient_arrays[array, source] = made.outputs[0]
        return self._gradient_arrays[array, source]

    def _copy(self, scope, op, inputs):
        inputs = tuple([scope.own(t) for t in inputs])
        controls = []
        for before in op._control_inputs:
            made = self._made(scope, before)
            if made is not None and made.graph is scope.graph:
                controls.append(made)
            elif made is not None:
                scope.graph.outer_control.append(made)
        new = scope.graph.add_op(
            op.op_def, op.name, inputs, dict(op.attrs), [t._dtype for t in op.outputs],
            control_inputs=tuple(dict.fromkeys(controls)), device=op._device,
        )  # fmt: skip
        new.made_at = op.made_at
        scope.operations[op] = new
        for before, after in zip(op.outputs, new.outputs):
            if shapes.compatible(before._dims, after._dims):
                after._dims = shapes.merge(before._dims, after._dims)
            scope.tensors.setdefault(before, after)

    def _input(self, scope, t):
        if t.op.type in places_lib.SWITCH and scope.known(t) is None and not places_lib.is_loop_switch(t.op):
            branch = scope
            while branch is not None and branch.place != self._places.of_tensor(t):
                branch = branch.outer
            if branch is None:
                raise _stray(t.op)
            branch.tensors[t] = self._input(branch.outer, t.op.inputs[0])
        return self._tensor(scope, t)

    def _made(self, scope, op):
        """The operation to wait for in place of a control input; None where the place says it already."""
        while scope is not None:
            if op in scope.operations:
                return scope.operations[op]
            scope = scope.outer
        return None

    # -- branches ----------------------------------------------------------------------------------------------------------

    def _make_branches(self, scope, merge):
        predicate, merges = self._places.groups[merge]
        if predicate is None:
            raise _stray(merge)
        made = []
        for number in (1, 0):
            place = (*scope.place, ("branch", predicate, number))
            graph = function_graph.FunctionGraph(f"{merge.name}_{number}".replace("/", "_"), scope.graph)
            graph._scopes.name = ""
            inner = _Scope(graph, place, scope)
            sources = [self._source(m, place) for m in merges]
            with graph.as_default():
                graph.outputs = [inner.own(self._input(inner, m.inputs[i])) for m, i in zip(merges, sources)]
                graph.outputs += [build.constant(i, name="value_index") for i in sources]
            made.append(graph)
        pred = scope.own(self._input(scope, predicate))
        outputs = list(zip(*[g.outputs for g in made]))
        with scope.graph.as_default():
            node = self._node(
                scope, "If", [pred, bodies.outer_tensors(*made)], made, merge, then_branch=made[0], else_branch=made[1],
                Tout=[t._dtype.base_dtype for t, _ in outputs],
                output_shapes=[shapes.common(a._dims, b._dims) for a, b in outputs],
            )  # fmt: skip
        for i, m in enumerate(merges):
            scope.operations[m] = node
            scope.tensors[m.outputs[0]] = node.outputs[i]
            scope.tensors[m.outputs[1]] = node.outputs[len(merges) + i]

    def _source(self, merge, place):
        """Which input of a Merge there is in the branch at `place`."""
        for i, t in enumerate(merge.inputs):
            if self._places.of_tensor(t)[: len(place)] == place:
                return i
        raise _stray(merge)

    # -- loops -------------------------------------------------------------------------------------------------------------

    def _make_loop(self, scope, leaving):
        name = self._places.of(leaving.inputs[0].op)[len(scope.place)][1]
        heads, exits = self._loop_parts(scope, name)
        entries = [next(t for t in head.inputs if t.op.type not in places_lib.NEXT) for head in heads]
        first = [scope.own(self._input(scope, t.op.inputs[0])) for t in entries]
        text = name.decode(errors="replace").replace("/", "_")
        cond = function_graph.FunctionGraph(f"{text}_cond", scope.graph)
        body = function_graph.FunctionGraph(f"{text}_body", scope.graph, cond)
        (going_on,) = {places_lib.root(op.inputs[0].op.inputs[1]).op for op in exits}
        self._fill(scope, cond, name, heads, first, [going_on.inputs[0]])
        rounds = [next(t for t in head.inputs if t.op.type in places_lib.NEXT).op for head in heads]
        awaited = [c for op in rounds for c in op._control_inputs]
        awaited += [c for op in awaited if op.type == "ControlTrigger" for c in op._control_inputs]
        pushes = [op for op in dict.fromkeys(awaited) if op.type == "StackPushV2"]  # what the loop's gradient will need
        self._fill(scope, body, name, heads, first, [op.inputs[0] for op in rounds], pushes)
        captured = bodies.outer_tensors(cond, body)
        dims = [head.outputs[0]._dims for head in heads]
        body.outputs += body.inputs[len(heads) :]
        with scope.graph.as_default():
            node = self._node(
                scope, "While", [first + captured], [cond, body], leaving, cond=cond, body=body,
                output_shapes=dims + [t._dims for t in captured],
            )  # fmt: skip
        for op in exits:
            scope.operations[op] = node
            scope.tensors[op.outputs[0]] = node.outputs[heads.index(places_lib.root(op.inputs[0].op.inputs[0]).op)]

    def _loop_parts(self, scope, name):
        """(heads, exits) of the loop of that frame."""
        inside = (*scope.place, ("loop", name))
        known = self._places._places
        heads = [op for op, place in known.items() if place == inside and places_lib.is_loop_head(op)]
        exits = [
            op for op, place in known.items()
            if op.type in places_lib.EXIT and place == scope.place and known[op.inputs[0].op] == inside
        ]  # fmt: skip
        return heads, exits

    def _fill(self, scope, graph, name, heads, first, wanted, kept=()):
        """Builds a body of a loop: its arguments, what gives the tensors `wanted`, and the operations that run besides."""
        graph._scopes.name = ""
        inner = _Scope(graph, (*scope.place, ("loop", name)), scope)
        for head, value in zip(heads, first):
            argument = graph.add_argument(value, head.outputs[0]._dims)
            inner.operations[head] = argument.op
            inner.tensors[head.outputs[0]] = argument
        with graph.as_default():
            graph.outputs = [inner.own(self._input(inner, t)) for t in wanted]
            for op in kept:
                self._keep(inner, op)

    def _keep(self, scope, op):
        """Lets an operation run whenever the body of `scope` does; in a branch where it belongs into one."""
        place, depth = self._places.of(op), len(scope.place)
        if place == scope.place and _leaves(op):
            scope.graph.kept.append(self._operation(scope, op))
        elif place[:depth] == scope.place and len(place) > depth and place[depth][0] == "branch":
            _, predicate, number = place[depth]
            made = []
            for n in (1, 0):
                graph = function_graph.FunctionGraph(f"{op.name}_{n}".replace("/", "_"), scope.graph)
                graph._scopes.name = ""
                if n == number:
                    with graph.as_default():
                        self._keep(_Scope(graph, place[: depth + 1], scope), op)
                made.append(graph)
            pred = scope.own(self._input(scope, predicate))
            with scope.graph.as_default():
                captured = bodies.outer_tensors(*made)
                node = self._node(
                    scope,
                    "If",
                    [pred, captured],
                    made,
                    op,
                    then_branch=made[0],
                    else_branch=made[1],
                    Tout=[],
                    output_shapes=[],
                )
            scope.graph.kept.append(node)

    def _node(self, scope, op_type, inputs, graphs, like, **attrs):
        with scope.graph.control_dependencies(bodies.waiting_for(*graphs)):
            node = build.operation(op_type, *inputs, name=like.name + "/functional", **attrs)
        node.made_at = like.made_at
        return node


class _Scope:
    """A graph being filled, and what has been made in it.

    Attributes:
        place: of the operations that belong into it. outer: the scope around it.
        tensors, operations: of the old graph, with what stands for them.
    """

    def __init__(self, graph, place, outer):
        self.graph, self.place, self.outer = graph, place, outer
        self.tensors, self.operations = {}, {}

    def known(self, t):
        """What stands for a tensor here or further out, or None."""
        scope = self
        while scope is not None:
            if t in scope.tensors:
                return scope.tensors[t]
            scope = scope.outer
        return None

    def own(self, t):
        """A tensor of a graph around this one as one of its own."""
        return t if t.op.graph is self.graph else self.graph.capture(t)

    def alias(self, op, value):
        """`value` stands for the only output of `op`."""
        self.operations[op] = value.op
        self.tensors[op.outputs[0]] = value


def _behind_switches(t):
    """What the branches get of a tensor that Switches hand to them."""
    while t.op.type in places_lib.SWITCH and not places_lib.is_loop_switch(t.op):
        t = t.op.inputs[0]
    return t


def _leaves(op):
    """Whether to wait for an operation means anything once branches and loops are nodes."""
    ends_branches = op.type in places_lib.MERGE and not places_lib.is_loop_head(op)
    return op.type not in places_lib.KINDS or op.type in places_lib.EXIT or ends_branches


def _stray(op):
    return errors.UnimplementedError(
        None,
        op,
        f"{op.type} '{op.name}' is no part of a branch or loop that graphflow can tell: it raises TensorFlow 1's control flow to "
        "If and While nodes, and this node is used outside of where it belongs",
    )
