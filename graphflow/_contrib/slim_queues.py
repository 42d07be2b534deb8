"""slim's context in which the queues of a graph are filled."""

from __future__ import annotations

import contextlib
import threading

from graphflow._graph import graph as graph_lib
from graphflow._graph import keys
from graphflow._train import coordinator

_running = threading.Lock()


class NestedQueueRunnerError(Exception):
    """A `QueueRunners` context inside another."""


@contextlib.contextmanager
def QueueRunners(session):
    """While it is open, the queue runners of the graph run in `session`.

    Raises:
        NestedQueueRunnerError: another such context is open.
    """
    if not _running.acquire(blocking=False):
        raise NestedQueueRunnerError("QueueRunners cannot be nested")
    try:
        coord = coordinator.Coordinator()
        runners = graph_lib.get_default_graph().get_collection(keys.GraphKeys.QUEUE_RUNNERS)
        threads = [t for r in runners for t in r.create_threads(session, coord=coord, daemon=True, start=True)]
        try:
            yield
        finally:
            coord.request_stop()
            coord.join(threads, stop_grace_period_secs=120)
    finally:
        _running.release()
