"""Streaming metrics of probabilities, at many thresholds at once; arguments as in `metrics`."""

from __future__ import annotations

from graphflow._core import dtypes, log
from graphflow._graph import build
from graphflow._graph import graph as graph_lib
from graphflow._layers import metrics
from graphflow._layers import weights as weights_lib
from graphflow._ops import (
    array,
    asserts,
    choosing,
    compare,
    joining,
    math,
    rearrange,
    reduce,
    running,
    state,
    unary,
    variable_scope,
)

_NAMES = {"tp": "true_positives", "fn": "false_negatives", "tn": "true_negatives", "fp": "false_positives"}


def _counts(labels, predictions, thresholds, weights, wanted=tuple(_NAMES)):
    """({kind: variable}, {kind: update}) of the kinds wanted, each one number a threshold."""
    predictions = build.convert_to_tensor(predictions)
    zero, one = math.cast(0.0, predictions.dtype), math.cast(1.0, predictions.dtype)
    message = "predictions must be in [0, 1]"
    inside = [
        asserts.assert_greater_equal(predictions, zero, message=message),
        asserts.assert_less_equal(predictions, one, message=message),
    ]
    with graph_lib.get_default_graph().control_dependencies(inside):
        predictions, labels, weights = metrics.fitted(
            math.cast(predictions, dtypes.float32), math.cast(labels, dtypes.bool), weights
        )
    n = len(thresholds)
    column, row = array.reshape(predictions, [-1, 1]), array.reshape(math.cast(labels, dtypes.bool), [1, -1])
    size = column._dims[0] if column._dims[0] is not None else array.shape(column)[0]
    tiled = rearrange.tile(array.expand_dims(build.constant(thresholds), [1]), joining.stack([1, size]))
    predicted = compare.greater(rearrange.tile(rearrange.transpose(column), [n, 1]), tiled)
    actual = rearrange.tile(row, [n, 1])
    if weights is not None:
        weights = weights_lib.broadcast_weights(math.cast(weights, dtypes.float32), predictions)
        weights = rearrange.tile(array.reshape(weights, [1, -1]), [n, 1])
    values, updates = {}, {}
    for kind in [k for k in _NAMES if k in wanted]:
        label = actual if kind in ("tp", "fn") else compare.logical_not(actual)
        prediction = predicted if kind in ("tp", "fp") else compare.logical_not(predicted)
        values[kind] = metrics.gathered([n], dtypes.float32, _NAMES[kind])
        found = math.cast(compare.logical_and(label, prediction), dtypes.float32)
        if weights is not None:
            found *= weights
        updates[kind] = state.assign_add(values[kind], reduce.reduce_sum(found, 1))
    return values, updates


def _at(kind):
    def at_thresholds(
        labels, predictions, thresholds, weights=None, metrics_collections=None, updates_collections=None, name=None
    ):  # fmt: skip
        with variable_scope.variable_scope(name, _NAMES[kind], [predictions, labels, weights]):
            values, updates = _counts(labels, predictions, thresholds, weights, (kind,))
            value = metrics.result(array.identity, values[kind], collections=metrics_collections)
            metrics.join(updates_collections, updates[kind])
            return value, updates[kind]

    at_thresholds.__name__ = at_thresholds.__qualname__ = _NAMES[kind] + "_at_thresholds"
    at_thresholds.__doc__ = f"The number of {_NAMES[kind].replace('_', ' ')} at each threshold."
    return at_thresholds


true_positives_at_thresholds = _at("tp")
true_negatives_at_thresholds = _at("tn")
false_positives_at_thresholds = _at("fp")
false_negatives_at_thresholds = _at("fn")


def _rates(default, other, labels, predictions, thresholds, weights, metrics_collections, updates_collections, name):
    """True positives over true positives and another kind, at each threshold."""
    with variable_scope.variable_scope(name, default + "_at_thresholds", [predictions, labels, weights]):
        values, updates = _counts(labels, predictions, thresholds, weights, ("tp", other))

        def rate(counts, kind):
            return math.div(counts["tp"], 1e-7 + counts["tp"] + counts[other], name=f"{default}_{kind}")

        value = metrics.result(rate, values, "value", collections=metrics_collections)
        update = rate(updates, "update_op")
        metrics.join(updates_collections, update)
        return value, update


def precision_at_thresholds(
    labels, predictions, thresholds, weights=None, metrics_collections=None, updates_collections=None, name=None
):  # fmt: skip
    """How many of those predicted true are true, at each threshold."""
    given = labels, predictions, thresholds, weights, metrics_collections, updates_collections, name
    return _rates("precision", "fp", *given)


def recall_at_thresholds(
    labels, predictions, thresholds, weights=None, metrics_collections=None, updates_collections=None, name=None
):  # fmt: skip
    """How many of those that are true are predicted so, at each threshold."""
    given = labels, predictions, thresholds, weights, metrics_collections, updates_collections, name
    return _rates("recall", "fn", *given)


def _spread(n):
    """n thresholds from just below 0 to just above 1."""
    return [0.0 - 1e-7, *((i + 1) * 1.0 / (n - 1) for i in range(n - 2)), 1.0 + 1e-7]


