"""Queues among threads: what waits, what wakes it, and that nothing is left hanging."""

import subprocess
import sys
import threading

import numpy as np
import pytest

import graphflow as tf

LONG = 20  # seconds that nothing here should take


class Runner(threading.Thread):
    """Runs a fetch in a thread; `result()` is what came of it."""

    def __init__(self, session, fetch, feed_dict=None):
        super().__init__(daemon=True)
        self.call = lambda: session.run(fetch, feed_dict)
        self.value = self.error = None
        self.start()

    def run(self):
        try:
            self.value = self.call()
        except Exception as error:
            self.error = error

    def is_waiting(self):
        self.join(0.1)
        return self.is_alive()

    def result(self):
        self.join(LONG)
        assert not self.is_alive(), "the thread hangs"
        if self.error is not None:
            raise self.error
        return self.value


@pytest.fixture(autouse=True)
def fresh_graph():
    with tf.Graph().as_default():
        yield


def test_other_threads_run_while_one_waits():
    q = tf.FIFOQueue(2, tf.int32, shapes=[])
    x = tf.placeholder(tf.float32, [3])
    v = tf.Variable(1.0)
    total, count = tf.reduce_sum(x * v), v.assign_add(1.0)
    add, take = q.enqueue(7), q.dequeue()
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        waiting = Runner(sess, take)
        assert waiting.is_waiting()
        assert sess.run(total, {x: np.ones(3)}) == 3
        assert sess.run(count) == 2
        assert waiting.is_alive()
        sess.run(add)
        assert waiting.result() == 7


def test_a_step_that_waits_does_not_keep_others_from_compiled_work():
    q = tf.FIFOQueue(2, tf.float32, shapes=[])
    doubled, other = q.dequeue() * 2, tf.constant(3.0) * tf.Variable(2.0)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        waiting = Runner(sess, doubled)
        assert waiting.is_waiting()
        assert sess.run(other) == 6
        sess.run(q.enqueue(4.0))
        assert waiting.result() == 8


def test_many_producers_and_consumers_lose_nothing():
    q = tf.FIFOQueue(3, tf.int32, shapes=[])
    x = tf.placeholder(tf.int32, [10])
    add, take = q.enqueue_many([x]), q.dequeue_many(5)
    with tf.Session() as sess:
        consumers = [Runner(sess, take) for _ in range(8)]
        producers = [Runner(sess, add, {x: np.arange(10) + 10 * i}) for i in range(4)]
        for producer in producers:
            producer.result()
        taken = np.concatenate([c.result() for c in consumers])
    assert sorted(taken) == list(range(40))


@pytest.mark.parametrize("is_full", [False, True])
def test_closing_the_session_cancels_what_waits(is_full):
    q = tf.FIFOQueue(1, tf.int32, shapes=[])
    add, take = q.enqueue(1), q.dequeue()
    sess = tf.Session()
    if is_full:
        sess.run(add)
    waiting = Runner(sess, add if is_full else take)
    assert waiting.is_waiting()
    sess.close()
    with pytest.raises(tf.errors.CancelledError, match="Enqueue" if is_full else "Dequeue"):
        waiting.result()


def test_closing_the_session_cancels_a_reader():
    q = tf.FIFOQueue(1, tf.string, shapes=[])
    sess = tf.Session()
    waiting = Runner(sess, tf.TextLineReader().read(q))
    assert waiting.is_waiting()
    sess.close()
    with pytest.raises(tf.errors.CancelledError):
        waiting.result()


def test_closing_a_queue_lets_waiting_enqueues_in_first():
    q = tf.FIFOQueue(1, tf.int32, shapes=[])
    x = tf.placeholder(tf.int32, [])
    add, take, close = q.enqueue(x), q.dequeue(), q.close()
    with tf.Session() as sess:
        sess.run(add, {x: 1})
        waiting = Runner(sess, add, {x: 2})
        assert waiting.is_waiting()
        closing = Runner(sess, close)
        assert closing.is_waiting()
        assert [sess.run(take), sess.run(take)] == [1, 2]
        waiting.result()
        closing.result()
        with pytest.raises(tf.errors.OutOfRangeError, match="closed and has insufficient elements"):
            sess.run(take)


