"""Losses: one number from labels and predictions, weighted, and kept in the LOSSES collection.

Arguments that they share:
    weights: a scalar, or of the losses' rank with each size 1 or the losses': each loss is multiplied by its weight.
    scope: name of the operations.
    loss_collection: the collection that the result joins, None for none.
    reduction: a `Reduction`.
"""

from __future__ import annotations

from graphflow._core import dtypes
from graphflow._graph import build, keys
from graphflow._graph import graph as graph_lib
from graphflow._layers import weights as weights_lib
from graphflow._ops import array, choosing, compare, confusion, control_flow, cross_entropy, math, nn, reduce, unary

_LOSSES = keys.GraphKeys.LOSSES


class Reduction:
    """How weighted losses become one number."""

    NONE = "none"
    SUM = "weighted_sum"
    SUM_OVER_BATCH_SIZE = "weighted_sum_over_batch_size"
    MEAN = "weighted_mean"
    SUM_BY_NONZERO_WEIGHTS = "weighted_sum_by_nonzero_weights"
    SUM_OVER_NONZERO_WEIGHTS = SUM_BY_NONZERO_WEIGHTS

    @classmethod
    def all(cls):
        """All of them."""
        by_weights = cls.SUM_BY_NONZERO_WEIGHTS
        return cls.NONE, cls.SUM, cls.MEAN, cls.SUM_OVER_BATCH_SIZE, by_weights, by_weights

    @classmethod
    def validate(cls, key):
        """Raises ValueError where `key` is none of them."""
        if key not in cls.all():
            raise ValueError(f"Invalid Reduction Key {key}; known are {', '.join(dict.fromkeys(cls.all()))}.")


_DEFAULT = Reduction.SUM_BY_NONZERO_WEIGHTS


# -- the collections -----------------------------------------------------------------------------------------------------


def add_loss(loss, loss_collection=_LOSSES):
    """Adds a scalar to a collection of losses."""
    if loss_collection:
        graph_lib.get_default_graph().add_to_collection(loss_collection, loss)


def get_losses(scope=None, loss_collection=_LOSSES):
    """The losses of a collection, those below a scope where one is given."""
    return graph_lib.get_default_graph().get_collection(loss_collection, scope)


def get_regularization_losses(scope=None):
    """What regularizers added."""
    return graph_lib.get_default_graph().get_collection(keys.GraphKeys.REGULARIZATION_LOSSES, scope)


def get_regularization_loss(scope=None, name="total_regularization_loss"):
    """The sum of what regularizers added, 0 where they added nothing."""
    losses = get_regularization_losses(scope)
    return math.add_n(losses, name=name) if losses else build.constant(0.0)


def get_total_loss(add_regularization_losses=True, name="total_loss", scope=None):
    """The sum of all losses."""
    losses = get_losses(scope=scope)
    if add_regularization_losses:
        losses = losses + get_regularization_losses(scope=scope)
    return math.add_n(losses, name=name)


# -- one number of many --------------------------------------------------------------------------------------------------


def _present(losses, weights, per_batch=False):
    """How many losses have a weight that is not zero."""
    if isinstance(weights, float) and weights != 0.0:
        return _count(losses)
    with build.name_scope(None, "num_present", [losses, weights]) as scope:
        weights = math.cast(weights, dtypes.float32)
        zero = compare.equal(weights, 0.0)
        present = choosing.where(zero, array.zeros_like(weights), array.ones_like(weights))
        present = weights_lib.broadcast_weights(present, losses)
        if per_batch:
            axes = math.range(1, array.rank(present))
            return reduce.reduce_sum(present, axis=axes, keepdims=True, name=scope)
        return reduce.reduce_sum(present, name=scope)


def _count(losses):
    with build.name_scope(None, "num_elements", [losses]) as scope:
        return math.cast(array.size(losses, name=scope), losses.dtype)


def _mean(total, count):
    return math.div_no_nan(reduce.reduce_sum(total), count, name="value")


def compute_weighted_loss(losses, weights=1.0, scope=None, loss_collection=_LOSSES, reduction=_DEFAULT):
    """Losses times weights, reduced to one number, which joins the collection.

    Raises:
        ValueError: the weights do not fit, or the reduction is unknown.
    """
    Reduction.validate(reduction)
    with build.name_scope(scope, "weighted_loss", [losses, weights]):
        check = weights_lib.assert_broadcastable(weights, losses)
        with graph_lib.get_default_graph().control_dependencies([check]):
            losses = build.convert_to_tensor(losses)
            given = losses.dtype
            losses, weights = math.cast(losses, dtypes.float32), math.cast(weights, dtypes.float32)
            loss = math.multiply(losses, weights)
            if reduction != Reduction.NONE:
                loss = reduce.reduce_sum(loss)
            if reduction == Reduction.MEAN:
                loss = _mean(loss, reduce.reduce_sum(array.ones_like(losses) * weights))
            elif reduction == Reduction.SUM_BY_NONZERO_WEIGHTS:
                loss = _mean(loss, _present(losses, weights))
            elif reduction == Reduction.SUM_OVER_BATCH_SIZE:
                loss = _mean(loss, _count(losses))
            loss = math.cast(loss, given)
            add_loss(loss, loss_collection)
            return loss


