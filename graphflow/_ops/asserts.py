"""Assertions that run: at once where the values are known, else with the session.

TensorFlow 1.15 wraps an `Assert` in a `cond` so that its data are not copied without need; here the operation is a guard of the
compiled program and needs none. It bears the name that the wrapped one has there.
"""

from __future__ import annotations

import numpy as np

from graphflow._core import dtypes, errors
from graphflow._graph import build, op_def, static_value, tensor
from graphflow._graph import graph as graph_lib
from graphflow._ops import array, compare, grouping, reduce, unary

_SMALL_DATA = (dtypes.string, dtypes.int32)  # of these TensorFlow makes a bare Assert
_NODES_OF_COND = 9  # that TensorFlow would have made besides, and one for each item


def Assert(condition, data, summarize=None, name=None):
    """An operation that fails where `condition` is false. Let others depend on it, or it does not run.

    Args:
        condition: a boolean scalar.
        data: tensors and texts that the error shows.
        summarize: how many elements of each are shown; 3 when None, all when -1.

    Raises:
        InvalidArgumentError: at run time, when `condition` is false.
    """
    with build.name_scope(name, "Assert", [condition, data]):
        items = build.convert_n_to_tensor(data)
        if all(t.dtype.base_dtype in _SMALL_DATA for t in items):
            return build.operation("Assert", condition, list(data), summarize=summarize, name="Assert")
        condition = build.convert_to_tensor(condition, name="Condition")
        graph_lib.get_default_graph()._last_id += _NODES_OF_COND + len(items)  # unseeded random operations count nodes
        with build.name_scope("AssertGuard"):
            return build.operation("Assert", condition, items, summarize=summarize, name="Assert")


# -- comparisons ---------------------------------------------------------------------------------------------------------


def _known_text(item):
    if not isinstance(item, tensor.Tensor):
        return str(item)
    value = static_value.constant_value(item)
    return str(item) if value is None else str(value)


def _assert_pairs(symbol, scope_name, function, static_function, x, y, data, summarize, message, name):
    """Asserts that a comparison holds for all pairs; at once where both sides are known."""
    with build.name_scope(name, scope_name, [x, y, data]):
        x = build.convert_to_tensor(x, name="x")
        y = build.convert_to_tensor(y, name="y")
        if data is None:
            data = [f"Condition x {symbol} y did not hold element-wise:", f"x ({x.name}) = ", x, f"y ({y.name}) = ", y]
        if message is not None:
            data = [message, *data]
        condition = reduce.reduce_all(function(x, y))
        known_x, known_y = static_value.constant_value(x), static_value.constant_value(y)
        if known_x is not None and known_y is not None and not np.all(static_function(known_x, known_y)):
            raise errors.InvalidArgumentError(None, None, "\n".join(map(_known_text, data)))
        return Assert(condition, data, summarize=summarize)


def assert_equal(x, y, data=None, summarize=None, message=None, name=None):
    """An operation that fails unless x == y for all pairs of elements.

    Args:
        x, y: numeric tensors that broadcast together.
        data: what the error shows in place of x and y.
        summarize: how many elements of each tensor are shown.
        message: what the error begins with.

    Raises:
        InvalidArgumentError: at once, when both are known and differ; else at run time.
    """
    with build.name_scope(name, "assert_equal", [x, y, data]):
        if x is y:
            return grouping.no_op()
    return _assert_pairs("==", "assert_equal", compare.equal, np.equal, x, y, data, summarize, message, name)


def assert_none_equal(x, y, data=None, summarize=None, message=None, name=None):
    """An operation that fails unless x != y for all pairs of elements; arguments as of `assert_equal`."""
    return _assert_pairs(
        "!=", "assert_none_equal", compare.not_equal, np.not_equal, x, y, data, summarize, message, name
    )


