"""Reductions, running sums, positions of extremes, counts by value, confusion matrices."""

import numpy as np

from tests.oracle.harness import case, floats, integers

CUBE = floats(4, 3, 5)
TIES = integers(4, 3, 5, low=0, high=3).astype(np.float32)
WHOLE = integers(4, 3, low=-9)
POSITIVE = floats(4, 3, low=0.25, high=2.0)

# name -> function of (tf, x); every one is built for several axes and kinds of shape
REDUCTIONS = {
    "sum": lambda tf: tf.reduce_sum,
    "mean": lambda tf: tf.reduce_mean,
    "prod": lambda tf: tf.reduce_prod,
    "max": lambda tf: tf.reduce_max,
    "min": lambda tf: tf.reduce_min,
    "logsumexp": lambda tf: tf.reduce_logsumexp,
    "variance": lambda tf: tf.math.reduce_variance,
    "std": lambda tf: tf.math.reduce_std,
}


def over_axes(reduction, shape):
    def build(tf):
        x = tf.placeholder(tf.float32, shape, name="x")
        function = reduction(tf)
        return {
            "all": function(x),
            "first": function(x, 0),
            "last": function(x, axis=-1),
            "two": function(x, [0, 2]),
            "kept": function(x, axis=1, keepdims=True),
            "all_kept": function(x, keepdims=True),
            "none": function(x, []),
            "named": function(x, axis=[1], name="named"),
        }

    return build


for label, reduction in REDUCTIONS.items():
    for kind, shape in (("static", [4, 3, 5]), ("batch", [None, 3, 5]), ("unknown", None)):
        case(name="{}_{}".format(label, kind), feeds={"x": CUBE}, grads=True, rtol=1e-4, atol=1e-5)(
            over_axes(reduction, shape)
        )


@case(feeds={"x": TIES}, grads=True)
def ties_share_the_gradient(tf):
    x = tf.placeholder(tf.float32, [4, 3, 5], name="x")
    return [tf.reduce_max(x, 0), tf.reduce_min(x, [1, 2]), tf.reduce_max(x), tf.reduce_min(x, 2, keepdims=True)]


@case(feeds={"x": TIES}, grads=True)
def products_with_zeros(tf):
    x = tf.placeholder(tf.float32, [4, 3, 5], name="x")
    return [tf.reduce_prod(x, 0), tf.reduce_prod(x, [0, 2]), tf.reduce_prod(x[:2, :1, :2])]


@case(feeds={"x": CUBE, "axis": 1, "axes": [0, 2]}, grads=True)
def axes_that_are_fed(tf):
    x = tf.placeholder(tf.float32, [4, None, 5], name="x")
    axis = tf.placeholder(tf.int32, [], name="axis")
    axes = tf.placeholder(tf.int64, [None], name="axes")
    return {
        "sum": tf.reduce_sum(x, axis),
        "mean": tf.reduce_mean(x, axes),
        "max": tf.reduce_max(x, axes),
        "kept": tf.reduce_sum(x, axes, keepdims=True),
        "twice": tf.reduce_sum(x, [0, 0]),
    }


@case(feeds={"x": WHOLE})
def reductions_of_whole_numbers(tf):
    x = tf.placeholder(tf.int32, [4, 3], name="x")
    small = tf.cast(x, tf.int8)
    return {
        "sum": [tf.reduce_sum(x), tf.reduce_sum(x, 1), tf.reduce_sum(small, 0)],
        "mean": [tf.reduce_mean(x), tf.reduce_mean(x, 0)],
        "prod": tf.reduce_prod(x[:2], 1),
        "extremes": [tf.reduce_max(x, 0), tf.reduce_min(x), tf.reduce_max(small)],
    }


@case(feeds={"x": (floats(4, 3) + 1j * floats(4, 3, seed=1)).astype(np.complex64)}, grads=True, rtol=1e-4, atol=1e-5)
def reductions_of_complex_numbers(tf):
    x = tf.placeholder(tf.complex64, [4, 3], name="x")
    return [tf.reduce_sum(x, 0), tf.reduce_mean(x), tf.reduce_prod(x[:2], 1)]


