"""Files that Keras 2.2.4, tf_keras 2.21 and Keras 3 wrote open here, predict what they predicted, and train on as they did."""

import contextlib
import functools
import os
import warnings

import h5py
import numpy as np
import pytest

import graphflow_keras as keras
from tests.oracle import harness, keras_files

FOLDER = os.path.join(harness.FIXTURES, "keras_files")
FILES = [(flavour, name) for flavour, models in keras_files.MODELS.items() for name in models]
READABLE = [(flavour, name, ending) for flavour, name in FILES if name != "with_lambda" for ending in (".h5", ".keras")]
READABLE = [row for row in READABLE if row[0] == "keras_3" or row[2] == ".h5"]


@pytest.fixture(autouse=True)
def a_fresh_session():
    keras.backend.clear_session()
    yield
    keras.backend.clear_session()


@functools.cache
def answers(flavour):
    with np.load(os.path.join(FOLDER, flavour + ".npz")) as file:
        return {key: file[key] for key in file.files}


def path(flavour, name, ending=".h5"):
    return os.path.join(FOLDER, f"{flavour}_{name}{ending}")


def expected(flavour, name, what):
    found = answers(flavour)
    return [found[key] for key in sorted(found) if key.startswith(f"{name}/{what}/")]


def data(name, flavour="keras_2"):
    """The inputs and targets that a model was trained with."""
    models = keras_files.MODELS[flavour]
    with uncompiled():
        _, x, y = (keras_files.mlp if name.startswith("legacy_adam") else models[name])(keras)
    keras.backend.clear_session()
    return x, y


@contextlib.contextmanager
def uncompiled():
    """Makes models without compiling them: only their data is wanted."""
    compile_model = keras.models.Model.compile
    keras.models.Model.compile = lambda *args, **kwargs: None
    try:
        yield
    finally:
        keras.models.Model.compile = compile_model


def predict(model, x, name):
    answer = model.predict(x, batch_size=4 if name == "stacked_stateful_lstm" else 32)
    return answer if isinstance(answer, list) else [answer]


@pytest.mark.parametrize(("flavour", "name", "ending"), READABLE)
def test_a_file_opens_and_trains_on(flavour, name, ending):
    if name == "legacy_sgd":  # which this package does not have
        x, y = harness.floats(8, 4, seed=15), harness.floats(8, 1, seed=16)
    else:
        x, y = data(name, flavour)
    with warnings.catch_warnings():
        if y is None:
            warnings.simplefilter("ignore")  # it was saved uncompiled
        model = keras.models.load_model(path(flavour, name, ending))
    for got, want in zip(predict(model, x, name), expected(flavour, name, "predicted"), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-5)
    if y is None or (flavour, ending) == ("keras_3", ".h5"):
        return
    model.reset_states()
    if flavour == "keras_2":
        with h5py.File(path(flavour, name)) as file:
            saved = file["optimizer_weights"]
            names = saved.attrs["weight_names"]
            for got, key in zip(model.optimizer.get_weights(), names, strict=True):
                np.testing.assert_array_equal(got, saved[key])
    # Adam of Keras 2.2.4 reads the number of the step while it is raised: the judge itself is not sure of its losses.
    np.testing.assert_allclose(keras_files.train(model, x, y), expected(flavour, name, "losses")[0], rtol=3e-3)


@pytest.mark.parametrize("name", [name for flavour, name in FILES if flavour == "keras_3"])
def test_weights_of_keras_3(name):
    x, _ = data(name, "keras_3")
    model = keras.models.load_model(path("keras_3", name, ".keras"), compile=False)
    model.set_weights([np.zeros_like(w) for w in model.get_weights()])
    model.load_weights(path("keras_3", name, ".weights.h5"))
    for got, want in zip(predict(model, x, name), expected("keras_3", name, "predicted"), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("flavour", ["keras_2", "tf_keras"])
def test_a_lambda_from_a_file_is_refused_and_its_weights_load(flavour):
    with pytest.raises(ValueError, match="custom_objects"):
        keras.models.load_model(path(flavour, "with_lambda"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = keras.models.load_model(path(flavour, "with_lambda"), custom_objects={"twice": lambda z: z * 2.0})
    _, x, _ = keras_files.with_lambda(keras)
    np.testing.assert_allclose(model.predict(x), expected(flavour, "with_lambda", "predicted")[0], rtol=1e-5)
    by_hand, _, _ = keras_files.with_lambda(keras)
    by_hand.load_weights(path(flavour, "with_lambda"))
    np.testing.assert_allclose(by_hand.predict(x), expected(flavour, "with_lambda", "predicted")[0], rtol=1e-5)


def test_weights_of_cudnn_layers_become_those_of_the_ordinary_ones():
    layers = keras.layers
    x = harness.floats(2, 4, 3, seed=1)
    answers = []
    for names in (("CuDNNLSTM", "CuDNNGRU"), ("LSTM", "GRU")):
        sigmoid = {} if names[0] == "CuDNNLSTM" else {"recurrent_activation": "sigmoid"}
        reset = dict(sigmoid, reset_after=True) if sigmoid else {}
        model = keras.models.Sequential()
        model.add(getattr(layers, names[0])(2, return_sequences=True, input_shape=(4, 3), **sigmoid))
        model.add(getattr(layers, names[1])(2, **reset))
        model.load_weights(path("keras_2", "cudnn_weights"))
        answers.append(model.predict(x))
    np.testing.assert_allclose(answers[0], answers[1], rtol=1e-5, atol=1e-6)
