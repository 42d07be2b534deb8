"""Graphs that the tests of pictures draw."""

import graphflow as tf
from graphflow._viz.graph import model


def small():
    """Two layers' worth: a placeholder, a variable, a named scope, gradients, a control edge."""
    x = tf.placeholder(tf.float32, [None, 4], name="x")
    w = tf.Variable(tf.ones([4, 2]), name="w")
    with tf.name_scope("layer"):
        y = tf.nn.relu(tf.matmul(x, w))
    tf.gradients(tf.reduce_sum(y), [w])
    with tf.control_dependencies([y.op]):
        tf.no_op(name="after")
    return tf.get_default_graph()


def network():
    """A convolutional network with its optimizer."""
    x = tf.placeholder(tf.float32, [None, 8, 8, 1], name="x")
    h = x
    for number, channels in enumerate((4, 8), 1):
        with tf.name_scope(f"conv{number}"):
            kernel = tf.Variable(tf.truncated_normal([3, 3, h.shape[-1].value, channels]), name="weights")
            bias = tf.Variable(tf.zeros([channels]), name="biases")
            h = tf.nn.max_pool(tf.nn.relu(tf.nn.conv2d(h, kernel, 1, "SAME") + bias), 2, 2, "SAME")
    logits = tf.layers.dense(tf.layers.flatten(h), 3, name="logits")
    with tf.name_scope("loss"):
        loss = tf.reduce_mean(tf.square(logits))
    tf.train.AdamOptimizer().minimize(loss)
    return tf.get_default_graph()


def recurrent(steps=12):
    """An unrolled network with gradients, and one that loops."""
    x = tf.placeholder(tf.float32, [None, steps, 3], name="x")
    with tf.variable_scope("unrolled"):
        outputs, _ = tf.nn.static_rnn(tf.nn.rnn_cell.BasicRNNCell(4), tf.unstack(x, axis=1), dtype=tf.float32)
    with tf.variable_scope("looped"):
        looped, _ = tf.nn.dynamic_rnn(tf.nn.rnn_cell.LSTMCell(4), x, dtype=tf.float32)
    tf.gradients(tf.reduce_sum(outputs[-1]) + tf.reduce_sum(looped), tf.trainable_variables())
    return tf.get_default_graph()


HOSTILE = (
    "<img src=x onerror=alert(1)>", '"];a->b;"', "back\\", "end", "]]>", "--> n0", "a\nb", "</title><script>alert(1)</script>",
    "&amp;", "'", "#quot;", "\x00\x01\x1b", "\u202eevil\u2066", "\u05e9\u05dc\u05d5\u05dd", "\u65e5\u672c\u8a9e", "\ud800", "",
    "/", "//a//", "(a)", "a/(a)", "a", "a/b", "x" * 10_000, "/".join("deep" for _ in range(500)), "`${1}`", "subgraph",
    "%%{init}%%",
)  # fmt: skip


def hostile():
    """A model whose names, types, attributes and lines try to break out of every format."""
    nodes = [
        model.Node(
            name, name or "Op", ((HOSTILE[i - 1], 0),) if i else (), (HOSTILE[i - 2],) if i > 1 else (),
            ((name or "?", (1, None)),), {name: name}, name, name,
        )
        for i, name in enumerate(HOSTILE)
    ]  # fmt: skip
    return model.Model(nodes, "<hostile>")
