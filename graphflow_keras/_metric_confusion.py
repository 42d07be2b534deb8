"""Metrics from counts of right and wrong decisions, at one threshold or many."""

import graphflow as tf
from graphflow_keras import _weighting
from graphflow_keras import backend as K
from graphflow_keras._metric_base import Metric
from graphflow_keras.utils.generic_utils import to_list

_NOT_IN_TOP_K = -1e10  # the score of a class that is not counted, and the threshold that all others are above


def _given_thresholds(thresholds, default):
    """Thresholds as a list.

    Raises:
        ValueError: one is outside [0, 1].
    """
    listed = to_list(thresholds, allow_tuple=True)
    if thresholds is None:
        return [default]
    invalid = [t for t in listed if t is None or t < 0 or t > 1]
    if invalid:
        raise ValueError(f"Threshold values must be in [0, 1]. Invalid values: {invalid}")
    return listed


def _even_thresholds(number):
    """Thresholds at equal distances between 0 and 1, without the two ends."""
    return [(i + 1) / (number - 1) for i in range(number - 2)]


def _only_top_k(scores, k):
    """Scores with all but the `k` highest along the last axis far below."""
    best = tf.nn.top_k(scores, k, sorted=False).indices
    kept = tf.reduce_sum(tf.one_hot(best, scores.shape.as_list()[-1], axis=-1), axis=-2)
    return scores * kept + _NOT_IN_TOP_K * (1 - kept)


class _Counting(Metric):
    """Counts decisions by what is true and what was said, at each threshold.

    Args:
        counts: names of the variables, any of `true_positives`, `true_negatives`, `false_positives` and
            `false_negatives`; with `into` the counts of one of them go to a variable of that name.
        thresholds: list of float; above one, a prediction says yes.
        top_k: int or None, only that many classes with the highest scores may be said.
        class_id: int or None, only this class counts.
    """

    def __init__(self, counts, thresholds, name, dtype, top_k=None, class_id=None, into=None):
        super().__init__(name=name, dtype=dtype)
        self.thresholds = thresholds
        self.top_k = top_k
        self.class_id = class_id
        self._counts = {}
        for count in counts:
            variable = self.add_weight(into or count, shape=(len(thresholds),), initializer="zeros")
            self._counts[count] = variable
            setattr(self, into or count, variable)

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Counts the decisions of a batch.

        Args:
            y_true: 0 or 1, of the shape of `y_pred`.
            y_pred: in [0, 1].
            sample_weight: how much each decision counts.

        Raises:
            tf.errors.InvalidArgumentError: a prediction outside [0, 1].
        """
        y_true, y_pred, sample_weight = _weighting.flat(y_true, y_pred, sample_weight)
        y_true, y_pred = tf.cast(y_true, "float32"), tf.cast(y_pred, "float32")
        y_pred.shape.assert_is_compatible_with(y_true.shape)
        checks = [
            tf.assert_greater_equal(y_pred, 0.0, message="predictions must be >= 0"),
            tf.assert_less_equal(y_pred, 1.0, message="predictions must be <= 1"),
        ]
        with tf.control_dependencies([check for check in checks if check is not None]):
            y_pred = tf.identity(y_pred)
        if self.top_k is not None:
            y_pred = _only_top_k(y_pred, self.top_k)
        if self.class_id is not None:
            y_true, y_pred = y_true[..., self.class_id], y_pred[..., self.class_id]
        weights = None
        if sample_weight is not None:
            weights = tf.reshape(_weighting.broadcast(tf.cast(sample_weight, "float32"), y_pred), [1, -1])
        said = tf.greater(
            tf.reshape(y_pred, [1, -1]), tf.constant(self.thresholds, "float32", [len(self.thresholds), 1])
        )
        return tf.group(*self._additions(tf.cast(tf.reshape(y_true, [1, -1]), "bool"), said, weights))

    def _additions(self, true, said, weights):
        """The operations that add to the variables, for rows `[thresholds, decisions]` of what was said."""
        for count, variable in self._counts.items():
            right, kind = count.split("_")
            yes = said if kind == "positives" else tf.logical_not(said)
            is_true = true if (right == "true") == (kind == "positives") else tf.logical_not(true)
            hits = tf.cast(tf.logical_and(yes, is_true), "float32")
            number = tf.reduce_sum(hits if weights is None else hits * weights, 1)
            yield variable.assign_add(tf.cast(number, variable.dtype.base_dtype))


class _Count(_Counting):
    """One of the four counts."""

    def __init__(self, count, thresholds, name, dtype):
        self.init_thresholds = thresholds
        super().__init__([count], _given_thresholds(thresholds, 0.5), name, dtype, into="accumulator")

    def result(self):
        """The count; a vector for several thresholds."""
        return self.accumulator[0] if len(self.thresholds) == 1 else tf.identity(self.accumulator)

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "thresholds": self.init_thresholds}


class FalsePositives(_Count):
    """How often yes was said wrongly."""

    def __init__(self, thresholds=None, name=None, dtype=None):
        super().__init__("false_positives", thresholds, name, dtype)


class FalseNegatives(_Count):
    """How often no was said wrongly."""

    def __init__(self, thresholds=None, name=None, dtype=None):
        super().__init__("false_negatives", thresholds, name, dtype)


class TrueNegatives(_Count):
    """How often no was said rightly."""

    def __init__(self, thresholds=None, name=None, dtype=None):
        super().__init__("true_negatives", thresholds, name, dtype)


class TruePositives(_Count):
    """How often yes was said rightly."""

    def __init__(self, thresholds=None, name=None, dtype=None):
        super().__init__("true_positives", thresholds, name, dtype)


class _Share(_Counting):
    """True positives as a share of themselves and another count."""

    def __init__(self, other, thresholds, top_k, class_id, name, dtype):
        self.init_thresholds = thresholds
        listed = _given_thresholds(thresholds, 0.5 if top_k is None else _NOT_IN_TOP_K)
        super().__init__(["true_positives", other], listed, name, dtype, top_k, class_id)
        self._other = self._counts[other]

    def result(self):
        """The share; a vector for several thresholds; 0 where there was nothing to count."""
        share = tf.div_no_nan(self.true_positives, self.true_positives + self._other)
        return share[0] if len(self.thresholds) == 1 else share

    def get_config(self):
        """The constructor's arguments."""
        own = {"thresholds": self.init_thresholds, "top_k": self.top_k, "class_id": self.class_id}
        return {**super().get_config(), **own}


