"""Converted code does what the code does: on random programs, on values of Python and on tensors."""

import pytest

import graphflow as tf
from graphflow._autograph import api, options
from tests.autograph import programs


def lower(x):
    if x > 3:
        return x - 1
    return x


def outcome(function, *args):
    """What a function returns or raises, and what it does to its other arguments."""
    log, box = [], type("Box", (), {"v": 0})
    try:
        result = function(*args, log, box)
    except NameError:
        result = "a variable without a value"
    except Exception as error:
        result = type(error).__name__
    return result, log, box.v


@pytest.mark.parametrize("start", range(0, 80, 20))
def test_programs_on_values_of_python(start):
    for seed in range(start, start + 20):
        program = programs.Program(seed, of_python=True)
        function = program.function(f"<program {seed}>", lower=lower)
        converted = api.to_graph(function)
        for args in [(0, 0, 2), (1, 5, 3), (4, -2, 1), (7, 3, 0)]:
            assert outcome(converted, *args) == outcome(function, *args), "\n".join(program.lines)


def test_programs_on_tensors():
    wanted, found = [], []
    given = [(0, 0, 2), (1, 5, 3), (4, -2, 0)]
    with tf.Graph().as_default():
        inputs = [tf.placeholder(tf.int32, []) for _ in range(3)]
        for seed in (1, 2, 3, 5, 8, 13):
            function = programs.Program(seed, of_python=False).function(f"<tensors {seed}>", lower=lower)
            converted = api.to_graph(function, experimental_optional_features=options.Feature.ALL)
            found.append([tf.convert_to_tensor(t) for t in converted(*inputs)])
            wanted.append([list(map(int, function(*args))) for args in given])
        with tf.Session() as session:
            runs = [session.run(found, dict(zip(inputs, args))) for args in given]
    for number, results in enumerate(wanted):
        assert [list(map(int, run[number])) for run in runs] == results, number


def test_a_function_is_converted_once():
    def make(offset):
        def f(x):
            return x + offset if x > 0 else offset

        return f

    first, second = api.convert()(make(1)), api.convert()(make(10))
    assert [first(1), first(-1), second(1), second(-1)] == [2, 1, 11, 10]


def test_defaults_annotations_and_names_are_kept():
    def f(x: int, y=2, *more, k: "no name" = 5, **named) -> "nothing":  # noqa: F722, F821
        """Says what it does."""
        if x:
            y += k
        return x, y, more, named

    converted = api.to_graph(f)
    assert converted(1, 2, 3, z=4) == f(1, 2, 3, z=4) == (1, 7, (3,), {"z": 4})
    assert converted(0) == (0, 2, (), {})
    assert converted.__doc__ == "Says what it does."
    assert converted.__name__ == "tf__f"


counter = 0


def test_global_and_nonlocal_variables():
    total = 0

    def f(x):
        global counter
        nonlocal total
        if x > 0:
            counter += x
            total = total + 1
        for i in range(2):
            total += i
        return total

    global counter
    counter = 0
    converted = api.to_graph(f)
    assert [converted(3), converted(-1), total, counter] == [2, 3, 3, 3]


def test_functions_inside_see_variables_that_branches_set():
    def f(x):
        def late():
            return y

        if x > 0:
            y = 1
            return late()
        y = 2
        for i in range(2):
            y += i
        return late(), [late() for _ in range(2)]

    converted = api.to_graph(f)
    assert (converted(1), converted(-1)) == (1, (3, [3, 3]))


def test_statements_of_todays_python():
    def f(x):
        if (n := x + 1) > 2 and (m := n) > 0:
            n += m
        while (n := n - 1) > 5:
            pass
        match x:
            case [a, *rest]:
                n = a, rest
            case int() as k if k > 3:
                n += k
        with open(__file__) as file:
            if n:
                line = file.readline()
        return n, line.startswith('"""'), [y for y in range(3) if y and y > n]

    converted = api.to_graph(f)
    assert [converted(v) for v in (1, 2, 4, 9)] == [f(v) for v in (1, 2, 4, 9)]


def test_annotated_variables():
    def f(x):
        z: int
        if x > 0:
            y: int = 1
        else:
            y = 2
            z: int = 3
            y += z
        return y, f"{x!r:>4}{'a' if x else 'b'}".strip()

    assert [api.to_graph(f)(v) for v in (1, 0)] == [f(1), f(0)] == [(1, "1a"), (5, "0b")]


def test_a_return_that_fails_does_not_return():
    def f(x):
        for y in (0, x):
            try:
                return 10 // y
            except ZeroDivisionError:
                continue
            finally:
                x += 1
        return "none", x

    assert [api.to_graph(f)(v) for v in (5, 0)] == [f(5), f(0)] == [2, ("none", 2)]


def test_generators_inside_stay_generators():
    def f(n):
        def even():
            for i in range(n):
                if i % 2:
                    continue
                yield i
                if i > 4:
                    return

        return list(even()), sum(i for i in even() if i)

    assert api.to_graph(f)(9) == f(9) == ([0, 2, 4, 6], 12)
