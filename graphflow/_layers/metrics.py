"""Streaming metrics: numbers gathered over batches in local variables.

Each returns (value, update): the tensor that reads the metric, and the one that takes a batch in and gives the new value. The
variables are in LOCAL_VARIABLES and METRIC_VARIABLES: run `tf.local_variables_initializer()` before.

Arguments that they share:
    weights: scalar, or of the values' rank with each size 1 or the values': 0 leaves a value out.
    metrics_collections, updates_collections: collections that the two join.
    name: of the variable scope.
"""

from __future__ import annotations

from graphflow._core import dtypes
from graphflow._graph import build, eager_graph, keys
from graphflow._graph import graph as graph_lib
from graphflow._layers import weights as weights_lib
from graphflow._ops import (
    array,
    choosing,
    compare,
    confusion,
    control_flow,
    diagonal,
    math,
    reduce,
    state,
    state_scatter,
    unary,
    variable,
    variable_scope,
)

_KEYS = keys.GraphKeys


# -- what they share -----------------------------------------------------------------------------------------------------


def gathered(shape, dtype, name):
    """A local variable of zeros that a metric gathers in.

    Raises:
        RuntimeError: with eager execution.
    """
    if eager_graph.executing_eagerly():
        raise RuntimeError(
            f"tf.metrics ({name}) is not supported when eager execution is enabled: its variables would begin anew in each call. "
            "Use tf.contrib.eager.metrics, or tf.keras.metrics"
        )
    return variable.Variable(
        lambda: array.zeros(shape, dtype), trainable=False, name=name,
        collections=[_KEYS.LOCAL_VARIABLES, _KEYS.METRIC_VARIABLES],
    )  # fmt: skip


def join(collections, value):
    if collections:
        graph_lib.get_default_graph().add_to_collections(collections, value)


def result(make, *args, collections=None):
    """The value of a metric, outside the control dependencies of its updates."""
    with graph_lib.get_default_graph().control_dependencies(None):
        value = make(*args)
    join(collections, value)
    return value


def fitted(predictions, labels, weights):
    """The three with one rank: a last axis of size 1 too many is squeezed, or one too few added to weights."""
    predictions = build.convert_to_tensor(predictions)
    if labels is not None:
        labels, predictions = confusion.remove_squeezable_dimensions(labels, predictions)
        predictions.shape.assert_is_compatible_with(labels.shape)
    if weights is None:
        return predictions, labels, None
    weights = build.convert_to_tensor(weights)
    if weights._dims == ():
        return predictions, labels, weights
    if predictions._dims is not None and weights._dims is not None:
        excess = len(weights._dims) - len(predictions._dims)
        if excess == 1:
            weights = array.squeeze(weights, [-1])
        elif excess == -1:
            weights = array.expand_dims(weights, [-1])
        return predictions, labels, weights
    rank = array.rank(weights)
    excess = rank - array.rank(predictions)

    def expanded():
        return control_flow.cond(
            compare.equal(excess, -1), lambda: array.expand_dims(weights, [-1]), lambda: array.identity(weights)
        )

    def squeezed():
        may = weights._dims is None or weights._dims[-1] in (None, 1)
        return array.squeeze(weights, [-1]) if may else array.identity(weights)

    def adjusted():
        return control_flow.cond(compare.equal(excess, 1), squeezed, expanded)

    given = weights
    return predictions, labels, control_flow.cond(compare.equal(rank, 0), lambda: array.identity(given), adjusted)


def _flat(x):
    return array.reshape(x, [-1]) if len(x._dims) > 1 else x


# -- means ---------------------------------------------------------------------------------------------------------------


def mean(values, weights=None, metrics_collections=None, updates_collections=None, name=None):
    """The weighted mean of all values."""
    return _mean("mean", "total", "count", False, values, weights, metrics_collections, updates_collections, name)


def mean_tensor(values, weights=None, metrics_collections=None, updates_collections=None, name=None):
    """The weighted mean of each element over the batches."""
    return _mean(
        "mean", "total_tensor", "count_tensor", True, values, weights, metrics_collections, updates_collections, name
    )


def _mean(default, total_name, count_name, each, values, weights, metrics_collections, updates_collections, name):
    with variable_scope.variable_scope(name, default, [values, weights]):
        values = math.cast(values, dtypes.float32)
        shape = values.shape if each else []
        total, count = gathered(shape, dtypes.float32, total_name), gathered(shape, dtypes.float32, count_name)
        ones = array.ones_like(values) if each else None
        if weights is not None:
            values, _, weights = fitted(values, None, weights)
            weights = weights_lib.broadcast_weights(math.cast(weights, dtypes.float32), values)
            values = math.multiply(values, weights)
            number = math.multiply(ones, weights) if each else reduce.reduce_sum(weights)
        else:
            number = ones if each else math.cast(array.size(values), dtypes.float32)
        new_total = state.assign_add(total, values if each else reduce.reduce_sum(values))
        with graph_lib.get_default_graph().control_dependencies([values]):
            new_count = state.assign_add(count, number)

        def divided(t, c, kind="value"):
            return math.div_no_nan(t, math.maximum(c, 0), name=kind)

        value = result(divided, total, count, collections=metrics_collections)
        update = divided(new_total, new_count, "update_op")
        join(updates_collections, update)
        return value, update


