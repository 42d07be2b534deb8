"""TensorArray, map_fn, scan, foldl, foldr and Defun: values and gradients."""

import collections

import numpy as np

from tests.oracle.harness import case, floats, integers, script

X = floats(4, 3)
Y = floats(4, seed=1)
Pair = collections.namedtuple("Pair", "a b")


def matrix(tf):
    return tf.placeholder(tf.float32, [4, 3], name="x")


def vector(tf):
    return tf.placeholder(tf.float32, [4], name="y")


def open_matrix(tf):
    return tf.placeholder(tf.float32, [None, 3], name="x")


# -- TensorArray -----------------------------------------------------------------------------------------------


@case(feeds={"x": X}, grads=True)
def unstack_and_stack(tf):
    x = matrix(tf)
    return tf.TensorArray(tf.float32, 4).unstack(x * 2.0).stack()


@case(feeds={"x": X}, grads=True, graph=False)
def unstack_and_stack_of_unknown_size(tf):
    x = open_matrix(tf)
    array = tf.TensorArray(tf.float32, tf.shape(x)[0], clear_after_read=False).unstack(x * 2.0)
    return {"all": array.stack(), "size": array.size(), "one": array.read(2)}


@case(feeds={"x": X}, grads=True)
def write_and_read(tf):
    x = matrix(tf)
    array = tf.TensorArray(tf.float32, 3, clear_after_read=False, tensor_array_name="list")
    array = array.write(0, x[0]).write(2, x[1] * x[2]).write(1, x[3])
    return {"first": array.read(0), "again": array.read(0), "last": array.read(2), "size": array.size()}


@case(feeds={"x": X}, grads=True, graph=False)
def write_and_stack(tf):
    x = matrix(tf)
    array = tf.TensorArray(tf.float32, 3, element_shape=[3])
    return array.write(2, x[0] * 3.0).write(0, x[1]).write(1, tf.exp(x[1])).stack()


@case(feeds={"x": X, "i": np.array([2, 0], np.int32)}, grads=True, graph=False)
def gather_and_scatter(tf):
    x = matrix(tf)
    i = tf.placeholder(tf.int32, [2], name="i")
    array = tf.TensorArray(tf.float32, 4, clear_after_read=False).scatter([3, 1, 0, 2], x)
    return {"some": array.gather(i), "fixed": array.gather([1, 1, 3]), "all": array.stack()}


@case(feeds={"x": X}, grads=True, graph=False)
def split_and_concat(tf):
    x = matrix(tf)
    array = tf.TensorArray(tf.float32, 2, clear_after_read=False).split(x * x, [2, 2])
    return {"whole": array.concat(), "part": array.read(1)}


@case(feeds={"x": X}, grads=True, graph=False)
def concat_of_writes(tf):
    x = matrix(tf)
    return tf.TensorArray(tf.float32, 2).write(0, x[:2]).write(1, x[2:] * 2.0).concat()


@case(feeds={"x": X}, graph=False)
def array_of_integers(tf):
    x = matrix(tf)
    array = tf.TensorArray(tf.int64, 4).unstack(tf.cast(x * 10.0, tf.int64))
    return array.stack()


@case(feeds={"x": X.astype(np.float64)}, grads=True, graph=False)
def array_of_doubles(tf):
    x = tf.placeholder(tf.float64, [4, 3], name="x")
    array = tf.TensorArray(tf.float64, 4, clear_after_read=False).unstack(tf.sin(x))
    return {"all": array.stack(), "one": array.read(1) * 2.0}


@case(feeds={"x": X}, grads=True, graph=False)
def array_that_grows(tf):
    x = matrix(tf)
    array = tf.TensorArray(tf.float32, 1, dynamic_size=True).write(0, x[0]).write(2, x[1]).write(1, x[0] * x[1])
    return {"all": array.stack(), "size": array.size()}


@case(feeds={"x": X}, graph=False)
def shapes_and_types_of_an_array(tf):
    x = matrix(tf)
    array = tf.TensorArray(tf.float32, 4).unstack(x)
    known = [
        array.dtype.name,
        str(array.element_shape) if hasattr(array, "element_shape") else "",
        array.flow.dtype.name,
    ]
    return {"known": tf.constant(str(known)), "stacked": tf.constant(str(array.stack().shape)), "row": array.read(0)}


