"""Records behind one another in a file, each with checksums: TFRecord files and event files."""

from __future__ import annotations

import os
import struct
import zlib

from graphflow._core import errors
from graphflow._files import checksum, os_errors

_HEAD = struct.Struct("<QI")
_CHUNK = 1 << 18
_WINDOW_BITS = {"": None, "ZLIB": zlib.MAX_WBITS, "GZIP": zlib.MAX_WBITS + 16}


def window_bits(compression):
    """What zlib calls a kind of compression: `""` (None), `ZLIB` or `GZIP`.

    Raises:
        ValueError: another kind.
    """
    if compression not in _WINDOW_BITS:
        raise ValueError(f"Unsupported compression type {compression!r}; it is one of '', 'ZLIB' and 'GZIP'")
    return _WINDOW_BITS[compression]


def frame(data):
    """A record as it lies in a file."""
    length = struct.pack("<Q", len(data))
    return b"".join(
        (length, struct.pack("<I", checksum.masked(length)), data, struct.pack("<I", checksum.masked(data)))
    )


class Writer:
    """Writes records to a file.

    Args:
        path: the file; what it held is gone.
        compression: `""`, `ZLIB` or `GZIP`.
        level, strategy, mem_level, method, window: as in `zlib.compressobj`, where given.
    """

    def __init__(self, path, compression="", level=None, strategy=None, mem_level=None, method=None, window=None):
        bits = window_bits(compression)
        self._path = path
        self._packer = None
        if bits is not None:
            if window is not None:
                bits = abs(window) + (16 if compression == "GZIP" else 0)
            self._packer = zlib.compressobj(
                level=-1 if level is None else level, method=zlib.DEFLATED if method is None else method, wbits=bits,
                memLevel=9 if mem_level is None else mem_level, strategy=0 if strategy is None else strategy,
            )  # fmt: skip
        with os_errors.told(path):
            self._file = open(path, "wb", buffering=_CHUNK)

    def write(self, record):
        """Appends a record of bytes."""
        if self._file is None:
            raise errors.FailedPreconditionError(None, None, f"{self._path}: the writer is closed")
        data = frame(record)
        with os_errors.told(self._path):
            self._file.write(data if self._packer is None else self._packer.compress(data))

    def flush(self):
        """Hands what was written to the operating system."""
        with os_errors.told(self._path):
            if self._packer is not None:
                self._file.write(self._packer.flush(zlib.Z_SYNC_FLUSH))
            self._file.flush()

    def close(self):
        """Ends the file."""
        if self._file is None:
            return
        file, self._file = self._file, None
        with os_errors.told(self._path), file:
            if self._packer is not None:
                file.write(self._packer.flush())


class _Stream:
    """Bytes of a file from its start, unpacked where need be."""

    def __init__(self, file, path, bits):
        self.file, self.path = file, path
        self.unpacker = None if bits is None else zlib.decompressobj(bits)
        self.bits = bits
        self.at = 0
        self.size = os.fstat(file.fileno()).st_size
        self.ready = b""

    def read(self, count):
        """The next `count` bytes, fewer at the end."""
        if self.unpacker is None:
            data = self.file.read(min(count, self.size))
        else:
            data = self._unpacked(count)
        self.at += len(data)
        return data

    def _unpacked(self, count):
        pieces, have = [self.ready], len(self.ready)
        while have < count:
            if self.unpacker.eof:  # another member may follow
                packed = self.unpacker.unused_data or self.file.read(_CHUNK)
                if not packed:
                    break
                self.unpacker = zlib.decompressobj(self.bits)
            else:
                packed = self.unpacker.unconsumed_tail or self.file.read(_CHUNK)
                if not packed:
                    break
            try:
                piece = self.unpacker.decompress(packed, _CHUNK)
            except zlib.error as error:
                raise errors.DataLossError(None, None, f"{self.path}: inflate() failed: {error}") from None
            pieces.append(piece)
            have += len(piece)
        data = b"".join(pieces)
        self.ready = data[count:]
        return data[:count]


def read(path, compression="", allow_truncation=False):
    """Yields the records of a file, bytes each.

    Args:
        compression: `""`, `ZLIB` or `GZIP`.
        allow_truncation: a record that is cut off ends the file, where it would be an error.

    Raises:
        NotFoundError: there is no such file. DataLossError: a checksum is wrong, or the file ends within a record.
    """
    bits = window_bits(compression)
    with os_errors.told(path):
        file = open(path, "rb", buffering=_CHUNK)
    with file:
        stream = _Stream(file, path, bits)
        while True:
            start = stream.at
            with os_errors.told(path):
                head = stream.read(_HEAD.size)
                if not head:
                    return
                if len(head) < _HEAD.size:
                    if allow_truncation:
                        return
                    raise errors.DataLossError(None, None, f"{path}: truncated record at {start}")
                length, crc = _HEAD.unpack(head)
                if checksum.masked(head[:8]) != crc:
                    raise errors.DataLossError(None, None, f"{path}: corrupted record at {start}")
                data = stream.read(length + 4)
                if len(data) < length + 4:
                    if allow_truncation:
                        return
                    raise errors.DataLossError(None, None, f"{path}: truncated record at {start}")
                body = data[:length]
                if checksum.masked(body) != struct.unpack("<I", data[length:])[0]:
                    raise errors.DataLossError(None, None, f"{path}: corrupted record at {start}")
            yield body
