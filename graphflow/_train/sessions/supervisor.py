"""Supervisor: what looked after training before monitored sessions, with threads for checkpoints and summaries."""

from __future__ import annotations

import contextlib
import os
import time

from graphflow._core import dtypes, log
from graphflow._graph import graph as graph_lib
from graphflow._graph import keys, protos
from graphflow._ops import grouping, summaries, tables, variables
from graphflow._train import coordinator, file_writer
from graphflow._train import global_step as global_step_lib
from graphflow._train.saving import graph_util, meta_graph
from graphflow._train.saving import saver as saver_lib
from graphflow._train.sessions import manager

_KEYS = keys.GraphKeys


def _first(collection):
    held = graph_lib.get_default_graph().get_collection(collection)
    return held[0] if held else None


def _kept(given, collection, make):
    """An argument; where it is the default, what a collection holds, or what `make` gives, which joins it."""
    if given is not Supervisor.USE_DEFAULT:
        return given
    found = _first(collection)
    if found is None:
        found = make()
        if found is not None:
            graph_lib.get_default_graph().add_to_collection(collection, found)
    return found


def _default_global_step():
    try:
        found = graph_lib.get_default_graph().get_tensor_by_name("global_step:0")
    except KeyError:
        return None
    return found if found.dtype.base_dtype in (dtypes.int32, dtypes.int64) else None


