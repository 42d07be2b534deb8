"""`slim.evaluation`: a number of batches of a checkpoint, or of each that appears, with the summaries at the end."""

from __future__ import annotations

from graphflow._contrib import training_loops
from graphflow._estimator import evaluation
from graphflow._ops import summaries
from graphflow._train.saving import saver
from graphflow._train.sessions import scaffold

_ALL_SUMMARIES = 0


def evaluate_once(
    master, checkpoint_path, logdir, num_evals=1, initial_op=None, initial_op_feed_dict=None, eval_op=None,
    eval_op_feed_dict=None, final_op=None, final_op_feed_dict=None, summary_op=_ALL_SUMMARIES, summary_op_feed_dict=None,
    variables_to_restore=None, session_config=None, hooks=None,
):  # fmt: skip
    """Restores a checkpoint, runs `eval_op` `num_evals` times, and then `final_op`.

    Args:
        logdir: where summaries go.
        initial_op, eval_op, final_op: what runs first, each time, and last; each with its feeds, or None.
        summary_op: what is written at the end: all summaries by default, none for None.
        variables_to_restore: list or dict as for a Saver; all when None.
        hooks: more SessionRunHooks.

    Returns:
        the value of `final_op`.
    """
    return evaluation.evaluate_once(
        checkpoint_path, master=master, scaffold=_scaffold(initial_op, initial_op_feed_dict, None, variables_to_restore),
        eval_ops=eval_op, feed_dict=eval_op_feed_dict, final_ops=final_op, final_ops_feed_dict=final_op_feed_dict,
        hooks=_hooks(num_evals, logdir, summary_op, summary_op_feed_dict, hooks), config=session_config,
    )  # fmt: skip


def evaluation_loop(
    master, checkpoint_dir, logdir, num_evals=1, initial_op=None, initial_op_feed_dict=None, init_fn=None, eval_op=None,
    eval_op_feed_dict=None, final_op=None, final_op_feed_dict=None, summary_op=_ALL_SUMMARIES, summary_op_feed_dict=None,
    variables_to_restore=None, eval_interval_secs=60, max_number_of_evaluations=None, session_config=None, timeout=None,
    timeout_fn=None, hooks=None,
):  # fmt: skip
    """`evaluate_once` for each checkpoint that appears in `checkpoint_dir`; see `evaluate_repeatedly` for when it ends.

    Args:
        init_fn: function of the session, called after `initial_op`.

    Returns:
        the last value of `final_op`.
    """
    return evaluation.evaluate_repeatedly(
        checkpoint_dir, master=master, scaffold=_scaffold(initial_op, initial_op_feed_dict, init_fn, variables_to_restore),
        eval_ops=eval_op, feed_dict=eval_op_feed_dict, final_ops=final_op, final_ops_feed_dict=final_op_feed_dict,
        eval_interval_secs=eval_interval_secs, hooks=_hooks(num_evals, logdir, summary_op, summary_op_feed_dict, hooks),
        config=session_config, max_number_of_evaluations=max_number_of_evaluations, timeout=timeout, timeout_fn=timeout_fn,
    )  # fmt: skip


def _scaffold(initial_op, feeds, init_fn, variables):
    called = None if init_fn is None else lambda _, session: init_fn(session)
    restoring = None if variables is None else saver.Saver(variables)
    return scaffold.Scaffold(init_op=initial_op, init_feed_dict=feeds, init_fn=called, saver=restoring)


def _hooks(num_evals, logdir, summary_op, feeds, more):
    summary_op = summaries.merge_all() if isinstance(summary_op, int) else summary_op
    found = [evaluation.StopAfterNEvalsHook(num_evals)]
    if summary_op is not None:
        found.append(training_loops.SummaryAtEndHook(logdir, summary_op=summary_op, feed_dict=feeds))
    return [*found, *(more or [])]
