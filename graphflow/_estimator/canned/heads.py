"""Heads: from the last layer's numbers to predictions, loss, metrics and a training step."""

from __future__ import annotations

import collections

from graphflow._core import errors
from graphflow._estimator import export_outputs, model_fn
from graphflow._estimator.canned import head_checks, head_metrics
from graphflow._graph import build, keys
from graphflow._graph import graph as graph_lib
from graphflow._layers import losses, metrics
from graphflow._ops import (
    array,
    cross_entropy,
    grouping,
    math,
    nn,
    rearrange,
    reduce,
    running,
    strings,
    summaries,
    unary,
    vocabulary_tables,
)  # fmt: skip
from graphflow._train import global_step

LossSpec = collections.namedtuple("LossSpec", ["training_loss", "unreduced_loss", "weights", "processed_labels"])
_MODES = model_fn.ModeKeys
_SUM = losses.Reduction.SUM
# The names that Keras has for reductions.
_REDUCTIONS = {"sum": _SUM, "sum_over_batch_size": losses.Reduction.SUM_OVER_BATCH_SIZE}


def reduction(given):
    """A `tf.losses.Reduction` that gives one number; ValueError for others."""
    given = _REDUCTIONS.get(given, given)
    if given not in losses.Reduction.all() or given == losses.Reduction.NONE:
        raise ValueError(f"Invalid loss_reduction: {given}")
    return given


class Head:
    """Base of heads.

    A head defines `logits_dimension`, `create_loss`, and what it predicts, serves and measures: `_predictions`,
    `_export_outputs`, `_eval_metric_ops`.

    Args:
        name: added to the names of its metrics and summaries; its name scope, `head` when None.
        weight_column: the key of a feature with weights of examples, or a numeric column.
        loss_reduction: how the losses of a batch become one.
        loss_fn: a function `(labels, logits[, features])` in place of the head's own loss, `[batch, 1]`.
    """

    def __init__(self, name, weight_column, loss_reduction, loss_fn):
        self._name, self._weight_column, self._loss_reduction = name, weight_column, reduction(loss_reduction)
        self._loss_fn = head_checks.loss_fn(loss_fn)

    name = property(lambda self: self._name, doc="The name, or None.")
    loss_reduction = property(lambda self: self._loss_reduction, doc="How losses are reduced.")

    @property
    def logits_dimension(self):
        """The size of the logits' last axis."""
        raise NotImplementedError("logits_dimension: use a head of tf.estimator, or override it")

    def create_loss(self, features, mode, logits, labels):
        """A LossSpec: the loss, the losses of the examples, their weights, and the labels as the loss saw them."""
        raise NotImplementedError("create_loss: use a head of tf.estimator, or override it")

    def create_estimator_spec(
        self, features, mode, logits, labels=None, optimizer=None, train_op_fn=None, regularization_losses=None,
        trainable_variables=None, update_ops=None,
    ):  # fmt: skip
        """The EstimatorSpec of a model with these logits.

        Args:
            features: dict of tensors; labels: as the head wants them.
            optimizer, train_op_fn: an Optimizer, or a function loss -> training step; exactly one of the two, to train.
            regularization_losses: a list of scalars that join the loss.
            trainable_variables: those the optimizer changes; all when None.
            update_ops: run with each step, beside those of the UPDATE_OPS collection.
        """
        graph = graph_lib.get_default_graph()
        with build.name_scope(self._name, "head"):
            predicted, logits, own = self._predicted(logits)
            if mode == _MODES.PREDICT:
                return model_fn.EstimatorSpec(mode, predicted, export_outputs=self._export_outputs(predicted))
            made = self.create_loss(features, mode, logits, labels)
            penalty, loss = None, made.training_loss
            if regularization_losses:
                penalty = math.add_n(regularization_losses)
                loss = math.add_n([made.training_loss, penalty])
            if mode == _MODES.TRAIN:
                train_op = self._train_op(loss, optimizer, train_op_fn, trainable_variables)
                together = [*graph.get_collection(keys.GraphKeys.UPDATE_OPS), *(update_ops or ())]
                if together:
                    train_op = grouping.group(train_op, *together)
                mean_loss = None
                if self._loss_reduction == _SUM:
                    total = reduce.reduce_sum(made.weights * array.ones_like(made.unreduced_loss))
                    mean_loss = made.training_loss / total
        if mode == _MODES.EVAL:
            measured = self._eval_metric_ops(made, own, labels, penalty)
            measured = {self._key(name): metric for name, metric in measured.items()}
            return model_fn.EstimatorSpec(mode, predicted, loss, eval_metric_ops=measured)
        with build.name_scope(""):
            for name, value in (("loss", loss), ("average_loss", mean_loss), ("regularization_loss", penalty)):
                if value is not None:
                    summaries.scalar(self._key(name), value)
        return model_fn.EstimatorSpec(mode, predicted, loss, train_op)

    def _key(self, name):
        return f"{name}/{self._name}" if self._name else name

    def _train_op(self, loss, optimizer, train_op_fn, variables):
        if (optimizer is None) == (train_op_fn is None):
            raise ValueError(
                f"Exactly one of optimizer and train_op_fn must be set, got {optimizer} and {train_op_fn}."
            )
        if optimizer is None:
            return train_op_fn(loss)
        return optimizer.minimize(loss, global_step=global_step.get_global_step(), var_list=variables)

    def _predicted(self, logits):
        """(what is predicted by name, the checked logits, what metrics need of it)."""
        raise NotImplementedError("_predicted: use a head of tf.estimator, or override it")

    def _reduced(self, unreduced, weights, labels):
        loss = losses.compute_weighted_loss(unreduced, weights=weights, reduction=self._loss_reduction)
        return LossSpec(loss, unreduced, weights, labels)

    # -- what newer code asks --------------------------------------------------------------------------------------------

    def loss(self, labels, logits, features=None, mode=None, regularization_losses=None):
        """The loss alone, a scalar."""
        made = self.create_loss(features or {}, mode, logits, labels).training_loss
        return math.add_n([made, *regularization_losses]) if regularization_losses else made

    def predictions(self, logits, keys=None):
        """What is predicted, dict name -> tensor; those of these names."""
        found, _, _ = self._predicted(logits)
        return found if keys is None else {key: found[key] for key in keys}

    def metrics(self, regularization_losses=None):
        """Refused: these would be metric objects of Keras."""
        raise errors.UnimplementedError(
            None, None, f"{type(self).__name__}.metrics would be Keras metric objects: take eval_metric_ops of "
            "create_estimator_spec(mode=EVAL), or tf.metrics",
        )  # fmt: skip

    def update_metrics(self, eval_metrics, features, logits, labels, regularization_losses=None):
        """Refused, as `metrics`."""
        self.metrics(regularization_losses)


