"""Baselines: models that learn the mean label and look at no feature."""

from __future__ import annotations

from graphflow._estimator import estimator
from graphflow._estimator.canned import heads, optimizers
from graphflow._graph import graph as graph_lib
from graphflow._layers import losses
from graphflow._layers.feature_columns import numeric
from graphflow._ops import array, asserts, initializers, math, variable_scope
from graphflow._train import global_step

_LEARNING_RATE = 0.3


def _key(weight_column):
    if weight_column is None or isinstance(weight_column, str):
        return weight_column
    if not isinstance(weight_column, numeric.NumericColumn):
        raise TypeError(f"Weight column must be either a string or _NumericColumn. Given type: {type(weight_column)}.")
    return weight_column.key


def _logits(features, outputs, weight_column):
    """The same numbers for each example, `[batch, outputs]`."""
    checks, batch = [], None
    for key, feature in features.items():
        if key != _key(weight_column):
            size = array.shape(feature)[0]
            if batch is None:
                batch = size
            else:
                checks.append(asserts.assert_equal(batch, size))
    with graph_lib.get_default_graph().control_dependencies(checks):
        with variable_scope.variable_scope("baseline"):
            bias = variable_scope.get_variable("bias", shape=[outputs], initializer=initializers.Zeros)
            return math.multiply(bias, array.ones([batch, outputs]))


class BaselineEstimator(estimator.Estimator):
    """A baseline under a head of one's own; arguments as of LinearEstimator."""

    def __init__(self, head, model_dir=None, optimizer="Ftrl", config=None, weight_column=None):
        def model_fn(features, labels, mode, config):
            def train(loss):
                step = global_step.get_global_step()
                return optimizers.instance(optimizer, _LEARNING_RATE).minimize(loss, global_step=step)

            logits = _logits(features, head.logits_dimension, weight_column)
            return head.create_estimator_spec(features, mode, logits, labels, train_op_fn=train)

        super().__init__(model_fn, model_dir, config)


class BaselineClassifier(BaselineEstimator):
    """Learns how often each class occurs; arguments as of LinearClassifier."""

    def __init__(
        self, model_dir=None, n_classes=2, weight_column=None, label_vocabulary=None, optimizer="Ftrl", config=None,
        loss_reduction=losses.Reduction.SUM,
    ):  # fmt: skip
        head = heads.classifier(n_classes, weight_column, label_vocabulary, loss_reduction)
        super().__init__(head, model_dir, optimizer, config, weight_column)


class BaselineRegressor(BaselineEstimator):
    """Learns the mean label; arguments as of LinearRegressor."""

    def __init__(
        self, model_dir=None, label_dimension=1, weight_column=None, optimizer="Ftrl", config=None,
        loss_reduction=losses.Reduction.SUM,
    ):  # fmt: skip
        head = heads.RegressionHead(label_dimension, weight_column, loss_reduction)
        super().__init__(head, model_dir, optimizer, config, weight_column)