@case(feeds={"x": X, "i": np.int32(7)}, raises=True)
def read_outside(tf):
    x = matrix(tf)
    i = tf.placeholder(tf.int32, [], name="i")
    return tf.TensorArray(tf.float32, 4).unstack(x).read(i)


@case(feeds={"x": X, "i": np.int32(7)}, raises=True)
def write_outside(tf):
    x = matrix(tf)
    i = tf.placeholder(tf.int32, [], name="i")
    return tf.TensorArray(tf.float32, 4).write(i, x[0]).stack()


@case(raises=True)
def array_of_different_shapes(tf):
    return tf.TensorArray(tf.float32, 2).write(0, tf.ones([2])).write(1, tf.ones([3])).stack()


@case(raises=True)
def array_without_a_size(tf):
    return tf.TensorArray(tf.float32).stack()


@case(feeds={"x": X}, grads=True, graph=False)
def array_through_a_loop(tf):
    x = matrix(tf)
    source = tf.TensorArray(tf.float32, 4).unstack(x)
    target = tf.TensorArray(tf.float32, 4)
    _, _, target = tf.while_loop(
        lambda i, h, t: i < 4,
        lambda i, h, t: (i + 1, tf.tanh(h + source.read(i)), t.write(i, h * 2.0)),
        [0, tf.zeros([3]), target],
    )
    return target.stack()


@case("array_through_a_loop_of_other_lengths", feeds=[{"x": X, "n": np.int32(n)} for n in (4, 2, 1)], graph=False)
@case(feeds={"x": X, "n": np.int32(3)}, grads=True, graph=False)
def array_through_a_loop_of_unknown_length(tf):
    x = matrix(tf)
    n = tf.placeholder(tf.int32, [], name="n")
    source = tf.TensorArray(tf.float32, 4).unstack(x)
    target = tf.TensorArray(tf.float32, n)
    _, _, target = tf.while_loop(
        lambda i, h, t: i < n,
        lambda i, h, t: (i + 1, tf.tanh(h + source.read(i)), t.write(i, h * 2.0)),
        [0, tf.zeros([3]), target],
    )
    return target.stack()


@case("array_that_grows_to_other_lengths", feeds=[{"x": X, "n": np.int32(n)} for n in (5, 40, 1)], graph=False)
@case(feeds={"x": X, "n": np.int32(37)}, grads=True, graph=False)
def array_that_grows_in_a_loop(tf):
    x = matrix(tf)
    n = tf.placeholder(tf.int32, [], name="n")
    _, target = tf.while_loop(
        lambda i, t: i < n,
        lambda i, t: (i + 1, t.write(i, x[i % 4] * 2.0)),
        [0, tf.TensorArray(tf.float32, 0, dynamic_size=True)],
    )
    return target.stack()


@case(feeds=[{"x": X, "p": True}, {"x": X, "p": False}], grads=True, graph=False)
def array_through_a_branch(tf):
    x = matrix(tf)
    p = tf.placeholder(tf.bool, [], name="p")
    array = tf.TensorArray(tf.float32, 2).write(0, x[0])
    array = tf.cond(p, lambda: array.write(1, x[1] * 2.0), lambda: array.write(1, x[2]))
    return array.stack()


@case(feeds={"x": X, "y": np.array([3, 1, 4, 2], np.int32)}, grads=True, graph=False)
def recurrent_network_with_lengths(tf):
    """What dynamic_rnn builds: the loop ends at the longest sequence, and each row stops at its own end."""
    x = matrix(tf)
    lengths = tf.placeholder(tf.int32, [4], name="y")
    w = tf.get_variable("w", initializer=tf.constant(floats(3, 3, seed=5) * 0.25))
    steps = tf.TensorArray(tf.float32, 4)

    def body(t, h, steps):
        new = tf.tanh(tf.matmul(h, w) + x * tf.cast(t + 1, tf.float32))
        h = tf.where(t < lengths, new, h)
        return t + 1, h, steps.write(t, h)

    t, h, steps = tf.while_loop(
        lambda t, h, steps: t < tf.reduce_max(lengths), body, (0, tf.zeros([4, 3]), steps), maximum_iterations=4
    )
    return {"h": h, "steps": steps.stack(), "t": t}


