"""Nodes that hold variables, and operations that read and assign them."""

from __future__ import annotations

from graphflow._core import shapes
from graphflow._graph import build, op_def
from graphflow._ops import handles

# -- nodes that hold a value ---------------------------------------------------------------------------------------------


@op_def.shape_rule("VariableV2", "TemporaryVariable")
def _variable_shape(op):
    return [op.attrs["shape"]]


@op_def.shape_rule("Variable")
def _variable_v1_shape(op):
    return [op.attrs["shape"] or None]  # a scalar's shape could not be told from an unknown one


@op_def.shape_rule("VarHandleOp", "IsVariableInitialized", "VarIsInitializedOp")
def _scalar(op):
    return [()]


op_def.not_differentiable(
    "Variable", "VariableV2", "VarHandleOp", "TemporaryVariable", "DestroyTemporaryVariable", "IsVariableInitialized",
    "VarIsInitializedOp", "VariableShape", "Assign", "AssignAdd", "AssignSub", "CountUpTo", "ResourceCountUpTo",
    "AssignVariableOp", "AssignAddVariableOp", "AssignSubVariableOp",
    because="state is no function of its past",
)  # fmt: skip


# -- reading -------------------------------------------------------------------------------------------------------------


@op_def.shape_rule("ReadVariableOp")
def _read_shape(op):
    return [handles.value_dims(op.inputs[0])]


@op_def.gradient("ReadVariableOp")
def _read_gradient(op, grad):
    return grad


@op_def.shape_rule("VariableShape")
def _variable_shape_shape(op):
    dims = handles.value_dims(op.inputs[0])
    return [(None,) if dims is None else (len(dims),)]


def is_variable_initialized(ref, name=None):
    """Whether the variable has a value, a bool scalar."""
    if ref.dtype.is_ref:
        return build.apply("IsVariableInitialized", ref, name=name)
    return ref.is_initialized(name=name)


# -- assigning -----------------------------------------------------------------------------------------------------------


def merged(op, a, b):
    """What is known of a shape from either of two tensors' shapes; ValueError in TensorFlow's words where they differ."""
    try:
        return shapes.merge(a, b)
    except ValueError:
        pass
    if len(a) != len(b):
        raise build.shape_error(op, f"Shapes must be equal rank, but are {len(a)} and {len(b)}")
    axis = next(i for i, (x, y) in enumerate(zip(a, b)) if None not in (x, y) and x != y)
    raise build.shape_error(
        op,
        f"Dimension {axis} in both shapes must be equal, but are {a[axis]} and {b[axis]}. Shapes are "
        f"{shapes.to_text(a)} and {shapes.to_text(b)}.",
    )


@op_def.shape_rule("Assign", "AssignAdd", "AssignSub")
def _assign_shape(op):
    ref, value = (t._dims for t in op.inputs)
    return [merged(op, ref, value) if op.attrs.get("validate_shape", True) else value]


@op_def.shape_rule("AssignVariableOp", "AssignAddVariableOp", "AssignSubVariableOp")
def _assign_variable_shape(op):
    merged(op, handles.value_dims(op.inputs[0]), op.inputs[1]._dims)
    return []


def assign(ref, value, validate_shape=None, use_locking=None, name=None):
    """Gives a variable a new value.

    Args:
        ref: a variable, or the reference tensor of one.
        validate_shape: False lets the value have another shape than the variable.

    Returns:
        the reference, to be read after the assignment; for a resource variable, the variable after it.
    """
    if ref.dtype.is_ref:
        return build.apply("Assign", ref, value, use_locking=use_locking, validate_shape=validate_shape, name=name)
    return ref.assign(value, name=name)


def assign_add(ref, value, use_locking=None, name=None):
    """Adds `value` to a variable; returns as `assign`."""
    if ref.dtype.is_ref:
        return build.apply("AssignAdd", ref, value, use_locking=use_locking, name=name)
    return ref.assign_add(value)


def assign_sub(ref, value, use_locking=None, name=None):
    """Subtracts `value` from a variable; returns as `assign`."""
    if ref.dtype.is_ref:
        return build.apply("AssignSub", ref, value, use_locking=use_locking, name=name)
    return ref.assign_sub(value)


def count_up_to(ref, limit, name=None):
    """An integer scalar variable's value, after which it is one more.

    The run raises OutOfRangeError once the value has reached `limit`.
    """
    if ref.dtype.is_ref:
        return build.apply("CountUpTo", ref, limit=limit, name=name)
    return build.apply("ResourceCountUpTo", ref.handle, limit=limit, T=ref.dtype, name=name)


@op_def.shape_rule("CountUpTo", "ResourceCountUpTo")
def _count_shape(op):
    held = op.inputs[0]
    dims = held._dims if held.dtype.is_ref else handles.value_dims(held)
    if dims:
        raise build.shape_error(op, f"Shape must be rank 0 but is rank {len(dims)}")
    return [()]


@op_def.shape_rule("DestroyTemporaryVariable")
def _same_shape(op):
    return [op.inputs[0]._dims]


def init_variable(v, init, name="init"):
    """An Assign of `init`, a value or a function (shape, dtype) -> value, named below the variable's own name."""
    graph = v.graph
    with graph.name_scope(v.op.name + "/"), graph.name_scope(name) as scope, graph.colocate_with(v):
        if callable(init):
            value = build.convert_to_tensor(init(v.get_shape().as_list(), v.dtype.base_dtype), name="value")
        else:
            value = build.convert_to_tensor(init, name="init")
        return build.apply("Assign", v, value, name=scope)
