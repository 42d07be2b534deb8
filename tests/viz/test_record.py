"""One run, recorded: what it shows is what the session computes."""

from pathlib import Path

import numpy as np
import pytest

import graphflow as tf
from graphflow import viz

FEED = {"x:0": [[1.0, 1.0], [0.0, 1.0]], "t:0": [[1.0], [1.0]]}


def build(seed=5):
    """A small network that draws random numbers and trains: (fetches, session)."""
    graph = tf.Graph()
    with graph.as_default():
        tf.set_random_seed(seed)
        x = tf.placeholder(tf.float32, [None, 2], name="x")
        t = tf.placeholder(tf.float32, [None, 1], name="t")
        w = tf.Variable([[2.0], [3.0]], name="w")
        y = tf.nn.dropout(tf.matmul(x, w, name="dot"), 0.8, name="drop")
        loss = tf.reduce_mean(tf.square(y - t, name="square"), name="loss")
        step = tf.Variable(0, trainable=False, name="step")
        train = tf.train.AdamOptimizer(0.1).minimize(loss, global_step=step)
        twice = tf.py_func(lambda v: v * 2, [loss], tf.float32, name="twice")
        fetches = {"loss": loss, "train": train, "twice": [twice, tf.constant("text", name="words")]}
        session = tf.Session()
        session.run(tf.global_variables_initializer())
    return fetches, session


@pytest.fixture(scope="module")
def recorded():
    fetches, session = build()
    return viz.record(session, fetches, FEED), session


def test_fetched_values_and_variables_are_those_of_run(recorded):
    record, session = recorded
    fetches, other = build()
    expected = other.run(fetches, FEED)
    assert record.fetched == expected
    names = [v.name for v in other.graph.get_collection(tf.GraphKeys.GLOBAL_VARIABLES)]
    for name, a, b in zip(names, session.run(names), other.run(names)):
        np.testing.assert_array_equal(a, b, err_msg=name)
    assert session.run("step:0") == 1


def test_every_value_is_what_run_gives_for_it(recorded):
    record, _ = recorded
    _, other = build()
    variables = [name for name in record.values if other.graph.get_tensor_by_name(name).dtype.is_ref]
    for name in record.values.keys() - set(variables):
        _, fresh = build()  # random numbers and variables begin anew
        np.testing.assert_allclose(record.values[name], fresh.run(name, FEED), rtol=1e-6, err_msg=name)
        break
    _, fresh = build()
    names = sorted(record.values.keys() - set(variables))
    for name, value in zip(names, fresh.run(names, FEED)):
        np.testing.assert_array_equal(record.values[name], value, err_msg=name)
    assert {"x:0", "dot:0", "loss:0", "twice:0", "gradients/dot_grad/MatMul_1:0"} <= set(names)


def test_gradients_stand_with_what_they_belong_to(recorded):
    record, _ = recorded
    (gradient,) = record.gradients["w/read:0"].values()
    dot, drop = record["dot"], record["drop/mul_1"]
    slope = 2 / 2 * (drop - np.array(FEED["t:0"])) * np.where(dot != 0, drop / dot, 0)
    np.testing.assert_allclose(gradient, np.array(FEED["x:0"]).T @ slope, rtol=1e-5)
    labels = [label for label, _ in record.overlay.marks["w/read"].rows]
    assert "gradient, value" in labels


def test_a_variable_shows_what_was_read_and_what_was_left(recorded):
    record, session = recorded
    mark = record.overlay.marks["w"]
    left = session.run("w:0")
    assert mark.badge == f"[[2], [3]] → [[{left[0, 0]:.4g}], [{left[1, 0]:.4g}]]"
    assert dict(mark.rows)["value"] == "[[2], [3]]"
    assert dict(mark.rows)["after the run, value"] == mark.badge.partition(" → ")[2]


