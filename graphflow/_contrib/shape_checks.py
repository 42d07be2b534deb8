"""Tensors that have the shape one expects, checked when it is known: at once, or at run time."""

from __future__ import annotations

from graphflow._graph import build, tensor
from graphflow._graph import graph as graph_lib
from graphflow._ops import array, asserts, compare, reduce


def with_same_shape(expected_tensor, tensor):
    """`tensor`, once its shape is that of `expected_tensor`.

    Raises:
        ValueError: both shapes are known and differ. InvalidArgumentError, when run: they differ.
    """
    with build.name_scope(f"{tensor.op.name}/", None, [expected_tensor, tensor]):
        shape = expected_tensor.get_shape()
        known = shape.is_fully_defined()
        expected = shape.as_list() if known else array.shape(expected_tensor, name="expected_shape")
        return with_shape(expected, tensor)


def with_shape(expected_shape, tensor):
    """`tensor`, once its shape is `expected_shape`: a list of sizes, or an int32 vector; errors as of `with_same_shape`."""
    is_computed = _is_tensor(expected_shape)
    actual = tensor.get_shape()
    if actual.is_fully_defined() and not is_computed:
        if not actual.is_compatible_with(expected_shape):
            raise ValueError(
                f"Invalid shape for tensor {tensor.name}, expected {expected_shape}, got {actual}: reshape it first"
            )
        return tensor
    with build.name_scope(f"{tensor.op.name}/", None, [tensor]):
        check = _assert_shape(expected_shape, tensor)
        with graph_lib.get_default_graph().control_dependencies([check]):
            made = array.identity(tensor)
    if not is_computed:
        made.set_shape(expected_shape)
    return made


def _is_tensor(value):
    return isinstance(value, tensor.TensorLike)


def _assert_shape(expected, t):
    with build.name_scope("assert_shape", None, [t]) as scope:
        actual = array.shape(t, name="actual")
        with build.name_scope("is_shape", None, [t]) as is_shape:
            size = array.size(expected)
            with build.name_scope("is_rank", None, [t]) as is_rank:
                same_rank = compare.equal(size, array.rank(t, name="actual"), name=is_rank)
            with build.name_scope("shape_tensor_equal", None, [expected, actual]) as all_equal:
                equal = compare.logical_or(
                    compare.equal(expected, -1),
                    compare.equal(expected, actual, name="equal"),
                    name="exclude_partial_shape",
                )
                same = reduce.reduce_all(equal, name=all_equal)
            condition = compare.logical_and(same_rank, same, name=is_shape)
        message = f"Wrong shape for {t.name} [expected] [actual]."
        return asserts.Assert(condition, [message, expected, actual], name=scope)
