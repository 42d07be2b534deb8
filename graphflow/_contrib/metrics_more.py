"""More metrics of contrib: covariance and correlation of a stream, and further metrics of `tf.metrics` with predictions first."""

from __future__ import annotations

from graphflow._contrib import metrics as contrib_metrics
from graphflow._core import dtypes
from graphflow._graph import build
from graphflow._layers import metrics, metrics_at_k, metrics_thresholds
from graphflow._layers import weights as weights_lib
from graphflow._ops import array, choosing, compare, math, reduce, state, unary, variable_scope

_first = contrib_metrics._streaming
streaming_mean_cosine_distance = _first(metrics.mean_cosine_distance, "streaming_mean_cosine_distance")
streaming_mean_relative_error = _first(metrics.mean_relative_error, "streaming_mean_relative_error")
streaming_percentage_less = _first(metrics.percentage_below, "streaming_percentage_less")
streaming_sensitivity_at_specificity = _first(
    metrics_thresholds.sensitivity_at_specificity, "streaming_sensitivity_at_specificity"
)
streaming_specificity_at_sensitivity = _first(
    metrics_thresholds.specificity_at_sensitivity, "streaming_specificity_at_sensitivity"
)
streaming_true_positives_at_thresholds = _first(
    metrics_thresholds.true_positives_at_thresholds, "streaming_true_positives_at_thresholds"
)
streaming_true_negatives_at_thresholds = _first(
    metrics_thresholds.true_negatives_at_thresholds, "streaming_true_negatives_at_thresholds"
)
streaming_false_positives_at_thresholds = _first(
    metrics_thresholds.false_positives_at_thresholds, "streaming_false_positives_at_thresholds"
)
streaming_false_negatives_at_thresholds = _first(
    metrics_thresholds.false_negatives_at_thresholds, "streaming_false_negatives_at_thresholds"
)
streaming_sparse_precision_at_k = _first(metrics_at_k.precision_at_k, "streaming_sparse_precision_at_k")
streaming_sparse_recall_at_k = _first(metrics_at_k.recall_at_k, "streaming_sparse_recall_at_k")
streaming_sparse_average_precision_at_k = _first(
    metrics_at_k.average_precision_at_k, "streaming_sparse_average_precision_at_k"
)


def streaming_sparse_precision_at_top_k(
    top_k_predictions, labels, class_id=None, weights=None, metrics_collections=None, updates_collections=None, name=None
):  # fmt: skip
    """`tf.metrics.precision_at_top_k`, predictions first."""
    given = class_id, weights, metrics_collections, updates_collections, name
    return metrics_at_k.precision_at_top_k(labels, top_k_predictions, None, *given)


def sparse_recall_at_top_k(
    labels, top_k_predictions, class_id=None, weights=None, metrics_collections=None, updates_collections=None, name=None
):  # fmt: skip
    """`tf.metrics.recall_at_top_k` under another name."""
    given = class_id, weights, metrics_collections, updates_collections, name
    return metrics_at_k.recall_at_top_k(labels, top_k_predictions, None, *given)


def count(values, weights=None, metrics_collections=None, updates_collections=None, name=None):
    """How many values there were, each counted by its weight."""
    with variable_scope.variable_scope(name, "count", [values, weights]):
        total = metrics.gathered([], dtypes.float32, "count")
        if weights is None:
            found = math.cast(array.size(values), dtypes.float32)
        else:
            values, _, weights = metrics.fitted(values, None, weights)
            weights = weights_lib.broadcast_weights(
                math.cast(weights, dtypes.float32), math.cast(values, dtypes.float32)
            )
            found = reduce.reduce_sum(weights)
        value = metrics.result(array.identity, total, collections=metrics_collections)
        update = state.assign_add(total, found)
        metrics.join(updates_collections, update)
        return value, update


def streaming_covariance(
    predictions, labels, weights=None, metrics_collections=None, updates_collections=None, name=None
):  # fmt: skip
    """The unbiased covariance of predictions and labels; NaN up to the second value.

    Returns:
        (value, update).

    Source: Chan et al., Updating Formulae and a Pairwise Algorithm for Computing Sample Variances (1979).
    """
    with variable_scope.variable_scope(name, "covariance", [predictions, labels, weights]):
        predictions, labels, weights = metrics.fitted(predictions, labels, weights)
        names = "count", "mean_prediction", "mean_label", "comoment"
        number, *means, comoment = (metrics.gathered([], dtypes.float32, n) for n in names)
        if weights is None:
            ones, in_batch = None, math.cast(array.size(labels), dtypes.float32)
        else:
            ones = weights_lib.broadcast_weights(math.cast(weights, labels.dtype), labels)
            in_batch = reduce.reduce_sum(ones)
        new_number = state.assign_add(number, in_batch)
        old_number = new_number - in_batch

        def weighted(x):
            return x if ones is None else math.multiply(x, ones)

        batch_means, old_means = [], []
        for values, mean in zip((predictions, labels), means):
            batch_mean = math.div_no_nan(reduce.reduce_sum(weighted(values)), in_batch)
            change = math.div_no_nan((batch_mean - mean) * in_batch, new_number)
            batch_means.append(batch_mean)
            old_means.append(state.assign_add(mean, change) - change)
        apart = (predictions - batch_means[0]) * (labels - batch_means[1])
        moved = (old_means[0] - batch_means[0]) * (old_means[1] - batch_means[1])
        change = reduce.reduce_sum(weighted(apart)) + moved * math.div_no_nan(old_number * in_batch, new_number)
        new_comoment = state.assign_add(comoment, change)

        def covariance(comoment, number, name):
            missing = build.constant(float("nan"))
            return choosing.where(
                compare.less_equal(number, 1.0), missing, math.truediv(comoment, number - 1), name=name
            )

        value = metrics.result(covariance, comoment, number, "covariance", collections=metrics_collections)
        update = covariance(new_comoment, new_number, "update_op")
        metrics.join(updates_collections, update)
        return value, update


def streaming_pearson_correlation(
    predictions, labels, weights=None, metrics_collections=None, updates_collections=None, name=None
):  # fmt: skip
    """The correlation of predictions and labels: their covariance divided by the roots of the variances."""
    with variable_scope.variable_scope(name, "pearson_r", [predictions, labels, weights]):
        predictions, labels, weights = metrics.fitted(predictions, labels, weights)
        pairs = (predictions, labels, "covariance"), (predictions, predictions, "variance_predictions")
        pairs = *pairs, (labels, labels, "variance_labels")
        found = [streaming_covariance(a, b, weights, name=n) for a, b, n in pairs]

        def correlation(together, of_predictions, of_labels, name):
            return math.truediv(together, math.multiply(unary.sqrt(of_predictions), unary.sqrt(of_labels)), name=name)

        values = [value for value, _ in found]
        value = metrics.result(correlation, *values, "pearson_r", collections=metrics_collections)
        update = correlation(*(update for _, update in found), "update_op")
        metrics.join(updates_collections, update)
        return value, update
