"""Activations and their second derivatives, softmax, biases, dropout, losses, embeddings, the best entries of rows."""

import numpy as np

from tests.oracle.harness import case, floats, integers

X = floats(3, 4, low=-4, high=8)


def placeholder(tf, shape, name="x", dtype="float32"):
    return tf.placeholder(dtype, shape, name=name)


# -- activations ---------------------------------------------------------------------------------------------------------

KINKED = ("relu", "relu6", "leaky_relu", "crelu")
SMOOTH = ("elu", "selu", "softplus", "softsign", "swish")


def twice(name):
    """An activation, its gradient and that one's gradient."""

    def build(tf):
        x = placeholder(tf, [None, 4])
        y = getattr(tf.nn, name)(x, name="act") if name != "swish" else tf.nn.swish(x)
        first = tf.gradients(y * y, x)[0]
        return {"y": y, "first": first, "second": tf.gradients(first * first, x)[0]}

    return build


for activation in KINKED + SMOOTH:
    if activation not in ("softsign", "swish"):  # TensorFlow has no second derivative of softsign
        case(name="second_derivative_of_" + activation, feeds={"x": X}, graph=False, atol=1e-5, rtol=1e-4)(
            twice(activation)
        )
    for kind in ("float64", "float16"):

        @case(name=activation + "_" + kind, feeds={"x": X.astype(kind)}, grads=True)
        def typed_activation(tf, activation=activation, kind=kind):
            return getattr(tf.nn, activation)(placeholder(tf, [None, 4], dtype=kind))


@case(feeds={"x": np.array([[-1.0, 0.0, 6.0, 7.0, np.inf, -np.inf]], np.float32)}, grads=True)
def activations_at_their_corners(tf):
    x = placeholder(tf, [1, 6])
    return [tf.nn.relu(x), tf.nn.relu6(x), tf.nn.elu(x), tf.nn.leaky_relu(x, 0.3), tf.nn.selu(x)]


@case(feeds={"x": np.array([np.nan, 1.0], np.float32)})
def activations_of_no_number(tf):
    x = placeholder(tf, [2])
    values = [tf.nn.relu(x), tf.nn.relu6(x), tf.nn.elu(x), tf.nn.leaky_relu(x)]
    return values + tf.gradients(values[0], x)


@case(feeds={"x": np.array([-200.0, -30.0, -10.0, 0.0, 10.0, 30.0, 200.0], np.float32)}, grads=True)
def softplus_far_out(tf):
    return tf.nn.softplus(placeholder(tf, [7]))


@case(feeds={"x": integers(2, 5, low=-9), "y": integers(2, 5, dtype=np.int64, low=-9)})
def rectified_integers(tf):
    x, y = placeholder(tf, [2, None], dtype="int32"), placeholder(tf, None, "y", "int64")
    return [tf.nn.relu(x), tf.nn.relu6(y), tf.nn.leaky_relu(x, name="leaky")]


@case(feeds={"x": floats(2, 3, 4)}, grads=True)
def crelu_along_an_axis(tf):
    return [tf.nn.crelu(placeholder(tf, [2, None, 4]), axis=1), tf.nn.crelu(floats(2, 2), "named")]


# -- softmax -------------------------------------------------------------------------------------------------------------

for axis in (None, 0, 1, -2, 2, -1):

    @case(name="softmax_axis_{}".format(axis), feeds={"x": floats(2, 3, 4)}, grads=True)
    def softmax_along(tf, axis=axis):
        x = placeholder(tf, [None, 3, 4])
        return [tf.nn.softmax(x, axis=axis, name="s"), tf.nn.log_softmax(x, axis)]


@case(feeds={"x": floats(2, 3, 4)}, grads=True)
def softmax_along_a_tensor(tf):
    x = placeholder(tf, [2, 3, 4])
    return [tf.nn.softmax(x, tf.constant(-2)), tf.nn.softmax(x, dim=0)]


