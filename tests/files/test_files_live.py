"""Real TensorFlow 1.15 reads what graphflow wrote. GRAPHFLOW_ORACLE names a Python that has it."""

import os
import subprocess

import numpy as np
import pytest

import graphflow as tf

X = np.linspace(-1.0, 1.0, 12, dtype=np.float32).reshape(4, 3)

READ = """
import sys
import numpy as np
import tensorflow as tf

folder = sys.argv[1]
x = np.load(folder + "/x.npy")
found = {}
saver = tf.train.import_meta_graph(folder + "/model-2.meta")
with tf.Session() as sess:
    saver.restore(sess, tf.train.latest_checkpoint(folder))
    for v in tf.global_variables():
        found["restored/" + v.op.name] = sess.run(v)
    sess.run(tf.get_collection("train_op")[0], {"x:0": x})
    found["loss"] = sess.run("loss:0", {"x:0": x})
    saver.save(sess, folder + "/theirs")
    for v in tf.global_variables():
        found["theirs/" + v.op.name] = sess.run(v)
with tf.Graph().as_default(), tf.Session() as sess:
    meta = tf.saved_model.load(sess, ["serve"], folder + "/export")
    found["exported"] = sess.run(meta.signature_def["serving_default"].outputs["y"].name, {"x:0": x})
with tf.Graph().as_default(), tf.Session() as sess:
    graph_def = tf.GraphDef()
    with open(folder + "/frozen.pb", "rb") as file:
        graph_def.ParseFromString(file.read())
    (y,) = tf.import_graph_def(graph_def, return_elements=["y:0"], name="")
    found["frozen"] = sess.run(y, {"x:0": x})
from tensorboard.backend.event_processing import event_accumulator
events = event_accumulator.EventAccumulator(folder + "/logs", size_guidance={"tensors": 0})
events.Reload()
found["steps"] = np.array([e.step for e in events.Scalars("loss_1")])
found["scalars"] = np.array([e.value for e in events.Scalars("loss_1")])
tags = events.Tags()
found["tags"] = np.array(["%s %s" % (k, tags[k]) for k in ("images", "audio", "histograms", "tensors", "graph", "meta_graph")])
found["nodes"] = np.array(len(events.Graph().node))
found["png"] = np.frombuffer(events.Images("im/image")[0].encoded_image_string, np.uint8)
np.savez(folder + "/found.npz", **{k: v.astype("S") if v.dtype == object else v for k, v in found.items()})
"""


def build():
    """A model with every kind of variable, an optimizer with slots, summaries."""
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    w = tf.get_variable("w", [3, 2], initializer=tf.random_normal_initializer(seed=1))
    b = tf.get_variable("b", [2], use_resource=True, initializer=tf.zeros_initializer())
    p = tf.get_variable(
        "p", [5, 2], partitioner=tf.fixed_size_partitioner(2), initializer=tf.random_normal_initializer(seed=2)
    )
    tf.get_variable("half", initializer=np.float16([1.5, 2.5]), trainable=False)
    tf.get_variable("words", initializer=tf.constant([b"a", b"", b"\xff"]), trainable=False)
    tf.get_variable("large", initializer=np.int64(2**53 + 1), trainable=False)
    y = tf.identity(tf.matmul(x, w) + b + tf.reduce_sum(tf.convert_to_tensor(p), 0), name="y")
    loss = tf.reduce_mean(tf.square(y - 1.0), name="loss")
    train = tf.train.AdamOptimizer(0.1).minimize(loss, tf.train.get_or_create_global_step())
    tf.add_to_collection("train_op", train)
    tf.summary.scalar("loss", loss)
    tf.summary.histogram("h", w)
    tf.summary.image("im", tf.reshape(w, [1, 3, 2, 1]), max_outputs=1)
    tf.summary.audio("a", tf.reshape(w, [1, 6]), 8000, max_outputs=1)
    tf.summary.text("t", tf.constant("text"))
    return x, y, loss, train


@pytest.mark.live
def test_tensorflow_reads_our_files(tmp_path):
    python = os.environ.get("GRAPHFLOW_ORACLE")
    assert python, "set GRAPHFLOW_ORACLE to a Python 3.7 that has tensorflow==1.15.5"
    with tf.Graph().as_default() as graph, tf.Session() as sess:
        x, y, loss, train = build()
        merged, saver = tf.summary.merge_all(), tf.train.Saver()
        sess.run(tf.global_variables_initializer())
        with tf.summary.FileWriter(str(tmp_path / "logs"), graph) as writer:
            scalars = []
            for step in range(2):
                sess.run(train, {x: X})
                writer.add_summary(sess.run(merged, {x: X}), step)
                scalars.append(sess.run(loss, {x: X}))
        saver.save(sess, str(tmp_path / "model"), global_step=2)
        values = {v.op.name: sess.run(v) for v in tf.global_variables()}
        expected = sess.run(y, {x: X})
        tf.saved_model.simple_save(sess, str(tmp_path / "export"), {"x": x}, {"y": y})
        frozen = tf.graph_util.convert_variables_to_constants(sess, graph.as_graph_def(), ["y"])
        tf.train.write_graph(frozen, str(tmp_path), "frozen.pb", as_text=False)
        np.save(tmp_path / "x.npy", X)
        environment = dict(os.environ, TF_CPP_MIN_LOG_LEVEL="3")
        subprocess.run([python, "-W", "ignore", "-c", READ, str(tmp_path)], env=environment, check=True)
        found = dict(np.load(tmp_path / "found.npz"))
        for name, value in values.items():
            theirs = found["restored/" + name]
            assert np.array_equal(theirs, value.astype("S") if value.dtype == object else value), name
        np.testing.assert_allclose(found["exported"], expected, rtol=1e-5)
        np.testing.assert_allclose(found["frozen"], expected, rtol=1e-5)
        assert found["steps"].tolist() == [0, 1] and found["scalars"].tolist() == scalars
        assert found["tags"].tolist() == [
            "images ['im/image']", "audio ['a/audio']", "histograms ['h']", "tensors ['t']", "graph True", "meta_graph True",
        ]  # fmt: skip
        assert found["nodes"] > 100 and found["png"][:4].tobytes() == b"\x89PNG"
        saver.restore(sess, str(tmp_path / "theirs"))
        for variable in tf.global_variables():
            ours, theirs = sess.run(variable), found["theirs/" + variable.op.name]
            assert np.array_equal(theirs, ours.astype("S") if ours.dtype == object else ours), variable.name
        np.testing.assert_allclose(found["loss"], sess.run(loss, {x: X}), rtol=1e-5)
