"""A hook that saves how far the input of an estimator has been read, beside the model's checkpoints."""

from __future__ import annotations

from graphflow._graph import graph as graph_lib
from graphflow._ops import dataset_iterators
from graphflow._train.saving import iterator_state, saver, state_file
from graphflow._train.sessions import hook, hooks


class CheckpointInputPipelineHook(hook.SessionRunHook):
    """Saves the state of all iterators when checkpoints are due, and goes on from the latest at the start.

    Args:
        estimator: whose folder and intervals are taken.
    """

    def __init__(self, estimator):
        config, prefix = estimator.config, "input"
        if config.num_worker_replicas > 1:
            prefix += f"_{config.task_type}_{config.task_id}"
        self._folder, self._latest, self._begun = estimator.model_dir, f"checkpoint_{prefix}", False
        # Not a subclass: an estimator adds a CheckpointSaverHook of its own unless it is given one.
        self._hook = hooks.CheckpointSaverHook(
            self._folder, save_secs=config.save_checkpoints_secs, save_steps=config.save_checkpoints_steps,
            checkpoint_basename=f"{prefix}.ckpt",
        )  # fmt: skip

    def begin(self):
        handles = graph_lib.get_default_graph().get_collection(dataset_iterators.GLOBAL_ITERATORS)
        self._hook._saver = _Saver([iterator_state.IteratorSaveable(handle) for handle in handles], self._latest)
        self._hook.begin()

    def before_run(self, run_context):
        if not self._begun:
            self._begun = True
            session = run_context.session
            found = state_file.latest_checkpoint(self._folder, self._latest)
            if found:
                self._hook._saver.restore(session, found)
            else:
                step = session.run(self._hook._step)
                self._hook._save(session, step)
                self._hook._timer.update_last_triggered_step(step)
        return self._hook.before_run(run_context)

    def after_run(self, run_context, run_values):
        self._hook.after_run(run_context, run_values)

    def end(self, session):
        self._hook.end(session)


class _Saver(saver.Saver):
    """A Saver that keeps its list of checkpoints in a file of another name."""

    def __init__(self, var_list, latest_filename):
        super().__init__(var_list)
        self._latest_filename = latest_filename

    def save(self, sess, save_path, global_step=None):
        return super().save(sess, save_path, global_step, latest_filename=self._latest_filename, write_meta_graph=False)
