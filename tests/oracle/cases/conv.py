"""Convolutions beyond the plain ones: strides, layouts, groups of axes, transposes, dilation, second derivatives."""

import numpy as np

from tests.oracle.harness import case, floats

IMAGES = floats(2, 7, 6, 3)
CLOSE = {"rtol": 1e-4, "atol": 1e-5}


def image(tf, dims=(None, 7, 6, 3), name="x"):
    return tf.placeholder("float32", list(dims), name=name)


def kernel(tf, *shape, name="kernel"):
    return tf.get_variable(name, initializer=tf.constant(floats(*shape, seed=1)))


STRIDED = {
    "1x1": ([1, 1, 3, 5], [1, 1, 1, 1], "SAME"),
    "1x1_strided": ([1, 1, 3, 5], [1, 2, 3, 1], "SAME"),
    "1x1_strided_valid": ([1, 1, 3, 2], [1, 2, 2, 1], "VALID"),
    "2x2_by_2": ([2, 2, 3, 4], [1, 2, 2, 1], "SAME"),
    "5x5_by_2": ([5, 5, 3, 4], [1, 2, 2, 1], "SAME"),
    "5x4_by_3_2": ([5, 4, 3, 2], [1, 3, 2, 1], "VALID"),
    "2x3_by_3": ([2, 3, 3, 2], [1, 3, 3, 1], "SAME"),
    "1x3_by_2": ([1, 3, 3, 2], [1, 2, 2, 1], "SAME"),
    "full_size": ([7, 6, 3, 2], [1, 1, 1, 1], "VALID"),
    "larger_than_image": ([9, 9, 3, 2], [1, 1, 1, 1], "SAME"),
    "even": ([4, 2, 3, 2], [1, 1, 1, 1], "SAME"),
    "explicit": ([3, 3, 3, 2], [1, 2, 1, 1], [[0, 0], [2, 0], [0, 3], [0, 0]]),
    "explicit_1x1": ([1, 1, 3, 2], [1, 1, 1, 1], [[0, 0], [1, 1], [0, 1], [0, 0]]),
}
for which, (window, strides, padding) in STRIDED.items():

    @case(name="conv2d_" + which, feeds={"x": IMAGES}, grads=True, **CLOSE)
    def strided(tf, window=window, strides=strides, padding=padding):
        return tf.nn.conv2d(image(tf), kernel(tf, *window), strides, padding, name="maps")


@case(feeds={"x": IMAGES, "k": floats(3, 3, 3, 2)}, grads=True, **CLOSE)
def conv2d_of_unknown_shapes(tf):
    x, k = image(tf, [None] * 4), tf.placeholder("float32", [None] * 4, name="k")
    return [tf.nn.conv2d(x, k, 1, "SAME"), tf.nn.conv2d(x, filters=k, strides=[2, 1], padding="VALID")]


@case(feeds={"x": floats(2, 7, 6, 3, dtype=np.float64)}, grads=True)
def conv2d_float64(tf):
    x = tf.placeholder("float64", [2, 7, 6, 3], name="x")
    return tf.nn.conv2d(x, tf.constant(floats(3, 3, 3, 4, dtype=np.float64)), [1, 2, 1, 1], "SAME")


@case(feeds={"x": IMAGES}, graph=False, **CLOSE)
def conv2d_second_derivatives(tf):
    x, k = image(tf, [2, 7, 6, 3]), kernel(tf, 3, 2, 3, 4)
    y = tf.nn.conv2d(x, k, [1, 2, 2, 1], "SAME")
    dx, dk = tf.gradients(y**2, [x, k])
    return [dx, dk] + tf.gradients(dx * floats(2, 7, 6, 3, seed=2), [x, k]) + tf.gradients(dk**2, [x, k])


@case(feeds={"x": IMAGES}, graph=True, **CLOSE)
def conv2d_gradient_nodes(tf):
    x, k = image(tf, [2, 7, 6, 3]), kernel(tf, 3, 3, 3, 4)
    return tf.gradients(tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(x, k, 1, "SAME"), tf.ones([4]))), [x, k])


@case(feeds={"g": floats(2, 4, 3, 2), "x": IMAGES}, **CLOSE)
def conv2d_backprops(tf):
    x, g = image(tf), image(tf, (2, 4, 3, 2), "g")
    return [
        tf.nn.conv2d_backprop_input([2, 7, 6, 3], tf.constant(floats(3, 3, 3, 2)), g, [1, 2, 2, 1], "SAME"),
        tf.nn.conv2d_backprop_filter(x, [3, 3, 3, 2], g, [1, 2, 2, 1], "SAME"),
    ]


# -- sequences and volumes -----------------------------------------------------------------------------------------------