class Precision(_Share):
    """The share of what was said to be positive that is so."""

    def __init__(self, thresholds=None, top_k=None, class_id=None, name=None, dtype=None):
        super().__init__("false_positives", thresholds, top_k, class_id, name, dtype)


class Recall(_Share):
    """The share of what is positive that was said to be so."""

    def __init__(self, thresholds=None, top_k=None, class_id=None, name=None, dtype=None):
        super().__init__("false_negatives", thresholds, top_k, class_id, name, dtype)


_ALL = ["true_positives", "true_negatives", "false_positives", "false_negatives"]


class _Curve(_Counting):
    """All four counts at many thresholds."""

    @property
    def _recall(self):
        return tf.div_no_nan(self.true_positives, self.true_positives + self.false_negatives)

    @property
    def _specificity(self):
        return tf.div_no_nan(self.true_negatives, self.true_negatives + self.false_positives)


class _AtValue(_Curve):
    """One rate at the threshold where another is closest to a value."""

    def __init__(self, value, argument, num_thresholds, name, dtype):
        if not 0 <= value <= 1:
            raise ValueError(f"`{argument}` must be in the range [0, 1], got {value}.")
        if num_thresholds <= 0:
            raise ValueError(f"`num_thresholds` must be > 0, got {num_thresholds}.")
        self.value = value
        self.num_thresholds = num_thresholds
        thresholds = [0.5] if num_thresholds == 1 else [0.0, *_even_thresholds(num_thresholds), 1.0]
        super().__init__(_ALL, thresholds, name, dtype)

    def _at(self, rate, given):
        return rate[tf.cast(tf.argmin(tf.abs(given - self.value), axis=0), "int32")]

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "num_thresholds": self.num_thresholds}


class SensitivityAtSpecificity(_AtValue):
    """The share of positives found, where the share of negatives found is closest to `specificity`."""

    def __init__(self, specificity, num_thresholds=200, name=None, dtype=None):
        self.specificity = specificity
        super().__init__(specificity, "specificity", num_thresholds, name, dtype)

    def result(self):
        """The sensitivity."""
        return self._at(self._recall, self._specificity)

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "specificity": self.specificity}


class SpecificityAtSensitivity(_AtValue):
    """The share of negatives found, where the share of positives found is closest to `sensitivity`."""

    def __init__(self, sensitivity, num_thresholds=200, name=None, dtype=None):
        self.sensitivity = sensitivity
        super().__init__(sensitivity, "sensitivity", num_thresholds, name, dtype)

    def result(self):
        """The specificity."""
        return self._at(self._specificity, self._recall)

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "sensitivity": self.sensitivity}


