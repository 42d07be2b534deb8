"""Operators, slices, constants, names and scopes, placeholders, reductions, products and shapes."""

import numpy as np

from tests.oracle.harness import case, floats, integers

X = floats(2, 3)
Y = floats(2, 3, seed=1)
POSITIVE = floats(2, 3, seed=2, low=0.5, high=2.0)
WHOLE = integers(2, 3, low=-9)
CUBE = floats(4, 6, 5)


def placeholders(tf):
    return tf.placeholder(tf.float32, [2, 3], name="x"), tf.placeholder(tf.float32, [2, 3], name="y")


@case(feeds={"x": X, "y": POSITIVE}, grads=True)
def arithmetic(tf):
    x, y = placeholders(tf)
    return {"add": x + y, "sub": x - y, "mul": x * y, "div": x / y, "neg": -x, "abs": abs(x), "pow": y**x}


@case(feeds={"x": X, "y": POSITIVE})
def floor_arithmetic(tf):
    x, y = placeholders(tf)
    return {"floordiv": x // y, "mod": x % y, "reflected": [3.0 // y, 3.0 % y]}


@case(feeds={"x": POSITIVE}, grads=True)
def reflected(tf):
    x = tf.placeholder(tf.float32, [2, 3], name="x")
    return {"add": 1 + x, "sub": 1 - x, "mul": 2 * x, "div": 2 / x, "pow": 2**x, "array": np.ones((2, 3)) - x}


@case(feeds={"x": POSITIVE}, grads=True)
def with_python_numbers(tf):
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    return [x + 1, x - 1.5, x * 2, x / 2, x**2, x + [1.0, 2.0, 3.0], x - np.float32(2)]


@case(feeds={"x": WHOLE, "y": integers(2, 3, low=1, seed=1)})
def whole_numbers(tf):
    x = tf.placeholder(tf.int32, [2, 3], name="x")
    y = tf.placeholder(tf.int32, [2, 3], name="y")
    return {
        "truediv": x / y,
        "floordiv": x // y,
        "mod": x % y,
        "power": x**2,
        "negative": -x,
        "absolute": abs(x),
        "truncated": [tf.truncatediv(x, y), tf.truncatemod(x, y)],
    }


@case(feeds={"x": WHOLE.astype(np.int64), "y": np.int64(3)})
def whole_numbers_64(tf):
    x = tf.placeholder(tf.int64, [2, None], name="x")
    y = tf.placeholder(tf.int64, [], name="y")
    return {"add": x + y, "truediv": x / y, "floordiv": x // y, "mod": x % y, "compare": x > y}


@case(feeds={"x": X, "y": Y})
def comparisons(tf):
    x, y = placeholders(tf)
    return {
        "less": x < y,
        "less_equal": x <= 0.5,
        "greater": x > y,
        "greater_equal": 0.5 >= x,
        "equal": tf.equal(x, x),
        "not_equal": tf.not_equal(x, y),
    }


@case(graph=False)
def equality_of_tensors_is_identity(tf):
    x = tf.constant(1.0)
    return {
        "same": tf.constant(x == x),
        "other": tf.constant(x == tf.constant(1.0)),
        "hash": tf.constant(x in {x: 1}),
    }


@case(feeds={"a": [True, True, False, False], "b": [True, False, True, False]})
def logic(tf):
    a = tf.placeholder(tf.bool, [4], name="a")
    b = tf.placeholder(tf.bool, [4], name="b")
    return {"and": a & b, "or": a | b, "xor": a ^ b, "not": ~a, "with_python": [a & True, False | b]}


@case(feeds={"x": floats(2, 3), "y": floats(3, 4)}, grads=True)
def matrix_product(tf):
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    y = tf.placeholder(tf.float32, [3, 4], name="y")
    return {
        "operator": x @ y,
        "function": tf.matmul(x, y),
        "turned": tf.matmul(y, x, transpose_a=True, transpose_b=True),
    }


@case(feeds={"x": floats(5, 2, 3), "y": floats(5, 3, 4)}, grads=True)
def batched_matrix_product(tf):
    x = tf.placeholder(tf.float32, [None, 2, 3], name="x")
    y = tf.placeholder(tf.float32, [5, 3, 4], name="y")
    return {"operator": x @ y, "adjoint": tf.matmul(y, x, adjoint_a=True, adjoint_b=True)}


@case(feeds={"x": floats(3, 1), "y": floats(4)}, grads=True)
def broadcasting(tf):
    x = tf.placeholder(tf.float32, [3, 1], name="x")
    y = tf.placeholder(tf.float32, [4], name="y")
    return {"add": x + y, "mul": x * y, "maximum": tf.maximum(x, y), "squared": tf.squared_difference(x, y)}


@case(feeds={"x": floats(3, 1), "y": floats(4)}, grads=True)
def broadcasting_of_unknown_shapes(tf):
    x = tf.placeholder(tf.float32, [None, None], name="x")
    y = tf.placeholder(tf.float32, name="y")
    return {"add": x + y, "mul": x * y, "div": x / (y + 3.0)}


@case(feeds={"x": CUBE}, grads=True)
def slices(tf):
    x = tf.placeholder(tf.float32, [None, 6, 5], name="x")
    return {
        "row": x[0],
        "last": x[-1],
        "entry": x[1, 2, 3],
        "range": x[1:3],
        "to_end": x[:, 2:],
        "negative": x[:, -3:-1],
        "strides": x[1:, ::2, None],
        "backwards": x[:, ::-1, 4:0:-2],
        "ellipsis": x[..., 1],
        "ellipsis_between": x[0, ..., tf.newaxis, 2:4],
        "new_axes": x[tf.newaxis, ..., None],
        "all": x[:],
    }


@case(feeds={"x": CUBE, "i": 2, "n": [1, 3]}, grads=True)
def slices_by_tensors(tf):
    x = tf.placeholder(tf.float32, [4, 6, 5], name="x")
    i = tf.placeholder(tf.int32, [], name="i")
    n = tf.placeholder(tf.int32, [2], name="n")
    return {
        "entry": x[i],
        "range": x[i:],
        "both": x[:, n[0] : n[1], i],
        "mixed": x[i, 1 : n[1]],
        "sizes": tf.shape(x)[1:],
    }


@case(feeds={"x": CUBE}, grads=True)
def slice_functions(tf):
    x = tf.placeholder(tf.float32, [4, 6, 5], name="x")
    return {
        "slice": tf.slice(x, [1, 0, 2], [2, -1, 3]),
        "strided": tf.strided_slice(x, [0, 1], [3, 6], [1, 2]),
        "masked": tf.strided_slice(x, [1, 0, 2], [2, 9, 3], begin_mask=2, shrink_axis_mask=1),
    }


@case()
def constants(tf):
    return {
        "number": tf.constant(1.5),
        "whole": tf.constant(3),
        "truth": tf.constant(True),
        "text": tf.constant("a word"),
        "texts": tf.constant(["a", "", "\xe9"]),
        "list": tf.constant([[1, 2], [3, 4]]),
        "filled": tf.constant(0.5, shape=[2, 3]),
        "typed": tf.constant([1, 2], tf.float64, name="typed"),
        "half": tf.constant([0.5, 1.5], tf.float16),
        "bytes": tf.constant([1, 255], tf.uint8),
        "complex": tf.constant(1 + 2j),
        "array": tf.constant(np.arange(6.0).reshape(2, 3)),
        "empty": tf.constant([], tf.float32),
        "large": tf.constant(floats(20, 20)),
    }


@case()
def filled_tensors(tf):
    sizes = tf.placeholder_with_default([2, 3], [2])
    return {
        "zeros": tf.zeros([2, 3]),
        "ones": tf.ones((2,), tf.int32),
        "scalar": tf.zeros([]),
        "truths": tf.zeros([2], tf.bool),
        "texts": tf.zeros([2], tf.string),
        "fill": tf.fill([2, 2], 7),
        "dynamic": tf.ones(sizes),
        "dynamic_fill": tf.fill(sizes, 2.5),
        "eye": tf.eye(3),
        "range": tf.range(2, 11, 3),
        "floats": tf.range(0.0, 1.0, 0.25),
        "linspace": tf.linspace(0.0, 1.0, 5),
    }


@case(feeds={"x": X})
def filled_like(tf):
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    y = tf.placeholder_with_default(np.ones([2, 3], np.float32), [2, 3])
    return [
        tf.zeros_like(x),
        tf.ones_like(x),
        tf.zeros_like(y),
        tf.ones_like(y),
        tf.ones_like(x, dtype=tf.int32),
    ]


@case(feeds={"x": X})
def shapes_of_tensors(tf):
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    static = tf.constant(X)
    return {
        "shape": tf.shape(x),
        "size": tf.size(x),
        "rank": tf.rank(x),
        "static": [tf.shape(static), tf.size(static), tf.rank(static)],
        "wide": tf.shape(x, out_type=tf.int64),
        "reshaped": tf.reshape(x, [tf.shape(x)[0], -1, 1]),
        "flat": tf.reshape(x, tf.stack([tf.shape(x)[0] * 3])),
    }


@case()
def names(tf):
    tf.constant(1, name="a")
    again = tf.constant(1, name="a")
    with tf.name_scope("scope"):
        inside = tf.constant(2.0)
        with tf.name_scope("inner"):
            tf.add(inside, 1.0)
            tf.add(inside, 1.0, name="sum")
        with tf.name_scope("inner"):
            tf.add(inside, 1.0)
    with tf.name_scope("scope"):
        tf.constant(3.0)
    with tf.name_scope("scope/"):
        tf.constant(4.0)
    with tf.name_scope(None):
        tf.constant(5.0)
    with tf.name_scope(None, "default", [inside]) as name:
        return {"again": again, "named": tf.identity(inside, name=name)}


@case()
def control_dependencies(tf):
    a = tf.constant(1.0, name="a")
    b = tf.constant(2.0, name="b")
    with tf.control_dependencies([a, b.op]):
        c = tf.add(1.0, 2.0, name="c")
        with tf.control_dependencies([c]):
            d = a + b
            with tf.control_dependencies(None):
                e = tf.identity(a)
    first, second = tf.tuple([a, d], name="pair")
    done = tf.group(c, e, name="done")
    with tf.control_dependencies([done]):
        last = tf.no_op("last")
    return {"c": c, "d": d, "e": e, "first": first, "second": second, "last": last}


@case(feeds={"x": X})
def devices_and_colocation(tf):
    x = tf.placeholder(tf.float32, [2, 3], name="x")
    with tf.device("/cpu:0"):
        a = x + 1.0
        with tf.device("/job:localhost"):
            b = a * 2.0
        with tf.device(None):
            c = a * 3.0
    with tf.get_default_graph().colocate_with(a.op):
        d = a - 1.0
    return [b, c, d]


@case(feeds=[{"p": 3.0}, {}, {"p": [1.0, 2.0]}])
def placeholder_with_default(tf):
    return tf.placeholder_with_default(tf.constant(7.0), None, name="p") + 1.0


@case(feeds=[{"x": np.ones((1, 3))}, {"x": np.ones((4, 3))}, {"x": [[1, 2, 3]]}])
def placeholder_of_any_batch(tf):
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    return {"sum": tf.reduce_sum(x, 0), "doubled": x * 2}


@case(feeds={"middle:0": [5.0, 6.0]})
def feeding_an_inner_tensor(tf):
    x = tf.constant([1.0, 2.0])
    middle = tf.add(x, 1.0, name="middle")
    return {"middle": middle, "result": middle * 10.0}


@case(feeds={"x": CUBE}, grads=True, rtol=1e-5, atol=1e-5)
def reductions(tf):
    x = tf.placeholder(tf.float32, [None, 6, 5], name="x")
    return {
        "sum": tf.reduce_sum(x),
        "mean": tf.reduce_mean(x),
        "sum_of_axis": tf.reduce_sum(x, 1),
        "mean_of_axes": tf.reduce_mean(x, [0, 2]),
        "mean_kept": tf.reduce_mean(x, axis=-1, keepdims=True),
        "prod": tf.reduce_prod(x, 2),
        "max": tf.reduce_max(x, 0),
        "min": tf.reduce_min(x, axis=[1, 2]),
        "logsumexp": tf.reduce_logsumexp(x, 2),
        "old_names": tf.reduce_sum(x, reduction_indices=[1], keep_dims=True),
        "norm": tf.norm(x, axis=1),
    }


@case(feeds={"x": X})
def reductions_without_gradient(tf):
    x = tf.placeholder(tf.float32, [2, 3], name="x")
    return {
        "any": tf.reduce_any(x > 0, 1),
        "all": tf.reduce_all(x > 0),
        "argmax": tf.argmax(x, 1),
        "argmin": tf.argmin(x, 0, output_type=tf.int32),
        "count": tf.count_nonzero(x > 0, 1),
    }


@case(feeds={"x": X}, grads=True)
def reduction_of_unknown_rank(tf):
    x = tf.placeholder(tf.float32, name="x")
    return {"sum": tf.reduce_sum(x), "mean": tf.reduce_mean(x), "max_of_axis": tf.reduce_max(x, 1)}


@case(feeds={"x": CUBE}, grads=True)
def rearranging(tf):
    x = tf.placeholder(tf.float32, [4, 6, 5], name="x")
    return {
        "reshape": tf.reshape(x, [8, -1]),
        "transpose": tf.transpose(x),
        "perm": tf.transpose(x, [1, 0, 2], name="perm"),
        "expand": tf.expand_dims(x, 1),
        "squeeze": tf.squeeze(tf.expand_dims(x, -1), axis=[3]),
        "tile": tf.tile(x, [1, 2, 1]),
        "pad": tf.pad(x, [[0, 0], [1, 2], [0, 1]]),
        "mirror": tf.pad(x, [[1, 1], [0, 0], [0, 2]], "REFLECT"),
        "reverse": tf.reverse(x, [0, 2]),
    }


@case(feeds={"x": X, "y": Y}, grads=True)
def joining(tf):
    x, y = placeholders(tf)
    return {
        "concat": tf.concat([x, y], 0),
        "concat_last": tf.concat([x, y, x], axis=-1, name="joined"),
        "stack": tf.stack([x, y]),
        "stack_last": tf.stack([x, y], axis=2),
        "one": tf.concat([x], 1),
    }


@case(feeds={"x": CUBE}, grads=True)
def splitting(tf):
    x = tf.placeholder(tf.float32, [4, 6, 5], name="x")
    a, b = tf.split(x, 2)
    c, d = tf.split(x, [1, 4], axis=2)
    e, f, g, h = tf.unstack(x)
    return {"a": a, "b": b * 2, "c": c, "d": d, "e": e, "h": h, "fg": f * g}


@case(feeds={"x": CUBE, "rows": [3, 0, 3]}, grads=True)
def choosing(tf):
    x = tf.placeholder(tf.float32, [4, 6, 5], name="x")
    rows = tf.placeholder(tf.int32, [None], name="rows")
    return {
        "gather": tf.gather(x, rows),
        "gather_axis": tf.gather(x, [4, 1], axis=2),
        "gather_nd": tf.gather_nd(x, [[0, 1], [3, 5]]),
        "where": tf.where(x > 0, x, -2 * x),
        "clipped": tf.clip_by_value(x, -0.5, 0.5),
        "mask": tf.boolean_mask(x, [True, False, True, True]),
    }


@case(feeds={"labels": [2, 0, 5]})
def one_hot(tf):
    labels = tf.placeholder(tf.int64, [None], name="labels")
    return [tf.one_hot(labels, 4), tf.one_hot(labels, 4, on_value=5, off_value=-1, axis=0)]


@case(feeds={"x": [[-1.6, 0.5], [1.5, 2.7]]})
def casts(tf):
    x = tf.placeholder(tf.float32, [2, 2], name="x")
    return {
        "int": tf.cast(x, tf.int32),
        "int64": tf.to_int64(x),
        "bool": tf.cast(x, tf.bool),
        "double": tf.to_double(x),
        "half": tf.cast(x, tf.float16),
        "brain": tf.cast(x, tf.bfloat16),
        "same": tf.cast(x, tf.float32),
        "back": tf.to_float(tf.cast(x, tf.int32)),
        "complex": tf.cast(x, tf.complex64),
    }


ELEMENTWISE = (
    (
        X,
        "exp expm1 square sin cos atan sinh cosh tanh asinh sigmoid erf erfc sign floor ceil round rint "
        "negative abs",
    ),
    (X / 4, "tan asin acos atanh"),
    (POSITIVE, "log log1p sqrt rsqrt lgamma digamma reciprocal"),
    (POSITIVE + 1, "acosh"),
)


def elementwise(function):
    def build(tf):
        return getattr(tf, function)(tf.placeholder(tf.float32, [2, 3], name="x"))

    return build


for argument, function_names in ELEMENTWISE:
    for function_name in function_names.split():
        case(name="elementwise_" + function_name, feeds={"x": argument}, grads=True)(
            elementwise(function_name)
        )


@case(feeds={"x": X.astype(np.float64), "y": POSITIVE.astype(np.float64)}, grads=True)
def double_precision(tf):
    x = tf.placeholder(tf.float64, [2, 3], name="x")
    y = tf.placeholder(tf.float64, [2, 3], name="y")
    return [tf.exp(x) * tf.log(y), tf.matmul(x, y, transpose_b=True), x / y + 1, tf.reduce_mean(x**2)]


@case(feeds={"x": X.astype(np.float16), "y": POSITIVE.astype(np.float16)}, grads=True)
def half_precision(tf):
    x = tf.placeholder(tf.float16, [2, 3], name="x")
    y = tf.placeholder(tf.float16, [2, 3], name="y")
    return [x * y + 1, tf.matmul(x, y, transpose_b=True), tf.tanh(x)]


@case(feeds={"x": (X + 1j * Y).astype(np.complex64)})
def complex_numbers(tf):
    x = tf.placeholder(tf.complex64, [2, 3], name="x")
    return [
        x * x,
        tf.real(x),
        tf.imag(x),
        tf.conj(x),
        tf.abs(x),
        tf.angle(x),
        tf.complex(tf.real(x), 1.0),
        tf.exp(x),
    ]


@case(feeds={"x": X})
def gradients_of_a_chain(tf):
    x = tf.placeholder(tf.float32, [2, 3], name="x")
    y = tf.reduce_sum(tf.sigmoid(x * x) * tf.stop_gradient(x), name="y")
    (first,) = tf.gradients(y, x)
    (unconnected,) = tf.gradients(y, tf.constant(1.0, name="alone"))
    assert unconnected is None
    return {"y": y, "first": first, "weighted": tf.gradients([y, x], [x], grad_ys=[2.0, tf.ones_like(x)])[0]}


@case(feeds={"x": X}, graph=False)
def second_derivatives(tf):
    x = tf.placeholder(tf.float32, [2, 3], name="x")
    y = tf.reduce_sum(tf.tanh(x) * tf.exp(x))
    (first,) = tf.gradients(y, x)
    (second,) = tf.gradients(first, x)
    flat = tf.reshape(x, [6])
    (hessian,) = tf.hessians(tf.reduce_sum(flat**3) * tf.reduce_sum(tf.sin(flat)), flat)
    return {"first": first, "second": second, "hessian": hessian}


@case(feeds={"x": 2.0, "d": 3.0})
def waiting_for_what_is_fed(tf):
    x = tf.placeholder(tf.float32, [], name="x")
    d = tf.placeholder_with_default(1.0, [], name="d")
    with tf.control_dependencies([x, d]):
        return tf.constant(1.0) + 2.0
