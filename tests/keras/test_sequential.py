"""Chains of layers."""

import numpy as np
import pytest

from graphflow_keras import backend as K
from graphflow_keras.layers import LSTM, Activation, Dense, Flatten, Input, InputLayer
from graphflow_keras.models import Model, Sequential
from graphflow_keras.utils import layer_utils


def test_only_layers_can_be_added():
    with pytest.raises(TypeError, match=r"instance of class Layer. Found: <function relu.*Lambda\(f\)"):
        Sequential().add(K.relu)
    with pytest.raises(TypeError, match=r"make one: `Dense\(\.\.\.\)`"):
        Sequential().add(Dense)


def test_an_empty_model_cannot_begin():
    with pytest.raises(ValueError, match="empty model"):
        Sequential().add(Sequential())


def test_several_outputs_are_refused():
    model = Sequential([Dense(4, input_shape=(2, 3))])
    with pytest.raises(TypeError, match="layer states has several.*functional API"):
        model.add(LSTM(2, return_state=True, name="states"))
    with pytest.raises(ValueError, match="layer first has several"):
        Sequential([LSTM(2, return_state=True, name="first", input_shape=(2, 3))])


def test_the_shape_may_come_late():
    model = Sequential([Dense(3), Dense(2)], name="late")
    assert not model.built and model.inputs is None and len(model.layers) == 2
    model.build((None, 4))
    assert model.output_shape == (None, 2) and model.input_names == ["late_input"]
    again = Sequential.from_config(model.get_config())
    assert again.built and again.input_shape == (None, 4)


def test_the_input_layer_is_not_listed():
    model = Sequential([InputLayer(input_shape=(3,)), Dense(2)])
    assert [type(layer) for layer in model.layers] == [Dense]
    assert len(Sequential([Dense(2, input_shape=(3,))]).layers) == 1


def test_the_last_layer_comes_off():
    model = Sequential([Dense(3, input_shape=(2,)), Dense(4)])
    model.pop()
    assert model.output_shape == (None, 3) and model.layers[-1]._outbound_nodes == []
    model.add(Dense(5))
    assert model.output_shape == (None, 5)
    model.pop()
    model.pop()
    with pytest.raises(TypeError, match="no layers"):
        model.pop()


def test_model_in_model():
    inner = Sequential([Activation("relu", input_shape=(3,))], name="inner")
    model = Sequential([inner, Dense(2)])
    assert model.layers[0] is inner and model.input_names == ["inner_input"]
    x = Input((3,))
    assert Model(x, model(x)).output_shape == (None, 2)


def test_the_old_attribute_warns():
    model = Sequential([Dense(2, input_shape=(3,))])
    with pytest.warns(UserWarning, match="deprecated"):
        assert model.model is model


def test_classes_and_probabilities():
    model = Sequential([Activation("linear", input_shape=(2,))])
    scores = np.array([[0.1, 0.9], [0.8, 0.2]], np.float32)
    assert model.predict_classes(scores).tolist() == [1, 0]
    np.testing.assert_array_equal(model.predict_proba(scores), scores)
    with pytest.warns(UserWarning, match="invalid probability"):
        model.predict_proba(scores * 2)
    one = Sequential([Activation("linear", input_shape=(1,))])
    classes = one.predict_classes(np.array([[0.2], [0.7]], np.float32))
    assert classes.tolist() == [[0], [1]] and classes.dtype == np.int32


def test_dense_kernels_follow_the_data_format():
    model = Sequential([Flatten(input_shape=(2, 3, 4)), Dense(5)])
    pictures = np.random.RandomState(0).rand(2, 2, 3, 4).astype(np.float32)
    wanted = model.predict(pictures)
    layer_utils.convert_dense_weights_data_format(model.layers[1], (4, 2, 3), "channels_first")
    first = Sequential([Flatten(input_shape=(4, 2, 3)), Dense(5, weights=model.layers[1].get_weights())])
    np.testing.assert_allclose(first.predict(pictures.transpose(0, 3, 1, 2)), wanted, rtol=1e-4, atol=1e-5)
    with pytest.raises(ValueError, match="takes 24"):
        layer_utils.convert_dense_weights_data_format(model.layers[1], (4, 2, 2), "channels_first")
    with pytest.raises(ValueError, match="'rows_last'"):
        layer_utils.convert_dense_weights_data_format(model.layers[1], (4, 2, 3), "rows_last")