# -- map_fn ----------------------------------------------------------------------------------------------------


@case(feeds={"x": X}, grads=True, graph=False)
def map_of_rows(tf):
    return tf.map_fn(lambda row: row * row + row[0], matrix(tf))


@case("map_of_other_lengths", feeds=[{"x": X}, {"x": X[:1]}], graph=False)
@case(feeds={"x": X}, grads=True, graph=False)
def map_of_unknown_length(tf):
    return tf.map_fn(lambda row: tf.reduce_sum(row * row), open_matrix(tf))


@case(feeds={"x": X, "y": Y}, grads=True, graph=False)
def map_of_a_pair(tf):
    x, y = matrix(tf), vector(tf)
    out = tf.map_fn(lambda pair: pair[0] * pair[1], (x, y), dtype=tf.float32)
    return {"out": out, "shape": tf.constant(str(out.shape))}


@case(feeds={"x": X, "y": Y}, grads=True, graph=False)
def map_to_a_structure(tf):
    x, y = matrix(tf), vector(tf)
    pair = tf.map_fn(
        lambda e: Pair(e["x"] + e["y"], tf.cast(e["y"] > 0.0, tf.int32)),
        {"x": x, "y": y},
        dtype=Pair(tf.float32, tf.int32),
    )
    return {"a": pair.a, "b": pair.b}


@case(feeds={"x": X}, grads=True, graph=False)
def map_in_map(tf):
    return tf.map_fn(lambda row: tf.map_fn(lambda e: tf.sin(e) * row[1], row), matrix(tf))


@case(feeds={"x": X}, graph=False)
def map_without_back_prop(tf):
    x = matrix(tf)
    y = tf.map_fn(lambda row: row * 2.0, x, back_prop=False)
    return {"y": y, "gradient": tf.constant(str(tf.gradients(y, x)))}


@case(feeds={"x": integers(5)}, graph=False)
def map_of_integers(tf):
    x = tf.placeholder(tf.int32, [5], name="x")
    return tf.map_fn(lambda e: (tf.cast(e, tf.float32) / 2.0, tf.fill([2], e)), x, dtype=(tf.float32, tf.int32))


@case(feeds={"x": X}, grads=True, graph=False)
def map_with_variables(tf):
    x = matrix(tf)
    w = tf.get_variable("w", initializer=tf.constant(floats(3, 2, seed=3)))
    b = tf.get_variable("b", initializer=tf.constant([0.5, -0.5]), use_resource=True)
    return tf.map_fn(lambda row: tf.matmul(row[tf.newaxis], w)[0] + b, x)


@case(feeds={"x": X}, grads=True, graph=False)
def map_with_a_branch(tf):
    x = matrix(tf)
    return tf.map_fn(lambda row: tf.cond(row[0] > 0.0, lambda: row * row, lambda: -row), x)


@case(feeds={"x": X}, graph=False)
def map_of_texts(tf):
    x = matrix(tf)
    texts = tf.map_fn(lambda e: tf.string_join([e, "!"]), tf.constant(["a", "bc"]))
    return {
        "texts": texts,
        "lengths": tf.map_fn(
            lambda e: tf.size(tf.string_split([e], "-").values), tf.constant(["a-b", "c"]), dtype=tf.int32
        ),
        "x": x,
    }


@case(feeds={"x": X}, graph=False)
def array_of_texts(tf):
    x = matrix(tf)
    array = tf.TensorArray(tf.string, 3, clear_after_read=False).write(2, "c").write(0, "a").write(1, tf.constant("b"))
    rows = tf.TensorArray(tf.string, 2).split(tf.constant(["x", "y", "z", "w"]), [2, 2])
    return {"all": array.stack(), "one": array.read(1), "some": array.gather([2, 0]), "joined": rows.concat(), "x": x}


@case(feeds={"x": X}, graph=False)
def map_with_python_inside(tf):
    return tf.map_fn(lambda row: tf.py_func(lambda a: a * 2.0, [row], tf.float32), matrix(tf))


@case(feeds={"n": np.int32(3)}, graph=False)
def map_to_ranges(tf):
    n = tf.placeholder(tf.int32, [], name="n")
    return tf.map_fn(lambda e: tf.range(e), tf.fill([2], n))


