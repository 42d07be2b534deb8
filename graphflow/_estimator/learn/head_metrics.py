"""The metrics that the heads of `tf.contrib.learn` report: dict name -> (value, update)."""

from __future__ import annotations

from graphflow._core import dtypes
from graphflow._layers import metrics, metrics_thresholds
from graphflow._layers import weights as weights_lib
from graphflow._ops import array, choosing, compare, math


def checked_ids(ids, n_classes):
    """The class numbers as a tuple; ValueError where one is no class."""
    for one in ids or ():
        if not 0 <= one < n_classes:
            raise ValueError(f"Class ID {one} not in [0, {n_classes}).")
    return tuple(ids or ())


def _picked(values, weights, class_id):
    """Numbers and their weights, of one class where it is named."""
    values = math.cast(values, dtypes.float32)
    if weights is not None:
        weights = weights_lib.broadcast_weights(weights, values)
    if class_id is None:
        return values, weights
    return values[:, class_id], None if weights is None else weights[:, class_id]


def _mean(values, weights, class_id=None):
    return metrics.mean(*_picked(values, weights, class_id))


def _auc(predictions, labels, weights, class_id=None, curve="ROC"):
    predictions, weights = _picked(predictions, weights, class_id)
    labels = math.cast(labels, dtypes.bool)
    labels = labels if class_id is None else labels[:, class_id]
    return metrics_thresholds.auc(labels, predictions, weights, curve=curve)


def of_yes_or_no(predicted, labels, weights, thresholds):
    """Of a head of two classes."""
    logistic = predicted["logistic"]
    found = {
        "accuracy": metrics.accuracy(labels, predicted["classes"], weights),
        "labels/prediction_mean": _mean(logistic, weights),
        "labels/actual_label_mean": _mean(labels, weights),
        "accuracy/baseline_label_mean": _mean(labels, weights),
        "auc": _auc(logistic, labels, weights),
        "auc_precision_recall": _auc(logistic, labels, weights, curve="PR"),
    }
    for threshold in thresholds:
        said = math.cast(compare.greater_equal(logistic, threshold), dtypes.float32)
        precision = metrics_thresholds.precision_at_thresholds(labels, logistic, (threshold,), weights)
        recall = metrics_thresholds.recall_at_thresholds(labels, logistic, (threshold,), weights)
        found[f"accuracy/threshold_{threshold:f}_mean"] = metrics.accuracy(labels, said, weights)
        found[f"precision/positive_threshold_{threshold:f}_mean"] = tuple(map(array.squeeze, precision))
        found[f"recall/positive_threshold_{threshold:f}_mean"] = tuple(map(array.squeeze, recall))
    return found


def _is(ids, class_id):
    """1 where an id is that of a class, 0 elsewhere, in the type of the ids."""
    same = compare.equal(math.cast(class_id, dtypes.int32), math.cast(ids, dtypes.int32))
    return choosing.where(same, array.ones_like(ids), array.zeros_like(ids))


def of_classes(predicted, labels, weights, class_ids):
    """Of some classes of a head of one of many."""
    found = {}
    for one in class_ids:
        found[f"labels/prediction_mean/class{one}"] = metrics.mean(_is(predicted["classes"], one), weights)
        found[f"labels/actual_label_mean/class{one}"] = metrics.mean(_is(labels, one), weights)
        found[f"labels/probability_mean/class{one}"] = _mean(predicted["probabilities"], weights, one)
        found[f"labels/logits_mean/class{one}"] = _mean(predicted["logits"], weights, one)
    return found


def of_labels(predicted, labels, weights, class_ids):
    """Of a head of any number of classes."""
    classes, likely = predicted["classes"], predicted["probabilities"]
    found = {
        "accuracy": metrics.accuracy(labels, classes, weights),
        "auc": _auc(likely, labels, weights),
        "auc_precision_recall": _auc(likely, labels, weights, curve="PR"),
    }
    for one in class_ids:
        found[f"labels/prediction_mean/class{one}"] = _mean(classes, weights, one)
        found[f"labels/actual_label_mean/class{one}"] = _mean(labels, weights, one)
        found[f"labels/probability_mean/class{one}"] = _mean(likely, weights, one)
        found[f"labels/logits_mean/class{one}"] = _mean(predicted["logits"], weights, one)
        found[f"auc/class{one}"] = _auc(likely, labels, weights, one)
        found[f"auc_precision_recall/class{one}"] = _auc(likely, labels, weights, one, "PR")
    return found