@pytest.mark.parametrize("use_resource", [False, True])
def test_reads_show_what_they_got(use_resource):
    w = tf.get_variable("w", initializer=2.0, use_resource=use_resource)
    y = tf.multiply(w, 3.0, name="y")
    with tf.control_dependencies([y]):
        change = w.assign(5.0)
    with tf.control_dependencies([change]):
        late = tf.multiply(w.read_value(), 1.0, name="late")
    with tf.Session() as session:
        session.run(w.initializer)
        record = viz.record(session, [y, change.op, late], times=False)
    assert record.fetched == [6.0, None, 5.0]
    laid, reads = (
        record.overlay,
        {node.name: node.inputs[0][0] for node in record.model.nodes.values() if node.op == "Mul"},
    )
    assert laid.marks["w"].badge == "2 → 5"
    assert laid.edges[reads["y"], 0, "y"] == "2"
    assert laid.edges[reads["late"], 0, "late"] == "5"


def test_the_overlay_says_what_was_fed_fetched_and_how_long_it_took(recorded):
    record, _ = recorded
    marks = record.overlay.marks
    assert marks["x"].tone == "fed"
    assert marks["loss"].tone == marks["words"].tone == "fetched"
    assert ("dot", "gradients/dot_grad/MatMul_1") in record.overlay.pairs
    assert marks["gradients/dot_grad/MatMul_1"].group == "dot"
    assert record.times["dot"] > 0 and any(label == "time" for label, _ in marks["dot"].rows)
    assert max(mark.heat or 0 for mark in marks.values()) == 1.0
    assert dict(marks["words"].rows)["value"] == "text"


def test_small_graphs_have_numbers_at_their_edges():
    x = tf.placeholder(tf.float32, [2], name="x")
    y = tf.reduce_sum(tf.square(x, name="square"), name="y")
    laid = viz.record(tf.Session(), y, {x: [1.0, 3.0]}, times=False).overlay
    assert laid.edges["x", 0, "square"] == "[1, 3]"
    assert laid.edges["square", 0, "y"] == laid.marks["square"].badge == "[1, 9]"


def test_nan_is_found_where_it_begins():
    x = tf.placeholder(tf.float32, [2], name="x")
    y = tf.reduce_sum(tf.log(x, name="log"), name="y")
    record = viz.record(tf.Session(), y, {x: [-1.0, 1.0]}, times=False)
    assert (record.overlay.marks["log"].tone, record.overlay.marks["log"].badge) == ("bad", "1 NaN")
    assert record.overlay.marks["y"].tone == "bad"
    assert record.overlay.marks["x"].tone == "fed"
    assert record.times == {}


def test_loops_branches_handles_and_imported_control_flow():
    x = tf.placeholder(tf.float32, [], name="x")
    w = tf.get_variable("w", initializer=2.0, use_resource=True)
    array = tf.TensorArray(tf.float32, 3).unstack([x, x, x]).stack()
    loop = tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, a * w), [0, x])[1]
    branch = tf.cond(x > 0, lambda: x + 1.0, lambda: x - 1.0)
    total = tf.add_n([loop, branch, tf.reduce_sum(array)], name="total")
    tf.gradients(total, [x, w])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        record = viz.record(session, total, {x: 1.5}, times=False)
        assert record.fetched == session.run(total, {x: 1.5}) == record["total"]
    np.testing.assert_array_equal(record[array], [1.5] * 3)


def test_a_fed_tensor_cuts_the_run_off():
    x = tf.placeholder(tf.float32, [], name="x")
    middle = tf.square(x, name="middle")
    y = tf.add(middle, 1.0, name="y")
    record = viz.record(tf.Session(), y, {middle: 5.0}, times=False)
    assert (record.fetched, record["middle"]) == (6.0, 5.0)
    assert "x:0" not in record.values
    assert record.overlay.marks["x"].tone == "pruned"
    with pytest.raises(KeyError, match="was not computed in this run"):
        record["x"]


def test_a_picture_of_it_is_written(recorded, tmp_path):
    record, _ = recorded
    for ending in ("html", "svg"):
        path = record.save(tmp_path / f"record.{ending}")
        assert "loss" in Path(path).read_text(encoding="utf-8")
    assert record._repr_html_().startswith("<iframe")
