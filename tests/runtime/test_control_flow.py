"""Branches and loops where the oracle cannot look: how they run, what they refuse, what stays in a session."""

import signal
import threading
import time

import jax
import numpy as np
import pytest

import graphflow as tf
from graphflow._lowering import emit, table


def node(t):
    """The If, While or Case that a result comes from."""
    return t.op.inputs[0].op


def runs_on_host(t):
    return table.row_of(node(t)).is_host


def powers(limit, **options):
    """x to the power of `limit`, by a loop."""
    x = tf.placeholder(tf.float32, [], name="x")
    return x, tf.while_loop(lambda i, y: i < limit, lambda i, y: (i + 1, y * x), (0, 1.0), **options)[1]


# -- room for what goes backwards -------------------------------------------------------------------------------------


@pytest.mark.parametrize("steps", [0, 1, emit.ROOM, emit.ROOM + 1, 5 * emit.ROOM])
def test_a_loop_of_unknown_length_finds_room(steps):
    n = tf.placeholder(tf.int32, [])
    x, y = powers(n)
    slope = tf.gradients(y, x)[0]
    with tf.Session() as session:
        for _ in range(2):
            found = session.run([y, slope], {x: 1.001, n: steps})
            np.testing.assert_allclose(found, [1.001**steps, steps * 1.001 ** (steps - 1)], rtol=1e-3)


def test_what_was_run_for_lack_of_room_leaves_no_trace():
    n = tf.placeholder(tf.int32, [])
    x = tf.get_variable("x", initializer=1.0)
    count = tf.get_variable("count", initializer=0.0, use_resource=True)
    tf.set_random_seed(1)

    def body(i, y):
        with tf.control_dependencies([count.assign_add(1.0)]):
            return i + 1, y * x + 0.0 * tf.random_uniform([])

    y = tf.while_loop(lambda i, y: i < n, body, [0, 1.0])[1]
    slope = tf.gradients(y, x)[0]
    draw = tf.random_uniform([], seed=3)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert session.run([slope, draw], {n: 2 * emit.ROOM})[0] == 2 * emit.ROOM
        assert session.run(count) == 2 * emit.ROOM
        second = session.run(draw)
    with tf.Session() as session:
        session.run(draw)
        assert session.run(draw) == second


def test_a_growing_array_finds_room():
    n = tf.placeholder(tf.int32, [])
    array = tf.TensorArray(tf.int32, 0, dynamic_size=True)
    array = tf.while_loop(lambda i, a: i < n, lambda i, a: (i + 1, a.write(i, i * i)), [0, array])[1]
    with tf.Session() as session:
        for steps in (3, 4 * emit.ROOM, 0):
            np.testing.assert_array_equal(session.run(array.stack(), {n: steps}), np.arange(steps) ** 2)


# -- where they run ---------------------------------------------------------------------------------------------------


def test_a_loop_of_numbers_is_compiled():
    x, y = powers(tf.placeholder(tf.int32, []))
    assert not runs_on_host(y)


