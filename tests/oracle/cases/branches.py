"""cond, case and switch_case: values and gradients; the graphs differ on purpose."""

import collections

import numpy as np

from tests.oracle.harness import case, floats, script

X = floats(3)
ROWS = floats(4, 3, low=-1.0, high=1.0)
BOTH = [{"x": X, "p": True}, {"x": X, "p": False}]
COUNTS = [{"x": X, "n": np.int32(n)} for n in (3, 0, 1, 7)]
Pair = collections.namedtuple("Pair", "a b")


def vector(tf):
    return tf.placeholder(tf.float32, [3], name="x")


def predicate(tf):
    return tf.placeholder(tf.bool, [], name="p")


def count(tf):
    return tf.placeholder(tf.int32, [], name="n")


# -- cond ------------------------------------------------------------------------------------------------------


@case(feeds=BOTH, grads=True, graph=False)
def cond_of_two_tensors(tf):
    x, p = vector(tf), predicate(tf)
    return tf.cond(p, lambda: x * 2.0, lambda: x + 1.0)


@case(feeds=BOTH[1:], grads=True, graph=False)
def cond_that_does_not_hold(tf):
    x, p = vector(tf), predicate(tf)
    return tf.cond(p, lambda: tf.exp(x), lambda: x * x)


@case(feeds=BOTH, grads=True, graph=False)
def cond_returns_a_structure(tf):
    x, p = vector(tf), predicate(tf)
    pair = tf.cond(p, lambda: Pair(x * 2.0, [x, tf.ones([2])]), lambda: Pair(x, [x - 1.0, tf.zeros([2])]))
    return {"a": pair.a, "b": pair.b[0], "c": pair.b[1]}


@case(feeds=BOTH, graph=False)
def cond_unpacks_lists_of_one(tf):
    x, p = vector(tf), predicate(tf)
    loose = tf.cond(p, lambda: [x], lambda: [x + 1.0])
    strict = tf.cond(p, lambda: [x], lambda: [x + 1.0], strict=True)
    return {"loose": loose, "strict": strict[0], "is list": tf.constant(isinstance(strict, list))}


@case(feeds=BOTH, grads=True, graph=False)
def cond_with_old_argument_names(tf):
    x, p = vector(tf), predicate(tf)
    return tf.cond(p, fn1=lambda: x * 3.0, fn2=lambda: -x)


@case(feeds=BOTH, grads=True, graph=False)
def cond_returns_what_is_outside(tf):
    x, p = vector(tf), predicate(tf)
    y = tf.tanh(x)
    return tf.cond(p, lambda: y, lambda: x)


@case(feeds=BOTH, grads=True, graph=False)
def cond_in_cond(tf):
    x, p = vector(tf), predicate(tf)
    first = tf.reduce_sum(x) > 0.0
    return tf.cond(
        p,
        lambda: tf.cond(first, lambda: x * 2.0, lambda: x * 3.0),
        lambda: tf.cond(tf.logical_not(first), lambda: x + 1.0, lambda: tf.sin(x)),
    )


@case(feeds=BOTH, graph=False)
def cond_of_different_shapes(tf):
    x, p = vector(tf), predicate(tf)
    y = tf.cond(p, lambda: x, lambda: x[:2])
    return {"y": y, "n": tf.size(y), "total": tf.reduce_sum(y)}


@case(feeds=BOTH, grads=True, graph=False)
def cond_of_different_shapes_differentiated(tf):
    x, p = vector(tf), predicate(tf)
    y = tf.cond(p, lambda: x * x, lambda: tf.exp(x[:2]))
    return tf.reduce_sum(y)


@case(feeds=[{"p": True}, {"p": False}], graph=False)
def cond_of_operations(tf):
    p = predicate(tf)
    v = tf.Variable(1.0, name="v")
    done = tf.cond(p, lambda: v.assign(10.0).op, lambda: tf.no_op())
    with tf.control_dependencies([done]):
        after = tf.identity(v.read_value())
    return {"done": done, "after": after}


@script()
def cond_runs_only_its_branch(tf):
    p = tf.placeholder(tf.bool, [])
    v = tf.Variable(1.0, name="v")
    w = tf.Variable(1.0, name="w", use_resource=True)
    change = tf.cond(p, lambda: tf.assign_add(v, 2.0), lambda: tf.assign_sub(w, 3.0).op and tf.constant(0.0))
    seen = {}
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for i, fed in enumerate([True, False, True, True]):
            session.run(change, {p: fed})
            seen[str(i)] = session.run([v, w])
    return seen


