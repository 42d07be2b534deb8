"""Writers of event files that are nodes of the graph, and the summaries that go to them: `tf.contrib.summary`.

A summary is written by the step that computes it, where there is a default writer and summaries are being recorded.
"""

from __future__ import annotations

import contextlib
import functools
import os

from graphflow._core import dtypes
from graphflow._graph import build, current, eager_graph, keys, scopes
from graphflow._graph import graph as graph_lib
from graphflow._ops import array, compare, control_flow, grouping, math, summaries
from graphflow._runtime import session as session_lib
from graphflow._train import global_step as global_step_lib

_INITIALIZERS, _SUMMARIES = "_SUMMARY_WRITER_V2", keys.GraphKeys._SUMMARY_COLLECTION
_RED = [255, 0, 0, 255]


class SummaryWriter:
    """What summaries are written by; this one writes nothing."""

    _resource = None

    def set_as_default(self):
        """From now on this writer is the default one."""

    @contextlib.contextmanager
    def as_default(self):
        """Makes this writer the default one inside the `with` block."""
        yield self

    def init(self):
        """The operation that opens the file."""

    def flush(self):
        """The operation that hands what was written to the operating system."""

    def close(self):
        """The operation that closes the file."""


class ResourceSummaryWriter(SummaryWriter):
    """A writer in the graph. `make(handle)` adds the operation that opens it."""

    def __init__(self, shared_name, make):
        self._resource = build.apply("SummaryWriter", shared_name=shared_name)
        self._make = make
        opened = make(self._resource)
        if not eager_graph.executing_eagerly():
            current.add_to_collection(_INITIALIZERS, opened)

    def set_as_default(self):
        scopes.summary_writing.writer = self

    @contextlib.contextmanager
    def as_default(self):
        before = scopes.summary_writing.writer
        scopes.summary_writing.writer = self
        try:
            yield self
            self.flush()
        finally:
            scopes.summary_writing.writer = before

    def init(self):
        return self._make(self._resource)

    def flush(self):
        return flush(self)

    def close(self):
        with current.control_dependencies([self.flush()]), current.device("cpu:0"):
            return build.apply("CloseSummaryWriter", self._resource)


def create_file_writer(logdir, max_queue=None, flush_millis=None, filename_suffix=None, name=None):
    """A writer of an event file in the folder `logdir`; one that writes nothing where that is None.

    Args:
        max_queue, flush_millis: events reach the file after 10 of them, or two minutes, unless said otherwise.
        filename_suffix: ".v2" when None.
        name: writers of one name are one.
    """
    if logdir is None:
        return SummaryWriter()
    with current.device("cpu:0"):
        settings = {
            "max_queue": build.constant(10) if max_queue is None else max_queue,
            "flush_millis": build.constant(2 * 60 * 1000) if flush_millis is None else flush_millis,
            "filename_suffix": build.constant(".v2") if filename_suffix is None else filename_suffix,
        }
        make = functools.partial(_open, logdir=str(logdir), **settings)
        return ResourceSummaryWriter("logdir:" + str(logdir) if name is None else name, make)


def _open(writer, logdir, max_queue, flush_millis, filename_suffix):
    return build.apply("CreateSummaryFileWriter", writer, logdir, max_queue, flush_millis, filename_suffix)


def create_db_writer(db_uri, experiment_name=None, run_name=None, user_name=None, name=None):
    """Databases are not written here.

    Raises:
        ValueError: always; it names the alternative.
    """
    raise ValueError(
        f"create_db_writer({db_uri!r}): event databases were an experiment of TensorFlow 1; use create_file_writer(logdir)"
    )


# -- when --------------------------------------------------------------------------------------------------------------


def should_record_summaries():
    """Whether summaries are recorded here: a bool tensor."""
    recording = scopes.summary_writing.recording
    recording = recording() if callable(recording) else recording
    return compare.logical_and(True, False if recording is None else recording)


@contextlib.contextmanager
def _record_if(condition):
    before = scopes.summary_writing.recording
    scopes.summary_writing.recording = condition
    try:
        yield
    finally:
        scopes.summary_writing.recording = before


def always_record_summaries():
    """Summaries inside the `with` block are recorded."""
    return _record_if(True)


def never_record_summaries():
    """Summaries inside the `with` block are not recorded."""
    return _record_if(False)


def record_summaries_every_n_global_steps(n, global_step=None):
    """Summaries inside the `with` block are recorded where the global step is a multiple of `n`."""
    step = global_step_lib.get_or_create_global_step() if global_step is None else global_step

    def due():
        return compare.equal(math.mod(step, n, name="mod"), 0)

    with current.device("cpu:0"):
        return _record_if(due if eager_graph.executing_eagerly() else due())


# -- what ----------------------------------------------------------------------------------------------------------------


def _written(name, tensor, write, family):
    """`write(tag, scope)` where summaries are recorded; a bool tensor, or an operation without a writer."""
    if scopes.summary_writing.writer is None:
        return grouping.no_op()
    outer = graph_lib.get_default_graph().get_name_scope()

    def record():
        with build.name_scope(outer + "/" if outer else ""):
            with summaries.summary_scope(name, family, values=[tensor]) as (tag, scope):
                with current.control_dependencies([write(tag, scope)]):
                    return build.constant(True)

    with current.device("cpu:0"):
        op = control_flow.smart_cond(should_record_summaries(), record, lambda: build.constant(False), name="")
        if not eager_graph.executing_eagerly():
            current.add_to_collection(_SUMMARIES, op)
    return op


