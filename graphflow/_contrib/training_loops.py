"""`tf.contrib.training`: loops that train and evaluate in MonitoredSessions."""

from __future__ import annotations

from graphflow._ops import summaries
from graphflow._train import file_writer, global_step
from graphflow._train.sessions import hook, monitored


def train(
    train_op, logdir, master="", is_chief=True, scaffold=None, hooks=None, chief_only_hooks=None, save_checkpoint_secs=600,
    save_summaries_steps=100, config=None, max_wait_secs=7200, run_metadata=None,
):  # fmt: skip
    """Runs `train_op` in a MonitoredTrainingSession until a hook or the input stops it.

    Returns:
        its last value.

    Raises:
        ValueError: no folder for the checkpoints or summaries that are asked for.
    """
    if logdir is None and is_chief:
        for name, value in (
            ("save_summaries_steps", save_summaries_steps),
            ("save_checkpoint_secs", save_checkpoint_secs),
        ):
            if value:
                raise ValueError(f"logdir cannot be None when {name} is not None")
    with monitored.MonitoredTrainingSession(
        master=master, is_chief=is_chief, checkpoint_dir=logdir, scaffold=scaffold, hooks=hooks,
        chief_only_hooks=chief_only_hooks, save_checkpoint_secs=save_checkpoint_secs,
        save_summaries_steps=save_summaries_steps, config=config, max_wait_secs=max_wait_secs,
    ) as session:  # fmt: skip
        loss = None
        while not session.should_stop():
            loss = session.run(train_op, run_metadata=run_metadata)
    return loss


class SummaryAtEndHook(hook.SessionRunHook):
    """Writes a summary when the session ends.

    Args:
        log_dir: the folder, or `summary_writer`: the writer.
        summary_op: what to write, fed with `feed_dict`; all summaries when None.

    Raises:
        ValueError: neither a folder nor a writer.
    """

    def __init__(self, log_dir=None, summary_writer=None, summary_op=None, feed_dict=None):
        if log_dir is None and summary_writer is None:
            raise ValueError("One of log_dir or summary_writer should be used.")
        self._log_dir, self._writer, self._summary, self._feeds = log_dir, summary_writer, summary_op, feed_dict
        self._all = summary_op is None

    def begin(self):
        if self._all:
            self._summary = summaries.merge_all()
        self._step = global_step.get_or_create_global_step()

    def after_create_session(self, session, coord):
        if self._writer is None:
            self._writer = file_writer.FileWriterCache.get(self._log_dir)

    def end(self, session):
        if self._summary is not None:
            step, summary = session.run(self._step), session.run(self._summary, self._feeds)
            self._writer.add_summary(summary, step)
        self._writer.flush()
