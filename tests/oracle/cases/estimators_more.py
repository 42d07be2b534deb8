"""Estimators: hooks around them, what is built from them, models of Keras, served models, options of the canned ones."""

import os
import tempfile

import numpy as np

from tests.oracle.cases.canned_estimators import FEATURES, THREE, TWO, X, cities, config, data
from tests.oracle.cases.estimators import Losses, files, flat, tags, variables
from tests.oracle.harness import floats, integers, kind_made, script

CITIES = FEATURES["city"]


def simple(tf, rate=0.1):
    """A linear model whose loss falls by itself."""

    def model_fn(features, labels, mode):
        weight = tf.get_variable("weight", [2, 1], initializer=tf.ones_initializer())
        value = tf.squeeze(tf.matmul(features["x"], weight), 1)
        if mode == tf.estimator.ModeKeys.PREDICT:
            return tf.estimator.EstimatorSpec(mode, {"value": value})
        loss = tf.reduce_mean(tf.square(value - tf.cast(labels, tf.float32)))
        step = tf.train.GradientDescentOptimizer(rate).minimize(loss, tf.train.get_global_step())
        size = {"weight size": tf.metrics.mean(tf.norm(weight))}
        return tf.estimator.EstimatorSpec(mode, {"value": value}, loss, step, size)

    return model_fn


def small(tf, labels=TWO, epochs=None, size=5):
    def input_fn():
        return tf.data.Dataset.from_tensor_slices(({"x": X}, labels)).repeat(epochs).batch(size)

    return input_fn


def step_of(tf, model):
    return model.get_variable_value("global_step")


@script()
def early_stopping(tf):
    more, found = tf.estimator.experimental, {}
    with tempfile.TemporaryDirectory() as folder:
        model = tf.estimator.Estimator(simple(tf), folder, config(tf, save_checkpoints_steps=2))
        evaluator = more.InMemoryEvaluatorHook(model, small(tf, epochs=1), every_n_iter=2)
        hook = more.stop_if_lower_hook(model, "loss", 0.9, run_every_secs=None, run_every_steps=1)
        model.train(small(tf), [evaluator, hook], max_steps=12)
        found["lower"], found["tags"] = step_of(tf, model), tags(tf, model.eval_dir())
        hook = more.stop_if_no_decrease_hook(model, "loss", 2, min_steps=1, run_every_secs=None, run_every_steps=1)
        model.train(small(tf), [hook], steps=5)
        found["no decrease"] = step_of(tf, model)
        hook = more.stop_if_no_increase_hook(model, "loss", 2, run_every_secs=None, run_every_steps=3)
        model.train(small(tf), [hook], steps=6)
        found["no increase"] = step_of(tf, model)
        hook = more.stop_if_higher_hook(model, "loss", 1e6, run_every_secs=None, run_every_steps=1)
        model.train(small(tf), [hook], steps=1)
        found["higher"] = step_of(tf, model)
        calls = []
        hook = more.make_early_stopping_hook(model, lambda: len(calls) > 1 or calls.append(0), None, 1)
        model.train(small(tf), [hook, more.make_stop_at_checkpoint_step_hook(model, 100)], max_steps=90)
        found["asked"], found["names"] = step_of(tf, model), " ".join(model.get_variable_names())
        found["both"] = kind_made(lambda: more.make_early_stopping_hook(model, lambda: True, 1, 1))
        found["no estimator"] = kind_made(lambda: more.make_early_stopping_hook(3, lambda: True))
        found["never"] = kind_made(lambda: more.InMemoryEvaluatorHook(model, small(tf), every_n_iter=0))
        return found


@script()
def evaluated_in_memory(tf):
    with tempfile.TemporaryDirectory() as folder:
        columns = [tf.feature_column.numeric_column("x", shape=(2,))]
        model = tf.estimator.LinearClassifier(columns, folder, config=config(tf))
        hook = tf.estimator.experimental.InMemoryEvaluatorHook(model, small(tf, epochs=1), 2, name="held", every_n_iter=2)
        model.train(small(tf), [hook], steps=3)
        found = {"tags": tags(tf, model.eval_dir("held")), "files": files(folder)}
        for name in os.listdir(model.eval_dir("held")):
            for event in tf.train.summary_iterator(os.path.join(model.eval_dir("held"), name)):
                for value in event.summary.value:
                    if value.HasField("simple_value"):
                        found["%s@%d" % (value.tag, event.step)] = np.float32(value.simple_value)
        return found


