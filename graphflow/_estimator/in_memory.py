"""Hooks around training: evaluation without a checkpoint, and an end at a step that a checkpoint holds."""

from __future__ import annotations

import time

from graphflow._estimator import evaluation, step_read
from graphflow._graph import graph as graph_lib
from graphflow._graph import keys
from graphflow._ops import array, grouping, state
from graphflow._train.sessions import hook
from graphflow._train.sessions import hooks as ready_made
from graphflow._train.sessions import scaffold as scaffold_lib

_KEYS = keys.GraphKeys


class InMemoryEvaluatorHook(hook.SessionRunHook):
    """Evaluates while a model is trained: before the first step, every so many steps, and at the end.

    Args:
        estimator: the Estimator that is trained.
        input_fn, steps, hooks, name: as of `Estimator.evaluate`.
        every_n_iter: how many steps lie between two evaluations.

    Raises:
        ValueError: `every_n_iter` is not positive, or the estimator runs on several machines.
    """

    def __init__(self, estimator, input_fn, steps=None, hooks=None, name=None, every_n_iter=100):
        if every_n_iter is None or every_n_iter <= 0:
            raise ValueError(f"invalid every_n_iter={every_n_iter}.")
        if estimator.config.num_ps_replicas > 0 or estimator.config.num_worker_replicas > 1:
            raise ValueError("InMemoryEvaluator supports only single machine (aka Local) setting.")
        self._estimator, self._input_fn, self._folder = estimator, input_fn, estimator.eval_dir(name)
        self._hooks = evaluation.checked_hooks(hooks, steps)
        self._timer = ready_made.SecondOrStepTimer(every_steps=every_n_iter)

    def begin(self):
        """Builds the graph of evaluation."""
        self._timer.reset()
        self._done, self._graph = 0, graph_lib.Graph()
        with self._graph.as_default():
            built = self._estimator._build_evaluation(self._input_fn, self._hooks, checkpoint_path=None)
            self._scaffold, self._update, self._values, self._all_hooks = built
            for what, given in (("saver", self._scaffold.saver), ("init_fn", self._scaffold.init_fn)):
                if given is not None:
                    raise ValueError(f"InMemoryEvaluator does not support custom {what}")
            self._held = {v.name: v for v in self._graph.get_collection(_KEYS.GLOBAL_VARIABLES)}

    def after_create_session(self, session, coord):
        """Joins the variables of both graphs by name, and evaluates before the first step."""
        trained = graph_lib.get_default_graph()
        if trained.get_collection(_KEYS.SAVEABLE_OBJECTS):
            raise ValueError("InMemoryEvaluator does not support saveables other than global variables.")
        self._trained = {v.name: v for v in trained.get_collection(_KEYS.GLOBAL_VARIABLES) if v.name in self._held}
        with self._graph.as_default():
            self._given = {name: array.placeholder(v.dtype.base_dtype) for name, v in self._trained.items()}
            self._copy = grouping.group(*(state.assign(self._held[n], given) for n, given in self._given.items()))
        self._evaluate(session)

    def after_run(self, run_context, run_values):
        """Evaluates when it is time."""
        self._done += 1
        if self._timer.should_trigger_for_step(self._done):
            self._evaluate(run_context.session)

    def end(self, session):
        """Evaluates the final model."""
        self._evaluate(session)

    def _evaluate(self, session):
        values = session.run(self._trained)
        feeds = {self._given[name]: value for name, value in values.items()}

        def copy_variables(scaffold, inner):
            inner.run(self._copy, feeds)

        scaffold = scaffold_lib.Scaffold(init_fn=copy_variables, copy_from_scaffold=self._scaffold)
        with self._graph.as_default():
            self._estimator._run_evaluation(None, scaffold, self._update, self._values, self._all_hooks, self._folder)
        self._timer.update_last_triggered_step(self._done)


def make_stop_at_checkpoint_step_hook(estimator, last_step, wait_after_file_check_secs=30):
    """A hook that ends training at a step: the chief's at once, another's when a checkpoint of that step is written.

    Args:
        estimator: an Estimator.
        last_step: the step.
        wait_after_file_check_secs: how long another waits between two looks at the folder.
    """
    if estimator.config.is_chief:
        return ready_made.StopAtStepHook(last_step=last_step)
    return _StopAtCheckpointStep(estimator, last_step, wait_after_file_check_secs)


class _StopAtCheckpointStep(hook.SessionRunHook):
    def __init__(self, estimator, last_step, wait_secs):
        if last_step is None:
            raise ValueError("last_step must be specified.")
        self._estimator, self._last_step, self._wait_secs = estimator, last_step, wait_secs

    def begin(self):
        self._step = step_read.get_or_create()
        if self._step is None:
            raise RuntimeError("Global step should be created to use StopAtCheckpointStepHook.")

    def before_run(self, run_context):
        return hook.SessionRunArgs(self._step)

    def after_run(self, run_context, run_values):
        if run_values.results + 1 < self._last_step:
            return
        if self._estimator._steps_done() >= self._last_step:
            run_context.request_stop()
        else:
            time.sleep(self._wait_secs)
