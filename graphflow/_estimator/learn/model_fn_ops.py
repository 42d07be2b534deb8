"""What a model function of `tf.contrib.learn` returns."""

from __future__ import annotations

import collections

from graphflow._core import dtypes
from graphflow._estimator import export_outputs, model_fn
from graphflow._graph import build, operation


class ModeKeys:
    """What a model function builds its graph for."""

    TRAIN, EVAL, INFER = "train", "eval", "infer"

    @classmethod
    def validate(cls, key):
        """Raises ValueError where `key` is none of them."""
        if key not in (cls.TRAIN, cls.EVAL, cls.INFER):
            raise ValueError(f"Invalid mode {key}.")


class ProblemType:
    """What a head solves: how its predictions are served."""

    UNSPECIFIED, CLASSIFICATION, LINEAR_REGRESSION, LOGISTIC_REGRESSION = range(4)


class PredictionKey:
    """The names of predictions."""

    CLASSES, PROBABILITIES, LOGITS, LOGISTIC = "classes", "probabilities", "logits", "logistic"
    SCORES, TOP_K, GENERIC = "scores", "top_k", "output"


_FIELDS = (
    "predictions loss train_op eval_metric_ops output_alternatives training_chief_hooks training_hooks scaffold mode"
)


class ModelFnOps(collections.namedtuple("ModelFnOps", _FIELDS)):  # type: ignore[misc]
    """The predictions, loss and training step of a model.

    Args:
        mode: one of ModeKeys.
        predictions: a tensor or dict of tensors; needed but for training.
        loss: a scalar; needed but for prediction.
        train_op: an operation; needed for training.
        eval_metric_ops: dict name -> (value, update).
        output_alternatives: dict name -> (ProblemType, dict of predictions), what is served.
        training_chief_hooks, training_hooks: lists of SessionRunHooks.
        scaffold: a Scaffold.
    """

    __slots__ = ()

    def __new__(
        cls, mode, predictions=None, loss=None, train_op=None, eval_metric_ops=None, output_alternatives=None,
        training_chief_hooks=None, training_hooks=None, scaffold=None,
    ):  # fmt: skip
        ModeKeys.validate(mode)
        if train_op is not None and not isinstance(train_op, operation.Operation):
            train_op = build.convert_to_tensor(train_op).op
        if predictions is None and mode != ModeKeys.TRAIN:
            raise ValueError("Missing predictions.")
        loss = None if loss is None else model_fn.checked_loss(build.convert_to_tensor(loss), mode)
        train_op = model_fn.checked_train_op(train_op, mode)
        if eval_metric_ops is not None and not isinstance(eval_metric_ops, dict):
            raise ValueError("eval_metric_ops must be a dict.")
        return super().__new__(
            cls, predictions, loss, train_op, dict(eval_metric_ops or {}), output_alternatives, list(training_chief_hooks or []),
            list(training_hooks or []), scaffold, mode,
        )  # fmt: skip

    def estimator_spec(self, default_serving_output_alternative_key=None):
        """The same as an EstimatorSpec."""
        served = None
        if self.output_alternatives:
            named = {key: _served(*value) for key, value in self.output_alternatives.items()}
            served = {served_key(key): output for key, output in named.items()}
            if len(served) > 1 or None in named:
                served.setdefault(export_outputs.SERVING_KEY, named[default_serving_output_alternative_key])
        measured = {key: value for key, value in self.eval_metric_ops.items() if key != model_fn.LOSS_METRIC_KEY}
        return model_fn.EstimatorSpec(
            self.mode, self.predictions, self.loss, self.train_op, measured, served,
            training_chief_hooks=self.training_chief_hooks, training_hooks=self.training_hooks, scaffold=self.scaffold,
        )  # fmt: skip


def served_key(alternative):
    """The name under which the predictions of a head are served."""
    return f"default_input_alternative:{alternative}"


def _served(problem_type, predictions):
    scores = predictions.get("scores", predictions.get("probabilities"))
    if problem_type == ProblemType.LINEAR_REGRESSION:
        return export_outputs.RegressionOutput(scores)
    classes = predictions.get("classes")
    names = classes if classes is not None and classes.dtype.base_dtype is dtypes.string else None
    if problem_type in (ProblemType.CLASSIFICATION, ProblemType.LOGISTIC_REGRESSION) and (scores, names) != (
        None,
        None,
    ):
        return export_outputs.ClassificationOutput(scores, names)
    return export_outputs.PredictOutput(predictions)
