"""Pooling of all kinds, with ties; batch normalisation and the moments; normalisation across channels."""

import numpy as np

from tests.oracle.harness import case, floats, integers

IMAGES = floats(2, 7, 6, 3)
TIES = integers(2, 7, 6, 3, high=3).astype(np.float32)


def image(tf, dims=(None, 7, 6, 3), name="x", dtype="float32"):
    return tf.placeholder(dtype, list(dims), name=name)


SIZES = (
    ([2, 2], [2, 2]),
    ([3, 3], [2, 2]),
    ([3, 2], [1, 2]),
    ([2, 2], [3, 3]),
    ([1, 1], [2, 2]),
    ([7, 6], [1, 1]),
    ([4, 3], [3, 1]),
)
for function in ("max_pool", "avg_pool"):
    for padding in ("SAME", "VALID"):
        for size, stride in SIZES:
            name = "{}_{}_{}x{}_by_{}_{}".format(function, padding, *(size + stride))

            @case(name=name, feeds={"x": TIES if function == "max_pool" else IMAGES}, grads=True)
            def pooled(tf, function=function, padding=padding, size=size, stride=stride):
                return getattr(tf.nn, function)(image(tf), size, stride, padding)


@case(feeds={"x": IMAGES}, grads=True)
def pooling_of_unknown_size(tf):
    x = image(tf, [None] * 4)
    return [tf.nn.max_pool(x, 2, 2, "SAME", name="max"), tf.nn.avg_pool(x, [2, 3], 1, "VALID", name="mean")]


@case(feeds={"x": floats(2, 4, 4, 6)})
def max_pool_over_channels(tf):
    return tf.nn.max_pool(image(tf, (2, 4, 4, 6)), [1, 1, 1, 2], [1, 1, 1, 2], "SAME")


@case(feeds={"x": integers(2, 4, 5, 2, low=-5)})
def max_pool_of_integers(tf):
    return tf.nn.max_pool(image(tf, (None, 4, 5, 2), dtype="int32"), 2, 2, "SAME")


@case(feeds={"x": IMAGES.astype(np.float16)}, grads=True)
def pooling_half(tf):
    x = image(tf, dtype="float16")
    return [tf.nn.max_pool(x, 2, 2, "SAME"), tf.nn.avg_pool(x, 2, 2, "SAME")]


@case(feeds={"x": TIES})
def pooling_gradient_nodes(tf):
    x = image(tf)
    return tf.gradients([tf.nn.max_pool(x, 2, 2, "SAME"), tf.nn.avg_pool(x, 3, 2, "VALID")], x)


@case(feeds={"x": IMAGES}, graph=False, atol=1e-5)
def pooling_second_derivatives(tf):
    x = image(tf, (2, 7, 6, 3))
    found = []
    for function in (tf.nn.max_pool, tf.nn.avg_pool):
        first = tf.gradients(function(x, 3, 2, "SAME") ** 2, x)[0]
        found += [first, tf.gradients(first * floats(2, 7, 6, 3, seed=1), x)[0]]
    return found


for padding in ("SAME", "VALID"):

    @case(name="max_pool_with_argmax_" + padding, feeds={"x": TIES}, grads=True)
    def with_argmax(tf, padding=padding):
        x = image(tf)
        plain = tf.nn.max_pool_with_argmax(x, [1, 3, 2, 1], [1, 2, 2, 1], padding)
        counted = tf.nn.max_pool_with_argmax(x, [1, 2, 2, 1], [1, 2, 2, 1], padding, include_batch_in_index=True)
        return {"values": plain.output, "places": plain.argmax, "more": counted[0], "in_batch": counted[1]}


@case(feeds={"x": floats(2, 9, 3)}, grads=True)
def pooling_of_sequences(tf):
    x = tf.placeholder("float32", [None, 9, 3], name="x")
    return [
        tf.nn.max_pool1d(x, 3, 2, "SAME"),
        tf.nn.avg_pool1d(x, 2, 2, "VALID"),
        tf.nn.max_pool_v2(x, 2, 2, "VALID"),
        tf.nn.pool(x, [3], "AVG", "SAME"),
        tf.nn.pool(x, [2], "MAX", "VALID", dilation_rate=[3]),
    ]