@case(feeds={"x": POSITIVE.astype(np.float16)}, grads=True)
def reductions_of_halves(tf):
    x = tf.placeholder(tf.float16, [4, 3], name="x")
    return [tf.reduce_sum(x, 0), tf.reduce_mean(x, 1), tf.reduce_max(x), tf.reduce_prod(x, 1)]


@case(feeds={"x": np.zeros((0, 3), np.float32)})
def reductions_of_nothing(tf):
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    return {
        "sum": tf.reduce_sum(x, 0),
        "prod": tf.reduce_prod(x),
        "max": tf.reduce_max(x, 0),
        "min": tf.reduce_min(x),
        "mean": tf.reduce_mean(x, 0),
        "any": tf.reduce_any(x > 0),
        "all": tf.reduce_all(x > 0, 0),
    }


@case(feeds={"x": [[-np.inf, 0.0], [np.inf, 1.0], [-np.inf, -np.inf]]})
def logsumexp_of_infinities(tf):
    x = tf.placeholder(tf.float32, [3, 2], name="x")
    return [tf.reduce_logsumexp(x, 1), tf.reduce_logsumexp(x)]


@case(feeds={"x": [[True, False], [True, True]]})
def truths(tf):
    x = tf.placeholder(tf.bool, [2, None], name="x")
    return [
        tf.reduce_all(x),
        tf.reduce_any(x, 0),
        tf.reduce_all(x, axis=1, keepdims=True),
        tf.reduce_any(x, reduction_indices=[0, 1]),
        tf.reduce_all(x, keep_dims=True),
    ]


@case(feeds={"x": WHOLE.astype(np.float32)})
def norms_and_counts(tf):
    x = tf.placeholder(tf.float32, [4, 3], name="x")
    return {
        "norm": [tf.math.reduce_euclidean_norm(x), tf.math.reduce_euclidean_norm(x, 1, keepdims=True)],
        "nonzero": [tf.count_nonzero(x), tf.count_nonzero(x, axis=0), tf.count_nonzero(x, 1, keepdims=True)],
        "typed": tf.count_nonzero(x, dtype=tf.int32),
        "texts": tf.count_nonzero(tf.constant(["a", "", "b"])),
    }


@case()
def reductions_of_python_values(tf):
    v = tf.Variable([[1.0, 2.0]], name="v")
    return [
        tf.reduce_sum([1.0, 2.0]),
        tf.reduce_mean(np.ones([2, 2])),
        tf.reduce_max([3, 1, 2], 0),
        tf.reduce_sum(v),
        tf.reduce_any([True, False]),
    ]


# -- running sums --------------------------------------------------------------------------------------------------------


def running(name):
    def build(tf):
        x = tf.placeholder(tf.float32, [None, 3], name="x")
        function = getattr(tf, name)
        return {
            "first": function(x),
            "last": function(x, -1),
            "exclusive": function(x, 0, exclusive=True),
            "reverse": function(x, axis=1, reverse=True),
            "both": function(x, 1, exclusive=True, reverse=True, name="both"),
        }

    return build


for function_name in ("cumsum", "cumprod"):
    case(name=function_name, feeds={"x": POSITIVE}, grads=True, rtol=1e-4, atol=1e-5)(running(function_name))


@case(feeds={"x": CUBE[0]}, grads=True, rtol=1e-4, atol=1e-5)
def cumulative_logsumexp(tf):
    x = tf.placeholder(tf.float32, [3, 5], name="x")
    return [
        tf.math.cumulative_logsumexp(x, 1),
        tf.math.cumulative_logsumexp(x, 0, reverse=True),
    ]


@case(feeds={"x": WHOLE, "axis": 1})
def running_sums_of_whole_numbers(tf):
    x = tf.placeholder(tf.int32, [4, 3], name="x")
    return [tf.cumsum(x, tf.placeholder(tf.int32, [], name="axis")), tf.cumprod(tf.cast(x, tf.int64), 1)]


# -- positions, counts ---------------------------------------------------------------------------------------------------


@case(feeds={"x": TIES, "n": 2})
def positions(tf):
    x = tf.placeholder(tf.float32, [4, None, 5], name="x")
    n = tf.placeholder(tf.int32, [], name="n")
    return {
        "argmax": [tf.argmax(x), tf.argmax(x, 1), tf.argmax(x, axis=-1, output_type=tf.int32)],
        "argmin": [tf.argmin(x, 2), tf.argmin(x, dimension=0, name="smallest")],
        "older": [tf.arg_max(x, 1), tf.arg_min(x, 0)],
        "of_fed_axis": tf.argmax(x, n),
        "of_whole": tf.argmax(tf.cast(x, tf.int32), 0),
    }


