"""Canned estimators: losses of each step, metrics, predictions, and the variables in their checkpoints."""

import os
import tempfile

import numpy as np

from tests.oracle.cases.estimators import Losses, files, flat, tags, variables
from tests.oracle.harness import floats, integers, script

X = floats(10, 2, seed=1)
AGE = integers(10, seed=2, high=60).astype(np.float32)
CITY = np.array(["rome", "oslo", "bern", "rome", "lima", "oslo", "rome", "bern", "oslo", "cork"])
THREE = integers(10, seed=3, high=3)
TWO = integers(10, seed=4, high=2)
WEIGHTS = np.array([1, 2, 1, 0.5, 1, 3, 1, 1, 2, 1], np.float32)
FEATURES = {"x": X, "age": AGE, "city": CITY, "weight": WEIGHTS}


def data(tf, labels, epochs=None, size=5):
    def input_fn():
        rows = (FEATURES, labels) if labels is not None else FEATURES
        return tf.data.Dataset.from_tensor_slices(rows).repeat(epochs).batch(size)

    return input_fn


def config(tf, **options):
    return tf.estimator.RunConfig(tf_random_seed=11, save_summary_steps=100, **options)


def story(tf, model, labels, steps=2):
    """Trains, evaluates, predicts; what came of it."""
    found, losses = {}, Losses(tf)
    model.train(data(tf, labels), [losses.hook], steps=steps)
    found["losses"] = losses.values
    found.update({"eval " + k: v for k, v in model.evaluate(data(tf, labels, 1)).items()})
    found.update(flat(model.predict(data(tf, None, 1))))
    found.update(variables(model))
    found["names"] = " ".join(model.get_variable_names())
    return found


def cities(tf):
    return tf.feature_column.categorical_column_with_vocabulary_list("city", ["rome", "oslo", "bern"], num_oov_buckets=1)


@script()
def deep_classifier(tf):
    fc = tf.feature_column
    with tempfile.TemporaryDirectory() as folder:
        columns = [fc.numeric_column("x", shape=(2,)), fc.embedding_column(cities(tf), 2), fc.indicator_column(cities(tf))]
        model = tf.estimator.DNNClassifier([4, 3], columns, folder, n_classes=3, dropout=0.3, config=config(tf))
        found = story(tf, model, THREE)
        found["files"], found["tags"] = files(folder), tags(tf, folder)
        return found


@script()
def linear_classifier(tf):
    fc = tf.feature_column
    with tempfile.TemporaryDirectory() as folder:
        ages = fc.bucketized_column(fc.numeric_column("age"), [20.0, 40.0])
        columns = [ages, cities(tf), fc.crossed_column([ages, "city"], 7)]
        model = tf.estimator.LinearClassifier(columns, folder, weight_column="weight", config=config(tf))
        found = story(tf, model, TWO)
        found["tags"] = tags(tf, folder)
        return found


@script()
def linear_regressor(tf):
    with tempfile.TemporaryDirectory() as folder:
        columns = [tf.feature_column.numeric_column("x", shape=(2,))]
        options = dict(label_dimension=2, optimizer=lambda: tf.train.AdamOptimizer(0.1), loss_reduction=tf.losses.Reduction.MEAN)
        model = tf.estimator.LinearRegressor(columns, folder, config=config(tf), **options)
        return story(tf, model, floats(10, 2, seed=8))


@script()
def deep_regressor(tf):
    with tempfile.TemporaryDirectory() as folder:
        columns = [tf.feature_column.numeric_column("age", normalizer_fn=lambda age: age / 60.0)]
        options = dict(activation_fn=tf.tanh, optimizer="SGD", batch_norm=True, weight_column="weight")
        model = tf.estimator.DNNRegressor([3], columns, folder, config=config(tf), **options)
        return story(tf, model, AGE * 0.1)


@script()
def wide_and_deep(tf):
    fc = tf.feature_column
    with tempfile.TemporaryDirectory() as folder:
        options = dict(linear_feature_columns=[cities(tf)], dnn_feature_columns=[fc.numeric_column("x", shape=(2,))])
        names = np.array(["no", "yes", "perhaps"])[THREE]
        model = tf.estimator.DNNLinearCombinedClassifier(
            folder, dnn_hidden_units=[4], n_classes=3, config=config(tf), label_vocabulary=["no", "yes", "perhaps"], **options
        )
        return story(tf, model, names)


@script()
def baselines(tf):
    with tempfile.TemporaryDirectory() as folder:
        model = tf.estimator.BaselineClassifier(os.path.join(folder, "a"), n_classes=3, config=config(tf))
        found = story(tf, model, THREE)
        model = tf.estimator.BaselineRegressor(os.path.join(folder, "b"), config=config(tf))
        model.train(data(tf, AGE), steps=2)
        found["bias of numbers"] = model.get_variable_value("baseline/bias")
        return found


