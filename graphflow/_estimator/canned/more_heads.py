"""More heads: logistic and Poisson regression, several labels at once, several heads at once."""

from __future__ import annotations

from graphflow._estimator import export_outputs, model_fn
from graphflow._estimator.canned import head_checks, head_metrics, heads
from graphflow._graph import build, keys, sparse_tensor
from graphflow._graph import graph as graph_lib
from graphflow._layers import losses, metrics
from graphflow._ops import (
    cross_entropy,
    grouping,
    math,
    reduce,
    sparse,
    summaries,
    unary,
    vocabulary_tables,
)  # fmt: skip

_MODES = model_fn.ModeKeys
_DEFAULT = "sum_over_batch_size"


class LogisticRegressionHead(heads.RegressionHead):
    """Probabilities: sigmoid cross entropy against labels in [0, 1]; arguments as of RegressionHead."""

    def __init__(self, weight_column=None, loss_reduction=_DEFAULT, name=None):
        def loss(labels, logits):
            labels = head_checks.in_range(labels, 2, message="Labels must be in range [0, 1]")
            return cross_entropy.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits)

        super().__init__(1, weight_column, loss_reduction, loss, unary.sigmoid, name)


class PoissonRegressionHead(heads.RegressionHead):
    """Counts: the loss of a Poisson distribution whose log mean the logits are.

    Args:
        compute_full_loss: adds the part that only depends on the labels.
        others: as of RegressionHead.
    """

    def __init__(
        self, label_dimension=1, weight_column=None, loss_reduction=_DEFAULT, compute_full_loss=True, name=None
    ):  # fmt: skip
        def loss(labels, logits):
            return cross_entropy.log_poisson_loss(targets=labels, log_input=logits, compute_full_loss=compute_full_loss)

        super().__init__(label_dimension, weight_column, loss_reduction, loss, unary.exp, name)


