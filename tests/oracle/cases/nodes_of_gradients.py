"""How many nodes the gradients count for: what is made after them takes its seeds from the number."""

import numpy as np

from tests.oracle.harness import script

_SHAPES = {
    "equal": ((3, 4), (3, 4)), "row": ((3, 4), (4,)), "unknown batch": ((None, 4), (4,)), "scalar": ((3, 4), ()),
    "both": ((3, 1), (1, 4)), "two batches": ((None, 4), (None, 4)), "large": ((50, 40), (50, 40)),
}  # fmt: skip


def counted(tf, x_dims, function, *more):
    """(forward, backward, gated, a second time) of `function` of placeholders: how far the number of nodes moves on."""
    with tf.Graph().as_default() as graph:
        xs = [tf.placeholder(tf.float32, dims) for dims in (x_dims,) + more]
        y, versions = function(*xs), [graph.version]
        for gate in (False, True, False):
            tf.gradients(y, xs + tf.trainable_variables(), gate_gradients=gate)
            versions.append(graph.version)
    return np.diff([0] + versions)


@script()
def of_two_inputs(tf):
    functions = {
        "add": lambda a, b: a + b, "old_add": tf.add, "sub": tf.subtract, "mul": tf.multiply, "div": tf.divide,
        "old_div": tf.div, "maximum": tf.maximum, "minimum": tf.minimum, "difference": tf.squared_difference, "pow": tf.pow,
        "no_nan": tf.div_no_nan, "product": lambda a, b: (a + b) * (a - b), "mod": tf.floormod,
    }  # fmt: skip
    return {
        "{} {}".format(name, shapes): counted(tf, _SHAPES[shapes][0], function, _SHAPES[shapes][1])
        for name, function in functions.items()
        for shapes in _SHAPES
    }


def counts(tf, functions, *shapes):
    return {
        "{} {}".format(name, dims): counted(tf, dims, function) for name, function in functions.items() for dims in shapes
    }


@script()
def of_one_input(tf):
    names = ("abs", "exp", "log", "log1p", "sqrt", "square", "sin", "asin", "acos", "sign")
    functions = {name: getattr(tf, name) for name in names}
    functions.update({name: getattr(tf.nn, name) for name in ("relu", "selu", "softplus", "leaky_relu", "softmax", "log_softmax")})
    functions.update({
        "sum": tf.reduce_sum, "mean": tf.reduce_mean, "max": tf.reduce_max, "prod": tf.reduce_prod,
        "logsumexp": tf.reduce_logsumexp, "sum 1": lambda x: tf.reduce_sum(x, 1), "mean 0": lambda x: tf.reduce_mean(x, [0]),
        "mean kept": lambda x: tf.reduce_mean(x, -1, keepdims=True), "max 1": lambda x: tf.reduce_max(x, 1),
        "min 0": lambda x: tf.reduce_min(x, 0), "sums": lambda x: tf.reduce_sum(x, 1) + tf.reduce_sum(x, 1),
        "tile": lambda x: tf.tile(x, [2, 1]), "pad": lambda x: tf.pad(x, [[1, 1], [0, 0]]),
        "concat": lambda x: tf.concat([x, x, x * 2], 1), "concat of many": lambda x: tf.concat([x] * 20, 1),
        "stack": lambda x: tf.stack([x, x]), "split": lambda x: tf.split(x, 2, 1)[0], "part": lambda x: x[:, 1:3],
        "slice": lambda x: tf.slice(x, [0, 0], [1, 2]), "gather": lambda x: tf.gather(x, [0, 1]),
        "gather 1": lambda x: tf.gather(x, [0, 1], axis=1), "clip": lambda x: tf.clip_by_value(x, 0.0, 1.0),
        "normalized": lambda x: tf.nn.l2_normalize(x, 1), "norm": tf.norm, "cumsum": tf.cumsum, "cumprod": tf.cumprod,
        "dropout": lambda x: tf.nn.dropout(x, 0.5), "matmul": lambda x: tf.matmul(x, x, transpose_b=True),
        "broadcast": lambda x: tf.broadcast_to(x, [2, 3, 4]), "half": lambda x: tf.cast(x, tf.float64) * 2.0,
        "clip by norm": lambda x: tf.clip_by_norm(x, 1.0), "moments": lambda x: tf.nn.moments(x, [0]),
    })  # fmt: skip
    return counts(tf, functions, (3, 4), (None, 4))