@case(feeds={"x": floats(5), "y": np.array([[1000.0, 1001.0], [-1000.0, 0.0]], np.float32)}, grads=True)
def softmax_of_large_numbers(tf):
    x, y = placeholder(tf, [5]), placeholder(tf, None, "y")
    return [tf.nn.softmax(x), tf.nn.softmax(y), tf.nn.log_softmax(y)]


@case(feeds={"x": floats(3, 4)}, graph=False, atol=1e-5)
def softmax_second_derivative(tf):
    x = placeholder(tf, [3, 4])
    found = {}
    for name in ("softmax", "log_softmax"):
        first = tf.gradients(getattr(tf.nn, name)(x) ** 2, x)[0]
        found[name] = tf.gradients(first * tf.constant(floats(3, 4, seed=3)), x)[0]
    return found


# -- biases --------------------------------------------------------------------------------------------------------------

LAYOUTS = {
    "rows": ([None, 3], None, (2, 3)),
    "sequence": ([2, None, 3], None, (2, 5, 3)),
    "images": ([None, 4, 5, 3], "NHWC", (2, 4, 5, 3)),
    "channels_first": ([2, 3, None, 5], "NCHW", (2, 3, 4, 5)),
    "volumes": ([1, 3, 2, 2, 2], "NCDHW", (1, 3, 2, 2, 2)),
}
for layout, (dims, data_format, fed) in LAYOUTS.items():
    if layout != "volumes":  # TensorFlow's CPU kernel adds no bias to NCDHW

        @case(name="bias_add_" + layout, feeds={"x": floats(*fed), "b": floats(3, seed=1)}, grads=True, atol=1e-5)
        def bias_add(tf, dims=dims, data_format=data_format):
            x, b = placeholder(tf, dims), placeholder(tf, [3], "b")
            return tf.nn.bias_add(x, b, data_format=data_format, name="with_bias")


@case(feeds={"x": floats(2, 3), "w": floats(3, 4), "b": floats(4)}, grads=True)
def layers(tf):
    x, w, b = placeholder(tf, [None, 3]), placeholder(tf, [3, 4], "w"), placeholder(tf, [4], "b")
    return [tf.nn.xw_plus_b(x, w, b), tf.nn.relu_layer(x, w, b), tf.nn.relu_layer(x, w, b, name="hidden")]


@case(feeds={"x": floats(2, 3)}, graph=False, atol=1e-5)
def bias_twice(tf):
    x = placeholder(tf, [2, 3])
    b = tf.constant([0.1, 0.2, 0.3])
    first = tf.gradients(tf.nn.bias_add(x * x, b) ** 3, b)[0]
    return [first, tf.gradients(first, x)[0]]


@case(feeds={"x": floats(3, 4), "y": floats(2, 2)}, grads=True)
def norms(tf):
    x, y = placeholder(tf, [None, 4]), placeholder(tf, None, "y")
    return [
        tf.nn.l2_loss(x),
        tf.nn.l2_loss(y, name="half_square"),
        tf.nn.l2_normalize(x, 1),
        tf.nn.l2_normalize(y, dim=0),
    ]


# -- dropout -------------------------------------------------------------------------------------------------------------

DROPOUTS = {
    "keep_prob": {"keep_prob": 0.6},
    "rate": {"rate": 0.3, "seed": 7},
    "noise_shape": {"rate": 0.5, "noise_shape": [1, 4], "seed": 3},
    "partial_noise_shape": {"keep_prob": 0.5, "noise_shape": [None, 1], "seed": 3},
    "kept_whole": {"keep_prob": 1.0},
}
for how, options in DROPOUTS.items():

    @case(name="dropout_" + how, feeds={"x": floats(5, 4)}, grads=True)
    def dropout(tf, options=options):
        tf.set_random_seed(11)
        return tf.nn.dropout(placeholder(tf, [5, 4]), **options)


@case(feeds={"x": floats(6, 4), "keep": np.float32(0.7)}, runs=3)
def dropout_by_a_tensor(tf):
    tf.set_random_seed(5)
    keep = tf.placeholder_with_default(1.0, [], name="keep")
    return tf.nn.dropout(placeholder(tf, [None, 4]), keep, name="drop")


