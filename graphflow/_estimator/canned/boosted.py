"""Boosted trees over buckets and categories, with a head of the core."""

from __future__ import annotations

import numpy as np

from graphflow._autodiff import gradients as autodiff
from graphflow._core import errors
from graphflow._estimator import boosting, estimator
from graphflow._estimator import model_fn as model_fn_lib
from graphflow._estimator.canned import heads
from graphflow._layers import losses
from graphflow._layers.feature_columns import columns, dense, numeric
from graphflow._ops import array, datasets, grouping, math, state
from graphflow._train import global_step

_DEFAULT = object()


def _dense(features, feature_columns):
    """(numbers `[batch, features]`, how many buckets each has, None for those that are in none)."""
    given, parts, cuts = columns.Features(features), [], []
    for column in feature_columns:
        if isinstance(column, numeric.BucketizedColumn):
            size, count = column.source_column.shape[0], len(column.boundaries) + 1
            rows = math.to_float(given.get(column))
        elif isinstance(column, dense.IndicatorColumn):
            size, count = column.variable_shape.num_elements(), 2
            rows = column.dense_tensor(given, None)
        elif isinstance(column, numeric.NumericColumn):
            size, count = column.variable_shape.num_elements(), None
            rows = column.dense_tensor(given, None)
        else:
            raise ValueError(
                f"For now, only bucketized_column, numeric_column and indicator_column are supported but got: {column}"
            )
        parts.append(array.reshape(rows, [-1, size]))
        cuts += [count] * size
    return parts[0] if len(parts) == 1 else array.concat(parts, 1), cuts


def _cuts(counts):
    """The buckets after which features can be cut, `[cuts, features]`; None where some features are in none.

    The last bucket is one of them: a leaf whose best split separates nothing takes a step nevertheless.
    """
    if None in counts:
        return None
    steps = np.arange(max(counts), dtype=np.float32)[:, None]
    return np.where(steps < np.array(counts), steps, np.inf).astype(np.float32)


class BoostedTreesEstimator(estimator.Estimator):
    """Boosted trees under a head of one's own.

    Args:
        feature_columns: bucketized, indicator or numeric columns.
        n_batches_per_layer: how many batches a layer of a tree is grown from.
        head: a head of one logit.
        model_dir, config: as of Estimator.
        n_trees, max_depth: how many trees, and layers of each; training ends with the last tree.
        learning_rate: what each step is multiplied by.
        l1_regularization, l2_regularization, tree_complexity: of the leaves.
        min_node_weight: the least sum of second derivatives in a leaf.
        pruning_mode: "none", or "pre": leaves split only where that gains.

    Raises:
        UnimplementedError: a setting that is not built.
    """

    def __init__(
        self, feature_columns, n_batches_per_layer, head, model_dir=None, weight_column=None, n_trees=100, max_depth=6,
        learning_rate=0.1, l1_regularization=0.0, l2_regularization=0.0, tree_complexity=0.0, min_node_weight=0.0,
        config=None, center_bias=False, pruning_mode="none", quantile_sketch_epsilon=0.01,
    ):  # fmt: skip
        if head.logits_dimension != 1:
            raise ValueError(f"BoostedTrees take heads of one logit, got one of {head.logits_dimension}.")
        if center_bias or pruning_mode not in ("none", "pre"):
            raise errors.UnimplementedError(
                None, None, f"center_bias={center_bias} with pruning_mode={pruning_mode!r} is not built: use center_bias=False and "
                "pruning_mode 'none' or 'pre'",
            )  # fmt: skip
        settings = boosting.LearnerConfig()
        settings.learning_rate_tuner.fixed.learning_rate = learning_rate
        settings.regularization.l1, settings.regularization.l2 = l1_regularization, l2_regularization
        settings.regularization.tree_complexity = tree_complexity
        settings.constraints.max_tree_depth, settings.constraints.min_node_weight = max_depth, min_node_weight
        held = list(feature_columns)

        def model_fn(features, labels, mode, config):
            x, counts = _dense(features, held)
            booster = boosting.Booster(
                settings, len(counts), 1, n_trees, batches_per_layer=n_batches_per_layer, cuts=_cuts(counts),
                always=pruning_mode == "none",
            )  # fmt: skip
            logits = booster.logits(x)

            def train(loss):
                (slope,) = autodiff.gradients(loss, [logits])
                (curve,) = autodiff.gradients(slope, [logits])
                counted = state.assign_add(global_step.get_global_step(), 1)
                return grouping.group(booster.grow(x, slope, curve), counted)

            spec = head.create_estimator_spec(features, mode, logits, labels, train_op_fn=train)
            if mode != model_fn_lib.ModeKeys.TRAIN:
                return spec
            return spec._replace(training_hooks=(*spec.training_hooks, booster.hook()))

        super().__init__(model_fn, model_dir, config)


