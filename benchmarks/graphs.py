"""The works, written against the TensorFlow 1 API: `work(tf)` builds a graph and returns a function that does one step.

Runs under graphflow, TensorFlow 1.15 (Python 3.7) and TensorFlow 2's `compat.v1` alike.
"""

import numpy as np


def unaligned(shape, offset=16):
    """A float32 array that does not start on a 64-byte boundary, as most slices of a data set do not."""
    size = int(np.prod(shape)) * 4
    raw = np.zeros(size + 128, np.uint8)
    start = -raw.ctypes.data % 64 + offset
    array = raw[start : start + size].view(np.float32).reshape(shape)
    array[...] = np.random.RandomState(0).rand(*shape)
    return array


def session(tf):
    """A session with all variables initialised."""
    sess = tf.Session()
    sess.run(tf.global_variables_initializer())
    return sess


def scalar(tf):
    """`w + x` with a scalar feed."""
    w, x = tf.Variable(1.0), tf.placeholder(tf.float32, ())
    y = w + x
    sess = session(tf)
    return lambda: sess.run(y, {x: 2.0})


def batch(tf):
    """The mean of a fed 64 x 784 batch."""
    x = tf.placeholder(tf.float32, (64, 784))
    y = tf.reduce_mean(x)
    sess, array = session(tf), unaligned((64, 784))
    return lambda: sess.run(y, {x: array})


def variables(tf):
    """A step that updates 20 small variables."""
    kept = [tf.Variable(tf.ones([8, 8]), name="v") for _ in range(20)]
    step = tf.group(*[v.assign(v * 0.999) for v in kept])
    sess = session(tf)
    return lambda: sess.run(step)


def _trained(tf, loss, rate=0.01):
    return tf.train.GradientDescentOptimizer(rate).minimize(loss)


def mlp(tf):
    """An SGD step of a 784-512-512-10 perceptron on a batch of 64."""
    x, labels = tf.placeholder(tf.float32, (64, 784)), tf.placeholder(tf.int32, (64,))
    h = x
    for n_in, n_out in ((784, 512), (512, 512)):
        w = tf.Variable(tf.truncated_normal([n_in, n_out], stddev=0.05))
        h = tf.nn.relu(tf.matmul(h, w) + tf.Variable(tf.zeros([n_out])))
    w = tf.Variable(tf.truncated_normal([512, 10], stddev=0.05))
    logits = tf.matmul(h, w) + tf.Variable(tf.zeros([10]))
    loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits))
    step, sess = _trained(tf, loss), session(tf)
    feeds = {x: unaligned((64, 784)), labels: np.arange(64, dtype=np.int32) % 10}
    return lambda: sess.run([step, loss], feeds)[1]


def cnn(tf):
    """An SGD step of 4 convolutions and 2 poolings on 32 x 32 x 3, batch 32."""
    x, labels = tf.placeholder(tf.float32, (32, 32, 32, 3)), tf.placeholder(tf.int32, (32,))
    h = x
    for i, (n_in, n_out) in enumerate(((3, 32), (32, 32), (32, 64), (64, 64))):
        w = tf.Variable(tf.truncated_normal([3, 3, n_in, n_out], stddev=0.05))
        h = tf.nn.conv2d(h, w, strides=[1, 1, 1, 1], padding="SAME")
        h = tf.nn.relu(tf.nn.bias_add(h, tf.Variable(tf.zeros([n_out]))))
        if i % 2:
            h = tf.nn.max_pool(h, [1, 2, 2, 1], [1, 2, 2, 1], "SAME")
    h = tf.reshape(h, [32, 8 * 8 * 64])
    for n_in, n_out, last in ((8 * 8 * 64, 512, False), (512, 10, True)):
        w = tf.Variable(tf.truncated_normal([n_in, n_out], stddev=0.05))
        h = tf.matmul(h, w) + tf.Variable(tf.zeros([n_out]))
        h = h if last else tf.nn.relu(h)
    loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=h))
    step, sess = _trained(tf, loss), session(tf)
    feeds = {x: unaligned((32, 32, 32, 3)), labels: np.arange(32, dtype=np.int32) % 10}
    return lambda: sess.run([step, loss], feeds)[1]


def lstm(tf):
    """An SGD step of an LSTM of 128 units, unrolled over 28 steps of 28 values, batch 128."""
    x, labels = tf.placeholder(tf.float32, (128, 28, 28)), tf.placeholder(tf.int32, (128,))
    w = tf.Variable(tf.truncated_normal([28 + 128, 4 * 128], stddev=0.05))
    b = tf.Variable(tf.zeros([4 * 128]))
    h = c = tf.zeros([128, 128])
    for part in tf.unstack(x, axis=1):
        gates = tf.matmul(tf.concat([part, h], 1), w) + b
        i, j, f, o = tf.split(gates, 4, axis=1)
        c = c * tf.sigmoid(f + 1.0) + tf.sigmoid(i) * tf.tanh(j)
        h = tf.tanh(c) * tf.sigmoid(o)
    logits = tf.matmul(h, tf.Variable(tf.truncated_normal([128, 10], stddev=0.05)))
    loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits))
    step, sess = _trained(tf, loss), session(tf)
    feeds = {x: unaligned((128, 28, 28)), labels: np.arange(128, dtype=np.int32) % 10}
    return lambda: sess.run([step, loss], feeds)[1]


def dynamic_rnn(tf):
    """An SGD step of an LSTM of 128 units in `dynamic_rnn`, over 80 steps of 64 values, batch 32."""
    x, labels = tf.placeholder(tf.float32, (32, 80, 64)), tf.placeholder(tf.int32, (32,))
    outputs, _ = tf.nn.dynamic_rnn(tf.nn.rnn_cell.LSTMCell(128), x, dtype=tf.float32)
    logits = tf.matmul(outputs[:, -1], tf.Variable(tf.truncated_normal([128, 10], stddev=0.05)))
    loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits))
    step, sess = _trained(tf, loss), session(tf)
    feeds = {x: unaligned((32, 80, 64)), labels: np.arange(32, dtype=np.int32) % 10}
    return lambda: sess.run([step, loss], feeds)[1]


def chain(tf):
    """A chain of 1000 elementwise operations and its gradient."""
    x = tf.placeholder(tf.float32, (16,))
    h = x
    for i in range(500):
        h = tf.sin(h) if i % 2 else tf.tanh(h)
        h = h * 1.01
    gradient = tf.gradients(tf.reduce_sum(h), [x])[0]
    sess, array = tf.Session(), np.linspace(0, 1, 16).astype(np.float32)
    return lambda: sess.run(gradient, {x: array})


def nodes(tf):
    """Building 100 000 nodes; a step builds them."""

    def step():
        with tf.Graph().as_default():
            x = one = tf.constant(np.ones(4, np.float32))
            for _ in range(100000):
                x = tf.add(x, one)

    return step


WORKS = {f.__name__: f for f in (scalar, batch, variables, mlp, cnn, lstm, dynamic_rnn, chain, nodes)}
