"""The losses of contrib: predictions first, weights by example, and a mean over what has a weight.

Arguments that they share:
    weights: a scalar, or a tensor of the losses' first axes.
    scope: name of the operations.
Each returns one number, which joins LOSSES, except `hinge_loss`.
"""

from __future__ import annotations

from graphflow._core import dtypes
from graphflow._graph import build, keys
from graphflow._graph import graph as graph_lib
from graphflow._layers import losses as layers_losses
from graphflow._ops import array, choosing, compare, cross_entropy, math, nn, reduce, slicing, unary


def compute_weighted_loss(losses, weights=1.0, scope=None):
    """The mean of losses times weights, over the losses whose weight is not zero.

    Raises:
        ValueError: the rank of one of them is not known.
    """
    with build.name_scope(scope, "weighted_loss", [losses, weights]):
        losses = build.convert_to_tensor(losses)
        given = losses.dtype
        losses = math.cast(losses, dtypes.float32)
        weights = math.cast(build.convert_to_tensor(weights), dtypes.float32)
        for name, value in (("losses", losses), ("weights", weights)):
            if value._dims is None:
                raise ValueError(f"{name}.get_shape().ndims cannot be None")
        if len(weights._dims) > 1 and weights._dims[-1] in (1, None):
            weights = array.squeeze(weights, [-1])
        total = _weighted_sum(losses, weights)
        present = _present(losses, weights)
        mean = math.div_no_nan(reduce.reduce_sum(total), present, name="value")
        mean = math.cast(mean, given)
        graph_lib.get_default_graph().add_to_collection(keys.GraphKeys.LOSSES, mean)
        return mean


def _weighted_sum(losses, weights):
    by_weight = reduce.reduce_sum(losses, axis=list(range(len(weights._dims), len(losses._dims))))
    return reduce.reduce_sum(math.multiply(by_weight, weights))


def _present(losses, weights, per_batch=False):
    """How many losses have a weight that is not zero: in all, or for each example."""
    rank = len(weights._dims)
    if rank == 0:
        batch = array.reshape(slicing.slice(array.shape(losses), [0], [1]), [])
        count = math.div(math.cast(array.size(losses), dtypes.float32), math.cast(batch, dtypes.float32))
        count = choosing.where(compare.equal(weights, 0), 0.0, count)
        count = math.multiply(array.ones(array.reshape(batch, [1])), count)
    else:
        set_ = math.cast(compare.not_equal(weights, 0), dtypes.float32)
        of_weights = reduce.reduce_sum(set_, axis=list(range(1, rank)))
        below = slicing.slice(array.shape(losses), [rank], [-1])
        count = math.multiply(of_weights, math.cast(reduce.reduce_prod(below), dtypes.float32))
    return count if per_batch else reduce.reduce_sum(count)


def get_total_loss(add_regularization_losses=True, name="total_loss"):
    """The sum of all losses."""
    return layers_losses.get_total_loss(add_regularization_losses, name)


def _floats(predictions, labels):
    predictions.get_shape().assert_is_compatible_with(labels.get_shape())
    return math.cast(predictions, dtypes.float32), math.cast(labels, dtypes.float32)


def absolute_difference(predictions, labels=None, weights=1.0, scope=None):
    """The mean of `|predictions - labels|`."""
    with build.name_scope(scope, "absolute_difference", [predictions, labels, weights]) as scope:
        predictions, labels = _floats(predictions, labels)
        return compute_weighted_loss(unary.abs(math.subtract(predictions, labels)), weights, scope=scope)


def mean_squared_error(predictions, labels=None, weights=1.0, scope=None):
    """The mean of `(predictions - labels)^2`."""
    with build.name_scope(scope, "mean_squared_error", [predictions, labels, weights]) as scope:
        predictions, labels = _floats(predictions, labels)
        return compute_weighted_loss(math.squared_difference(predictions, labels), weights, scope=scope)


def log_loss(predictions, labels=None, weights=1.0, epsilon=1e-7, scope=None):
    """The mean of `-labels * log(predictions) - (1 - labels) * log(1 - predictions)`."""
    with build.name_scope(scope, "log_loss", [predictions, labels, weights]) as scope:
        predictions, labels = _floats(predictions, labels)
        ones = -math.multiply(labels, unary.log(predictions + epsilon))
        terms = ones - math.multiply(1 - labels, unary.log(1 - predictions + epsilon))
        return compute_weighted_loss(terms, weights, scope=scope)


