"""Forward and backward are paired right for every type of operation that has a gradient."""

import contextlib

import pytest

import graphflow as tf
from graphflow._autodiff import gradients
from graphflow._core import dtypes
from graphflow._graph import build, op_def
from graphflow._lowering import table
from graphflow._viz.graph import model
from graphflow._viz.views import pairs
from tests.oracle import harness, recording

REFUSING = {"PreventGradient": "is there to refuse"}
BODIES = ("func", "list(func)")  # attributes that only a graph with bodies can have: see the test of branches and loops


def differentiable():
    """All types with a gradient, written or derived, in alphabetical order."""
    found = []
    for name in sorted(op_def.known_types()):
        definition = op_def.get(name)
        rule = definition.gradient_rule
        is_derived = (
            rule is None and name in table.rows() and has_smooth(definition.inputs) and has_smooth(definition.outputs)
        )
        if (is_derived or callable(rule)) and not any(attr.kind in BODIES for attr in definition.attrs.values()):
            found.append(name)
    return found


def has_smooth(args):
    return any(arg.dtype is None or arg.dtype.is_floating or arg.dtype.is_complex for arg in args)


@contextlib.contextmanager
def watched(monkeypatch):
    """What the reverse walk does: {operation made by the gradient of an operation: that operation}."""
    made, call = {}, gradients.Walk._call

    def spy(self, rule, op, outs):
        before = len(self.graph._ops)
        found = call(self, rule, op, outs)
        made.update(dict.fromkeys(self.graph._ops[before:], op))
        return found

    with monkeypatch.context() as patch:
        patch.setattr(gradients.Walk, "_call", spy)
        yield made


def told(found):
    """{backward: forward} of pairs."""
    return {backward: forward for forward, backward in found}


def check(graph, made):
    """The pairs of a graph, and of the file it is written to, are those of the walk."""
    expected = {b.name: f.name for b, f in made.items() if b.graph is graph and f.graph is graph}
    found = told(pairs.find(graph))
    assert {name: found.get(name) for name in expected} == expected
    of_file = told(pairs.find(model.read(graph)))
    assert {name: of_file.get(name) for name in expected} == expected
    beside = {}  # a gradient that goes through several operations unchanged is that of all of them
    for t, grads in pairs.gradients_in(graph).items():
        for g in grads:
            if g.op.type == "AddN" and g.op.name not in expected:
                beside.setdefault(g.op.name, []).append(t.op.name)
    for name, forwards in beside.items():
        assert found[name] == forwards[0]
        assert of_file.get(name, forwards[0]) in forwards


@pytest.mark.parametrize("module", harness.modules())
def test_pairs_of_the_oracles_graphs(module, monkeypatch):
    for case in harness.collect(module).values():
        if case.grads and not case.raises:
            with tf.Graph().as_default() as graph, watched(monkeypatch) as made:
                recording.record_gradients(case, tf, graph)
            check(graph, made)


FITTING = {"padding": b"SAME", "pooling_ratio": [1.0, 1.5, 1.5, 1.0], "N": 2}


_CELL = {"x": [2, 3], "cs_prev": [2, 4], "h_prev": [2, 4], "w": [7, 16], "wci": [4], "wcf": [4], "wco": [4], "b": [16]}
SHAPES = {("LSTMBlockCell", name): shape for name, shape in _CELL.items()}  # its gradient needs to know them


def anything(attr, op_type):
    """A value of an attribute, whatever the operation is for."""
    if attr.name in FITTING:
        return FITTING[attr.name]
    if attr.kind == "type":
        return dtypes.float32 if attr.allowed is None or dtypes.float32 in attr.allowed else min(attr.allowed, key=str)
    if attr.kind == "list(type)":
        return [dtypes.float32] * max(1, attr.minimum or 0)
    if attr.allowed:
        return min(attr.allowed)
    return {
        "int": max(2, attr.minimum or 0), "list(int)": [1] * max(5 if "3D" in op_type else 4, attr.minimum or 0), "float": 0.5,
        "bool": False, "string": b"", "shape": None, "list(shape)": [None], "list(float)": [0.5],
    }[attr.kind]  # fmt: skip


