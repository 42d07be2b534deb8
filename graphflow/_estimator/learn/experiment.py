"""Experiments: an estimator with what it is trained and evaluated on, and runs of them."""

from __future__ import annotations

from graphflow._core import errors
from graphflow._estimator import estimator as core
from graphflow._estimator.learn import estimator as estimator_lib
from graphflow._ops import tables, variables
from graphflow._runtime import session as session_lib
from graphflow._train import coordinator, queue_runner
from graphflow._train.saving import saver


class Experiment:
    """Training and evaluation of an estimator.

    Args:
        estimator: a `tf.estimator.Estimator` or a `tf.contrib.learn.Estimator`.
        train_input_fn, eval_input_fn: input functions.
        eval_metrics: as of `tf.contrib.learn.Estimator.evaluate`.
        train_steps, eval_steps: how many.
        train_monitors, eval_hooks: SessionRunHooks.
        saving_listeners: CheckpointSaverListeners.
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
        if export_strategies:
            raise errors.UnimplementedError(
                None, None, "export_strategies: call estimator.export_savedmodel after training, or use tf.estimator.EvalSpec with "
                "exporters"
            )  # fmt: skip
        self._estimator, self._train_input_fn, self._eval_input_fn = estimator, train_input_fn, eval_input_fn
        self._eval_metrics, self._train_steps, self._eval_steps = eval_metrics, train_steps, eval_steps
        self._monitors, self._eval_hooks = list(train_monitors or ()), list(eval_hooks or ())
        self._listeners = saving_listeners

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
            return self._estimator.train(
                self._train_input_fn, hooks=self._monitors, saving_listeners=self._listeners, **steps
            )
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
        """(metrics after training, what was exported: nothing)."""
        self.train()
        return self._evaluate(self._eval_steps, None), []

    def local_run(self):
        """As `train_and_evaluate`."""
        return self.train_and_evaluate()

    def test(self):
        """One step of training and one of evaluation."""
        self._train(steps=1)
        return self._evaluate(1, "one_pass")


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


def run_feeds(output_dict, feed_dicts, restore_checkpoint_path=None):
    """Runs a dict of tensors once for each dict of feeds, after initialising or restoring; a list of the dicts of values."""
    from_graph = next(iter(output_dict.values())).graph
    with from_graph.as_default(), session_lib.Session() as session:
        if restore_checkpoint_path:
            saver.Saver().restore(session, restore_checkpoint_path)
        else:
            session.run(variables.global_variables_initializer())
        session.run([variables.local_variables_initializer(), tables.tables_initializer()])
        coordinate = coordinator.Coordinator()
        threads = queue_runner.start_queue_runners(session, coordinate)
        found = [session.run(output_dict, feeds) for feeds in feed_dicts]
        coordinate.request_stop()
        coordinate.join(threads, stop_grace_period_secs=120)
        return found


def run_n(output_dict, feed_dict=None, restore_checkpoint_path=None, n=1):
    """Runs a dict of tensors n times; a list of the dicts of values."""
    return run_feeds(output_dict, [feed_dict] * n, restore_checkpoint_path)
