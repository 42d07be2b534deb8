"""Files that Keras 2.2.4, tf_keras 2.21 and Keras 3 wrote open here, predict what they predicted, and train on as they did."""

import contextlib
import functools
import os
import warnings

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
    if name == "legacy_sgd":
        x, y = harness.floats(8, 4, seed=15), harness.floats(8, 1, seed=16)
    else:
        x, y = data(name, flavour)
    with warnings.catch_warnings():
        if y is None:
            warnings.simplefilter("ignore")  # it was saved uncompiled
        model = keras.models.load_model(path(flavour, name, ending))
    for got, want in zip(predict(model, x, name), expected(flavour, name, "predicted"), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-5)
    if y is None:
        return
    model.reset_states()
    losses = keras_files.train(model, x, y)
    np.testing.assert_allclose(losses, expected(flavour, name, "losses")[0], rtol=1e-4)
    if name != "stacked_stateful_lstm":
        for got, want in zip(predict(model, x, name), expected(flavour, name, "afterwards"), strict=True):
            np.testing.assert_allclose(got, want, rtol=1e-3, atol=1e-4)