def test_time_limits_end_waiting():
    q = tf.FIFOQueue(1, tf.int32, shapes=[])
    with (
        tf.Session(config=tf.ConfigProto(operation_timeout_in_ms=50)) as sess,
        pytest.raises(tf.errors.DeadlineExceededError),
    ):
        sess.run(q.dequeue())


def test_what_ran_out_of_time_takes_nothing_along():
    q = tf.FIFOQueue(5, tf.int32, shapes=[])
    with tf.Session() as sess:
        sess.run(q.enqueue_many([[1, 2]]))
        with pytest.raises(tf.errors.DeadlineExceededError):
            sess.run(q.dequeue_many(3), options=tf.RunOptions(timeout_in_ms=50))
        assert sess.run(q.dequeue_many(2)).tolist() == [1, 2]


def test_a_feed_that_is_enqueued_stays_as_it_was():
    q = tf.FIFOQueue(5, tf.float32)
    x = tf.placeholder(tf.float32, [None])
    add, batch = q.enqueue(x), np.zeros(16, np.float32)
    with tf.Session() as sess:
        sess.run(add, {x: batch})
        batch[:] = 9
        assert sess.run(q.dequeue()).sum() == 0


def test_runners_end_with_their_session():
    q = tf.FIFOQueue(2, tf.int32, shapes=[])
    tf.train.add_queue_runner(tf.train.QueueRunner(q, [q.enqueue(1)] * 3))
    with tf.Session() as sess:
        threads = tf.train.start_queue_runners(sess)
        assert len(threads) == 3
        assert sess.run(q.dequeue_many(20)).sum() == 20
        assert tf.train.start_queue_runners(sess) == []
    for thread in threads:
        thread.join(LONG)
        assert not thread.is_alive()


def test_runners_without_a_coordinator_keep_their_errors():
    q = tf.FIFOQueue(2, tf.int32, shapes=[])
    wrong = tf.gather([1, 2], tf.placeholder_with_default(5, []))
    runner = tf.train.QueueRunner(q, [q.enqueue(wrong)])
    with tf.Session() as sess:
        [thread] = runner.create_threads(sess, start=True)
        thread.join(LONG)
        [error] = runner.exceptions_raised
    assert isinstance(error, tf.errors.InvalidArgumentError)


def test_join_names_threads_that_live_on():
    coord, gate = tf.train.Coordinator(), threading.Event()
    thread = threading.Thread(target=gate.wait, args=(LONG,), name="sleeper", daemon=True)
    thread.start()
    coord.request_stop()
    with pytest.raises(RuntimeError, match="sleeper"):
        coord.join([thread], stop_grace_period_secs=0.05)
    gate.set()
    thread.join(LONG)


def test_a_process_ends_while_runners_run():
    script = """
import graphflow as tf
x, = tf.train.slice_input_producer([list(range(100))])
batch = tf.train.batch([x * 2], 4, num_threads=2)
sess = tf.Session()
sess.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
tf.train.start_queue_runners(sess)
print(sess.run(batch).shape)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=100)
    assert (done.returncode, done.stdout.strip()) == (0, "(4,)"), done.stderr
    assert done.stderr == ""


def test_a_record_that_is_none_is_named():
    with tf.Session() as sess, pytest.raises(tf.errors.InvalidArgumentError, match="Could not parse example input"):
        sess.run(tf.parse_single_example(tf.constant(b"\xff\xff"), {"a": tf.FixedLenFeature([], tf.float32)}))


def test_a_queue_holds_what_it_says():
    q = tf.FIFOQueue(2, [tf.int32], shapes=[[2]])
    x = tf.placeholder(tf.int32)
    with (
        tf.Session() as sess,
        pytest.raises(tf.errors.InvalidArgumentError, match="Shape mismatch in tuple component 0"),
    ):
        sess.run(q.enqueue(x), {x: [1, 2, 3]})
