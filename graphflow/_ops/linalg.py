"""Decompositions and solutions of linear systems, norms and traces; matrices lie in the last two axes."""

from __future__ import annotations

import collections

import numpy as np

from graphflow._core import dtypes, shapes
from graphflow._graph import build, op_def, tensor
from graphflow._ops import array, compare, eye, math, matmul, rearrange, reduce, unary

LogMatrixDeterminant = collections.namedtuple("LogMatrixDeterminant", "sign log_abs_determinant")
Qr = collections.namedtuple("Qr", "q r")
Lu = collections.namedtuple("Lu", "lu p")


def _matrix(op, i=0, square=False):
    """(leading sizes, rows, columns) of an input that holds matrices; None where its rank is unknown."""
    dims = op.inputs[i]._dims
    if dims is None:
        return None
    if len(dims) < 2:
        raise build.shape_error(op, f"Shape must be at least rank 2 but is rank {len(dims)}")
    rows, columns = dims[-2:]
    if square:
        if rows is not None and columns is not None and rows != columns:
            raise build.shape_error(op, f"Dimensions must be equal, but are {rows} and {columns}")
        rows = columns = rows if columns is None else columns
    return dims[:-2], rows, columns


def _multiplied(x, y, **turned):
    return matmul.matmul(x, y, **turned)


# -- determinants and inverses -------------------------------------------------------------------------------------------


def cholesky(input, name=None):
    """The lower triangular L with L L^H = `input`, of which only the lower triangle is read.

    Raises:
        InvalidArgumentError: at run time, when a matrix is not positive definite.
    """
    return build.apply("Cholesky", input, name=name)


@op_def.shape_rule("Cholesky", "MatrixInverse", "MatrixSquareRoot", "MatrixLogarithm")
def _square_shape(op):
    found = _matrix(op, square=True)
    return [None if found is None else found[0] + found[1:]]


@op_def.gradient("Cholesky")
def _cholesky_gradient(op, grad):
    """I. Murray, Differentiation of the Cholesky decomposition (2016), section 4."""
    factor = op.outputs[0]
    size = array.shape(factor)
    ones = eye.eye(size[-1], batch_shape=size[:-2], dtype=factor.dtype)
    inverse = matrix_triangular_solve(factor, ones)
    middle = _multiplied(factor, grad, adjoint_a=True)
    middle = build.apply("MatrixSetDiag", middle, 0.5 * build.apply("MatrixDiagPart", middle))
    middle = build.apply("MatrixBandPart", middle, -1, 0)
    half = _multiplied(_multiplied(inverse, middle, adjoint_a=True), inverse)
    return (half + adjoint(half)) * 0.5


def matrix_inverse(input, adjoint=False, name=None):
    """The inverses, conjugated and transposed when `adjoint`. A singular matrix is an InvalidArgumentError at run time."""
    return build.apply("MatrixInverse", input, adjoint=adjoint, name=name)


@op_def.gradient("MatrixInverse")
def _inverse_gradient(op, grad):
    inverse = op.outputs[0]
    if op.attrs[
        "adjoint"
    ]:  # the output is the inverse of the adjoint, and its gradient that of the adjoint, turned back
        return unary.negative(_multiplied(inverse, _multiplied(grad, inverse, adjoint_a=True)))
    return unary.negative(_multiplied(inverse, _multiplied(grad, inverse, adjoint_b=True), adjoint_a=True))


def matrix_determinant(input, name=None):
    """The determinants."""
    return build.apply("MatrixDeterminant", input, name=name)


@op_def.shape_rule("MatrixDeterminant")
def _determinant_shape(op):
    found = _matrix(op, square=True)
    return [None if found is None else found[0]]


@op_def.gradient("MatrixDeterminant")
def _determinant_gradient(op, grad):
    return _scaled(grad * op.outputs[0], matrix_inverse(op.inputs[0], adjoint=True))


def _scaled(numbers, matrices):
    """Each matrix times its number."""
    size = array.concat([array.shape(numbers), [1, 1]], 0)
    return array.reshape(numbers, size) * matrices


