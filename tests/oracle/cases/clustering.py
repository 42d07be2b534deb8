"""K-means: centres, distances and the clusters of points."""

import tempfile

import numpy as np

from tests.oracle.harness import floats, script

POINTS = np.concatenate([floats(6, 2, seed=1), floats(6, 2, seed=2) + 4.0, floats(6, 2, seed=3) - 4.0])
FIRST = np.array([[0.5, 0.0], [3.0, 3.5], [-3.0, -5.0]], np.float32)


def steps(tf, feeds, count, **options):
    """The centres and distances after each step, and what the graph says of them."""
    points = tf.placeholder(tf.float32, [None, 2])
    kmeans = tf.contrib.factorization.KMeans(points, 3, **options)
    distances, indices, nearest, is_set, init_op, train = kmeans.training_graph()
    (centers,) = [v for v in tf.global_variables() if v.op.name == "clusters"]
    found = {}
    with tf.Session() as session:
        session.run(tf.global_variables_initializer(), {points: feeds[0]})
        found["set before"] = session.run(is_set)
        session.run(init_op, {points: feeds[0]})
        found["set"], found["first"] = session.run([is_set, centers])
        for i in range(count):
            batch = feeds[i % len(feeds)]
            found["distance %d" % i] = session.run(tf.reduce_mean(nearest[0]), {points: batch})
            session.run(train, {points: batch})
            found["centers %d" % i] = session.run(centers)
        found["indices"], found["all"] = session.run([indices[0], distances[0]], {points: feeds[0]})
    return found


# Distances are differences of large numbers.
@script(rtol=1e-3, atol=1e-4)
def whole_batches(tf):
    return steps(tf, [POINTS], 3, initial_clusters=FIRST)


@script()
def cosine_of_samples(tf):
    options = dict(initial_clusters=FIRST, distance_metric="cosine", use_mini_batch=True)
    return steps(tf, [POINTS[:9], POINTS[9:]], 4, **options)


@script(rtol=1e-3, atol=1e-4)
def samples_that_wait(tf):
    options = dict(initial_clusters=FIRST, use_mini_batch=True, mini_batch_steps_per_iteration=2)
    return steps(tf, [POINTS[:9], POINTS[9:]], 4, **options)


@script(rtol=1e-3, atol=1e-4)
def random_centres(tf):
    return steps(tf, [POINTS], 2, random_seed=5)


@script()
def as_estimator(tf):
    with tempfile.TemporaryDirectory() as folder:

        def input_fn():
            return tf.train.limit_epochs(tf.convert_to_tensor(POINTS, dtype=tf.float32), num_epochs=1)

        config = tf.estimator.RunConfig(model_dir=folder)
        model = tf.contrib.factorization.KMeansClustering(
            3, initial_clusters=FIRST, use_mini_batch=False, config=config
        )
        for _ in range(2):
            model.train(input_fn)
        return {
            "centers": model.cluster_centers(), "score": model.score(input_fn),
            "indices": list(model.predict_cluster_index(input_fn)),
        }  # fmt: skip