def rows_of_names(count, vocabulary, like):
    """The names of all classes, `[batch, count]`."""
    batch = array.shape(like)[0]
    names = list(vocabulary) if vocabulary else strings.as_string(math.range(count))
    return rearrange.tile(array.expand_dims(names, axis=0), [batch, 1])


class _Classifier(Head):
    """What heads with one of several classes share."""

    def __init__(self, name, weight_column, loss_reduction, loss_fn, label_vocabulary, count):
        super().__init__(name, weight_column, loss_reduction, loss_fn)
        head_checks.strings(label_vocabulary)
        self._vocabulary, self._count = label_vocabulary, count

    def _looked_up(self, labels):
        table = vocabulary_tables.index_table_from_tensor(tuple(self._vocabulary), name="class_id_lookup")
        return table.lookup(labels)

    def _all_classes(self, logits):
        batch = array.shape(logits)[0]
        ids = rearrange.tile(array.expand_dims(math.range(self._count), axis=0), [batch, 1])
        return ids, self._names(logits)

    def _names(self, like):
        return rows_of_names(self._count, self._vocabulary, like)

    def _texts(self, class_ids):
        if not self._vocabulary:
            return strings.as_string(class_ids, name="str_classes")
        table = vocabulary_tables.index_to_string_table_from_tensor(list(self._vocabulary), name="class_string_lookup")
        return table.lookup(class_ids)

    def _export_outputs(self, predicted):
        probabilities = predicted["probabilities"]
        served = export_outputs.ClassificationOutput(probabilities, self._names(probabilities))
        found = {export_outputs.SERVING_KEY: served, "classification": served}
        if "logistic" in predicted:
            found["regression"] = export_outputs.RegressionOutput(predicted["logistic"])
        return {**found, "predict": export_outputs.PredictOutput(predicted)}