@case(feeds={"x": [1, 1, 3, 0, 5, 3], "w": [0.5, 1.0, 1.5, 2.0, 2.5, 3.0]})
def counts_by_value(tf):
    x = tf.placeholder(tf.int32, [None], name="x")
    w = tf.placeholder(tf.float32, [None], name="w")
    return {
        "plain": tf.bincount(x),
        "longer": tf.bincount(x, minlength=8),
        "shorter": tf.bincount(x, maxlength=3),
        "fixed": tf.bincount(x, minlength=4, maxlength=4),
        "weighted": tf.bincount(x, weights=w),
        "typed": tf.math.bincount(x, dtype=tf.float32),
    }


@case(graph=False)
def counts_of_nothing(tf):
    return [tf.bincount(tf.zeros([0], tf.int32)), tf.bincount(tf.zeros([0], tf.int32), minlength=2)]


@case(feeds={"x": floats(20, low=-1.0, high=6.0), "n": 3})
def histograms(tf):
    x = tf.placeholder(tf.float32, [None], name="x")
    return {
        "five": tf.histogram_fixed_width(x, [0.0, 5.0], nbins=5),
        "hundred": tf.histogram_fixed_width(x, [0.0, 5.0]),
        "typed": tf.histogram_fixed_width(x, [-1.0, 6.0], nbins=4, dtype=tf.int64),
        "fed": tf.histogram_fixed_width(x, [0.0, 5.0], tf.placeholder(tf.int32, [], name="n")),
        "whole": tf.histogram_fixed_width([1, 2, 2, 9], [0, 5], 5),
        "bins": tf.histogram_fixed_width_bins(x, [0.0, 5.0], nbins=5),
    }


@case(
    feeds={"labels": [2, 0, 2, 2, 0, 1], "guesses": [0, 0, 2, 2, 0, 2], "w": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]},
    graph=False,
)
def confusion_matrices(tf):
    labels = tf.placeholder(tf.int64, [None], name="labels")
    guesses = tf.placeholder(tf.int32, [6], name="guesses")
    w = tf.placeholder(tf.float32, [None], name="w")
    return {
        "known": tf.confusion_matrix(labels, guesses, 3),
        "found": tf.confusion_matrix(labels, guesses),
        "more": tf.confusion_matrix(labels, guesses, num_classes=5, dtype=tf.float32),
        "weighted": tf.confusion_matrix(labels, guesses, 3, weights=w),
        "columns": tf.confusion_matrix(tf.expand_dims(labels, 1), guesses, 3),
    }


# -- what is refused -----------------------------------------------------------------------------------------------------


def fed_axis(axis):
    return lambda tf: tf.reduce_sum(tf.zeros([2, 3]), tf.placeholder_with_default(axis, [None]))


REFUSED = {
    "axis": lambda tf: tf.reduce_mean(tf.zeros([2, 3]), -3),
    "fed_axis": fed_axis([2]),
    "both_names": lambda tf: tf.reduce_sum(tf.zeros([2]), axis=0, reduction_indices=0),
    "sum_of_truths": lambda tf: tf.reduce_sum(tf.constant([True])),
    "all_of_numbers": lambda tf: tf.reduce_all(tf.constant([1.0])),
    "argmax_axis": lambda tf: tf.argmax(tf.zeros([2]), 1),
    "argmax_of_nothing": lambda tf: tf.argmax(tf.placeholder_with_default(np.zeros([0], np.float32), [None])),
    "negative_counts": lambda tf: tf.bincount(tf.placeholder_with_default([-1, 2], [2])),
    "histogram_range": lambda tf: tf.histogram_fixed_width([1.0], [5.0, 0.0]),
    "label_too_large": lambda tf: tf.confusion_matrix(tf.placeholder_with_default([3], [1]), [0], 3),
    "label_negative": lambda tf: tf.confusion_matrix(tf.placeholder_with_default([-1], [1]), [0], 3),
}
for mistake, make_mistake in REFUSED.items():
    case(name="refused_" + mistake, raises=True)(make_mistake)
