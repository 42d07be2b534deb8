"""Monitors, what hooks were before: objects that are told of each step of training, and the hook that tells them."""

from __future__ import annotations

import inspect

import numpy as np

from graphflow._core import log
from graphflow._graph import graph as graph_lib
from graphflow._graph import keys
from graphflow._train import global_step
from graphflow._train.sessions import hook
from graphflow._train.sessions import hooks as ready_made


class BaseMonitor:
    """What a monitor may be told; each method of a subclass calls the one here first.

    `begin(max_steps)` and `end(session)` come once; for each step `step_begin(step)`, which returns a list of tensors or their
    names, `step_end(step, outputs)` with their values, which returns whether to stop, and `post_step(step, session)`.
    """

    run_on_all_workers = False

    def __init__(self):
        self._begun, self._current_epoch, self._current_step = False, None, None
        self._max_steps = self._estimator = None

    def set_estimator(self, estimator):
        """The estimator that is monitored; ValueError for None."""
        if estimator is None:
            raise ValueError("Missing estimator.")
        self._estimator = estimator

    def begin(self, max_steps=None):
        """Training begins."""
        if self._begun:
            raise ValueError("begin called twice without end.")
        self._max_steps, self._begun = max_steps, True

    def end(self, session=None):
        """Training is over."""
        if not self._begun:
            raise ValueError("end called without begin.")
        self._max_steps, self._begun = None, False

    def epoch_begin(self, epoch):
        """An epoch begins."""
        if self._current_epoch is not None:
            raise ValueError("epoch_begin called twice without epoch_end.")
        if epoch < 0:
            raise ValueError(f"Invalid epoch {epoch}.")
        self._current_epoch = epoch

    def epoch_end(self, epoch):
        """An epoch is over."""
        if self._current_epoch != epoch:
            raise ValueError(f"epoch_end expected {self._current_epoch} but got {epoch}.")
        self._current_epoch = None

    def step_begin(self, step):
        """A step begins; what to compute with it, a list of tensors or names."""
        if step < 0 or (self._max_steps is not None and step > self._max_steps):
            raise ValueError(f"Invalid step {step}.")
        self._current_step = step
        return []

    def step_end(self, step, output):
        """A step is over; `output` maps what was asked for to values. Returns whether to stop."""
        if self._current_step != step:
            raise ValueError(f"step_end expected {self._current_step} but got {step}.")
        self._current_step = None
        return False

    def post_step(self, step, session):
        """A step is over for all monitors."""


class EveryN(BaseMonitor):
    """Told of every n-th step, and of the first ones, by `every_n_step_begin`, `every_n_step_end` and `every_n_post_step`.

    The last one comes for the last step too.

    Args:
        every_n_steps: n. first_n_steps: up to which step it is told of all.
    """

    def __init__(self, every_n_steps=100, first_n_steps=1):
        super().__init__()
        self._every_n_steps, self._first_n_steps = every_n_steps, first_n_steps
        self._last_successful_step, self._last_active_step, self._is_active = None, 0, False

    def every_n_step_begin(self, step):
        """As `step_begin`."""
        return []

    def every_n_step_end(self, step, outputs):
        """As `step_end`."""
        return False

    def every_n_post_step(self, step, session):
        """As `post_step`."""

    def step_begin(self, step):
        super().step_begin(step)
        is_early, is_due = step <= self._first_n_steps, step >= self._every_n_steps + self._last_active_step
        self._is_active = is_early or is_due or step == self._max_steps
        return self.every_n_step_begin(step) if self._is_active else []

    def step_end(self, step, output):
        super().step_end(step, output)
        return self.every_n_step_end(step, output) if self._is_active else False

    def post_step(self, step, session):
        super().post_step(step, session)
        if self._is_active:
            self.every_n_post_step(step, session)
            self._last_active_step = step
        self._last_successful_step = step

    def end(self, session=None):
        super().end(session=session)
        if self._last_successful_step != self._last_active_step:
            self.every_n_post_step(self._last_successful_step, session)


class StopAtStep(BaseMonitor):
    """Stops after `num_steps` steps, or at step `last_step`; exactly one of the two."""

    run_on_all_workers = True

    def __init__(self, num_steps=None, last_step=None):
        super().__init__()
        if (num_steps is None) == (last_step is None):
            raise ValueError("Exactly one of num_steps and last_step must be specified.")
        self._num_steps, self._last_step = num_steps, last_step

    def step_begin(self, step):
        super().step_begin(step)
        if self._last_step is None:
            self._last_step = step + self._num_steps - 1
        return []

    def step_end(self, step, output):
        super().step_end(step, output)
        return step >= self._last_step


def value_of(outputs, asked):
    """The value of a tensor or name that a monitor asked for."""
    return outputs[asked] if asked in outputs else outputs[asked.name]


