"""Assertions, checks of numbers, Python functions, printing, texts."""

import numpy as np

from tests.oracle.harness import case, floats, script

X = floats(2, 3)
WORDS = ["a", "", "Some Words", "\u00e9t\u00e9 ", "12"]


def depending(tf, check, value):
    with tf.control_dependencies([check]):
        return tf.identity(value)


# -- assertions: TensorFlow wraps them in a cond, so the graphs differ ---------------------------------------------------

HOLDING = {
    "assert_equal": lambda tf, x: tf.assert_equal(x, x + 0.0),
    "assert_none_equal": lambda tf, x: tf.assert_none_equal(x, x + 1.0),
    "assert_less": lambda tf, x: tf.assert_less(x, 3.0),
    "assert_less_equal": lambda tf, x: tf.assert_less_equal(x, x),
    "assert_greater": lambda tf, x: tf.assert_greater(x + 3.0, x, message="larger"),
    "assert_greater_equal": lambda tf, x: tf.assert_greater_equal(x, x, data=[x]),
    "assert_near": lambda tf, x: tf.assert_near(x, x + 1e-7),
    "assert_positive": lambda tf, x: tf.assert_positive(x + 3.0),
    "assert_negative": lambda tf, x: tf.assert_negative(x - 3.0),
    "assert_non_negative": lambda tf, x: tf.assert_non_negative(abs(x)),
    "assert_non_positive": lambda tf, x: tf.assert_non_positive(-abs(x)),
    "Assert": lambda tf, x: tf.Assert(tf.reduce_all(x < 3.0), [x, "text", 1]),
}


def holding(check):
    def build(tf):
        x = tf.placeholder(tf.float32, [None, 3], name="x")
        return depending(tf, check(tf, x), x * 2.0)

    return build


for label, check in HOLDING.items():
    case(name="holds_" + label, feeds={"x": X}, grads=True, graph=False)(holding(check))

FAILING = {
    "assert_equal": lambda tf, x: tf.assert_equal(x, x + 1.0, message="not equal"),
    "assert_none_equal": lambda tf, x: tf.assert_none_equal(x, x),
    "assert_less": lambda tf, x: tf.assert_less(x, 0.0),
    "assert_less_equal": lambda tf, x: tf.assert_less_equal(x, -3.0),
    "assert_greater": lambda tf, x: tf.assert_greater(x, x),
    "assert_greater_equal": lambda tf, x: tf.assert_greater_equal(x, 3.0),
    "assert_near": lambda tf, x: tf.assert_near(x, x + 1e-3),
    "assert_near_by_hand": lambda tf, x: tf.assert_near(x, x + 0.5, atol=0.25, rtol=0.0),
    "assert_positive": lambda tf, x: tf.assert_positive(x),
    "assert_negative": lambda tf, x: tf.assert_negative(x),
    "assert_non_negative": lambda tf, x: tf.assert_non_negative(x),
    "assert_non_positive": lambda tf, x: tf.assert_non_positive(x),
    "assert": lambda tf, x: tf.Assert(tf.reduce_all(x > 3.0), [x]),
    "assert_of_text": lambda tf, x: tf.Assert(tf.reduce_all(x > 3.0), ["only text"]),
    "assert_of_made_text": lambda tf, x: tf.Assert(tf.reduce_all(x > 3.0), [tf.as_string(x)]),
    "assert_rank": lambda tf, x: tf.assert_rank(tf.placeholder_with_default([1.0], None), 2),
    "assert_rank_at_least": lambda tf, x: tf.assert_rank_at_least(tf.placeholder_with_default([1.0], None), 2),
    "assert_rank_in": lambda tf, x: tf.assert_rank_in(tf.placeholder_with_default([1.0], None), [0, 2]),
    "assert_shapes": lambda tf, x: tf.debugging.assert_shapes([(x, ["n", "n"])]),
    "assert_shapes_of_two": lambda tf, x: tf.debugging.assert_shapes({x: ("n", 3), x[:1] + 1.0: ("n", 3)}),
}
for label, check in FAILING.items():
    case(name="fails_" + label, feeds={"x": X}, raises=True)(holding(check))


