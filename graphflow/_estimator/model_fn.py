"""What a model function is asked for, and what it answers: modes and EstimatorSpec."""

from __future__ import annotations

import collections

from graphflow._core import log, nest
from graphflow._estimator import arguments
from graphflow._estimator import export_outputs as outputs_lib
from graphflow._graph import graph as graph_lib
from graphflow._graph import keys, operation, tensor
from graphflow._ops import array, grouping, variable
from graphflow._train.sessions import hook
from graphflow._train.sessions import scaffold as scaffold_lib


class ModeKeys:
    """What a model function builds its graph for."""

    TRAIN = "train"
    EVAL = "eval"
    PREDICT = "infer"


LOSS_METRIC_KEY = "loss"
_DENSE = (tensor.Tensor, variable.Variable)
_ARGUMENTS = ("features", "labels", "mode", "params", "self", "config")


def check_arguments(model_fn, params):
    """Raises ValueError unless a model function takes `features`, and nothing an estimator does not give."""
    names = arguments.names_of(model_fn)
    if "features" not in names:
        raise ValueError(f"model_fn ({model_fn}) must include features argument.")
    if params is not None and "params" not in names:
        raise ValueError(
            f"model_fn ({model_fn}) does not include params argument, but params ({params}) is passed to Estimator."
        )
    if params is None and "params" in names:
        log.warning(
            "Estimator's model_fn (%s) includes params argument, but params are not passed to Estimator.", model_fn
        )
    arguments.check(model_fn, "model_fn", _ARGUMENTS)


_FIELDS = (
    "mode predictions loss train_op eval_metric_ops export_outputs training_chief_hooks training_hooks scaffold "
    "evaluation_hooks prediction_hooks"
)


class EstimatorSpec(collections.namedtuple("EstimatorSpec", _FIELDS)):  # type: ignore[misc]
    """What a model function returns.

    Args:
        mode: one of `ModeKeys`.
        predictions: a tensor or a dict of tensors; needed for PREDICT.
        loss: a scalar, or of one element; needed for TRAIN and EVAL.
        train_op: an operation or tensor, one training step; needed for TRAIN.
        eval_metric_ops: dict name -> (value, update) of streaming metrics, or a metric object of Keras.
        export_outputs: dict signature name -> ExportOutput.
        training_chief_hooks, training_hooks, evaluation_hooks, prediction_hooks: SessionRunHooks.
        scaffold: a Scaffold.

    Raises:
        ValueError: something the mode needs is missing, or is of another graph. TypeError: something is of a wrong type.
    """

    __slots__ = ()

    def __new__(
        cls, mode, predictions=None, loss=None, train_op=None, eval_metric_ops=None, export_outputs=None,
        training_chief_hooks=None, training_hooks=None, scaffold=None, evaluation_hooks=None, prediction_hooks=None,
    ):  # fmt: skip
        train_op, loss = checked_train_op(train_op, mode), checked_loss(loss, mode)
        predictions = checked_predictions(predictions, mode)
        if mode == ModeKeys.PREDICT:
            export_outputs = outputs_lib.completed(export_outputs, predictions)
        if scaffold is not None and not isinstance(scaffold, scaffold_lib.Scaffold):
            raise TypeError(f"scaffold must be tf.train.Scaffold. Given: {scaffold}")
        return super().__new__(
            cls, mode, predictions, loss, train_op, _checked_metrics(eval_metric_ops), export_outputs,
            checked_hooks(training_chief_hooks), checked_hooks(training_hooks), scaffold or scaffold_lib.Scaffold(),
            checked_hooks(evaluation_hooks), checked_hooks(prediction_hooks),
        )  # fmt: skip

    def _replace(self, **kwargs):
        if kwargs.get("mode", self.mode) != self.mode:
            raise ValueError("mode of EstimatorSpec cannot be changed.")
        return EstimatorSpec(**{**self._asdict(), **kwargs})


