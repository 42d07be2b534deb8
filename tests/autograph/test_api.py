"""to_graph and its like, optional features, and functions that are traced."""

import logging
import subprocess
import sys

import pytest

import graphflow as tf
from graphflow._autograph import api, log, options
from graphflow._graph import eager_graph

Feature = options.Feature


@pytest.fixture
def eagerly():
    with eager_graph.eager_mode():
        yield


def absolute(x):
    """The magnitude."""
    if x > 0:
        return x
    return -x


def test_the_code_can_be_read():
    code = tf.autograph.to_code(absolute)
    compile(code, "<code>", "exec")
    assert code.startswith("def tf__absolute(x):")
    assert "ag__.if_stmt(x > 0, if_body, else_body" in code
    assert "returned" not in code  # no flag that nothing reads
    assert tf.autograph.to_code(lambda x: x and 1) == "tf__lambda = lambda x: ag__.and_(lambda: x, lambda: 1)\n"


def test_what_can_be_converted():
    class Model:
        def method(self, x):
            return absolute(x)

    assert api.to_graph(Model().method)(Model(), -3) == 3
    assert api.to_graph(tf.function(absolute))(-3) == 3
    with pytest.raises(NotImplementedError, match="convert the methods"):
        api.to_graph(Model)
    with pytest.raises(api.source.ConversionError, match="only functions"):
        api.to_graph(len)
    with pytest.raises(TypeError, match="optional features"):
        api.to_graph(absolute, experimental_optional_features=["LISTS"])


def test_decorators():
    calls = []

    @tf.contrib.autograph.convert(recursive=True)
    def f(x):
        calls.append(1)
        return absolute(x)

    @tf.autograph.experimental.do_not_convert()
    def kept(x):
        return x if x > 0 else -x

    with tf.Graph().as_default():
        x = tf.placeholder(tf.int32, [])
        y = f(x)
        with tf.Session() as session:
            assert [session.run(y, {x: v}) for v in (-2, 2)] == [2, 2]
        with pytest.raises(TypeError, match="Python `bool`"):
            kept(x)
        with pytest.raises(TypeError, match="Python `bool`"):
            tf.autograph.to_graph(lambda v: kept(v))(x)
    assert (f.__name__, len(calls)) == ("f", 1)


def test_names_and_effects_as_features():
    def f(v, x):
        v.assign_add(x)
        return x * 2.0

    with tf.Graph().as_default():
        v = tf.Variable(1.0, use_resource=True)
        x = tf.placeholder(tf.float32, [], name="x")
        features = (Feature.NAME_SCOPES, Feature.AUTO_CONTROL_DEPS)
        y = tf.autograph.to_graph(f, experimental_optional_features=features)(v, x)
        assert any(op.name == "f/mul" for op in tf.get_default_graph().get_operations())
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            assert [session.run(y, {x: 3.0}), session.run(v)] == [6.0, 4.0]


def test_printing_as_a_feature(capfd):
    def f(x):
        print("x is", x, sep=": ")
        tf.autograph.trace("traced")
        return x + 1

    with tf.Graph().as_default():
        features = Feature.all_but([Feature.NAME_SCOPES])
        y = tf.autograph.to_graph(f, experimental_optional_features=features)(tf.constant(5))
        assert capfd.readouterr().out == "traced\n"
        with tf.Session() as session:
            assert session.run(y) == 6
        assert capfd.readouterr().out == "x is: 5\n"
        tf.autograph.to_graph(f)(7)
        assert capfd.readouterr().out == "x is: 7\ntraced\n"


def test_assertions_as_a_feature():
    def f(x):
        assert x > 0, "too small"
        return x

    checked = tf.autograph.to_graph(f, experimental_optional_features=Feature.ALL)
    with pytest.raises(AssertionError, match="too small"):
        checked(-1)
    with tf.Graph().as_default():
        x = tf.placeholder(tf.int32, [])
        y = checked(x)
        with tf.Session() as session:
            assert session.run(y, {x: 2}) == 2
            with pytest.raises(tf.errors.InvalidArgumentError, match="too small"):
                session.run(y, {x: -2})


