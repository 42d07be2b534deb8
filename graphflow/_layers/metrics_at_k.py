"""Streaming metrics of the k best predictions: precision, recall and average precision.

Labels are int64, [D1, ..., DN, number of labels] dense or sparse, or [D1, ..., DN] for one label each; predictions are scores
[D1, ..., DN, number of classes], or, for the `at_top_k` functions, the indices of the best, [D1, ..., DN, k]. The other
arguments are those of `metrics`.
"""

from __future__ import annotations

from graphflow._core import dtypes
from graphflow._graph import build, sparse_tensor
from graphflow._graph import graph as graph_lib
from graphflow._layers import metrics
from graphflow._layers import weights as weights_lib
from graphflow._ops import (
    array,
    choosing,
    compare,
    control_flow,
    math,
    rearrange,
    reduce,
    running,
    set_operations,
    sets,
    slicing,
    sparse,
    state,
    top_k,
)

_SPARSE = sparse_tensor.SparseTensor


def precision_at_k(
    labels, predictions, k, class_id=None, weights=None, metrics_collections=None, updates_collections=None, name=None
):  # fmt: skip
    """How many of the k best predictions are among the labels; with `class_id`, only of that class."""
    with build.name_scope(name, _at_k("precision", k, class_id), [predictions, labels, weights]) as scope:
        best = top_k.top_k(predictions, k)[1]
        return precision_at_top_k(
            labels, best, k, class_id, weights, metrics_collections, updates_collections, name=scope
        )


def precision_at_top_k(
    labels, predictions_idx, k=None, class_id=None, weights=None, metrics_collections=None, updates_collections=None,
    name=None,
):  # fmt: skip
    """As `precision_at_k`, of predictions that are the indices of the best already."""
    given = labels, predictions_idx, k, class_id, weights, metrics_collections, updates_collections, name
    return _share("precision", ("false_positive", True), *given)


def recall_at_k(
    labels, predictions, k, class_id=None, weights=None, metrics_collections=None, updates_collections=None, name=None
):  # fmt: skip
    """How many of the labels are among the k best predictions; with `class_id`, only of that class."""
    with build.name_scope(name, _at_k("recall", k, class_id), [predictions, labels, weights]) as scope:
        best = top_k.top_k(predictions, k)[1]
        return recall_at_top_k(labels, best, k, class_id, weights, metrics_collections, updates_collections, name=scope)


def recall_at_top_k(
    labels, predictions_idx, k=None, class_id=None, weights=None, metrics_collections=None, updates_collections=None,
    name=None,
):  # fmt: skip
    """As `recall_at_k`, of predictions that are the indices of the best already."""
    given = labels, predictions_idx, k, class_id, weights, metrics_collections, updates_collections, name
    return _share("recall", ("false_negative", False), *given)


def sparse_precision_at_k(
    labels, predictions, k, class_id=None, weights=None, metrics_collections=None, updates_collections=None, name=None
):  # fmt: skip
    """The older name of `precision_at_k`."""
    return precision_at_k(labels, predictions, k, class_id, weights, metrics_collections, updates_collections, name)


def _at_k(what, k, class_id=None):
    name = f"{what}_at_k" if k is None else f"{what}_at_{k}"
    return name if class_id is None else f"{name}_class{class_id}"


def _share(what, other, labels, best, k, class_id, weights, metrics_collections, updates_collections, name):
    """True positives divided by themselves and the `other` kind of (error, found in the predictions)."""
    with build.name_scope(name, _at_k(what, k, class_id), [best, labels, weights]) as scope:
        labels = _expanded(labels, best)
        best = math.cast(best, dtypes.int64)
        hits, new_hits = _counted("true_positive", best, labels, k, class_id, weights, _hits)
        kind, of_predictions = other

        def missed(best, labels, class_id, weights):
            return _missed(best, labels, class_id, weights, kind + "s", of_predictions)

        misses, new_misses = _counted(kind, best, labels, k, class_id, weights, missed)

        def divided(hits, misses):
            return math.div(hits, math.add(hits, misses), name=scope)

        value = metrics.result(divided, hits, misses, collections=metrics_collections)
        update = math.div(new_hits, math.add(new_hits, new_misses), name="update")
        metrics.join(updates_collections, update)
        return value, update


