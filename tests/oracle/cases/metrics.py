"""tf.metrics: values after several batches."""

import numpy as np

from tests.oracle.harness import floats, integers, script

CLASSES = [integers(6, high=3, seed=i) for i in range(4)]
BITS = [integers(6, high=2, seed=i) for i in range(4)]
UNIT = [floats(6, low=0.0, high=1.0, seed=i) for i in range(4)]
X = [floats(6, seed=i) for i in range(4)]
ROWS = [  # function, labels (or values), predictions, options
    ("mean", X, None, {}),
    ("mean_tensor", X, None, {}),
    ("percentage_below", X, None, {"threshold": 0.3}),
    ("accuracy", CLASSES, CLASSES[::-1], {}),
    ("mean_absolute_error", X, X[::-1], {}),
    ("mean_squared_error", X, X[::-1], {}),
    ("root_mean_squared_error", X, X[::-1], {}),
    ("mean_relative_error", X, X[::-1], {"normalizer": np.float32([1, 2, 0, 4, 5, 6])}),
    ("mean_cosine_distance", X, X[::-1], {"dim": 0}),
    ("mean_per_class_accuracy", CLASSES, CLASSES[::-1], {"num_classes": 3}),
    ("mean_iou", CLASSES, CLASSES[::-1], {"num_classes": 3}),
    ("true_positives", BITS, BITS[::-1], {}),
    ("true_negatives", BITS, BITS[::-1], {}),
    ("false_positives", BITS, BITS[::-1], {}),
    ("false_negatives", BITS, BITS[::-1], {}),
    ("precision", BITS, BITS[::-1], {}),
    ("recall", BITS, BITS[::-1], {}),
    ("true_positives_at_thresholds", BITS, UNIT, {"thresholds": [0.2, 0.5]}),
    ("true_negatives_at_thresholds", BITS, UNIT, {"thresholds": [0.2, 0.5]}),
    ("false_positives_at_thresholds", BITS, UNIT, {"thresholds": [0.2, 0.5]}),
    ("false_negatives_at_thresholds", BITS, UNIT, {"thresholds": [0.2, 0.5]}),
    ("precision_at_thresholds", BITS, UNIT, {"thresholds": [0.2, 0.5]}),
    ("recall_at_thresholds", BITS, UNIT, {"thresholds": [0.2, 0.5]}),
    ("auc", BITS, UNIT, {"num_thresholds": 20}),
    ("auc", BITS, UNIT, {"curve": "PR", "summation_method": "careful_interpolation", "thresholds": [0.3, 0.6]}),
    ("auc", BITS, UNIT, {"summation_method": "minoring"}),
    ("auc", BITS, UNIT, {"curve": "PR", "summation_method": "majoring"}),
    ("specificity_at_sensitivity", BITS, UNIT, {"sensitivity": 0.6}),
    ("sensitivity_at_specificity", BITS, UNIT, {"specificity": 0.6}),
]
WEIGHTS = np.float32([1, 0, 2, 0.5, 1, 3])


def streamed(name, function, labels, predictions, options, weights):
    @script(name=name)
    def run(tf):
        fed = [tf.placeholder(tf.as_dtype(part[0].dtype), [6]) for part in (labels, predictions) if part is not None]
        value, update = getattr(tf.metrics, function)(
            *fed,
            weights=None if weights is None else tf.constant(weights),
            metrics_collections="values",
            updates_collections=["updates"],
            **options,
        )
        found = {"names": " ".join([v.name for v in tf.local_variables()] + [value.name, update.name])}
        found["collections"] = [
            len(tf.get_collection(key)) for key in ("values", "updates", tf.GraphKeys.METRIC_VARIABLES)
        ]
        with tf.Session() as session:
            session.run(tf.local_variables_initializer())
            for i in range(3):
                parts = [part[i] for part in (labels, predictions) if part is not None]
                found["update %d" % i] = session.run(update, dict(zip(fed, parts)))
                found["value %d" % i] = session.run(value)
        return found


for _i, (_function, _labels, _predictions, _options) in enumerate(ROWS):
    streamed("%s_%d" % (_function, _i), _function, _labels, _predictions, _options, None)
    if _function != "mean_cosine_distance":
        streamed("%s_%d_weighted" % (_function, _i), _function, _labels, _predictions, _options, WEIGHTS)


@script()
def shapes_that_have_to_be_fitted(tf):
    labels, predictions = tf.constant([[1], [0], [1]]), tf.constant([1, 1, 1])
    first = tf.metrics.accuracy(labels, predictions, weights=[[1.0], [2.0], [1.0]])
    weights = tf.placeholder_with_default([[1.0], [2.0], [1.0]], None)
    second = tf.metrics.accuracy(labels, predictions, weights=weights, name="own")
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        return {"values": session.run([first[1], second[1]]), "names": " ".join(v.name for v in tf.local_variables())}


@script(raises=True)
def probabilities_above_one(tf):
    _, update = tf.metrics.auc(tf.constant([True, False]), tf.constant([0.5, 1.5]))
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        session.run(update)


@script(raises=True)
def an_unknown_curve(tf):
    tf.metrics.auc([True], [0.5], curve="ABC")
