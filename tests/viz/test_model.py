import os

import numpy as np
import pytest

import graphflow as tf
from graphflow import viz
from graphflow._viz.graph import attr_text, tree
from graphflow._viz.layout import levels, opening
from tests.viz import graphs


def essence(node):
    """All but the user's line and the shapes, of which a file may tell less."""
    return node.op, node.inputs, node.controls, [dtype for dtype, _ in node.outputs], node.attrs, len(node.results)


# -- reading -------------------------------------------------------------------------------------------------------------


def test_a_node_tells_what_its_operation_is():
    read = viz.read(graphs.small())
    node = read.nodes["layer/MatMul"]
    assert (node.op, node.inputs, node.outputs) == ("MatMul", (("x", 0), ("w/read", 0)), (("float32", (None, 2)),))
    assert node.attrs == {"transpose_a": "False", "transpose_b": "False", "T": "float32"}
    assert node.source.startswith("graphs.py:") and "tf.nn.relu(tf.matmul(x, w))" in node.source
    assert read.nodes["after"].controls == ("layer/Relu",)
    assert list(read.nodes) == [op.name for op in tf.get_default_graph().get_operations()]


def test_the_bodies_of_loops_and_branches_are_nodes():
    x = tf.placeholder(tf.float32, [], name="x")
    y = tf.cond(x > 0, lambda: x * 2, lambda: x - 1)
    tf.while_loop(lambda i: i < 5, lambda i: i + 1, [y], name="loop")
    nodes = viz.read(y.graph).nodes
    call = nodes["cond"]
    assert [nodes[name].op for name, _ in call.results] == ["Mul", "Sub"]
    inside = [node for node in nodes.values() if node.within == "cond"]
    assert {node.name for node in inside} > {"cond/mul", "cond/sub"} and all(n.name.startswith("cond/") for n in inside)
    parameter = nodes[nodes["cond/mul"].inputs[0][0]]
    assert parameter.op == "Placeholder" and parameter.inputs == (("x", 0),)
    assert any(node.within == "loop" and node.op == "AddV2" for node in nodes.values())


def test_a_file_gives_the_same_nodes_as_the_graph(tmp_path):
    graph = graphs.recurrent(2)
    expected = {name: essence(node) for name, node in viz.read(graph).nodes.items() if not node.within}
    tf.train.write_graph(graph.as_graph_def(), str(tmp_path), "g.pb", as_text=False)
    tf.train.write_graph(graph.as_graph_def(), str(tmp_path), "g.pbtxt")
    tf.train.export_meta_graph(str(tmp_path / "g.meta"))
    for name in ("g.pb", "g.pbtxt", "g.meta"):
        read = viz.read(tmp_path / name)
        assert read.title == name
        assert {n: essence(node) for n, node in read.nodes.items() if not node.within} == expected
        assert all(node.source is None for node in read.nodes.values())


def test_a_saved_model_tells_its_signatures(tmp_path):
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    y = tf.identity(x * 2, name="y")
    tf.Variable(1.0)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        tf.saved_model.simple_save(session, str(tmp_path / "model"), {"features": x}, {"doubled": y})
    read = viz.read(tmp_path / "model")
    assert read.signatures == {"serving_default": ({"features": "x:0"}, {"doubled": "y:0"})}
    assert "signature 'serving_default'" in str(viz.inspect(read))


def test_what_else_can_be_read():
    graph = graphs.small()
    everything = len(graph.get_operations())
    relu = graph.get_tensor_by_name("layer/Relu:0")
    needed = {"x", "ones", "w", "w/read", "layer/MatMul", "layer/Relu"} - {"ones"}
    assert set(viz.read(relu).nodes) == set(viz.read(relu.op).nodes) == set(viz.read([relu]).nodes) == needed
    assert set(viz.read({"a": relu}).nodes) == set(viz.read(graph).needed_by(["layer/Relu:0"]).nodes) == needed
    assert {node.name for node in viz.read(relu).graph_def().node} == needed
    with tf.Session() as session:
        assert len(viz.read(session).nodes) == everything
    assert len(viz.read(graph.as_graph_def()).nodes) == everything
    assert set(viz.read(tf.trainable_variables()).nodes) == {"w"}
    sparse = tf.sparse_placeholder(tf.float32, name="sparse")
    assert len(viz.read(sparse).nodes) >= 3