@case(feeds={"x": X})
def small_assertions(tf):
    x = tf.placeholder(tf.float32, [2, 3], name="x")
    rank = tf.rank(tf.placeholder_with_default(X, None))
    bare = tf.Assert(tf.equal(rank, 2), ["the rank is", rank], name="bare")
    with tf.control_dependencies([bare]):
        return x + 1.0


@case(feeds={"x": X, "y": [1, 2]})
def assertions_about_shapes(tf):
    x = tf.placeholder(tf.float32, [2, 3], name="x")
    y = tf.placeholder(tf.int32, name="y")
    checks = [
        tf.assert_rank(x, 2),
        tf.assert_rank_at_least(x, 1),
        tf.assert_rank_in(x, [1, 2]),
        tf.assert_rank(y, 1, message="a vector"),
        tf.assert_rank_at_least(y, 1),
        tf.assert_rank_in(y, [0, 1]),
        tf.assert_type(x, tf.float32),
        tf.assert_integer(y),
        tf.assert_equal(x, x),
    ]
    with tf.control_dependencies(checks):
        return [tf.identity(x), tf.assert_scalar(2.0)]


@case(feeds={"x": X}, graph=False)
def assertions_about_sizes(tf):
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    y = x[:, :2]
    checks = tf.debugging.assert_shapes([(x, ["n", 3]), (y, ("n", 2)), (tf.constant(1.0), []), (x, ["...", 3])])
    return depending(tf, checks, x)


@case(feeds={"x": [1.0, 1.0, 2.0], "y": [1.0, 1.5, 2.0]}, graph=False)
def orders(tf):
    x = tf.placeholder(tf.float32, [3], name="x")
    y = tf.placeholder(tf.float32, [None], name="y")
    return [
        tf.is_non_decreasing(x),
        tf.is_strictly_increasing(x),
        tf.is_strictly_increasing(y),
        tf.is_non_decreasing(y[::-1]),
        tf.is_strictly_increasing(y[:0]),
    ]


@case()
def what_is_known_of_types(tf):
    x = tf.constant(1.0)
    return {
        "numeric": tf.constant([tf.is_numeric_tensor(x), tf.is_numeric_tensor(1.0), tf.is_numeric_tensor(x > 0)]),
        "float": tf.zeros([], tf.assert_same_float_dtype([x, None, x])),
        "given": tf.zeros([], tf.assert_same_float_dtype(None, tf.float64)),
    }


# -- numbers -------------------------------------------------------------------------------------------------------------


@case(feeds={"x": X}, grads=True)
def finite_numbers(tf):
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    return [
        tf.check_numerics(x, "x is wrong"),
        tf.verify_tensor_all_finite(x, "x is wrong"),
        tf.debugging.assert_all_finite(x * 2.0, "again", name="again"),
    ]


@case(feeds={"x": X})
def checks_of_all(tf):
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    y = tf.exp(x) + tf.cast(tf.range(3), tf.float32)
    check = tf.add_check_numerics_ops()
    with tf.control_dependencies([check]):
        return tf.identity(y)


WRONG_NUMBERS = {
    "nan": [1.0, np.nan],
    "inf": [np.inf, 1.0],
    "both": [np.inf, np.nan],
}
for label, values in WRONG_NUMBERS.items():
    case(name="check_of_" + label, feeds={"x": values}, raises=True)(
        lambda tf: tf.check_numerics(tf.placeholder(tf.float32, [2], name="x"), "x is wrong")
    )
case(name="verification_of_nan", feeds={"x": [1.0, np.nan]}, raises=True)(
    lambda tf: tf.verify_tensor_all_finite(tf.placeholder(tf.float32, [2], name="x"), "x is wrong")
)
case(name="check_of_all_finds_nan", feeds={"x": [-1.0]}, raises=True)(
    lambda tf: [tf.log(tf.placeholder(tf.float32, [1], name="x")), tf.add_check_numerics_ops()]
)


@case(feeds={"x": [0.0]}, raises=True)
def gradient_that_is_not_finite(tf):
    x = tf.placeholder(tf.float32, [1], name="x")
    return tf.gradients(tf.sqrt(tf.check_numerics(x, "x is wrong")), x)


# -- Python functions ----------------------------------------------------------------------------------------------------