@case(feeds={"x": floats(6, 4, dtype=np.float64)}, grads=True)
def dropout_float64(tf):
    tf.set_random_seed(5)
    return tf.nn.dropout(placeholder(tf, [6, 4], dtype="float64"), rate=0.25)


# -- losses --------------------------------------------------------------------------------------------------------------

PROBABILITIES = np.array([[0.1, 0.2, 0.3, 0.4], [1, 0, 0, 0], [0.25, 0.25, 0.25, 0.25]], np.float32)
for axis in (-1, 0, 1):

    @case(name="softmax_xent_axis_{}".format(axis), feeds={"x": floats(3, 4), "z": PROBABILITIES}, grads=True)
    def softmax_xent(tf, axis=axis):
        x, z = placeholder(tf, [3, 4]), placeholder(tf, [3, 4], "z")
        return {
            "v1": tf.nn.softmax_cross_entropy_with_logits(labels=z, logits=x, dim=axis),
            "v2": tf.nn.softmax_cross_entropy_with_logits_v2(labels=z, logits=x, axis=axis, name="xent"),
        }


@case(feeds={"x": floats(2, 3, 4), "z": floats(2, 3, 4, low=0)}, grads=True)
def softmax_xent_of_unknown_shape(tf):
    x, z = placeholder(tf, None), placeholder(tf, None, "z")
    return tf.nn.softmax_cross_entropy_with_logits_v2(labels=z, logits=x)


@case(feeds={"x": floats(2, 4).astype(np.float16), "z": integers(2, 4, high=2)}, grads=True)
def softmax_xent_half(tf):
    x, z = placeholder(tf, [None, 4], dtype="float16"), placeholder(tf, [None, 4], "z", "int32")
    return tf.nn.softmax_cross_entropy_with_logits_v2(labels=z, logits=x)


@case(feeds={"x": floats(3, 4), "z": PROBABILITIES}, graph=False, atol=1e-5)
def softmax_xent_second_derivative(tf):
    x, z = placeholder(tf, [3, 4]), placeholder(tf, [3, 4], "z")
    loss = tf.nn.softmax_cross_entropy_with_logits_v2(labels=z, logits=x)
    first = tf.gradients(loss, x)[0]
    return [first, tf.gradients(first * tf.constant(floats(3, 4, seed=5)), x)[0]]


for kind in ("int32", "int64"):

    @case(name="sparse_xent_" + kind, feeds={"x": floats(5, 4), "y": integers(5, dtype=kind, high=4)}, grads=True)
    def sparse_xent(tf, kind=kind):
        x, y = placeholder(tf, [None, 4]), placeholder(tf, [None], "y", kind)
        return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=x)


@case(feeds={"x": floats(2, 3, 4), "y": integers(2, 3, high=4)}, grads=True)
def sparse_xent_of_sequences(tf):
    x, y = placeholder(tf, [2, 3, 4]), placeholder(tf, [2, 3], "y", "int32")
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=x, name="named")


@case(feeds={"x": floats(2, 3, 4), "y": integers(2, 3, high=4)}, grads=True)
def sparse_xent_checked_when_run(tf):
    x, y = placeholder(tf, [None, 3, 4]), placeholder(tf, [None, 3], "y", "int32")
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=x)


@case(feeds={"x": floats(2, 4).astype(np.float16), "y": integers(2, high=4)}, grads=True)
def sparse_xent_half(tf):
    x, y = placeholder(tf, [2, 4], dtype="float16"), placeholder(tf, [2], "y", "int32")
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=x)


@case(feeds={"x": floats(4), "y": np.int32(2)}, grads=True)
def sparse_xent_of_one_example(tf):
    x, y = placeholder(tf, [4]), placeholder(tf, [], "y", "int32")
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=x)


