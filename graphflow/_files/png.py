"""PNG pictures, byte for byte as TensorFlow's libpng writes them with its defaults."""

from __future__ import annotations

import struct
import zlib

import numpy as np

_COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}  # by channels: grey, grey and alpha, RGB, RGBA
_PIECE = 8192  # bytes of compressed data in one chunk


def encode(image, level=-1):
    """The file of an image.

    Args:
        image: uint8 or uint16, `[height, width, channels]` of 1 to 4 channels.
        level: of compression, -1 for zlib's default.

    Returns:
        bytes.
    """
    height, width, channels = image.shape
    depth = 8 * image.dtype.itemsize
    rows = image.astype(">u2").view(np.uint8) if depth == 16 else image
    filtered = _filtered(rows.reshape(height, -1), channels * depth // 8)
    head = struct.pack(">IIBBBBB", width, height, depth, _COLOUR_TYPES[channels], 0, 0, 0)
    data = _deflate(filtered.tobytes(), level)
    pieces = [_chunk(b"IDAT", data[at : at + _PIECE]) for at in range(0, len(data), _PIECE)]
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + b"".join(pieces) + _chunk(b"IEND", b"")


def _chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _deflate(data, level):
    """Compressed data, in a window and with a header for data of that size, as libpng chooses them."""
    bits = 15
    while bits > 8 and len(data) + 262 <= 1 << (bits - 1):
        bits -= 1
    packer = zlib.compressobj(level, zlib.DEFLATED, bits, 9, zlib.Z_FILTERED)
    packed = packer.compress(data) + packer.flush()
    promised = packed[0] >> 4
    while promised > 0 and len(data) <= 1 << (promised + 7):
        promised -= 1
    first, second = promised << 4 | packed[0] & 0x0F, packed[1] & 0xE0
    return bytes([first, second + 31 - (first * 256 + second) % 31]) + packed[2:]


def _filtered(rows, step):
    """Each row with the filter that leaves the smallest sum of signed differences, its number in front."""
    height, width = rows.shape
    above = np.zeros_like(rows)
    above[1:] = rows[:-1]
    left, corner = np.zeros_like(rows), np.zeros_like(rows)
    left[:, step:], corner[:, step:] = rows[:, : width - step], above[:, : width - step]
    mean = ((left.astype(np.uint16) + above) // 2).astype(np.uint8)
    kinds = [rows, rows - left, rows - above, rows - mean, rows - _paeth(left, above, corner)]
    sums = np.stack([np.where(k < 128, k, 256 - k.astype(np.int64)).sum(1) for k in kinds])
    usable = [0] + [1] * (width > step) + [2] * (height > 1) + [3, 4] * (width > step and height > 1)
    best = np.array(usable)[sums[usable].argmin(0)]
    out = np.empty((height, width + 1), np.uint8)
    out[:, 0] = best
    for number, kind in enumerate(kinds):
        out[best == number, 1:] = kind[best == number]
    return out


def _paeth(left, above, corner):
    a, b, c = (x.astype(np.int16) for x in (left, above, corner))
    pa, pb, pc = abs(b - c), abs(a - c), abs(a + b - 2 * c)
    return np.where((pa <= pb) & (pa <= pc), left, np.where(pb <= pc, above, corner))
