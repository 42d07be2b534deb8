"""The difference of two graphs."""

import dataclasses

import graphflow as tf
from graphflow import viz


def build(scope="a", factor=2.0, extra=False, units=3):
    graph = tf.Graph()
    with graph.as_default():
        x = tf.placeholder(tf.float32, [None, 4], name="x")
        with tf.name_scope(scope):
            h = tf.nn.relu(tf.multiply(x, factor, name="mul"), name="relu")
        y = tf.reduce_sum(h, name="y")
        if extra:
            tf.square(y, name="more")
        tf.zeros([units], name="zeros")
    return graph


def test_equal_graphs_have_no_difference():
    found = viz.diff(build(), build())
    assert not found
    assert str(found).endswith("no difference")


def test_added_removed_and_changed():
    found = viz.diff(build(extra=True), build(factor=3.0))
    assert found.removed == ["more"]
    assert found.added == []
    assert found.changed == {"a/mul/y": [("value", "2", "3")]}
    marks = found.overlay.marks
    assert (marks["more"].tone, marks["a/mul/y"].tone) == ("removed", "changed")
    assert "more" in found.model.nodes
    back = viz.diff(build(), build(extra=True))
    assert (back.added, back.removed, back.overlay.marks["more"].tone) == (["more"], [], "added")


def test_a_renamed_scope_is_seen_as_such():
    found = viz.diff(build("a"), build("b"))
    assert found.renamed == {"a/mul/y": "b/mul/y", "a/mul": "b/mul", "a/relu": "b/relu"}
    assert (found.added, found.removed, found.changed) == ([], [], {})


def test_a_renamed_scope_with_a_change_inside_is_new():
    found = viz.diff(build("a"), build("b", factor=5.0))
    assert found.renamed == {}
    assert {"b/mul/y", "b/mul", "b/relu"} == set(found.added)


def test_changed_edges_are_told():
    graph = tf.Graph()
    with graph.as_default():
        a, b = tf.constant(1.0, name="a"), tf.constant(2.0, name="b")
        with tf.control_dependencies([a]):
            tf.negative(b, name="n")
    other = tf.Graph()
    with other.as_default():
        a, b = tf.constant(1.0, name="a"), tf.constant(2.0, name="b")
        tf.negative(a, name="n")
    assert viz.diff(graph, other).changed["n"] == [("inputs", "b", "a"), ("control inputs", "a", "none")]


def test_freezing_turns_variables_into_constants(tmp_path):
    with tf.Graph().as_default() as graph, tf.Session() as session:
        x = tf.placeholder(tf.float32, [None, 2], name="x")
        w = tf.get_variable("w", initializer=[[1.0], [2.0]])
        tf.matmul(x, w, name="y")
        session.run(tf.global_variables_initializer())
        frozen = tf.graph_util.convert_variables_to_constants(session, graph.as_graph_def(), ["y"])
    found = viz.diff(graph, frozen)
    assert ("type", "VariableV2", "Const") in found.changed["w"]
    assert {"w/Assign", "init"} <= set(found.removed)
    assert found.save(tmp_path / "frozen.html")
    assert "w: type VariableV2 → Const" in str(found)


def test_long_chains_are_compared_in_one_pass():
    node = viz.Node("x", "Placeholder", outputs=(("float32", None),))
    chains = []
    for prefix in ("old", "new"):
        nodes = [node]
        for i in range(20_000):
            nodes.append(dataclasses.replace(node, name=f"{prefix}{i}", op="Exp", inputs=((nodes[-1].name, 0),)))
        chains.append(viz.Model(nodes, prefix))
    found = viz.diff(*chains)
    assert len(found.renamed) == 20_000 and not found.added and not found.removed
