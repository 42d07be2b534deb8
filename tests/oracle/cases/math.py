"""Arithmetic, functions of numbers, comparisons, logic, bits, casts, sums of tensors, rows of numbers."""

import numpy as np

from tests.oracle.harness import case, floats, integers, script

X = floats(2, 3)
Y = floats(2, 3, seed=1)
POSITIVE = floats(2, 3, seed=2, low=0.25, high=2.0)
SMALL = floats(2, 3, seed=3, low=-0.9, high=0.9)
Z = (X + 1j * Y).astype(np.complex64)
W = (Y + 1j * POSITIVE).astype(np.complex64)


def look_up(tf, name):
    found = tf
    for part in name.split("."):
        found = getattr(found, part)
    return found


# -- functions of one number ---------------------------------------------------------------------------------------------


def of_one(name, dtype, shape):
    def build(tf):
        return look_up(tf, name)(tf.placeholder(getattr(tf, dtype), shape, name="x"))

    return build


ONE = (
    (X, "exp expm1 square sin cos atan sinh cosh tanh asinh sigmoid log_sigmoid erf erfc abs negative sign"),
    (SMALL, "tan asin acos atanh"),
    (POSITIVE, "log log1p sqrt rsqrt lgamma digamma reciprocal"),
    (POSITIVE + 1, "acosh"),
    (X, "math.bessel_i0e math.bessel_i1e math.bessel_i0 math.bessel_i1 math.reciprocal_no_nan"),
)
for argument, function_names in ONE:
    for function_name in function_names.split():
        label = function_name.replace(".", "_")
        case(name="unknown_shape_" + label, feeds={"x": argument}, grads=True)(of_one(function_name, "float32", None))
        case(name="double_" + label, feeds={"x": argument.astype(np.float64)}, grads=True)(
            of_one(function_name, "float64", [2, 3])
        )
for function_name in "exp square sin cos sinh cosh tanh sqrt rsqrt reciprocal log sigmoid tan log1p expm1 sign".split():
    case(name="complex_" + function_name, feeds={"x": W / 4}, grads=True, rtol=1e-4, atol=1e-5)(
        of_one(function_name, "complex64", [2, 3])
    )
for function_name in "ceil floor rint round is_nan is_inf is_finite".split():
    case(name="steps_" + function_name, feeds={"x": [0.5, -0.5, 1.5, 2.5, -2.5, 0.25, np.inf, np.nan]})(
        of_one(function_name, "float32", [None])
    )


def second(name):
    def build(tf):
        x = tf.placeholder(tf.float64, [2, 3], name="x")
        (first,) = tf.gradients(look_up(tf, name)(x), x)
        return tf.gradients(first, x)[0]

    return build


for (
    function_name
) in "exp square sqrt rsqrt reciprocal sigmoid tanh log sin tan asin acosh lgamma erf log_sigmoid".split():
    case(
        name="second_derivative_" + function_name,
        feeds={"x": (POSITIVE + 1.5 if function_name == "acosh" else POSITIVE / 2.5).astype(np.float64)},
        graph=False,
    )(second(function_name))


@case(feeds={"x": [-3, 0, 4]})
def whole_numbers_of_one(tf):
    x = tf.placeholder(tf.int32, [3], name="x")
    return [abs(x), -x, tf.sign(x), tf.square(x), tf.round(x), tf.conj(x), tf.real(x)]


@case(feeds={"x": Z, "y": W, "a": X, "b": Y}, grads=True)
def complex_parts(tf):
    x = tf.placeholder(tf.complex64, [2, 3], name="x")
    y = tf.placeholder(tf.complex64, [2, 3], name="y")
    a = tf.placeholder(tf.float32, [2, 3], name="a")
    b = tf.placeholder(tf.float32, [None, 3], name="b")
    return {
        "product": x * y,
        "quotient": x / y,
        "power": x**2,
        "parts": tf.real(x) + tf.imag(y),
        "length": tf.abs(x),
        "angle": tf.angle(y),
        "conjugate": tf.conj(x) * y,
        "made": tf.complex(a, b) * x,
        "of_real": [tf.real(a), tf.imag(a), tf.angle(b), tf.conj(a)],
    }


