"""One step of a beam search: the best continuations of all beams of a row, and their scores."""

from __future__ import annotations

import collections

from graphflow._contrib import attention_wrapper
from graphflow._core import dtypes, nest, shapes
from graphflow._graph import build, static_value
from graphflow._ops import array, choosing, compare, gather, math, nn, rearrange, reduce, tensor_array, top_k, unary


class BeamSearchDecoderState(
    collections.namedtuple(
        "BeamSearchDecoderState",
        ("cell_state", "log_probs", "finished", "lengths", "accumulated_attention_probs"),
    )
):
    """The state of a `BeamSearchDecoder`: all but the cell's are `[batch, beams]`, the attention `[batch, beams, time]`."""


class BeamSearchDecoderOutput(
    collections.namedtuple("BeamSearchDecoderOutput", ("scores", "predicted_ids", "parent_ids"))
):
    """What a step gives, `[batch, beams]` each: scores, symbols, and the beams they go on from."""


class Beams:
    """The sizes of a search, and how beams are weighed.

    Args:
        batch_size: int32 scalar tensor.
        width: int, how many beams a row has.
        end_token: int32 scalar tensor.
        length_penalty_weight, coverage_penalty_weight: floats, 0 for none.
    """

    def __init__(self, batch_size, width, end_token, length_penalty_weight, coverage_penalty_weight):
        self.batch_size, self.width, self.end_token = batch_size, width, end_token
        self.length_penalty_weight, self.coverage_penalty_weight = length_penalty_weight, coverage_penalty_weight

    @property
    def known_batch(self):
        """The batch size as an int, None where it is not known."""
        found = static_value.constant_value(self.batch_size)
        return None if found is None else int(found)

    def step(self, time, logits, next_cell_state, state):
        """(output, next state) for the logits `[batch, beams, symbols]` of a step."""
        batch_size, width = self.batch_size, self.width
        was_finished = state.finished
        going_on = compare.logical_not(was_finished)
        step_probs = _only_end(nn.log_softmax(logits), self.end_token, was_finished)
        total = array.expand_dims(state.log_probs, 2) + step_probs
        symbols = logits.shape[-1].value or array.shape(logits)[-1]
        lengths = self._lengths_after(symbols, going_on, state.lengths)
        attended = attention_probs(next_cell_state, self.coverage_penalty_weight)
        if attended is not None:
            attended *= array.expand_dims(math.cast(going_on, dtypes.float32), 2)
            attended = state.accumulated_attention_probs + attended
        scores = self._scores(total, lengths, was_finished, attended)
        build.convert_to_tensor(time, name="time")
        flat = array.reshape(scores, [batch_size, -1])
        count = build.convert_to_tensor(width, dtype=dtypes.int32, name="beam_width")
        best, places = top_k.top_k(flat, k=count)
        best.set_shape([self.known_batch, width])
        places.set_shape([self.known_batch, width])
        log_probs = self._rows(places, total, width * symbols, [-1], name="next_beam_probs")
        ids = math.cast(math.floormod(places, symbols, name="next_beam_word_ids"), dtypes.int32)
        parents = math.cast(places / symbols, dtypes.int32, name="next_beam_parent_ids")
        was_finished = self._rows(parents, was_finished, width, [-1])
        finished = compare.logical_or(was_finished, compare.equal(ids, self.end_token), name="next_beam_finished")
        longer = math.cast(compare.logical_not(was_finished), dtypes.int64)
        lengths = self._rows(parents, state.lengths, width, [-1]) + longer
        each = [batch_size * width, -1]
        kept = ()
        if attended is not None:
            kept = self._rows(parents, attended, width, each, name="next_accumulated_attention_probs")
        cell_state = nest.map_structure(
            lambda t: self._rows(parents, t, width, [self.batch_size * width, -1]) if _has_rows(t) else t,
            next_cell_state,
        )
        next_state = BeamSearchDecoderState(cell_state, log_probs, finished, lengths, kept)
        return BeamSearchDecoderOutput(best, ids, parents), next_state

    def _lengths_after(self, symbols, going_on, lengths):
        """How long a beam gets with each symbol, `[batch, beams, symbols]`: the end token adds nothing."""
        added = choosing.one_hot(
            array.fill([self.batch_size, self.width], self.end_token), symbols,
            on_value=math.to_int64(0), off_value=math.to_int64(1), dtype=dtypes.int64,
        )  # fmt: skip
        added *= array.expand_dims(math.cast(going_on, dtypes.int64), 2)
        return added + array.expand_dims(lengths, 2)

    def _scores(self, log_probs, lengths, finished, attended):
        """Log probabilities over the length penalty, plus the coverage penalty."""
        penalty = math.cast(length_penalty(lengths, self.length_penalty_weight), log_probs.dtype)
        scores = log_probs / penalty
        weight = build.convert_to_tensor(self.coverage_penalty_weight, name="coverage_penalty_weight")
        if weight.shape.ndims != 0:
            raise ValueError(f"coverage_penalty_weight should be a scalar, but saw shape: {weight.shape}")
        if static_value.constant_value(weight) == 0.0:
            return scores
        attended = choosing.where(compare.equal(attended, 0.0), array.ones_like(attended), attended)
        covered = reduce.reduce_sum(unary.log(math.minimum(attended, 1.0)), 2)
        covered *= math.cast(finished, dtypes.float32)
        return scores + array.expand_dims(covered * weight, 2)

    def _rows(self, indices, values, size, flat_shape, name=None):
        """The `values` at `indices` `[batch, beams]`, which count within each row of the batch; a row has `size` of them."""
        with build.name_scope(name, "tensor_gather_helper"):
            start = array.expand_dims(math.range(self.batch_size) * size, 1)
            indices = array.reshape(indices + start, [-1])
            found = gather.gather(array.reshape(values, flat_shape), indices)
            rank = 1 + len(flat_shape)
            found = array.reshape(found, array.shape(values)[:rank], name="output")
            found.set_shape(shapes.TensorShape([self.known_batch]).concatenate(values.shape[1:rank]))
            return found


