"""Meta graphs that come back, and names by which their parts are asked for."""

import numpy as np
import pytest

import graphflow as tf


def test_a_branch_beside_a_variable_comes_back():
    weight = tf.get_variable("weight", [2], initializer=tf.ones_initializer())
    average = tf.train.ExponentialMovingAverage(0.5)
    update = average.apply([weight])  # the average starts in a branch whose nodes lie beside the variable
    exported = tf.train.export_meta_graph()
    tf.reset_default_graph()
    tf.train.import_meta_graph(exported)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(update.name, {"weight/read:0": [3.0, 5.0]})
        np.testing.assert_allclose(session.run("weight/ExponentialMovingAverage:0"), [2.0, 3.0])


def test_the_name_of_an_operation_is_no_tensor():
    with pytest.raises(ValueError, match="looks like an .invalid. Operation name, not a Tensor"):
        tf.get_default_graph().get_tensor_by_name("nowhere")
    with pytest.raises(KeyError, match="refers to an Operation not in the graph"):
        tf.get_default_graph().get_operation_by_name("nowhere")
