"""Rules of `_ops/linalg.py` and `_ops/spectral.py`."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from scipy import linalg as scipy_linalg

from graphflow._lowering import rule
from graphflow._ops import spectral


def _adjoint(x):
    return jnp.conj(jnp.swapaxes(x, -1, -2))


def _wide(function):
    """A rule that computes half precision in float32: there are no decompositions of it."""

    def emit(ctx, op, *inputs):
        half = inputs[0].dtype == np.float16
        outputs = function(ctx, op, *[jnp.asarray(x, np.float32 if half else None) for x in inputs])
        if not half:
            return outputs
        return jax.tree.map(lambda x: x.astype(np.float16) if x.dtype == np.float32 else x, outputs)

    return emit


def _guard_finite(ctx, op, inputs, output, message):
    """Fails where finite matrices gave a result that is not finite."""
    failed = ~jnp.isfinite(output).all()
    for x in inputs:
        failed &= jnp.isfinite(x).all()
    ctx.guard(failed, op, message)


def _cholesky(ctx, op, x):
    # Only the lower triangle is read, but the gradient is spread over both, as TensorFlow's is.
    half = (x + _adjoint(x)) / 2
    mirrored = jnp.tril(x) + _adjoint(jnp.tril(x, -1))
    factor = lax.linalg.cholesky(lax.stop_gradient(mirrored) + (half - lax.stop_gradient(half)), symmetrize_input=False)
    failed = jnp.isnan(factor).any()
    ctx.guard(failed, op, "Cholesky decomposition was not successful. The input might not be valid.")
    return factor


def _inverse(ctx, op, x):
    inverse = jnp.linalg.inv(_adjoint(x) if op.attrs["adjoint"] else x)
    _guard_finite(ctx, op, [x], inverse, "Input is not invertible.")
    return inverse


def _solve(ctx, op, a, b):
    solution = jnp.linalg.solve(_adjoint(a) if op.attrs["adjoint"] else a, b)
    _guard_finite(ctx, op, [a, b], solution, "Input matrix is not invertible.")
    return solution


def _triangular_solve(ctx, op, a, b):
    singular = (jnp.diagonal(a, axis1=-2, axis2=-1) == 0).any()
    ctx.guard(singular, op, "Input matrix is not invertible.")
    adjoint = op.attrs["adjoint"]
    return lax.linalg.triangular_solve(
        a, b, left_side=True, lower=op.attrs["lower"], transpose_a=adjoint, conjugate_a=adjoint
    )


def _solve_ls(ctx, op, a, b, l2_regularizer):
    """By the normal equations when fast, else by the pseudo-inverse: the shortest solution."""
    if not op.attrs["fast"]:
        return jnp.matmul(jnp.linalg.pinv(a), b)
    tall = a.shape[-2] >= a.shape[-1]
    gramian = jnp.matmul(_adjoint(a), a) if tall else jnp.matmul(a, _adjoint(a))
    gramian = gramian + jnp.asarray(l2_regularizer, a.dtype) * jnp.eye(gramian.shape[-1], dtype=a.dtype)
    if tall:
        return jnp.linalg.solve(gramian, jnp.matmul(_adjoint(a), b))
    return jnp.matmul(_adjoint(a), jnp.linalg.solve(gramian, b))


def _log_determinant(ctx, op, x):
    sign, logarithm = jnp.linalg.slogdet(x)
    return sign.astype(x.dtype), logarithm.astype(x.dtype)


def _qr(ctx, op, x):
    q, r = jnp.linalg.qr(x, mode="complete" if op.attrs["full_matrices"] else "reduced")
    return q, r


def _svd(ctx, op, x):
    if not op.attrs["compute_uv"]:
        empty = jnp.zeros(0, x.dtype)
        return jnp.linalg.svd(x, compute_uv=False).astype(x.dtype), empty, empty
    u, s, vh = jnp.linalg.svd(x, full_matrices=op.attrs["full_matrices"])
    return s.astype(x.dtype), u, _adjoint(vh)


def _eigh(ctx, op, x):
    whole = jnp.tril(x) + _adjoint(jnp.tril(x, -1))
    if not op.attrs["compute_v"]:
        return jnp.linalg.eigvalsh(whole, symmetrize_input=False).astype(x.dtype), jnp.zeros(0, x.dtype)
    values, vectors = jnp.linalg.eigh(whole, symmetrize_input=False)
    return values.astype(x.dtype), vectors


def _lu(ctx, op, x):
    both, _, order = lax.linalg.lu(x)
    return both, order.astype(op.attrs["output_idx_type"].as_numpy_dtype)


def _one_by_one(function_name):
    """A rule by SciPy, matrix after matrix."""

    def emit(ctx, op, x):
        matrices = x.reshape((-1, *x.shape[-2:]))
        function = getattr(scipy_linalg, function_name)
        results = [np.asarray(function(m)) for m in matrices]
        results = [r if np.iscomplexobj(x) else _real(op, r) for r in results]
        return np.asarray(results, x.dtype).reshape(x.shape)

    return rule.Host(emit, because="XLA has no such decomposition")


def _real(op, result):
    if np.iscomplexobj(result) and np.abs(result.imag).max(initial=0) > 1e-6 * np.abs(result).max(initial=1):
        raise ValueError("the matrix has no real root: its eigenvalues are not all positive")
    return result.real


def _fourier(ctx, op, x):
    rank = spectral.rank_of(op.type)
    transform = jnp.fft.ifftn if op.type.startswith("I") else jnp.fft.fftn
    return transform(x, axes=range(-rank, 0)).astype(x.dtype)


def _real_fourier(ctx, op, x, fft_length):
    rank, back = spectral.rank_of(op.type), op.type.startswith("I")
    length = fft_length.tolist()
    needed = [n // 2 + 1 if back and i == rank - 1 and n else n for i, n in enumerate(length)]
    if x.ndim < rank or any(have < need for have, need in zip(x.shape[x.ndim - rank :], needed)):
        raise ValueError(f"Input {list(x.shape)} must have at least {needed} elements in its last axes")
    transform = jnp.fft.irfftn if back else jnp.fft.rfftn
    return transform(x, s=length, axes=range(-rank, 0)).astype(np.float32 if back else np.complex64)


RULES = {
    "Cholesky": rule.Compiled(_wide(_cholesky), guards=True),
    "MatrixInverse": rule.Compiled(_wide(_inverse), guards=True),
    "MatrixSolve": rule.Compiled(_wide(_solve), guards=True),
    "MatrixTriangularSolve": rule.Compiled(_wide(_triangular_solve), guards=True),
    "MatrixSolveLs": rule.Compiled(_solve_ls),
    "MatrixDeterminant": rule.Compiled(_wide(lambda ctx, op, x: jnp.linalg.det(x))),
    "LogMatrixDeterminant": rule.Compiled(_wide(_log_determinant)),
    "Qr": rule.Compiled(_wide(_qr)),
    "Svd": rule.Compiled(_wide(_svd)),
    "SelfAdjointEigV2": rule.Compiled(_wide(_eigh)),
    "Lu": rule.Compiled(_wide(_lu)),
    "MatrixSquareRoot": _one_by_one("sqrtm"),
    "MatrixLogarithm": _one_by_one("logm"),
    **{name: rule.Compiled(_fourier) for name in ("FFT", "FFT2D", "FFT3D", "IFFT", "IFFT2D", "IFFT3D")},
    **{
        name: rule.Compiled(_real_fourier, static=(1,))
        for name in ("RFFT", "RFFT2D", "RFFT3D", "IRFFT", "IRFFT2D", "IRFFT3D")
    },
}