@case(feeds={"x": [np.nan, np.inf, -np.inf, 0.0, -0.0, 1e10]})
def corners(tf):
    x = tf.placeholder(tf.float32, [6], name="x")
    return {
        "of_one": [
            tf.sign(x),
            tf.sigmoid(x),
            tf.tanh(x),
            tf.exp(x),
            tf.floor(x),
            tf.sqrt(x),
            tf.log(x),
            tf.erf(x),
            abs(x),
        ],
        "of_two": [1.0 / x, x // 2.0, x % 2.0, x**0, x**2, tf.maximum(x, 1.0), tf.minimum(x, 1.0), tf.atan2(x, -x)],
        "whole": tf.cast(x[3:], tf.int64),
    }


# -- functions of two ----------------------------------------------------------------------------------------------------


def of_two(name, dtype, shapes):
    def build(tf):
        x = tf.placeholder(getattr(tf, dtype), shapes[0], name="x")
        y = tf.placeholder(getattr(tf, dtype), shapes[1], name="y")
        return look_up(tf, name)(x, y)

    return build


TWO = (
    "add subtract multiply divide truediv realdiv div floordiv floor_div floormod mod maximum minimum squared_difference atan2 "
    "div_no_nan math.multiply_no_nan math.xdivy math.xlogy pow"
).split()
for function_name in TWO:
    label = function_name.replace(".", "_")
    case(name="two_" + label, feeds={"x": POSITIVE, "y": POSITIVE[::-1]}, grads=True)(
        of_two(function_name, "float32", ([2, 3], [2, 3]))
    )
    stretches = function_name != "atan2"  # TensorFlow's gradient of a broadcast atan2 has the wrong shape and raises
    case(name="row_" + label, feeds={"x": POSITIVE, "y": POSITIVE[0] + 0.5}, grads=stretches)(
        of_two(function_name, "float32", ([None, 3], [3]))
    )
    case(name="stretched_" + label, feeds={"x": POSITIVE[:, :1], "y": POSITIVE[:1] + 0.5}, grads=stretches)(
        of_two(function_name, "float32", ([2, 1], [None, None]))
    )
    case(name="any_rank_" + label, feeds={"x": POSITIVE, "y": POSITIVE[0, 0]}, grads=stretches)(
        of_two(function_name, "float32", (None, []))
    )


def functions_that_know_zero(tf):
    x = tf.placeholder(tf.float32, [None], name="x")
    y = tf.placeholder(tf.float32, [None], name="y")
    return {
        "division": tf.div_no_nan(y, x),
        "product": tf.math.multiply_no_nan(x, y),
        "xdivy": tf.math.xdivy(y, x + 1),
        "xlogy": tf.math.xlogy(y, x + 1),
    }


case(feeds={"x": [0.0, 2.0, 0.0], "y": [0.0, 0.0, 3.0]}, grads=True)(functions_that_know_zero)
case(name="functions_that_know_infinity", feeds={"x": [np.inf, 1.0], "y": [0.0, np.inf]})(functions_that_know_zero)


@case(feeds={"x": [1.0, 2.0, 2.0], "y": [2.0, 2.0, 1.0]}, grads=True)
def extremes_at_ties(tf):
    x = tf.placeholder(tf.float32, [3], name="x")
    y = tf.placeholder(tf.float32, [3], name="y")
    return [tf.maximum(x, y), tf.minimum(x, y) * 3.0]


@case(feeds={"x": [-7, 7, -7, 7], "y": [2, -2, -2, 2]})
def whole_divisions(tf):
    x = tf.placeholder(tf.int32, [4], name="x")
    y = tf.placeholder(tf.int32, [4], name="y")
    return {
        "floor": x // y,
        "floormod": x % y,
        "truncated": tf.truncatediv(x, y),
        "truncatemod": tf.truncatemod(x, y),
        "div": tf.div(x, y),
        "real": x / y,
        "divide": tf.divide(x, y, name="named"),
    }


@case(feeds={"x": [-7.5, 7.25, -7.0, 7.0], "y": [2.0, -2.0, -2.5, 2.0]}, grads=True)
def real_divisions(tf):
    x = tf.placeholder(tf.float32, [4], name="x")
    y = tf.placeholder(tf.float32, [4], name="y")
    return [x // y, x % y, tf.floor_div(x, y), tf.div(x, y), tf.divide(x, y), tf.floormod(x, y), tf.truncatediv(x, y)]


@case(feeds={"x": [3, 4]})
def reflected_whole_operators(tf):
    x = tf.placeholder(tf.int64, [2], name="x")
    return {
        "operators": [7 // x, 7 % x, 7 / x, 2**x, 1 - x, 1 + x, 2 * x],
        "arrays": [np.array([8, 9]) - x, x * np.array([1, 2])],
        "comparisons": [3 < x, 3 <= x, 4 > x, 4 >= x],
    }


@case(feeds={"x": Z, "n": 3})
def operators_of_other_types(tf):
    x = tf.placeholder(tf.complex64, [2, 3], name="x")
    n = tf.placeholder(tf.int16, [], name="n")
    return [x * 2, 1 + x, x - 1.5, x / 2, n * 2, n + 1, n - n]


@case(feeds={"x": POSITIVE.astype(np.float64), "y": X.astype(np.float64)}, grads=True)
def powers(tf):
    x = tf.placeholder(tf.float64, [2, 3], name="x")
    y = tf.placeholder(tf.float64, [2, 3], name="y")
    return {
        "whole": x**3,
        "negative": x**-2,
        "half": x**0.5,
        "of_negative": y**2,
        "zero": y**0,
        "both": x**y,
        "base": 2.0**y,
        "exponent_alone": tf.pow(x, tf.constant(2.0, tf.float64)),
    }


@case(feeds={"x": [0.0, -1.0, 2.0], "y": [2.0, 2.0, 2.0]}, grads=True)
def powers_of_no_logarithm(tf):
    x = tf.placeholder(tf.float32, [3], name="x")
    y = tf.placeholder(tf.float32, [3], name="y")
    return x**y


@case()
def strings_of_sums(tf):
    a = tf.placeholder_with_default(["a", "b"], [2])
    return [a + "c", "d" + a, tf.add(a, a)]


# -- comparisons, logic, bits --------------------------------------------------------------------------------------------


@case(feeds={"x": [1.0, 2.0, np.nan], "y": [1.0, 1.0, np.nan]})
def comparing(tf):
    x = tf.placeholder(tf.float32, [None], name="x")
    y = tf.placeholder(tf.float32, [3], name="y")
    return {
        "functions": [
            tf.less(x, y),
            tf.less_equal(x, y),
            tf.greater(x, y),
            tf.greater_equal(x, y),
            tf.equal(x, y),
            tf.not_equal(x, y),
        ],
        "operators": [x < y, x <= 1, x > y, x >= [1.0, 2.0, 3.0]],
        "texts": tf.equal(tf.constant(["a", "b"]), "a"),
        "truths": tf.not_equal(tf.constant([True, False]), True),
    }


@case(feeds={"a": [True, True, False, False], "b": [True, False, True, False]})
def logical(tf):
    a = tf.placeholder(tf.bool, [4], name="a")
    b = tf.placeholder(tf.bool, [None], name="b")
    return {
        "functions": [tf.logical_and(a, b), tf.logical_or(a, b), tf.logical_xor(a, b), tf.logical_not(a)],
        "operators": [a & b, a | b, a ^ b, ~a, True ^ a],
    }


def of_bits(dtype):
    def build(tf):
        x = tf.placeholder(getattr(tf, dtype), [4], name="x")
        y = tf.placeholder(getattr(tf, dtype), [4], name="y")
        bits = tf.bitwise
        shift = tf.constant([0, 1, 3, 100], getattr(tf, dtype))
        return {
            "pairs": [bits.bitwise_and(x, y), bits.bitwise_or(x, y), bits.bitwise_xor(x, y)],
            "invert": bits.invert(x),
            "shifts": [bits.left_shift(x, shift), bits.right_shift(x, shift)],
        }

    return build


for dtype_name in "int8 int16 int32 int64 uint8 uint16".split():
    case(
        name="bits_of_" + dtype_name,
        feeds={"x": integers(4, high=100, dtype=np.int8), "y": integers(4, high=100, dtype=np.int8, seed=1)},
    )(of_bits(dtype_name))


# -- casts ---------------------------------------------------------------------------------------------------------------

TYPES = "float16 float32 float64 int8 int16 int32 int64 uint8 uint16 bool complex64 complex128".split()


def casts_from(dtype):
    def build(tf):
        x = tf.placeholder(getattr(tf, dtype), [4], name="x")
        return [tf.cast(x, getattr(tf, wanted)) for wanted in TYPES]

    return build


for dtype_name in TYPES:
    source = np.array([0, 1, 1, 0] if dtype_name == "bool" else [0, 1, 3.75, 100])
    case(name="casts_of_" + dtype_name, feeds={"x": source.astype(dtype_name)})(casts_from(dtype_name))


@case(feeds={"x": [-1.5, 300.0, -300.0, 40000.0]})
def casts_that_wrap(tf):
    x = tf.placeholder(tf.float32, [4], name="x")
    wide = tf.cast(x, tf.int32)
    return [tf.cast(wide, tf.int8), tf.cast(wide, tf.uint8), tf.cast(wide, tf.int16), tf.cast(wide, tf.uint16)]


@case(feeds={"x": [-1.5, 300.0, -300.0, 7.0], "n": [70000, -70000, 3, -4]})
def saturated_casts(tf):
    x = tf.placeholder(tf.float32, [4], name="x")
    n = tf.placeholder(tf.int32, [4], name="n")
    return [
        tf.saturate_cast(x, tf.uint8),
        tf.saturate_cast(x, tf.int8),
        tf.saturate_cast(n, tf.int16),
        tf.saturate_cast(n, tf.uint16),
        tf.saturate_cast(n, tf.int64),
    ]


@case(feeds={"x": X}, grads=True)
def named_casts(tf):
    x = tf.placeholder(tf.float32, [2, 3], name="x")
    return {
        "real": [tf.to_double(x), tf.to_float(x), tf.to_bfloat16(x)],
        "whole": [tf.to_int32(x), tf.to_int64(x)],
        "complex": [tf.to_complex64(x), tf.to_complex128(x)],
        "of_number": [tf.to_int32(2.75), tf.to_float(3, name="three"), tf.cast([1, 2], tf.float64)],
        "there_and_back": tf.cast(tf.cast(x, tf.float64), tf.float32) * 2,
    }


@case(feeds={"x": X, "rows": [1, 0]})
def casts_of_rows(tf):
    x = tf.placeholder(tf.float32, [2, 3], name="x")
    rows = tf.placeholder(tf.int32, [2], name="rows")
    cast = tf.cast(tf.IndexedSlices(x, rows, tf.constant([4, 3])), tf.float64)
    return [cast.values, cast.indices, tf.scalar_mul(3.0, tf.IndexedSlices(x, rows)).values]


# -- several tensors, rows of numbers ------------------------------------------------------------------------------------


@case(feeds={"x": X, "y": Y}, grads=True)
def sums_of_many(tf):
    x = tf.placeholder(tf.float32, [2, 3], name="x")
    y = tf.placeholder(tf.float32, [None, 3], name="y")
    return {
        "add_n": tf.add_n([x, y, x]),
        "one": tf.add_n([x]),
        "one_named": tf.add_n([x], name="only"),
        "accumulate": tf.accumulate_n([x, y]),
        "accumulate_with_shape": tf.accumulate_n([y, y], shape=[2, 3]),
        "scalar": tf.scalar_mul(2.0, y),
        "polynomial": tf.math.polyval([1.0, 2.0, x], y),
    }


@case(feeds={"n": 5, "step": 0.5})
def rows_of_numbers(tf):
    n = tf.placeholder(tf.int32, [], name="n")
    step = tf.placeholder(tf.float32, [], name="step")
    return {
        "static": [tf.range(4), tf.range(2, 9, 3), tf.range(5, 0, -2), tf.range(3, dtype=tf.float64)],
        "floats": [tf.range(3.0), tf.range(0, 1, 0.25), tf.range(1.0, 2.0, step)],
        "dynamic": [tf.range(n), tf.range(1, n), tf.range(n, 0, -1)],
        "linspace": [tf.linspace(0.0, 1.0, 5), tf.lin_space(2.0, -1.0, n), tf.linspace(3.0, 4.0, 1)],
        "doubles": tf.linspace(tf.constant(0.0, tf.float64), 10.0, 7),
    }


@case(feeds={"x": X.astype(np.float16)}, grads=True)
def half_precision_functions(tf):
    x = tf.placeholder(tf.float16, [2, 3], name="x")
    return [tf.exp(x), tf.sigmoid(x), tf.square(x), tf.sqrt(abs(x)), x / 3, tf.maximum(x, 0), tf.reduce_mean(x)]


@case(feeds={"x": X})
def brain_floats(tf):
    x = tf.cast(tf.placeholder(tf.float32, [2, 3], name="x"), tf.bfloat16)
    return [x + x, x * x, tf.cast(x, tf.float32), -x, tf.maximum(x, 0), x > 0]


@case(feeds={"a": POSITIVE, "x": POSITIVE[::-1]}, grads=True, rtol=2e-4, atol=1e-5)
def special_functions_of_two(tf):
    a = tf.placeholder(tf.float32, [2, 3], name="a")
    x = tf.placeholder(tf.float32, [2, 3], name="x")
    return {"igamma": tf.igamma(a, x), "igammac": tf.igammac(a, x), "lbeta": tf.lbeta(a)}


@case(feeds={"q": POSITIVE + 1}, grads=True, rtol=1e-4)
def zeta_and_polygamma(tf):
    q = tf.placeholder(tf.float32, [2, 3], name="q")
    return [tf.zeta(2.5, q), tf.polygamma(1.0, q), tf.polygamma(2.0, q)]


@case(feeds={"x": POSITIVE / 2.5}, grads=True, rtol=1e-4)
def incomplete_beta(tf):
    x = tf.placeholder(tf.float32, [2, 3], name="x")
    ones = tf.ones([2, 3])
    return tf.betainc(2.0 * ones, 0.5 * ones, x)


@case(feeds={"x": X, "y": Y})
def next_numbers(tf):
    x = tf.placeholder(tf.float64, [2, 3], name="x")
    y = tf.placeholder(tf.float64, [2, 3], name="y")
    return tf.math.nextafter(x, y) - x


# -- clipping ------------------------------------------------------------------------------------------------------------


@case(feeds={"x": X, "y": Y}, grads=True)
def clipping(tf):
    x = tf.placeholder(tf.float32, [2, 3], name="x")
    y = tf.placeholder(tf.float32, [None, 3], name="y")
    clipped, norm = tf.clip_by_global_norm([x, None, y], 1.5)
    return {
        "value": tf.clip_by_value(x, -0.5, 0.75),
        "value_of_unknown": tf.clip_by_value(y, -0.5, 0.75),
        "norm": tf.clip_by_norm(x, 1.0),
        "norm_of_axes": tf.clip_by_norm(y, 1.0, axes=[1]),
        "norm_unreached": tf.clip_by_norm(x, 100.0),
        "average": tf.clip_by_average_norm(x, 0.1),
        "global_norm": tf.global_norm([x, y]),
        "clipped": clipped[0],
        "clipped_last": clipped[2],
        "given_norm": tf.clip_by_global_norm([x], 1.0, use_norm=norm)[0][0],
    }


@case(feeds={"x": X, "rows": [0, 2]})
def clipping_rows(tf):
    x = tf.IndexedSlices(
        tf.placeholder(tf.float32, [2, 3], name="x"), tf.placeholder(tf.int32, [2], name="rows"), tf.constant([4, 3])
    )
    clipped, norm = tf.clip_by_global_norm([x], 1.0)
    return [
        tf.clip_by_value(x, 0.0, 1.0).values,
        tf.clip_by_norm(x, 1.0).values,
        clipped[0].values,
        clipped[0].indices,
        norm,
    ]


@script(graph=True)
def a_norm_that_is_infinite(tf):
    x = tf.constant([1.0, np.inf])
    clipped, _ = tf.clip_by_global_norm([x], 1.0)
    with tf.Session() as session:
        return {"clipped": session.run(clipped[0])}


# -- what is refused -----------------------------------------------------------------------------------------------------

REFUSED = {
    "int_and_float": lambda tf: tf.multiply(tf.constant(1), tf.constant(1.0)),
    "truediv_of_types": lambda tf: tf.truediv(tf.constant(1), tf.constant(1.0)),
    "complex_of_types": lambda tf: tf.complex(tf.constant(1.0), tf.constant(1.0, tf.float64)),
    "sum_of_nothing": lambda tf: tf.add_n([]),
    "sum_of_shapes": lambda tf: tf.add_n([tf.zeros([2]), tf.zeros([3])]),
    "scalar_mul_by_vector": lambda tf: tf.scalar_mul([1.0, 2.0], tf.zeros([2])),
    "shift_of_floats": lambda tf: tf.bitwise.left_shift(1.0, 2.0),
    "logic_of_numbers": lambda tf: tf.logical_and(1, 2),
    "range_of_nothing": lambda tf: tf.range(0, 1, 0),
    "range_backwards": lambda tf: tf.range(3, 1, 1),
    "linspace_of_none": lambda tf: tf.linspace(0.0, 1.0, 0),
    "clip_that_widens": lambda tf: tf.clip_by_value(tf.zeros([1]), tf.zeros([3]), 1.0),
    "norm_of_no_list": lambda tf: tf.global_norm(tf.zeros([2])),
    "text_times_number": lambda tf: tf.constant("a") * 2,
    "modulo_by_zero": lambda tf: tf.placeholder_with_default(7, []) % tf.placeholder_with_default(0, []),
    "whole_by_zero": lambda tf: tf.placeholder_with_default([7], [1]) // [0],
    "negative_power": lambda tf: tf.placeholder_with_default(2, []) ** tf.placeholder_with_default(-1, []),
    "tensor_plus_list_of_text": lambda tf: tf.constant(1.0) + ["a"],
    "not_of_number": lambda tf: ~tf.constant(1),
}
for mistake, make_mistake in REFUSED.items():
    case(name="refused_" + mistake, raises=True)(make_mistake)


@case(feeds={"x": 3.0}, grads=True)
def mean_of_unknown_rank(tf):
    return tf.reduce_mean(tf.square(tf.placeholder(tf.float32, name="x")))


@case(feeds={"x": np.zeros([0], np.int32), "y": np.int32(0)})
def nothing_divided_by_zero(tf):
    x, y = tf.placeholder(tf.int32, name="x"), tf.placeholder(tf.int32, name="y")
    return [x // y, tf.floormod(x, y), tf.truncatediv(x, y)]