@script()
def python_functions(tf):
    x = tf.placeholder(tf.float32, [2, 3], name="x")
    calls = []

    def count(value):
        calls.append(value.dtype.name)
        return np.int64(len(calls))

    double = tf.py_func(lambda a: a * 2, [x], tf.float32, name="double")
    pair = tf.py_func(lambda a, b: (a + b, b.shape[0] > 1), [x, x * 3], [tf.float32, tf.bool])
    number = tf.py_func(count, [double], tf.int64)
    text = tf.py_func(lambda s: b"<" + s + b">", ["word"], tf.string)
    texts = tf.numpy_function(lambda: np.array(["a", "bc"]), [], tf.string)
    nothing = tf.py_func(lambda a: calls.append("op"), [1.0], [])
    still = tf.py_func(lambda a: a.sum(), [x], tf.float32, stateful=False)
    made = tf.py_function(lambda a: a.numpy().max(), [x], tf.float32)
    after = double + 1.0
    after.set_shape([2, 3])
    with tf.Session() as session:
        found = session.run([double, pair, number, text, texts, still, made, after], {x: X})
        session.run(nothing)
    return {"found": found, "calls": " ".join(calls), "shape": str(double.shape)}


def failing(function, tout="float32"):
    def run(tf):
        call = tf.py_func(function, [], getattr(tf, tout))
        with tf.Session() as session:
            return {"value": session.run(call)}

    return run


def fail(error):
    def function():
        raise error

    return function


RAISED = {
    "ZeroDivisionError": lambda: 1 / 0,
    "ValueError": lambda: int("q"),
    "TypeError": lambda: len(3),
    "StopIteration": fail(StopIteration()),
    "NotImplementedError": fail(NotImplementedError("later")),
    "KeyError": lambda: {}["a"],
    "MemoryError": fail(MemoryError("full")),
    "wrong_type": lambda: np.float64(1.0),
    "too_many": lambda: (np.float32(1), np.float32(2)),
}
for label, function in RAISED.items():
    script(name="python_function_raises_" + label, raises=True)(failing(function))


@script()
def session_after_an_error(tf):
    fails = tf.py_func(lambda: 1 / 0, [], tf.float64)
    v = tf.Variable(3.0)
    with tf.Session() as session:
        session.run(v.initializer)
        try:
            session.run(fails)
        except tf.errors.UnknownError as error:
            kind = type(error).__name__
        return {"kind": kind, "v": session.run(v + 1.0)}


@case(feeds={"x": X}, grads=True)
def printing(tf):
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    printed = tf.Print(x, [x, tf.shape(x), "text"], "x is ", first_n=1, summarize=2)
    shown = tf.print("x:", x, {"shape": tf.shape(x)}, [1, "two"], sep=" | ", name="shown")
    with tf.control_dependencies([shown, tf.print(tf.constant("alone"))]):
        return printed * 2.0


# -- texts ---------------------------------------------------------------------------------------------------------------


@case(feeds={"words": WORDS, "x": [1.5, -2.25, 1e-7], "n": [3, -14]})
def texts_of_numbers(tf):
    x = tf.placeholder(tf.float32, [None], name="x")
    n = tf.placeholder(tf.int32, [2], name="n")
    words = tf.placeholder(tf.string, [5], name="words")
    return {
        "plain": [tf.as_string(x), tf.as_string(n), tf.as_string([True, False])],
        "forms": [
            tf.as_string(x, precision=2),
            tf.as_string(x, scientific=True),
            tf.as_string(x, shortest=True),
            tf.as_string(n, width=6, fill="0"),
            tf.as_string(x, precision=1, width=8),
        ],
        "numbers": [tf.string_to_number(["1.5", "-2e3"]), tf.string_to_number(words[4], tf.int64)],
        "length": tf.strings.length(words),
        "characters": tf.strings.length(words, unit="UTF8_CHAR"),
    }


