"""Losses over very many classes, taken over the right ones and a few drawn at random."""

from __future__ import annotations

from graphflow._core import dtypes
from graphflow._graph import build
from graphflow._ops import array, candidates, cross_entropy, embedding, joining, math, matmul, slicing, sparse, unary
from graphflow._ops import partitioned_variable as partitioned


def nce_loss(
    weights, biases, labels, inputs, num_sampled, num_classes, num_true=1, sampled_values=None, remove_accidental_hits=False,
    partition_strategy="mod", name="nce_loss",
):  # fmt: skip
    """Noise-contrastive estimation: a logistic regression tells the right classes from drawn ones.

    Args:
        weights: `[num_classes, dim]`, or a list of its shares.
        biases: `[num_classes]`.
        labels: int64 `[batch, num_true]`, the right classes.
        inputs: `[batch, dim]`.
        num_sampled: how many classes are drawn for the whole batch.
        sampled_values: what a candidate sampler returned; None draws with `log_uniform_candidate_sampler`.
        remove_accidental_hits: whether drawn classes that are right ones are left out.
        partition_strategy: how shares hold the rows, as `embedding_lookup` says.

    Returns:
        `[batch]`, the loss of each example.

    Source: Gutmann & Hyvärinen, "Noise-contrastive estimation", AISTATS 2010.
    """
    logits, targets = sampled_logits(
        weights, biases, labels, inputs, num_sampled, num_classes, num_true, sampled_values, remove_accidental_hits,
        partition_strategy, name, None,
    )  # fmt: skip
    losses = cross_entropy.sigmoid_cross_entropy_with_logits(labels=targets, logits=logits, name="sampled_losses")
    return _row_sums(losses)


def sampled_softmax_loss(
    weights, biases, labels, inputs, num_sampled, num_classes, num_true=1, sampled_values=None, remove_accidental_hits=True,
    partition_strategy="mod", name="sampled_softmax_loss", seed=None,
):  # fmt: skip
    """The cross entropy of a softmax over the right classes and drawn ones; arguments as of `nce_loss`.

    It underestimates the full softmax and serves for training alone.

    Args:
        seed: of the draw, when `sampled_values` is None.

    Returns:
        `[batch]`, the loss of each example.

    Source: Jean et al., "On Using Very Large Target Vocabulary for Neural Machine Translation", 2014.
    """
    logits, targets = sampled_logits(
        weights, biases, labels, inputs, num_sampled, num_classes, num_true, sampled_values, remove_accidental_hits,
        partition_strategy, name, seed,
    )  # fmt: skip
    targets = array.stop_gradient(targets, name="labels_stop_gradient")
    return cross_entropy.softmax_cross_entropy_with_logits_v2(labels=targets, logits=logits)


def sampled_logits(
    weights, biases, labels, inputs, num_sampled, num_classes, num_true, drawn, remove_hits, strategy, name, seed
):
    """(logits, targets), both `[batch, num_true + num_sampled]`: each logit less the log of how often its class is expected."""
    tables = list(weights) if isinstance(weights, (list, partitioned.PartitionedVariable)) else [weights]
    with build.name_scope(name, "compute_sampled_logits", [*tables, biases, inputs, labels]):
        labels = _as(build.convert_to_tensor(labels), dtypes.int64)
        inputs = build.convert_to_tensor(inputs)
        right = array.reshape(labels, [-1])
        if drawn is None:
            drawn = candidates.log_uniform_candidate_sampler(labels, num_true, num_sampled, True, num_classes, seed)
        classes, true_expected, drawn_expected = (array.stop_gradient(part) for part in drawn)
        classes = math.cast(classes, dtypes.int64)
        ids = array.concat([right, classes], 0)

        rows = _as(embedding.embedding_lookup(tables, ids, partition_strategy=strategy), inputs.dtype)
        true_rows = slicing.slice(rows, [0, 0], joining.stack([array.shape(right)[0], -1]))
        drawn_rows = slicing.slice(rows, joining.stack([array.shape(right)[0], 0]), [-1, -1])
        drawn_logits = matmul.matmul(inputs, drawn_rows, transpose_b=True)

        shifts = _as(embedding.embedding_lookup(biases, ids, partition_strategy=strategy), inputs.dtype)
        true_shifts = slicing.slice(shifts, [0], array.shape(right))
        drawn_shifts = slicing.slice(shifts, array.shape(right), [-1])

        dim = array.shape(true_rows)[1:2]
        by_example = array.concat([[-1, num_true], dim], 0)
        products = math.multiply(array.expand_dims(inputs, 1), array.reshape(true_rows, by_example))
        dots = _row_sums(array.reshape(products, array.concat([[-1], dim], 0)))
        true_logits = array.reshape(dots, [-1, num_true])
        true_shifts = array.reshape(true_shifts, [-1, num_true])
        true_logits += true_shifts
        drawn_logits += drawn_shifts

        if remove_hits:
            drawn_logits += _hits(labels, classes, num_true, num_sampled, drawn_logits.dtype)
        true_logits -= unary.log(true_expected)
        drawn_logits -= unary.log(drawn_expected)
        logits = array.concat([true_logits, drawn_logits], 1)
        targets = array.concat([array.ones_like(true_logits) / num_true, array.zeros_like(drawn_logits)], 1)
        return logits, targets


def _hits(labels, classes, num_true, num_sampled, dtype):
    """`[batch, num_sampled]`: a very negative number where a drawn class is a right one of the example, else 0."""
    hits = candidates.compute_accidental_hits(labels, classes, num_true)
    rows = array.reshape(hits.indices, [-1, 1])
    places = array.reshape(math.cast(hits.ids, dtypes.int32), [-1, 1])
    indices = array.concat([rows, places], 1, "sparse_indices")
    shape = array.concat([array.shape(labels)[:1], array.expand_dims(num_sampled, 0)], 0)
    # One example may hit the same place twice when a right class is named twice: the indices are not validated.
    return sparse.sparse_to_dense(indices, shape, _as(hits.weights, dtype), default_value=0.0, validate_indices=False)


def _as(x, dtype):
    return x if x.dtype == dtype else math.cast(x, dtype)


def _row_sums(x):
    """The sum of each row of a matrix, as a product with ones."""
    columns = array.shape(x)[1]
    ones = array.ones(joining.stack([columns, 1]), x.dtype)
    return array.reshape(matmul.matmul(x, ones), [-1])