def test_a_loop_with_python_inside_runs_on_the_host_and_can_be_interrupted():
    started = threading.Event()

    def note(i):
        started.set()
        return i

    def body(i):
        i = tf.py_func(note, [i], tf.int32)
        i.set_shape([])
        return i + 1

    endless = tf.while_loop(lambda i: True, body, [0])
    assert runs_on_host(endless)

    def interrupt():
        started.wait()
        time.sleep(0.2)
        signal.raise_signal(signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
    try:
        threading.Thread(target=interrupt).start()
        with tf.Session() as session, pytest.raises(KeyboardInterrupt):
            session.run(endless)
    finally:
        signal.signal(signal.SIGINT, before)


def halving_loop(x, calls):
    """y = x, three times y * x + y / 2; the half comes from Python, where no gradient flows."""

    def half_of(a):
        calls.append(float(a))
        return np.float32(a / 2)

    def body(i, y):
        half = tf.py_func(half_of, [y], tf.float32)
        half.set_shape([])
        return i + 1, y * x + half

    return tf.while_loop(lambda i, y: i < 3, body, [0, x], name="loop")[1]


def halving_slope(x):
    y, slope = x, 1.0
    for _ in range(3):
        y, slope = y * x + y / 2, slope * x + y
    return slope


def test_a_python_function_in_a_loop_is_called_once_an_iteration_though_a_gradient_is_taken():
    x, calls = tf.placeholder(tf.float32, []), []
    y = halving_loop(x, calls)
    slope = tf.gradients(y, x)[0]
    tf.get_default_graph().finalize()
    with tf.Session() as session:
        assert session.run([y, slope], {x: 2.0}) == [31.25, halving_slope(2.0)]
        assert calls == [2.0, 5.0, 12.5]
        calls.clear()
        assert session.run(slope, {x: 3.0}) == halving_slope(3.0)
        assert len(calls) == 3


def test_the_gradient_of_a_loop_on_the_host_in_a_partial_run():
    x, calls = tf.placeholder(tf.float32, []), []
    y = halving_loop(x, calls)
    slope = tf.gradients(y, x)[0]
    with tf.Session() as session:
        handle = session.partial_run_setup([y, slope], [x])
        assert session.partial_run(handle, y, {x: 2.0}) == 31.25
        assert session.partial_run(handle, slope) == halving_slope(2.0)
    assert len(calls) == 3


def test_the_second_derivative_of_a_loop_on_the_host_is_refused_with_a_reason():
    x = tf.placeholder(tf.float32, [])
    slope = tf.gradients(halving_loop(x, []), x)[0]
    curve = tf.gradients(slope, x)[0]
    with (
        tf.Session() as session,
        pytest.raises(tf.errors.UnimplementedError, match="DerivedGradient.*runs on the host"),
    ):
        session.run(curve, {x: 2.0})


def test_gradients_of_a_loop_on_the_host_in_many_threads():
    x, w = tf.placeholder(tf.float32, [None]), tf.placeholder(tf.float32, [])
    y = tf.map_fn(lambda v: tf.reduce_sum(tf.boolean_mask(x * w, x > v)), x)
    slope = tf.gradients(y, w)[0]
    wrong = []
    with tf.Session() as session:

        def ask(n):
            values = np.arange(n, dtype=np.float32)
            expected = sum(float(values[values > v].sum()) for v in values)
            if any(session.run(slope, {x: values, w: 1.0}) != expected for _ in range(5)):
                wrong.append(n)

        threads = [threading.Thread(target=ask, args=(n,)) for n in (2, 3, 4, 5)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
    assert not wrong


def test_an_array_in_a_loop_on_the_host_grows_past_its_first_room():
    def body(i, array):
        value = tf.py_func(lambda k: np.float32(k), [i], tf.float32)
        value.set_shape([])
        return i + 1, array.write(i, value)

    array = tf.while_loop(lambda i, _: i < 150, body, [0, tf.TensorArray(tf.float32, 0, dynamic_size=True)])[1]
    with tf.Session() as session:
        assert session.run(array.stack()).tolist() == list(range(150))


def test_a_shape_that_changes_moves_the_loop_to_the_host_for_good():
    x = tf.placeholder(tf.float32, [None])
    shapes = [tf.TensorShape([]), tf.TensorShape([None])]
    y = tf.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, tf.concat([y, x], 0)), [0, x], shape_invariants=shapes)[
        1
    ]
    assert not runs_on_host(y)
    with tf.Session() as session:
        assert session.run(y, {x: [1.0, 2.0]}).tolist() == [1.0, 2.0] * 4
        assert runs_on_host(y)
        assert session.run([y, tf.size(y)], {x: [1.0]})[1] == 4


def test_one_branch_is_compiled_for_each_value_where_their_shapes_differ():
    p = tf.placeholder(tf.bool, [])
    x = tf.placeholder(tf.float32, [3])
    y = tf.cond(p, lambda: x * x, lambda: x[:2])
    slope = tf.gradients(y, x)[0]
    with tf.Session() as session:
        for fed in (True, False, True):
            values, slopes = session.run([y, slope], {p: fed, x: [1.0, 2.0, 3.0]})
            assert (values.tolist(), slopes.tolist()) == (
                ([1.0, 4.0, 9.0], [2.0, 4.0, 6.0]) if fed else ([1.0, 2.0], [1.0, 1.0, 0.0])
            )


def test_only_the_branch_that_is_taken_needs_its_variables():
    p = tf.placeholder(tf.bool, [])
    v = tf.get_variable("v", initializer=3.0)
    y = tf.cond(p, lambda: v.read_value(), lambda: 1.0)
    with tf.Session() as session:
        assert session.run(y, {p: False}) == 1.0
        with pytest.raises(tf.errors.FailedPreconditionError, match="value v(.|\n)*node: .*VariableV2 'v'"):
            session.run(y, {p: True})
        session.run(v.initializer)
        assert session.run(y, {p: True}) == 3.0


def test_a_variable_may_get_its_first_value_in_a_branch():
    p = tf.placeholder(tf.bool, [])
    v = tf.get_variable("v", initializer=3.0)
    change = tf.cond(p, lambda: tf.assign(v, 5.0), lambda: 0.0)
    with tf.Session() as session:
        assert session.run(change, {p: False}) == 0.0
        assert not session.run(tf.is_variable_initialized(v))
        assert session.run(change, {p: True}) == 5.0
        assert session.run(v) == 5.0


