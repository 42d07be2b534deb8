"""FileWriter: summaries, graphs and the like in event files for TensorBoard."""

from __future__ import annotations

import threading
import time
import warnings

from graphflow._files import event_file
from graphflow._graph import graph as graph_lib
from graphflow._graph import protos
from graphflow._train.saving import meta_graph


class FileWriter:
    """Writes events to a file in a folder.

    Args:
        logdir: the folder, made when it is not there. A new file begins with the first event.
        graph: a Graph to add at once, with its meta graph.
        max_queue, flush_secs: events reach the file after so many of them, or so many seconds.
        graph_def: a GraphDef in place of `graph`.
        filename_suffix: what the file's name ends in.
        session: without effect: events are written by this object, not by the graph.
    """

    def __init__(
        self, logdir, graph=None, max_queue=10, flush_secs=120, graph_def=None, filename_suffix=None, session=None
    ):
        self.event_writer = event_file.EventFile(str(logdir), max_queue, flush_secs, filename_suffix)
        self._logdir, self._closed = logdir, False
        self._run_tags, self._described = set(), set()
        if graph is not None or graph_def is not None:
            self.add_graph(graph, graph_def=graph_def)
            given = graph_def if graph_def is not None else graph
            if isinstance(given, graph_lib.Graph):
                self.add_meta_graph(
                    meta_graph.export_meta_graph(graph=given, graph_def=given.as_graph_def(add_shapes=True))
                )
            else:
                self.add_meta_graph(meta_graph.export_meta_graph(graph_def=given))

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        self.close()

    def get_logdir(self):
        """The folder."""
        return self._logdir

    # -- adding ----------------------------------------------------------------------------------------------------------

    def add_summary(self, summary, global_step=None):
        """Adds a Summary, serialized or as a message, of the step `global_step`."""
        if isinstance(summary, (bytes, bytearray)) or hasattr(summary, "tobytes"):
            summary = protos.Summary.FromString(bytes(summary))
        else:
            summary = protos.Summary.FromString(summary.SerializeToString())
        for value in summary.value:  # how a tag is shown is said once
            if value.HasField("metadata"):
                if value.tag in self._described:
                    value.ClearField("metadata")
                self._described.add(value.tag)
        self._add(protos.Event(summary=summary), global_step)

    def add_event(self, event):
        """Adds an Event message."""
        if self._closed:
            warnings.warn("Attempting to use a closed FileWriter. The operation will be a noop unless the FileWriter is "
                          "explicitly reopened.", stacklevel=2)  # fmt: skip
            return
        self.event_writer.add(event)

    def _add(self, event, step):
        event.wall_time = time.time()
        if step is not None:
            event.step = int(step)
        self.add_event(event)

    def add_graph(self, graph, global_step=None, graph_def=None):
        """Adds a graph, which TensorBoard draws.

        Raises:
            ValueError: both `graph` and `graph_def` are given, or neither is of its kind.
        """
        if graph is not None and graph_def is not None:
            raise ValueError("Please pass only graph, or graph_def (deprecated), but not both.")
        given = graph if graph_def is None else graph_def
        if isinstance(given, graph_lib.Graph):
            data = given.as_graph_def(add_shapes=True).SerializeToString()
        elif getattr(getattr(given, "DESCRIPTOR", None), "name", None) == "GraphDef":
            data = given.SerializeToString()
        else:
            raise TypeError("The passed graph must be an instance of `Graph` or the deprecated `GraphDef`")
        self._add(protos.Event(graph_def=data), global_step)

    def add_meta_graph(self, meta_graph_def, global_step=None):
        """Adds a MetaGraphDef message; TypeError for anything else."""
        if getattr(getattr(meta_graph_def, "DESCRIPTOR", None), "name", None) != "MetaGraphDef":
            raise TypeError(f"meta_graph_def must be type MetaGraphDef, saw type: {type(meta_graph_def)}")
        self._add(protos.Event(meta_graph_def=meta_graph_def.SerializeToString()), global_step)

    def add_run_metadata(self, run_metadata, tag, global_step=None):
        """Adds what a run measured; ValueError for a tag that was used before."""
        if tag in self._run_tags:
            raise ValueError("The provided tag was already used for this event type")
        self._run_tags.add(tag)
        tagged = protos.TaggedRunMetadata(tag=tag, run_metadata=run_metadata.SerializeToString())
        self._add(protos.Event(tagged_run_metadata=tagged), global_step)

    def add_session_log(self, session_log, global_step=None):
        """Adds a SessionLog message: a start, a checkpoint, an end."""
        log = protos.SessionLog.FromString(session_log.SerializeToString())
        self._add(protos.Event(session_log=log), global_step)

    # -- the file --------------------------------------------------------------------------------------------------------

    def flush(self):
        """Hands all events to the operating system."""
        self.event_writer.flush()

    def close(self):
        """Ends the file; nothing is added after that until `reopen`."""
        self.event_writer.close()
        self._closed = True

    def reopen(self):
        """Lets a closed writer write again, to a new file."""
        self._closed = False


class FileWriterCache:
    """One FileWriter a folder."""

    _cache: dict = {}
    _lock = threading.RLock()

    @staticmethod
    def clear():
        """Closes and forgets all writers."""
        with FileWriterCache._lock:
            for writer in FileWriterCache._cache.values():
                writer.close()
            FileWriterCache._cache = {}

    @staticmethod
    def get(logdir):
        """The writer of a folder, made when it is first asked for."""
        with FileWriterCache._lock:
            if logdir not in FileWriterCache._cache:
                graph = graph_lib.get_default_graph()
                FileWriterCache._cache[logdir] = FileWriter(logdir, graph=graph)
            return FileWriterCache._cache[logdir]


def summary_iterator(path):
    """Yields the Event messages of an event file."""
    return event_file.events(path)
