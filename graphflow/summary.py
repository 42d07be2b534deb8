"""Summaries for TensorBoard: nodes that make them, and the writer of event files."""

from graphflow._contrib.summary_writers import all_summary_ops as all_v2_summary_ops
from graphflow._contrib.summary_writers import initialize as initialize
from graphflow._graph import protos as _protos
from graphflow._ops.summaries import audio as audio
from graphflow._ops.summaries import get_summary_description as get_summary_description
from graphflow._ops.summaries import histogram as histogram
from graphflow._ops.summaries import image as image
from graphflow._ops.summaries import merge as merge
from graphflow._ops.summaries import merge_all as merge_all
from graphflow._ops.summaries import scalar as scalar
from graphflow._ops.summaries import tensor_summary as tensor_summary
from graphflow._ops.summaries import text as text
from graphflow._train.file_writer import FileWriter as FileWriter
from graphflow._train.file_writer import FileWriterCache as FileWriterCache

_MESSAGES = frozenset(["Event", "SessionLog", "Summary", "SummaryDescription", "TaggedRunMetadata"])


def __getattr__(name):
    if name in _MESSAGES:
        return getattr(_protos, name)
    raise AttributeError(f"module 'graphflow.summary' has no attribute {name!r}")


def __dir__():
    return sorted({*globals(), *_MESSAGES})