for stride, padding, dilation in ((1, "SAME", 1), (3, "SAME", 1), (2, "VALID", 1), (1, "VALID", 2), (1, "SAME", 2)):

    @case(
        name="conv1d_{}_{}_{}".format(stride, padding, dilation),
        feeds={"x": floats(2, 9, 3)},
        grads=dilation == 1,
        **CLOSE,
    )
    def conv1d(tf, stride=stride, padding=padding, dilation=dilation):
        x = tf.placeholder("float32", [None, 9, 3], name="x")
        return tf.nn.conv1d(x, kernel(tf, 3, 3, 4), stride, padding, dilations=dilation)


@case(feeds={"x": floats(2, 4, 3)}, grads=True, **CLOSE)
def conv1d_transpose(tf):
    x = tf.placeholder("float32", [2, 4, 3], name="x")
    return tf.nn.conv1d_transpose(x, kernel(tf, 3, 5, 3), [2, 8, 5], 2)


for volume_strides, padding in (([1, 1, 1, 1, 1], "SAME"), ([1, 2, 2, 2, 1], "SAME"), ([1, 2, 1, 2, 1], "VALID")):

    @case(
        name="conv3d_{}_{}".format("".join(map(str, volume_strides[1:4])), padding), feeds={"x": floats(2, 5, 4, 4, 2)},
        grads=True, **CLOSE
    )  # fmt: skip
    def conv3d(tf, strides=volume_strides, padding=padding):
        x = tf.placeholder("float32", [None, 5, 4, 4, 2], name="x")
        return tf.nn.conv3d(x, kernel(tf, 2, 3, 2, 2, 3), strides, padding)


@case(feeds={"x": floats(2, 3, 2, 2, 2)}, grads=True, **CLOSE)
def conv3d_transpose(tf):
    x = tf.placeholder("float32", [2, 3, 2, 2, 2], name="x")
    return tf.nn.conv3d_transpose(x, kernel(tf, 3, 3, 2, 4, 2), [2, 6, 4, 4, 4], [1, 2, 2, 2, 1])


@case(feeds={"x": floats(1, 4, 4, 3, 2)}, graph=False, **CLOSE)
def conv3d_second_derivative(tf):
    x, k = tf.placeholder("float32", [1, 4, 4, 3, 2], name="x"), kernel(tf, 2, 2, 2, 2, 2)
    dx, dk = tf.gradients(tf.nn.conv3d(x, k, [1, 2, 1, 1, 1], "SAME") ** 2, [x, k])
    return [dx, dk] + tf.gradients(dk**2, [x, k])


# -- transposes, dilation, composed ones -----------------------------------------------------------------------------------

for side, stride, padding in ((8, 2, "SAME"), (7, 2, "SAME"), (9, 2, "VALID"), (4, 1, "SAME"), (12, 3, "SAME")):

    @case(
        name="conv2d_transpose_{}_{}_{}".format(side, stride, padding),
        feeds={"x": floats(2, 4, 4, 2)},
        grads=True,
        **CLOSE,
    )
    def transposed(tf, side=side, stride=stride, padding=padding):
        x = image(tf, (2, 4, 4, 2))
        return tf.nn.conv2d_transpose(x, kernel(tf, 3, 3, 5, 2), [2, side, side, 5], [1, stride, stride, 1], padding)


@case(feeds={"x": floats(2, 4, 3, 2)}, grads=True, **CLOSE)
def conv2d_transpose_to_a_run_time_shape(tf):
    x = image(tf, (None, 4, 3, 2))
    shape = tf.stack([tf.shape(x)[0], 8, 6, 5])
    return [
        tf.nn.conv2d_transpose(x, kernel(tf, 3, 3, 5, 2), shape, 2),
        tf.nn.conv_transpose(x, floats(2, 2, 5, 2), [2, 8, 6, 5], 2),
    ]


for rate, padding in ((2, "SAME"), (3, "SAME"), (2, "VALID"), (1, "SAME")):

    @case(name="atrous_{}_{}".format(rate, padding), feeds={"x": floats(2, 9, 8, 3)}, grads=True, **CLOSE)
    def atrous(tf, rate=rate, padding=padding):
        return tf.nn.atrous_conv2d(image(tf, (2, 9, 8, 3)), kernel(tf, 3, 2, 3, 2), rate, padding)


@case(feeds={"x": floats(2, 8, 7, 2)}, grads=True, **CLOSE)
def atrous_transposes(tf):
    x, k = image(tf, (2, 8, 7, 2)), kernel(tf, 3, 3, 4, 2)
    return [
        tf.nn.atrous_conv2d_transpose(x, k, [2, 8, 7, 4], 2, "SAME"),
        tf.nn.atrous_conv2d_transpose(x, k, [2, 12, 11, 4], 2, "VALID"),
        tf.nn.atrous_conv2d_transpose(x, k, [2, 8, 7, 4], 1, "SAME"),
    ]


