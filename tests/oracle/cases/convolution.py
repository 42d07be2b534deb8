"""Convolutions and pooling in all their forms, with gradients; the activations and losses around them."""

import numpy as np

from tests.oracle.harness import case, floats, integers

IMAGES = floats(2, 7, 6, 3)


def conv2d(filter_shape, strides, padding, **options):
    def build(tf):
        x = tf.placeholder(tf.float32, [None, 7, 6, 3], name="x")
        kernel = tf.constant(floats(*filter_shape, seed=1))
        weights = tf.get_variable("kernel", initializer=kernel)
        return tf.nn.conv2d(x, weights, strides, padding, **options)

    return build


CONVOLUTIONS = {
    "same": conv2d([3, 3, 3, 2], [1, 1, 1, 1], "SAME"),
    "valid": conv2d([3, 2, 3, 4], [1, 1, 1, 1], "VALID"),
    "strided": conv2d([3, 3, 3, 2], [1, 2, 3, 1], "SAME"),
    "strided_valid": conv2d([2, 2, 3, 2], [1, 2, 2, 1], "VALID"),
    "dilated": conv2d([3, 2, 3, 2], [1, 1, 1, 1], "SAME", dilations=[1, 2, 2, 1]),
    "explicit": conv2d([3, 3, 3, 2], [1, 2, 2, 1], [[0, 0], [1, 0], [2, 1], [0, 0]]),
    "one_by_one": conv2d([1, 1, 3, 5], [1, 1, 1, 1], "SAME"),
}
for convolution, build_convolution in CONVOLUTIONS.items():
    has_gradient = convolution != "dilated"  # TensorFlow has no CPU kernel for the gradient of a dilated one
    case(name="conv2d_" + convolution, feeds={"x": IMAGES}, grads=has_gradient, atol=1e-5)(build_convolution)


@case(feeds={"x": IMAGES}, grads=True, atol=1e-5)
def atrous_conv2d(tf):
    x = tf.placeholder(tf.float32, [2, 7, 6, 3], name="x")
    kernel = tf.get_variable("kernel", initializer=tf.constant(floats(3, 2, 3, 2)))
    return [
        tf.nn.atrous_conv2d(x, kernel, 2, "SAME"),
        tf.nn.convolution(x, kernel, "VALID", dilation_rate=[1, 2]),
    ]


def pooling(function, ksize, strides, padding):
    def build(tf):
        return getattr(tf.nn, function)(
            tf.placeholder(tf.float32, [None, 7, 6, 3], name="x"), ksize, strides, padding
        )

    return build


for pool in ("max_pool", "avg_pool"):
    for pad in ("SAME", "VALID"):
        for size, stride in ((2, 2), (3, 1), (3, 2)):
            build_pool = pooling(pool, [1, size, size, 1], [1, stride, stride, 1], pad)
            case(name=f"{pool}_{pad.lower()}_{size}_{stride}", feeds={"x": IMAGES}, grads=True)(build_pool)


@case(feeds={"x": floats(2, 9, 3)}, grads=True, atol=1e-5)
def conv1d(tf):
    x = tf.placeholder(tf.float32, [None, 9, 3], name="x")
    kernel = tf.get_variable("kernel", initializer=tf.constant(floats(3, 3, 4)))
    return [tf.nn.conv1d(x, kernel, 1, "SAME"), tf.nn.conv1d(x, kernel, stride=2, padding="VALID")]


@case(feeds={"x": floats(2, 5, 4, 3, 2)}, grads=True, atol=1e-5)
def conv3d(tf):
    x = tf.placeholder(tf.float32, [None, 5, 4, 3, 2], name="x")
    kernel = tf.get_variable("kernel", initializer=tf.constant(floats(2, 3, 2, 2, 3)))
    return tf.nn.conv3d(x, kernel, [1, 2, 1, 1, 1], "SAME")


@case(feeds={"x": floats(2, 4, 3, 2)}, grads=True, atol=1e-5)
def conv2d_transpose(tf):
    x = tf.placeholder(tf.float32, [2, 4, 3, 2], name="x")
    kernel = tf.get_variable("kernel", initializer=tf.constant(floats(3, 3, 5, 2)))
    return tf.nn.conv2d_transpose(x, kernel, [2, 8, 6, 5], [1, 2, 2, 1])


@case(feeds={"x": IMAGES}, grads=True, atol=1e-5)
def depthwise_and_separable(tf):
    x = tf.placeholder(tf.float32, [None, 7, 6, 3], name="x")
    depthwise = tf.get_variable("depthwise", initializer=tf.constant(floats(3, 3, 3, 2)))
    pointwise = tf.get_variable("pointwise", initializer=tf.constant(floats(1, 1, 6, 4)))
    return [
        tf.nn.depthwise_conv2d(x, depthwise, [1, 2, 2, 1], "SAME"),
        tf.nn.separable_conv2d(x, depthwise, pointwise, [1, 1, 1, 1], "VALID"),
    ]