@script()
def extended(tf):
    heads = tf.contrib.estimator
    with tempfile.TemporaryDirectory() as folder:
        columns = [tf.feature_column.numeric_column("x", shape=(2,))]
        optimizer = heads.clip_gradients_by_norm(tf.train.MomentumOptimizer(0.5, 0.9), 0.2)
        found = {"name": optimizer.get_name()}
        model = tf.estimator.LinearRegressor(columns, folder, optimizer=optimizer, config=config(tf))
        losses = Losses(tf)
        model.train(data(tf, TWO), [losses.hook], steps=3)
        found["losses"] = losses.values
        found.update(variables(model))
        forwarding = heads.forward_features(model, ["age", "city"])
        found.update(flat(forwarding.predict(data(tf, None, 1))))

        def largest(features, labels, predictions, config):
            return {"largest": tf.metrics.mean(tf.reduce_max(predictions["predictions"])), "age": tf.metrics.mean(features["age"])}

        results = heads.add_metrics(model, largest).evaluate(data(tf, TWO, 1))
        found.update({"eval " + key: value for key, value in results.items()})
        found["a number"] = kind_made(lambda: heads.forward_features(model, 3))
        absent = heads.forward_features(model, "absent")
        found["absent"] = kind_made(lambda: list(absent.predict(data(tf, None, 1))))
        found["other arguments"] = kind_made(lambda: heads.add_metrics(model, lambda other: {}))
        return found


@script()
def replicated(tf):
    heads, found = tf.contrib.estimator, {}

    def model_fn(features, labels, mode):
        value = tf.layers.dense(features["x"], 1, name="value", kernel_initializer=tf.ones_initializer())
        loss = tf.losses.mean_squared_error(tf.cast(labels, tf.float32)[:, None], value)
        optimizer = heads.TowerOptimizer(tf.train.AdamOptimizer(0.1))
        step = optimizer.minimize(loss, tf.train.get_global_step())
        return tf.estimator.EstimatorSpec(mode, {"value": value}, loss, step)

    for devices in (["/cpu:0"], ["/cpu:0", "/cpu:0"]):
        with tempfile.TemporaryDirectory() as folder:
            model = tf.estimator.Estimator(heads.replicate_model_fn(model_fn, devices=devices), folder, config(tf))
            model.train(small(tf, size=10), steps=3)
            found.update({"%d %s" % (len(devices), name): value for name, value in variables(model).items()})
            found["%d loss" % len(devices)] = model.evaluate(small(tf, epochs=1, size=10))["loss"]
    return found


def sentences(tf, labels, epochs=None):
    words = tf.SparseTensor(
        [[0, 0], [0, 1], [0, 2], [1, 0], [2, 0], [2, 1], [3, 0], [3, 1], [3, 2], [3, 3]],
        ["rome", "oslo", "lima", "bern", "oslo", "rome", "bern", "bern", "rome", "oslo"],
        [4, 4],
    )
    context = floats(4, 2, seed=3)
    numbers = tf.SparseTensor(words.indices, tf.constant(floats(10, seed=4)), words.dense_shape)

    def input_fn():
        features = tf.data.Dataset.from_tensors({"words": words, "numbers": numbers, "x": context})
        if labels is None:
            return features
        return tf.data.Dataset.zip((features, tf.data.Dataset.from_tensors(labels))).repeat(epochs)

    return input_fn


def sequences(tf):
    fc, sequence = tf.feature_column, tf.contrib.feature_column
    words = sequence.sequence_categorical_column_with_vocabulary_list("words", ["rome", "oslo", "bern"], num_oov_buckets=1)
    numbers = sequence.sequence_numeric_column("numbers")
    return [fc.embedding_column(words, 2), fc.indicator_column(words), numbers]


def recurrent(tf, make, labels, steps=2):
    """What comes of training a model of sequences."""
    with tempfile.TemporaryDirectory() as folder:
        model = make(sequences(tf), model_dir=folder, config=config(tf))
        losses = Losses(tf)
        model.train(lambda: sentences(tf, labels)(), [losses.hook], steps=steps)
        return dict(variables(model), losses=losses.values)


@script()
def recurrent_classifier(tf):
    def make(columns, **options):
        return tf.contrib.estimator.RNNClassifier(columns[:1], num_units=[2], cell_type="lstm", n_classes=3, **options)

    return recurrent(tf, make, [0, 2, 1, 1], 1)


