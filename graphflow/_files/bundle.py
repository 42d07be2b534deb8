"""What writers and readers of V2 checkpoints share: names of files, and how an array lies in them.

A checkpoint `model.ckpt` is `model.ckpt.index`, a table of entries, and `model.ckpt.data-00000-of-00001`, the arrays' bytes.
"""

from __future__ import annotations

import struct

import numpy as np

from graphflow._core import dtypes
from graphflow._files import checksum, varint


def index_file(prefix):
    return prefix + ".index"


def data_file(prefix, shard, shards):
    return f"{prefix}.data-{shard:05d}-of-{shards:05d}"


def decode_strings(data, count):
    """The texts in the bytes of an entry.

    Raises:
        ValueError: the bytes do not add up.
    """
    lengths, at, sums = [], 0, b""
    for _ in range(count):
        length, at = varint.decode(data, at)
        lengths.append(length)
        sums += _length_bytes(length)
    if struct.pack("<I", checksum.masked(sums)) != data[at : at + 4]:
        raise ValueError("the checksum of the lengths of its texts is wrong")
    if at + 4 + sum(lengths) != len(data):
        raise ValueError(f"its texts take {sum(lengths)} bytes of {len(data) - at - 4}")
    out, at = np.empty(count, object), at + 4
    for i, length in enumerate(lengths):
        out[i] = data[at : at + length]
        at += length
    return out, checksum.mask(checksum.crc(sums + data[at - sum(lengths) - 4 :]))


def encode_strings(array):
    """(the bytes of an entry that holds texts, their stored checksum)."""
    texts = [_text(item) for item in np.asarray(array, object).reshape(-1)]
    sums = b"".join(_length_bytes(len(text)) for text in texts)
    behind = struct.pack("<I", checksum.masked(sums)) + b"".join(texts)
    lengths = b"".join(varint.encode(len(text)) for text in texts)
    return lengths + behind, checksum.mask(checksum.extend(checksum.crc(sums), behind))


def _text(item):
    return item.encode() if isinstance(item, str) else bytes(item)


def _length_bytes(length):
    return struct.pack("<I" if length < 1 << 32 else "<Q", length)


def type_number(array):
    """The DataType number of an array's elements."""
    if array.dtype == object:
        return dtypes.string.as_datatype_enum
    return dtypes.as_dtype(array.dtype).as_datatype_enum
