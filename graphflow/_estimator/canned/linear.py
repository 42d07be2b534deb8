"""Linear models: one weight a feature and output."""

from __future__ import annotations

from graphflow._core import dtypes
from graphflow._estimator import estimator
from graphflow._estimator.canned import heads, optimizers, sdca
from graphflow._graph import build
from graphflow._graph import graph as graph_lib
from graphflow._layers import losses
from graphflow._layers.feature_columns import columns, layers
from graphflow._ops import (
    array,
    compare,
    control_flow,
    initializers,
    math,
    nn,
    partitioned_variable,
    summaries,
    variable_scope,
)  # fmt: skip

_LEARNING_RATE = 0.2
_LARGE_SLICE = 64 << 20


def partitioner(config, **options):
    """Cuts variables into a part for each parameter server."""
    return partitioned_variable.min_max_variable_partitioner(config.num_ps_replicas if config else 0, **options)


def check_features(features):
    """Raises ValueError unless the features are a dict."""
    if not isinstance(features, dict):
        raise ValueError(f"features should be a dictionary of `Tensor`s. Given type: {type(features)}")


def linear_logit_fn_builder(units, feature_columns, sparse_combiner="sum"):
    """A function from features to the logits `[batch, units]` of a linear model."""

    def linear_logit_fn(features):
        logits, bias, weights, _ = linear_model(features, feature_columns, units, sparse_combiner)
        if units > 1:
            summaries.histogram("bias", bias)
        else:
            summaries.scalar("bias", bias[0][0])
        summaries.scalar("fraction_of_zero_weights", fraction_of_zero(weights))
        return logits

    return linear_logit_fn


def _parts(made):
    return list(made) if hasattr(made, "_get_variable_list") else [made]


def _variable(name, shape, initializer=None, trainable=True):
    return variable_scope.get_variable(
        name, shape=shape, dtype=dtypes.float32, initializer=initializer or initializers.Zeros(), trainable=trainable,
        use_resource=True,
    )  # fmt: skip


def linear_model(features, feature_columns, units, sparse_combiner):
    """(logits, the parts of the bias, the parts of all weights, dict column -> weights); variables come before operations."""
    found = sorted(columns.as_list(feature_columns), key=lambda column: column.name)
    for column in found:
        layers.check_linear(column)
    tables = Tables()
    with variable_scope.PureVariableScope("linear_model"):
        weights = {}
        for column in found:
            with variable_scope.PureVariableScope(column.name):
                tables.make(column)
                weights[column] = _variable("weights", (layers.width(column), units))
        bias = _variable("bias_weights", [units])
    given, graph = columns.Features(features), graph_lib.get_default_graph()
    # Scopes of a model, of its layer, and of the layer's call.
    with graph.name_scope("linear_model"), graph.name_scope("linear_model"), graph.name_scope("linear_model"):
        sums = []
        for column in found:
            with graph.name_scope(column.name):
                sums.append(layers.weighted_sum(column, given, weights[column], sparse_combiner, tables))
        columns.check_same_batch(sums, found)
        total = math.add_n(sums, name="weighted_sum_no_bias")
        logits = nn.bias_add(total, bias, name="weighted_sum")
    made = [part for table in tables.made.values() for part in _parts(table)]
    return logits, _parts(bias), [*made, *(part for held in weights.values() for part in _parts(held))], weights


class Tables:
    """The tables of embedding columns: made when a layer is built, handed out when it runs."""

    def __init__(self):
        self.made = {}

    def make(self, column):
        """Makes the table of a column, in the current variable scope, if it has one."""
        if hasattr(column, "table_shape") and not hasattr(column, "shared_embedding_collection_name"):
            self.made[column] = _variable("embedding_weights", column.table_shape, column.initializer, column.trainable)

    def __call__(self, column, shape, initializer, trainable):
        if column not in self.made:  # shared tables are made by the first column that asks
            self.made[column] = _variable("embedding_weights", shape, initializer, trainable)
        return self.made[column]


def fraction_of_zero(variables):
    """The share of zeros among the numbers of all variables, a scalar."""
    with build.name_scope("zero_fraction"):
        with build.name_scope("total_size"):
            sizes = [array.size(v, out_type=dtypes.int64) for v in variables]
            total = math.add_n(sizes)
        with build.name_scope("total_zero"):
            zeros = math.add_n([_zeros(v, size) for v, size in zip(variables, sizes, strict=True)])
        with build.name_scope("compute"):
            fraction = zeros / math.cast(total, dtypes.float32, name="float32_size")
        return array.identity(fraction, name="zero_fraction_or_nan")


