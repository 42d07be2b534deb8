"""Runs whose bounds, sizes and shapes are other ones each time, and what they cost in compilations."""

import numpy as np
import pytest

import graphflow as tf
from graphflow._runtime import compiled_step


@pytest.fixture
def compiled(monkeypatch):
    """The number of compiled variants made so far, as a list of one for each."""
    made = []
    before = compiled_step.CompiledStep._compile

    def counting(self, *arguments):
        made.append(self)
        return before(self, *arguments)

    monkeypatch.setattr(compiled_step.CompiledStep, "_compile", counting)
    return made


def test_batches_cut_from_data_are_compiled_for_once(compiled):
    data = np.arange(60, dtype=np.float32).reshape(30, 2)
    with tf.Graph().as_default(), tf.Session() as session:
        i = tf.train.range_input_producer(6, shuffle=False).dequeue()
        x = tf.strided_slice(tf.constant(data), [i * 5, 0], [(i + 1) * 5, 2])
        x.set_shape([5, 2])
        w = tf.get_variable("w", [2, 1], initializer=tf.ones_initializer())
        found = tf.reduce_sum(tf.matmul(x, w))
        session.run(tf.global_variables_initializer())
        coordinator = tf.train.Coordinator()
        threads = tf.train.start_queue_runners(session, coordinator)
        first = session.run(found)
        after_one = len(compiled)
        others = [session.run(found) for _ in range(5)]
        coordinator.request_stop()
        coordinator.join(threads)
        assert [first, *others] == [data[k : k + 5].sum() for k in range(0, 30, 5)]
        assert len(compiled) == after_one


def test_the_last_batch_of_a_range_is_short():
    with tf.Graph().as_default(), tf.Session() as session:
        x, i = tf.placeholder(tf.float32, [None]), tf.placeholder(tf.int32, [])
        doubled = x[i : i + 4] * 2
        data = np.arange(10, dtype=np.float32)
        sizes = [session.run(doubled, {x: data, i: k}).tolist() for k in (0, 4, 8)]
        assert sizes == [[0, 2, 4, 6], [8, 10, 12, 14], [16, 18]]


def test_a_range_whose_bounds_are_shapes_stays_in_the_program():
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.placeholder(tf.float32, [None])
        half = tf.shape(x)[0] // 2
        last = x[half:] + 1
        prepared, _, _ = session._prepare([last], {x: np.zeros(4, np.float32)}, None)
        assert [step.is_host for step in prepared.plan.steps] == [False]
        assert session.run(last, {x: [1, 2, 3, 4]}).tolist() == [4, 5]


def test_a_fetched_variable_is_read_when_all_has_run():
    with tf.Graph().as_default(), tf.Session() as session:
        step = tf.Variable(0, trainable=False)
        w = tf.Variable([1.0, -2.0, 3.0])
        loss = tf.reduce_mean(tf.boolean_mask(w, w > 0))  # the mask runs on the host, between two programs
        train = tf.train.GradientDescentOptimizer(1.0).minimize(loss, global_step=step)
        session.run(tf.global_variables_initializer())
        assert [session.run([train, loss, step])[2] for _ in range(3)] == [1, 2, 3]


def test_shapes_that_keep_changing_run_without_a_program(compiled):
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.placeholder(tf.float32, [None, 2])
        y = tf.nn.softmax(tf.matmul(x, x, transpose_b=True))
        for n in range(1, 12):
            given = np.random.RandomState(n).randn(n, 2)
            powers = np.exp(given @ given.T)
            np.testing.assert_allclose(session.run(y, {x: given}), powers / powers.sum(1, keepdims=True), rtol=1e-4)
        assert len(compiled) == compiled_step._TRIED


def test_shapes_that_come_often_are_compiled_for(compiled):
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.placeholder(tf.float32, [None])
        y = tf.exp(x)
        for n in range(1, 4):
            session.run(y, {x: np.zeros(n)})
        (step,) = set(compiled)
        step.seconds = 0.05
        while len(compiled) == 3 and step.without.get((((9,), np.dtype("float32")),), 0.0) < 1.0:
            session.run(y, {x: np.zeros(9)})
        assert len(compiled) == 4


def test_without_a_program_checks_give_the_same_error():
    with tf.Graph().as_default(), tf.Session() as session:
        x, i = tf.placeholder(tf.float32, [None]), tf.placeholder(tf.int32, [None])
        y = tf.gather(x, i)
        for n in range(1, 6):
            assert session.run(y, {x: np.arange(5), i: np.zeros(n)}).tolist() == [0] * n
        with pytest.raises(tf.errors.InvalidArgumentError, match="7 is not in"):
            session.run(y, {x: np.arange(5), i: [0, 1, 2, 3, 4, 7]})


def test_a_branch_that_is_not_taken_may_read_an_array_without_elements():
    with tf.Graph().as_default(), tf.Session() as session:
        is_leaf = tf.placeholder(tf.bool, [3])
        array = tf.TensorArray(tf.float32, 3, clear_after_read=False, infer_shape=False)

        def node(array, i):
            value = tf.cond(is_leaf[i], lambda: tf.fill([1, 2], tf.cast(i, tf.float32)), lambda: array.read(i - 1) * 10)
            return array.write(i, value), i + 1

        array, _ = tf.while_loop(lambda _, i: i < 3, node, [array, 0], parallel_iterations=1)
        assert session.run(array.read(2), {is_leaf: [True, True, False]}).tolist() == [[10.0, 10.0]]
