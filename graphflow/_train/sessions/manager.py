"""SessionManager: a session whose model is ready, from a checkpoint or from its initialisers."""

from __future__ import annotations

import time

import numpy as np

from graphflow._core import errors, log
from graphflow._graph import graph as graph_lib
from graphflow._runtime import session
from graphflow._train.saving import state_file


class SessionManager:
    """Makes sessions for training.

    Args:
        local_init_op: run in every new session.
        ready_op, ready_for_local_init_op: vectors of names of what is not initialised; None: nothing is asked.
        graph: the default graph where None.
        recovery_wait_secs: how long to wait between looks for a checkpoint or a ready model.
        local_init_run_options: RunOptions for `local_init_op`.
    """

    def __init__(
        self, local_init_op=None, ready_op=None, ready_for_local_init_op=None, graph=None, recovery_wait_secs=30,
        local_init_run_options=None,
    ):  # fmt: skip
        if ready_for_local_init_op is not None and local_init_op is None:
            raise ValueError(
                "If you pass a ready_for_local_init_op you must also pass a local_init_op, "
                f"ready_for_local_init_op [{ready_for_local_init_op}]"
            )
        self._local_init_op, self._local_init_run_options = local_init_op, local_init_run_options
        self._ready_op, self._ready_for_local_init_op = ready_op, ready_for_local_init_op
        self._graph = graph or graph_lib.get_default_graph()
        self._wait = recovery_wait_secs

    def _restored(self, master, saver, folder, path, wait_for_checkpoint, max_wait_secs, config):
        """(a session, whether its variables come from a checkpoint)."""
        if folder and path:
            raise ValueError("Can not provide both checkpoint_dir and checkpoint_filename_with_path.")
        made = session.Session(master, graph=self._graph, config=config)
        if not saver or not (folder or path):
            return made, False
        if path:
            saver.restore(made, path)
            return made, True
        waited, state = 0, state_file.get_checkpoint_state(folder)
        while not state or not state.model_checkpoint_path:
            if not wait_for_checkpoint or waited >= max_wait_secs:
                return made, False
            log.info("Waiting for checkpoint to be available.")
            time.sleep(self._wait)
            waited += self._wait
            state = state_file.get_checkpoint_state(folder)
        saver.restore(made, state.model_checkpoint_path)
        saver.recover_last_checkpoints(state.all_model_checkpoint_paths)
        return made, True

    def prepare_session(
        self, master, init_op=None, saver=None, checkpoint_dir=None, checkpoint_filename_with_path=None,
        wait_for_checkpoint=False, max_wait_secs=7200, config=None, init_feed_dict=None, init_fn=None,
    ):  # fmt: skip
        """A session that is ready to train: restored where there is a checkpoint, else initialised.

        Raises:
            RuntimeError: the model is not ready after that.
        """
        made, restored = self._restored(
            master, saver, checkpoint_dir, checkpoint_filename_with_path, wait_for_checkpoint, max_wait_secs, config
        )
        if not restored:
            if init_op is None and not init_fn and self._local_init_op is None:
                raise RuntimeError("Model is not initialized and no init_op or init_fn or local_init_op was given")
            if init_op is not None:
                made.run(init_op, feed_dict=init_feed_dict)
            if init_fn:
                init_fn(made)
        for stage, problem in (("ready for local_init", self._init_locally(made)), ("ready", self._missing(made))):
            if problem:
                raise RuntimeError(
                    f"Init operations did not make model {stage}. Init op: {getattr(init_op, 'name', init_op)}, "
                    f"init fn: {init_fn}, error: {problem}"
                )
        return made

    def recover_session(
        self, master, saver=None, checkpoint_dir=None, checkpoint_filename_with_path=None, wait_for_checkpoint=False,
        max_wait_secs=7200, config=None,
    ):  # fmt: skip
        """(a session, whether it was restored from a checkpoint and is ready)."""
        made, restored = self._restored(
            master, saver, checkpoint_dir, checkpoint_filename_with_path, wait_for_checkpoint, max_wait_secs, config
        )
        problem = self._init_locally(made) or (self._missing(made) if restored else None)
        if restored and problem:
            log.info("Restoring model from %s did not make model ready: %s", checkpoint_dir, problem)
        return made, restored and not problem

    def wait_for_session(self, master, config=None, max_wait_secs=float("inf")):
        """A session over a model that somebody else makes ready.

        Raises:
            DeadlineExceededError: it is not ready in time.
        """
        end = time.monotonic() + (float("inf") if max_wait_secs is None else max_wait_secs)
        while True:
            made = session.Session(master, graph=self._graph, config=config)
            problem = self._init_locally(made) or self._missing(made)
            if not problem:
                return made
            made.close()
            if time.monotonic() + self._wait > end:
                raise errors.DeadlineExceededError(
                    None, None, f"Session was not ready after waiting {max_wait_secs} secs: {problem}"
                )
            log.info("Waiting for model to be ready: %s", problem)
            time.sleep(self._wait)

    def _init_locally(self, made):
        """Runs the local initialiser; returns what is not ready for it."""
        if self._local_init_op is None:
            return None
        problem = _names(made, self._ready_for_local_init_op)
        if not problem:
            log.info("Running local_init_op.")
            made.run(self._local_init_op, options=self._local_init_run_options)
            log.info("Done running local_init_op.")
        return problem

    def _missing(self, made):
        return _names(made, self._ready_op)


def _names(made, op):
    """What a ready operation says, in words; None where all is ready."""
    if op is None:
        return None
    try:
        found = made.run(op)
    except errors.FailedPreconditionError as error:
        if "uninitialized" not in str(error):
            raise
        return str(error)
    if found is None or np.asarray(found).dtype == np.int32 or not np.size(found):
        return None
    return "Variables not initialized: " + ", ".join(name.decode() for name in found)