@script()
def recurrent_with_context(tf):
    def make(columns, **options):
        context = [tf.feature_column.numeric_column("x", shape=(2,))]
        options.update(num_units=[2, 3], optimizer=lambda: tf.train.AdamOptimizer(0.1))
        return tf.contrib.estimator.RNNClassifier(columns[1:], context, **options)

    return recurrent(tf, make, [0, 1, 1, 1], 1)


@script()
def recurrent_under_a_head(tf):
    heads = tf.contrib.estimator

    def make(columns, **options):
        options.update(rnn_cell_fn=lambda mode: tf.nn.rnn_cell.GRUCell(2), optimizer="SGD")
        return heads.RNNEstimator(heads.regression_head(), columns[2:], **options)

    found = recurrent(tf, make, floats(4, 1, seed=9), 1)
    column = tf.contrib.feature_column.sequence_numeric_column("numbers")
    both = dict(rnn_cell_fn=lambda mode: None, num_units=[3])
    found["both"] = kind_made(lambda: heads.RNNClassifier([column], **both))
    found["unknown cell"] = kind_made(
        lambda: heads.RNNClassifier([column], num_units=[2], cell_type="tree").train(sentences(tf, [0, 1, 1, 0]), steps=1)
    )
    return found


def keras_model(tf, optimizer, loss="mse", metrics=("mae",)):
    """A functional model of two inputs, with weights that depend on no seed."""
    K = tf.keras
    x, age = K.Input((2,), name="x"), K.Input((1,), name="age")
    hidden = K.layers.Dense(3, activation="tanh", name="hidden")(K.layers.concatenate([x, age]))
    model = K.Model([x, age], K.layers.Dense(1, name="out", activation="sigmoid")(hidden))
    model.compile(optimizer, loss, list(metrics))
    model.set_weights([floats(3, 3, seed=5), floats(3, seed=6), floats(3, 1, seed=7), floats(1, seed=8)])
    return model


def keras_data(tf, labels=True, epochs=1, size=4):
    def input_fn():
        features = {"x": X, "age": (FEATURES["age"] / 60.0)[:, None]}
        rows = (features, TWO[:, None]) if labels else features
        return tf.data.Dataset.from_tensor_slices(rows).repeat(epochs).batch(size)

    return input_fn


def learnt(found, model):
    names = [name for name in model.get_variable_names() if "kernel" in name and "train" not in name]
    found.update({name: model.get_variable_value(name) for name in names})
    return found


def from_keras(name, optimizer, **options):
    @script(name="from_keras_" + name)
    def run(tf):
        with tempfile.TemporaryDirectory() as folder:
            made = keras_model(tf, optimizer(tf), **options)
            model = tf.keras.estimator.model_to_estimator(made, model_dir=folder, config=config(tf))
            found = {"before " + key: value for key, value in model.evaluate(keras_data(tf)).items()}
            losses = Losses(tf)
            model.train(keras_data(tf, epochs=None), [losses.hook], steps=3)
            found["losses"], found["step"] = losses.values, step_of(tf, model)
            found.update({"after " + key: value for key, value in model.evaluate(keras_data(tf)).items()})
            found.update(flat(model.predict(keras_data(tf, labels=False))))
            found["start"] = sorted(os.listdir(os.path.join(folder, "keras")))[0]
            return learnt(found, model)

    return run


from_keras("sgd", lambda tf: tf.keras.optimizers.SGD(0.5))
from_keras("adam_of_tensorflow", lambda tf: tf.train.AdamOptimizer(0.1), loss="binary_crossentropy", metrics=["accuracy"])