def test_lists_as_a_feature():
    lists = tf.contrib.autograph

    def of_python(n):
        values = [1, 2]
        values.append(n)
        last = values.pop()
        values[0] = last
        return values, values[1], lists.stack(values, strict=False)

    def of_tensors(n):
        values = []
        lists.set_element_type(values, tf.int32, shape=[])
        for i in tf.range(n):
            values.append(i * 2)
        values[0] = values[1] + 100
        return tf.stack(values), len(values)

    def popped(n):
        values = []
        lists.set_element_type(values, tf.int32)
        return values.pop()

    def converted(f):
        return tf.autograph.to_graph(f, experimental_optional_features=Feature.ALL)

    shared, table = [1], {"a": 1}

    def of_others(n):
        shared.append(n)
        table["a"] = n
        return shared.pop(0), shared[0], table["a"]

    assert converted(of_python)(7) == ([7, 2], 2, [7, 2])
    assert converted(of_others)(5) == (1, 5, 5)
    with tf.Graph().as_default(), tf.Session() as session:
        stacked, count = session.run(converted(of_tensors)(tf.constant(3)))
        assert (stacked.tolist(), count) == ([102, 2, 4], 3)
        with pytest.raises(ValueError, match="item removal"):
            converted(popped)(1)
        assert session.run(lists.stack([tf.constant(1), tf.constant(2)])).tolist() == [1, 2]
        rows = lists.tensor_list(tf.constant([[1, 2], [3, 4]]))
        assert session.run(lists.stack(rows.write(2, [5, 6]))).tolist() == [[1, 2], [3, 4], [5, 6]]
    with pytest.raises(ValueError, match="stackable"):
        lists.stack(3)
    with pytest.raises(ValueError, match="element_dtype"):
        lists.tensor_list([])


def test_telling_what_is_done(capsys, monkeypatch):
    monkeypatch.setattr(log._Settings, "verbosity", None)
    monkeypatch.setattr(log._Settings, "to_stdout", False)
    monkeypatch.setenv("AUTOGRAPH_VERBOSITY", "1")
    assert log.verbosity() == 1
    tf.autograph.set_verbosity(2, alsologtostdout=True)
    level = tf.logging.get_verbosity()
    tf.logging.set_verbosity(logging.ERROR)
    try:
        tf.autograph.to_graph(lambda x: not x)
    finally:
        tf.logging.set_verbosity(level)
    assert "lambda x: ag__.not_(x)" in capsys.readouterr().out


def test_functions_in_a_graph_branch():
    f = tf.function(absolute)
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [])
        y = f(x)
        grad = tf.gradients(y, x)[0]
        with tf.Session() as session:
            assert [session.run([y, grad], {x: v}) for v in (-2.0, 3.0)] == [[2.0, -1.0], [3.0, 1.0]]


def test_functions_are_traced_once_for_both_branches(eagerly):
    traced = []

    @tf.function
    def f(x):
        traced.append(1)
        while x > 10:
            x = x // 2
        return absolute(x)

    assert [int(f(tf.constant(v))) for v in (-3, 4, 100)] == [3, 4, 6]
    assert len(traced) == 1


def test_functions_without_conversion_run_as_they_are(eagerly):
    f = tf.function(lambda x: x if x > 0 else -x, autograph=False)
    with pytest.raises(TypeError, match="Python `bool`"):
        f(tf.constant(1))
    mapped = tf.function(lambda d: d.map(lambda x: x if x > 0 else -x).reduce(tf.constant(0), tf.add), autograph=False)
    with pytest.raises(TypeError, match="Python `bool`"):
        mapped(tf.data.Dataset.from_tensor_slices([1, -2]))


def test_functions_without_a_source_run_as_python(eagerly):
    space = {"tf": tf}
    exec("@tf.function\ndef f(x):\n    return x if x > 0 else -x\n", space)
    assert [int(space["f"](tf.constant(v))) for v in (-3, 3)] == [3, 3]


def test_it_is_loaded_when_needed():
    code = "import sys, graphflow as tf; print('graphflow._autograph' in sys.modules, bool(tf.autograph.to_graph))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.stdout.split() == ["False", "True"], done.stderr
