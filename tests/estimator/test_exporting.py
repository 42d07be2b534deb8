"""SavedModels of several modes, and exporters that keep the best."""

import os

import numpy as np

import graphflow as tf

ROWS = np.arange(8, dtype=np.float32).reshape(4, 2)


def model_fn(features, labels, mode):
    logits = tf.estimator.experimental.call_logit_fn(
        lambda features: tf.layers.dense(features, 1), features, mode, None, None
    )
    if mode == tf.estimator.ModeKeys.PREDICT:
        return tf.estimator.EstimatorSpec(mode, {"value": logits})
    loss = tf.reduce_mean(tf.square(logits - labels))
    step = tf.train.GradientDescentOptimizer(0.001).minimize(loss, tf.train.get_global_step())
    error = {"error": tf.metrics.mean_absolute_error(labels, logits)}
    return tf.estimator.EstimatorSpec(mode, {"value": logits}, loss, step, error)


def input_fn():
    return tf.data.Dataset.from_tensors((ROWS, ROWS[:, :1]))


def test_graphs_of_all_modes_share_variables(tmp_path):
    model = tf.estimator.Estimator(model_fn, str(tmp_path / "model"))
    model.train(input_fn, steps=1)
    with tf.Graph().as_default():
        x, y = tf.placeholder(tf.float32, [4, 2], name="x"), tf.placeholder(tf.float32, [4, 1], name="y")
        supervised = tf.estimator.experimental.build_raw_supervised_input_receiver_fn(x, y)
        plain = tf.estimator.export.build_raw_serving_input_receiver_fn({"feature": x})

    def serving():
        receiver = plain()
        return tf.estimator.export.TensorServingInputReceiver(receiver.features["feature"], receiver.receiver_tensors)

    path = model.experimental_export_all_saved_models(
        str(tmp_path / "served"), {"train": supervised, "eval": supervised, "infer": serving}
    )
    kernel = model.get_variable_value("dense/kernel")
    for tag, key in (("serve", "serving_default"), ("train", "train"), ("eval", "eval")):
        with tf.Graph().as_default() as graph, tf.Session() as session:
            signature = tf.saved_model.loader.load(session, [tag], path.decode()).signature_def[key]
            np.testing.assert_array_equal(session.run(graph.get_tensor_by_name("dense/kernel:0")), kernel)
            wanted = {
                "serve": {"value"},
                "train": {"loss", "predictions/value", "metrics/error/value", "metrics/error/update_op"},
            }
            assert set(signature.outputs) == wanted.get(tag, wanted["train"])


def test_only_what_is_better_is_exported(tmp_path):
    class Served:
        model_dir = str(tmp_path)

        def export_saved_model(self, path, *_):
            folder = os.path.join(path, str(1_500_000_000 + len(os.listdir(path))))
            os.makedirs(folder)
            return folder.encode()

    folder = tmp_path / "export"
    folder.mkdir()
    exporter = tf.estimator.BestExporter(serving_input_receiver_fn=dict, exports_to_keep=2)
    losses = [3.0, 2.0, 4.0, 1.0]
    found = [exporter.export(Served(), str(folder), "x", {"loss": loss}, False) for loss in losses]
    assert [one is not None for one in found] == [True, True, False, True]
    assert sorted(os.listdir(folder)) == ["1500000001", "1500000002"]