@script()
def from_keras_sequential(tf):
    K = tf.keras
    with tempfile.TemporaryDirectory() as folder:
        layers = [K.layers.Dense(4, activation="relu", input_shape=(2,)), K.layers.Dense(3, activation="softmax", name="out")]
        made = K.Sequential(layers)
        made.compile(K.optimizers.RMSprop(0.01), "sparse_categorical_crossentropy", ["accuracy"])
        made.set_weights([floats(*shape, seed=i) for i, shape in enumerate([(2, 4), (4,), (4, 3), (3,)])])
        model = tf.keras.estimator.model_to_estimator(made, model_dir=folder, config=config(tf))

        def input_fn(labels=THREE, epochs=1):
            rows = (X, labels) if labels is not None else X
            return tf.data.Dataset.from_tensor_slices(rows).repeat(epochs).batch(5)

        losses = Losses(tf)
        model.train(lambda: input_fn(epochs=2), [losses.hook])
        found = {"losses": losses.values}
        found.update({"eval " + key: value for key, value in model.evaluate(input_fn).items()})
        found.update(flat(model.predict(lambda: input_fn(None))))
        x = tf.placeholder(tf.float32, [None, 2], name="x")
        name = made.input_names[0]
        receiver = tf.estimator.export.build_raw_serving_input_receiver_fn({name: x})
        path = model.export_saved_model(os.path.join(folder, "served"), receiver)
        serve = tf.contrib.predictor.from_saved_model(path.decode())
        found["served"] = serve({name: X})["out"]
        found["two"] = kind_made(lambda: tf.keras.estimator.model_to_estimator(made, "path"))
        found["none"] = kind_made(lambda: tf.keras.estimator.model_to_estimator())
        bare = K.Sequential([K.layers.Dense(1, input_shape=(2,))])
        found["not compiled"] = kind_made(lambda: tf.keras.estimator.model_to_estimator(bare))
        return found


@script()
def dense_features(tf):
    K, fc = tf.keras, tf.feature_column
    columns = [
        fc.numeric_column("x", shape=(2,)), fc.embedding_column(cities(tf), 2), fc.indicator_column(cities(tf)),
        fc.bucketized_column(fc.numeric_column("age"), [20.0, 40.0]),
    ]
    layer = K.layers.DenseFeatures(columns, name="columns")
    given = {"x": K.Input((2,), name="x"), "age": K.Input((1,), name="age"), "city": K.Input((1,), name="city", dtype="string")}
    numbers = layer(given)
    found = {"shape": str(K.backend.int_shape(numbers)), "names": " ".join(w.name for w in layer.weights)}
    model = K.Model(list(given.values()), K.layers.Dense(1, name="out")(numbers))
    model.compile(tf.keras.optimizers.SGD(0.1), "mse")
    model.set_weights([floats(4, 2, seed=1), floats(11, 1, seed=2), floats(1, seed=3)])
    feeds = [X, FEATURES["age"][:, None], FEATURES["city"][:, None].astype(object)]
    K.backend.get_session().run(tf.tables_initializer())
    found["before"] = model.predict(feeds)
    with tempfile.TemporaryDirectory() as folder:
        estimator = tf.keras.estimator.model_to_estimator(model, model_dir=folder, config=config(tf))

        def input_fn(epochs=1):
            features = {"x": X, "age": FEATURES["age"][:, None], "city": FEATURES["city"][:, None]}
            return tf.data.Dataset.from_tensor_slices((features, TWO[:, None])).repeat(epochs).batch(5)

        losses = Losses(tf)
        estimator.train(lambda: input_fn(None), [losses.hook], steps=3)
        found["losses"] = losses.values
        found.update(flat(estimator.predict(input_fn)))
        found["embedding"] = estimator.get_variable_value("columns/city_embedding/embedding_weights")
    found["no dict"] = kind_made(lambda: K.layers.DenseFeatures(columns[:1])(K.Input((2,))))
    return found


# -- serving ---------------------------------------------------------------------------------------------------------------


def examples(tf):
    """Two serialized examples of `x` and `city`."""
    found = []
    for row, city in zip(X[:2], [b"rome", b"lima"]):
        features = {
            "x": tf.train.Feature(float_list=tf.train.FloatList(value=row)),
            "city": tf.train.Feature(bytes_list=tf.train.BytesList(value=[city])),
        }
        found.append(tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString())
    return found


