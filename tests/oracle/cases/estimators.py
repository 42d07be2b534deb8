"""Estimators: losses of each step, results of evaluations, predictions, variables, files."""

import os
import tempfile

import numpy as np

from tests.oracle.harness import floats, integers, script

FEATURES = floats(12, 3, seed=1)
CLASSES = integers(12, seed=2, high=3)
TARGETS = floats(12, seed=3)


class Losses(object):
    """The loss of each step, by a hook."""

    def __init__(self, tf):
        values = self.values = []

        class Hook(tf.train.SessionRunHook):
            def begin(self):
                self.loss = tf.get_default_graph().get_collection("losses")[-1]

            def before_run(self, run_context):
                return tf.train.SessionRunArgs(self.loss)

            def after_run(self, run_context, run_values):
                values.append(run_values.results)

        self.hook = Hook()


def files(folder):
    """Names of all files below a folder, but for times and hosts."""
    found = []
    for path, _, names in os.walk(folder):
        inner = os.path.relpath(path, folder)
        parts = ["TIME" if len(p) == 10 and p.isdigit() else p for p in inner.split(os.sep)]
        for name in names:
            name = "events" if name.startswith("events.out.tfevents") else name
            found.append(os.path.join(*(parts + [name])))
    return " ".join(sorted(set(found)))


def tags(tf, folder):
    """What the event files of a folder hold."""
    found = set()
    for name in os.listdir(folder):
        if name.startswith("events"):
            for event in tf.train.summary_iterator(os.path.join(folder, name)):
                for value in event.summary.value:
                    if value.tag != "global_step/sec":
                        found.add("%s@%d" % (value.tag, event.step))
    return " ".join(sorted(found))


def flat(results):
    """The predictions of `predict` as arrays by name."""
    results = list(results)
    return {"predicted " + key: np.stack([one[key] for one in results]) for key in results[0]}


def variables(estimator):
    return {name: estimator.get_variable_value(name) for name in estimator.get_variable_names()}


def network(tf, units=4):
    def model_fn(features, labels, mode, params):
        hidden = tf.layers.dense(features["x"], params["units"], activation=tf.nn.relu)
        hidden = tf.layers.dropout(hidden, 0.5, training=mode == tf.estimator.ModeKeys.TRAIN)
        logits = tf.layers.dense(hidden, 3, name="logits")
        chosen = {"classes": tf.argmax(logits, 1), "probabilities": tf.nn.softmax(logits)}
        if mode == tf.estimator.ModeKeys.PREDICT:
            return tf.estimator.EstimatorSpec(mode, predictions=chosen)
        loss = tf.losses.sparse_softmax_cross_entropy(labels, logits)
        metrics = {"accuracy": tf.metrics.accuracy(labels, chosen["classes"])}
        tf.summary.histogram("hidden", hidden)
        train_op = tf.train.AdamOptimizer(0.05).minimize(loss, tf.train.get_global_step())
        return tf.estimator.EstimatorSpec(mode, chosen, loss, train_op, metrics)

    return model_fn


def table(tf, epochs=None, size=5):
    return tf.estimator.inputs.numpy_input_fn({"x": FEATURES}, CLASSES, size, epochs, shuffle=False)


def dataset(tf, size=4):
    def input_fn():
        pairs = tf.data.Dataset.from_tensor_slices(({"x": FEATURES}, CLASSES))
        return pairs.repeat().batch(size)

    return input_fn


@script()
def custom_model(tf):
    with tempfile.TemporaryDirectory() as folder:
        config = tf.estimator.RunConfig(tf_random_seed=7, save_summary_steps=2, save_checkpoints_steps=3)
        model = tf.estimator.Estimator(network(tf), folder, config, {"units": 4})
        losses = Losses(tf)
        model.train(table(tf), [losses.hook], steps=4)
        model.train(dataset(tf), [losses.hook], max_steps=7)
        model.train(dataset(tf), [losses.hook], max_steps=7)
        results = model.evaluate(table(tf, 1), name="later")
        short = model.evaluate(table(tf, 1), steps=1)
        found = dict(variables(model), losses=losses.values)
        found.update({"eval " + key: value for key, value in results.items()})
        found.update({"short " + key: value for key, value in short.items()})
        found.update(flat(model.predict(table(tf, 1))))
        found["files"] = files(folder)
        found["train tags"], found["eval tags"] = tags(tf, folder), tags(tf, model.eval_dir("later"))
        found["latest"] = os.path.basename(model.latest_checkpoint())
        found["names"] = " ".join(model.get_variable_names())
        return found


