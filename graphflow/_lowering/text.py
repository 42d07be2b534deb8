"""How tensors look in messages and on the screen, as TensorFlow shows them."""

from __future__ import annotations

import numpy as np

_ESCAPES = {10: r"\n", 13: r"\r", 9: r"\t", 34: r"\"", 39: r"\'", 92: r"\\"}  # by byte


def summary(value, limit):
    """The first `limit` elements of an array (all when negative): `[1 2][3...]...`; `?` for one that is not known."""
    if value is None:
        return "?"
    value = np.asarray(value)
    limit = value.size if limit < 0 else min(limit, value.size)
    items = iter([element(item) for item in value.reshape(-1)[:limit]])
    shown = next(items, "") if value.ndim == 0 else "".join(_nested(value.shape, items, [limit], value.ndim > 1))
    return shown + ("..." if value.size > limit else "")


def _nested(shape, items, left, inner):
    """The pieces of an array's text; `left[0]` elements are still to come."""
    if len(shape) == 1:
        for i in range(shape[0]):
            if not left[0]:
                if inner:
                    yield "..."
                return
            left[0] -= 1
            yield (" " if i else "") + next(items)
        return
    for _ in range(shape[0]):
        if not left[0]:
            return
        yield "["
        yield from _nested(shape[1:], items, left, inner)
        yield "]"


def edges(value, limit, depth=0):
    """An array with `limit` elements at the start and end of each axis (all when negative), as `tf.print` shows it."""
    value = np.asarray(value)
    if value.ndim == 0:
        return element(value[()])
    n = value.shape[0]
    cut = 0 <= 2 * limit < n
    kept = [*value[:limit], *value[n - limit :]] if cut else value
    shown = [_quoted(item) if value.ndim == 1 else edges(item, limit, depth + 1) for item in kept]
    if cut:
        shown.insert(limit, "...")
    separator = " " if value.ndim == 1 else "\n" * (value.ndim - 1) + " " * (depth + 1)
    return f"[{separator.join(shown)}]"


def _quoted(item):
    return f'"{element(item)}"' if isinstance(item, (bytes, str)) else element(item)


def element(item):
    """One element: numbers in the fewest digits of `%g` that give them back, texts with C's escapes."""
    if isinstance(item, (bytes, str)):
        return _escaped(item.encode() if isinstance(item, str) else item)
    if isinstance(item, (bool, np.bool_)):
        return str(int(item))
    if isinstance(item, (complex, np.complexfloating)):
        return f"({element(item.real)},{element(item.imag)})"
    if np.issubdtype(type(item), np.integer) or isinstance(item, int):
        return str(int(item))
    few, many = (15, 17) if isinstance(item, (float, np.float64)) else (6, 9)
    number, kind = float(item), np.float64 if few == 15 else np.float32
    short = f"{number:.{few}g}"
    return short if kind(short) == kind(number) or number != number else f"{number:.{many}g}"


def _escaped(item):
    return "".join(_ESCAPES.get(b) or (chr(b) if 32 <= b < 127 else f"\\{b:03o}") for b in item)