@script()
def predictors(tf):
    fc = tf.feature_column
    with tempfile.TemporaryDirectory() as folder:
        columns = [fc.numeric_column("x", shape=(2,)), fc.indicator_column(cities(tf))]
        model = tf.estimator.DNNClassifier([3], columns, os.path.join(folder, "model"), config=config(tf))
        model.train(data(tf, TWO), steps=1)
        raw = tf.estimator.export.build_raw_serving_input_receiver_fn(
            {"x": tf.placeholder(tf.float32, [None, 2], name="x"), "city": tf.placeholder(tf.string, [None], name="city")}
        )
        ask = tf.contrib.predictor.from_estimator(model, raw, output_key="predict")
        found = {"raw " + key: value for key, value in ask({"x": X[:3], "city": CITIES[:3].astype(object)}).items()}
        parsing = tf.estimator.export.build_parsing_serving_input_receiver_fn(fc.make_parse_example_spec(columns))
        found["unknown output"] = kind_made(lambda: tf.contrib.predictor.from_estimator(model, parsing, output_key="other"))
        path = model.export_saved_model(os.path.join(folder, "served"), parsing, as_text=True).decode()
        found["files"] = files(path)
        serve = tf.contrib.predictor.from_saved_model(path, signature_def_key="predict")
        for key, value in serve({"examples": examples(tf)}).items():
            found["served " + key] = value
        found["keys"] = " ".join(sorted(serve.feed_tensors)) + " | " + " ".join(sorted(serve.fetch_tensors))
        both = dict(signature_def_key="predict", input_names={}, output_names={})
        found["two ways"] = kind_made(lambda: tf.contrib.predictor.from_saved_model(path, **both))
        found["exists"] = tf.saved_model.maybe_saved_model_directory(path)
        return found


@script()
def all_modes_exported(tf):
    with tempfile.TemporaryDirectory() as folder:
        model = tf.estimator.Estimator(simple(tf), os.path.join(folder, "model"), config(tf))
        model.train(small(tf), steps=2)
        x, y = tf.placeholder(tf.float32, [None, 2], name="x"), tf.placeholder(tf.int32, [None], name="y")
        more = tf.estimator.experimental
        supervised = more.build_raw_supervised_input_receiver_fn({"x": x}, y)
        keys = tf.estimator.ModeKeys
        receivers = {
            keys.TRAIN: supervised, keys.EVAL: supervised,
            keys.PREDICT: tf.estimator.export.build_raw_serving_input_receiver_fn({"x": x}),
        }
        path = model.experimental_export_all_saved_models(os.path.join(folder, "all"), receivers).decode()
        found = {"files": files(path)}
        for tags in (["train"], ["eval"], ["serve"]):
            with tf.Session(graph=tf.Graph()) as session:
                meta = tf.saved_model.loader.load(session, tags, path)
                for name, signature in meta.signature_def.items():
                    found["%s %s" % (tags[0], name)] = "%s: %s -> %s" % (
                        signature.method_name, " ".join(sorted(signature.inputs)), " ".join(sorted(signature.outputs)),
                    )
                if tags == ["eval"]:
                    given = {"x:0": X, "y:0": TWO}
                    session.run(meta.signature_def["eval"].outputs["metrics/weight size/update_op"].name, given)
                    for key in ("loss", "metrics/weight size/value"):
                        found["eval " + key] = session.run(meta.signature_def["eval"].outputs[key].name, given)
        one = tf.contrib.estimator.export_saved_model_for_mode(model, os.path.join(folder, "one"), supervised, mode=keys.EVAL)
        found["one"] = files(one.decode())
        found["both names"] = kind_made(lambda: more.build_raw_supervised_input_receiver_fn({"x": x}, {"x": y}))
        made = tf.contrib.estimator.build_supervised_input_receiver_fn_from_input_fn(small(tf))()
        found["made"] = "%s %s" % (made.features["x"].shape, made.labels.dtype.name)
        return found


@script()
def simple_save_and_load(tf):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "saved")
        with tf.Session(graph=tf.Graph()) as session:
            x = tf.placeholder(tf.float32, [None, 2], name="x")
            y = tf.matmul(x, tf.get_variable("w", initializer=tf.constant(floats(2, 3, seed=2))), name="y")
            session.run(tf.global_variables_initializer())
            tf.saved_model.simple_save(session, path, {"x": x}, {"y": y})
        found = {"files": files(path), "there": tf.saved_model.loader.maybe_saved_model_directory(path)}
        ask = tf.contrib.predictor.from_saved_model(path)
        found["asked"] = ask({"x": X})["y"]
        found["unknown input"] = kind_made(lambda: ask({"z": X}))
        with tf.Session(graph=tf.Graph()) as session:
            meta = tf.saved_model.load(session, [tf.saved_model.tag_constants.SERVING], path)
            signature = meta.signature_def[tf.saved_model.signature_constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY]
            found["method"] = signature.method_name
            found["again"] = session.run(signature.outputs["y"].name, {signature.inputs["x"].name: X})
        with tf.Session(graph=tf.Graph()) as session:
            found["no tag"] = kind_made(lambda: tf.saved_model.load(session, ["gpu"], path))
        found["taken"] = kind_made(lambda: tf.saved_model.builder.SavedModelBuilder(path))
        return found


