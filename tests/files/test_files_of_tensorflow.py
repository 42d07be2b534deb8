"""What real TensorFlow wrote (see tests/oracle/record_files.py) is read: values, and training goes on with its numbers."""

import shutil
from pathlib import Path

import numpy as np
import pytest

import graphflow as tf
from tests.oracle import record_files

FILES = Path(record_files.FOLDER)
ONE = dict(np.load(FILES / "values.npz"))
TWO = dict(np.load(FILES / "values_two.npz"))
floats = record_files.floats


@pytest.fixture(autouse=True)
def fresh_graph():
    with tf.Graph().as_default():
        yield


@pytest.mark.parametrize("name", ["model.ckpt-3", "shards", "old"])
def test_training_goes_on(name):
    """A meta graph with a loop, a branch and Adam; checkpoints of version 2, of two shards, of version 1."""
    saver = tf.train.import_meta_graph(str(FILES / "trained" / "model.ckpt-3.meta"))
    feed = {"x:0": floats(4, 3)}
    with tf.Session() as sess:
        saver.restore(sess, str(FILES / "trained" / name))
        for variable in tf.global_variables():
            assert np.array_equal(sess.run(variable), ONE["trained/" + variable.op.name])
        np.testing.assert_allclose(sess.run("looped:0", feed), ONE["looped"], rtol=1e-6)
        sess.run(tf.get_collection("train_op"), feed)
        np.testing.assert_allclose(sess.run("loss:0", feed), ONE["loss"], rtol=1e-6)
    assert tf.train.get_global_step().name == "global_step:0"
    assert [v.name for v in tf.trainable_variables()] == ["layer/w:0", "layer/b:0"]


@pytest.mark.parametrize("name", ["model.ckpt-3", "shards", "old"])
def test_checkpoints_are_looked_into(name):
    found = dict(tf.train.list_variables(str(FILES / "trained" / name)))
    assert {"trained/" + key for key in found} == {key for key in ONE if key.startswith("trained/")}
    for key, shape in found.items():
        value = tf.train.load_variable(str(FILES / "trained" / name), key)
        assert list(np.shape(value)) == shape and np.array_equal(value, ONE["trained/" + key])


def test_a_saved_model():
    with tf.Session() as sess:
        meta = tf.saved_model.load(sess, ["serve"], str(FILES / "exported"))
        signature = meta.signature_def["serving_default"]
        y = sess.run(signature.outputs["y"].name, {signature.inputs["x"].name: floats(2, 4)})
    np.testing.assert_allclose(y, ONE["exported"], rtol=1e-6)


def test_an_object_based_checkpoint():
    w, b = tf.get_variable("layer/w", [3, 2]), tf.get_variable("layer/b", [2], use_resource=True)
    with tf.Session() as sess:
        saver = tf.train.Saver()
        saver.restore(sess, str(FILES / "objects" / "ckpt"))
        assert np.array_equal(sess.run(w), TWO["layer/w"]) and np.array_equal(sess.run(b), TWO["layer/b"])
        tf.get_variable("more", [2])
        with pytest.raises(tf.errors.NotFoundError, match="Existing variables not in the checkpoint: more"):
            tf.train.Saver().restore(sess, str(FILES / "objects" / "ckpt"))


@pytest.mark.filterwarnings("ignore:this graph is of version")
def test_a_saved_model_of_functions():
    """As TensorFlow 2 writes it: even restoring is a function."""
    with tf.Session() as sess:
        meta = tf.saved_model.load(sess, ["serve"], str(FILES / "exported_two"))
        signature = meta.signature_def["serving_default"]
        y = sess.run(signature.outputs["y"].name, {signature.inputs["x"].name: floats(2, 3)})
    np.testing.assert_allclose(y, TWO["exported_two"], rtol=1e-6)


def test_assets_stay_inside(tmp_path):
    words = tmp_path / "words.txt"
    words.write_text("one")
    path = tf.constant(str(words))
    read = tf.Variable("", name="read")
    builder = tf.saved_model.Builder(str(tmp_path / "model"))
    with tf.Session() as sess:
        sess.run(read.initializer)
        builder.add_meta_graph_and_variables(sess, ["serve"], assets_collection=[path], main_op=read.assign(path).op)
    builder.save()
    file = tmp_path / "model" / "saved_model.pb"
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.saved_model.load(sess, ["serve"], str(tmp_path / "model"))
        assert sess.run("read:0") == str(tmp_path / "model" / "assets" / "words.txt").encode()
    file.write_bytes(file.read_bytes().replace(b"\x12\x09words.txt", b"\x12\x09../words."))
    with tf.Graph().as_default(), tf.Session() as sess:
        with pytest.raises(
            tf.errors.InvalidArgumentError, match="the asset '../words.' lies outside of the SavedModel"
        ):
            tf.saved_model.load(sess, ["serve"], str(tmp_path / "model"))


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"<!DOCTYPE html><html>", "looks like an HTML or XML page"),
        (b"version https://git-lfs.github.com/spec/v1", "looks like a git-lfs pointer"),
        (b"", "is empty"),
        (b"\x89PNG\r\n\x1a\n", "looks like a PNG picture"),
    ],
)
def test_other_files_are_told_apart(tmp_path, data, text):
    (tmp_path / "saved_model.pb").write_bytes(data)
    (tmp_path / "graph.meta").write_bytes(data)
    with pytest.raises(ValueError, match=text):
        tf.saved_model.load(tf.Session(), ["serve"], str(tmp_path))
    with pytest.raises(ValueError, match=text):
        tf.train.import_meta_graph(str(tmp_path / "graph.meta"))
    with pytest.raises(ValueError, match="it looks like a MetaGraphDef|is not a SavedModel"):
        shutil.copy(FILES / "trained" / "model.ckpt-3.meta", tmp_path / "saved_model.pb")
        tf.saved_model.load(tf.Session(), ["serve"], str(tmp_path))
