"""Heads of `tf.contrib.learn`: from logits to predictions, loss, metrics and a training step, as ModelFnOps."""

from __future__ import annotations

from graphflow._contrib import dense_layers
from graphflow._core import dtypes
from graphflow._estimator.learn import head_losses as losses_lib
from graphflow._estimator.learn import head_metrics
from graphflow._estimator.learn import model_fn_ops as ops_lib
from graphflow._graph import build, sparse_tensor
from graphflow._layers import metrics
from graphflow._ops import (
    array,
    compare,
    grouping,
    math,
    nn,
    rearrange,
    running,
    sparse,
    strings,
    summaries,
    unary,
    variable,
    variable_scope,
    vocabulary_tables,
)  # fmt: skip
from graphflow._train import adagrad

_MODES = ops_lib.ModeKeys


class Head:
    """Base of heads: `logits_dimension`, and `create_model_fn_ops`."""

    @property
    def logits_dimension(self):
        """The size of the logits' last axis."""
        raise NotImplementedError("logits_dimension: use a head of tf.contrib.learn, or override it")

    def create_model_fn_ops(
        self, features, mode, labels=None, train_op_fn=None, logits=None, logits_input=None, scope=None
    ):  # fmt: skip
        """The ModelFnOps of a model.

        Args:
            features: dict of tensors; mode: one of ModeKeys; labels: a tensor, or a dict of them.
            train_op_fn: a function loss -> training step; needed to train.
            logits: `[batch, logits_dimension]`; or logits_input: what a linear layer makes them of.
            scope: of the variables.

        Raises:
            ValueError: both or neither of `logits` and `logits_input`, or no `train_op_fn` to train.
        """
        raise NotImplementedError("create_model_fn_ops: use a head of tf.contrib.learn, or override it")


def no_op_train_fn(loss):
    """A training step that does nothing, for models that make their own."""
    return grouping.no_op()


class SingleHead(Head):
    """A head that looks at one label.

    Args:
        label_name: of the label, where labels are a dict.
        weight_column_name: of the feature with weights of examples.
        enable_centered_bias: whether a bias of its own is learnt beside the model.
        head_name: added to the names of metrics and summaries; the scope of variables.
        loss_fn: a function `(labels, logits, weights)` that gives the loss to train on, and the one to report.
    """

    problem_type, default_scope = ops_lib.ProblemType.CLASSIFICATION, "head"

    def __init__(
        self, size, loss_fn, label_name=None, weight_column_name=None, enable_centered_bias=False, head_name=None
    ):
        if size is None or size < 1:
            raise ValueError(f"Invalid logits_dimension {size}.")
        self._size, self._loss_fn, self._has_bias = size, loss_fn, enable_centered_bias
        self.label_name, self.weight_column_name, self.head_name = label_name, weight_column_name, head_name

    logits_dimension = property(lambda self: self._size, doc="The size of the logits' last axis.")

    def create_model_fn_ops(
        self, features, mode, labels=None, train_op_fn=None, logits=None, logits_input=None, scope=None
    ):  # fmt: skip
        _MODES.validate(mode)
        given = (*features.values(), *(x for x in (labels, logits, logits_input) if not isinstance(x, dict)))
        with variable_scope.variable_scope(scope, default_name=self.head_name or self.default_scope, values=given):
            labels = None if mode == _MODES.INFER or labels is None else self._labels(labels)
            logits = _checked_logits(logits, logits_input, self._size)
            bias = self._bias() if self._has_bias else None
            if bias is not None:
                logits = nn.bias_add(logits, bias)
            with build.name_scope(None, "predictions", [logits]):
                predicted = self._predictions(logits)
            loss = step = measured = None
            if labels is not None:
                loss, step, measured = self._trained(features, mode, labels, logits, predicted, train_op_fn, bias)
            return ops_lib.ModelFnOps(
                mode, predicted, loss, step, measured, {self.head_name: (self.problem_type, self._served(predicted))}
            )

    def _trained(self, features, mode, labels, logits, predicted, train_op_fn, bias):
        """(loss, training step, metrics)."""
        weights = losses_lib.weight_tensor(features, self.weight_column_name)
        loss, reported = self._loss_fn(self._targets(labels), logits, weights)
        with build.name_scope(""):
            summaries.scalar(self._key("loss"), array.identity(reported))
        step = None
        if mode == _MODES.TRAIN:
            if train_op_fn is None:
                raise ValueError("train_op_fn can not be None in TRAIN mode")
            own = None if bias is None else self._bias_step(bias, labels, logits, weights)
            with build.name_scope(None, "train_op", [loss]):
                step = train_op_fn(loss)
                step = step if own is None else grouping.group(step, own)
        with build.name_scope("metrics"):
            found = {"loss": metrics.mean(reported), **self._metrics(predicted, labels, weights)}
        return loss, step, {self._key(name): metric for name, metric in found.items()}

    def _key(self, name):
        return f"{name}/{self.head_name}" if self.head_name else name

    def _bias(self):
        made = variable.Variable(array.zeros([self._size]), trainable=True, name="centered_bias_weight")
        for i in range(self._size):
            summaries.scalar(self._key(f"centered_bias/bias_{i}"), made[i])
        return made

    def _bias_step(self, bias, labels, logits, weights):
        """The step of the bias, which is learnt as if there were no features."""
        rows = array.shape(logits)[0]
        alone = array.reshape(rearrange.tile(bias, [rows]), [rows, self._size])
        loss, _ = self._loss_fn(self._targets(labels), alone, weights)
        return adagrad.AdagradOptimizer(0.1).minimize(loss, var_list=[bias], name="centered_bias_step")

    def _labels(self, labels):
        """The label as a tensor; ValueError where it is sparse."""
        found = labels[self.label_name] if isinstance(labels, dict) else labels
        found = sparse.convert_to_tensor_or_sparse_tensor(found)
        if isinstance(found, sparse_tensor.SparseTensor):
            raise ValueError("SparseTensor is not supported.")
        return found

    def _targets(self, labels):
        """What the loss sees of the labels."""
        return labels

    def _served(self, predicted):
        return predicted

    def _metrics(self, predicted, labels, weights):
        return {}