@script()
def exporters(tf):
    with tempfile.TemporaryDirectory() as folder:
        model = tf.estimator.Estimator(simple(tf), os.path.join(folder, "m"), config(tf, save_checkpoints_steps=1))
        x = tf.placeholder(tf.float32, [None, 2], name="x")
        receiver = tf.estimator.export.build_raw_serving_input_receiver_fn({"x": x})
        results = []

        def worse(best_eval_result, current_eval_result):
            results.append(current_eval_result["loss"] > best_eval_result["loss"])
            return current_eval_result["loss"] > best_eval_result["loss"]

        given = [
            tf.estimator.BestExporter("best", receiver, exports_to_keep=1),
            tf.estimator.BestExporter("worst", receiver, compare_fn=worse),
        ]
        evaluate = tf.estimator.EvalSpec(small(tf, epochs=1), steps=1, throttle_secs=0, exporters=given)
        train = tf.estimator.TrainSpec(small(tf), max_steps=2)
        found = {"returned": len(tf.estimator.train_and_evaluate(model, train, evaluate)[1])}
        found["files"] = files(os.path.join(folder, "m", "export"))
        found["compared"] = np.array(results)
        found["none kept"] = kind_made(lambda: tf.estimator.LatestExporter("a", receiver, exports_to_keep=0))
        found["no comparison"] = kind_made(lambda: tf.estimator.BestExporter("a", receiver, compare_fn=None))
        found["other arguments"] = kind_made(lambda: tf.estimator.BestExporter("a", receiver, compare_fn=lambda a, b: True))
        found["two names"] = kind_made(lambda: tf.estimator.EvalSpec(small(tf), exporters=given[:1] * 2))
        found["no steps"] = kind_made(lambda: tf.estimator.TrainSpec(small(tf), max_steps=0))
        return found


# -- heads, in graphs of their own -----------------------------------------------------------------------------------------

LOGITS = floats(4, 3, seed=21)


def of_head(make, logits, labels, **options):
    """The loss, the metrics and the predictions of a head."""

    def run(tf):
        keys, found = tf.estimator.ModeKeys, {}
        head = make(tf)
        features = {"weight": tf.constant(WEIGHT)}
        value = tf.Variable(logits, name="logits")
        optimizer = tf.train.GradientDescentOptimizer(0.5)
        tf.train.create_global_step()
        train = head.create_estimator_spec(features, keys.TRAIN, value, tf.constant(labels), optimizer=optimizer)
        penalty = [tf.constant(0.25)] if options.get("penalty") else None
        evaluate = head.create_estimator_spec(features, keys.EVAL, value, tf.constant(labels), regularization_losses=penalty)
        predict = head.create_estimator_spec(features, keys.PREDICT, value)
        found["dimension"], found["name"] = head.logits_dimension, str(head.name)
        found["outputs"] = " ".join(sorted(predict.export_outputs))
        with tf.Session() as session:
            session.run([tf.global_variables_initializer(), tf.local_variables_initializer(), tf.tables_initializer()])
            names = sorted(evaluate.eval_metric_ops)
            session.run([evaluate.eval_metric_ops[name][1] for name in names])
            values, found["loss"], predicted = session.run(
                [[evaluate.eval_metric_ops[name][0] for name in names], evaluate.loss, predict.predictions]
            )
            found.update({"metric " + name: one for name, one in zip(names, values)})
            found.update({"predicted " + name: one for name, one in predicted.items()})
            session.run(train.train_op)
            found["trained"], found["step"] = session.run([value, tf.train.get_global_step()])
        return found

    return run


WEIGHT = np.array([[1.0], [2.0], [0.5], [1.0]], np.float32)
NAMES = np.array([["b"], ["a"], ["c"], ["b"]])
KIND = np.array([[1], [0], [2], [1]], np.int64)

