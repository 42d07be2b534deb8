"""What the oracle's cases cannot show of random operations: sessions, NumPy beside XLA, bad arguments."""

import numpy as np
import pytest

import graphflow as tf


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def test_unseeded_draws_differ_between_operations_runs_and_sessions():
    a, b = tf.random_uniform([8]), tf.random_uniform([8])
    v = tf.get_variable("v", [8])
    draws = []
    for _ in range(2):
        with tf.Session() as session:
            session.run(v.initializer)
            draws += [*session.run([a, b, v]), session.run(a)]
    assert len({draw.tobytes() for draw in draws}) == 8


def test_two_fetches_of_one_draw_agree():
    x = tf.random_normal([5])
    with tf.Session() as session:
        first, second = session.run([x * 1.0, x + 0.0])
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("initializer", [
    tf.glorot_uniform_initializer(1), tf.truncated_normal_initializer(seed=2), tf.random_normal_initializer(seed=3),
    tf.random_uniform_initializer(0, 100, 4, tf.int32), tf.orthogonal_initializer(seed=5),
])  # fmt: skip
def test_initialisers_draw_the_same_on_numpy_and_compiled(initializer):
    dtype = initializer.dtype
    v = tf.get_variable("v", [6, 4], dtype, initializer=initializer)
    with tf.Session() as session, tf.Session() as other:
        for _ in range(3):  # variables are initialised on NumPy, what is fetched beside a placeholder is compiled
            session.run(v.initializer)
            on_numpy, compiled = session.run(v), other.run(v.initial_value)
            np.testing.assert_allclose(on_numpy, compiled, rtol=2e-6, atol=2e-6)


def test_an_empty_range_names_its_bounds():
    low = tf.placeholder(tf.int32, [])
    with (
        tf.Session() as session,
        pytest.raises(tf.errors.InvalidArgumentError, match="Need minval < maxval, got 7 >= 3"),
    ):
        session.run(tf.random_uniform([2], low, 3, tf.int32), {low: 7})


def test_a_negative_size_is_named():
    size = tf.placeholder(tf.int32, [1])
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError, match=r"-2"):
        session.run(tf.random_uniform(size), {size: [-2]})


def test_draws_inside_a_loop_go_on(graph):
    x = tf.while_loop(lambda i, x: i < 4, lambda i, x: (i + 1, x + tf.random_uniform([], seed=9)), [0, 0.0])[1]
    y = tf.random_uniform([], seed=9)
    with tf.Session() as session:
        total, single = session.run(x), sum(session.run(y) for _ in range(4))
    assert total == pytest.approx(single, rel=1e-6)


def test_too_many_different_candidates():
    sampler = tf.random.uniform_candidate_sampler(np.zeros((1, 1), np.int64), 1, 5, True, 3)
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError, match="num_sampled=5"):
        session.run(sampler)
