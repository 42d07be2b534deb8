"""Losses of a replica's share of a batch; there is one replica here."""

from __future__ import annotations

from graphflow._graph import build
from graphflow._ops import array, math, reduce


def compute_average_loss(per_example_loss, sample_weight=None, global_batch_size=None):
    """The sum of the examples' losses divided by the number of examples.

    Args:
        per_example_loss: floats, [batch, ...].
        sample_weight: what they are multiplied with.
        global_batch_size: the number; the size of the first axis when None.
    """
    loss = build.convert_to_tensor(per_example_loss)
    if loss._dims == ():
        raise ValueError(
            f"per_example_loss must have one entry an example, got the scalar {loss}: do not reduce the losses"
        )
    dtype = loss.dtype
    if sample_weight is not None:
        loss = math.multiply(loss, math.cast(sample_weight, dtype))
    if global_batch_size is None:
        global_batch_size = math.cast(array.shape(loss)[0], dtype)
    return reduce.reduce_sum(loss) / math.cast(global_batch_size, dtype)


def scale_regularization_loss(regularization_loss):
    """The sum of a regularization loss, divided by the number of replicas, 1."""
    return reduce.reduce_sum(regularization_loss) / 1