@script()
def warm_start(tf):
    with tempfile.TemporaryDirectory() as folder:
        columns = [tf.feature_column.numeric_column("x", shape=(2,))]
        first, second = os.path.join(folder, "a"), os.path.join(folder, "b")
        tf.estimator.DNNClassifier([3], columns, first, config=config(tf)).train(data(tf, TWO), steps=2)
        settings = tf.estimator.WarmStartSettings(first, vars_to_warm_start=".*hidden.*")
        model = tf.estimator.DNNClassifier([3], columns, second, config=config(tf), warm_start_from=settings)
        losses = Losses(tf)
        model.train(data(tf, TWO), [losses.hook], steps=2)
        return dict(variables(model), losses=losses.values)


@script()
def served(tf):
    with tempfile.TemporaryDirectory() as folder:
        columns = [tf.feature_column.numeric_column("x", shape=(2,))]
        model = tf.estimator.LinearClassifier(columns, os.path.join(folder, "model"), config=config(tf))
        model.train(data(tf, TWO), steps=2)
        spec = tf.feature_column.make_parse_example_spec(columns)
        receiver = tf.estimator.export.build_parsing_serving_input_receiver_fn(spec)
        path = model.export_savedmodel(os.path.join(folder, "served"), receiver).decode()
        features = tf.train.Features(feature={"x": tf.train.Feature(float_list=tf.train.FloatList(value=[0.5, -1.0]))})
        example = tf.train.Example(features=features).SerializeToString()
        with tf.Session(graph=tf.Graph()) as session:
            meta = tf.saved_model.loader.load(session, ["serve"], path)
            found = {"signatures": " ".join(sorted(meta.signature_def)), "files": files(os.path.join(folder, "served"))}
            for name in ("serving_default", "predict", "regression"):
                signature = meta.signature_def[name]
                found["method " + name] = signature.method_name
                (given,) = signature.inputs.values()
                for key, output in signature.outputs.items():
                    found[name + " " + key] = session.run(output.name, {given.name: [example, example]})
        return found


@script()
def several_heads(tf):
    heads = tf.contrib.estimator
    with tempfile.TemporaryDirectory() as folder:
        both = heads.multi_head(
            [heads.multi_label_head(2, name="tags", thresholds=[0.4]), heads.poisson_regression_head(name="count")], [1.0, 0.5]
        )
        columns = [tf.feature_column.numeric_column("x", shape=(2,))]
        model = tf.estimator.DNNEstimator(both, [3], columns, folder, optimizer="Adam", config=config(tf))
        labels = {"tags": integers(10, 2, seed=6, high=2), "count": integers(10, 1, seed=7, high=4).astype(np.float32)}
        losses = Losses(tf)
        model.train(data(tf, labels), [losses.hook], steps=2)
        found = {"eval " + key: value for key, value in model.evaluate(data(tf, labels, 1)).items()}
        found["losses"] = losses.values
        for one in list(model.predict(data(tf, None, 1)))[:2]:
            for (head, key), value in one.items():
                found.setdefault("predicted %s %s" % (head, key), []).append(value)
        return found


@script()
def what_to_parse(tf):
    column = tf.feature_column.numeric_column("x", shape=(2,))
    classes = tf.estimator.classifier_parse_example_spec([column], "label", weight_column="weight")
    numbers = tf.estimator.regressor_parse_example_spec([column], "label", label_dimension=3)
    return {"classes": str(sorted(classes)), "numbers": str([list(numbers[key].shape) for key in sorted(numbers)])}


def in_buckets(tf, kind, labels, batches=1, **options):
    """Boosted trees over whole batches."""
    fc = tf.feature_column
    columns = [fc.bucketized_column(fc.numeric_column("age"), [15.0, 30.0, 45.0]), fc.indicator_column(cities(tf))]
    with tempfile.TemporaryDirectory() as folder:
        options = dict(options, n_batches_per_layer=batches, n_trees=3, max_depth=2, learning_rate=0.4, config=config(tf))
        model = kind(columns, model_dir=folder, **options)
        losses = Losses(tf)
        model.train(data(tf, labels, size=10 // batches), [losses.hook], max_steps=50)
        found = {"eval " + key: value for key, value in model.evaluate(data(tf, labels, 1)).items()}
        found["losses"] = losses.values
        found.update(flat(model.predict(data(tf, None, 1))))
        return found


@script(rtol=1e-3, atol=1e-4)
def boosted_numbers(tf):
    return in_buckets(tf, tf.estimator.BoostedTreesRegressor, AGE * 0.1 + TWO, l2_regularization=0.5)


@script(rtol=1e-3, atol=1e-4)
def boosted_classes(tf):
    return in_buckets(tf, tf.estimator.BoostedTreesClassifier, TWO)
