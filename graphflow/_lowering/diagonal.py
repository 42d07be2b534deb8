"""Rules of `_ops/diagonal.py`."""

from __future__ import annotations

import numpy as np

from graphflow._core import errors, shapes
from graphflow._lowering.rule import Compiled, xp


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


def _matrix_set_diag(ctx, op, x, diagonal):
    rows, columns = x.shape[-2:]
    if diagonal.shape != (*x.shape[:-2], min(rows, columns)):
        raise errors.InvalidArgumentError(
            None,
            op,
            f"a diagonal of shape {list(diagonal.shape)} does not fit matrices of shape {list(x.shape)}: expected "
            f"{[*x.shape[:-2], min(rows, columns)]}",
        )
    short = diagonal.shape[-1]
    by_row = diagonal[..., :, None] if rows == short else diagonal[..., None, :]
    return xp(x, diagonal).where(_on_diagonal(rows, columns), by_row, x)


def _matrix_band_part(ctx, op, x, lower, upper):
    rows, columns = x.shape[-2:]
    below = (np.arange(rows)[:, None] - np.arange(columns)).astype(lower.dtype)
    inside = ((lower < 0) | (below <= lower)) & ((upper < 0) | (-below <= upper))
    return xp(x, lower, upper).where(inside, x, np.zeros((), x.dtype))


RULES = {
    "Diag": Compiled(_diag, folds=True),
    "DiagPart": Compiled(_diag_part, folds=True),
    "MatrixDiag": Compiled(_matrix_diag, folds=True),
    "MatrixDiagPart": Compiled(_matrix_diag_part, folds=True),
    "MatrixSetDiag": Compiled(_matrix_set_diag, folds=True),
    "MatrixBandPart": Compiled(_matrix_band_part, folds=True),
}
