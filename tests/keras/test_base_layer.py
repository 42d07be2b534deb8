"""Layers: what they say when something is wrong, and what they note of their calls."""

import numpy as np
import pytest

import graphflow as tf
from graphflow_keras import backend as K
from graphflow_keras.engine.base_layer import InputSpec, Layer
from graphflow_keras.layers import Activation, Dense, Embedding, Flatten, Input, InputLayer


def test_an_array_is_refused_with_the_cure():
    with pytest.raises(
        ValueError, match=r"(?s)dense_1 was called with .*isn't a symbolic tensor.*ndarray.*K\.constant"
    ):
        Dense(2)(np.zeros((2, 3)))


def test_a_wrong_rank_names_input_layer_and_ranks():
    layer = Layer(name="picky")
    layer.input_spec = InputSpec(ndim=3)
    with pytest.raises(ValueError, match="Input 0 is incompatible with layer picky: expected ndim=3, found ndim=2"):
        layer(Input((4,)))


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (InputSpec(max_ndim=1), "expected max_ndim=1, found ndim=2"),
        (InputSpec(min_ndim=3), "expected min_ndim=3, found ndim=2"),
        (InputSpec(dtype="int32"), "expected dtype=int32, found dtype=float32"),
        (InputSpec(axes={-1: 5}), r"expected axis -1 of input shape to have value 5 but got shape \(None, 4\)"),
        (InputSpec(shape=(None, 5)), r"expected shape=\(None, 5\), found shape=\(None, 4\)"),
    ],
)
def test_each_part_of_a_spec_is_checked(spec, message):
    layer = Layer()
    layer.input_spec = [spec]
    with pytest.raises(ValueError, match=message):
        layer(Input((4,)))


def test_the_number_of_inputs_is_checked():
    layer = Layer(name="pair")
    layer.input_spec = [InputSpec(ndim=2), None]
    assert len(layer([Input((4,)), Input((3, 3))])) == 2
    with pytest.raises(ValueError, match="pair expects 2 inputs, but it received 1"):
        layer(Input((4,)))


def test_an_unknown_keyword_is_told_with_those_that_are_known():
    with pytest.raises(TypeError, match="not understood: 'colour' given to Layer; every layer takes batch_input_shape"):
        Layer(colour="red")


def test_attributes_of_a_layer_without_calls():
    layer = Dense(2, name="d")
    for attribute in ("input", "output", "input_mask", "output_mask", "input_shape", "output_shape"):
        with pytest.raises(AttributeError, match="d "):
            getattr(layer, attribute)
    with pytest.raises(RuntimeError, match=r"d, but the layer isn't built.*d\.build\(batch_input_shape\)"):
        layer.count_params()
    with pytest.raises(RuntimeError, match="never been called"):
        layer.get_input_at(0)


def test_attributes_of_a_layer_with_several_calls():
    layer = Activation("relu", name="r")
    layer(Input((3,)))
    layer(Input((3,)))
    assert layer.input_shape == layer.output_shape == (None, 3)
    with pytest.raises(AttributeError, match=r"get_output_at\(node_index\)"):
        layer.output  # noqa: B018
    layer(Input((4,)))
    with pytest.raises(AttributeError, match=r"get_output_shape_at\(node_index\)"):
        layer.output_shape  # noqa: B018
    assert layer.get_output_shape_at(2) == (None, 4)
    with pytest.raises(ValueError, match="output at node 3, but the layer r has only 3"):
        layer.get_output_at(3)


def test_weights_of_a_wrong_number_or_shape():
    layer = Dense(2, name="d")
    layer(Input((3,)))
    with pytest.raises(ValueError, match=r"list of 1 arrays, but the layer has 2 weights: \[\(3, 2\), \(2,\)\]"):
        layer.set_weights([np.zeros((3, 2))])
    with pytest.raises(ValueError, match=r"\(3, 2\) of d/kernel:0 .* not compatible .* \(2, 3\)"):
        layer.set_weights([np.zeros((2, 3)), np.zeros(2)])


def test_a_mask_that_is_not_supported():
    with pytest.raises(TypeError, match="Layer flat does not support masking.*supports_masking"):
        Flatten(name="flat")(Embedding(3, 2, mask_zero=True)(Input((4,))))


