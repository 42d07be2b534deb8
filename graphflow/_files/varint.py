"""Varints: whole numbers in groups of seven bits, the last byte with its top bit clear."""

from __future__ import annotations


def encode(value):
    """Bytes of a number >= 0."""
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def decode(data, at, bits=64):
    """(value, position behind it); ValueError for one that runs past the end of `data` or past `bits`."""
    value = shift = 0
    while shift < bits:
        if at >= len(data):
            raise ValueError("a varint runs past the end")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            if value >> bits:
                break
            return value, at
        shift += 7
    raise ValueError(f"a varint of more than {bits} bits")
