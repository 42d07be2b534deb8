"""Scripts reach into TensorFlow by private paths: each leads to the function that graphflow has under its public name."""

import pytest

import graphflow as tf
from graphflow._launcher import check, homes, imports

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
    "tensorflow.python.ops.gradients_impl.gradients": lambda: tf.gradients,
    "tensorflow.python.ops.image_ops_impl.resize_image_with_pad_v1": lambda: tf.image.resize_image_with_pad,
    "tensorflow.python.ops.array_ops.expand_dims_v2": lambda: tf.expand_dims,
    "tensorflow.python.training.adam.AdamOptimizer": lambda: tf.train.AdamOptimizer,
    "tensorflow.contrib.layers.python.layers.layers.batch_norm": lambda: tf.contrib.layers.batch_norm,
    "tensorflow.contrib.rnn.python.ops.rnn_cell.LayerNormBasicLSTMCell": lambda: tf.contrib.rnn.LayerNormBasicLSTMCell,
    "tensorflow_core.python.ops.math_ops.reduce_mean": lambda: tf.reduce_mean,
    "tensorflow_estimator.python.estimator.estimator.Estimator": lambda: tf.estimator.Estimator,
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


def test_functions_of_the_second_api_take_its_positions():
    shape = imports.target("tensorflow.python.ops.array_ops.shape_v2")([[1.0, 2.0]], tf.int64)
    assert shape.dtype == tf.int64


def test_star_imports_take_what_the_file_had():
    names = {}
    finder = imports.install()
    try:
        exec("from tensorflow.python.ops.rnn_cell_impl import *", names)
        exec("from tensorflow.python.ops.array_ops import *", names)
    finally:
        imports.remove(finder)
    assert names["RNNCell"] is tf.nn.rnn_cell.RNNCell
    assert names["math_ops"].matmul is tf.matmul
    assert names["zeros"] is tf.zeros
    assert "abs" not in names  # not all of TensorFlow: Python's own functions stay


@pytest.mark.parametrize(
    "line, words",
    [
        ("from tensorflow.python.ops.nn_impl import _zzz_nothing", "public functions of its module are in tf"),
        ("from tensorflow.python.ops.array_ops import squeze", "public names near it: tf.squeeze"),
        ("from tensorflow.python.ops.gen_nn_ops import relu_of_nothing", "no operation type"),
        ("import tensorflow.contrib.coder", "range coding"),
        ("from tensorflow.contrib import tensorrt", "XLA"),
    ],
)
def test_what_is_not_here_is_refused_with_the_alternative(line, words):
    finder = imports.install()
    try:
        with pytest.raises(ImportError, match=words):
            exec(line, {})
    finally:
        imports.remove(finder)


def test_every_inner_name_of_the_table_leads_somewhere():
    modules = ["tensorflow." + line.split()[0] for line in homes._TABLES[1].read_text().splitlines()]
    paths = [f"{m}.{name}" for m in modules for name, path in homes.home(m).names.items() if path.startswith("_")]
    assert len(paths) > 80
    assert [path for path in paths if imports.target(path) is None] == []


def test_devices_of_the_client():
    (first, *_) = imports.target("tensorflow.python.client.device_lib").list_local_devices()
    assert (first.name, first.device_type) == ("/device:CPU:0", "CPU")


def test_the_checker_knows_them():
    assert check.check("from tensorflow.core.protobuf import saver_pb2\nsaver_pb2.SaverDef\n") == []
    found = check.check("from tensorflow.core.protobuf import saver_pb2\nsaver_pb2.Nothing\n")
    assert [m.name for m in found] == ["tensorflow.core.protobuf.saver_pb2.Nothing"]


def test_the_debugger_is_a_session_that_runs_as_it_is():
    debug = imports.Facade("tensorflow.python.debug", imports.target("tensorflow.python.debug"))
    with tf.Graph().as_default(), debug.LocalCLIDebugWrapperSession(tf.Session()) as session:
        session.add_tensor_filter("has_inf_or_nan", debug.has_inf_or_nan)
        assert session.run(tf.constant(3) + 4) == 7
    assert debug.has_inf_or_nan(None, [1.0, float("nan")])
    assert not debug.has_inf_or_nan(None, ["text"])


@pytest.mark.parametrize("name, words", [("gan", "optimizer for each network"), ("coder", "range coding")])
def test_a_part_of_contrib_that_is_not_here_names_the_alternative(name, words):
    contrib = imports.Facade("tensorflow.contrib", imports.target("tensorflow.contrib"))
    with pytest.raises(AttributeError, match=words):
        getattr(contrib, name)
    with pytest.raises(AttributeError, match=words):
        getattr(tf.contrib, name)
