"""What operations read and write, told from the graph alone: variables, and counters of random operations."""

from __future__ import annotations

from graphflow._core import dtypes
from graphflow._lowering import emit, table
from graphflow._ops import derived
from graphflow._passes import prune

VARIABLES = ("VariableV2", "Variable", "VarHandleOp", "TemporaryVariable")


def variable_key(op):
    """The key of a variable's value in a session: its shared name, or its own."""
    shared = op.attrs.get("shared_name") or op.attrs.get("var_name")
    return shared.decode() if shared else op.name


def variable_of(t, bound=None):
    """The key of the variable a reference or handle tensor names, or None for handles of other things.

    `bound` maps the inputs of a function body to the tensors given for them.
    """
    while True:
        op = t.op
        if op.type in VARIABLES:
            return variable_key(op)
        if bound and t in bound:
            t, bound = bound[t], getattr(bound, "outer", None)
            continue
        captured = getattr(op.graph, "captured_from", None)
        if op.type == "Placeholder" and captured is not None:
            t = captured(t)
            if t is None:
                return None
            continue
        if not op.inputs or op.type.startswith("TensorArray"):
            return None
        t = op.inputs[t.value_index if op.type in ("IdentityN", "While", "StatelessWhile") else 0]


def touches(op):
    """((key, mode) ...): the state an operation reads (`r`), replaces (`w`) or updates (`rw`)."""
    cached = op.graph._extra.setdefault("touches", {})
    found = cached.get(op._id)
    if found is None:
        found = cached[op._id] = tuple(_touches(op))
    return found


def _touches(op):
    row = table.row_of(op)
    found = {}
    for body in bodies(op):
        for inner in body_operations(body):
            for key, mode in touches(inner):
                found[key] = _joined(found.get(key), "rw" if "w" in mode else "r")
    for i, t in enumerate(op.inputs):
        is_handle = t._dtype.base_dtype is dtypes.resource
        if not t._dtype.is_ref and not is_handle:
            continue
        key = variable_of(t)
        if key is None or (op.type in ("Identity", "IdentityN") and is_handle):
            continue
        names_it = is_handle or emit.takes_ref(op, i)
        mode = {"assign": "w", "update": "rw"}.get(row.writes, "r") if names_it else "r"
        found[key] = _joined(found.get(key), mode)
    if row.draws:
        found[emit.random_key(op)] = "rw"
    return found.items()


def _joined(a, b):
    return b if a is None or a == b else "rw"


def bodies(op):
    """The function graphs an operation calls."""
    found = []
    for value in op.attrs.values():
        for item in value if type(value) is list else (value,):
            if hasattr(item, "get_operations"):
                found.append(item)
    return found


def body_operations(graph, wanted=None):
    """The operations that a body's outputs need, in order. What nothing needs does not run, as in TensorFlow 1.

    Args:
        wanted: frozenset of the positions of the outputs that count; all when None.
    """
    known = graph._extra.setdefault("needed", {})
    found = known.get(wanted)
    if found is None:
        targets = [t.op for i, t in enumerate(graph.outputs) if wanted is None or i in wanted] + graph.kept
        ordered = prune.prune(list(dict.fromkeys(targets)), frozenset(graph.inputs))
        found = known[wanted] = [op for op in ordered if op.type != "Placeholder"]
    return found


def consumed(ops, outputs):
    """Which outputs of the branches, loops and calls among `ops` anything needs: operation -> positions."""
    found = {}
    for t in [t for op in ops for t in op.inputs] + list(outputs):
        if t.op.type in emit.CALLING:
            found.setdefault(t.op, set()).add(t.value_index)
    for op in ops:
        if op.type == "DerivedGradient":
            forward = derived.forward_of(op)
            if forward.type in emit.CALLING:
                found.setdefault(forward, set()).update(op.attrs["given"])
    return found


def forwards_of(ops):
    """The operations among `ops` whose derived gradients are there too, each with the inputs those are for."""
    own, found = set(ops), {}
    for op in ops:
        if op.type == "DerivedGradient":
            forward = derived.forward_of(op)
            if forward in own:
                found.setdefault(forward, set()).update(op.attrs["wrt"])
    return found


_IN_PARTS = (
    "Scatter",
    "Sparse",
    "ResourceScatter",
    "ResourceSparse",
    "StridedSliceAssign",
    "ResourceStridedSliceAssign",
)


def written_in_parts(ops):
    """The variables of which rows are written, or whose shape may change: to take such a write back costs a whole copy."""
    found = set()
    for op in ops:
        found.update(*[written_in_parts(body_operations(body)) for body in bodies(op)])
        if op.type.startswith(_IN_PARTS) or op.attrs.get("validate_shape") is False:
            found.update(key for key, mode in touches(op) if "w" in mode and type(key) is not tuple)
    return found


def may_fail(ops):
    """Whether a guard may stop the run: its state must survive then."""
    return any(table.row_of(op).guards or any(may_fail(body_operations(b)) for b in bodies(op)) for op in ops)
