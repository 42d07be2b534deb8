"""The gallery of pictures: graphs of small networks, and what graphflow can lay on them.

    python examples/gallery.py docs/gallery

writes the pictures, and a page that shows them, into that folder ("gallery", where none is named). Needs the extra [examples].
"""

import sys
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

import graphflow as tf
from graphflow import viz

SEED = 7
TEXTS = {  # name of the file: title, and what it shows
    "backward": (
        "Forward and backward, with the values of one step",
        "A line is fitted to three points. Values run down on the left; gradients run up on the right, beside the operation they "
        "belong to. `viz.record(session, [loss, train], feed).side_by_side()`.",
    ),
    "step": (
        "The same step on the whole graph",
        "Every operation with its value, its gradient, and what was fed. `viz.record(session, [loss, train], feed)`.",
    ),
    "recap": (
        "The recap network",
        'Two layers on handwritten digits, their loss, gradients and updates. `viz.save(graph, "recap.svg")`.',
    ),
    "training": (
        "Training over time",
        "The loss and the first weights over 200 steps; on the page, a slider goes through them. "
        "`viz.Recorder(session, [loss, w1])`.",
    ),
    "templates": (
        "Weights as templates",
        "What each of the 32 hidden units compares a digit with: red counts for it, blue against. `viz.filters(w1)`.",
    ),
    "cnn": (
        "A convolutional network as volumes",
        "Height by width by depth of each layer, the window that one of its values sees, and its parameters, all read from the "
        "graph. `viz.volumes(graph)`.",
    ),
    "filters": ("Filters", "What the first layer has learned to look for. `viz.filters(kernel)`."),
    "maps": (
        "Activation maps",
        "Where it finds that in a handwritten 3. `viz.activation_maps(layer, {x: image})`.",
    ),
    "field": (
        "A receptive field",
        "What one value of the last convolution sees of each layer, and of the image. "
        "`viz.receptive_field(layer, 0, 1, image=image)`.",
    ),
    "cnn_step": (
        "One real step of it",
        "Images, filters and maps as images, everything else as histograms. `viz.record(session, [loss, answer], feed)`.",
    ),
    "run": (
        "A run explained",
        "What `session.run(answer, {x: ...})` keeps of the training graph, what is folded while it is compiled, and what does not "
        "run. `viz.explain(session, answer, feed)`.",
    ),
    "frozen": (
        "What freezing changes",
        "The graph before and after `convert_variables_to_constants`. `viz.diff(before, after)`.",
    ),
    "failing": (
        "Where a run failed",
        "The operation that an error names, among its neighbours. `viz.neighbourhood()` after an error in a notebook.",
    ),
    "lstm": ("An LSTM", "The loop is one operation, with its body inside."),
    "unrolled": ("A hundred steps, unrolled", "{count} operations with their gradients, folded until they fit."),
    "inception": ("A network of Inception's size", "{count} operations with gradients and optimizer."),
}
folder = Path(sys.argv[1] if len(sys.argv) > 1 else "gallery")
entries = []


def show(name, picture, page=False, **options):
    """Saves a picture, and with `page` the page to explore too, and notes what the gallery says of it."""
    files = [folder / f"{name}.svg"] + ([folder / f"{name}.html"] if page else [])
    for file in files:
        given = options if file.suffix == ".svg" else {}
        if isinstance(picture, tf.Graph):
            viz.save(picture, file, **given)
        else:
            picture.save(file, **given)
    title, text = TEXTS[name]
    text = text.format(count=len(picture.get_operations())) if "{count}" in text else text
    link = f" [The page to explore]({name}.html)." if page else ""
    entries.append(f"## {title}\n\n{text}{link}\n\n![{title}]({name}.svg)\n")


def fresh():
    """A new default graph with a seed."""
    tf.reset_default_graph()
    tf.set_random_seed(SEED)


def started():
    session = tf.Session()
    session.run(tf.global_variables_initializer())
    return session


# -- a network written by hand: one step, forward and backward ----------------------------------------------------------