def hinge_loss(logits, labels=None, scope=None):
    """`max(0, 1 - (2 labels - 1) * logits)` for each logit."""
    with build.name_scope(scope, "hinge_loss", [logits, labels]) as scope:
        logits.get_shape().assert_is_compatible_with(labels.get_shape())
        labels = math.cast(labels, dtypes.float32)
        ones = array.ones_like(labels)
        signs = math.subtract(2 * labels, ones)
        return nn.relu(math.subtract(ones, math.multiply(signs, logits)))


def cosine_distance(predictions, labels=None, axis=None, weights=1.0, scope=None, dim=None):
    """The mean of `1 - sum(predictions * labels)` along an axis."""
    axis = dim if axis is None else axis
    if axis is None:
        raise ValueError("You must specify 'axis'.")
    with build.name_scope(scope, "cosine_distance_loss", [predictions, labels, weights]) as scope:
        predictions, labels = _floats(predictions, labels)
        distances = 1 - reduce.reduce_sum(math.multiply(predictions, labels), axis=[axis])
        return compute_weighted_loss(distances, weights, scope=scope)


def mean_pairwise_squared_error(predictions, labels=None, weights=1.0, scope=None):
    """The squared differences between pairs of errors of one example."""
    with build.name_scope(scope, "mean_pairwise_squared_error", [predictions, labels, weights]) as scope:
        predictions, labels = _floats(predictions, labels)
        weights = math.cast(build.convert_to_tensor(weights), dtypes.float32)
        errors = math.subtract(predictions, labels)
        if errors._dims is None or weights._dims is None:
            raise ValueError("the ranks of predictions and weights have to be known")
        axes = list(range(1, len(errors._dims)))
        squares = reduce.reduce_sum(unary.square(errors), axis=axes)
        count = _present(errors, weights, per_batch=True)
        term1 = 2.0 * math.div_no_nan(squares, count, name="value")
        total = reduce.reduce_sum(errors, axis=axes)
        term2 = 2.0 * math.div_no_nan(unary.square(total), unary.square(count), name="value")
        loss = _weighted_sum(term1 - term2, weights)
        loss = choosing.where(reduce.reduce_sum(count) > 0, loss, array.zeros_like(loss), name="value")
        graph_lib.get_default_graph().add_to_collection(keys.GraphKeys.LOSSES, loss)
        return loss


def sigmoid_cross_entropy(logits, multi_class_labels, weights=1.0, label_smoothing=0, scope=None):
    """Cross entropy of independent labels; `label_smoothing` moves them towards 1/2."""
    with build.name_scope(scope, "sigmoid_cross_entropy_loss", [logits, multi_class_labels, weights]) as scope:
        logits.get_shape().assert_is_compatible_with(multi_class_labels.get_shape())
        labels = math.cast(multi_class_labels, logits.dtype)
        if label_smoothing > 0:
            labels = labels * (1 - label_smoothing) + 0.5 * label_smoothing
        entropy = cross_entropy.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits, name="xentropy")
        return compute_weighted_loss(entropy, weights, scope=scope)


def softmax_cross_entropy(logits, onehot_labels, weights=1.0, label_smoothing=0, scope=None):
    """Cross entropy of one-hot labels; `label_smoothing` moves them towards 1 / number of classes."""
    with build.name_scope(scope, "softmax_cross_entropy_loss", [logits, onehot_labels, weights]) as scope:
        logits.get_shape().assert_is_compatible_with(onehot_labels.get_shape())
        labels = math.cast(onehot_labels, logits.dtype)
        if label_smoothing > 0:
            classes = math.cast(array.shape(labels)[1], logits.dtype)
            rest = label_smoothing / classes
            labels = labels * (1.0 - label_smoothing) + rest
        entropy = cross_entropy.softmax_cross_entropy_with_logits(labels=labels, logits=logits, name="xentropy")
        return compute_weighted_loss(entropy, weights, scope=scope)


def sparse_softmax_cross_entropy(logits, labels, weights=1.0, scope=None):
    """Cross entropy of class numbers."""
    with build.name_scope(scope, "sparse_softmax_cross_entropy_loss", [logits, labels, weights]) as scope:
        labels = array.reshape(labels, shape=[array.shape(labels)[0]])
        entropy = cross_entropy.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits, name="xentropy")
        return compute_weighted_loss(entropy, weights, scope=scope)