def assert_less(x, y, data=None, summarize=None, message=None, name=None):
    """An operation that fails unless x < y for all pairs of elements; arguments as of `assert_equal`."""
    return _assert_pairs("<", "assert_less", compare.less, np.less, x, y, data, summarize, message, name)


def assert_less_equal(x, y, data=None, summarize=None, message=None, name=None):
    """An operation that fails unless x <= y for all pairs of elements; arguments as of `assert_equal`."""
    return _assert_pairs(
        "<=", "assert_less_equal", compare.less_equal, np.less_equal, x, y, data, summarize, message, name
    )


def assert_greater(x, y, data=None, summarize=None, message=None, name=None):
    """An operation that fails unless x > y for all pairs of elements; arguments as of `assert_equal`."""
    return _assert_pairs(">", "assert_greater", compare.greater, np.greater, x, y, data, summarize, message, name)


def assert_greater_equal(x, y, data=None, summarize=None, message=None, name=None):
    """An operation that fails unless x >= y for all pairs of elements; arguments as of `assert_equal`."""
    return _assert_pairs(
        ">=", "assert_greater_equal", compare.greater_equal, np.greater_equal, x, y, data, summarize, message, name
    )


def assert_near(x, y, rtol=None, atol=None, data=None, summarize=None, message=None, name=None):
    """An operation that fails unless |x - y| < atol + rtol |y| for all pairs; both are ten times the precision when None."""
    with build.name_scope(name, "assert_near", [x, y, rtol, atol, data]):
        x = build.convert_to_tensor(x, name="x")
        y = build.convert_to_tensor(y, name="y", dtype=x.dtype.base_dtype)
        smallest = 10 * np.finfo(x.dtype.as_numpy_dtype).eps
        rtol = build.convert_to_tensor(smallest if rtol is None else rtol, name="rtol", dtype=x.dtype.base_dtype)
        atol = build.convert_to_tensor(smallest if atol is None else atol, name="atol", dtype=x.dtype.base_dtype)
        if data is None:
            data = [
                message or "", f"x and y not equal to tolerance rtol = {rtol}, atol = {atol}", f"x ({x.name}) = ", x,
                f"y ({y.name}) = ", y,
            ]  # fmt: skip
        tolerance = atol + rtol * unary.abs(y)
        condition = reduce.reduce_all(compare.less(unary.abs(x - y), tolerance))
        return Assert(condition, data, summarize=summarize)


def _assert_sign(symbol, scope_name, below, assertion, x, data, summarize, message, name):
    """Asserts a comparison with 0, which stands on the left where not `below`."""
    with build.name_scope(name, scope_name, [x, data]):
        x = build.convert_to_tensor(x, name="x")
        if data is None:
            data = [message or "", f"Condition x {symbol} 0 did not hold element-wise:", f"x ({x.name}) = ", x]
        zero = build.convert_to_tensor(0, dtype=x.dtype.base_dtype)
        return assertion(*((x, zero) if below else (zero, x)), data=data, summarize=summarize)


def assert_negative(x, data=None, summarize=None, message=None, name=None):
    """An operation that fails unless all elements are < 0; arguments as of `assert_equal`."""
    return _assert_sign("<", "assert_negative", True, assert_less, x, data, summarize, message, name)


def assert_positive(x, data=None, summarize=None, message=None, name=None):
    """An operation that fails unless all elements are > 0; arguments as of `assert_equal`."""
    return _assert_sign(">", "assert_positive", False, assert_less, x, data, summarize, message, name)


def assert_non_negative(x, data=None, summarize=None, message=None, name=None):
    """An operation that fails unless all elements are >= 0; arguments as of `assert_equal`."""
    return _assert_sign(">=", "assert_non_negative", False, assert_less_equal, x, data, summarize, message, name)


def assert_non_positive(x, data=None, summarize=None, message=None, name=None):
    """An operation that fails unless all elements are <= 0; arguments as of `assert_equal`."""
    return _assert_sign("<=", "assert_non_positive", True, assert_less_equal, x, data, summarize, message, name)
