"""Losses over pairs and triplets of embeddings, which bring rows of one label together and hold the others apart.

Arguments that they share:
    labels: integers `[batch]`.
    margin: float, how far apart rows of different labels shall be.
Each returns one float32 number; none joins the collection LOSSES.
"""

from __future__ import annotations

from graphflow._core import dtypes
from graphflow._graph import build, sparse_tensor
from graphflow._ops import (
    array,
    choosing,
    compare,
    cross_entropy,
    diagonal,
    host,
    math,
    matmul,
    rearrange,
    reduce,
    sparse_math,
    unary,
)  # fmt: skip


def contrastive_loss(labels, embeddings_anchor, embeddings_positive, margin=1.0):
    """Hadsell, Chopra and LeCun 2006: squared distance of pairs with label 1, squared lack of margin of those with label 0.

    Args:
        embeddings_anchor, embeddings_positive: `[batch, size]`, normalized.
    """
    apart = math.squared_difference(embeddings_anchor, embeddings_positive)
    distances = unary.sqrt(reduce.reduce_sum(apart, 1))
    alike = math.cast(labels, distances.dtype) * unary.square(distances)
    unlike = 1.0 - math.cast(labels, distances.dtype)
    unlike = unlike * unary.square(math.maximum(margin - distances, 0.0))
    return reduce.reduce_mean(alike + unlike, name="contrastive_loss")


def triplet_semihard_loss(labels, embeddings, margin=1.0):
    """FaceNet's: to each pair of one label the nearest other row that is farther away, or the farthest where none is.

    Args:
        embeddings: `[batch, size]`, normalized.
    """
    labels = _column(labels)
    distances = _distances(embeddings, squared=True)
    same = compare.equal(labels, rearrange.transpose(labels))
    other = compare.logical_not(same)
    batch = array.size(labels)
    # Row (positive, anchor) of a table [batch * batch, batch] over all negatives.
    table = rearrange.tile(distances, [batch, 1])
    others = rearrange.tile(other, [batch, 1])
    farther = compare.greater(table, array.reshape(rearrange.transpose(distances), [-1, 1]))
    outside = compare.logical_and(others, farther)
    count = reduce.reduce_sum(math.cast(outside, dtypes.float32), 1, keepdims=True)
    some = rearrange.transpose(array.reshape(compare.greater(count, 0.0), [batch, batch]))
    other = math.cast(other, dtypes.float32)
    outside = math.cast(outside, dtypes.float32)
    nearest = rearrange.transpose(array.reshape(_least(table, outside), [batch, batch]))
    farthest = rearrange.tile(_greatest(distances, other), [1, batch])
    losses = math.add(margin, distances - choosing.where(some, nearest, farthest))
    pairs = _pairs(same, batch)
    count = reduce.reduce_sum(pairs)
    total = reduce.reduce_sum(math.maximum(math.multiply(losses, pairs), 0.0))
    return math.truediv(total, count, name="triplet_semihard_loss")


def lifted_struct_loss(labels, embeddings, margin=1.0):
    """Song and others 2016: each pair of one label against all other rows at once, through a logarithm of exponentials.

    Args:
        embeddings: `[batch, size]`.
    """
    labels = _column(labels)
    distances = _distances(embeddings)
    same = compare.equal(labels, rearrange.transpose(labels))
    other = compare.logical_not(same)
    batch = array.size(labels)
    lack = margin - distances
    other = math.cast(other, dtypes.float32)
    largest = _greatest(lack, other)
    largest = math.maximum(largest, rearrange.transpose(largest))
    lacks, others = rearrange.tile(lack, [batch, 1]), rearrange.tile(other, [batch, 1])
    shift = array.reshape(rearrange.transpose(largest), [-1, 1])
    exponentials = math.multiply(unary.exp(lacks - shift), others)
    of_one = array.reshape(reduce.reduce_sum(exponentials, 1, keepdims=True), [batch, batch])
    losses = largest + unary.log(of_one + rearrange.transpose(of_one))
    losses += distances
    pairs = _pairs(same, batch)
    count = reduce.reduce_sum(pairs) / 2.0
    total = 0.25 * reduce.reduce_sum(unary.square(math.maximum(math.multiply(losses, pairs), 0.0)))
    return math.truediv(total, count, name="liftedstruct_loss")


