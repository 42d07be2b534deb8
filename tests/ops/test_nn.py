"""What neural-network operations answer to values that do not fit, when they run; and derivatives where curves meet."""

import numpy as np
import pytest

import graphflow as tf


def run(fetches, feeds=None):
    with tf.Session() as session:
        return session.run(fetches, feeds)


def numbers(*shape):
    return np.random.RandomState(0).uniform(-1, 1, shape).astype(np.float32)


@pytest.mark.parametrize("label", [-1, 3])
def test_label_out_of_range_names_the_node_and_the_value(label):
    labels, logits = tf.placeholder(tf.int32, [None], "labels"), tf.placeholder(tf.float32, [None, 3], "logits")
    loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits, name="xent")
    with tf.Session() as session:
        with pytest.raises(
            tf.errors.InvalidArgumentError, match=rf"label value of {label} .* range of \[0, 3\)"
        ) as raised:
            session.run(loss, {labels: [0, label], logits: numbers(2, 3)})
        assert raised.value.op is loss.op
        assert session.run(loss, {labels: [0, 2], logits: np.zeros((2, 3))}) == pytest.approx([np.log(3)] * 2)


def test_gradient_of_a_convolution_with_another_shape():
    grad = tf.placeholder(tf.float32, [2, None, None, 4])
    made = [
        tf.nn.conv2d_backprop_input([2, 7, 6, 3], numbers(3, 3, 3, 4), grad, [1, 1, 1, 1], "SAME"),
        tf.nn.conv2d_backprop_filter(numbers(2, 7, 6, 3), [3, 3, 3, 4], grad, [1, 1, 1, 1], "SAME"),
    ]
    for backprop in made:
        with pytest.raises(tf.errors.InvalidArgumentError, match="doesn't match computed"):
            run(backprop, {grad: numbers(2, 6, 6, 4)})


def test_transpose_to_a_depth_that_the_filter_has_not():
    with pytest.raises(tf.errors.InvalidArgumentError, match="input depth 4 is not a multiple of the filter's, 5"):
        run(tf.nn.conv2d_transpose(numbers(2, 4, 3, 2), numbers(3, 3, 5, 2), [2, 8, 6, 4], 2))


def test_pooling_over_the_batch():
    with pytest.raises(tf.errors.UnimplementedError, match="batch"):
        run(tf.nn.max_pool(numbers(2, 3, 3, 1), [2, 1, 1, 1], [1, 1, 1, 1], "VALID"))


def test_rows_shorter_than_k():
    rows = tf.placeholder(tf.float32, [2, None])
    with pytest.raises(tf.errors.InvalidArgumentError, match="at least k columns. Had 3, needed 5"):
        run(tf.nn.top_k(rows, 5), {rows: numbers(2, 3)})


@pytest.mark.parametrize("data_format", ["NHWC", "NCHW"])
def test_layouts_agree(data_format):
    """TensorFlow's CPU kernels know NHWC alone; here both layouts run, with gradients."""
    x, kernel = numbers(2, 7, 6, 3), numbers(3, 3, 3, 4)

    def answer(layout):
        image = tf.constant(x if layout == "NHWC" else x.transpose(0, 3, 1, 2))
        weights = tf.constant(kernel)
        maps = tf.nn.conv2d(image, weights, 2, "SAME", data_format=layout)
        maps = tf.nn.bias_add(maps, [1.0, 2.0, 3.0, 4.0], data_format=layout)
        maps = tf.nn.fused_batch_norm(maps, [1.0] * 4, [0.0] * 4, data_format=layout)[0]
        maps = tf.nn.avg_pool(tf.nn.max_pool(maps, 2, 1, "SAME", layout), 2, 2, "VALID", layout)
        maps, dx, dk = run([maps, *tf.gradients(tf.reduce_sum(maps**3), [image, weights])])
        return [maps, dk, dx] if layout == "NHWC" else [maps.transpose(0, 2, 3, 1), dk, dx.transpose(0, 2, 3, 1)]

    for found, expected in zip(answer(data_format), answer("NHWC")):
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


def test_grouped_convolution():
    """Two groups: each half of the filters sees half of the channels."""
    x, kernel = numbers(2, 5, 5, 4), numbers(3, 3, 2, 6)
    halves = [tf.nn.conv2d(x[..., 2 * i : 2 * i + 2], kernel[..., 3 * i : 3 * i + 3], 1, "SAME") for i in (0, 1)]
    whole, parts = run([tf.nn.conv2d(x, kernel, 1, "SAME"), tf.concat(halves, 3)])
    np.testing.assert_allclose(whole, parts, rtol=1e-5, atol=1e-5)


def test_empty_batch():
    x, labels = tf.placeholder(tf.float32, [None, 8, 8, 3]), tf.placeholder(tf.int32, [None])
    maps = tf.nn.max_pool(tf.nn.relu(tf.nn.conv2d(x, numbers(3, 3, 3, 4), 1, "SAME")), 2, 2, "SAME")
    loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=tf.reduce_mean(maps, [1, 2]))
    found = run([maps, loss, *tf.gradients(tf.reduce_sum(loss), x)], {x: np.zeros((0, 8, 8, 3)), labels: []})
    assert [f.shape for f in found] == [(0, 4, 4, 4), (0,), (0, 8, 8, 3)]


def test_second_derivative_of_a_sparse_loss_is_refused():
    logits = tf.constant(numbers(2, 3))
    loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[0, 1], logits=logits)
    first = tf.gradients(loss, logits)[0]
    with pytest.raises(LookupError, match="second derivative"):
        tf.gradients(first, logits)


@pytest.mark.parametrize("name", ["relu", "relu6", "crelu", "leaky_relu"])
def test_slope_at_the_corner(name):
    """At 0 the rectifiers count as falling: slope 0, and that of the negative side where it leaks."""
    x = tf.constant([[0.0]])
    slope = run(tf.gradients(getattr(tf.nn, name)(x), x)[0])
    assert slope == np.float32(0.2 if name == "leaky_relu" else 0.0)
