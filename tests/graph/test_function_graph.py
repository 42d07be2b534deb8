"""Bodies: what they capture, and what they share with the graph around them."""

import pytest

import graphflow as tf
from graphflow._graph import static_value


@pytest.fixture
def outside():
    return tf.placeholder(tf.float32, [None, 3], name="x")


def body_of(t, which="then_branch"):
    return t.op.inputs[0].op.attrs[which]


def test_a_tensor_is_captured_once(outside):
    body = body_of(tf.cond(tf.constant(True), lambda: outside * outside + outside, lambda: outside))
    assert body.outer_inputs == [outside]
    assert [t.shape.as_list() for t in body.inputs] == [[None, 3]]
    assert body.captured_from(body.inputs[0]) is outside
    assert body.captured_from(outside) is None


def test_both_branches_take_the_same_inputs(outside):
    other = tf.constant(2.0)
    result = tf.cond(tf.constant(True), lambda: outside * 2.0, lambda: outside * other)
    node = result.op.inputs[0].op
    assert list(node.inputs[1:]) == [outside, other]
    for branch in ("then_branch", "else_branch"):
        assert body_of(result, branch).outer_inputs == [outside, other]


def test_what_is_further_out_is_captured_by_every_body_between(outside):
    result = tf.cond(
        tf.constant(True), lambda: tf.cond(tf.constant(False), lambda: outside + 1.0, lambda: outside), lambda: outside
    )
    outer = body_of(result)
    inner = body_of(outer.outputs[0])
    assert inner.outer_graph is outer
    assert outer.outer_inputs == [outside]
    assert inner.outer_inputs == outer.inputs


def test_a_loop_hands_its_captures_on(outside):
    result = tf.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, y * outside), [0, outside])[1]
    node = result.op.inputs[0].op
    body = node.attrs["body"]
    assert len(node.inputs) == len(node.outputs) == len(body.inputs) == len(body.outputs) == 3
    assert body.outputs[2] is body.inputs[2]
    assert body.outer_inputs[1:] == [outside, outside]


def test_names_are_those_of_one_graph(outside):
    names = []
    tf.cond(tf.constant(True), lambda: names.append((outside * 2.0).name) or outside, lambda: outside * 3.0)
    with tf.name_scope("scope"):
        tf.while_loop(lambda i: i < 3, lambda i: names.append((i + 1).name) or i + 2, [0])
    names += [(outside * 2.0).name, tf.cond(tf.constant(True), lambda: 1, lambda: 2).name]
    assert names == ["cond/mul:0", "scope/while/add:0", "mul:0", "cond_1/Merge:0"]


def test_collections_and_the_seed_are_shared():
    tf.set_random_seed(5)
    seen = []

    def branch():
        graph = tf.get_default_graph()
        tf.add_to_collection("found", tf.constant(1.0))
        seen.append(graph.seed)
        return tf.constant(1.0)

    tf.cond(tf.constant(True), branch, branch)
    assert seen == [5, 5]
    assert len(tf.get_collection("found")) == 2


def test_variables_and_placeholders_are_made_outside():
    made = []

    def branch():
        made.append(tf.get_variable("v", initializer=1.0))
        made.append(tf.placeholder(tf.float32, [], name="fed"))
        return made[0] + made[1]

    y = tf.cond(tf.constant(True), branch, lambda: 0.0)
    graph = tf.get_default_graph()
    assert [m.graph for m in made] == [graph, graph]
    assert tf.trainable_variables() == [made[0]]
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert session.run(y, {made[1]: 2.0}) == 3.0


def test_scopes_may_name_what_is_outside(outside):
    v = tf.get_variable("v", initializer=1.0)

    def branch():
        graph = tf.get_default_graph()
        with graph.colocate_with(outside), graph.control_dependencies([outside, v, v.op]), graph.device("/cpu:0"):
            return tf.constant(1.0)

    result = tf.cond(tf.constant(True), branch, lambda: 2.0)
    assert set(result.op.inputs[0].op.control_inputs) >= {outside.op, v.op}
    assert body_of(result).outputs[0].op.device == "/device:CPU:0"


def test_static_values_pass_into_bodies(outside):
    sizes = tf.constant([3, 2])
    found = []

    def body(i):
        found.append(static_value.constant_value(tf.identity(sizes)).tolist())
        found.append(static_value.constant_value(i))
        return i + tf.reduce_sum(sizes)

    tf.while_loop(lambda i: i < 3, body, [0])
    assert found == [[3, 2], None]


def test_a_tensor_of_another_graph_is_refused():
    with tf.Graph().as_default():
        foreign = tf.constant(1.0)
    with pytest.raises(ValueError, match="cannot be used inside 'cond_true'"):
        tf.cond(tf.constant(True), lambda: foreign + 1.0, lambda: 2.0)


def test_bodies_are_exported_as_functions(outside):
    tf.cond(
        tf.constant(True), lambda: outside * 2.0, lambda: tf.cond(tf.constant(False), lambda: outside, lambda: -outside)
    )
    graph_def = tf.get_default_graph().as_graph_def()
    assert {f.signature.name for f in graph_def.library.function} == {
        "cond_true", "cond_false", "cond_cond_true", "cond_cond_false",
    }  # fmt: skip
    node = next(n for n in graph_def.node if n.op == "StatelessIf")
    assert node.attr["then_branch"].func.name == "cond_true"
