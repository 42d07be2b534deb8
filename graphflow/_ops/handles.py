"""What handles, references and flows stand for: the variable or TensorArray at the other end.

A flow is the float scalar that orders the operations on a TensorArray; here its value is the array itself. All this follows from
the graph alone, so that imported graphs need no marks.
"""

from __future__ import annotations

from graphflow._core import dtypes

_ORIGINS = ("TensorArrayV3", "VarHandleOp", "VariableV2", "Variable", "TemporaryVariable")
_FLOW_OUTPUT = {
    "TensorArrayV3": 1, "TensorArrayWriteV3": 0, "TensorArrayScatterV3": 0, "TensorArraySplitV3": 0,
}  # fmt: skip
_SAME = ("Identity", "IdentityN", "While", "StatelessWhile", "RefIdentity")


def is_flow(t):
    """Whether a tensor is the flow of a TensorArray."""
    if t._dtype is not dtypes.float32 or t._dims not in ((), None):
        return False
    source = origin(t)
    return source is not None and source.type == "TensorArrayV3"


def origin(t):
    """The operation that made the variable or TensorArray that a handle, reference or flow stands for; None for other tensors."""
    known, path = t.op.graph._extra.setdefault("origins", {}), []
    while True:
        if t in known:
            source = known[t]
            break
        path.append(t)
        source, t = _step(t)
        if t is None:
            break
    known.update(dict.fromkeys(path, source))
    return source


def _step(t):
    """(the origin, None) where the way back ends at `t`, else (None, the tensor before it)."""
    op = t.op
    kind = op.type
    if kind in _ORIGINS:
        return op, None
    if kind in _FLOW_OUTPUT:
        return None, op.inputs[0] if t.value_index == _FLOW_OUTPUT[kind] else None
    if kind in _SAME and op.inputs:  # eager tensors do not know what they were made from
        return None, op.inputs[t.value_index]
    if kind == "Placeholder":
        outer = getattr(op.graph, "captured_from", None)
        return None, outer and outer(t)
    if t._dtype.is_ref and op.inputs:  # Assign and its like hand their reference on
        return None, op.inputs[0]
    for body in op.attrs.values():
        if type(body) is list and body:
            body = body[0]
        if hasattr(body, "captured_from"):
            return None, body.outputs[t.value_index]
    return None, None


def variable_of(t):
    """(dtype, plain shape) of the variable that a handle or reference stands for, or None."""
    source = origin(t)
    if source is None or source.type == "TensorArrayV3":
        return None
    return source.attrs["dtype"], source.attrs["shape"]


def value_dtype(t):
    """The type of the numbers behind a tensor: of a variable's value, of a TensorArray's elements, else its own."""
    source = origin(t) if t._dtype.base_dtype is dtypes.resource or is_flow(t) else None
    return t._dtype.base_dtype if source is None else source.attrs["dtype"]


def value_dims(t):
    """The plain shape behind a tensor; None for a TensorArray."""
    if t._dtype.base_dtype is dtypes.resource:
        found = variable_of(t)
        return None if found is None else found[1]
    return None if is_flow(t) else t._dims
