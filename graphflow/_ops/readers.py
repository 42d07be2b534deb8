"""Readers: operations that take names of files from a queue and give their records, one at a time."""

from __future__ import annotations

import collections

from graphflow._core import dtypes
from graphflow._files import tf_records
from graphflow._graph import build, op_def
from graphflow._ops import queues

_KINDS = ("WholeFileReader", "TextLineReader", "FixedLengthRecordReader", "TFRecordReader", "IdentityReader")
_CALLS = (
    "ReaderRead", "ReaderReadUpTo", "ReaderNumRecordsProduced", "ReaderNumWorkUnitsCompleted", "ReaderReset",
    "ReaderSerializeState", "ReaderRestoreState",
)  # fmt: skip

op_def.shape_rule(*_KINDS, "LMDBReader")(lambda op: [(2,)])
op_def.shape_rule(*[f"{kind}V2" for kind in _KINDS])(lambda op: [()])
op_def.shape_rule("ReaderRead", "ReaderReadV2")(lambda op: [(), ()])
op_def.shape_rule("ReaderReadUpTo", "ReaderReadUpToV2")(lambda op: [(None,), (None,)])
for _call in ("ReaderNumRecordsProduced", "ReaderNumWorkUnitsCompleted", "ReaderSerializeState"):
    op_def.shape_rule(_call, _call + "V2")(lambda op: [()])
for _call in (*_KINDS, *_CALLS):
    op_def.not_differentiable(_call, _call + "V2", because="files have no gradient")
op_def.not_differentiable("LMDBReader", because="files have no gradient")


_Record = collections.namedtuple("_Record", ["key", "value"])
_Records = collections.namedtuple("_Records", ["keys", "values"])


class ReaderBase:
    """What readers have in common. A reader belongs to the session in which it runs.

    Args:
        reader_ref: the handle of the reader.
        supports_serialize: whether its state can be taken and put back.
    """

    def __init__(self, reader_ref, supports_serialize=False):
        self._reader_ref, self._supports_serialize = reader_ref, supports_serialize

    reader_ref = property(lambda self: self._reader_ref, doc="The handle of the reader.")
    supports_serialize = property(lambda self: self._supports_serialize, doc="Whether its state can be taken.")

    def _apply(self, what, *inputs, name=None):
        version = "V2" if self._reader_ref.dtype is dtypes.resource else ""
        return build.apply(f"Reader{what}{version}", self._reader_ref, *inputs, name=name)

    def read(self, queue, name=None):
        """The next record, and a text that says where it is from; takes a file's name from the queue when it needs one.

        Args:
            queue: a queue of string scalars, or its handle.

        Returns:
            (key, value), string scalars. OutOfRangeError at run time when the queue is closed and all files are read.
        """
        return _Record(*self._apply("Read", _handle(queue), name=name))

    def read_up_to(self, queue, num_records, name=None):
        """At most `num_records` records, all from one file. Returns (keys, values), string vectors. Args as `read`."""
        return _Records(*self._apply("ReadUpTo", _handle(queue), num_records, name=name))

    def num_records_produced(self, name=None):
        """How many records have been read, an int64 scalar."""
        return self._apply("NumRecordsProduced", name=name)

    def num_work_units_completed(self, name=None):
        """How many files have been read to their end, an int64 scalar."""
        return self._apply("NumWorkUnitsCompleted", name=name)

    def serialize_state(self, name=None):
        """The reader's state as a string scalar, where it can be taken."""
        return self._apply("SerializeState", name=name)

    def restore_state(self, state, name=None):
        """An operation that puts a state back."""
        return self._apply("RestoreState", state, name=name)

    def reset(self, name=None):
        """An operation that takes the reader back to its beginning."""
        return self._apply("Reset", name=name)


def _handle(queue):
    return queue.queue_ref if isinstance(queue, queues.QueueBase) else queue


class WholeFileReader(ReaderBase):
    """Gives each file as one record; its key is the file's name."""

    def __init__(self, name=None):
        super().__init__(build.apply("WholeFileReaderV2", name=name), supports_serialize=True)


class IdentityReader(ReaderBase):
    """Gives what comes from the queue, as key and as value."""

    def __init__(self, name=None):
        super().__init__(build.apply("IdentityReaderV2", name=name), supports_serialize=True)


class TextLineReader(ReaderBase):
    """Gives the lines of files, without their ends; keys are `file:line`.

    Args:
        skip_header_lines: how many lines at the start of each file are left out.
    """

    def __init__(self, skip_header_lines=None, name=None):
        super().__init__(build.apply("TextLineReaderV2", skip_header_lines=skip_header_lines, name=name))


class FixedLengthRecordReader(ReaderBase):
    """Gives records that all have the same length; keys are `file:number`.

    Args:
        record_bytes: the length of a record.
        header_bytes, footer_bytes: what is left out at the start and end of each file.
        hop_bytes: from the start of one record to that of the next; `record_bytes` when None or 0.
        encoding: "ZLIB" or "GZIP" for compressed files.
    """

    def __init__(self, record_bytes, header_bytes=None, footer_bytes=None, hop_bytes=None, name=None, encoding=None):
        super().__init__(
            build.apply(
                "FixedLengthRecordReaderV2", record_bytes=record_bytes, header_bytes=header_bytes,
                footer_bytes=footer_bytes, hop_bytes=hop_bytes, encoding=encoding, name=name,
            )
        )  # fmt: skip


class TFRecordReader(ReaderBase):
    """Gives the records of TFRecord files; keys are `file:offset`.

    Args:
        options: TFRecordOptions, for compressed files.
    """

    def __init__(self, name=None, options=None):
        compression = tf_records.TFRecordOptions.get_compression_type_string(options)
        super().__init__(build.apply("TFRecordReaderV2", compression_type=compression, name=name))


class LMDBReader(ReaderBase):
    """Gives the entries of LMDB databases. Running it is an UnimplementedError: write the data to TFRecord files."""

    def __init__(self, name=None, options=None):
        super().__init__(build.apply("LMDBReader", name=name))