def test_a_keras_model_can_be_read():
    keras = tf.keras
    model = keras.Sequential([keras.layers.Dense(3, input_shape=(4,), name="first"), keras.layers.Dense(2)])
    read = viz.read(model)
    assert "first/MatMul" in read.nodes and read.title == model.name


def test_what_cannot_be_read_is_told(tmp_path):
    a = tf.constant(1.0, name="a")
    with tf.Graph().as_default():
        b = tf.constant(1.0, name="b")
    with pytest.raises(ValueError, match="'a' and 'b' are of different graphs"):
        viz.read([a, b])
    with pytest.raises(TypeError, match="ndarray cannot be shown; expected a Graph"):
        viz.read(np.ones(3))
    with pytest.raises(ValueError, match="nothing to show"):
        viz.read([])
    with pytest.raises(FileNotFoundError):
        viz.read(tmp_path / "none.pb")
    (tmp_path / "page.pb").write_text("<html>no such file</html>")
    with pytest.raises(ValueError, match="page.pb is not a GraphDef; it looks like an HTML"):
        viz.read(tmp_path / "page.pb")
    with pytest.raises(ValueError, match="is no SavedModel"):
        viz.read(tmp_path)
    with pytest.raises(ValueError, match="no node 'aa'; the nearest are a"):
        viz.read(a.graph).needed_by(["aa"])


def test_a_graph_that_cannot_run_is_shown(tmp_path):
    text = """node { name: "a" op: "Nobody" attr { key: "k" value { i: 3 } } }
      node { name: "b" op: "MatMul" input: "a" input: "missing:1" input: "^a" attr { key: "T" value { type: DT_HALF } } }
      node { name: "p" op: "Placeholder" attr { key: "dtype" value { type: DT_INT64 } }
             attr { key: "shape" value { shape { dim { size: -1 } dim { size: 3 } } } } }
      node { name: "a" op: "Twice" }"""
    (tmp_path / "g.pbtxt").write_text(text)
    nodes = viz.read(tmp_path / "g.pbtxt").nodes
    assert [(n.name, n.op) for n in nodes.values()] == [
        ("a", "Nobody"),
        ("b", "MatMul"),
        ("p", "Placeholder"),
        ("a'", "Twice"),
    ]
    assert nodes["a"].attrs == {"k": "3"} and nodes["a"].outputs == ()
    assert (nodes["b"].inputs, nodes["b"].controls) == ((("a", 0), ("missing", 1)), ("a",))
    assert nodes["b"].outputs == (("float16", None),) and nodes["p"].outputs == (("int64", (None, 3)),)
    assert "<svg" in viz.to_svg(tmp_path / "g.pbtxt")
    assert viz.inspect(tmp_path / "g.pbtxt").unknown == ["Nobody", "Twice"]


def test_attributes_are_short_texts():
    texts = [
        attr_text.of_value(v) for v in (tf.float32, (None, 3), None, b"SAME", 0.25, [1, 2], np.zeros(100, np.float32))
    ]
    assert texts == ["float32", "[?,3]", "<unknown>", "SAME", "0.25", "[1, 2]", "float32[100] 0 0 0 0 0 0 0 0 …"]
    assert len(attr_text.of_value(b"x" * 100_000)) <= 201
    assert attr_text.of_value(np.array([b"a", b"b"], object)) == "'a' 'b'"


# -- scopes --------------------------------------------------------------------------------------------------------------