def npairs_loss(labels, embeddings_anchor, embeddings_positive, reg_lambda=0.002, print_losses=False):
    """Sohn 2016: cross entropy over the similarities of each anchor with the positives of all, and a penalty on their lengths.

    Args:
        embeddings_anchor, embeddings_positive: `[batch, size]`, not normalized.
        reg_lambda: float, weight of the penalty.
        print_losses: whether each run prints the two parts.
    """
    penalty = _penalty(embeddings_anchor, embeddings_positive, reg_lambda)
    similarity = matmul.matmul(embeddings_anchor, embeddings_positive, transpose_b=True)
    labels = _column(labels)
    same = math.cast(compare.equal(labels, rearrange.transpose(labels)), dtypes.float32)
    return _with_cross_entropy(penalty, similarity, same, print_losses)


def npairs_loss_multilabel(sparse_labels, embeddings_anchor, embeddings_positive, reg_lambda=0.002, print_losses=False):
    """`npairs_loss` where a row may have several labels: pairs count by how many they share.

    Args:
        sparse_labels: a list of `tf.SparseTensor` of ones `[classes]`, one for each row.

    Raises:
        TypeError: one of them is no `tf.SparseTensor`.
    """
    if not all(isinstance(labels, sparse_tensor.SparseTensor) for labels in sparse_labels):
        raise TypeError(f"sparse_labels must be a list of SparseTensors, but got {sparse_labels}")
    with build.name_scope("NpairsLossMultiLabel"):
        penalty = _penalty(embeddings_anchor, embeddings_positive, reg_lambda)
        similarity = matmul.matmul(embeddings_anchor, embeddings_positive, transpose_b=True)
        return _with_cross_entropy(penalty, similarity, _shared(sparse_labels), print_losses)


def _column(labels):
    return array.reshape(labels, [array.shape(labels)[0], 1])


def _distances(rows, squared=False):
    """Distances `[batch, batch]` between rows; where one is zero its derivative is too."""
    of_rows = reduce.reduce_sum(unary.square(rows), axis=[1], keepdims=True)
    of_columns = reduce.reduce_sum(unary.square(rearrange.transpose(rows)), axis=[0], keepdims=True)
    between = math.add(of_rows, of_columns) - 2.0 * matmul.matmul(rows, rearrange.transpose(rows))
    between = math.maximum(between, 0.0)
    zero = compare.less_equal(between, 0.0)
    if not squared:
        between = unary.sqrt(between + math.cast(zero, dtypes.float32) * 1e-16)
    between = math.multiply(between, math.cast(compare.logical_not(zero), dtypes.float32))
    count = array.shape(rows)[0]
    return math.multiply(between, array.ones_like(between) - diagonal.diag(array.ones([count])))


def _pairs(same, batch):
    """1 for each two different rows of one label, 0 elsewhere."""
    return math.cast(same, dtypes.float32) - diagonal.diag(array.ones([batch]))


def _greatest(values, chosen):
    """The greatest chosen value of each row; the row's least where none is chosen."""
    least = reduce.reduce_min(values, 1, keepdims=True)
    return reduce.reduce_max(math.multiply(values - least, chosen), 1, keepdims=True) + least


def _least(values, chosen):
    """The least chosen value of each row; the row's greatest where none is chosen."""
    greatest = reduce.reduce_max(values, 1, keepdims=True)
    return reduce.reduce_min(math.multiply(values - greatest, chosen), 1, keepdims=True) + greatest


def _penalty(anchor, positive, weight):
    of_anchor = reduce.reduce_mean(reduce.reduce_sum(unary.square(anchor), 1))
    of_positive = reduce.reduce_mean(reduce.reduce_sum(unary.square(positive), 1))
    return math.multiply(0.25 * weight, of_anchor + of_positive, name="l2loss")


def _with_cross_entropy(penalty, similarity, shared, print_losses):
    shared /= reduce.reduce_sum(shared, 1, keepdims=True)
    losses = cross_entropy.softmax_cross_entropy_with_logits(logits=similarity, labels=shared)
    mean = reduce.reduce_mean(losses, name="xentropy")
    if print_losses:
        mean = host.Print(mean, ["cross entropy:", mean, "l2loss:", penalty])
    return penalty + mean


def _shared(sparse_labels):
    """`[rows, rows]`: how many labels two rows share."""
    count = len(sparse_labels)
    total = array.zeros([count, count])
    for i, one in enumerate(sparse_labels):
        for j, other in enumerate(sparse_labels):
            number = sparse_math.sparse_reduce_sum(sparse_math.sparse_minimum(one, other))
            number = array.expand_dims(array.expand_dims(math.cast(number, dtypes.float32), 0), 1)
            total += rearrange.pad(number, [[i, count - i - 1], [j, count - j - 1]])
    return total
