"""Linear operators made of others: adjoint, inverse, product, blocks, Kronecker product, low-rank update; circulant ones."""

from __future__ import annotations

from graphflow._core import dtypes, shapes
from graphflow._graph import build
from graphflow._layers.linear_operators import operator, simple
from graphflow._ops import array, diagonal, linalg, math, matmul, rearrange, reduce, spectral, unary


def _all(operators, promise):
    """True where all promise it, else None."""
    return True if all(getattr(o, promise) for o in operators) else None


class _Around(operator.LinearOperator):
    """What adjoint and inverse share: the operator inside, whose promises hold for them too."""

    def __init__(
        self, operator, is_non_singular=None, is_self_adjoint=None, is_positive_definite=None, is_square=None, name=None
    ):  # fmt: skip
        self._operator = operator
        given = (is_non_singular, is_self_adjoint, is_positive_definite, is_square)
        own = (operator.is_non_singular, operator.is_self_adjoint, operator.is_positive_definite, operator.is_square)
        promises = [b if a is None else a for a, b in zip(given, own)]
        super().__init__(operator.dtype, operator.graph_parents, *promises, name or f"{operator.name}_{self._suffix}")

    operator = property(lambda self: self._operator, doc="The operator inside.")

    def _dims(self):
        dims = self._operator._dims()
        return None if dims is None else (*dims[:-2], dims[-1], dims[-2])


class LinearOperatorAdjoint(_Around):
    """The adjoint of an operator."""

    _suffix = "adjoint"

    def _to_dense(self):
        return linalg.adjoint(self._operator._to_dense())

    def _matmul(self, x, adjoint=False):
        return self._operator._matmul(x, not adjoint)

    def _solve(self, rhs, adjoint=False):
        return self._operator._solve(rhs, not adjoint)

    def _determinant(self):
        found = self._operator._determinant()
        return unary.conj(found) if self.dtype.is_complex else found

    def _log_abs_determinant(self):
        return self._operator._log_abs_determinant()

    def adjoint(self, name="adjoint"):
        """The operator inside."""
        return self._operator


class LinearOperatorInversion(_Around):
    """The inverse of an operator."""

    _suffix = "inverse"

    def __init__(
        self, operator, is_non_singular=None, is_self_adjoint=None, is_positive_definite=None, is_square=None, name=None
    ):  # fmt: skip
        if is_non_singular is False:
            raise ValueError("An inverse is never singular.")
        super().__init__(operator, True, is_self_adjoint, is_positive_definite, is_square, name)

    def _to_dense(self):
        return linalg.matrix_inverse(self._operator._to_dense())

    def _matmul(self, x, adjoint=False):
        return self._operator._solve(x, adjoint)

    def _solve(self, rhs, adjoint=False):
        return self._operator._matmul(rhs, adjoint)

    def _determinant(self):
        return 1.0 / self._operator._determinant()

    def _log_abs_determinant(self):
        return -self._operator._log_abs_determinant()

    def inverse(self, name="inverse"):
        """The operator inside."""
        return self._operator


class _OfSeveral(operator.LinearOperator):
    """What products and blocks share: `operators`."""

    def __init__(
        self, operators, is_non_singular=None, is_self_adjoint=None, is_positive_definite=None, is_square=None, name=None
    ):  # fmt: skip
        self._operators = list(operators)
        if not self._operators:
            raise ValueError(f"{type(self).__name__} needs a non-empty list of operators")
        if len({o.dtype for o in self._operators}) > 1:
            raise TypeError(f"operators must have one dtype, got {[o.dtype.name for o in self._operators]}")
        if is_non_singular is None:
            is_non_singular = _all(self._operators, "is_non_singular")
        if self._keeps_symmetry:
            is_self_adjoint = _all(self._operators, "is_self_adjoint") if is_self_adjoint is None else is_self_adjoint
            if is_positive_definite is None:
                is_positive_definite = _all(self._operators, "is_positive_definite")
        parents = [p for o in self._operators for p in o.graph_parents]
        name = name or self._joint.join(o.name for o in self._operators)
        super().__init__(
            self._operators[0].dtype, parents, is_non_singular, is_self_adjoint, is_positive_definite, is_square, name
        )

    operators = property(lambda self: self._operators, doc="The operators.")

    def _batch_dims(self):
        found = ()
        for o in self._operators:
            dims = o._dims()
            found = None if found is None or dims is None else shapes.broadcast(found, dims[:-2])
        return found


class LinearOperatorComposition(_OfSeveral):
    """The product of operators, the last one first."""

    _joint, _keeps_symmetry = "_o_", False

    def _dims(self):
        batch, first, last = self._batch_dims(), self._operators[0]._dims(), self._operators[-1]._dims()
        return None if None in (batch, first, last) else (*batch, first[-2], last[-1])

    def _to_dense(self):
        found = self._operators[-1]._to_dense()
        for o in reversed(self._operators[:-1]):
            found = o._matmul(found)
        return found

    def _matmul(self, x, adjoint=False):
        for o in self._operators if adjoint else reversed(self._operators):
            x = o._matmul(x, adjoint)
        return x

    def _solve(self, rhs, adjoint=False):
        for o in reversed(self._operators) if adjoint else self._operators:
            rhs = o._solve(rhs, adjoint)
        return rhs

    def _determinant(self):
        if not all(o.is_square for o in self._operators):
            return linalg.matrix_determinant(self._to_dense())
        found = self._operators[0]._determinant()
        for o in self._operators[1:]:
            found = found * o._determinant()
        return found