def test_a_shape_inside_may_be_fed():
    n = tf.placeholder(tf.int32, [])
    y = tf.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, y + tf.reduce_sum(tf.ones([n]))), [0, 0.0])[1]
    assert not runs_on_host(y)
    with tf.Session() as session:
        assert [session.run(y, {n: k}) for k in (4, 2)] == [12.0, 6.0]


def test_two_sessions_keep_their_own_values():
    v = tf.get_variable("v", initializer=0.0)

    def body(i):
        with tf.control_dependencies([tf.assign_add(v, 1.0)]):
            return i + 1

    last = tf.while_loop(lambda i: i < 4, body, [0])
    with tf.Session() as one, tf.Session() as two:
        for session, runs in ((one, 1), (two, 3)):
            session.run(tf.global_variables_initializer())
            for _ in range(runs):
                session.run(last)
        assert (one.run(v), two.run(v)) == (4.0, 12.0)


def test_threads_share_a_loop():
    v = tf.get_variable("v", initializer=0)

    def body(i):
        with tf.control_dependencies([tf.assign_add(v, 1)]):
            return i + 1

    last = tf.while_loop(lambda i: i < 5, body, [0]).op
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        threads = [threading.Thread(target=lambda: [session.run(last) for _ in range(20)]) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert session.run(v) == 8 * 20 * 5


# -- failures ---------------------------------------------------------------------------------------------------------


def test_a_failed_assertion_stops_an_endless_loop_and_changes_nothing():
    v = tf.get_variable("v", initializer=0.0)

    def body(i):
        with tf.control_dependencies([tf.assign_add(v, 1.0), tf.Assert(i < 5, ["too far"])]):
            return i + 1

    endless = tf.while_loop(lambda i: True, body, [0])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        with pytest.raises(tf.errors.InvalidArgumentError, match="too far"):
            session.run(endless)
        assert session.run(v) == 0.0


def test_an_assertion_in_the_condition_counts():
    n = tf.placeholder(tf.int32, [])

    def goes_on(i):
        with tf.control_dependencies([tf.Assert(i < 3, ["asked too often"])]):
            return i < n

    last = tf.while_loop(goes_on, lambda i: i + 1, [0])
    with tf.Session() as session:
        assert session.run(last, {n: 2}) == 2
        with pytest.raises(tf.errors.InvalidArgumentError, match="asked too often"):
            session.run(last, {n: 3})


def test_a_condition_with_effects_is_asked_once_more_than_the_body_runs():
    v = tf.get_variable("v", initializer=0, use_resource=True)

    def goes_on(i):
        with tf.control_dependencies([v.assign_add(1)]):
            return i < 4

    last = tf.while_loop(goes_on, lambda i: i + 1, [0])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert session.run(last) == 4
        assert session.run(v) == 5


def test_an_array_refuses_an_index_outside_of_it():
    i = tf.placeholder(tf.int32, [])
    array = tf.TensorArray(tf.float32, 2, name="list").unstack([1.0, 2.0])
    with tf.Session() as session:
        with pytest.raises(tf.errors.InvalidArgumentError, match="list.*read from index 5 but array size is: 2"):
            session.run(array.read(i), {i: 5})
        with pytest.raises(tf.errors.InvalidArgumentError, match="write to index -1 but array is not resizeable"):
            session.run(array.write(i, 3.0).stack(), {i: -1})
        with pytest.raises(tf.errors.InvalidArgumentError, match="has not been written"):
            session.run(tf.TensorArray(tf.float32, 2).read(i), {i: 1})


def test_a_body_keeps_types():
    with pytest.raises(TypeError, match="int32.*float32 after one iteration"):
        tf.while_loop(lambda i: i < 3, lambda i: tf.cast(i, tf.float32), [0])


def test_what_is_inside_is_named_when_it_is_used_outside():
    inside = []
    tf.cond(tf.constant(True), lambda: inside.append(tf.constant(1.0) + 1.0) or inside[0], lambda: 2.0)
    with pytest.raises(ValueError, match="was made inside 'cond_true'"):
        inside[0] * 2.0


# -- derivatives that TensorFlow 1.15 has not --------------------------------------------------------------------------


def scalar_function(x, n):
    def body(i, y):
        return i + 1, tf.cond(y > 0.3, lambda: tf.sin(y * x), lambda: y * y + x)

    return tf.while_loop(lambda i, y: i < n, body, [0, tf.ones_like(x)])[1]


@pytest.mark.parametrize("steps", [0, 1, 4])
@pytest.mark.parametrize("known", [True, False])
def test_second_derivative_of_branches_in_loops(steps, known):
    x = tf.placeholder(tf.float64, [])
    n = tf.placeholder(tf.int32, [])
    y = scalar_function(x, steps if known else n)
    first = tf.gradients(y, x)[0]
    second = tf.gradients(first, x)[0]

    def reference(x):
        y = jax.numpy.ones_like(x)
        for _ in range(steps):
            y = jax.numpy.where(y > 0.3, jax.numpy.sin(y * x), y * y + x)
        return y

    with jax.enable_x64(True):
        expected = [f(np.float64(0.7)) for f in (reference, jax.grad(reference), jax.grad(jax.grad(reference)))]
    with tf.Session() as session:
        np.testing.assert_allclose(session.run([y, first, second], {x: 0.7, n: steps}), expected, rtol=1e-12)


def test_second_derivative_through_arrays():
    x = tf.placeholder(tf.float64, [3])
    y = tf.map_fn(lambda e: tf.sin(e) * e, x)
    first = tf.gradients(y, x)[0]
    second = tf.gradients(first, x)[0]
    values = np.array([0.3, 1.0, 2.0])
    with tf.Session() as session:
        np.testing.assert_allclose(
            session.run(second, {x: values}), 2 * np.cos(values) - values * np.sin(values), rtol=1e-12
        )


def test_a_training_step_may_stand_in_a_branch():
    p = tf.placeholder(tf.bool, [])
    v = tf.get_variable("v", initializer=2.0)
    loss = tf.square(v - 5.0)
    train = tf.cond(p, lambda: tf.train.GradientDescentOptimizer(0.25).minimize(loss), tf.no_op)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(train, {p: False})
        assert session.run(v) == 2.0
        session.run(train, {p: True})
        assert session.run(v) == 3.5


def test_hessians_of_a_loop():
    x = tf.placeholder(tf.float32, [2])
    y = tf.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, y * tf.reduce_sum(x)), [0, x[0]])[1]
    hessian = tf.hessians(y, x)[0]
    with tf.Session() as session:
        a, b = 0.5, 2.0
        s = a + b
        expected = [[6 * s**2 + 6 * a * s, 3 * s**2 + 6 * a * s], [3 * s**2 + 6 * a * s, 6 * a * s]]
        np.testing.assert_allclose(session.run(hessian, {x: [a, b]}), expected, rtol=1e-5)


