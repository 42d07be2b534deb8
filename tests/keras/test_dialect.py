"""What `tf.keras` says and keeps otherwise than Keras: texts, shapes, files, operations between layers."""

import json

import h5py
import numpy as np
import pytest

import graphflow as tf
import graphflow_keras as keras
from graphflow_keras import backend as K
from graphflow_keras import dialect, layers, models


@pytest.fixture(autouse=True)
def tf_keras(fresh_session):
    dialect.speak("tf.keras")
    K.clear_session()


def small_model():
    return models.Sequential([layers.Dense(3, input_shape=(2,)), layers.BatchNormalization(), layers.Dense(1)])


def test_a_dialect_is_one_of_two():
    assert dialect.spoken() == "tf.keras" and keras.__version__ == "2.2.4-tf"
    dialect.speak("keras")
    assert keras.__version__ == "2.2.4"
    with pytest.raises(ValueError, match="dialects of Keras are keras and tf.keras; got 'lasagne'"):
        dialect.speak("lasagne")
    with pytest.raises(AttributeError, match="no attribute 'dialects'"):
        keras.__getattr__("dialects")


def test_names_count_from_the_bare_name():
    model = small_model()
    assert [layer.name for layer in model.layers] == ["dense", "batch_normalization", "dense_1"]
    assert model.name == "sequential" and K.get_uid("dense") == 1


def test_summary_names_the_model_and_inputs_are_lists():
    x = keras.Input((4,))
    model = models.Model(x, layers.Dense(2)(x))
    lines = []
    model.summary(print_fn=lines.append)
    assert lines[0] == 'Model: "model"'
    assert lines[4] == "input_1 (InputLayer)         [(None, 4)]               0         "
    assert model.layers[0].output_shape == [(None, 4)] and model.layers[1].output_shape == (None, 2)
    assert model.input_shape == (None, 4) and not model.layers[1].dynamic


def test_a_model_with_its_own_call_is_built_by_a_shape():
    class Own(models.Model):
        def __init__(self):
            super().__init__()
            self.parts = [layers.Dense(4), layers.Dropout(0.5), layers.Dense(2)]

        def call(self, x, training):
            first, dropout, last = self.parts
            return last(dropout(first(x), training=training))

    model, lines = Own(), []
    with pytest.raises(ValueError, match="Input shape must be defined"):
        model.build()
    model.build((None, 3))
    assert [weight.name for weight in model.weights[:2]] == ["dense/kernel:0", "dense/bias:0"]
    model.summary(print_fn=lines.append)
    assert lines[4] == "dense (Dense)                multiple                  16        "


def test_a_layer_of_ones_own_needs_no_output_shape():
    class Twice(layers.Layer):
        def call(self, x):
            return tf.concat([x, x], 1)

    x = keras.Input((3,))
    assert models.Model(x, Twice()(x)).output_shape == (None, 6)


def test_a_layer_that_knows_nothing_of_masks_lets_them_go():
    x = keras.Input((3,))
    h = layers.Embedding(5, 2, mask_zero=True)(x)
    flat = layers.Flatten()
    flat(h)
    assert flat.input_mask is not None and flat.output_mask is None
    dialect.speak("keras")
    with pytest.raises(TypeError, match="does not support masking"):
        layers.Reshape((6,))(h)


def test_what_fit_and_evaluate_print(capsys):
    model = small_model()
    model.compile("sgd", "mse")
    x, y = np.ones((6, 2)), np.ones((6, 1))
    history = model.fit(x, y, batch_size=3, epochs=2, verbose=2, validation_data=(x[:2], y[:2]))
    first, epoch, line, *_ = capsys.readouterr().out.splitlines()
    assert first == "Train on 6 samples, validate on 2 samples" and epoch == "Epoch 1/2"
    assert line.startswith("6/6 - ") and list(history.history) == ["loss", "val_loss"]
    model.fit(x, y, epochs=1)
    out = capsys.readouterr().out
    assert "Epoch" not in out and "/sample - loss: " in out
    model.evaluate(x, y)
    assert "6/6 [==============================] - " in (out := capsys.readouterr().out) and " - loss: " in out
    model.predict(x, verbose=2)
    assert capsys.readouterr().out.startswith("6/6 - ")


def test_a_dataset_tells_its_steps(capsys):
    model = small_model()
    model.compile("sgd", "mse")
    data = tf.data.Dataset.from_tensor_slices((np.ones((6, 2)), np.ones((6, 1)))).batch(2)
    history = model.fit(data, epochs=2, verbose=2)
    out = capsys.readouterr().out
    assert out.startswith("Train on 3 steps\n") and out.count("\n3/3 - ") == 2
    assert len(history.history["loss"]) == 2


def test_configs_name_the_dtype_and_tf_keras_initializers():
    config = layers.Dense(3, kernel_initializer="he_normal").get_config()
    assert config["kernel_initializer"]["config"]["distribution"] == "truncated_normal"
    config = layers.Dense(3).get_config()
    assert config["kernel_initializer"] == {"class_name": "GlorotUniform", "config": {"seed": None, "dtype": "float32"}}
    text = small_model().to_json()
    assert json.loads(text)["keras_version"] == "2.2.4-tf"
    assert models.model_from_json(text).to_json().replace("[1]", "-1") == text.replace("[1]", "-1")