def _check_graph(what, value):
    if value.graph is not graph_lib.get_default_graph():
        raise ValueError(
            f'{what} with "{value.name}" must be from the default graph. It was made outside the most recent call of model_fn: '
            "make it inside."
        )


def checked_train_op(train_op, mode):
    """The training operation, once it is known to be one."""
    if train_op is None:
        if mode == ModeKeys.TRAIN:
            raise ValueError("Missing train_op.")
        return None
    if not isinstance(train_op, (operation.Operation, *_DENSE)):
        raise TypeError(f"train_op must be Operation or Tensor, given: {train_op}")
    if isinstance(train_op, variable.Variable):
        train_op = train_op.op
    _check_graph("train_op", train_op)
    return train_op


def checked_loss(loss, mode):
    """The loss as a scalar."""
    if loss is None:
        if mode in (ModeKeys.TRAIN, ModeKeys.EVAL):
            raise ValueError("Missing loss.")
        return None
    _check_tensor(loss, "loss")
    shape = loss.get_shape()
    if shape.num_elements() not in (None, 1):
        raise ValueError(f"Loss must be scalar, given: {loss}")
    if not shape.is_compatible_with([]):
        loss = array.reshape(loss, [])
    _check_graph("loss", loss)
    return loss


def checked_predictions(predictions, mode):
    """The predictions, {} where there are none."""
    if predictions is None:
        if mode == ModeKeys.PREDICT:
            raise ValueError("Missing predictions.")
        return {}
    named = predictions if isinstance(predictions, dict) else {None: predictions}
    for key, value in named.items():
        _check_tensor(value, "predictions" if key is None else f"predictions[{key}]")
        _check_graph("prediction values", value)
    return dict(predictions) if isinstance(predictions, dict) else predictions


def checked_hooks(hooks):
    """The hooks as a tuple."""
    hooks = tuple(hooks or ())
    for one in hooks:
        if not isinstance(one, hook.SessionRunHook):
            raise TypeError(f"All hooks must be SessionRunHook instances, given: {one}")
    return hooks


def _check_tensor(value, what):
    if not isinstance(value, _DENSE):
        raise TypeError(f"{what} must be Tensor, given: {value}")


def _pair_of(metric):
    """(value, update) of a metric object of Keras, whose variables then start with the local ones; all else as it is."""
    if not (hasattr(metric, "result") and hasattr(metric, "updates")):
        return metric
    for weight in metric.variables:
        weight.graph.add_to_collection(keys.GraphKeys.LOCAL_VARIABLES, weight)
    return metric.result(), grouping.group(*metric.updates)


def _checked_metrics(metrics):
    if metrics is None:
        return {}
    if not isinstance(metrics, dict):
        raise TypeError(f"eval_metric_ops must be a dict, given: {metrics}")
    metrics = {key: _pair_of(value) for key, value in metrics.items()}
    for key, value in metrics.items():
        if not isinstance(value, tuple) or len(value) != 2:
            raise TypeError(
                f"Values of eval_metric_ops must be (metric_value, update_op) tuples, given: {value} for key: {key}"
            )
        for part in nest.flatten(value):
            _check_graph("eval_metric_ops", part)
    return metrics


def call_logit_fn(logit_fn, features, mode, params, config):
    """The logits of a function `logit_fn(features[, mode, params, config])`: a tensor, or a dict of tensors.

    Raises:
        ValueError: it returns something else.
    """
    found = logit_fn(features=features, **arguments.chosen(logit_fn, mode=mode, params=params, config=config))
    named = found if isinstance(found, dict) else {"": found}
    if not all(isinstance(key, str) and isinstance(value, tensor.Tensor) for key, value in named.items()):
        raise ValueError(
            "logit_fn should return a Tensor or a dictionary mapping strings to Tensors.  logit_fn returned: "
            + str(found)
        )
    return found
