"""Threads that keep queues filled."""

from __future__ import annotations

import atexit
import threading
import weakref

from graphflow._core import errors, log
from graphflow._graph import collection_protos, keys, protos, scopes
from graphflow._graph import graph as graph_lib
from graphflow._ops import variable
from graphflow._runtime import session as session_lib

_QUEUE_RUNNERS = keys.GraphKeys.QUEUE_RUNNERS

# Threads that still run when the interpreter ends must not be inside a compiled program then: that aborts the process.
_running: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()  # thread -> its session


def _end_all():
    left = [(thread, session) for thread, session in _running.items() if thread.is_alive()]
    for _, session in left:
        session.close()
    for thread, _ in left:
        thread.join(2.0)


atexit.register(_end_all)


class QueueRunner:
    """The operations that fill a queue, each to be run again and again by a thread of its own.

    When they come to the end of their input the queue is closed; what went wrong otherwise goes to the coordinator.

    Args:
        queue: a queue.
        enqueue_ops: operations.
        close_op: closes the queue; one that lets waiting enqueues in first when None.
        cancel_op: closes it at once; made when None.
        queue_closed_exception_types: a tuple of the errors that mean the end of the input; `(OutOfRangeError,)` when None.
        queue_runner_def, import_scope: a QueueRunnerDef, in place of the others, and the scope its graph was imported to.

    Raises:
        ValueError: `queue` or `enqueue_ops` are missing. TypeError: the exception types are none.
    """

    def __init__(
        self, queue=None, enqueue_ops=None, close_op=None, cancel_op=None, queue_closed_exception_types=None,
        queue_runner_def=None, import_scope=None,
    ):  # fmt: skip
        if queue_runner_def is not None:
            if queue is not None or enqueue_ops:
                raise ValueError("queue_runner_def and queue are mutually exclusive.")
            self._from_def(queue_runner_def, import_scope)
        else:
            self._from_arguments(queue, enqueue_ops, close_op, cancel_op, queue_closed_exception_types)
        self._lock = threading.Lock()
        self._threads_of = weakref.WeakKeyDictionary()  # session -> how many threads run
        self._raised = []

    def _from_arguments(self, queue, enqueue_ops, close_op, cancel_op, closed):
        if queue is None or not enqueue_ops:
            raise ValueError("Must provide queue and enqueue_ops.")
        if closed is not None and not (
            isinstance(closed, tuple) and closed and all(issubclass(kind, errors.OpError) for kind in closed)
        ):
            raise TypeError(
                "queue_closed_exception_types, when provided, must be a tuple of tf.error types, but saw: "
                + str(closed)
            )
        self._queue, self._enqueue_ops = queue, enqueue_ops
        self._close_op = queue.close() if close_op is None else close_op
        self._cancel_op = queue.close(cancel_pending_enqueues=True) if cancel_op is None else cancel_op
        self._closed = closed or (errors.OutOfRangeError,)

    def _from_def(self, definition, scope):
        graph = graph_lib.get_default_graph()

        def found(name):
            return graph.as_graph_element(variable.prepended(name, scope))

        self._queue = found(definition.queue_name)
        self._enqueue_ops = [found(name) for name in definition.enqueue_op_name]
        self._close_op, self._cancel_op = found(definition.close_op_name), found(definition.cancel_op_name)
        codes = definition.queue_closed_exception_types
        self._closed = tuple(map(errors.exception_type_from_error_code, codes)) or (errors.OutOfRangeError,)

    queue = property(lambda self: self._queue, doc="The queue.")
    name = property(lambda self: self._queue.name, doc="The name of the queue.")
    enqueue_ops = property(lambda self: self._enqueue_ops, doc="The operations that fill it.")
    close_op = property(lambda self: self._close_op, doc="The operation that closes it.")
    cancel_op = property(lambda self: self._cancel_op, doc="The operation that closes it at once.")
    queue_closed_exception_types = property(lambda self: self._closed, doc="The errors that mean the end of the input.")

    @property
    def exceptions_raised(self):
        """What went wrong in threads that have no coordinator."""
        return self._raised

    def create_threads(self, sess, coord=None, daemon=False, start=False):
        """Threads that fill the queue, and one that closes it when the coordinator asks to stop.

        Args:
            sess: the session in which they run.
            coord: a Coordinator, to which errors go.
            daemon: whether the process may end while they run.
            start: whether they are started.

        Returns:
            a list of threads; empty when those made before still run.
        """
        with self._lock:
            if self._threads_of.get(sess, 0) > 0:
                return []
            self._threads_of[sess] = len(self._enqueue_ops)
            self._raised = []
        callables = {}  # operation -> what runs it, so that several threads of one operation share what is compiled for it
        made = [
            threading.Thread(
                target=self._fill, args=(sess, op, coord, callables), name=f"QueueRunnerThread-{self.name}-{op.name}"
            )
            for op in self._enqueue_ops
        ]
        if coord is not None:
            name = f"QueueRunnerThread-{self.name}-close_on_stop"
            made.append(threading.Thread(target=self._close_on_stop, args=(sess, coord), name=name))
        for thread in made:
            thread.daemon = daemon
            _running[thread] = sess
            if coord is not None:
                coord.register_thread(thread)
            if start:
                thread.start()
        return made

    def _fill(self, sess, op, coord, callables):
        try:
            with self._lock:
                if op not in callables:
                    callables[op] = self._callable(sess, op)
            enqueue = callables[op]
            while coord is None or not coord.should_stop():
                enqueue()
        except self._closed:
            self._ended(sess, close=True)
        except Exception as error:
            self._ended(sess)
            if coord is not None:
                if not (sess._closed and coord.should_stop()):  # else that is all the error says
                    coord.request_stop(error)
            elif not sess._closed:  # closing the session is the way to end threads that have no coordinator
                log.error("Exception in QueueRunner: %s", error)
                with self._lock:
                    self._raised.append(error)
        else:
            self._ended(sess)

    def _callable(self, sess, op):
        """What fills the queue once."""
        return sess.make_callable(op)

    def _ended(self, sess, close=False):
        """A thread ends; the last one whose input ended closes the queue."""
        with self._lock:
            self._threads_of[sess] -= 1
            last = self._threads_of[sess] == 0
        if close and last:
            self._run_quietly(sess, self._close_op)

    def _close_on_stop(self, sess, coord):
        coord.wait_for_stop()
        self._run_quietly(sess, self._cancel_op)

    @staticmethod
    def _run_quietly(sess, op):
        """Closes the queue; that it, or the session, is closed already does not matter."""
        try:
            sess.run(op)
        except (errors.OpError, RuntimeError) as error:
            log.debug("Ignored exception: %s", error)

    def to_proto(self, export_scope=None):
        """A QueueRunnerDef; None when the queue lies outside `export_scope`, which names lose."""
        if export_scope is not None and not self.name.startswith(export_scope):
            return None

        def short(thing):
            return variable.stripped(thing.name, export_scope)

        return protos.QueueRunnerDef(
            queue_name=short(self.queue),
            enqueue_op_name=list(map(short, self.enqueue_ops)),
            close_op_name=short(self.close_op),
            cancel_op_name=short(self.cancel_op),
            queue_closed_exception_types=list(map(errors.error_code_from_exception_type, self._closed)),
        )

    @staticmethod
    def from_proto(queue_runner_def, import_scope=None):
        """The QueueRunner of a QueueRunnerDef, in the default graph."""
        return QueueRunner(queue_runner_def=queue_runner_def, import_scope=import_scope)