def tiny():
    """A line fitted to three points: small enough for numbers at every edge."""
    fresh()
    x = tf.placeholder(tf.float32, [None, 1], name="x")
    t = tf.placeholder(tf.float32, [None, 1], name="t")
    w = tf.Variable([[2.0]], name="w")
    b = tf.Variable([0.5], name="b")
    y = tf.add(tf.matmul(x, w, name="dot"), b, name="y")
    loss = tf.reduce_mean(tf.square(tf.subtract(y, t, name="error"), name="square"), name="loss")
    tf.train.GradientDescentOptimizer(0.1).minimize(loss, name="train")
    return loss, {x: [[1.0], [2.0], [3.0]], t: [[1.0], [2.0], [2.0]]}


def one_step():
    loss, feed = tiny()
    record = viz.record(started(), [loss, "train"], feed, times=False)
    show("backward", record.side_by_side(), page=True)
    show("step", record, page=True, opened=["gradients"])


def recap():
    """The lecture's recap: two layers on handwritten digits, trained by hand-written updates."""
    fresh()
    x = tf.placeholder(tf.float32, [32, 64], name="x")
    t = tf.placeholder(tf.float32, [32, 10], name="y")
    w1 = tf.Variable(tf.truncated_normal([64, 32], stddev=0.1), name="w1")
    b1 = tf.Variable(tf.zeros([32]), name="b1")
    w2 = tf.Variable(tf.truncated_normal([32, 10], stddev=0.1), name="w2")
    b2 = tf.Variable(tf.zeros([10]), name="b2")
    h = tf.maximum(tf.matmul(x, w1) + b1, 0.0, name="h")
    y = tf.sigmoid(tf.matmul(h, w2) + b2, name="y_pred")
    loss = tf.reduce_mean(tf.reduce_sum((y - t) ** 2, axis=1), name="loss")
    variables = [w1, b1, w2, b2]
    updates = [v.assign(v - 0.3 * g) for v, g in zip(variables, tf.gradients(loss, variables))]
    return x, t, loss, tf.group(*updates, name="updates"), w1


def training(images, labels):
    x, t, loss, updates, w1 = recap()
    show("recap", tf.get_default_graph(), page=True)
    session = started()
    recorder = viz.Recorder(session, [loss, w1])
    random = np.random.RandomState(SEED)
    for step in range(201):
        rows = random.choice(len(images), 32, replace=False)
        feed = {x: images[rows], t: labels[rows]}
        if step % 20:
            session.run(updates, feed)
        else:
            recorder.step(feed, updates, label=f"step {step}")
    show("training", recorder, page=True)
    show("templates", viz.filters(w1, session))


# -- a convolutional network: layers as a lecture draws them -------------------------------------------------------------


def convolutional(images, labels):
    fresh()
    x = tf.placeholder(tf.float32, [None, 8, 8, 1], name="x")
    t = tf.placeholder(tf.float32, [None, 10], name="t")
    maps = tf.layers.conv2d(x, 8, 3, padding="same", activation=tf.nn.relu, name="conv")
    pooled = tf.layers.max_pooling2d(maps, 2, 2, name="pool")
    deep = tf.layers.conv2d(pooled, 16, 3, activation=tf.nn.relu, name="conv2")
    logits = tf.layers.dense(tf.layers.flatten(deep), 10, name="logits")
    answer = tf.nn.softmax(logits, name="answer")
    loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits_v2(labels=t, logits=logits), name="loss")
    train = tf.train.AdamOptimizer(0.01).minimize(loss, name="train")
    session = started()
    random = np.random.RandomState(SEED)
    for _ in range(200):
        rows = random.choice(len(images), 64, replace=False)
        session.run(train, {x: images[rows].reshape(-1, 8, 8, 1), t: labels[rows]})
    one = images[3].reshape(8, 8, 1)
    show("cnn", viz.volumes(answer))
    show("filters", viz.filters(tf.trainable_variables()[0], session))
    show("maps", viz.activation_maps(maps, {x: [one]}, session))
    show("field", viz.receptive_field(deep, 0, 1, one))
    feed = {x: images[:8].reshape(-1, 8, 8, 1), t: labels[:8]}
    record = viz.record(session, [loss, answer], feed, times=False)
    show("cnn_step", record, page=True)
    show("run", viz.explain(session, answer, {x: feed[x]}), page=True)
    frozen = tf.graph_util.convert_variables_to_constants(session, tf.get_default_graph().as_graph_def(), ["answer"])
    show("frozen", viz.diff(viz.read([answer], "trained"), viz.read(frozen, "frozen")))


