"""Session: fetches, feeds, life, threads."""

import collections
import threading
import warnings

import numpy as np
import pytest

import graphflow as tf


def ready(graph=None):
    sess = tf.Session(graph=graph)
    with sess.graph.as_default():
        sess.run(tf.global_variables_initializer())
    return sess


def test_nested_fetches_keep_their_form():
    Pair = collections.namedtuple("Pair", "a b")
    x = tf.constant(2.0, name="x")
    y = x * 3.0
    got = tf.Session().run({"p": Pair(x, [y, "x:0"]), "q": (y.op, y), "empty": []})
    assert got == {"p": Pair(2.0, [6.0, 2.0]), "q": (None, 6.0), "empty": []}
    assert isinstance(got["p"], Pair)


def test_any_tensor_can_be_fed():
    x = tf.constant([1.0, 2.0])
    y = x * 2.0
    z = y + 1.0
    assert tf.Session().run(z, {y: [10.0, 20.0]}).tolist() == [11.0, 21.0]
    assert tf.Session().run(z, {y.name: [10.0, 20.0]}).tolist() == [11.0, 21.0]
    assert tf.Session().run(y, {y: [5.0, 6.0]}).tolist() == [5.0, 6.0]


def test_results_may_be_written_to():
    got = tf.Session().run(tf.constant([1.0, 2.0]) + 1.0)
    got[0] = 7.0
    assert got.tolist() == [7.0, 3.0]


def test_a_feed_may_be_reused_at_once():
    x = tf.placeholder(tf.float32, [1000, 100])
    total = tf.Variable(0.0)
    step = total.assign_add(tf.reduce_sum(x)).op
    sess, buffer = ready(), np.empty((1000, 100), np.float32)
    for i in range(20):
        buffer[:] = i
        sess.run(step, {x: buffer})
        buffer[:] = -1e9
    assert sess.run(total) == 190 * 100_000


def test_integers_of_64_bits_survive():
    x = tf.placeholder(tf.int64, [])
    assert tf.Session().run(x + 0, {x: 2**53 + 1}) == 2**53 + 1
    assert tf.Session().run(tf.constant(2**40) * 2) == 2**41


def test_two_sessions_hold_separate_values():
    v = tf.Variable(1.0)
    add = v.assign_add(1.0)
    one, two = ready(), ready()
    one.run(add), one.run(add), two.run(add)
    one_value, two_value = one.run(v), two.run(v)
    one.close()
    assert (one_value, two_value, two.run(v)) == (3.0, 2.0, 2.0)


def test_fetched_variable_shows_the_end_of_the_run():
    v = tf.Variable([1.0, 2.0])
    old = v * 1.0
    assign = v.assign([5.0, 6.0])
    sess = ready()
    fetched, before, _ = sess.run([v, old, assign])
    assert fetched.tolist() == [5.0, 6.0] and before.tolist() == [1.0, 2.0]


def test_threads_on_one_session_lose_no_step():
    count = tf.Variable(0)
    step = count.assign_add(1).op
    other = count * 2
    sess, failures = ready(), []

    def work(i):
        try:
            for _ in range(200):
                sess.run(step)
                if i % 4 == 0:
                    sess.run(other)
        except Exception as err:
            failures.append(err)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(32)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(60)
    assert not failures and sess.run(count) == 6400


def test_default_session_and_graph_by_thread():
    graph = tf.Graph()
    with graph.as_default():
        x = tf.constant(3.0)
    seen = []

    def other():
        seen.append(tf.get_default_session())

    with tf.Session(graph=graph) as sess:
        assert tf.get_default_session() is sess and tf.get_default_graph() is graph and x.eval() == 3.0
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert seen == [None] and tf.get_default_session() is None


def test_interactive_session():
    sess = tf.InteractiveSession()
    v = tf.Variable(2.0)
    v.initializer.run()
    assert (v * 2.0).eval() == 4.0
    sess.close()
    sess.close()
    with pytest.raises(ValueError, match="No default session"):
        v.eval()


def test_make_callable():
    x, y = tf.placeholder(tf.float32, []), tf.placeholder(tf.float32, [])
    call = tf.Session().make_callable([x + y, x * y], [x, y])
    assert call(2.0, 5.0) == [7.0, 10.0]
    with pytest.raises(TypeError, match="takes 2 values"):
        call(1.0)


def test_partial_run_does_nothing_twice():
    a, b = tf.placeholder(tf.float32, []), tf.placeholder(tf.float32, [])
    count = tf.Variable(0.0)
    first = count.assign_add(a)
    with tf.control_dependencies([first]):
        second = first + b
    sess = ready()
    handle = sess.partial_run_setup([first, second], [a, b])
    assert sess.partial_run(handle, first, {a: 3.0}) == 3.0
    assert sess.partial_run(handle, second, {b: 4.0}) == 7.0
    assert sess.run(count) == 3.0
    with pytest.raises(ValueError, match="fetched already"):
        sess.partial_run(handle, second)


