"""Rules of `_ops/readers.py`: a reader is an object of the session."""

from __future__ import annotations

import itertools
import threading
import zlib

import numpy as np

from graphflow._core import errors
from graphflow._files import gfile, records, varint
from graphflow._lowering import queues, rule

_HEAD = 16  # bytes of a TFRecord beside its data
_STATE = ("started", "finished", "produced")  # the numbers of a ReaderBaseState, in the order of its fields


class _Reader:
    """Reads one file after another.

    Args:
        open_file: function(name) -> iterator of (what follows the file's name in the key, value).
        single: whether each file is one record; only then has the reader a state that can be taken.
    """

    def __init__(self, open_file, single=False):
        self._open, self._single = open_file, single
        self.lock = threading.Lock()
        self.reset()

    def reset(self):
        self.work = b""
        self.items = None
        self.started = self.finished = self.produced = 0

    def read(self, next_work, count):
        """At most `count` (key, value), at least one, all from one file; `next_work()` waits for the name of a file."""
        with self.lock:
            while True:
                if self.items is None:
                    self.work = next_work()
                    self.items = iter(self._open(self.work))
                    self.started += 1
                found = [(self.work + place, value) for place, value in itertools.islice(self.items, count)]
                self.produced += len(found)
                if len(found) < count or self._single:
                    self.items = None
                    self.finished = self.started
                if found:
                    return found

    def serialized(self, op):
        """The state as a ReaderBaseState message."""
        self._check(op, "SerializeState")
        out = bytearray()
        for field, name in enumerate(_STATE, 1):
            if value := getattr(self, name):
                out += bytes([field << 3]) + varint.encode(value)
        if self.work:
            out += bytes([4 << 3 | 2]) + varint.encode(len(self.work)) + self.work
        return bytes(out)

    def restore(self, op, state):
        """Puts back what `serialized` gave."""
        self._check(op, "RestoreState")
        self.reset()
        at, work = 0, None
        try:
            while at < len(state):
                field = state[at] >> 3
                value, at = varint.decode(state, at + 1)
                if field == 4:
                    work, at = state[at : at + value], at + value
                else:
                    setattr(self, _STATE[field - 1], value)
        except (IndexError, ValueError):
            raise errors.InvalidArgumentError(
                None, op, f"Could not parse state for {op.inputs[0].op.name}: {state!r}"
            ) from None
        if work is not None:
            self.work = work
            self.items = iter(self._open(work)) if self.started > self.finished else None

    def _check(self, op, what):
        if not self._single:
            raise errors.UnimplementedError(
                None, op, f"Reader {what}: {op.inputs[0].op.type} keeps a place in its file"
            )


def _contents(name, encoding=""):
    with gfile.GFile(name, "rb") as file:
        data = file.read()
    bits = records.window_bits(encoding)
    try:
        return data if bits is None else zlib.decompress(data, bits)
    except zlib.error as error:
        raise errors.DataLossError(None, None, f"{name.decode()}: {error}") from None


# -- the kinds of files --------------------------------------------------------------------------------------------------


def _whole(name):
    yield b"", _contents(name)


def _identity(name):
    yield b"", name


def _lines(op):
    skipped = op.attrs["skip_header_lines"]

    def lines(name):
        with gfile.GFile(name, "rb") as file:
            for number, line in enumerate(file, 1):
                if number > skipped:
                    yield b":%d" % number, line.removesuffix(b"\n").replace(b"\r", b"")

    return _Reader(lines)


def _fixed_length(op):
    attrs = op.attrs
    length, hop = attrs["record_bytes"], attrs["hop_bytes"] or attrs["record_bytes"]
    encoding = attrs.get("encoding", b"").decode()

    def pieces(name):
        data = memoryview(_contents(name, encoding))
        last = len(data) - attrs["footer_bytes"] - length
        for number, at in enumerate(range(attrs["header_bytes"], last + 1, hop)):
            yield b":%d" % number, bytes(data[at : at + length])

    return _Reader(pieces)


def _tf_records(op):
    compression = op.attrs["compression_type"].decode()

    def read(name):
        at = 0
        for value in records.read(name.decode(), compression):
            yield b":%d" % at, value
            at += _HEAD + len(value)

    return _Reader(read)


def _reader(make):
    def emit(ctx, op):
        return queues.resource_of(ctx, op, lambda resources: make(op))

    return rule.Host(emit, because="a reader lives in the session", free=True)


# -- their operations ----------------------------------------------------------------------------------------------------


def _of(ctx, ref):
    return ctx.resources[ref.key].value


def _next_work(ctx, op, queue_ref):
    queue = _of(ctx, queue_ref)

    def take():
        element = queue.take(op, 1, False, ctx.time_left)[0]
        if len(element) != 1 or element[0].dtype != object:
            raise errors.InvalidArgumentError(
                None, op, "a reader takes the names of files from a queue of single strings"
            )
        return element[0].item()

    return take


def _read(ctx, op, ref, queue_ref):
    [(key, value)] = _of(ctx, ref).read(_next_work(ctx, op, queue_ref), 1)
    return np.array(key, object), np.array(value, object)


def _read_up_to(ctx, op, ref, queue_ref, count):
    if count <= 0:
        raise errors.InvalidArgumentError(None, op, f"num_records must be positive, got {int(count)}")
    found = _of(ctx, ref).read(_next_work(ctx, op, queue_ref), int(count))
    return tuple(np.array(list(part), object) for part in zip(*found))


def _number(name):
    def emit(ctx, op, ref):
        return np.int64(getattr(_of(ctx, ref), name))

    return emit


def _reset(ctx, op, ref):
    reader = _of(ctx, ref)
    with reader.lock:
        reader.reset()
    return ()


def _serialize(ctx, op, ref):
    reader = _of(ctx, ref)
    with reader.lock:
        return np.array(reader.serialized(op), object)


def _restore(ctx, op, ref, state):
    reader = _of(ctx, ref)
    with reader.lock:
        reader.restore(op, state.item())
    return ()


def _call(emit):
    return rule.Host(emit, because="it reads files")


RULES = {
    "WholeFileReader": _reader(lambda op: _Reader(_whole, single=True)),
    "IdentityReader": _reader(lambda op: _Reader(_identity, single=True)),
    "TextLineReader": _reader(_lines),
    "FixedLengthRecordReader": _reader(_fixed_length),
    "TFRecordReader": _reader(_tf_records),
    "ReaderRead": _call(_read),
    "ReaderReadUpTo": _call(_read_up_to),
    "ReaderNumRecordsProduced": _call(_number("produced")),
    "ReaderNumWorkUnitsCompleted": _call(_number("finished")),
    "ReaderReset": _call(_reset),
    "ReaderSerializeState": _call(_serialize),
    "ReaderRestoreState": _call(_restore),
}
RULES |= {f"{op_type}V2": row for op_type, row in RULES.items()}
RULES["LMDBReader"] = rule.Unsupported("LMDB databases are not read here; write their entries to TFRecord files")
