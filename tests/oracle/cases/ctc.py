"""CTC: the loss and its gradient, decoders, and what prepares labels."""

import numpy as np

from tests.oracle.harness import case, floats

LOGITS = floats(6, 3, 5)
LENGTHS = [6, 4, 5]
ROWS = {
    "plain": [[0, 1, 2], [3], [1, 1]],
    "empty": [[], [0, 0], []],
    "long": [[0, 1, 2, 3, 0], [2, 2], [0, 1, 0]],
    "nulls": [[0, 1, 4, 4], [2, 4], [2]],
    "repeated": [[0, 0, 1, 1, 0], [2, 2, 2], [3]],
    "impossible": [[1, 1, 1, 1], [0], [2]],
    "too_long": [[0, 1], [0, 1, 2, 3, 0], [1]],
}


def sparse(tf, rows):
    places = [(b, i) for b, row in enumerate(rows) for i in range(len(row))]
    values = [label for row in rows for label in row]
    shape = [len(rows), max(1, max(map(len, rows)))]
    return tf.SparseTensor(
        np.array(places, np.int64).reshape(-1, 2), np.array(values, np.int32), np.array(shape, np.int64)
    )


def lost(name, rows="plain", dtype="float32", lengths=LENGTHS, rtol=None, **options):
    @case(name="loss_" + name, feeds={"x": LOGITS.astype(dtype), "n": lengths}, grads=True, rtol=rtol)
    def build(tf):
        x, n = tf.placeholder(dtype, [None, None, 5], name="x"), tf.placeholder(tf.int32, [None], name="n")
        return tf.nn.ctc_loss(sparse(tf, ROWS[rows]), x, n, **options)


lost("nulls", "nulls")
lost("collapsed", "repeated", preprocess_collapse_repeated=True)
lost("not_merged", "long", ctc_merge_repeated=False)
lost("ignored", "too_long", ignore_longer_outputs_than_inputs=True, lengths=[6, 4, 0])
lost("impossible", "impossible", ignore_longer_outputs_than_inputs=True)
lost("double", "repeated", dtype="float64", rtol=1e-5)  # TensorFlow computes it in single precision


@case(feeds={"x": floats(3, 6, 5), "p": np.array([[0, 0], [0, 1], [1, 0], [2, 0], [2, 1]]), "v": [1, 2, 0, 3, 3]}, grads=True)
def loss_of_fed_labels(tf):
    x = tf.placeholder(tf.float32, [3, 6, 5], name="x")
    p, v = tf.placeholder(tf.int64, [None, 2], name="p"), tf.placeholder(tf.int32, [None], name="v")
    labels = tf.SparseTensor(p, v, np.array([3, 2], np.int64))
    return tf.reduce_mean(tf.nn.ctc_loss(labels, x, tf.fill([tf.shape(x)[0]], 6), time_major=False))


def listed(lengths):
    places = [(b, i) for b, n in enumerate(lengths) for i in range(n)]
    return {"p": np.array(places, np.int64), "v": np.array([i % 4 for _, i in places], np.int32)}


MANY = dict(listed([19, 3, 4, 2, 5, 3]), x=floats(22, 6, 5)), dict(listed([8, 8, 8, 4, 5, 3]), x=floats(22, 6, 5))


@case(feeds=list(MANY), grads=True, rtol=1e-4, atol=1e-5)
def loss_of_many_labels(tf):
    """So many that how wide the computation is depends on the longest row."""
    x = tf.placeholder(tf.float32, [22, 6, 5], name="x")
    p, v = tf.placeholder(tf.int64, [None, 2], name="p"), tf.placeholder(tf.int32, [None], name="v")
    labels = tf.SparseTensor(p, v, np.array([6, 20], np.int64))
    return tf.nn.ctc_loss(labels, x, tf.constant([22, 20, 22, 9, 12, 22]))


def refused(name, rows="plain", lengths=LENGTHS, raises=True):
    @case(name="refused_" + name, raises=raises)
    def build(tf):
        return tf.nn.ctc_loss(sparse(tf, ROWS[rows]), tf.constant(LOGITS), tf.constant(lengths))


