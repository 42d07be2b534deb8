"""Monitored sessions: a session with hooks round each run, that ends cleanly and starts again after a preemption."""

from __future__ import annotations

import inspect

from graphflow._core import errors, log
from graphflow._graph import graph as graph_lib
from graphflow._graph import keys, protos
from graphflow._train import coordinator, queue_runner
from graphflow._train.sessions import hook
from graphflow._train.sessions import hooks as ready_made
from graphflow._train.sessions import manager as manager_lib
from graphflow._train.sessions import scaffold as scaffold_lib

_PREEMPTIONS = (errors.AbortedError, errors.UnavailableError)
USE_DEFAULT = object()


class SessionCreator:
    """Base of what makes a session."""

    def create_session(self):
        """A new session, ready to train."""
        raise NotImplementedError(f"create_session is not implemented for {self}: override it")


class _Creator(SessionCreator):
    def __init__(self, scaffold, master, config):
        self._scaffold, self._master, self._config = scaffold or scaffold_lib.Scaffold(), master, config
        self._manager = None

    def _finalized(self):
        """The scaffold, with all it lacked; and a manager for it."""
        scaffold = self._scaffold.finalize()
        if self._manager is None:
            self._manager = manager_lib.SessionManager(
                scaffold.local_init_op, scaffold.ready_op, scaffold.ready_for_local_init_op
            )
        return scaffold, self._manager


class ChiefSessionCreator(_Creator):
    """Makes sessions that initialise the model or restore it.

    Args:
        scaffold: a Scaffold.
        master, config: of the session.
        checkpoint_dir, checkpoint_filename_with_path: where to restore from, at most one of the two.
    """

    def __init__(
        self, scaffold=None, master="", config=None, checkpoint_dir=None, checkpoint_filename_with_path=None
    ):  # fmt: skip
        super().__init__(scaffold, master, config)
        self._folder, self._path = checkpoint_dir, checkpoint_filename_with_path

    def create_session(self):
        scaffold, manager = self._finalized()
        return manager.prepare_session(
            self._master, saver=scaffold.saver, checkpoint_dir=self._folder, checkpoint_filename_with_path=self._path,
            config=self._config, init_op=scaffold.init_op, init_feed_dict=scaffold.init_feed_dict, init_fn=scaffold.init_fn,
        )  # fmt: skip


class WorkerSessionCreator(_Creator):
    """Makes sessions that wait until a chief has made the model ready."""

    def __init__(self, scaffold=None, master="", config=None, max_wait_secs=30 * 60):
        super().__init__(scaffold, master, config)
        self._max_wait_secs = max_wait_secs

    def create_session(self):
        _, manager = self._finalized()
        return manager.wait_for_session(self._master, config=self._config, max_wait_secs=self._max_wait_secs)


class StepContext:
    """What a `step_fn` gets: the session without hooks, and a run with them."""

    def __init__(self, session, run_with_hooks_fn):
        self._session, self._run = session, run_with_hooks_fn

    @property
    def session(self):
        """The session without hooks."""
        return self._session

    def run_with_hooks(self, *args, **kwargs):
        """A run with hooks."""
        return self._run(*args, **kwargs)

    def request_stop(self):
        """Stops training, and this function."""
        raise StopIteration("step_fn has requested the iterations to stop.")


