"""Checks of types, of order, and of numbers being finite."""

from __future__ import annotations

import collections.abc

import numpy as np

from graphflow._core import dtypes
from graphflow._graph import build, op_def, tensor
from graphflow._graph import graph as graph_lib
from graphflow._ops import array, compare, dispatch, grouping, reduce

NUMERIC_TYPES = frozenset(
    (
        dtypes.float32, dtypes.float64, dtypes.int8, dtypes.int16, dtypes.int32, dtypes.int64, dtypes.uint8, dtypes.qint8,
        dtypes.qint32, dtypes.quint8, dtypes.complex64,
    )
)  # fmt: skip


# -- types ---------------------------------------------------------------------------------------------------------------


def assert_type(tensor, tf_type, message=None, name=None):
    """An operation that does nothing; TypeError unless `tensor` has elements of type `tf_type`."""
    with build.name_scope(name, "assert_type", [tensor]):
        tensor = build.convert_to_tensor(tensor, name="tensor")
        if tensor.dtype != tf_type:
            raise TypeError(f"{message or ''}  {tensor.name} must be of type {tf_type}")
        return grouping.no_op("statically_determined_correct_type")


def assert_integer(x, message=None, name=None):
    """An operation that does nothing; TypeError unless x has integer elements."""
    with build.name_scope(name, "assert_integer", [x]):
        x = build.convert_to_tensor(x, name="x")
        if not x.dtype.is_integer:
            raise TypeError(f'{message or ""}  Expected "x" to be integer type.  Found: {x.name} of dtype {x.dtype}')
        return grouping.no_op("statically_determined_was_integer")


def assert_same_float_dtype(tensors=None, dtype=None):
    """The common floating type of `tensors` (and `dtype`, when given); float32 where there is none to be seen.

    Raises:
        ValueError: the types differ, or are not floating.
    """
    wanted, first = dtype, None
    for t in tensors or ():
        if t is None:
            continue
        own = t.dtype.base_dtype
        if not wanted:
            wanted, first = own, t
        elif wanted != own:
            like = f" as {first.name}" if first is not None else ""
            raise ValueError(f"{t.name}, type={own}, must be of the same type ({wanted}){like}.")
    if not wanted:
        return dtypes.float32
    if not wanted.is_floating:
        raise ValueError(f"Expected floating point type, got {wanted}.")
    return wanted


def assert_proper_iterable(values):
    """TypeError unless `values` is a list, tuple or the like: no tensor, array or text."""
    if isinstance(values, (tensor.TensorLike, np.ndarray, bytes, str)):
        raise TypeError(f'Expected argument "values" to be a "proper" iterable.  Found: {type(values)}')
    if not isinstance(values, collections.abc.Iterable):
        raise TypeError(f'Expected argument "values" to be iterable.  Found: {type(values)}')


_Tensor = tensor.Tensor


def is_numeric_tensor(tensor):
    """Whether this is a tensor of numbers."""
    return isinstance(tensor, _Tensor) and tensor.dtype in NUMERIC_TYPES


# -- order ---------------------------------------------------------------------------------------------------------------


def is_non_decreasing(x, name=None):
    """Whether no element of the flattened x is smaller than the one before it; true for fewer than two."""
    with build.name_scope(name, "is_non_decreasing", [x]):
        return _all_steps(compare.less_equal, x)


def is_strictly_increasing(x, name=None):
    """Whether every element of the flattened x is larger than the one before it; true for fewer than two."""
    with build.name_scope(name, "is_strictly_increasing", [x]):
        return _all_steps(compare.less, x)


def _all_steps(comparison, x):
    x = array.reshape(x, [-1])
    if not is_numeric_tensor(x):
        raise TypeError(f"Expected x to be numeric, instead found: {x}")
    steps = x[1:] - x[:-1]
    return reduce.reduce_all(comparison(build.convert_to_tensor(0, dtype=steps.dtype), steps))


# -- finite numbers ------------------------------------------------------------------------------------------------------


@dispatch.ragged("unary")
def check_numerics(tensor, message, name=None):
    """`tensor` itself; the run fails with `message` when an element is infinite or NaN.

    Raises:
        InvalidArgumentError: at run time.
    """
    return build.apply("CheckNumerics", tensor, message=message, name=name)


@op_def.gradient("CheckNumerics")
def _check_numerics_gradient(op, grad):
    message = op.attrs["message"].decode()
    return check_numerics(grad, f"Not a number (NaN) or infinity (Inf) values detected in gradient. {message}")


def verify_tensor_all_finite(t=None, msg=None, name=None, x=None, message=None):
    """A copy of `t` that depends on a check of its elements; the run fails with `msg` when one is infinite or NaN."""
    x = reduce.either("t", t, "x", x)
    message = reduce.either("msg", msg, "message", message)
    with build.name_scope(name, "VerifyFinite", [x]):
        x = build.convert_to_tensor(x, name="x")
        with graph_lib.get_default_graph().colocate_with(x):
            return grouping.with_dependencies([check_numerics(x, message)], x)


def add_check_numerics_ops():
    """An operation that checks every floating tensor made so far, one after the other."""
    last = []
    graph = graph_lib.get_default_graph()
    for op in graph.get_operations():
        for output in op.outputs:
            if output.dtype in (dtypes.float16, dtypes.float32, dtypes.float64):
                with graph.control_dependencies(last):
                    last = [check_numerics(output, message=f"{op.name}:{output.value_index}")]
    return grouping.group(*last)