class _Logging(EveryN):
    """Logs the values of tensors, by tag."""

    _what = "Step"

    def every_n_step_begin(self, step):
        super().every_n_step_begin(step)
        return list(self._tags.values())

    def every_n_step_end(self, step, outputs):
        super().every_n_step_end(step, outputs)
        shown = [f"{tag} = {value_of(outputs, name)}" for tag, name in self._tags.items() if name in outputs]
        log.info("%s %d: %s", self._what, step, ", ".join(shown))


class PrintTensor(_Logging):
    """Logs tensors: `tensor_names` are names, or a dict tag -> name; `every_n` and `first_n` as of EveryN."""

    def __init__(self, tensor_names, every_n=100, first_n=1):
        super().__init__(every_n, first_n)
        self._tags = tensor_names if isinstance(tensor_names, dict) else {name: name for name in tensor_names}


class LoggingTrainable(_Logging):
    """Logs the trainable variables whose names match `scope`; `every_n` and `first_n` as of EveryN."""

    _what = "Logging Trainable: Step"

    def __init__(self, scope=None, every_n=100, first_n=1):
        super().__init__(every_n, first_n)
        self._scope = scope

    def every_n_step_begin(self, step):
        found = graph_lib.get_default_graph().get_collection(keys.GraphKeys.TRAINABLE_VARIABLES, scope=self._scope)
        self._tags = {variable.name: variable.value().name for variable in found}
        return super().every_n_step_begin(step)


class CaptureVariable(EveryN):
    """Keeps the values of a variable by step, in `values`; `var_name` ends in ":0"."""

    def __init__(self, var_name, every_n=100, first_n=1):
        super().__init__(every_n, first_n)
        self._var_name, self.values = var_name, {}

    def every_n_step_begin(self, step):
        super().every_n_step_begin(step)
        return [self._var_name]

    def every_n_step_end(self, step, outputs):
        super().every_n_step_end(step, outputs)
        self.values[step] = value_of(outputs, self._var_name)


class NanLoss(EveryN):
    """Ends training where the loss is NaN, with NanLossDuringTrainingError where `fail_on_nan_loss`."""

    def __init__(self, loss_tensor, every_n_steps=100, fail_on_nan_loss=True):
        super().__init__(every_n_steps=every_n_steps)
        self._loss, self._fails = loss_tensor, fail_on_nan_loss

    def every_n_step_begin(self, step):
        super().every_n_step_begin(step)
        return [self._loss]

    def every_n_step_end(self, step, outputs):
        super().every_n_step_end(step, outputs)
        if not np.isnan(value_of(outputs, self._loss)):
            return False
        if self._fails:
            raise ready_made.NanLossDuringTrainingError
        log.warning("Model diverged with loss = NaN.")
        return True


class RunHookAdapterForMonitors(hook.SessionRunHook):
    """The hook that tells monitors of each step."""

    def __init__(self, monitors):
        self._monitors = monitors

    def begin(self):
        self._last_step, self._global_step = None, global_step.get_global_step()
        for monitor in self._monitors:
            monitor.begin(max_steps=None)

    def before_run(self, run_context):
        if self._last_step is None:
            self._last_step = run_context.session.run(self._global_step) + 1
        asked = []
        for monitor in self._monitors:
            wanted = monitor.step_begin(self._last_step) or []
            if not isinstance(wanted, list):
                raise ValueError(f"{type(monitor).__name__}.step_begin should return a list, got {wanted}")
            asked.extend(wanted)
        return hook.SessionRunArgs([self._global_step, {name: _element(name) for name in asked}])

    def after_run(self, run_context, run_values):
        step, outputs = run_values.results
        for monitor in self._monitors:
            if monitor.step_end(self._last_step, outputs):
                run_context.request_stop()
        for monitor in self._monitors:
            monitor.post_step(self._last_step, run_context.session)
        self._last_step = step + 1

    def end(self, session):
        self._last_step = None
        for monitor in self._monitors:
            monitor.end(**({"session": session} if "session" in inspect.signature(monitor.end).parameters else {}))


def _element(asked):
    """A tensor or operation of the default graph, by itself or by its name, in which ":0" may be missing."""
    graph = graph_lib.get_default_graph()
    if isinstance(asked, str):
        return graph.as_graph_element(asked if ":" in asked else f"{asked}:0")
    if getattr(asked, "graph", None) is not graph:
        raise ValueError(f"A monitor asks for {asked}, which is not in the graph that is run.")
    return asked


def replace_monitors_with_hooks(monitors_or_hooks, estimator):
    """The hooks of a list, and one hook for all monitors of it; these get to know the estimator."""
    given = list(monitors_or_hooks or [])
    hooks = [one for one in given if isinstance(one, hook.SessionRunHook)]
    monitors = [one for one in given if not isinstance(one, hook.SessionRunHook)]
    if not estimator.config.is_chief:
        monitors = [one for one in monitors if one.run_on_all_workers]
    for monitor in monitors:
        monitor.set_estimator(estimator)
    return [*hooks, RunHookAdapterForMonitors(monitors)] if monitors else hooks
