"""Systems with three diagonals, and the exponential of a matrix."""

from __future__ import annotations

import math as numbers

from graphflow._graph import build, op_def
from graphflow._ops import (
    array,
    choosing,
    compare,
    diagonal,
    joining,
    linalg,
    math,
    matmul,
    rearrange,
    reduce,
    unary,
    while_loop,
)  # fmt: skip

_PADE_13 = (
    64764752532480000.0, 32382376266240000.0, 7771770303897600.0, 1187353796428800.0, 129060195264000.0, 10559470521600.0,
    670442572800.0, 33522128640.0, 1323241920.0, 40840800.0, 960960.0, 16380.0, 182.0, 1.0,
)  # fmt: skip
_LARGEST_NORM = 5.371920351148152  # up to which the approximation has double precision


def expm(input, name=None):
    """The exponential of square matrices [..., n, n], by Pade approximation and squaring.

    Source: Higham, The Scaling and Squaring Method for the Matrix Exponential Revisited (2005).
    """
    with build.name_scope(name, "matrix_exponential", [input]):
        x = build.convert_to_tensor(input, name="input")
        real = x.dtype.real_dtype
        norm = reduce.reduce_max(reduce.reduce_sum(unary.abs(x), axis=-2), axis=-1)
        squarings = unary.ceil(unary.log(norm / _LARGEST_NORM) / numbers.log(2.0))
        squarings = math.maximum(squarings, build.constant(0.0, real))[..., None, None]
        x = x / math.cast(math.pow(build.constant(2.0, real), squarings), x.dtype)
        b = [build.constant(number, x.dtype) for number in _PADE_13]
        unit = diagonal.matrix_diag(array.ones_like(x[..., 0]))
        x2 = matmul.matmul(x, x)
        x4 = matmul.matmul(x2, x2)
        x6 = matmul.matmul(x4, x2)
        odd = matmul.matmul(x6, b[13] * x6 + b[11] * x4 + b[9] * x2) + b[7] * x6 + b[5] * x4 + b[3] * x2 + b[1] * unit
        even = matmul.matmul(x6, b[12] * x6 + b[10] * x4 + b[8] * x2) + b[6] * x6 + b[4] * x4 + b[2] * x2 + b[0] * unit
        odd = matmul.matmul(x, odd)
        found = linalg.matrix_solve(even - odd, even + odd)

        def squared(i, y):
            more = rearrange.broadcast_to(compare.less(i, squarings), array.shape(y))
            return i + 1, choosing.where(more, matmul.matmul(y, y), y)

        last = reduce.reduce_max(squarings)
        return while_loop.while_loop(lambda i, _: compare.less(i, last), squared, [build.constant(0.0, real), found])[1]


def tridiagonal_solve(
    diagonals, rhs, diagonals_format="compact", transpose_rhs=False, conjugate_rhs=False, name=None, partial_pivoting=True
):  # fmt: skip
    """The solution of systems whose matrix has three diagonals.

    Args:
        diagonals: "compact": [..., 3, M], above, main and below, the last entry above and the first one below unused;
            "sequence": three tensors [..., M] (or [..., M - 1]); "matrix": [..., M, M].
        rhs: [..., M] or [..., M, K].
        transpose_rhs, conjugate_rhs: what is done to the right sides before; the transposed solution comes back transposed.
        partial_pivoting: taken; rows are exchanged either way.

    Returns:
        of the shape of the right sides.
    """
    with build.name_scope(name, "tridiagonal_solve", [diagonals, rhs]):
        diagonals, rhs = _compact(diagonals, diagonals_format), build.convert_to_tensor(rhs, name="rhs")
        is_vector = len(rhs._dims) == len(diagonals._dims) - 1
        if conjugate_rhs:
            rhs = unary.conj(rhs)
        if is_vector:
            if transpose_rhs:
                raise ValueError("transpose_rhs needs matrices on the right side, got vectors")
            rhs = rhs[..., None]
        elif transpose_rhs:
            rhs = rearrange.matrix_transpose(rhs)
        found = build.apply("TridiagonalSolve", diagonals, rhs, partial_pivoting=partial_pivoting)
        if transpose_rhs:
            return rearrange.matrix_transpose(found)
        return found[..., 0] if is_vector else found


def tridiagonal_matmul(diagonals, rhs, diagonals_format="compact", name=None):
    """The product of matrices with three diagonals, given as in `tridiagonal_solve`, and matrices [..., M, N]."""
    with build.name_scope(name, "tridiagonal_matmul", [diagonals, rhs]):
        diagonals = _compact(diagonals, diagonals_format)
        parts = [diagonals[..., i : i + 1, :] for i in range(3)]
        return build.apply("TridiagonalMatMul", *parts, build.convert_to_tensor(rhs, name="rhs"))


def _compact(diagonals, form):
    if form == "compact":
        return build.convert_to_tensor(diagonals, name="diagonals")
    if form == "sequence":
        above, main, below = (build.convert_to_tensor(d) for d in diagonals)
        size = main._dims[-1]
        if above._dims[-1] != size:
            above = array.concat([above, array.zeros_like(main[..., :1])], -1)
        if below._dims[-1] != size:
            below = array.concat([array.zeros_like(main[..., :1]), below], -1)
        return joining.stack([above, main, below], axis=-2)
    if form != "matrix":
        raise ValueError(f"diagonals_format must be one of compact, sequence and matrix, got {form!r}")
    matrix = build.convert_to_tensor(diagonals, name="diagonals")
    main = diagonal.matrix_diag_part(matrix)
    zero = array.zeros_like(main[..., :1])
    above = array.concat([diagonal.matrix_diag_part(matrix[..., :-1, 1:]), zero], -1)
    below = array.concat([zero, diagonal.matrix_diag_part(matrix[..., 1:, :-1])], -1)
    return joining.stack([above, main, below], axis=-2)


@op_def.shape_rule("TridiagonalSolve")
def _solve_shape(op):
    return [op.inputs[1]._dims]


@op_def.shape_rule("TridiagonalMatMul")
def _product_shape(op):
    return [op.inputs[3]._dims]
