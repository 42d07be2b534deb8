"""ProfilerHook: the times of operations, every so many steps, as files for `chrome://tracing` and in TensorBoard's graph."""

from __future__ import annotations

import os

from graphflow._files import gfile
from graphflow._graph import protos
from graphflow._train import file_writer, timeline
from graphflow._train.sessions import hook, hooks


class ProfilerHook(hook.SessionRunHook):
    """Writes `timeline-<step>.json`.

    Args:
        save_steps, save_secs: exactly one of the two.
        output_dir: the folder of the files, and of the event file that holds the same.
        show_dataflow, show_memory: without effect.
    """

    def __init__(self, save_steps=None, save_secs=None, output_dir="", show_dataflow=True, show_memory=False):
        self._path = os.path.join(output_dir, "timeline-{}.json")
        self._writer = file_writer.FileWriterCache.get(output_dir or ".")
        self._timer = hooks.SecondOrStepTimer(every_secs=save_secs, every_steps=save_steps)

    def begin(self):
        self._next_step = None
        self._step = hooks._read_of_global_step("ProfilerHook")

    def before_run(self, run_context):
        self._is_wanted = self._next_step is not None and self._timer.should_trigger_for_step(self._next_step)
        options = protos.RunOptions(trace_level="FULL_TRACE") if self._is_wanted else None
        return hook.SessionRunArgs(self._step, options=options)

    def after_run(self, run_context, run_values):
        step = run_values.results
        if self._next_step is None:  # the first time is so many steps from here
            self._timer.update_last_triggered_step(step)
        step += 1
        if self._is_wanted:
            step = run_context.session.run(self._step)
            self._timer.update_last_triggered_step(step)
            with gfile.GFile(self._path.format(step), "w") as file:
                file.write(timeline.Timeline(run_values.run_metadata.step_stats).generate_chrome_trace_format())
            self._writer.add_run_metadata(run_values.run_metadata, f"step_{step}")
        self._next_step = step + 1