# -- larger graphs -------------------------------------------------------------------------------------------------------


def lstm():
    fresh()
    x = tf.placeholder(tf.int32, [None, 80], name="words")
    table = tf.get_variable("embedding", [5000, 64])
    cell = tf.nn.rnn_cell.LSTMCell(64)
    outputs, _ = tf.nn.dynamic_rnn(cell, tf.nn.embedding_lookup(table, x), dtype=tf.float32)
    loss = tf.reduce_mean(tf.nn.sigmoid(tf.layers.dense(outputs[:, -1], 1, name="answer")))
    tf.train.AdamOptimizer().minimize(loss)
    show("lstm", tf.get_default_graph(), page=True)


def unrolled():
    fresh()
    x = tf.placeholder(tf.float32, [None, 100, 3], name="x")
    outputs, _ = tf.nn.static_rnn(tf.nn.rnn_cell.BasicRNNCell(8), tf.unstack(x, axis=1), dtype=tf.float32)
    tf.train.GradientDescentOptimizer(0.1).minimize(tf.reduce_sum(outputs[-1]))
    show("unrolled", tf.get_default_graph(), page=True)


def inception():
    """A network of the shape and size of Inception."""
    fresh()

    def conv(x, filters, size, name, strides=1):
        return tf.layers.conv2d(x, filters, size, strides, "same", activation=tf.nn.relu, name=name)

    def module(x, filters, name):
        with tf.variable_scope(name):
            narrow = conv(x, filters, 1, "narrow")
            middle = conv(conv(x, filters, 1, "reduce3"), filters, 3, "conv3")
            wide = conv(conv(conv(x, filters, 1, "reduce5"), filters, 3, "conv5a"), filters, 3, "conv5b")
            pooled = conv(tf.layers.average_pooling2d(x, 3, 1, "same", name="pool"), filters, 1, "project")
            return tf.concat([narrow, middle, wide, pooled], 3, name="joined")

    x = tf.placeholder(tf.float32, [None, 224, 224, 3], name="images")
    h = tf.layers.max_pooling2d(conv(conv(x, 32, 3, "stem1", 2), 64, 3, "stem2"), 3, 2, "same")
    for i in range(11):
        h = module(h, 64 + 16 * (i // 4), f"mixed_{i}")
        h = tf.layers.max_pooling2d(h, 3, 2, "same", name=f"reduce_{i}") if i in (2, 6) else h
    logits = tf.layers.dense(tf.reduce_mean(h, [1, 2]), 1000, name="logits")
    labels = tf.placeholder(tf.int32, [None], name="labels")
    loss = tf.losses.sparse_softmax_cross_entropy(labels, logits)
    tf.train.MomentumOptimizer(0.1, 0.9).minimize(loss)
    show("inception", tf.get_default_graph(), page=True)


def failing():
    fresh()
    x = tf.placeholder(tf.float32, [None], name="x")
    shifted = tf.subtract(x, 1.0, name="shifted")
    safe = tf.check_numerics(tf.log(shifted, name="log"), "log of a negative number", name="checked")
    loss = tf.reduce_mean(tf.square(safe, name="square"), name="loss")
    try:
        tf.Session().run(loss, {x: [0.5, 2.0]})
    except tf.errors.InvalidArgumentError as error:
        show("failing", viz.neighbourhood(error))


folder.mkdir(parents=True, exist_ok=True)
digits = load_digits()
pixels = digits.data.astype(np.float32) / 16
one_hot = np.eye(10, dtype=np.float32)[digits.target]
one_step()
training(pixels, one_hot)
convolutional(pixels, one_hot)
failing()
lstm()
unrolled()
inception()
head = "# Gallery\n\nBuilt by `examples/gallery.py`. [How to make such pictures](../pictures.md).\n\n"
(folder / "index.md").write_text(head + "\n".join(entries), encoding="utf-8")
print(f"{len(entries)} pictures in {folder}")
