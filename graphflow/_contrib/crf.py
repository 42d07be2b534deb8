"""Conditional random fields over sequences of tags: likelihoods, and the best sequence.

Arguments that they share:
    inputs: scores `[batch, steps, tags]`.
    tag_indices: int `[batch, steps]`.
    sequence_lengths: int `[batch]`.
    transition_params: scores `[tags, tags]` of going from one tag to another.

Source: Lafferty, McCallum, Pereira, "Conditional random fields" (2001).
"""

from __future__ import annotations

import numpy as np

from graphflow._contrib import layer_tools
from graphflow._core import dtypes
from graphflow._graph import build
from graphflow._layers import dynamic_rnn, rnn_cell
from graphflow._ops import (
    array,
    choosing,
    compare,
    gather,
    joining,
    math,
    rearrange,
    reduce,
    running,
    slicing,
    variable_scope,
)


def _by_length(inputs, one_step, many_steps):
    """`one_step()` where sequences have one step, else `many_steps()`."""
    steps = inputs._dims[1] or array.shape(inputs)[1]
    return layer_tools.smart_cond(compare.equal(steps, 1), one_step, many_steps)


def _unless_empty(lengths, scores):
    return choosing.where(compare.less_equal(lengths, 0), array.zeros_like(scores), scores)


def _first(inputs):
    return array.squeeze(slicing.slice(inputs, [0, 0, 0], [-1, 1, -1]), [1])


def _rest(inputs):
    return slicing.slice(inputs, [0, 1, 0], [-1, -1, -1])


def _one_less(lengths):
    return math.maximum(build.constant(0, dtype=lengths.dtype), lengths - 1)


def crf_sequence_score(inputs, tag_indices, sequence_lengths, transition_params):
    """The score of each sequence of tags, `[batch]`, not normalized."""
    sequence_lengths = build.convert_to_tensor(sequence_lengths)

    def one_step():
        batch = array.shape(inputs, out_type=tag_indices.dtype)[0]
        rows = array.reshape(math.range(batch, dtype=tag_indices.dtype), [-1, 1])
        places = array.concat([rows, tag_indices], axis=1)
        return _unless_empty(sequence_lengths, gather.gather_nd(array.squeeze(inputs, [1]), places))

    def many_steps():
        unary_scores = crf_unary_score(tag_indices, sequence_lengths, inputs)
        return unary_scores + crf_binary_score(tag_indices, sequence_lengths, transition_params)

    return _by_length(inputs, one_step, many_steps)


def crf_multitag_sequence_score(inputs, tag_bitmap, sequence_lengths, transition_params):
    """The score of all sequences of tags that a bool tensor `[batch, steps, tags]` allows."""

    def allowed():
        return choosing.where(tag_bitmap, inputs, array.fill(array.shape(inputs), float("-inf")))

    return _by_length(
        inputs, lambda: reduce.reduce_logsumexp(allowed(), axis=[1, 2]),
        lambda: crf_log_norm(allowed(), sequence_lengths, transition_params),
    )  # fmt: skip


def crf_log_norm(inputs, sequence_lengths, transition_params):
    """The logarithm of what normalizes the scores of all sequences, `[batch]`."""
    sequence_lengths, first = build.convert_to_tensor(sequence_lengths), _first(inputs)

    def one_step():
        return _unless_empty(sequence_lengths, reduce.reduce_logsumexp(first, [1]))

    def many_steps():
        rest, cell = _rest(inputs), CrfForwardRnnCell(transition_params)
        lengths = _one_less(sequence_lengths)
        _, alphas = dynamic_rnn.dynamic_rnn(cell, rest, lengths, initial_state=first, dtype=dtypes.float32)
        return _unless_empty(sequence_lengths, reduce.reduce_logsumexp(alphas, [1]))

    return _by_length(inputs, one_step, many_steps)


def crf_log_likelihood(inputs, tag_indices, sequence_lengths, transition_params=None):
    """(log likelihood `[batch]` of the tags, transition scores); these are the variable `transitions` where None."""
    tags = inputs._dims[2]
    if transition_params is None:
        transition_params = variable_scope.get_variable("transitions", [tags, tags])
    scores = crf_sequence_score(inputs, tag_indices, sequence_lengths, transition_params)
    return scores - crf_log_norm(inputs, sequence_lengths, transition_params), transition_params


def _mask(tag_indices, lengths):
    return choosing.sequence_mask(lengths, maxlen=array.shape(tag_indices)[1], dtype=dtypes.float32)