def test_a_loop_gives_the_results_of_single_runs():
    tf.set_random_seed(3)
    x = tf.placeholder(tf.float32, [4, 3])
    w = tf.Variable(tf.ones([3, 1]))
    noise = tf.random_normal([2])
    loss = tf.reduce_mean(tf.square(tf.matmul(x, w))) + tf.reduce_sum(noise)
    step = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    data = np.random.RandomState(0).rand(20, 3).astype(np.float32)
    rows = np.arange(20).reshape(5, 4)
    single = ready()
    expected = [single.run([loss, noise, step], {x: data[r]})[:2] for r in rows]
    for dataset, argument in (([data], rows), (None, data[rows])):
        sess = ready()
        losses, noises, nothing = sess.make_loop([loss, noise, step], [x], dataset)(argument)
        assert nothing is None
        np.testing.assert_allclose(losses, [e[0] for e in expected], rtol=1e-6)
        np.testing.assert_array_equal(noises, [e[1] for e in expected])
        np.testing.assert_allclose(sess.run(w), single.run(w), rtol=1e-6)


def test_a_loop_checks_its_rows():
    x = tf.placeholder(tf.float32, [2])
    loop = tf.Session().make_loop(x * 2.0, [x], [np.arange(4.0)])
    with pytest.raises(IndexError, match="the dataset has 4 rows"):
        loop(np.array([[0, 4]]))
    assert loop(np.array([[0, 3], [1, 1]])).tolist() == [[0.0, 6.0], [2.0, 2.0]]


def test_a_failing_py_func_leaves_the_session_usable():
    v = tf.Variable(1.0)

    def fail(value):
        raise ZeroDivisionError("no")

    with tf.control_dependencies([tf.py_func(fail, [v], tf.float32)]):
        step = v.assign_add(1.0)
    sess = ready()
    with pytest.raises(tf.errors.UnknownError, match="ZeroDivisionError: no"):
        sess.run(step)
    assert sess.run(v) == 1.0 and sess.run(v.assign_add(1.0)) == 2.0


def test_a_failed_guard_changes_nothing():
    v, i = tf.Variable([1.0, 2.0]), tf.placeholder(tf.int32, [])
    step = v.assign(v + tf.gather(v, i))
    sess = ready()
    with pytest.raises(tf.errors.InvalidArgumentError, match="not in \\[0, 2\\)"):
        sess.run(step, {i: 5})
    assert sess.run(v).tolist() == [1.0, 2.0] and sess.run(step, {i: 0}).tolist() == [2.0, 3.0]


def test_a_graph_built_in_the_loop_is_told_once():
    x = tf.constant(1.0)
    sess = tf.Session()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(70):
            sess.run(tf.identity(x))
    assert [str(w.message)[:45] for w in caught] == ["the graph has grown before each of the last 5"]


def test_changing_shapes_are_told_once_and_bounded():
    x = tf.placeholder(tf.float32, [None])
    total = tf.Variable(0.0)
    y = tf.assign_add(total, tf.reduce_sum(x))  # what changes a variable always runs as a program
    sess = tf.Session()
    sess.run(total.initializer)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for n in range(1, 80):
            sess.run(y, {x: np.ones(n)})
    assert sess.run(total) == sum(range(1, 80))
    assert len(caught) == 1 and "the shapes or sizes fed" in str(caught[0].message)


def test_a_session_is_not_pickled():
    with pytest.raises(TypeError, match="Saver"):
        __import__("pickle").dumps(tf.Session())


def test_devices_are_listed():
    assert tf.Session().list_devices()[0].device_type in ("CPU", "GPU")


@pytest.mark.parametrize("shape", [[0], [0, 3], [1] * 8])
def test_odd_shapes(shape):
    x = tf.placeholder(tf.float32, [None] * len(shape))
    assert tf.Session().run(x * 2.0, {x: np.ones(shape)}).shape == tuple(shape)


def test_a_variable_that_a_branch_leaves_alone_survives():
    v = tf.Variable(1.0)
    step = tf.cond(tf.constant(False), lambda: v.assign_add(1.0), lambda: tf.identity(v))
    sess = ready()
    assert [sess.run(step), sess.run(step), sess.run(v)] == [1.0, 1.0, 1.0]


def test_a_failed_sparse_update_changes_nothing():
    table, dense = tf.Variable(tf.ones([3, 2])), tf.Variable([1.0])
    i = tf.placeholder(tf.int32, [1])
    loss = tf.reduce_sum(tf.nn.embedding_lookup(table, i) * dense)
    step = tf.train.GradientDescentOptimizer(0.5).minimize(loss)
    sess = ready()
    for _ in range(2):
        with pytest.raises(tf.errors.InvalidArgumentError, match="not in \\[0, 3\\)"):
            sess.run(step, {i: [7]})
    assert sess.run(dense) == 1.0 and sess.run(table).tolist() == [[1.0, 1.0]] * 3
    sess.run(step, {i: [1]})
    assert sess.run(dense) == 0.0 and sess.run(table).tolist() == [[1.0, 1.0], [0.5, 0.5], [1.0, 1.0]]


def test_a_variable_never_shares_memory_with_a_feed():
    x = tf.placeholder(tf.float32, [64, 64])
    v = tf.Variable(tf.zeros([64, 64]))
    assign, same = v.assign(x), tf.identity(x)
    sess, raw = ready(), np.zeros(64 * 64 * 4 + 64, np.uint8)
    start = -raw.ctypes.data % 64
    buffer = raw[start : start + 64 * 64 * 4].view(np.float32).reshape(64, 64)
    sess.run(assign, {x: buffer})
    fetched = sess.run(same, {x: buffer})
    buffer[:] = 5.0
    assert sess.run(v).max() == 0.0 and fetched.max() == 0.0
