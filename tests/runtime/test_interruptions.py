"""Ctrl-C, threads, other processes: what comes from outside while a session runs leaves it whole."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import numpy as np
import pytest

import graphflow as tf
from graphflow._lowering import trip_count

ROOT = Path(__file__).resolve().parents[2]


def ready():
    sess = tf.Session()
    sess.run(tf.global_variables_initializer())
    return sess


def python(code, *, timeout=120):
    """What a fresh Python prints that runs `code`; it must end well."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(code)],
        cwd=ROOT, capture_output=True, text=True, timeout=timeout,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


# -- interruptions -------------------------------------------------------------------------------------------------------


@pytest.fixture
def alarm():
    """A function that sends KeyboardInterrupt after so many seconds, as Ctrl-C would."""

    def interrupt(*_):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        yield lambda seconds: signal.setitimer(signal.ITIMER_REAL, seconds)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no interval timer")
def test_ctrl_c_at_any_moment_leaves_a_step_whole(alarm):
    u, v = tf.Variable(tf.zeros([100])), tf.Variable(tf.zeros([100]))
    m = tf.placeholder(tf.float32, [100, 100])
    size = tf.reduce_sum(tf.matmul(m, m))
    with tf.control_dependencies([size]):
        step = tf.group(u.assign_add(tf.ones([100])), v.assign_add(tf.ones([100])))
    sess, data = ready(), np.ones([100, 100], np.float32)
    sess.run([step, size], {m: data})
    sess.run(step, {m: data})
    interrupted, before = 0, 2.0
    for trial in range(200):
        done = 0
        try:
            alarm(1e-5 + trial * 5e-6)
            while True:
                sess.run([step, size] if trial % 2 else step, {m: data})
                done += 1
        except KeyboardInterrupt:
            interrupted += 1
        a, b = sess.run([u, v])
        assert a[0] == b[0] and a[0] - before in (done, done + 1)
        before = a[0]
    assert interrupted == 200


ENDLESS = """
    import os, signal, time
    import graphflow as tf

    v = tf.Variable(1.0)

    def body(i):
        with tf.control_dependencies([v.assign_add(1.0)]):
            return (i + 1) % 10

    endless = tf.while_loop(lambda i: i < 100, body, [tf.constant(0)])
    sess = tf.Session()
    sess.run(v.initializer)

    def interrupt(*_):
        raise KeyboardInterrupt

    signal.signal(signal.SIGALRM, interrupt)
"""


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no interval timer")
def test_a_compiled_loop_without_end_is_given_up():
    """In a process of its own, since the loop computes on until that ends."""
    told = python(
        textwrap.dedent(ENDLESS)
        + textwrap.dedent("""
        for options, error in ((tf.RunOptions(timeout_in_ms=1500), tf.errors.DeadlineExceededError), (None, KeyboardInterrupt)):
            if options is None:
                signal.setitimer(signal.ITIMER_REAL, 0.5)
            start = time.monotonic()
            try:
                sess.run([endless, v.assign_add(5.0)], options=options)
            except error:
                print("ended", time.monotonic() - start < 2, sess.run(v), sess.run(v.assign_add(1.0)))
        """)
    )
    assert told.splitlines() == ["ended True 1.0 2.0", "ended True 2.0 3.0"]


@pytest.mark.parametrize(
    ("cond", "body", "ends"),
    [
        (lambda i, n: i < n, lambda i, n: (i + 1, n), True),
        (lambda i, n: n >= tf.cast(i, tf.int32) * 1, lambda i, n: (i + 1, n), False),  # a product is no counter
        (lambda i, n: tf.logical_and(n > i, n > 0), lambda i, n: (i + 1, n), True),
        (lambda i, n: i < n, lambda i, n: (i - 1, n), False),
        (lambda i, n: i < n, lambda i, n: (i + 1, n + 1), False),
        (lambda i, n: i * i < n, lambda i, n: (i + 1, n), False),
        (lambda i, n: i < n * 2, lambda i, n: (i + 2, n), True),
    ],
)
def test_which_loops_may_never_end(cond, body, ends):
    n = tf.placeholder(tf.int32, [])
    loop = tf.while_loop(cond, body, [tf.constant(0), n])[0].op.inputs[0].op
    assert trip_count.surely_ends(loop) == ends
    assert trip_count.may_not_end([loop]) != ends


