"""Rules of `_ops/diagonal.py`."""

from __future__ import annotations

import numpy as np

from graphflow._core import errors, shapes
from graphflow._lowering.rule import Compiled, xp
from graphflow._ops import diagonal


def _diag(ctx, op, x):
    size = x.size
    flat = _diagonal_matrix(x.reshape(size))
    return flat.reshape(x.shape + x.shape)


def _diag_part(ctx, op, x):
    half = x.ndim // 2
    for i in range(half):
        if x.shape[i] != x.shape[half + i]:
            text = f"Invalid shape {shapes.to_text(x.shape)}: dimensions {i} and {half + i} do not match."
            raise errors.InvalidArgumentError(None, op, text)
    size = int(np.prod(x.shape[:half]))
    return xp(x).diagonal(x.reshape(size, size)).reshape(x.shape[:half])


def _on_diagonal(rows, columns):
    return np.arange(rows)[:, None] == np.arange(columns)


def _diagonal_matrix(x):
    size = x.shape[-1]
    return xp(x).where(_on_diagonal(size, size), x[..., None], np.zeros((), x.dtype))


def _matrix_diag(ctx, op, x):
    return _diagonal_matrix(x)


def _matrix_diag_part(ctx, op, x):
    return xp(x).diagonal(x, axis1=-2, axis2=-1)


def _matrix_set_diag(ctx, op, x, new):
    rows, columns = x.shape[-2:]
    if new.shape != (*x.shape[:-2], min(rows, columns)):
        raise errors.InvalidArgumentError(
            None,
            op,
            f"a diagonal of shape {list(new.shape)} does not fit matrices of shape {list(x.shape)}: expected "
            f"{[*x.shape[:-2], min(rows, columns)]}",
        )
    short = new.shape[-1]
    by_row = new[..., :, None] if rows == short else new[..., None, :]
    return xp(x, new).where(_on_diagonal(rows, columns), by_row, x)


def _matrix_band_part(ctx, op, x, lower, upper):
    rows, columns = x.shape[-2:]
    below = (np.arange(rows)[:, None] - np.arange(columns)).astype(lower.dtype)
    inside = ((lower < 0) | (below <= lower)) & ((upper < 0) | (-below <= upper))
    return xp(x, lower, upper).where(inside, x, np.zeros((), x.dtype))


# -- bands ---------------------------------------------------------------------------------------------------------


def _band_places(rows, columns, low, high):
    """(inside, diagonal, place): for each element of a matrix whether it lies on the band, on which diagonal and where."""
    number = np.arange(columns) - np.arange(rows)[:, None]
    inside = (low <= number) & (number <= high)
    place = np.arange(columns) - np.maximum(number, 0)
    return inside, np.where(inside, high - number, 0), np.where(inside, place, 0)


def _on_band(np_, diagonals, low, high, shape, others):
    """Matrices of `shape` with `diagonals` on their band and `others` elsewhere."""
    if low == high:
        diagonals = diagonals[..., None, :]
    inside, which, place = _band_places(*shape, low, high)
    return np_.where(inside, diagonals[..., which, place], others)


def _matrix_diag_v2(ctx, op, diagonals, k, rows, columns, padding):
    low, high = diagonal.band(k)
    shape = diagonal.matrix_size(diagonals.shape[-1], low, high, int(rows), int(columns))
    return _on_band(xp(diagonals, padding), diagonals, low, high, shape, padding)


def _matrix_set_diag_v2(ctx, op, x, diagonals, k):
    low, high = diagonal.band(k)
    count = () if low == high else (high - low + 1,)
    expected = (*x.shape[:-2], *count, diagonal.longest(*x.shape[-2:], low, high))
    if diagonals.shape != expected:
        raise ValueError(f"expected diagonals of shape {list(expected)}, got {list(diagonals.shape)}")
    return _on_band(xp(x, diagonals), diagonals, low, high, x.shape[-2:], x)


def _matrix_diag_part_v2(ctx, op, x, k, padding):
    low, high = diagonal.band(k)
    rows, columns = x.shape[-2:]
    number = np.arange(high, low - 1, -1)[:, None]
    along = np.arange(diagonal.longest(rows, columns, low, high))
    row, column = along + np.maximum(-number, 0), along + np.maximum(number, 0)
    inside = (row < rows) & (column < columns)
    found = xp(x, padding).where(inside, x[..., np.where(inside, row, 0), np.where(inside, column, 0)], padding)
    return found[..., 0, :] if low == high else found


RULES = {
    "MatrixDiagV2": Compiled(_matrix_diag_v2, static=(1, 2, 3), folds=True),
    "MatrixDiagPartV2": Compiled(_matrix_diag_part_v2, static=(1,), folds=True),
    "MatrixSetDiagV2": Compiled(_matrix_set_diag_v2, static=(2,), folds=True),
    "Diag": Compiled(_diag, folds=True),
    "DiagPart": Compiled(_diag_part, folds=True),
    "MatrixDiag": Compiled(_matrix_diag, folds=True),
    "MatrixDiagPart": Compiled(_matrix_diag_part, folds=True),
    "MatrixSetDiag": Compiled(_matrix_set_diag, folds=True),
    "MatrixBandPart": Compiled(_matrix_band_part, folds=True),
}