class MultiClassHead(_Classifier):
    """One of n classes: softmax cross entropy; labels are class numbers, or texts of a vocabulary, `[batch, 1]`.

    Args:
        n_classes: more than 2.
        label_vocabulary: the texts of the classes, in order.
        others: as of `Head`.
    """

    def __init__(
        self, n_classes, weight_column=None, label_vocabulary=None, loss_reduction="sum_over_batch_size", loss_fn=None,
        name=None,
    ):  # fmt: skip
        if n_classes is None:
            raise ValueError("n_classes cannot be None")
        count = head_checks.n_classes(n_classes)
        super().__init__(name, weight_column, loss_reduction, loss_fn, label_vocabulary, count)

    logits_dimension = property(lambda self: self._count, doc="The number of classes.")

    def _predicted(self, logits):
        logits = head_checks.logits(logits, self._count)
        with build.name_scope(None, "predictions", [logits]):
            all_ids, all_names = self._all_classes(logits)
            class_ids = array.expand_dims(running.argmax(logits, axis=-1, name="class_ids"), axis=-1)
            classes = self._texts(class_ids)
            found = {
                "logits": logits, "probabilities": nn.softmax(logits, name="probabilities"), "class_ids": class_ids,
                "classes": classes, "all_class_ids": all_ids, "all_classes": all_names,
            }  # fmt: skip
        return found, logits, class_ids

    def create_loss(self, features, mode, logits, labels):
        logits = build.convert_to_tensor(logits)
        ids = head_checks.in_range(self._ids(head_checks.labels(labels, logits, 1)), self._count)
        if self._loss_fn:
            unreduced = head_checks.loss(self._loss_fn, ids, logits, features)
        else:
            unreduced = losses.sparse_softmax_cross_entropy(ids, logits, reduction=losses.Reduction.NONE)
            unreduced = array.expand_dims(unreduced, axis=-1)
        return self._reduced(unreduced, head_checks.weights(features, self._weight_column, logits), ids)

    def _ids(self, labels):
        if self._vocabulary is None:
            if not labels.dtype.is_integer:
                raise ValueError(f"Labels dtype should be integer. Instead got {labels.dtype!r}.")
            return labels
        if not head_checks.is_text(labels):
            raise ValueError(f"Labels dtype should be string if there is a vocabulary. Instead got {labels.dtype!r}")
        return self._looked_up(labels)

    def _eval_metric_ops(self, made, class_ids, labels, penalty):
        given = [made.processed_labels, class_ids, made.weights, made.unreduced_loss, penalty]
        with build.name_scope(None, "metrics", given):
            found = {
                "average_loss": metrics.mean(made.unreduced_loss, made.weights, name="average_loss"),
                "accuracy": metrics.accuracy(made.processed_labels, class_ids, made.weights, name="accuracy"),
            }
            return {**found, **of_penalty(penalty)}


def of_penalty(penalty):
    """The metric of a regularization loss, where there is one."""
    return {} if penalty is None else {"regularization_loss": metrics.mean(penalty, name="regularization_loss")}


class BinaryClassHead(_Classifier):
    """Yes or no: sigmoid cross entropy; labels are 0 or 1, or texts of a vocabulary of two, `[batch, 1]`.

    Args:
        thresholds: numbers between 0 and 1; metrics are taken at each.
        others: as of `MultiClassHead`.
    """

    def __init__(
        self, weight_column=None, thresholds=None, label_vocabulary=None, loss_reduction="sum_over_batch_size", loss_fn=None,
        name=None,
    ):  # fmt: skip
        super().__init__(name, weight_column, loss_reduction, loss_fn, label_vocabulary, 2)
        self._thresholds = checked_thresholds(thresholds)

    logits_dimension = property(lambda self: 1, doc="1.")

    def _predicted(self, logits):
        with build.name_scope(None, "predictions", [logits]):
            logits = head_checks.logits(logits, 1)
            logistic = unary.sigmoid(logits, name="logistic")
            both = array.concat((array.zeros_like(logits), logits), axis=-1, name="two_class_logits")
            probabilities = nn.softmax(both, name="probabilities")
            class_ids = array.expand_dims(running.argmax(both, axis=-1, name="class_ids"), axis=-1)
            all_ids, all_names = self._all_classes(logits)
            found = {
                "logits": logits, "logistic": logistic, "probabilities": probabilities, "class_ids": class_ids,
                "classes": self._texts(class_ids), "all_class_ids": all_ids, "all_classes": all_names,
            }  # fmt: skip
        return found, logits, (logistic, class_ids)

    def create_loss(self, features, mode, logits, labels):
        logits = build.convert_to_tensor(logits)
        labels = head_checks.labels(labels, logits, 1)
        if self._vocabulary is not None:
            labels = self._looked_up(labels)
        labels = head_checks.in_range(math.to_float(labels), 2)
        if self._loss_fn:
            unreduced = head_checks.loss(self._loss_fn, labels, logits, features)
        else:
            unreduced = cross_entropy.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits)
        return self._reduced(unreduced, head_checks.weights(features, self._weight_column, logits), labels)

    def _eval_metric_ops(self, made, own, labels, penalty):
        logistic, class_ids = own
        labels, weights = made.processed_labels, made.weights
        given = [labels, logistic, class_ids, weights, made.unreduced_loss, penalty]
        with build.name_scope(None, "metrics", given):
            mean_of_labels = head_metrics.labels_mean(labels, weights, "label/mean")
            found = {
                "average_loss": metrics.mean(made.unreduced_loss, weights, name="average_loss"),
                "accuracy": metrics.accuracy(labels, class_ids, weights, name="accuracy"),
                "precision": metrics.precision(labels, class_ids, weights, name="precision"),
                "recall": metrics.recall(labels, class_ids, weights, name="recall"),
                "prediction/mean": head_metrics.predictions_mean(logistic, weights, "prediction/mean"),
                "label/mean": mean_of_labels,
                "accuracy_baseline": head_metrics.accuracy_baseline(mean_of_labels),
                "auc": head_metrics.auc(labels, logistic, weights, "auc"),
                "auc_precision_recall": head_metrics.auc(labels, logistic, weights, "auc_precision_recall", curve="PR"),
                **of_penalty(penalty),
            }
            for threshold in self._thresholds:
                found.update(head_metrics.at_threshold(labels, logistic, weights, threshold))
            return found


