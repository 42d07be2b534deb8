"""Deep models: fully connected layers over dense feature columns."""

from __future__ import annotations

from graphflow._estimator import estimator
from graphflow._estimator import model_fn as model_fn_lib
from graphflow._estimator.canned import heads, linear, optimizers
from graphflow._graph import graph as graph_lib
from graphflow._layers import dense, losses, normalization
from graphflow._layers.feature_columns import columns, layers
from graphflow._ops import array, initializers, nn, summaries, variable_scope

_LEARNING_RATE = 0.05


def summarize(value, tag):
    """Summaries of a layer's numbers."""
    summaries.scalar(f"{tag}/fraction_of_zero_values", nn.zero_fraction(value))
    summaries.histogram(f"{tag}/activation", value)


def dnn_logit_fn_builder(
    units, hidden_units, feature_columns, activation_fn, dropout, input_layer_partitioner, batch_norm
):  # fmt: skip
    """A function `(features, mode)` that gives the logits `[batch, units]` of a deep model."""
    if not isinstance(units, int):
        raise ValueError(f"units must be an int.  Given type: {type(units)}")

    def dnn_logit_fn(features, mode):
        is_training, here = mode == model_fn_lib.ModeKeys.TRAIN, variable_scope.get_variable_scope()
        with variable_scope.variable_scope(here, use_resource=True, auxiliary_name_scope=False):
            made = [_Hidden(i, size, activation_fn, dropout, batch_norm) for i, size in enumerate(hidden_units)]
            with variable_scope.variable_scope("logits") as logits_scope:
                logits_layer = _dense(units, None, logits_scope)
            with variable_scope.variable_scope("input_from_feature_columns", partitioner=input_layer_partitioner):
                net = dense_features(features, feature_columns)
            for one in made:
                net = one(net, is_training)
            logits = logits_layer(net)
            summarize(logits, logits_scope.name)
        return logits

    return dnn_logit_fn


def _dense(units, activation, scope):
    kernel = initializers.GlorotUniform()
    return dense.Dense(units, activation=activation, kernel_initializer=kernel, name=scope, _scope=scope)


class _Hidden:
    """A hidden layer, with what follows it."""

    def __init__(self, number, units, activation, dropout, batch_norm):
        with variable_scope.variable_scope(f"hiddenlayer_{number}") as scope:
            self._scope, self._dense = scope, _dense(units, activation, scope)
            self._dropout = None if dropout is None else dense.Dropout(rate=dropout)
            self._norm = None
            if batch_norm:
                name = f"batchnorm_{number}"
                self._norm = normalization.BatchNormalization(momentum=0.999, trainable=True, name=name, _scope=name)

    def __call__(self, net, is_training):
        net = self._dense(net)
        if self._dropout is not None and is_training:
            net = self._dropout(net, training=True)
        if self._norm is not None:
            net = self._norm(net, training=is_training)
        summarize(net, self._scope.name)
        return net


def dense_features(features, feature_columns, name="input_layer"):
    """The numbers of all dense columns side by side, `[batch, numbers]`; tables are made before all else."""
    found = sorted(columns.as_list(feature_columns), key=lambda column: column.name)
    layers.check_dense(found)
    tables, given, graph = linear.Tables(), columns.Features(features), graph_lib.get_default_graph()
    for column in found:
        with variable_scope.PureVariableScope(name), variable_scope.PureVariableScope(column.name):
            tables.make(column)
    with graph.name_scope(name):
        parts = []
        for column in found:
            with graph.name_scope(column.name):
                parts.append(layers.flat_rows(column, column.dense_tensor(given, tables)))
        columns.check_same_batch(parts, found)
        return array.concat(parts, -1)


def _model_fn(features, labels, mode, head, config, optimizer, input_layer_partitioner, network):
    optimizer = optimizers.instance(optimizer, _LEARNING_RATE)
    linear.check_features(features)
    with variable_scope.variable_scope("dnn", values=tuple(features.values()), partitioner=linear.partitioner(config)):
        cut = input_layer_partitioner or linear.partitioner(config, min_slice_size=linear._LARGE_SLICE)
        logits = dnn_logit_fn_builder(head.logits_dimension, input_layer_partitioner=cut, **network)(features, mode)
        return head.create_estimator_spec(features, mode, logits, labels, optimizer=optimizer)


class DNNEstimator(estimator.Estimator):
    """A deep model under a head of one's own.

    Args:
        head: a head.
        hidden_units: the sizes of the hidden layers.
        feature_columns: dense columns.
        model_dir, config, warm_start_from: as of Estimator.
        optimizer: an Optimizer, a function that makes it, or its name.
        activation_fn: of the hidden layers.
        dropout: the share of numbers that is dropped in training, None for none.
        input_layer_partitioner: of the variables of columns.
        batch_norm: whether each hidden layer is normalised.
    """

    def __init__(
        self, head, hidden_units, feature_columns, model_dir=None, optimizer="Adagrad", activation_fn=nn.relu, dropout=None,
        input_layer_partitioner=None, config=None, warm_start_from=None, batch_norm=False,
    ):  # fmt: skip
        network = {
            "hidden_units": hidden_units, "feature_columns": tuple(feature_columns or ()), "activation_fn": activation_fn,
            "dropout": dropout, "batch_norm": batch_norm,
        }  # fmt: skip

        def model_fn(features, labels, mode, config):
            return _model_fn(features, labels, mode, head, config, optimizer, input_layer_partitioner, network)

        super().__init__(model_fn, model_dir, config, warm_start_from=warm_start_from)


class DNNClassifier(DNNEstimator):
    """A deep classifier.

    Args:
        n_classes, weight_column, label_vocabulary, loss_reduction: as of LinearClassifier.
        others: as of DNNEstimator.
    """

    def __init__(
        self, hidden_units, feature_columns, model_dir=None, n_classes=2, weight_column=None, label_vocabulary=None,
        optimizer="Adagrad", activation_fn=nn.relu, dropout=None, input_layer_partitioner=None, config=None,
        warm_start_from=None, loss_reduction=losses.Reduction.SUM, batch_norm=False,
    ):  # fmt: skip
        head = heads.classifier(n_classes, weight_column, label_vocabulary, loss_reduction)
        super().__init__(
            head, hidden_units, feature_columns, model_dir, optimizer, activation_fn, dropout, input_layer_partitioner, config,
            warm_start_from, batch_norm,
        )  # fmt: skip


class DNNRegressor(DNNEstimator):
    """A deep regressor.

    Args:
        label_dimension: how many numbers a label has.
        others: as of DNNClassifier.
    """

    def __init__(
        self, hidden_units, feature_columns, model_dir=None, label_dimension=1, weight_column=None, optimizer="Adagrad",
        activation_fn=nn.relu, dropout=None, input_layer_partitioner=None, config=None, warm_start_from=None,
        loss_reduction=losses.Reduction.SUM, batch_norm=False,
    ):  # fmt: skip
        head = heads.RegressionHead(label_dimension, weight_column, loss_reduction)
        super().__init__(
            head, hidden_units, feature_columns, model_dir, optimizer, activation_fn, dropout, input_layer_partitioner, config,
            warm_start_from, batch_norm,
        )  # fmt: skip