@script()
def cond_assigns_to_resource_variables(tf):
    p = tf.placeholder(tf.bool, [])
    v = tf.get_variable("v", initializer=1.0, use_resource=True)
    w = tf.get_variable("w", initializer=5.0, use_resource=True)
    change = tf.cond(p, lambda: tf.group(v.assign_add(2.0), w.assign(v * 2.0)), lambda: tf.group(w.assign(0.5)))
    seen = {}
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for i, fed in enumerate([True, False, True, True]):
            session.run(change, {p: fed})
            seen[str(i)] = session.run(v)
    return seen


@case(feeds=BOTH, grads=True, graph=False)
def cond_reads_variables(tf):
    x, p = vector(tf), predicate(tf)
    v = tf.get_variable("v", initializer=tf.constant([1.0, 2.0, 3.0]))
    r = tf.get_variable("r", initializer=tf.constant([0.5, 0.25, 2.0]), use_resource=True)
    return tf.cond(p, lambda: x * v + r, lambda: r * r * x)


@case(feeds=BOTH, graph=False)
def cond_keeps_what_is_not_ready(tf):
    x, p = vector(tf), predicate(tf)
    v = tf.Variable(x[0] * 0.0 + 3.0, collections=[])
    safe = tf.cond(tf.is_variable_initialized(v), lambda: v.read_value(), lambda: tf.constant(-1.0))
    return {"value": safe, "p": p}


@case(feeds=BOTH, grads=True, graph=False)
def cond_second_derivative(tf):
    x, p = vector(tf), predicate(tf)
    y = tf.cond(p, lambda: x * x * x, lambda: tf.sin(x))
    first = tf.gradients(y, x)[0]
    return {"first": first, "second": tf.gradients(first, x)[0]}


@case(feeds=BOTH, graph=False)
def gradients_inside_cond(tf):
    x, p = vector(tf), predicate(tf)
    y = tf.reduce_sum(x * x * x)
    return tf.cond(p, lambda: tf.gradients(y, x)[0], lambda: tf.gradients(tf.exp(x), x)[0])


@case(feeds=BOTH, grads=True, graph=False)
def cond_with_stop_gradient(tf):
    x, p = vector(tf), predicate(tf)
    return tf.cond(p, lambda: tf.stop_gradient(x * 2.0) * x, lambda: x + tf.stop_gradient(x))


@case(feeds=BOTH, grads=True, graph=False)
def cond_leads_nowhere(tf):
    x, p = vector(tf), predicate(tf)
    return {"a": tf.cond(p, lambda: tf.constant(1.0), lambda: tf.constant(2.0)), "x": x * 2.0}


@case(feeds=[{"p": True}, {"p": False}], graph=False)
def cond_waits_for_what_is_outside(tf):
    p = predicate(tf)
    v = tf.Variable(1.0, name="v")
    change = v.assign(7.0)

    def branch():
        with tf.control_dependencies([change]):
            return tf.identity(v.read_value())

    return tf.cond(p, branch, branch)


@case(feeds=BOTH, grads=True, graph=False)
def cond_makes_variables(tf):
    x, p = vector(tf), predicate(tf)

    def branch():
        v = tf.get_variable("inside", initializer=lambda: tf.constant([2.0, 3.0, 4.0]), dtype=tf.float32)
        return x * v

    return tf.cond(p, branch, lambda: x)


@case(feeds=BOTH, grads=True, graph=False)
def cond_of_indexed_slices(tf):
    x, p = vector(tf), predicate(tf)
    params = tf.get_variable("params", initializer=tf.constant(ROWS))
    rows = tf.gather(params, [0, 2])
    slices = tf.gradients(rows * rows, params)[0]
    chosen = tf.cond(p, lambda: slices, lambda: tf.IndexedSlices(-slices.values, slices.indices, slices.dense_shape))
    return {"dense": tf.convert_to_tensor(chosen), "x": x * 1.0}


@case(feeds=[{"p": True}, {"p": False}], graph=False)
def cond_of_sparse_tensors(tf):
    p = predicate(tf)
    a = tf.SparseTensor([[0, 1], [1, 0]], [1.0, 2.0], [2, 3])
    b = tf.SparseTensor([[0, 0], [1, 2]], [3.0, 4.0], [2, 3])
    chosen = tf.cond(p, lambda: a, lambda: b)
    return {"values": chosen.values, "indices": chosen.indices, "shape": chosen.dense_shape}


@case(feeds=BOTH, graph=False)
def cond_with_an_assertion(tf):
    x, p = vector(tf), predicate(tf)

    def checked():
        with tf.control_dependencies([tf.assert_less(x, 100.0)]):
            return tf.identity(x)

    return tf.cond(p, checked, lambda: x)


