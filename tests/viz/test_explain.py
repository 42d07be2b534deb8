"""What a run keeps, folds, leaves out, and where it is cut."""

import numpy as np
import pytest

import graphflow as tf
from graphflow import viz


@pytest.fixture
def session():
    x = tf.placeholder(tf.float32, [None, 4], name="x")
    with tf.name_scope("hidden"):
        h = tf.nn.relu(x * 2.0, name="h")
    p = tf.py_func(lambda a: a + 1, [h], tf.float32, name="python")
    tf.reduce_sum(tf.reshape(p, [tf.shape(x)[0], 4], name="shaped"), name="y")
    tf.identity(h, name="unused")
    return tf.Session()


def test_islands_and_the_python_between_them(session):
    found = viz.explain(session, "y:0", {"x:0": np.ones([2, 4])})
    assert [piece.is_host for piece in found.pieces] == [False, True, False]
    assert "hidden/h" in found.pieces[0].operations
    assert found.pieces[1].operations == ["python"]
    assert found.pieces[1].because["python"]
    assert {"shaped", "y"} <= set(found.pieces[2].operations)
    marks = found.overlay.marks
    assert marks["hidden/h"].tone != marks["shaped"].tone
    assert (marks["x"].tone, marks["y"].tone, marks["python"].badge) == ("fed", "fetched", "in Python")


def test_what_is_known_while_compiling_is_folded(session):
    found = viz.explain(session, "y:0", {"x:0": np.ones([2, 4])})
    assert {"Shape", "strided_slice", "shaped/shape"} <= set(found.folded)
    assert "hidden/h" in found.kept and "hidden/h" not in found.folded
    assert found.overlay.marks["strided_slice"].tone == "folded"


def test_what_does_not_run_and_why(session):
    found = viz.explain(session, "y:0", {"python:0": np.ones([2, 4]), "x:0": np.ones([2, 4])})
    assert found.pruned["unused"] == "no fetch needs it"
    assert found.pruned["hidden/h"] == "only what is fed would need it"
    assert found.overlay.marks["hidden/h"].tone == "pruned"
    everything = {op.name for op in session.graph.get_operations()}
    fed = {"x", "python"}
    assert set(found.kept) | set(found.folded) | set(found.pruned) | fed == everything
    assert not set(found.kept) & set(found.pruned)


def test_the_account_is_that_of_the_run(session):
    """What is said to run is what a trace of the run shows."""
    feed = {"x:0": np.ones([2, 4])}
    found = viz.explain(session, "y:0", feed)
    metadata = tf.RunMetadata()
    session.run("y:0", feed, tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE), metadata)
    traced = {node.node_name for device in metadata.step_stats.dev_stats[1:] for node in device.node_stats}
    assert traced <= set(found.kept) | set(found.folded)
    assert {"hidden/h", "hidden/mul"} <= traced


def test_nothing_runs():
    calls = []
    y = tf.py_func(lambda: calls.append(1) or np.float32(0), [], tf.float32)
    viz.explain(tf.Session(), y)
    assert calls == []


def test_the_text_tells_it_all(session):
    text = str(viz.explain(session, "y:0", {"x:0": np.ones([2, 4])}))
    assert "step 1: one compiled program" in text
    assert "step 2: 1 operation in Python" in text
    assert "left out: no fetch needs it" in text


def test_a_missing_feed_is_told_as_by_run(session):
    with pytest.raises(tf.errors.InvalidArgumentError, match="must feed a value for placeholder tensor 'x'"):
        viz.explain(session, "y:0")


def test_what_is_no_session_is_told():
    with pytest.raises(TypeError, match="expected a tf.Session, got Graph"):
        viz.explain(tf.get_default_graph(), [])


def test_imported_loops_are_kept():
    graph = tf.Graph()
    with graph.as_default():
        i = tf.constant(0, name="start")
        tf.while_loop(lambda i: i < 3, lambda i: i + 1, [i], name="loop")
    found = viz.explain(tf.Session(graph=graph), graph.get_operations()[-1].outputs[0])
    assert "start" in found.kept + found.folded
