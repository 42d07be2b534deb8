"""How many iterations a loop has, as far as its graph tells."""

import numpy as np
import pytest

import graphflow as tf
from graphflow._lowering import trip_count


def count(cond, step, start, **options):
    last = tf.while_loop(cond, step, [start], **options)
    return trip_count.while_building(last.op.inputs[0].op)


def simulated(cond, step, start):
    steps = 0
    while cond(start):
        start, steps = step(start), steps + 1
    return steps


CONDITIONS = {
    "<": lambda i, n: i < n,
    "<=": lambda i, n: i <= n,
    ">": lambda i, n: i > n,
    ">=": lambda i, n: i >= n,
}


@pytest.mark.parametrize("start", [-4, 0, 7])
@pytest.mark.parametrize("limit", [-3, 0, 6, 7])
@pytest.mark.parametrize("step", [1, 2, 3])
@pytest.mark.parametrize("kind", CONDITIONS)
def test_counters_that_reach_their_limit(kind, start, limit, step):
    holds = CONDITIONS[kind]
    signed = step if "<" in kind else -step
    expected = simulated(lambda i: holds(i, limit), lambda i: i + signed, start)
    assert count(lambda i: holds(i, limit), lambda i: i + signed, start).exact == expected
    assert count(lambda i: holds(i, limit), lambda i: i - (-signed), start).exact == expected


def test_limit_on_the_left_and_step_on_the_left():
    assert count(lambda i: tf.constant(5) > i, lambda i: 2 + i, 0).exact == 3


def test_not_equal():
    assert count(lambda i: tf.not_equal(i, 6), lambda i: i + 2, 0).exact == 3
    assert count(lambda i: tf.not_equal(i, 5), lambda i: i + 2, 0).exact is None


def test_a_counter_that_runs_away():
    assert count(lambda i: i < 5, lambda i: i - 1, 0).exact is None
    assert count(lambda i: i < 5, lambda i: i + 0, 0).exact is None
    assert count(lambda i: i < 5, lambda i: i - 1, 9).exact == 0


def test_several_limits():
    found = count(lambda i: tf.logical_and(i < 9, i < 4), lambda i: i + 1, 0)
    assert (found.exact, found.bound) == (4, 4)
    limit = tf.placeholder(tf.int32, [])
    found = count(lambda i: i < limit, lambda i: i + 1, 0, maximum_iterations=7)
    assert (found.exact, found.bound) == (None, 7)


def test_limits_computed_from_shapes():
    x = tf.placeholder(tf.float32, [4, 8])
    assert count(lambda i: i < tf.shape(x)[1] - 1, lambda i: i + 1, 0).exact == 7


def test_what_is_no_counter():
    limit = tf.placeholder(tf.int32, [])
    for cond, step, start in (
        (lambda i: i < limit, lambda i: i + 1, 0),
        (lambda i: i < 5, lambda i: i * 2, 1),
        (lambda i: i < 5, lambda i: i + limit, 0),
        (lambda i: i < 5, lambda i: i + 1, limit),
        (lambda i: i < 1.0, lambda i: i + 0.25, np.float32(0)),
    ):
        found = count(cond, step, start)
        assert (found.exact, found.bound) == (None, None)


def test_the_range_of_a_counter():
    found = count(lambda i: i < 9, lambda i: i + 2, 1)
    assert list(found.ranges.values()) == [(1, 7)]
    found = count(lambda i: i >= 0, lambda i: i - 1, 5)
    assert list(found.ranges.values()) == [(0, 5)]
