"""TPUEstimator on this machine: as Estimator, with batch sizes passed to its functions."""

from __future__ import annotations

import collections
import copy
import enum
import inspect
import math

from graphflow._core import dtypes, log
from graphflow._estimator import arguments, tpu_config
from graphflow._estimator import estimator as estimator_lib
from graphflow._estimator import model_fn as model_fn_lib
from graphflow._graph import graph as graph_lib
from graphflow._graph import keys, protos
from graphflow._ops import initializers, variable_scope
from graphflow._train import global_step
from graphflow._train.sessions import hook, hooks

_MODES = model_fn_lib.ModeKeys
_GLOBAL_STEP = keys.GraphKeys.GLOBAL_STEP
_RESERVED = ("batch_size", "context")


class ExportSavedModelApiVersion(enum.Enum):
    """Two ways to export for TPUs; both export the same model here."""

    V1 = 1
    V2 = 2


_FIELDS = (
    "mode predictions loss train_op eval_metrics export_outputs scaffold_fn host_call training_hooks evaluation_hooks "
    "prediction_hooks"
)


class TPUEstimatorSpec(collections.namedtuple("TPUEstimatorSpec", _FIELDS)):  # type: ignore[misc]
    """What the model function of a TPUEstimator returns: as EstimatorSpec, but for these.

    Args:
        eval_metrics: (function, its arguments as a list or dict of tensors); the function returns metrics by name.
        host_call: likewise; what its function returns is run with every step.
        scaffold_fn: a function without arguments that returns a Scaffold.
    """

    __slots__ = ()

    def __new__(
        cls, mode, predictions=None, loss=None, train_op=None, eval_metrics=None, export_outputs=None, scaffold_fn=None,
        host_call=None, training_hooks=None, evaluation_hooks=None, prediction_hooks=None,
    ):  # fmt: skip
        for name, call in (("eval_metrics", eval_metrics), ("host_call", host_call)):
            if call is not None:
                _check_call(name, call)
        return super().__new__(
            cls, mode, model_fn_lib.checked_predictions(predictions, mode), model_fn_lib.checked_loss(loss, mode),
            model_fn_lib.checked_train_op(train_op, mode), eval_metrics, export_outputs, scaffold_fn, host_call,
            model_fn_lib.checked_hooks(training_hooks), model_fn_lib.checked_hooks(evaluation_hooks),
            model_fn_lib.checked_hooks(prediction_hooks),
        )  # fmt: skip

    def as_estimator_spec(self):
        """The same as an EstimatorSpec."""
        metrics = None if self.eval_metrics is None else _called(self.eval_metrics)
        added = () if self.host_call is None else (_HostCallHook(_called(self.host_call)),)
        return model_fn_lib.EstimatorSpec(
            self.mode, self.predictions, self.loss, self.train_op, metrics, self.export_outputs,
            scaffold=self.scaffold_fn() if self.scaffold_fn else None, training_hooks=self.training_hooks + added,
            evaluation_hooks=self.evaluation_hooks + added, prediction_hooks=self.prediction_hooks + added,
        )  # fmt: skip


def _check_call(name, call):
    if not isinstance(call, (tuple, list)):
        raise ValueError(f"{name} should be tuple or list")
    if len(call) != 2:
        raise ValueError(f"{name} should have two elements.")
    function, tensors = call
    if not callable(function):
        raise TypeError(f"{name}[0] should be callable.")
    if not isinstance(tensors, (tuple, list, dict)):
        raise ValueError(f"{name}[1] should be tuple or list, or dict.")
    if not isinstance(tensors, dict):
        names = arguments.names_of(function)
        if inspect.getfullargspec(function).varargs is None and len(tensors) != len(names):
            raise RuntimeError(
                f"In TPUEstimatorSpec.{name}, length of tensors {len(tensors)} does not match method args of the function, which "
                f"takes {len(names)}."
            )


def _called(call):
    function, tensors = call
    return function(**tensors) if isinstance(tensors, dict) else function(*tensors)


class _HostCallHook(hook.SessionRunHook):
    """Runs what a host call gave with every step."""

    def __init__(self, tensors):
        self._tensors = tensors

    def before_run(self, run_context):
        return hook.SessionRunArgs(self._tensors)


class ExamplesPerSecondHook(hooks.StepCounterHook):
    """Logs and writes steps and examples a second."""

    def __init__(self, batch_size, every_n_steps=100, every_n_secs=None, output_dir=None, summary_writer=None):
        super().__init__(every_n_steps, every_n_secs, output_dir, summary_writer)
        self._batch_size = batch_size

    def _tell(self, rate, step):
        super()._tell(rate, step)
        if self._batch_size is not None:
            examples = rate * self._batch_size
            if self._writer is not None:
                value = protos.Summary.Value(tag="examples/sec", simple_value=examples)
                self._writer.add_summary(protos.Summary(value=[value]), step)
            log.info("examples/sec: %g", examples)