@pytest.fixture
def ctrl_c():
    """Ctrl-C raises KeyboardInterrupt, also in a background job, which starts with the signal ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_ctrl_c_inside_py_func(ctrl_c):
    v = tf.Variable(1.0)

    def interrupt(value):
        signal.raise_signal(signal.SIGINT)
        return value

    with tf.control_dependencies([tf.py_func(interrupt, [v], tf.float32)]):
        step = v.assign_add(1.0)
    sess = ready()
    with pytest.raises(KeyboardInterrupt):
        sess.run(step)
    assert sess.run(v) == 1.0 and sess.run(v.assign_add(1.0)) == 2.0


def test_an_error_in_py_func_inside_a_loop():
    def fail_at_two(i):
        if i == 2:
            raise ValueError("two is too many")
        return i + 1

    def body(i):
        after = tf.py_func(fail_at_two, [i], tf.int32)
        after.set_shape([])
        return after

    limit = tf.placeholder(tf.int32, [])
    last = tf.while_loop(lambda i: i < limit, body, [tf.constant(0)])
    sess = tf.Session()
    with pytest.raises(tf.errors.InvalidArgumentError, match="ValueError: two is too many"):
        sess.run(last, {limit: 5})
    assert sess.run(last, {limit: 2}) == 2


# -- threads and processes -----------------------------------------------------------------------------------------------


def run_all(functions):
    """Runs functions in a thread each; raises what one of them raised, and AssertionError when one hangs."""
    failures = []

    def guarded(function):
        try:
            function()
        except BaseException as err:
            failures.append(err)

    threads = [threading.Thread(target=guarded, args=(f,), daemon=True) for f in functions]
    for t in threads:
        t.start()
    for t in threads:
        t.join(120)
    assert not any(t.is_alive() for t in threads), "a thread hangs"
    if failures:
        raise failures[0]


def test_mixed_fetches_while_others_compile():
    count = tf.Variable(0)
    step = count.assign_add(1).op
    x = tf.placeholder(tf.float32, [None])
    square, total = x * x, tf.reduce_sum(x)
    chains = []
    for op in (tf.sin, tf.cos):
        y = x
        for _ in range(200):
            y = op(y)
        chains.append(y)
    sess = ready()

    def compiling(chain):
        assert np.isfinite(sess.run(chain, {x: np.ones(3)})).all()

    def mixed(number):
        data = np.full(number % 5 + 1, number, np.float32)
        for _ in range(30):
            sess.run(step)
            assert sess.run(square, {x: data}).tolist() == (data * data).tolist()
            s, _ = sess.run([total, step], {x: data})
            assert s == data.sum()

    run_all([*[lambda c=c: compiling(c) for c in chains], *[lambda n=n: mixed(n) for n in range(30)]])
    assert sess.run(count) == 30 * 30 * 2


def test_one_session_closes_while_another_runs():
    v = tf.Variable(0.0)
    step = v.assign_add(1.0)
    one, two = ready(), ready()
    started = threading.Event()

    def run_until_closed():
        started.set()
        with pytest.raises(RuntimeError, match="closed Session"):
            while True:
                one.run(step)

    def run():
        for _ in range(300):
            two.run(step)

    def close():
        started.wait()
        one.close()

    run_all([run_until_closed, run, close])
    assert two.run(v) == 300.0


def test_handlers_build_and_run_their_own_graphs():
    shared = tf.Graph()
    with shared.as_default():
        x = tf.placeholder(tf.float32, [], name="x")
        y = tf.multiply(x, 3.0, name="y")
    server = tf.Session(graph=shared)
    untouched = tf.get_default_graph().get_operations()

    def handle(number):
        assert tf.get_default_session() is None
        with shared.as_default(), server.as_default():
            assert y.eval({x: number}) == 3.0 * number
        with tf.Graph().as_default(), tf.Session() as own:
            with tf.name_scope("request"), tf.device("/cpu:0"):
                z = tf.add(tf.constant(float(number)), 1.0, name="z")
            assert z.name == "request/z:0" and own.run(z) == number + 1.0

    run_all([lambda n=n: handle(n) for n in range(16)])
    assert tf.get_default_graph().get_operations() == untouched and len(shared.get_operations()) == 3


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_forked_child_is_told():
    printed = python(
        """
        import os
        import graphflow as tf
        v = tf.Variable(3.0)
        y = v * 2.0
        sess = tf.Session()

        def in_child(use):
            if not (child := os.fork()):
                try:
                    print(use(), flush=True)
                except RuntimeError as err:
                    print(str(err)[:24], flush=True)
                os._exit(0)
            os.waitpid(child, 0)

        in_child(lambda: sess.run(v.initializer) or sess.run(y))        # nothing has run yet
        sess.run(v.initializer)
        in_child(lambda: sess.run(y))
        in_child(lambda: tf.Session().run(y))
        in_child(lambda: (y + 1.0).name)                                 # graphs are built as before
        print(sess.run(y))
        """
    )
    assert printed.splitlines() == ["6.0", *["This process was forked "] * 2, "add:0", "6.0"]


def test_spawned_processes_run(tmp_path):
    script = tmp_path / "spawning.py"
    script.write_text(
        textwrap.dedent(
            """
            import multiprocessing
            import graphflow as tf

            def work(n):
                with tf.Graph().as_default(), tf.Session() as sess:
                    return float(sess.run(tf.constant(float(n)) * 2.0))

            if __name__ == "__main__":
                assert tf.Session().run(tf.constant(1.0)) == 1.0
                with multiprocessing.get_context("spawn").Pool(2) as pool:
                    print(pool.map(work, range(3)))
            """
        )
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, script], env=environment, capture_output=True, text=True, timeout=120)
    assert done.stdout == "[0.0, 2.0, 4.0]\n", done.stderr
