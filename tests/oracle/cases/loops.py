"""while_loop: values and gradients; the graphs differ on purpose."""

import collections

import numpy as np

from tests.oracle.harness import case, floats

X = floats(3)
ROWS = floats(4, 3, low=-1.0, high=1.0)
COUNTS = [{"x": X, "n": np.int32(n)} for n in (3, 0, 1, 7)]
Pair = collections.namedtuple("Pair", "a b")


def vector(tf):
    return tf.placeholder(tf.float32, [3], name="x")


def count(tf):
    return tf.placeholder(tf.int32, [], name="n")


# -- while_loop: the number of iterations ----------------------------------------------------------------------


@case(feeds={"x": X}, grads=True, graph=False)
def while_known_count(tf):
    x = vector(tf)
    i, y = tf.while_loop(lambda i, y: i < 5, lambda i, y: (i + 1, y * x + 1.0), [0, tf.ones([3])])
    return {"i": i, "y": y}


@case(feeds={"x": X}, grads=True, graph=False)
def while_known_count_downwards(tf):
    x = vector(tf)
    return tf.while_loop(lambda i, y: i >= 1, lambda i, y: (i - 2, tf.sin(y) + x), [9, x])[1]


@case(feeds={"x": X}, grads=True, graph=False)
def while_count_compared_the_other_way(tf):
    x = vector(tf)
    return tf.while_loop(lambda i, y: tf.constant(4) > i, lambda i, y: (1 + i, y * x), [0, x])[1]


@case(feeds={"x": X}, grads=True, graph=False)
def while_count_by_not_equal(tf):
    x = vector(tf)
    return tf.while_loop(lambda i, y: tf.not_equal(i, 6), lambda i, y: (i + 2, y * x), [0, x])[1]


@case(feeds={"x": X}, grads=True, graph=False)
def while_known_zero(tf):
    x = vector(tf)
    return tf.while_loop(lambda i, y: i < 0, lambda i, y: (i + 1, y * x), [0, x * 2.0])[1]


@case(feeds=COUNTS, grads=True, graph=False)
def while_unknown_count(tf):
    x, n = vector(tf), count(tf)
    i, y = tf.while_loop(lambda i, y: i < n, lambda i, y: (i + 1, y * x + 1.0), [0, tf.ones([3])])
    return {"i": i, "y": y}


@case(feeds=COUNTS[1:], grads=True, graph=False)
def while_unknown_count_zero(tf):
    x, n = vector(tf), count(tf)
    return tf.while_loop(lambda i, y: i < n, lambda i, y: (i + 1, y * x + 1.0), [0, x * x])[1]


@case(feeds={"x": X * 0.125 + 1.0, "n": np.int32(100)}, grads=True, graph=False)
def while_unknown_count_of_a_hundred(tf):
    x, n = vector(tf), count(tf)
    return tf.while_loop(lambda i, y: i < n, lambda i, y: (i + 1, tf.sin(y * x)), [0, tf.ones([3])])[1]


@case(feeds=COUNTS, grads=True, graph=False)
def while_bounded_count(tf):
    x, n = vector(tf), count(tf)
    return tf.while_loop(
        lambda i, y: i < n, lambda i, y: (i + 1, y * x + 1.0), (0, tf.ones([3])), maximum_iterations=5
    )[1]


@case(feeds=COUNTS, grads=True, graph=False)
def while_bounded_by_a_fed_number(tf):
    x, n = vector(tf), count(tf)
    return tf.while_loop(lambda i, y: i < 100, lambda i, y: (i + 1, y * x), (0, x), maximum_iterations=n)[1]


@case(feeds={"x": X + 3.0}, grads=True, graph=False)
def while_until_a_value_is_small(tf):
    x = vector(tf)
    y, steps = tf.while_loop(
        lambda y, steps: tf.reduce_sum(y * y) > 0.25, lambda y, steps: (y * 0.5, steps + 1), [x, 0]
    )
    return {"y": y, "steps": steps}


