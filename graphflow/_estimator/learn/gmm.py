"""Mixtures of Gaussians as an estimator."""

from __future__ import annotations

import numpy as np

from graphflow._contrib import model_variables
from graphflow._core import dtypes
from graphflow._estimator import kmeans, mixtures
from graphflow._estimator.learn import estimator
from graphflow._estimator.learn import model_fn_ops as ops_lib
from graphflow._graph import build
from graphflow._ops import array, grouping, joining, state
from graphflow._train import global_step


class GMM(estimator.Estimator):
    """A mixture of Gaussians.

    Args:
        num_clusters: int, how many Gaussians.
        model_dir, config: as of Estimator.
        random_seed, params, initial_clusters, covariance_type: as of `tf.contrib.factorization.gmm`.

    The features are one tensor `[points, dimensions]`, or a dict of such, joined in the order of their keys; no labels.
    """

    SCORES, LOG_LIKELIHOOD, ASSIGNMENTS = "scores", "loss", "assignments"

    def __init__(
        self, num_clusters, model_dir=None, random_seed=0, params="wmc", initial_clusters="random", covariance_type="full",
        config=None,
    ):  # fmt: skip
        def model_fn(features, labels, mode, config):
            if labels is not None:
                raise ValueError(f"GMM takes no labels, and the input function gave {labels}; return (features, None)")
            if isinstance(features, dict):
                features = array.concat([features[key] for key in sorted(features)], 1)
            loss, scores, assignments, step, init_op, is_set = mixtures.gmm(
                features, initial_clusters, num_clusters, random_seed, covariance_type, params
            )
            counted = state.assign_add(global_step.get_global_step(), 1)
            total = model_variables.local_variable(build.constant(0.0))
            measured = {self.SCORES: _last(scores), self.LOG_LIKELIHOOD: (total, state.assign_add(total, loss))}
            return ops_lib.ModelFnOps(
                mode, {self.ASSIGNMENTS: assignments[0][0]}, loss, grouping.with_dependencies([step, counted], loss), measured,
                training_hooks=[kmeans.InitializeHook(init_op, is_set)],
            )  # fmt: skip

        super().__init__(model_fn, model_dir, config)

    def predict_assignments(self, input_fn=None, batch_size=None, outputs=None):
        """Yields the number of the most likely Gaussian of each point."""
        for found in self.predict(input_fn=input_fn, batch_size=batch_size, outputs=outputs):
            yield found[self.ASSIGNMENTS]

    def score(self, input_fn=None, batch_size=None, steps=None):
        """The log of the sum of the likelihoods of the points of the last batch."""
        found = self.evaluate(input_fn=input_fn, batch_size=batch_size, steps=steps)
        return np.log(np.sum(np.exp(found[self.SCORES])))

    def weights(self):
        """The weights `[num_clusters]`."""
        return self.get_variable_value(mixtures.GmmAlgorithm.CLUSTERS_WEIGHT)

    def clusters(self):
        """The means `[num_clusters, dimensions]`."""
        return np.squeeze(self.get_variable_value(mixtures.GmmAlgorithm.CLUSTERS_VARIABLE), 1)

    def covariances(self):
        """The covariances `[num_clusters, dimensions, dimensions]`, or their diagonals."""
        return self.get_variable_value(mixtures.GmmAlgorithm.CLUSTERS_COVS_VARIABLE)


def _last(scores):
    """(value, update) of the scores of the last batch, whose size may change."""
    nothing = array.zeros([0, 1], dtype=dtypes.float32)
    kept = model_variables.local_variable(nothing, validate_shape=False)
    return kept, state.assign(kept, scores, validate_shape=False)
