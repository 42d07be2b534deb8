"""Estimators, monitors and readers of `tf.contrib.learn`."""

import os
import tempfile

import numpy as np

from tests.oracle.cases.canned_estimators import FEATURES, THREE, TWO, X, config
from tests.oracle.cases.estimators import Losses, variables
from tests.oracle.cases.estimators_more import CITIES, examples, simple, small, step_of
from tests.oracle.harness import floats, integers, kind_made, script

# -- tf.contrib.learn ------------------------------------------------------------------------------------------------------


def learn_config(tf, **options):
    return tf.contrib.learn.RunConfig(tf_random_seed=11, save_checkpoints_secs=None, save_checkpoints_steps=2, **options)


class Listener(object):
    """A monitor of one's own, that writes down what it is told."""

    def __init__(self, tf):
        told = self.told = []
        base = tf.contrib.learn.monitors.EveryN

        class Monitor(base):
            def begin(self, max_steps=None):
                told.append("begin")
                base.begin(self, max_steps)

            def step_begin(self, step):
                told.append("begin %d" % step)
                return base.step_begin(self, step)

            def every_n_step_begin(self, step):
                base.every_n_step_begin(self, step)
                return ["linear/bias_weight:0"]

            def every_n_step_end(self, step, outputs):
                told.append("n-th %d: %s" % (step, sorted(map(str, outputs))))
                return base.every_n_step_end(self, step, outputs)

            def every_n_post_step(self, step, session):
                told.append("post %d" % step)

            def end(self, session=None):
                told.append("end")
                base.end(self, session)

        self.monitor = Monitor(every_n_steps=2)


@script()
def monitors(tf):
    learn, found = tf.contrib.learn, {}
    kinds = learn.monitors
    with tempfile.TemporaryDirectory() as folder:
        columns = [tf.contrib.layers.real_valued_column("", dimension=2)]
        model = learn.LinearRegressor(columns, folder, config=learn_config(tf), optimizer=tf.train.GradientDescentOptimizer(0.2))
        listener = Listener(tf)
        captured = kinds.CaptureVariable("linear/bias_weight:0", every_n=1, first_n=2)
        watching = [
            listener.monitor, captured, kinds.PrintTensor(["linear/bias_weight:0"], every_n=2), kinds.LoggingTrainable("linear"),
            kinds.StopAtStep(last_step=4), kinds.StepCounter(1), kinds.NanLoss("linear/bias_weight:0"),
        ]
        model.fit(X, floats(10, 1, seed=3), steps=9, batch_size=5, monitors=watching)
        found["told"] = " | ".join(listener.told)
        found["steps"] = np.array(sorted(captured.values))
        found["captured"] = np.concatenate([captured.values[step] for step in sorted(captured.values)])
        found["step"], found["bias"] = step_of(tf, model), model.get_variable_value("linear/bias_weight")
        watched = kinds.ValidationMonitor(
            X, floats(10, 1, seed=3), every_n_steps=1, early_stopping_rounds=2, check_interval_secs=None, name="held",
            metrics={"error": learn.MetricSpec(tf.metrics.mean_absolute_error, prediction_key="scores")},
        )
        far = 100.0 * np.arange(10, dtype=np.float32)[:, None]
        model.fit(X, far, steps=12, batch_size=2, monitors=[watched])
        found["stopped"], found["best step"] = watched.early_stopped, watched.best_step
        found["best value"], found["best metrics"] = watched.best_value, " ".join(sorted(watched.best_metrics))
        found["last step"], found["error"] = step_of(tf, model), watched.best_metrics["error"]
        found["no data"] = kind_made(lambda: kinds.ValidationMonitor())
        found["two stops"] = kind_made(lambda: kinds.StopAtStep(1, 2))
        found["no end"] = kind_made(lambda: kinds.BaseMonitor().end())
        found["wrong step"] = kind_made(lambda: kinds.BaseMonitor().step_begin(-1))
        return found


@script()
def validated_core_estimator(tf):
    learn = tf.contrib.learn
    with tempfile.TemporaryDirectory() as folder:
        model = tf.estimator.Estimator(simple(tf), folder, config(tf, save_checkpoints_steps=1))
        watched = learn.monitors.ValidationMonitor(
            input_fn=small(tf, epochs=1), every_n_steps=1, early_stopping_rounds=1, check_interval_secs=None,
            early_stopping_metric="weight size", early_stopping_metric_minimize=False,
        )
        hooks = learn.monitors.replace_monitors_with_hooks([watched, tf.train.StopAtStepHook(last_step=6)], model)
        model.train(small(tf), hooks)
        found = {"hooks": " ".join(type(hook).__name__ for hook in hooks), "best": watched.best_value}
        found["step"], found["stopped"], found["best step"] = step_of(tf, model), watched.early_stopped, watched.best_step
        return found


