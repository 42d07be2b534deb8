"""Connectionist temporal classification: the loss of label sequences that come without their times, and decoders.

Source: Graves et al., "Connectionist temporal classification: labelling unsegmented sequence data with recurrent neural networks"
(2006).
"""

from __future__ import annotations

from graphflow._core import dtypes
from graphflow._graph import build, op_def, sparse_tensor
from graphflow._ops import (
    array,
    choosing,
    compare,
    functional,
    gather,
    math,
    rearrange,
    reduce,
    sets,
    windows,
)

# -- the loss ----------------------------------------------------------------------------------------------------------


def ctc_loss(
    labels, inputs=None, sequence_length=None, preprocess_collapse_repeated=False, ctc_merge_repeated=True,
    ignore_longer_outputs_than_inputs=False, time_major=True, logits=None,
):  # fmt: skip
    """-log of the probability of label sequences, over all the times they may stand at.

    Args:
        labels: int32 SparseTensor `[batch, length]`, labels 0 .. classes - 2.
        inputs, logits: float `[time, batch, classes]`, or `[batch, time, classes]` where not `time_major`; the last class is the
            blank.
        sequence_length: int32 `[batch]`, how many steps of `inputs` count.
        preprocess_collapse_repeated: whether equal neighbours among the labels become one first.
        ctc_merge_repeated: whether equal neighbours among the outputs stand for one label.
        ignore_longer_outputs_than_inputs: whether sequences with more labels than steps get loss 0, and not an error.

    Returns:
        float `[batch]`.

    Raises:
        TypeError: `labels` is not sparse. InvalidArgumentError, when run: a label or a length is out of range, or a sequence has
        more labels than steps.
    """
    if not isinstance(labels, sparse_tensor.SparseTensor):
        raise TypeError(
            f"Expected labels (first argument) to be a SparseTensor, got {labels!r}; ctc_loss_v2 takes dense ones"
        )
    inputs = windows.renamed("logits", logits, "inputs", inputs)
    if not time_major:
        inputs = rearrange.transpose(inputs, [1, 0, 2])
    loss, _ = build.apply(
        "CTCLoss", inputs, labels.indices, labels.values, sequence_length,
        preprocess_collapse_repeated=preprocess_collapse_repeated, ctc_merge_repeated=ctc_merge_repeated,
        ignore_longer_outputs_than_inputs=ignore_longer_outputs_than_inputs,
    )  # fmt: skip
    return loss


@op_def.shape_rule("CTCLoss")
def _loss_shape(op):
    inputs = windows.with_rank(op, 0, 3)
    windows.with_rank(op, 1, 2)
    windows.with_rank(op, 2, 1)
    batch = windows.equal(op, inputs[1], windows.with_rank(op, 3, 1)[0])
    return [(batch,), (inputs[0], batch, inputs[2])]


@op_def.gradient("CTCLoss")
def _loss_gradient(op, grad, _):
    return _times_gradient(op, grad), None, None, None


def _times_gradient(op, grad):
    """The operation's second output is the gradient for a loss that counts once."""
    once = build.apply(
        "PreventGradient", op.outputs[1],
        message="Currently there is no way to take the second  derivative of ctc_loss due to the fused implementation's "
        "interaction  with tf.gradients()",
    )  # fmt: skip
    return array.expand_dims(grad, -1) * once


# TensorFlow composes this one of some hundred nodes and loops; its value and gradient are CTCLoss's.
op_def.define(
    "DenseCTCLoss(inputs: float, labels: int32, label_length: int32, sequence_length: int32) -> loss: float, gradient: float"
)