def crf_unary_score(tag_indices, sequence_lengths, inputs):
    """The sum of the inputs' scores of each sequence of tags."""
    batch, steps, tags = (array.shape(inputs)[i] for i in range(3))
    flat = array.reshape(inputs, [-1])
    offsets = array.expand_dims(math.range(batch) * steps * tags, 1)
    offsets += array.expand_dims(math.range(steps) * tags, 0)
    if tag_indices.dtype == dtypes.int64:
        offsets = math.cast(offsets, dtypes.int64)
    places = array.reshape(offsets + tag_indices, [-1])
    scores = array.reshape(gather.gather(flat, places), [batch, steps])
    return reduce.reduce_sum(scores * _mask(tag_indices, sequence_lengths), 1)


def crf_binary_score(tag_indices, sequence_lengths, transition_params):
    """The sum of the transitions' scores of each sequence of tags."""
    tags = transition_params.get_shape()[0].value
    count = array.shape(tag_indices)[1] - 1
    starts = slicing.slice(tag_indices, [0, 0], [-1, count])
    ends = slicing.slice(tag_indices, [0, 1], [-1, count])
    places = starts * tags + ends
    scores = gather.gather(array.reshape(transition_params, [-1]), places)
    mask = slicing.slice(_mask(tag_indices, sequence_lengths), [0, 1], [-1, -1])
    return reduce.reduce_sum(scores * mask, 1)


class _TransitionCell(rnn_cell.RNNCell):
    def __init__(self, transition_params):
        super().__init__()
        transition_params = build.convert_to_tensor(transition_params)
        self._transitions = array.expand_dims(transition_params, 0)
        self._tags = transition_params._dims[0]

    @property
    def state_size(self):
        return self._tags

    @property
    def output_size(self):
        return self._tags

    def _scores(self, state):
        return array.expand_dims(state, 2) + self._transitions


class CrfForwardRnnCell(_TransitionCell):
    """One step of the sum over all sequences of tags."""

    def __call__(self, inputs, state, scope=None):
        alphas = inputs + reduce.reduce_logsumexp(self._scores(state), [1])
        return alphas, alphas


class CrfDecodeForwardRnnCell(_TransitionCell):
    """One step of the maximum over all sequences; its output is the tag before the best."""

    def __call__(self, inputs, state, scope=None):
        scores = self._scores(state)
        best = inputs + reduce.reduce_max(scores, [1])
        return math.cast(running.argmax(scores, 1), dtypes.int32), best


class CrfDecodeBackwardRnnCell(rnn_cell.RNNCell):
    """One step back along the best sequence."""

    def __init__(self, num_tags):
        super().__init__()
        self._tags = num_tags

    @property
    def state_size(self):
        return 1

    @property
    def output_size(self):
        return 1

    def __call__(self, inputs, state, scope=None):
        state = array.squeeze(state, axis=[1])
        rows = math.range(array.shape(inputs)[0])
        tags = gather.gather_nd(inputs, joining.stack([rows, state], axis=1))
        tags = array.expand_dims(tags, axis=-1)
        return tags, tags


def crf_decode(potentials, transition_params, sequence_length):
    """(the best tags int32 `[batch, steps]`, their scores `[batch]`) for scores `[batch, steps, tags]`."""
    sequence_length = build.convert_to_tensor(sequence_length)

    def one_step():
        scores = array.squeeze(potentials, [1])
        tags = array.expand_dims(running.argmax(scores, axis=1), 1)
        return math.cast(tags, dtypes.int32), reduce.reduce_max(scores, axis=1)

    def many_steps():
        forwards = CrfDecodeForwardRnnCell(transition_params)
        first, rest, lengths = _first(potentials), _rest(potentials), _one_less(sequence_length)
        before, last = dynamic_rnn.dynamic_rnn(forwards, rest, lengths, initial_state=first, dtype=dtypes.int32)
        before = rearrange.reverse_sequence(before, lengths, seq_axis=1)
        backwards = CrfDecodeBackwardRnnCell(potentials._dims[2])
        end = array.expand_dims(math.cast(running.argmax(last, axis=1), dtypes.int32), axis=-1)
        tags, _ = dynamic_rnn.dynamic_rnn(backwards, before, lengths, initial_state=end, dtype=dtypes.int32)
        tags = array.concat([end, array.squeeze(tags, axis=[2])], axis=1)
        return rearrange.reverse_sequence(tags, sequence_length, seq_axis=1), reduce.reduce_max(last, axis=1)

    return _by_length(potentials, one_step, many_steps)


def viterbi_decode(score, transition_params):
    """(list of the best tags, their score) for arrays `[steps, tags]` and `[tags, tags]`, outside of any graph."""
    best, before = score[0], []
    for row in score[1:]:
        ways = best[:, None] + transition_params
        best = row + ways.max(0)
        before.append(ways.argmax(0))
    tags = [np.argmax(best)]
    for places in reversed(before):
        tags.append(places[tags[-1]])
    return tags[::-1], best.max()
