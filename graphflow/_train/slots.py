"""Slots: variables that belong to another one, such as its momentum, and are named after it: `w/Momentum`."""

from __future__ import annotations

from graphflow._graph import graph as graph_lib
from graphflow._ops import array, initializers, ref_variable, resource_variable, variable, variable_scope


def create_slot(primary, val, name, colocate_with_primary=True):
    """A variable `<primary>/<name>` that starts as the tensor `val`."""
    validate_shape = val.get_shape().is_fully_defined()
    return _create(primary, val, None, None, name, validate_shape, colocate_with_primary)


def create_slot_with_initializer(primary, initializer, shape, dtype, name, colocate_with_primary=True):
    """A variable `<primary>/<name>` of `shape` and `dtype` that starts as `initializer` says.

    Args:
        primary: a variable or tensor.
        initializer: an initializer, a function without arguments, or a tensor.
        shape: TensorShape.
    """
    shape_of_function = shape if callable(initializer) else None
    return _create(
        primary, initializer, shape_of_function, dtype, name, shape.is_fully_defined(), colocate_with_primary
    )


def create_zeros_slot(primary, name, dtype=None, colocate_with_primary=True):
    """A variable `<primary>/<name>` of zeros, of the shape and type of `primary`."""
    dtype = primary.dtype if dtype is None else dtype
    shape = primary.get_shape()
    if shape.is_fully_defined():
        zeros = initializers.Zeros()
        return create_slot_with_initializer(primary, zeros, shape, dtype, name, colocate_with_primary)
    value = primary.initialized_value() if isinstance(primary, variable.Variable) else primary
    return create_slot(primary, array.zeros(array.shape(value), dtype=dtype), name, colocate_with_primary)


def _create(primary, initial_value, shape, dtype, name, validate_shape, colocate):
    with variable_scope.variable_scope(None, f"{primary.op.name}/{name}") as scope:
        partitioner = scope.partitioner
        scope.set_partitioner(None)
        with graph_lib.get_default_graph().colocate_with(primary if colocate else None, ignore_existing=not colocate):
            slot = variable_scope.get_variable(
                "", initializer=initial_value, trainable=False, use_resource=_is_resource(primary), shape=shape,
                dtype=dtype, validate_shape=validate_shape,
            )  # fmt: skip
        scope.set_partitioner(partitioner)
    _inherit_slice(slot, primary)
    return slot


def _is_resource(primary):
    """The kind of variable that fits `primary`; None, for the scope's choice, where it is no variable."""
    if resource_variable.is_resource_variable(primary):
        return True
    return False if isinstance(primary, ref_variable.RefVariable) else None


def _inherit_slice(slot, primary):
    """The slot of a slice of a partitioned variable is the same slice of a larger slot."""
    part = getattr(primary, "_save_slice_info", None)
    if part is not None:
        # As many characters as the primary's name has are cut off, whatever stands there: in a scope, names in checkpoints
        # come out odd (`w/t_0/Adagrad`), and those of TensorFlow are so.
        own_name = slot.op.name[len(primary.op.name) + 1 :]
        slot._set_save_slice_info(
            variable.SaveSliceInfo(
                f"{part.full_name}/{own_name}", part.full_shape[:], part.var_offset[:], part.var_shape[:]
            )
        )
