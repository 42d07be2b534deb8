"""K-means as an estimator."""

from __future__ import annotations

import numpy as np

from graphflow._core import log
from graphflow._estimator import clustering, estimator, export_outputs, model_fn
from graphflow._graph import tensor
from graphflow._layers import metrics
from graphflow._layers.feature_columns import layers
from graphflow._ops import array, grouping, reduce, state, summaries
from graphflow._train import global_step
from graphflow._train.sessions import hook


class InitializeHook(hook.SessionRunHook):
    """Runs the operation that sets the first centres until they are set."""

    def __init__(self, init_op, is_set):
        self._init_op, self._is_set = init_op, is_set

    def after_create_session(self, session, coord):
        while not session.run(self._is_set):
            log.info("Initializing the centres of k-means.")
            session.run(self._init_op)


class _ToleranceHook(hook.SessionRunHook):
    """Stops when the loss changes by less than a share of itself."""

    def __init__(self, loss, tolerance):
        self._loss, self._tolerance, self._before = loss, tolerance, None

    def before_run(self, run_context):
        return hook.SessionRunArgs(self._loss)

    def after_run(self, run_context, run_values):
        loss = run_values.results
        if self._before is not None and abs(loss - self._before) / (1 + abs(self._before)) < self._tolerance:
            run_context.request_stop()
        self._before = loss


class KMeansClustering(estimator.Estimator):
    """K-means.

    Args:
        num_clusters, initial_clusters, distance_metric, random_seed, use_mini_batch, mini_batch_steps_per_iteration,
            kmeans_plus_plus_num_retries: as of `tf.contrib.factorization.KMeans`; random first centres when None.
        model_dir, config: as of Estimator.
        relative_tolerance: training ends when the loss changes by less than this share.
        feature_columns: dense columns; the features are one tensor `[points, dimensions]`, or a dict of such, when None.
    """

    SQUARED_EUCLIDEAN_DISTANCE, COSINE_DISTANCE = clustering.SQUARED_EUCLIDEAN_DISTANCE, clustering.COSINE_DISTANCE
    RANDOM_INIT, KMEANS_PLUS_PLUS_INIT = clustering.RANDOM_INIT, clustering.KMEANS_PLUS_PLUS_INIT
    SCORE, CLUSTER_INDEX, ALL_DISTANCES = "score", "cluster_index", "all_distances"
    CLUSTER_CENTERS_VAR_NAME = clustering.CLUSTERS_VAR_NAME

    def __init__(
        self, num_clusters, model_dir=None, initial_clusters=clustering.RANDOM_INIT,
        distance_metric=clustering.SQUARED_EUCLIDEAN_DISTANCE, random_seed=0, use_mini_batch=True,
        mini_batch_steps_per_iteration=1, kmeans_plus_plus_num_retries=2, relative_tolerance=None, config=None,
        feature_columns=None,
    ):  # fmt: skip
        if distance_metric not in (self.SQUARED_EUCLIDEAN_DISTANCE, self.COSINE_DISTANCE):
            raise ValueError(f"Unsupported distance metric: {distance_metric}")
        options = {
            "initial_clusters": initial_clusters, "distance_metric": distance_metric, "use_mini_batch": use_mini_batch,
            "mini_batch_steps_per_iteration": mini_batch_steps_per_iteration, "random_seed": random_seed,
            "kmeans_plus_plus_num_retries": kmeans_plus_plus_num_retries,
        }  # fmt: skip

        def build(features, mode, config):
            points = _points(features, feature_columns)
            graph = clustering.KMeans(points, num_clusters, **options).training_graph()
            distances, indices, nearest, is_set, init_op, step = graph
            loss = reduce.reduce_sum(nearest)
            summaries.scalar("loss/raw", loss)
            counted = state.assign_add(global_step.get_global_step(), 1)
            hooks = [InitializeHook(init_op, is_set)]
            if relative_tolerance is not None:
                hooks.append(_ToleranceHook(loss, relative_tolerance))
            served = {
                self.ALL_DISTANCES: export_outputs.PredictOutput(distances[0]),
                self.CLUSTER_INDEX: export_outputs.PredictOutput(indices[0]),
                export_outputs.SERVING_KEY: export_outputs.PredictOutput(indices[0]),
            }
            return model_fn.EstimatorSpec(
                mode, {self.ALL_DISTANCES: distances[0], self.CLUSTER_INDEX: indices[0]}, loss,
                grouping.with_dependencies([step, counted], loss), {self.SCORE: metrics.mean(loss)}, served,
                training_hooks=hooks,
            )  # fmt: skip

        super().__init__(build, model_dir, config)

    def predict_cluster_index(self, input_fn):
        """Yields the number of the nearest centre of each point."""
        for found in self.predict(input_fn, [self.CLUSTER_INDEX]):
            yield found[self.CLUSTER_INDEX]

    def transform(self, input_fn):
        """Yields the distances of each point to all centres."""
        for found in self.predict(input_fn, [self.ALL_DISTANCES]):
            yield found[self.ALL_DISTANCES]

    def score(self, input_fn):
        """The sum of the distances of all points to their centres."""
        return self.evaluate(input_fn, steps=1)[self.SCORE]

    def cluster_centers(self):
        """The centres `[clusters, dimensions]`."""
        return np.asarray(self.get_variable_value(self.CLUSTER_CENTERS_VAR_NAME))


class KMeans(KMeansClustering):
    """K-means, as `tf.estimator.experimental` has it: `seed` of the random first centres, others as of KMeansClustering."""

    def __init__(
        self, num_clusters, model_dir=None, initial_clusters=clustering.RANDOM_INIT,
        distance_metric=clustering.SQUARED_EUCLIDEAN_DISTANCE, seed=None, use_mini_batch=True,
        mini_batch_steps_per_iteration=1, kmeans_plus_plus_num_retries=2, relative_tolerance=None, config=None,
        feature_columns=None,
    ):  # fmt: skip
        super().__init__(
            num_clusters, model_dir, initial_clusters, distance_metric, seed, use_mini_batch, mini_batch_steps_per_iteration,
            kmeans_plus_plus_num_retries, relative_tolerance, config, feature_columns,
        )  # fmt: skip


def _points(features, feature_columns):
    if isinstance(features, tensor.Tensor):
        return features
    if feature_columns:
        return layers.input_layer(features, feature_columns)
    given = [features[key] for key in sorted(features)]
    return given[0] if len(given) == 1 else array.concat(given, 1)
