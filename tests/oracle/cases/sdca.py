"""Dual coordinate ascent: the steps of its losses, models that have converged, estimators.

TensorFlow takes the examples of a batch in an order of chance, so what is compared is a batch of one, or where the weights end.
"""

import tempfile

import numpy as np

from tests.oracle.harness import case, floats, script

TEXTS = ["", "a", "abc", "example_7", "sixteen letters!", "seventeen letters", "x" * 31, "yz" * 40, "long" * 32, "longer " * 33]
LOSSES = ("logistic_loss", "squared_loss", "hinge_loss", "smooth_hinge_loss", "poisson_loss")


@case()
def fingerprints(tf):
    return {"all": tf.train.sdca_fprint(tf.constant(TEXTS), name="prints"), "one": tf.train.sdca_fprint(["0"])}


@script()
def shrunk(tf):
    a, b = tf.Variable(floats(3, 2)), tf.Variable(floats(4, seed=1))
    step = tf.train.sdca_shrink_l1([a, b], l1=1.5, l2=2.0)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(step)
        return {"a": session.run(a), "b": session.run(b)}


def one_step(loss):
    """The operation on a single example, from several starts."""

    @case(name="step_" + loss, runs=1, rtol=1e-4, atol=1e-5)
    def build(tf):
        found = []
        for number, (label, dual, weight, l1, partitions) in enumerate(
            [(1.0, 0.0, 1.0, 0.0, 1), (0.0, -0.2, 2.0, 0.5, 1), (1.0, 0.4, 0.5, 0.0, 3), (0.0, -0.7, 1.0, 0.2, 2)]
        ):
            found.append(
                tf.train.sdca_optimizer(
                    [tf.constant([0, 0], tf.int64), tf.constant([0], tf.int64)],
                    [tf.constant([5, 2], tf.int64), tf.constant([1], tf.int64)],
                    [tf.constant([0.5, -1.5])],
                    [tf.constant(floats(1, 3, seed=number))],
                    tf.constant([weight]),
                    tf.constant([label]),
                    [tf.constant([2, 5], tf.int64), tf.constant([1], tf.int64)],
                    [tf.constant([0.3, -0.6]), tf.constant([0.8])],
                    [tf.constant([0.1, -0.4, 0.9])],
                    tf.constant([[dual, 0.0, 0.0, 0.0]]),
                    loss_type=loss,
                    l1=l1,
                    l2=1.5,
                    num_loss_partitions=partitions,
                    num_inner_iterations=1,
                    adaptative=False,
                )
            )
        return tf.nest.flatten(found)


for _loss in LOSSES:
    one_step(_loss)


@case(raises=True)
def wrong_label(tf):
    return tf.train.sdca_optimizer(
        [], [], [], [tf.ones([1, 1])], tf.ones([1]), tf.constant([0.5]), [], [], [tf.zeros([1])],
        tf.zeros([1, 4]), loss_type="logistic_loss", l1=0.0, l2=1.0,
        num_loss_partitions=1, num_inner_iterations=1,
    )  # fmt: skip


def model_of(tf, loss, number=8, parts=False, **more):
    """A model over a sparse and a dense feature, with all it reports."""
    linear = tf.contrib.linear_optimizer
    labels = (floats(number, seed=3) > 0).astype(np.float32)
    examples = {
        "sparse_features": [
            linear.SparseFeatureColumn(list(range(number)), [i % 3 for i in range(number)], [1.0] * number),
        ],
        "dense_features": [tf.constant(floats(number, 2, seed=4))],
        "example_labels": labels,
        "example_weights": np.linspace(0.5, 2.0, number).astype(np.float32),
        "example_ids": ["id%d" % i for i in range(number)],
    }
    sparse = [tf.Variable(tf.zeros([3]), name="sparse")]
    if parts:
        sparse = [[tf.Variable(tf.zeros([2]), name="first"), tf.Variable(tf.zeros([1]), name="second")]]
    variables = {"sparse_features_weights": sparse, "dense_features_weights": [tf.Variable(tf.zeros([2]), name="dense")]}
    options = dict(
        symmetric_l1_regularization=0.0, symmetric_l2_regularization=1.0, loss_type=loss, num_table_shards=1, **more
    )
    model = linear.SdcaModel(examples, variables, options)
    return model, examples, variables


