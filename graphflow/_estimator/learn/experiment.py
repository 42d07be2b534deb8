"""Experiments: an estimator with what it is trained and evaluated on, and runs of them."""

from __future__ import annotations

import os

from graphflow._core import errors
from graphflow._estimator import estimator as core
from graphflow._estimator.learn import estimator as estimator_lib
from graphflow._estimator.learn import monitors as monitors_lib
from graphflow._estimator.learn import serving
from graphflow._train.saving import state_file


class Experiment:
    """Training and evaluation of an estimator.

    Args:
        estimator: a `tf.estimator.Estimator` or a `tf.contrib.learn.Estimator`.
        train_input_fn, eval_input_fn: input functions.
        eval_metrics: as of `tf.contrib.learn.Estimator.evaluate`.
        train_steps, eval_steps: how many.
        train_monitors, eval_hooks: SessionRunHooks.
        saving_listeners: CheckpointSaverListeners.
        export_strategies: ExportStrategies, used after `train_and_evaluate`.
        others: of clusters, without effect.
    """

    def __init__(
        self, estimator, train_input_fn, eval_input_fn, eval_metrics=None, train_steps=None, eval_steps=100,
        train_monitors=None, eval_hooks=None, local_eval_frequency=None, eval_delay_secs=120,
        continuous_eval_throttle_secs=60, min_eval_frequency=None, delay_workers_by_global_step=False,
        export_strategies=None, train_steps_per_iteration=None, checkpoint_and_export=False, saving_listeners=None,
        check_interval_secs=5,
    ):  # fmt: skip
        self._is_core = isinstance(estimator, core.Estimator)
        if not self._is_core and not isinstance(estimator, estimator_lib.Estimator):
            raise ValueError(
                "`estimator` must be a `tf.contrib.learn.Estimator` or a `tf.estimator.Estimator`, got "
                + str(estimator)
            )
        if self._is_core and eval_metrics is not None:
            raise ValueError(
                "`eval_metrics` must be `None` with `tf.estimator.Estimator`. Use `eval_metric_ops` in "
                "`tf.estimator.EstimatorSpec` instead."
            )
        self._estimator, self._train_input_fn, self._eval_input_fn = estimator, train_input_fn, eval_input_fn
        self._eval_metrics, self._train_steps, self._eval_steps = eval_metrics, train_steps, eval_steps
        self._monitors, self._eval_hooks = list(train_monitors or ()), list(eval_hooks or ())
        self._listeners, self._strategies = saving_listeners, export_strategies
        self._steps_at_once = train_steps_per_iteration

    estimator = property(lambda self: self._estimator, doc="The estimator.")
    eval_metrics = property(lambda self: self._eval_metrics, doc="The metrics, or None.")
    train_steps = property(lambda self: self._train_steps, doc="How many steps to train.")
    eval_steps = property(lambda self: self._eval_steps, doc="How many batches to evaluate.")

    def extend_train_hooks(self, additional_hooks):
        """Adds hooks for training."""
        self._monitors.extend(additional_hooks)

    def train(self, delay_secs=None):
        """Trains up to `train_steps`."""
        return self._train(max_steps=self._train_steps)

    def _train(self, **steps):
        if self._is_core:
            hooks = monitors_lib.replace_monitors_with_hooks(self._monitors, self._estimator)
            return self._estimator.train(self._train_input_fn, hooks=hooks, saving_listeners=self._listeners, **steps)
        return self._estimator.fit(input_fn=self._train_input_fn, monitors=self._monitors, **steps)

    def evaluate(self, delay_secs=None, name=None):
        """The metrics of the latest checkpoint."""
        return self._evaluate(self._eval_steps, name or "one_pass")

    def _evaluate(self, steps, name):
        if self._is_core:
            return self._estimator.evaluate(self._eval_input_fn, steps=steps, hooks=self._eval_hooks, name=name)
        return self._estimator.evaluate(
            input_fn=self._eval_input_fn, steps=steps, metrics=self._eval_metrics, name=name, hooks=self._eval_hooks
        )

    def train_and_evaluate(self):
        """(metrics after training, the paths of what was exported)."""
        self.train()
        found = self._evaluate(self._eval_steps, None)
        return found, self._export(found)

    def _export(self, results):
        given = self._strategies or []
        given = [given] if isinstance(given, serving.ExportStrategy) else given
        folder = os.path.join(self._estimator.model_dir, "export")
        latest = state_file.latest_checkpoint(self._estimator.model_dir)
        return [one.export(self._estimator, os.path.join(folder, one.name), latest, results) for one in given]

    def continuous_train_and_eval(self, continuous_eval_predicate_fn=None):
        """Trains `train_steps_per_iteration` steps and evaluates, again and again, up to `train_steps`.

        Args:
            continuous_eval_predicate_fn: a function of the metrics so far, that says whether to go on.

        Returns:
            (the last metrics, the paths of what was exported).
        """
        done, found, exported = 0, None, []
        while self._train_steps is None or done < self._train_steps:
            if continuous_eval_predicate_fn is not None and not continuous_eval_predicate_fn(found):
                break
            at_once = self._steps_at_once or self._train_steps or 1000
            done += at_once
            self._train(max_steps=done if self._train_steps is None else min(done, self._train_steps))
            found = self._evaluate(self._eval_steps, None)
            exported = self._export(found)
        return found, exported

    def continuous_eval(self, **waiting):
        """The metrics of the latest checkpoint: in one process there is nobody who writes another."""
        return self._evaluate(self._eval_steps, "continuous")

    def run_std_server(self):
        """Refused: there is one process."""
        raise errors.UnimplementedError(None, None, "run_std_server: clusters of servers are not built; call train()")

    def reset_export_strategies(self, new_export_strategies=None):
        """Sets other strategies, and returns those before."""
        before, self._strategies = self._strategies, new_export_strategies
        return before

    def local_run(self):
        """As `train_and_evaluate`."""
        return self.train_and_evaluate()

    def test(self):
        """One step of training and one of evaluation."""
        self._train(steps=1)
        return self._evaluate(1, "one_pass")


def tune(experiment_fn, tuner):
    """Refused: there is no tuner."""
    raise errors.UnimplementedError(None, None, "tune: there is no tuner here; call run once for each hparams")


def run(experiment_fn, output_dir=None, schedule=None, run_config=None, hparams=None):
    """Makes an experiment and runs a method of it.

    Args:
        experiment_fn: a function `(output_dir)`, or `(run_config, hparams)` where a RunConfig is given.
        output_dir: the folder of the model; run_config: a RunConfig with one, in its place.
        schedule: the name of the method; `train_and_evaluate` when None.
        hparams: passed on.

    Raises:
        ValueError: no folder is given, or there is no such method.
    """
    if run_config is None and output_dir is None:
        raise ValueError("Must specify an output directory or a run_config with a model_dir")
    if run_config is None:
        made = experiment_fn(output_dir=output_dir)
    else:
        if not run_config.model_dir:
            raise ValueError("Must specify a model directory `model_dir` in `run_config`.")
        made = experiment_fn(run_config, hparams)
    if not isinstance(made, Experiment):
        raise TypeError("Experiment builder did not return an Experiment instance.")
    task = getattr(made, schedule or "train_and_evaluate", None)
    if not callable(task) or (schedule or "").startswith("_"):
        raise ValueError(f"Schedule references non-existent task {schedule}")
    return task()