def log_matrix_determinant(input, name=None):
    """(the signs of the determinants, the logarithms of their absolute values)."""
    return LogMatrixDeterminant(*build.apply("LogMatrixDeterminant", input, name=name))


@op_def.shape_rule("LogMatrixDeterminant")
def _log_determinant_shape(op):
    return _determinant_shape(op) * 2


@op_def.gradient("LogMatrixDeterminant")
def _log_determinant_gradient(op, grad_sign, grad_log):
    return _scaled(grad_log, matrix_inverse(op.inputs[0], adjoint=True))


def logdet(matrix, name=None):
    """The logarithm of the determinant of positive definite matrices, by their Cholesky decomposition."""
    with build.name_scope(name, "logdet", [matrix]):
        diagonal = build.apply("MatrixDiagPart", cholesky(matrix), name="diag_part")
        return 2.0 * reduce.reduce_sum(unary.log(unary.real(diagonal)), axis=[-1])


# -- linear systems ------------------------------------------------------------------------------------------------------


def matrix_solve(matrix, rhs, adjoint=False, name=None):
    """The X with `matrix` X = `rhs`. A singular matrix is an InvalidArgumentError at run time."""
    return build.apply("MatrixSolve", matrix, rhs, adjoint=adjoint, name=name)


def matrix_triangular_solve(matrix, rhs, lower=True, adjoint=False, name=None):
    """The X with `matrix` X = `rhs`, of whose `matrix` only the lower (or upper) triangle is read."""
    return build.apply("MatrixTriangularSolve", matrix, rhs, lower=lower, adjoint=adjoint, name=name)


@op_def.shape_rule("MatrixSolve", "MatrixTriangularSolve")
def _solve_shape(op):
    left, right = _matrix(op, 0, square=True), _matrix(op, 1)
    if left is None or right is None:
        return [None]
    try:
        batch = shapes.merge(left[0], right[0])
        (rows,) = shapes.merge((left[2],), (right[1],))
    except ValueError as err:
        raise build.shape_error(op, str(err)) from None
    return [batch + (rows, right[2])]


@op_def.gradient("MatrixSolve")
def _solve_gradient(op, grad):
    adjoint_a, solution = op.attrs["adjoint"], op.outputs[0]
    grad_b = matrix_solve(op.inputs[0], grad, adjoint=not adjoint_a)
    first, second = (solution, grad_b) if adjoint_a else (grad_b, solution)
    return unary.negative(_multiplied(first, second, adjoint_b=True)), grad_b


@op_def.gradient("MatrixTriangularSolve")
def _triangular_solve_gradient(op, grad):
    adjoint_a, lower, solution = op.attrs["adjoint"], op.attrs["lower"], op.outputs[0]
    grad_b = matrix_triangular_solve(op.inputs[0], grad, lower=lower, adjoint=not adjoint_a)
    first, second = (solution, grad_b) if adjoint_a else (grad_b, solution)
    whole = unary.negative(_multiplied(first, second, adjoint_b=True))
    return build.apply("MatrixBandPart", whole, *((-1, 0) if lower else (0, -1))), grad_b


def cholesky_solve(chol, rhs, name=None):
    """The X with A X = `rhs`, where `chol` is the Cholesky factor of A."""
    with build.name_scope(name, "cholesky_solve", [chol, rhs]):
        inner = matrix_triangular_solve(chol, rhs, adjoint=False, lower=True)
        return matrix_triangular_solve(chol, inner, adjoint=True, lower=True)


def matrix_solve_ls(matrix, rhs, l2_regularizer=0.0, fast=True, name=None):
    """The X that makes |`matrix` X - `rhs`|^2 + `l2_regularizer` |X|^2 smallest.

    Args:
        fast: by the normal equations; exact only for well-conditioned matrices.

    Raises:
        NotImplementedError: complex128 with a regulariser. ValueError: `fast` with a matrix of unknown shape.
    """
    matrix = build.convert_to_tensor(matrix, name="matrix")
    if matrix.dtype == dtypes.complex128 and l2_regularizer != 0:
        raise NotImplementedError("matrix_solve_ls is currently disabled for complex128 and l2_regularizer != 0")
    dims = matrix._dims
    if fast is False or _is_large_batch(matrix):
        return build.apply("MatrixSolveLs", matrix, rhs, l2_regularizer, fast=fast, name=name)
    if dims is None or None in dims[-2:]:
        raise ValueError(
            f"matrix_solve_ls needs to know which side of {matrix} is longer: set its shape, or use fast=False"
        )
    with build.name_scope(name, "matrix_solve_ls", [matrix, rhs, l2_regularizer]):
        if dims[-2] >= dims[-1]:
            return cholesky_solve(
                _gramian_factor(matrix, l2_regularizer, True), _multiplied(matrix, rhs, adjoint_a=True)
            )
        return _multiplied(matrix, cholesky_solve(_gramian_factor(matrix, l2_regularizer, False), rhs), adjoint_a=True)


