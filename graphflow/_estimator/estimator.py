"""Estimator: trains, evaluates and serves a model that a function builds, with all its state in one folder."""

from __future__ import annotations

import copy
import os
import tempfile

from graphflow._core import log
from graphflow._estimator import (
    arguments,
    evaluation,
    exporting,
    input_results,
    result_summaries,
    run_config,
    step_read,
    warm_starting,
)
from graphflow._estimator import model_fn as model_fn_lib
from graphflow._graph import graph as graph_lib
from graphflow._graph import keys
from graphflow._layers import metrics
from graphflow._ops import grouping, seeds, summaries
from graphflow._train import global_step as global_step_lib
from graphflow._train.saving import reader, saver, state_file
from graphflow._train.sessions import cluster, monitored
from graphflow._train.sessions import hooks as ready_made
from graphflow._train.sessions import scaffold as scaffold_lib

ModeKeys = model_fn_lib.ModeKeys
_KEYS = keys.GraphKeys
_OVERRIDABLE = {"model_fn", "_create_and_assert_global_step", "_export_all_saved_models", "_tf_api_names"}


class Estimator:
    """A model with its checkpoints.

    Args:
        model_fn: a function `(features, labels, mode, params, config)` that builds the graph of one mode and returns an
            EstimatorSpec; it may leave out all arguments but `features`.
        model_dir: the folder of checkpoints and summaries; that of `config`, or a temporary one, when None.
        config: a RunConfig.
        params: passed to `model_fn` and to input functions.
        warm_start_from: a checkpoint, a SavedModel or WarmStartSettings that new variables start from.

    Raises:
        ValueError: `model_fn` takes arguments that it is not given, or the folder is said twice.
    """

    def __init__(self, model_fn, model_dir=None, config=None, params=None, warm_start_from=None):
        self._check_no_member_is_overridden()
        self._config = complete_config(config, model_dir)
        self._model_dir, self._session_config = self._config.model_dir, self._config.session_config
        log.info("Using config: %s", vars(self._config))
        self._device_fn = self._config.device_fn or _parameter_devices(self._config)
        if model_fn is None:
            raise ValueError("model_fn must be provided to Estimator.")
        model_fn_lib.check_arguments(model_fn, params)
        self._model_fn, self._params = model_fn, copy.deepcopy(params or {})
        self._warm_start_settings = warm_starting.settings(warm_start_from)

    def _check_no_member_is_overridden(self):
        ours = {name for name in dir(Estimator) if not name.startswith("__")} - _OVERRIDABLE
        changed = [n for n in vars(type(self)) if n in ours and getattr(Estimator, n) != getattr(type(self), n)]
        if changed and not getattr(type(self), "_may_override", False):
            raise ValueError(
                f"Subclasses of Estimator cannot override members of Estimator. {type(self)} does override {sorted(changed)}"
            )

    # -- what it is ------------------------------------------------------------------------------------------------------

    @property
    def model_dir(self):
        """The folder."""
        return self._model_dir

    @property
    def config(self):
        """A copy of the RunConfig."""
        return copy.deepcopy(self._config)

    @property
    def params(self):
        """A copy of the parameters."""
        return copy.deepcopy(self._params)

    @property
    def model_fn(self):
        """The model function, with `params` bound."""

        def public_model_fn(features, labels, mode, config):
            return self._call_model_fn(features, labels, mode, config)

        return public_model_fn

    def get_variable_value(self, name):
        """The value of a variable in the latest checkpoint; ValueError where there is none."""
        self._check_trained()
        return reader.load_variable(self.model_dir, name)

    def get_variable_names(self):
        """The names of all variables in the latest checkpoint; ValueError where there is none."""
        self._check_trained()
        return [name for name, _ in reader.list_variables(self.model_dir)]

    def _check_trained(self):
        if not self.latest_checkpoint():
            raise ValueError(f"Could not find trained model in model_dir: {self.model_dir}.")

    def latest_checkpoint(self):
        """The name of the latest checkpoint, or None."""
        return state_file.latest_checkpoint(self.model_dir)

    def eval_dir(self, name=None):
        """The folder of an evaluation's summaries."""
        return os.path.join(self._model_dir, f"eval_{name}" if name else "eval")

    # -- training --------------------------------------------------------------------------------------------------------

    def train(self, input_fn, hooks=None, steps=None, max_steps=None, saving_listeners=None):
        """Trains on from the latest checkpoint, until the input ends or enough steps are done.

        Args:
            input_fn: a function that returns (features, labels) as tensors, or a Dataset of them; it may take `mode`, `params`
                and `config`.
            hooks: SessionRunHooks.
            steps: how many steps to add; max_steps: at which global step to end. At most one of the two.
            saving_listeners: CheckpointSaverListeners.

        Returns:
            itself.
        """
        if self._config.task_type in (run_config.TaskType.EVALUATOR, run_config.TaskType.PS):
            raise ValueError(
                "Train has been called wrong configuration. Please use tf.estimator.train_and_evaluate which calls proper API "
                f"according to given configuration. Current configuration: {self.config}."
            )
        if steps is not None and max_steps is not None:
            raise ValueError("Can not provide both steps and max_steps.")
        for name, value in (("steps", steps), ("max_steps", max_steps)):
            if value is not None and value <= 0:
                raise ValueError(f"Must specify {name} > 0, given: {value}")
        if max_steps is not None and max_steps <= self._steps_done():
            log.info("Skipping training since max_steps has already saved.")
            return self
        hooks = arguments.checked_hooks(hooks)
        if steps is not None or max_steps is not None:
            hooks.append(ready_made.StopAtStepHook(steps, max_steps))
        listeners = list(saving_listeners or [])
        for one in listeners:
            if not isinstance(one, ready_made.CheckpointSaverListener):
                raise TypeError(f"saving_listeners must be a list of CheckpointSaverListener, given: {one}")
        log.info("Loss for final step: %s.", self._train_model(input_fn, hooks, listeners))
        return self

    def _steps_done(self):
        latest = self.latest_checkpoint()
        if latest is None:
            return 0
        found = reader.load_checkpoint(latest)
        return int(found.get_tensor(_KEYS.GLOBAL_STEP)) if found.has_tensor(_KEYS.GLOBAL_STEP) else 0

    def _train_model(self, input_fn, hooks, listeners):
        graph = graph_lib.Graph()
        with graph.as_default(), graph.device(self._device_fn):
            seeds.set_random_seed(self._config.tf_random_seed)
            self._create_and_assert_global_step(graph)
            step_read.get_or_create()
            features, labels, worker_hooks = input_results.parsed(self._call_input_fn(input_fn, ModeKeys.TRAIN))
            spec = self._call_model_fn(features, labels, ModeKeys.TRAIN, self.config)
            return self._train_with(spec, worker_hooks, hooks, listeners)

    def _train_with(self, spec, worker_hooks, hooks, listeners):
        config, graph = self._config, graph_lib.get_default_graph()
        if self._warm_start_settings:
            warm_starting.apply(self._warm_start_settings)
        if not any(one.op.name == "loss" for one in graph.get_collection(_KEYS.SUMMARIES)):
            summaries.scalar("loss", spec.loss)
        graph.add_to_collection(_KEYS.LOSSES, spec.loss)
        worker_hooks = [*worker_hooks, *hooks, ready_made.NanTensorHook(spec.loss)]
        if config.log_step_count_steps is not None:
            logged = {"loss": spec.loss, "step": global_step_lib.get_global_step(graph)}
            worker_hooks.append(ready_made.LoggingTensorHook(logged, every_n_iter=config.log_step_count_steps))
        worker_hooks.extend(spec.training_hooks)
        if not (spec.scaffold.saver or graph.get_collection(_KEYS.SAVERS)):
            made = saver.Saver(
                sharded=True, max_to_keep=config.keep_checkpoint_max, defer_build=True, save_relative_paths=True,
                keep_checkpoint_every_n_hours=config.keep_checkpoint_every_n_hours,
            )  # fmt: skip
            graph.add_to_collection(_KEYS.SAVERS, made)
        chief_hooks = self._saver_hooks(spec, [*worker_hooks, *spec.training_chief_hooks], listeners)
        session = monitored.MonitoredTrainingSession(
            master=config.master, is_chief=config.is_chief, checkpoint_dir=self._model_dir, scaffold=spec.scaffold,
            hooks=worker_hooks, chief_only_hooks=[*chief_hooks, *spec.training_chief_hooks], save_checkpoint_secs=0,
            save_summaries_steps=config.save_summary_steps, config=self._session_config,
            max_wait_secs=config.session_creation_timeout_secs, log_step_count_steps=config.log_step_count_steps,
        )  # fmt: skip
        loss, steps = None, 0
        with session:
            while not session.should_stop():
                _, loss = session.run([spec.train_op, spec.loss])
                steps += 1
        if not steps:
            log.warning("Training with estimator made no steps. Perhaps input is empty or misspecified.")
        return loss

    def _saver_hooks(self, spec, all_hooks, listeners):
        """The hook that saves, unless the model brings one or none is wanted; listeners join whichever saves."""
        made, config = [], self._config
        savers = [one for one in all_hooks if isinstance(one, ready_made.CheckpointSaverHook)]
        if (config.save_checkpoints_secs or config.save_checkpoints_steps) and not savers:
            savers = made = [
                ready_made.CheckpointSaverHook(
                    self._model_dir, save_secs=config.save_checkpoints_secs, save_steps=config.save_checkpoints_steps,
                    scaffold=spec.scaffold,
                )
            ]  # fmt: skip
        if listeners and not savers:
            raise ValueError(
                "There should be a CheckpointSaverHook to use saving_listeners. Please set one of the "
                "RunConfig.save_checkpoints_steps or RunConfig.save_checkpoints_secs."
            )
        if savers:
            heard = savers[0]._listeners
            heard.extend(one for one in listeners if one not in heard)
        return made

    # -- evaluation ------------------------------------------------------------------------------------------------------

    def evaluate(self, input_fn, steps=None, hooks=None, checkpoint_path=None, name=None):
        """Evaluates a checkpoint.

        Args:
            input_fn: as of `train`.
            steps: how many batches; all there are when None.
            hooks: SessionRunHooks.
            checkpoint_path: the latest checkpoint when None; freshly initialised variables where there is none.
            name: of this evaluation: its summaries go to `eval_<name>`.

        Returns:
            dict name -> value of the metrics, with `loss` and `global_step`.
        """
        hooks = evaluation.checked_hooks(hooks, steps)
        if not checkpoint_path:
            checkpoint_path = self.latest_checkpoint()
            if not checkpoint_path:
                log.info(
                    "Could not find trained model in model_dir: %s, running initialization to evaluate.",
                    self._model_dir,
                )
        with graph_lib.Graph().as_default():
            built = self._build_evaluation(input_fn, hooks, checkpoint_path)
            return self._run_evaluation(checkpoint_path, *built, self.eval_dir(name))

    def _run_evaluation(self, checkpoint_path, scaffold, update, values, hooks, folder):
        """The metrics' values, which go to the summaries of `folder` too."""
        results = evaluation.evaluate_once(
            checkpoint_path, self._config.evaluation_master, scaffold, update, final_ops=values, hooks=hooks,
            config=self._session_config,
        )  # fmt: skip
        step = results[_KEYS.GLOBAL_STEP]
        result_summaries.write(folder, results, step)
        if checkpoint_path:
            result_summaries.write_checkpoint_path(folder, checkpoint_path, step)
        return results

    def _build_evaluation(self, input_fn, hooks, checkpoint_path):
        """(scaffold, update of all metrics, their values, hooks), in the default graph."""
        graph = graph_lib.get_default_graph()
        seeds.set_random_seed(self._config.tf_random_seed)
        self._create_and_assert_global_step(graph)
        features, labels, input_hooks = input_results.parsed(self._call_input_fn(input_fn, ModeKeys.EVAL))
        spec = self._call_model_fn(features, labels, ModeKeys.EVAL, self.config)
        measured = spec.eval_metric_ops
        for reserved in (model_fn_lib.LOSS_METRIC_KEY, _KEYS.GLOBAL_STEP):
            if reserved in measured:
                raise ValueError(
                    f"Metric with name `{reserved}` is not allowed, because Estimator already defines a default metric with the "
                    "same name."
                )
        measured[model_fn_lib.LOSS_METRIC_KEY] = self._loss_metric(spec)
        update = grouping.group(*(measured[name][1] for name in sorted(measured)))
        values = {name: measured[name][0] for name in sorted(measured)}
        self._maybe_warm_start(checkpoint_path)
        values[_KEYS.GLOBAL_STEP] = global_step_lib.get_global_step(graph)
        scaffold = spec.scaffold
        if scaffold.local_init_op is not None:
            evaluation.get_or_create_eval_step()  # its initialiser belongs to the default operation below
            both = grouping.group(scaffold.local_init_op, scaffold_lib.Scaffold.default_local_init_op())
            scaffold = scaffold_lib.Scaffold(local_init_op=both, copy_from_scaffold=scaffold)
        return scaffold, update, values, [*input_hooks, *hooks, *spec.evaluation_hooks]

    def _loss_metric(self, spec):
        return metrics.mean(spec.loss)

    def _maybe_warm_start(self, checkpoint_path):
        if not checkpoint_path and self._warm_start_settings:
            warm_starting.apply(self._warm_start_settings)

    # -- prediction ------------------------------------------------------------------------------------------------------

    def predict(self, input_fn, predict_keys=None, hooks=None, checkpoint_path=None, yield_single_examples=True):
        """Yields predictions, example by example.

        Args:
            input_fn: returns features, or (features, labels), of which labels are left aside; must end by itself.
            predict_keys: names of the predictions that are wanted; all when None.
            hooks: SessionRunHooks.
            checkpoint_path: as of `evaluate`.
            yield_single_examples: False yields whole batches.

        Yields:
            dict name -> value, or the value where the model's predictions are one tensor.
        """
        hooks = arguments.checked_hooks(hooks)
        if not checkpoint_path:
            checkpoint_path = self.latest_checkpoint()
            if not checkpoint_path:
                log.info(
                    "Could not find trained model in model_dir: %s, running initialization to predict.", self._model_dir
                )
        graph = graph_lib.Graph()
        with graph.as_default():
            seeds.set_random_seed(self._config.tf_random_seed)
            self._create_and_assert_global_step(graph)
            features, _, input_hooks = input_results.parsed(self._call_input_fn(input_fn, ModeKeys.PREDICT))
            self._warn_of_endless_input(features)
            spec = self._call_model_fn(features, None, ModeKeys.PREDICT, self.config)
            self._maybe_warm_start(checkpoint_path)
            wanted = _wanted(spec.predictions, predict_keys)
            creator = monitored.ChiefSessionCreator(
                spec.scaffold, self._config.master, self._session_config, checkpoint_filename_with_path=checkpoint_path
            )
            all_hooks = [*input_hooks, *hooks, *spec.prediction_hooks]
            session = monitored.MonitoredSession(creator, all_hooks)
        with session:
            while not session.should_stop():
                with graph.as_default():  # not round the yields: the caller's default graph is his own
                    found = session.run(wanted)
                if not yield_single_examples:
                    yield found
                elif isinstance(found, dict):
                    for i in range(_batch_length(found)):
                        yield {key: value[i] for key, value in found.items()}
                else:
                    yield from found

    # -- serving ---------------------------------------------------------------------------------------------------------

    def export_saved_model(
        self, export_dir_base, serving_input_receiver_fn, assets_extra=None, as_text=False, checkpoint_path=None,
        experimental_mode=ModeKeys.PREDICT,
    ):  # fmt: skip
        """Writes a SavedModel to a new folder, named by the time, in `export_dir_base`.

        Args:
            serving_input_receiver_fn: a function that returns a ServingInputReceiver.
            assets_extra: dict name in `assets.extra/` -> file to be copied there.
            as_text: writes the graph as text.
            checkpoint_path: the latest checkpoint when None.
            experimental_mode: the mode to build the model for.

        Returns:
            the path of the folder, as bytes.

        Raises:
            ValueError: there is no checkpoint, or no receiver function.
        """
        if not serving_input_receiver_fn:
            raise ValueError("An input_receiver_fn must be defined.")
        functions = {experimental_mode: serving_input_receiver_fn}
        return self._export_all_saved_models(export_dir_base, functions, assets_extra, as_text, checkpoint_path)

    def experimental_export_all_saved_models(
        self, export_dir_base, input_receiver_fn_map, assets_extra=None, as_text=False, checkpoint_path=None
    ):  # fmt: skip
        """As `export_saved_model`, for several modes: dict mode -> receiver function."""
        return self._export_all_saved_models(
            export_dir_base, input_receiver_fn_map, assets_extra, as_text, checkpoint_path
        )

    def export_savedmodel(
        self, export_dir_base, serving_input_receiver_fn, assets_extra=None, as_text=False, checkpoint_path=None,
        strip_default_attrs=False,
    ):  # fmt: skip
        """The older name of `export_saved_model`."""
        if not serving_input_receiver_fn:
            raise ValueError("An input_receiver_fn must be defined.")
        functions = {ModeKeys.PREDICT: serving_input_receiver_fn}
        return self._export_all_saved_models(
            export_dir_base, functions, assets_extra, as_text, checkpoint_path, strip_default_attrs
        )

    def _export_all_saved_models(
        self, export_dir_base, input_receiver_fn_map, assets_extra=None, as_text=False, checkpoint_path=None,
        strip_default_attrs=True,
    ):  # fmt: skip
        checkpoint_path = checkpoint_path or self.latest_checkpoint()
        if not checkpoint_path and self._warm_start_settings:
            checkpoint_path = reader.file_of(self._warm_start_settings.ckpt_to_initialize_from)
        if not checkpoint_path:
            raise ValueError(f"Couldn't find trained model at {self._model_dir}.")
        return exporting.export(
            self, export_dir_base, input_receiver_fn_map, checkpoint_path, assets_extra, as_text, strip_default_attrs
        )

    # -- calling the user's functions ------------------------------------------------------------------------------------

    def _warn_of_endless_input(self, features):
        if not input_results.ends(features):
            log.warning(
                "Input graph does not use tf.data.Dataset or contain a QueueRunner. That means predict yields forever. This is "
                "probably a mistake."
            )

    def _create_global_step(self, graph):
        return global_step_lib.create_global_step(graph)

    def _create_and_assert_global_step(self, graph):
        return self._create_global_step(graph)

    def _call_input_fn(self, input_fn, mode):
        given = arguments.chosen(input_fn, mode=mode, params=self.params, config=self.config)
        with graph_lib.get_default_graph().device("/cpu:0"):
            return input_fn(**given)

    def _call_model_fn(self, features, labels, mode, config):
        names = arguments.names_of(self._model_fn)
        if labels is not None and "labels" not in names:
            raise ValueError("model_fn does not take labels, but input_fn returns labels.")
        log.info("Calling model_fn.")
        spec = self._model_fn(
            features=features,
            **arguments.chosen(self._model_fn, labels=labels, mode=mode, params=self.params, config=config),
        )
        log.info("Done calling model_fn.")
        if not isinstance(spec, model_fn_lib.EstimatorSpec):
            raise ValueError("model_fn should return an EstimatorSpec.")
        return spec


