"""`tf.contrib.seq2seq.sequence_loss`: the cross entropy of sequences, weighted step by step."""

from __future__ import annotations

from graphflow._graph import build
from graphflow._ops import array, cross_entropy, math, reduce


def sequence_loss(
    logits, targets, weights, average_across_timesteps=True, average_across_batch=True, sum_over_timesteps=False,
    sum_over_batch=False, softmax_loss_function=None, name=None,
):  # fmt: skip
    """The weighted cross entropy of a batch of sequences.

    Args:
        logits: `[batch, time, classes]`.
        targets: integers `[batch, time]`.
        weights: `[batch, time]`, 0 for steps that do not count.
        average_across_timesteps, average_across_batch: axes summed, and divided by the sum of the weights.
        sum_over_timesteps, sum_over_batch: axes summed, and divided by the number of weights that are not 0.
        softmax_loss_function: function of labels and logits in place of the sparse softmax cross entropy.

    Returns:
        a scalar where both axes are summed, a vector where one is, else `[batch, time]`.

    Raises:
        ValueError: an argument has another rank, or an axis is both averaged and summed.
    """
    for what, value, axes in (
        ("Logits", logits, ["batch_size", "sequence_length", "logits"]),
        ("Targets", targets, ["batch_size", "sequence_length"]),
        ("Weights", weights, ["batch_size", "sequence_length"]),
    ):
        if len(value.get_shape()) != len(axes):
            raise ValueError(f"{what} must be a [{' x '.join(axes)}] tensor, got shape {value.get_shape()}")
    for axis, both in (
        ("timesteps", average_across_timesteps and sum_over_timesteps),
        ("batch", average_across_batch and sum_over_batch),
    ):
        if both:
            raise ValueError(f"average_across_{axis} and sum_over_{axis} cannot be set to True at same time.")
    with build.name_scope(name, "sequence_loss", [logits, targets, weights]):
        flat = array.reshape(logits, [-1, array.shape(logits)[2]])
        targets = array.reshape(targets, [-1])
        loss = softmax_loss_function or cross_entropy.sparse_softmax_cross_entropy_with_logits
        losses = loss(labels=targets, logits=flat)
        losses *= array.reshape(weights, [-1])
        if average_across_timesteps and average_across_batch:
            losses = reduce.reduce_sum(losses)
            return math.div_no_nan(losses, reduce.reduce_sum(weights))
        if sum_over_timesteps and sum_over_batch:
            losses = reduce.reduce_sum(losses)
            return math.div_no_nan(losses, math.cast(reduce.count_nonzero(weights), losses.dtype))
        losses = array.reshape(losses, array.shape(logits)[0:2])
        if average_across_timesteps or average_across_batch:
            axis = [0] if average_across_batch else [1]
            losses = reduce.reduce_sum(losses, axis=axis)
            return math.div_no_nan(losses, reduce.reduce_sum(weights, axis=axis))
        if sum_over_timesteps or sum_over_batch:
            axis = [0] if sum_over_batch else [1]
            losses = reduce.reduce_sum(losses, axis=axis)
            return math.div_no_nan(losses, math.cast(reduce.count_nonzero(weights, axis=axis), losses.dtype))
        return losses
