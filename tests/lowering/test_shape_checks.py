"""Shapes that are known only when a step runs: what TensorFlow refuses is not spread as NumPy would."""

import numpy as np
import pytest

import graphflow as tf

ONE_LABEL = (np.zeros((4, 3), np.float32), np.zeros(1, np.int32))
ONE_ROW = (np.zeros((2, 5), np.float32), np.zeros((1, 5), np.float32))


def variable():
    return tf.get_variable("variable", [2, 5], initializer=tf.zeros_initializer())


CASES = {
    "labels": (
        lambda x, y: tf.nn.sparse_softmax_cross_entropy_with_logits(
            logits=tf.ensure_shape(x, [None, 3]), labels=tf.ensure_shape(y, [None])
        ),
        *ONE_LABEL,
    ),
    "in_top_k": (lambda x, y: tf.nn.in_top_k(x, y, 2), *ONE_LABEL),
    "add_n": (lambda x, y: tf.add_n([x, y]), *ONE_ROW),
    "bias": (lambda x, y: tf.nn.bias_add(x, tf.reshape(y[:, :1], [-1])), *ONE_ROW),
    "where": (lambda x, y: tf.where(x > 0, x, y), *ONE_ROW),
    "update": (
        lambda x, y: tf.train.GradientDescentOptimizer(1.0).apply_gradients([(y, variable())]), *ONE_ROW
    ),
    "scatter": (lambda x, y: tf.scatter_update(variable(), [0, 1], y), *ONE_ROW),
    "tile": (lambda x, y: tf.tile(x, tf.shape([[[y]]])[:3]), *ONE_ROW),
    "boxes": (
        lambda x, y: tf.image.crop_and_resize(tf.ones([1, 4, 4, 1]), x, y, [2, 2]),
        np.zeros((3, 4), np.float32), np.zeros(1, np.int32),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_is_not_spread(name):
    build, x, y = CASES[name]
    first, second = tf.placeholder(x.dtype, name="first"), tf.placeholder(y.dtype, name="second")
    out = build(first, second)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        with pytest.raises(tf.errors.InvalidArgumentError):
            session.run(out, {first: x, second: y})


def test_the_graph_keeps_what_it_does_not_know():
    x, y = tf.placeholder(tf.float32, [None, 3]), tf.placeholder(tf.int32, [None])
    loss = tf.nn.sparse_softmax_cross_entropy_with_logits(logits=x, labels=y)
    with tf.Session() as session:
        for rows in (2, 4):
            assert session.run(loss, {x: np.zeros((rows, 3)), y: np.zeros(rows)}).shape == (rows,)
    assert x.shape.as_list() == [None, 3]