class _Live:
    """One session with its coordinator; ends when a hook, a thread or a failure says so."""

    def __init__(self, creator, hooks, grace):
        self.session, self._hooks, self._grace = creator.create_session(), hooks, grace
        self.coord = coordinator.Coordinator(clean_stop_exception_types=[])
        if graph_lib.get_default_graph().get_collection(keys.GraphKeys.QUEUE_RUNNERS):
            queue_runner.start_queue_runners(sess=self.session, coord=self.coord)
        for one in hooks:
            one.after_create_session(self.session, self.coord)
        self._stop = False

    def should_stop(self):
        self.coord.raise_requested_exception()
        return self._stop or self.coord.should_stop()

    def close(self):
        self.coord.request_stop()
        try:
            self.coord.join(stop_grace_period_secs=self._grace, ignore_live_threads=True)
        finally:
            self.session.close()

    def run(self, fetches, feed_dict=None, options=None, run_metadata=None):
        if self._stop:
            raise RuntimeError("Run called even after should_stop requested.")
        try:
            return self._hooked(
                fetches, feed_dict, options or protos.RunOptions(), run_metadata or protos.RunMetadata()
            )
        except _PREEMPTIONS:
            raise
        except Exception:
            self.coord.raise_requested_exception()  # what failed first in a thread says more
            raise

    def _hooked(self, fetches, feed_dict, options, run_metadata):
        context = hook.SessionRunContext(hook.SessionRunArgs(fetches, feed_dict), self.session)
        wanted, fed = {"caller": fetches}, {}
        for i, one in enumerate(self._hooks):
            request = one.before_run(context)
            if request is None:
                continue
            if request.fetches is not None:
                wanted[i] = request.fetches
            if request.feed_dict:
                _check_apart(fed, request.feed_dict, "Same tensor is fed by two hooks.")
                fed.update(request.feed_dict)
            if request.options:
                options.trace_level = max(options.trace_level, request.options.trace_level)
                options.timeout_in_ms = max(options.timeout_in_ms, request.options.timeout_in_ms)
        if feed_dict:
            _check_apart(feed_dict, fed, "Same tensor is fed by a SessionRunHook and user.")
            fed.update(feed_dict)
        traced = options.ByteSize() > 0  # without wishes of its own, a run takes the short way
        outputs = self.session.run(wanted, fed or None, *((options, run_metadata) if traced else ()))
        for i, one in enumerate(self._hooks):
            one.after_run(context, hook.SessionRunValues(outputs.get(i), options, run_metadata))
        self._stop = self._stop or context.stop_requested
        return outputs["caller"]


def _check_apart(one, other, words):
    both = set(one) & set(other)
    if both:
        raise RuntimeError(f"{words} Conflict(s): {list(both)}")


class _Monitored:
    """What the two kinds of monitored sessions share."""

    StepContext = StepContext
    _recovers = True

    def __init__(self, session_creator, hooks, stop_grace_period_secs):
        self._graph = graph_lib.get_default_graph()
        self._graph_was_finalized = self._graph.finalized
        self._hooks, self._grace = list(hooks or []), stop_grace_period_secs
        for one in self._hooks:
            one.begin()
        self._creator = session_creator or ChiefSessionCreator()
        self._live = None
        self._live = self._again(self._open)
        self._closed = False

    def _open(self):
        return _Live(self._creator, self._hooks, self._grace)

    def _again(self, action):
        """What `action` gives, tried again in a new session after each preemption."""
        while True:
            try:
                if self._live is None and action != self._open:
                    self._live = self._open()
                return action()
            except _PREEMPTIONS as error:
                if not self._recovers:
                    raise
                log.info("The session was preempted and will be made anew: %s", error)
                if self._live is not None:
                    self._live.close()
                    self._live = None

    @property
    def graph(self):
        """The graph, None once closed."""
        return None if self._live is None else self._live.session.graph

    def run(self, fetches, feed_dict=None, options=None, run_metadata=None):
        """`Session.run` with the hooks round it."""
        self._check_open()
        return self._again(lambda: self._live.run(fetches, feed_dict, options, run_metadata))

    def run_step_fn(self, step_fn):
        """What `step_fn(step_context)` returns; it may run several things, with and without hooks."""
        names = [p for p in inspect.signature(step_fn).parameters if p != "self"]
        if names != ["step_context"]:
            raise ValueError(
                "`step_fn` may either have one `step_context` argument, or `self` and `step_context` arguments if it's an "
                f"instance method. Got {tuple(names)} instead."
            )
        self._check_open()
        return self._again(lambda: step_fn(StepContext(self._live.session, self._live.run)))

    def _check_open(self):
        if self._closed:
            raise RuntimeError("Session is already closed.")

    def should_stop(self):
        """Whether training is to stop."""
        return self._closed or self._again(lambda: self._live.should_stop())

    def close(self):
        """Ends training: the hooks' `end`, the threads, the session."""
        self._close(None)

    def _close(self, kind):
        self._check_open()
        try:
            if kind is None:
                for one in self._hooks:
                    one.end(self._live.session)
        finally:
            self._closed = True
            live, self._live = self._live, None
            try:
                if live is not None:
                    live.close()
            finally:
                if not self._graph_was_finalized:
                    self._graph._unsafe_unfinalize()

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        if kind in (errors.OutOfRangeError, StopIteration):  # the input ended: that is how training ends
            kind = None
        self._close(kind)
        return kind is None


