"""Weights of losses and metrics: of the values' rank with sizes 1 or the values', or a scalar."""

from __future__ import annotations

from graphflow._graph import build, static_value
from graphflow._graph import graph as graph_lib
from graphflow._ops import array, asserts, compare, control_flow, grouping, math, reduce

_WRONG = "weights can not be broadcast to values."


def assert_broadcastable(weights, values):
    """An operation that checks weights against values; what is known of their shapes is checked at once.

    Raises:
        ValueError: neither are they scalar nor do their shapes fit.
        InvalidArgumentError: the same, found when it runs.
    """
    with build.name_scope(None, "assert_broadcastable", [weights, values]) as scope:
        weights, weights_shape, weights_rank = _described(weights, "weights")
        values, values_shape, values_rank = _described(values, "values")
        ranks = static_value.constant_value(weights_rank), static_value.constant_value(values_rank)
        if None not in ranks:
            if ranks[0] == 0:
                return grouping.no_op(name="static_scalar_check_success")
            if ranks[0] != ranks[1]:
                raise ValueError(
                    f"{_WRONG} values.rank={ranks[1]}. weights.rank={ranks[0]}. values.shape={values.shape}. "
                    f"weights.shape={weights.shape}."
                )
            known = static_value.constant_value(weights_shape), static_value.constant_value(values_shape)
            if known[0] is not None and known[1] is not None:
                wrong = [i for i, (w, v) in enumerate(zip(*known)) if w not in (1, v)]
                if wrong:
                    raise ValueError(
                        f"{_WRONG} Mismatch at dim {wrong[0]}. values.shape={known[1]} weights.shape={known[0]}."
                    )
                return grouping.no_op(name="static_dims_check_success")
        is_scalar = compare.equal(0, weights_rank, name="is_scalar")
        fits = control_flow.cond(
            is_scalar, lambda: is_scalar,
            lambda: _fits(weights_rank, weights_shape, values_rank, values_shape), name="is_valid_shape",
        )  # fmt: skip
        data = [
            _WRONG, "weights.shape=", weights.name, weights_shape, "values.shape=", values.name, values_shape,
            "is_scalar=", is_scalar,
        ]  # fmt: skip
        return asserts.Assert(fits, data, name=scope)


def _described(value, name):
    """(tensor, its shape, its rank), made in a scope of that name."""
    with build.name_scope(None, name, [value]) as scope:
        value = build.convert_to_tensor(value, name=scope)
        return value, array.shape(value, name="shape"), array.rank(value, name="rank")


def _fits(weights_rank, weights_shape, values_rank, values_shape):
    same_rank = compare.equal(values_rank, weights_rank, name="is_same_rank")

    def each():
        one_or_same = compare.logical_or(compare.equal(weights_shape, 1), compare.equal(weights_shape, values_shape))
        return reduce.reduce_all(one_or_same)

    return control_flow.cond(same_rank, each, lambda: same_rank)


def broadcast_weights(weights, values):
    """Weights spread to the shape of the values."""
    with build.name_scope(None, "broadcast_weights", [weights, values]) as scope:
        values = build.convert_to_tensor(values, name="values")
        weights = build.convert_to_tensor(weights, dtype=values.dtype.base_dtype, name="weights")
        known, wanted = weights.shape, values.shape
        if known.is_fully_defined() and wanted.is_fully_defined() and known.is_compatible_with(wanted):
            return weights
        with graph_lib.get_default_graph().control_dependencies([assert_broadcastable(weights, values)]):
            return math.multiply(weights, array.ones_like(values), name=scope)
