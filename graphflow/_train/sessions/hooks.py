"""The hooks that training needs: logs, stops, checkpoints, summaries."""

from __future__ import annotations

import os
import time

import numpy as np

from graphflow._core import log
from graphflow._graph import graph as graph_lib
from graphflow._graph import keys, protos
from graphflow._train import file_writer, global_step
from graphflow._train.saving import graph_util, meta_graph
from graphflow._train.sessions import hook


class SecondOrStepTimer:
    """Says every so many steps, or seconds, that it is time again.

    Args:
        every_secs, every_steps: exactly one of the two.
    """

    def __init__(self, every_secs=None, every_steps=None):
        if every_secs is None and every_steps is None:
            raise ValueError("Either every_secs or every_steps should be provided.")
        if every_secs is not None and every_steps is not None:
            raise ValueError("Can not provide both every_secs and every_steps.")
        self._every_secs, self._every_steps = every_secs, every_steps
        self.reset()

    def reset(self):
        """Forgets when it was last time."""
        self._last_step = self._last_time = None

    def should_trigger_for_step(self, step):
        """Whether it is time at this step; always at the first."""
        if self._last_step is None:
            return True
        if self._last_step == step:
            return False
        if self._every_secs is not None:
            return time.time() >= self._last_time + self._every_secs
        return step >= self._last_step + self._every_steps

    def update_last_triggered_step(self, step):
        """(seconds, steps) since the last time, None for both at the first; this step is the last time now."""
        now = time.time()
        since = (None, None) if self._last_time is None else (now - self._last_time, step - self._last_step)
        self._last_time, self._last_step = now, step
        return since

    def last_triggered_step(self):
        """The step of the last time, None before the first."""
        return self._last_step


class _Never(SecondOrStepTimer):
    """Never says that it is time."""

    def __init__(self):
        super().__init__(every_steps=1)

    def should_trigger_for_step(self, step):
        return False


def _read_of_global_step(who):
    """The tensor that reads the global step: before the model changes it, where an estimator made such a read."""
    step = global_step.get_global_step()
    if step is None:
        raise RuntimeError(f"Global step should be created to use {who}: call tf.train.get_or_create_global_step()")
    early = step.graph.get_collection(global_step.READ_KEY)
    return early[0] if early else step


class LoggingTensorHook(hook.SessionRunHook):
    """Logs the values of tensors at level INFO.

    Args:
        tensors: dict tag -> tensor or name, or a list of them.
        every_n_iter, every_n_secs: how often, at most one of the two.
        at_end: also at the end.
        formatter: a function dict -> text, in place of `tag = value, ...`.
    """

    def __init__(self, tensors, every_n_iter=None, every_n_secs=None, at_end=False, formatter=None):
        only_at_end = at_end and every_n_iter is None and every_n_secs is None
        if not only_at_end and (every_n_iter is None) == (every_n_secs is None):
            raise ValueError("either at_end and/or exactly one of every_n_iter and every_n_secs must be provided.")
        if every_n_iter is not None and every_n_iter <= 0:
            raise ValueError(f"invalid every_n_iter={every_n_iter}.")
        self._order = sorted(tensors) if isinstance(tensors, dict) else list(tensors)
        self._tensors = tensors if isinstance(tensors, dict) else {one: one for one in tensors}
        self._formatter, self._at_end = formatter, at_end
        self._timer = _Never() if only_at_end else SecondOrStepTimer(every_n_secs, every_n_iter)

    def begin(self):
        self._timer.reset()
        self._count = 0
        self._fetched = {tag: _element(one) for tag, one in self._tensors.items()}

    def before_run(self, run_context):
        self._now = self._timer.should_trigger_for_step(self._count)
        return hook.SessionRunArgs(self._fetched) if self._now else None

    def after_run(self, run_context, run_values):
        if self._now:
            self._log(run_values.results)
        self._count += 1

    def end(self, session):
        if self._at_end:
            self._log(session.run(self._fetched))

    def _log(self, values):
        seconds, _ = self._timer.update_last_triggered_step(self._count)
        with np.printoptions(suppress=True):
            if self._formatter:
                log.info(self._formatter(values))
                return
            text = ", ".join(f"{tag} = {values[tag]}" for tag in self._order)
        log.info("%s", text) if seconds is None else log.info("%s (%.3f sec)", text, seconds)


