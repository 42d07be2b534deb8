"""Training, evaluation and runs of a graph that is there already."""

from __future__ import annotations

from graphflow._core import log
from graphflow._estimator import evaluation, result_summaries
from graphflow._graph import keys
from graphflow._ops import tables, variables
from graphflow._runtime import session as session_lib
from graphflow._train import coordinator, file_writer, global_step, queue_runner
from graphflow._train.saving import reader, saver
from graphflow._train.sessions import hooks as ready_made
from graphflow._train.sessions import monitored
from graphflow._train.sessions import scaffold as scaffold_lib


def train(
    graph, output_dir, train_op, loss_op, global_step_tensor=None, init_op=None, init_feed_dict=None, init_fn=None,
    log_every_steps=10, supervisor_is_chief=True, supervisor_master="", supervisor_save_model_secs=600,
    keep_checkpoint_max=5, supervisor_save_summaries_steps=100, feed_fn=None, steps=None, fail_on_nan_loss=True,
    monitors=None, max_steps=None,
):  # fmt: skip
    """Trains the model of a graph; returns the last loss.

    Args:
        graph: with a global step; output_dir: the folder of checkpoints and summaries.
        train_op, loss_op: a training step and the loss.
        init_op, init_feed_dict, init_fn: as of a Scaffold.
        feed_fn: a function that gives what to feed to each step.
        steps, max_steps: how many steps to add, or at which to end; for ever when None.
        monitors: SessionRunHooks.
        others: intervals, or of clusters.

    Raises:
        ValueError: there is no folder, or no global step.
    """
    if not output_dir:
        raise ValueError(f"Output directory should be non-empty {output_dir}.")
    with graph.as_default():
        step = global_step.get_global_step(graph) if global_step_tensor is None else global_step_tensor
        if step is None:
            raise ValueError('No "global_step" was provided or created.')
        hooks = [ready_made.NanTensorHook(loss_op, fail_on_nan_loss=fail_on_nan_loss), *(monitors or ())]
        if log_every_steps:
            hooks.append(ready_made.LoggingTensorHook({"loss": loss_op, "step": step}, every_n_iter=log_every_steps))
        if steps is not None or max_steps is not None:
            hooks.append(ready_made.StopAtStepHook(steps, max_steps))
        if feed_fn is not None:
            hooks.append(ready_made.FeedFnHook(feed_fn))
        scaffold = scaffold_lib.Scaffold(
            init_op=init_op, init_feed_dict=init_feed_dict, saver=saver.Saver(max_to_keep=keep_checkpoint_max),
            init_fn=None if init_fn is None else lambda scaffold, session: init_fn(session),
        )  # fmt: skip
        loss = None
        with monitored.MonitoredTrainingSession(
            supervisor_master, supervisor_is_chief, output_dir, scaffold, hooks,
            save_checkpoint_secs=supervisor_save_model_secs, save_summaries_steps=supervisor_save_summaries_steps,
        ) as session:  # fmt: skip
            while not session.should_stop():
                _, loss = session.run([train_op, loss_op])
        return loss


def evaluate(
    graph, output_dir, checkpoint_path, eval_dict, update_op=None, global_step_tensor=None, supervisor_master="",
    log_every_steps=10, feed_fn=None, max_steps=None,
):  # fmt: skip
    """(the values of a dict of tensors after all batches, the global step), with a checkpoint's variables.

    Args:
        output_dir: the folder of summaries, None for none; checkpoint_path: freshly initialised variables when None.
        eval_dict: dict name -> tensor; update_op: run for each batch.
        feed_fn: a function that gives what to feed to each batch; max_steps: how many batches.
    """
    with graph.as_default():
        step = global_step.get_global_step(graph) if global_step_tensor is None else global_step_tensor
        hooks = evaluation.checked_hooks(None, max_steps)
        if feed_fn is not None:
            hooks.append(ready_made.FeedFnHook(feed_fn))
        # Without an update the tensors themselves are what a batch is run for; their last values count.
        last = _LastValues(eval_dict) if update_op is None else None
        done = evaluation.evaluate_once(
            checkpoint_path, supervisor_master, eval_ops=dict(eval_dict) if update_op is None else update_op,
            final_ops={keys.GraphKeys.GLOBAL_STEP: step, **({} if last else eval_dict)},
            hooks=[*hooks, *([last] if last else [])],
        )  # fmt: skip
        number = done.pop(keys.GraphKeys.GLOBAL_STEP)
        results = last.values if last else done
        if output_dir:
            result_summaries.write(output_dir, results, number)
        return results, number


class _LastValues(ready_made.hook.SessionRunHook):
    def __init__(self, tensors):
        self._tensors, self.values = tensors, {}

    def before_run(self, run_context):
        return ready_made.hook.SessionRunArgs(self._tensors)

    def after_run(self, run_context, run_values):
        self.values = run_values.results


def run_feeds_iter(output_dict, feed_dicts, restore_checkpoint_path=None):
    """Yields the values of a dict of tensors for each dict of feeds, after initialising or restoring."""
    from_graph = next(iter(output_dict.values())).graph
    with from_graph.as_default(), session_lib.Session() as session:
        if restore_checkpoint_path:
            saver.Saver().restore(session, restore_checkpoint_path)
        else:
            session.run(variables.global_variables_initializer())
        session.run([variables.local_variables_initializer(), tables.tables_initializer()])
        coordinate = coordinator.Coordinator()
        threads = queue_runner.start_queue_runners(session, coordinate)
        for feeds in feed_dicts:
            yield session.run(output_dict, feeds)
        coordinate.request_stop()
        coordinate.join(threads, stop_grace_period_secs=120)


def run_feeds(output_dict, feed_dicts, restore_checkpoint_path=None):
    """`run_feeds_iter` as a list."""
    return list(run_feeds_iter(output_dict, feed_dicts, restore_checkpoint_path))


def run_n(output_dict, feed_dict=None, restore_checkpoint_path=None, n=1):
    """Runs a dict of tensors n times; a list of the dicts of values."""
    return run_feeds(output_dict, [feed_dict] * n, restore_checkpoint_path)


def infer(restore_checkpoint_path, output_dict, feed_dict=None):
    """The values of a dict of tensors, with a checkpoint's variables where one is named."""
    return run_feeds(output_dict, [feed_dict], restore_checkpoint_path)[0]


def load_variable(checkpoint_dir, name):
    """The value of a variable in the latest checkpoint of a folder."""
    return reader.load_variable(checkpoint_dir, name)


def get_summary_writer(logdir):
    """The FileWriter of a folder, the same at each call."""
    return file_writer.FileWriterCache.get(logdir)


def clear_summary_writers():
    """Closes and forgets all those writers."""
    log.debug("closing summary writers")
    file_writer.FileWriterCache.clear()