@case(feeds={"x": floats(3, 4, low=-9, high=9), "z": floats(3, 4, low=0, high=1)}, grads=True)
def losses_of_independent_labels(tf):
    x, z = placeholder(tf, [None, 4]), placeholder(tf, [3, 4], "z")
    return {
        "sigmoid": tf.nn.sigmoid_cross_entropy_with_logits(labels=z, logits=x),
        "named": tf.nn.sigmoid_cross_entropy_with_logits(labels=z, logits=x, name="loss"),
        "weighted": tf.nn.weighted_cross_entropy_with_logits(z, x, 3.0),
        "by_tensor": tf.nn.weighted_cross_entropy_with_logits(
            targets=z, logits=x, pos_weight=tf.constant([1.0, 2.0, 3.0, 4.0])
        ),
    }


@case(feeds={"x": floats(3, 4), "z": floats(3, 4, low=0, high=5)}, grads=True, rtol=1e-4)
def poisson_loss(tf):
    x, z = placeholder(tf, [3, 4]), placeholder(tf, [3, 4], "z")
    return [tf.nn.log_poisson_loss(z, x), tf.nn.log_poisson_loss(z, x, compute_full_loss=True)]


# -- embeddings ----------------------------------------------------------------------------------------------------------


@case(feeds={"ids": integers(2, 3, high=6)})
def embedding(tf):
    table = tf.get_variable("table", initializer=tf.constant(floats(6, 4)))
    ids = placeholder(tf, [None, 3], "ids", "int32")
    rows = tf.nn.embedding_lookup(table, ids)
    sums = tf.gradients(tf.reduce_sum(rows**2), table)[0]
    return [rows, tf.convert_to_tensor(sums), tf.nn.embedding_lookup(table, ids, max_norm=1.5, name="clipped")]


for strategy in ("mod", "div"):

    @case(name="embedding_in_shares_" + strategy, feeds={"ids": integers(2, 5, high=8)}, grads=True)
    def embedding_in_shares(tf, strategy=strategy):
        sizes = (3, 3, 2)
        tables = [
            tf.get_variable("t%d" % i, initializer=tf.constant(floats(n, 2, seed=i))) for i, n in enumerate(sizes)
        ]
        ids = placeholder(tf, [None, 5], "ids", "int32")
        return tf.nn.embedding_lookup(tables, ids, strategy)


@case(feeds={"ids": integers(4, dtype=np.int64, high=8)})
def embedding_in_shares_cut(tf):
    tables = [tf.constant(floats(4, 3, seed=i)) for i in range(2)]
    ids = placeholder(tf, [4], "ids", "int64")
    return tf.nn.embedding_lookup(tables, ids, "div", max_norm=1.0)


# -- the best ------------------------------------------------------------------------------------------------------------


@case(feeds={"x": floats(2, 3, 6), "k": np.int32(4)}, grads=True)
def best_of_rows(tf):
    x = placeholder(tf, [2, 3, 6])
    top = tf.nn.top_k(x, 3, name="top")
    return {
        "values": top.values,
        "indices": top.indices,
        "many": tf.nn.top_k(x, placeholder(tf, [], "k", "int32")).values,
        "one": tf.math.top_k(x)[1],
    }


@case(feeds={"x": integers(3, 7, high=4)})
def best_of_equal_entries(tf):
    x = placeholder(tf, [None, 7], dtype="int32")
    top = tf.nn.top_k(x, 5)
    return [top.values, top.indices]


@case()
def among_the_best(tf):
    rows = tf.constant([[1.0, 3.0, 3.0, 2.0, 3.0], [5.0, 4.0, 3.0, 2.0, 1.0], [1.0, np.inf, 2.0, 3.0, 4.0]])
    return [
        tf.nn.in_top_k(rows, tf.constant([c, 0, 4], kind), k)
        for c in (1, 2, 3, 7)
        for k in (1, 3)
        for kind in ("int32", "int64")
    ]


@case(feeds={"x": np.array([[0.0, 1.0, 0.0], [2.0, 0.0, 0.0]], np.float32)}, graph=False)
def share_of_zeros(tf):
    return [tf.nn.zero_fraction(placeholder(tf, [None, 3])), tf.nn.zero_fraction(tf.constant([0, 0, 3, 4]))]
