"""The ready-made models of `tf.contrib.learn`: linear, deep, and both; classifiers, regressors, and under heads of one's own."""

from __future__ import annotations

from graphflow._core import dtypes
from graphflow._estimator.learn import estimator, heads, networks, sdca
from graphflow._estimator.learn import model_fn_ops as ops_lib
from graphflow._layers import metrics, metrics_thresholds
from graphflow._ops import compare, math, nn


class _Predicting(estimator.Estimator):
    """An estimator whose predictions are one array unless other outputs are asked for."""

    _plain = "classes"

    def predict(self, x=None, input_fn=None, batch_size=None, outputs=None, as_iterable=True, iterate_batches=False):
        """The classes (a regressor's scores); with `outputs`, what `Estimator.predict` gives."""
        if outputs:
            return super().predict(x, input_fn, batch_size, outputs, as_iterable, iterate_batches)
        return self._one(self._plain, x, input_fn, batch_size, as_iterable)

    def _one(self, key, x, input_fn, batch_size, as_iterable):
        found = estimator.Estimator.predict(self, x, input_fn, batch_size, [key], as_iterable)
        return (one[key] for one in found) if as_iterable else found[key]


class Classifier(_Predicting):
    """A classifier."""

    def predict_classes(self, x=None, input_fn=None, batch_size=None, as_iterable=True):
        """The classes."""
        found = self._one("classes", x, input_fn, batch_size, as_iterable)
        return found if as_iterable else found.reshape(-1)

    def predict_proba(self, x=None, input_fn=None, batch_size=None, as_iterable=True):
        """The probabilities of all classes."""
        return self._one("probabilities", x, input_fn, batch_size, as_iterable)


class Regressor(_Predicting):
    """A regressor."""

    _plain = "scores"

    def predict_scores(self, x=None, input_fn=None, batch_size=None, as_iterable=True):
        """The numbers."""
        return self._one("scores", x, input_fn, batch_size, as_iterable)


class DNNEstimator(estimator.Estimator):
    """A deep model under a head of one's own; arguments as of DNNClassifier."""

    def __init__(
        self, head, hidden_units, feature_columns, model_dir=None, optimizer=None, activation_fn=nn.relu, dropout=None,
        gradient_clip_norm=None, config=None, feature_engineering_fn=None, embedding_lr_multipliers=None,
        input_layer_min_slice_size=None,
    ):  # fmt: skip
        model_fn = networks.deep(
            head, tuple(feature_columns or ()), hidden_units, optimizer, activation_fn, dropout, gradient_clip_norm,
            embedding_lr_multipliers, input_layer_min_slice_size,
        )  # fmt: skip
        super().__init__(model_fn, model_dir, config, feature_engineering_fn=feature_engineering_fn)


class DNNClassifier(DNNEstimator, Classifier):
    """A deep classifier.

    Args:
        hidden_units: the sizes of the hidden layers.
        feature_columns: columns of `tf.contrib.layers` or dense ones of `tf.feature_column`.
        n_classes: how many classes; weight_column_name: the key of a feature with weights.
        optimizer: an Optimizer, a function that makes it, or its name; Adagrad with rate 0.05 when None.
        activation_fn: a function or its name; dropout: the share that is dropped in training.
        gradient_clip_norm: the largest norm of all gradients.
        enable_centered_bias: whether a bias is learnt beside the model.
        embedding_lr_multipliers: dict embedding column -> factor of its gradients.
        label_keys: the names of the classes, where there are more than two.
        others: as of Estimator, or of clusters.
    """

    def __init__(
        self, hidden_units, feature_columns, model_dir=None, n_classes=2, weight_column_name=None, optimizer=None,
        activation_fn=nn.relu, dropout=None, gradient_clip_norm=None, enable_centered_bias=False, config=None,
        feature_engineering_fn=None, embedding_lr_multipliers=None, input_layer_min_slice_size=None, label_keys=None,
    ):  # fmt: skip
        head = _classes(n_classes, weight_column_name, enable_centered_bias, label_keys)
        super().__init__(
            head, hidden_units, feature_columns, model_dir, optimizer, activation_fn, dropout, gradient_clip_norm, config,
            feature_engineering_fn, embedding_lr_multipliers, input_layer_min_slice_size,
        )  # fmt: skip


class DNNRegressor(DNNEstimator, Regressor):
    """A deep regressor; `label_dimension` numbers an example, others as of DNNClassifier."""

    def __init__(
        self, hidden_units, feature_columns, model_dir=None, weight_column_name=None, optimizer=None, activation_fn=nn.relu,
        dropout=None, gradient_clip_norm=None, enable_centered_bias=False, config=None, feature_engineering_fn=None,
        label_dimension=1, embedding_lr_multipliers=None, input_layer_min_slice_size=None,
    ):  # fmt: skip
        head = _numbers(label_dimension, weight_column_name, enable_centered_bias)
        super().__init__(
            head, hidden_units, feature_columns, model_dir, optimizer, activation_fn, dropout, gradient_clip_norm, config,
            feature_engineering_fn, embedding_lr_multipliers, input_layer_min_slice_size,
        )  # fmt: skip


