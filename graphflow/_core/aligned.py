"""Arrays that programs on CPU take as they are: those on a 64-byte boundary. Others are copied first."""

from __future__ import annotations

import numpy as np

_BOUNDARY = 64  # bytes
_SMALL = 4096  # bytes: below this a transfer costs less than aligning


def copy(array):
    """A C-contiguous copy, on a boundary where it is large: one memcpy here instead of a slow transfer in the runtime."""
    size = array.nbytes
    if size < _SMALL:
        return np.array(array)
    raw = np.empty(size + _BOUNDARY, np.uint8)
    offset = -raw.__array_interface__["data"][0] % _BOUNDARY
    out = raw[offset : offset + size].view(array.dtype).reshape(array.shape)
    np.copyto(out, array)
    return out


def placed(value):
    """An array that can be taken as it is; anything but a large array of numbers comes back unchanged."""
    if type(value) is not np.ndarray or value.nbytes < _SMALL or value.dtype.hasobject:
        return value
    if value.flags.c_contiguous and value.__array_interface__["data"][0] % _BOUNDARY == 0:
        return value
    return copy(value)