@pytest.mark.parametrize("kept", ["h5", "tf"])
def test_a_model_comes_back_from_a_file_and_a_folder(tmp_path, kept):
    model = small_model()
    model.compile("sgd", "mse")
    x = np.arange(8.0).reshape(4, 2)
    model.fit(x, x[:, :1], verbose=0)
    path = str(tmp_path / "model")
    for _ in range(2):  # the second time it replaces the first
        model.save(path, save_format=kept)
    if kept == "h5":
        with h5py.File(path, "r") as file:
            assert file.attrs["keras_version"] in ("2.2.4-tf", b"2.2.4-tf")
    loaded = models.load_model(path)
    np.testing.assert_allclose(loaded.predict(x), model.predict(x), rtol=1e-6)
    assert loaded.optimizer is not None


def test_a_folder_that_no_model_can_come_back_from(tmp_path):
    with pytest.raises(ValueError, match="Unknown format 'zip'"):
        small_model().save(str(tmp_path / "model"), save_format="zip")
    K.clear_session()
    x = tf.placeholder(tf.float32, (None, 2), name="x")
    weight = tf.Variable(1.0)
    with tf.Session() as session:
        session.run(weight.initializer)
        tf.saved_model.simple_save(session, str(tmp_path / "plain"), {"x": x}, {"y": x + weight})
    with pytest.raises(ValueError, match="but none of a Keras model"):
        models.load_model(str(tmp_path / "plain"))

    class Own(models.Model):
        def call(self, x):
            return x

    with pytest.raises(ValueError, match="defines its own `call`"):
        models.save_model(Own(), str(tmp_path / "own"), save_format="tf")


def test_operations_between_layers_become_layers():
    x = keras.Input((4,))
    first, second = tf.split(layers.Dense(4, kernel_initializer="ones")(x), 2, axis=1)
    h = layers.Dropout(0.5)(tf.nn.relu(first * 2.0 - second))
    model = models.Model(x, layers.Dense(1, kernel_initializer="ones")(h))
    names = [layer.name for layer in model.layers]
    assert names == ["input_1", "dense", "tf_op_layer_split", "tf_op_layer_mul"] + [
        *("tf_op_layer_sub", "tf_op_layer_Relu", "dropout", "dense_1")
    ]
    assert model.layers[2].output_shape == [(None, 2), (None, 2)] and model.uses_learning_phase
    rebuilt = models.model_from_json(model.to_json())
    rebuilt.set_weights(model.get_weights())
    inputs = np.arange(8.0).reshape(2, 4)
    expected = inputs.sum(axis=1, keepdims=True) * 2  # 2 s - s for two units
    for each in (model, rebuilt, models.Model(inner := keras.Input((4,)), model(inner))):
        np.testing.assert_allclose(each.predict(inputs), expected)


def test_operations_on_no_input_are_no_layers():
    with pytest.raises(ValueError, match="must be the output of a Keras `Layer`"):
        models.Model(keras.Input((4,)), tf.ones((2, 4)) * 2)


def test_masked_steps_of_both_directions_are_zero():
    x = keras.Input((3, 2))
    y = layers.Bidirectional(layers.SimpleRNN(2, return_sequences=True))(layers.Masking()(x))
    values = np.ones((1, 3, 2))
    values[0, 2] = 0
    np.testing.assert_array_equal(models.Model(x, y).predict(values)[0, 2], np.zeros(4))


def test_a_recurrence_over_several_inputs():
    def step(xs, states):
        first, second = xs
        new = states[0] + first * second
        return {"sum": new, "product": first * second}, [new]

    first, second = K.constant(np.arange(6.0).reshape(1, 3, 2)), K.ones((1, 3, 2))
    last, outputs, (state,) = K.rnn(step, (first, second), [K.zeros((1, 2))])
    values = K.get_session().run([last, outputs, state])
    np.testing.assert_array_equal(values[0]["sum"], [[6, 9]])
    np.testing.assert_array_equal(values[1]["product"], np.arange(6.0).reshape(1, 3, 2))
    np.testing.assert_array_equal(values[2], [[6, 9]])


@pytest.mark.parametrize("unroll", [True, False])
def test_a_recurrence_that_cannot_be(unroll):
    x, mask = K.placeholder((2, None, 3)), K.placeholder((2, None))
    message = "Unrolling requires a fixed number" if unroll else "No initial states provided"
    with pytest.raises(ValueError, match=message):
        K.rnn(lambda x, states: (x, states), x, [], mask=mask, unroll=unroll)


def test_a_cell_of_tensorflow_runs_too():
    x = keras.Input((3, 2))
    model = models.Model(x, layers.RNN(tf.nn.rnn_cell.BasicLSTMCell(2))(x))
    assert [weight.name for weight in model.weights] == ["basic_lstm_cell/kernel:0", "basic_lstm_cell/bias:0"]
    model.set_weights([np.zeros((4, 8)), np.array([9.0, 9, 2, 2, -9, -9, 9, 9])])  # all of the candidate, no memory
    np.testing.assert_allclose(model.predict(np.ones((1, 3, 2))), np.tanh(np.tanh([[2.0, 2.0]])), rtol=1e-2)