def _counted(kind, best, labels, k, class_id, weights, count):
    """A variable that adds up what `count` finds in each batch: (variable, its update)."""
    with build.name_scope(None, _at_k(kind, k, class_id), [best, labels, weights]) as scope:
        batch = math.cast(reduce.reduce_sum(count(best, labels, class_id, weights)), dtypes.float64)
        total = metrics.gathered([], dtypes.float64, scope)
        return total, state.assign_add(total, batch, name="update")


def _hits(best, labels, class_id=None, weights=None, name=None):
    with build.name_scope(name, "true_positives", [best, labels, weights]):
        labels, best = _of_class(labels, best, class_id)
        return _weighted(set_operations.set_size(set_operations.set_intersection(best, labels)), weights)


def _missed(best, labels, class_id, weights, name, of_predictions):
    with build.name_scope(None, name, [best, labels, weights]):
        labels, best = _of_class(labels, best, class_id)
        others = set_operations.set_difference(best, labels, aminusb=of_predictions)
        return _weighted(set_operations.set_size(others), weights)


def _weighted(count, weights):
    count = math.cast(count, dtypes.float64)
    if weights is None:
        return count
    with graph_lib.get_default_graph().control_dependencies([weights_lib.assert_broadcastable(weights, count)]):
        return math.multiply(count, math.cast(weights, dtypes.float64))


def _of_class(labels, best, class_id):
    return (labels, best) if class_id is None else (_only(labels, class_id), _only(best, class_id))


def _only(ids, class_id):
    """Of ids, those of one class, as a sparse tensor of the same dense shape."""
    ids = sparse.convert_to_tensor_or_sparse_tensor(ids)
    if isinstance(ids, _SPARSE):
        return sparse.sparse_retain(ids, compare.equal(ids.values, class_id))
    sizes = array.shape(ids, out_type=dtypes.int64)
    last = array.size(sizes) - 1
    filled = array.fill(_with_one(sizes, array.reshape(last, [1])), math.cast(class_id, dtypes.int64))
    found = set_operations.set_intersection(filled, ids)
    return _SPARSE(found.indices, found.values, sizes)


def _with_one(sizes, axis):
    """A shape with 1 at `axis`."""
    sizes, axis = math.cast(sizes, dtypes.int32), math.cast(axis, dtypes.int32)
    rank = array.size(sizes)
    axis = (axis + rank) % rank
    ones = array.shape(axis)
    return sets.dynamic_stitch([math.range(rank), axis], [sizes, array.fill(ones, 1)])


def _expanded(labels, predictions):
    """`labels` with the rank of `predictions`: one label each becomes a list of one."""
    with build.name_scope(None, "expand_labels", [labels, predictions]) as scope:
        labels = sparse.convert_to_tensor_or_sparse_tensor(labels)
        if isinstance(labels, _SPARSE):
            return control_flow.cond(
                compare.equal(array.rank(predictions), array.size(labels.dense_shape) + 1),
                lambda: sparse.sparse_reshape(labels, array.concat([labels.dense_shape, (1,)], 0), name=scope),
                lambda: labels,
            )
        if labels._dims is not None and predictions._dims is not None:
            missing = len(predictions._dims) - len(labels._dims)
            if missing == 0:
                return labels
            if missing == 1:
                return array.expand_dims(labels, -1, name=scope)
            raise ValueError(f"Unexpected labels shape {labels.shape} for predictions shape {predictions.shape}.")
        return control_flow.cond(
            compare.equal(array.rank(predictions), array.rank(labels) + 1),
            lambda: array.expand_dims(labels, -1, name=scope),
            lambda: labels,
        )


# -- average precision ---------------------------------------------------------------------------------------------------


def average_precision_at_k(
    labels, predictions, k, weights=None, metrics_collections=None, updates_collections=None, name=None
):
    """The mean over rows of the average precision: the sum of the precisions at each of the k places where the prediction is
    right, divided by the number of labels (k at most).

    Raises:
        ValueError: k is below 1.
    """
    if k < 1:
        raise ValueError(f"Invalid k={k}.")
    with build.name_scope(name, _at_k("average_precision", k), [predictions, labels, weights]) as scope:
        best = top_k.top_k(predictions, k)[1]
        classes = math.cast(array.shape(predictions)[-1], dtypes.int64)
        labels = _within(labels, classes)
        with build.name_scope(scope, "average_precision_at_top_k", [best, labels, weights]) as scope:
            average = _average_precision(labels, best)
            if weights is not None:
                weights = weights_lib.broadcast_weights(math.cast(weights, dtypes.float64), average)
                average = math.multiply(average, weights)
            with build.name_scope(None, "max", [average]) as inner:
                most = metrics.gathered([], dtypes.float64, inner)
                if weights is None:
                    batch = math.cast(array.size(average, name="batch_max"), dtypes.float64)
                else:
                    batch = reduce.reduce_sum(weights, name="batch_max")
                new_most = state.assign_add(most, batch, name="update")
            with build.name_scope(None, "total", [average]) as inner:
                total = metrics.gathered([], dtypes.float64, inner)
                new_total = state.assign_add(total, reduce.reduce_sum(average, name="batch_total"), name="update")

            def divided(total, most):
                return math.div_no_nan(total, most, name="mean")

            value = metrics.result(divided, total, most, collections=metrics_collections)
            update = math.div_no_nan(new_total, new_most, name=scope)
            metrics.join(updates_collections, update)
            return value, update


