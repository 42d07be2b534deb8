"""The base of linear operators, and what any of them can do by its dense matrix."""

from __future__ import annotations

import numpy as np

from graphflow._core import dtypes, shapes
from graphflow._graph import build
from graphflow._ops import array, asserts, checks, compare, diagonal, linalg, math, matmul, rearrange, reduce, unary


class LinearOperator:
    """A matrix [..., M, N], or a stack of them, that need not be written out.

    A subclass gives `_to_dense` and `_dims`; it overrides what it can do with less work.

    Args:
        dtype: of the entries.
        graph_parents: tensors it is made of.
        is_non_singular, is_self_adjoint, is_positive_definite, is_square: promises; None promises nothing.
        name: scope of its operations.

    Raises:
        ValueError: promises contradict one another.
    """

    def __init__(
        self, dtype, graph_parents=None, is_non_singular=None, is_self_adjoint=None, is_positive_definite=None,
        is_square=None, name=None,
    ):  # fmt: skip
        if is_positive_definite:
            if is_non_singular is False:
                raise ValueError("A positive definite matrix is always non-singular.")
            is_non_singular = True
        if is_non_singular or is_self_adjoint:
            if is_square is False:
                raise ValueError("A non-singular or self-adjoint matrix is always square.")
            is_square = True
        self._dtype = dtypes.as_dtype(dtype)
        self._graph_parents = list(graph_parents or [])
        self._promises = is_non_singular, is_self_adjoint, is_positive_definite, is_square
        self._name = name or type(self).__name__

    name = property(lambda self: self._name, doc="The scope of its operations.")
    dtype = property(lambda self: self._dtype, doc="The type of the entries.")
    graph_parents = property(lambda self: self._graph_parents, doc="Tensors it is made of.")
    is_non_singular = property(lambda self: self._promises[0], doc="Whether it has an inverse; None: not said.")
    is_self_adjoint = property(lambda self: self._promises[1], doc="Whether it equals its adjoint; None: not said.")
    is_positive_definite = property(lambda self: self._promises[2], doc="Whether it is positive; None: not said.")

    @property
    def is_square(self):
        """Whether it has as many rows as columns."""
        rows, columns = self.shape.as_list()[-2:]
        return self._promises[3] if None in (rows, columns) else rows == columns

    # -- sizes -----------------------------------------------------------------------------------------------------------

    def _dims(self):
        return self.to_dense()._dims

    @property
    def shape(self):
        """The TensorShape [..., M, N]."""
        return shapes.TensorShape(self._dims())

    batch_shape = property(lambda self: self.shape[:-2], doc="The TensorShape in front of the matrices'.")
    tensor_rank = property(lambda self: self.shape.ndims, doc="How many axes there are, the matrices' two among them.")
    domain_dimension = property(lambda self: self.shape[-1], doc="How many columns there are.")
    range_dimension = property(lambda self: self.shape[-2], doc="How many rows there are.")

    def shape_tensor(self, name="shape_tensor"):
        """The shape as an int32 vector."""
        with self._scope(name):
            if self.shape.is_fully_defined():
                return build.constant(self.shape.as_list(), dtypes.int32)
            return array.shape(self._to_dense())

    def batch_shape_tensor(self, name="batch_shape_tensor"):
        """The batch shape as an int32 vector."""
        return self.shape_tensor()[:-2]

    def tensor_rank_tensor(self, name="tensor_rank_tensor"):
        """The rank as an int32 scalar."""
        return array.size(self.shape_tensor())

    def domain_dimension_tensor(self, name="domain_dimension_tensor"):
        """The number of columns as an int32 scalar."""
        return self.shape_tensor()[-1]

    def range_dimension_tensor(self, name="range_dimension_tensor"):
        """The number of rows as an int32 scalar."""
        return self.shape_tensor()[-2]

    def _scope(self, name):
        return build.name_scope(f"{self._name}/{name}")

    # -- products --------------------------------------------------------------------------------------------------------

    def to_dense(self, name="to_dense"):
        """The matrix written out."""
        with self._scope(name):
            return self._to_dense()

    def matmul(self, x, adjoint=False, adjoint_arg=False, name="matmul"):
        """The product with matrices [..., N, R], or with another operator.

        Args:
            adjoint: whether the adjoint of this one is taken. adjoint_arg: whether that of `x` is.
        """
        if isinstance(x, LinearOperator):
            left, right = (self.adjoint() if adjoint else self), (x.adjoint() if adjoint_arg else x)
            return compose(left, right)
        with self._scope(name):
            x = self._argument(x)
            return self._matmul(linalg.adjoint(x) if adjoint_arg else x, adjoint)

    def __matmul__(self, other):
        return self.matmul(other)

    def matvec(self, x, adjoint=False, name="matvec"):
        """The product with vectors [..., N]."""
        with self._scope(name):
            return self._matmul(self._argument(x)[..., None], adjoint)[..., 0]

    def _matmul(self, x, adjoint=False):
        return matmul.matmul(*_same_batch(self._to_dense(), x), adjoint_a=adjoint)

    def solve(self, rhs, adjoint=False, adjoint_arg=False, name="solve"):
        """The x with `matmul(x) == rhs`, for matrices [..., M, R].

        Raises:
            NotImplementedError: the operator is not square, or was said to be singular.
        """
        self._check_invertible("solve")
        if isinstance(rhs, LinearOperator):
            left, right = self.inverse(), (rhs.adjoint() if adjoint_arg else rhs)
            return compose(left.adjoint() if adjoint else left, right)
        with self._scope(name):
            rhs = self._argument(rhs)
            return self._solve(linalg.adjoint(rhs) if adjoint_arg else rhs, adjoint)

    def solvevec(self, rhs, adjoint=False, name="solve"):
        """The x with `matvec(x) == rhs`, for vectors [..., M]."""
        self._check_invertible("solvevec")
        with self._scope(name):
            return self._solve(self._argument(rhs)[..., None], adjoint)[..., 0]

    def _solve(self, rhs, adjoint=False):
        return linalg.matrix_solve(*_same_batch(self._to_dense(), rhs), adjoint=adjoint)

    def _argument(self, x):
        x = build.convert_to_tensor(x, name="x")
        if x.dtype.base_dtype != self._dtype.base_dtype:
            raise TypeError(
                f"{self._name} has entries of {self._dtype.name}, its argument {x} is {x.dtype.name}: cast one"
            )
        return x

    def _check_invertible(self, what):
        if self.is_square is False or self.is_non_singular is False:
            raise NotImplementedError(f"{what} needs a square operator that is not singular, {self._name} is none")

    def add_to_tensor(self, x, name="add_to_tensor"):
        """The sum with matrices."""
        with self._scope(name):
            return self._to_dense() + self._argument(x)

    # -- numbers ---------------------------------------------------------------------------------------------------------

    def determinant(self, name="det"):
        """The determinant of each matrix."""
        self._check_square("determinant")
        with self._scope(name):
            return self._determinant()

    def log_abs_determinant(self, name="log_abs_det"):
        """The logarithm of the absolute determinant."""
        self._check_square("log_abs_determinant")
        with self._scope(name):
            return self._log_abs_determinant()

    def _check_square(self, what):
        if self.is_square is False:
            raise NotImplementedError(f"{what} needs a square operator, {self._name} is {self.shape}")

    def _determinant(self):
        return linalg.matrix_determinant(self._to_dense())

    def _log_abs_determinant(self):
        if type(self)._determinant is not LinearOperator._determinant:
            return unary.log(unary.abs(self._determinant()))
        return linalg.log_matrix_determinant(self._to_dense())[1]

    def diag_part(self, name="diag_part"):
        """The diagonal of each matrix."""
        with self._scope(name):
            return self._diag_part()

    def _diag_part(self):
        return diagonal.matrix_diag_part(self._to_dense())

    def trace(self, name="trace"):
        """The sum of the diagonal."""
        with self._scope(name):
            return self._trace()

    def _trace(self):
        return reduce.reduce_sum(self._diag_part(), axis=-1)

    # -- other operators -------------------------------------------------------------------------------------------------

    def adjoint(self, name="adjoint"):
        """The operator of the adjoint matrices."""
        return self if self.is_self_adjoint else made_of["adjoint"](self)

    H = property(adjoint, doc="The operator of the adjoint matrices.")

    def inverse(self, name="inverse"):
        """The operator of the inverse matrices."""
        self._check_invertible("inverse")
        return made_of["inverse"](self)

    def cholesky(self, name="cholesky"):
        """The operator of the lower triangular factors.

        Raises:
            ValueError: it was not said to be positive definite and self-adjoint.
        """
        if not (self.is_positive_definite and self.is_self_adjoint):
            raise ValueError("Cannot take the Cholesky decomposition: Not a positive definite self adjoint matrix.")
        with self._scope(name):
            return made_of["triangular"](linalg.cholesky(self._to_dense()))

    # -- checks ----------------------------------------------------------------------------------------------------------

    def assert_non_singular(self, name="assert_non_singular"):
        """An operation that fails where the condition number is beyond the type's precision."""
        with self._scope(name):
            values = linalg.svd(self._to_dense(), compute_uv=False)
            enough = np.finfo(self._dtype.real_dtype.as_numpy_dtype).eps * 1.0
            worst = reduce.reduce_min(values, axis=-1) / reduce.reduce_max(values, axis=-1)
            good = reduce.reduce_all(compare.greater(worst, math.cast(enough, worst.dtype)))
            return asserts.Assert(good, ["Singular matrix up to precision epsilon.", worst])

    def assert_positive_definite(self, name="assert_positive_definite"):
        """An operation that fails where the matrix is not positive definite."""
        with self._scope(name):
            return checks.assert_positive(
                linalg.self_adjoint_eigvals(self._to_dense()), message="Matrix was not positive definite."
            )

    def assert_self_adjoint(self, name="assert_self_adjoint"):
        """An operation that fails where the matrix is not its own adjoint."""
        with self._scope(name):
            dense = self._to_dense()
            return checks.assert_equal(dense, linalg.adjoint(dense), message="Matrix was not equal to its adjoint.")


def _same_batch(a, b):
    """Two stacks of matrices with the batch axes of both."""
    if a._dims is not None and b._dims is not None and a._dims[:-2] == b._dims[:-2] and None not in a._dims[:-2]:
        return a, b
    batch = rearrange.broadcast_dynamic_shape(array.shape(a)[:-2], array.shape(b)[:-2])
    return tuple(rearrange.broadcast_to(x, array.concat([batch, array.shape(x)[-2:]], 0)) for x in (a, b))


made_of: dict = {}  # "adjoint", "inverse", "triangular", "composition" -> the class; filled where they are


def compose(left, right):
    """The operator that is `right` first, then `left`."""
    return made_of["composition"]([left, right])