def add_queue_runner(qr, collection=_QUEUE_RUNNERS):
    """Adds a QueueRunner to a collection of the default graph, from where `start_queue_runners` takes it."""
    graph_lib.get_default_graph().add_to_collection(collection, qr)


def start_queue_runners(sess=None, coord=None, daemon=True, start=True, collection=_QUEUE_RUNNERS):
    """Starts the threads of all queue runners of a graph.

    Args:
        sess: a session; the default session when None.
        coord: a Coordinator.
        daemon: whether the process may end while they run.
        start: whether the threads are started, not only made.

    Returns:
        a list of threads.

    Raises:
        ValueError: there is no session. TypeError: `sess` is none.
    """
    if sess is None:
        sess = scopes.default_session()
        if sess is None:
            raise ValueError(
                "Cannot start queue runners: No default session is registered. Use `with sess.as_default()` or pass an "
                "explicit session to tf.start_queue_runners(sess=sess)"
            )
    if not isinstance(sess, session_lib.BaseSession) and not hasattr(sess, "graph"):
        raise TypeError(f"sess must be a `tf.Session` object. Given class: {sess.__class__}")
    return [
        thread
        for runner in sess.graph.get_collection(collection)
        for thread in runner.create_threads(sess, coord=coord, daemon=daemon, start=start)
    ]


collection_protos.register_proto_function(
    _QUEUE_RUNNERS, "QueueRunnerDef", QueueRunner.to_proto, QueueRunner.from_proto
)
