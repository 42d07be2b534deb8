"""Regularizers: functions weights -> scalar."""

from __future__ import annotations

import numbers

from graphflow._core import log
from graphflow._graph import build, keys
from graphflow._graph import graph as graph_lib
from graphflow._ops import math, nn, reduce, unary


def _is_off(scale, name="scale"):
    """Whether the scale says that there is nothing to add.

    Raises:
        ValueError: it is an integer, or below 0.
    """
    if isinstance(scale, numbers.Integral):
        raise ValueError(f"{name} cannot be an integer: {scale}")
    if isinstance(scale, numbers.Real) and scale < 0.0:
        raise ValueError(f"Setting a scale less than 0 on a regularizer: {scale:g}")
    if isinstance(scale, numbers.Real) and scale == 0.0:
        log.info("Scale of 0 disables regularizer.")
        return True
    return False


def _nothing(_):
    return None


def _scaled(default_name, scale, scope, norm):
    def regularize(weights, name=None):
        with build.name_scope(scope, default_name, [weights]) as name:
            factor = build.convert_to_tensor(scale, dtype=weights.dtype.base_dtype, name="scale")
            return math.multiply(factor, norm(weights), name=name)

    return regularize


def l1_regularizer(scale, scope=None):
    """`scale * sum(|weights|)`; a scale of 0.0 regularizes nothing."""
    if _is_off(scale):
        return _nothing
    return _scaled("l1_regularizer", scale, scope, lambda weights: reduce.reduce_sum(unary.abs(weights)))


def l2_regularizer(scale, scope=None):
    """`scale * sum(weights^2) / 2`; a scale of 0.0 regularizes nothing."""
    if _is_off(scale):
        return _nothing
    return _scaled("l2_regularizer", scale, scope, nn.l2_loss)


def l1_l2_regularizer(scale_l1=1.0, scale_l2=1.0, scope=None):
    """The sum of both."""
    for name, scale in (("scale_l1", scale_l1), ("scale_l2", scale_l2)):
        if isinstance(scale, numbers.Integral):
            raise ValueError(f"{name} cannot be an integer: {scale}")
    scope = scope or "l1_l2_regularizer"
    if scale_l1 == 0.0:
        return l2_regularizer(scale_l2, scope)
    if scale_l2 == 0.0:
        return l1_regularizer(scale_l1, scope)
    return sum_regularizer([l1_regularizer(scale_l1), l2_regularizer(scale_l2)], scope=scope)


def sum_regularizer(regularizer_list, scope=None):
    """The sum of regularizers, None where there are none."""
    regularizers = [one for one in regularizer_list if one is not None]
    if not regularizers:
        return None

    def sum_of_all(weights):
        with build.name_scope(scope, "sum_regularizer", [weights]) as name:
            terms = [term for term in (one(weights) for one in regularizers) if term is not None]
            return math.add_n(terms, name=name) if terms else None

    return sum_of_all


def apply_regularization(regularizer, weights_list=None):
    """The sum of a regularizer over weights (those in WEIGHTS where None); it joins REGULARIZATION_LOSSES.

    Raises:
        ValueError: there are no weights, or the regularizer gives no scalar.
    """
    graph = graph_lib.get_default_graph()
    weights_list = weights_list or graph.get_collection(keys.GraphKeys.WEIGHTS)
    if not weights_list:
        raise ValueError("No weights to regularize.")
    with build.name_scope("get_regularization_penalty", values=weights_list) as scope:
        penalties = [regularizer(weights) for weights in weights_list]
        penalties = [build.constant(0.0) if penalty is None else penalty for penalty in penalties]
        for penalty in penalties:
            if penalty.get_shape().ndims != 0:
                raise ValueError(
                    f"regularizer must return a scalar Tensor instead of a Tensor with rank {penalty.get_shape().ndims}."
                )
        total = math.add_n(penalties, name=scope)
        graph.add_to_collection(keys.GraphKeys.REGULARIZATION_LOSSES, total)
        return total