@case(feeds={"x": floats(2, 4, 6, 6, 2)}, grads=True)
def pooling_3d(tf):
    x = tf.placeholder(tf.float32, [None, 4, 6, 6, 2], name="x")
    sizes = [1, 2, 3, 2, 1]
    return [tf.nn.max_pool3d(x, sizes, sizes, "VALID"), tf.nn.avg_pool3d(x, sizes, [1, 1, 2, 2, 1], "SAME")]


ACTIVATIONS = (
    "relu",
    "relu6",
    "elu",
    "selu",
    "leaky_relu",
    "softplus",
    "softsign",
    "sigmoid",
    "tanh",
    "swish",
    "crelu",
)


def activation(name):
    def build(tf):
        return getattr(tf.nn, name)(tf.placeholder(tf.float32, [None, 4], name="x"))

    return build


for activation_name in ACTIVATIONS:
    case(name=activation_name, feeds={"x": floats(3, 4, low=-4, high=8)}, grads=True)(
        activation(activation_name)
    )


@case(feeds={"x": floats(3, 4), "z": floats(2, 3, 4)}, grads=True)
def softmax(tf):
    x = tf.placeholder(tf.float32, [None, 4], name="x")
    z = tf.placeholder(tf.float32, [2, 3, 4], name="z")
    return [
        tf.nn.softmax(x),
        tf.nn.log_softmax(x),
        tf.nn.softmax(z),
        tf.nn.softmax(z, axis=1),
        tf.nn.log_softmax(z, 0),
    ]


@case(feeds={"logits": floats(3, 4), "rows": integers(3, high=4), "cube": floats(2, 3, 4)}, grads=True)
def cross_entropies(tf):
    logits = tf.placeholder(tf.float32, [None, 4], name="logits")
    cube = tf.placeholder(tf.float32, [None, 3, 4], name="cube")
    rows = tf.placeholder(tf.int32, [None], name="rows")
    hot = tf.one_hot(rows, 4)
    return {
        "v1": tf.nn.softmax_cross_entropy_with_logits(labels=hot, logits=logits),
        "v2": tf.nn.softmax_cross_entropy_with_logits_v2(labels=hot, logits=logits),
        "sparse": tf.nn.sparse_softmax_cross_entropy_with_logits(labels=rows, logits=logits),
        "cube": tf.nn.softmax_cross_entropy_with_logits_v2(labels=tf.nn.softmax(cube * 2), logits=cube),
        "sigmoid": tf.nn.sigmoid_cross_entropy_with_logits(labels=hot, logits=logits),
        "weighted": tf.nn.weighted_cross_entropy_with_logits(hot, logits, 2.0),
    }


@case(feeds={"x": IMAGES}, grads=True, atol=1e-5)
def normalisation(tf):
    x = tf.placeholder(tf.float32, [None, 7, 6, 3], name="x")
    mean, variance = tf.nn.moments(x, [0, 1, 2])
    scale, offset = tf.constant([1.0, 2.0, 0.5]), tf.constant([0.0, 1.0, -1.0])
    return {
        "mean": mean,
        "variance": variance,
        "batch": tf.nn.batch_normalization(x, mean, variance, offset, scale, 1e-3),
        "lrn": tf.nn.local_response_normalization(x, depth_radius=1, bias=1.5, alpha=0.2, beta=0.7),
        "l2": tf.nn.l2_normalize(x, 3),
        "fused": tf.nn.fused_batch_norm(x, scale, offset)[0],
        "fused_for_inference": tf.nn.fused_batch_norm(
            x, scale, offset, [0.1, 0.2, 0.3], [1.0, 2.0, 3.0], is_training=False
        )[0],
    }


@case(feeds={"x": floats(3, 6)})
def best_entries(tf):
    x = tf.placeholder(tf.float32, [None, 6], name="x")
    values, indices = tf.nn.top_k(x, 2, name="best")
    return {"values": values, "indices": indices, "hit": tf.nn.in_top_k(x, [0, 2, 4], 3)}


@case(feeds={"x": np.array([1.0, 2.0, 3.0, 4.0]).reshape(1, 4, 1), "image": floats(1, 32, 32, 3)}, atol=1e-5)
def lecture_numbers(tf):
    """(1,2,3,4) * (3,2) = (7,12,17); six 5x5x3 filters on 32x32x3 give 28x28x6 and have 456 parameters."""
    x = tf.placeholder(tf.float32, [1, 4, 1], name="x")
    image = tf.placeholder(tf.float32, [1, 32, 32, 3], name="image")
    filters = tf.get_variable("filters", [5, 5, 3, 6], initializer=tf.constant_initializer(0.01))
    biases = tf.get_variable("biases", [6], initializer=tf.zeros_initializer())
    return {
        "sequence": tf.nn.conv1d(x, [[[3.0]], [[2.0]]], 1, "VALID"),
        "difference": tf.nn.conv1d(x, [[[-1.0]], [[1.0]]], 1, "VALID"),
        "maps": tf.nn.conv2d(image, filters, [1, 1, 1, 1], "VALID") + biases,
        "parameters": tf.size(filters) + tf.size(biases),
    }