class TPUEstimator(estimator_lib.Estimator):
    """An Estimator whose functions learn their batch size from `params["batch_size"]`.

    Everything runs on the devices of this machine, whatever `use_tpu` says.

    Args:
        model_fn: as of Estimator; it must take `params`, and may return a TPUEstimatorSpec.
        model_dir, params, warm_start_from: as of Estimator; `params` has no `batch_size`.
        config: a `tf.contrib.tpu.RunConfig`.
        use_tpu: says that batch sizes are needed.
        train_batch_size, eval_batch_size, predict_batch_size: ints.
        batch_axis, eval_on_tpu, export_to_tpu, export_to_cpu, embedding_config_spec, export_saved_model_api_version: of TPUs.

    Raises:
        ValueError: `config` is of another kind, or `params` has a reserved key.
    """

    _may_override = True

    def __init__(
        self, model_fn=None, model_dir=None, config=None, params=None, use_tpu=True, train_batch_size=None,
        eval_batch_size=None, predict_batch_size=None, batch_axis=None, eval_on_tpu=True, export_to_tpu=True,
        export_to_cpu=True, warm_start_from=None, embedding_config_spec=None,
        export_saved_model_api_version=ExportSavedModelApiVersion.V1,
    ):  # fmt: skip
        if not isinstance(config, tpu_config.RunConfig):
            raise ValueError("`config` must be provided with type `tpu_config.RunConfig`")
        if params is not None and any(key in params for key in _RESERVED):
            raise ValueError(f"{list(_RESERVED)} are reserved keys but existed in params {params}.")
        if embedding_config_spec is not None:
            raise ValueError("embedding_config_spec is of TPUs alone: use tf.feature_column.embedding_column here")
        sizes = {_MODES.TRAIN: train_batch_size, _MODES.EVAL: eval_batch_size, _MODES.PREDICT: predict_batch_size}
        if use_tpu:
            log.warning("TPUEstimator runs on the devices of this machine: there is no TPU.")
            if train_batch_size is None:
                raise ValueError("`train_batch_size` cannot be `None`")
            for mode, size in sizes.items():
                if size is not None:
                    tpu_config.check_positive(size, f"{mode}_batch_size")
        model_fn_lib.check_arguments(model_fn, params)
        if "params" not in arguments.names_of(model_fn):
            raise ValueError(
                f"model_fn ({model_fn}) does not include params argument, required by TPUEstimator to pass batch size as "
                "params['batch_size']"
            )
        self._user_model_fn, self._sizes, self._has_input = model_fn, sizes, False
        steps = config.log_step_count_steps
        self._log_every = None if steps is None else math.ceil(steps / config.tpu_config.iterations_per_loop)
        super().__init__(
            self._wrapped, model_dir, config.replace(log_step_count_steps=None), params or {}, warm_start_from
        )

    def _warn_of_endless_input(self, features):
        pass  # models for TPUs predicted from whatever there was

    def _create_global_step(self, graph):
        if global_step.get_global_step(graph) is not None:
            raise ValueError('"global_step" already exists.')
        with graph.as_default(), graph.name_scope(None):
            return variable_scope.get_variable(
                _GLOBAL_STEP, shape=[], dtype=dtypes.int64, initializer=initializers.Zeros(), trainable=False,
                use_resource=True, collections=[keys.GraphKeys.GLOBAL_VARIABLES, _GLOBAL_STEP],
            )  # fmt: skip

    def _call_input_fn(self, input_fn, mode):
        if "params" not in arguments.names_of(input_fn):
            raise ValueError(
                f"input_fn ({input_fn}) does not include params argument, required by TPUEstimator to pass batch size as "
                'params["batch_size"]'
            )
        self._has_input, params = True, self.params
        if self._sizes[mode] is not None:
            _put(params, "batch_size", self._sizes[mode])
        given = arguments.chosen(input_fn, mode=mode, config=self.config)
        with graph_lib.get_default_graph().device("/device:CPU:0"):
            return input_fn(params=params, **given)

    def _wrapped(self, features, labels, mode, config, params):
        """The user's model function with what it expects in `params`, and its answer as an EstimatorSpec."""
        size = self._sizes[mode] if self._has_input else None  # requests to an exported model come in any size
        self._has_input = False
        params = copy.deepcopy(params)
        if size is not None:
            _put(params, "batch_size", size)
        _put(params, "use_tpu", False)
        names = arguments.names_of(self._user_model_fn)
        if labels is not None and "labels" not in names:
            raise ValueError("model_fn does not take labels, but input_fn returns labels.")
        given = {"labels": labels, "mode": mode, "config": copy.deepcopy(config)}
        spec = self._user_model_fn(features=features, params=params, **arguments.chosen(self._user_model_fn, **given))
        if isinstance(spec, TPUEstimatorSpec):
            spec = spec.as_estimator_spec()
        if self._log_every is None:
            return spec
        folder = self.model_dir if config.save_summary_steps else None
        counter = ExamplesPerSecondHook(self._sizes[mode], every_n_steps=self._log_every, output_dir=folder)
        return spec._replace(training_hooks=(*spec.training_hooks, counter))


def _put(params, key, value):
    """Sets a parameter in a dict or in HParams."""
    if hasattr(params, "set_hparam"):
        (params.set_hparam if key in params else params.add_hparam)(key, value)
    else:
        params[key] = value
