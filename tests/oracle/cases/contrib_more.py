"""Further parts of contrib: streaming metrics, SciPy's optimizers, sparsemax, predictors, Monte Carlo means."""

import os
import tempfile

import numpy as np

from tests.oracle.harness import case, floats, integers, script

X = [{"p": floats(4, seed=s), "l": floats(4, seed=s + 5)} for s in (1, 2, 3)]


@case(feeds=X, graph=False)
def correlations(tf):
    p = tf.placeholder(tf.float32, [4], name="p")
    l = tf.placeholder(tf.float32, [4], name="l")  # noqa: E741
    metrics = tf.contrib.metrics
    weights = [1.0, 0.0, 2.0, 0.5]
    found = {
        "covariance": metrics.streaming_covariance(p, l),
        "weighted": metrics.streaming_covariance(p, l, weights=weights),
        "correlation": metrics.streaming_pearson_correlation(p, l),
        "count": metrics.count(p),
        "weighted_count": metrics.count(p, weights),
        "less": metrics.streaming_percentage_less(p, 0.3),
        "error": metrics.streaming_mean_relative_error(p, l, tf.abs(l) + 1.0),
    }
    return {name: [update] for name, (value, update) in found.items()}


@case(feeds={"p": floats(4, 6, seed=1), "l": integers(4, 2, dtype=np.int64, seed=4, high=6)}, graph=False)
def best_predictions(tf):
    p = tf.placeholder(tf.float32, [4, 6], name="p")
    l = tf.placeholder(tf.int64, [4, 2], name="l")  # noqa: E741
    metrics = tf.contrib.metrics
    best = tf.nn.top_k(p, 3)[1]
    return {
        "precision": metrics.streaming_sparse_precision_at_k(p, l, 2)[1],
        "recall": metrics.streaming_sparse_recall_at_k(p, l, 3, class_id=1)[1],
        "average": metrics.streaming_sparse_average_precision_at_k(p, l, 3)[1],
        "of_best": metrics.streaming_sparse_precision_at_top_k(tf.cast(best, tf.int64), l)[1],
        "recall_of_best": metrics.sparse_recall_at_top_k(l, tf.cast(best, tf.int64))[1],
    }


@script(rtol=1e-3, atol=1e-3)
def scipy_optimizers(tf):
    v = tf.Variable([7.0, 7.0], name="v")
    w = tf.Variable([[2.0]], name="w")
    loss = tf.reduce_sum(tf.square(v - [1.0, 2.0])) + tf.reduce_sum(tf.square(w * 3.0 - 6.5))
    free = tf.contrib.opt.ScipyOptimizerInterface(loss, options={"maxiter": 100})
    bounded = tf.contrib.opt.ScipyOptimizerInterface(loss, var_list=[v], var_to_bounds={v: ([1.5, -np.inf], np.inf)})
    level = tf.contrib.opt.ScipyOptimizerInterface(
        tf.reduce_sum(tf.square(v)), var_list=[v], equalities=[v[0] + v[1] - 3.0], inequalities=[v[0] - 2.0], method="SLSQP"
    )
    found, seen = {}, []
    with tf.Session() as session:
        for name, optimizer in (("free", free), ("bounded", bounded), ("level", level)):
            session.run(tf.global_variables_initializer())
            optimizer.minimize(session, fetches=[loss], loss_callback=seen.append)
            found[name] = session.run([v, w])
    return dict(found, seen=len(seen) > 3)


@case(feeds={"x": floats(3, 5) * 2}, grads=True, graph=False)
def sparse_probabilities(tf):
    x = tf.placeholder(tf.float32, [3, None], name="x")
    found = tf.contrib.sparsemax.sparsemax(x)
    labels = tf.one_hot([0, 3, 2], 5)
    return {"probabilities": found, "loss": tf.contrib.sparsemax.sparsemax_loss(x, found, labels)}


@script()
def predictors(tf):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model")
        with tf.Graph().as_default(), tf.Session() as session:
            x = tf.placeholder(tf.float32, [None, 2], name="x")
            y = tf.multiply(x, tf.get_variable("w", initializer=3.0), name="y")
            session.run(tf.global_variables_initializer())
            tf.saved_model.simple_save(session, path, {"x": x}, {"y": y})
        predict = tf.contrib.predictor.from_saved_model(path)
        by_name = tf.contrib.predictor.from_saved_model(path, input_names={"a": "x:0"}, output_names={"b": "y:0"})
        rows = floats(3, 2)
        return {"found": predict({"x": rows}), "by_name": by_name({"a": rows}), "feeds": sorted(predict.feed_tensors)}


@case(feeds={"m": floats(3)}, grads=True, graph=False, rtol=1e-4, atol=1e-5)
def means_of_samples(tf):
    m = tf.placeholder(tf.float32, [3], name="m")
    normal = tf.distributions.Normal(m, 1.0)
    samples = m + floats(20, 3, seed=4)
    expectation = tf.contrib.bayesflow.monte_carlo.expectation
    return {
        "moved": expectation(tf.square, samples),
        "scored": expectation(tf.square, samples, log_prob=normal.log_prob, use_reparametrization=False),
    }


case(name="no_density", raises=True)(
    lambda tf: tf.contrib.bayesflow.monte_carlo.expectation(tf.square, tf.zeros([2]), use_reparametrization=False)
)
