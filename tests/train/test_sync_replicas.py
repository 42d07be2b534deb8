"""Replicas in step: several workers of one process, and what is refused."""

import threading

import numpy as np
import pytest

import graphflow as tf


def model(to_aggregate, workers):
    step = tf.train.get_or_create_global_step()
    x = tf.placeholder(tf.float32, [])
    w = tf.get_variable("w", initializer=1.0)
    optimizer = tf.train.SyncReplicasOptimizer(tf.train.GradientDescentOptimizer(0.5), to_aggregate, workers)
    return optimizer, optimizer.minimize(w * x, global_step=step), w, step, x


@pytest.mark.parametrize("workers", [2, 3])
def test_workers_in_threads_take_steps_together(workers):
    optimizer, train, w, step, x = model(workers, workers)
    hook = optimizer.make_session_run_hook(is_chief=True, num_tokens=0)
    with tf.train.MonitoredTrainingSession(hooks=[hook], stop_grace_period_secs=1) as session:
        # A worker that is ahead may take the token of another, as in TensorFlow; here they begin each step together.
        together = threading.Barrier(workers)

        def work(number):
            for _ in range(5):
                together.wait(timeout=60)
                session.run(train, {x: float(number)})

        threads = [threading.Thread(target=work, args=(i,)) for i in range(workers)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        mean = np.mean(range(workers))
        assert session.run(step) == 5
        np.testing.assert_allclose(session.run(w), 1.0 - 0.5 * 5 * mean, rtol=1e-6)


def test_without_applied_gradients_nothing_can_start():
    optimizer = tf.train.SyncReplicasOptimizer(tf.train.GradientDescentOptimizer(0.5), 2)
    for function in (optimizer.get_chief_queue_runner, optimizer.get_init_tokens_op):
        with pytest.raises(ValueError, match="after apply_gradients"):
            function()
    with pytest.raises(ValueError, match="before using the hook"):
        optimizer.make_session_run_hook(True).begin()
    with pytest.raises(ValueError, match="Global step is required"):
        optimizer.apply_gradients([(tf.constant(1.0), tf.Variable(1.0))])
    with pytest.raises(ValueError, match="at least one variable"):
        optimizer.apply_gradients([])


def test_too_few_tokens_for_the_first_step():
    optimizer, *_ = model(4, 2)
    with pytest.raises(ValueError, match=r"Too few tokens to finish the first step: 1 \(given\) vs 2 \(needed\)"):
        optimizer.get_init_tokens_op(1)


def test_taking_ends_when_the_session_is_closed():
    accumulator = tf.ConditionalAccumulator(tf.float32, [])
    taken, told = accumulator.take_grad(1), []
    session = tf.Session()

    def wait():
        with pytest.raises(tf.errors.CancelledError) as caught:
            session.run(taken)
        told.append(caught.value.message)

    thread = threading.Thread(target=wait)
    thread.start()
    while not session._store.resources:
        pass
    session.close()
    thread.join(10)
    assert told == ["TakeGrad operation was cancelled"]


def test_taking_has_a_time_limit():
    accumulator = tf.ConditionalAccumulator(tf.float32, [])
    with tf.Session() as session, pytest.raises(tf.errors.DeadlineExceededError):
        session.run(accumulator.take_grad(1), options=tf.RunOptions(timeout_in_ms=100))