@case(feeds={"words": WORDS})
def texts_of_texts(tf):
    words = tf.placeholder(tf.string, [None], name="words")
    return {
        "joined": tf.string_join([words, "-", words], separator="+"),
        "lower": tf.strings.lower(words),
        "upper": tf.strings.upper(words),
        "upper_of_unicode": tf.strings.upper(words, encoding="utf-8"),
        "stripped": tf.string_strip(words),
        "replaced": tf.regex_replace(words, "[aeiou]", "<\\0>"),
        "replaced_once": tf.regex_replace(words, "(o)", "(\\1)", replace_global=False),
        "matching": tf.strings.regex_full_match(words, "[a-z]*"),
        "encoded": tf.encode_base64(words),
        "padded": tf.encode_base64(words, pad=True),
        "decoded": tf.decode_base64(tf.encode_base64(words)),
        "part": tf.substr(words[2:3], [1], [4]),
        "from_end": tf.substr(words[2:4], -3, 2),
    }


@case(feeds={"words": ["a b", "", "c  d e", "f,g"]})
def splitting_texts(tf):
    words = tf.placeholder(tf.string, [None], name="words")
    return {
        "spaces": tf.string_split(words),
        "with_empty": tf.string_split(words, skip_empty=False).values,
        "characters": tf.string_split(words, " ,").indices,
        "letters": tf.string_split(words[:1], ""),
        "white_space": tf.strings.split(words),
        "at_comma": tf.strings.split(words, sep=",").values,
        "once": tf.strings.split(words, " ", maxsplit=1).values,
    }


@case(feeds={"table": [["a", "b", "c"], ["d", "e", "f"]]})
def joining_along_axes(tf):
    table = tf.placeholder(tf.string, [2, 3], name="table")
    return [
        tf.reduce_join(table, 1),
        tf.reduce_join(table, 0, separator="/"),
        tf.reduce_join(table),
        tf.reduce_join(table, [0, 1]),
        tf.reduce_join(table, 1, keepdims=True),
        tf.strings.format("a {} b {}", [tf.constant([1, 2]), tf.constant(0.5)]),
    ]


# -- what is refused -----------------------------------------------------------------------------------------------------

REFUSED = {
    "static_less": lambda tf: tf.assert_less(2, 1),
    "static_equal_with_data": lambda tf: tf.assert_equal([1.0], [2.0], data=["the data"]),
    "static_rank": lambda tf: tf.assert_rank(tf.zeros([2]), 2),
    "static_rank_at_least": lambda tf: tf.assert_rank_at_least(tf.zeros([2]), 2),
    "static_rank_in": lambda tf: tf.assert_rank_in(tf.zeros([2]), [0, 2]),
    "rank_that_is_no_scalar": lambda tf: tf.assert_rank(tf.zeros([2]), [2]),
    "static_shapes": lambda tf: tf.debugging.assert_shapes([(tf.zeros([2, 3]), ["n", "n"])]),
    "shapes_with_dots_inside": lambda tf: tf.debugging.assert_shapes([(tf.zeros([2, 3]), ["n", Ellipsis])]),
    "type": lambda tf: tf.assert_type(tf.constant(1), tf.float32),
    "integer": lambda tf: tf.assert_integer(1.0),
    "scalar": lambda tf: tf.assert_scalar([1.0]),
    "float_types": lambda tf: tf.assert_same_float_dtype([tf.constant(1.0), tf.constant(1.0, tf.float64)]),
    "float_type": lambda tf: tf.assert_same_float_dtype([tf.constant(1)]),
    "iterable": lambda tf: tf.assert_proper_iterable(tf.constant(1)),
    "iterable_text": lambda tf: tf.assert_proper_iterable("text"),
    "uncallable": lambda tf: tf.py_func(3, [], tf.float32),
    "print_stream": lambda tf: tf.print("a", output_stream="nowhere"),
    "print_option": lambda tf: tf.print("a", colour="red"),
    "number_of_text": lambda tf: tf.string_to_number("a1"),
    "whole_of_text": lambda tf: tf.string_to_number("1.5", tf.int32),
    "base64": lambda tf: tf.decode_base64("a*b"),
    "substring": lambda tf: tf.substr(["ab"], [5], [1]),
    "pattern": lambda tf: tf.regex_replace("a", "(", "b"),
    "format_places": lambda tf: tf.strings.format("{} {}", [tf.constant(1)]),
    "numerics_of_whole": lambda tf: tf.check_numerics(tf.constant(1), "m"),
}
for mistake, make_mistake in REFUSED.items():
    case(name="refused_" + mistake, raises=True)(make_mistake)
