"""Diagonals of tensors, and of matrices in a batch; bands of diagonals."""

from __future__ import annotations

from graphflow._core import shapes
from graphflow._graph import build, op_def
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
