"""Whole programs: the lecture's recap script on random data and on digits, and two small networks."""

import numpy as np

from tests.oracle.harness import data, script


def recap(tf, B, D, H, n_classes):
    """The lecture's graph, its statements as they stand there."""
    x = tf.placeholder(tf.float32, shape=(B, D))
    y = tf.placeholder(tf.float32, shape=(B, n_classes))
    alpha = tf.placeholder(tf.float32, shape=())
    w1 = tf.Variable(tf.truncated_normal((D, H), stddev=0.1))
    b1 = tf.Variable(tf.constant(0.0, shape=[H]))
    w2 = tf.Variable(tf.truncated_normal((H, n_classes), stddev=0.1))
    b2 = tf.Variable(tf.constant(0.0, shape=[n_classes]))

    h = tf.maximum(tf.matmul(x, w1) + b1, 0.0)
    y_pred = tf.sigmoid(tf.matmul(h, w2) + b2)
    diff = y_pred - y
    loss = tf.reduce_mean(tf.reduce_sum(diff**2, axis=1))
    grad_w1, grad_b1, grad_w2, grad_b2 = tf.gradients(loss, [w1, b1, w2, b2])

    new_w1 = w1.assign(w1 - alpha * grad_w1)
    new_b1 = b1.assign(b1 - alpha * grad_b1)
    new_w2 = w2.assign(w2 - alpha * grad_w2)
    new_b2 = b2.assign(b2 - alpha * grad_b2)
    updates = tf.group(new_w1, new_b1, new_w2, new_b2)
    return x, y, alpha, loss, updates, [w1, b1, w2, b2]


def train(tf, graph, batches, rate):
    x, y, alpha, loss, updates, variables = graph
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        initial = session.run(variables)
        losses = []
        for images, labels in batches:
            loss_val = session.run([loss, updates], feed_dict={x: images, y: labels, alpha: rate})
            losses.append(loss_val[0])
        return {"losses": np.array(losses), "initial": initial, "trained": session.run(variables)}


@script(graph=True, rtol=1e-4, atol=1e-5)
def recap_on_random_data(tf):
    random = np.random.RandomState(0)
    batches = [(random.rand(10, 64), np.eye(10)[random.randint(10, size=10)]) for _ in range(50)]
    tf.set_random_seed(42)
    return train(tf, recap(tf, B=10, D=64, H=32, n_classes=10), batches, 0.2)


@script(graph=True, rtol=1e-4, atol=1e-5)
def recap_on_digits(tf):
    digits = data("digits.npz")
    images, labels = (
        digits["pixels"].astype(np.float32) / 16.0,
        np.eye(10, dtype=np.float32)[digits["labels"]],
    )
    random = np.random.RandomState(42)
    rows = [random.choice(len(images), 32, replace=False) for _ in range(3 * (len(images) // 32))]
    tf.set_random_seed(42)
    return train(tf, recap(tf, B=32, D=64, H=64, n_classes=10), [(images[r], labels[r]) for r in rows], 0.2)


@script(graph=True, rtol=1e-4, atol=1e-5)
def convolutional_network(tf):
    digits = data("digits.npz")
    images = digits["pixels"][:64].reshape(-1, 8, 8, 1).astype(np.float32) / 16.0
    tf.set_random_seed(7)
    x = tf.placeholder(tf.float32, [None, 8, 8, 1], name="images")
    y = tf.placeholder(tf.int64, [None], name="labels")
    with tf.variable_scope("conv"):
        kernel = tf.get_variable("kernel", [3, 3, 1, 4])
        bias = tf.get_variable("bias", [4], initializer=tf.zeros_initializer())
        maps = tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(x, kernel, [1, 1, 1, 1], "SAME"), bias))
    pooled = tf.nn.max_pool(maps, [1, 2, 2, 1], [1, 2, 2, 1], "SAME", name="pool")
    with tf.variable_scope("dense"):
        weights = tf.get_variable(
            "weights", [64, 10], initializer=tf.truncated_normal_initializer(stddev=0.1)
        )
        logits = tf.nn.xw_plus_b(tf.reshape(pooled, [-1, 64]), weights, tf.get_variable("bias", [10]))
    loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))
    right = tf.reduce_mean(tf.to_float(tf.equal(tf.argmax(logits, 1), y)))
    step = tf.train.AdamOptimizer(0.01).minimize(loss)
    losses = []
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        feeds = {x: images, y: digits["labels"][:64]}
        for _ in range(20):
            losses.append(session.run([loss, step], feeds)[0])
        return {"losses": np.array(losses), "right": session.run(right, feeds)}


@script(graph=True, rtol=1e-4, atol=1e-5)
def network_with_dropout_and_batch_statistics(tf):
    tf.set_random_seed(3)
    digits = data("digits.npz")
    x = tf.placeholder(tf.float32, [None, 64], name="x")
    y = tf.placeholder(tf.float32, [None, 10], name="y")
    keep = tf.placeholder_with_default(1.0, [], name="keep")
    w = tf.get_variable("w", [64, 16])
    mean, variance = tf.nn.moments(tf.matmul(x, w), [0])
    scale = tf.get_variable("scale", [16], initializer=tf.ones_initializer())
    shift = tf.get_variable("shift", [16], initializer=tf.zeros_initializer())
    h = tf.nn.relu(tf.nn.batch_normalization(tf.matmul(x, w), mean, variance, shift, scale, 1e-3))
    logits = tf.matmul(tf.nn.dropout(h, keep), tf.get_variable("out", [16, 10]))
    loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits_v2(labels=y, logits=logits))
    loss += 1e-3 * tf.add_n([tf.nn.l2_loss(v) for v in tf.trainable_variables()])
    gradients, norm = tf.clip_by_global_norm(tf.gradients(loss, tf.trainable_variables()), 1.0)
    rate = tf.train.exponential_decay(0.5, tf.train.get_or_create_global_step(), 5, 0.5, staircase=True)
    optimizer = tf.train.MomentumOptimizer(rate, 0.9)
    with tf.control_dependencies([loss]):  # which reads the weights; without this TensorFlow races
        step = optimizer.apply_gradients(zip(gradients, tf.trainable_variables()), tf.train.get_global_step())
    feeds = {x: digits["pixels"][:100] / 16.0, y: np.eye(10)[digits["labels"][:100]]}
    rows = []
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(12):
            rows.append(session.run([loss, norm, step], {keep: 0.75, **feeds})[:2])
        return {"loss and norm": np.array(rows), "without dropout": session.run(loss, feeds)}