@case(feeds={"x": integers(2, 5, 6, 4, 2, high=4).astype(np.float32)})
def equal_entries_of_volumes(tf):
    x = tf.placeholder("float32", [None, 5, 6, 4, 2], name="x")
    return tf.gradients([tf.nn.max_pool3d(x, 2, 2, "SAME"), tf.nn.max_pool3d(x, [2, 3, 1], 1, "VALID")], x)


@case(feeds={"x": np.random.RandomState(3).permutation(480).reshape(2, 5, 6, 4, 2).astype(np.float32)}, grads=True)
def pooling_of_volumes(tf):
    x = tf.placeholder("float32", [None, 5, 6, 4, 2], name="x")
    return [
        tf.nn.max_pool3d(x, 2, 2, "SAME"),
        tf.nn.max_pool3d(x, [1, 3, 2, 2, 1], [1, 1, 2, 1, 1], "VALID"),
        tf.nn.avg_pool3d(x, 3, 2, "SAME"),
        tf.nn.avg_pool_v2(x, 2, 1, "VALID"),
    ]


@case(feeds={"x": floats(1, 4, 4, 4, 1)}, graph=False)
def pooling_of_volumes_second_derivatives(tf):
    x = tf.placeholder("float32", [1, 4, 4, 4, 1], name="x")
    found = []
    for function in (tf.nn.max_pool3d, tf.nn.avg_pool3d):
        first = tf.gradients(function(x, 2, 2, "SAME") ** 2, x)[0]
        found.append(tf.gradients(first * floats(1, 4, 4, 4, 1, seed=1), x)[0])
    return found


@case(feeds={"x": floats(2, 9, 8, 3)}, grads=True)
def pool_by_rank(tf):
    x = image(tf, (2, 9, 8, 3))
    return [
        tf.nn.pool(x, [2, 3], "MAX", "SAME", strides=[2, 2], name="strided"),
        tf.nn.pool(x, [2, 2], "AVG", "VALID", dilation_rate=[2, 3]),
        tf.nn.max_pool_v2(x, 2, 2, "SAME"),
        tf.nn.max_pool2d(x, 2, 1, "VALID"),
    ]


# -- moments -------------------------------------------------------------------------------------------------------------

for axes, keep in (([0], False), ([0, 1, 2], True), ([1, -1], False)):

    @case(name="moments_" + "_".join(map(str, axes)), feeds={"x": IMAGES}, grads=True, atol=1e-5)
    def moments(tf, axes=axes, keep=keep):
        mean, variance = tf.nn.moments(image(tf), axes, keep_dims=keep)
        return [mean, variance]


@case(feeds={"x": floats(3, 4).astype(np.float16), "w": floats(3, 1, low=0)}, grads=True)
def moments_half(tf):
    x, w = tf.placeholder("float16", [None, 4], name="x"), tf.placeholder("float32", [3, 1], name="w")
    return list(tf.nn.moments(x, [0], keepdims=True)) + list(tf.nn.weighted_moments(x, [0], w + 3.0))


@case(feeds={"x": floats(3, 4, 2), "w": floats(3, 4, 1, low=0.5)}, grads=True, rtol=1e-4, atol=1e-5)
def weighted_moments(tf):
    x, w = tf.placeholder("float32", [None, 4, 2], name="x"), tf.placeholder("float32", [3, 4, 1], name="w")
    mean, variance = tf.nn.weighted_moments(x, [0, 1], w, keep_dims=True)
    return [mean, variance] + list(tf.nn.weighted_moments(x, [1], w, name="rows"))


