"""`tf.contrib.legacy_seq2seq`: decoders over lists of steps, and the losses of such lists."""

from __future__ import annotations

import copy

from graphflow._core import dtypes
from graphflow._graph import build
from graphflow._layers import rnn
from graphflow._ops import array, cross_entropy, math, reduce, variable_scope


def rnn_decoder(decoder_inputs, initial_state, cell, loop_function=None, scope=None):
    """Runs a cell over a list of inputs.

    Args:
        decoder_inputs: a list of `[batch, size]`.
        initial_state: the cell's first state.
        loop_function: function of (last output, step) that makes each input but the first; None reads them all.

    Returns:
        (outputs, one of each input; the last state).
    """
    with variable_scope.variable_scope(scope or "rnn_decoder"):
        state, outputs = initial_state, []
        for i, value in enumerate(decoder_inputs):
            if loop_function is not None and outputs:
                with variable_scope.variable_scope("loop_function", reuse=True):
                    value = loop_function(outputs[-1], i)
            if i > 0:
                variable_scope.get_variable_scope().reuse_variables()
            output, state = cell(value, state)
            outputs.append(output)
    return outputs, state


def basic_rnn_seq2seq(encoder_inputs, decoder_inputs, cell, dtype=dtypes.float32, scope=None):
    """An encoder and a decoder with weights of their own; returns as `rnn_decoder`."""
    with variable_scope.variable_scope(scope or "basic_rnn_seq2seq"):
        _, state = rnn.static_rnn(copy.deepcopy(cell), encoder_inputs, dtype=dtype)
        return rnn_decoder(decoder_inputs, state, cell)


def tied_rnn_seq2seq(encoder_inputs, decoder_inputs, cell, loop_function=None, dtype=dtypes.float32, scope=None):
    """An encoder and a decoder that share their weights; returns as `rnn_decoder`."""
    with variable_scope.variable_scope("combined_tied_rnn_seq2seq"):
        scope = scope or "tied_rnn_seq2seq"
        _, state = rnn.static_rnn(cell, encoder_inputs, dtype=dtype, scope=scope)
        variable_scope.get_variable_scope().reuse_variables()
        return rnn_decoder(decoder_inputs, state, cell, loop_function=loop_function, scope=scope)


def sequence_loss_by_example(
    logits, targets, weights, average_across_timesteps=True, softmax_loss_function=None, name=None
):
    """The weighted cross entropy of each sequence of a batch.

    Args:
        logits: a list of `[batch, classes]`, one a step.
        targets, weights: lists of `[batch]`, as many.
        average_across_timesteps: whether to divide by the sum of the weights.

    Returns:
        `[batch]`.

    Raises:
        ValueError: the lists differ in length.
    """
    if len(targets) != len(logits) or len(weights) != len(logits):
        raise ValueError(
            f"Lengths of logits, weights, and targets must be the same {len(logits)}, {len(weights)}, {len(targets)}."
        )
    with build.name_scope(name, "sequence_loss_by_example", [*logits, *targets, *weights]):
        steps = []
        for logit, target, weight in zip(logits, targets, weights):
            if softmax_loss_function is None:
                target = array.reshape(target, [-1])
                loss = cross_entropy.sparse_softmax_cross_entropy_with_logits(labels=target, logits=logit)
            else:
                loss = softmax_loss_function(labels=target, logits=logit)
            steps.append(loss * weight)
        losses = math.add_n(steps)
        if average_across_timesteps:
            losses /= math.add_n(weights) + 1e-12  # the weights of a sequence may all be 0
    return losses


def sequence_loss(
    logits,
    targets,
    weights,
    average_across_timesteps=True,
    average_across_batch=True,
    softmax_loss_function=None,
    name=None,
):
    """The sum over the batch of `sequence_loss_by_example`, divided by the batch's size if so asked; a scalar."""
    with build.name_scope(name, "sequence_loss", [*logits, *targets, *weights]):
        cost = reduce.reduce_sum(
            sequence_loss_by_example(logits, targets, weights, average_across_timesteps, softmax_loss_function)
        )
        return cost / math.cast(array.shape(targets[0])[0], cost.dtype) if average_across_batch else cost


def model_with_buckets(
    encoder_inputs, decoder_inputs, targets, weights, buckets, seq2seq, softmax_loss_function=None, per_example_loss=False,
    name=None,
):  # fmt: skip
    """A model for each bucket, all with the same variables.

    Args:
        encoder_inputs, decoder_inputs, targets, weights: lists, one value a step.
        buckets: pairs (encoder's length, decoder's length), the largest last.
        seq2seq: function of (encoder_inputs, decoder_inputs) that returns (outputs, state).
        per_example_loss: whether a loss is `[batch]` and not a scalar.

    Returns:
        (outputs, losses), lists with one entry a bucket.

    Raises:
        ValueError: a list is shorter than the last bucket.
    """
    longest = buckets[-1]
    for what, values, length in (
        ("encoder_inputs", encoder_inputs, longest[0]),
        ("targets", targets, longest[1]),
        ("weights", weights, longest[1]),
    ):
        if len(values) < length:
            raise ValueError(f"Length of {what} ({len(values)}) must be at least that of last bucket ({length}).")
    loss = sequence_loss_by_example if per_example_loss else sequence_loss
    outputs, losses = [], []
    with build.name_scope(name, "model_with_buckets", [*encoder_inputs, *decoder_inputs, *targets, *weights]):
        for i, (source, target) in enumerate(buckets):
            with variable_scope.variable_scope(variable_scope.get_variable_scope(), reuse=True if i else None):
                outputs.append(seq2seq(encoder_inputs[:source], decoder_inputs[:target])[0])
                losses.append(
                    loss(outputs[-1], targets[:target], weights[:target], softmax_loss_function=softmax_loss_function)
                )
    return outputs, losses