class LinearEstimator(estimator.Estimator):
    """A linear model under a head of one's own; `_joint_weights` puts all weights into one variable, others as above."""

    def __init__(
        self, feature_columns, head, model_dir=None, weight_column_name=None, optimizer=None, gradient_clip_norm=None,
        _joint_weights=False, config=None, feature_engineering_fn=None,
    ):  # fmt: skip
        if sdca.is_sdca(optimizer):
            if _joint_weights:
                raise ValueError("_joint_weights is incompatible with the SDCAOptimizer")
            model_fn = sdca.linear(head, tuple(feature_columns), optimizer, weight_column_name)
        else:
            model_fn = networks.linear(head, tuple(feature_columns), optimizer, gradient_clip_norm, _joint_weights)
        super().__init__(model_fn, model_dir, config, feature_engineering_fn=feature_engineering_fn)


class LinearClassifier(LinearEstimator, Classifier):
    """A linear classifier; Ftrl when `optimizer` is None, others as of DNNClassifier."""

    def __init__(
        self, feature_columns, model_dir=None, n_classes=2, weight_column_name=None, optimizer=None, gradient_clip_norm=None,
        enable_centered_bias=False, _joint_weight=False, config=None, feature_engineering_fn=None, label_keys=None,
    ):  # fmt: skip
        if enable_centered_bias and sdca.is_sdca(optimizer):
            raise ValueError("enable_centered_bias is not supported with SDCA")
        head = _classes(n_classes, weight_column_name, enable_centered_bias, label_keys)
        super().__init__(
            feature_columns, head, model_dir, weight_column_name, optimizer, gradient_clip_norm, _joint_weight, config,
            feature_engineering_fn,
        )  # fmt: skip


class LinearRegressor(LinearEstimator, Regressor):
    """A linear regressor; `label_dimension` numbers an example, others as of LinearClassifier."""

    def __init__(
        self, feature_columns, model_dir=None, weight_column_name=None, optimizer=None, gradient_clip_norm=None,
        enable_centered_bias=False, label_dimension=1, _joint_weights=False, config=None, feature_engineering_fn=None,
    ):  # fmt: skip
        enable_centered_bias = enable_centered_bias and not sdca.is_sdca(optimizer)
        head = _numbers(label_dimension, weight_column_name, enable_centered_bias)
        super().__init__(
            feature_columns, head, model_dir, weight_column_name, optimizer, gradient_clip_norm, _joint_weights, config,
            feature_engineering_fn,
        )  # fmt: skip


class DNNLinearCombinedEstimator(estimator.Estimator):
    """A linear and a deep model side by side, under a head of one's own.

    Args:
        linear_feature_columns, linear_optimizer, _joint_linear_weights: as of LinearEstimator.
        dnn_feature_columns, dnn_optimizer, dnn_hidden_units, dnn_activation_fn, dnn_dropout: as of DNNEstimator.
        fix_global_step_increment_bug: whether a step counts once; else each of the two optimizers counts it.
        others: as of DNNEstimator.

    Raises:
        ValueError: there are no columns at all, or no `dnn_hidden_units` for those of the deep model.
    """

    def __init__(
        self, head, model_dir=None, linear_feature_columns=None, linear_optimizer=None, _joint_linear_weights=False,
        dnn_feature_columns=None, dnn_optimizer=None, dnn_hidden_units=None, dnn_activation_fn=None, dnn_dropout=None,
        gradient_clip_norm=None, config=None, feature_engineering_fn=None, embedding_lr_multipliers=None,
        fix_global_step_increment_bug=False, input_layer_partitioner=None, input_layer_min_slice_size=None,
    ):  # fmt: skip
        model_fn = networks.combined(
            head, tuple(linear_feature_columns or ()), linear_optimizer, _joint_linear_weights,
            tuple(dnn_feature_columns or ()), dnn_optimizer, dnn_hidden_units, dnn_activation_fn, dnn_dropout,
            gradient_clip_norm, embedding_lr_multipliers, input_layer_min_slice_size, fix_global_step_increment_bug,
        )  # fmt: skip
        super().__init__(model_fn, model_dir, config, feature_engineering_fn=feature_engineering_fn)


