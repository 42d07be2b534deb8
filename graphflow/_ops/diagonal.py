"""Diagonals of tensors, and of matrices in a batch; bands of diagonals."""

from __future__ import annotations

from graphflow._core import shapes
from graphflow._graph import build, op_def, static_value
from graphflow._ops import array

# -- of whole tensors ----------------------------------------------------------------------------------------


def diag(diagonal, name=None):
    """Zeros of shape `diagonal.shape * 2` with `diagonal` where both halves of the index agree."""
    return build.apply("Diag", diagonal, name=name)


def diag_part(input, name=None):
    """The elements of `input` where both halves of the index agree; its shape must be one shape twice."""
    return build.apply("DiagPart", input, name=name)


@op_def.shape_rule("Diag")
def _diag_shape(op):
    dims = op.inputs[0]._dims
    return [None if dims is None else dims + dims]


@op_def.shape_rule("DiagPart")
def _diag_part_shape(op):
    dims = op.inputs[0]._dims
    if dims is None:
        return [None]
    if not dims or len(dims) % 2:
        raise build.shape_error(op, f"Input must have even and non-zero rank, input rank is {len(dims)}")
    half = len(dims) // 2
    try:
        return [shapes.merge(dims[:half], dims[half:])]
    except ValueError as err:
        raise build.shape_error(op, str(err)) from None


@op_def.gradient("Diag")
def _diag_gradient(op, grad):
    return diag_part(grad)


@op_def.gradient("DiagPart")
def _diag_part_gradient(op, grad):
    return diag(grad)


# -- of the innermost matrices -------------------------------------------------------------------------------


def matrix_diag(diagonal, name="diag", k=0, num_rows=-1, num_cols=-1, padding_value=0):
    """Square matrices with `diagonal[..., :]` on the main diagonal and zeros elsewhere.

    TensorFlow 1.15 takes `k`, `num_rows`, `num_cols` and `padding_value` and does nothing with them; so does this.
    """
    return build.apply("MatrixDiag", diagonal, name=name)


def matrix_diag_part(input, name="diag_part", k=0, padding_value=0):
    """The main diagonals of the matrices `input[..., :, :]`; `k` and `padding_value` do nothing, as in TensorFlow 1.15."""
    return build.apply("MatrixDiagPart", input, name=name)


def matrix_set_diag(input, diagonal, name="set_diag", k=0):
    """The matrices `input[..., :, :]` with `diagonal[..., :]` on their main diagonals; `k` does nothing, as in TF 1.15."""
    return build.apply("MatrixSetDiag", input, diagonal, name=name)


def matrix_band_part(input, num_lower, num_upper, name=None):
    """The matrices `input[..., :, :]` with zeros outside a band round the main diagonal.

    Args:
        num_lower, num_upper: how many diagonals below and above it are kept; all of them when negative.
    """
    return build.apply("MatrixBandPart", input, num_lower, num_upper, name=name)


def _at_least(op, dims, rank):
    if dims is not None and len(dims) < rank:
        raise build.shape_error(op, f"Shape must be at least rank {rank} but is rank {len(dims)}")


@op_def.shape_rule("MatrixDiag")
def _matrix_diag_shape(op):
    dims = op.inputs[0]._dims
    _at_least(op, dims, 1)
    return [None if dims is None else (*dims, dims[-1])]


@op_def.shape_rule("MatrixDiagPart")
def _matrix_diag_part_shape(op):
    dims = op.inputs[0]._dims
    _at_least(op, dims, 2)
    return [None if dims is None else (*dims[:-2], _shorter(dims))]


def _shorter(dims):
    """The length of the main diagonal of matrices of that shape, or None."""
    rows, columns = dims[-2:]
    if 0 in (rows, columns):
        return 0
    return None if rows is None or columns is None else min(rows, columns)


@op_def.shape_rule("MatrixSetDiag")
def _matrix_set_diag_shape(op):
    dims, diagonal = op.inputs[0]._dims, op.inputs[1]._dims
    _at_least(op, dims, 2)
    _at_least(op, diagonal, 1)
    if dims is None:
        return [None if diagonal is None else (*diagonal[:-1], None, None)]
    if diagonal is None:
        return [dims]
    try:
        batch = shapes.merge(dims[:-2], diagonal[:-1])
        shapes.merge((_shorter(dims),), diagonal[-1:])
    except ValueError as err:
        raise build.shape_error(op, str(err)) from None
    return [(*batch, *dims[-2:])]