# -- losses --------------------------------------------------------------------------------------------------------------


def _given(**tensors):
    for name, value in tensors.items():
        if value is None:
            raise ValueError(f"{name} must not be None.")


def _reduced(default_name, first, labels, weights, scope, collection, reduction, formula, as_floats=True):
    """A weighted loss of `formula(labels, first)`, both as float32 and of one shape."""
    with build.name_scope(scope, default_name, [first, labels, weights]) as scope:
        first = math.cast(first, dtypes.float32) if as_floats else build.convert_to_tensor(first)
        labels = math.cast(labels, first.dtype)
        first.shape.assert_is_compatible_with(labels.shape)
        return compute_weighted_loss(formula(labels, first), weights, scope, collection, reduction=reduction)


def absolute_difference(
    labels, predictions, weights=1.0, scope=None, loss_collection=_LOSSES, reduction=_DEFAULT
):  # fmt: skip
    """`|predictions - labels|`."""
    _given(labels=labels, predictions=predictions)
    return _reduced(
        "absolute_difference", predictions, labels, weights, scope, loss_collection, reduction,
        lambda labels, predictions: unary.abs(math.subtract(predictions, labels)),
    )  # fmt: skip


def cosine_distance(
    labels, predictions, axis=None, weights=1.0, scope=None, loss_collection=_LOSSES, reduction=_DEFAULT, dim=None
):  # fmt: skip
    """`1 - sum(labels * predictions)` along an axis, for vectors of length one."""
    axis = dim if axis is None else axis
    if axis is None:
        raise ValueError("You must specify 'axis'.")
    _given(labels=labels, predictions=predictions)
    return _reduced(
        "cosine_distance_loss", predictions, labels, weights, scope, loss_collection, reduction,
        lambda labels, predictions: 1 - reduce.reduce_sum(
            math.multiply(predictions, labels), axis=(axis,), keepdims=True
        ),
    )  # fmt: skip


def hinge_loss(labels, logits, weights=1.0, scope=None, loss_collection=_LOSSES, reduction=_DEFAULT):
    """`max(0, 1 - (2 labels - 1) * logits)`, for labels 0 and 1."""
    _given(labels=labels, logits=logits)

    def hinge(labels, logits):
        ones = array.ones_like(labels)
        signs = math.subtract(2 * labels, ones)
        return nn.relu(math.subtract(ones, math.multiply(signs, logits)))

    return _reduced("hinge_loss", logits, labels, weights, scope, loss_collection, reduction, hinge)


def huber_loss(
    labels, predictions, weights=1.0, delta=1.0, scope=None, loss_collection=_LOSSES, reduction=_DEFAULT
):  # fmt: skip
    """Half the squared error up to `delta`, linear beyond.

    Source: Huber, "Robust estimation of a location parameter" (1964).
    """
    _given(labels=labels, predictions=predictions)

    def huber(labels, predictions):
        error = unary.abs(math.subtract(predictions, labels))
        quadratic = math.minimum(error, delta)
        linear = math.subtract(error, quadratic)
        half = build.convert_to_tensor(0.5, dtype=quadratic.dtype)
        squared = math.multiply(half, math.multiply(quadratic, quadratic))
        return math.add(squared, math.multiply(delta, linear))

    return _reduced("huber_loss", predictions, labels, weights, scope, loss_collection, reduction, huber)


def log_loss(
    labels, predictions, weights=1.0, epsilon=1e-7, scope=None, loss_collection=_LOSSES, reduction=_DEFAULT
):  # fmt: skip
    """`-labels * log(predictions) - (1 - labels) * log(1 - predictions)`, with `epsilon` inside the logarithms."""
    _given(labels=labels, predictions=predictions)

    def log(labels, predictions):
        ones = -math.multiply(labels, unary.log(predictions + epsilon))
        return ones - math.multiply(1 - labels, unary.log(1 - predictions + epsilon))

    return _reduced("log_loss", predictions, labels, weights, scope, loss_collection, reduction, log)


def mean_squared_error(labels, predictions, weights=1.0, scope=None, loss_collection=_LOSSES, reduction=_DEFAULT):
    """`(predictions - labels)^2`."""
    _given(labels=labels, predictions=predictions)
    return _reduced(
        "mean_squared_error", predictions, labels, weights, scope, loss_collection, reduction,
        lambda labels, predictions: math.squared_difference(predictions, labels),
    )  # fmt: skip


