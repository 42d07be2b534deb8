"""Texts and places of failures; printing; Python functions. What TensorFlow does in general is in the oracle's cases."""

import sys

import numpy as np
import pytest

import graphflow as tf
from graphflow._runtime import compiled_step


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def failure(fetch, feed=None, kind=tf.errors.InvalidArgumentError):
    with tf.Session() as session, pytest.raises(kind) as caught:
        session.run(fetch, feed)
    return caught.value


def guarded(check, value):
    with tf.control_dependencies([check]):
        return tf.identity(value)


# -- assertions ----------------------------------------------------------------------------------------------------------


def test_an_assertion_shows_its_data():
    x = tf.placeholder(tf.float32, [None])
    error = failure(tf.Assert(tf.reduce_all(x < 0), ["message", x], name="A"), {x: [1.0, 2.0, 3.0, 4.0]})
    assert error.message == "assertion failed: [message] [1 2 3...]"
    assert error.op.name == "A/AssertGuard/Assert"


def test_an_assertion_shows_as_much_as_asked_for():
    x = tf.placeholder(tf.float32, [2, 2])
    error = failure(tf.Assert(tf.reduce_all(x < 0), [x], summarize=-1), {x: [[1, 2], [3, 4]]})
    assert error.message == "assertion failed: [[1 2][3 4]]"


def test_a_comparison_names_both_sides():
    x = tf.placeholder(tf.float32, [2], name="x")
    message = failure(tf.assert_equal(x, 1.0, message="note"), {x: [1.0, 2.0]}).message
    assert message.startswith(
        "assertion failed: [note] [Condition x == y did not hold element-wise:] [x (x:0) = ] [1 2]"
    )


def test_a_static_comparison_fails_at_once():
    with pytest.raises(tf.errors.InvalidArgumentError, match="Condition x < y did not hold element-wise:"):
        tf.assert_less(2, 1)


def test_an_assertion_is_part_of_the_program():
    """Its texts are constants: no step on the host splits the run."""
    x = tf.placeholder(tf.float32, [2])
    y = guarded(tf.assert_positive(x, message="all must be positive"), x * 2.0) + 1.0
    with tf.Session() as session:
        np.testing.assert_array_equal(session.run(y, {x: [1.0, 2.0]}), [3.0, 5.0])
        (entry,) = session._plans.values()
        assert [type(step) for step in entry[0].plan.steps] == [compiled_step.CompiledStep]


def test_an_assertion_inside_a_loop_fails_the_run():
    n = tf.placeholder(tf.int32, [])

    def body(i):
        return guarded(tf.Assert(i < 3, ["i is", i]), i + 1)

    total = tf.while_loop(lambda i: i < n, body, [0])
    with tf.Session() as session:
        assert session.run(total, {n: 3}) == 3
    assert failure(total, {n: 5}).message.startswith("assertion failed: [i is]")


def test_state_survives_a_failed_assertion():
    v = tf.Variable(1.0)
    x = tf.placeholder(tf.float32, [])
    with tf.control_dependencies([tf.assert_positive(x)]):
        update = tf.assign_add(v, x)
    with tf.Session() as session:
        session.run(v.initializer)
        with pytest.raises(tf.errors.InvalidArgumentError):
            session.run(update, {x: -1.0})
        assert session.run(v) == 1.0
        assert session.run(update, {x: 2.0}) == 3.0


@pytest.mark.parametrize(
    ("values", "what"), [([np.nan, 1.0], "NaN"), ([np.inf, 1.0], "Inf"), ([np.inf, np.nan], "Inf and NaN")]
)
def test_check_numerics_says_what_it_found(values, what):
    x = tf.placeholder(tf.float32, [2])
    error = failure(tf.check_numerics(x, "my message", name="chk"), {x: values})
    assert error.message == f"my message : Tensor had {what} values"
    assert error.op.name == "chk"


def test_division_by_zero_names_the_operation():
    x = tf.placeholder(tf.int32, [2])
    error = failure(tf.floordiv(7, x, name="part"), {x: [1, 0]})
    assert (error.message, error.op.name) == ("Integer division by zero", "part")


def test_division_by_a_constant_needs_no_guard():
    x = tf.placeholder(tf.int32, [2])
    with tf.Session() as session:
        np.testing.assert_array_equal(session.run([x // 2, x % 3], {x: [7, -7]}), [[3, -4], [1, 2]])
        (entry,) = session._plans.values()
        (step,) = entry[0].plan.steps
        (variant,) = set(step.variants.values())
        assert not variant.program.failures


# -- printing ------------------------------------------------------------------------------------------------------------


def test_print_stops_after_first_n(capfd):
    x = tf.placeholder(tf.float32, [2])
    y = tf.Print(x, [x, "text"], "x is ", first_n=2)
    with tf.Session() as session:
        for _ in range(3):
            session.run(y, {x: [1.0, 2.5]})
    assert capfd.readouterr().err == "x is [1 2.5][text]\n" * 2


def test_print_takes_structures(capfd):
    x = tf.constant([1.0, 2.0])
    with tf.Session() as session:
        session.run(tf.print("a", tf.constant(1), {"k": x}, [1, "x"], sep="|", end="!\n"))
        session.run(tf.print(tf.constant("alone")))
    assert capfd.readouterr().err == "a|1|{'k': [1 2]}|[1, 'x']!\nalone\n"


def test_print_goes_where_it_is_told(capfd, tmp_path, caplog):
    path = tmp_path / "out.txt"
    with tf.Session() as session:
        session.run(tf.print("to the screen", output_stream=sys.stdout))
        session.run([tf.print("to a file", output_stream=f"file://{path}")] * 2)
        session.run(tf.print("a warning", output_stream=30))
    assert capfd.readouterr().out == "to the screen\n"
    assert path.read_text() == "to a file\n"
    assert [(r.levelname, r.message) for r in caplog.records] == [("WARNING", "a warning")]


# -- Python functions ----------------------------------------------------------------------------------------------------


def test_an_error_in_a_python_function_shows_its_line():
    def half_of(x):
        return x / [].pop()

    error = failure(tf.py_func(half_of, [1.0], tf.float32), kind=tf.errors.UnknownError)
    assert error.message.startswith("IndexError: pop from empty list")
    assert "in half_of" in error.message and "test_checks.py" in error.message
    assert "_lowering" not in error.message


def test_a_python_function_of_another_type_is_refused():
    error = failure(tf.py_func(lambda: 1, [], tf.float32))
    assert error.message == "0-th value returned by pyfunc_0 is int64, but expects float"


def test_a_python_function_may_change_its_argument():
    x = tf.Variable([1.0, 2.0])

    def change(a):
        a[:] = 0
        return a

    with tf.Session() as session:
        session.run(x.initializer)
        session.run(tf.py_func(change, [x], tf.float32))
        np.testing.assert_array_equal(session.run(x), [1.0, 2.0])


def test_a_python_function_does_not_travel_in_a_graph_def(graph):
    tf.identity(tf.py_func(lambda: np.float32(1), [], tf.float32), name="out")
    definition = graph.as_graph_def()
    with tf.Graph().as_default():
        (out,) = tf.import_graph_def(definition, return_elements=["out:0"])
        assert "callback pyfunc_0 is not found" in failure(out).message


def test_a_gradient_goes_through_py_function_and_none_through_py_func():
    x = tf.constant(3.0)
    gradient = tf.gradients(tf.py_function(lambda a: a * a, [x], tf.float32), x)[0]
    with tf.Session() as session:
        assert session.run(gradient) == 6.0
    assert tf.gradients(tf.py_func(lambda a: a, [x], tf.float32), x) == [None]