def alone(definition):
    """An operation of that type on placeholders of unknown shape."""
    attrs = {
        attr.name: attr.default if attr.has_default else anything(attr, definition.name)
        for attr in definition.attrs.values()
    }
    inputs = []
    for arg in definition.inputs:
        kinds = [dtypes.float32] * 2 if arg.type_list_attr else [arg.dtype or attrs[arg.type_attr]]
        kinds = kinds * attrs[arg.number_attr] if arg.number_attr else kinds
        made = [tf.placeholder(kind, SHAPES.get((definition.name, arg.name))) for kind in kinds]
        if arg.is_ref:
            made = [tf.Variable(tf.zeros([2], kind), validate_shape=False)._ref() for kind in kinds]
        inputs.append(made if arg.number_attr or arg.type_list_attr else made[0])
    given = {attr.name: attrs[attr.name] for attr in definition.plain}
    made = build.apply_op(definition, inputs, definition.name.lower(), given)
    made = made[0] if isinstance(made, (list, tuple)) else made
    return getattr(made, "op", made)


def smooth(tensors):
    return [t for t in tensors if t.dtype.is_floating or t.dtype.is_complex]


@pytest.mark.parametrize("op_type", differentiable())
def test_pairs_of_every_type_with_a_gradient(op_type, monkeypatch):
    with tf.Graph().as_default() as graph, watched(monkeypatch) as made:
        op = alone(op_def.get(op_type))
        ys, xs = smooth(op.outputs), smooth(op.inputs)
        if op_type in REFUSING:
            with pytest.raises(LookupError):
                tf.gradients(ys, xs)
            return
        tf.gradients(ys, xs, [tf.placeholder(y.dtype.base_dtype) for y in ys])
    check(graph, made)
    assert set(made.values()) <= {op}


def test_pairs_of_branches_and_loops(monkeypatch):
    with tf.Graph().as_default() as graph, watched(monkeypatch) as made:
        x = tf.placeholder(tf.float32, [], name="x")
        branch = tf.cond(x > 0, lambda: x * 2.0, lambda: x * 3.0)
        loop = tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, a * x), [0, branch])[1]
        chosen = tf.switch_case(tf.cast(x, tf.int32), [lambda: loop + x, lambda: loop * x])
        tf.gradients(chosen, x)
    check(graph, made)
    assert {"If", "While", "Case"} <= {op.type.removeprefix("Stateless") for op in made.values()}


def test_a_gradient_of_a_gradient_belongs_to_the_gradient():
    x = tf.placeholder(tf.float32, [], name="x")
    y = tf.exp(x, name="y")
    (slope,) = tf.gradients(y, x)
    tf.gradients(slope, x)
    found = told(pairs.find(tf.get_default_graph()))
    assert found[slope.op.name] == "y"
    assert "gradients/y_grad" in slope.op.name
    assert slope.op.name in set(found.values())


def test_a_sum_of_gradients_belongs_to_what_was_used_twice():
    w = tf.get_variable("w", [3, 3])
    y = tf.matmul(tf.matmul(w, w, name="a"), w, name="b")
    tf.train.GradientDescentOptimizer(0.1).minimize(y)
    graph = tf.get_default_graph()
    assert told(pairs.find(graph))["gradients/AddN"] == "w/read"
    of_file = told(pairs.find(graph.as_graph_def()))
    assert of_file["gradients/AddN"] == "w"
    assert of_file["gradients/a_grad/MatMul"] == "a"


def test_names_that_only_look_like_gradients():
    x = tf.placeholder(tf.float32, [], name="my_grad")
    with tf.name_scope("x_grad"):
        tf.identity(x, name="y")
    assert pairs.find(tf.get_default_graph()) == []


def test_the_picture_groups_each_gradient_with_its_node():
    x = tf.placeholder(tf.float32, [2, 3], name="x")
    loss = tf.reduce_sum(tf.square(x, name="square"))
    tf.gradients(loss, x)
    picture = pairs.side_by_side(tf.get_default_graph())
    assert picture.overlay.marks["gradients/square_grad/Mul_1"].group == "x"  # it is the gradient of x
    assert ("Sum", "gradients/Sum_grad/BroadcastTo") in picture.overlay.pairs


def test_a_graph_without_gradients_has_no_other_side():
    tf.placeholder(tf.float32, name="x")
    with pytest.raises(ValueError, match=r"call tf\.gradients"):
        pairs.side_by_side(tf.get_default_graph())