def mean_pairwise_squared_error(labels, predictions, weights=1.0, scope=None, loss_collection=_LOSSES):
    """The squared differences between pairs of errors of one example, averaged over pairs.

    Source: Eigen et al., "Depth map prediction from a single image" (2014).
    """
    _given(labels=labels, predictions=predictions)
    with build.name_scope(scope, "mean_pairwise_squared_error", [predictions, labels, weights]):
        weights, labels = math.cast(weights, dtypes.float32), math.cast(labels, dtypes.float32)
        check = weights_lib.assert_broadcastable(weights, labels)
        with graph_lib.get_default_graph().control_dependencies([check]):
            predictions = math.cast(predictions, dtypes.float32)
            predictions.shape.assert_is_compatible_with(labels.shape)
            errors = math.subtract(predictions, labels)
            axes = math.range(1, array.rank(errors))
            squares = reduce.reduce_sum(unary.square(errors), axis=axes, keepdims=True)
            present = _present(errors, weights, per_batch=True)
            term1 = 2.0 * math.div_no_nan(squares, math.maximum(present - 1, 0), name="value")
            total = reduce.reduce_sum(errors, axis=axes, keepdims=True)
            squared = unary.square(total)
            pairs = math.maximum(math.multiply(present, present - 1), 0)
            term2 = 2.0 * math.div_no_nan(squared, pairs, name="value")
            loss = reduce.reduce_sum(math.multiply(term1 - term2, weights))
            any_present = reduce.reduce_sum(present) > 0
            loss = choosing.where(any_present, loss, array.zeros_like(loss), name="value")
            add_loss(loss, loss_collection)
            return loss


def sigmoid_cross_entropy(
    multi_class_labels, logits, weights=1.0, label_smoothing=0, scope=None, loss_collection=_LOSSES, reduction=_DEFAULT
):  # fmt: skip
    """Cross entropy of independent labels in [0, 1]; `label_smoothing` moves them towards 1/2."""
    _given(multi_class_labels=multi_class_labels, logits=logits)

    def entropy(labels, logits):
        if label_smoothing > 0:
            labels = labels * (1 - label_smoothing) + 0.5 * label_smoothing
        return cross_entropy.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits, name="xentropy")

    return _reduced(
        "sigmoid_cross_entropy_loss", logits, multi_class_labels, weights, scope, loss_collection, reduction, entropy,
        as_floats=False,
    )  # fmt: skip


def softmax_cross_entropy(
    onehot_labels, logits, weights=1.0, label_smoothing=0, scope=None, loss_collection=_LOSSES, reduction=_DEFAULT
):  # fmt: skip
    """Cross entropy of one-hot labels; `label_smoothing` moves them towards 1 / number of classes."""
    _given(onehot_labels=onehot_labels, logits=logits)

    def entropy(labels, logits):
        if label_smoothing > 0:
            classes = math.cast(array.shape(labels)[-1], logits.dtype)
            rest = label_smoothing / classes
            labels = labels * (1.0 - label_smoothing) + rest
        labels = array.stop_gradient(labels, name="labels_stop_gradient")
        return cross_entropy.softmax_cross_entropy_with_logits_v2(labels=labels, logits=logits, name="xentropy")

    return _reduced(
        "softmax_cross_entropy_loss", logits, onehot_labels, weights, scope, loss_collection, reduction, entropy,
        as_floats=False,
    )  # fmt: skip


def sparse_softmax_cross_entropy(
    labels, logits, weights=1.0, scope=None, loss_collection=_LOSSES, reduction=_DEFAULT
):  # fmt: skip
    """Cross entropy of class numbers `[batch]` or `[batch, 1]` against logits `[batch, classes]`."""
    _given(labels=labels, logits=logits)
    with build.name_scope(scope, "sparse_softmax_cross_entropy_loss", [logits, labels, weights]) as scope:
        labels, logits, weights = _squeezed(labels, logits, weights)
        losses = cross_entropy.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits, name="xentropy")
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction=reduction)


def _squeezed(labels, logits, weights):
    """The three without a last axis of size 1 that is one too many."""
    labels, logits = confusion.remove_squeezable_dimensions(labels, logits, expected_rank_diff=1)
    weights = build.convert_to_tensor(weights)
    if labels._dims is not None and weights._dims is not None:
        if len(weights._dims) - len(labels._dims) == 1:
            weights = array.squeeze(weights, [-1])
        return labels, logits, weights
    excess = array.rank(weights) - array.rank(labels)
    if weights._dims is None or (weights._dims and weights._dims[-1] in (None, 1)):
        given = weights
        weights = control_flow.cond(
            compare.equal(1, excess), lambda: array.squeeze(given, [-1]), lambda: array.identity(given)
        )
    return labels, logits, weights