def _element(one):
    """A tensor or operation of the default graph, given as itself or by name."""
    graph = graph_lib.get_default_graph()
    if not isinstance(one, str):
        if getattr(one, "graph", None) is not graph:
            raise ValueError(f"Passed {one} should have graph attribute that is equal to current graph {graph}.")
        return one
    if ":" in one:
        return graph.as_graph_element(one)
    op = graph.get_operation_by_name(one)
    if len(op.outputs) > 1:
        raise ValueError(f"Name {one} is ambiguous, as this `Operation` has {len(op.outputs)} outputs: say {one}:0.")
    return op.outputs[0]


class StopAtStepHook(hook.SessionRunHook):
    """Stops after so many steps, or at a global step.

    Args:
        num_steps: int, counted from where training starts.
        last_step: int, the global step; exactly one of the two.
    """

    def __init__(self, num_steps=None, last_step=None):
        if num_steps is None and last_step is None:
            raise ValueError("One of num_steps or last_step must be specified.")
        if num_steps is not None and last_step is not None:
            raise ValueError("Only one of num_steps or last_step can be specified.")
        self._num_steps, self._last_step = num_steps, last_step

    def begin(self):
        self._step = _read_of_global_step("StopAtStepHook")

    def after_create_session(self, session, coord):
        if self._last_step is None:
            self._last_step = session.run(self._step) + self._num_steps

    def before_run(self, run_context):
        return hook.SessionRunArgs(self._step)

    def after_run(self, run_context, run_values):
        # What was fetched may be of before the step or after it: only near the end is it worth another run to know.
        if run_values.results + 1 >= self._last_step and run_context.session.run(self._step) >= self._last_step:
            run_context.request_stop()


class CheckpointSaverListener:
    """Base of listeners that a CheckpointSaverHook calls; `after_save` may return True to stop training."""

    def begin(self):
        """Before the graph is finalised."""

    def before_save(self, session, global_step_value):
        """Before a checkpoint is written."""

    def after_save(self, session, global_step_value):
        """After a checkpoint was written."""

    def end(self, session, global_step_value):
        """At the end."""