class DNNLinearCombinedClassifier(DNNLinearCombinedEstimator, Classifier):
    """A wide and deep classifier; arguments as of DNNLinearCombinedEstimator and DNNClassifier."""

    def __init__(
        self, model_dir=None, n_classes=2, weight_column_name=None, linear_feature_columns=None, linear_optimizer=None,
        _joint_linear_weights=False, dnn_feature_columns=None, dnn_optimizer=None, dnn_hidden_units=None,
        dnn_activation_fn=nn.relu, dnn_dropout=None, gradient_clip_norm=None, enable_centered_bias=False, config=None,
        feature_engineering_fn=None, embedding_lr_multipliers=None, input_layer_min_slice_size=None, label_keys=None,
        fix_global_step_increment_bug=False,
    ):  # fmt: skip
        head = _classes(n_classes, weight_column_name, enable_centered_bias, label_keys)
        super().__init__(
            head, model_dir, linear_feature_columns, linear_optimizer, _joint_linear_weights, dnn_feature_columns,
            dnn_optimizer, dnn_hidden_units, dnn_activation_fn, dnn_dropout, gradient_clip_norm, config,
            feature_engineering_fn, embedding_lr_multipliers, fix_global_step_increment_bug, None,
            input_layer_min_slice_size,
        )  # fmt: skip


class DNNLinearCombinedRegressor(DNNLinearCombinedEstimator, Regressor):
    """A wide and deep regressor; `label_dimension` numbers an example, others as of DNNLinearCombinedClassifier."""

    def __init__(
        self, model_dir=None, weight_column_name=None, linear_feature_columns=None, linear_optimizer=None,
        _joint_linear_weights=False, dnn_feature_columns=None, dnn_optimizer=None, dnn_hidden_units=None,
        dnn_activation_fn=nn.relu, dnn_dropout=None, gradient_clip_norm=None, enable_centered_bias=False, label_dimension=1,
        config=None, feature_engineering_fn=None, embedding_lr_multipliers=None, input_layer_min_slice_size=None,
        fix_global_step_increment_bug=False,
    ):  # fmt: skip
        head = _numbers(label_dimension, weight_column_name, enable_centered_bias)
        super().__init__(
            head, model_dir, linear_feature_columns, linear_optimizer, _joint_linear_weights, dnn_feature_columns,
            dnn_optimizer, dnn_hidden_units, dnn_activation_fn, dnn_dropout, gradient_clip_norm, config,
            feature_engineering_fn, embedding_lr_multipliers, fix_global_step_increment_bug, None,
            input_layer_min_slice_size,
        )  # fmt: skip


def _classes(n_classes, weight_column_name, enable_centered_bias, label_keys):
    return heads.multi_class_head(
        n_classes,
        weight_column_name=weight_column_name,
        enable_centered_bias=enable_centered_bias,
        label_keys=label_keys,
    )


def _numbers(label_dimension, weight_column_name, enable_centered_bias):
    return heads.regression_head(
        weight_column_name=weight_column_name,
        label_dimension=label_dimension,
        enable_centered_bias=enable_centered_bias,
    )


def LogisticRegressor(model_fn, thresholds=None, model_dir=None, config=None, feature_engineering_fn=None):
    """An Estimator of two classes with metrics, of a model function `(features, labels, mode)`.

    Args:
        model_fn: returns (probabilities of the second class, loss, training step).
        thresholds: probabilities at which metrics are taken, 0.5 when None.
        model_dir, config, feature_engineering_fn: as of Estimator.
    """

    def with_metrics(features, labels, mode):
        predictions, loss, step = model_fn(features, labels, mode)
        measured = (
            _of_probabilities(labels, predictions, thresholds or [0.5]) if mode == ops_lib.ModeKeys.EVAL else None
        )
        served = {"head": (ops_lib.ProblemType.LOGISTIC_REGRESSION, {"predictions": predictions})}
        return ops_lib.ModelFnOps(mode, predictions, loss, step, measured, served)

    return estimator.Estimator(with_metrics, model_dir, config, feature_engineering_fn=feature_engineering_fn)


def _of_probabilities(labels, predictions, thresholds):
    if isinstance(labels, dict) and len(labels) == 1:
        (labels,) = labels.values()
    found = {
        "labels/prediction_mean": metrics.mean(predictions), "labels/actual_label_mean": metrics.mean(labels),
        "accuracy/baseline_label_mean": metrics.mean(labels),
        "auc": metrics_thresholds.auc(labels, predictions),
    }  # fmt: skip
    for threshold in thresholds:
        said = math.cast(compare.greater_equal(predictions, threshold), dtypes.float32)
        found[f"accuracy/threshold_{threshold:f}_mean"] = metrics.accuracy(labels, said)
        found[f"precision/positive_threshold_{threshold:f}_mean"] = metrics.precision(labels, said)
        found[f"recall/positive_threshold_{threshold:f}_mean"] = metrics.recall(labels, said)
    return found
