"""Training and evaluation in turns: TrainSpec, EvalSpec, train_and_evaluate."""

from __future__ import annotations

import collections
import dataclasses
import os
import time

from graphflow._core import errors, log
from graphflow._estimator import estimator as estimator_lib
from graphflow._estimator import exporter as exporter_lib
from graphflow._estimator import model_fn, run_config
from graphflow._graph import keys
from graphflow._train.sessions import hooks as ready_made

_GLOBAL_STEP = keys.GraphKeys.GLOBAL_STEP


def _check_input_fn(input_fn):
    if not callable(input_fn):
        raise TypeError(f"`input_fn` must be callable, given: {input_fn}")


class TrainSpec(collections.namedtuple("TrainSpec", ["input_fn", "max_steps", "hooks"])):
    """How to train: as of `Estimator.train`; training never ends by itself where `max_steps` is None and the input has no end."""

    __slots__ = ()

    def __new__(cls, input_fn, max_steps=None, hooks=None):
        _check_input_fn(input_fn)
        if max_steps is not None and max_steps <= 0:
            raise ValueError(f"Must specify max_steps > 0, given: {max_steps}")
        return super().__new__(cls, input_fn, max_steps, model_fn.checked_hooks(hooks))


_EVAL_FIELDS = ["input_fn", "steps", "name", "hooks", "exporters", "start_delay_secs", "throttle_secs"]


class EvalSpec(collections.namedtuple("EvalSpec", _EVAL_FIELDS)):  # type: ignore[misc]
    """How to evaluate.

    Args:
        input_fn, steps, name, hooks: as of `Estimator.evaluate`.
        exporters: an Exporter, or several.
        start_delay_secs: how long an evaluator that is a process of its own waits at first.
        throttle_secs: the least time between two evaluations.
    """

    __slots__ = ()

    def __new__(
        cls, input_fn, steps=100, name=None, hooks=None, exporters=None, start_delay_secs=120, throttle_secs=600
    ):  # fmt: skip
        _check_input_fn(input_fn)
        if steps is not None and steps <= 0:
            raise ValueError(f"Must specify steps > 0, given: {steps}")
        if name is not None and not isinstance(name, str):
            raise TypeError(f"`name` must be string, given: {name}")
        for what, value in (("start_delay_secs", start_delay_secs), ("throttle_secs", throttle_secs)):
            if value < 0:
                raise ValueError(f"Must specify {what} >= 0, given: {value}")
        hooks = model_fn.checked_hooks(hooks)
        return super().__new__(
            cls, input_fn, steps, name, hooks, _checked_exporters(exporters), start_delay_secs, throttle_secs
        )


def _checked_exporters(exporters):
    if not exporters:
        return ()
    exporters = (exporters,) if isinstance(exporters, exporter_lib.Exporter) else exporters
    if not hasattr(exporters, "__iter__") or not all(isinstance(one, exporter_lib.Exporter) for one in exporters):
        raise TypeError(f"`exporters` must be an Exporter, an iterable of Exporter, or `None`, found {exporters}.")
    names = [one.name for one in exporters]
    if not all(isinstance(name, str) and name for name in names):
        raise ValueError(f"An Exporter must have a string name that is not empty. All exporter names: {names}")
    if len(set(names)) < len(names):
        raise ValueError(f"`exporters` must have unique names. All exporter names: {names}")
    return tuple(exporters)


