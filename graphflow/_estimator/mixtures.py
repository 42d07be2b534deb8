"""Mixtures of Gaussians in a graph, by expectation and maximization.

Source: Dempster, Laird, Rubin, "Maximum likelihood from incomplete data via the EM algorithm" (1977); Bishop, PRML (2006), 9.2.2.
"""

from __future__ import annotations

import numpy as np

from graphflow._core import dtypes
from graphflow._graph import build, tensor
from graphflow._graph import graph as graph_lib
from graphflow._ops import (
    array,
    asserts,
    diagonal,
    embedding,
    grouping,
    joining,
    linalg,
    math,
    matmul,
    random,
    rearrange,
    reduce,
    running,
    state,
    unary,
    variable,
)  # fmt: skip

FULL_COVARIANCE, DIAG_COVARIANCE = "full", "diag"
_TINY = np.finfo(float).eps


class GmmAlgorithm:
    """The graph of one step of expectation and maximization.

    Args:
        data: a list of float tensors `[points, dimensions]`.
        num_classes: int, how many Gaussians.
        initial_means: a tensor `[num_classes, dimensions]`; points drawn from the data where None.
        params: which parameters are trained: any of "w" (weights), "m" (means; they move only together with covariances, as in
            TensorFlow) and "c" (covariances).
        covariance_type: "full" or "diag".
        random_seed: of the points that are drawn.

    Raises:
        ValueError: another type of covariance.
    """

    CLUSTERS_WEIGHT, CLUSTERS_VARIABLE, CLUSTERS_COVS_VARIABLE = "alphas", "clusters", "clusters_covs"

    def __init__(
        self, data, num_classes, initial_means=None, params="wmc", covariance_type=FULL_COVARIANCE, random_seed=0
    ):  # fmt: skip
        if covariance_type not in (DIAG_COVARIANCE, FULL_COVARIANCE):
            raise ValueError(f"programmer error: Invalid covariance type: {covariance_type}")
        self._params, self._is_full, self._seed = params, covariance_type == FULL_COVARIANCE, random_seed
        self._number = num_classes
        self._dimensions = array.shape(data[0])[1]
        # Keeps covariances invertible.
        self._min_var = diagonal.diag(array.ones(joining.stack([self._dimensions]))) * 1e-3
        nothing = build.constant([], dtype=dtypes.float32)
        self._means = variable.Variable(nothing, name=self.CLUSTERS_VARIABLE, validate_shape=False)
        self._covs = variable.Variable(nothing, name=self.CLUSTERS_COVS_VARIABLE, validate_shape=False)
        even = rearrange.tile([1.0 / num_classes], [num_classes])
        self._alpha = variable.Variable(even, name=self.CLUSTERS_WEIGHT, validate_shape=False)
        self._is_set = variable.Variable(False, dtype=dtypes.bool, name="initialized")
        self._init_ops = self._first_values(data, initial_means)
        expected = [self._expect(points) for points in data]
        self._priors, self._shares = [found[0] for found in expected], [found[1] for found in expected]
        self._train_ops = self._maximize(data)
        per_input = [reduce.reduce_logsumexp(prior) for prior in self._priors]
        self._log_likelihood = reduce.reduce_logsumexp(joining.stack(per_input))
        joint = [prior + unary.log(share) for prior, share in zip(self._priors, self._shares, strict=True)]
        per_point = [reduce.reduce_logsumexp(one, axis=1, keepdims=True) for one in joint]
        self._scores = array.concat(per_point, 0) if len(data) > 1 else per_point[0]

    def init_ops(self):
        """The operation that sets the first means and covariances."""
        return grouping.group(*self._init_ops)

    def training_ops(self):
        """The training step."""
        return grouping.group(*self._train_ops)

    def is_initialized(self):
        """Whether the first values are set, a bool variable."""
        return self._is_set

    def alphas(self):
        """The weights `[num_classes]`."""
        return self._alpha

    def clusters(self):
        """The means `[num_classes, 1, dimensions]`."""
        return self._means

    def covariances(self):
        """The covariances `[num_classes, dimensions, dimensions]`, or `[num_classes, dimensions]`."""
        return self._covs

    def assignments(self):
        """A list of the most likely Gaussian of each point, int64 `[points]`."""
        return [running.argmax(share, 1) for share in self._shares]

    def scores(self):
        """The log likelihood of each point, `[points, 1]`."""
        return self._scores

    def log_likelihood_op(self):
        """The log of the sum of all likelihoods, as TensorFlow reports it."""
        return self._log_likelihood

    # -- the first values ------------------------------------------------------------------------------------------------

    def _first_values(self, data, initial_means):
        means = array.expand_dims(self._drawn(data) if initial_means is None else initial_means, 1)
        covariance = _covariance(data[0], not self._is_full) + self._min_var
        if self._is_full:
            covs = rearrange.tile(array.expand_dims(covariance, 0), [self._number, 1, 1])
        else:
            covs = rearrange.tile(array.expand_dims(diagonal.diag_part(covariance), 0), [self._number, 1])
        set_values = [
            state.assign(self._means, means, validate_shape=False),
            state.assign(self._covs, covs, validate_shape=False),
        ]
        with graph_lib.get_default_graph().control_dependencies(set_values):
            return [state.assign(self._is_set, True)]

    def _drawn(self, data):
        points = math.add_n([array.shape(x)[0] for x in data])
        with graph_lib.get_default_graph().control_dependencies([asserts.assert_less_equal(self._number, points)]):
            many = math.cast(points, dtypes.int64)
            rows = random.random_uniform([self._number], minval=0, maxval=many, seed=self._seed, dtype=dtypes.int64)
        return embedding.embedding_lookup(data, rows % math.cast(points, dtypes.int64), partition_strategy="div")

    # -- expectation -----------------------------------------------------------------------------------------------------

    def _expect(self, points):
        """(log likelihood of each point `[points, 1]`, share of each Gaussian in it `[points, num_classes]`)."""
        points = array.expand_dims(points, 0)
        likely = self._full_log_probs(points) if self._is_full else self._diagonal_log_probs(points)
        likely += unary.log(self._alpha)
        prior = reduce.reduce_logsumexp(likely, axis=1, keepdims=True)
        shares = unary.exp(array.expand_dims(likely, 0) - prior)
        return prior, array.reshape(shares, joining.stack([array.shape(points)[1], self._number]))

    def _full_log_probs(self, points):
        away = points - self._means
        root = linalg.cholesky(self._covs + self._min_var)
        log_det = 2.0 * reduce.reduce_sum(unary.log(diagonal.matrix_diag_part(root)), 1)
        white = linalg.matrix_triangular_solve(root, rearrange.transpose(away, perm=[0, 2, 1]), lower=True)
        squares = rearrange.transpose(reduce.reduce_sum(unary.square(white), 1))
        return -0.5 * (squares + math.cast(self._dimensions, dtypes.float32) * np.float32(np.log(2 * np.pi)) + log_det)

    def _diagonal_log_probs(self, points):
        log_det = reduce.reduce_sum(unary.log(self._covs + 1e-3), 1, keepdims=True)
        away = math.squared_difference(points, self._means)
        weighed = matmul.matmul(away, array.expand_dims(1.0 / (self._covs + 1e-3), 2))
        squares = rearrange.transpose(array.squeeze(weighed, [2]))
        constant = math.cast(self._dimensions, dtypes.float32) * np.float32(np.log(2 * np.pi))
        return -0.5 * (constant + rearrange.transpose(log_det) + squares)

    # -- maximization ----------------------------------------------------------------------------------------------------

    def _maximize(self, data):
        """The operations that move what is trained: weights, means, then covariances about the new means."""
        counts, sums, products = [], [], []
        for points, share in zip(data, self._shares, strict=True):
            counts.append(reduce.reduce_sum(share, 0))
            sums.append(array.expand_dims(matmul.matmul(share, points, transpose_a=True), 1))
            weighed = array.expand_dims(rearrange.transpose(share), 1) * rearrange.transpose(points)
            every = rearrange.tile(array.expand_dims(points, 0), [self._number, 1, 1])
            products.append(matmul.matmul(weighed, every))
        train_ops, graph = [], graph_lib.get_default_graph()
        with graph.control_dependencies(self._shares):
            count = math.add_n(counts)
        if "w" in self._params:
            per_input = count / len(data)
            train_ops.append(state.assign(self._alpha, per_input / (reduce.reduce_sum(per_input) + _TINY)))
        below = array.reshape(count, [self._number, 1, 1]) + _TINY
        moved = []
        if "m" in self._params:
            moved.append(state.assign(self._means, math.div(math.add_n(sums), below), validate_shape=False))
        with graph.control_dependencies(moved):
            means = self._means.read_value()
            covs = math.add_n(products) / below - matmul.matmul(means, means, transpose_a=True) + self._min_var
            if not self._is_full:
                covs = diagonal.matrix_diag_part(covs)
            if "c" in self._params:
                train_ops.append(state.assign(self._covs, covs, validate_shape=False))
        return train_ops


