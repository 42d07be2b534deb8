"""The ready-made models of `tf.contrib.learn`: linear and deep, classifiers and regressors."""

from __future__ import annotations

from graphflow._contrib import dense_layers, optimize_loss
from graphflow._estimator.canned import linear as core_linear
from graphflow._estimator.learn import columns, estimator
from graphflow._estimator.learn import model_fn_ops as ops_lib
from graphflow._layers import losses, metrics, metrics_thresholds
from graphflow._layers.feature_columns import layers
from graphflow._ops import (
    array,
    compare,
    initializers,
    math,
    matmul,
    nn,
    running,
    summaries,
    unary,
    variable_scope,
)  # fmt: skip
from graphflow._train import ftrl, global_step

_ACTIVATIONS = {"relu": nn.relu, "tanh": unary.tanh, "sigmoid": unary.sigmoid}
_RATE, _LINEAR_RATE = 0.05, 0.2


class _Head:
    """From logits to predictions, loss and metrics."""

    def __init__(self, size, weight_column_name):
        self.size, self._weight_column = size, weight_column_name

    def ops(self, features, mode, labels, logits, train):
        """The ModelFnOps of these logits; `train` makes a step of a loss."""
        given = (*features.values(), labels, logits)
        with variable_scope.variable_scope(None, default_name=self._scope, values=given):
            return self._ops(features, mode, labels, logits, train)

    def _ops(self, features, mode, labels, logits, train):
        predicted = self._predictions(logits)
        if mode == ops_lib.ModeKeys.INFER:
            return ops_lib.ModelFnOps(mode, predicted, output_alternatives={None: (self._problem, predicted)})
        weights = 1.0
        if self._weight_column is not None:
            weights = math.to_float(array.reshape(features[self._weight_column], [-1, 1]))
        labels = labels if len(labels.get_shape()) > 1 else array.expand_dims(labels, -1)
        each = self._losses(logits, labels)
        loss = losses.compute_weighted_loss(each, weights, loss_collection=None)
        measured = self._metrics(predicted, labels, None if self._weight_column is None else weights)
        step = train(loss) if mode == ops_lib.ModeKeys.TRAIN else None
        return ops_lib.ModelFnOps(mode, predicted, loss, step, measured)


class _MultiClass(_Head):
    _problem, _scope = ops_lib.ProblemType.CLASSIFICATION, "multi_class_head"

    def _predictions(self, logits):
        probabilities = nn.softmax(logits, name="probabilities")
        return {"logits": logits, "probabilities": probabilities, "classes": running.argmax(logits, 1, name="classes")}

    def _losses(self, logits, labels):
        ids = array.squeeze(labels, axis=[1])
        each = losses.sparse_softmax_cross_entropy(ids, logits, reduction=losses.Reduction.NONE, loss_collection=None)
        return array.expand_dims(each, -1)

    def _metrics(self, predicted, labels, weights):
        return {"accuracy": metrics.accuracy(labels, array.expand_dims(predicted["classes"], 1), weights)}


class _Binary(_Head):
    _problem, _scope = ops_lib.ProblemType.LOGISTIC_REGRESSION, "binary_logistic_head"

    def _predictions(self, logits):
        both = array.concat((array.zeros_like(logits), logits), 1)
        return {
            "logits": logits, "logistic": unary.sigmoid(logits, name="logistic"),
            "probabilities": nn.softmax(both, name="probabilities"), "classes": running.argmax(both, 1, name="classes"),
        }  # fmt: skip

    def _losses(self, logits, labels):
        return losses.sigmoid_cross_entropy(
            math.to_float(labels), logits, reduction=losses.Reduction.NONE, loss_collection=None
        )

    def _metrics(self, predicted, labels, weights):
        labels, logistic = math.to_float(labels), predicted["logistic"]
        classes = math.to_float(array.expand_dims(predicted["classes"], 1))
        likely = math.to_float(compare.greater_equal(logistic, 0.5))
        precision = metrics_thresholds.precision_at_thresholds(labels, logistic, (0.5,), weights)
        recall = metrics_thresholds.recall_at_thresholds(labels, logistic, (0.5,), weights)
        return {
            "accuracy": metrics.accuracy(labels, classes, weights),
            "labels/prediction_mean": metrics.mean(logistic, weights),
            "labels/actual_label_mean": metrics.mean(labels, weights),
            "accuracy/baseline_label_mean": metrics.mean(labels, weights),
            "auc": metrics_thresholds.auc(labels, logistic, weights),
            "auc_precision_recall": metrics_thresholds.auc(labels, logistic, weights, curve="PR"),
            "accuracy/threshold_0.500000_mean": metrics.accuracy(labels, likely, weights),
            "precision/positive_threshold_0.500000_mean": tuple(map(array.squeeze, precision)),
            "recall/positive_threshold_0.500000_mean": tuple(map(array.squeeze, recall)),
        }


