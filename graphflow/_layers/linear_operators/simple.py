"""Linear operators given by their entries: dense, diagonal, triangular, identity, zeros, Householder, Toeplitz."""

from __future__ import annotations

from graphflow._core import dtypes as dtypes_lib
from graphflow._core import shapes
from graphflow._graph import build, static_value
from graphflow._layers.linear_operators import operator
from graphflow._ops import array, diagonal, eye, gather, linalg, math, matmul, rearrange, reduce, unary


class LinearOperatorFullMatrix(operator.LinearOperator):
    """Any matrix [..., M, N]."""

    def __init__(
        self, matrix, is_non_singular=None, is_self_adjoint=None, is_positive_definite=None, is_square=None,
        name="LinearOperatorFullMatrix",
    ):  # fmt: skip
        self._matrix = build.convert_to_tensor(matrix, name="matrix")
        super().__init__(
            self._matrix.dtype, [self._matrix], is_non_singular, is_self_adjoint, is_positive_definite, is_square, name
        )

    def _dims(self):
        return self._matrix._dims

    def _to_dense(self):
        return self._matrix

    def _solve(self, rhs, adjoint=False):
        if self.is_positive_definite and self.is_self_adjoint:
            factor, rhs = operator._same_batch(linalg.cholesky(self._matrix), rhs)
            return linalg.cholesky_solve(factor, rhs)
        return super()._solve(rhs, adjoint)


class LinearOperatorDiag(operator.LinearOperator):
    """Diagonal matrices: `diag` [..., N]."""

    def __init__(
        self, diag, is_non_singular=None, is_self_adjoint=None, is_positive_definite=None, is_square=None,
        name="LinearOperatorDiag",
    ):  # fmt: skip
        self._diag = build.convert_to_tensor(diag, name="diag")
        if not self._diag.dtype.is_complex:
            if is_self_adjoint is False:
                raise ValueError("A real diagonal operator is always self adjoint.")
            is_self_adjoint = True
        if is_square is False:
            raise ValueError("Only square, diagonal operators currently supported.")
        super().__init__(
            self._diag.dtype, [self._diag], is_non_singular, is_self_adjoint, is_positive_definite, True, name
        )

    diag = property(lambda self: self._diag, doc="The diagonal.")

    def _dims(self):
        dims = self._diag._dims
        return None if dims is None else (*dims, dims[-1])

    def _to_dense(self):
        return diagonal.matrix_diag(self._diag)

    def _entries(self, adjoint):
        return (unary.conj(self._diag) if adjoint else self._diag)[..., None]

    def _matmul(self, x, adjoint=False):
        return self._entries(adjoint) * x

    def _solve(self, rhs, adjoint=False):
        return rhs / self._entries(adjoint)

    def _diag_part(self):
        return self._diag

    def _determinant(self):
        return reduce.reduce_prod(self._diag, axis=-1)

    def _log_abs_determinant(self):
        found = reduce.reduce_sum(unary.log(unary.abs(self._diag)), axis=-1)
        return math.cast(found, self.dtype) if self.dtype.is_complex else found

    def inverse(self, name="inverse"):
        """The operator of the inverse matrices."""
        self._check_invertible("inverse")
        return LinearOperatorDiag(
            1.0 / self._diag, self.is_non_singular, self.is_self_adjoint, self.is_positive_definite
        )

    def cholesky(self, name="cholesky"):
        """The operator of the roots."""
        if not (self.is_positive_definite and self.is_self_adjoint):
            return super().cholesky(name)
        return LinearOperatorDiag(unary.sqrt(self._diag), is_non_singular=True, is_self_adjoint=True)


class LinearOperatorLowerTriangular(operator.LinearOperator):
    """Lower triangular matrices: of `tril` [..., N, N] what lies above the diagonal is not looked at."""

    def __init__(
        self, tril, is_non_singular=None, is_self_adjoint=None, is_positive_definite=None, is_square=None,
        name="LinearOperatorLowerTriangular",
    ):  # fmt: skip
        if is_square is False:
            raise ValueError("Only square lower triangular operators supported at this time.")
        self._given = given = build.convert_to_tensor(tril, name="tril")
        super().__init__(given.dtype, [given], is_non_singular, is_self_adjoint, is_positive_definite, True, name)

    def _dims(self):
        return self._given._dims

    def _to_dense(self):
        return diagonal.matrix_band_part(self._given, -1, 0)

    def _solve(self, rhs, adjoint=False):
        return linalg.matrix_triangular_solve(*operator._same_batch(self._to_dense(), rhs), lower=True, adjoint=adjoint)

    def _diag_part(self):
        return diagonal.matrix_diag_part(self._given)

    def _determinant(self):
        return reduce.reduce_prod(self._diag_part(), axis=-1)

    def _log_abs_determinant(self):
        return reduce.reduce_sum(unary.log(unary.abs(self._diag_part())), axis=-1)


class _OfSize(operator.LinearOperator):
    """What identity and zeros share: sizes in place of entries."""

    def _sizes(self, num_rows, num_columns, batch_shape):
        self._rows = num_rows
        self._columns = num_rows if num_columns is None else num_columns
        self._batch = [] if batch_shape is None else batch_shape

    def _dims(self):
        batch = static_value.shape_from(build.convert_to_tensor(self._batch, dtypes_lib.int32))
        rows, columns = (static_value.known_int(build.convert_to_tensor(n)) for n in (self._rows, self._columns))
        return None if batch is None else (*batch, rows, columns)