def accuracy(labels, predictions, weights=None, metrics_collections=None, updates_collections=None, name=None):
    """How often predictions equal labels."""
    predictions, labels, weights = fitted(predictions, labels, weights)
    predictions.shape.assert_is_compatible_with(labels.shape)
    if labels.dtype != predictions.dtype:
        predictions = math.cast(predictions, labels.dtype)
    correct = math.cast(compare.equal(predictions, labels), dtypes.float32)
    return mean(correct, weights, metrics_collections, updates_collections, name or "accuracy")


def mean_absolute_error(
    labels, predictions, weights=None, metrics_collections=None, updates_collections=None, name=None
):  # fmt: skip
    """The mean of |predictions - labels|."""
    predictions, labels, weights = fitted(predictions, labels, weights)
    errors = unary.abs(predictions - labels)
    return mean(errors, weights, metrics_collections, updates_collections, name or "mean_absolute_error")


def mean_squared_error(
    labels, predictions, weights=None, metrics_collections=None, updates_collections=None, name=None
):  # fmt: skip
    """The mean of (labels - predictions)^2."""
    predictions, labels, weights = fitted(predictions, labels, weights)
    errors = math.squared_difference(labels, predictions)
    return mean(errors, weights, metrics_collections, updates_collections, name or "mean_squared_error")


def root_mean_squared_error(
    labels, predictions, weights=None, metrics_collections=None, updates_collections=None, name=None
):  # fmt: skip
    """The root of the mean of (labels - predictions)^2."""
    predictions, labels, weights = fitted(predictions, labels, weights)
    squared, update = mean_squared_error(labels, predictions, weights, None, None, name or "root_mean_squared_error")
    value = result(unary.sqrt, squared, collections=metrics_collections)
    update = unary.sqrt(update)
    join(updates_collections, update)
    return value, update


def mean_relative_error(
    labels, predictions, normalizer, weights=None, metrics_collections=None, updates_collections=None, name=None
):  # fmt: skip
    """The mean of |labels - predictions| / normalizer, 0 where the normalizer is 0."""
    predictions, labels, weights = fitted(predictions, labels, weights)
    predictions, normalizer = confusion.remove_squeezable_dimensions(predictions, normalizer)
    predictions.shape.assert_is_compatible_with(normalizer.shape)
    errors = choosing.where(
        compare.equal(normalizer, 0.0), array.zeros_like(labels), math.div(unary.abs(labels - predictions), normalizer)
    )
    return mean(errors, weights, metrics_collections, updates_collections, name or "mean_relative_error")


def mean_cosine_distance(
    labels, predictions, dim, weights=None, metrics_collections=None, updates_collections=None, name=None
):  # fmt: skip
    """The mean of 1 - sum(labels * predictions) along axis `dim`, for vectors of length one."""
    predictions, labels, weights = fitted(predictions, labels, weights)
    products = reduce.reduce_sum(math.multiply(predictions, labels), axis=[dim], keepdims=True)
    value, update = mean(products, weights, None, None, name or "mean_cosine_distance")
    value, update = math.subtract(1.0, value), math.subtract(1.0, update)
    join(metrics_collections, value)
    join(updates_collections, update)
    return value, update


def percentage_below(
    values, threshold, weights=None, metrics_collections=None, updates_collections=None, name=None
):  # fmt: skip
    """How often values are below a threshold."""
    below = math.cast(compare.less(values, threshold), dtypes.float32)
    return mean(below, weights, metrics_collections, updates_collections, name or "percentage_below_threshold")


# -- by class ------------------------------------------------------------------------------------------------------------


def mean_per_class_accuracy(
    labels, predictions, num_classes, weights=None, metrics_collections=None, updates_collections=None, name=None
):  # fmt: skip
    """The mean over classes of how often predictions equal labels of that class."""
    with variable_scope.variable_scope(name, "mean_accuracy", [predictions, labels, weights]):
        labels = _flat(math.cast(labels, dtypes.int64))
        predictions = _flat(build.convert_to_tensor(predictions))
        predictions.shape.assert_is_compatible_with(labels.shape)
        total, count = (gathered([num_classes], dtypes.float32, kind) for kind in ("total", "count"))
        ones = array.ones([array.size(labels)], dtypes.float32)
        if labels.dtype != predictions.dtype:
            predictions = math.cast(predictions, labels.dtype)
        correct = math.cast(compare.equal(predictions, labels), dtypes.float32)
        if weights is not None:
            weights = math.cast(_flat(build.convert_to_tensor(weights)), dtypes.float32)
            correct *= weights
            ones *= weights
        new_total = state_scatter.scatter_add(total, labels, ones)
        new_count = state_scatter.scatter_add(count, labels, correct)

        def averaged(count, total):
            return reduce.reduce_mean(math.div_no_nan(count, math.maximum(total, 0)), name="mean_accuracy")

        value = result(averaged, count, total, collections=metrics_collections)
        update = math.div_no_nan(new_count, math.maximum(new_total, 0), name="update_op")
        join(updates_collections, update)
        return value, update


