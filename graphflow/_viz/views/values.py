"""What a value looks like: its numbers where they are few, else statistics, a histogram, an image."""

from __future__ import annotations

import numpy as np

from graphflow._viz import pixels, png
from graphflow._viz.graph import overlay

_IN_FULL = 16  # numbers shown one by one
_BINS = 24


def mark(value, kind=None):
    """The Mark of a value: rows for the card, a histogram, an image; `bad` where NaN or infinity is in it.

    Args:
        value: a NumPy array or scalar, bytes or an object array of them.
        kind: "filters" where it is the kernel of a convolution `[height, width, in, out]`.
    """
    value = np.asarray(value)
    made = overlay.Mark(rows=rows(value), badge=brief(value))
    if value.dtype.kind not in "fiubc" or value.size == 0:
        return made
    if faults(value):
        made.tone, made.badge = "bad", faults(value)
    if value.size > _IN_FULL:
        made.bars = histogram(value)
        shown = pixels.of_value(value, kind)
        made.image = None if shown is None else png.data_uri(shown)
    return made


def rows(value):
    """(label, text) of what there is to say of an array."""
    found = [("value", in_full(value))] if value.size <= _IN_FULL else []
    found.append(("shape", f"[{', '.join(map(str, value.shape))}] {_kind(value)}, {in_bytes(value)}"))
    if value.dtype.kind not in "fiubc" or value.size <= 1:
        return found
    real = np.abs(value) if value.dtype.kind == "c" else value.astype(np.float64)
    finite = real[np.isfinite(real)]
    if finite.size:
        with np.errstate(over="ignore"):
            mean, deviation = finite.mean(), finite.std()
        found.append(("range", f"{number(finite.min())} to {number(finite.max())}"))
        found.append(("mean", f"{number(mean)} ± {number(deviation)}"))
        found.append(("zeros", f"{(finite == 0).mean():.0%}"))
    if faults(value):
        found.append(("not finite", f"{faults(value)} of {value.size}"))
    return found


def brief(value):
    """The value in a few letters for a box or an edge: the number, the numbers, else the shape."""
    if value.size <= 4 and value.dtype.kind in "fiubc":
        return in_full(value)
    return f"[{', '.join(map(str, value.shape))}]"


def in_full(value):
    """All numbers of a small array, with four digits."""
    if value.dtype.kind in "OSU":
        texts = [item if isinstance(item, str) else repr(bytes(item))[2:-1] for item in value.ravel()]
        text = ", ".join(item if len(item) <= 60 else item[:57] + "..." for item in texts)
        return text if value.ndim == 0 else f"[{text}]"
    return np.array2string(value, separator=", ", max_line_width=1000, formatter={"all": number}).replace("\n", "")


def number(x):
    """A number with four digits."""
    if isinstance(x, (complex, np.complexfloating)):
        return f"{number(x.real)}{x.imag:+.4g}j"
    return str(x) if isinstance(x, (bool, np.bool_)) else f"{x:.4g}" if isinstance(x, (float, np.floating)) else str(x)


def faults(value):
    """`3 NaN, 1 Inf`, or the empty string where all is finite."""
    if value.dtype.kind not in "fc":
        return ""
    counts = int(np.isnan(value).sum()), int(np.isinf(value).sum())
    return ", ".join(f"{n} {name}" for n, name in zip(counts, ("NaN", "Inf")) if n)


def histogram(value):
    """The heights of a histogram of the finite values, the highest 1; None where there are none."""
    real = (np.abs(value) if value.dtype.kind == "c" else value).astype(np.float64).ravel()
    finite = real[np.isfinite(real)]
    if not finite.size:
        return None
    low, high = finite.min() / 2, finite.max() / 2  # halves: their difference is finite too
    share = (finite / 2 - low) / (high - low) if high > low else np.full(finite.shape, 0.5)
    counts = np.bincount(np.minimum((share * _BINS).astype(int), _BINS - 1), minlength=_BINS)
    return [round(float(c), 4) for c in counts / counts.max()]


def in_bytes(value):
    """The size of an array: `512 bytes`, `1.5 kB`."""
    size = float(value.nbytes)
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} GB"


def _kind(value):
    return "string" if value.dtype.kind in "OSU" else value.dtype.name
