"""Sparsemax: probabilities like softmax's of which many are 0, and its loss.

Source: Martins and Astudillo, From Softmax to Sparsemax (2016).
"""

from __future__ import annotations

from graphflow._graph import build
from graphflow._ops import array, choosing, compare, gather, joining, math, reduce, running, top_k, unary


def sparsemax(logits, name=None):
    """The probabilities nearest to logits [batch, classes]."""
    with build.name_scope(name, "sparsemax", [logits]):
        logits = build.convert_to_tensor(logits, name="logits")
        sizes = array.shape(logits)
        rows, classes = sizes[0], sizes[1]
        z = logits - reduce.reduce_mean(logits, axis=1)[:, None]
        ordered, _ = top_k.top_k(z, k=classes)
        sums = running.cumsum(ordered, axis=1)
        k = math.range(build.constant(1, logits.dtype), math.cast(classes, logits.dtype) + 1)
        supported = 1 + k * ordered > sums
        count = reduce.reduce_sum(math.cast(supported, "int32"), axis=1)
        last = joining.stack([math.range(rows), math.maximum(count, 1) - 1], axis=1)
        threshold = (gather.gather_nd(sums, last) - 1) / math.cast(count, logits.dtype)
        found = math.maximum(build.constant(0, logits.dtype), z - threshold[:, None])
        bad = compare.logical_or(unary.is_nan(sums[:, -1]), compare.equal(count, 0))
        return choosing.where(bad, array.fill([rows, classes], build.constant(float("nan"), logits.dtype)), found)


def sparsemax_loss(logits, sparsemax, labels, name=None):
    """The loss [batch] whose gradient is `sparsemax - labels`.

    Args:
        logits, sparsemax, labels: floats [batch, classes]; `sparsemax` is that of the logits.
    """
    with build.name_scope(name, "sparsemax_loss", [logits, sparsemax, labels]):
        logits, sparsemax, labels = (build.convert_to_tensor(t) for t in (logits, sparsemax, labels))
        shifted = logits - reduce.reduce_mean(logits, axis=1)[:, None]
        zeros = array.zeros_like(shifted)
        supported = sparsemax > 0
        part = choosing.where(supported, sparsemax * (shifted - 0.5 * sparsemax), zeros)
        wrong = choosing.where(
            compare.logical_or(supported, labels > 0), labels * (0.5 * labels - shifted), zeros
        )  # fmt: skip
        return reduce.reduce_sum(part + wrong, axis=1)