@case(feeds={"x": X}, grads=True, graph=False)
def while_float_counter(tf):
    x = vector(tf)
    return tf.while_loop(lambda t, y: t < 1.0, lambda t, y: (t + 0.25, y + x * t), [0.0, x])[1]


@case(feeds={"x": X}, grads=True, graph=False)
def while_single_variable(tf):
    x = vector(tf)
    alone = tf.while_loop(lambda y: tf.reduce_sum(tf.abs(y)) < 50.0, lambda y: y * 2.0, [x])
    kept = tf.while_loop(
        lambda y: tf.reduce_sum(tf.abs(y)) < 50.0, lambda y: [y * 2.0], [x], return_same_structure=True
    )
    return {"alone": alone, "kept": kept[0]}


@case(feeds={"x": X}, grads=True, graph=False)
def while_single_variable_bounded(tf):
    x = vector(tf)
    return tf.while_loop(lambda y: True, lambda y: y * 2.0, [x], maximum_iterations=3)


@case(feeds=COUNTS, grads=True, graph=False, control_flow_v2=True)
def while_second_derivative(tf):
    x, n = vector(tf), count(tf)
    y = tf.while_loop(lambda i, y: i < n, lambda i, y: (i + 1, y * x + tf.sin(x)), [0, tf.ones([3])])[1]
    first = tf.gradients(y, x)[0]
    return {"first": first, "second": tf.gradients(first, x)[0]}


@case(feeds={"x": X}, grads=True, graph=False, control_flow_v2=True)
def while_known_count_third_derivative(tf):
    x = vector(tf)
    y = tf.while_loop(lambda i, y: i < 4, lambda i, y: (i + 1, y * x), [0, tf.ones([3])])[1]
    second = tf.gradients(tf.gradients(y, x)[0], x)[0]
    return {"second": second}


# -- while_loop: what goes round -------------------------------------------------------------------------------


@case(feeds={"x": X}, grads=True, graph=False)
def while_nested_structure(tf):
    x = vector(tf)
    i, pair, rest = tf.while_loop(
        lambda i, pair, rest: i < 3,
        lambda i, pair, rest: (i + 1, Pair(pair.a + pair.b[0], [pair.b[0] * 2.0]), {"k": rest["k"] * x}),
        (0, Pair(x, [x * 0.5]), {"k": tf.ones([3])}),
    )
    return {"a": pair.a, "b": pair.b[0], "k": rest["k"]}


@case(feeds={"x": X, "n": np.int32(3)}, grads=True, graph=False)
def while_variables_that_stay(tf):
    x, n = vector(tf), count(tf)
    _, y, same, m = tf.while_loop(
        lambda i, y, same, m: i < m, lambda i, y, same, m: (i + 1, y + same, same, m), [0, x, x * x, n]
    )
    return {"y": y, "same": same, "m": m}


@case(feeds={"x": X}, grads=True, graph=False)
def while_integers_and_bools(tf):
    x = vector(tf)
    i, flags, y, total = tf.while_loop(
        lambda i, flags, y, total: i < 4,
        lambda i, flags, y, total: (
            i + 1,
            tf.logical_not(flags),
            tf.where(flags, y * x, y + x),
            total + tf.cast(tf.reduce_sum(tf.cast(flags, tf.int32)), tf.int64),
        ),
        [0, tf.constant([True, False, True]), x, tf.constant(0, tf.int64)],
    )
    return {"flags": flags, "y": y, "total": total}


@case(feeds={"x": X.astype(np.float64)}, grads=True, graph=False)
def while_in_double_precision(tf):
    x = tf.placeholder(tf.float64, [3], name="x")
    return tf.while_loop(lambda i, y: i < 6, lambda i, y: (i + 1, tf.cos(y) * x), [0, x])[1]


@case(feeds={"x": X}, graph=False)
def while_growing_shape(tf):
    x = vector(tf)
    i, y = tf.while_loop(
        lambda i, y: i < 3,
        lambda i, y: (i + 1, tf.concat([y, y + 1.0], 0)),
        [tf.constant(0), x],
        shape_invariants=[tf.TensorShape([]), tf.TensorShape([None])],
    )
    return {"y": y, "size": tf.size(y)}


