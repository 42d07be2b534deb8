"""Rules of `_ops/state.py` and `_ops/grouping.py`: variables, reading and assigning them."""

from __future__ import annotations

import numpy as np

from graphflow._core import dtypes, errors, shapes
from graphflow._lowering import effects
from graphflow._lowering.emit import Ref
from graphflow._lowering.rule import Compiled, Host, PerOp, xp
from graphflow._ops import handles


def _variable(ctx, op):
    return Ref(effects.variable_key(op))


def _temporary_variable(ctx, op):
    """Its value is whatever the memory held in TensorFlow, and zeros here."""
    ref = Ref(effects.variable_key(op))
    ctx.write(ref, np.zeros(op.attrs["shape"], op.attrs["dtype"].as_numpy_dtype))
    return ref


def _read(ctx, op, ref):
    return ctx.read(ref, op)


def _variable_shape(ctx, op, ref):
    return np.array(np.shape(ctx.read(ref, op)), op.attrs["out_type"].as_numpy_dtype)


def _is_initialized(ctx, op, ref):
    return np.bool_(ctx.state.get(ref.key) is not None)  # a program is compiled for the variables that have a value


def _destroy(ctx, op, ref):
    found = ctx.store.values.pop(ref.key, None)
    if found is None and not op.attrs["ignore_lookup_error"]:
        raise errors.NotFoundError(None, op, f"Resource {ref.key} does not exist.")
    return ()


# -- assigning -----------------------------------------------------------------------------------------------------------


def _assign(ctx, op, ref, value):
    held = ctx.state.get(ref.key)
    dims = op.inputs[0]._dims if held is None else np.shape(held)
    if op.attrs["validate_shape"] and not shapes.compatible(dims, np.shape(value)):
        raise errors.InvalidArgumentError(
            None,
            op,
            "Assign requires shapes of both tensors to match. lhs shape= "
            f"{shapes.to_text(dims)} rhs shape= {shapes.to_text(np.shape(value))}",
        )
    ctx.write(ref, value)
    return ref


def _assign_variable(ctx, op, ref, value):
    ctx.write(ref, value)
    return ()


def _change(op_type, returns_ref):
    """The rule of `x += value` and the like."""

    def emit(ctx, op, ref, value):
        held = ctx.read(ref, op)
        if np.shape(held) != np.shape(value):
            raise errors.InvalidArgumentError(
                None,
                op,
                f"the variable {ref.key} has shape {shapes.to_text(np.shape(held))}, and is to be changed by a value of shape "
                f"{shapes.to_text(np.shape(value))}: they must be the same",
            )
        with np.errstate(all="ignore"):
            ctx.write(ref, getattr(xp(held, value), op_type)(held, value))
        return ref if returns_ref else ()

    return Compiled(emit, writes="update", folds=True)


def _count_up_to(ctx, op, ref):
    held = ctx.read(ref, op)
    limit = op.attrs["limit"]
    ctx.guard(held >= limit, op, f"Reached limit of {limit}", error=errors.OutOfRangeError)
    ctx.write(ref, held + np.ones((), held.dtype))
    return held


def _where_it_lives(emit, **row):
    """A rule that only sees a handle: on the host where the variable holds strings."""

    def choose(op):
        variable = handles.variable_of(op.inputs[0])
        is_text = variable is not None and variable[0].base_dtype is dtypes.string
        return Host(emit, because="strings stay on the host") if is_text else Compiled(emit, **row)

    return PerOp(choose)


RULES = {
    "Variable": Compiled(_variable, free=True),
    "VariableV2": Compiled(_variable, free=True),
    "VarHandleOp": Compiled(_variable, free=True),
    "TemporaryVariable": Compiled(_temporary_variable),
    "DestroyTemporaryVariable": Compiled(_read),
    "DestroyResourceOp": Host(_destroy, because="it takes the variable from the session"),
    "ReadVariableOp": Compiled(_read, folds=True),
    "VariableShape": _where_it_lives(_variable_shape, folds=True),
    "IsVariableInitialized": Compiled(_is_initialized, folds=True),
    "VarIsInitializedOp": _where_it_lives(_is_initialized, folds=True),
    "Assign": Compiled(_assign, writes="assign", folds=True),
    "AssignVariableOp": Compiled(_assign_variable, writes="assign", folds=True),
    "AssignAdd": _change("add", returns_ref=True),
    "AssignSub": _change("subtract", returns_ref=True),
    "AssignAddVariableOp": _change("add", returns_ref=False),
    "AssignSubVariableOp": _change("subtract", returns_ref=False),
    "CountUpTo": Compiled(_count_up_to, writes="update", guards=True),
    "ResourceCountUpTo": Compiled(_count_up_to, writes="update", guards=True),
    "NoOp": Compiled(lambda ctx, op: (), folds=True),
}