def _handle():
    return scopes.summary_writing.writer._resource


def _step(step):
    if step is None:
        return global_step_lib.get_or_create_global_step()
    return step if hasattr(step, "dtype") else build.convert_to_tensor(step, dtypes.int64)


def generic(name, tensor, metadata=None, family=None, step=None):
    """Writes a tensor with a SummaryMetadata message; returns as `scalar`."""

    def write(tag, scope):
        if metadata is None:
            data = build.constant("")
        else:
            message = hasattr(metadata, "SerializeToString")
            data = build.constant(metadata.SerializeToString()) if message else metadata
        return build.apply("WriteSummary", _handle(), _step(step), array.identity(tensor), tag, data, name=scope)

    return _written(name, tensor, write, family)


def scalar(name, tensor, family=None, step=None):
    """Writes a number.

    Args:
        name: the tag; `family` is put before it.
        step: int64; the global step when None.

    Returns:
        a bool tensor, whether it was written; without a default writer an operation that does nothing.
    """

    def write(tag, scope):
        return build.apply("WriteScalarSummary", _handle(), _step(step), tag, array.identity(tensor), name=scope)

    return _written(name, tensor, write, family)


def histogram(name, tensor, family=None, step=None):
    """Writes how numbers are distributed; returns as `scalar`."""

    def write(tag, scope):
        return build.apply("WriteHistogramSummary", _handle(), _step(step), tag, array.identity(tensor), name=scope)

    return _written(name, tensor, write, family)


def image(name, tensor, bad_color=None, max_images=3, family=None, step=None):
    """Writes images `[batch, height, width, 1, 3 or 4]`; pixels that are no numbers get `bad_color`. Returns as `scalar`."""

    def write(tag, scope):
        colour = build.constant(_RED, dtypes.uint8) if bad_color is None else bad_color
        return build.apply(
            "WriteImageSummary", _handle(), _step(step), tag, array.identity(tensor), colour, max_images=max_images,
            name=scope,
        )  # fmt: skip

    return _written(name, tensor, write, family)


def audio(name, tensor, sample_rate, max_outputs, family=None, step=None):
    """Writes sounds `[batch, frames]` or `[batch, frames, channels]` in -1..1; returns as `scalar`."""

    def write(tag, scope):
        return build.apply(
            "WriteAudioSummary", _handle(), _step(step), tag, array.identity(tensor), sample_rate,
            max_outputs=max_outputs, name=scope,
        )  # fmt: skip

    return _written(name, tensor, write, family)


def _serialized(graph):
    whole = graph.as_graph_def(add_shapes=True) if isinstance(graph, graph_lib.Graph) else graph
    return whole.SerializeToString()


def graph(param, step=None, name=None):
    """Writes a serialized graph: a string tensor, or with eager execution a Graph or GraphDef.

    Raises:
        TypeError: `param` is no tensor while a graph is built.
    """
    eager = eager_graph.executing_eagerly()
    if not eager and not hasattr(param, "op"):
        raise TypeError(f"graph() needs a tf.Tensor (e.g. tf.placeholder) in graph mode, but was: {type(param)}")
    if scopes.summary_writing.writer is None:
        return grouping.no_op()
    with current.device("cpu:0"):
        message = isinstance(param, graph_lib.Graph) or hasattr(param, "SerializeToString")
        data = build.convert_to_tensor(_serialized(param), dtypes.string) if message else array.identity(param)
        return build.apply("WriteGraphSummary", _handle(), _step(step), data, name=name)


def import_event(tensor, name=None):
    """Writes a serialized Event as it is."""
    return build.apply("ImportEvent", _handle(), tensor, name=name)


def flush(writer=None, name=None):
    """The operation that hands what was written to the operating system; the default writer's when None."""
    writer = scopes.summary_writing.writer if writer is None else writer
    if writer is None:
        return grouping.no_op()
    resource = writer._resource if isinstance(writer, SummaryWriter) else writer
    with current.device("cpu:0"):
        return build.apply("FlushSummaryWriter", resource, name=name)


# -- around --------------------------------------------------------------------------------------------------------------


def all_summary_ops():
    """What `scalar` and its like returned in this graph; None with eager execution."""
    return None if eager_graph.executing_eagerly() else current.get_collection(_SUMMARIES)


def summary_writer_initializer_op():
    """The operations that open the writers of this graph.

    Raises:
        RuntimeError: with eager execution, which opens them at once.
    """
    if eager_graph.executing_eagerly():
        raise RuntimeError("tf.contrib.summary.summary_writer_initializer_op is only supported in graph mode.")
    return current.get_collection(_INITIALIZERS)


def initialize(graph=None, session=None):
    """Opens the writers of this graph, and writes `graph`, a Graph or GraphDef, to the default one.

    Raises:
        RuntimeError: there is no default writer.
        ValueError: there is no session.
    """
    if eager_graph.executing_eagerly():
        return
    if scopes.summary_writing.writer is None:
        raise RuntimeError("No default tf.contrib.summary.SummaryWriter found")
    session = session_lib.get_default_session() if session is None else session
    if session is None:
        raise ValueError("session must be passed if no default session exists")
    session.run(summary_writer_initializer_op())
    if graph is not None:
        data = array.placeholder(dtypes.string)
        session.run(_of_graph(data, 0), feed_dict={data: _serialized(graph)})


_of_graph = graph  # for a function with an argument of that name


def eval_dir(model_dir, name=None):
    """The folder for the summaries of an evaluation."""
    return os.path.join(model_dir, "eval" if not name else "eval_" + name)
