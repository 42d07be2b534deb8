"""tf.layers: convolutions, pooling, batch normalisation."""

from tests.oracle.harness import case, floats

X = {1: floats(2, 9, 3), 2: floats(2, 8, 7, 3), 3: floats(2, 5, 4, 6, 3)}
CONVOLUTIONS = {
    "conv1d": dict(rank=1, filters=4, kernel_size=3, strides=2, padding="same"),
    "conv1d_dilated": dict(rank=1, function="conv1d", filters=4, kernel_size=3, dilation_rate=2),
    "conv1d_causal": dict(rank=1, function="conv1d", filters=4, kernel_size=2, padding="causal"),
    "conv2d": dict(rank=2, filters=4, kernel_size=3),
    "conv2d_options": dict(
        rank=2, function="conv2d", filters=4, kernel_size=(3, 2), strides=(2, 1), padding="SAME", use_bias=False, name="own"
    ),
    "conv2d_dilated": dict(rank=2, function="conv2d", filters=4, kernel_size=2, dilation_rate=(2, 3), padding="same"),
    "conv3d": dict(rank=3, filters=2, kernel_size=2, strides=(1, 2, 1)),
    "conv2d_transpose": dict(rank=2, filters=4, kernel_size=3, strides=2, padding="same"),
    "conv2d_transpose_valid": dict(rank=2, function="conv2d_transpose", filters=4, kernel_size=(2, 3), strides=(2, 3)),
    "conv3d_transpose": dict(rank=3, filters=2, kernel_size=2, strides=2),
    "separable_conv1d": dict(rank=1, filters=4, kernel_size=3, depth_multiplier=2, padding="same"),
    "separable_conv2d": dict(rank=2, filters=4, kernel_size=3, strides=2, depth_multiplier=2),
    "separable_conv2d_dilated": dict(rank=2, function="separable_conv2d", filters=4, kernel_size=2, dilation_rate=2),
}
POOLS = {
    "max_pooling1d": dict(rank=1, pool_size=2, strides=2),
    "average_pooling1d": dict(rank=1, pool_size=3, strides=1, padding="same"),
    "max_pooling2d": dict(rank=2, pool_size=[2, 3], strides=2, padding="same"),
    "average_pooling2d": dict(rank=2, pool_size=3, strides=(2, 1)),
    "max_pooling3d": dict(rank=3, pool_size=2, strides=2),
    "average_pooling3d": dict(rank=3, pool_size=(1, 2, 2), strides=1, padding="same"),
}
NORMALIZATIONS = {
    "training": dict(rank=2, training=True),
    "inference": dict(rank=2, training=False),
    "plain": dict(rank=1, training=True, momentum=0.9, epsilon=1e-2),
    "not_fused": dict(rank=2, training=True, fused=False, scale=False),
    "first_axis": dict(rank=2, training=True, axis=1, fused=False),
    "two_axes": dict(rank=2, training=True, axis=[1, 3]),
    "no_center": dict(rank=2, training=True, center=False, scale=False),
    "renorm": dict(rank=1, training=True, renorm=True, renorm_clipping={"rmax": 1.5, "rmin": 0.5, "dmax": 0.3}),
    "virtual_batches": dict(rank=2, training=True, virtual_batch_size=1),
}


def with_input(name, row, function):
    row = dict(row)
    rank, function = row.pop("rank"), row.pop("function", function)

    @case(name=name, feeds={"x": X[rank]}, grads=True, atol=1e-5)
    def build(tf):
        x = tf.placeholder(tf.float32, [None] + list(X[rank].shape[1:]), name="x")
        tf.set_random_seed(3)
        return getattr(tf.layers, function)(x, **row)


for _name, _row in CONVOLUTIONS.items():
    with_input(_name, _row, _name)
for _name, _row in POOLS.items():
    with_input(_name, _row, _name)


def normalized(name, row):
    row = dict(row)
    rank = row.pop("rank")

    @case(name="batch_" + name, feeds={"x": X[rank]}, runs=2)
    def build(tf):
        x = tf.placeholder(tf.float32, [None] + list(X[rank].shape[1:]), name="x")
        y = tf.layers.batch_normalization(x, **row)
        with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
            after = [tf.identity(v.read_value()) for v in tf.global_variables()]
        return [y] + after

    @case(name="gradient_of_batch_" + name, feeds={"x": X[rank]}, grads=True, graph=False)
    def build_gradient(tf):
        x = tf.placeholder(tf.float32, X[rank].shape, name="x")
        return tf.layers.batch_normalization(x, **row)


for _name, _row in NORMALIZATIONS.items():
    normalized(_name, _row)


@case(feeds=[{"x": X[2], "training": True}, {"x": X[2], "training": False}, {"x": X[2], "training": True}], graph=False)
def batch_fed_training(tf):
    x = tf.placeholder(tf.float32, [None, 8, 7, 3], name="x")
    training = tf.placeholder(tf.bool, [], name="training")
    ys = [tf.layers.batch_normalization(x, training=training, fused=fused) for fused in (True, False)]
    with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
        return ys + [tf.identity(v.read_value()) for v in tf.global_variables()]


@case(feeds={"x": X[2]}, grads=True)
def a_network(tf):
    x = tf.placeholder(tf.float32, [None, 8, 7, 3], name="x")
    tf.set_random_seed(3)
    with tf.variable_scope("net", regularizer=None):
        h = tf.layers.conv2d(x, 4, 3, activation=tf.nn.relu, kernel_regularizer=tf.nn.l2_loss)
        h = tf.layers.max_pooling2d(h, 2, 2)
        h = tf.layers.batch_normalization(h, training=True)
        h = tf.layers.dropout(tf.layers.flatten(h), 0.4, training=True)
        return [tf.layers.dense(h, 5)] + tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)


@case(raises=True)
def channels_unknown(tf):
    return tf.layers.conv2d(tf.placeholder(tf.float32, [1, 8, 8, None]), 3, 2)


@case(raises=True)
def another_rank(tf):
    return tf.layers.conv2d(tf.placeholder(tf.float32, [1, 8, 8]), 3, 2)


@case(raises=True)
def strides_and_dilation(tf):
    return tf.layers.conv2d(tf.placeholder(tf.float32, [1, 8, 8, 3]), 3, 2, strides=2, dilation_rate=2)


@case(raises=True)
def an_unknown_padding(tf):
    return tf.layers.conv2d(tf.placeholder(tf.float32, [1, 8, 8, 3]), 3, 2, padding="full")


@case(raises=True)
def three_strides(tf):
    return tf.layers.max_pooling2d(tf.placeholder(tf.float32, [1, 8, 8, 3]), 2, (1, 2, 3))
