"""K-means in a graph: whole batches or samples of them.

Source: Lloyd, "Least squares quantization in PCM" (1982); Sculley, "Web-scale k-means clustering" (2010), for samples;
Arthur and Vassilvitskii, "k-means++" (2007), for the centres to begin with.
"""

from __future__ import annotations

import numpy as np

from graphflow._core import dtypes
from graphflow._graph import build
from graphflow._graph import graph as graph_lib
from graphflow._ops import (
    array,
    asserts,
    compare,
    control_flow,
    embedding,
    gather,
    grouping,
    host,
    linalg,
    math,
    matmul,
    random,
    rearrange,
    reduce,
    running,
    segment,
    sets,
    state,
    state_scatter,
    unary,
    variable,
)  # fmt: skip

SQUARED_EUCLIDEAN_DISTANCE, COSINE_DISTANCE = "squared_euclidean", "cosine"
RANDOM_INIT, KMEANS_PLUS_PLUS_INIT, KMC2_INIT = "random", "kmeans_plus_plus", "kmc2"
CLUSTERS_VAR_NAME = "clusters"


class KMeans:
    """The graph of k-means.

    Args:
        inputs: a float tensor `[points, dimensions]`, or a list of them.
        num_clusters: int or scalar.
        initial_clusters: `RANDOM_INIT`, `KMEANS_PLUS_PLUS_INIT`, centres, or a function `(inputs, number) -> centres`.
        distance_metric: `SQUARED_EUCLIDEAN_DISTANCE` or `COSINE_DISTANCE`.
        use_mini_batch: whether the inputs are samples of the data.
        mini_batch_steps_per_iteration: after how many steps of samples the centres move.
        random_seed: of the first centres.
        kmeans_plus_plus_num_retries: how many points are tried for each centre.
        kmc2_chain_length: of `KMC2_INIT`, which is done as k-means++ here.

    Raises:
        ValueError: an unknown way to begin, or an unknown distance.
    """

    def __init__(
        self, inputs, num_clusters, initial_clusters=RANDOM_INIT, distance_metric=SQUARED_EUCLIDEAN_DISTANCE,
        use_mini_batch=False, mini_batch_steps_per_iteration=1, random_seed=0, kmeans_plus_plus_num_retries=2,
        kmc2_chain_length=200,
    ):  # fmt: skip
        known = (RANDOM_INIT, KMEANS_PLUS_PLUS_INIT, KMC2_INIT)
        if isinstance(initial_clusters, str) and initial_clusters not in known:
            raise ValueError(f"Unsupported initialization algorithm '{initial_clusters}'")
        if distance_metric not in (SQUARED_EUCLIDEAN_DISTANCE, COSINE_DISTANCE):
            raise ValueError(f"Unsupported distance metric '{distance_metric}'")
        self._inputs = [build.convert_to_tensor(x) for x in (inputs if isinstance(inputs, list) else [inputs])]
        self._number, self._initial, self._is_cosine = (
            num_clusters,
            initial_clusters,
            distance_metric == COSINE_DISTANCE,
        )
        self._samples, self._steps = use_mini_batch, int(mini_batch_steps_per_iteration)
        self._seed, self._retries = random_seed, kmeans_plus_plus_num_retries
        self._waits = use_mini_batch and self._steps > 1
        # Centres are kept at length one only where every update makes them so.
        self._keeps_unit = self._is_cosine and (not use_mini_batch or self._waits)

    def training_graph(self):
        """What training needs.

        Returns:
            (distances to all centres, number of the nearest one, distance to it: each a tuple of one tensor an input; whether the
            centres are set, the variable; the operation that sets them, to be run until they are; the training step).
        """
        if isinstance(self._initial, str) or callable(self._initial):
            initial, number = self._initial, build.convert_to_tensor(self._number)
        else:
            initial = build.convert_to_tensor(self._initial)
            number = array.shape(initial)[0]
        nothing = build.constant([], dtype=dtypes.float32)
        centers = variable.Variable(nothing, name=CLUSTERS_VAR_NAME, validate_shape=False)
        is_set = variable.Variable(False, dtype=dtypes.bool, name="initialized")
        coming, wait, counts = centers, None, None
        if self._waits:
            coming = variable.Variable(nothing, name="clusters_updated", validate_shape=False)
            wait = variable.Variable(self._steps, dtype=dtypes.int64, name="update_in_steps")
            counts = variable.Variable(array.zeros([number], dtype=dtypes.int64))
        elif self._samples:
            counts = variable.Variable(array.ones([number], dtype=dtypes.int64))
        init_op = self._set_centers(initial, number, centers, coming, is_set)
        inputs, seen = self._inputs, centers
        if self._is_cosine:
            inputs = [_unit(x) for x in inputs]
            if not self._keeps_unit:
                seen = _unit(centers)
        all_scores, scores, indices = self._nearest(inputs, seen)
        if not self._samples:
            step = self._full_step(inputs, number, indices, centers)
        else:
            moved = self._move(wait, centers, coming, counts) if self._waits else grouping.no_op()
            with graph_lib.get_default_graph().control_dependencies([moved]):
                step = _sampled_step(inputs, indices, coming, counts)
        return all_scores, indices, scores, is_set, init_op, step

    def _nearest(self, inputs, centers):
        """(distances to all centres, distance to the nearest, its number), each a tuple."""
        found = []
        for x in inputs:
            if self._is_cosine:
                distances = 1 - matmul.matmul(x, centers, transpose_b=True)
            else:
                squares = rearrange.transpose(reduce.reduce_sum(unary.square(centers), 1, keepdims=True))
                product = 2 * matmul.matmul(x, centers, transpose_b=True)
                distances = reduce.reduce_sum(unary.square(x), 1, keepdims=True) - product + squares
            found.append((distances, reduce.reduce_min(distances, 1), running.argmin(distances, 1)))
        return tuple(zip(*found, strict=True))

    # -- the first centres -----------------------------------------------------------------------------------------------

    def _set_centers(self, initial, number, centers, coming, is_set):
        """The operation that chooses the first centres, unless they are set."""
        chosen = array.shape(centers)[0]
        missing = number - chosen

        def choose():
            with graph_lib.get_default_graph().control_dependencies([asserts.assert_positive(missing)]):
                new = self._choose(initial, missing)
                if self._is_cosine:
                    new = _unit(new)
                every = control_flow.cond(
                    compare.equal(chosen, 0), lambda: new, lambda: array.concat([centers, new], 0)
                )
                assigned = state.assign(centers, every, validate_shape=False)
                if coming is not centers:
                    assigned = state.assign(coming, assigned, validate_shape=False)
                left = number - array.shape(assigned)[0]
                return control_flow.cond(compare.equal(left, 0), lambda: state.assign(is_set, True).op, grouping.no_op)

        return control_flow.cond(compare.equal(missing, 0), lambda: asserts.assert_equal(is_set, True), choose)

    def _choose(self, initial, missing):
        if callable(initial):
            return initial(self._inputs, missing)
        if not isinstance(initial, str):
            check = asserts.assert_equal(missing, array.shape(initial)[0])
            with graph_lib.get_default_graph().control_dependencies([check]):
                return array.identity(initial)
        points = math.add_n([array.shape(x)[0] for x in self._inputs])
        if initial == RANDOM_INIT:
            return control_flow.cond(
                points <= missing, lambda: array.concat(self._inputs, 0), lambda: self._random(points, missing)
            )
        first = _unit(self._inputs[0]) if self._is_cosine else self._inputs[0]
        made = host.py_func(self._spread, [first, missing], dtypes.float32)
        made.set_shape([None, first.get_shape()[1]])
        return made

    def _random(self, points, missing):
        shape, largest = array.reshape(missing, [-1]), math.cast(points, dtypes.int64)
        rows = random.random_uniform(shape, minval=0, maxval=largest, seed=self._seed, dtype=dtypes.int64)
        return embedding.embedding_lookup(self._inputs, rows, partition_strategy="div")

    def _spread(self, points, number):
        """k-means++: each new centre is drawn with a chance that grows with its distance to those before."""
        draw = np.random.RandomState(self._seed)
        if len(points) < number:
            raise ValueError(f"There are {len(points)} points, fewer than the {number} centres that are wanted.")
        chosen = [points[draw.randint(len(points))]]
        nearest = np.square(points - chosen[0]).sum(1)
        for _ in range(number - 1):
            total = nearest.sum()
            chances = nearest / total if total > 0 else None
            tried = draw.choice(len(points), size=max(1, self._retries), p=chances)
            after = [np.minimum(nearest, np.square(points - points[i]).sum(1)) for i in tried]
            best = int(np.argmin([left.sum() for left in after]))
            chosen.append(points[tried[best]])
            nearest = after[best]
        return np.stack(chosen).astype(np.float32)

    # -- steps -----------------------------------------------------------------------------------------------------------

    def _full_step(self, inputs, number, indices, centers):
        """Moves each centre to the mean of its points."""
        sums, counts = [], []
        for x, index in zip(inputs, indices, strict=True):
            sums.append(segment.unsorted_segment_sum(x, index, number))
            ones = array.reshape(array.ones(array.reshape(array.shape(x)[0], [-1])), [-1, 1])
            counts.append(segment.unsorted_segment_sum(ones, index, number))
        epsilon = build.constant(1e-6, dtype=inputs[0].dtype)
        new = math.add_n(sums) / (math.cast(math.add_n(counts), sums[0].dtype) + epsilon)
        return state.assign(centers, _unit(new) if self._keeps_unit else new)

    def _move(self, wait, centers, coming, counts):
        """Every so many steps, the centres become what samples made of them."""

        def move():
            graph = graph_lib.get_default_graph()
            with graph.control_dependencies([state.assign(wait, self._steps - 1)]):
                new = _unit(coming) if self._is_cosine else coming
                with graph.control_dependencies([state.assign(centers, new)]):
                    with graph.control_dependencies([state.assign(counts, array.zeros_like(counts))]):
                        return array.identity(wait)

        return control_flow.cond(wait <= 0, move, lambda: state.assign_sub(wait, 1))


def _unit(x):
    return linalg.l2_normalize(x, axis=1)


def _sampled_step(inputs, indices, centers, counts):
    """Moves each centre towards its points of a sample, less the more points it has had."""
    updates = []
    for x, index in zip(inputs, indices, strict=True):
        ids, places = sets.unique(array.reshape(index, [-1]))
        size = array.size(ids)
        old_counts, old_centers = gather.gather(counts, ids), gather.gather(centers, ids)
        new_counts = segment.unsorted_segment_sum(array.ones_like(places, dtype=counts.dtype.base_dtype), places, size)
        change = segment.unsorted_segment_sum(x, places, size)
        change -= math.cast(array.reshape(new_counts, [-1, 1]), x.dtype) * old_centers
        change *= array.reshape(unary.reciprocal(math.cast(old_counts + new_counts, x.dtype)), [-1, 1])
        updates += [state_scatter.scatter_add(counts, ids, new_counts), state_scatter.scatter_add(centers, ids, change)]
    return grouping.group(*updates)
