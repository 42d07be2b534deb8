"""Initial values of variables: what may be one, and how one that uses other variables waits for them."""

from __future__ import annotations

from graphflow._graph import build, keys
from graphflow._graph import graph as graph_lib

_NAMES_VARIABLE = ("Variable", "VariableV2", "VarHandleOp")
_STAYS = frozenset(("IsVariableInitialized", "VarIsInitializedOp", "ReadVariableOp", "If"))  # knows what it does


def check(initial_value, constraint, name):
    """Raises ValueError for arguments that the variable `name` cannot be made from."""
    if initial_value is None:
        raise ValueError("initial_value must be specified.")
    if constraint is not None and not callable(constraint):
        raise ValueError("The `constraint` argument must be a callable.")
    graph = getattr(initial_value, "graph", None)
    if graph is not None and not _may_be_outside(graph):
        raise ValueError(
            f"Initializer for variable {name or 'Variable'} is from inside a control-flow construct, such as a loop or "
            "conditional. When creating a variable inside a loop or conditional, use a lambda as the initializer."
        )


def _may_be_outside(graph):
    """Whether what a graph holds can be computed outside: it is the outermost one, or a function beside eager execution."""
    owner = graph_lib.control_flow_owner(graph)
    return graph is owner or owner.executes and graph.outer_graph is owner


def lifted(value):
    """A tensor of a function's body, computed eagerly: by the same operations, on what the body captured.

    Raises:
        ValueError: it depends on an argument of the function.
    """
    made = {}

    def outside(t):
        found = made.get(t) if t.op.type != "Placeholder" else t.op.graph.capture_of(t)
        if found is None:
            raise ValueError(
                f"the initial value of a variable, {value}, depends on an argument of the function that is being traced: make the "
                "variable outside of it, or from values that are known"
            )
        return found

    for op in _ancestors(value.op):
        if op.type == "Placeholder":
            continue
        inputs = tuple(outside(t) for t in op.inputs)
        copy = graph_lib.control_flow_owner(op.graph).add_op(
            op.op_def, op.type, inputs, dict(op.attrs), [t._dtype for t in op.outputs]
        )
        made.update(zip(op.outputs, copy.outputs))
    return outside(value)


def guarded(name, value):
    """`value` with every read of a variable replaced by that variable's `initialized_value()`.

    So variables can be initialised in any order, in one run. The operations between such a read and the value are copied,
    under names that end in `_<name>`.
    """
    order = _ancestors(value.op)
    made = {}
    for op in order:
        made[op] = _replacement(name, op, made)
    return made[value.op].outputs[value.value_index]


def _ancestors(op):
    """The operations `op` is computed from, inputs first; nothing beyond those that look after themselves."""
    order, stack, seen = [], [(op, False)], set()
    while stack:
        current, done = stack.pop()
        if done:
            order.append(current)
        elif current not in seen:
            seen.add(current)
            stack.append((current, True))
            if current.type not in _STAYS and current.type not in _NAMES_VARIABLE:
                stack.extend((t.op, False) for t in reversed(current.inputs) if t.op not in seen)
    return order


def _replacement(name, op, made):
    if op.type in _STAYS:
        return op
    if op.type in _NAMES_VARIABLE:
        variable = _variable_of(op)
        return op if variable is None else variable.initialized_value().op
    inputs = [made[t.op].outputs[t.value_index] for t in op.inputs]
    if all(new is old for new, old in zip(inputs, op.inputs)):
        return op
    kind = "Switch" if op.type == "RefSwitch" else op.type
    attrs = dict(op.attrs)
    types = [t.dtype.base_dtype for t in op.outputs]
    copy_name = f"{op.name}_{name}".rstrip("/").replace(":", "_")
    return op.graph.add_op(build.op_defs.get(kind), copy_name, tuple(inputs), attrs, types)


def _variable_of(op):
    for collection in (keys.GraphKeys.GLOBAL_VARIABLES, keys.GraphKeys.LOCAL_VARIABLES):
        for variable in op.graph.get_collection(collection):
            if getattr(variable, "op", None) is op:
                return variable
    return None
