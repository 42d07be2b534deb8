"""How weights meet values: shapes brought together, one weight for each value."""

import graphflow as tf


def flat(*tensors):
    """The values of ragged tensors of the same rows, `[values, 1]` each; other tensors as they are; None for None.

    Raises:
        TypeError: some are ragged and some are not.
    """
    given = [t for t in tensors if t is not None]
    ragged = [isinstance(t, tf.RaggedTensor) for t in given]
    if not any(ragged):
        return tensors
    if not all(ragged):
        raise TypeError(
            f"Ragged tensors go together with ragged tensors only, got {given}: "
            "give all of y_true, y_pred and sample_weight as tf.RaggedTensor, or all as dense tensors"
        )
    return tuple(None if t is None else tf.expand_dims(t.flat_values, -1) for t in tensors)


def aligned(y_true, y_pred):
    """Targets and predictions without the last axis, of length one, that one of them has beyond the other."""
    true, pred = y_true.shape, y_pred.shape
    if true.ndims is not None and pred.ndims is not None:
        if pred.ndims - true.ndims == 1 and pred.as_list()[-1] == 1:
            y_pred = tf.squeeze(y_pred, [-1])
        elif true.ndims - pred.ndims == 1 and true.as_list()[-1] in (1, None):
            y_true = tf.squeeze(y_true, [-1])
    return y_true, y_pred


def broadcast(weights, values):
    """One weight for each value.

    Args:
        weights: a scalar, of the shape of `values`, with an axis less or one of length one more at the end, or with
            axes of length one.

    Raises:
        ValueError: the shapes do not fit.
    """
    rank, wanted = weights.shape.ndims, values.shape.ndims
    if rank and wanted is not None:
        if rank - wanted == 1:
            weights = tf.squeeze(weights, [-1])
        elif wanted - rank == 1:
            weights = tf.expand_dims(weights, -1)
        known = zip(weights.shape.as_list(), values.shape.as_list())
        if weights.shape.ndims != wanted or any(w not in (1, None, v) and v is not None for w, v in known):
            raise ValueError(
                f"weights of shape {weights.shape} can not be broadcast to values of shape {values.shape}: each axis must "
                "be as long as that of the values, or one"
            )
    return tf.broadcast_to(weights, tf.shape(values))


def for_samples(weights, values):
    """Weights of samples, `[samples]` or `[samples, steps]`, that values of any shape can be multiplied with.

    Values that were averaged over samples take the mean of the weights.
    """
    rank, wanted = weights.shape.ndims, values.shape.ndims
    if wanted is None or rank is None:
        return weights
    if rank > wanted:
        return tf.reduce_mean(weights, axis=list(range(wanted, rank)))
    return tf.reshape(weights, tf.concat([tf.shape(weights), [1] * (wanted - rank)], 0)) if wanted > rank else weights


def masked(weights, mask, dtype):
    """Weights that are zero where a mask is; either may be None."""
    if mask is None:
        return weights
    mask = tf.cast(mask, dtype)
    if weights is None:
        return mask
    if mask.shape.ndims is not None and mask.shape.ndims - weights.shape.ndims == 1:
        weights = tf.expand_dims(weights, -1)
    return weights * mask
