"""What loops and branches capture and change, one inside another, and random numbers in them."""

import numpy as np

from tests.oracle.harness import case, floats, integers, script

X = floats(3)
COUNTS = [{"x": X, "n": np.int32(n)} for n in (3, 0, 1, 7)]


def vector(tf):
    return tf.placeholder(tf.float32, [3], name="x")


def predicate(tf):
    return tf.placeholder(tf.bool, [], name="p")


def count(tf):
    return tf.placeholder(tf.int32, [], name="n")


# -- while_loop: what is captured and changed ------------------------------------------------------------------


@case(feeds={"x": X, "w": floats(3, 3, seed=2)}, grads=True, graph=False)
def while_captures(tf):
    x = vector(tf)
    w = tf.placeholder(tf.float32, [3, 3], name="w")
    bias = tf.reduce_sum(w, 0)
    h = tf.while_loop(
        lambda i, h: i < 4, lambda i, h: (i + 1, tf.tanh(tf.matmul(h, w) * 0.5 + bias)), [0, x[tf.newaxis]]
    )[1]
    return h


@case(feeds=[{"x": X, "n": np.int32(3)}], grads=True, graph=False)
def while_captures_variables(tf):
    x, n = vector(tf), count(tf)
    v = tf.get_variable("v", initializer=tf.constant([1.0, 2.0, 3.0]))
    r = tf.get_variable("r", initializer=tf.constant([0.5, 0.25, 2.0]), use_resource=True)
    return tf.while_loop(lambda i, y: i < n, lambda i, y: (i + 1, y * v + r * x), [0, x])[1]


@case(feeds={"x": X}, grads=True, graph=False)
def while_makes_variables(tf):
    x = vector(tf)

    def body(i, y):
        v = tf.get_variable("inside", [3], initializer=tf.constant_initializer([2.0, 3.0, 4.0]))
        return i + 1, y * v * 0.5

    return tf.while_loop(lambda i, y: i < 3, body, [0, x])[1]


@script()
def while_assigns(tf):
    n = tf.placeholder(tf.int32, [])
    v = tf.get_variable("v", initializer=1.0, use_resource=True)
    w = tf.get_variable("w", initializer=[1.0, 1.0])

    def body(i, y):
        with tf.control_dependencies([v.assign_add(2.0), tf.assign(w, [tf.cast(i, tf.float32), 3.0])]):
            return i + 1, y + 1.0

    i, y = tf.while_loop(lambda i, y: i < n, body, [0, 0.0])
    seen = {}
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for k, steps in enumerate([3, 0, 1, 5]):
            seen[str(k)] = session.run([i, y], {n: steps}) + session.run([v, w])
    return seen


@script()
def while_reads_what_it_assigned(tf):
    v = tf.get_variable("v", initializer=1.0, use_resource=True)

    def body(i, y):
        with tf.control_dependencies([v.assign_add(2.0)]):
            return i + 1, y * 10.0 + v.read_value()

    _, y = tf.while_loop(lambda i, y: i < 3, body, [0, 0.0])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return {"y": session.run(y), "v": session.run(v), "again": session.run(y)}


@script()
def while_scatters_into_a_variable(tf):
    table = tf.get_variable("table", initializer=np.zeros((4, 2), np.float32))

    def body(i):
        update = tf.scatter_update(table, [i], tf.cast([[i, i * i]], tf.float32))
        with tf.control_dependencies([update]):
            return i + 1

    last = tf.while_loop(lambda i: i < 4, body, [0])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return {"last": session.run(last), "table": session.run(table)}


@script()
def what_nobody_needs_does_not_run(tf):
    v = tf.get_variable("v", initializer=1.0, use_resource=True)

    def body(i):
        v.assign_add(1.0)
        return i + 1

    last = tf.while_loop(lambda i: i < 4, body, [0])
    chosen = tf.cond(last > 0, lambda: (v.assign(100.0), tf.constant(1))[1], lambda: 2)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return {"last": session.run([last, chosen]), "v": session.run(v)}