def train_and_evaluate(estimator, train_spec, eval_spec):
    """Trains, and evaluates after each checkpoint and at the end.

    In a cluster, this process does what its task is, see RunConfig.

    Args:
        estimator: an Estimator.
        train_spec: a TrainSpec; eval_spec: an EvalSpec.

    Returns:
        (metrics of the last evaluation, what its exporters returned).
    """
    for name, value, kind in (
        ("estimator", estimator, estimator_lib.Estimator), ("train_spec", train_spec, TrainSpec),
        ("eval_spec", eval_spec, EvalSpec),
    ):  # fmt: skip
        if not isinstance(value, kind):
            raise TypeError(f"`{name}` must have type `tf.estimator.{kind.__name__}`. Got: {type(value)}")
    config = estimator.config
    if config.task_type == run_config.TaskType.EVALUATOR:
        if config.task_id > 0:
            raise ValueError(
                "For distributed training, there can only be one `evaluator` task (with task id 0).  Given task id "
                f"{config.task_id}"
            )
        return _evaluate_for_ever(estimator, train_spec, eval_spec)
    if config.cluster_spec and config.num_ps_replicas + config.num_worker_replicas > 1:
        raise errors.UnimplementedError(
            None, None, f"TF_CONFIG names a cluster of {config.cluster_spec.as_dict()}, but graphflow trains in one process: "
            "leave TF_CONFIG out, or name one chief and nobody else",
        )  # fmt: skip
    listener = _EvaluatingListener(_Evaluator(estimator, train_spec, eval_spec), eval_spec.throttle_secs)
    estimator.train(
        train_spec.input_fn, hooks=list(train_spec.hooks), max_steps=train_spec.max_steps, saving_listeners=[listener]
    )
    return listener.metrics, listener.exported


@dataclasses.dataclass
class _Evaluator:
    """Evaluates each checkpoint once, and hands it to the exporters."""

    estimator: estimator_lib.Estimator
    train_spec: TrainSpec
    eval_spec: EvalSpec
    path: str | None = None  # the checkpoint that was evaluated last

    def __call__(self):
        """(metrics, what the exporters returned), None where there is no new checkpoint."""
        path, spec = self.estimator.latest_checkpoint(), self.eval_spec
        if not path or path == self.path:
            return None
        metrics = self.estimator.evaluate(
            spec.input_fn, steps=spec.steps, name=spec.name, checkpoint_path=path, hooks=spec.hooks
        )
        end = self.train_spec.max_steps
        is_final = bool(end) and metrics[_GLOBAL_STEP] >= end
        folder = os.path.join(self.estimator.model_dir, "export")
        exported = [
            one.export(self.estimator, os.path.join(folder, one.name), path, metrics, is_the_final_export=is_final)
            for one in spec.exporters
        ]
        self.path = path
        return metrics, exported


class _EvaluatingListener(ready_made.CheckpointSaverListener):
    """Evaluates after checkpoints, not oftener than every so many seconds, and at the end; but not after the first one."""

    def __init__(self, evaluate, throttle_secs):
        self._evaluate, self._throttle_secs = evaluate, throttle_secs
        self.metrics, self.exported = None, None

    def begin(self):
        self._timer, self._is_first = ready_made.SecondOrStepTimer(every_secs=self._throttle_secs), True

    def after_save(self, session, global_step_value):
        if self._is_first:
            self._is_first = False
        elif self._timer.should_trigger_for_step(global_step_value):
            self._run(global_step_value)
        else:
            log.info("Skip the current checkpoint eval due to throttle secs (%s secs).", self._throttle_secs)

    def end(self, session, global_step_value):
        if global_step_value != self._timer.last_triggered_step():
            self._run(global_step_value)

    def _run(self, step):
        self._timer.update_last_triggered_step(step)
        found = self._evaluate()
        if found is None:
            raise RuntimeError("There was no new checkpoint after the training.")
        self.metrics, self.exported = found


def _evaluate_for_ever(estimator, train_spec, eval_spec):
    """What an evaluator does: evaluates new checkpoints until one has reached the last step."""
    time.sleep(eval_spec.start_delay_secs)
    evaluate = _Evaluator(estimator, train_spec, eval_spec)
    while True:
        start = time.monotonic()
        found = evaluate()
        if found is not None and train_spec.max_steps and found[0][_GLOBAL_STEP] >= train_spec.max_steps:
            return found
        time.sleep(max(0.0, eval_spec.throttle_secs - (time.monotonic() - start)))
