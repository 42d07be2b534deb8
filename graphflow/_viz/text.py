"""Text in a picture: what may be shown of it, and how wide it is."""

from __future__ import annotations

import unicodedata

FONT = "Helvetica Neue,Helvetica,Arial,Liberation Sans,sans-serif"
# Widths of Helvetica's characters from space to tilde, in thousandths of the font size (from Adobe's font metrics).
_WIDTHS = (
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556, 556, 556,
    556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778,
    722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222,
    500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
)  # fmt: skip
_ROOM = 1.06  # other fonts that stand in for Helvetica are a little wider


def width(text, size):
    """The width of `text` in pixels, in letters of `size` pixels."""
    total = 0
    for c in text:
        code = ord(c) - 32
        if 0 <= code < len(_WIDTHS):
            total += _WIDTHS[code]
        else:
            total += 1000 if unicodedata.east_asian_width(c) in "WF" else 0 if unicodedata.combining(c) else 600
    return total / 1000 * size * _ROOM


def clean(text):
    """`text` on one line, with a mark in the place of what cannot be seen or turns the direction of writing."""
    return "".join(c if c.isprintable() else " " if c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in text)


def shortened(text, limit=32):
    """`text`, clean, cut in the middle where it is longer than `limit` characters."""
    if len(text) > limit:
        text = f"{text[: limit // 2]}…{text[len(text) - (limit - 1) // 2 :]}"
    return clean(text)


def label(words):
    """The name of a box or frame, shortened; something stands there for an empty one."""
    return shortened(words) or "(no name)"