def _covariance(points, is_diagonal):
    """The covariance `[dimensions, dimensions]` of points, or its diagonal `[1, dimensions]`."""
    number = math.cast(array.shape(points)[0], dtypes.float32)
    points -= reduce.reduce_mean(points, 0, keepdims=True)
    if is_diagonal:
        return reduce.reduce_sum(unary.square(points), 0, keepdims=True) / (number - 1)
    return matmul.matmul(points, points, transpose_a=True) / (number - 1)


def gmm(inp, initial_clusters, num_clusters, random_seed, covariance_type=FULL_COVARIANCE, params="wmc"):
    """The graph of a mixture of Gaussians.

    Args:
        inp: a float tensor `[points, dimensions]`, or a list of them.
        initial_clusters: "random", or means `[num_clusters, dimensions]`.
        num_clusters, random_seed, covariance_type, params: as of GmmAlgorithm.

    Returns:
        (log likelihood, that of each point, [the Gaussians of the points: a list], training step, operation that sets the first
        values, whether they are set).
    """
    means = None
    if isinstance(initial_clusters, tensor.Tensor):
        means = initial_clusters
    elif not (isinstance(initial_clusters, str) and initial_clusters == "random"):
        means = build.constant(initial_clusters, dtype=dtypes.float32)
    inputs = inp if isinstance(inp, list) else [inp]
    made = GmmAlgorithm(inputs, num_clusters, means, params, covariance_type, random_seed)
    return (
        made.log_likelihood_op(), made.scores(), [made.assignments()], made.training_ops(), made.init_ops(),
        made.is_initialized(),
    )  # fmt: skip
