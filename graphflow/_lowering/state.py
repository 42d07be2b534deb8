"""Rules of `_ops/state.py` and `_ops/grouping.py`: variables, reading and assigning them."""

from __future__ import annotations

import numpy as np

from graphflow._core import dtypes, errors, shapes
from graphflow._lowering import effects, emit, rule
from graphflow._ops import handles


def _variable(ctx, op):
    return emit.Ref(effects.variable_key(op))


def _temporary_variable(ctx, op):
    """Its value is whatever the memory held in TensorFlow, and zeros here."""
    ref = emit.Ref(effects.variable_key(op))
    ctx.write(ref, np.zeros(op.attrs["shape"], op.attrs["dtype"].as_numpy_dtype))
    return ref


def _read(ctx, op, ref):
    return ctx.read(ref, op)


def _read_variable(ctx, op, ref):
    if ctx.state.get(ref.key) is None:
        raise errors.FailedPreconditionError(
            None,
            op,
            f"Error while reading resource variable {ref.key} from Container: localhost. This could mean that the variable was "
            "uninitialized: run its initializer first, or tf.global_variables_initializer().",
        )
    return ctx.read(ref, op)


def held(ctx, op, ref):
    """The value an operation is about to change or to look into.

    Raises:
        FailedPreconditionError: a reference variable has none; NotFoundError: a resource variable. Classes as in TensorFlow.
    """
    if op.inputs[0]._dtype.is_ref or ctx.state.get(ref.key) is not None:
        return ctx.read(ref, op)
    raise errors.NotFoundError(
        None,
        op,
        f"Container localhost does not exist. (Could not find resource: localhost/{ref.key}): the variable has no value; run "
        "its initializer first, or tf.global_variables_initializer().",
    )


def _variable_shape(ctx, op, ref):
    return np.array(np.shape(held(ctx, op, ref)), op.attrs["out_type"].as_numpy_dtype)


def _is_initialized(ctx, op, ref):
    return np.bool_(ctx.state.get(ref.key) is not None)  # a program is compiled for the variables that have a value


def _destroy(ctx, op, ref):
    found = ctx.store.values.pop(ref.key, None)
    if found is None and not op.attrs["ignore_lookup_error"]:
        raise errors.NotFoundError(None, op, f"Resource {ref.key} does not exist.")
    return ()


# -- assigning -----------------------------------------------------------------------------------------------------------


def _assign(ctx, op, ref, value):
    before = ctx.state.get(ref.key)
    dims = op.inputs[0]._dims if before is None else np.shape(before)
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
    dims = handles.value_dims(op.inputs[0])
    if not shapes.compatible(dims, np.shape(value)):
        raise errors.InvalidArgumentError(
            None,
            op,
            f"the variable {ref.key} has shape {shapes.to_text(dims)}, and is assigned a value of shape "
            f"{shapes.to_text(np.shape(value))}: make it with shape=tf.TensorShape(None) to hold values of any shape",
        )
    ctx.write(ref, value)
    return ()


def _change(op_type, returns_ref):
    """The rule of `x += value` and the like."""

    def emit(ctx, op, ref, value):
        before = held(ctx, op, ref)
        if np.shape(before) != np.shape(value):
            raise errors.InvalidArgumentError(
                None,
                op,
                f"the variable {ref.key} has shape {shapes.to_text(np.shape(before))}, and is to be changed by a value of shape "
                f"{shapes.to_text(np.shape(value))}: they must be the same",
            )
        with np.errstate(all="ignore"):
            ctx.write(ref, getattr(rule.xp(before, value), op_type)(before, value))
        return ref if returns_ref else ()

    return rule.Compiled(emit, writes="update", folds=True)


def _count_up_to(ctx, op, ref):
    before = held(ctx, op, ref)
    limit = op.attrs["limit"]
    ctx.guard(before >= limit, op, f"Reached limit of {limit}", error=errors.OutOfRangeError)
    ctx.write(ref, before + np.ones((), before.dtype))
    return before


def _where_it_lives(emit, **row):
    """A rule that only sees a handle: on the host where the variable holds strings."""

    def choose(op):
        variable = handles.variable_of(op.inputs[0])
        is_text = variable is not None and variable[0].base_dtype is dtypes.string
        return rule.Host(emit, because="strings stay on the host") if is_text else rule.Compiled(emit, **row)

    return rule.PerOp(choose)


RULES = {
    "Variable": rule.Compiled(_variable, free=True),
    "VariableV2": rule.Compiled(_variable, free=True),
    "VarHandleOp": rule.Compiled(_variable, free=True),
    "TemporaryVariable": rule.Compiled(_temporary_variable),
    "DestroyTemporaryVariable": rule.Compiled(_read),
    "DestroyResourceOp": rule.Host(_destroy, because="it takes the variable from the session"),
    "ReadVariableOp": rule.Compiled(_read_variable, folds=True),
    "VariableShape": _where_it_lives(_variable_shape, folds=True),
    "IsVariableInitialized": rule.Compiled(_is_initialized, folds=True),
    "VarIsInitializedOp": _where_it_lives(_is_initialized, folds=True),
    "Assign": rule.Compiled(_assign, writes="assign", folds=True),
    "AssignVariableOp": rule.Compiled(_assign_variable, writes="assign", folds=True),
    "AssignAdd": _change("add", returns_ref=True),
    "AssignSub": _change("subtract", returns_ref=True),
    "AssignAddVariableOp": _change("add", returns_ref=False),
    "AssignSubVariableOp": _change("subtract", returns_ref=False),
    "CountUpTo": rule.Compiled(_count_up_to, writes="update", guards=True),
    "ResourceCountUpTo": rule.Compiled(_count_up_to, writes="update", guards=True),
    "NoOp": rule.Compiled(lambda ctx, op: (), folds=True),
}
