"""A linear and a deep model side by side, whose logits are added.

Source: Cheng et al., Wide & Deep Learning for Recommender Systems (2016).
"""

from __future__ import annotations

from graphflow._estimator import estimator
from graphflow._estimator.canned import dnn, heads, linear, optimizers
from graphflow._graph import graph as graph_lib
from graphflow._graph import keys
from graphflow._layers import losses
from graphflow._ops import grouping, nn, state, variable_scope
from graphflow._train import global_step, sync_replicas

_DNN_RATE, _LINEAR_RATE = 0.001, 0.005


def _optimizer(given, rate):
    made = optimizers.instance(given, rate)
    if isinstance(made, sync_replicas.SyncReplicasOptimizer):
        raise ValueError(
            "SyncReplicasOptimizer does not support multi optimizers case. Therefore, it is not supported in DNNLinearCombined "
            "model. If you want to use this optimizer, please use either DNN or Linear model."
        )
    return made


def _deep(features, mode, units, config, columns, hidden_units, optimizer, cut, **network):
    if not columns:
        return None
    optimizer = _optimizer(optimizer, _DNN_RATE)
    if not hidden_units:
        raise ValueError("dnn_hidden_units must be defined when dnn_feature_columns is specified.")
    given = tuple(features.values())
    with variable_scope.variable_scope("dnn", values=given, partitioner=linear.partitioner(config)) as scope:
        logit_fn = dnn.dnn_logit_fn_builder(units, hidden_units, columns, input_layer_partitioner=cut, **network)
        return logit_fn(features, mode), optimizer, scope.name


def _wide(features, units, columns, optimizer, cut, sparse_combiner):
    if not columns:
        return None
    optimizer = _optimizer(optimizer, min(_LINEAR_RATE, len(columns) ** -0.5))
    with variable_scope.variable_scope("linear", values=tuple(features.values()), partitioner=cut) as scope:
        logits = linear.linear_logit_fn_builder(units, columns, sparse_combiner)(features)
        dnn.summarize(logits, scope.name)
        return logits, optimizer, scope.name


def _step_of(models):
    """The function loss -> training step in which each optimizer changes its own model."""

    def train(loss):
        graph = graph_lib.get_default_graph()
        steps = [
            optimizer.minimize(loss, var_list=graph.get_collection(keys.GraphKeys.TRAINABLE_VARIABLES, scope))
            for _, optimizer, scope in models
        ]
        with graph.control_dependencies([grouping.group(*steps)]):
            return state.assign_add(global_step.get_global_step(), 1).op

    return train


class DNNLinearCombinedEstimator(estimator.Estimator):
    """A linear and a deep model under a head of one's own.

    Args:
        linear_feature_columns, linear_optimizer, linear_sparse_combiner: as of LinearEstimator.
        dnn_feature_columns, dnn_optimizer, dnn_hidden_units, dnn_activation_fn, dnn_dropout, batch_norm: as of DNNEstimator.
        others: as of DNNEstimator.

    Raises:
        ValueError: there are no columns at all.
    """

    def __init__(
        self, head, model_dir=None, linear_feature_columns=None, linear_optimizer="Ftrl", dnn_feature_columns=None,
        dnn_optimizer="Adagrad", dnn_hidden_units=None, dnn_activation_fn=nn.relu, dnn_dropout=None,
        input_layer_partitioner=None, config=None, linear_sparse_combiner="sum", warm_start_from=None, batch_norm=False,
    ):  # fmt: skip
        self._feature_columns = [*(linear_feature_columns or ()), *(dnn_feature_columns or ())]
        if not self._feature_columns:
            raise ValueError("Either linear_feature_columns or dnn_feature_columns must be defined.")

        def model_fn(features, labels, mode, config):
            linear.check_features(features)
            cut = input_layer_partitioner or linear.partitioner(config, min_slice_size=linear._LARGE_SLICE)
            units = head.logits_dimension
            deep = _deep(
                features, mode, units, config, dnn_feature_columns, dnn_hidden_units, dnn_optimizer, cut,
                activation_fn=dnn_activation_fn, dropout=dnn_dropout, batch_norm=batch_norm,
            )  # fmt: skip
            wide = _wide(features, units, linear_feature_columns, linear_optimizer, cut, linear_sparse_combiner)
            models = [one for one in (deep, wide) if one]
            logits = models[0][0] if len(models) == 1 else deep[0] + wide[0]
            return head.create_estimator_spec(features, mode, logits, labels, train_op_fn=_step_of(models))

        super().__init__(model_fn, model_dir, config, warm_start_from=warm_start_from)


class DNNLinearCombinedClassifier(DNNLinearCombinedEstimator):
    """A wide and deep classifier; arguments as of DNNLinearCombinedEstimator and LinearClassifier."""

    def __init__(
        self, model_dir=None, linear_feature_columns=None, linear_optimizer="Ftrl", dnn_feature_columns=None,
        dnn_optimizer="Adagrad", dnn_hidden_units=None, dnn_activation_fn=nn.relu, dnn_dropout=None, n_classes=2,
        weight_column=None, label_vocabulary=None, input_layer_partitioner=None, config=None, warm_start_from=None,
        loss_reduction=losses.Reduction.SUM, batch_norm=False, linear_sparse_combiner="sum",
    ):  # fmt: skip
        head = heads.classifier(n_classes, weight_column, label_vocabulary, loss_reduction)
        super().__init__(
            head, model_dir, linear_feature_columns, linear_optimizer, dnn_feature_columns, dnn_optimizer, dnn_hidden_units,
            dnn_activation_fn, dnn_dropout, input_layer_partitioner, config, linear_sparse_combiner, warm_start_from, batch_norm,
        )  # fmt: skip


class DNNLinearCombinedRegressor(DNNLinearCombinedEstimator):
    """A wide and deep regressor; arguments as of DNNLinearCombinedEstimator and LinearRegressor."""

    def __init__(
        self, model_dir=None, linear_feature_columns=None, linear_optimizer="Ftrl", dnn_feature_columns=None,
        dnn_optimizer="Adagrad", dnn_hidden_units=None, dnn_activation_fn=nn.relu, dnn_dropout=None, label_dimension=1,
        weight_column=None, input_layer_partitioner=None, config=None, warm_start_from=None,
        loss_reduction=losses.Reduction.SUM, batch_norm=False, linear_sparse_combiner="sum",
    ):  # fmt: skip
        head = heads.RegressionHead(label_dimension, weight_column, loss_reduction)
        super().__init__(
            head, model_dir, linear_feature_columns, linear_optimizer, dnn_feature_columns, dnn_optimizer, dnn_hidden_units,
            dnn_activation_fn, dnn_dropout, input_layer_partitioner, config, linear_sparse_combiner, warm_start_from, batch_norm,
        )  # fmt: skip
