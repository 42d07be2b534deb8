"""Tensors as Python objects."""

import graphflow as tf


def test_a_tensor_keeps_what_libraries_hang_on_it():
    x = tf.constant([1.0, 2.0])
    x.scope, x.W = "layer", tf.Variable(1.0)
    assert x.op.outputs[0].scope == "layer" and x.W.shape == ()