@case(raises=True)
def map_of_a_scalar(tf):
    return tf.map_fn(lambda e: e, tf.constant(1.0))


@case(raises=True)
def map_of_no_function(tf):
    return tf.map_fn(3, tf.constant([1.0]))


@case(raises=True)
def map_to_another_structure(tf):
    return tf.map_fn(lambda e: (e, e), tf.constant([1.0]))


# -- scan, foldl, foldr ----------------------------------------------------------------------------------------


@case(feeds={"x": X}, grads=True, graph=False)
def scan_from_the_first_row(tf):
    return tf.scan(lambda a, row: a * row + 1.0, matrix(tf))


@case(feeds={"x": X}, grads=True, graph=False)
def scan_from_the_last_row(tf):
    return tf.scan(lambda a, row: a * row + 1.0, matrix(tf), reverse=True)


@case("scan_of_other_lengths", feeds=[{"x": X}, {"x": X[:2]}], graph=False)
@case(feeds={"x": X}, grads=True, graph=False)
def scan_with_initializer(tf):
    x = open_matrix(tf)
    return tf.scan(lambda a, row: tf.tanh(a + row), x, initializer=tf.ones([3]))


@case(feeds={"x": X, "y": Y}, grads=True, graph=False)
def scan_of_structures(tf):
    x, y = matrix(tf), vector(tf)
    a, b = tf.scan(lambda a, e: (a[0] + e[0] * e[1], a[1] * e[1]), (x, y), initializer=(tf.zeros([3]), 1.0))
    return {"a": a, "b": b}


@case(feeds={"x": X}, grads=True, graph=False)
def scan_backwards_with_initializer(tf):
    x = matrix(tf)
    return tf.scan(lambda a, row: a + tf.reduce_sum(row), x, initializer=0.0, reverse=True)


@case(feeds={"x": X}, graph=False)
def scan_of_fibonacci_numbers(tf):
    x = matrix(tf)
    numbers = tf.scan(lambda a, _: (a[1], a[0] + a[1]), np.zeros(8, np.int64), initializer=(np.int64(0), np.int64(1)))
    return {"numbers": numbers[0], "x": x}


@case(feeds={"x": X}, grads=True, graph=False)
def fold_from_the_left(tf):
    return tf.foldl(lambda a, row: tf.sin(a * 2.0 + row), matrix(tf))


@case(feeds={"x": X}, grads=True, graph=False)
def fold_from_the_left_with_initializer(tf):
    return tf.foldl(lambda a, row: a * row + 1.0, open_matrix(tf), initializer=tf.ones([3]))


@case(feeds={"x": X}, grads=True, graph=False)
def fold_from_the_right(tf):
    return tf.foldr(lambda a, row: tf.sin(a * 2.0 + row), matrix(tf))


@case(feeds={"x": X}, grads=True, graph=False)
def fold_from_the_right_with_initializer(tf):
    return tf.foldr(lambda a, row: a * row + 1.0, open_matrix(tf), initializer=tf.ones([3]))


@case(feeds={"x": X, "y": Y}, grads=True, graph=False)
def fold_of_structures(tf):
    x, y = matrix(tf), vector(tf)
    return tf.foldl(lambda a, e: a + e[0] * e[1], (x, y), initializer=tf.zeros([3]))


# -- names -----------------------------------------------------------------------------------------------------


@script()
def names_of_results(tf):
    x = matrix(tf)
    p = tf.placeholder(tf.bool, [], name="p")
    results = [
        tf.cond(p, lambda: x, lambda: x * 2.0),
        tf.cond(p, lambda: x, lambda: x * 2.0, name="mine"),
        tf.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, y), [0, x])[1],
        tf.while_loop(lambda i: i < 3, lambda i: i + 1, [0], maximum_iterations=2, name="loop"),
        tf.map_fn(lambda row: row, x),
        tf.scan(lambda a, row: row, x),
        tf.foldl(lambda a, row: row, x),
        tf.case([(p, lambda: x)], default=lambda: x * 2.0),
        tf.switch_case(tf.constant(0), [lambda: x, lambda: x * 2.0]),
        tf.add(x, 1.0),
    ]
    return {str(i): y.name for i, y in enumerate(results)}
