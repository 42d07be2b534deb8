"""The user's line: the first frame outside this package."""

import linecache
import os
import sys
import warnings

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_KERAS = _PACKAGE[:-1] + "_keras" + os.sep
_LONGEST = 160  # characters shown of a line
_inside: dict[
    str, bool
] = {}  # code file name -> whether it is ours; a dict look-up is cheaper than startswith on a hot path


def user_frame():
    """(file name, line number, function name) of the nearest caller outside graphflow; costs about 1 us."""
    frame = sys._getframe(2)
    inside = _inside
    while frame is not None:
        code = frame.f_code
        filename = code.co_filename
        ours = inside.get(filename)
        if ours is None:
            ours = inside[filename] = filename.startswith((_PACKAGE, _KERAS)) or filename.endswith("contextlib.py")
        if not ours:
            return filename, frame.f_lineno, code.co_name
        frame = frame.f_back
    return "<unknown>", 0, "<module>"


def called_from_inside():
    """Whether the caller of the function that asks is this package's own code."""
    filename = sys._getframe(2).f_code.co_filename
    ours = _inside.get(filename)
    if ours is None:
        ours = _inside[filename] = filename.startswith((_PACKAGE, _KERAS)) or filename.endswith("contextlib.py")
    return ours


def warn(message):
    """A UserWarning at the user's line."""
    filename, line, _ = user_frame()
    warnings.warn_explicit(message, UserWarning, filename, line)


def describe(made_at):
    """`train.py:12   logits = tf.matmul(x, w)`: where an operation was made, with the text of the line when it is there."""
    filename, line, _ = made_at
    text = linecache.getline(filename, line).strip()
    text = text if len(text) <= _LONGEST else text[:_LONGEST] + "..."
    return f"{filename}:{line}" + (f"   {text}" if text else "")
