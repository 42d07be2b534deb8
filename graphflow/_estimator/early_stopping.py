"""Hooks that end training when an evaluation says so: they read the summaries that evaluations left behind."""

from __future__ import annotations

import collections
import operator
import os

from graphflow._core import dtypes, log
from graphflow._estimator import estimator as estimator_lib
from graphflow._files import event_file, gfile
from graphflow._graph import keys
from graphflow._ops import initializers, state, variable_scope
from graphflow._train import global_step
from graphflow._train.sessions import hook
from graphflow._train.sessions import hooks as ready_made


def make_early_stopping_hook(estimator, should_stop_fn, run_every_secs=60, run_every_steps=None):
    """A hook that ends training once a function says so.

    Args:
        estimator: an Estimator.
        should_stop_fn: a function without arguments that returns a bool.
        run_every_secs, run_every_steps: how often it is asked; give one of the two, None for the other.

    Raises:
        TypeError: `estimator` is no Estimator. ValueError: both intervals are given.
    """
    if not isinstance(estimator, estimator_lib.Estimator):
        raise TypeError(f"`estimator` must have type `tf.estimator.Estimator`. Got: {type(estimator)}")
    if run_every_secs is not None and run_every_steps is not None:
        raise ValueError("Only one of `run_every_secs` and `run_every_steps` must be set.")
    if estimator.config.is_chief:
        return _StopWhenAsked(should_stop_fn, run_every_secs, run_every_steps)
    return _StopWithTheChief()


def stop_if_higher_hook(
    estimator, metric_name, threshold, eval_dir=None, min_steps=0, run_every_secs=60, run_every_steps=None
):  # fmt: skip
    """A hook that ends training once a metric of an evaluation is above a threshold.

    Args:
        estimator: an Estimator.
        metric_name: of the metric: "loss", "accuracy" ...
        threshold: a number.
        eval_dir: the folder of the evaluation's summaries; `estimator.eval_dir()` when None.
        min_steps: evaluations at earlier steps do not count.
        run_every_secs, run_every_steps: as of `make_early_stopping_hook`.
    """
    should_stop = _crosses(metric_name, threshold, operator.gt, eval_dir or estimator.eval_dir(), min_steps)
    return make_early_stopping_hook(estimator, should_stop, run_every_secs, run_every_steps)


def stop_if_lower_hook(
    estimator, metric_name, threshold, eval_dir=None, min_steps=0, run_every_secs=60, run_every_steps=None
):  # fmt: skip
    """A hook that ends training once a metric is below a threshold; arguments as of `stop_if_higher_hook`."""
    should_stop = _crosses(metric_name, threshold, operator.lt, eval_dir or estimator.eval_dir(), min_steps)
    return make_early_stopping_hook(estimator, should_stop, run_every_secs, run_every_steps)


def stop_if_no_increase_hook(
    estimator, metric_name, max_steps_without_increase, eval_dir=None, min_steps=0, run_every_secs=60,
    run_every_steps=None,
):  # fmt: skip
    """A hook that ends training once the highest value of a metric is `max_steps_without_increase` steps old.

    Arguments as of `stop_if_higher_hook`.
    """
    folder = eval_dir or estimator.eval_dir()
    should_stop = _stands_still(metric_name, max_steps_without_increase, operator.gt, folder, min_steps)
    return make_early_stopping_hook(estimator, should_stop, run_every_secs, run_every_steps)


def stop_if_no_decrease_hook(
    estimator, metric_name, max_steps_without_decrease, eval_dir=None, min_steps=0, run_every_secs=60,
    run_every_steps=None,
):  # fmt: skip
    """A hook that ends training once the lowest value of a metric is `max_steps_without_decrease` steps old.

    Arguments as of `stop_if_higher_hook`.
    """
    folder = eval_dir or estimator.eval_dir()
    should_stop = _stands_still(metric_name, max_steps_without_decrease, operator.lt, folder, min_steps)
    return make_early_stopping_hook(estimator, should_stop, run_every_secs, run_every_steps)


def read_eval_metrics(eval_dir):
    """All numbers in the summaries of a folder: dict step -> dict name -> value, in the order of steps."""
    found = collections.defaultdict(dict)
    for path in gfile.Glob(os.path.join(eval_dir, "events.out.tfevents.*")):
        for event in event_file.events(path):
            values = {v.tag: v.simple_value for v in event.summary.value if v.HasField("simple_value")}
            if values:
                found[event.step].update(values)
    return dict(sorted(found.items()))


def _values(metric_name, eval_dir, min_steps):
    """Pairs (step, value of a metric) of the evaluations that count."""
    for step, metrics in read_eval_metrics(eval_dir).items():
        if step >= min_steps:
            if metric_name not in metrics:
                raise KeyError(f"no metric {metric_name!r} at step {step} in {eval_dir}, there are {sorted(metrics)}")
            yield step, metrics[metric_name]


def _crosses(metric_name, threshold, is_beyond, eval_dir, min_steps):
    def should_stop():
        for step, value in _values(metric_name, eval_dir, min_steps):
            if is_beyond(value, threshold):
                log.info("At step %s, metric %r is %s, beyond the threshold %s", step, metric_name, value, threshold)
                return True
        return False

    return should_stop


def _stands_still(metric_name, patience, is_better, eval_dir, min_steps):
    def should_stop():
        best, found_at = None, None
        for step, value in _values(metric_name, eval_dir, min_steps):
            if best is None or is_better(value, best):
                best, found_at = value, step
            if step - found_at >= patience:
                log.info("Metric %r has been no better than %s for %s steps", metric_name, best, step - found_at)
                return True
        return False

    return should_stop


def _stop_variable():
    """The variable by which a chief tells the others to stop."""
    with variable_scope.variable_scope("signal_early_stopping", reuse=variable_scope.AUTO_REUSE):
        return variable_scope.get_variable(
            "STOP", shape=[], dtype=dtypes.bool, initializer=initializers.Constant(False), trainable=False,
            collections=[keys.GraphKeys.GLOBAL_VARIABLES],
        )  # fmt: skip


class _StopWhenAsked(hook.SessionRunHook):
    def __init__(self, should_stop_fn, run_every_secs, run_every_steps):
        if not callable(should_stop_fn):
            raise TypeError("`should_stop_fn` must be callable.")
        self._should_stop = should_stop_fn
        self._timer = ready_made.SecondOrStepTimer(every_secs=run_every_secs, every_steps=run_every_steps)

    def begin(self):
        self._step = global_step.get_global_step()
        self._stop = state.assign(_stop_variable(), True)

    def before_run(self, run_context):
        return hook.SessionRunArgs(self._step)

    def after_run(self, run_context, run_values):
        step = run_values.results
        if self._timer.should_trigger_for_step(step):
            self._timer.update_last_triggered_step(step)
            if self._should_stop():
                log.info("Requesting early stopping at global step %d", step)
                run_context.session.run(self._stop)
                run_context.request_stop()


class _StopWithTheChief(hook.SessionRunHook):
    def begin(self):
        self._stopped = _stop_variable()

    def before_run(self, run_context):
        return hook.SessionRunArgs(self._stopped)

    def after_run(self, run_context, run_values):
        if run_values.results:
            log.info("Early stopping requested, suspending run.")
            run_context.request_stop()
