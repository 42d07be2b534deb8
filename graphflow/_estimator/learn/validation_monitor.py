"""ValidationMonitor: evaluates new checkpoints while a model is trained, and can end training."""

from __future__ import annotations

import copy
import time

from graphflow._core import log
from graphflow._estimator import estimator as core
from graphflow._estimator.learn import monitors
from graphflow._train.saving import state_file


class ValidationMonitor(monitors.EveryN):
    """Evaluates, at most every `every_n_steps` steps, the latest checkpoint if that is a new one.

    Args:
        x, y, input_fn, batch_size, metrics, hooks, name: as of `tf.contrib.learn.Estimator.evaluate`.
        eval_steps: how many batches.
        early_stopping_rounds: training ends once the best value of a metric is so many steps old; never when None.
        early_stopping_metric: the metric's name; early_stopping_metric_minimize: whether small is good.
        check_interval_secs: how many seconds lie between two looks for checkpoints, at least.

    Attributes:
        early_stopped: whether it ended training. best_step, best_value, best_metrics: of the best evaluation.

    Raises:
        ValueError: there is neither `x` nor `input_fn`.
    """

    def __init__(
        self, x=None, y=None, input_fn=None, batch_size=None, eval_steps=None, every_n_steps=100, metrics=None, hooks=None,
        early_stopping_rounds=None, early_stopping_metric="loss", early_stopping_metric_minimize=True, name=None,
        check_interval_secs=5,
    ):  # fmt: skip
        super().__init__(every_n_steps=every_n_steps, first_n_steps=-1)
        if x is None and input_fn is None:
            raise ValueError("Either x or input_fn should be provided.")
        self.x, self.y, self.input_fn, self.batch_size, self.eval_steps = x, y, input_fn, batch_size, eval_steps
        self.metrics, self.hooks, self.name = metrics, hooks, name
        self.early_stopping_rounds, self.early_stopping_metric = early_stopping_rounds, early_stopping_metric
        self.early_stopping_metric_minimize = early_stopping_metric_minimize
        self.early_stopped = False
        self.best_step = self.best_value = self.best_metrics = None
        self._latest_path = self._last_look = None
        self._interval = check_interval_secs

    def every_n_step_end(self, step, outputs):
        super().every_n_step_end(step, outputs)
        if self._estimator is None:
            raise ValueError("Missing call to set_estimator.")
        if not self._is_there_a_new_checkpoint():
            return False
        found = self._evaluate()
        log.info("Validation (step %d): %s", step, ", ".join(f"{key} = {value}" for key, value in found.items()))
        return self.early_stopping_rounds is not None and self._is_too_old(step, found)

    def _is_there_a_new_checkpoint(self):
        now = time.time()
        if None not in (self._interval, self._last_look) and now - self._last_look <= self._interval:
            return False
        self._last_look = now
        latest = state_file.latest_checkpoint(self._estimator.model_dir)
        if latest in (None, self._latest_path):
            return False
        self._latest_path = latest
        return True

    def _evaluate(self):
        options = {"input_fn": self.input_fn, "steps": self.eval_steps, "hooks": self.hooks, "name": self.name}
        of_arrays = {"x": self.x, "y": self.y, "batch_size": self.batch_size, "metrics": self.metrics}
        if not isinstance(self._estimator, core.Estimator):
            return self._estimator.evaluate(**options, **of_arrays)
        if any(value is not None for value in of_arrays.values()):
            raise ValueError(
                f"tf.estimator.Estimator does not take {', '.join(of_arrays)}: leave them out of ValidationMonitor."
            )
        return self._estimator.evaluate(**options)

    def _is_too_old(self, step, found):
        """Whether the best evaluation, which this one may be, lies too long ago."""
        if self.early_stopping_metric not in found:
            raise ValueError(f"Metric {self.early_stopping_metric} missing from outputs {sorted(found)}.")
        value = found[self.early_stopping_metric]
        sign = 1 if self.early_stopping_metric_minimize else -1
        if self.best_value is None or sign * value < sign * self.best_value:
            self.best_value, self.best_metrics, self.best_step = value, copy.deepcopy(found), step
        if step - self.best_step < self.early_stopping_rounds:
            return False
        log.info("Stopping. Best step: %s with %s = %s.", self.best_step, self.early_stopping_metric, self.best_value)
        self.early_stopped = True
        return True
