"""Normal distributions of vectors whose components depend on one another."""

from __future__ import annotations

import math as numbers

from graphflow._core import dtypes
from graphflow._graph import build
from graphflow._layers.distributions import distribution, normal
from graphflow._ops import array, diagonal, linalg, matmul, random, rearrange, reduce, unary


class MultivariateNormalTriL(distribution.VectorDistribution):
    """A normal distribution of vectors, `loc + scale_tril @ normal numbers`.

    Args:
        loc: the mean [..., k], 0 where None.
        scale_tril: lower triangular [..., k, k] with a positive diagonal; the covariance is scale_tril @ scale_tril^T.

    Raises:
        ValueError: there is no `scale_tril`.
    """

    def __init__(
        self, loc=None, scale_tril=None, validate_args=False, allow_nan_stats=True, name="MultivariateNormalTriL"
    ):  # fmt: skip
        parameters = dict(locals())
        if scale_tril is None:
            raise ValueError(f"{type(self).__name__} needs scale_tril: for a diagonal use MultivariateNormalDiag")
        with build.name_scope(name, None, [loc, scale_tril]) as name:
            scale = build.convert_to_tensor(scale_tril, name="scale_tril", preferred_dtype=dtypes.float32)
            self._scale = diagonal.matrix_band_part(scale, -1, 0)
            zeros = array.zeros_like(self._scale[..., 0])
            self._loc = zeros if loc is None else zeros + build.convert_to_tensor(loc, scale.dtype, name="loc")
        super().__init__(
            scale.dtype, distribution.FULLY_REPARAMETERIZED, validate_args, allow_nan_stats, parameters,
            [self._loc, self._scale], name,
        )  # fmt: skip

    loc = property(lambda self: self._loc, doc="The mean.")
    scale_tril = property(lambda self: self._scale, doc="The lower triangular factor of the covariance.")

    _like = property(lambda self: self._loc)

    def _sample_n(self, n, seed=None):
        shape = array.concat([[n], array.shape(self._loc)], 0)
        drawn = random.random_normal(shape, dtype=self.dtype, seed=seed)[..., None]
        return matmul.matmul(self._scale, drawn)[..., 0] + self._loc

    def _log_det(self):
        return reduce.reduce_sum(unary.log(unary.abs(diagonal.matrix_diag_part(self._scale))), -1)

    def _size(self):
        return build.convert_to_tensor(float(self._loc.shape.as_list()[-1]), self.dtype)

    def _log_prob(self, x):
        difference = (x - self._loc)[..., None]
        z = linalg.matrix_triangular_solve(*_same_batch(self._scale, difference))[..., 0]
        constant = 0.5 * self._size() * numbers.log(2 * numbers.pi)
        return -0.5 * reduce.reduce_sum(unary.square(z), -1) - constant - self._log_det()

    def _entropy(self):
        constant = 0.5 * self._size() * (1.0 + numbers.log(2 * numbers.pi))
        return constant + self._log_det() + array.zeros_like(self._loc[..., 0])

    def _mean(self):
        return array.identity(self._loc)

    _mode = _mean

    def _covariance(self):
        return matmul.matmul(self._scale, self._scale, transpose_b=True)

    def _variance(self):
        return reduce.reduce_sum(unary.square(self._scale), -1)


class MultivariateNormalFullCovariance(MultivariateNormalTriL):
    """A normal distribution of vectors.

    Args:
        loc: the mean [..., k], 0 where None.
        covariance_matrix: positive definite [..., k, k]; the unit matrix where None.

    Raises:
        ValueError: neither was given.
    """

    def __init__(
        self, loc=None, covariance_matrix=None, validate_args=False, allow_nan_stats=True,
        name="MultivariateNormalFullCovariance",
    ):  # fmt: skip
        if loc is None and covariance_matrix is None:
            raise ValueError("Must specify one of `loc` or `covariance_matrix`: they tell the size of the vectors")
        with build.name_scope(name, None, [loc, covariance_matrix]) as name:
            if covariance_matrix is None:
                scale = diagonal.matrix_diag(array.ones_like(build.convert_to_tensor(loc, name="loc")))
            else:
                scale = linalg.cholesky(build.convert_to_tensor(covariance_matrix, name="covariance_matrix"))
        super().__init__(loc, scale, validate_args, allow_nan_stats, name)
        self._parameters = {
            "loc": loc, "covariance_matrix": covariance_matrix, "validate_args": validate_args,
            "allow_nan_stats": allow_nan_stats, "name": name,
        }  # fmt: skip


def _as_factor(dist):
    return dist.scale_tril if hasattr(dist, "scale_tril") else diagonal.matrix_diag(dist.scale_diag)


def _same_batch(a, b):
    """Two stacks of matrices with the batch axes of both."""
    batch = rearrange.broadcast_dynamic_shape(array.shape(a)[:-2], array.shape(b)[:-2])
    return [rearrange.broadcast_to(x, array.concat([batch, array.shape(x)[-2:]], 0)) for x in (a, b)]


def _divergence(a, b, name=None):
    with build.name_scope(name, "kl_mvn", [a.loc, b.loc]):
        factor_a, factor_b = _as_factor(a), _as_factor(b)
        difference = (b.loc - a.loc)[..., None]
        squares = (
            reduce.reduce_sum(unary.square(linalg.matrix_triangular_solve(*_same_batch(factor_b, x))), [-2, -1])
            for x in (factor_a, difference)
        )
        log_a, log_b = (
            reduce.reduce_sum(unary.log(unary.abs(diagonal.matrix_diag_part(f))), -1) for f in (factor_a, factor_b)
        )
        size = float(a.loc.shape.as_list()[-1])
        return log_b - log_a + 0.5 * (-size + sum(squares))


for _a in (MultivariateNormalTriL, normal.MultivariateNormalDiag):
    for _b in (MultivariateNormalTriL, normal.MultivariateNormalDiag):
        if MultivariateNormalTriL in (_a, _b):
            distribution.RegisterKL(_a, _b)(_divergence)
