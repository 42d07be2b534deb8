"""Scripts reach into TensorFlow by private paths: each leads to the function that graphflow has under its public name."""

import pytest

import graphflow as tf
from graphflow._launcher import check, imports

PATHS = {
    "tensorflow.python.ops.array_ops.squeeze": lambda: tf.squeeze,
    "tensorflow.python.ops.rnn.dynamic_rnn": lambda: tf.nn.dynamic_rnn,
    "tensorflow.python.ops.rnn_cell": lambda: tf.nn.rnn_cell,
    "tensorflow.python.ops.embedding_ops.embedding_lookup": lambda: tf.nn.embedding_lookup,
    "tensorflow.python.ops.variables.global_variables": lambda: tf.global_variables,
    "tensorflow.python.training.saver.Saver": lambda: tf.train.Saver,
    "tensorflow.python.layers.core.Dense": lambda: tf.layers.Dense,
    "tensorflow.python.framework.tensor_util.constant_value": lambda: tf.contrib.util.constant_value,
    "tensorflow.core.protobuf.saver_pb2.SaverDef": lambda: tf.train.SaverDef,
    "tensorflow.core.framework.graph_pb2.GraphDef": lambda: tf.GraphDef,
    "tensorflow.nn.rnn": lambda: tf.nn.static_rnn,
    "tensorflow.train.SummaryWriter": lambda: tf.summary.FileWriter,
    "tensorflow.mul": lambda: tf.multiply,
}


@pytest.mark.parametrize("path", PATHS)
def test_a_path_leads_to_the_public_function(path):
    assert imports.target(path) is PATHS[path]()


@pytest.mark.parametrize(
    "path", ["tensorflow.python.ops.nowhere.nothing", "tensorflow.nowhere", "tensorflow.nn.nothing"]
)
def test_a_path_to_nothing_leads_nowhere(path):
    assert imports.target(path) is None


def test_devices_of_the_client():
    (first, *_) = imports.target("tensorflow.python.client.device_lib").list_local_devices()
    assert (first.name, first.device_type) == ("/device:CPU:0", "CPU")


def test_the_checker_knows_them():
    assert check.check("from tensorflow.core.protobuf import saver_pb2\nsaver_pb2.SaverDef\n") == []
    found = check.check("from tensorflow.core.protobuf import saver_pb2\nsaver_pb2.Nothing\n")
    assert [m.name for m in found] == ["tensorflow.core.protobuf.saver_pb2.Nothing"]