@case(feeds={"x": floats(2, 9, 8, 3), "s": floats(2, 9, 3)}, grads=True, **CLOSE)
def convolutions_by_rank(tf):
    x, s = image(tf, (None, 9, 8, 3)), tf.placeholder("float32", [None, 9, 3], name="s")
    return [
        tf.nn.convolution(x, kernel(tf, 3, 2, 3, 2), "SAME", dilation_rate=[2, 1]),
        tf.nn.convolution(x, floats(2, 2, 3, 2), "VALID", strides=[2, 1], name="strided"),
        tf.nn.convolution(s, kernel(tf, 3, 3, 2, name="k1"), "SAME", dilation_rate=[3]),
        tf.nn.convolution(s, floats(2, 3, 2), "VALID"),
    ]


@case(feeds={"x": floats(2, 9, 8, 3)}, grads=True, **CLOSE)
def convolution_of_unknown_size(tf):
    return tf.nn.convolution(image(tf, (None, None, None, 3)), kernel(tf, 3, 3, 3, 2), "SAME", dilation_rate=[2, 2])


@case(feeds={"x": floats(1, 6, 5, 4, 2)}, grads=True, **CLOSE)
def convolution_of_dilated_volumes(tf):
    x = tf.placeholder("float32", [1, 6, 5, 4, 2], name="x")
    return tf.nn.convolution(x, kernel(tf, 2, 2, 2, 2, 3), "SAME", dilation_rate=[2, 1, 2])


DEPTHWISE = {
    "same": ([3, 3, 3, 2], [1, 1, 1, 1], "SAME", None),
    "valid": ([2, 3, 3, 1], [1, 1, 1, 1], "VALID", None),
    "strided": ([3, 3, 3, 2], [1, 2, 2, 1], "SAME", None),
    "strided_valid": ([3, 2, 3, 3], [1, 2, 2, 1], "VALID", None),
    "dilated": ([3, 3, 3, 2], [1, 1, 1, 1], "SAME", [2, 2]),
}
for which, (window, strides, padding, rate) in DEPTHWISE.items():

    @case(name="depthwise_" + which, feeds={"x": IMAGES}, grads=True, **CLOSE)
    def depthwise(tf, window=window, strides=strides, padding=padding, rate=rate):
        return tf.nn.depthwise_conv2d(image(tf), kernel(tf, *window), strides, padding, rate=rate)


@case(feeds={"x": IMAGES}, graph=False, **CLOSE)
def depthwise_second_derivatives(tf):
    x, k = image(tf, (2, 7, 6, 3)), kernel(tf, 3, 3, 3, 2)
    dx, dk = tf.gradients(tf.nn.depthwise_conv2d_native(x, k, [1, 2, 2, 1], "SAME") ** 2, [x, k])
    return [dx, dk] + tf.gradients(dx**2, [x, k]) + tf.gradients(dk**2, [x, k])


@case(feeds={"x": IMAGES, "g": floats(2, 7, 6, 6)}, **CLOSE)
def depthwise_backprops(tf):
    x, g = image(tf), image(tf, (2, 7, 6, 6), "g")
    k = tf.constant(floats(3, 3, 3, 2))
    return [
        tf.nn.depthwise_conv2d_native_backprop_input([2, 7, 6, 3], k, g, [1] * 4, "SAME"),
        tf.nn.depthwise_conv2d_native_backprop_filter(x, [3, 3, 3, 2], g, [1] * 4, "SAME"),
    ]


@case(feeds={"x": IMAGES}, grads=True, **CLOSE)
def separable(tf):
    x, d, p = image(tf), kernel(tf, 3, 3, 3, 2), kernel(tf, 1, 1, 6, 4, name="pointwise")
    return [
        tf.nn.separable_conv2d(x, d, p, [1, 2, 2, 1], "SAME", name="strided"),
        tf.nn.separable_conv2d(x, d, p, [1, 1, 1, 1], "VALID", rate=[2, 2]),
    ]


for padding in ("SAME", "VALID"):

    @case(name="morphology_" + padding, feeds={"x": floats(2, 7, 6, 3)}, grads=True)
    def morphology(tf, padding=padding):
        x, k = image(tf), kernel(tf, 3, 2, 3)
        return [
            tf.nn.dilation2d(x, k, [1, 1, 1, 1], [1, 1, 1, 1], padding),
            tf.nn.dilation2d(x, k, [1, 2, 1, 1], [1, 1, 2, 1], padding),
            tf.nn.erosion2d(x, k, [1, 1, 2, 1], [1, 2, 1, 1], padding),
        ]