def _has_rows(t):
    """Whether a part of a cell's state has a row for each beam."""
    if isinstance(t, tensor_array.TensorArray):
        return False
    check_rank(t)
    return t.shape.ndims >= 2


def check_rank(t):
    """Raises ValueError where the rank of `t` is not known."""
    if t.shape.ndims is None:
        raise ValueError(f"Expected tensor ({t}) to have known rank, but ndims == None.")


def _only_end(log_probs, end_token, finished):
    """Log probabilities where finished beams can only take the end token."""
    symbols = array.shape(log_probs)[2]
    row = choosing.one_hot(
        end_token, symbols, dtype=log_probs.dtype, on_value=build.convert_to_tensor(0.0, dtype=log_probs.dtype),
        off_value=log_probs.dtype.min,
    )  # fmt: skip
    rows = rearrange.tile(array.reshape(row, [1, 1, -1]), array.concat([array.shape(finished), [1]], 0))
    mask = rearrange.tile(array.expand_dims(finished, 2), [1, 1, symbols])
    return choosing.where(mask, rows, log_probs)


def length_penalty(lengths, weight):
    """((5 + length) / 6) ** weight; 1.0 where the weight is 0.

    Source: Wu et al., "Google's neural machine translation system" (2016), https://arxiv.org/abs/1609.08144, eq. 14.
    """
    weight = build.convert_to_tensor(weight, name="penalty_factor")
    weight.set_shape(())
    known = static_value.constant_value(weight)
    if known is not None and known == 0:
        return 1.0
    return math.div((5.0 + math.cast(lengths, dtypes.float32)) ** weight, (5.0 + 1.0) ** weight)


def attention_probs(cell_state, coverage_penalty_weight):
    """The weights of the attention in a cell's state, their mean where there are several; None without coverage penalty.

    Raises:
        ValueError: there is a coverage penalty but no attention.
    """
    if coverage_penalty_weight == 0.0:
        return None
    kind = attention_wrapper.AttentionWrapperState
    if isinstance(cell_state, kind):
        found = [_mean_alignments(cell_state)]
    else:
        several = cell_state if isinstance(cell_state, tuple) else ()
        found = [_mean_alignments(state) for state in several if isinstance(state, kind)]
    if not found:
        raise ValueError("coverage_penalty_weight must be 0.0 if no cell is attentional.")
    return found[0] if len(found) == 1 else _mean(found)


def _mean_alignments(state):
    return _mean(state.alignments) if isinstance(state.alignments, tuple) else state.alignments


def _mean(probs):
    return reduce.reduce_mean(array.concat([array.expand_dims(one, -1) for one in probs], -1), -1)