class _Regression(_Head):
    _problem, _scope = ops_lib.ProblemType.LINEAR_REGRESSION, "regression_head"

    def _predictions(self, logits):
        return {"scores": array.squeeze(logits, axis=[1]) if self.size == 1 else logits}

    def _losses(self, logits, labels):
        return losses.mean_squared_error(labels, logits, reduction=losses.Reduction.NONE, loss_collection=None)

    def _metrics(self, predicted, labels, weights):
        return {}


def _classifying(n_classes, weight_column_name):
    return _Binary(1, weight_column_name) if n_classes == 2 else _MultiClass(n_classes, weight_column_name)


def _summarize(value, tag):
    summaries.scalar(f"{tag}_fraction_of_zero_values", nn.zero_fraction(value))
    summaries.histogram(f"{tag}_activation", value)


def _step(loss, optimizer, rate, clip, name):
    optimizer = optimizer() if callable(optimizer) and not isinstance(optimizer, type) else optimizer
    return optimize_loss.optimize_loss(
        loss, global_step.get_global_step(), rate, optimizer, clip_gradients=clip, name=name, summaries=[]
    )


def _deep(head, hidden_units, feature_columns, optimizer, activation_fn, dropout, clip):
    activation = _ACTIVATIONS.get(activation_fn, activation_fn)

    def model_fn(features, labels, mode, config):
        features = columns.as_dict(features)
        cut = core_linear.partitioner(config)
        with variable_scope.variable_scope("dnn", values=tuple(features.values()), partitioner=cut):
            with variable_scope.variable_scope("input_from_feature_columns", values=tuple(features.values())):
                net = columns.input_layer(features, feature_columns)
            for i, size in enumerate(hidden_units):
                with variable_scope.variable_scope(f"hiddenlayer_{i}", values=(net,)) as scope:
                    net = dense_layers.fully_connected(
                        net, size, activation_fn=activation, variables_collections=["dnn"], scope=scope
                    )
                    if dropout is not None and mode == ops_lib.ModeKeys.TRAIN:
                        net = nn.dropout(net, keep_prob=1.0 - dropout)
                _summarize(net, scope.name)
            with variable_scope.variable_scope("logits", values=(net,)) as scope:
                logits = dense_layers.fully_connected(
                    net, head.size, activation_fn=None, variables_collections=["dnn"], scope=scope
                )
            _summarize(logits, scope.name)
            return head.ops(
                features, mode, labels, logits, lambda loss: _step(loss, optimizer or "Adagrad", _RATE, clip, "dnn")
            )

    return model_fn


def _linear(head, feature_columns, optimizer, clip):
    def model_fn(features, labels, mode, config):
        features = columns.as_dict(features)
        with variable_scope.variable_scope("linear", values=tuple(features.values())):
            if all(column.name for column in feature_columns):
                logits = layers.linear_model(features, feature_columns, units=head.size)
            else:
                net = columns.input_layer(features, feature_columns)
                zeros = initializers.Zeros()
                weights = variable_scope.get_variable("weight", [net.get_shape()[1], head.size], initializer=zeros)
                bias = variable_scope.get_variable("bias_weight", [head.size], initializer=zeros)
                logits = nn.bias_add(matmul.matmul(net, weights), bias)

            def train(loss):
                rate = min(_LINEAR_RATE, len(feature_columns) ** -0.5)
                chosen = optimizer or ftrl.FtrlOptimizer(learning_rate=rate)
                return _step(loss, chosen, _LINEAR_RATE if isinstance(chosen, str) else None, clip, "linear")

            return head.ops(features, mode, labels, logits, train)

    return model_fn