@case(feeds=[{"x": X, "n": np.int32(2)}], grads=True, graph=False)
def while_trains_inside(tf):
    x, n = vector(tf), count(tf)
    v = tf.get_variable("v", initializer=tf.constant([1.0, 2.0, 3.0]), use_resource=True)

    def body(i, total):
        loss = tf.reduce_sum(tf.square(v - x))
        slope = tf.gradients(loss, v)[0]
        with tf.control_dependencies([v.assign_sub(0.125 * slope)]):
            return i + 1, total + loss

    return {"total": tf.while_loop(lambda i, t: i < n, body, [0, 0.0])[1], "x": x * 1.0}


@case(feeds={"x": X}, raises=True)
def while_whose_assertion_fails(tf):
    x = vector(tf)

    def body(i, y):
        with tf.control_dependencies([tf.assert_less(i, 3, message="too far")]):
            return i + 1, y * x

    return tf.while_loop(lambda i, y: i < 5, body, [0, x])


@case(feeds={"x": X}, grads=True, graph=False)
def while_whose_assertion_holds(tf):
    x = vector(tf)

    def body(i, y):
        with tf.control_dependencies([tf.assert_less(i, 10), tf.assert_greater(y + 1000.0, 0.0)]):
            return i + 1, y * x

    return tf.while_loop(lambda i, y: i < 5, body, [0, x])[1]


@case(feeds={"x": X, "n": np.int32(3)}, graph=False)
def while_with_python_inside(tf):
    x, n = vector(tf), count(tf)

    def body(i, y):
        y = tf.py_func(lambda a, k: (a * 2.0 + k).astype(np.float32), [y, i], tf.float32)
        y.set_shape([3])
        return i + 1, y

    return tf.while_loop(lambda i, y: i < n, body, [0, x])[1]


@script()
def python_inside_a_loop_runs_as_often_as_the_body(tf):
    n = tf.placeholder(tf.int32, [])
    calls = []

    def note(i):
        calls.append(int(i))
        return i

    def body(i):
        noted = tf.py_func(note, [i], tf.int32)
        noted.set_shape([])
        return noted + 1

    i = tf.while_loop(lambda i: i < n, body, [0])
    with tf.Session() as session:
        last = [session.run(i, {n: k}) for k in (3, 0, 2)]
    return {"last": last, "calls": calls}


@case(feeds=[{"n": np.int32(3)}, {"n": np.int32(0)}], graph=False)
def while_over_texts(tf):
    n = count(tf)
    return tf.while_loop(lambda i, s: i < n, lambda i, s: (i + 1, tf.string_join([s, "ab"])), [0, tf.constant("x")])[1]


# -- loops and branches in one another -------------------------------------------------------------------------


@case(feeds=COUNTS, grads=True, graph=False)
def while_in_while(tf):
    x, n = vector(tf), count(tf)

    def outer(i, y):
        _, y = tf.while_loop(lambda j, y: j < i, lambda j, y: (j + 1, y * x), [0, y])
        return i + 1, y + x

    return tf.while_loop(lambda i, y: i < n, outer, [0, tf.ones([3])])[1]


@case(feeds={"x": X}, grads=True, graph=False)
def while_in_while_known_counts(tf):
    x = vector(tf)

    def outer(i, y):
        _, y = tf.while_loop(lambda j, y: j < 2, lambda j, y: (j + 1, tf.sin(y * x)), [0, y])
        return i + 1, y + x

    return tf.while_loop(lambda i, y: i < 3, outer, [0, tf.ones([3])])[1]


@case(feeds={"x": X, "n": np.int32(3)}, grads=True, graph=False)
def while_in_while_in_while(tf):
    x, n = vector(tf), count(tf)
    v = tf.get_variable("v", initializer=tf.constant([0.5, 1.0, 0.75]), use_resource=True)

    def inner(k, y):
        return k + 1, y * v + x

    def middle(j, y):
        return j + 1, tf.while_loop(lambda k, y: k < j, inner, [0, y])[1]

    def outer(i, y):
        return i + 1, tf.while_loop(lambda j, y: j < n, middle, [i, y])[1]

    return tf.while_loop(lambda i, y: i < 3, outer, [0, x])[1]


@case(feeds=COUNTS, grads=True, graph=False)
def cond_in_while(tf):
    x, n = vector(tf), count(tf)

    def body(i, y):
        return i + 1, tf.cond(tf.equal(i % 2, 0), lambda: y * x, lambda: y + x)

    return tf.while_loop(lambda i, y: i < n, body, [0, tf.ones([3])])[1]


