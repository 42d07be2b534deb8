"""Slices of partitioned variables: their text in a graph and their keys in a checkpoint."""

from __future__ import annotations

import re
from typing import NamedTuple


class Slice(NamedTuple):
    """A part of a tensor.

    Attributes:
        full_shape: the shape of the whole.
        starts, lengths: by axis; a length of None is the whole axis.
    """

    full_shape: tuple
    starts: tuple
    lengths: tuple

    @property
    def shape(self):
        return tuple(size if length is None else length for size, length in zip(self.full_shape, self.lengths))

    @property
    def index(self):
        """What to index the whole array with."""
        return tuple(slice(s, s + n) for s, n in zip(self.starts, self.shape))


def parse(text):
    """The Slice of a text such as `10 4 0,5:-`; None for the empty text, which is the whole tensor.

    Raises:
        ValueError: it is none, or lies outside its tensor.
    """
    if not text:
        return None
    *sizes, parts = text.split(" ")
    parts = parts.split(":")
    if not sizes or len(sizes) != len(parts):
        raise ValueError(f"{text!r} names {len(sizes)} sizes and {len(parts)} extents")
    full_shape = tuple(int(size) for size in sizes)
    pairs = [(0, None) if part == "-" else tuple(int(n) for n in part.split(",")) for part in parts]
    if any(len(pair) != 2 for pair in pairs):
        raise ValueError(f"{text!r} has an extent that is not `start,length`")
    return checked(full_shape, [start for start, _ in pairs], [length for _, length in pairs])


def checked(full_shape, starts, lengths):
    """The Slice; ValueError where it lies outside its tensor."""
    for size, start, length in zip(full_shape, starts, lengths, strict=True):
        if start < 0 or (length is None and start) or (length is not None and (length < 0 or start + length > size)):
            raise ValueError(f"the slice {starts} + {lengths} lies outside of shape {list(full_shape)}")
    return Slice(tuple(full_shape), tuple(starts), tuple(lengths))


def covers(shape, pieces):
    """Whether slices fill an array of `shape` without overlap: their sizes add up, and no two meet."""
    total = sum(_count(piece.shape) for piece in pieces)
    if total != _count(shape):
        return False
    filled = sorted((p for p in pieces if _count(p.shape)), key=lambda p: p.starts)
    axes = [axis for axis in range(len(shape)) if len({p.starts[axis] for p in filled}) > 1]
    if len(axes) <= 1:  # the rule: cut along one axis
        axis = axes[0] if axes else 0
        ends = [p.starts[axis] + p.shape[axis] for p in filled] if shape else []
        return all(end <= after.starts[axis] for end, after in zip(ends, filled[1:]))
    return not any(_meet(a, b) for i, a in enumerate(filled) for b in filled[i + 1 :])


def _meet(a, b):
    return all(s < t + m and t < s + n for s, n, t, m in zip(a.starts, a.shape, b.starts, b.shape))


def _count(shape):
    n = 1
    for size in shape:
        n *= size
    return n


# -- keys ----------------------------------------------------------------------------------------------------------------
# They sort as what they stand for: names first, then rank, starts and lengths.

_FIRST = (0x80, 0xC0, 0xE0, 0xF0, 0xF8, 0xFC, 0xFE, 0xFF)


def key(name, piece):
    """The key under which a checkpoint holds a slice of the tensor `name`."""
    escaped = re.sub(rb"[\0\xff]", lambda found: found[0] + bytes([found[0][0] ^ 0xFF]), name.encode())
    out = b"\0" + escaped + b"\0\x01" + _number(len(piece.starts))
    for start, length in zip(piece.starts, piece.lengths):
        out += _signed(start) + _signed(-1 if length is None else length)
    return out


def _number(value):
    digits = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return bytes([len(digits)]) + digits


def _signed(value):
    n = 1
    while not -(1 << (7 * n - 1)) <= value < 1 << (7 * n - 1):
        n += 1
    if n > len(_FIRST):
        raise ValueError(f"{value} is too large for a place in a tensor")
    out = bytearray((value & ((1 << 8 * n) - 1)).to_bytes(n, "big"))
    out[0] ^= _FIRST[n - 1]
    return bytes(out)


def name_of(data):
    """The tensor name in a key, or None for a key of another kind."""
    end = data.find(b"\0\x01", 1)
    if data[:1] != b"\0" or end < 0:
        return None
    return re.sub(rb"\0\xff|\xff\0", lambda found: found[0][:1], data[1:end]).decode("utf-8", "replace")