def old_columns(tf):
    layers = tf.contrib.layers
    city = layers.sparse_column_with_keys("city", ["rome", "oslo", "bern"])
    age = layers.real_valued_column("age", normalizer=lambda age: age / 60.0)
    return city, age, layers.real_valued_column("x", dimension=2)


def old_data(tf, labels, count=10):
    def input_fn():
        cities = tf.SparseTensor([[i, 0] for i in range(count)], list(CITIES[:count]), [count, 1])
        features = {"x": tf.constant(X[:count]), "age": tf.constant(FEATURES["age"][:count, None]), "city": cities}
        features["weight"] = tf.constant(FEATURES["weight"][:count])
        return features, None if labels is None else tf.constant(labels[:count])

    return input_fn


def learnt_by(tf, model, labels, steps=2, evaluates=False):
    """What came of training; of an evaluation too, where that is asked for: each graph takes long to compile."""
    found, losses = {}, Losses(tf)
    model.fit(input_fn=old_data(tf, labels), steps=steps, monitors=[losses.hook])
    found["losses"] = losses.values
    if evaluates:
        results = model.evaluate(input_fn=old_data(tf, labels), steps=1)
        found.update({"eval " + key: value for key, value in results.items()})
    found.update(variables(model))
    found["names"] = " ".join(model.get_variable_names())
    return found


@script()
def learn_deep_of_old_columns(tf):
    layers = tf.contrib.layers
    with tempfile.TemporaryDirectory() as folder:
        city, age, x = old_columns(tf)
        columns = [layers.embedding_column(city, 2), layers.one_hot_column(city), layers.bucketized_column(age, [0.3, 0.6]), x]
        model = tf.contrib.learn.DNNClassifier(
            [3], columns, folder, n_classes=2, weight_column_name="weight", dropout=0.2,
            activation_fn="tanh", gradient_clip_norm=0.5, config=learn_config(tf), embedding_lr_multipliers={columns[0]: 3.0},
        )
        found = learnt_by(tf, model, TWO[:, None], steps=1)
        found["classes"] = np.array(list(model.predict_classes(input_fn=old_data(tf, None))))
        return found


@script()
def learn_linear_of_old_columns(tf):
    layers = tf.contrib.layers
    with tempfile.TemporaryDirectory() as folder:
        city, age, x = old_columns(tf)
        crossed = layers.crossed_column([city, layers.bucketized_column(age, [0.3, 0.6])], 10)
        model = tf.contrib.learn.LinearClassifier(
            [crossed, x], folder, n_classes=3, config=learn_config(tf), label_keys=["no", "yes", "perhaps"],
            gradient_clip_norm=1.0,
        )
        names = np.array(["no", "yes", "perhaps"])[THREE]
        return learnt_by(tf, model, names, 1)


@script()
def learn_wide_and_deep(tf):
    with tempfile.TemporaryDirectory() as folder:
        city, age, x = old_columns(tf)
        model = tf.contrib.learn.DNNLinearCombinedClassifier(
            folder, linear_feature_columns=[city, age], dnn_feature_columns=[x],
            dnn_hidden_units=[3], config=learn_config(tf), dnn_optimizer="Adam",
        )
        return learnt_by(tf, model, TWO)


@script()
def learn_wide_and_deep_numbers(tf):
    with tempfile.TemporaryDirectory() as folder:
        city, age, x = old_columns(tf)
        model = tf.contrib.learn.DNNLinearCombinedRegressor(
            folder, linear_feature_columns=[city], dnn_feature_columns=[x, age], dnn_hidden_units=[2], label_dimension=2,
            linear_optimizer=tf.train.FtrlOptimizer(0.1), config=learn_config(tf), fix_global_step_increment_bug=True,
            weight_column_name="weight",
        )
        return learnt_by(tf, model, floats(10, 2, seed=8), steps=1)


@script()
def learn_heads(tf):
    learn = tf.contrib.learn
    with tempfile.TemporaryDirectory() as folder:
        both = learn.multi_head(
            [
                learn.multi_label_head(2, label_name="tags", head_name="tags", metric_class_ids=[1]),
                learn.poisson_regression_head(label_name="count", head_name="count"),
                learn.multi_class_head(3, label_name="kind", head_name="kind", metric_class_ids=[0, 2]),
                learn.binary_svm_head(label_name="side", head_name="side", weight_column_name="weight"),
            ],
            [1.0, 0.5, 2.0, 1.0],
        )
        _, age, x = old_columns(tf)
        model = learn.DNNEstimator(both, [3], [x, age], folder, config=learn_config(tf))
        labels = {
            "tags": integers(10, 2, seed=6, high=2), "count": integers(10, 1, seed=7, high=4).astype(np.float32),
            "kind": THREE, "side": TWO,
        }

        def input_fn():
            features, _ = old_data(tf, None)()
            return features, {name: tf.constant(label) for name, label in labels.items()}

        losses, found = Losses(tf), {}
        model.fit(input_fn=input_fn, steps=2, monitors=[losses.hook])
        found["losses"] = losses.values
        found.update({"eval " + key: value for key, value in model.evaluate(input_fn=input_fn, steps=1).items()})
        found["logits"] = both.logits_dimension
        found["one class"] = kind_made(lambda: learn.multi_class_head(1))
        found["weights"] = kind_made(lambda: learn.multi_head([both], [1.0, 2.0]))
        found["no name"] = kind_made(lambda: learn.multi_head([learn.regression_head()]))
        found["keys of two"] = kind_made(lambda: learn.multi_class_head(2, label_keys=["a", "b"]))
        return found


