"""Confusion matrices: how often a class was predicted where another was right."""

from __future__ import annotations

from graphflow._core import dtypes
from graphflow._graph import build, op_def
from graphflow._ops import array, asserts, compare, control_flow, grouping, joining, math, reduce


def remove_squeezable_dimensions(labels, predictions, expected_rank_diff=0, name=None):
    """(labels, predictions), the last axis of one squeezed where its rank is one too high.

    Args:
        expected_rank_diff: the rank of predictions minus that of labels, as it should be.
    """
    with build.name_scope(name, "remove_squeezable_dimensions", [labels, predictions]):
        predictions, labels = build.convert_to_tensor(predictions), build.convert_to_tensor(labels)
        if predictions._dims is not None and labels._dims is not None:
            excess = len(predictions._dims) - len(labels._dims) - expected_rank_diff
            if excess == 1:
                predictions = array.squeeze(predictions, [-1])
            elif excess == -1:
                labels = array.squeeze(labels, [-1])
            return labels, predictions
        difference = array.rank(predictions) - array.rank(labels)
        predictions = _squeezed_where(expected_rank_diff + 1, difference, predictions)
        labels = _squeezed_where(expected_rank_diff - 1, difference, labels)
        return labels, predictions


def _squeezed_where(wanted, difference, t):
    if t._dims is not None and t._dims[-1:] not in ((1,), (None,)):
        return t
    return control_flow.cond(compare.equal(wanted, difference), lambda: array.squeeze(t, [-1]), lambda: t)


def confusion_matrix(labels, predictions, num_classes=None, dtype=dtypes.int32, name=None, weights=None):
    """The matrix whose entry [i, j] counts how often class j was predicted where class i was right.

    Args:
        labels, predictions: vectors of classes 0, 1, ...
        num_classes: how many there are; one more than the largest that occurs when None.
        dtype: the type of the counts.
        weights: what each pair counts; 1 when None.

    Raises:
        InvalidArgumentError: at run time, when a class is negative or not below `num_classes`.
    """
    with build.name_scope(name, "confusion_matrix", [predictions, labels, num_classes, weights]):
        labels, predictions = remove_squeezable_dimensions(
            build.convert_to_tensor(labels, name="labels"), build.convert_to_tensor(predictions, name="predictions")
        )
        predictions, labels = math.cast(predictions, dtypes.int64), math.cast(labels, dtypes.int64)
        labels = _checked(labels, asserts.assert_non_negative(labels, message="`labels` contains negative values"))
        predictions = _checked(
            predictions, asserts.assert_non_negative(predictions, message="`predictions` contains negative values")
        )
        if num_classes is None:
            num_classes = math.maximum(reduce.reduce_max(predictions), reduce.reduce_max(labels)) + 1
        else:
            limit = math.cast(num_classes, dtypes.int64)
            labels = _checked(labels, asserts.assert_less(labels, limit, message="`labels` out of bound"))
            predictions = _checked(
                predictions, asserts.assert_less(predictions, limit, message="`predictions` out of bound")
            )
        if weights is not None:
            weights = build.convert_to_tensor(weights, name="weights")
            predictions.shape.assert_is_compatible_with(weights.shape)
            weights = math.cast(weights, dtype)
        size = joining.stack([num_classes, num_classes])
        pairs = joining.stack([labels, predictions], axis=1)
        values = array.ones_like(predictions, dtype) if weights is None else weights
        wide = math.cast(size, dtypes.int64)
        zeros = array.zeros(math.cast(size, dtypes.int32), dtype)
        return build.apply("SparseTensorDenseAdd", pairs, values, wide, zeros)


def _checked(t, check):
    return grouping.with_dependencies([check], t)
