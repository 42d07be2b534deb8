"""What RaggedTensors refuse, and in which words; their values are in the oracle's cases."""

import numpy as np
import pytest

import graphflow as tf


def test_a_function_of_tensors_says_how_to_get_one():
    with pytest.raises(TypeError, match=r"rows differ in length.*to_tensor\(\).*map_flat_values"):
        tf.matmul(tf.ragged.constant([[1.0], [2.0, 3.0]]), [[1.0]])


def test_an_element_of_each_row_is_no_slice():
    with pytest.raises(ValueError, match="some rows may not have that element"):
        tf.ragged.constant([[1], [2, 3]])[:, 0]


def test_a_ragged_tensor_has_no_truth_value():
    with pytest.raises(TypeError, match="boolean"):
        bool(tf.ragged.constant([[1]]))


def test_rows_out_of_range_are_named():
    row = tf.placeholder_with_default([5], [1])
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError, match=r"5 is not in \[0, 2\)"):
        session.run(tf.gather(tf.ragged.constant([[1], [2, 3]]), row).flat_values)


def test_ranges_need_a_step():
    step = tf.placeholder_with_default([0], [1])
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError, match="delta != 0"):
        session.run(tf.ragged.range([3], [5], step).flat_values)


def test_values_that_are_not_ragged_stay_themselves():
    one = tf.add(tf.constant(1), 2)
    assert type(one) is tf.Tensor
    with pytest.raises(TypeError):  # nothing ragged: the error of the function itself
        tf.add(tf.constant(1), "a")


def test_boxes_of_another_rank_are_refused():
    box = tf.data.Dataset.from_tensors(tf.ragged.constant([[[1]]]))
    iterator = tf.data.make_one_shot_iterator(box)
    wrong = tf.raw_ops.RaggedTensorFromVariant(
        encoded_ragged=tf.raw_ops.IteratorGetNext(
            iterator=iterator._iterator_resource, output_types=[tf.variant], output_shapes=[None]
        )[0],
        input_ragged_rank=1, output_ragged_rank=1, Tvalues=tf.int32, Tsplits=tf.int64,
    )  # fmt: skip
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError, match="ragged_rank=2. Expected: 1"):
        session.run(wrong)


def test_a_value_needs_splits_that_are_numbers():
    with pytest.raises(TypeError, match="int32 or int64"):
        tf.ragged.RaggedTensorValue(np.array([1, 2]), np.array([0.0, 2.0]))