@script()
def learn_logistic(tf):
    def model_fn(features, labels, mode):
        logits = tf.layers.dense(features["x"], 1, kernel_initializer=tf.ones_initializer())
        likely = tf.squeeze(tf.sigmoid(logits), 1)
        if labels is None:
            return likely, None, None
        loss = tf.losses.log_loss(labels, likely)
        step = tf.train.GradientDescentOptimizer(0.1).minimize(loss, tf.train.get_global_step())
        return likely, loss, step

    with tempfile.TemporaryDirectory() as folder:
        model = tf.contrib.learn.LogisticRegressor(model_fn, [0.3, 0.6], folder, learn_config(tf))
        found = learnt_by(tf, model, TWO, evaluates=True)
        found["predicted"] = np.array(list(model.predict(input_fn=old_data(tf, None))))
        return found


@script()
def learn_exported(tf):
    learn = tf.contrib.learn
    with tempfile.TemporaryDirectory() as folder:
        columns = [tf.contrib.layers.real_valued_column("x", dimension=2)]
        model = learn.LinearRegressor(columns, folder, config=learn_config(tf))
        strategy = learn.make_export_strategy(
            learn.build_parsing_serving_input_fn(tf.contrib.layers.create_feature_spec_for_parsing(columns)), exports_to_keep=1
        )

        def input_fn():
            return {"x": tf.constant(X)}, tf.constant(floats(10, 1, seed=3))

        made = learn.Experiment(
            model, input_fn, input_fn, train_steps=2, eval_steps=1, eval_delay_secs=0, min_eval_frequency=0,
            export_strategies=[strategy],
        )
        results, exported = made.train_and_evaluate()
        found = {"loss": results["loss"], "strategy": strategy.name, "exported": len(exported)}
        with tf.Session(graph=tf.Graph()) as session:
            meta = tf.saved_model.loader.load(session, ["serve"], exported[0].decode())
            signature = meta.signature_def["serving_default"]
            (output,), (given,) = signature.outputs.values(), signature.inputs.values()
            found["method"] = signature.method_name
            found["served"] = session.run(output.name, {given.name: examples(tf)})
        return found


# -- the rest of tf.contrib.learn ------------------------------------------------------------------------------------------


@script()
def learn_ops(tf):
    ops, found = tf.contrib.learn.ops, {}
    x, y = tf.constant(floats(2, 3, 2, seed=1)), tf.constant(floats(2, 2, 2, seed=2))
    steps, given, targets = ops.seq2seq_inputs(x, y, 3, 2)
    found["inputs"], found["targets"] = tf.stack(given), tf.stack(targets)
    with tf.variable_scope("all", initializer=tf.constant_initializer(0.25)):
        outputs, states, sampled, _ = ops.rnn_seq2seq(steps, given, tf.nn.rnn_cell.GRUCell(2))
        found["category"] = ops.categorical_variable(tf.constant([[0, 2], [1, 1]]), 3, 2, "kind")
    found["outputs"], found["states"], found["sampled"] = tf.stack(outputs), tf.stack(states), tf.stack(sampled)
    labels = [tf.constant([[1.0, 0.0], [0.0, 1.0]])] * 3
    found["predictions"], found["loss"] = ops.sequence_classifier(outputs, labels)
    found["embedded"] = ops.embedding_lookup(tf.constant(floats(4, 3, seed=3)), tf.constant([[3, 0], [1, 1]]))
    w, b = tf.constant(floats(2, 3, seed=4)), tf.constant(floats(3, seed=5))
    rows, classes = tf.constant(floats(4, 2, seed=6)), tf.constant(np.eye(3, dtype=np.float32)[[0, 2, 1, 1]])
    found["softmax"], found["entropy"] = ops.softmax_classifier(rows, classes, w, b, class_weight=tf.constant([1.0, 2.0, 0.5]))
    found["regressed"], found["error"] = ops.mean_squared_error_regressor(rows, classes, w, b)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        found = session.run(found)
    found["names"] = " ".join(sorted(v.op.name for v in tf.global_variables()))
    return found


