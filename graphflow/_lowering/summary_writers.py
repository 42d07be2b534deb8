"""Rules of `_contrib/summary_writers.py`: a writer is an event file that lives in the session."""

from __future__ import annotations

import time

import numpy as np

from graphflow._core import errors
from graphflow._files import event_file
from graphflow._graph import protos
from graphflow._lowering import queues, rule, summaries


class _Writer:
    """An event file that is opened by an operation of its own."""

    def __init__(self):
        self.file = None

    def leave(self):
        if self.file is not None:
            self.file.close()
            self.file = None


def _writer(ctx, op):
    return queues.resource_of(ctx, op, lambda _: _Writer())


def _held(ctx, op, ref):
    writer = ctx.resources[ref.key].value
    if writer.file is None:
        raise errors.NotFoundError(
            None, op, "the summary writer is not open: run tf.contrib.summary.summary_writer_initializer_op() first"
        )
    return writer.file


def _open(ctx, op, ref, logdir, max_queue, flush_millis, suffix):
    writer = ctx.resources[ref.key].value
    if writer.file is None:
        folder, suffix = np.asarray(logdir).item().decode(), np.asarray(suffix).item().decode()
        writer.file = event_file.EventFile(folder, int(max_queue), int(flush_millis) / 1000, suffix)
        writer.file.flush()
    return ()


def _flush(ctx, op, ref):
    _held(ctx, op, ref).flush()
    return ()


def _close(ctx, op, ref):
    ctx.resources[ref.key].value.leave()
    return ()


def _add(ctx, op, ref, event, step):
    event.step, event.wall_time = int(np.asarray(step)), time.time()
    _held(ctx, op, ref).add(event)
    return ()


def _of_summary(make):
    """A row that writes the Summary which `make(ctx, op, tag, value)` gives serialized."""

    def emit(ctx, op, ref, step, *inputs):
        summary = protos.Summary.FromString(make(ctx, op, *inputs).item())
        return _add(ctx, op, ref, protos.Event(summary=summary), step)

    return _host(emit)


def _generic(ctx, op, tensor, tag, metadata):
    return summaries.RULES["TensorSummaryV2"].emit(ctx, op, tag, tensor, metadata)


def _scalar(ctx, op, tag, value):
    return summaries.RULES["ScalarSummary"].emit(ctx, op, tag, value)


def _histogram(ctx, op, tag, values):
    return summaries.RULES["HistogramSummary"].emit(ctx, op, tag, values)


def _image(ctx, op, tag, tensor, bad_color):
    return summaries.image_summary(op, tag, tensor, np.asarray(bad_color), op.attrs["max_images"])


def _audio(ctx, op, tag, tensor, rate):
    return summaries.RULES["AudioSummaryV2"].emit(ctx, op, tag, tensor, rate)


def _raw(ctx, op, tensor):
    return np.asarray(tensor)


def _graph(ctx, op, ref, step, data):
    return _add(ctx, op, ref, protos.Event(graph_def=np.asarray(data).item()), step)


def _event(ctx, op, ref, data):
    _held(ctx, op, ref).add(protos.Event.FromString(np.asarray(data).item()))
    return ()


def _host(emit):
    return rule.Host(emit, because="it writes to a file")


RULES = {
    "SummaryWriter": rule.Host(_writer, because="a writer lives in the session", free=True),
    "CreateSummaryFileWriter": _host(_open),
    "CreateSummaryDbWriter": rule.Unsupported("event databases are not written; use create_file_writer(logdir)"),
    "FlushSummaryWriter": _host(_flush),
    "CloseSummaryWriter": _host(_close),
    "WriteScalarSummary": _of_summary(_scalar),
    "WriteHistogramSummary": _of_summary(_histogram),
    "WriteImageSummary": _of_summary(_image),
    "WriteAudioSummary": _of_summary(_audio),
    "WriteSummary": _of_summary(_generic),
    "WriteRawProtoSummary": _of_summary(_raw),
    "WriteGraphSummary": _host(_graph),
    "ImportEvent": _host(_event),
}