@op_def.shape_rule("MatrixBandPart")
def _matrix_band_part_shape(op):
    _at_least(op, op.inputs[0]._dims, 2)
    return [op.inputs[0]._dims]


@op_def.gradient("MatrixDiag")
def _matrix_diag_gradient(op, grad):
    return matrix_diag_part(grad)


@op_def.gradient("MatrixDiagPart")
def _matrix_diag_part_gradient(op, grad):
    dims = op.inputs[0]._dims
    if dims is not None and dims[-1] is not None and dims[-1] == dims[-2]:
        return matrix_diag(grad)
    return matrix_set_diag(array.zeros_like(op.inputs[0]), grad)


@op_def.gradient("MatrixSetDiag")
def _matrix_set_diag_gradient(op, grad):
    return matrix_set_diag(grad, array.zeros_like(op.inputs[1])), matrix_diag_part(grad)


@op_def.gradient("MatrixBandPart")
def _matrix_band_part_gradient(op, grad):
    return matrix_band_part(grad, op.inputs[1], op.inputs[2]), None, None


# -- bands of diagonals, which later graphs use ----------------------------------------------------------------


def band(k):
    """(lowest, highest): the diagonals that the value of `k`, a number or two, names; ValueError for others."""
    numbers = [int(i) for i in k.ravel()]
    if not 1 <= len(numbers) <= 2 or numbers[0] > numbers[-1]:
        raise ValueError(f"k must be a number, or two in ascending order, got {k.tolist()}")
    return numbers[0], numbers[-1]


def longest(rows, columns, low, high):
    """The length of the longest diagonal of a band; ValueError where the band lies outside of the matrix."""
    if not -rows < low <= high < columns and not (low == high == 0):
        raise ValueError(f"diagonals {low} to {high} lie outside of matrices of shape [{rows},{columns}]")
    return min(rows + min(high, 0), columns - max(low, 0))


def matrix_size(length, low, high, rows, columns):
    """(rows, columns) of the matrices whose longest diagonal has that length; sizes that are -1 are as small as they can be.

    Raises:
        ValueError: the diagonals do not fit.
    """
    least_rows, least_columns = length - min(high, 0), length + max(low, 0)
    if rows == -1 and columns == -1:
        rows = columns = max(least_rows, least_columns)
    rows, columns = least_rows if rows == -1 else rows, least_columns if columns == -1 else columns
    if rows < least_rows or columns < least_columns or (rows != least_rows and columns != least_columns):
        raise ValueError(
            f"diagonals {low} to {high} of length {length} do not fit matrices of shape [{rows},{columns}]"
        )
    return rows, columns


@op_def.shape_rule("MatrixDiagV2")
def _matrix_diag_v2_shape(op):
    dims = op.inputs[0]._dims
    _at_least(op, dims, 1)
    k, rows, columns = (static_value.constant_value(t) for t in op.inputs[1:4])
    if dims is None or k is None:
        return [None]
    low, high = band(k)
    batch = dims[:-1] if low == high else dims[:-2]
    if None in (rows, columns, dims[-1]):
        return [(*batch, None, None)]
    try:
        return [(*batch, *matrix_size(dims[-1], low, high, int(rows), int(columns)))]
    except ValueError as err:
        raise build.shape_error(op, str(err)) from None


@op_def.shape_rule("MatrixDiagPartV2")
def _matrix_diag_part_v2_shape(op):
    dims, k = op.inputs[0]._dims, static_value.constant_value(op.inputs[1])
    _at_least(op, dims, 2)
    if dims is None or k is None:
        return [None]
    low, high = band(k)
    count = () if low == high else (high - low + 1,)
    if None in dims[-2:]:
        return [(*dims[:-2], *count, None)]
    try:
        return [(*dims[:-2], *count, longest(*dims[-2:], low, high))]
    except ValueError as err:
        raise build.shape_error(op, str(err)) from None


@op_def.shape_rule("MatrixSetDiagV2")
def _matrix_set_diag_v2_shape(op):
    _at_least(op, op.inputs[0]._dims, 2)
    return [op.inputs[0]._dims]
