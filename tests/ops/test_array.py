"""Arrays where the oracle says nothing: the text of failing guards, slices in loops, conversions, depth of the graph."""

import numpy as np
import pytest

import graphflow as tf
from graphflow._graph import static_value

ROWS = np.arange(12.0, dtype=np.float32).reshape(4, 3)


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def fed(value):
    """A tensor whose value only a run knows."""
    return tf.placeholder_with_default(np.array(value, np.int32), np.shape(value))


def run(fetches, feeds=None):
    with tf.Session() as session:
        return session.run(fetches, feeds)


GUARDS = {
    "indices[1,0] = 7 is not in [0, 4)": lambda: tf.gather(ROWS, fed([[0, 1], [7, 0]])),
    "indices = -1 is not in [0, 4)": lambda: tf.gather(ROWS, fed(-1)),
    "indices[2] = 3 is not in [0, 3)": lambda: tf.gather(ROWS, fed([0, 1, 3]), axis=1),
    "indices[1] = [1, 5] does not index into param shape [4,3]": lambda: tf.gather_nd(ROWS, fed([[0, 0], [1, 5]])),
    "indices[0] = [7] does not index into shape [4]": lambda: tf.scatter_nd(fed([[7]]), [1.0], [4]),
    "slice index 7 of dimension 0 out of bounds.": lambda: tf.constant(ROWS)[fed(7)],
    "Expected begin[0] in [0, 3], but got 4": lambda: tf.slice(ROWS, fed([4, 0]) * 1, [1, 3]),
    "segment ids are not increasing": lambda: tf.segment_sum(ROWS, fed([0, 2, 1, 2])),
    "segment_ids[1] = 5 is out of range [0, 3)": lambda: tf.unsorted_segment_sum(ROWS, fed([0, 5, 1, 0]), 3),
    "partitions[3] = -1 is not in [0, 2)": lambda: tf.dynamic_partition(ROWS, fed([0, 1, 1, -1]), 2),
    "5 is not between 0 and 3": lambda: tf.invert_permutation(fed([0, 5, 1])),
    "1 is duplicated in the input.": lambda: tf.invert_permutation(fed([1, 0, 1])),
    "seq_lens(1) > input.dims(1)": lambda: tf.reverse_sequence(ROWS, fed([1, 9, 2, 0]), 1, 0),
    "seq_lens(2) < 0": lambda: tf.reverse_sequence(ROWS, fed([1, 2, -1, 0]), 1, 0),
}


@pytest.mark.parametrize("text", GUARDS)
def test_a_value_out_of_range_is_named(text):
    bad = tf.identity(GUARDS[text](), name="result") if "partitions" not in text else GUARDS[text]()
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        run(bad)
    assert text in str(caught.value)
    assert "test_array.py" in str(caught.value)


def test_an_index_in_range_passes_after_one_that_was_not():
    index = tf.placeholder(tf.int32, [None])
    rows = tf.gather(ROWS, index)
    with tf.Session() as session:
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"indices\[0\] = 4"):
            session.run(rows, {index: [4]})
        np.testing.assert_array_equal(session.run(rows, {index: [3, 0]}), ROWS[[3, 0]])


def test_blocks_at_places_that_a_loop_counts():
    x = tf.placeholder(tf.float32, [4, 3])

    def step(i, total):
        window = x[i : i + 2]
        block = tf.slice(x, [i, 1], [1, 2])
        entry = x[i, ..., tf.newaxis, 1]
        return i + 1, total + tf.reduce_sum(window * window) + tf.reduce_sum(block) * tf.reduce_sum(entry)

    _, total = tf.while_loop(lambda i, _: i < 3, step, [0, 0.0])
    (gradient,) = tf.gradients(total, x)
    expected = sum((ROWS[i : i + 2] ** 2).sum() + ROWS[i, 1:].sum() * ROWS[i, 1] for i in range(3))
    slope = np.zeros_like(ROWS)
    for i in range(3):
        slope[i : i + 2] += 2 * ROWS[i : i + 2]
        slope[i, 1:] += ROWS[i, 1]
        slope[i, 1] += ROWS[i, 1:].sum()
    found = run([total, gradient], {x: ROWS})
    np.testing.assert_allclose(found[0], expected, rtol=1e-6)
    np.testing.assert_allclose(found[1], slope, rtol=1e-6)


def test_a_window_of_a_loop_that_leaves_the_array_is_an_error():
    x = tf.placeholder(tf.float32, [4, 3])
    _, total = tf.while_loop(lambda i, _: i < 4, lambda i, t: (i + 1, t + tf.reduce_sum(x[i : i + 2])), [0, 0.0])
    with pytest.raises(tf.errors.InvalidArgumentError, match="2 entries reaches beyond an axis of size 4"):
        run(total, {x: ROWS})


def test_one_program_serves_all_indices():
    x, i = tf.placeholder(tf.float32, [4, 3]), tf.placeholder(tf.int32, [])
    row, block = x[i], tf.slice(x, [i, 0], [1, -1])
    with tf.Session() as session:
        for at in range(4):
            found = session.run([row, block], {x: ROWS, i: at})
            np.testing.assert_array_equal(found[0], ROWS[at])
            np.testing.assert_array_equal(found[1], ROWS[at : at + 1])


def test_only_slices_of_variables_can_be_assigned():
    part = tf.constant(ROWS)[1]
    assert not hasattr(part, "assign")
    with pytest.raises(AttributeError, match="only variables can be assigned"):
        part.assign([1.0, 2.0, 3.0])


def test_rows_without_a_whole_shape_stay_rows():
    rows = tf.IndexedSlices(tf.constant([[1.0]]), tf.constant([0]))
    with pytest.raises(ValueError, match="IndexedSlices without dense_shape"):
        tf.convert_to_tensor(rows)


def test_rows_named_twice_add_up():
    rows = tf.IndexedSlices(tf.constant([[1.0], [2.0], [4.0]]), tf.constant([2, 0, 2]), tf.constant([3, 1]))
    np.testing.assert_array_equal(run(tf.convert_to_tensor(rows)), [[2.0], [0.0], [5.0]])


def test_the_gradient_of_prevented_ones_is_refused():
    x = tf.placeholder(tf.float32, [])
    y = tf.raw_ops.PreventGradient(input=x, message="not here")
    with pytest.raises(LookupError, match="not here"):
        tf.gradients(y, x)


def test_a_list_of_two_types_names_the_item():
    with pytest.raises(TypeError, match="Expected int32, got 1.5"):
        tf.convert_to_tensor([tf.constant(1), 1.5])


def test_a_value_behind_a_long_chain_is_found():
    size = tf.constant(0)
    for _ in range(5000):
        size = size + 1
    assert static_value.known_int(size) == 5000
    assert tf.zeros([size]).shape == [5000]


def test_a_value_becomes_known_when_its_shape_does():
    x = tf.placeholder(tf.float32, [None, 3])
    count = tf.shape(x)[0] * 2
    assert static_value.known_int(count) is None
    x.set_shape([4, 3])
    assert static_value.known_int(count) == 8


def test_each_output_has_a_value_of_its_own():
    kept, places = tf.setdiff1d([5, 6, 7], [6])
    np.testing.assert_array_equal(static_value.constant_value(kept), [5, 7])
    np.testing.assert_array_equal(static_value.constant_value(places), [0, 2])