def _checked_logits(logits, logits_input, size):
    if (logits is None) == (logits_input is None):
        raise ValueError("Exactly one of logits and logits_input must be given.")
    if logits is None:
        return dense_layers.linear(logits_input, size, scope="logits")
    logits = build.convert_to_tensor(logits, name="logits")
    if logits._dims is not None and logits._dims[-1] not in (None, size):
        raise ValueError(f"logits must have {size} columns, got {logits.get_shape()}")
    return logits


def _all_classes(probabilities, label_keys=None):
    """Probabilities, and the names of all classes beside them, as they are served."""
    with build.name_scope(None, "_classification_output_alternatives", [probabilities]):
        shape = array.shape(probabilities)
        names = array.expand_dims(list(label_keys) if label_keys else math.range(shape[1]), axis=0)
        names = rearrange.tile(names, [shape[0], 1])
        names = names if label_keys else strings.as_string(names, name="classes_tensor")
    return {"probabilities": probabilities, "classes": names}


class RegressionHead(SingleHead):
    """Numbers; `link_fn` turns logits into predictions."""

    problem_type, default_scope = ops_lib.ProblemType.LINEAR_REGRESSION, "regression_head"

    def __init__(self, size, loss_fn, link_fn, **options):
        super().__init__(size, loss_fn, **options)
        self._link_fn = link_fn

    def _predictions(self, logits):
        logits = array.squeeze(logits, axis=[1], name="scores") if self._size == 1 else logits
        return {"scores": self._link_fn(logits)}


class BinaryLogisticHead(SingleHead):
    """Yes or no, with metrics at some thresholds."""

    problem_type, default_scope = ops_lib.ProblemType.LOGISTIC_REGRESSION, "binary_logistic_head"

    def __init__(self, loss_fn, thresholds=None, **options):
        super().__init__(1, loss_fn, **options)
        self._thresholds = thresholds or (0.5,)

    def _predictions(self, logits):
        both = array.concat((array.zeros_like(logits), logits), 1)
        return {
            "logits": logits, "logistic": unary.sigmoid(logits, name="logistic"),
            "probabilities": nn.softmax(both, name="probabilities"), "classes": running.argmax(both, 1, name="classes"),
        }  # fmt: skip

    def _served(self, predicted):
        return _all_classes(predicted["probabilities"])

    def _metrics(self, predicted, labels, weights):
        return head_metrics.of_yes_or_no(predicted, labels, weights, self._thresholds)


class BinarySvmHead(SingleHead):
    """Yes or no, by the side of a plane."""

    problem_type, default_scope = ops_lib.ProblemType.LOGISTIC_REGRESSION, "binary_svm_head"

    def __init__(self, **options):
        super().__init__(1, losses_lib.hinge, **options)

    def _predictions(self, logits):
        both = array.concat((array.zeros_like(logits), logits), 1)
        return {"logits": logits, "classes": running.argmax(both, 1, name="classes")}

    def _metrics(self, predicted, labels, weights):
        return {"accuracy": metrics.accuracy(labels, predicted["classes"], weights)}