class LinearOperatorBlockDiag(_OfSeveral):
    """Operators along the diagonal, zeros beside them."""

    _joint, _keeps_symmetry = "_ds_", True

    def _dims(self):
        batch, all_dims = self._batch_dims(), [o._dims() for o in self._operators]
        if batch is None or None in all_dims:
            return None
        sizes = [[dims[axis] for dims in all_dims] for axis in (-2, -1)]
        return (*batch, *(None if None in size else sum(size) for size in sizes))

    def _to_dense(self):
        total = self._dims()[-1]
        rows, start = [], 0
        for o in self._operators:
            dense = o._to_dense()
            width = dense._dims[-1]
            batch = rearrange.broadcast_to(
                dense, array.concat([build.constant(list(self._dims()[:-2]), dtypes.int32), array.shape(dense)[-2:]], 0)
            )
            pads = [[0, 0]] * (len(batch._dims) - 1) + [[start, total - start - width]]
            rows.append(rearrange.pad(batch, pads))
            start += width
        return array.concat(rows, -2)

    def _parts(self, x, axis):
        """The rows of `x` that belong to each operator."""
        start = 0
        for o in self._operators:
            size = o._dims()[axis]
            yield o, x[..., start : start + size, :]
            start += size

    def _joined(self, parts):
        """The rows that the operators gave, with the batch axes of all."""
        batch = [array.shape(p)[:-2] for p in parts]
        whole = batch[0]
        for one in batch[1:]:
            whole = rearrange.broadcast_dynamic_shape(whole, one)
        spread = [rearrange.broadcast_to(p, array.concat([whole, array.shape(p)[-2:]], 0)) for p in parts]
        return array.concat(spread, -2)

    def _matmul(self, x, adjoint=False):
        return self._joined([o._matmul(part, adjoint) for o, part in self._parts(x, -2 if adjoint else -1)])

    def _solve(self, rhs, adjoint=False):
        return self._joined([o._solve(part, adjoint) for o, part in self._parts(rhs, -1 if adjoint else -2)])

    def _determinant(self):
        found = self._operators[0]._determinant()
        for o in self._operators[1:]:
            found = found * o._determinant()
        return found

    def _log_abs_determinant(self):
        found = self._operators[0]._log_abs_determinant()
        for o in self._operators[1:]:
            found = found + o._log_abs_determinant()
        return found


class LinearOperatorKronecker(_OfSeveral):
    """The Kronecker product: each entry of the first times the whole of the next."""

    _joint, _keeps_symmetry = "_x_", True

    def _dims(self):
        batch, all_dims = self._batch_dims(), [o._dims() for o in self._operators]
        if batch is None or None in all_dims:
            return None
        found = [1, 1]
        for dims in all_dims:
            found = [None if None in (a, b) else a * b for a, b in zip(found, dims[-2:])]
        return (*batch, *found)

    def _to_dense(self):
        found = self._operators[0]._to_dense()
        for o in self._operators[1:]:
            other = o._to_dense()
            product = found[..., :, None, :, None] * other[..., None, :, None, :]
            sizes = array.shape(product)
            found = array.reshape(
                product, array.concat([sizes[:-4], [sizes[-4] * sizes[-3], sizes[-2] * sizes[-1]]], 0)
            )
        return found


class LinearOperatorLowRankUpdate(operator.LinearOperator):
    """`base_operator + u diag_update v^H`, with u [..., M, K], v like u (u when None), diag_update [..., K] (1s when None)."""

    def __init__(
        self, base_operator, u, diag_update=None, v=None, is_diag_update_positive=None, is_non_singular=None,
        is_self_adjoint=None, is_positive_definite=None, is_square=None, name="LinearOperatorLowRankUpdate",
    ):  # fmt: skip
        self._base, self._u = base_operator, build.convert_to_tensor(u, name="u")
        self._v = self._u if v is None else build.convert_to_tensor(v, name="v")
        self._diag = None if diag_update is None else build.convert_to_tensor(diag_update, name="diag_update")
        self._positive = diag_update is None or is_diag_update_positive
        if v is None and base_operator.is_self_adjoint and is_self_adjoint is None:
            is_self_adjoint = True
            if base_operator.is_positive_definite and self._positive and is_positive_definite is None:
                is_positive_definite = True
        parents = [*base_operator.graph_parents, self._u]
        super().__init__(
            base_operator.dtype, parents, is_non_singular, is_self_adjoint, is_positive_definite, is_square, name
        )

    base_operator = property(lambda self: self._base, doc="The operator that is updated.")
    u = property(lambda self: self._u, doc="The left factor.")
    v = property(lambda self: self._v, doc="The right factor.")
    diag_update = property(lambda self: self._diag, doc="The factors between, or None.")
    is_diag_update_positive = property(lambda self: self._positive, doc="Whether they are positive.")

    @property
    def diag_operator(self):
        """The factors between as an operator."""
        if self._diag is None:
            return simple.LinearOperatorIdentity(array.shape(self._u)[-1], dtype=self.dtype)
        return simple.LinearOperatorDiag(self._diag)

    def _dims(self):
        base, u = self._base._dims(), self._u._dims
        return None if None in (base, u) else (*shapes.broadcast(base[:-2], u[:-2]), *base[-2:])

    def _scaled(self):
        return self._u if self._diag is None else self._u * self._diag[..., None, :]

    def _to_dense(self):
        return self._base._to_dense() + matmul.matmul(self._scaled(), self._v, adjoint_b=True)