def mean_iou(
    labels, predictions, num_classes, weights=None, metrics_collections=None, updates_collections=None, name=None
):  # fmt: skip
    """The mean over classes of intersection over union: true positives / (true + false positives + false negatives)."""
    with variable_scope.variable_scope(name, "mean_iou", [predictions, labels, weights]):
        labels, predictions = build.convert_to_tensor(labels), build.convert_to_tensor(predictions)
        predictions.shape.assert_is_compatible_with(labels.shape)
        total = gathered([num_classes, num_classes], dtypes.float64, "total_confusion_matrix")
        predictions, labels = _flat(math.cast(predictions, dtypes.int64)), _flat(math.cast(labels, dtypes.int64))
        classes = math.cast(num_classes, dtypes.int64)
        weights = None if weights is None else _flat(build.convert_to_tensor(weights))
        current = confusion.confusion_matrix(labels, predictions, classes, weights=weights, dtype=dtypes.float64)
        update = state.assign_add(total, current)

        def averaged(total):
            rows = math.cast(reduce.reduce_sum(total, 0), dtypes.float32)
            columns = math.cast(reduce.reduce_sum(total, 1), dtypes.float32)
            hits = math.cast(diagonal.diag_part(total), dtypes.float32)
            union = rows + columns - hits
            present = reduce.reduce_sum(math.cast(compare.not_equal(union, 0), dtypes.float32))
            union = choosing.where(compare.greater(union, 0), union, array.ones_like(union))
            summed = reduce.reduce_sum(math.div(hits, union), name="mean_iou")
            return choosing.where(compare.greater(present, 0), summed / present, build.constant(0.0))

        value = result(averaged, total, collections=metrics_collections)
        join(updates_collections, update)
        return value, update


# -- hits and misses -----------------------------------------------------------------------------------------------------


def _counted(default, label, prediction, labels, predictions, weights, metrics_collections, updates_collections, name):
    """How often labels and predictions, as bools, have these two values."""
    with variable_scope.variable_scope(name, default, [predictions, labels, weights]):
        predictions, labels, weights = fitted(
            math.cast(predictions, dtypes.bool), math.cast(labels, dtypes.bool), weights
        )
        found = compare.logical_and(compare.equal(labels, label), compare.equal(predictions, prediction))
        count = gathered([], dtypes.float32, "count")
        found = math.cast(found, dtypes.float32)
        if weights is not None:
            found = math.multiply(found, math.cast(weights, dtypes.float32))
        value = result(array.identity, count, collections=metrics_collections)
        update = state.assign_add(count, reduce.reduce_sum(found))
        join(updates_collections, update)
        return value, update


def true_positives(labels, predictions, weights=None, metrics_collections=None, updates_collections=None, name=None):
    """How many are true and predicted so."""
    given = labels, predictions, weights, metrics_collections, updates_collections, name
    return _counted("true_positives", True, True, *given)


def true_negatives(labels, predictions, weights=None, metrics_collections=None, updates_collections=None, name=None):
    """How many are false and predicted so."""
    given = labels, predictions, weights, metrics_collections, updates_collections, name
    return _counted("true_negatives", False, False, *given)


def false_positives(labels, predictions, weights=None, metrics_collections=None, updates_collections=None, name=None):
    """How many are false and predicted true."""
    given = labels, predictions, weights, metrics_collections, updates_collections, name
    return _counted("false_positives", False, True, *given)


def false_negatives(labels, predictions, weights=None, metrics_collections=None, updates_collections=None, name=None):
    """How many are true and predicted false."""
    given = labels, predictions, weights, metrics_collections, updates_collections, name
    return _counted("false_negatives", True, False, *given)


def _rate(default, other_kind, labels, predictions, weights, metrics_collections, updates_collections, name):
    """True positives over true positives and another kind."""
    with variable_scope.variable_scope(name, default, [predictions, labels, weights]):
        predictions, labels, weights = fitted(
            math.cast(predictions, dtypes.bool), math.cast(labels, dtypes.bool), weights
        )
        hits, new_hits = true_positives(labels, predictions, weights)
        others, new_others = other_kind(labels, predictions, weights)

        def rate(hits, others, kind="value"):
            zero = build.constant(0.0)
            return choosing.where(compare.greater(hits + others, 0), math.div(hits, hits + others), zero, name=kind)

        value = result(rate, hits, others, collections=metrics_collections)
        update = rate(new_hits, new_others, "update_op")
        join(updates_collections, update)
        return value, update


def precision(labels, predictions, weights=None, metrics_collections=None, updates_collections=None, name=None):
    """How many of those predicted true are true."""
    given = labels, predictions, weights, metrics_collections, updates_collections, name
    return _rate("precision", false_positives, *given)


def recall(labels, predictions, weights=None, metrics_collections=None, updates_collections=None, name=None):
    """How many of those that are true are predicted so."""
    given = labels, predictions, weights, metrics_collections, updates_collections, name
    return _rate("recall", false_negatives, *given)