def _is_large_batch(matrix):
    """Whether TensorFlow leaves a batch to one operation: it is larger than a cache, and of more matrices than rows."""
    size = shapes.num_elements(matrix._dims)
    if size is None or size * matrix.dtype.size <= 256000:
        return False
    return shapes.num_elements(matrix._dims[:-2]) > min(matrix._dims[-2:])


def _gramian_factor(matrix, l2_regularizer, tall):
    """The Cholesky factor of A^H A (or of A A^H) plus the regulariser."""
    gramian = _multiplied(matrix, matrix, adjoint_a=tall, adjoint_b=not tall)
    if isinstance(l2_regularizer, tensor.Tensor) or l2_regularizer != 0:
        size = array.shape(matrix)
        batch, small = size[:-2], size[-1] if tall else size[-2]
        identity = eye.eye(small, batch_shape=batch, dtype=matrix.dtype)
        known = matrix._dims[-1 if tall else -2]
        identity.set_shape(matrix._dims[:-2] + (known, known))
        gramian += l2_regularizer * identity
    return cholesky(gramian)


@op_def.shape_rule("MatrixSolveLs")
def _solve_ls_shape(op):
    left, right = _matrix(op, 0), _matrix(op, 1)
    if left is None or right is None:
        return [None]
    try:
        batch = shapes.merge(left[0], right[0])
        shapes.merge((left[1],), (right[1],))
    except ValueError as err:
        raise build.shape_error(op, str(err)) from None
    return [batch + (left[2], right[2])]


# -- decompositions ------------------------------------------------------------------------------------------------------


def qr(input, full_matrices=False, name=None):
    """(q, r): orthonormal columns and an upper triangle with q r = `input`."""
    return Qr(*build.apply("Qr", input, full_matrices=full_matrices, name=name))


@op_def.shape_rule("Qr")
def _qr_shape(op):
    found = _matrix(op)
    if found is None:
        return [None, None]
    batch, m, n = found
    p = m if op.attrs["full_matrices"] else _smaller(m, n)
    return [batch + (m, p), batch + (p, n)]


def _smaller(m, n):
    return 0 if 0 in (m, n) else None if m is None or n is None else min(m, n)


def svd(tensor, full_matrices=False, compute_uv=True, name=None):
    """(s, u, v) with `tensor` = u diag(s) v^H, the singular values s falling; s alone without `compute_uv`."""
    s, u, v = build.apply("Svd", tensor, compute_uv=compute_uv, full_matrices=full_matrices, name=name)
    return (unary.real(s), u, v) if compute_uv else unary.real(s)


@op_def.shape_rule("Svd")
def _svd_shape(op):
    found = _matrix(op)
    with_uv, full = op.attrs["compute_uv"], op.attrs["full_matrices"]
    if found is None:
        return [None, None if with_uv else (0,), None if with_uv else (0,)]
    batch, m, n = found
    p = _smaller(m, n)
    if not with_uv:
        return [batch + (p,), (0,), (0,)]
    return [batch + (p,), batch + (m, m if full else p), batch + (n, n if full else p)]


def self_adjoint_eig(tensor, name=None):
    """(e, v): eigenvalues, rising, and eigenvectors as columns; only the lower triangle is read."""
    return tuple(build.apply("SelfAdjointEigV2", tensor, compute_v=True, name=name))


def self_adjoint_eigvals(tensor, name=None):
    """The eigenvalues, rising; only the lower triangle is read."""
    return build.apply("SelfAdjointEigV2", tensor, compute_v=False, name=name)[0]


