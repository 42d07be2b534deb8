"""How tensors look in messages and on the screen, as TensorFlow shows them."""

from __future__ import annotations

import numpy as np


def summary(value, limit):
    """The first `limit` elements of an array (all when negative): `[1 2][3...`; `?` for one that is not known."""
    if value is None:
        return "?"
    value = np.asarray(value)
    limit = value.size if limit < 0 else min(limit, value.size)
    if value.ndim == 0:
        return element(value.item()) if limit else "..." if value.size else ""
    items = iter([element(item) for item in value.reshape(-1)[:limit].tolist()])
    shown = "".join(_nested(value.shape, items, [limit], value.ndim > 1))
    return shown + ("..." if value.size > limit else "")


def _nested(shape, items, left, inner):
    """The pieces of an array's text, `left[0]` elements still to come."""
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


def edges(value, limit):
    """An array with `limit` elements at the start and end of each axis (all when negative): `[[1 2] [3 4]]`, for tf.print."""
    value = np.asarray(value)
    if value.ndim == 0:
        item = value.item()
        return element(item)
    return _with_edges(value, value.size if limit < 0 else limit, top=True)


def _with_edges(value, limit, top=False):
    n = value.shape[0]
    if value.ndim == 1:
        show = [_quoted(item) for item in value.tolist()]
        parts = show if n <= 2 * limit else [*show[:limit], "...", *show[n - limit :]]
        return f"[{' '.join(parts)}]"
    rows = range(n) if n <= 2 * limit else [*range(limit), None, *range(n - limit, n)]
    separator = "\n" * (value.ndim - 1) + " "
    return f"[{separator.join('...' if i is None else _indented(_with_edges(value[i], limit)) for i in rows)}]"


def _indented(shown):
    return shown.replace("\n", "\n ") if "\n" in shown else shown


def _quoted(item):
    return f'"{element(item)}"' if isinstance(item, (bytes, str)) else element(item)


def element(item):
    """One element: numbers in their shortest form without a needless `.0`, texts with escapes."""
    if isinstance(item, bytes):
        return item.decode("utf-8", "backslashreplace")
    if isinstance(item, bool):
        return str(int(item))
    if isinstance(item, complex):
        return f"({element(item.real)},{element(item.imag)})"
    if isinstance(item, float):
        return repr(item).removesuffix(".0").replace("e-0", "e-0")
    return str(item)
