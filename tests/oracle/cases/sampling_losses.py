"""tf.nn.nce_loss and sampled_softmax_loss: graphs, values and gradients."""

from tests.oracle.harness import case, floats, integers

INPUTS = floats(5, 4)
TABLE = floats(20, 4, seed=1)
SHIFTS = floats(20, seed=2)
LABELS = integers(5, 1, high=20, seed=3)
PAIRS = integers(5, 2, high=20, seed=4)


def losses(name, make, labels=LABELS, kind="int64", **fields):
    @case(name=name, feeds={"x": INPUTS, "w": TABLE, "b": SHIFTS, "y": labels}, grads=True, **fields)
    def build(tf):
        tf.set_random_seed(7)
        x = tf.placeholder(tf.float32, [None, 4], name="x")
        w = tf.placeholder(tf.float32, [20, 4], name="w")
        b = tf.placeholder(tf.float32, [20], name="b")
        y = tf.placeholder(kind, [None, labels.shape[1]], name="y")
        return make(tf, w, b, y, x)


losses("nce", lambda tf, w, b, y, x: tf.nn.nce_loss(w, b, y, x, 6, 20))
losses("nce_int32", lambda tf, w, b, y, x: tf.nn.nce_loss(w, b, y, x, 6, 20, name="noise"), kind="int32")
losses("nce_two_right", lambda tf, w, b, y, x: tf.nn.nce_loss(w, b, y, x, 6, 20, num_true=2), labels=PAIRS)
losses("nce_hits", lambda tf, w, b, y, x: tf.nn.nce_loss(w, b, y, x, 15, 20, remove_accidental_hits=True))
losses("softmax", lambda tf, w, b, y, x: tf.nn.sampled_softmax_loss(w, b, y, x, 6, 20))
losses("softmax_seed", lambda tf, w, b, y, x: tf.nn.sampled_softmax_loss(w, b, y, x, 15, 20, seed=3))
losses("softmax_two_right", lambda tf, w, b, y, x: tf.nn.sampled_softmax_loss(w, b, y, x, 9, 20, 2), labels=PAIRS)
losses(
    "softmax_keeps_hits",
    lambda tf, w, b, y, x: tf.nn.sampled_softmax_loss(w, b, y, x, 15, 20, remove_accidental_hits=False),
)


@case(feeds={"x": INPUTS, "y": LABELS}, grads=True)
def drawn_before(tf):
    x = tf.placeholder(tf.float32, [None, 4], name="x")
    y = tf.placeholder(tf.int64, [None, 1], name="y")
    drawn = tf.nn.uniform_candidate_sampler(y, 1, 8, True, 20, seed=5)
    return tf.nn.sampled_softmax_loss(tf.constant(TABLE), tf.constant(SHIFTS), y, x, 8, 20, sampled_values=drawn)


@case(feeds={"x": INPUTS, "y": LABELS}, grads=True)
def shares(tf):
    x = tf.placeholder(tf.float32, [None, 4], name="x")
    y = tf.placeholder(tf.int64, [None, 1], name="y")
    tables = [tf.constant(TABLE[::2]), tf.constant(TABLE[1::2])]
    drawn = tf.nn.uniform_candidate_sampler(y, 1, 8, True, 20, seed=5)
    return tf.nn.nce_loss(tables, tf.constant(SHIFTS), y, x, 8, 20, sampled_values=drawn)


@case(feeds={"y": LABELS}, runs=2, graph=False)
def word2vec_step(tf):
    tf.set_random_seed(1)
    table = tf.Variable(tf.random_uniform([20, 4], -1.0, 1.0))
    weights = tf.Variable(tf.truncated_normal([20, 4], stddev=0.5))
    shifts = tf.Variable(tf.zeros([20]))
    y = tf.placeholder(tf.int32, [5, 1], name="y")
    x = tf.nn.embedding_lookup(table, [1, 2, 3, 4, 5])
    loss = tf.reduce_mean(tf.nn.nce_loss(weights, shifts, y, x, 4, 20))
    step = tf.train.GradientDescentOptimizer(0.5).minimize(loss)
    with tf.control_dependencies([step]):
        return tf.identity(loss)
