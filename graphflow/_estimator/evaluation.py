"""One evaluation: a checkpoint, a metric's updates run again and again, and its values at the end."""

from __future__ import annotations

import math
import time

from graphflow._core import dtypes, log
from graphflow._estimator import arguments
from graphflow._graph import graph as graph_lib
from graphflow._graph import keys
from graphflow._ops import array, initializers, state, variable_scope
from graphflow._train.saving import init_from
from graphflow._train.sessions import hook, monitored
from graphflow._train.sessions import hooks as ready_made

_EVAL_STEP = keys.GraphKeys.EVAL_STEP


def get_or_create_eval_step():
    """The local variable that counts the batches of an evaluation.

    Raises:
        ValueError: the graph has several.
    """
    found = graph_lib.get_default_graph().get_collection(_EVAL_STEP)
    if len(found) > 1:
        raise ValueError("Multiple tensors added to tf.GraphKeys.EVAL_STEP")
    if found:
        return found[0]
    return variable_scope.get_variable(
        "eval_step", shape=[], dtype=dtypes.int64, initializer=initializers.Zeros(), trainable=False,
        collections=[keys.GraphKeys.LOCAL_VARIABLES, _EVAL_STEP],
    )  # fmt: skip


class StopAfterNEvalsHook(hook.SessionRunHook):
    """Stops after so many batches; never where None.

    Args:
        num_evals: int or None.
        log_progress: whether progress is logged.
    """

    def __init__(self, num_evals, log_progress=True):
        self._num_evals, self._done, self._logs = num_evals, None, log_progress
        self._every = 1 if num_evals is None or num_evals < 20 else math.floor(num_evals / 10.0)

    def count(self, evals_completed):
        """Says which tensor tells how many batches are done."""
        self._done = evals_completed

    def before_run(self, run_context):
        return hook.SessionRunArgs({"evals_completed": self._done})

    def after_run(self, run_context, run_values):
        done = run_values.results["evals_completed"]
        if self._logs and (self._num_evals is None or done % self._every == 0 or done == self._num_evals):
            log.info("Evaluation [%d%s]", done, "" if self._num_evals is None else f"/{self._num_evals}")
        if self._num_evals is not None and done >= self._num_evals:
            run_context.request_stop()


def checked_hooks(hooks, steps):
    """The hooks of an evaluation of so many batches, of all there are when None.

    Raises:
        ValueError: `steps` is not positive. TypeError: something is no SessionRunHook.
    """
    hooks = arguments.checked_hooks(hooks)
    if steps is not None:
        if steps <= 0:
            raise ValueError(f"Must specify steps > 0, given: {steps}")
        hooks.append(StopAfterNEvalsHook(steps))
    return hooks


def evaluate_once(
    checkpoint_path, master="", scaffold=None, eval_ops=None, feed_dict=None, final_ops=None, final_ops_feed_dict=None,
    hooks=None, config=None,
):  # fmt: skip
    """Evaluates one checkpoint: runs `eval_ops` until the input ends or a hook stops, then `final_ops`.

    Args:
        checkpoint_path: what to restore; the variables are initialised where None.
        master, config: of the session.
        scaffold: a Scaffold.
        eval_ops: an operation, or a list or dict of tensors and operations; None runs nothing.
        feed_dict: of `eval_ops`.
        final_ops, final_ops_feed_dict: any structure of tensors, and what is fed to it.
        hooks: SessionRunHooks.

    Returns:
        the values of `final_ops`.
    """
    step, all_hooks = get_or_create_eval_step(), list(hooks or [])
    if eval_ops is not None:
        advanced = state.assign_add(step, 1, use_locking=True)
        if isinstance(eval_ops, dict):
            eval_ops["update_eval_step"] = advanced
        else:
            eval_ops = [*(eval_ops if isinstance(eval_ops, (tuple, list)) else [eval_ops]), advanced]
        after = list(eval_ops.values()) if isinstance(eval_ops, dict) else eval_ops
        with graph_lib.get_default_graph().control_dependencies(after):
            done = array.identity(step.read_value())
        for one in all_hooks:
            if isinstance(one, StopAfterNEvalsHook):
                one.count(done)
    log.info("Starting evaluation at %s", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.localtime()))
    final = ready_made.FinalOpsHook(final_ops, final_ops_feed_dict)
    creator = monitored.ChiefSessionCreator(scaffold, master, config, checkpoint_filename_with_path=checkpoint_path)
    with monitored.MonitoredSession(creator, [*all_hooks, final]) as session:
        if eval_ops is not None:
            while not session.should_stop():
                session.run(eval_ops, feed_dict)
    log.info("Finished evaluation at %s", time.strftime("%Y-%m-%d-%H:%M:%S", time.localtime()))
    return final.final_ops_values


def evaluate_repeatedly(
    checkpoint_dir, master="", scaffold=None, eval_ops=None, feed_dict=None, final_ops=None, final_ops_feed_dict=None,
    eval_interval_secs=60, hooks=None, config=None, max_number_of_evaluations=None, timeout=None, timeout_fn=None,
):  # fmt: skip
    """Evaluates checkpoints as they appear in a folder; the other arguments are those of `evaluate_once`.

    Args:
        eval_interval_secs: the least time between two evaluations.
        max_number_of_evaluations: how many, or None: for ever.
        timeout, timeout_fn: as for `checkpoints_iterator`.

    Returns:
        the last values of `final_ops`.
    """
    step, all_hooks = get_or_create_eval_step(), [] if hooks is None else hooks
    if eval_ops is not None:
        done = state.assign_add(step, 1)
        for one in all_hooks:
            if isinstance(one, StopAfterNEvalsHook):
                one.count(done)
        if isinstance(eval_ops, dict):
            eval_ops["update_eval_step"] = done
        else:
            eval_ops = [*(eval_ops if isinstance(eval_ops, (tuple, list)) else [eval_ops]), done]
    final = ready_made.FinalOpsHook(final_ops, final_ops_feed_dict)
    all_hooks.append(final)
    found = init_from.checkpoints_iterator(checkpoint_dir, eval_interval_secs, timeout, timeout_fn)
    for count, path in enumerate(found, 1):
        creator = monitored.ChiefSessionCreator(scaffold, master, config, checkpoint_filename_with_path=path)
        with monitored.MonitoredSession(creator, all_hooks) as session:
            log.info("Starting evaluation at %s", time.strftime("%Y-%m-%d-%H:%M:%S", time.gmtime()))
            if eval_ops is not None:
                while not session.should_stop():
                    session.run(eval_ops, feed_dict)
            log.info("Finished evaluation at %s", time.strftime("%Y-%m-%d-%H:%M:%S", time.gmtime()))
        if max_number_of_evaluations is not None and count >= max_number_of_evaluations:
            break
    return final.final_ops_values