def test_scopes_are_nested_and_know_their_operation():
    scopes = tree.Tree(viz.read(graphs.small()))
    assert list(scopes.root.children)[:4] == ["x", "ones", "w", "layer"]
    w = scopes.scopes["w"]
    assert w.node.op == "VariableV2" and list(w.children) == ["(w)", "Assign", "read"] and w.main is w.node
    assert [s.label for s in scopes.path("gradients/layer/Relu_grad/ReluGrad")] == ["gradients", "layer", "Relu_grad"]
    assert scopes.root.count == len(tf.get_default_graph().get_operations())


def test_every_node_has_one_place_whatever_it_is_called():
    read = graphs.hostile()
    scopes = tree.Tree(read)
    found = [child for scope in scopes.root.walk() for child in scope.items if isinstance(child, viz.Node)]
    assert sorted(node.name for node in found) == sorted(read.nodes)
    assert all(node is scopes.home[node.name].children[label] for node in found for label in scopes.home[node.name].children
               if scopes.home[node.name].children[label] is node)  # fmt: skip


def test_what_is_too_wide_is_grouped_between_steps():
    nodes = [viz.Node(f"{op}_{i}" if i else op, op) for i in range(200) for op in ("MatMul", "Add", "Tanh")]
    scopes = tree.Tree(viz.Model([*nodes, viz.Node("w", "VariableV2")], "steps"), widest=40)
    items = scopes.root.items
    assert len(items) <= 41 and items[0].name == "w"
    assert items[1].label.startswith("MatMul … Tanh") and all(item.label.startswith("MatMul_") for item in items[2:])
    assert sum(item.count for item in items[1:]) == 600
    assert all(scopes.home[node.name].is_group for node in nodes)


# -- levels and opening --------------------------------------------------------------------------------------------------


def test_an_edge_meets_one_port_at_each_border():
    read = viz.Model(
        [viz.Node("a/b/c", "Op", outputs=(("float32", ()),)), viz.Node("a/d", "Op"), viz.Node("e/f/g", "Op", (("a/b/c", 0),)),
         viz.Node("e/h", "Op", (("a/b/c", 0),), ("a/d",))], "ports")  # fmt: skip
    found = levels.build(read, tree.Tree(read), constants=True)
    assert [level.count for level in (found[""], found["a"], found["e"])] == [2, 3, 3]
    (edge,) = found[""].edges.values()
    assert (edge.tensors, edge.controls) == ({("a/b/c", 0): None}, 1)
    assert [item.name for item in found["a"].bottoms] == ["e"] and [item.name for item in found["e"].tops] == ["a"]
    assert set(found["a"].edges) == {(0, 2), (1, 2)} and set(found["e"].edges) == {(2, 0), (2, 1)}


def test_constants_that_stand_alone_are_left_out():
    tf.add(tf.placeholder(tf.float32, name="x"), tf.constant(1.0, name="one"), name="sum")
    read = viz.read(tf.get_default_graph())
    names = [item.name for item in levels.build(read, tree.Tree(read))[""].items]
    assert names == ["x", "sum"]
    assert len(levels.build(read, tree.Tree(read), constants=True)[""].items) == 3


def test_scopes_are_opened_to_a_depth_and_to_a_budget():
    scopes = tree.Tree(viz.read(graphs.network()))
    assert opening.to_depth(scopes, 1) == set()
    assert {"conv1", "loss", "gradients", "Adam"} <= opening.to_depth(scopes, 2)
    assert "gradients/loss" in opening.to_depth(scopes, 3) - opening.to_depth(scopes, 2)
    opened = opening.to_budget(scopes, 45)
    assert {"conv1", "conv2"} <= opened and "gradients" not in opened
    assert opening.to_budget(scopes, 1) == set()


def test_an_event_file_can_be_read(tmp_path):
    graph = graphs.small()
    viz.save_events(graph, str(tmp_path))
    (name,) = os.listdir(tmp_path)
    assert list(viz.read(tmp_path / name).nodes) == [op.name for op in graph.get_operations()]