class MultiClassHead(SingleHead):
    """One of n classes, by number or by the names `label_keys`; `metric_class_ids` get metrics of their own."""

    default_scope = "multi_class_head"

    def __init__(self, n_classes, loss_fn, metric_class_ids=None, label_keys=None, **options):
        super().__init__(n_classes, loss_fn, **options)
        self._keys, self._chosen = label_keys, head_metrics.checked_ids(metric_class_ids, n_classes)
        if label_keys and len(label_keys) != n_classes:
            raise ValueError(f"Length of label_keys must equal n_classes ({n_classes}), got {len(label_keys)}.")

    def _targets(self, labels):
        if not self._keys:
            return labels
        return vocabulary_tables.index_table_from_tensor(list(self._keys), name="label_id_lookup").lookup(labels)

    def _predictions(self, logits):
        classes = running.argmax(logits, 1, name="classes")
        if self._keys:
            table = vocabulary_tables.index_to_string_table_from_tensor(list(self._keys), name="class_string_lookup")
            classes = table.lookup(classes)
        return {"logits": logits, "probabilities": nn.softmax(logits, name="probabilities"), "classes": classes}

    def _served(self, predicted):
        return _all_classes(predicted["probabilities"], self._keys)

    def _metrics(self, predicted, labels, weights):
        found = {"accuracy": metrics.accuracy(labels, predicted["classes"], weights)}
        return found if self._keys else {**found, **head_metrics.of_classes(predicted, labels, weights, self._chosen)}


class MultiLabelHead(SingleHead):
    """Any number of n classes; labels are 0 and 1, `[batch, n_classes]`, or a SparseTensor of class numbers."""

    default_scope = "multi_label_head"

    def __init__(self, n_classes, loss_fn, metric_class_ids=None, **options):
        super().__init__(n_classes, loss_fn, **options)
        self._chosen = head_metrics.checked_ids(metric_class_ids, n_classes)

    def _labels(self, labels):
        found = labels[self.label_name] if isinstance(labels, dict) else labels
        found = sparse.convert_to_tensor_or_sparse_tensor(found)
        if isinstance(found, sparse_tensor.SparseTensor):
            return math.cast(sparse.sparse_to_indicator(found, self._size), dtypes.int64)
        return found

    def _predictions(self, logits):
        classes = math.cast(compare.greater(logits, 0), dtypes.int64, name="classes")
        return {"logits": logits, "probabilities": unary.sigmoid(logits, name="probabilities"), "classes": classes}

    def _served(self, predicted):
        return _all_classes(predicted["probabilities"])

    def _metrics(self, predicted, labels, weights):
        return head_metrics.of_labels(predicted, labels, weights, self._chosen)


class LossOnlyHead(Head):
    """Only a loss, for example a penalty, beside other heads; `loss_fn` is a function without arguments."""

    logits_dimension = 0

    def __init__(self, loss_fn, head_name=None):
        self._loss_fn, self.head_name = loss_fn, head_name or "loss_only_head"

    def create_model_fn_ops(
        self, features, mode, labels=None, train_op_fn=None, logits=None, logits_input=None, scope=None
    ):  # fmt: skip
        loss = step = None
        if mode != _MODES.INFER:
            with variable_scope.variable_scope(scope, default_name=self.head_name):
                loss = self._loss_fn()
                loss = math.add_n(loss) if isinstance(loss, list) else loss
                with build.name_scope(""):
                    summaries.scalar(f"loss/{self.head_name}", array.identity(loss))
                step = train_op_fn(loss) if mode == _MODES.TRAIN else None
        return ops_lib.ModelFnOps(mode, {}, loss, step, {})


class MultiHead(Head):
    """Several heads with names, whose losses are added, times `loss_weights`."""

    def __init__(self, heads, loss_weights=None):
        if loss_weights and len(loss_weights) != len(heads):
            raise ValueError("heads and loss_weights must have same size")
        if not all(head.head_name for head in heads):
            raise ValueError("Members of MultiHead must have names.")
        self._heads, self._weights = heads, loss_weights

    logits_dimension = property(lambda self: sum(h.logits_dimension for h in self._heads), doc="The sum of the heads'.")

    def _split(self, logits):
        """The logits of each head, None where it has none."""
        if logits is None or isinstance(logits, dict):
            return [None if logits is None else logits.get(head.head_name) for head in self._heads]
        found, begin = [], 0
        for head in self._heads:
            found.append(logits[:, begin : begin + head.logits_dimension])
            begin += head.logits_dimension
        return found

    def create_model_fn_ops(
        self, features, mode, labels=None, train_op_fn=None, logits=None, logits_input=None, scope=None
    ):  # fmt: skip
        _MODES.validate(mode)
        made = [
            head.create_model_fn_ops(
                features, mode, labels=labels, train_op_fn=no_op_train_fn, logits=own, logits_input=logits_input, scope=scope
            )
            for head, own in zip(self._heads, self._split(logits), strict=True)
        ]  # fmt: skip
        named = list(zip(self._heads, made, strict=True))
        predicted = {(head.head_name, key): value for head, one in named for key, value in one.predictions.items()}
        if mode == _MODES.INFER:
            served = {key: value for one in made for key, value in (one.output_alternatives or {}).items()}
            return ops_lib.ModelFnOps(mode, predicted, output_alternatives=served)
        weights = self._weights or [None] * len(made)
        loss = math.add_n(
            [one.loss if weight is None else one.loss * weight for one, weight in zip(made, weights, strict=True)]
        )
        measured = {key: metric for one in made for key, metric in one.eval_metric_ops.items()}
        if mode == _MODES.EVAL:
            return ops_lib.ModelFnOps(mode, predicted, loss, eval_metric_ops=measured)
        if train_op_fn is None:
            raise ValueError("train_op_fn can not be None in TRAIN mode.")
        step = grouping.group(train_op_fn(loss), *(one.train_op for one in made))
        return ops_lib.ModelFnOps(mode, loss=loss, train_op=step, eval_metric_ops=measured)