class Supervisor:
    """Looks after one training program: initialises or restores the model, saves it and its summaries, stops its threads.

    Args:
        graph: the default graph where None; it is finalised.
        is_chief: False waits for a model that somebody else makes ready.
        init_op, init_feed_dict, init_fn: initialise the model; local_init_op, ready_op, ready_for_local_init_op as for
            `SessionManager`.
        logdir: the folder of checkpoints and events.
        summary_op, saver, global_step: made where not given; None for none.
        save_summaries_secs, save_model_secs: how often, 0 for never.
        checkpoint_basename: of the files.
        session_manager, summary_writer: made where not given.
    """

    USE_DEFAULT = 0

    def __init__(
        self, graph=None, ready_op=USE_DEFAULT, ready_for_local_init_op=USE_DEFAULT, is_chief=True, init_op=USE_DEFAULT,
        init_feed_dict=None, local_init_op=USE_DEFAULT, logdir=None, summary_op=USE_DEFAULT, saver=USE_DEFAULT,
        global_step=USE_DEFAULT, save_summaries_secs=120, save_model_secs=600, recovery_wait_secs=30, stop_grace_secs=120,
        checkpoint_basename="model.ckpt", session_manager=None, summary_writer=USE_DEFAULT, init_fn=None,
        local_init_run_options=None,
    ):  # fmt: skip
        self._graph = graph or graph_lib.get_default_graph()
        with self._graph.as_default():
            self.ready_op = _kept(ready_op, _KEYS.READY_OP, variables.report_uninitialized_variables)
            self.ready_for_local_init_op = _kept(ready_for_local_init_op, _KEYS.READY_FOR_LOCAL_INIT_OP, lambda: None)
            self.init_op = _kept(init_op, _KEYS.INIT_OP, variables.global_variables_initializer)
            self.local_init_op = _kept(
                local_init_op, _KEYS.LOCAL_INIT_OP,
                lambda: grouping.group(variables.local_variables_initializer(), tables.tables_initializer()),
            )  # fmt: skip
            self.saver = _kept(saver, _KEYS.SAVERS, lambda: saver_lib.Saver() if variables.global_variables() else None)
            self.summary_op = _kept(summary_op, _KEYS.SUMMARY_OP, summaries.merge_all)
            self.global_step = _kept(global_step, _KEYS.GLOBAL_STEP, _default_global_step)
        self.is_chief, self.init_feed_dict, self._init_fn = is_chief, init_feed_dict, init_fn
        self.coord, self._grace = coordinator.Coordinator(), stop_grace_secs
        self._logdir = logdir if is_chief else None
        self.save_summaries_secs = save_summaries_secs if is_chief else None
        self.save_model_secs = save_model_secs if is_chief else None
        self.save_path = os.path.join(self._logdir, checkpoint_basename) if self._logdir else None
        self.summary_writer = None if summary_writer is Supervisor.USE_DEFAULT or not is_chief else summary_writer
        if summary_writer is Supervisor.USE_DEFAULT and self._logdir:
            self.summary_writer = file_writer.FileWriter(self._logdir)
        self._graph_written = False
        self.session_manager = session_manager or manager.SessionManager(
            self.local_init_op, self.ready_op, self.ready_for_local_init_op, self._graph, recovery_wait_secs,
            local_init_run_options,
        )  # fmt: skip
        self._graph.finalize()

    # -- sessions --------------------------------------------------------------------------------------------------------

    def prepare_or_wait_for_session(
        self, master="", config=None, wait_for_checkpoint=False, max_wait_secs=7200, start_standard_services=True
    ):  # fmt: skip
        """A session that is ready to train, with the services and queue runners started."""
        self.coord.clear_stop()
        if self.summary_writer:
            self.summary_writer.reopen()
        if self.is_chief:
            made = self.session_manager.prepare_session(
                master, init_op=self.init_op, saver=self.saver, checkpoint_dir=self._logdir,
                wait_for_checkpoint=wait_for_checkpoint, max_wait_secs=max_wait_secs, config=config,
                init_feed_dict=self.init_feed_dict, init_fn=self._init_fn,
            )  # fmt: skip
            self._write_graph()
            if start_standard_services:
                log.info("Starting standard services.")
                self.start_standard_services(made)
        else:
            made = self.session_manager.wait_for_session(master, config=config, max_wait_secs=max_wait_secs)
        if start_standard_services:
            log.info("Starting queue runners.")
            self.start_queue_runners(made)
        return made

    PrepareSession = prepare_or_wait_for_session

    @contextlib.contextmanager
    def managed_session(self, master="", config=None, start_standard_services=True, close_summary_writer=True):
        """`with sv.managed_session() as session:` a session, whose failures and end stop everything."""
        made = None
        try:
            made = self.prepare_or_wait_for_session(
                master, config=config, start_standard_services=start_standard_services
            )
            yield made
        except Exception as error:
            self.request_stop(error)
        finally:
            try:
                self.stop(close_summary_writer=close_summary_writer)
            finally:
                if made is not None:
                    made.close()

    # -- services --------------------------------------------------------------------------------------------------------

    def start_standard_services(self, sess):
        """Starts the threads that write summaries, the steps a second, and checkpoints; returns them."""
        if not self.is_chief:
            raise RuntimeError(
                "Only chief supervisor can start standard services. Because only chief supervisors can write events."
            )
        if not self._logdir:
            log.warning("Standard services need a 'logdir' passed to the SessionManager")
            return None
        if self.global_step is not None and self.summary_writer:
            self._session_log(protos.SessionLog.START, global_step_lib.global_step(sess, self.global_step))
        threads = []
        if self.save_summaries_secs and self.summary_writer:
            if self.summary_op is not None:
                threads.append(_Summaries(self, sess))
            if self.global_step is not None:
                threads.append(_StepCounter(self, sess))
        if self.saver and self.save_model_secs:
            threads.append(_Checkpoints(self, sess))
        for thread in threads:
            thread.start()
        return threads

    StartStandardServices = start_standard_services

    def start_queue_runners(self, sess, queue_runners=None):
        """Starts queue runners, the graph's where None; returns their threads."""
        given = self._graph.get_collection(_KEYS.QUEUE_RUNNERS) if queue_runners is None else queue_runners
        return [t for one in given for t in one.create_threads(sess, coord=self.coord, daemon=True, start=True)]

    StartQueueRunners = start_queue_runners

    def loop(self, timer_interval_secs, target, args=None, kwargs=None):
        """A started thread that calls a function every so many seconds until all stop."""
        thread = coordinator.LooperThread(self.coord, timer_interval_secs, target=target, args=args, kwargs=kwargs)
        thread.start()
        return thread

    Loop = loop

    def _write_graph(self):
        if self._logdir:
            graph_util.write_graph(self._graph.as_graph_def(add_shapes=True), self._logdir, "graph.pbtxt")
        if self.summary_writer and not self._graph_written:
            self.summary_writer.add_graph(self._graph)
            saver_def = self.saver.as_saver_def() if self.saver else None
            self.summary_writer.add_meta_graph(meta_graph.export_meta_graph(graph=self._graph, saver_def=saver_def))
            self._graph_written = True

    def _session_log(self, status, step=None):
        self.summary_writer.add_session_log(protos.SessionLog(status=status), step)

    def summary_computed(self, sess, summary, global_step=None):
        """Writes a summary."""
        if not self.summary_writer:
            raise RuntimeError("Writing a summary requires a summary writer: give the Supervisor a logdir.")
        if global_step is None and self.global_step is not None:
            global_step = global_step_lib.global_step(sess, self.global_step)
        self.summary_writer.add_summary(summary, global_step)

    SummaryComputed = summary_computed

    # -- the end ---------------------------------------------------------------------------------------------------------

    def stop(self, threads=None, close_summary_writer=True, ignore_live_threads=False):
        """Stops all threads; raises what failed in one."""
        self.coord.request_stop()
        try:
            self.coord.join(threads, stop_grace_period_secs=self._grace, ignore_live_threads=ignore_live_threads)
        finally:
            if close_summary_writer and self.summary_writer:
                self._session_log(protos.SessionLog.STOP)
                self.summary_writer.close()
                self._graph_written = False

    Stop = stop

    def request_stop(self, ex=None):
        """Asks all threads to stop, because of an error where one is given."""
        self.coord.request_stop(ex=ex)

    RequestStop = request_stop

    def should_stop(self):
        """Whether all are to stop."""
        return self.coord.should_stop()

    ShouldStop = should_stop

    def stop_on_exception(self):
        """A context manager that stops all when its block fails."""
        return self.coord.stop_on_exception()

    StopOnException = stop_on_exception

    def wait_for_stop(self):
        """Waits until all are to stop."""
        self.coord.wait_for_stop()

    WaitForStop = wait_for_stop