class CheckpointSaverHook(hook.SessionRunHook):
    """Writes a checkpoint at the first step, every so many steps or seconds, and at the end.

    Args:
        checkpoint_dir: the folder.
        save_secs, save_steps: exactly one of the two.
        saver, scaffold: what saves, at most one of the two; the saver of the graph's SAVERS collection where both are None.
        checkpoint_basename: of the files.
        listeners: CheckpointSaverListeners.
    """

    def __init__(
        self, checkpoint_dir, save_secs=None, save_steps=None, saver=None, checkpoint_basename="model.ckpt", scaffold=None,
        listeners=None,
    ):  # fmt: skip
        if saver is not None and scaffold is not None:
            raise ValueError("You cannot provide both saver and scaffold.")
        self._saver, self._scaffold, self._listeners = saver, scaffold, listeners or []
        self._folder, self._path = checkpoint_dir, os.path.join(checkpoint_dir, checkpoint_basename)
        self._timer = SecondOrStepTimer(save_secs, save_steps)

    def begin(self):
        self._writer = file_writer.FileWriterCache.get(self._folder)
        self._step = _read_of_global_step("CheckpointSaverHook")
        for listener in self._listeners:
            listener.begin()

    def after_create_session(self, session, coord):
        step = session.run(self._step)
        graph = graph_lib.get_default_graph()
        graph_util.write_graph(graph.as_graph_def(add_shapes=True), self._folder, "graph.pbtxt")
        self._writer.add_graph(graph)
        saver = self._get_saver()
        saver_def = saver.as_saver_def() if saver else None
        self._writer.add_meta_graph(meta_graph.export_meta_graph(graph=graph, saver_def=saver_def))
        self._save(session, step)
        self._timer.update_last_triggered_step(step)

    def before_run(self, run_context):
        return hook.SessionRunArgs(self._step)

    def after_run(self, run_context, run_values):
        if not self._timer.should_trigger_for_step(run_values.results + 1):
            return
        step = run_context.session.run(self._step)
        if self._timer.should_trigger_for_step(step):
            self._timer.update_last_triggered_step(step)
            if self._save(run_context.session, step):
                run_context.request_stop()

    def end(self, session):
        step = session.run(self._step)
        if step != self._timer.last_triggered_step():
            self._save(session, step)
        for listener in self._listeners:
            listener.end(session, step)

    def _save(self, session, step):
        """Writes a checkpoint; True where a listener asks to stop."""
        log.info("Saving checkpoints for %d into %s.", step, self._path)
        for listener in self._listeners:
            listener.before_save(session, step)
        self._get_saver().save(session, self._path, global_step=step)
        entry = protos.SessionLog(status=protos.SessionLog.CHECKPOINT, checkpoint_path=self._path)
        self._writer.add_session_log(entry, step)
        wishes = [
            listener.after_save(session, step) for listener in self._listeners
        ]  # all are told, whatever the first says
        return any(wishes)

    def _get_saver(self):
        if self._saver is None and self._scaffold is not None:
            return self._scaffold.saver
        if self._saver is None:
            savers = graph_lib.get_default_graph().get_collection(keys.GraphKeys.SAVERS)
            if len(savers) != 1:
                raise RuntimeError(
                    f"The collection {keys.GraphKeys.SAVERS} holds {len(savers)} savers, it should hold one: give the "
                    "hook a saver or a scaffold."
                )
            self._saver = savers[0]
        return self._saver


class StepCounterHook(hook.SessionRunHook):
    """Logs how many steps a second there are, and writes it as a summary.

    Args:
        every_n_steps, every_n_secs: exactly one of the two.
        output_dir, summary_writer: where the summary goes.
    """

    def __init__(self, every_n_steps=100, every_n_secs=None, output_dir=None, summary_writer=None):
        if (every_n_steps is None) == (every_n_secs is None):
            raise ValueError("exactly one of every_n_steps and every_n_secs should be provided.")
        self._timer = SecondOrStepTimer(every_n_secs, every_n_steps)
        self._writer, self._folder, self._before = summary_writer, output_dir, None

    def begin(self):
        if self._writer is None and self._folder:
            self._writer = file_writer.FileWriterCache.get(self._folder)
        self._step = _read_of_global_step("StepCounterHook")
        self._tag = global_step.get_global_step().op.name + "/sec"

    def before_run(self, run_context):
        return hook.SessionRunArgs(self._step)

    def after_run(self, run_context, run_values):
        before = run_values.results
        if self._timer.should_trigger_for_step(before + 1):
            step = run_context.session.run(self._step)
            if self._timer.should_trigger_for_step(step):
                seconds, steps = self._timer.update_last_triggered_step(step)
                if seconds is not None:
                    self._tell(steps / max(seconds, 1e-9), step)
        if before == self._before:
            log.log_first_n(
                log.WARN,
                "It seems that global step (tf.train.get_global_step) has not been increased. Current value (could be stable): %s "
                "vs previous value: %s. You could increase the global step by passing tf.train.get_global_step() to "
                "Optimizer.apply_gradients or Optimizer.minimize.",
                5, before, self._before,
            )  # fmt: skip
        self._before = before

    def _tell(self, rate, step):
        if self._writer is not None:
            summary = protos.Summary(value=[protos.Summary.Value(tag=self._tag, simple_value=rate)])
            self._writer.add_summary(summary, step)
        log.info("%s: %g", self._tag, rate)


class NanLossDuringTrainingError(RuntimeError):
    """The loss became NaN."""

    def __str__(self):
        return "NaN loss during training."