class MultiLabelHead(heads.Head):
    """Any number of n classes: sigmoid cross entropy, averaged over the classes.

    Labels are 0 and 1, `[batch, n_classes]`, or a SparseTensor of class numbers or names.

    Args:
        n_classes: more than 1.
        thresholds, label_vocabulary, others: as of BinaryClassHead.
        classes_for_class_based_metrics: numbers or names of classes that get metrics of their own.
    """

    def __init__(
        self, n_classes, weight_column=None, thresholds=None, label_vocabulary=None, loss_reduction=_DEFAULT, loss_fn=None,
        classes_for_class_based_metrics=None, name=None,
    ):  # fmt: skip
        if n_classes is None or n_classes < 2:
            raise ValueError(f"n_classes must be > 1 for multi-label classification. Given: {n_classes}")
        super().__init__(name, weight_column, loss_reduction, loss_fn)
        head_checks.strings(label_vocabulary)
        if label_vocabulary is not None and len(label_vocabulary) != n_classes:
            raise ValueError(
                f"Length of label_vocabulary must be n_classes ({n_classes}). Given: {len(label_vocabulary)}"
            )
        self._count, self._vocabulary = n_classes, label_vocabulary
        self._thresholds = heads.checked_thresholds(thresholds)
        chosen = classes_for_class_based_metrics or ()
        self._chosen = [label_vocabulary.index(one) if isinstance(one, str) else one for one in chosen]
        if not all(0 <= one < n_classes for one in self._chosen):
            raise ValueError(
                f"All classes_for_class_based_metrics must be in range [0, {n_classes - 1}]. Given: {chosen}"
            )

    logits_dimension = property(lambda self: self._count, doc="The number of classes.")

    def _predicted(self, logits):
        logits = head_checks.logits(logits, self._count)
        with build.name_scope("predictions", None, [logits]):
            probabilities = unary.sigmoid(logits, name="probabilities")
        return {"logits": logits, "probabilities": probabilities}, logits, probabilities

    def _export_outputs(self, predicted):
        names = heads.rows_of_names(self._count, self._vocabulary, predicted["probabilities"])
        served = export_outputs.ClassificationOutput(predicted["probabilities"], names)
        predict = export_outputs.PredictOutput(predicted)
        return {export_outputs.SERVING_KEY: served, "classification": served, "predict": predict}

    def create_loss(self, features, mode, logits, labels):
        logits = build.convert_to_tensor(logits)
        labels = head_checks.labels(self._indicators(labels), logits, self._count)
        if self._loss_fn:
            unreduced = head_checks.loss(self._loss_fn, labels, logits, features)
        else:
            unreduced = losses.sigmoid_cross_entropy(labels, logits, reduction=losses.Reduction.NONE)
            unreduced = reduce.reduce_mean(unreduced, axis=-1, keepdims=True)
        return self._reduced(unreduced, head_checks.weights(features, self._weight_column, logits), labels)

    def _indicators(self, labels):
        if not isinstance(labels, sparse_tensor.SparseTensor):
            return labels if labels is None else head_checks.in_range(labels, 2)
        values = labels.values
        if head_checks.is_text(values):
            table = vocabulary_tables.index_table_from_tensor(tuple(self._vocabulary or ()), name="class_id_lookup")
            values = table.lookup(values)
        elif not values.dtype.is_integer:
            raise ValueError(f"Labels dtype should be integer. Instead got {values.dtype!r}.")
        values = head_checks.in_range(values, self._count)
        ids = sparse_tensor.SparseTensor(labels.indices, values, labels.dense_shape)
        return math.to_int64(sparse.sparse_to_indicator(ids, self._count))

    def _eval_metric_ops(self, made, probabilities, labels, penalty):
        labels, weights = made.processed_labels, made.weights
        with build.name_scope("metrics", None, [labels, probabilities, weights, penalty]):
            found = {
                "average_loss": metrics.mean(made.unreduced_loss, weights, name="average_loss"),
                "auc": head_metrics.auc(labels, probabilities, weights, "auc"),
                "auc_precision_recall": head_metrics.auc(
                    labels, probabilities, weights, "auc_precision_recall", curve="PR"
                ),
                **heads.of_penalty(penalty),
            }
            for threshold in self._thresholds:
                found.update(head_metrics.at_threshold(labels, probabilities, weights, threshold))
            for one in self._chosen:
                name = f"class{one}" if self._vocabulary is None else self._vocabulary[one]
                likely, truth = probabilities[:, one : one + 1], labels[:, one : one + 1]
                found[f"probability_mean/{name}"] = head_metrics.predictions_mean(likely, weights, None)
                found[f"auc/{name}"] = head_metrics.auc(truth, likely, weights, None)
                found[f"auc_precision_recall/{name}"] = head_metrics.auc(truth, likely, weights, None, curve="PR")
            return found