@case(feeds=[{"x": X, "p": True}], grads=True, graph=False)
def while_in_cond(tf):
    x, p = vector(tf), predicate(tf)
    return tf.cond(
        p,
        lambda: tf.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, y * x), [0, x])[1],
        lambda: tf.while_loop(lambda y: tf.reduce_sum(y) < 10.0, lambda y: y + 1.0, [x]),
    )


@case(feeds=[{"x": X, "p": False}], grads=True, graph=False)
def while_in_the_other_branch(tf):
    x, p = vector(tf), predicate(tf)
    return tf.cond(
        p,
        lambda: tf.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, y * x), [0, x])[1],
        lambda: tf.while_loop(lambda y: tf.reduce_sum(y) < 10.0, lambda y: y + tf.exp(x), [x]),
    )


@case(feeds={"x": X, "n": np.int32(4)}, graph=False)
def cond_of_different_shapes_in_while(tf):
    x, n = vector(tf), count(tf)

    def body(i, y):
        part = tf.cond(tf.equal(i % 2, 0), lambda: x, lambda: x[:2])
        return i + 1, y + tf.reduce_sum(part)

    return tf.while_loop(lambda i, y: i < n, body, [0, 0.0])[1]


@case(feeds={"x": X}, grads=True, graph=False)
def gradients_inside_while(tf):
    x = vector(tf)

    def body(i, y):
        energy = tf.reduce_sum(tf.square(y) * x)
        return i + 1, y - 0.125 * tf.gradients(energy, y)[0]

    return tf.while_loop(lambda i, y: i < 3, body, [0, tf.ones([3])])[1]


@case(feeds={"x": X}, grads=True, graph=False)
def while_without_back_prop(tf):
    x = vector(tf)
    y = tf.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, y * x), [0, x], back_prop=False)[1]
    return {"y": y, "x": x * 2.0}


@case(feeds={"x": X}, grads=True, graph=False)
def while_with_stop_gradient(tf):
    x = vector(tf)
    return tf.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, y * tf.stop_gradient(x) + x), [0, x])[1]


@case(feeds={"x": X}, grads=True, graph=False)
def while_after_while(tf):
    x = vector(tf)
    n, y = tf.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, y * x), [0, x])
    return tf.while_loop(lambda i, y: i < n, lambda i, y: (i + 1, tf.sin(y) + x), [0, y])[1]


@case(feeds={"x": integers(3)}, graph=False)
def while_condition_of_two_parts(tf):
    x = tf.placeholder(tf.int32, [3], name="x")
    i, y = tf.while_loop(lambda i, y: tf.logical_and(i < 6, tf.reduce_sum(y) < 40), lambda i, y: (i + 1, y + x), [0, x])
    return {"i": i, "y": y}


# -- random numbers --------------------------------------------------------------------------------------------


@case(feeds=[{"n": np.int32(n)} for n in (3, 0, 2)], graph=False)
def random_numbers_in_a_loop(tf):
    n = count(tf)
    tf.set_random_seed(7)
    # Several iterations at once would draw in an order of their own.
    return tf.while_loop(
        lambda i, y: i < n,
        lambda i, y: (i + 1, y * 10.0 + tf.random_uniform([2])),
        [0, tf.zeros([2])],
        parallel_iterations=1,
    )[1]


@case(feeds=[{"p": p} for p in (True, False, True)], graph=False)
def random_numbers_in_a_branch(tf):
    p = predicate(tf)
    tf.set_random_seed(7)
    return tf.cond(p, lambda: tf.random_uniform([2]), lambda: tf.random_normal([2]))


@case(feeds={"x": X, "p": True, "n": np.int32(2)}, graph=False)
def seeds_count_the_operations_of_branches(tf):
    x, p, n = vector(tf), predicate(tf), count(tf)
    tf.set_random_seed(3)
    seeds = {}

    def draw(name):
        made = tf.random_uniform([2])
        op = made.op
        while op.type != "RandomUniform":
            op = op.inputs[0].op
        seeds[name] = op.get_attr("seed2")
        return made

    def branch():
        a = x * 2.0 + x
        return draw("in a branch") + a[:2]

    def inner():
        return tf.cond(n > 1, lambda: draw("in an inner branch") * x[0], lambda: x[:2])

    first = draw("before")
    y = tf.cond(p, branch, inner)
    second = draw("after")
    tf.cond(p, lambda: tf.no_op(), lambda: tf.group(x, p))
    draw("after operations")
    tf.cond(p, lambda: (x, [p]), lambda: (x + 1.0, [p]))
    draw("after a structure")
    return {"y": y, "first": first, "second": second, "seeds": tf.constant(str(sorted(seeds.items())))}