@case(feeds={"p": True}, raises=True)
def cond_whose_assertion_fails(tf):
    p = predicate(tf)

    def checked():
        with tf.control_dependencies([tf.Assert(tf.logical_not(p), ["no", p])]):
            return tf.constant(1.0)

    return tf.cond(p, checked, lambda: tf.constant(2.0))


@case(feeds={"p": False}, graph=False)
def cond_whose_other_assertion_would_fail(tf):
    p = predicate(tf)

    def checked():
        with tf.control_dependencies([tf.Assert(p, ["no"])]):
            return tf.constant(1.0)

    return tf.cond(p, checked, lambda: tf.constant(2.0))


@case(raises=True)
def cond_of_a_python_bool(tf):
    return tf.cond(True, lambda: 1, lambda: 2)


@case(raises=True)
def cond_of_a_number(tf):
    return tf.cond(tf.constant(1.0), lambda: 1, lambda: 2)


@case(raises=True)
def cond_of_a_vector(tf):
    return tf.cond(tf.constant([True, False]), lambda: 1, lambda: 2)


@case(raises=True)
def cond_of_different_types(tf):
    return tf.cond(tf.constant(True), lambda: 1, lambda: 2.0)


@case(raises=True)
def cond_of_different_structures(tf):
    return tf.cond(tf.constant(True), lambda: 1, lambda: [1, 2])


@case(raises=True)
def cond_of_different_sequences(tf):
    return tf.cond(tf.constant(True), lambda: (1, 2), lambda: [1, 2])


@case(raises=True)
def cond_without_a_value(tf):
    return tf.cond(tf.constant(True), lambda: 1, lambda: None)


@case(raises=True)
def cond_of_a_tensor_for_a_function(tf):
    return tf.cond(tf.constant(True), tf.constant(1), lambda: 2)


@case(raises=True)
def what_is_made_in_a_branch_cannot_be_fetched(tf):
    made = []
    tf.cond(tf.constant(True), lambda: made.append(tf.add(1, 2)) or made[0], lambda: 4)
    return made[0]


# -- case and switch_case --------------------------------------------------------------------------------------


@case(feeds=COUNTS, grads=True, graph=False)
def case_with_default(tf):
    x, n = vector(tf), count(tf)
    return tf.case([(n < 1, lambda: x), (n < 2, lambda: x * x)], default=lambda: tf.exp(x))


@case(feeds=COUNTS, graph=False)
def case_exclusive(tf):
    x, n = vector(tf), count(tf)
    pairs = [(tf.equal(n, 0), lambda: x), (tf.equal(n, 3), lambda: x * x)]
    return tf.case(pairs, default=lambda: -x, exclusive=True)


@case(feeds={"n": np.int32(0)}, raises=True)
def case_exclusive_and_two_hold(tf):
    n = count(tf)
    return tf.case([(n < 1, lambda: 1), (n < 2, lambda: 2)], default=lambda: 3, exclusive=True)


@case(feeds=[{"n": np.int32(0)}, {"n": np.int32(1)}], graph=False)
def case_without_default(tf):
    n = count(tf)
    return tf.case([(tf.equal(n, 0), lambda: 10), (tf.equal(n, 1), lambda: 20)], exclusive=True)


@case(feeds={"n": np.int32(5)}, raises=True)
def case_where_nothing_holds(tf):
    n = count(tf)
    ten, twenty = (lambda: tf.constant(10)), (lambda: tf.constant(20))
    return tf.case([(tf.equal(n, 0), ten), (tf.equal(n, 1), twenty)], exclusive=True)


@case(raises=True)
def case_of_a_python_bool(tf):
    return tf.case([(True, lambda: 1)], default=lambda: 2)


@case(feeds=COUNTS + [{"x": X, "n": np.int32(-1)}], grads=True, graph=False)
def switch_case_of_three(tf):
    x, n = vector(tf), count(tf)
    return tf.switch_case(n, [lambda: x, lambda: x * x, lambda: tf.sin(x)])


@case(feeds=COUNTS, grads=True, graph=False)
def switch_case_by_number_with_default(tf):
    x, n = vector(tf), count(tf)
    return tf.switch_case(n, {1: lambda: x, 0: lambda: 2.0 * x}, default=lambda: x * x)


@case(raises=True)
def switch_case_of_a_number(tf):
    return tf.switch_case(1, [lambda: 1, lambda: 2])


@case(raises=True)
def switch_case_with_a_gap(tf):
    return tf.switch_case(tf.constant(1), {0: lambda: 1, 2: lambda: 2})
