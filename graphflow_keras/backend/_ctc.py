"""Connectionist temporal classification: labels for sequences without telling which step carries which label.

The last class is the blank. Source: Graves et al., Connectionist temporal classification (ICML 2006).
"""

import collections

import numpy as np

import graphflow as tf
from graphflow_keras.backend import common

_LOG_ZERO = -1e30  # finite, so that no gradient becomes inf - inf


def ctc_label_dense_to_sparse(labels, label_lengths):
    """The first `label_lengths[i]` labels of each row i, as a SparseTensor.

    Args:
        labels: `[batch, most labels]`.
        label_lengths: int `[batch]`.
    """
    indices = tf.where(tf.sequence_mask(label_lengths, tf.shape(labels)[1]))
    return tf.SparseTensor(indices, tf.gather_nd(labels, indices), tf.to_int64(tf.shape(labels)))


def ctc_batch_cost(y_true, y_pred, input_length, label_length):
    """-log of the probability that each sequence carries its labels.

    Args:
        y_true: `[batch, most labels]`, class numbers.
        y_pred: float `[batch, steps, classes]`, probabilities, as softmax gives them.
        input_length: int `[batch, 1]`, steps of each sequence.
        label_length: int `[batch, 1]`, labels of each sequence.

    Returns:
        float `[batch, 1]`.

    Raises:
        tf.errors.InvalidArgumentError: when run, a sequence too short for its labels.
    """
    labels = tf.to_int32(y_true)
    steps = tf.to_int32(tf.squeeze(input_length, axis=-1))
    counts = tf.to_int32(tf.squeeze(label_length, axis=-1))
    log_probabilities = tf.nn.log_softmax(tf.log(tf.transpose(y_pred, perm=[1, 0, 2]) + common.epsilon()))
    with tf.control_dependencies([_enough_steps(labels, counts, steps)]):
        return tf.expand_dims(_loss(log_probabilities, labels, counts, steps), 1)


def _enough_steps(labels, counts, steps):
    """Each label takes a step, and a blank must stand between two equal ones."""
    both = tf.sequence_mask(counts - 1, tf.shape(labels)[1] - 1)
    doubles = tf.reduce_sum(tf.to_int32(tf.logical_and(tf.equal(labels[:, 1:], labels[:, :-1]), both)), 1)
    return tf.assert_less_equal(
        counts + doubles, steps, message="Not enough time for target transition sequence: more labels than input steps"
    )


def _loss(log_probabilities, labels, counts, steps):
    """The forward algorithm over the labels with blanks before, between and after them.

    Args:
        log_probabilities: `[steps, batch, classes]`.
        labels: int32 `[batch, most labels]`; counts, steps: int32 `[batch]`.
    """
    batch, most = tf.shape(labels)[0], tf.shape(labels)[1]
    places = 2 * most + 1
    blank = tf.shape(log_probabilities)[2] - 1
    padded = tf.fill([batch, most], blank)
    path = tf.reshape(tf.stack([padded, tf.where(tf.sequence_mask(counts, most), labels, padded)], 2), [batch, -1])
    path = tf.concat([path, tf.fill([batch, 1], blank)], 1)  # [batch, places]
    nothing = tf.fill([batch, 2], _LOG_ZERO)
    # A label may follow another directly, skipping the blank between them, where the two differ.
    skips = tf.logical_and(tf.not_equal(path[:, 2:], blank), tf.not_equal(path[:, 2:], path[:, :-2]))
    skips = tf.concat([tf.fill([batch, 2], False), skips], 1)

    def emitted(now):
        samples = tf.tile(tf.expand_dims(tf.range(batch), 1), [1, places])
        return tf.gather_nd(now, tf.stack([samples, path], 2))

    def step(before, now):
        now, time = now
        moved = tf.concat([nothing[:, :1], before[:, :-1]], 1)
        skipped = tf.where(skips, tf.concat([nothing, before[:, :-2]], 1), tf.fill([batch, places], _LOG_ZERO))
        after = tf.reduce_logsumexp(tf.stack([before, moved, skipped]), 0) + emitted(now)
        return tf.where(time < steps, after, before)

    start = tf.tile(tf.expand_dims(tf.range(places) < 2, 0), [batch, 1])
    first = tf.where(start, emitted(log_probabilities[0]), tf.fill([batch, places], _LOG_ZERO))
    times = tf.range(1, tf.shape(log_probabilities)[0])
    last = tf.scan(lambda before, now: step(before, now), (log_probabilities[1:], times), initializer=first)
    last = tf.concat([tf.expand_dims(first, 0), last], 0)[-1]
    ends = tf.one_hot(2 * counts, places, True, False) | tf.one_hot(2 * counts - 1, places, True, False)
    return -tf.reduce_logsumexp(tf.where(ends, last, tf.fill([batch, places], _LOG_ZERO)), 1)


