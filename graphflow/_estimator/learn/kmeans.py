"""K-means, with the methods of `tf.contrib.learn.Estimator`."""

from __future__ import annotations

import numpy as np

from graphflow._estimator import clustering, kmeans
from graphflow._estimator.learn import estimator
from graphflow._estimator.learn import model_fn_ops as ops_lib
from graphflow._layers import metrics


class KMeansClustering(estimator.Estimator):
    """K-means; arguments as of `tf.contrib.factorization.KMeansClustering`."""

    SQUARED_EUCLIDEAN_DISTANCE, COSINE_DISTANCE = clustering.SQUARED_EUCLIDEAN_DISTANCE, clustering.COSINE_DISTANCE
    RANDOM_INIT, KMEANS_PLUS_PLUS_INIT = clustering.RANDOM_INIT, clustering.KMEANS_PLUS_PLUS_INIT
    SCORES, CLUSTER_IDX, CLUSTERS, ALL_SCORES = "scores", "cluster_idx", "clusters", "all_scores"

    def __init__(
        self, num_clusters, model_dir=None, initial_clusters=clustering.RANDOM_INIT,
        distance_metric=clustering.SQUARED_EUCLIDEAN_DISTANCE, random_seed=0, use_mini_batch=True,
        mini_batch_steps_per_iteration=1, kmeans_plus_plus_num_retries=2, relative_tolerance=None, config=None,
    ):  # fmt: skip
        made = kmeans.KMeansClustering(
            num_clusters, model_dir, initial_clusters, distance_metric, random_seed, use_mini_batch,
            mini_batch_steps_per_iteration, kmeans_plus_plus_num_retries, relative_tolerance, config,
        )  # fmt: skip

        def model_fn(features, labels, mode, config):
            spec = made.model_fn(features, None, mode, config)
            predicted = {
                self.ALL_SCORES: spec.predictions[made.ALL_DISTANCES], self.CLUSTER_IDX: spec.predictions[made.CLUSTER_INDEX],
            }  # fmt: skip
            measured = {self.SCORES: metrics.mean(spec.loss)}
            return ops_lib.ModelFnOps(
                mode, predicted, spec.loss, spec.train_op, measured, training_hooks=spec.training_hooks
            )

        super().__init__(model_fn, made.model_dir, config)

    def predict_cluster_idx(self, input_fn=None):
        """Yields the number of the nearest centre of each point."""
        for found in self.predict(input_fn=input_fn, outputs=[self.CLUSTER_IDX]):
            yield found[self.CLUSTER_IDX]

    def score(self, input_fn=None, steps=None):
        """The sum of the distances of the points to their centres."""
        return np.sum(self.evaluate(input_fn=input_fn, steps=steps)[self.SCORES])

    def transform(self, input_fn=None, as_iterable=False):
        """The distances of the points to all centres."""
        found = self.predict(input_fn=input_fn, outputs=[self.ALL_SCORES], as_iterable=as_iterable)
        return found if as_iterable else found[self.ALL_SCORES]

    def clusters(self):
        """The centres `[clusters, dimensions]`."""
        return self.get_variable_value(self.CLUSTERS)