@script()
def evaluated_while_trained(tf):
    with tempfile.TemporaryDirectory() as folder:

        def model_fn(features, labels, mode, config, params):
            weight = tf.get_variable("weight", [3, 1], initializer=tf.ones_initializer())
            value = tf.squeeze(tf.matmul(features, weight), 1, name="value") * config.save_summary_steps
            served = {"serving_default": tf.estimator.export.PredictOutput({"value": value})}
            if mode == tf.estimator.ModeKeys.PREDICT:
                return tf.estimator.EstimatorSpec(mode, value, export_outputs=served)
            loss = tf.reduce_mean(tf.square(value - labels)) * params["scale"]
            step = tf.train.GradientDescentOptimizer(0.1).minimize(loss, tf.train.get_global_step())
            errors = {"error": tf.metrics.mean_absolute_error(labels, value)}
            return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=step, eval_metric_ops=errors)

        def input_fn(params, mode):
            assert mode in ("train", "eval", "infer")
            data = tf.data.Dataset.from_tensor_slices((FEATURES, TARGETS)).batch(params["batch"], drop_remainder=True)
            return data.repeat() if mode == "train" else data

        config = tf.estimator.RunConfig(folder, 3, save_summary_steps=1, save_checkpoints_steps=2)
        model = tf.estimator.Estimator(model_fn, config=config, params={"scale": 0.5, "batch": 5})

        def receiver():
            features = tf.placeholder(tf.float32, [None, 3], name="features")
            return tf.estimator.export.TensorServingInputReceiver(features, {"rows": features})

        exporters = [tf.estimator.LatestExporter("latest", receiver), tf.estimator.FinalExporter("final", receiver)]
        train = tf.estimator.TrainSpec(input_fn, max_steps=3)
        evaluate = tf.estimator.EvalSpec(input_fn, steps=None, name="held", throttle_secs=0, exporters=exporters)
        results, exported = tf.estimator.train_and_evaluate(model, train, evaluate)
        found = dict(results, **variables(model))
        with tf.Session(graph=tf.Graph()) as session:
            meta = tf.saved_model.loader.load(session, ["serve"], exported[1].decode())
            (output,) = meta.signature_def["serving_default"].outputs.values()
            found["served"] = session.run(output.name, {"features:0": FEATURES})
        found["predicted"] = np.stack(list(model.predict(input_fn)))
        found["files"] = files(folder)
        found["tags"] = tags(tf, folder) + " | " + tags(tf, os.path.join(folder, "eval_held"))
        return found


def tpu_network(tf):
    def model_fn(features, labels, mode, params):
        with tf.variable_scope("encoder"):
            start = tf.truncated_normal_initializer(0.5)
            hidden = tf.layers.dense(features["x"], params["units"], tf.tanh, kernel_initializer=start)
        logits = tf.layers.dense(hidden, 3, kernel_initializer=tf.zeros_initializer())
        if mode == tf.estimator.ModeKeys.PREDICT:
            return tf.contrib.tpu.TPUEstimatorSpec(mode, predictions={"probabilities": tf.nn.softmax(logits)})
        each = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
        loss = tf.reduce_sum(each) / params["batch_size"]
        assert not params["use_tpu"]

        def metric_fn(each, labels, logits):
            chosen = tf.argmax(logits, axis=-1, output_type=tf.int32)
            return {"accuracy": tf.metrics.accuracy(labels, chosen), "mean": tf.metrics.mean(each)}

        train_op = None
        if mode == tf.estimator.ModeKeys.TRAIN:
            train_op = tf.train.AdamOptimizer(0.1).minimize(loss, tf.train.get_or_create_global_step())
        return tf.contrib.tpu.TPUEstimatorSpec(
            mode=mode, loss=loss, train_op=train_op, eval_metrics=(metric_fn, [each, labels, logits]), scaffold_fn=None
        )

    return model_fn


@script()
def for_tpus(tf):
    tpu = tf.contrib.tpu
    with tempfile.TemporaryDirectory() as folder:
        per_host = tpu.InputPipelineConfig.PER_HOST_V2
        options = tpu.TPUConfig(iterations_per_loop=10, num_shards=8, per_host_input_for_training=per_host)
        config = tpu.RunConfig(
            cluster=None, master=None, model_dir=folder, save_checkpoints_steps=10, tf_random_seed=5, tpu_config=options
        )
        sizes = dict(train_batch_size=4, eval_batch_size=6, predict_batch_size=5)
        model = tpu.TPUEstimator(use_tpu=False, model_fn=tpu_network(tf), config=config, params={"units": 3}, **sizes)

        def input_fn(params):
            data = tf.data.Dataset.from_tensor_slices(({"x": FEATURES}, CLASSES))
            return data.repeat(2).batch(params["batch_size"], drop_remainder=True)

        losses = Losses(tf)
        model.train(input_fn, hooks=[losses.hook], max_steps=5)
        found = dict(model.evaluate(input_fn, steps=2), losses=losses.values, **variables(model))
        found.update(flat(model.predict(input_fn)))
        found["files"], found["tags"] = files(folder), tags(tf, folder)
        return found