def checked_thresholds(thresholds):
    """The thresholds as a tuple; ValueError unless all lie between 0 and 1."""
    thresholds = tuple(thresholds or ())
    if not all(0.0 < threshold < 1.0 for threshold in thresholds):
        raise ValueError(f"thresholds not in (0, 1): {thresholds}.")
    return thresholds


class RegressionHead(Head):
    """Numbers: the squared error; labels are floats `[batch, label_dimension]`.

    Args:
        label_dimension: how many numbers an example has.
        inverse_link_fn: a function from logits to what is predicted.
        others: as of `Head`.
    """

    def __init__(
        self, label_dimension=1, weight_column=None, loss_reduction="sum_over_batch_size", loss_fn=None,
        inverse_link_fn=None, name=None,
    ):  # fmt: skip
        if label_dimension < 1:
            raise ValueError(f"Invalid label_dimension {label_dimension}.")
        super().__init__(name, weight_column, loss_reduction, loss_fn)
        self._dimension, self._inverse_link_fn = label_dimension, inverse_link_fn

    logits_dimension = property(lambda self: self._dimension, doc="How many numbers an example has.")

    def _predicted(self, logits):
        logits = head_checks.logits(logits, self._dimension)
        if self._inverse_link_fn is None:
            return {"predictions": logits}, logits, logits
        value = self._inverse_link_fn(logits)
        return {"predictions": value, "logits": logits}, logits, value

    def _export_outputs(self, predicted):
        served = export_outputs.RegressionOutput(predicted["predictions"])
        predict = export_outputs.PredictOutput(predicted)
        return {export_outputs.SERVING_KEY: served, "regression": served, "predict": predict}

    def create_loss(self, features, mode, logits, labels):
        logits = build.convert_to_tensor(logits)
        labels = math.to_float(head_checks.labels(labels, logits, self._dimension))
        if self._loss_fn:
            unreduced = head_checks.loss(self._loss_fn, labels, logits, features, self._dimension)
        else:
            unreduced = losses.mean_squared_error(labels, logits, reduction=losses.Reduction.NONE)
        weights = head_checks.weights(features, self._weight_column, logits, per_logit=True)
        return self._reduced(unreduced, weights, labels)

    def _eval_metric_ops(self, made, value, labels, penalty):
        return {
            "average_loss": metrics.mean(made.unreduced_loss, made.weights),
            "prediction/mean": head_metrics.predictions_mean(value, made.weights, "prediction/mean"),
            "label/mean": metrics.mean(labels, made.weights),
            **of_penalty(penalty),
        }


def classifier(n_classes, weight_column, label_vocabulary, loss_reduction):
    """The head of a canned classifier."""
    if n_classes == 2:
        return BinaryClassHead(weight_column, None, label_vocabulary, loss_reduction)
    return MultiClassHead(n_classes, weight_column, label_vocabulary, loss_reduction)