ROWS["negative"] = [[-1], [0], [1]]
ROWS["broken"] = [[0, 4, 1], [0], [1]]
ROWS["more_rows"] = [[0], [0], [1], [2]]
refused("too_long", "too_long")
refused("steps", lengths=[6, 7, 5])
refused("other_batch", lengths=[6, 4])
refused("empty", "empty")
refused("negative", "negative")
refused("broken", "broken")
refused("more_rows", "more_rows")


@case(raises=True)
def refused_dense(tf):
    return tf.nn.ctc_loss(tf.constant([[1, 2]]), tf.constant(LOGITS), tf.constant(LENGTHS))


@case(feeds={"x": LOGITS, "n": LENGTHS}, grads=True, graph=False, rtol=1e-4, atol=1e-5)
def loss_v2(tf):
    x, n = tf.placeholder(tf.float32, [6, 3, 5], name="x"), tf.placeholder(tf.int32, [3], name="n")
    labels = tf.constant([[1, 4, 3], [4, 1, 1], [1, 1, 3]])
    batch_major = tf.transpose(x, [1, 0, 2])
    unique = tf.nn.ctc_unique_labels(labels)
    one = tf.nn.ctc_loss_v2(labels, batch_major, tf.constant([3, 1, 2]), n, logits_time_major=False, unique=unique)
    two = tf.nn.ctc_loss_v2(sparse(tf, ROWS["long"]), x, None, n, blank_index=1)
    three = tf.nn.ctc_loss_v2(labels, x, tf.constant([1, 3, 1]), n, blank_index=-5 + 2)
    return [one, two, three, unique[0], unique[1]]


def decoded(name, shape=(6, 3, 5), lengths=LENGTHS, scale=1.0, **options):
    @case(name="decoded_" + name, feeds={"x": floats(*shape, seed=4) * np.float32(scale)})
    def build(tf):
        x, found = tf.placeholder(tf.float32, [None, len(lengths), shape[2]], name="x"), {}
        for kind in ("ctc_beam_search_decoder", "ctc_beam_search_decoder_v2", "ctc_greedy_decoder"):
            given = dict(options) if "beam" in kind else {"merge_repeated": name != "plain"}
            if kind.endswith("v2"):
                given.pop("merge_repeated", None)
            paths, scores = getattr(tf.nn, kind)(x, tf.constant(lengths), **given)
            found[kind + "_score"] = scores
            for i, path in enumerate(paths):
                found["%s_%d" % (kind, i)] = path
                found["%s_dense_%d" % (kind, i)] = tf.sparse.to_dense(path)
        return found


decoded("plain")
decoded("paths", top_paths=3, beam_width=7)
decoded("unmerged", top_paths=2, merge_repeated=False)
decoded("longer", (20, 2, 4), [20, 13], top_paths=4, beam_width=6, scale=2.0)
decoded("narrow", (9, 2, 3), [9, 0], beam_width=1)


@case(raises=True)
def decoded_too_few_leaves(tf):
    return tf.nn.ctc_beam_search_decoder(tf.constant(floats(1, 1, 3)), [0], top_paths=2)[1]


@case(raises=True)
def decoded_past_the_end(tf):
    return tf.nn.ctc_greedy_decoder(tf.constant(floats(2, 1, 3)), tf.constant([3]))[1]


@case(feeds={"x": np.array([[1, 1, 2, 2, 1], [3, 3, 3, 0, 0]]), "n": [5, 3]})
def collapsed(tf):
    x, n = tf.placeholder(tf.int32, [None, 5], name="x"), tf.placeholder(tf.int64, [2], name="n")
    return list(tf.nn.collapse_repeated(x, n)) + list(tf.nn.collapse_repeated(tf.constant([[0, 0, 4]]), tf.constant([2])))


@case(feeds={"x": LOGITS}, rtol=1e-4)
def training(tf):
    """A step of a recognizer: dense labels made sparse, the loss, and the error rate of what is decoded."""
    x = tf.placeholder(tf.float32, [6, 3, 5], name="x")
    dense = tf.constant([[0, 1, 2], [3, -1, -1], [1, 1, -1]])
    places = tf.where(tf.not_equal(dense, -1))
    labels = tf.SparseTensor(places, tf.gather_nd(dense, places), tf.shape(dense, out_type=tf.int64))
    loss = tf.reduce_mean(tf.nn.ctc_loss(labels, x, tf.constant(LENGTHS)))
    return [loss, tf.gradients(loss, x)[0]]
