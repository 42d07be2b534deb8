"""Iterative solvers of linear equations and least squares, for a matrix that is known by what it does to vectors."""

from __future__ import annotations

import collections

from graphflow._core import dtypes
from graphflow._graph import build
from graphflow._ops import (
    array,
    compare,
    control_flow,
    linalg,
    matmul,
    nn,
    random,
    rearrange,
    reduce,
    tensor_array,
    unary,
    while_loop,
)

LinearOperator = collections.namedtuple("LinearOperator", ["shape", "dtype", "apply", "apply_adjoint"])
CGState = collections.namedtuple("CGState", ["i", "x", "r", "p", "gamma"])
CGLSState = collections.namedtuple("CGLSState", ["i", "x", "r", "p", "gamma"])
LanczosBidiagState = collections.namedtuple("LanczosBidiagState", ["u", "v", "alpha", "beta"])


def _shape_of(matrix):
    shape = matrix.get_shape()
    return shape.as_list() if shape.is_fully_defined() else array.shape(matrix)


def create_operator(matrix):
    """The operator of a matrix tensor."""
    return LinearOperator(
        _shape_of(matrix), matrix.dtype, lambda v: matmul.matmul(matrix, v, adjoint_a=False),
        lambda v: matmul.matmul(matrix, v, adjoint_a=True),
    )  # fmt: skip


def identity_operator(matrix):
    """The operator that leaves vectors as they are, of the shape of a matrix tensor."""
    return LinearOperator(_shape_of(matrix), matrix.dtype, lambda v: v, lambda v: v)


def dot(x, y):
    """The sum of conj(x) y."""
    return reduce.reduce_sum(unary.conj(x) * y)


def l2norm_squared(v):
    """The sum of squares."""
    return build.constant(2, dtype=v.dtype.base_dtype) * nn.l2_loss(v)


def l2norm(v):
    """The Euclidean norm."""
    return unary.sqrt(l2norm_squared(v))


def l2normalize(v):
    """(v over its norm, the norm)."""
    norm = l2norm(v)
    return v / norm, norm


def conjugate_gradient(operator, rhs, preconditioner=None, x=None, tol=1e-4, max_iter=20, name="conjugate_gradient"):
    """Solves A x = b for a symmetric positive definite A.

    Args:
        operator: a LinearOperator, or anything with `shape` and `apply(column)`.
        rhs: b `[n]`.
        preconditioner: an operator near the inverse of A.
        x: where to begin, `[n]`; zeros when None.
        tol: how small the residual must be beside the first one.
        max_iter: the most steps.

    Returns:
        CGState: `i` steps were taken, `x` is the solution, `r` the residual, `p` the direction, `gamma` r . M r.

    Source: Hestenes, Stiefel, "Methods of conjugate gradients for solving linear systems" (1952).
    """

    def unfinished(i, state):
        return compare.logical_and(i < max_iter, linalg.norm(state.r) > tol)

    def step(i, state):
        z = operator.apply(state.p)
        alpha = state.gamma / dot(state.p, z)
        x = state.x + alpha * state.p
        r = state.r - alpha * z
        q = r if preconditioner is None else preconditioner.apply(r)
        gamma = dot(r, q)
        beta = gamma / state.gamma
        return i + 1, CGState(i + 1, x, r, q + beta * state.p, gamma)

    with build.name_scope(name):
        n = operator.shape[1:]
        rhs = array.expand_dims(rhs, -1)
        if x is None:
            x = array.expand_dims(array.zeros(n, dtype=rhs.dtype.base_dtype), -1)
            r0 = rhs
        else:
            x = array.expand_dims(x, -1)
            r0 = rhs - operator.apply(x)
        p0 = r0 if preconditioner is None else preconditioner.apply(r0)
        gamma0 = dot(r0, p0)
        tol *= linalg.norm(r0)
        i = build.constant(0, dtypes.int32)
        _, state = while_loop.while_loop(unfinished, step, [i, CGState(i, x, r0, p0, gamma0)])
        return CGState(state.i, array.squeeze(state.x), array.squeeze(state.r), array.squeeze(state.p), state.gamma)