class MonitoredSession(_Monitored):
    """A session with hooks that starts again after a preemption.

    Args:
        session_creator: a SessionCreator; a ChiefSessionCreator where None.
        hooks: a list of SessionRunHooks.
        stop_grace_period_secs: how long threads have to end.
    """

    def __init__(self, session_creator=None, hooks=None, stop_grace_period_secs=120):
        super().__init__(session_creator, hooks, stop_grace_period_secs)


class SingularMonitoredSession(_Monitored):
    """A session with hooks that does not start again; arguments as of `ChiefSessionCreator` and `MonitoredSession`."""

    _recovers = False

    def __init__(
        self, hooks=None, scaffold=None, master="", config=None, checkpoint_dir=None, stop_grace_period_secs=120,
        checkpoint_filename_with_path=None,
    ):  # fmt: skip
        creator = ChiefSessionCreator(scaffold, master, config, checkpoint_dir, checkpoint_filename_with_path)
        super().__init__(creator, hooks, stop_grace_period_secs)

    def raw_session(self):
        """The session without hooks."""
        return self._live.session


def _one_of(first, second, default):
    """Two arguments of which one may be set: (the default, None) where neither is."""
    if first is USE_DEFAULT and second is USE_DEFAULT:
        return default
    return tuple(None if value is USE_DEFAULT else value for value in (first, second))


def MonitoredTrainingSession(
    master="", is_chief=True, checkpoint_dir=None, scaffold=None, hooks=None, chief_only_hooks=None,
    save_checkpoint_secs=USE_DEFAULT, save_summaries_steps=USE_DEFAULT, save_summaries_secs=USE_DEFAULT, config=None,
    stop_grace_period_secs=120, log_step_count_steps=100, max_wait_secs=7200, save_checkpoint_steps=USE_DEFAULT,
    summary_dir=None,
):  # fmt: skip
    """A MonitoredSession that restores and saves the model, and writes summaries.

    Args:
        master, config: of the session.
        is_chief: False waits for a model that somebody else makes ready.
        checkpoint_dir: where the model is kept; summary_dir: where summaries go, the same where None.
        scaffold, hooks, chief_only_hooks: as for `MonitoredSession`.
        save_checkpoint_secs, save_checkpoint_steps: how often; every 600 seconds where neither is given.
        save_summaries_steps, save_summaries_secs: how often; every 100 steps where neither is given.
        log_step_count_steps: how often the steps a second are logged.
    """
    summary_steps, summary_secs = _one_of(save_summaries_steps, save_summaries_secs, (100, None))
    checkpoint_steps, checkpoint_secs = _one_of(save_checkpoint_steps, save_checkpoint_secs, (None, 600))
    scaffold = scaffold or scaffold_lib.Scaffold()
    if not is_chief:
        worker = WorkerSessionCreator(scaffold, master, config, max_wait_secs)
        return MonitoredSession(worker, hooks, stop_grace_period_secs)
    all_hooks = list(chief_only_hooks or [])
    summary_dir = summary_dir or checkpoint_dir
    if summary_dir and log_step_count_steps and log_step_count_steps > 0:
        all_hooks.append(ready_made.StepCounterHook(output_dir=summary_dir, every_n_steps=log_step_count_steps))
    if summary_dir and (_positive(summary_steps) or _positive(summary_secs)):
        all_hooks.append(
            ready_made.SummarySaverHook(
                scaffold=scaffold, save_steps=summary_steps, save_secs=summary_secs, output_dir=summary_dir
            )
        )
    if checkpoint_dir and (_positive(checkpoint_secs) or _positive(checkpoint_steps)):
        all_hooks.append(
            ready_made.CheckpointSaverHook(
                checkpoint_dir, save_steps=checkpoint_steps, save_secs=checkpoint_secs, scaffold=scaffold
            )
        )
    chief = ChiefSessionCreator(scaffold, master, config, checkpoint_dir)
    return MonitoredSession(chief, all_hooks + list(hooks or []), stop_grace_period_secs)


def _positive(value):
    return value is not None and value > 0
