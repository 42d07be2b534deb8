"""Whole training programs of the kinds that old scripts are: seeds are set, and the losses of the steps are recorded.

Multilayer perceptron and convolutional network are in `networks.py`, estimators in `estimators.py`.
"""

import numpy as np

from tests.oracle.harness import data, floats, integers, script

STEPS = 22


def digits(count):
    """Pixels `[count, 64]` in [0, 1] and labels `[count]`."""
    found = data("digits.npz")
    return (found["pixels"][:count] / 16.0).astype(np.float32), found["labels"][:count].astype(np.int64)


def losses(tf, loss, step, feed=lambda i: {}, more=(), before=()):
    """Runs the step with its loss; {"losses": ..., "end": the tensors `more` after the last step}."""
    found = []
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        session.run(list(before))
        for i in range(STEPS):
            found.append(session.run([loss, step], feed(i))[0])
        return {"losses": np.array(found), "end": session.run(list(more), feed(0))}


def minimize(tf, optimizer, loss, **options):
    """A step whose updates wait for the loss: TensorFlow may otherwise read weights while they are written."""
    pairs = optimizer.compute_gradients(loss, **options)
    with tf.control_dependencies([loss] + [gradient for gradient, _ in pairs if gradient is not None]):
        return optimizer.apply_gradients(pairs, global_step=tf.train.get_or_create_global_step())


@script(rtol=1e-3, atol=1e-4)
def generative_adversarial_network(tf):
    tf.set_random_seed(1)
    pixels, _ = digits(32)
    noise = floats(32, 8, seed=3, low=-1.0, high=1.0)

    def generator(z):
        with tf.variable_scope("generator"):
            hidden = tf.layers.dense(z, 24, activation=tf.nn.relu)
            return tf.layers.dense(hidden, 64, activation=tf.nn.sigmoid)

    def discriminator(x):
        with tf.variable_scope("discriminator", reuse=tf.AUTO_REUSE):
            hidden = tf.layers.dense(x, 24, activation=tf.nn.leaky_relu, name="hidden")
            return tf.layers.dense(hidden, 1, name="logit")

    x = tf.placeholder(tf.float32, [None, 64])
    z = tf.placeholder(tf.float32, [None, 8])
    real, fake = discriminator(x), discriminator(generator(z))
    entropy = tf.nn.sigmoid_cross_entropy_with_logits
    of_d = tf.reduce_mean(entropy(logits=real, labels=tf.ones_like(real) * 0.9)) + tf.reduce_mean(
        entropy(logits=fake, labels=tf.zeros_like(fake))
    )
    of_g = tf.reduce_mean(entropy(logits=fake, labels=tf.ones_like(fake)))
    parts = [tf.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES, scope=s) for s in ("discriminator", "generator")]
    adam = [tf.train.AdamOptimizer(0.005, beta1=0.5) for _ in parts]
    pairs = [a.compute_gradients(loss, var_list=part) for a, loss, part in zip(adam, (of_d, of_g), parts)]
    with tf.control_dependencies([gradient for both in pairs for gradient, _ in both] + [of_d, of_g]):
        step = tf.group(*[a.apply_gradients(both) for a, both in zip(adam, pairs)])
    return losses(tf, tf.stack([of_d, of_g]), step, lambda i: {x: pixels, z: np.roll(noise, i, axis=0)})


@script(rtol=1e-3, atol=1e-4)
def variational_autoencoder(tf):
    tf.set_random_seed(2)
    pixels, _ = digits(48)
    x = tf.placeholder(tf.float32, [None, 64])
    hidden = tf.layers.dense(x, 20, tf.nn.softplus)
    mean, log_variance = tf.layers.dense(hidden, 3), tf.layers.dense(hidden, 3)
    epsilon = tf.random_normal(tf.shape(mean), seed=5)
    code = mean + tf.exp(0.5 * log_variance) * epsilon
    logits = tf.layers.dense(tf.layers.dense(code, 20, tf.nn.softplus), 64)
    of_pixels = tf.reduce_sum(tf.nn.sigmoid_cross_entropy_with_logits(labels=x, logits=logits), 1)
    divergence = -0.5 * tf.reduce_sum(1 + log_variance - tf.square(mean) - tf.exp(log_variance), 1)
    loss = tf.reduce_mean(of_pixels + divergence)
    step = minimize(tf, tf.train.AdamOptimizer(0.01), loss)
    return losses(tf, loss, step, lambda i: {x: np.roll(pixels, 7 * i, axis=0)[:16]})