def sparse_average_precision_at_k(
    labels, predictions, k, weights=None, metrics_collections=None, updates_collections=None, name=None
):
    """The older name of `average_precision_at_k`."""
    return average_precision_at_k(labels, predictions, k, weights, metrics_collections, updates_collections, name)


def _within(labels, classes):
    """`labels` with those that are no class made -1, which counts for nothing."""
    is_sparse = isinstance(labels, (_SPARSE, sparse_tensor.SparseTensorValue))

    def cleaned(values):
        return choosing.where_v2(compare.greater_equal(values, classes), -1 * array.ones_like(values), values)

    def cleaned_labels():
        if is_sparse:
            return type(labels)(labels.indices, cleaned(labels.values), labels.dense_shape)
        return cleaned(labels)

    largest = reduce.reduce_max(labels.values if is_sparse else labels)
    return control_flow.cond(compare.greater_equal(largest, classes), cleaned_labels, lambda: labels)


def _average_precision(labels, best):
    """float64, [D1, ..., DN]."""
    with build.name_scope(None, "average_precision", [best, labels]) as scope:
        best = math.cast(best, dtypes.int64, name="predictions_idx")
        k = best._dims[-1] if best._dims else None
        if k is None:
            raise ValueError(f"The last dimension of predictions_idx must be set, got {best}.")
        labels = _expanded(labels, best)
        best_each = array.expand_dims(best, -1, name="predictions_idx_per_k")
        labels_each = _repeated(labels, k, name="labels_per_k")
        right = _hits(best_each, labels_each, name="relevant_per_k")
        hits = running.cumsum(right, axis=-1, name="tp_per_k")
        places = running.cumsum(array.ones_like(right), axis=-1, name="retrieved_per_k")
        precision = math.div(
            math.cast(hits, dtypes.float64), math.cast(places, dtypes.float64), name="precision_per_k"
        )  # fmt: skip
        gained = math.multiply(precision, math.cast(right, dtypes.float64), name="relevant_precision_per_k")
        summed = reduce.reduce_sum(gained, axis=(-1,), name="precision_sum")
        return math.div(summed, math.cast(_relevant(labels, k), dtypes.float64), name=scope)


def _repeated(labels, k, name):
    """`labels` k times along a new axis before the last."""
    with build.name_scope(name, "expand_and_tile", [labels, k, -1]) as scope:
        labels = sparse.convert_to_tensor_or_sparse_tensor(labels)
        if isinstance(labels, _SPARSE):
            outer = array.reshape(array.size(labels.dense_shape) + -1, [1])
            sizes = [slicing.slice(labels.dense_shape, [0], outer), [1], slicing.slice(labels.dense_shape, outer, [-1])]
            expanded = sparse.sparse_reshape(labels, array.concat(sizes, 0, name="expanded_shape"), name="expand")
            return expanded if k == 1 else sparse.sparse_concat(-2, [expanded] * k, name=scope)
        expanded = array.expand_dims(labels, -2, name="expand")
        if k == 1:
            return expanded
        ones = array.ones_like(array.shape(labels))
        return rearrange.tile(expanded, array.concat([ones[:-1], (k,), ones[-1:]], 0, name="multiples"), name=scope)


def _relevant(labels, k):
    """How many labels each row has, k at most."""
    with build.name_scope(None, "num_relevant", [labels]) as scope:
        labels = sparse.convert_to_tensor_or_sparse_tensor(labels)
        if isinstance(labels, _SPARSE):
            return math.minimum(set_operations.set_size(labels), k, name=scope)
        present = choosing.where_v2(compare.greater_equal(labels, 0), array.ones_like(labels), array.zeros_like(labels))
        return math.minimum(reduce.reduce_sum(present, axis=-1), k, name=scope)
