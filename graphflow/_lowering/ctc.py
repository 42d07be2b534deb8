"""Rules of `_ops/ctc.py`: the loss as a forward and a backward pass over time, in logarithms.

A sequence of n labels has 2 n + 1 states: a blank before, between and behind them. States behind these, up to those of the longest
sequence, can never be reached.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from graphflow._lowering import ctc_decoding, rule

_SHORT = 16  # labels; sequences this short are not worth a second program
_NULL_THEN_LABEL = "Saw a non-null label (index >= num_classes - 1) following a null label"
_NO_TIME = (
    "Not enough time for target transition sequence: a sequence has more labels than steps. ctc_loss turns this into a loss of 0 "
    "with the flag ignore_longer_outputs_than_inputs"
)


def _add(*logs):
    """log of the sum of exponentials of equal shapes; minus infinity where all are."""
    top = logs[0]
    for one in logs[1:]:
        top = jnp.maximum(top, one)
    top = jnp.where(jnp.isfinite(top), top, 0)
    return top + jnp.log(sum(jnp.exp(one - top) for one in logs))


def _later(states, by):
    """Each state's value moved to the state `by` further on; negative moves back."""
    gap = jnp.full((*states.shape[:-1], abs(by)), -jnp.inf, states.dtype)
    return jnp.concatenate([gap, states[..., :-by]] if by > 0 else [states[..., -by:], gap], axis=-1)


def _loss_and_gradient(inputs, labels, label_length, length, merge_repeated=True, masked=True):
    """(loss `[batch]`, its gradient for `inputs`).

    Args:
        inputs: `[time, batch, classes]`, the last class is the blank.
        labels: `[batch, width]`, blanks behind their ends; the width is at least 1.
        masked: whether steps behind a row's end have the gradient 0, and not the classes' probabilities.
    """
    time, batch, classes = inputs.shape
    blank, none = classes - 1, jnp.array(-jnp.inf, inputs.dtype)
    width = labels.shape[1]
    states = jnp.full((batch, 2 * width + 1), blank, labels.dtype).at[:, 1::2].set(labels)
    is_label = states != blank
    stays = jnp.where(is_label & (not merge_repeated), none, 0)
    differs = jnp.pad(states[:, 2:] != states[:, :-2], [(0, 0), (2, 0)])
    jumps = jnp.where(is_label & (differs | (not merge_repeated)), 0, none)
    jumps = jumps.at[:, :2].set(none)
    logs = jax.nn.log_softmax(inputs, axis=-1)
    seen = jnp.take_along_axis(logs, jnp.broadcast_to(states, (time, *states.shape)), axis=2)
    place = jnp.arange(states.shape[1])
    last = 2 * label_length[:, None]
    ends = jnp.where((place == last) | ((place == last - 1) & (place > 0)), 0, none).astype(inputs.dtype)
    starts = jnp.where(place < 2, 0, none).astype(inputs.dtype)

    def forward(before, row):
        now, step = row
        reached = _add(before + stays, _later(before, 1), _later(before, 2) + jumps)
        reached = jnp.where(step == 0, starts, reached) + now
        kept = jnp.where((step < length)[:, None], reached, before)
        return kept, kept

    def backward(after, row):
        following, step = row  # what is seen one step later
        ahead = after + following
        left = _add(ahead + stays, _later(ahead, -1), _later(ahead + jumps, -2))
        kept = jnp.where((step + 1 < length)[:, None], left, ends)
        return kept, kept

    steps = jnp.arange(time)
    alpha_last, alpha = lax.scan(forward, jnp.full(seen.shape[1:], none), (seen, steps))
    following = jnp.concatenate([seen[1:], jnp.zeros_like(seen[:1])])
    _, beta = lax.scan(backward, ends, (following, steps), reverse=True)
    likelihood = jax.nn.logsumexp(alpha_last + ends, axis=-1)
    possible = jnp.isfinite(likelihood)
    shift = jnp.where(possible, likelihood, 0)[:, None]
    counts = (steps[:, None] < length)[:, :, None]
    visits = jnp.where(counts & possible[:, None], jnp.exp(alpha + beta - shift), 0)
    of_class = jnp.zeros((batch, classes, time), inputs.dtype)
    of_class = of_class.at[jnp.arange(batch)[:, None], states].add(visits.transpose(1, 2, 0))
    probabilities = jnp.where(counts, jnp.exp(logs), 0) if masked else jnp.exp(logs)
    loss = jnp.where(length > 0, -likelihood, 0).astype(inputs.dtype)
    return loss, (probabilities - of_class.transpose(2, 0, 1)).astype(inputs.dtype)