class MultiHead(heads.Head):
    """Several named heads, each with its part of the logits and its labels in a dict.

    Args:
        heads: a list of heads with names.
        head_weights: what each head's loss is multiplied by.
    """

    def __init__(self, heads, head_weights=None):
        if not heads:
            raise ValueError(f"Must specify heads. Given: {heads}")
        if head_weights and len(head_weights) != len(heads):
            raise ValueError(
                f"heads and head_weights must have the same size. Given len(heads): {len(heads)}. Given len(head_weights): "
                f"{len(head_weights)}."
            )
        if unnamed := [head for head in heads if head.name is None]:
            raise ValueError(f"All given heads must have name specified. Given: {unnamed[0]}")
        self._heads, self._weights = tuple(heads), tuple(head_weights or ())
        super().__init__("_".join(head.name for head in heads), None, heads[0].loss_reduction, None)

    logits_dimension = property(lambda self: sum(h.logits_dimension for h in self._heads), doc="The sum of the heads'.")

    def _split(self, logits):
        """Each head's logits by its name."""
        if isinstance(logits, dict):
            if missing := {head.name for head in self._heads} - logits.keys():
                raise ValueError(f"logits has missing values for head(s): {sorted(missing)}")
            return logits
        found, start = {}, 0
        if logits._dims is not None and logits._dims[-1] not in (None, self.logits_dimension):
            raise ValueError(
                f"Could not split logits of shape {logits.get_shape()} among the heads with individual logits dimensions: "
                f"{[head.logits_dimension for head in self._heads]}."
            )
        for head in self._heads:
            found[head.name] = logits[..., start : start + head.logits_dimension]
            start += head.logits_dimension
        return found

    def create_estimator_spec(
        self, features, mode, logits, labels=None, optimizer=None, train_op_fn=None, regularization_losses=None,
        trainable_variables=None, update_ops=None,
    ):  # fmt: skip
        """The EstimatorSpec of all heads; as of `Head`, with dicts of labels and, if wanted, of logits by head."""
        if labels is not None and not isinstance(labels, dict):
            raise ValueError(f"labels must be a dict. Given: {labels}")
        parts, specs = self._split(logits), []
        for head in self._heads:
            own = None if labels is None else labels[head.name]
            specs.append(head.create_estimator_spec(features, mode, parts[head.name], own, train_op_fn=_nothing))
        named = list(zip(self._heads, specs, strict=True))
        predictions = {(head.name, key): value for head, spec in named for key, value in spec.predictions.items()}
        if mode == _MODES.PREDICT:
            return model_fn.EstimatorSpec(mode, predictions, export_outputs=_merged_outputs(named))
        penalty = math.add_n(regularization_losses) if regularization_losses else None
        weights = self._weights or (1.0,) * len(specs)
        each = [
            spec.loss if weight == 1.0 else math.multiply(spec.loss, weight)
            for spec, weight in zip(specs, weights, strict=True)
        ]
        loss = math.add_n(each + ([] if penalty is None else [penalty]))
        if mode == _MODES.EVAL:
            measured = {f"loss/{head.name}": metrics.mean(spec.loss) for head, spec in named}
            for spec in specs:
                measured.update(spec.eval_metric_ops)
            measured.update(heads.of_penalty(penalty))
            return model_fn.EstimatorSpec(mode, predictions, loss, eval_metric_ops=measured)
        train_op = self._train_op(loss, optimizer, train_op_fn, trainable_variables)
        together = [*graph_lib.get_default_graph().get_collection(keys.GraphKeys.UPDATE_OPS), *(update_ops or ())]
        if together:
            train_op = grouping.group(train_op, *together)
        with build.name_scope(""):
            summaries.scalar("loss", loss)
        return model_fn.EstimatorSpec(mode, predictions, loss, train_op)

    def create_loss(self, features, mode, logits, labels):
        parts = self._split(logits)
        weights = self._weights or (1.0,) * len(self._heads)
        made = [
            head.create_loss(features, mode, parts[head.name], labels[head.name]).training_loss * weight
            for head, weight in zip(self._heads, weights, strict=True)
        ]
        return heads.LossSpec(math.add_n(made), made, weights, labels)

    def predictions(self, logits, keys=None):
        """What all heads predict, dict (head, name) -> tensor."""
        parts = self._split(logits)
        found = {(h.name, k): v for h in self._heads for k, v in h.predictions(parts[h.name]).items()}
        return found if keys is None else {key: found[key] for key in keys}


def _nothing(loss):
    """A training step of a head whose step the others share."""
    return grouping.no_op()


def _merged_outputs(named):
    merged, found = {}, {export_outputs.SERVING_KEY: named[0][1].export_outputs[export_outputs.SERVING_KEY]}
    for head, spec in named:
        for key, output in spec.export_outputs.items():
            found[head.name if key == export_outputs.SERVING_KEY else f"{head.name}/{key}"] = output
            if key == "predict":
                merged.update({f"{head.name}/{name}": value for name, value in output.outputs.items()})
    return {**found, "predict": export_outputs.PredictOutput(merged)}