class NanTensorHook(hook.SessionRunHook):
    """Fails, or stops training, when a loss is NaN."""

    def __init__(self, loss_tensor, fail_on_nan_loss=True):
        self._loss, self._fails = loss_tensor, fail_on_nan_loss

    def before_run(self, run_context):
        return hook.SessionRunArgs(self._loss)

    def after_run(self, run_context, run_values):
        if not np.isnan(run_values.results):
            return
        if self._fails:
            log.error("Model diverged with loss = NaN.")
            raise NanLossDuringTrainingError
        log.warning("Model diverged with loss = NaN.")
        run_context.request_stop()


class SummarySaverHook(hook.SessionRunHook):
    """Writes summaries at the first step, then every so many steps or seconds.

    Args:
        save_steps, save_secs: exactly one of the two.
        output_dir, summary_writer: where they go.
        scaffold, summary_op: what gives them, exactly one of the two.
    """

    def __init__(
        self, save_steps=None, save_secs=None, output_dir=None, summary_writer=None, scaffold=None, summary_op=None
    ):  # fmt: skip
        if (scaffold is None) == (summary_op is None):
            raise ValueError("Exactly one of scaffold or summary_op must be provided.")
        self._summary_op, self._scaffold = summary_op, scaffold
        self._writer, self._folder = summary_writer, output_dir
        self._timer = SecondOrStepTimer(save_secs, save_steps)

    def begin(self):
        if self._writer is None and self._folder:
            self._writer = file_writer.FileWriterCache.get(self._folder)
        self._next_step = None
        self._behind = 0  # by how much the step fetched in a run is smaller than the one after it
        self._step = _read_of_global_step("SummarySaverHook")

    def before_run(self, run_context):
        self._now = self._next_step is None or self._timer.should_trigger_for_step(self._next_step)
        fetches = {"global_step": self._step}
        given = self._summary_op if self._summary_op is not None else self._scaffold.summary_op
        if self._now and given is not None:
            fetches["summary"] = given if isinstance(given, list) else [given]
        return hook.SessionRunArgs(fetches)

    def after_run(self, run_context, run_values):
        if not self._writer:
            return
        step = run_values.results["global_step"] + self._behind
        if self._now:
            step = run_context.session.run(self._step)
            self._behind = max(self._behind, step - run_values.results["global_step"])
        if self._next_step is None:
            self._writer.add_session_log(protos.SessionLog(status=protos.SessionLog.START), step)
        if self._now:
            self._timer.update_last_triggered_step(step)
            for summary in run_values.results.get("summary", ()):
                self._writer.add_summary(summary, step)
        self._next_step = step + 1

    def end(self, session=None):
        if self._writer:
            self._writer.flush()


class GlobalStepWaiterHook(hook.SessionRunHook):
    """Waits before the first run until the global step has reached a number."""

    def __init__(self, wait_until_step):
        self._wanted = wait_until_step

    def begin(self):
        self._started = False
        self._step = _read_of_global_step("GlobalStepWaiterHook")

    def before_run(self, run_context):
        if not self._started and self._wanted > 0:
            log.info("Waiting for global step %d before starting training.", self._wanted)
            while run_context.session.run(self._step) < self._wanted:
                time.sleep(0.5)
        self._started = True


class FinalOpsHook(hook.SessionRunHook):
    """Runs operations at the end and keeps their values."""

    def __init__(self, final_ops, final_ops_feed_dict=None):
        self._ops, self._feeds, self._values = final_ops, final_ops_feed_dict, None

    @property
    def final_ops_values(self):
        """What they gave, None before the end."""
        return self._values

    def end(self, session):
        if self._ops is not None:
            self._values = session.run(self._ops, feed_dict=self._feeds)


class FeedFnHook(hook.SessionRunHook):
    """Feeds each run what a function returns."""

    def __init__(self, feed_fn):
        self.feed_fn = feed_fn

    def before_run(self, run_context):
        return hook.SessionRunArgs(fetches=None, feed_dict=self.feed_fn())
