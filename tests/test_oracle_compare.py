"""The comparison itself: each kind of difference is found, and a graph is equal to itself."""

import copy

import numpy as np
import pytest

from tests.oracle import compare, harness, storage


@pytest.fixture
def graph():
    return storage.load("networks", harness.FIXTURES)["recap_on_digits"]["graph"]


def node(graph, name):
    return next(node for node in graph["nodes"] if node["name"] == name)


def test_a_graph_is_equal_to_itself(graph):
    assert compare.graph_differences(graph, copy.deepcopy(graph)) == []
    assert compare.gradient_differences(graph, copy.deepcopy(graph)) == []


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("op", "AddV3"),
        ("inputs", ["MatMul", "MatMul"]),
        ("device", "/device:CPU:0"),
        ("attrs", {"T": "double"}),
        ("shapes", ["[?]"]),
        ("dtypes", ["double"]),
    ],
)
def test_a_changed_node_is_found(graph, part, value):
    changed = copy.deepcopy(graph)
    node(changed, "add")[part] = value
    lines = compare.graph_differences(graph, changed)
    assert len(lines) == 1 and lines[0].startswith("add (")


def test_missing_and_extra_and_moved_nodes_are_found(graph):
    changed = copy.deepcopy(graph)
    node(changed, "add")["name"] = "sum"
    lines = compare.graph_differences(graph, changed)
    assert any(line.startswith("missing node add ") for line in lines)
    assert any(line.startswith("extra node sum ") for line in lines)
    swapped = copy.deepcopy(graph)
    swapped["nodes"][0], swapped["nodes"][1] = swapped["nodes"][1], swapped["nodes"][0]
    assert [line.split(":")[0] for line in compare.graph_differences(graph, swapped)] == ["order of creation"]


def test_inside_gradients_only_principal_ops_count(graph):
    changed = copy.deepcopy(graph)
    bookkeeping = [n for n in changed["nodes"] if n["op"] == "BroadcastGradientArgs"]
    assert bookkeeping
    changed["nodes"] = [n for n in changed["nodes"] if n not in bookkeeping]
    assert compare.graph_differences(graph, changed) == compare.gradient_differences(graph, changed) == []
    changed["nodes"] = [n for n in changed["nodes"] if not n["name"].startswith("gradients/MatMul_1_grad/")]
    assert compare.graph_differences(graph, changed) == []
    lines = compare.gradient_differences(graph, changed)
    assert lines == ["gradients/MatMul_1_grad: expected ops ['MatMul'], got no such scope"]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (np.float32([1, 2.1]), "first at [1]"),
        (np.float32([1, np.nan]), "first at [1]"),
        (np.float32([1]), "shape"),
        (np.float64([1, 2]), "dtype"),
    ],
)
def test_changed_values_are_found(values, words):
    def recording(array):
        return {"values": {"y": array}, "dtypes": {"y": array.dtype.name}}

    expected = recording(np.float32([1, 2]))
    assert compare.value_differences(expected, recording(np.float32([1, 2 + 1e-6]))) == []
    assert words in compare.value_differences(expected, recording(values))[0]
    assert compare.value_differences(expected, {"values": {}, "dtypes": {}})


def test_another_or_a_later_error_is_found():
    expected = {"kind": "ValueError", "kinds": ["ValueError"], "stage": "build", "message": "m"}
    assert (
        compare.error_differences(expected, dict(expected, kind="ShapeError", kinds=["ShapeError", "ValueError"])) == []
    )
    assert compare.error_differences(expected, dict(expected, kind="TypeError", kinds=["TypeError"]))
    assert compare.error_differences(expected, dict(expected, stage="run"))