def ctc_decode(y_pred, input_length, greedy=True, beam_width=100, top_paths=1):
    """The labels that sequences most likely carry; computed on the host.

    Args:
        y_pred: float `[batch, steps, classes]`, probabilities, as softmax gives them.
        input_length: int `[batch]`.
        greedy: bool, take the best class of each step; else search with `beam_width` prefixes.
        top_paths: int, how many answers the search returns.

    Returns:
        (list of int64 `[batch, most labels]`, one an answer, the best first, filled up with -1;
        float `[batch, top_paths]`, the log probabilities of the answers; minus that of the best path when greedy).
    """
    scores = tf.log(y_pred + common.epsilon())
    top_paths = 1 if greedy else top_paths

    def decode(scores, lengths):
        if greedy:
            found = [_best_path(row[:n]) for row, n in zip(scores, lengths)]
        else:
            found = [_beam_search(row[:n], beam_width, top_paths) for row, n in zip(scores, lengths)]
        decoded = [_filled([answers[i][0] for answers in found]) for i in range(top_paths)]
        return [*decoded, np.array([[score for _, score in answers] for answers in found], scores.dtype)]

    types = [tf.int64] * top_paths + [scores.dtype]
    *decoded, log_probability = tf.py_func(decode, [scores, tf.to_int32(input_length)], types, name="CTCDecoder")
    batch = y_pred.get_shape()[:1]
    for answer in decoded:
        answer.set_shape(batch.concatenate([None]))
    log_probability.set_shape(batch.concatenate([top_paths]))
    return decoded, log_probability


def _filled(rows):
    answer = np.full((len(rows), max(map(len, rows), default=0)), -1, np.int64)
    for line, row in zip(answer, rows):
        line[: len(row)] = row
    return answer


def _best_path(scores):
    """[(labels, -sum of the best scores)] of one sequence, `[steps, classes]`."""
    blank, path = scores.shape[1] - 1, scores.argmax(1)
    kept = [c for c, before in zip(path, [-1, *path[:-1]]) if c not in (before, blank)]
    return [(kept, -scores.max(1, initial=-np.inf).sum())]


def _beam_search(scores, width, count):
    """The `count` best [(labels, log probability)] of one sequence, `[steps, classes]`; equal neighbours merged."""
    scores = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
    blank = scores.shape[1] - 1
    beams = {(): (0.0, -np.inf)}  # prefix -> log probability that it ended in a blank, in its last label
    for now in scores:
        grown = collections.defaultdict(lambda: (-np.inf, -np.inf))
        for prefix, (by_blank, by_label) in beams.items():
            total = np.logaddexp(by_blank, by_label)
            _add(grown, prefix, total + now[blank], by_label + now[prefix[-1]] if prefix else -np.inf)
            for label in range(blank):
                repeats = prefix[-1:] == (label,)
                _add(grown, (*prefix, label), -np.inf, now[label] + (by_blank if repeats else total))
        best = sorted(grown.items(), key=lambda item: -np.logaddexp(*item[1]))
        beams = dict(best[:width])
    answers = sorted(((np.logaddexp(*p), prefix) for prefix, p in beams.items()), reverse=True)[:count]
    if len(answers) < count:
        raise ValueError(f"{count} paths were asked for, and a beam of {len(answers)} was found: raise beam_width")
    return [([c for c, before in zip(prefix, (-1, *prefix)) if c != before], score) for score, prefix in answers]


def _add(beams, prefix, by_blank, by_label):
    before = beams[prefix]
    beams[prefix] = np.logaddexp(before[0], by_blank), np.logaddexp(before[1], by_label)
