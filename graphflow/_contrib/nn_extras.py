"""`tf.contrib.nn`: a softplus with a scale, dropout for self-normalizing networks, and losses with their arguments the old way."""

from __future__ import annotations

import numbers

from graphflow._core import dtypes
from graphflow._graph import build, static_value
from graphflow._layers import sampled_losses
from graphflow._ops import (
    array,
    candidates,
    compare,
    cross_entropy,
    embedding,
    gather,
    math,
    matmul,
    nn,
    random,
    reduce,
    top_k,
)

_SATURATED = -1.7580993408473766  # what SELU goes to on the left


def alpha_dropout(x, keep_prob, noise_shape=None, seed=None, name=None):
    """Dropout that keeps mean and variance of what SELU makes: dropped units saturate, then all are scaled and shifted.

    Args:
        keep_prob: float or scalar tensor in (0, 1].
        noise_shape: shape of the random choices; that of `x` when None.

    Raises:
        ValueError: `keep_prob` is out of range.

    Source: Klambauer et al., "Self-normalizing neural networks" (2017).
    """
    with build.name_scope(name, "alpha_dropout", [x]):
        x = build.convert_to_tensor(x, name="x")
        if isinstance(keep_prob, numbers.Real) and not 0 < keep_prob <= 1.0:
            raise ValueError(f"keep_prob must be a scalar tensor or a float in the range (0, 1], got {keep_prob:g}")
        keep_prob = build.convert_to_tensor(keep_prob, dtype=x.dtype, name="keep_prob")
        if static_value.constant_value(keep_prob) == 1:
            return x
        noise = random.random_uniform(array.shape(x) if noise_shape is None else noise_shape, seed=seed, dtype=x.dtype)
        kept = math.cast(compare.greater_equal(noise, 1 - keep_prob), x.dtype)
        x = x * kept + _SATURATED * (1 - kept)
        scale = (keep_prob + keep_prob * (1 - keep_prob) * _SATURATED**2) ** -0.5
        shift = -scale * _SATURATED * (1 - keep_prob)
        return scale * x + shift


def scaled_softplus(x, alpha, clip=None, name=None):
    """alpha log(1 + exp(x / alpha)), at most `clip`: a ReLU whose corner has the width `alpha`."""
    with build.name_scope(name, "scaled_softplus", [x, alpha]):
        x = build.convert_to_tensor(x, name="x")
        alpha = build.convert_to_tensor(alpha, dtype=x.dtype, name="alpha")
        y = alpha * nn.softplus(x / alpha)
        if clip is None:
            return y
        return math.minimum(y, build.convert_to_tensor(clip, dtype=x.dtype, name="clip"))


def deprecated_flipped_softmax_cross_entropy_with_logits(logits, labels, dim=-1, name=None):
    """`tf.nn.softmax_cross_entropy_with_logits` with the logits first."""
    return cross_entropy.softmax_cross_entropy_with_logits(labels=labels, logits=logits, dim=dim, name=name)


def deprecated_flipped_sparse_softmax_cross_entropy_with_logits(logits, labels, name=None):
    """`tf.nn.sparse_softmax_cross_entropy_with_logits` with the logits first."""
    return cross_entropy.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits, name=name)


def deprecated_flipped_sigmoid_cross_entropy_with_logits(logits, targets, name=None):
    """`tf.nn.sigmoid_cross_entropy_with_logits` with the logits first."""
    return cross_entropy.sigmoid_cross_entropy_with_logits(labels=targets, logits=logits, name=name)


def sampled_sparse_softmax_loss(
    weights, biases, labels, inputs, num_sampled, num_classes, sampled_values=None, remove_accidental_hits=True,
    partition_strategy="mod", name="sampled_sparse_softmax_loss",
):  # fmt: skip
    """As `tf.nn.sampled_softmax_loss`, for one right class an example.

    Returns:
        `[batch]`.
    """
    logits, _ = sampled_losses.sampled_logits(
        weights, biases, labels, inputs, num_sampled, num_classes, 1, sampled_values, remove_accidental_hits,
        partition_strategy, name, None,
    )  # fmt: skip
    first = array.zeros([array.shape(logits)[0], 1], dtype=dtypes.int64)
    return cross_entropy.sparse_softmax_cross_entropy_with_logits(labels=array.squeeze(first), logits=logits)


def rank_sampled_softmax_loss(
    weights, biases, labels, inputs, num_sampled, num_resampled, num_classes, num_true, sampled_values,
    resampling_temperature, remove_accidental_hits, partition_strategy, name=None,
):  # fmt: skip
    """As `tf.nn.sampled_softmax_loss`, over the `num_resampled` drawn classes that the batch finds likeliest.

    Args:
        resampling_temperature: what the inputs are divided by while the drawn ones are ranked.

    Raises:
        ValueError: the numbers do not go together, or an unknown strategy.
    """
    if num_sampled > num_classes:
        raise ValueError(f"num_sampled ({num_sampled}) cannot be greater than num_classes ({num_classes})")
    if num_sampled <= num_resampled:
        raise ValueError(f"num_resampled ({num_resampled}) must be less than num_sampled ({num_sampled})")
    if partition_strategy not in ("div", "mod"):
        raise ValueError(f"unsupported partition_strategy ({partition_strategy})")
    with build.name_scope(name, "rank_sampled_softmax_loss", [labels, inputs]) as scope:
        drawn = sampled_values or candidates.learned_unigram_candidate_sampler(
            true_classes=labels, num_true=num_true, num_sampled=num_sampled, unique=True, range_max=num_classes
        )
        classes, true_expected, drawn_expected = (array.stop_gradient(value) for value in drawn)
        classes = math.cast(classes, dtypes.int64)
        rows = embedding.embedding_lookup(weights, classes, partition_strategy)
        scores = reduce.reduce_logsumexp(matmul.matmul(rows, inputs / resampling_temperature, transpose_b=True), axis=1)
        offsets = array.reshape(embedding.embedding_lookup(biases, classes, partition_strategy), [-1])
        _, chosen = top_k.top_k(scores + offsets / resampling_temperature, k=num_resampled, sorted=False)
        resampled = gather.gather(classes, chosen), true_expected, gather.gather(drawn_expected, chosen)
        return sampled_losses.sampled_softmax_loss(
            weights=weights, biases=biases, labels=labels, inputs=inputs, num_sampled=num_resampled, num_classes=num_classes,
            num_true=num_true, sampled_values=resampled, remove_accidental_hits=remove_accidental_hits,
            partition_strategy=partition_strategy, name=scope,
        )  # fmt: skip
