import pytest

import graphflow as tf


def test_v1_is_the_package_itself():
    assert tf.compat.v1 is tf
    assert tf.compat.v1.train.AdamOptimizer is tf.train.AdamOptimizer


def test_v2_says_what_to_use():
    with pytest.raises(AttributeError, match=r"use tf\.compat\.v1"):
        tf.compat.v2.zeros([2])
    assert not hasattr(tf.compat, "v3")


def test_dimensions():
    assert tf.compat.dimension_value(tf.compat.dimension_at_index(tf.TensorShape([2, None]), 0)) == 2
    assert tf.compat.dimension_value(tf.compat.dimension_at_index(tf.TensorShape(None), 1)) is None
