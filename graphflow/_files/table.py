"""Sorted tables of keys and values, as LevelDB lays them out: the container of all checkpoints.

A file is blocks, an index block, and a footer of 48 bytes. A block holds entries (length shared with the key before, length of the
rest, length of the value, rest of the key, value), then where every 16th entry begins; behind it stand a byte for the compression
and a checksum.
"""

from __future__ import annotations

import os
import struct

from graphflow._core import errors
from graphflow._files import checksum, snappy, varint

MAGIC = struct.pack("<Q", 0xDB4775248B80FB57)
_FOOTER = 48
_TRAILER = 5
_BLOCK_SIZE = 1 << 18
_RESTART = 16


# -- writing -------------------------------------------------------------------------------------------------------------


def pack(items):
    """The bytes of a table.

    Args:
        items: (key, value) pairs of bytes, in the order of their keys.
    """
    out, index, block, size = bytearray(), [], [], 0
    for key, value in items:
        block.append((key, value))
        size += len(key) + len(value) + 8
        if size >= _BLOCK_SIZE:
            index.append((key, _handle(_append(out, block))))
            block, size = [], 0
    if block or not index:
        index.append((_short_successor(block[-1][0]) if block else b"", _handle(_append(out, block))))
    handles = _handle(_append(out, [])) + _handle(_append(out, index, restart=1))
    return bytes(out + handles.ljust(_FOOTER - len(MAGIC), b"\0") + MAGIC)


def _short_successor(key):
    """A short key that is not before `key`: what LevelDB writes for the last block."""
    for i, byte in enumerate(key):
        if byte != 0xFF:
            return key[:i] + bytes([byte + 1])
    return key


def _append(out, items, restart=_RESTART):
    """Adds a block; returns (offset, size)."""
    block, restarts, before = bytearray(), [], b""
    for i, (key, value) in enumerate(items):
        if i % restart == 0:
            restarts.append(len(block))
            shared = 0
        else:
            shared = len(os.path.commonprefix([before, key]))
        block += varint.encode(shared) + varint.encode(len(key) - shared) + varint.encode(len(value))
        block += key[shared:] + value
        before = key
    restarts = restarts or [0]
    block += struct.pack(f"<{len(restarts) + 1}I", *restarts, len(restarts))
    at = len(out)
    stored = bytes(block) + b"\0"
    out += stored + struct.pack("<I", checksum.masked(stored))
    return at, len(block)


def _handle(place):
    return varint.encode(place[0]) + varint.encode(place[1])


# -- reading -------------------------------------------------------------------------------------------------------------


def damaged(path, what):
    """The error for a file whose bytes cannot be right."""
    return errors.DataLossError(None, None, f"{path}: {what}")


def is_table(path):
    """Whether a file ends as a table does."""
    try:
        with open(path, "rb") as file:
            return file.seek(0, os.SEEK_END) >= _FOOTER and _tail(file) == MAGIC
    except OSError:
        return False


def _tail(file):
    file.seek(-len(MAGIC), os.SEEK_END)
    return file.read(len(MAGIC))


class Reader:
    """A table in a file. Only what is asked for is read.

    Raises:
        DataLossError: the file cannot be a table; the text says at which byte.
    """

    def __init__(self, path):
        self.path = path
        self.size = os.path.getsize(path)
        if self.size < _FOOTER:
            raise damaged(
                path, f"{self.size} bytes are too short to be an sstable, which ends in a footer of {_FOOTER}"
            )
        with open(path, "rb") as file:
            file.seek(-_FOOTER, os.SEEK_END)
            footer = file.read(_FOOTER)
            if footer[-len(MAGIC) :] != MAGIC:
                raise damaged(
                    path,
                    "not an sstable (bad magic number): perhaps it is a .data file, is cut off, or is of another kind",
                )
            try:
                at = varint.decode(footer, varint.decode(footer, 0)[1])[1]
                offset, at = varint.decode(footer, at)
                length, at = varint.decode(footer, at)
            except ValueError as error:
                raise damaged(path, f"the footer is damaged: {error}") from None
            index = self._block(file, offset, length)
            self.blocks = [self._place(value) for _, value in self._entries(index, offset)]

    def _place(self, handle):
        try:
            offset, at = varint.decode(handle, 0)
            return offset, varint.decode(handle, at)[0]
        except ValueError as error:
            raise damaged(self.path, f"the index names no block: {error}") from None

    def items(self, start=b"", wanted=None):
        """(key, value) pairs in order.

        Args:
            start: the key to begin at.
            wanted: a function of a key; only values of keys it takes are handed out.
        """
        before = None
        with open(self.path, "rb") as file:
            for offset, size in self.blocks:
                for key, value in self._entries(self._block(file, offset, size), offset):
                    if before is not None and key <= before:
                        raise damaged(self.path, f"the keys are not sorted: {key!r} stands behind {before!r}")
                    before = key
                    if key >= start and (wanted is None or wanted(key)):
                        yield key, value

    def _block(self, file, offset, size):
        if offset + size + _TRAILER > self.size:
            raise damaged(
                self.path, f"a block of {size} bytes at offset {offset} lies outside the file of {self.size} bytes"
            )
        file.seek(offset)
        data = file.read(size + _TRAILER)
        stored = struct.unpack("<I", data[size + 1 :])[0]
        if checksum.masked(data[: size + 1]) != stored:
            raise damaged(self.path, f"block checksum mismatch at offset {offset}")
        kind = data[size]
        if kind == 0:
            return data[:size]
        if kind == 1:
            try:
                return snappy.unpack(data[:size])
            except ValueError as error:
                raise damaged(self.path, f"the block at offset {offset} does not unpack: {error}") from None
        raise errors.UnimplementedError(
            None, None, f"{self.path}: the block at offset {offset} has compression type {kind}, which is not known"
        )

    def _entries(self, block, offset):
        where = f"the block at offset {offset}"
        if len(block) < 4:
            raise damaged(self.path, f"{where} is too short")
        restarts = struct.unpack("<I", block[-4:])[0]
        end = len(block) - 4 - 4 * restarts
        if end < 0:
            raise damaged(self.path, f"{where} claims {restarts} restarts in {len(block)} bytes")
        at, key = 0, b""
        while at < end:
            try:
                shared, at = varint.decode(block, at, bits=32)
                rest, at = varint.decode(block, at, bits=32)
                length, at = varint.decode(block, at, bits=32)
            except ValueError as error:
                raise damaged(self.path, f"{where}: {error}") from None
            if shared > len(key) or at + rest + length > end:
                raise damaged(self.path, f"{where}: an entry does not fit")
            key = key[:shared] + block[at : at + rest]
            at += rest
            yield key, block[at : at + length]
            at += length
