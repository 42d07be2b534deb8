"""Whoever waits for an update of a reference variable sees it, whoever does not sees the value from before."""

import pytest

import graphflow as tf


@pytest.fixture
def counted():
    """(v, v/read, an update of v)"""
    v = tf.Variable(1.0, name="v")
    return v, v.value(), v.assign_add(10.0)


def run(*fetches):
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return session.run(list(fetches))


def test_made_before_the_update():
    v = tf.Variable(1.0, name="v")
    doubled = v * 2.0
    assert run(doubled, v.assign_add(10.0)) == [2.0, 11.0]


def test_waits_by_a_control_edge(counted):
    v, read, update = counted
    with tf.control_dependencies([update]):
        doubled = read * 2.0
    assert run(doubled) == [22.0]


def test_waits_by_a_long_path(counted):
    v, read, update = counted
    with tf.control_dependencies([update]):
        zero = tf.constant(0.0) * 3.0
    assert run(tf.identity(read) + tf.abs(zero)) == [11.0]


def test_no_edge_no_wait(counted):
    v, read, update = counted
    assert run(read * 2.0, update) == [2.0, 11.0]


def test_the_gradient_of_one_loss_does_not_see_the_step_of_another():
    v = tf.Variable(3.0, name="v")
    loss = v * v * v
    first = tf.train.GradientDescentOptimizer(0.1).minimize(v * 10.0)
    (gradient,) = tf.gradients(loss, v)
    assert run(gradient, first)[0] == 27.0


def test_resource_variables_are_read_where_the_read_stands():
    v = tf.get_variable("v", initializer=1.0, use_resource=True)
    read = v.read_value()
    with tf.control_dependencies([v.assign_add(10.0)]):
        late = read * 2.0
    with tf.control_dependencies([late]):
        now = v.read_value() + 0.0
    assert run(late, now) == [2.0, 11.0]