def ctc_loss_v2(
    labels, logits, label_length, logit_length, logits_time_major=True, unique=None, blank_index=None, name=None
):  # fmt: skip
    """`ctc_loss` that also takes dense labels, and any class as the blank.

    Args:
        labels: int32 `[batch, length]`, or a SparseTensor.
        logits: float32 `[time, batch, classes]`, or `[batch, time, classes]` where not `logits_time_major`.
        label_length, logit_length: int32 `[batch]`; the first is not used with sparse labels.
        unique: what `ctc_unique_labels` gives; taken and not needed here.
        blank_index: the class that is the blank, from the end where negative; 0 where None.

    Returns:
        float `[batch]`; a sequence that cannot be is infinitely unlikely.

    Raises:
        ValueError: labels are sparse and `blank_index` is not given.
    """
    if isinstance(labels, sparse_tensor.SparseTensor):
        return _loss_of_sparse(labels, logits, logit_length, logits_time_major, blank_index)
    with build.name_scope(name, "ctc_loss_dense", [logits, labels, label_length, logit_length]):
        logits = build.convert_to_tensor(logits, name="logits")
        labels = build.convert_to_tensor(labels, name="labels")
        label_length = build.convert_to_tensor(label_length, name="label_length")
        logit_length = build.convert_to_tensor(logit_length, name="logit_length")
        if not logits_time_major:
            logits = rearrange.transpose(logits, perm=[1, 0, 2])
        blank = blank_index or 0
        if blank < 0:
            blank += _dim(logits, 2)
        logits = _with_blank_last(logits, blank)
        labels = choosing.where(labels < blank, labels, labels - 1)
        loss, _ = build.apply(
            "DenseCTCLoss", logits, *(math.cast(t, dtypes.int32) for t in (labels, label_length, logit_length))
        )
        return loss


def _loss_of_sparse(labels, logits, logit_length, time_major, blank):
    if blank is None:
        raise ValueError("blank_index must be given when using SparseTensor labels.")
    classes = _dim(logits, 2)
    if blank < 0:
        blank += classes
    if blank != classes - 1:
        logits = _with_blank_last(logits, blank)
        values = choosing.where(labels.values < blank, labels.values, labels.values - 1)
        labels = sparse_tensor.SparseTensor(labels.indices, values, labels.dense_shape)
    return ctc_loss(labels=labels, inputs=logits, sequence_length=logit_length, time_major=time_major)


def _with_blank_last(logits, blank):
    parts = [logits[:, :, :blank], logits[:, :, blank + 1 :], logits[:, :, blank : blank + 1]]
    return array.concat(parts, axis=2)


def _dim(t, axis):
    """A size, a number where it is known."""
    return t.shape[axis].value or array.shape(t)[axis]


@op_def.shape_rule("DenseCTCLoss")
def _dense_loss_shape(op):
    inputs, labels = windows.with_rank(op, 0, 3), windows.with_rank(op, 1, 2)
    batch = windows.equal(op, inputs[1], labels[0])
    for i in (2, 3):
        batch = windows.equal(op, batch, windows.with_rank(op, i, 1)[0])
    return [(batch,), (inputs[0], batch, inputs[2])]


@op_def.gradient("DenseCTCLoss")
def _dense_loss_gradient(op, grad, _):
    return _times_gradient(op, grad), None, None, None


# -- decoders ----------------------------------------------------------------------------------------------------------


def ctc_greedy_decoder(inputs, sequence_length, merge_repeated=True):
    """The labels of the best class of each step, without blanks.

    Args:
        inputs: float `[time, batch, classes]`, logits; the last class is the blank.
        sequence_length: int32 `[batch]`.
        merge_repeated: whether equal neighbours become one label.

    Returns:
        ([int64 SparseTensor `[batch, length]`], float `[batch, 1]`: minus the sum of the best logits).
    """
    *parts, score = build.apply("CTCGreedyDecoder", inputs, sequence_length, merge_repeated=merge_repeated)
    return [sparse_tensor.SparseTensor(*parts)], score


