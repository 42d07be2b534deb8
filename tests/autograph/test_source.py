"""Where the source of functions is found, and that converted code stands in the user's lines."""

import functools
import linecache
import traceback

import pytest

import graphflow as tf
from graphflow._autograph import api, source

TWO = [lambda x: x + 1 if x else -1, lambda x: x + 2 if x else -2]
NESTED = lambda x: lambda y: y + x if y else x  # noqa: E731


def line_of(text):
    return next(i for i, line in enumerate(linecache.getlines(__file__), 1) if text in line)


def test_lambdas_of_one_line_are_told_apart():
    assert [api.to_graph(f)(5) for f in TWO] == [6, 7]
    assert [api.to_graph(f)(0) for f in TWO] == [-1, -2]
    inner = NESTED(3)
    assert [api.to_graph(NESTED)(2)(1), api.to_graph(inner)(4), api.to_graph(inner)(0)] == [3, 7, 3]


def test_lambdas_that_return_a_constant_are_found_beside_others():
    f, g, h = lambda: 1, lambda: 2, lambda x: 1 if x else 2
    assert [api.to_graph(f)(), api.to_graph(g)(), api.to_graph(h)(0)] == [1, 2, 2]


def test_decorated_functions_are_found():
    def twice(f):
        @functools.wraps(f)
        def wrapper(x):
            return f(f(x))

        return wrapper

    @twice
    @twice
    def up(x):
        return x + 1 if x > 0 else x - 1

    assert api.to_graph(up)(1) == 5


class Private:
    __scale = 3

    def scaled(self, x):
        self.__last = x
        return x * self.__scale if x > 0 else self.__last


def test_private_names_are_those_of_the_class():
    assert [api.to_graph(Private.scaled)(Private(), x) for x in (2, -2)] == [6, -2]


def test_errors_name_the_users_lines():
    def f(x):
        y = x * 2.0
        if x > 0:
            z = tf.matmul(y, y)  # fails here
        else:
            z = y
        return z

    with tf.Graph().as_default(), pytest.raises(ValueError, match="rank") as caught:
        api.to_graph(f)(tf.placeholder(tf.float32, []))
    lines = [frame.lineno for frame in traceback.extract_tb(caught.tb) if frame.filename == __file__]
    assert line_of("# fails " + "here") in lines
    assert "made at: " + __file__ in str(caught.value)


def test_operations_remember_the_users_line():
    def f(x):
        if x > 0:
            y = tf.exp(x)
        else:
            y = x
        return y  # the last line

    with tf.Graph().as_default() as graph:
        api.to_graph(f)(tf.placeholder(tf.float32, [], name="x"))
        (made,) = [op for op in graph.get_operations() if op.type == "StatelessIf"]
    assert made.made_at[0] == __file__
    assert made.made_at[1] == line_of("return y  # the last" + " line") - 4


def test_without_a_source_there_is_a_reason():
    space = {}
    exec(compile("def f(x):\n    return x if x else 1\n", "<nowhere>", "exec"), space)
    with pytest.raises(source.ConversionError, match="could not get source code"):
        api.to_graph(space["f"])


def test_a_file_that_changed_is_refused(tmp_path):
    file = tmp_path / "changing.py"
    file.write_text("def f(x):\n    return x\n")
    space = {}
    exec(compile(file.read_text(), str(file), "exec"), space)
    file.write_text("\n\n\ndef f(x):\n    return x + 100\n")
    with pytest.raises(source.ConversionError, match="it is not there"):
        api.to_graph(space["f"])
    file.write_text("def f(x) print x\n")
    with pytest.raises(source.ConversionError, match="no Python of today"):
        api.to_graph(space["f"])