@script(rtol=1e-3, atol=1e-4)
def skip_gram(tf):
    tf.set_random_seed(3)
    words = integers(400, seed=4, high=50)
    inputs = tf.placeholder(tf.int32, [16])
    labels = tf.placeholder(tf.int32, [16, 1])
    embeddings = tf.Variable(tf.random_uniform([50, 12], -1.0, 1.0))
    weights = tf.Variable(tf.truncated_normal([50, 12], stddev=1.0 / np.sqrt(12)))
    biases = tf.Variable(tf.zeros([50]))
    embed = tf.nn.embedding_lookup(embeddings, inputs)
    loss = tf.reduce_mean(
        tf.nn.nce_loss(
            weights=weights, biases=biases, labels=labels, inputs=embed, num_sampled=8, num_classes=50
        )
    )
    step = minimize(tf, tf.train.GradientDescentOptimizer(0.5), loss)
    normalized = embeddings / tf.sqrt(tf.reduce_sum(tf.square(embeddings), 1, keep_dims=True))
    near = tf.nn.top_k(tf.matmul(tf.nn.embedding_lookup(normalized, [1, 2, 3]), normalized, transpose_b=True), 4)

    def feed(i):
        return {inputs: words[16 * i : 16 * i + 16], labels: words[16 * i + 1 : 16 * i + 17, None]}

    return losses(tf, loss, step, feed, more=[near.indices, normalized])


@script(rtol=1e-3, atol=1e-4)
def characters_with_an_lstm(tf):
    tf.set_random_seed(4)
    text = integers(6, 12, seed=5, high=9)
    lengths = np.array([11, 7, 11, 3, 9, 1])
    tokens = tf.placeholder(tf.int32, [None, None])
    length = tf.placeholder(tf.int32, [None])
    embedding = tf.get_variable("embedding", [9, 6])
    cell = tf.nn.rnn_cell.MultiRNNCell([tf.nn.rnn_cell.LSTMCell(10) for _ in range(2)])
    inputs = tf.nn.dropout(tf.nn.embedding_lookup(embedding, tokens[:, :-1]), keep_prob=0.8)
    outputs, state = tf.nn.dynamic_rnn(cell, inputs, sequence_length=length, dtype=tf.float32)
    logits = tf.layers.dense(outputs, 9)
    mask = tf.sequence_mask(length, tf.shape(tokens)[1] - 1, dtype=tf.float32)
    loss = tf.contrib.seq2seq.sequence_loss(logits, tokens[:, 1:], mask)
    variables = tf.trainable_variables()
    gradients, norm = tf.clip_by_global_norm(tf.gradients(loss, variables), 1.0)
    rate = tf.train.exponential_decay(0.05, tf.train.get_or_create_global_step(), 8, 0.7)
    with tf.control_dependencies([loss, norm] + list(gradients)):
        step = tf.train.RMSPropOptimizer(rate).apply_gradients(
            zip(gradients, variables), global_step=tf.train.get_global_step()
        )
    return losses(tf, loss, step, lambda i: {tokens: text, length: lengths}, more=[state[-1].c])