def ctc_beam_search_decoder(inputs, sequence_length, beam_width=100, top_paths=1, merge_repeated=True):
    """The likeliest label sequences, found by a beam search over prefixes.

    Args:
        beam_width: how many prefixes are kept at each step.
        top_paths: how many sequences are wanted, at most `beam_width`.
        merge_repeated: whether equal neighbours in a found sequence become one label.
        others: as for `ctc_greedy_decoder`.

    Returns:
        (list of int64 SparseTensors `[batch, length]`, best first; float `[batch, top_paths]`, their log probabilities).
    """
    indices, values, dense_shapes, log_probability = build.apply(
        "CTCBeamSearchDecoder", inputs, sequence_length, beam_width=beam_width, top_paths=top_paths,
        merge_repeated=merge_repeated,
    )  # fmt: skip
    paths = zip(indices, values, dense_shapes)
    return [sparse_tensor.SparseTensor(*parts) for parts in paths], log_probability


def ctc_beam_search_decoder_v2(inputs, sequence_length, beam_width=100, top_paths=1):
    """`ctc_beam_search_decoder` that keeps equal neighbours in a found sequence."""
    return ctc_beam_search_decoder(inputs, sequence_length, beam_width, top_paths, merge_repeated=False)


op_def.not_differentiable("CTCGreedyDecoder", "CTCBeamSearchDecoder", because="they give labels")


@op_def.shape_rule("CTCGreedyDecoder", "CTCBeamSearchDecoder")
def _decoder_shape(op):
    inputs, lengths = windows.with_rank(op, 0, 3), windows.with_rank(op, 1, 1)
    batch = windows.equal(op, inputs[1], lengths[0])
    n = op.attrs.get("top_paths", 1)
    return [*[(None, 2)] * n, *[(None,)] * n, *[(2,)] * n, (batch, n)]


# -- labels ------------------------------------------------------------------------------------------------------------


def collapse_repeated(labels, seq_length, name=None):
    """Labels with equal neighbours made one.

    Args:
        labels: `[batch, length]`; seq_length: `[batch]`.

    Returns:
        (labels `[batch, longest]`, zeros behind their ends; lengths).
    """
    with build.name_scope(name, "collapse_repeated_labels", [labels, seq_length]):
        labels = build.convert_to_tensor(labels, name="labels")
        seq_length = build.convert_to_tensor(seq_length, name="seq_length")
        first = array.ones_like(labels[:, :1], dtypes.bool)
        kept = array.concat([first, compare.not_equal(labels[:, 1:], labels[:, :-1])], axis=1)
        inside = choosing.sequence_mask(seq_length, maxlen=_dim(labels, 1))
        kept = compare.logical_and(kept, inside)
        lengths = reduce.reduce_sum(math.cast(kept, dtypes.int32), axis=1)
        longest = reduce.reduce_max(lengths)
        filled = choosing.sequence_mask(lengths, maxlen=longest)
        flat, flat_kept, flat_filled = (array.reshape(t, [-1]) for t in (labels, kept, filled))
        places = math.range(_dim(flat_filled, 0))
        moved = gather.scatter_nd(
            indices=array.expand_dims(choosing.boolean_mask(places, flat_filled), axis=1),
            updates=choosing.boolean_mask(flat, flat_kept),
            shape=array.shape(flat_filled),
        )
        batch = _dim(labels, 0)
        return array.reshape(moved, [batch, longest]), math.cast(lengths, seq_length.dtype)


def ctc_unique_labels(labels, name=None):
    """The different labels of each row of `labels` `[batch, length]`, as TensorFlow's `ctc_loss_v2` likes to have them.

    Returns:
        (int64 `[batch, length]`: the different labels, zeros behind them; int32 `[batch, length]`: where each label stands there).
    """
    with build.name_scope(name, "ctc_unique_labels", [labels]):
        labels = build.convert_to_tensor(labels, name="labels")

        def of_row(row):
            found = sets.unique(row)
            missing = _dim(found.idx, 0) - _dim(found.y, 0)
            return [math.cast(rearrange.pad(found.y, [[0, missing]]), dtypes.int64), found.idx]

        return functional.map_fn(of_row, labels, dtype=[dtypes.int64, dtypes.int32])