class _Circulant(operator.LinearOperator):
    """Operators that a Fourier transform over the last axes makes diagonal: its inverse times `spectrum` times the transform."""

    _axes = 1

    def __init__(
        self, spectrum, input_output_dtype=dtypes.complex64, is_non_singular=None, is_self_adjoint=None,
        is_positive_definite=None, is_square=True, name=None,
    ):  # fmt: skip
        self._spectrum = build.convert_to_tensor(spectrum, name="spectrum")
        if is_self_adjoint is None and not self._spectrum.dtype.is_complex:
            is_self_adjoint = True
        super().__init__(
            input_output_dtype, [self._spectrum], is_non_singular, is_self_adjoint, is_positive_definite, is_square,
            name or type(self).__name__,
        )  # fmt: skip

    spectrum = property(lambda self: self._spectrum, doc="The diagonal, in frequencies.")
    block_depth = property(lambda self: self._axes, doc="How many axes are transformed.")

    @property
    def block_shape(self):
        """The TensorShape of those axes."""
        return self._spectrum.shape[self._spectrum.shape.ndims - self._axes :]

    def _dims(self):
        dims = self._spectrum._dims
        size = 1
        for d in dims[len(dims) - self._axes :]:
            size = None if None in (size, d) else size * d
        return (*dims[: len(dims) - self._axes], size, size)

    def _transforms(self):
        suffix = "" if self._axes == 1 else f"{self._axes}d"
        return getattr(spectral, "fft" + suffix), getattr(spectral, "ifft" + suffix)

    def _through(self, x, factor):
        """Columns of `x` transformed, multiplied, transformed back."""
        there, back = self._transforms()
        block = self.block_shape.as_list()
        rows = rearrange.matrix_transpose(math.cast(x, dtypes.complex64))
        rows = array.reshape(rows, array.concat([array.shape(rows)[:-1], block], 0))
        factor = array.expand_dims(math.cast(factor, dtypes.complex64), -self._axes - 1)
        found = back(there(rows) * factor)
        found = array.reshape(found, array.concat([array.shape(found)[: -self._axes], [-1]], 0))
        return math.cast(rearrange.matrix_transpose(found), self.dtype)

    def _factor(self, adjoint):
        return unary.conj(self._spectrum) if adjoint and self._spectrum.dtype.is_complex else self._spectrum

    def _to_dense(self):
        size = self._dims()[-1]
        return self._through(
            diagonal.matrix_diag(array.ones([*self._dims()[:-2], size], dtypes.complex64)), self._spectrum
        )

    def _matmul(self, x, adjoint=False):
        return self._through(x, self._factor(adjoint))

    def _solve(self, rhs, adjoint=False):
        return self._through(rhs, 1.0 / self._factor(adjoint))

    def _axes_of_block(self):
        return list(range(-self._axes, 0))

    def _determinant(self):
        return math.cast(reduce.reduce_prod(self._spectrum, axis=self._axes_of_block()), self.dtype)

    def _log_abs_determinant(self):
        found = reduce.reduce_sum(unary.log(unary.abs(self._spectrum)), axis=self._axes_of_block())
        return math.cast(found, self.dtype)

    def _trace(self):
        return math.cast(reduce.reduce_sum(self._spectrum, axis=self._axes_of_block()), self.dtype)

    def convolution_kernel(self, name="convolution_kernel"):
        """What a product convolves with: the spectrum transformed back."""
        with self._scope(name):
            return math.cast(self._transforms()[1](math.cast(self._spectrum, dtypes.complex64)), self.dtype)


class LinearOperatorCirculant(_Circulant):
    """Matrices whose rows are one another turned round: `spectrum` [..., N] is the Fourier transform of the first column."""


class LinearOperatorCirculant2D(_Circulant):
    """Blocks of circulant matrices: `spectrum` [..., N0, N1]."""

    _axes = 2


class LinearOperatorCirculant3D(_Circulant):
    """Blocks of blocks of circulant matrices: `spectrum` [..., N0, N1, N2]."""

    _axes = 3


operator.made_of.update(
    adjoint=LinearOperatorAdjoint, inverse=LinearOperatorInversion, triangular=simple.LinearOperatorLowerTriangular,
    composition=LinearOperatorComposition,
)  # fmt: skip
