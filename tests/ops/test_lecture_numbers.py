"""The numbers that a lecture on convolutional networks works out by hand come out of the graph."""

import numpy as np
import pytest

import graphflow as tf


def run(fetches, feeds=None):
    with tf.Session() as session:
        return session.run(fetches, feeds)


def convolved(signal, kernel):
    """A sequence of one channel with one filter, without padding."""
    x = tf.constant(np.reshape(signal, (1, -1, 1)), tf.float32)
    return run(tf.nn.conv1d(x, np.reshape(kernel, (-1, 1, 1)).astype(np.float32), 1, "VALID")).ravel().tolist()


def test_convolution_of_a_sequence():
    assert convolved([1, 2, 3, 4], [3, 2]) == [7, 12, 17]


def test_difference_operator():
    assert convolved([0, 0, 0, 0, 1, 2, 3, 4, 4, 4, 4], [-1, 1]) == [0, 0, 0, 1, 1, 1, 1, 0, 0, 0]


CURVE = """
    0  0  0  0  0 30  0
    0  0  0  0 30  0  0
    0  0  0 30  0  0  0
    0  0  0 30  0  0  0
    0  0  0 30  0  0  0
    0  0  0 30  0  0  0
    0  0  0  0  0  0  0
"""
BACK = """
    0  0  0  0  0  0 30
    0  0  0  0 50 50 50
    0  0  0 20 50  0  0
    0  0  0 50 50  0  0
    0  0  0 50 50  0  0
    0  0  0 50 50  0  0
    0  0  0 50 50  0  0
"""
HEAD = """
    0  0  0  0  0  0  0
    0 40  0  0  0  0  0
   40  0 40  0  0  0  0
   40 20  0  0  0  0  0
    0 50  0  0  0  0  0
    0  0 50  0  0  0  0
   25 25  0 50  0  0  0
"""


@pytest.mark.parametrize(("field", "answer"), [(BACK, 6600), (HEAD, 0)])
def test_curve_detector(field, answer):
    """The filter answers where its curve lies in the receptive field, and keeps silent elsewhere."""
    image, curve = (np.array(text.split(), np.float32).reshape(7, 7) for text in (field, CURVE))
    detected = tf.nn.conv2d(image.reshape(1, 7, 7, 1), curve.reshape(7, 7, 1, 1), [1, 1, 1, 1], "VALID")
    assert run(detected).tolist() == [[[[answer]]]]


def test_two_filters_with_biases_and_stride_two():
    """A 5x5x3 input with a frame of zeros, two 3x3x3 filters, stride 2: two 3x3 maps, as sums of products."""
    random = np.random.RandomState(0)
    inner = random.randint(0, 3, (5, 5, 3))
    volume = np.zeros((7, 7, 3), np.float32)
    volume[1:6, 1:6] = inner
    filters, biases = random.randint(-1, 2, (3, 3, 3, 2)).astype(np.float32), np.array([1.0, 0.0], np.float32)
    maps = tf.nn.bias_add(tf.nn.conv2d(volume[None], filters, [1, 2, 2, 1], "VALID"), biases)
    expected = np.empty((3, 3, 2), np.float32)
    for row in range(3):
        for column in range(3):
            field = volume[2 * row : 2 * row + 3, 2 * column : 2 * column + 3]
            for number in range(2):
                expected[row, column, number] = np.sum(field * filters[..., number]) + biases[number]
    assert maps.shape.as_list() == [1, 3, 3, 2]
    np.testing.assert_array_equal(run(maps)[0], expected)
    framed = tf.nn.conv2d(inner[None].astype(np.float32), filters, 2, [[0, 0], [1, 1], [1, 1], [0, 0]])
    np.testing.assert_array_equal(run(framed)[0] + biases, expected)


def test_output_size_and_number_of_parameters():
    """Six 5x5x3 filters on 32x32x3: maps of 28x28x6, and 5 * 5 * 3 * 6 + 6 = 456 parameters."""
    image = tf.placeholder(tf.float32, [None, 32, 32, 3])
    filters, biases = tf.get_variable("filters", [5, 5, 3, 6]), tf.get_variable("biases", [6])
    maps = tf.nn.bias_add(tf.nn.conv2d(image, filters, [1, 1, 1, 1], "VALID"), biases)
    assert maps.shape.as_list() == [None, 28, 28, 6]
    assert sum(v.shape.num_elements() for v in tf.trainable_variables()) == 456
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert session.run(maps, {image: np.ones((1, 32, 32, 3))}).shape == (1, 28, 28, 6)


@pytest.mark.parametrize(
    ("width", "window", "padding", "stride"), [(32, 5, 2, 1), (7, 3, 0, 2), (32, 3, 1, 1), (9, 1, 0, 2)]
)
def test_output_size(width, window, padding, stride):
    """O = (W - w + 2 P) / S + 1; with P = (w - 1) / 2 and stride 1 the size stays."""
    pads = [[0, 0], [padding, padding], [padding, padding], [0, 0]]
    image = tf.placeholder(tf.float32, [1, width, width, 3])
    maps = tf.nn.conv2d(image, np.zeros((window, window, 3, 4), np.float32), stride, pads)
    assert maps.shape.as_list() == [1, *[(width - window + 2 * padding) // stride + 1] * 2, 4]
    if stride == 1 and padding == (window - 1) // 2:
        assert maps.shape[1] == width