class _Summaries(coordinator.LooperThread):
    def __init__(self, supervisor, sess):
        super().__init__(supervisor.coord, supervisor.save_summaries_secs)
        self._supervisor, self._sess = supervisor, sess

    def run_loop(self):
        step = self._supervisor.global_step
        fetched = self._sess.run([self._supervisor.summary_op, *([] if step is None else [step])])
        self._supervisor.summary_writer.add_summary(*fetched)


class _StepCounter(coordinator.LooperThread):
    def __init__(self, supervisor, sess):
        super().__init__(supervisor.coord, supervisor.save_summaries_secs)
        self._supervisor, self._sess = supervisor, sess
        self._tag = supervisor.global_step.op.name + "/sec"

    def _now(self):
        return time.monotonic(), global_step_lib.global_step(self._sess, self._supervisor.global_step)

    def start_loop(self):
        self._before = self._now()

    def run_loop(self):
        (now, step), (then, before) = self._now(), self._before
        self._before = now, step
        rate = (step - before) / (now - then) if now > then else float("inf")
        summary = protos.Summary(value=[protos.Summary.Value(tag=self._tag, simple_value=rate)])
        self._supervisor.summary_writer.add_summary(summary, step)
        log.info("%s: %g", self._tag, rate)


class _Checkpoints(coordinator.LooperThread):
    def __init__(self, supervisor, sess):
        super().__init__(supervisor.coord, supervisor.save_model_secs)
        self._supervisor, self._sess = supervisor, sess

    def run_loop(self):
        supervisor = self._supervisor
        log.info("Saving checkpoint to path %s", supervisor.save_path)
        supervisor.saver.save(self._sess, supervisor.save_path, global_step=supervisor.global_step)


def basic_train_loop(supervisor, train_step_fn, args=None, kwargs=None, master=""):
    """Calls `train_step_fn(session, *args, **kwargs)` until training is to stop."""
    with supervisor.managed_session(master) as sess:
        while not supervisor.should_stop():
            train_step_fn(sess, *(args or ()), **(kwargs or {}))
