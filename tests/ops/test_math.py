"""Operators and arguments in corners that the oracle's cases do not reach."""

import numpy as np
import pytest

import graphflow as tf


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


class Friend:
    """A foreign type that knows how to be added to a tensor."""

    def __radd__(self, other):
        return ("added", other)

    def __array__(self, *args, **kwargs):
        raise TypeError("no array")


def test_a_foreign_type_may_take_the_operator_over():
    x = tf.constant(1.0)
    assert x + Friend() == ("added", x)
    with pytest.raises(TypeError):
        x - Friend()


def test_numpy_leaves_the_operator_to_the_tensor():
    y = np.ones(2, np.float32) * tf.constant([2.0, 3.0])
    assert isinstance(y, tf.Tensor) and y.op.type == "Mul"


def test_equality_is_identity():
    x, y = tf.constant(1.0), tf.constant(1.0)
    assert x == x and not (x == y) and x != y and len({x, y}) == 2


@pytest.mark.parametrize("make", [lambda x: x + 1.5, lambda x: x * tf.constant(1.0), lambda x: 1.5 - x])
def test_nothing_is_promoted(make):
    with pytest.raises(TypeError):
        make(tf.constant(1))


def test_a_sum_over_one_axis_needs_no_reshape_in_its_gradient():
    """A bias of one axis: its gradient is one sum, without the shape arithmetic that TensorFlow adds."""
    x, bias = tf.placeholder(tf.float32, [None, 3]), tf.constant([1.0, 2.0, 3.0])
    before = len(tf.get_default_graph().get_operations())
    tf.gradients(x + bias, bias, grad_ys=[tf.zeros_like(x)])
    made = [op.type for op in tf.get_default_graph().get_operations()[before:]]
    assert "Sum" in made and not {"Reshape", "BroadcastGradientArgs", "Shape"} & set(made)


@pytest.mark.parametrize(
    ("x", "y"), [((2, 1), (3,)), ((1,), (4, 1)), ((2, 3), (2, 3)), ((), (2, 3)), ((5, 1, 3), (1, 4, 1))]
)
def test_gradients_of_broadcasting_have_the_shape_of_their_input(x, y):
    a, b = tf.placeholder(tf.float64, [None] * len(x)), tf.placeholder(tf.float64, y)
    first, second = tf.gradients(a * b, [a, b])
    feed = {a: np.random.rand(*x), b: np.random.rand(*y)}
    with tf.Session() as session:
        values = session.run([first, second], feed)
    assert [v.shape for v in values] == [x, y]


def test_a_constant_exponent_still_has_a_gradient():
    exponent = tf.constant(3.0)
    (gradient,) = tf.gradients(tf.constant(2.0) ** exponent, exponent)
    with tf.Session() as session:
        assert session.run(gradient) == pytest.approx(8 * np.log(2.0), rel=1e-6)


def test_a_cast_of_a_tensor_to_its_own_type_is_the_tensor():
    x = tf.constant(1.0)
    assert tf.cast(x, tf.float32) is x


def test_initial_values_are_computed_without_a_program():
    """Arithmetic on constants folds to NumPy, so that a start with many variables compiles nothing."""
    for i in range(3):
        tf.Variable(tf.sqrt(tf.cast(tf.range(4), tf.float32)) * 2.0 + float(i))
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        (entry,) = session._plans.values()
        assert not any(step.variants for step in entry[0].plan.steps)
        np.testing.assert_allclose(session.run(tf.trainable_variables()[1]), np.sqrt(np.arange(4)) * 2 + 1)


def test_sizes_of_reductions_follow_fed_axes():
    x, axes = tf.placeholder(tf.float32, [2, 3, 4]), tf.placeholder(tf.int32, [None])
    y = tf.reduce_sum(x, axes)
    with tf.Session() as session:
        shapes = [session.run(y, {x: np.zeros((2, 3, 4)), axes: a}).shape for a in ([0], [1, 2], [])]
    assert shapes == [(3, 4), (2,), (2, 3, 4)]