def _loss(ctx, op, inputs, indices, values, length):
    inputs, values, length = jnp.asarray(inputs), jnp.asarray(values), jnp.asarray(length)
    time, batch, classes = inputs.shape
    rows = jnp.asarray(indices)[:, 0].astype(jnp.int32)
    _check_lengths(ctx, op, length, batch, time)
    if values.size:
        ctx.guard(jnp.any((rows < 0) | (rows >= batch)), op, f"labels name a row that is not in [0, {batch})")
    labels = _Labels(rows, values, batch, classes, op.attrs["preprocess_collapse_repeated"])
    ctx.guard(jnp.any(labels.given == 0), op, "Labels length is zero in batch {}", jnp.argmin(labels.given))
    ctx.guard(jnp.any(values < 0), op, "All labels must be nonnegative integers")
    ctx.guard(labels.is_broken(), op, _NULL_THEN_LABEL)
    too_long = labels.given > length
    if not op.attrs["ignore_longer_outputs_than_inputs"]:
        ctx.guard(jnp.any(too_long), op, _NO_TIME)
    length = jnp.where(too_long, 0, length)

    def with_width(width):
        dense = labels.dense(width)
        return _loss_and_gradient(inputs, dense, labels.length, length, op.attrs["ctc_merge_repeated"])

    # The longest sequence is only known when run: most batches fit into thrice the mean length.
    longest = max(1, min(values.size, time))
    usual = max(_SHORT, -(-3 * values.size // max(batch, 1)))
    if longest <= usual:
        return with_width(longest)
    fits = jnp.max(jnp.where(too_long, 0, labels.length)) <= usual
    return lax.cond(fits, lambda: with_width(usual), lambda: with_width(longest))


class _Labels:
    """Labels listed row by row, without nulls, and without equal neighbours where so asked."""

    def __init__(self, rows, values, batch, classes, collapse):
        self._rows, self._values, self._shape = rows, values, (batch, classes)
        self._null = values >= classes - 1
        self._first = jnp.searchsorted(rows, rows, side="left")
        inside = jnp.arange(values.size) > self._first
        repeated = inside & (values == jnp.roll(values, 1)) & collapse
        self._kept, self._counted = ~self._null & ~repeated, ~repeated
        self.given = jnp.zeros(batch, jnp.int32).at[rows].add(1, mode="drop")
        self.length = jnp.zeros(batch, jnp.int32).at[rows].add(self._kept.astype(jnp.int32), mode="drop")

    def _before(self, flags):
        """How many flags are set in the same row before each label."""
        if not self._values.size:
            return jnp.zeros(0, jnp.int32)
        total = jnp.cumsum(flags, dtype=jnp.int32) - flags
        return total - total[self._first]

    def is_broken(self):
        """Whether a label follows a null."""
        return jnp.any(self._kept & (self._before(self._null & self._counted) > 0))

    def dense(self, width):
        """`[batch, width]`, blanks behind the ends."""
        batch, classes = self._shape
        place = jnp.where(self._kept, self._before(self._kept), width)
        blanks = jnp.full((batch, width), classes - 1, self._values.dtype)
        return blanks.at[self._rows, place].set(self._values, mode="drop")


def _check_lengths(ctx, op, length, batch, time):
    ctx.guard(
        length.shape[0] != batch, op, f"len(sequence_length) != batch_size.  len: {length.shape[0]} batch: {batch}"
    )
    ctx.guard(jnp.any(length > time), op, f"sequence_length(b) <= {time}")


def _dense_loss(ctx, op, inputs, labels, label_length, length):
    inputs, labels, label_length = jnp.asarray(inputs), jnp.asarray(labels), jnp.asarray(label_length)
    labels = labels if labels.shape[1] else jnp.pad(labels, [(0, 0), (0, 1)])
    inside = jnp.arange(labels.shape[1]) < label_length[:, None]
    labels = jnp.where(inside, labels, np.int32(inputs.shape[2] - 1))
    return _loss_and_gradient(inputs, labels, label_length, jnp.asarray(length), masked=False)  # as TensorFlow's


_BY_VALUE = "how many labels there are depends on values"

RULES = {
    "CTCLoss": rule.Compiled(_loss, guards=True),
    "DenseCTCLoss": rule.Compiled(_dense_loss),
    "CTCGreedyDecoder": rule.Host(ctc_decoding.greedy, because=_BY_VALUE),
    "CTCBeamSearchDecoder": rule.Host(ctc_decoding.beam_search, because=_BY_VALUE),
}
