"""PNG files from arrays of pixels, with the standard library alone.

Source: ISO/IEC 15948, Portable Network Graphics.
"""

from __future__ import annotations

import base64
import struct
import zlib

import numpy as np

_COLOUR_TYPE = {1: 0, 3: 2, 4: 6}  # channels -> grey, RGB, RGBA


def encode(pixels):
    """A PNG file as bytes.

    Args:
        pixels: uint8 `[height, width]`, or `[height, width, channels]` with 1, 3 or 4 channels.
    """
    pixels = np.ascontiguousarray(pixels, np.uint8)
    height, width = pixels.shape[:2]
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    header = struct.pack(">IIBBBBB", width, height, 8, _COLOUR_TYPE[channels], 0, 0, 0)
    rows = np.zeros((height, 1 + width * channels), np.uint8)  # each row begins with its filter: none
    rows[:, 1:] = pixels.reshape(height, -1)
    body = _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows.tobytes(), 6)) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def _chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def data_uri(pixels):
    """A PNG as a `data:` address, which a page shows without asking anyone."""
    return "data:image/png;base64," + base64.b64encode(encode(pixels)).decode()
