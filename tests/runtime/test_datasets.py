"""Datasets: what the oracle cannot show: threads, closed sessions, gathered batches, errors while the graph is built."""

import collections
import threading

import numpy as np
import pytest

import graphflow as tf
from graphflow._lowering import dataset_bodies

Dataset = tf.data.Dataset


@pytest.fixture(autouse=True)
def own_graph():
    with tf.Graph().as_default():
        yield


def drawn(dataset):
    element = dataset.make_one_shot_iterator().get_next()
    found = []
    with tf.Session() as session:
        try:
            while True:
                found.append(session.run(element))
        except tf.errors.OutOfRangeError:
            return found


def prefetch_threads():
    return [t for t in threading.enumerate() if t.name == "graphflow-prefetch" and t.is_alive()]


def wait_for_none():
    for t in prefetch_threads():
        t.join(5)
    assert not prefetch_threads()


def test_threads_share_an_iterator():
    element = Dataset.range(200).prefetch(3).make_one_shot_iterator().get_next()
    found = collections.Counter()
    with tf.Session() as session:
        session.run(element)

        def work():
            for _ in range(20):
                found[int(session.run(element))] += 1

        threads = [threading.Thread(target=work) for _ in range(5)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
    assert found == collections.Counter(range(1, 101))
    wait_for_none()


def test_a_closed_session_ends_its_threads():
    element = Dataset.range(10).repeat().prefetch(2).make_one_shot_iterator().get_next()
    with tf.Session() as session:
        assert session.run(element) == 0
        assert prefetch_threads()
    wait_for_none()


def test_a_new_start_ends_the_old_thread():
    iterator = Dataset.range(10).repeat().prefetch(2).make_initializable_iterator()
    element = iterator.get_next()
    with tf.Session() as session:
        for _ in range(3):
            session.run(iterator.initializer)
            assert session.run(element) == 0
        assert len(prefetch_threads()) <= 2
    wait_for_none()


def test_prefetching_hands_errors_on_in_their_place():
    dataset = Dataset.from_tensor_slices([1, 0, 2]).map(lambda x: 8 // x).prefetch(2)
    element = dataset.make_one_shot_iterator().get_next()
    with tf.Session() as session:
        assert session.run(element) == 8
        with pytest.raises(tf.errors.InvalidArgumentError, match="division by zero"):
            session.run(element)
        assert session.run(element) == 4


@pytest.mark.parametrize(
    "function, plain",
    [
        (lambda x: tf.cast(x, tf.float32) / 255.0, lambda x: x.astype(np.float32) / np.float32(255)),
        (lambda x: tf.reshape(x, [2, 2]) * [[1, 2]], lambda x: x.reshape(-1, 2, 2) * [[1, 2]]),
        (lambda x: tf.one_hot(x, 3), lambda x: np.eye(3, dtype=np.float32)[x]),
        (lambda x: tf.expand_dims(x, 0) - [[5], [6]], lambda x: x[:, None] - np.array([[5], [6]])),
    ],
)
def test_rows_at_once_give_the_same(function, plain):
    x = np.arange(28).reshape(7, 4).astype(np.int32) % 3
    dataset = Dataset.from_tensor_slices(x).map(function)
    assert dataset_bodies.in_rows(dataset._variant_tensor.op.attrs["f"], ()) is not None
    whole = plain(x)
    np.testing.assert_array_equal(np.concatenate(drawn(dataset.batch(3))), whole)
    np.testing.assert_array_equal(drawn(dataset), whole)
    np.testing.assert_array_equal(np.concatenate(drawn(dataset.repeat(2).batch(5))), np.concatenate([whole, whole]))


@pytest.mark.parametrize(
    "function", [lambda x: tf.random_uniform([]), lambda x: 8 // x, lambda x: tf.py_func(abs, [x], tf.int32), tf.exp]
)
def test_rows_are_taken_one_by_one_where_that_may_differ(function):
    dataset = Dataset.from_tensor_slices(np.ones(3, np.int32 if function is not tf.exp else np.float32)).map(function)
    assert dataset_bodies.in_rows(dataset._variant_tensor.op.attrs["f"], ()) is None


def test_shuffled_rows_are_gathered_in_the_order_of_single_ones():
    x = np.arange(40).reshape(20, 2)
    shuffled = Dataset.from_tensor_slices(x).shuffle(7, seed=3)
    np.testing.assert_array_equal(np.concatenate(drawn(shuffled.batch(6))), drawn(shuffled))


def test_nobody_can_write_into_a_dataset():
    x = np.zeros((2, 3), np.float32)
    first, second = (drawn(Dataset.from_tensors(x).repeat(2))[i] for i in (0, 1))
    first += 1
    assert second.sum() == 0


def test_elements_reach_a_compiled_step():
    x, y = (
        Dataset.from_tensor_slices((np.eye(4, dtype=np.float32), np.arange(4)))
        .batch(2)
        .make_one_shot_iterator()
        .get_next()
    )
    total = tf.reduce_sum(tf.matmul(x, tf.ones([4, 1])) * tf.cast(y, tf.float32)[:, None])
    with tf.Session() as session:
        assert [session.run(total) for _ in range(2)] == [1.0, 5.0]


def test_python_functions_run_once_an_element():
    calls = []
    dataset = Dataset.range(4).map(lambda x: tf.py_func(lambda v: calls.append(int(v)) or v, [x], tf.int64))
    assert drawn(dataset) == [0, 1, 2, 3]
    assert calls == [0, 1, 2, 3]


def test_functions_have_names_and_counts_of_their_own():
    before = tf.get_default_graph()._last_id
    Dataset.range(3).map(lambda x: tf.add(x, 1, name="mine"))
    assert tf.get_default_graph()._last_id == before + 5
    assert tf.add(1, 2, name="mine").op.name == "mine"


def test_options():
    options = tf.data.Options()
    options.experimental_deterministic = True
    assert Dataset.range(3).with_options(options).map(lambda x: x).options().experimental_deterministic is True
    with pytest.raises(AttributeError, match="unknown"):
        options.unknown = 1
    with pytest.raises(TypeError, match="must be of type bool"):
        options.experimental_slack = 3


@pytest.mark.parametrize(
    "make, kind, text",
    [
        (lambda: Dataset.zip([Dataset.range(2)]), TypeError, "use a tuple instead"),
        (lambda: Dataset.range(2).concatenate(Dataset.from_tensors("a")), TypeError, "different types"),
        (lambda: Dataset.from_tensor_slices(3), ValueError, "scalar"),
        (lambda: Dataset.from_tensor_slices((np.zeros(2), np.zeros(3))), ValueError, "not compatible"),
        (lambda: Dataset.range(2).flat_map(lambda x: x), TypeError, "must return a `Dataset`"),
        (lambda: Dataset.range(2).filter(lambda x: x), ValueError, "scalar boolean"),
        (lambda: Dataset.range(2).map(lambda x: None), TypeError, "Unsupported return value"),
        (lambda: Dataset.range(2).apply(lambda d: 3), TypeError, "must return a Dataset"),
        (lambda: Dataset.range(), ValueError, "Invalid arguments"),
        (lambda: Dataset.from_generator(3, tf.int32), TypeError, "callable"),
        (lambda: iter(Dataset.range(2)), RuntimeError, "eager"),
        (lambda: Dataset.range(2).unbatch(), ValueError, "scalar components"),
        (lambda: Dataset.range(2).padded_batch(2, [3]), ValueError, "not compatible"),
        (lambda: Dataset.range(2).make_one_shot_iterator().initializer, ValueError, "does not have an initializer"),
        (lambda: Dataset.range(2).reduce(0, lambda s, x: x), TypeError, "must match the initial state"),
    ],
)
def test_errors_while_the_graph_is_built(make, kind, text):
    with pytest.raises(kind, match=text):
        make()


def test_a_handle_of_another_session():
    handle = tf.placeholder(tf.string, [])
    made = Dataset.range(3).make_initializable_iterator()
    element = tf.data.Iterator.from_string_handle(handle, tf.int64, []).get_next()
    with tf.Session() as session:
        with pytest.raises(tf.errors.NotFoundError, match="string_handle"):
            session.run(element, {handle: "nothing"})
        name = session.run(made.string_handle())
        with pytest.raises(tf.errors.FailedPreconditionError, match="has not been initialized"):
            session.run(element, {handle: name})


def test_other_shapes_than_promised():
    iterator = tf.data.Iterator.from_structure(tf.int64, [2])
    start = iterator.make_initializer(Dataset.range(4).batch(3))
    element = iterator.get_next()
    with tf.Session() as session:
        session.run(start)
        with pytest.raises(tf.errors.InvalidArgumentError, match="expected"):
            session.run(element)


@pytest.mark.parametrize("drop", [False, True])
@pytest.mark.parametrize("size", [1, 4, 7, 23, 50])
def test_batches_of_chunks_are_those_of_single_elements(size, drop):
    rows = np.arange(23 * 700, dtype=np.float32).reshape(23, 700)  # a few batches fill what is made at once
    data = Dataset.from_tensor_slices((rows, np.arange(23))).map(lambda x, i: (x * 2.0, i + 1)).repeat(3)
    found = drawn(data.batch(size, drop_remainder=drop))
    numbers = list(range(23)) * 3
    wanted = [numbers[at : at + size] for at in range(0, len(numbers), size)]
    wanted = [w for w in wanted if len(w) == size or not drop]
    assert [(f[1] - 1).tolist() for f in found] == wanted
    for (x, _), which in zip(found, wanted):
        np.testing.assert_array_equal(x, 2 * rows[which])


def test_shuffling_goes_on_behind_elements_that_fail():
    data = Dataset.range(6).map(lambda i: tf.py_func(lambda v: 12 // (v - 2), [i], tf.int64)).shuffle(3, seed=1)
    element = data.make_one_shot_iterator().get_next()
    found, failed = [], 0
    with tf.Session() as session:
        for _ in range(6):
            try:
                found.append(int(session.run(element)))
            except tf.errors.OpError:
                failed += 1
        with pytest.raises(tf.errors.OutOfRangeError):
            session.run(element)
    assert failed == 1 and sorted(found) == sorted(12 // (v - 2) for v in (0, 1, 3, 4, 5))


def test_a_function_with_host_operations_runs_as_one_step():
    texts = np.array([bytes([i, i + 1]) for i in range(4)], object)
    data = Dataset.from_tensor_slices(texts).map(lambda t: tf.cast(tf.decode_raw(t, tf.uint8), tf.float32) / 4.0)
    element = data.make_one_shot_iterator().get_next()
    with tf.Session() as session:
        found = [session.run(element) for _ in range(4)]
        plans = [p for key, p in session._store.resources.items() if getattr(key[0], "takes_elements", False)]
        assert [[s.is_host for s in plan.steps] for plan in plans] == [
            [True]
        ] * 2  # the function, and what makes the dataset
    np.testing.assert_array_equal(found, [[i / 4, (i + 1) / 4] for i in range(4)])


def test_elements_made_ahead_start_where_programs_can_take_them():
    rows = np.zeros((4, 3, 1000), np.float32)
    element = Dataset.from_tensor_slices(rows).prefetch(2).make_initializable_iterator()
    with tf.Session() as session:
        session.run(element.initializer)
        [owned] = [r.value for r in session._store.resources.values() if hasattr(r, "value")]
        places = [owned.next(None)[0].ctypes.data % 64 for _ in range(4)]
    assert places == [0] * 4
