"""Estimators made of estimators, and what stands before an optimizer."""

from __future__ import annotations

from graphflow._core import log
from graphflow._estimator import arguments, export_outputs
from graphflow._estimator import estimator as estimator_lib
from graphflow._estimator import model_fn as model_fn_lib
from graphflow._graph import sparse_tensor, tensor
from graphflow._layers import losses
from graphflow._ops import clip, sparse
from graphflow._train import wrapping

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


def forward_features(estimator, keys=None, sparse_default_values=None):
    """An Estimator of the same model whose predictions hold features too.

    Args:
        estimator: an Estimator whose predictions are a dict.
        keys: the name of a feature, or a list of names; all features when None.
        sparse_default_values: dict name -> number, for sparse features: they become dense, with this where nothing is.

    Raises:
        TypeError: `keys` are no names. ValueError, when the model is built: there is no such feature, it is sparse, or a
            prediction has its name.
    """
    if isinstance(keys, str):
        keys = [keys]
    if keys is not None and not (isinstance(keys, (list, tuple)) and all(isinstance(key, str) for key in keys)):
        raise TypeError(f"keys should be either a string or a list of strings. Given: {keys!r}")
    filled = sparse_default_values or {}

    def model_fn(features, labels, mode, config):
        spec = estimator.model_fn(features, labels, mode, config)
        if not spec.predictions:
            return spec
        if not isinstance(spec.predictions, dict):
            raise ValueError(f"Predictions should be a dict to be able to forward features. Given: {spec.predictions}")
        wanted = list(features) if keys is None else keys
        forwarded = {key: _forwarded(key, features, spec.predictions, filled) for key in wanted}
        for name in ("predict", export_outputs.SERVING_KEY):
            served = (spec.export_outputs or {}).get(name)
            if isinstance(served, export_outputs.PredictOutput):
                served.outputs.update(forwarded)
        return spec._replace(predictions={**spec.predictions, **forwarded})

    return estimator_lib.Estimator(model_fn, estimator.model_dir, estimator.config)


def _forwarded(key, features, predictions, filled):
    if key not in features:
        raise ValueError(f"forward_features: there is no feature {key!r}, only {sorted(features)}")
    if key in predictions:
        raise ValueError(f"forward_features: {key!r} is a prediction already; predictions are {sorted(predictions)}")
    feature = sparse.convert_to_tensor_or_sparse_tensor(features[key])
    if key in filled:
        if not isinstance(feature, sparse_tensor.SparseTensor):
            raise ValueError(f"Feature ({key}) is expected to be a `SparseTensor`.")
        feature = sparse.sparse_tensor_to_dense(feature, default_value=filled[key])
    if not isinstance(feature, tensor.Tensor):
        raise ValueError(
            f"Feature ({key}) should be a Tensor, got {type(feature)}: leave it out of `keys`, or give it a value in "
            "`sparse_default_values`."
        )
    return feature


def clip_gradients_by_norm(optimizer, clip_norm):
    """An optimizer that scales all gradients down together where their joint norm exceeds `clip_norm`, a scalar."""
    return _Clipping(optimizer, clip_norm)


class _Clipping(wrapping.WrappingOptimizer):
    def __init__(self, opt, clip_norm):
        super().__init__(opt, False, f"ClipByNorm{opt.get_name()}")
        self._clip_norm = clip_norm

    def apply_gradients(self, grads_and_vars, global_step=None, name=None):
        """The step along clipped gradients."""
        gradients, variables = zip(*grads_and_vars, strict=True)
        clipped, _ = clip.clip_by_global_norm(list(gradients), self._clip_norm)
        return super().apply_gradients(list(zip(clipped, variables, strict=True)), global_step, name)


def replicate_model_fn(model_fn, loss_reduction=losses.Reduction.SUM_BY_NONZERO_WEIGHTS, devices=None):
    """The model function itself: XLA spreads one model over the cores of this machine, so batches are not cut into towers.

    Args:
        model_fn: a model function.
        loss_reduction: how it reduces losses.
        devices: over which to spread it.

    Raises:
        ValueError: losses that are not reduced.
    """
    if loss_reduction == losses.Reduction.NONE:
        raise ValueError(f"Tower losses need to be reduced in some way, yet {loss_reduction} reduction is specified.")
    if devices and len(devices) > 1:
        log.info("replicate_model_fn: one model runs over the whole batch, in place of towers on %s", devices)
    return model_fn


class TowerOptimizer(wrapping.WrappingOptimizer):
    """The optimizer of the one tower of `replicate_model_fn`: as the one it wraps.

    Args:
        optimizer_or_optimizer_fn: an Optimizer, or a function without arguments that makes it.
    """

    def __init__(self, optimizer_or_optimizer_fn):
        made = optimizer_or_optimizer_fn() if callable(optimizer_or_optimizer_fn) else optimizer_or_optimizer_fn
        super().__init__(made, False, made.get_name())
