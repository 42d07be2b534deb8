"""The metrics of contrib: those of `tf.metrics` with predictions first, accuracy of one batch, and the best F1 score."""

from __future__ import annotations

import inspect

from graphflow._core import dtypes
from graphflow._graph import build
from graphflow._layers import metrics, metrics_thresholds
from graphflow._ops import array, compare, math, reduce, top_k, variable_scope

_EPSILON = 1e-7


def accuracy(predictions, labels, weights=None, name=None):
    """The (weighted) fraction of predictions that are the labels.

    Raises:
        ValueError: labels are neither bool, integer nor string, or predictions of another type.
    """
    if not (labels.dtype.is_integer or labels.dtype in (dtypes.bool, dtypes.string)):
        raise ValueError(f"Labels should have bool, integer, or string dtype, not {labels.dtype!r}")
    if not labels.dtype.is_compatible_with(predictions.dtype):
        raise ValueError(
            "Dtypes of predictions and labels should match. Given: predictions "
            f"({predictions.dtype!r}) and labels ({labels.dtype!r})"
        )
    with build.name_scope(name, "accuracy", [predictions, labels]):
        correct = math.cast(compare.equal(predictions, labels), dtypes.float32)
        if weights is None:
            return reduce.reduce_mean(correct)
        correct = math.multiply(correct, weights)
        counted = math.multiply(weights, array.ones_like(correct))
        total = reduce.reduce_sum(correct)
        return math.div(total, reduce.reduce_sum(counted))


def f1_score(
    labels, predictions, weights=None, num_thresholds=200, metrics_collections=None, updates_collections=None, name=None
):  # fmt: skip
    """The best `2 precision recall / (precision + recall)` over thresholds, and the operation that updates it.

    Args:
        labels: bool-like; predictions: floats in [0, 1], of one shape.
    """
    with variable_scope.variable_scope(name, "f1", [labels, predictions, weights]):
        between = [(i + 1) / (num_thresholds - 1) for i in range(num_thresholds - 2)]
        thresholds = [-_EPSILON, *between, 1.0 + _EPSILON]
        given = metrics.fitted(predictions, labels, weights)
        values, updates = metrics_thresholds._counts(given[1], given[0], thresholds, given[2], ("tp", "fp", "fn"))
        value = metrics.result(_best_f1, values, "value", collections=metrics_collections)
        update = _best_f1(updates, "update")
        metrics.join(updates_collections, update)
        return value, update


def _best_f1(counts, name):
    hits = counts["tp"]
    precision = math.div(hits, _EPSILON + hits + counts["fp"], name="precision_" + name)
    recall = math.div(hits, _EPSILON + hits + counts["fn"], name="recall_" + name)
    return reduce.reduce_max(2.0 * precision * recall / (precision + recall + _EPSILON))


def aggregate_metric_map(names_to_tuples):
    """Two dicts, name -> value and name -> update, of one dict name -> (value, update)."""
    values = {name: value for name, (value, _) in names_to_tuples.items()}
    return values, {name: update for name, (_, update) in names_to_tuples.items()}


def aggregate_metrics(*value_update_tuples):
    """A list of values and a list of updates, of pairs.

    Raises:
        ValueError: there are none.
    """
    if not value_update_tuples:
        raise ValueError("Expected at least one value_tensor/update_op pair")
    values, updates = zip(*value_update_tuples)
    return list(values), list(updates)


def _streaming(metric, name):
    """A metric of `tf.metrics` with predictions before labels; other arguments stand as they are."""
    own = list(inspect.signature(metric).parameters.values())
    names = [parameter.name for parameter in own]
    if names[:2] == ["labels", "predictions"]:
        own[0], own[1] = own[1], own[0]
    signature = inspect.Signature(own)

    def streaming(*args, **kwargs):
        return metric(**signature.bind(*args, **kwargs).arguments)

    streaming.__name__ = streaming.__qualname__ = name
    streaming.__doc__ = f"`tf.metrics.{metric.__name__}`, predictions first."
    streaming.__signature__ = signature
    return streaming


streaming_mean = _streaming(metrics.mean, "streaming_mean")
streaming_mean_tensor = _streaming(metrics.mean_tensor, "streaming_mean_tensor")
streaming_accuracy = _streaming(metrics.accuracy, "streaming_accuracy")
streaming_precision = _streaming(metrics.precision, "streaming_precision")
streaming_recall = _streaming(metrics.recall, "streaming_recall")
streaming_true_positives = _streaming(metrics.true_positives, "streaming_true_positives")
streaming_true_negatives = _streaming(metrics.true_negatives, "streaming_true_negatives")
streaming_false_positives = _streaming(metrics.false_positives, "streaming_false_positives")
streaming_false_negatives = _streaming(metrics.false_negatives, "streaming_false_negatives")
streaming_mean_absolute_error = _streaming(metrics.mean_absolute_error, "streaming_mean_absolute_error")
streaming_mean_squared_error = _streaming(metrics.mean_squared_error, "streaming_mean_squared_error")
streaming_root_mean_squared_error = _streaming(metrics.root_mean_squared_error, "streaming_root_mean_squared_error")
streaming_mean_iou = _streaming(metrics.mean_iou, "streaming_mean_iou")
streaming_auc = _streaming(metrics_thresholds.auc, "streaming_auc")
streaming_precision_at_thresholds = _streaming(
    metrics_thresholds.precision_at_thresholds, "streaming_precision_at_thresholds"
)
streaming_recall_at_thresholds = _streaming(metrics_thresholds.recall_at_thresholds, "streaming_recall_at_thresholds")


def streaming_recall_at_k(
    predictions, labels, k, weights=None, metrics_collections=None, updates_collections=None, name=None
):  # fmt: skip
    """The fraction of labels `[batch]` that are among the k largest predictions `[batch, classes]`."""
    found = math.cast(top_k.in_top_k(predictions, labels, k), dtypes.float32)
    return metrics.mean(found, weights, metrics_collections, updates_collections, name or f"recall_at_{k}")
