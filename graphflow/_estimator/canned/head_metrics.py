"""The streaming metrics that heads report, in the scopes in which TensorFlow makes them."""

from __future__ import annotations

from graphflow._graph import build
from graphflow._layers import metrics, metrics_thresholds
from graphflow._layers import weights as weights_lib
from graphflow._ops import array, compare, math


def _broadcast(weights, values):
    return None if weights is None else weights_lib.broadcast_weights(weights, values)


def _mean_of(what):
    def measured(values, weights, name):
        with build.name_scope(name, what + "_mean", [values]) as scope:
            values = math.to_float(values, name=what)
            return metrics.mean(values, weights=_broadcast(weights, values), name=scope)

    return measured


labels_mean, predictions_mean = _mean_of("labels"), _mean_of("predictions")


def accuracy_baseline(mean_of_labels):
    """The accuracy of always saying the commoner of two classes."""
    with build.name_scope(None, "accuracy_baseline", mean_of_labels):
        value, update = mean_of_labels
        return math.maximum(value, 1.0 - value, name="value"), math.maximum(update, 1 - update, name="update_op")


def auc(labels, predictions, weights, name, curve="ROC"):
    """The area under a curve."""
    with build.name_scope(name, "auc", [predictions, labels, weights]) as scope:
        predictions = math.to_float(predictions, name="predictions")
        weights = _broadcast(weights, predictions)
        return metrics_thresholds.auc(labels, predictions, weights=weights, curve=curve, name=scope)


def at_threshold(labels, predictions, weights, threshold):
    """Accuracy, precision and recall of saying yes from a probability on: dict name -> metric."""
    given, found = [predictions, labels, weights, threshold], {}
    name = f"accuracy/positive_threshold_{threshold:g}"
    with build.name_scope(name, f"accuracy_at_{threshold}", given) as scope:
        said = math.to_float(compare.greater_equal(predictions, threshold))
        found[name] = metrics.accuracy(labels, said, weights=weights, name=scope)
    for kind, measure in (
        ("precision", metrics_thresholds.precision_at_thresholds), ("recall", metrics_thresholds.recall_at_thresholds),
    ):  # fmt: skip
        name = f"{kind}/positive_threshold_{threshold:g}"
        with build.name_scope(name, f"{kind}_at_{threshold}", given) as scope:
            value, update = measure(labels, predictions, (threshold,), weights=weights, name=scope)
            found[name] = array.squeeze(value), array.squeeze(update)
    return found
