"""tf.contrib.legacy_seq2seq: losses, decoders over lists of steps, embeddings, attention, buckets."""

from tests.oracle.harness import case, floats, integers

LOGITS, TARGETS = floats(2, 3, 4), integers(2, 3, high=4)


@case(feeds={"x": LOGITS}, grads=True)
def losses(tf):
    x = tf.unstack(tf.placeholder(tf.float32, [2, 3, 4], name="x"), axis=1)
    targets, weights = tf.unstack(tf.constant(TARGETS), axis=1), [tf.ones([2])] * 3
    seq2seq = tf.contrib.legacy_seq2seq
    return [seq2seq.sequence_loss(x, targets, weights), seq2seq.sequence_loss_by_example(x, targets, weights)]


def decoded(name, make):
    @case(name=name, feeds={"x": LOGITS}, grads=True)
    def build(tf):
        tf.set_random_seed(1)
        x = tf.unstack(tf.placeholder(tf.float32, [2, 3, 4], name="x"), axis=1)
        outputs, state = make(tf.contrib.legacy_seq2seq, x, tf.nn.rnn_cell.GRUCell(4))
        return outputs + [state]


decoded("basic_rnn", lambda seq2seq, x, cell: seq2seq.basic_rnn_seq2seq(x, x, cell))
decoded("tied_rnn", lambda seq2seq, x, cell: seq2seq.tied_rnn_seq2seq(x, x, cell, lambda last, i: last * 0.5))


@case(feeds={"x": LOGITS}, grads=True)
def buckets(tf):
    tf.set_random_seed(1)
    x = tf.unstack(tf.placeholder(tf.float32, [2, 3, 4], name="x"), axis=1)
    targets, weights = tf.unstack(tf.constant(TARGETS), axis=1), [tf.ones([2])] * 3
    seq2seq = tf.contrib.legacy_seq2seq

    def model(source, target):
        return seq2seq.basic_rnn_seq2seq(source, target, tf.nn.rnn_cell.BasicRNNCell(4))

    return seq2seq.model_with_buckets(x, x, targets, weights, [(1, 2), (2, 3)], model)[1]


# -- symbols -----------------------------------------------------------------------------------------------------------

SOURCE, TARGET = integers(2, 2, high=6), integers(2, 2, high=5, seed=1)
MODELS = {
    "rnn": lambda s, source, target, cell, **options: s.embedding_rnn_seq2seq(source, target, cell, 6, 5, 3, **options),
    "tied": lambda s, source, target, cell, **options: s.embedding_tied_rnn_seq2seq(source, target, cell, 6, 3, **options),
    "attention": lambda s, source, target, cell, **options: s.embedding_attention_seq2seq(
        source, target, cell, 6, 5, 3, **options
    ),
}
SYMBOLS = {"rnn": 5, "tied": 6, "attention": 5}


def embedded(row, model, make=None, chosen_when_run=False, projected=False, grads=False, **options):
    @case(name=row, feeds={"source": SOURCE, "target": TARGET}, grads=grads, graph=not chosen_when_run)
    def build(tf):
        tf.set_random_seed(1)
        source = tf.unstack(tf.placeholder(tf.int32, [2, 2], name="source"))
        target = tf.unstack(tf.placeholder(tf.int32, [2, 2], name="target"))
        given = dict(options)
        if chosen_when_run:
            given["feed_previous"] = tf.placeholder_with_default(options["feed_previous"], [])
        if projected:
            given["output_projection"] = tf.get_variable("w", [3, SYMBOLS[model]]), tf.get_variable("b", [SYMBOLS[model]])
        cell = make(tf.nn.rnn_cell) if make else tf.nn.rnn_cell.GRUCell(3)
        return tf.nest.flatten(MODELS[model](tf.contrib.legacy_seq2seq, source, target, cell, **given))


def stacked(cells):
    return cells.MultiRNNCell([cells.BasicLSTMCell(3), cells.GRUCell(3)])