@op_def.shape_rule("SelfAdjointEigV2")
def _eig_shape(op):
    found = _matrix(op, square=True)
    if found is None:
        return [None, None if op.attrs["compute_v"] else (0,)]
    batch, n, _ = found
    return [batch + (n,), batch + (n, n) if op.attrs["compute_v"] else (0,)]


def lu(input, output_idx_type=dtypes.int32, name=None):
    """(lu, p): both triangles in one matrix, and the order of rows such that L U = `input`[p]."""
    return Lu(*build.apply("Lu", input, output_idx_type=output_idx_type, name=name))


@op_def.shape_rule("Lu")
def _lu_shape(op):
    found = _matrix(op, square=True)
    return [None, None] if found is None else [found[0] + found[1:], found[0] + (found[1],)]


def matrix_square_root(input, name=None):
    """The S with S S = `input`."""
    return build.apply("MatrixSquareRoot", input, name=name)


def matrix_logarithm(input, name=None):
    """The L with exp(L) = `input`, of complex matrices."""
    return build.apply("MatrixLogarithm", input, name=name)


# -- norms, traces and the like ------------------------------------------------------------------------------------------


def adjoint(matrix, name=None):
    """The conjugate transposes."""
    with build.name_scope(name, "adjoint", [matrix]):
        return rearrange.matrix_transpose(build.convert_to_tensor(matrix, name="matrix"), conjugate=True)


def trace(x, name=None):
    """The sums of the main diagonals."""
    with build.name_scope(name, "Trace", [x]) as scope:
        x = build.convert_to_tensor(x, name="x")
        return reduce.reduce_sum(build.apply("MatrixDiagPart", x, name="diag_part"), [-1], name=scope)


def norm(tensor, ord="euclidean", axis=None, keepdims=None, name=None, keep_dims=None):
    """Norms of vectors or matrices.

    Args:
        ord: "euclidean", "fro" (matrices), 1, 2, np.inf or, of vectors, any positive number.
        axis: an axis for vectors, two for matrices; None for all elements as one vector.
        keepdims: whether the axes stay, with size 1.

    Raises:
        ValueError: an `ord` or `axis` that is none of these.
    """
    keepdims = bool(reduce.either("keepdims", keepdims, "keep_dims", keep_dims))
    of_matrices = isinstance(axis, (tuple, list)) and len(axis) == 2
    if of_matrices:
        axis = tuple(axis)
        if not all(isinstance(a, int) for a in axis) or axis[0] == axis[1]:
            raise ValueError("'axis' must be None, an integer, or a tuple of 2 unique integers")
        if ord not in ("euclidean", "fro", 1, 2, np.inf):
            raise ValueError(f"'ord' must be a supported matrix norm in ['euclidean', 'fro', 1, 2, inf], got {ord}")
    else:
        if not (isinstance(axis, int) or axis is None):
            raise ValueError("'axis' must be None, an integer, or a tuple of 2 unique integers")
        if ord not in ("euclidean", 1, 2, np.inf) and (isinstance(ord, str) or not np.isreal(ord) or ord <= 0):
            raise ValueError(f"'ord' must be a supported vector norm, got {ord}")
        axis = None if axis is None else (axis,)
    with build.name_scope(name, "norm", [tensor]):
        tensor = build.convert_to_tensor(tensor)
        if of_matrices and ord == 2:
            result = _spectral_norm(tensor, axis)
        elif ord in ("fro", "euclidean", 2):
            result = unary.sqrt(reduce.reduce_sum(tensor * unary.conj(tensor), axis, keepdims=True))
        else:
            result = _other_norm(unary.abs(tensor), ord, axis, of_matrices)
        return result if keepdims else array.squeeze(result, axis)


def _other_norm(sizes, ord, axis, of_matrices):
    first = None if axis is None else axis[0]
    if ord == 1:
        result = reduce.reduce_sum(sizes, first, keepdims=True)
        return reduce.reduce_max(result, axis[-1], keepdims=True) if of_matrices else result
    if ord == np.inf:
        sums = reduce.reduce_sum(sizes, axis[1], keepdims=True) if of_matrices else sizes
        return reduce.reduce_max(sums, first, keepdims=True)
    return math.pow(reduce.reduce_sum(math.pow(sizes, ord), axis, keepdims=True), 1.0 / ord)


