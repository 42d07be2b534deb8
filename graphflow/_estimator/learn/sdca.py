"""Linear models of `tf.contrib.learn` that are trained by dual coordinate ascent; support vector machines among them."""

from __future__ import annotations

from graphflow._contrib import sdca_optimizer
from graphflow._contrib.feature_columns import layers, numbers
from graphflow._estimator.canned import sdca
from graphflow._estimator.learn import columns, heads
from graphflow._ops import array, variable_scope
from graphflow._train import global_step

_BIAS = "tf_virtual_bias_column"
_LOSSES = {
    heads.BinarySvmHead: "hinge_loss",
    heads.BinaryLogisticHead: "logistic_loss",
    heads.RegressionHead: "squared_loss",
}


def is_sdca(optimizer):
    """Whether an optimizer is an SDCAOptimizer."""
    return isinstance(optimizer, sdca_optimizer.SDCAOptimizer)


def linear(head, feature_columns, optimizer, weight_column_name):
    """The model function of a linear model of one output.

    Raises:
        ValueError: another head, no columns, or one of a reserved name.
    """
    if type(head) not in _LOSSES:
        raise ValueError(f"Unsupported head type: {head}; SDCA is for two classes, and for one number")
    if head.logits_dimension != 1:
        raise ValueError("SDCA only applies for logits_dimension=1.")
    if not feature_columns:
        raise ValueError("feature_columns can't be empty.")
    if any(column.name == _BIAS for column in feature_columns):
        raise ValueError(f"{_BIAS} is a reserved column name.")

    def model_fn(features, labels, mode):
        features = dict(columns.as_dict(features))
        with variable_scope.variable_scope(
            "linear", values=tuple(features.values()), partitioner=optimizer.partitioner
        ) as scope:
            features.update(layers.transform_features(features, feature_columns))
            logits, owners, bias = layers.weighted_sum_from_feature_columns(features, feature_columns, 1, scope=scope)
        column, hooks = numbers.real_valued_column(_BIAS), []

        def train(loss):
            with_bias = {**features, column: array.ones([array.shape(logits)[0], 1])}
            model, train_op = optimizer.get_train_step(
                {**owners, column: [bias]}, weight_column_name, _LOSSES[type(head)], with_bias, labels,
                global_step.get_global_step(),
            )  # fmt: skip
            hooks.append(sdca.UpdateWeightsHook(model, train_op))
            return train_op

        made = head.create_model_fn_ops(features, mode, labels=labels, train_op_fn=train, logits=logits)
        return made._replace(training_chief_hooks=[*made.training_chief_hooks, *hooks])

    return model_fn