class LinearOperatorIdentity(_OfSize):
    """Unit matrices of `num_rows`; `batch_shape` in front."""

    def __init__(
        self, num_rows, batch_shape=None, dtype=None, is_non_singular=True, is_self_adjoint=True,
        is_positive_definite=True, is_square=True, assert_proper_shapes=False, name="LinearOperatorIdentity",
    ):  # fmt: skip
        self._sizes(num_rows, None, batch_shape)
        super().__init__(
            dtype or dtypes_lib.float32, [], is_non_singular, is_self_adjoint, is_positive_definite, is_square, name
        )

    def _to_dense(self):
        return eye.eye(self._rows, batch_shape=self._batch or None, dtype=self.dtype)

    def _matmul(self, x, adjoint=False):
        return x if not self._batch else super()._matmul(x, adjoint)

    def _solve(self, rhs, adjoint=False):
        return self._matmul(rhs)

    def _determinant(self):
        return array.ones(self._batch, self.dtype)

    def _log_abs_determinant(self):
        return array.zeros(self._batch, self.dtype)

    def inverse(self, name="inverse"):
        """Itself."""
        return self

    def cholesky(self, name="cholesky"):
        """Itself."""
        return self


class LinearOperatorScaledIdentity(LinearOperatorDiag):
    """Unit matrices of `num_rows` times `multiplier` [...]."""

    def __init__(
        self, num_rows, multiplier, is_non_singular=None, is_self_adjoint=None, is_positive_definite=None, is_square=True,
        assert_proper_shapes=False, name="LinearOperatorScaledIdentity",
    ):  # fmt: skip
        self._multiplier = build.convert_to_tensor(multiplier, name="multiplier")
        count = build.convert_to_tensor(num_rows, dtypes_lib.int32)
        diag = self._multiplier[..., None] * array.ones([count], self._multiplier.dtype)
        super().__init__(diag, is_non_singular, is_self_adjoint, is_positive_definite, is_square, name)

    multiplier = property(lambda self: self._multiplier, doc="The factors.")


class LinearOperatorZeros(_OfSize):
    """Matrices of zeros."""

    def __init__(
        self, num_rows, num_columns=None, batch_shape=None, dtype=None, is_non_singular=False, is_self_adjoint=True,
        is_positive_definite=False, is_square=True, assert_proper_shapes=False, name="LinearOperatorZeros",
    ):  # fmt: skip
        if is_non_singular or is_positive_definite:
            raise ValueError("A zero operator is singular, and not positive definite.")
        self._sizes(num_rows, num_columns, batch_shape)
        super().__init__(dtype or dtypes_lib.float32, [], False, is_self_adjoint, False, is_square, name)

    def _to_dense(self):
        batch = build.convert_to_tensor(self._batch, dtypes_lib.int32)
        return array.zeros(array.concat([batch, [self._rows, self._columns]], 0), self.dtype)

    def _determinant(self):
        return array.zeros(self._batch, self.dtype)


class LinearOperatorHouseholder(operator.LinearOperator):
    """Reflections 1 - 2 v v^T at the planes across `reflection_axis` [..., N], made of length 1."""

    def __init__(
        self, reflection_axis, is_non_singular=None, is_self_adjoint=None, is_positive_definite=None, is_square=None,
        name="LinearOperatorHouseholder",
    ):  # fmt: skip
        if is_self_adjoint is False or is_positive_definite:
            raise ValueError("A Householder operator is self adjoint, and not positive definite.")
        axis = build.convert_to_tensor(reflection_axis, name="reflection_axis")
        self._given, self._axis = axis, linalg.l2_normalize(axis, axis=-1)
        super().__init__(axis.dtype, [axis], True, True, False, True, name)

    reflection_axis = property(lambda self: self._given, doc="The axis, as it was given.")

    def _dims(self):
        dims = self._axis._dims
        return None if dims is None else (*dims, dims[-1])

    def _to_dense(self):
        column = self._axis[..., None]
        return diagonal.matrix_diag(array.ones_like(self._axis)) - 2.0 * matmul.matmul(column, column, adjoint_b=True)

    def _matmul(self, x, adjoint=False):
        column, x = operator._same_batch(self._axis[..., None], x)
        return x - 2.0 * matmul.matmul(column, matmul.matmul(column, x, adjoint_a=True))

    _solve = _matmul

    def _determinant(self):
        return -array.ones_like(self._axis[..., 0])


class LinearOperatorToeplitz(operator.LinearOperator):
    """Matrices with equal entries along each diagonal: first column `col` and first row `row`, [..., N]."""

    def __init__(
        self, col, row, is_non_singular=None, is_self_adjoint=None, is_positive_definite=None, is_square=None,
        name="LinearOperatorToeplitz",
    ):  # fmt: skip
        self._col, self._row = build.convert_to_tensor(col, name="col"), build.convert_to_tensor(row, name="row")
        super().__init__(
            self._row.dtype,
            [self._col, self._row],
            is_non_singular,
            is_self_adjoint,
            is_positive_definite,
            is_square,
            name,
        )

    col = property(lambda self: self._col, doc="The first column.")
    row = property(lambda self: self._row, doc="The first row.")

    def _dims(self):
        dims = shapes.broadcast(self._row._dims, self._col._dims)
        return None if dims is None else (*dims, dims[-1])

    def _to_dense(self):
        n = array.shape(self._row)[-1]
        entries = array.concat([rearrange.reverse(self._col, [-1]), self._row[..., 1:] + 0 * self._col[..., 1:]], -1)
        places = math.range(n)[None, :] - math.range(n)[:, None] + (n - 1)
        return gather.gather(entries, places, axis=-1)