@case(feeds={"x": X, "n": np.int32(2)}, graph=False)
def seeds_count_the_operations_of_loops(tf):
    x, n = vector(tf), count(tf)
    tf.set_random_seed(3)
    seeds = {}

    def draw(name):
        made = tf.random_uniform([3])
        op = made.op
        while op.type != "RandomUniform":
            op = op.inputs[0].op
        seeds[name] = op.get_attr("seed2")
        return made

    def body(i, y):
        y = y * x + draw("in a loop")
        return i + 1, tf.while_loop(lambda j, z: j < n, lambda j, z: (j + 1, z + draw("in an inner loop") * x), [0, y])[
            1
        ]

    draw("before")
    y = tf.while_loop(lambda i, y: i < n, body, [0, x])[1]
    draw("after")
    tf.while_loop(lambda i: i < n, lambda i: i + 1, [0], maximum_iterations=4)
    draw("after a bounded loop")
    tf.map_fn(lambda row: row * draw("in map_fn")[0], x)
    draw("after map_fn")

    def with_cond(i):
        return tf.cond(i > 1, lambda: i + tf.cast(draw("in a branch in a loop")[0], tf.int32), lambda: i + 1)

    tf.while_loop(lambda i: i < n, with_cond, [0])
    draw("at the end")
    return {"static": tf.constant(str(y.shape)), "seeds": tf.constant(str(sorted(seeds.items())))}


@script()
def what_is_not_fetched_does_not_run(tf):
    p = tf.placeholder(tf.bool, [])
    v = tf.get_variable("v", initializer=1.0, use_resource=True)
    w = tf.get_variable("w", initializer=1.0, use_resource=True)
    a, b = tf.cond(
        p,
        lambda: (tf.constant(1.0), v.assign_add(1.0).read_value() if hasattr(v, "read_value") else v),
        lambda: (w.assign_add(1.0).read_value(), tf.constant(2.0)),
    )

    def body(i, s, t):
        with tf.control_dependencies([v.assign_add(10.0)]):
            s = s + 1.0
        with tf.control_dependencies([w.assign_add(10.0)]):
            t = t * 2.0
        return i + 1, s, t

    i, s, t = tf.while_loop(lambda i, s, t: i < 2, body, [0, 0.0, 1.0])
    seen = {}
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for name, fetch in [("a", a), ("b", b), ("both", [a, b])]:
            for fed in (True, False):
                seen["{} {}".format(name, fed)] = [session.run(fetch, {p: fed}), session.run([v, w])]
        for name, fetch in [("i", i), ("s", s), ("t", t), ("all", [i, s, t])]:
            seen[name] = [session.run(fetch), session.run([v, w])]
    return seen


@script()
def captured_reads_see_what_the_body_assigned(tf):
    v = tf.Variable(1.0, name="v")
    p = tf.placeholder(tf.bool, [])

    def body(i, y):
        with tf.control_dependencies([tf.assign_add(v, 1.0)]):
            return i + 1, y * 10.0 + v

    def branch():
        with tf.control_dependencies([tf.assign_add(v, 1.0)]):
            return v + 0.0

    loop = tf.while_loop(lambda i, y: i < 3, body, [0, 0.0], parallel_iterations=1)[1]
    chosen = tf.cond(p, branch, lambda: 0.0)
    in_loop = tf.while_loop(
        lambda i, y: i < 2, lambda i, y: (i + 1, y * 10.0 + tf.cond(p, branch, lambda: v + 0.0)), [0, 0.0],
        parallel_iterations=1,
    )[1]
    seen = {}
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for i, fetch in enumerate([loop, loop, chosen, in_loop, in_loop]):
            seen[str(i)] = [session.run(fetch, {p: True}), session.run(v)]
    return seen
