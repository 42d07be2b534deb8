"""Calls in the order of arguments that TensorFlow had before 1.0."""

import subprocess
import sys
import textwrap

import numpy as np
import pytest

import graphflow as tf
from graphflow._launcher import before_one, methods


def test_old_and_new_order_give_the_same(capsys):
    a, labels, flags = tf.constant([[1.0, 2.0], [3.0, 4.0]]), tf.constant([0, 1], tf.int64), [True, False]
    ask = before_one.function
    before_one._say.cache_clear()
    pairs = [
        (ask(tf, "concat")(1, [a, a]), tf.concat([a, a], 1)),
        (ask(tf, "concat")(concat_dim=0, values=[a, a]), tf.concat([a, a], 0)),
        (ask(tf, "split")(1, 2, a)[1], tf.split(a, 2, 1)[1]),
        (ask(tf, "split")(split_dim=0, num_split=2, value=a)[0], tf.split(a, 2, 0)[0]),
        (ask(tf, "reverse")(a, flags), tf.reverse(a, [0])),
        (
            ask(tf.nn, "sparse_softmax_cross_entropy_with_logits")(a, labels),
            tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=a),
        ),
        (
            ask(tf.nn, "softmax_cross_entropy_with_logits")(a, a * 0.5, name="xent"),
            tf.nn.softmax_cross_entropy_with_logits(labels=a * 0.5, logits=a),
        ),
        (
            ask(tf.nn, "sigmoid_cross_entropy_with_logits")(a, targets=a * 0.1),
            tf.nn.sigmoid_cross_entropy_with_logits(labels=a * 0.1, logits=a),
        ),
        (
            ask(tf.image, "resize_images")(a[None, :, :, None], 4, 6),
            tf.image.resize_images(a[None, :, :, None], [4, 6]),
        ),
    ]
    with tf.Session() as sess:
        for old, new in sess.run(pairs):
            np.testing.assert_array_equal(old, new)
    assert "concat is called as before TensorFlow 1.0" in capsys.readouterr().err


def test_calls_of_today_pass_unchanged(capsys):
    a = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    before_one._say.cache_clear()
    assert before_one.function(tf, "concat")([a, a], 1).shape == (2, 4)
    assert before_one.function(tf, "split")(a, 2, 1)[0].shape == (2, 1)
    assert before_one.function(tf, "reverse")(a, [1], "name").op.name == "name"
    assert before_one.function(tf.image, "resize_images")(a[None, :, :, None], [3, 3]).shape == (1, 3, 3, 1)
    loss = before_one.function(tf.nn, "softmax_cross_entropy_with_logits")(labels=a, logits=a)
    assert loss.shape == (2,) and capsys.readouterr().err == ""


def test_the_labels_of_candidates_came_last():
    labels, inputs = tf.zeros([3, 1], tf.int64), tf.zeros([3, 2])
    loss = before_one.function(tf.nn, "nce_loss")(tf.zeros([5, 2]), tf.zeros([5]), inputs, labels, 2, 5)
    assert loss.shape == (3,)


def test_names_of_other_modules_and_values_are_their_own():
    assert methods.method(np, "split") is np.split
    assert methods.method("a b", "split")() == ["a", "b"]


def test_what_is_local_today_was_initialized_with_the_rest():
    names = tf.train.match_filenames_once(__file__)
    with before_one.running(["sess.run(tf.global_variables_initializer())"]), tf.Session() as sess:
        sess.run(before_one.function(tf, "initialize_all_variables")())
        assert sess.run(names).tolist() == [__file__.encode()]
    with (
        before_one.running(["tf.global_variables_initializer(), tf.local_variables_initializer()"]),
        tf.Session() as sess,
    ):
        sess.run(before_one.function(tf, "global_variables_initializer")())
        with pytest.raises(tf.errors.FailedPreconditionError, match="run tf.local_variables_initializer"):
            sess.run(names)


def test_in_a_script(tmp_path):
    (tmp_path / "old.py").write_text(
        textwrap.dedent("""
        import tensorflow as tf
        state = tf.nn.rnn(tf.nn.rnn_cell.BasicRNNCell(2), tf.split(1, 2, tf.zeros([3, 2])), dtype=tf.float32)[1]
        print(tf.concat(1, [state, state]).shape)
    """)
    )
    run = [sys.executable, "-m", "graphflow"]
    done = subprocess.run([*run, "old.py"], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.stdout == "(3, 4)\n", done.stderr
    plain = subprocess.run([*run, "--plain", "old.py"], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert plain.returncode == 1 and "Error" in plain.stderr
