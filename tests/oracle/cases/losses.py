"""tf.losses."""

from tests.oracle.harness import case, floats, integers

X, Y = floats(4, 3), floats(4, 3, seed=1)
UNIT = floats(4, 3, low=0.0, high=1.0)
ONES = integers(4, 3, high=2)
CLASSES = integers(4, high=3)
ROWS = {
    "absolute_difference": (Y, X),
    "cosine_distance": (Y, X, dict(axis=1)),
    "hinge_loss": (ONES, X),
    "huber_loss": (Y, X, dict(delta=0.7)),
    "log_loss": (UNIT, floats(4, 3, seed=2, low=0.0, high=1.0)),
    "mean_squared_error": (Y, X),
    "mean_pairwise_squared_error": (Y, X),
    "sigmoid_cross_entropy": (UNIT, X, dict(label_smoothing=0.2)),
    "softmax_cross_entropy": (UNIT, X, dict(label_smoothing=0.2)),
    "sparse_softmax_cross_entropy": (CLASSES, X),
}
# Twice: TensorFlow looks for zeros in weights that are tensors.
WEIGHTS = {"plain": None, "half": 0.5, "rows": [[1.0], [0.0], [2.0], [0.5]], "each": [[1.0, 0.0, 3.0]] * 4}


def with_weights(name, row, kind):
    labels, predictions = row[:2]
    options = dict(row[2]) if len(row) > 2 else {}
    weights = WEIGHTS[kind]
    if weights is not None:
        options["weights"] = weights
        if "softmax" in name and kind == "rows":
            options["weights"] = [w for row in weights for w in row]

    @case(name=name + "_" + kind, feeds={"x": predictions}, grads=True)
    def build(tf):
        x = tf.placeholder(tf.float32, [None, 3] if kind == "half" else [4, 3], name="x")
        loss = getattr(tf.losses, name)(tf.constant(labels), x, **options)
        return [loss] + tf.losses.get_losses()


for _name, _row in ROWS.items():
    for _kind in WEIGHTS:
        if _kind != "each" or _name in ("mean_squared_error", "log_loss", "hinge_loss"):
            if not (_kind == "rows" and _name == "mean_pairwise_squared_error"):
                with_weights(_name, _row, _kind)


@case(feeds={"x": X}, grads=True)
def reductions(tf):
    x = tf.placeholder(tf.float32, [4, 3], name="x")
    weights = tf.constant([[1.0], [0.0], [2.0], [0.5]])
    kinds = tf.losses.Reduction
    keys = [kinds.NONE, kinds.SUM, kinds.MEAN, kinds.SUM_OVER_BATCH_SIZE, kinds.SUM_BY_NONZERO_WEIGHTS]
    return [tf.losses.mean_squared_error(Y, x, weights, reduction=key, scope=key) for key in keys]


@case(feeds={"x": X, "w": floats(4, 1)}, graph=False)
def weights_fed(tf):
    x, w = tf.placeholder(tf.float32, [None, 3], name="x"), tf.placeholder(tf.float32, None, name="w")
    return tf.losses.mean_squared_error(Y, x, w)


@case(feeds={"x": X})
def collections(tf):
    x = tf.placeholder(tf.float32, [4, 3], name="x")
    with tf.variable_scope("net", regularizer=tf.nn.l2_loss):
        h = tf.layers.dense(x, 3, kernel_regularizer=tf.nn.l2_loss, kernel_initializer=tf.ones_initializer())
    tf.losses.mean_squared_error(Y, h)
    tf.losses.add_loss(tf.reduce_sum(h))
    tf.losses.absolute_difference(Y, h, loss_collection="others")
    sums = [tf.losses.get_regularization_loss(), tf.losses.get_total_loss(), tf.losses.get_total_loss(False)]
    return sums + tf.losses.get_losses() + tf.losses.get_losses(loss_collection="others")


@case(feeds={"x": X}, graph=False)
def labels_of_unknown_rank(tf):
    x = tf.placeholder(tf.float32, [4, 3], name="x")
    labels = tf.placeholder_with_default(CLASSES, None)
    return tf.losses.sparse_softmax_cross_entropy(labels, x), tf.losses.sparse_softmax_cross_entropy(CLASSES[:, None], x)


@case(raises=True)
def shapes_differ(tf):
    return tf.losses.mean_squared_error(tf.zeros([3]), tf.zeros([4]))


@case(raises=True)
def weights_do_not_fit(tf):
    return tf.losses.mean_squared_error(tf.zeros([3, 2]), tf.zeros([3, 2]), tf.zeros([3]))


@case(raises=True)
def weights_of_other_sizes(tf):
    return tf.losses.mean_squared_error(tf.zeros([3, 2]), tf.zeros([3, 2]), tf.zeros([2, 2]))


@case(raises=True)
def weights_do_not_fit_when_fed(tf):
    weights = tf.placeholder_with_default(tf.zeros([2, 2]), None)
    return tf.losses.mean_squared_error(tf.zeros([3, 2]), tf.zeros([3, 2]), weights)


@case(raises=True)
def no_labels(tf):
    return tf.losses.log_loss(None, tf.zeros([3]))


@case(raises=True)
def an_unknown_reduction(tf):
    return tf.losses.log_loss(tf.zeros([3]), tf.zeros([3]), reduction="most")