@case(feeds={"x": floats(3, 4, 2)}, grads=True, rtol=1e-4, atol=1e-5)
def statistics(tf):
    x = tf.placeholder("float32", [None, 4, 2], name="x")
    count, total, squares, _ = tf.nn.sufficient_statistics(x, [0])
    known = tf.nn.sufficient_statistics(x, [1, 2], shift=0.5, keep_dims=True)
    return (
        [total, squares]
        + list(tf.nn.normalize_moments(count, total, squares, None))
        + list(tf.nn.normalize_moments(*known))
    )


# -- batch normalisation -------------------------------------------------------------------------------------------------


@case(feeds={"x": IMAGES}, grads=True, rtol=1e-4, atol=1e-5)
def batch_normalizations(tf):
    x = image(tf)
    mean, variance = tf.nn.moments(x, [0, 1, 2])
    offset, scale = tf.constant([0.0, 1.0, -1.0]), tf.get_variable("scale", initializer=tf.constant([1.0, 2.0, 0.5]))
    return {
        "all": tf.nn.batch_normalization(x, mean, variance, offset, scale, 1e-3),
        "no offset": tf.nn.batch_normalization(x, mean, variance, None, scale, 1e-3, name="bn"),
        "plain": tf.nn.batch_normalization(x, mean, variance, None, None, 1e-3),
        "global": tf.nn.batch_norm_with_global_normalization(x, mean, variance, offset, scale, 1e-3, True),
        "unscaled": tf.nn.batch_norm_with_global_normalization(x, mean, variance, offset, scale, 1e-3, False),
    }


for kind in ("float32", "float16"):
    for training in (True, False):

        @case(
            name="fused_{}_{}".format(kind, "training" if training else "inference"), feeds={"x": IMAGES.astype(kind)},
            grads=True, rtol=1e-2 if kind == "float16" else 1e-4, atol=2e-2 if kind == "float16" else 1e-4,
        )  # fmt: skip
        def fused(tf, kind=kind, training=training):
            x = image(tf, dtype=kind)
            scale, offset, mean, variance = [
                tf.get_variable(name, initializer=tf.constant(values))
                for name, values in zip("somv", ([1.0, 2.0, 0.5], [0.0, 1.0, -1.0], [0.1, 0.2, -0.3], [1.0, 2.0, 0.5]))
            ]
            if training:
                y, batch_mean, batch_variance = tf.nn.fused_batch_norm(x, scale, offset, epsilon=0.01)
                return {"y": y, "mean": tf.stop_gradient(batch_mean), "variance": tf.stop_gradient(batch_variance)}
            return tf.nn.fused_batch_norm(x, scale, offset, mean, variance, is_training=False, name="bn")[0]


@case(feeds={"x": IMAGES}, rtol=1e-4, atol=1e-4)
def fused_gradient_nodes(tf):
    x, scale, offset = image(tf), tf.constant([1.0, 2.0, 0.5]), tf.constant([0.0, 1.0, -1.0])
    return tf.gradients(tf.nn.fused_batch_norm(x, scale, offset)[0] ** 2, [x, scale, offset])


@case(feeds={"x": IMAGES}, graph=False, rtol=1e-3, atol=1e-3)
def fused_second_derivatives(tf):
    x, scale = image(tf, (2, 7, 6, 3)), tf.constant([1.0, 2.0, 0.5])
    y = tf.nn.fused_batch_norm(x, scale, tf.zeros([3]), epsilon=0.1)[0]
    first = tf.gradients(y**3, x)[0]
    return [first] + tf.gradients(first * floats(2, 7, 6, 3, seed=1), [x, scale])


@case(feeds={"x": IMAGES}, grads=True, atol=1e-5)
def across_channels(tf):
    x = image(tf)
    return [
        tf.nn.lrn(x),
        tf.nn.local_response_normalization(x, depth_radius=1, bias=2.0, alpha=0.5, beta=0.75, name="norm"),
        tf.nn.lrn(tf.concat([x, x * 2, x - 1], 3), 2, 1.5, 1e-3, 0.6),
    ]
