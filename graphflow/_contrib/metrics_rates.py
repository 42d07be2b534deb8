"""Metrics of contrib: rates of wrong answers, and the agreement of two judges beyond chance."""

from __future__ import annotations

from graphflow._core import dtypes
from graphflow._graph import build
from graphflow._layers import metrics
from graphflow._ops import array, choosing, compare, confusion, diagonal, math, reduce, state, variable_scope


def _rate(default, wrong, right, predictions, labels, weights, metrics_collections, updates_collections, name):
    """Of the answers of two kinds together, the share of the first."""
    with variable_scope.variable_scope(name, default, [predictions, labels, weights]):
        predictions, labels, weights = metrics.fitted(
            math.cast(predictions, dtypes.bool), math.cast(labels, dtypes.bool), weights
        )
        wrongs, new_wrongs = wrong(labels, predictions, weights)
        rights, new_rights = right(labels, predictions, weights)

        def rate(wrongs, rights, kind):
            share, zero = math.div(wrongs, wrongs + rights), build.constant(0.0)
            return choosing.where(compare.greater(wrongs + rights, 0), share, zero, name=kind)

        value, update = rate(wrongs, rights, "value"), rate(new_wrongs, new_rights, "update_op")
        metrics.join(metrics_collections, value)
        metrics.join(updates_collections, update)
        return value, update


def streaming_false_positive_rate(
    predictions, labels, weights=None, metrics_collections=None, updates_collections=None, name=None
):  # fmt: skip
    """Of what is false, how much was predicted true; (value, update)."""
    kinds = metrics.false_positives, metrics.true_negatives
    given = predictions, labels, weights, metrics_collections, updates_collections, name
    return _rate("false_positive_rate", *kinds, *given)


def streaming_false_negative_rate(
    predictions, labels, weights=None, metrics_collections=None, updates_collections=None, name=None
):  # fmt: skip
    """Of what is true, how much was predicted false; (value, update)."""
    kinds = metrics.false_negatives, metrics.true_positives
    given = predictions, labels, weights, metrics_collections, updates_collections, name
    return _rate("false_negative_rate", *kinds, *given)


def cohen_kappa(
    labels, predictions_idx, num_classes, weights=None, metrics_collections=None, updates_collections=None, name=None
):  # fmt: skip
    """The agreement of labels and predictions beyond what chance gives: 1 at best, 0 for chance.

    Args:
        labels, predictions_idx: classes `[n]` or `[n, 1]`.
        num_classes: at least 2.

    Returns:
        (value, update), float64 scalars.

    Raises:
        ValueError: fewer classes.

    Source: Cohen, "A coefficient of agreement for nominal scales" (1960).
    """
    if num_classes < 2:
        raise ValueError(f"`num_classes` must be >= 2.Found: {num_classes}")
    with variable_scope.variable_scope(name, "cohen_kappa", [labels, predictions_idx, weights]):
        if labels.get_shape().ndims == 2:
            labels = array.squeeze(labels, axis=[-1])
        predictions_idx, labels, weights = metrics.fitted(predictions_idx, labels, weights)
        dtype = dtypes.int64 if weights is None or weights.dtype.is_integer else dtypes.float32
        agreed = metrics.gathered((num_classes,), dtype, "po")
        rows = metrics.gathered((num_classes,), dtype, "pe_row")
        columns = metrics.gathered((num_classes,), dtype, "pe_col")
        table = confusion.confusion_matrix(
            labels, predictions_idx, num_classes=num_classes, weights=weights, dtype=dtype, name="counts_in_table"
        )
        found = diagonal.diag_part(table), reduce.reduce_sum(table, axis=0), reduce.reduce_sum(table, axis=1)
        updates = [state.assign_add(total, part) for total, part in zip((agreed, rows, columns), found)]

        def kappa(agreed, rows, columns, kind):
            hits, total = reduce.reduce_sum(agreed), reduce.reduce_sum(rows)
            chance = math.div_no_nan(math.cast(rows * columns, dtypes.float64), math.cast(total, dtypes.float64))
            expected = reduce.reduce_sum(chance)
            hits, total = math.cast(hits, dtypes.float64), math.cast(total, dtypes.float64)
            return math.div_no_nan(hits - expected, total - expected, name=kind)

        value, update = kappa(agreed, rows, columns, "value"), kappa(*updates, "update_op")
        metrics.join(metrics_collections, value)
        metrics.join(updates_collections, update)
        return value, update