def cgls(operator, rhs, tol=1e-6, max_iter=20, name="cgls"):
    """Solves A x = b in the least squares, by conjugate gradients of the normal equations; as `conjugate_gradient`.

    Source: Bjorck, "Numerical methods for least squares problems" (1996), algorithm 7.4.1.
    """

    def unfinished(i, state):
        return compare.logical_and(i < max_iter, state.gamma > tol)

    def step(i, state):
        q = operator.apply(state.p)
        alpha = state.gamma / l2norm_squared(q)
        x = state.x + alpha * state.p
        r = state.r - alpha * q
        s = operator.apply_adjoint(r)
        gamma = l2norm_squared(s)
        beta = gamma / state.gamma
        return i + 1, CGLSState(i + 1, x, r, s + beta * state.p, gamma)

    with build.name_scope(name):
        n = operator.shape[1:]
        rhs = array.expand_dims(rhs, -1)
        s0 = operator.apply_adjoint(rhs)
        gamma0 = l2norm_squared(s0)
        tol = tol * tol * gamma0
        x = array.expand_dims(array.zeros(n, dtype=rhs.dtype.base_dtype), -1)
        i = build.constant(0, dtypes.int32)
        _, state = while_loop.while_loop(unfinished, step, [i, CGLSState(i, x, rhs, s0, gamma0)])
        return CGLSState(state.i, array.squeeze(state.x), array.squeeze(state.r), array.squeeze(state.p), state.gamma)


def lanczos_bidiag(operator, k, orthogonalize=True, starting_vector=None, name="lanczos_bidiag"):
    """`k` steps of a bidiagonalization: A V = U B, with B lower bidiagonal.

    Args:
        orthogonalize: whether the columns are made orthogonal again at each step.
        starting_vector: column `[m, 1]`; random when None.

    Returns:
        LanczosBidiagState: u `[m, k + 1]`, v `[n, k]`, alpha `[k]` on the diagonal, beta `[k]` below it.

    Source: Golub, Kahan, "Calculating the singular values and pseudo-inverse of a matrix" (1965).
    """

    def column(store, i):
        return array.expand_dims(store.read(i), -1)

    def put(store, value, i):
        return store.write(i, array.squeeze(value))

    def subtract(j, basis, v):
        dims, vector = v.get_shape(), column(basis, j)
        v -= matmul.matmul(vector, v, adjoint_a=True) * vector
        v.set_shape(dims)
        return j + 1, basis, v

    def once(i, basis, v):
        j = build.constant(0, dtypes.int32)
        _, _, v = while_loop.while_loop(lambda j, basis, v: j < i, subtract, [j, basis, v])
        return l2normalize(v)

    def orthogonal(i, basis, v):
        before = l2norm(v)
        made, norm = once(i, basis, v)
        return control_flow.cond(norm < 0.7071 * before, lambda: once(i, basis, v), lambda: (made, norm))

    def normalized(i, basis, v):
        return orthogonal(i, basis, v) if orthogonalize else l2normalize(v)

    def step(i, state):
        u = column(state.u, i)
        r = operator.apply_adjoint(u)
        dims = r.get_shape()
        r = control_flow.cond(i > 0, lambda: r - state.beta.read(i - 1) * column(state.v, i - 1), lambda: r)
        r.set_shape(dims)
        v, alpha = normalized(i - 1, state.v, r)
        u, beta = normalized(i, state.u, operator.apply(v) - alpha * u)
        return i + 1, LanczosBidiagState(
            put(state.u, u, i + 1), put(state.v, v, i), state.alpha.write(i, alpha), state.beta.write(i, beta)
        )

    with build.name_scope(name):
        dtype = operator.dtype
        if starting_vector is None:
            starting_vector = random.random_uniform(operator.shape[:1], -1, 1, dtype=dtype)
        u0, _ = l2normalize(starting_vector)
        rows, columns = operator.shape if isinstance(operator.shape, (list, tuple)) else (None, None)
        stores = {
            key: tensor_array.TensorArray(
                dtype, size=size, tensor_array_name=key, clear_after_read=False, element_shape=dims
            )
            for key, size, dims in (("u", k + 1, [rows]), ("v", k, [columns]), ("alpha", k, []), ("beta", k, []))
        }
        stores["u"] = put(stores["u"], u0, 0)
        i = build.constant(0, dtypes.int32)
        _, state = while_loop.while_loop(lambda i, _: i < k, step, [i, LanczosBidiagState(**stores)])
        u, v = rearrange.matrix_transpose(state.u.stack()), rearrange.matrix_transpose(state.v.stack())
        return LanczosBidiagState(u, v, state.alpha.stack(), state.beta.stack())


def bidiag_matmul(matrix, alpha, beta, adjoint_b=False, name="bidiag_matmul"):
    """A matrix times the lower bidiagonal one of `alpha` and `beta`, or its adjoint."""
    with build.name_scope(name):
        alpha = array.expand_dims(alpha, 0)
        if not adjoint_b:
            beta = array.expand_dims(beta, 0)
            return matrix[:, :-1] * alpha + matrix[:, 1:] * beta
        beta = array.expand_dims(beta[:-1], 0)
        column = array.expand_dims(array.zeros(array.shape(matrix)[:1], dtype=matrix.dtype), 1)
        return matrix * alpha + array.concat([column, matrix[:, :-1] * beta], 1)