@script()
def learn_reading(tf):
    learn = tf.contrib.learn
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "rows.tfrecord")
        with tf.python_io.TFRecordWriter(path) as writer:
            for i in range(6):
                features = {
                    "x": tf.train.Feature(float_list=tf.train.FloatList(value=[i, 0.5 * i])),
                    "tags": tf.train.Feature(int64_list=tf.train.Int64List(value=list(range(i % 3)))),
                }
                writer.write(tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString())
        spec = {"x": tf.FixedLenFeature([2], tf.float32), "tags": tf.VarLenFeature(tf.int64)}
        features = learn.read_batch_record_features(path, 6, spec, randomize_input=False, num_epochs=1)
        keys, examples = learn.read_keyed_batch_examples(path, 2, tf.TFRecordReader, randomize_input=False, num_epochs=1)
        found = {"no files": kind_made(lambda: learn.read_batch_examples(os.path.join(folder, "*.csv"), 2, tf.TFRecordReader))}
        found["no batch"] = kind_made(lambda: learn.read_batch_examples(path, 0, tf.TFRecordReader))
        found["no threads"] = kind_made(lambda: learn.read_batch_examples(path, 2, tf.TFRecordReader, num_threads=0))
        tags = tf.sparse_tensor_to_dense(features["tags"], -1)
        with tf.train.MonitoredSession() as session:
            found["x"], found["tags"] = session.run([features["x"], tags])
            found["lengths"] = np.array([len(one) for one in session.run(examples)])
            found["keys"] = b" ".join(one.split(b":")[-1] for one in session.run(keys)).decode()
        return found


@script()
def learn_graphs(tf):
    learn = tf.contrib.learn
    with tempfile.TemporaryDirectory() as folder:
        graph = tf.Graph()
        with graph.as_default():
            step = tf.train.create_global_step()
            x = tf.placeholder(tf.float32, [None, 2], name="x")
            weight = tf.get_variable("weight", [2, 1], initializer=tf.ones_initializer())
            loss = tf.reduce_mean(tf.square(tf.matmul(x, weight)))
            train = tf.train.GradientDescentOptimizer(0.1).minimize(loss, step)
        last = learn.train(graph, folder, train, loss, feed_fn=lambda: {x: X}, steps=3)
        found = {"loss": last, "weight": learn.graph_actions.load_variable(folder, "weight")}
        latest = tf.train.latest_checkpoint(folder)
        with tf.Graph().as_default():
            x = tf.placeholder(tf.float32, [None, 2], name="x")
            norm = tf.reduce_sum(tf.matmul(x, tf.get_variable("weight", [2, 1])))
            found["infer"] = learn.infer(latest, {"norm": norm}, {x: X})["norm"]
        return found


@script(rtol=1e-3, atol=1e-4)
def learn_clusters(tf):
    learn = tf.contrib.learn
    with tempfile.TemporaryDirectory() as folder:
        points = np.concatenate([floats(6, 2, seed=1), floats(6, 2, seed=2) + 4.0])
        model = learn.KMeansClustering(2, folder, np.array([[0.5, 0.0], [3.0, 3.5]], np.float32), use_mini_batch=False)

        def input_fn():
            return tf.constant(points), None

        model.fit(input_fn=input_fn, steps=3)
        found = {"clusters": model.clusters(), "score": model.score(input_fn, steps=1)}
        found["distances"] = model.transform(input_fn)
        return found


@script()
def learn_irises(tf):
    learn = tf.contrib.learn
    iris = learn.datasets.load_dataset("iris")
    found = {"data": iris.data, "target": iris.target, "same": np.abs(learn.datasets.base.load_iris().data - iris.data).max()}
    found["unknown"] = kind_made(lambda: learn.datasets.load_dataset("roses"))
    with tempfile.TemporaryDirectory() as folder:
        columns = learn.infer_real_valued_columns_from_input(iris.data.astype(np.float32))
        found["columns"] = "%s %s" % (columns[0].name, columns[0].dimension)
        path = os.path.join(folder, "rows.csv")
        with open(path, "w") as file:
            file.write("2,2,a,b\n1.5,2.5,1\n-1,0,0\n")
        rows = learn.datasets.base.load_csv_with_header(path, np.int64, np.float32)
        found["rows"], found["classes"] = rows.data, rows.target
    return found


@script()
def learn_classifier_like_scikit(tf):
    learn = tf.contrib.learn
    with tempfile.TemporaryDirectory() as folder:
        columns = learn.infer_real_valued_columns_from_input(X)
        model = learn.SKCompat(learn.LinearClassifier(columns, folder, n_classes=3, config=learn_config(tf)))
        model.fit(X, THREE.astype(np.int64), batch_size=5, steps=2)
        found = model.predict(X[:4])
        return {key: found[key] for key in ("classes", "logits", "probabilities")}
