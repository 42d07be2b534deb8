"""Boosted trees as estimators of `tf.contrib.boosted_trees`."""

from __future__ import annotations

import numpy as np

from graphflow._core import dtypes
from graphflow._estimator import boosting
from graphflow._estimator.learn import columns, estimator
from graphflow._estimator.learn import model_fn_ops as ops_lib
from graphflow._graph import tensor
from graphflow._layers import losses, metrics
from graphflow._layers.feature_columns import layers
from graphflow._ops import array, choosing, grouping, math, nn, reduce, running, state
from graphflow._train import global_step

_MODES = ops_lib.ModeKeys
_DEFAULT_TREES = 100


def _dense(features, feature_columns):
    """All numbers of the features, float32 `[batch, numbers]`."""
    features = columns.as_dict(features)
    if feature_columns:
        return layers.input_layer(features, feature_columns)
    parts = []
    for key in sorted(features):
        feature = features[key]
        if not isinstance(feature, tensor.Tensor) or feature.get_shape()[1:].num_elements() is None:
            raise ValueError(f"Feature {key!r} must be a tensor of numbers of a known size, got {feature}")
        parts.append(
            array.reshape(math.to_float(feature), [-1, int(np.prod(feature.get_shape().as_list()[1:], dtype=int))])
        )
    return parts[0] if len(parts) == 1 else array.concat(parts, 1)


class _BoostedTrees(estimator.Estimator):
    """What both kinds share: a booster for the logits, and a head of functions."""

    def __init__(
        self, outputs, head, learner_config, examples_per_layer, num_trees, feature_columns, model_dir, config,
        feature_engineering_fn,
    ):  # fmt: skip
        def model_fn(features, labels, mode):
            x = _dense(features, feature_columns)
            trees, size = num_trees or _DEFAULT_TREES, x.get_shape().as_list()[1]
            booster = boosting.Booster(learner_config, size, outputs, trees, examples_per_layer)
            logits = booster.logits(x)
            predicted = head.predictions(logits)
            if mode == _MODES.INFER:
                return ops_lib.ModelFnOps(mode, predicted)
            loss, gradients, hessians = head.loss(logits, labels)
            if mode == _MODES.EVAL:
                return ops_lib.ModelFnOps(mode, predicted, loss, eval_metric_ops=head.metrics(predicted, labels))
            step = grouping.group(
                booster.grow(x, gradients, hessians), state.assign_add(global_step.get_global_step(), 1)
            )
            return ops_lib.ModelFnOps(mode, predicted, loss, step, training_hooks=[booster.hook()])

        super().__init__(model_fn, model_dir, config, feature_engineering_fn=feature_engineering_fn)


class _Classes:
    """Softmax cross entropy, whose second derivatives are taken on the diagonal."""

    def __init__(self, count):
        self._count = count

    def predictions(self, logits):
        return {"logits": logits, "probabilities": nn.softmax(logits), "classes": running.argmax(logits, 1)}

    def loss(self, logits, labels):
        ids = math.cast(array.reshape(labels, [-1]), dtypes.int64)
        each = losses.sparse_softmax_cross_entropy(ids, logits, reduction=losses.Reduction.NONE, loss_collection=None)
        probabilities = nn.softmax(logits)
        gradients = probabilities - choosing.one_hot(ids, self._count)
        return reduce.reduce_mean(each), gradients, probabilities * (1.0 - probabilities)

    def metrics(self, predicted, labels):
        return {"accuracy": metrics.accuracy(array.reshape(labels, [-1]), predicted["classes"])}


class _Numbers:
    """Half the squared error."""

    def __init__(self, count):
        self._count = count

    def predictions(self, logits):
        return {"scores": array.squeeze(logits, axis=[1]) if self._count == 1 else logits}

    def loss(self, logits, labels):
        errors = logits - array.reshape(math.to_float(labels), [-1, self._count])
        return reduce.reduce_mean(errors * errors), errors, array.ones_like(errors)

    def metrics(self, predicted, labels):
        return {}


class GradientBoostedDecisionTreeClassifier(_BoostedTrees):
    """A classifier of boosted trees.

    Args:
        learner_config: a LearnerConfig.
        examples_per_layer: a layer is grown once so many examples have come.
        n_classes: how many classes.
        num_trees: how many trees, 100 when None; training ends with the last one.
        feature_columns: dense columns; all features are numbers when None.
        model_dir, config, feature_engineering_fn: as of `tf.contrib.learn.Estimator`.
        others: without effect.
    """

    def __init__(
        self, learner_config, examples_per_layer, n_classes=2, num_trees=None, feature_columns=None, weight_column_name=None,
        model_dir=None, config=None, label_keys=None, feature_engineering_fn=None, logits_modifier_function=None,
        center_bias=True, **others,
    ):  # fmt: skip
        super().__init__(
            n_classes, _Classes(n_classes), learner_config, examples_per_layer, num_trees, feature_columns, model_dir, config,
            feature_engineering_fn,
        )  # fmt: skip


class GradientBoostedDecisionTreeRegressor(_BoostedTrees):
    """A regressor of boosted trees; `label_dimension` numbers an example, others as of the classifier."""

    def __init__(
        self, learner_config, examples_per_layer, label_dimension=1, num_trees=None, feature_columns=None, label_name=None,
        weight_column_name=None, model_dir=None, config=None, feature_engineering_fn=None, logits_modifier_function=None,
        center_bias=True, **others,
    ):  # fmt: skip
        super().__init__(
            label_dimension, _Numbers(label_dimension), learner_config, examples_per_layer, num_trees, feature_columns,
            model_dir, config, feature_engineering_fn,
        )  # fmt: skip
