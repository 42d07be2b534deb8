"""How many programs a run with host operations is."""

import numpy as np

import graphflow as tf


def steps(session, *fetches):
    """For each step of the run, whether it is on the host."""
    prepared, _, _ = session._prepare(list(fetches), {}, None)
    return [step.is_host for step in prepared.plan.steps]


def trained(x):
    """(training step, loss) of `(w x)**2`, w = 3 at first, for a scalar."""
    w = tf.get_variable("w", (), initializer=tf.constant_initializer(3.0))
    loss = tf.square(w * x)
    return tf.train.GradientDescentOptimizer(tf.constant(0.1) * 0.5).minimize(loss), loss


def test_a_training_step_behind_an_iterator_is_one_program():
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.data.Dataset.from_tensors(1.0).repeat().make_one_shot_iterator().get_next()
        step, loss = trained(x)
        other = tf.get_variable("other", (), initializer=tf.ones_initializer()) + 1.0
        session.run(tf.global_variables_initializer())
        assert steps(session, step, loss, other) == [True, False]
        assert session.run([step, loss, other])[1:] == [9.0, 2.0]
        np.testing.assert_allclose(session.run(loss), (3 - 0.05 * 6) ** 2, rtol=1e-6)


def test_a_training_step_behind_a_queue_is_one_program():
    with tf.Graph().as_default(), tf.Session() as session:
        queue = tf.FIFOQueue(10, [tf.float32], [()])
        step, loss = trained(queue.dequeue())
        session.run([tf.global_variables_initializer(), queue.enqueue_many([[1.0, 2.0]])])
        assert steps(session, step, loss) == [True, False]
        assert session.run([step, loss])[1] == 9.0
        np.testing.assert_allclose(session.run(loss), (2 * 2.7) ** 2, rtol=1e-6)


def test_a_training_step_whose_loss_the_host_needs_stays_whole():
    seen = []
    with tf.Graph().as_default(), tf.Session() as session:
        step, loss = trained(tf.constant(1.0))
        both = tf.group(step, tf.py_func(lambda v: seen.append(float(v)), [loss], []))
        after = tf.py_func(lambda: np.float32(2), [], tf.float32) + 1.0
        session.run(tf.global_variables_initializer())
        assert steps(session, both, after) == [False, True, False]
        prepared, _, _ = session._prepare([both, after], {}, None)
        types = {op.type for op in prepared.plan.steps[0].island.ops}
        assert {"Square", "ApplyGradientDescent"} <= types
        assert session.run([both, after])[1] == 3.0
        assert seen == [9.0]


def test_what_a_shape_is_computed_from_stays_in_a_program_before():
    with tf.Graph().as_default(), tf.Session() as session:
        n = tf.get_variable("n", (), tf.int32, initializer=tf.constant_initializer(2))
        x = tf.py_func(lambda: np.arange(6, dtype=np.float32), [], tf.float32)
        y = tf.reshape(x, tf.stack([tf.square(n) - 1, n]))
        session.run(tf.global_variables_initializer())
        np.testing.assert_array_equal(session.run(y), np.arange(6).reshape(3, 2))
        session.run(n.assign(-1))
        with np.testing.assert_raises(tf.errors.InvalidArgumentError):
            session.run(y)


def test_reads_and_writes_around_a_host_operation_keep_their_order():
    with tf.Graph().as_default(), tf.Session() as session:
        w = tf.get_variable("w", (), initializer=tf.ones_initializer(), use_resource=True)
        before = w.read_value()
        with tf.control_dependencies([before]):
            written = w.assign(5.0, read_value=False)
        with tf.control_dependencies([written]):
            middle = tf.py_func(lambda: np.float32(10), [], tf.float32)
        with tf.control_dependencies([middle]):
            after = w.read_value() + middle
        total = before * 100.0 + after
        session.run(tf.global_variables_initializer())
        assert session.run(total) == 115.0
