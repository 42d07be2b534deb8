"""`tf.contrib.learn`: what fit, evaluate and predict give."""

import tempfile

import numpy as np

from tests.oracle.cases.estimators import Losses, variables
from tests.oracle.harness import floats, integers, script

X = floats(12, 3, seed=1)
CLASSES = integers(12, seed=2, high=3).astype(np.int64)
TARGETS = floats(12, seed=3)


def model_fn(tf):
    def build(features, labels, mode, params):
        learn = tf.contrib.learn
        logits = tf.contrib.layers.fully_connected(features, 3, activation_fn=None, scope="last")
        found = {"class": tf.argmax(logits, 1), "prob": tf.nn.softmax(logits)}
        if mode == learn.ModeKeys.INFER:
            return learn.ModelFnOps(mode, predictions=found)
        loss = tf.losses.softmax_cross_entropy(tf.one_hot(labels, 3), logits)
        step = tf.contrib.framework.get_global_step()
        train = tf.contrib.layers.optimize_loss(loss, step, optimizer="Adam", learning_rate=params["rate"])
        return learn.ModelFnOps(mode, found, loss, train)

    return build


@script()
def arrays(tf):
    learn = tf.contrib.learn
    with tempfile.TemporaryDirectory() as folder:
        config = learn.RunConfig(tf_random_seed=3, save_checkpoints_secs=600)
        model = learn.Estimator(model_fn(tf), folder, config, {"rate": 0.1})
        losses = Losses(tf)
        model.fit(X, CLASSES, batch_size=5, steps=6, monitors=[losses.hook])

        def metrics(predictions, labels):
            return tf.metrics.accuracy(labels, predictions)

        specs = {"right": learn.MetricSpec(metrics, prediction_key="class")}
        results = model.evaluate(X, CLASSES, batch_size=6, metrics=specs)
        found = dict(variables(model), losses=losses.values)
        found.update({"eval " + key: value for key, value in results.items()})
        found["prob"] = np.stack([one["prob"] for one in model.predict(X, batch_size=6)])
        return found


@script()
def like_scikit(tf):
    learn = tf.contrib.learn
    with tempfile.TemporaryDirectory() as folder:

        def build(features, labels):
            predictions, loss = learn.models.logistic_regression(features, tf.one_hot(labels, 3))
            step = tf.contrib.framework.get_global_step()
            train = tf.contrib.layers.optimize_loss(loss, step, optimizer="SGD", learning_rate=0.3, summaries=[])
            return predictions, loss, train

        model = learn.SKCompat(learn.Estimator(build, folder, learn.RunConfig(tf_random_seed=1)))
        model.fit(X, CLASSES, batch_size=4, steps=4)
        return {"score": model.score(X, CLASSES, batch_size=6)["loss"], "predicted": model.predict(X, batch_size=6)}


@script()
def deep(tf):
    learn = tf.contrib.learn
    with tempfile.TemporaryDirectory() as folder:
        columns = learn.infer_real_valued_columns_from_input(X)
        model = learn.DNNClassifier([4, 3], columns, folder, n_classes=3, config=learn.RunConfig(tf_random_seed=2))
        losses = Losses(tf)
        model.fit(X, CLASSES, batch_size=6, steps=4, monitors=[losses.hook])
        results = model.evaluate(X, CLASSES, batch_size=6)
        found = {"losses": losses.values, "accuracy": results["accuracy"], "loss": results["loss"]}
        found["names"] = " ".join(model.get_variable_names())
        found["weights"] = model.get_variable_value("dnn/hiddenlayer_1/weights")
        found["classes"] = list(model.predict(X, batch_size=6))
        return found


@script()
def experiment(tf):
    learn = tf.contrib.learn
    with tempfile.TemporaryDirectory() as folder:

        def input_fn():
            return tf.constant(X), tf.constant(CLASSES)

        def make(config, hparams):
            model = learn.Estimator(model_fn(tf), config=config, params={"rate": hparams.rate})
            counts = dict(train_steps=3, eval_steps=1, eval_delay_secs=0, min_eval_frequency=0)
            return learn.Experiment(model, input_fn, input_fn, **counts)

        config = learn.RunConfig(tf_random_seed=3, model_dir=folder)
        hparams = tf.contrib.training.HParams(rate=0.2)
        results, exported = learn.learn_runner.run(
            make, run_config=config, schedule="train_and_evaluate", hparams=hparams
        )
        return {"loss": results["loss"], "step": results["global_step"], "exported": str(exported)}
