"""CRC-32C, plain and as TensorFlow stores it."""

from __future__ import annotations

import google_crc32c
import numpy as np

_MASK = 0xA282EAD8


def crc(data):
    """CRC-32C of bytes or of the memory of a contiguous array, without a copy."""
    return google_crc32c.value(_buffer(data))


def extend(value, data):
    """The CRC-32C of what `value` is of, followed by `data`."""
    return google_crc32c.extend(value, _buffer(data))


def mask(value):
    """A CRC as it is stored: rotated and moved, so that the CRC of data that holds CRCs stays a good one."""
    return (((value >> 15) | (value << 17)) + _MASK) & 0xFFFFFFFF


def masked(data):
    """The stored form of the CRC of `data`."""
    return mask(crc(data))


def _buffer(data):
    return data if isinstance(data, (bytes, np.ndarray)) else bytes(data)


def as_bytes(array):
    """The memory of an array as a flat uint8 array; a copy only where the array is not contiguous."""
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8)
