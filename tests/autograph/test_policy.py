"""Which functions are converted when converted code calls them."""

import collections
import functools
import itertools
import linecache
import logging
import operator

import numpy as np
import pytest

import graphflow as tf
from graphflow._autograph import api, options, policy, runtime

SETTINGS = options.ConversionOptions(recursive=True, optional_features=None)


def converted(function):
    return policy.converted(function, SETTINGS, runtime.of(SETTINGS))


def branching(x):
    return 1 if x else 2


class Callable:
    def __call__(self, x):
        return branching(x)

    def method(self, x):
        return branching(x)

    @classmethod
    def of_class(cls, x):
        return branching(x)

    @staticmethod
    def of_nobody(x):
        return branching(x)


@pytest.mark.parametrize(
    "function",
    [
        tf.add, tf.layers.dense, tf.Graph().get_operations, np.mean, np.linalg.solve, len, "".join, operator.add, dict, Callable,
        itertools.chain, collections.namedtuple, functools.reduce, logging.info, tf.function(lambda x: x),
        functools.lru_cache(branching), tf.autograph.experimental.do_not_convert(branching), np.float32(1.0).sum,
    ],
)  # fmt: skip
def test_what_is_not_the_users_is_left_alone(function):
    assert converted(function) is function


@pytest.mark.parametrize(
    "function",
    [branching, Callable(), Callable().method, Callable.of_class, Callable.of_nobody, functools.partial(branching, 1)],
)
def test_what_is_the_users_is_converted(function):
    made = converted(function)
    assert made is not function
    arguments = [] if isinstance(function, functools.partial) else [0]
    assert made(*arguments) == function(*arguments)


def test_converted_functions_are_not_converted_again():
    made = converted(branching)
    assert converted(made) is made


def test_it_is_told_once_what_cannot_be_converted(caplog):
    def numbers(n):
        yield from range(n)

    space = {}
    exec(compile("def f(x):\n    return x if x else 1\n", "<nowhere>", "exec"), space)
    tf.get_logger().addHandler(caplog.handler)
    try:
        for function in (numbers, space["f"], numbers, space["f"]):
            assert converted(function) is function
    finally:
        tf.get_logger().removeHandler(caplog.handler)
    told = [record.getMessage() for record in caplog.records]
    assert len({*told}) == 2
    assert "appears to be a generator function" in told[0]
    assert any(
        "could not be transformed and will be executed as-is. Cause: could not get source" in text for text in told
    )


def test_what_is_nested_too_deeply_runs_as_it_is(caplog):
    text = "def f(x):\n" + "".join(f"    if x > {i}:\n        return {i}\n" for i in range(250)) + "    return -1\n"
    space = {}
    exec(compile(text, "<deep>", "exec"), space)
    linecache.cache["<deep>"] = (len(text), None, text.splitlines(True), "<deep>")
    tf.get_logger().addHandler(caplog.handler)
    try:
        assert converted(space["f"])(5) == 0
    finally:
        tf.get_logger().removeHandler(caplog.handler)
    assert "cannot be compiled" in caplog.text


def test_code_of_exec_is_left_alone_silently(caplog):
    space = {}
    exec("def f(x):\n    return x if x else 1\n", space)
    assert converted(space["f"]) is space["f"]
    assert not caplog.records


def test_calls_inside_converted_code_keep_their_arguments():
    def f(g, *args, **kwargs):
        return g(*args, 3, k=4, **kwargs), sorted([2, 1], key=lambda v: -v), max(*args, 1)

    def told(*args, **kwargs):
        return args, kwargs

    assert api.to_graph(f)(told, 1, 2, m=5) == f(told, 1, 2, m=5)


def test_without_recursion_only_the_function_itself_is_converted():
    with tf.Graph().as_default():
        x = tf.placeholder(tf.int32, [])
        f = lambda v: branching(v > 0)  # noqa: E731
        assert isinstance(api.to_graph(f)(x), tf.Tensor)
        with pytest.raises(TypeError, match="Python `bool`"):
            api.to_graph(f, recursive=False)(x)