class _Classifier(estimator.Estimator):
    """A classifier: its predictions are classes unless other outputs are asked for."""

    _plain = "classes"

    def predict(self, x=None, input_fn=None, batch_size=None, outputs=None, as_iterable=True, iterate_batches=False):
        """The classes (a regressor's scores); with `outputs`, what `Estimator.predict` gives."""
        if outputs or iterate_batches:
            return super().predict(x, input_fn, batch_size, outputs, as_iterable, iterate_batches)
        return self._one(self._plain, x, input_fn, batch_size, as_iterable)

    def predict_classes(self, x=None, input_fn=None, batch_size=None, as_iterable=True):
        """The number of the likeliest class."""
        return self._one("classes", x, input_fn, batch_size, as_iterable)

    def predict_proba(self, x=None, input_fn=None, batch_size=None, as_iterable=True):
        """The probabilities of all classes."""
        return self._one("probabilities", x, input_fn, batch_size, as_iterable)

    def predict_scores(self, x=None, input_fn=None, batch_size=None, as_iterable=True):
        """The numbers that a regressor predicts."""
        return self._one("scores", x, input_fn, batch_size, as_iterable)

    def _one(self, key, x, input_fn, batch_size, as_iterable):
        found = estimator.Estimator.predict(self, x, input_fn, batch_size, [key], as_iterable)
        return (one[key] for one in found) if as_iterable else found[key].reshape(-1)


class _Regressor(_Classifier):
    _plain = "scores"


class DNNClassifier(_Classifier):
    """A deep classifier.

    Args:
        hidden_units: the sizes of the hidden layers.
        feature_columns: of `infer_real_valued_columns_from_input`, or dense columns of `tf.feature_column`.
        n_classes: how many classes; weight_column_name: the key of a feature with weights.
        optimizer: an Optimizer, a function that makes it, or its name; Adagrad with rate 0.05 when None.
        activation_fn: a function or its name; dropout: the share that is dropped in training.
        gradient_clip_norm: the largest norm of all gradients.
        others: as of Estimator, or without effect.
    """

    def __init__(
        self, hidden_units, feature_columns, model_dir=None, n_classes=2, weight_column_name=None, optimizer=None,
        activation_fn=nn.relu, dropout=None, gradient_clip_norm=None, enable_centered_bias=False, config=None,
        feature_engineering_fn=None, embedding_lr_multipliers=None, input_layer_min_slice_size=None, label_keys=None,
    ):  # fmt: skip
        head = _classifying(n_classes, weight_column_name)
        model_fn = _deep(
            head, hidden_units, tuple(feature_columns), optimizer, activation_fn, dropout, gradient_clip_norm
        )
        super().__init__(model_fn, model_dir, config, feature_engineering_fn=feature_engineering_fn)


class DNNRegressor(_Regressor):
    """A deep regressor; `label_dimension` numbers an example, others as of DNNClassifier."""

    def __init__(
        self, hidden_units, feature_columns, model_dir=None, weight_column_name=None, optimizer=None, activation_fn=nn.relu,
        dropout=None, gradient_clip_norm=None, enable_centered_bias=False, config=None, feature_engineering_fn=None,
        label_dimension=1, embedding_lr_multipliers=None, input_layer_min_slice_size=None,
    ):  # fmt: skip
        head = _Regression(label_dimension, weight_column_name)
        model_fn = _deep(
            head, hidden_units, tuple(feature_columns), optimizer, activation_fn, dropout, gradient_clip_norm
        )
        super().__init__(model_fn, model_dir, config, feature_engineering_fn=feature_engineering_fn)


class LinearClassifier(_Classifier):
    """A linear classifier; Ftrl when `optimizer` is None, others as of DNNClassifier."""

    def __init__(
        self, feature_columns, model_dir=None, n_classes=2, weight_column_name=None, optimizer=None, gradient_clip_norm=None,
        enable_centered_bias=False, _joint_weight=False, config=None, feature_engineering_fn=None, label_keys=None,
    ):  # fmt: skip
        head = _classifying(n_classes, weight_column_name)
        model_fn = _linear(head, tuple(feature_columns), optimizer, gradient_clip_norm)
        super().__init__(model_fn, model_dir, config, feature_engineering_fn=feature_engineering_fn)


class LinearRegressor(_Regressor):
    """A linear regressor; `label_dimension` numbers an example, others as of LinearClassifier."""

    def __init__(
        self, feature_columns, model_dir=None, weight_column_name=None, optimizer=None, gradient_clip_norm=None,
        enable_centered_bias=False, label_dimension=1, _joint_weights=False, config=None, feature_engineering_fn=None,
    ):  # fmt: skip
        head = _Regression(label_dimension, weight_column_name)
        model_fn = _linear(head, tuple(feature_columns), optimizer, gradient_clip_norm)
        super().__init__(model_fn, model_dir, config, feature_engineering_fn=feature_engineering_fn)