def complete_config(config, model_dir):
    """A RunConfig with session options and a folder, which is a temporary one where nobody says it."""
    if config is None:
        config = run_config.RunConfig()
        log.info("Using default config.")
    if not isinstance(config, run_config.RunConfig):
        raise ValueError(f"config must be an instance of `RunConfig`, but provided {config}.")
    if config.session_config is None:
        config = run_config.RunConfig.replace(config, session_config=run_config.default_session_config())
    model_dir = None if model_dir is None else os.fspath(model_dir)
    if None not in (model_dir, config.model_dir) and model_dir != config.model_dir:
        raise ValueError(
            "`model_dir` are set both in constructor and `RunConfig`, but with different values. In constructor: "
            f"'{model_dir}', in `RunConfig`: '{config.model_dir}' "
        )
    if not model_dir and config.model_dir is None:
        model_dir = tempfile.mkdtemp()
        log.warning("Using temporary folder as model directory: %s", model_dir)
    return run_config.RunConfig.replace(config, model_dir=model_dir) if model_dir else config


def _parameter_devices(config):
    if not config.num_ps_replicas:
        return None
    return cluster.replica_device_setter(
        ps_tasks=config.num_ps_replicas, worker_device=f"/job:{config.task_type}/task:{config.task_id}",
        cluster=config.cluster_spec,
    )  # fmt: skip


def _wanted(predictions, names):
    """The predictions of these names."""
    if not names:
        return predictions
    if not isinstance(predictions, dict):
        raise ValueError("predict_keys argument is not valid in case of non-dict predictions.")
    found = {key: value for key, value in predictions.items() if key in names}
    if not found:
        raise ValueError(f"Expected to run at least one output from {predictions.keys()}, provided {names}.")
    return found


def _batch_length(found):
    lengths = {key: len(value) for key, value in found.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"Batch length of predictions should be same: {lengths}.")
    return next(iter(lengths.values()))
