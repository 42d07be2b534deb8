"""Attention that goes through its memory from left to right and never back.

Source: Raffel et al., "Online and linear-time attention by enforcing monotonic alignments" (2017),
https://arxiv.org/abs/1704.00784.
"""

from __future__ import annotations

import numpy as np

from graphflow._graph import build
from graphflow._ops import array, clip, functional, math, random, rearrange, running, unary


def safe_cumprod(x, *args, **kwargs):
    """The running product of positive numbers, as exp(cumsum(log x)): its gradient holds where products get tiny.

    Args:
        x: float, in 0..1.
        args, kwargs: as for `tf.cumprod`.
    """
    with build.name_scope(None, "SafeCumprod", [x]):
        x = build.convert_to_tensor(x, name="x")
        tiny = np.finfo(x.dtype.as_numpy_dtype).tiny
        return unary.exp(running.cumsum(unary.log(clip.clip_by_value(x, tiny, 1)), *args, **kwargs))


def monotonic_attention(p_choose_i, previous_attention, mode):
    """The weights of places, each chosen with some probability when the ones before were not.

    Args:
        p_choose_i: `[batch, time]`, probability of choosing a place once it is reached.
        previous_attention: `[batch, time]`, the last weights.
        mode: "recursive" runs a loop and is exact; "parallel" uses running sums and products, which lose digits on long
            memories; "hard" is for probabilities of 0 and 1 only.

    Returns:
        `[batch, time]`.

    Raises:
        ValueError: another mode.
    """
    p_choose_i = build.convert_to_tensor(p_choose_i, name="p_choose_i")
    previous_attention = build.convert_to_tensor(previous_attention, name="previous_attention")
    if mode not in _MODES:
        raise ValueError(f"mode must be 'recursive', 'parallel', or 'hard', got {mode!r}.")
    return _MODES[mode](p_choose_i, previous_attention)


def _recursive(p, before):
    batch = p.shape[0].value or array.shape(p)[0]
    passed = array.concat([array.ones((batch, 1)), 1 - p[:, :-1]], 1)
    reached = functional.scan(
        lambda x, both: array.reshape(both[0] * x + both[1], (batch,)),
        [rearrange.transpose(passed), rearrange.transpose(before)],
        array.zeros((batch,)),
    )
    return p * rearrange.transpose(reached)


def _parallel(p, before):
    passed = safe_cumprod(1 - p, axis=1, exclusive=True)
    return p * passed * running.cumsum(before / clip.clip_by_value(passed, 1e-10, 1.0), axis=1)


def _hard(p, before):
    p *= running.cumsum(before, axis=1)
    return p * running.cumprod(1 - p, axis=1, exclusive=True)


_MODES = {"recursive": _recursive, "parallel": _parallel, "hard": _hard}


def probability_function(sigmoid_noise, mode, seed=None):
    """A function (scores, last weights) -> weights; noise of deviation `sigmoid_noise` is added to the scores."""

    def weigh(score, previous_alignments):
        if sigmoid_noise > 0:
            noise = random.random_normal(array.shape(score), dtype=score.dtype, seed=seed)
            score += sigmoid_noise * noise
        chosen = math.cast(score > 0, score.dtype) if mode == "hard" else unary.sigmoid(score)
        return monotonic_attention(chosen, previous_alignments, mode)

    return weigh