def _spectral_norm(t, axis):
    """The largest singular values of the matrices in two axes."""
    if t._dims is None:
        raise ValueError(f"the matrix 2-norm needs a tensor of known rank, got {t}: set its shape")
    rank = len(t._dims)
    last = [a % rank for a in axis]
    order = [i for i in range(rank) if i not in last] + last
    values = unary.abs(build.apply("Svd", rearrange.transpose(t, order), compute_uv=False)[0])
    largest = array.expand_dims(reduce.reduce_max(values, axis=-1, keepdims=True), -1)
    return rearrange.transpose(largest, np.argsort(order))


def normalize(tensor, ord="euclidean", axis=None, name=None):
    """(`tensor` divided by its norm along `axis`, the norm)."""
    with build.name_scope(name, "normalize", [tensor]):
        tensor = build.convert_to_tensor(tensor)
        length = math.cast(norm(tensor, ord, axis, keepdims=True), tensor.dtype)
        return tensor / length, length


def l2_normalize(x, axis=None, epsilon=1e-12, name=None, dim=None):
    """`x` divided by its Euclidean length along `axis`, a length below sqrt(`epsilon`) being taken as that."""
    axis = reduce.either("axis", axis, "dim", dim)
    with build.name_scope(name, "l2_normalize", [x]) as scope:
        x = build.convert_to_tensor(x, name="x")
        squares = reduce.reduce_sum(unary.square(x), axis, keepdims=True)
        return math.multiply(x, unary.rsqrt(math.maximum(squares, epsilon)), name=scope)


def matrix_rank(a, tol=None, validate_args=False, name=None):
    """The number of singular values above `tol` (the larger side times the precision times the largest, when None)."""
    with build.name_scope(name or "matrix_rank"):
        a = _real_matrices(build.convert_to_tensor(a, dtype_hint=dtypes.float32, name="a"))
        s = svd(a, compute_uv=False)
        if tol is None:
            side = max(a._dims[-2:]) if None not in a._dims[-2:] else reduce.reduce_max(array.shape(a)[-2:])
            side = math.cast(np.int64(side) if isinstance(side, int) else side, a.dtype)
            tol = np.finfo(a.dtype.as_numpy_dtype).eps * side * reduce.reduce_max(s, axis=-1, keepdims=True)
        return reduce.reduce_sum(math.cast(compare.greater(s, tol), dtypes.int32), axis=-1)


def pinv(a, rcond=None, validate_args=False, name=None):
    """The Moore-Penrose inverses; singular values below `rcond` times the largest count as 0."""
    with build.name_scope(name or "pinv"):
        a = _real_matrices(build.convert_to_tensor(a, name="a"))
        kind = a.dtype.as_numpy_dtype
        if rcond is None:
            rows, columns = a._dims[-2:]
            if rows is None or columns is None:
                size = array.shape(a)
                side = math.cast(math.maximum(size[-2], size[-1]), a.dtype)
            else:
                side = float(max(rows, columns))
            rcond = 10.0 * side * np.finfo(kind).eps
        rcond = build.convert_to_tensor(rcond, dtype=a.dtype.base_dtype, name="rcond")
        s, u, v = svd(a, full_matrices=False, compute_uv=True)
        smallest = array.expand_dims(rcond * reduce.reduce_max(s, axis=-1), -1)
        s = build.apply("SelectV2", compare.greater(s, smallest), s, np.array(np.inf, kind))
        inverse = matmul.matmul(v / array.expand_dims(s, -2), u, adjoint_b=True)
        inverse.set_shape(a._dims[:-2] + (a._dims[-1], a._dims[-2]))
        return inverse


def _real_matrices(a):
    if not a.dtype.is_floating:
        raise TypeError(f"Input `a` must have `float`-like `dtype` (saw {a.dtype.name}).")
    if a._dims is None or len(a._dims) < 2:
        raise ValueError(f"Input `a` must have at least 2 dimensions (saw: {a.shape}).")
    return a
