"""The Kalman filter, for batches of series.

Source: Kalman, "A new approach to linear filtering and prediction problems" (1960); Bucy and Joseph, "Filtering for stochastic
processes" (1968), for the form of the covariance that stays positive.
"""

from __future__ import annotations

import numpy as np

from graphflow._graph import build
from graphflow._ops import (
    array,
    choosing,
    compare,
    diagonal,
    eye,
    linalg,
    math,
    matmul,
    rearrange,
    reduce,
    unary,
    while_loop,
)  # fmt: skip

_LARGEST_RATIO = 1e6  # of the variances of a state before it is filtered


def advanced(mean, covariance, transition, noise):
    """(mean `[batch, size]`, covariance `[batch, size, size]`) of states after a transition with noise."""
    return _times(transition, mean), _around(transition, covariance) + noise


def observed(mean, covariance, observation, noise):
    """(mean, covariance) of what is observed of states; observation `[features, size]`, noise `[features, features]`."""
    model = _like(observation, mean)
    return _times(model, mean), _around(model, covariance) + noise


def filtered(mean, covariance, value, observation, noise, predicted, predicted_covariance):
    """(mean, covariance, log density of `value`) of states after an observation that was predicted to have such moments."""
    variances = diagonal.matrix_diag_part(covariance)
    least = reduce.reduce_max(variances, axis=-1, keepdims=True) / _LARGEST_RATIO
    covariance = diagonal.matrix_set_diag(covariance, math.maximum(variances, least))
    model, residual = _like(observation, mean), value - predicted
    symmetric = 0.5 * (predicted_covariance + rearrange.matrix_transpose(predicted_covariance))
    log_prob = _log_density(residual, linalg.cholesky(symmetric))
    crossed = matmul.matmul(model, covariance, transpose_b=True)
    gain = linalg.matrix_solve(predicted_covariance, crossed, adjoint=True)  # transposed
    left = eye.eye(mean.get_shape()[1].value, dtype=mean.dtype) - matmul.matmul(gain, model, transpose_a=True)
    noise = _like(noise, mean)
    new = _around(left, covariance) + matmul.matmul(matmul.matmul(gain, noise, transpose_a=True), gain)
    return mean + _times(rearrange.matrix_transpose(gain), residual), new, log_prob


def powers(transition, noise, steps):
    """The transition over so many steps, and the noise that has come together by then.

    Args:
        transition, noise: `[size, size]` of one step; steps: integers `[batch, time]`.

    Returns:
        two tensors `[batch, time, size, size]`.
    """
    size = transition.get_shape()[0].value
    shape = array.concat([array.shape(steps), [size, size]], 0)
    none = array.zeros(shape, dtype=transition.dtype)

    def body(left, base, base_noise, done, done_noise):
        """Takes the step where the number of steps has this binary digit, and doubles it."""
        is_taken = array.expand_dims(array.expand_dims(compare.equal(left % 2, 1), -1), -1)
        many = array.zeros_like(done) + base
        done, done_noise = (
            choosing.where_v2(is_taken, matmul.matmul(many, done), done),
            choosing.where_v2(is_taken, _around(many, done_noise) + base_noise, done_noise),
        )
        return left // 2, matmul.matmul(base, base), _around(base, base_noise) + base_noise, done, done_noise

    first = [steps, transition, noise, none + eye.eye(size, dtype=transition.dtype), none]
    found = while_loop.while_loop(lambda left, *_: reduce.reduce_any(compare.greater(left, 0)), body, first)[3:]
    for t in found:
        t.set_shape([*steps.get_shape().as_list(), size, size])
    return found


def block_diagonal(matrices):
    """Matrices along the diagonal of one."""
    columns, before, rows = sum(m.get_shape()[1].value for m in matrices), 0, []
    for matrix in matrices:
        width = matrix.get_shape()[1].value
        rows.append(rearrange.pad(matrix, [[0, 0], [before, columns - before - width]]))
        before += width
    return array.concat(rows, 0)


def _log_density(residual, root):
    """Of a normal distribution with this Cholesky factor."""
    white = array.squeeze(linalg.matrix_triangular_solve(root, array.expand_dims(residual, -1)), axis=[-1])
    log_det = 2.0 * reduce.reduce_sum(unary.log(diagonal.matrix_diag_part(root)), axis=-1)
    constant = build.constant(root.get_shape()[-1].value * np.log(2.0 * np.pi), dtype=residual.dtype)
    return -0.5 * (reduce.reduce_sum(unary.square(white), axis=-1) + constant + log_det)


def _times(matrix, vector):
    return array.squeeze(matmul.matmul(matrix, array.expand_dims(vector, -1)), axis=[-1])


def _around(matrix, covariance):
    return matmul.matmul(matmul.matmul(matrix, covariance), matrix, transpose_b=True)


def _like(matrix, vectors):
    """A matrix for each of a batch of vectors."""
    return rearrange.tile(array.expand_dims(matrix, 0), array.concat([array.shape(vectors)[:1], [1, 1]], 0))
