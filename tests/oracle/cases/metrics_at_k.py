"""tf.metrics of the k best predictions."""

import numpy as np

from tests.oracle.harness import case, floats, integers

SCORES = [floats(4, 6, seed=s) for s in (1, 2, 3)]
LABELS = [integers(4, 2, dtype=np.int64, seed=s, high=6) for s in (4, 5, 6)]
ONE = [integers(4, dtype=np.int64, seed=s, high=6) for s in (4, 5, 6)]
FEEDS = [{"labels": a, "scores": b} for a, b in zip(LABELS, SCORES)]
FEEDS_OF_ONE = [{"labels": a, "scores": b} for a, b in zip(ONE, SCORES)]
WEIGHTS = np.array([0.5, 1.0, 0.0, 2.0], np.float32)


def streamed(function, label_shape, **how):
    def build(tf):
        labels = tf.placeholder(tf.int64, label_shape, name="labels")
        scores = tf.placeholder(tf.float32, [4, 6], name="scores")
        value, update = getattr(tf.metrics, function)(labels, scores, **how)
        with tf.control_dependencies([update]):
            return {"update": update, "later": tf.identity(value)}

    return build


for function in ("precision_at_k", "recall_at_k", "average_precision_at_k"):
    short = function[:-5]
    graph = not short.startswith("average")  # it has a tf.cond
    case(name=short + "_one", feeds=FEEDS, graph=graph)(streamed(function, [4, 2], k=1))
    case(name=short + "_three", feeds=FEEDS, graph=graph)(streamed(function, [4, 2], k=3, name="three"))
    case(name=short + "_one_label", feeds=FEEDS_OF_ONE, graph=graph)(streamed(function, [4], k=2))
    case(name=short + "_weighted", feeds=FEEDS, graph=False)(
        streamed(function, [4, 2], k=3, weights=WEIGHTS)
    )
    case(name=short + "_scalar_weight", feeds=FEEDS, graph=False)(streamed(function, [4, 2], k=3, weights=0.5))
for function in ("precision_at_k", "recall_at_k", "sparse_precision_at_k"):
    case(name=function + "_of_class", feeds=FEEDS)(streamed(function, [4, 2], k=3, class_id=2))
case(name="older_average_precision", feeds=FEEDS, graph=False)(
    streamed("sparse_average_precision_at_k", [4, 2], k=4)
)


def of_best(function, shape, **how):
    def build(tf):
        labels = tf.placeholder(tf.int64, shape, name="labels")
        best = tf.placeholder(tf.int32, [4, 3], name="best")
        return list(getattr(tf.metrics, function)(labels, best, **how))

    return build


BEST = {"labels": LABELS[0], "best": integers(4, 3, high=6)}
for function in ("precision_at_top_k", "recall_at_top_k"):
    case(name=function, feeds=BEST, graph=False)(of_best(function, [4, 2]))
    case(name=function + "_named", feeds=BEST)(of_best(function, [4, 2], k=3, class_id=1, name="mine"))


def sparse(function, **how):
    def build(tf):
        labels = tf.SparseTensor(
            tf.constant([[0, 0], [0, 1], [1, 0], [3, 0]], tf.int64),
            tf.constant([1, 4, 0, 5], tf.int64),
            tf.constant([4, 2], tf.int64),
        )
        scores = tf.placeholder(tf.float32, [4, 6], name="scores")
        return list(getattr(tf.metrics, function)(labels, scores, k=3, **how))

    return build


for function in ("precision_at_k", "recall_at_k", "average_precision_at_k"):
    case(name="sparse_labels_" + function, feeds={"scores": SCORES[0]}, graph=False)(sparse(function))
case(name="sparse_labels_of_class", feeds={"scores": SCORES[0]}, graph=False)(sparse("recall_at_k", class_id=4))
case(name="no_k", raises=True)(
    lambda tf: tf.metrics.average_precision_at_k(tf.zeros([2, 1], tf.int64), tf.zeros([2, 3]), 0)
)
case(name="ranks_apart", raises=True)(
    lambda tf: tf.metrics.precision_at_k(tf.zeros([2, 1, 1, 1], tf.int64), tf.zeros([2, 3]), 1)
)