def auc(
    labels, predictions, weights=None, num_thresholds=200, metrics_collections=None, updates_collections=None, curve="ROC",
    name=None, summation_method="trapezoidal", thresholds=None,
):  # fmt: skip
    """The area under the ROC curve, or under the curve of precision over recall.

    Args:
        predictions: in [0, 1].
        num_thresholds: how many points the curve has; thresholds: the points between 0 and 1 instead.
        curve: "ROC" or "PR".
        summation_method: "trapezoidal", "careful_interpolation" (for "PR"), "minoring" or "majoring".
    """
    with variable_scope.variable_scope(name, "auc", [labels, predictions, weights]):
        if curve not in ("ROC", "PR"):
            raise ValueError(f"curve must be either ROC or PR, {curve} unknown")
        if summation_method not in ("trapezoidal", "careful_interpolation", "minoring", "majoring"):
            raise ValueError(f"Invalid summation_method: {summation_method}")
        if thresholds is not None:
            points = [0.0 - 1e-7, *sorted(thresholds), 1.0 + 1e-7]
        else:
            points = _spread(num_thresholds)
        values, updates = _counts(labels, predictions, points, weights)
        if curve == "PR" and summation_method == "trapezoidal":
            log.warning(
                'Trapezoidal rule is known to produce incorrect PR-AUCs; please switch to "careful_interpolation" instead.'
            )
        value = metrics.result(_area, values, curve, summation_method, "value", collections=metrics_collections)
        update = _area(updates, curve, summation_method, "update_op")
        metrics.join(updates_collections, update)
        return value, update


def _area(counts, curve, method, name):
    tp, fn, tn, fp = (counts[kind] for kind in ("tp", "fn", "tn", "fp"))
    tiny, n = 1e-6, tp._dims[0]
    if curve == "PR" and method == "careful_interpolation":
        return _interpolated(tp, fp, fn, n)
    recall = math.div(tp + tiny, tp + fn + tiny)
    if curve == "ROC":
        x, y = math.div(fp, fp + tn + tiny), recall
    else:
        x, y = recall, math.div(tp + tiny, tp + fp + tiny)
    left, right = y[: n - 1], y[1:]
    if method == "minoring":
        height = math.minimum(left, right)
    elif method == "majoring":
        height = math.maximum(left, right)
    else:
        height = (left + right) / 2.0
    return reduce.reduce_sum(math.multiply(x[: n - 1] - x[1:], height), name=name)


def _interpolated(tp, fp, fn, n):
    """The area under precision over recall, with precision interpolated as a ratio of linear counts.

    Source: Davis and Goadrich, "The relationship between precision-recall and ROC curves" (2006).
    """
    steps, predicted = tp[: n - 1] - tp[1:], tp + fp
    slope = math.div_no_nan(steps, math.maximum(predicted[: n - 1] - predicted[1:], 0), name="prec_slope")
    intercept = tp[1:] - math.multiply(slope, predicted[1:])
    both = compare.logical_and(predicted[: n - 1] > 0, predicted[1:] > 0)
    ratio = math.div_no_nan(predicted[: n - 1], math.maximum(predicted[1:], 0), name="recall_relative_ratio")
    ratio = choosing.where(both, ratio, array.ones_like(predicted[1:]))
    parts = math.div_no_nan(
        slope * (steps + intercept * unary.log(ratio)), math.maximum(tp[1:] + fn[1:], 0), name="pr_auc_increment"
    )
    return reduce.reduce_sum(parts, name="interpolate_pr_auc")


def _best(default, labels, predictions, weights, num_thresholds, collections, updates_collections, name, choose):
    """A rate at the threshold that `choose(counts, name)` picks."""
    with variable_scope.variable_scope(name, default, [predictions, labels, weights]):
        values, updates = _counts(labels, predictions, _spread(num_thresholds), weights)
        value = metrics.result(choose, values, "value", collections=collections)
        update = choose(updates, "update_op")
        metrics.join(updates_collections, update)
        return value, update


def specificity_at_sensitivity(
    labels, predictions, sensitivity, weights=None, num_thresholds=200, metrics_collections=None, updates_collections=None,
    name=None,
):  # fmt: skip
    """How many of those that are false are predicted so, at the threshold where `sensitivity` of the true ones are found."""
    if not 0 <= sensitivity <= 1:
        raise ValueError("`sensitivity` must be in the range [0, 1].")

    def choose(counts, kind):
        tp, fn, tn, fp = (counts[k] for k in ("tp", "fn", "tn", "fp"))
        apart = unary.abs(math.div(tp, tp + fn + 1e-7) - sensitivity)
        nearest = math.cast(compare.equal(apart, reduce.reduce_min(apart)), dtypes.int64)
        at = math.cast(running.argmax(running.cumsum(nearest), 0), dtypes.int32)  # the last of several
        return math.div(tn[at], tn[at] + fp[at] + 1e-7, name=kind)

    return _best(
        "specificity_at_sensitivity", labels, predictions, weights, num_thresholds, metrics_collections,
        updates_collections, name, choose,
    )  # fmt: skip


def sensitivity_at_specificity(
    labels, predictions, specificity, weights=None, num_thresholds=200, metrics_collections=None, updates_collections=None,
    name=None,
):  # fmt: skip
    """How many of those that are true are found, at the threshold where `specificity` of the false ones are predicted so."""
    if not 0 <= specificity <= 1:
        raise ValueError("`specificity` must be in the range [0, 1].")

    def choose(counts, kind):
        tp, fn, tn, fp = (counts[k] for k in ("tp", "fn", "tn", "fp"))
        at = math.cast(running.argmin(unary.abs(math.div(tn, tn + fp + 1e-7) - specificity), 0), dtypes.int32)
        return math.div(tp[at], tp[at] + fn[at] + 1e-7, name=kind)

    return _best(
        "sensitivity_at_specificity", labels, predictions, weights, num_thresholds, metrics_collections,
        updates_collections, name, choose,
    )  # fmt: skip