class BoostedTreesClassifier(BoostedTreesEstimator):
    """A classifier of two classes; arguments as of BoostedTreesEstimator and LinearClassifier."""

    def __init__(
        self, feature_columns, n_batches_per_layer, model_dir=None, n_classes=_DEFAULT, weight_column=None,
        label_vocabulary=None, n_trees=100, max_depth=6, learning_rate=0.1, l1_regularization=0.0, l2_regularization=0.0,
        tree_complexity=0.0, min_node_weight=0.0, config=None, center_bias=False, pruning_mode="none",
        quantile_sketch_epsilon=0.01, train_in_memory=False,
    ):  # fmt: skip
        if n_classes is not _DEFAULT and n_classes != 2:
            raise ValueError(f"BoostedTreesClassifier knows two classes, got n_classes={n_classes}.")
        head = heads.classifier(2, weight_column, label_vocabulary, losses.Reduction.SUM_OVER_BATCH_SIZE)
        super().__init__(
            feature_columns, n_batches_per_layer, head, model_dir, weight_column, n_trees, max_depth, learning_rate,
            l1_regularization, l2_regularization, tree_complexity, min_node_weight, config, center_bias, pruning_mode,
            quantile_sketch_epsilon,
        )  # fmt: skip


class BoostedTreesRegressor(BoostedTreesEstimator):
    """A regressor of one number; arguments as of BoostedTreesEstimator and LinearRegressor."""

    def __init__(
        self, feature_columns, n_batches_per_layer, model_dir=None, label_dimension=_DEFAULT, weight_column=None, n_trees=100,
        max_depth=6, learning_rate=0.1, l1_regularization=0.0, l2_regularization=0.0, tree_complexity=0.0,
        min_node_weight=0.0, config=None, center_bias=False, pruning_mode="none", quantile_sketch_epsilon=0.01,
        train_in_memory=False,
    ):  # fmt: skip
        if label_dimension is not _DEFAULT and label_dimension != 1:
            raise ValueError(f"BoostedTreesRegressor predicts one number, got label_dimension={label_dimension}.")
        head = heads.RegressionHead(1, weight_column, losses.Reduction.SUM_OVER_BATCH_SIZE)
        super().__init__(
            feature_columns, n_batches_per_layer, head, model_dir, weight_column, n_trees, max_depth, learning_rate,
            l1_regularization, l2_regularization, tree_complexity, min_node_weight, config, center_bias, pruning_mode,
            quantile_sketch_epsilon,
        )  # fmt: skip


def boosted_trees_classifier_train_in_memory(train_input_fn, feature_columns, train_hooks=None, **options):
    """A trained BoostedTreesClassifier, each layer grown from the one batch that the data set holds.

    Args:
        train_input_fn: a function that returns a Dataset of one batch, the whole data.
        feature_columns, options: as of BoostedTreesClassifier.
        train_hooks: SessionRunHooks.

    Raises:
        ValueError: the function returns something else.
    """
    return _trained(BoostedTreesClassifier(feature_columns, 1, **options), train_input_fn, train_hooks)


def boosted_trees_regressor_train_in_memory(train_input_fn, feature_columns, train_hooks=None, **options):
    """A trained BoostedTreesRegressor; arguments as of `boosted_trees_classifier_train_in_memory`."""
    return _trained(BoostedTreesRegressor(feature_columns, 1, **options), train_input_fn, train_hooks)


def _trained(model, train_input_fn, hooks):
    def input_fn():
        found = train_input_fn()
        if not isinstance(found, datasets.Dataset):
            raise ValueError(f"train_input_fn must return a Dataset of the whole data, got {found}")
        return found.repeat()

    return model.train(input_fn, hooks)
