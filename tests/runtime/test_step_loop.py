"""Loops of steps: `Session.make_loop`."""

import jax
import numpy as np
import pytest

import graphflow as tf
from graphflow._runtime import step_cost, step_loop


def ready():
    session = tf.Session()
    session.run(tf.global_variables_initializer())
    return session


@pytest.fixture(params=["in one program", "apart"])
def any_way(request, monkeypatch):
    """Heavy steps run apart: both ways must give the same."""
    if request.param == "apart":
        monkeypatch.setattr(step_loop, "_HEAVY", 0)
        monkeypatch.setattr(jax, "default_backend", lambda: "cpu")


def counting():
    """A session, a fed tensor, and a step that adds it to a variable and returns the sum and noise."""
    tf.set_random_seed(5)
    x = tf.placeholder(tf.float32, [2])
    total = tf.Variable(0.0)
    noise = tf.random_uniform([])
    return ready(), x, total, [total.assign_add(tf.reduce_sum(x)), noise]


def test_only_the_first_steps(any_way):
    session, x, total, fetches = counting()
    loop = session.make_loop(fetches, [x], [np.arange(4.0)])
    rows = np.array([[0, 1], [2, 3], [0, 0], [0, 0]])
    sums, noises = loop(rows, steps=2)
    assert sums.tolist() == [1.0, 6.0] and session.run(total) == 6.0
    sums, more = loop(rows, steps=1)
    assert sums.tolist() == [7.0] and len({*noises.tolist(), *more.tolist()}) == 3
    for steps in (-1, 5):
        with pytest.raises(ValueError, match="between 0 and the 4 rows"):
            loop(rows, steps=steps)


def test_another_dataset(any_way):
    session, x, total, fetches = counting()
    loop = session.make_loop(fetches, [x], [np.zeros(4)])
    loop.put([np.ones(4)])
    assert loop(np.array([[0, 1]]))[0].tolist() == [2.0]
    loop.put(None)
    with pytest.raises(TypeError, match="takes 1 stacked feeds, got 2"):
        loop(np.ones((3, 2)), np.ones(3))


def test_no_feeds(any_way):
    count = tf.Variable(0)
    session = ready()
    loop = session.make_loop(count.assign_add(1))
    assert loop(steps=3).tolist() == [1, 2, 3]
    with pytest.raises(ValueError, match=r"takes the number of its steps"):
        loop()


def test_a_value_that_is_the_same_in_all_steps(any_way):
    training = tf.placeholder_with_default(False, [])
    x = tf.placeholder(tf.float32, [])
    drawn = []
    y = tf.cond(training, lambda: x * 2.0, lambda: drawn.append(1) or tf.py_func(lambda v: v, [x], tf.float32))
    session = ready()
    loop = session.make_loop(y, [x], feed_dict={training: True})
    assert loop(np.array([1.0, 3.0])).tolist() == [2.0, 6.0]
    assert session.make_loop(y, [x], feed_dict={training: False})(np.array([1.0, 3.0])).tolist() == [1.0, 3.0]


def test_a_failure_leaves_the_steps_before_it(any_way):
    table, i = tf.Variable([1.0, 2.0]), tf.placeholder(tf.int32, [1])
    step = tf.scatter_add(table, i, tf.gather(table, i))
    session = ready()
    loop = session.make_loop(step, [i])
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"indices\[0\] = 7 is not in \[0, 2\)"):
        loop(np.array([[0], [1], [7], [0]]))
    assert session.run(table).tolist() == [2.0, 4.0]
    assert loop(np.array([[0], [1], [0], [0]])).shape == (4, 2)


def test_the_work_of_a_step():
    def body(carry, x):
        return carry @ x, None

    def many(a, xs):
        return jax.lax.scan(body, a, xs)[0]

    a, xs = np.ones((2, 3), np.float32), np.ones((5, 3, 3), np.float32)
    assert step_cost.work(jax.make_jaxpr(many)(a, xs).jaxpr) == 5 * 2 * 2 * 3 * 3
    image, kernel = np.ones((1, 4, 4, 2), np.float32), np.ones((3, 3, 2, 6), np.float32)

    def convolved(x, k):
        return jax.lax.conv_general_dilated(x, k, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))

    assert step_cost.work(jax.make_jaxpr(convolved)(image, kernel).jaxpr) == 2 * (4 * 4 * 6) * (3 * 3 * 2)


def test_fewer_steps_without_feeds_compile_nothing():
    count = tf.Variable(0)
    session = ready()
    loop = step_loop.StepLoop(session._prepared(count.assign_add(1), []), session._store, [])
    assert loop(steps=6).tolist() == [1, 2, 3, 4, 5, 6] and loop(steps=2).tolist() == [7, 8]
    assert [room for room, *_ in loop._compiled] == [8]
