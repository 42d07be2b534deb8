"""Imported graphs with TensorFlow 1's own control flow compute what the judge computed with them."""

import base64
import gzip
import json
from pathlib import Path

import numpy as np
import pytest

import graphflow as tf

FIXTURE = Path(__file__).parent.parent / "oracle" / "fixtures" / "imported_control_flow.json.gz"
RECORDED = json.loads(gzip.decompress(FIXTURE.read_bytes()))


def imported(name):
    graph_def = tf.GraphDef.FromString(base64.b64decode(RECORDED[name]["graph"]))
    tf.import_graph_def(graph_def, name="")
    return RECORDED[name]


@pytest.mark.parametrize("name", RECORDED)
def test_values(name):
    case = imported(name)
    with tf.Session() as session:
        if case["initializer"]:
            session.run(case["initializer"])
        for fed, expected in zip(case["feeds"], case["values"]):
            found = session.run(case["fetches"], {f"{k}:0": v for k, v in fed.items()})
            for actual, value in zip(found, expected):
                np.testing.assert_allclose(actual, np.array(value), rtol=1e-5, atol=1e-6)


def test_the_graph_keeps_its_nodes():
    imported("loop")
    types = {op.type for op in tf.get_default_graph().get_operations()}
    assert types >= {"Enter", "Merge", "Switch", "Exit", "NextIteration", "LoopCond"}


def test_a_result_may_be_fed_and_built_upon():
    case = imported("one_branch")
    graph = tf.get_default_graph()
    result = graph.get_tensor_by_name(case["fetches"][0])
    more = tf.cond(graph.get_tensor_by_name("p:0"), lambda: result * 10.0, lambda: result)
    with tf.Session() as session:
        fed = {"x:0": [1.0, 2.0, 3.0], "p:0": True}
        assert session.run(more, fed).tolist() == [20.0, 40.0, 60.0]
        assert session.run(more, {**fed, result: [1.0, 1.0, 1.0]}).tolist() == [10.0] * 3
        assert session.run(more, {"p:0": False, result: [7.0, 8.0, 9.0]}).tolist() == [7.0, 8.0, 9.0]


def test_what_is_inside_a_branch_cannot_be_fetched():
    imported("one_branch")
    with (
        tf.Session() as session,
        pytest.raises(tf.errors.UnimplementedError, match="cond/mul.*outside of where it belongs"),
    ):
        session.run("cond/mul:0", {"x:0": [1.0, 2.0, 3.0], "p:0": True})


def test_functional_nodes_survive_a_round_trip():
    x = tf.placeholder(tf.float32, [3], name="x")
    p = tf.placeholder(tf.bool, [], name="p")
    n = tf.placeholder(tf.int32, [], name="n")
    v = tf.get_variable("v", initializer=2.0, use_resource=True)

    def body(i, y):
        with tf.control_dependencies([v.assign_add(1.0)]):
            return i + 1, y * x * v.read_value()

    y = tf.cond(p, lambda: x * 2.0, lambda: tf.while_loop(lambda i, y: i < n, body, [0, x])[1])
    y = tf.map_fn(lambda e: tf.cond(e > 3.0, lambda: e * e, lambda: -e), y)
    slope = tf.gradients(y, x)[0]
    fed = [{"x:0": [1.0, 2.0, 3.0], "p:0": p, "n:0": 2} for p in (True, False, False)]

    def run(initializer, fetches):
        with tf.Session() as session:
            session.run(initializer)
            return [session.run(fetches, f) for f in fed]

    expected = run(v.initializer, [y, slope])
    graph_def = tf.get_default_graph().as_graph_def()
    with tf.Graph().as_default() as graph:
        again, of_x, initializer = tf.import_graph_def(
            graph_def, name="", return_elements=[y.name, "x:0", v.initializer.name]
        )
        found = run(initializer, [again, tf.gradients(again, of_x)[0]])
        for actual, value in zip(found, expected):
            np.testing.assert_allclose(actual, value, rtol=1e-6)
        functions = {f.signature.name for f in graph.as_graph_def().library.function}
        assert functions == {f.signature.name for f in graph_def.library.function}
