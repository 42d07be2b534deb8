"""Unpacking of snappy blocks, which old checkpoints may hold."""

from __future__ import annotations

from graphflow._files import varint


def unpack(data, limit=1 << 30):
    """The bytes that a snappy block stands for.

    Raises:
        ValueError: it is damaged, or longer than `limit`.
    """
    size, at = varint.decode(data, 0, bits=32)
    if size > limit:
        raise ValueError(f"a snappy block claims {size} bytes")
    out = bytearray()
    while at < len(data):
        tag = data[at]
        at += 1
        kind = tag & 3
        if kind == 0:
            length, at = _literal_length(data, at, tag >> 2)
            if at + length > len(data):
                raise ValueError("a snappy literal runs past the end")
            out += data[at : at + length]
            at += length
        else:
            length = (tag >> 2 & 7) + 4 if kind == 1 else (tag >> 2) + 1
            width = (1, 2, 4)[kind - 1]
            if at + width > len(data):
                raise ValueError("a snappy copy runs past the end")
            offset = int.from_bytes(data[at : at + width], "little") | ((tag >> 5) << 8 if kind == 1 else 0)
            at += width
            _copy(out, offset, length)
        if len(out) > size:
            break
    if len(out) != size:
        raise ValueError(f"a snappy block claims {size} bytes and holds others")
    return bytes(out)


def _literal_length(data, at, code):
    if code < 60:
        return code + 1, at
    width = code - 59
    return int.from_bytes(data[at : at + width], "little") + 1, at + width


def _copy(out, offset, length):
    """Appends what stands `offset` before the end; where it overlaps its own result, it repeats."""
    if not 0 < offset <= len(out):
        raise ValueError("a snappy copy from before the start")
    start = len(out) - offset
    piece = bytes(out[start : start + length])
    out += (piece * (length // len(piece) + 1))[:length]