embedded("embedding_rnn_fed_back", "rnn", stacked, feed_previous=True)
embedded("embedding_rnn_projected", "rnn", feed_previous=True, projected=True, grads=True)
embedded("embedding_rnn_by_tensor", "rnn", chosen_when_run=True, feed_previous=True)
embedded("embedding_tied_fed_back", "tied", feed_previous=True, num_decoder_symbols=4)
embedded("embedding_tied_projected", "tied", projected=True, scope="own")
embedded("embedding_tied_by_tensor", "tied", stacked, chosen_when_run=True, feed_previous=False)
embedded("embedding_attention_two_heads", "attention", stacked, num_heads=2, initial_state_attention=True)
embedded("embedding_attention_fed_back", "attention", feed_previous=True, projected=True, grads=True)
embedded("embedding_attention_by_tensor", "attention", chosen_when_run=True, feed_previous=True)


@case(feeds={"x": LOGITS, "m": floats(2, 5, 3)})
def attention_decoders(tf):
    tf.set_random_seed(1)
    x = tf.unstack(tf.placeholder(tf.float32, [2, 3, 4], name="x"), axis=1)
    m = tf.placeholder(tf.float32, [None, None, 3], name="m")
    s, cell = tf.contrib.legacy_seq2seq, tf.nn.rnn_cell.GRUCell(4)
    start = tf.zeros([2, 4])
    plain = s.attention_decoder(x, start, m, cell, output_size=2)
    fed = s.attention_decoder(
        x, start, m, cell, num_heads=2, loop_function=lambda last, i: last * float(i), initial_state_attention=True, scope="b"
    )
    return tf.nest.flatten((plain, fed))


def one_to_many(row, by_tensor):
    @case(name=row, feeds={"source": SOURCE, "target": TARGET}, graph=not by_tensor)
    def build(tf):
        tf.set_random_seed(1)
        source = tf.unstack(tf.placeholder(tf.int32, [2, 2], name="source"))
        target = tf.unstack(tf.placeholder(tf.int32, [2, 2], name="target"))
        cells = tf.nn.rnn_cell
        fed = tf.placeholder_with_default(True, []) if by_tensor else False
        inputs = {"a": target, "b": [tf.minimum(target[0], 3)]}
        decoders = {"a": cells.GRUCell(3), "b": cells.GRUCell(3)}
        outputs, states = tf.contrib.legacy_seq2seq.one2many_rnn_seq2seq(
            source, inputs, cells.GRUCell(3), decoders, 6, {"a": 5, "b": 4}, 2, feed_previous=fed
        )
        return tf.nest.flatten([outputs["a"], outputs["b"], states["a"], states["b"]])


one_to_many("one_to_many", False)
one_to_many("one_to_many_by_tensor", True)


@case(feeds={"source": SOURCE, "target": TARGET})
def buckets_of_translation(tf):
    """What the translation tutorial built: attention over sampled projections, in two buckets."""
    tf.set_random_seed(1)
    source = tf.unstack(tf.placeholder(tf.int32, [2, 2], name="source"))
    target = tf.unstack(tf.placeholder(tf.int32, [2, 2], name="target"))
    w, b = tf.get_variable("proj_w", [3, 5]), tf.get_variable("proj_b", [5])

    def losses(labels, logits):
        labels = tf.reshape(labels, [-1, 1])
        return tf.nn.sampled_softmax_loss(tf.transpose(w), b, labels, logits, 2, 5)

    def model(sources, targets):
        return tf.contrib.legacy_seq2seq.embedding_attention_seq2seq(
            sources, targets, tf.nn.rnn_cell.GRUCell(3), 6, 5, 3, output_projection=(w, b), feed_previous=False
        )

    outputs, found = tf.contrib.legacy_seq2seq.model_with_buckets(
        source, target, target, [tf.ones([2])] * 2, [(1, 1), (2, 2)], model, softmax_loss_function=losses
    )
    return found + outputs[1]


@case(raises=True)
def lists_of_other_lengths(tf):
    return tf.contrib.legacy_seq2seq.sequence_loss([tf.zeros([2, 3])], [], [])


@case(raises=True)
def attention_without_inputs(tf):
    cell = tf.nn.rnn_cell.GRUCell(3)
    return tf.contrib.legacy_seq2seq.attention_decoder([], tf.zeros([2, 3]), tf.zeros([2, 4, 3]), cell)


@case(raises=True)
def bucket_too_long(tf):
    one = [tf.zeros([2])]
    return tf.contrib.legacy_seq2seq.model_with_buckets(one, one, one, one, [(2, 1)], None)