@case(feeds={"x": X, "n": np.int32(3)}, graph=False)
def while_growing_shape_unknown_count(tf):
    x, n = vector(tf), count(tf)
    _, y = tf.while_loop(
        lambda i, y: i < n,
        lambda i, y: (i + 1, tf.concat([y, x[:1]], 0)),
        [tf.constant(0), x],
        shape_invariants=[tf.TensorShape([]), tf.TensorShape([None])],
    )
    return y


@case(feeds={"x": X}, grads=True, graph=False)
def while_invariant_shape_left_open(tf):
    x = vector(tf)
    i, y = tf.while_loop(
        lambda i, y: i < 3,
        lambda i, y: (i + 1, y * x),
        [tf.constant(0), x],
        shape_invariants=[tf.TensorShape([]), tf.TensorShape([None])],
    )
    return {"y": y, "shape": tf.constant(str(y.shape))}


@case(feeds={"x": ROWS}, grads=True, graph=False)
def while_of_unknown_batch(tf):
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    n = tf.shape(x)[0]
    _, y = tf.while_loop(
        lambda i, y: i < n, lambda i, y: (i + 1, y + x[i] * tf.cast(i, tf.float32)), [0, tf.zeros([3])]
    )
    return y


@case(feeds={"x": X}, graph=False)
def while_sparse_tensor(tf):
    x = vector(tf)
    sparse = tf.SparseTensor([[0], [2]], x[:2], [4])
    _, y = tf.while_loop(
        lambda i, s: i < 3, lambda i, s: (i + 1, tf.SparseTensor(s.indices, s.values * 2.0, s.dense_shape)), [0, sparse]
    )
    return {"values": y.values, "indices": y.indices, "shape": y.dense_shape}


@case(feeds={"x": X}, graph=False)
def while_counts_a_row_of_fibonacci_numbers(tf):
    x = vector(tf)
    _, a, _ = tf.while_loop(
        lambda i, a, b: i < 20,
        lambda i, a, b: (i + 1, b, a + b),
        [0, tf.constant(0, tf.int64), tf.constant(1, tf.int64)],
    )
    return {"fibonacci": a, "x": x}


# -- while_loop: bad arguments ---------------------------------------------------------------------------------


@case(raises=True)
def while_condition_is_no_bool(tf):
    return tf.while_loop(lambda i: i, lambda i: i, [tf.constant(0)])


@case(raises=True)
def while_condition_is_a_vector(tf):
    return tf.while_loop(lambda i: tf.constant([True]), lambda i: i, [tf.constant(0)])


@case(raises=True)
def while_condition_is_no_function(tf):
    return tf.while_loop(3, lambda i: i, [tf.constant(0)])


@case(raises=True)
def while_returns_too_much(tf):
    return tf.while_loop(lambda i: i < 3, lambda i: (i, i), [tf.constant(0)])


@case(raises=True)
def while_changes_its_shape(tf):
    return tf.while_loop(lambda i: True, lambda i: tf.stack([i, i]), [tf.constant(0)])


@case(raises=True)
def while_without_variables(tf):
    return tf.while_loop(lambda: True, list, [])


@case(raises=True)
def while_invariant_does_not_fit(tf):
    return tf.while_loop(lambda i: i < 3, lambda i: i, [tf.constant(0)], shape_invariants=[tf.TensorShape([2])])


@case(raises=True)
def while_maximum_is_a_vector(tf):
    return tf.while_loop(lambda i: i < 3, lambda i: i, [tf.constant(0)], maximum_iterations=[1, 2])


@case(raises=True)
def what_is_made_in_a_loop_cannot_be_used_outside(tf):
    made = []
    tf.while_loop(lambda i: i < 3, lambda i: made.append(i + 1) or made[0], [tf.constant(0)])
    return made[0] + 1
