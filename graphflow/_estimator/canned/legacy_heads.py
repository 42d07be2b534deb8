"""Heads as functions, as `tf.contrib.estimator` had them."""

from __future__ import annotations

from graphflow._estimator.canned import heads, more_heads
from graphflow._layers import losses

_MEAN = losses.Reduction.SUM_OVER_BATCH_SIZE


def multi_class_head(
    n_classes, weight_column=None, label_vocabulary=None, loss_reduction=_MEAN, loss_fn=None, name=None
):  # fmt: skip
    """A MultiClassHead."""
    return heads.MultiClassHead(n_classes, weight_column, label_vocabulary, loss_reduction, loss_fn, name)


def binary_classification_head(
    weight_column=None, thresholds=None, label_vocabulary=None, loss_reduction=_MEAN, loss_fn=None, name=None
):  # fmt: skip
    """A BinaryClassHead."""
    return heads.BinaryClassHead(weight_column, thresholds, label_vocabulary, loss_reduction, loss_fn, name)


def regression_head(
    weight_column=None, label_dimension=1, loss_reduction=_MEAN, loss_fn=None, inverse_link_fn=None, name=None
):  # fmt: skip
    """A RegressionHead."""
    return heads.RegressionHead(label_dimension, weight_column, loss_reduction, loss_fn, inverse_link_fn, name)


def poisson_regression_head(
    weight_column=None, label_dimension=1, loss_reduction=_MEAN, compute_full_loss=True, name=None
):  # fmt: skip
    """A PoissonRegressionHead."""
    return more_heads.PoissonRegressionHead(label_dimension, weight_column, loss_reduction, compute_full_loss, name)


def logistic_regression_head(weight_column=None, loss_reduction=_MEAN, name=None):
    """A LogisticRegressionHead."""
    return more_heads.LogisticRegressionHead(weight_column, loss_reduction, name)


def multi_label_head(
    n_classes, weight_column=None, thresholds=None, label_vocabulary=None, loss_reduction=_MEAN, loss_fn=None,
    classes_for_class_based_metrics=None, name=None,
):  # fmt: skip
    """A MultiLabelHead."""
    return more_heads.MultiLabelHead(
        n_classes,
        weight_column,
        thresholds,
        label_vocabulary,
        loss_reduction,
        loss_fn,
        classes_for_class_based_metrics,
        name,
    )


def multi_head(heads, head_weights=None):
    """A MultiHead."""
    return more_heads.MultiHead(heads, head_weights)