HEADS = [
    ("multi_class", lambda tf: tf.contrib.estimator.multi_class_head(3, "weight", name="kind"), LOGITS, KIND, {}),
    (
        "multi_class_by_name",
        lambda tf: tf.contrib.estimator.multi_class_head(
            3, label_vocabulary=["a", "b", "c"], loss_reduction=tf.losses.Reduction.SUM
        ),
        LOGITS, NAMES, {"penalty": True},
    ),
    (
        "binary",
        lambda tf: tf.contrib.estimator.binary_classification_head("weight", [0.25, 0.75], name="yes"),
        LOGITS[:, :1], np.array([[1], [0], [1], [1]]), {},
    ),
    (
        "binary_by_name", lambda tf: tf.contrib.estimator.binary_classification_head(label_vocabulary=["b", "a"]),
        LOGITS[:, :1], NAMES[[0, 1, 1, 3]], {"penalty": True},
    ),
    ("regression", lambda tf: tf.contrib.estimator.regression_head("weight", 3, name="numbers"), LOGITS, floats(4, 3, seed=22), {}),
    (
        "inverse_link", lambda tf: tf.contrib.estimator.regression_head(inverse_link_fn=tf.exp),
        LOGITS[:, :1], floats(4, 1, seed=23), {},
    ),
    (
        "poisson", lambda tf: tf.contrib.estimator.poisson_regression_head("weight"),
        LOGITS[:, :1], np.array([[0.0], [2.0], [1.0], [3.0]], np.float32), {},
    ),
    (
        "logistic", lambda tf: tf.contrib.estimator.logistic_regression_head(),
        LOGITS[:, :1], np.array([[0.0], [0.5], [1.0], [0.25]], np.float32), {"penalty": True},
    ),
    (
        "multi_label",
        lambda tf: tf.contrib.estimator.multi_label_head(3, "weight", [0.5], classes_for_class_based_metrics=[0, 2], name="tags"),
        LOGITS, integers(4, 3, seed=24, high=2), {},
    ),
    (
        "own_loss",
        lambda tf: tf.contrib.estimator.regression_head(label_dimension=3, loss_fn=lambda labels, logits: tf.abs(labels - logits)),
        LOGITS, floats(4, 3, seed=25), {},
    ),
]  # fmt: skip
for name, make, logits, labels, options in HEADS:
    script(name="head_" + name)(of_head(make, logits, labels, **options))


@script()
def heads_that_fail(tf):
    heads = tf.contrib.estimator
    faults = {
        "two classes": lambda: heads.multi_class_head(2), "one class": lambda: heads.multi_label_head(1),
        "threshold": lambda: heads.binary_classification_head(thresholds=[1.5]),
        "vocabulary": lambda: heads.multi_label_head(3, label_vocabulary=["a"]),
        "vocabulary text": lambda: heads.multi_class_head(3, label_vocabulary="abc"),
        "dimension": lambda: heads.regression_head(label_dimension=0),
        "reduction": lambda: heads.regression_head(loss_reduction="other"),
        "no reduction": lambda: heads.regression_head(loss_reduction=tf.losses.Reduction.NONE),
        "loss arguments": lambda: heads.regression_head(loss_fn=lambda a, b: a),
        "no heads": lambda: heads.multi_head([]), "unnamed": lambda: heads.multi_head([heads.regression_head()]),
        "weights": lambda: heads.multi_head([heads.regression_head(name="a")], [1.0, 2.0]),
        "class": lambda: heads.multi_label_head(3, classes_for_class_based_metrics=[3]),
    }
    head, keys = heads.regression_head(), tf.estimator.ModeKeys
    x = tf.constant(LOGITS[:, :1])
    tf.train.create_global_step()
    faults["no labels"] = lambda: head.create_estimator_spec({}, keys.EVAL, x, None)
    faults["labels"] = lambda: head.create_estimator_spec({}, keys.EVAL, x, tf.constant(LOGITS))
    faults["logits"] = lambda: head.create_estimator_spec({}, keys.EVAL, tf.constant(LOGITS), x)
    faults["no step"] = lambda: head.create_estimator_spec({}, keys.TRAIN, x, x)
    faults["two steps"] = lambda: head.create_estimator_spec(
        {}, keys.TRAIN, x, x, train_op_fn=tf.no_op, optimizer=tf.train.AdamOptimizer()
    )
    faults["weight"] = lambda: heads.regression_head("absent").create_estimator_spec({}, keys.EVAL, x, x)
    return {name: kind_made(make) for name, make in faults.items()}


# -- options of canned estimators ------------------------------------------------------------------------------------------


def trained(tf, model, labels, steps=2):
    losses = Losses(tf)
    model.train(data(tf, labels), [losses.hook], steps=steps)
    return dict(variables(model), losses=losses.values)