@script()
def of_losses_and_layers(tf):
    functions = {
        "entropy": lambda x: tf.nn.softmax_cross_entropy_with_logits(labels=tf.ones_like(x), logits=x),
        "sparse entropy": lambda x: tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[0, 1, 2], logits=x),
        "sigmoid entropy": lambda x: tf.nn.sigmoid_cross_entropy_with_logits(labels=tf.ones_like(x), logits=x),
        "squares": lambda x: tf.losses.mean_squared_error(tf.zeros_like(x), x),
        "huber": lambda x: tf.losses.huber_loss(tf.zeros_like(x), x), "dense": lambda x: tf.layers.dense(x, 3, tf.nn.relu),
        "layer norm": tf.contrib.layers.layer_norm, "norm": lambda x: tf.layers.batch_normalization(x, training=True),
        "norm at rest": tf.layers.batch_normalization, "contrib norm": tf.contrib.layers.batch_norm,
        "attention": lambda x: tf.matmul(tf.nn.softmax(tf.matmul(x[None], x[None], transpose_b=True)), x[None]),
    }  # fmt: skip
    return counts(tf, functions, (3, 4), (None, 4))


@script()
def of_images(tf):
    functions = {
        "conv": lambda x: tf.layers.conv2d(x, 3, 3, activation=tf.nn.relu), "deconv": lambda x: tf.layers.conv2d_transpose(x, 3, 3),
        "pool": lambda x: tf.layers.max_pooling2d(x, 2, 2), "separable": lambda x: tf.layers.separable_conv2d(x, 3, 3),
        "norm": lambda x: tf.layers.batch_normalization(x, training=True), "norm at rest": tf.layers.batch_normalization,
        "resize": lambda x: tf.image.resize_images(x, [4, 4]), "mean": lambda x: tf.reduce_mean(x, [1, 2]),
        "slim": lambda x: tf.contrib.layers.conv2d(x, 3, 3, normalizer_fn=tf.contrib.layers.batch_norm),
        "crop": lambda x: tf.image.crop_and_resize(x, [[0, 0, 1, 1]], [0], [3, 3]),
    }  # fmt: skip
    return counts(tf, functions, (4, 8, 8, 2), (None, 8, 8, 2))


@script()
def of_optimizers_and_rows(tf):
    """Gradients that are rows of a table, one of which is kept at zero, as of the embeddings of old transformers."""
    found = {}
    for optimizer in (tf.train.AdamOptimizer(), tf.train.MomentumOptimizer(0.1, 0.9), tf.train.FtrlOptimizer(0.1)):
        with tf.Graph().as_default() as graph:
            table = tf.get_variable("table", [10, 4])
            padded = tf.concat((tf.zeros([1, 4]), table[1:]), 0)
            rows = tf.nn.embedding_lookup(padded, tf.placeholder(tf.int32, [None])) + tf.gather(table, [1])
            loss, before = tf.reduce_mean(tf.square(tf.layers.dense(rows, 2))), graph.version
            optimizer.minimize(loss, global_step=tf.train.get_or_create_global_step())
            found[optimizer.get_name()] = graph.version - before
    return found


@script()
def second_networks(tf):
    """Two networks in one graph, the second made when the first has its training step; both draw their weights."""
    tf.set_random_seed(7)
    x = tf.placeholder(tf.float32, [None, 3])
    with tf.variable_scope("actor"):
        hidden = tf.layers.dense(x, 6, tf.nn.relu6, kernel_initializer=tf.random_normal_initializer(0.0, 0.1))
        normal = tf.distributions.Normal(tf.layers.dense(hidden, 1, tf.nn.tanh) * 2.0, tf.layers.dense(hidden, 1, tf.nn.softplus))
        loss = -tf.reduce_mean(normal.log_prob(tf.ones([1, 1])) + 0.01 * normal.entropy())
    tf.train.AdamOptimizer(0.01).minimize(loss)
    with tf.variable_scope("critic"):
        value = tf.layers.dense(tf.nn.dropout(tf.layers.dense(x, 5, tf.nn.relu), 0.5), 1)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        found = {v.op.name: session.run(v) for v in tf.trainable_variables("critic")}
        found["value"] = session.run(value, {x: [[1.0, 2.0, 3.0]]})
    return found
