"""What the judge cannot show of recurrent layers: cuDNN's layers on any device, errors, and the shape of the graph."""

import numpy as np
import pytest

import graphflow_keras as keras
from graphflow_keras.engine import saving
from tests.oracle.harness import floats

K = keras.backend
layers = keras.layers


@pytest.fixture(autouse=True)
def a_fresh_session():
    K.clear_session()
    yield
    K.clear_session()


def built(layer, states=()):
    x = layers.Input((4, 3))
    state_inputs = [layers.Input(state.shape[1:]) for state in states]
    outputs = layer(x, initial_state=state_inputs) if states else layer(x)
    return K.function([x, *state_inputs], outputs if isinstance(outputs, list) else [outputs])


@pytest.mark.parametrize(("name", "ordinary"), [("CuDNNLSTM", "LSTM"), ("CuDNNGRU", "GRU")])
def test_cudnn_layers_compute_what_the_ordinary_ones_do(name, ordinary):
    options = {"return_sequences": True, "return_state": True, "go_backwards": True}
    more = {"recurrent_activation": "sigmoid", **({"reset_after": True} if ordinary == "GRU" else {})}
    fast, slow = getattr(layers, name)(2, **options), getattr(layers, ordinary)(2, **options, **more)
    states = [floats(5, 2, seed=9)] * (2 if ordinary == "LSTM" else 1)
    run_fast, run_slow = built(fast, states), built(slow, states)
    weights = [floats(*w.shape, seed=i) for i, w in enumerate(fast.get_weights())]
    fast.set_weights(weights)
    slow.set_weights(saving.preprocess_weights_for_loading(slow, weights))
    x = floats(5, 4, 3, seed=7)
    for got, want in zip(run_fast([x, *states]), run_slow([x, *states]), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)
    back = saving.preprocess_weights_for_loading(fast, slow.get_weights())
    np.testing.assert_allclose(back[0], weights[0])
    assert back[2].shape == weights[2].shape


def test_a_cudnn_layer_trains_and_keeps_state():
    model = keras.models.Sequential([layers.CuDNNGRU(3, batch_input_shape=(2, 4, 3), stateful=True), layers.Dense(1)])
    model.compile("sgd", "mse")
    x = floats(2, 4, 3)
    first = model.predict(x, batch_size=2)
    assert np.abs(model.predict(x, batch_size=2) - first).max() > 1e-4
    model.reset_states()
    np.testing.assert_allclose(model.predict(x, batch_size=2), first, rtol=1e-6)
    losses = model.fit(x, np.ones((2, 1)), batch_size=2, epochs=3, verbose=0).history["loss"]
    assert losses[2] < losses[0]


def test_cudnn_layers_take_no_mask():
    with pytest.raises((TypeError, ValueError), match="Masking"):
        layers.CuDNNLSTM(2)(layers.Masking()(layers.Input((4, 3))))


def test_gru_before_and_after_do_not_mix():
    layer = layers.GRU(2, name="g")
    layer.build((None, 4, 3))
    for bias in ((12,), (2, 6)):
        with pytest.raises(ValueError, match="not compatible"):
            saving.preprocess_weights_for_loading(layer, [np.ones((3, 6)), np.ones((2, 6)), np.ones(bias)])
    with pytest.raises(ValueError, match="Invalid bias shape"):
        saving.preprocess_weights_for_loading(layer, [np.ones((3, 6)), np.ones((2, 6)), np.ones(5)])


def test_time_distributed_needs_time():
    with pytest.raises(ValueError, match="at least 3 axes"):
        layers.TimeDistributed(layers.Dense(2))(layers.Input((3,)))


def test_states_come_one_way():
    x, state = layers.Input((4, 3)), layers.Input((2,))
    with pytest.raises(ValueError, match="not as both"):
        layers.SimpleRNN(2)([x, state], initial_state=state)


def test_states_of_another_shape_are_refused():
    layer = layers.LSTM(2, stateful=True, batch_input_shape=(3, 4, 5), name="l")
    keras.models.Sequential([layer])
    with pytest.raises(ValueError, match="expects 2 states, but it received 1"):
        layer.reset_states(np.zeros((3, 2)))
    with pytest.raises(ValueError, match=r"State 1 .* expected shape=\(3, 2\), found shape=\(2, 2\)"):
        layer.reset_states([np.zeros((3, 2)), np.zeros((2, 2))])


def test_bidirectional_with_states_that_are_no_keras_tensors():
    x = layers.Input((4, 3))
    layer = layers.Bidirectional(layers.GRU(2))
    states = [K.constant(floats(5, 2, seed=i)) for i in range(2)]
    y = layer(x, initial_state=states)
    assert K.function([x], [y])([floats(5, 4, 3)])[0].shape == (5, 4)


def test_initial_weights_of_bidirectional():
    weights = [floats(*shape, seed=i) for i, shape in enumerate([(3, 2), (2, 2), (2,)] * 2)]
    layer = layers.Bidirectional(layers.SimpleRNN(2), weights=weights)
    layer(layers.Input((4, 3)))
    for got, want in zip(layer.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(got, want)


def test_stacked_cells_take_and_give_all_weights():
    cells = layers.StackedRNNCells([layers.LSTMCell(2), layers.SimpleRNNCell(3)])
    layer = layers.RNN(cells)
    layer(layers.Input((4, 3)))
    values = [floats(*w.shape, seed=i) for i, w in enumerate(cells.get_weights())]
    cells.set_weights(values)
    for got, want in zip(layer.get_weights(), values, strict=True):
        np.testing.assert_array_equal(got, want)
    with pytest.raises(ValueError, match="6 weights, but 1"):
        cells.set_weights(values[:1])


def test_a_cell_of_ones_own_that_overrides_call_is_called():
    class Loud(layers.LSTMCell):
        def call(self, inputs, states, training=None):
            output, new_states = super().call(inputs, states, training=training)
            return output * 2, new_states

    x, layer = layers.Input((4, 3)), layers.RNN(Loud(2))
    plain = layers.RNN(layers.LSTMCell(2))
    loud, quiet = layer(x), plain(x)
    plain.set_weights(layer.get_weights())
    loud, quiet = K.function([x], [loud, quiet])([floats(2, 4, 3)])
    np.testing.assert_allclose(loud, 2 * quiet, rtol=1e-6)


def test_the_input_is_projected_once_for_all_steps():
    """One product outside of the loop, not one in each step."""
    tf = K.tf
    x = layers.Input((4, 3))
    layers.LSTM(2)(x)
    products = [op for op in tf.get_default_graph().get_operations() if op.type == "MatMul" and "while" not in op.name]
    assert 1 <= len(products) <= 3