@script()
def linear_options(tf):
    fc = tf.feature_column
    with tempfile.TemporaryDirectory() as folder:
        columns = [fc.numeric_column("x", shape=(2,)), cities(tf)]
        names = np.array(["no", "yes"])[TWO]
        first, second = os.path.join(folder, "a"), os.path.join(folder, "b")
        options = dict(label_vocabulary=["no", "yes"], sparse_combiner="mean", loss_reduction=tf.losses.Reduction.MEAN)
        options["optimizer"] = tf.train.FtrlOptimizer(0.2, l1_regularization_strength=0.01)
        weights = fc.numeric_column("weight")
        model = tf.estimator.LinearClassifier(columns, first, weight_column=weights, config=config(tf), **options)
        found = trained(tf, model, names)
        settings = tf.estimator.WarmStartSettings(first, vars_to_warm_start=".*x.*")
        found["settings"] = " ".join(sorted(settings._fields))
        found["n_classes"] = kind_made(lambda: tf.estimator.LinearClassifier(columns, second, n_classes=1))
        other = tf.estimator.LinearClassifier(columns, second, optimizer="Other")
        found["optimizer"] = kind_made(lambda: other.train(data(tf, TWO), steps=1))
        found["no settings"] = kind_made(lambda: tf.estimator.WarmStartSettings(None))
        return found


AGES = FEATURES["age"] * 0.01


@script()
def deep_options(tf):
    fc = tf.feature_column
    with tempfile.TemporaryDirectory() as folder:
        columns = [fc.numeric_column("x", shape=(2,)), fc.embedding_column(cities(tf), 2, combiner="sqrtn")]
        head = tf.contrib.estimator.multi_head(
            [tf.contrib.estimator.regression_head(name="age"), tf.contrib.estimator.multi_class_head(3, name="kind")], [0.5, 2.0]
        )
        model = tf.estimator.DNNLinearCombinedEstimator(
            head, folder, linear_feature_columns=columns[:1], dnn_feature_columns=columns, dnn_hidden_units=[3], dnn_dropout=0.25,
            dnn_activation_fn=tf.nn.elu, linear_optimizer="SGD", dnn_optimizer=lambda: tf.train.AdamOptimizer(0.05),
            config=config(tf),
        )
        return trained(tf, model, {"age": AGES, "kind": THREE}, 1)


@script(rtol=1e-3, atol=1e-4)
def boosted_options(tf):
    fc = tf.feature_column
    with tempfile.TemporaryDirectory() as folder:
        columns = [fc.bucketized_column(fc.numeric_column("age"), [15.0, 30.0, 45.0]), fc.indicator_column(cities(tf))]
        model = tf.estimator.BoostedTreesRegressor(
            columns, 1, folder, weight_column="weight", n_trees=2, max_depth=2, learning_rate=0.5, l1_regularization=0.02,
            l2_regularization=0.1, tree_complexity=0.01, min_node_weight=0.05, pruning_mode="pre", config=config(tf),
        )
        losses = Losses(tf)
        model.train(data(tf, AGES, size=10), [losses.hook], max_steps=20)
        return dict(flat(model.predict(data(tf, None, 1))), losses=losses.values[:3])


@script()
def logit_functions(tf):
    tf.set_random_seed(5)
    more, fc, found = tf.estimator.experimental, tf.feature_column, {}
    columns = [fc.numeric_column("x", shape=(2,)), cities(tf)]
    features = {"x": tf.constant(X), "city": tf.constant(list(CITIES))}
    with tf.variable_scope("wide"):
        wide = more.linear_logit_fn_builder(2, columns)
        found["wide"] = more.call_logit_fn(wide, features, "train", {}, None)
    with tf.variable_scope("deep"):
        deep = more.dnn_logit_fn_builder(2, [3], columns[:1], tf.nn.relu, None, None, True)
        found["deep"] = more.call_logit_fn(deep, features, tf.estimator.ModeKeys.EVAL, {}, None)
    both = more.call_logit_fn(lambda features, params: {"a": features["x"] * params["by"]}, features, "eval", {"by": 2.0}, None)
    found["both"] = both["a"]
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), tf.tables_initializer()])
        found = session.run(found)
    found["names"] = " ".join(v.op.name for v in tf.global_variables())
    found["nothing"] = kind_made(lambda: more.call_logit_fn(lambda features: 3, features, "eval", {}, None))
    found["units"] = kind_made(lambda: more.dnn_logit_fn_builder(2.5, [3], columns[:1], tf.nn.relu, None, None, False))
    return found
