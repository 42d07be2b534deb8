"""What a run tells of itself."""

import json

import numpy as np
import pytest

import graphflow as tf
from graphflow._train import timeline

FULL = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)


@pytest.fixture
def model():
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [None, 3], name="x")
        w = tf.get_variable("w", initializer=np.ones((3, 2), np.float32))
        noise = tf.random_uniform([2], seed=1)
        y = tf.matmul(x, w, name="y") + noise
        train = tf.train.GradientDescentOptimizer(0.1).minimize(tf.reduce_sum(y))
        sess.run(tf.global_variables_initializer())
        yield sess, [y, train]


def traced(model, options, feed=None):
    sess, fetches = model
    metadata = tf.RunMetadata()
    result = sess.run(
        fetches, {"x:0": np.ones((4, 3))} if feed is None else feed, options=options, run_metadata=metadata
    )
    return result, metadata.step_stats.dev_stats


def test_measuring_changes_nothing(model):
    sess, fetches = model
    (first, _), _ = traced(model, FULL)
    np.testing.assert_allclose(sess.run("w:0"), np.full((3, 2), 0.6), rtol=1e-6)
    (second, _), _ = traced(model, None)
    other = tf.Session(graph=sess.graph)  # the random numbers begin anew
    other.run("init")
    for expected in (first, second):
        assert np.array_equal(other.run(fetches, {"x:0": np.ones((4, 3))})[0], expected)


def test_the_time_of_each_operation(model):
    _, (whole, nodes) = traced(model, FULL)
    assert [n.node_name for n in whole.node_stats] == ["run"]
    found = {n.node_name: n for n in nodes.node_stats}
    assert {"w", "y", "GradientDescent/update_w/ApplyGradientDescent"} <= found.keys()
    y = found["y"]
    assert y.timeline_label == "y = MatMul(x, w/read)" and y.all_end_rel_micros >= 1
    assert [d.size for d in y.output[0].tensor_description.shape.dim] == [4, 2]
    assert y.output[0].tensor_description.allocation_description.requested_bytes == 32


def test_without_a_full_trace_only_the_run_is_measured(model):
    for options in (None, tf.RunOptions()):
        _, stats = traced(model, options)
        assert [len(s.node_stats) for s in stats] == [1]
    metadata = tf.RunMetadata()
    sess, _ = model
    sess.run("w:0", options=tf.RunOptions(output_partition_graphs=True), run_metadata=metadata)
    assert "w" in [n.name for n in metadata.partition_graphs[0].node]


def test_a_timeline(model):
    sess, fetches = model
    metadata = tf.RunMetadata()
    sess.run(fetches, {"x:0": np.ones((4, 3))}, options=FULL, run_metadata=metadata)
    events = json.loads(timeline.Timeline(metadata.step_stats).generate_chrome_trace_format())["traceEvents"]
    names = [e["args"]["name"] for e in events if e["ph"] == "X"]
    assert "y" in names and "run" in names
    (y,) = [e for e in events if e["ph"] == "X" and e["args"]["name"] == "y"]
    assert y["name"] == "MatMul" and y["args"]["input0"] == "x" and y["dur"] >= 1


def test_the_profiler_hook(tmp_path):
    with tf.Graph().as_default():
        step = tf.train.get_or_create_global_step()
        train = tf.train.GradientDescentOptimizer(0.1).minimize(tf.square(tf.get_variable("v", [])), global_step=step)
        hook = tf.train.ProfilerHook(save_steps=2, output_dir=str(tmp_path))
        with tf.train.SingularMonitoredSession(hooks=[hook]) as sess:
            for _ in range(5):
                sess.run(train)
    tf.summary.FileWriterCache.clear()
    found = sorted(p.name for p in tmp_path.glob("timeline-*.json"))
    assert found == ["timeline-2.json", "timeline-4.json"]
    (events,) = tmp_path.glob("events*")
    tags = [
        e.tagged_run_metadata.tag for e in tf.train.summary_iterator(str(events)) if e.HasField("tagged_run_metadata")
    ]
    assert tags == ["step_2", "step_4"]
