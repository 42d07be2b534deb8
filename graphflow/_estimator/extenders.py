"""Estimators made of estimators."""

from __future__ import annotations

from graphflow._estimator import arguments
from graphflow._estimator import estimator as estimator_lib
from graphflow._estimator import model_fn as model_fn_lib

_ARGUMENTS = ("features", "labels", "predictions", "config")


def add_metrics(estimator, metric_fn):
    """An Estimator of the same model, with the metrics that a function adds.

    Args:
        estimator: an Estimator.
        metric_fn: a function of some of `features`, `labels`, `predictions` and `config` that returns a dict name -> (value,
            update).
    """
    arguments.check(metric_fn, "metric_fn", _ARGUMENTS)

    def model_fn(features, labels, mode, config):
        spec = estimator.model_fn(features, labels, mode, config)
        if mode != model_fn_lib.ModeKeys.EVAL:
            return spec
        given = {"features": features, "labels": labels, "predictions": spec.predictions, "config": config}
        added = metric_fn(**arguments.chosen(metric_fn, **given))
        return spec._replace(eval_metric_ops={**spec.eval_metric_ops, **added})

    return estimator_lib.Estimator(
        model_fn, estimator.model_dir, estimator.config, warm_start_from=estimator._warm_start_settings
    )