def trained(tf, loss, steps, number=8, parts=False, **more):
    model, examples, variables = model_of(tf, loss, number, parts, **more)
    step = model.minimize()
    update = model.update_weights(step)
    wanted = {
        "sparse": tf.concat(variables["sparse_features_weights"][0], 0) if parts else variables["sparse_features_weights"][0],
        "dense": variables["dense_features_weights"][0],
        "predictions": model.predictions(examples),
        "loss": model.unregularized_loss(examples),
        "regularized": model.regularized_loss(examples),
    }
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(steps):
            session.run(update)
        found = session.run(wanted)
        found["gap is small"] = bool(abs(session.run(model.approximate_duality_gap())) < 1e-3)
    found["names"] = sorted(v.op.name for v in tf.global_variables())
    return found


def converged(loss):
    @script(name="converged_" + loss, rtol=2e-3, atol=2e-4)
    def run(tf):
        return trained(tf, loss, 60)


for _loss in ("logistic_loss", "squared_loss", "smooth_hinge_loss", "poisson_loss"):
    converged(_loss)


@script(rtol=2e-3, atol=2e-4)
def converged_in_parts(tf):
    return trained(tf, "squared_loss", 60, parts=True, adaptive=False)


def features_of(tf, names):
    linear = {
        "example_id": tf.constant(["e%d" % i for i in range(12)]),
        "x": tf.constant(floats(12, 2, seed=5)),
        "word": tf.SparseTensor([[i, 0] for i in range(12)], [["a", "b", "c"][i % 3] for i in range(12)], [12, 1]),
        "weight": tf.constant(np.linspace(0.5, 1.5, 12).astype(np.float32)),
    }
    return {name: linear[name] for name in names}


CLASSES = (floats(12, seed=6) > 0).astype(np.int64)[:, None]


def fitted(tf, make, labels, steps=40, names=("example_id", "x", "word", "weight")):
    with tempfile.TemporaryDirectory() as folder:
        model = make(folder)

        def input_fn():
            return features_of(tf, names), tf.constant(labels)

        fit = model.fit if hasattr(model, "fit") else model.train
        fit(input_fn=input_fn, steps=steps)
        found = {
            "var " + name: model.get_variable_value(name)
            for name in model.get_variable_names()
            if "SDCA" not in name and "hash" not in name.lower() and "Hash" not in name
        }
        found.update({"eval " + key: value for key, value in model.evaluate(input_fn=input_fn, steps=1).items()})
        return found


def old_columns(tf):
    layers = tf.contrib.layers
    x = layers.real_valued_column("x", dimension=2)
    single = layers.sparse_column_with_keys("word", ["a", "b", "c"])
    return [x, single, layers.bucketized_column(x, [-1.0, 0.0, 1.0])]


@script(rtol=5e-3, atol=5e-4)
def learn_classifier(tf):
    def make(folder):
        optimizer = tf.contrib.linear_optimizer.SDCAOptimizer("example_id", symmetric_l2_regularization=2.0)
        return tf.contrib.learn.LinearClassifier(
            old_columns(tf), folder, weight_column_name="weight", optimizer=optimizer
        )

    return fitted(tf, make, CLASSES)


@script(rtol=5e-3, atol=5e-4)
def learn_regressor(tf):
    def make(folder):
        optimizer = tf.contrib.linear_optimizer.SDCAOptimizer("example_id", symmetric_l1_regularization=0.3, adaptive=False)
        return tf.contrib.learn.LinearRegressor(old_columns(tf)[:2], folder, optimizer=optimizer)

    return fitted(tf, make, floats(12, 1, seed=7))


@script(rtol=2e-2, atol=5e-3)
def support_vectors(tf):
    def make(folder):
        return tf.contrib.learn.SVM("example_id", old_columns(tf)[:2], model_dir=folder, l2_regularization=4.0)

    return fitted(tf, make, CLASSES, 150)


@script(rtol=5e-3, atol=5e-4)
def core_classifier(tf):
    def make(folder):
        columns = [
            tf.feature_column.numeric_column("x", shape=2),
            tf.feature_column.categorical_column_with_vocabulary_list("word", ["a", "b", "c"]),
        ]
        optimizer = tf.estimator.experimental.LinearSDCA("example_id", symmetric_l2_regularization=2.0)
        return tf.estimator.LinearClassifier(columns, folder, weight_column="weight", optimizer=optimizer)

    return fitted(tf, make, CLASSES)


@script(rtol=5e-3, atol=5e-4)
def core_regressor(tf):
    def make(folder):
        columns = [tf.feature_column.numeric_column("x", shape=2)]
        optimizer = tf.estimator.experimental.LinearSDCA("example_id", num_table_shards=2)
        return tf.estimator.LinearRegressor(columns, folder, optimizer=optimizer)

    return fitted(tf, make, floats(12, 1, seed=7), names=("example_id", "x"))