# -- as users make them ----------------------------------------------------------------------------------------------------


def regression_head(
    label_name=None, weight_column_name=None, label_dimension=1, enable_centered_bias=False, head_name=None, link_fn=None
):  # fmt: skip
    """A head of `label_dimension` numbers, with the squared error; others as of SingleHead."""
    return RegressionHead(
        label_dimension, losses_lib.squared, link_fn or array.identity, label_name=label_name,
        weight_column_name=weight_column_name, enable_centered_bias=enable_centered_bias, head_name=head_name,
    )  # fmt: skip


def poisson_regression_head(
    label_name=None, weight_column_name=None, label_dimension=1, enable_centered_bias=False, head_name=None
):  # fmt: skip
    """A head of counts, whose log mean the logits are; arguments as of `regression_head`."""
    return RegressionHead(
        label_dimension, losses_lib.poisson, unary.exp, label_name=label_name, weight_column_name=weight_column_name,
        enable_centered_bias=enable_centered_bias, head_name=head_name,
    )  # fmt: skip


def multi_class_head(
    n_classes, label_name=None, weight_column_name=None, enable_centered_bias=False, head_name=None, thresholds=None,
    metric_class_ids=None, loss_fn=None, label_keys=None,
):  # fmt: skip
    """A head of one of n classes.

    Args:
        n_classes: at least 2.
        thresholds: probabilities at which metrics are taken, of two classes.
        metric_class_ids: classes with metrics of their own, of more than two.
        loss_fn: a function `(labels, logits, weights)` that gives a scalar.
        label_keys: the names of the classes, of more than two.
        others: as of SingleHead.

    Raises:
        ValueError: an argument that this number of classes does not have.
    """
    if n_classes is None or n_classes < 2:
        raise ValueError(f"n_classes must be > 1 for classification: {n_classes}.")
    options = {
        "label_name": label_name, "weight_column_name": weight_column_name, "enable_centered_bias": enable_centered_bias,
        "head_name": head_name,
    }  # fmt: skip
    if n_classes > 2:
        loss = losses_lib.chosen(loss_fn, losses_lib.softmax)
        return MultiClassHead(n_classes, loss, metric_class_ids, label_keys, **options)
    for name, value in (("metric_class_ids", metric_class_ids), ("label_keys", label_keys)):
        if value:
            raise ValueError(f"{name} is not supported for n_classes=2.")
    return BinaryLogisticHead(losses_lib.chosen(loss_fn, losses_lib.log_loss), thresholds, **options)


def binary_svm_head(
    label_name=None, weight_column_name=None, enable_centered_bias=False, head_name=None, thresholds=None
):  # fmt: skip
    """A head of two classes with the hinge loss; arguments as of SingleHead, `thresholds` without effect."""
    return BinarySvmHead(
        label_name=label_name, weight_column_name=weight_column_name, enable_centered_bias=enable_centered_bias,
        head_name=head_name,
    )  # fmt: skip


def multi_label_head(
    n_classes, label_name=None, weight_column_name=None, enable_centered_bias=False, head_name=None, thresholds=None,
    metric_class_ids=None, loss_fn=None,
):  # fmt: skip
    """A head of any number of n classes; arguments as of `multi_class_head`, `thresholds` without effect."""
    if n_classes < 2:
        raise ValueError("n_classes must be > 1 for classification.")
    return MultiLabelHead(
        n_classes, losses_lib.chosen(loss_fn, losses_lib.sigmoid), metric_class_ids, label_name=label_name,
        weight_column_name=weight_column_name, enable_centered_bias=enable_centered_bias, head_name=head_name,
    )  # fmt: skip


def loss_only_head(loss_fn, head_name=None):
    """A LossOnlyHead."""
    return LossOnlyHead(loss_fn, head_name)


def multi_head(heads, loss_weights=None):
    """A MultiHead."""
    return MultiHead(heads, loss_weights)