def _chosen(value, choices, what):
    """One of some words, in small letters or as `choices` has it."""
    for choice in choices:
        if value in (choice, choice.lower(), choice.capitalize() if choice.islower() else choice):
            return choice
    raise ValueError(f'Invalid AUC {what} value "{value}". Expected one of {", ".join(choices)}.')


class AUC(_Curve):
    """The area under a curve of rates, of which the thresholds give some points.

    Args:
        num_thresholds: int, how many points.
        curve: 'ROC', true positives over false positives, or 'PR', precision over recall.
        summation_method: 'interpolation', 'majoring' or 'minoring', what is between two points.
        thresholds: list of float in [0, 1] in place of evenly spaced ones; the ends are added.

    Source: Davis, Goadrich, "The Relationship Between Precision-Recall and ROC Curves" (2006), for the interpolation of PR.
    """

    def __init__(
        self,
        num_thresholds=200,
        curve="ROC",
        summation_method="interpolation",
        name=None,
        dtype=None,
        thresholds=None,
    ):
        if thresholds is None and num_thresholds <= 1:
            raise ValueError(f"`num_thresholds` must be > 1, got {num_thresholds}.")
        inner = _even_thresholds(num_thresholds) if thresholds is None else sorted(thresholds)
        self.num_thresholds = len(inner) + 2
        self.curve = _chosen(curve, ("ROC", "PR"), "curve")
        self.summation_method = _chosen(summation_method, ("interpolation", "majoring", "minoring"), "summation method")
        super().__init__(_ALL, [0.0 - K.epsilon(), *inner, 1.0 + K.epsilon()], name, dtype)

    def result(self):
        """The area."""
        if self.curve == "PR" and self.summation_method == "interpolation":
            return self.interpolate_pr_auc()
        if self.curve == "ROC":
            x = tf.div_no_nan(self.false_positives, self.false_positives + self.true_negatives)
            y = self._recall
        else:
            x = self._recall
            y = tf.div_no_nan(self.true_positives, self.true_positives + self.false_positives)
        left, right = y[:-1], y[1:]
        if self.summation_method == "interpolation":
            heights = (left + right) / 2.0
        else:
            heights = (tf.minimum if self.summation_method == "minoring" else tf.maximum)(left, right)
        return tf.reduce_sum((x[:-1] - x[1:]) * heights)

    def interpolate_pr_auc(self):
        """The area under precision over recall where true positives grow evenly with all positives between two points."""
        true = tf.convert_to_tensor(self.true_positives)
        said = true + self.false_positives
        more_true, more_said = true[:-1] - true[1:], said[:-1] - said[1:]
        slope = tf.div_no_nan(more_true, tf.maximum(more_said, 0))
        start = true[1:] - slope * said[1:]
        both = tf.logical_and(said[:-1] > 0, said[1:] > 0)
        ratio = tf.where(both, tf.div_no_nan(said[:-1], tf.maximum(said[1:], 0)), tf.ones_like(said[1:]))
        area = slope * (more_true + start * tf.log(ratio))
        return tf.reduce_sum(tf.div_no_nan(area, tf.maximum(true[1:] + self.false_negatives[1:], 0)))

    def get_config(self):
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "num_thresholds": self.num_thresholds,
            "curve": self.curve,
            "summation_method": self.summation_method,
            "thresholds": self.thresholds[1:-1],
        }


class MeanIoU(Metric):
    """The mean over classes of intersection by union of what is said and what is true.

    Args:
        num_classes: int.
    """

    def __init__(self, num_classes, name=None, dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.num_classes = num_classes
        shape = (num_classes, num_classes)
        self.total_cm = self.add_weight("total_confusion_matrix", shape, initializer="zeros", dtype="float64")

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Counts the class numbers of a batch, of any shape."""
        y_true, y_pred = (tf.reshape(tf.cast(y, self.dtype), [-1]) for y in (y_true, y_pred))
        if sample_weight is not None:
            sample_weight = tf.convert_to_tensor(sample_weight)
            if sample_weight.shape.ndims != 0:
                sample_weight = tf.reshape(sample_weight, [-1])
        counts = tf.confusion_matrix(y_true, y_pred, self.num_classes, dtype="float64", weights=sample_weight)
        return self.total_cm.assign_add(counts)

    def result(self):
        """The mean; classes that were neither said nor true do not count."""
        said, true = (tf.cast(tf.reduce_sum(self.total_cm, axis), self.dtype) for axis in (0, 1))
        both = tf.cast(tf.diag_part(self.total_cm), self.dtype)
        union = said + true - both
        seen = tf.reduce_sum(tf.cast(tf.not_equal(union, 0), self.dtype))
        return tf.div_no_nan(tf.reduce_sum(tf.div_no_nan(both, union)), seen)

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "num_classes": self.num_classes}
