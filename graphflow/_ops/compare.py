"""Comparisons, logic, and logic on the bits of integers."""

from __future__ import annotations

from graphflow._core import shapes
from graphflow._graph import build, op_def
from graphflow._ops import dispatch, elementwise


@elementwise.binary("Less")
def less(x, y, name=None):
    """x < y."""


@elementwise.binary("LessEqual")
def less_equal(x, y, name=None):
    """x <= y."""


@elementwise.binary("Greater")
def greater(x, y, name=None):
    """x > y."""


@elementwise.binary("GreaterEqual")
def greater_equal(x, y, name=None):
    """x >= y."""


@dispatch.ragged("binary")
def equal(x, y, name=None):
    """Where x and y are the same; the operator `==` compares tensors as Python objects."""
    return build.apply("Equal", x, y, name=name)


@dispatch.ragged("binary")
def not_equal(x, y, name=None):
    """Where x and y differ."""
    return build.apply("NotEqual", x, y, name=name)


@op_def.shape_rule("Equal", "NotEqual")
def _equal_shape(op):
    if op.attrs["incompatible_shape_error"]:
        return elementwise.broadcast_shape(op)
    x, y = op.inputs[0]._dims, op.inputs[1]._dims
    try:  # sizes that do not fit make a scalar, and an unknown size may turn out so
        return [shapes.broadcast(x, y) if x is not None and y is not None and None not in x + y else None]
    except ValueError:
        return [()]


def approximate_equal(x, y, tolerance=1e-05, name=None):
    """Where |x - y| < tolerance, for tensors of one shape."""
    return build.apply("ApproximateEqual", x, y, tolerance=tolerance, name=name)


op_def.shape_rule("ApproximateEqual")(elementwise.merged_shape)


@elementwise.binary("LogicalAnd")
def logical_and(x, y, name=None):
    """Where both are true."""


@elementwise.binary("LogicalOr")
def logical_or(x, y, name=None):
    """Where at least one is true."""


@elementwise.unary("LogicalNot")
def logical_not(x, name=None):
    """Where x is false."""


@dispatch.ragged("binary")
def logical_xor(x, y, name="LogicalXor"):
    """Where exactly one is true."""
    either = logical_or(x, y)
    return logical_and(either, logical_not(logical_and(x, y)), name=name)


op_def.not_differentiable(
    "Less", "LessEqual", "Greater", "GreaterEqual", "Equal", "NotEqual", "ApproximateEqual", "LogicalAnd", "LogicalOr",
    "LogicalNot", because="its values are true or false",
)  # fmt: skip


# -- bits ----------------------------------------------------------------------------------------------------------------


@elementwise.binary("BitwiseAnd")
def bitwise_and(x, y, name=None):
    """The bits set in both."""


@elementwise.binary("BitwiseOr")
def bitwise_or(x, y, name=None):
    """The bits set in at least one."""


@elementwise.binary("BitwiseXor")
def bitwise_xor(x, y, name=None):
    """The bits set in exactly one."""


@elementwise.unary("Invert")
def invert(x, name=None):
    """All bits flipped."""


@elementwise.binary("LeftShift")
def left_shift(x, y, name=None):
    """The bits of x moved up by y places."""


@elementwise.binary("RightShift")
def right_shift(x, y, name=None):
    """The bits of x moved down by y places; the sign is kept."""


@elementwise.unary("PopulationCount")
def population_count(x, name=None):
    """The number of bits set, as uint8."""


op_def.not_differentiable(
    "BitwiseAnd", "BitwiseOr", "BitwiseXor", "Invert", "LeftShift", "RightShift", "PopulationCount",
    because="bits do not vary smoothly",
)  # fmt: skip