@script(rtol=1e-3, atol=1e-4)
def deep_q_network(tf):
    tf.set_random_seed(5)
    states, actions = floats(60, 4, seed=6), integers(60, seed=7, high=3)
    rewards = floats(60, seed=8)

    def network(x, scope):
        with tf.variable_scope(scope):
            hidden = tf.contrib.layers.fully_connected(x, 16, activation_fn=tf.nn.tanh)
            return tf.contrib.layers.fully_connected(hidden, 3, activation_fn=None)

    state, after = tf.placeholder(tf.float32, [None, 4]), tf.placeholder(tf.float32, [None, 4])
    action, reward = tf.placeholder(tf.int32, [None]), tf.placeholder(tf.float32, [None])
    values, future = network(state, "online"), network(after, "target")
    online, target = [tf.get_collection(tf.GraphKeys.GLOBAL_VARIABLES, scope=s) for s in ("online", "target")]
    copy = tf.group(*[old.assign(new) for new, old in zip(online, target)])
    wanted = tf.stop_gradient(reward + 0.9 * tf.reduce_max(future, axis=1))
    chosen = tf.reduce_sum(values * tf.one_hot(action, 3), axis=1)
    loss = tf.losses.huber_loss(wanted, chosen)
    step = minimize(tf, tf.train.RMSPropOptimizer(0.01, momentum=0.5), loss, var_list=online)
    found, greedy = [], []
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for i in range(STEPS):
            if i % 5 == 0:
                session.run(copy)
            rows = slice(2 * i, 2 * i + 16)
            feeds = {state: states[rows], after: states[rows] * 0.9, action: actions[rows], reward: rewards[rows]}
            found.append(session.run([loss, step], feeds)[0])
            greedy.append(session.run(tf.argmax(values, 1), {state: states[:3]}))
    return {"losses": np.array(found), "actions": np.array(greedy)}


@script(rtol=1e-3, atol=1e-4)
def perceptron_fed_by_a_dataset(tf):
    tf.set_random_seed(6)
    pixels, labels = digits(90)
    dataset = tf.data.Dataset.from_tensor_slices((pixels, labels))
    dataset = dataset.map(lambda x, y: (x + tf.random_uniform([64], maxval=0.1, seed=1), tf.one_hot(y, 10)))
    dataset = dataset.shuffle(40, seed=2).repeat().batch(16).prefetch(1)
    iterator = dataset.make_initializable_iterator()
    x, y = iterator.get_next()
    hidden = tf.nn.dropout(tf.layers.dense(x, 32, tf.nn.relu), keep_prob=0.9, seed=3)
    logits = tf.layers.dense(hidden, 10)
    loss = tf.losses.softmax_cross_entropy(y, logits)
    right, update = tf.metrics.accuracy(tf.argmax(y, 1), tf.argmax(logits, 1))
    step = tf.group(minimize(tf, tf.train.MomentumOptimizer(0.1, 0.9, use_nesterov=True), loss), update)
    return losses(tf, loss, step, more=[right], before=[iterator.initializer])


@script(rtol=1e-3, atol=1e-4)
def slim_network(tf):
    slim = tf.contrib.slim
    tf.set_random_seed(7)
    pixels, labels = digits(40)
    x, y = tf.placeholder(tf.float32, [None, 8, 8, 1]), tf.placeholder(tf.int64, [None])
    with slim.arg_scope(
        [slim.conv2d, slim.fully_connected],
        weights_regularizer=slim.l2_regularizer(1e-3),
        normalizer_fn=slim.batch_norm,
        normalizer_params={"decay": 0.8, "is_training": True},
    ):
        net = slim.repeat(x, 2, slim.conv2d, 6, [3, 3], scope="conv")
        net = slim.flatten(slim.max_pool2d(net, [2, 2]))
        net = slim.dropout(slim.fully_connected(net, 20), 0.8)
    logits = slim.fully_connected(net, 10, activation_fn=None)
    tf.losses.sparse_softmax_cross_entropy(y, logits)
    loss = tf.losses.get_total_loss()
    optimizer = tf.train.AdamOptimizer(0.01)
    with tf.control_dependencies([loss]):
        step = slim.learning.create_train_op(loss, optimizer, clip_gradient_norm=5.0)
    moving = [v for v in tf.global_variables() if "moving_mean" in v.name][:1]
    feeds = {x: pixels.reshape(-1, 8, 8, 1), y: labels}
    return losses(tf, loss, step, lambda i: feeds, more=moving)
