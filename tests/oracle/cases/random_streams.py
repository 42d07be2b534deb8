"""Random numbers: the same streams for the same seeds, op after op and run after run."""

import numpy as np

from tests.oracle.harness import case, floats, script

SEEDS = (0, 1, 2, 7, 42, 1234, 87654321, 2**31 - 1, -5, 2**40 + 3)
SHAPES = ((), (5,), (3, 4), (17, 9))


def streams(graph_seed=None, op_seed=None):
    """One op of each kind in each shape."""

    def build(tf):
        if graph_seed is not None:
            tf.set_random_seed(graph_seed)
        fetches = {}
        for shape in SHAPES:
            fetches[f"uniform {shape}"] = tf.random_uniform(shape, seed=op_seed)
            fetches[f"int {shape}"] = tf.random_uniform(shape, -7, 1000, tf.int32, seed=op_seed)
            fetches[f"normal {shape}"] = tf.random_normal(shape, 1.0, 2.0, seed=op_seed)
            fetches[f"truncated {shape}"] = tf.truncated_normal(shape, seed=op_seed)
        return fetches

    return build


for seed in SEEDS:
    case(name=f"graph_seed_{seed}", runs=3, rtol=2e-6, atol=2e-6)(streams(graph_seed=seed))
case(name="op_seed", runs=3, rtol=2e-6, atol=2e-6)(streams(op_seed=11))
case(name="both_seeds", runs=3, rtol=2e-6, atol=2e-6)(streams(graph_seed=5, op_seed=11))
case(name="zero_seeds", runs=2, rtol=2e-6, atol=2e-6)(streams(graph_seed=0, op_seed=0))


@case(runs=2, rtol=2e-6, atol=2e-6)
def other_types(tf):
    tf.set_random_seed(3)
    return {
        "double": tf.random_uniform([7], -1.0, 2.0, tf.float64),
        "double_normal": tf.random_normal([7], dtype=tf.float64),
        "double_truncated": tf.truncated_normal([7], dtype=tf.float64),
        "half": tf.random_uniform([7], dtype=tf.float16),
        "half_normal": tf.random_normal([7], dtype=tf.float16),
        "long": tf.random_uniform([7], -10, 2**40, tf.int64),
        "ranges": tf.random_uniform([3], [1.0, 2.0, 3.0], 4.0),
    }


@case(runs=3)
def shuffles_and_draws(tf):
    tf.set_random_seed(9)
    return {
        "shuffle": tf.random_shuffle(tf.range(20)),
        "rows": tf.random_shuffle(floats(6, 2)),
        "crop": tf.random_crop(floats(6, 5), [3, 2]),
        "multinomial": tf.multinomial(tf.log([[0.2, 0.3, 0.5], [0.9, 0.05, 0.05]]), 12),
        "categorical": tf.random.categorical([[0.0, 1.0, 2.0]], 9, dtype=tf.int32),
    }


@case(runs=2, rtol=1e-5, atol=1e-5)
def gamma_and_poisson(tf):
    tf.set_random_seed(9)
    return {
        "gamma": tf.random_gamma([8], [0.5, 1.0, 3.0]),
        "gamma_beta": tf.random_gamma([5], 2.0, beta=[1.0, 4.0]),
        "poisson": tf.random_poisson([0.5, 4.0, 30.0], [8]),
    }


@case(runs=3, feeds={"x": floats(6, 5)}, grads=True)
def dropout(tf):
    tf.set_random_seed(1)
    x = tf.placeholder(tf.float32, [None, 5], name="x")
    return {
        "keep": tf.nn.dropout(x, 0.7),
        "rate": tf.nn.dropout(x, rate=0.25),
        "columns": tf.nn.dropout(x, 0.5, noise_shape=[1, 5], seed=2),
        "all": tf.nn.dropout(x, keep_prob=1.0),
    }


@script(rtol=2e-6, atol=2e-6)
def sessions_start_again(tf):
    """Each session starts a stream from its seeds; runs that do not need an op leave its stream alone."""
    tf.set_random_seed(4)
    a, b = tf.random_uniform([3]), tf.random_normal([3])
    draws = []
    for _ in range(2):
        with tf.Session() as session:
            draws += [session.run(a), session.run([a, b])[1], session.run(a), session.run(b)]
    return {"draws": np.array(draws)}