# -- many of them -----------------------------------------------------------------------------------------------------


def test_deep_nesting_of_branches_is_traced_once():
    x = tf.placeholder(tf.float32, [])
    calls = []

    def nested(depth):
        if depth == 0:
            calls.append(depth)
            return x + 1.0
        return tf.cond(x > float(depth), lambda: x * 2.0, lambda: nested(depth - 1))

    y = nested(12)
    with tf.Session() as session:
        assert session.run(y, {x: -1.0}) == 0.0
        assert session.run(y, {x: 20.0}) == 40.0
    assert len(calls) == 1


def test_a_step_loop_runs_loops_of_unknown_length():
    n = tf.placeholder(tf.int32, [])
    x, y = powers(n)
    slope = tf.gradients(y, x)[0]
    with tf.Session() as session:
        loop = session.make_loop(slope, [x, n])
        steps = np.array([2, 2 * emit.ROOM, 3], np.int32)
        np.testing.assert_allclose(loop(np.ones(3, np.float32), steps), steps)


@pytest.mark.parametrize(
    ("make", "feeds", "text"),
    [
        (lambda x, n: counted(lambda i, v: v + tf.gather(x, i), n), 6, r"indices = 4 is not in \[0, 4\)"),
        (lambda x, n: tf.gradients(counted(lambda i, v: v + tf.gather(x, i), n), x)[0], 6, "indices = 4 is not"),
        (lambda x, n: tf.cond(n > 4, lambda: tf.gather(x, n), lambda: x[0]), 5, "indices = 5 is not"),
        (lambda x, n: counted(lambda i, v: asserted(v < 2.5, [v, i], v + 1), n), 6, r"assertion failed: \[3\] \[3\]"),
        (lambda x, n: counted(lambda i, v: nested_in(lambda: v + tf.gather(x, i * 3), i), n), 6, "indices = 6 is not"),
    ],
)
def test_an_error_inside_a_body_shows_its_values(make, feeds, text):
    x, n = tf.placeholder(tf.float32, [4]), tf.placeholder(tf.int32, [])
    wanted = make(x, n)
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError, match=text):
        session.run(wanted, {x: np.arange(4.0), n: feeds})


def counted(body, n):
    return tf.while_loop(lambda i, v: i < n, lambda i, v: (i + 1, body(i, v)), [0, tf.constant(0.0)])[1]


def asserted(condition, data, value):
    with tf.control_dependencies([tf.Assert(condition, data)]):
        return tf.identity(value)


def nested_in(function, i):
    return tf.cond(i > 0, function, lambda: tf.constant(0.0))
