"""Monitors that write files, and one that keeps whole graphs of values."""

from __future__ import annotations

import os
import time

import numpy as np

from graphflow._core import errors, log
from graphflow._estimator.learn import monitors
from graphflow._graph import graph as graph_lib
from graphflow._graph import protos
from graphflow._train import file_writer


class SummarySaver(monitors.EveryN):
    """Writes summaries.

    Args:
        summary_op: a tensor of a serialized Summary; that of `scaffold` when None.
        save_steps: how many steps lie between two.
        output_dir, summary_writer: where to; the estimator's folder when neither is given.
        scaffold: a Scaffold.
    """

    def __init__(self, summary_op, save_steps=100, output_dir=None, summary_writer=None, scaffold=None):
        super().__init__(every_n_steps=save_steps)
        self._summary_op, self._scaffold = summary_op, scaffold
        self._writer = file_writer.FileWriter(output_dir) if summary_writer is None and output_dir else summary_writer

    def set_estimator(self, estimator):
        super().set_estimator(estimator)
        if self._writer is None:
            self._writer = file_writer.FileWriter(estimator.model_dir)

    def every_n_step_begin(self, step):
        super().every_n_step_begin(step)
        if self._summary_op is None and self._scaffold is not None:
            self._summary_op = self._scaffold.summary_op
        return [] if self._summary_op is None else [self._summary_op]

    def every_n_step_end(self, step, outputs):
        super().every_n_step_end(step, outputs)
        if self._summary_op is not None and self._writer:
            self._writer.add_summary(monitors.value_of(outputs, self._summary_op), step)
        return False

    def end(self, session=None):
        super().end(session=session)
        if self._writer:
            self._writer.flush()


class CheckpointSaver(monitors.BaseMonitor):
    """Writes checkpoints, after the first step, the last one, and every `save_steps` steps or `save_secs` seconds.

    Args:
        checkpoint_dir, checkpoint_basename: the folder, and how files in it begin.
        saver: a Saver; that of `scaffold` when None.

    Raises:
        ValueError: both intervals are given, or none.
    """

    def __init__(
        self, checkpoint_dir, save_secs=None, save_steps=None, saver=None, checkpoint_basename="model.ckpt", scaffold=None
    ):  # fmt: skip
        super().__init__()
        if (save_steps is None) == (save_secs is None):
            raise ValueError("Exactly one of save_steps and save_secs should be provided")
        self._saver, self._scaffold, self._secs, self._steps = saver, scaffold, save_secs, save_steps
        self._writer = file_writer.FileWriterCache.get(checkpoint_dir)
        self._path = os.path.join(checkpoint_dir, checkpoint_basename)
        self._saved_at = self._saved_step = self._step = None

    def begin(self, max_steps=None):
        super().begin(max_steps)
        self._saved_at = self._saved_step = self._step = None

    def step_begin(self, step):
        super().step_begin(step)
        self._step = step
        return []

    def post_step(self, step, session):
        super().post_step(step, session)
        is_due = (
            self._saved_at is None
            or (self._steps is not None and step >= self._saved_step + self._steps)
            or (self._secs is not None and time.time() >= self._saved_at + self._secs)
        )
        if is_due:
            self._save(step, session)

    def end(self, session=None):
        super().end(session)
        self._save(self._step, session)

    def _save(self, step, session):
        if step == self._saved_step:
            return
        log.info("Saving checkpoints for %d into %s.", step, self._path)
        self._saved_at, self._saved_step = time.time(), step
        (self._saver or self._scaffold.saver).save(session, self._path, global_step=step)
        status = protos.SessionLog(status=protos.SessionLog.CHECKPOINT, checkpoint_path=self._path)
        self._writer.add_session_log(status, step)


class StepCounter(monitors.EveryN):
    """Writes how many steps a second takes, the summary `global_step/sec`; arguments as of SummarySaver."""

    def __init__(self, every_n_steps=100, output_dir=None, summary_writer=None):
        super().__init__(every_n_steps=every_n_steps)
        cached = file_writer.FileWriterCache
        self._writer = cached.get(output_dir) if summary_writer is None and output_dir else summary_writer
        self._step = self._time = None

    def set_estimator(self, estimator):
        super().set_estimator(estimator)
        if self._writer is None:
            self._writer = file_writer.FileWriterCache.get(estimator.model_dir)

    def every_n_step_end(self, step, outputs):
        now = time.time()
        if self._time is not None and self._writer:
            value = protos.Summary.Value(tag="global_step/sec", simple_value=(step - self._step) / (now - self._time))
            self._writer.add_summary(protos.Summary(value=[value]), step)
        self._step, self._time = step, now


class GraphDump(monitors.BaseMonitor):
    """Keeps the first output of almost every operation at every step, in `data`: dict step -> dict tensor -> value.

    Args:
        ignore_ops: the types of operations that are left out; `IGNORE_OPS` when None.
    """

    IGNORE_OPS = ["Const", "Assign", "Identity", "Placeholder", "RandomUniform", "Cast", "RestoreSlice"]

    def __init__(self, ignore_ops=None):
        super().__init__()
        self._ignored, self.data = ignore_ops or GraphDump.IGNORE_OPS, {}

    def begin(self, max_steps=None):
        super().begin(max_steps=max_steps)
        kept = [op for op in graph_lib.get_default_graph().get_operations() if op.type not in self._ignored]
        self._tensors = [op.outputs[0] for op in kept if op.outputs]

    def step_begin(self, step):
        super().step_begin(step)
        return self._tensors

    def step_end(self, step, output):
        super().step_end(step, output)
        self.data[step] = output

    def compare(self, other_dump, step, atol=1e-06):
        """(names of tensors that agree with another dump at a step, dict name -> difference of the others).

        Raises:
            ValueError: the other dump lacks one.
        """
        other = {tensor.name: value for tensor, value in other_dump.data.get(step, {}).items()}
        matched, differing = [], {}
        for tensor, value in self.data.get(step, {}).items():
            if tensor.name not in other:
                raise ValueError(f"{tensor.name} missing at step {step}.")
            found = other[tensor.name]
            if isinstance(value, (str, bytes)) or tensor.dtype.name == "string":
                continue
            if np.allclose(value, found, atol=atol):
                matched.append(tensor.name)
            else:
                differing[tensor.name] = value - found
        return matched, differing


class ExportMonitor(monitors.EveryN):
    """Refused: its files, from before SavedModels, have no reader any more."""

    def __init__(
        self, every_n_steps, export_dir, input_fn=None, input_feature_key=None, exports_to_keep=5, signature_fn=None,
        default_batch_size=1,
    ):  # fmt: skip
        raise errors.UnimplementedError(
            None, None, "ExportMonitor wrote a format from before SavedModels: call estimator.export_savedmodel after training, or "
            "give an Experiment export_strategies=tf.contrib.learn.make_export_strategy(serving_input_fn)",
        )  # fmt: skip


def get_default_monitors(
    loss_op=None, summary_op=None, save_summary_steps=100, output_dir=None, summary_writer=None
):  # fmt: skip
    """A monitor that logs the loss and one that writes summaries, for those of the two that are given."""
    found = []
    if loss_op is not None:
        found.append(monitors.PrintTensor({"loss": loss_op.name}))
    if summary_op is not None:
        found.append(SummarySaver(summary_op, save_summary_steps, output_dir, summary_writer))
    return found