def _zeros(v, size):
    return control_flow.cond(
        compare.equal(size, build.constant(0, dtype=dtypes.int64)),
        true_fn=lambda: build.constant(0, dtype=dtypes.float32),
        false_fn=lambda: nn.zero_fraction(v) * math.to_float(size), name="zero_count",
    )  # fmt: skip


def _model_fn(features, labels, mode, head, feature_columns, optimizer, partition, config, sparse_combiner):
    check_features(features)
    partition = partition or partitioner(config, min_slice_size=_LARGE_SLICE)
    if isinstance(optimizer, sdca.LinearSDCA):
        sdca.check(head, sparse_combiner)
        with variable_scope.variable_scope("linear", values=tuple(features.values()), partitioner=partition):
            logits, bias, weights, by_column = linear_model(features, feature_columns, 1, "sum")
            summaries.scalar("bias", bias[0][0])
            summaries.scalar("fraction_of_zero_weights", fraction_of_zero(weights))
            return sdca.spec(features, labels, mode, head, optimizer, logits, bias, by_column)
    with variable_scope.variable_scope("linear", values=tuple(features.values()), partitioner=partition):
        logits = linear_logit_fn_builder(head.logits_dimension, feature_columns, sparse_combiner)(features)
        rate = min(_LEARNING_RATE, len(feature_columns) ** -0.5)
        return head.create_estimator_spec(
            features,
            mode,
            logits,
            labels,
            optimizer=optimizers.instance(optimizer, rate if optimizer is None else _LEARNING_RATE),
        )


class LinearEstimator(estimator.Estimator):
    """A linear model under a head of one's own.

    Args:
        head: a head.
        feature_columns: categorical or dense columns.
        model_dir, config: as of Estimator.
        optimizer: an Optimizer, a function that makes it, or its name.
        partitioner: of the variables.
        sparse_combiner: how the weights of an example's categories are joined: "sum", "mean" or "sqrtn".
    """

    def __init__(
        self, head, feature_columns, model_dir=None, optimizer="Ftrl", config=None, partitioner=None, sparse_combiner="sum",
        warm_start_from=None,
    ):  # fmt: skip
        held = tuple(feature_columns or ())

        def model_fn(features, labels, mode, config):
            return _model_fn(features, labels, mode, head, held, optimizer, partitioner, config, sparse_combiner)

        super().__init__(model_fn, model_dir, config, warm_start_from=warm_start_from)


class LinearClassifier(LinearEstimator):
    """A linear classifier.

    Args:
        n_classes: how many classes.
        weight_column: the key of a feature with weights of examples, or a numeric column.
        label_vocabulary: the texts of the classes where labels are texts.
        warm_start_from: as of Estimator.
        loss_reduction: a `tf.losses.Reduction`.
        others: as of LinearEstimator.
    """

    def __init__(
        self, feature_columns, model_dir=None, n_classes=2, weight_column=None, label_vocabulary=None, optimizer="Ftrl",
        config=None, partitioner=None, warm_start_from=None, loss_reduction=losses.Reduction.SUM, sparse_combiner="sum",
    ):  # fmt: skip
        head = heads.classifier(n_classes, weight_column, label_vocabulary, loss_reduction)
        super().__init__(
            head, feature_columns, model_dir, optimizer, config, partitioner, sparse_combiner, warm_start_from
        )


class LinearRegressor(LinearEstimator):
    """A linear regressor.

    Args:
        label_dimension: how many numbers a label has.
        others: as of LinearClassifier.
    """

    def __init__(
        self, feature_columns, model_dir=None, label_dimension=1, weight_column=None, optimizer="Ftrl", config=None,
        partitioner=None, warm_start_from=None, loss_reduction=losses.Reduction.SUM, sparse_combiner="sum",
    ):  # fmt: skip
        head = heads.RegressionHead(label_dimension, weight_column, loss_reduction)
        super().__init__(
            head, feature_columns, model_dir, optimizer, config, partitioner, sparse_combiner, warm_start_from
        )