def test_inputs_handed_through_get_a_history_of_their_own():
    x = Input((3,))
    y = Layer(name="same")(x)
    assert y is not x and x._keras_history[0].name == "input_1" and y._keras_history[0].name == "same"


def test_a_list_that_grows_later_leaves_the_node_alone():
    class Pick(Layer):
        def call(self, inputs):
            return inputs[0] + 0.0

        def compute_output_shape(self, input_shape):
            return input_shape[0]

    inputs = [Input((2,)), Input((2,))]
    layer = Pick()
    layer(inputs)
    inputs.append(Input((2,)))
    assert len(layer._inbound_nodes[0].input_tensors) == 2


def test_a_call_may_return_a_tuple():
    class Halves(Layer):
        def call(self, x):
            return x[:, :1], x[:, 1:]

        def compute_output_shape(self, shape):
            return [(shape[0], 1), (shape[0], shape[1] - 1)]

    left, right = Halves()(Input((3,)))
    assert (left._keras_shape, right._keras_shape) == ((None, 1), (None, 2))


def test_a_tensor_of_unknown_rank_goes_through():
    x = tf.placeholder(tf.float32)
    y = Activation("relu")(x)
    assert y._keras_shape is None
    with pytest.raises(ValueError, match="found ndim=None"):
        Layer.__call__(_with_spec(ndim=2), x)


def _with_spec(**spec):
    layer = Layer()
    layer.input_spec = InputSpec(**spec)
    return layer


def test_a_weight_without_an_initializer_is_uniform_after_glorot():
    layer = Layer()
    kernel = layer.add_weight("kernel", (100, 100))
    values = K.get_value(kernel)
    assert 0.9 < np.abs(values).max() / np.sqrt(6 / 200) <= 1.0


@pytest.mark.parametrize("name", ["my layer", "größe", 3])
def test_a_name_that_no_scope_can_have(name):
    layer = Dense(2, name=name)
    with pytest.raises(ValueError, match=f"{name!r} is not a valid scope name.*letters, digits"):
        layer(Input((3,)))


def test_a_bare_number_is_no_shape():
    for make in (lambda: Dense(2, input_shape=3), lambda: InputLayer(input_shape=3)):
        with pytest.raises(TypeError, match=r"`input_shape` is a tuple of sizes, got 3: write `input_shape=\(3,\)`"):
            make()
    with pytest.raises(TypeError, match=r"`shape=\(3,\)`"):
        Input(3)


def test_input_needs_a_shape():
    with pytest.raises(ValueError, match=r"shape.*batch_shape.*Input\(shape=\(784,\)\)"):
        Input()
    with pytest.raises(ValueError, match="needs a shape"):
        InputLayer()
    with pytest.raises(ValueError, match="does not tell its own"):
        InputLayer(input_tensor=tf.placeholder(tf.float32))


def test_old_argument_names_are_taken_with_a_warning():
    with pytest.warns(UserWarning, match="dtype"):
        layer = InputLayer(input_shape=(2,), input_dtype="int32")
    assert layer.dtype == "int32"


def test_names_of_tf_keras():
    layer = Dense(2, name="d")
    layer(Input((3,)))
    assert layer.variables == layer.weights and layer.trainable_variables == layer.trainable_weights
    assert layer.non_trainable_variables == [] and layer.add_variable("more", (1,)).shape.as_list() == [1]

    class Own(Layer):
        def __init__(self):
            super().__init__()
            self.variables = "mine"

    assert Own().variables == "mine"


def test_shapes_and_dtypes_may_be_objects_of_tensorflow():
    class Project(Layer):
        def build(self, input_shape):
            self.kernel = self.add_weight("kernel", tf.TensorShape((input_shape[1], 2)), dtype=tf.float64)

        def call(self, x):
            return tf.matmul(x, self.kernel)

        def compute_output_shape(self, input_shape):
            return tf.TensorShape(input_shape[:-1] + (2,))

    x = Input((3,), dtype=tf.float64)
    y = Project()(x)
    assert y._keras_shape == (None, 2) and K.dtype(y) == "float64"
    assert x._keras_history[0].get_config()["dtype"] == "float64"
    assert Dense(2, input_shape=(3,), dtype=np.float32).get_config()["dtype"] == "float32"
