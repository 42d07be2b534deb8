"""tf.contrib.seq2seq and legacy_seq2seq: graphs, values and gradients."""

from tests.oracle.harness import case, floats, integers

LOGITS, TARGETS = floats(2, 3, 4), integers(2, 3, high=4)


def lost(name, **options):
    @case(name="sequence_loss_" + name, feeds={"x": LOGITS}, grads=True)
    def build(tf):
        x = tf.placeholder(tf.float32, [None, None, 4], name="x")
        weights = tf.constant([[1.0, 1.0, 0.5], [1.0, 0.0, 0.0]])
        return tf.contrib.seq2seq.sequence_loss(x, tf.constant(TARGETS), weights, **options)


lost("mean")
lost("by_step", average_across_timesteps=False)
lost("by_example", average_across_batch=False)
lost("each", average_across_timesteps=False, average_across_batch=False)


@case(feeds={"x": LOGITS}, grads=True)
def legacy_losses(tf):
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
