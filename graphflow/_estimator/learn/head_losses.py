"""Losses of the heads of `tf.contrib.learn`: each gives the loss to train on, and the one to report.

With weights the first is the sum of weighted losses by the number of examples, the second by the sum of the weights.
"""

from __future__ import annotations

from graphflow._core import dtypes
from graphflow._estimator import arguments
from graphflow._graph import build
from graphflow._layers import losses
from graphflow._layers import weights as weights_lib
from graphflow._ops import array, cross_entropy, math, reduce


def weight_tensor(features, name):
    """The weights of examples, `[batch, 1]` where they are a vector; None without a name.

    Raises:
        ValueError: there is no such feature.
    """
    if not name:
        return None
    if name not in features:
        raise ValueError(f"Weights {name} missing from features.")
    found = math.cast(features[name], dtypes.float32)
    return array.reshape(found, [-1, 1]) if found.get_shape().ndims == 1 else found


def _weighted(each, weights):
    with build.name_scope("loss", None, [each, weights]) as scope:
        if weights is None:
            mean = reduce.reduce_mean(each, name=scope)
            return mean, mean
        weights = weights_lib.broadcast_weights(weights, each)
        weighted = math.multiply(each, weights, name="weighted_loss")
        mean = reduce.reduce_mean(weighted, name=scope)
        total = math.cast(reduce.reduce_sum(weights), dtypes.float32)
        return mean, math.div(reduce.reduce_sum(weighted), total, name="weighted_average_loss")


def _column(x):
    """A vector as a column."""
    x = build.convert_to_tensor(x)
    return array.expand_dims(x, axis=1) if len(x.get_shape()) == 1 else x


def squared(labels, logits, weights=None):
    """The squared error."""
    with build.name_scope(None, "mean_squared_loss", [logits, labels]):
        labels, logits = _column(labels), _column(logits)
        _check_alike(labels, logits)
        return _weighted(math.squared_difference(logits, math.cast(labels, dtypes.float32)), weights)


def poisson(labels, logits, weights=None):
    """The loss of counts whose log mean the logits are."""
    with build.name_scope(None, "_poisson_loss", [logits, labels]):
        labels, logits = _column(labels), _column(logits)
        _check_alike(labels, logits)
        each = cross_entropy.log_poisson_loss(targets=labels, log_input=logits, compute_full_loss=True)
        return _weighted(each, weights)


def _check_alike(labels, logits):
    if not labels.get_shape().is_compatible_with(logits.get_shape()):
        raise ValueError(f"Shapes {logits.get_shape()} of logits and {labels.get_shape()} of labels are incompatible")


def log_loss(labels, logits, weights=None):
    """Sigmoid cross entropy of labels 0 and 1."""
    with build.name_scope(None, "log_loss_with_two_classes", [logits, labels]):
        labels = _column(math.cast(labels, dtypes.float32))
        return _weighted(cross_entropy.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits), weights)


def sigmoid(labels, logits, weights=None):
    """Sigmoid cross entropy of all classes."""
    with build.name_scope(None, "sigmoid_cross_entropy_loss", [logits, labels]):
        labels = math.cast(labels, dtypes.float32)
        return _weighted(cross_entropy.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits), weights)


def softmax(labels, logits, weights=None):
    """Cross entropy of class numbers `[batch]` or `[batch, 1]`; ValueError where they are no integers."""
    with build.name_scope(None, "softmax_cross_entropy_loss", [logits, labels]):
        labels = build.convert_to_tensor(labels)
        if not labels.dtype.is_integer:
            raise ValueError(f"Labels dtype should be integer. Instead got {labels.dtype!r}.")
        is_column = len(labels.get_shape()) == 2
        ids = array.squeeze(labels, axis=[1]) if is_column else labels
        each = cross_entropy.sparse_softmax_cross_entropy_with_logits(labels=ids, logits=logits)
        return _weighted(array.expand_dims(each, axis=1) if is_column else each, weights)


def hinge(labels, logits, weights=None):
    """The hinge loss of labels 0 and 1."""
    with build.name_scope(None, "hinge_loss", [logits, labels]):
        labels = array.reshape(labels, [-1, 1])
        return _weighted(losses.hinge_loss(labels, logits, reduction=losses.Reduction.NONE), weights)


def chosen(loss_fn, default):
    """A loss as above: `default`, or a user's function `(labels, logits, weights)` that gives one scalar.

    Raises:
        ValueError: the function takes other arguments.
    """
    if loss_fn is None:
        return default
    for name in ("labels", "logits", "weights"):
        if name not in arguments.names_of(loss_fn):
            raise ValueError(f"Argument {name} not found in loss_fn.")

    def both(labels, logits, weights=None):
        loss = loss_fn(labels, logits) if weights is None else loss_fn(labels, logits, weights)
        return loss, loss

    return both
