"""Keras models behind scikit-learn's interface, and one model on several devices."""

import os
import subprocess
import sys

import numpy as np
import pytest
from sklearn import model_selection

from graphflow_keras import backend as K
from graphflow_keras.layers import Dense
from graphflow_keras.models import Sequential
from graphflow_keras.utils.multi_gpu_utils import multi_gpu_model
from graphflow_keras.wrappers.scikit_learn import KerasClassifier, KerasRegressor

X = np.random.RandomState(0).rand(30, 4).astype("float32")
KINDS = np.array(["cat", "dog", "owl"])[(X.sum(axis=1) * 2).astype(int) % 3]


def classifier(units=4, loss="categorical_crossentropy", outputs=3, metrics=("accuracy",)):
    last = "softmax" if outputs > 1 else "sigmoid"
    model = Sequential([Dense(units, activation="relu", input_dim=4), Dense(outputs, activation=last)])
    model.compile("adam", loss, metrics=list(metrics))
    return model


def test_a_classifier():
    wrapped = KerasClassifier(classifier, units=5, epochs=2, batch_size=10, verbose=0)
    assert wrapped.get_params() == {"units": 5, "epochs": 2, "batch_size": 10, "verbose": 0, "build_fn": classifier}
    history = wrapped.fit(X, KINDS, sample_weight=np.ones(30))
    assert history.epoch == [0, 1] and list(wrapped.classes_) == ["cat", "dog", "owl"] and wrapped.n_classes_ == 3
    predicted = wrapped.predict(X)
    assert predicted.shape == (30,) and set(predicted) <= set(wrapped.classes_)
    assert wrapped.score(X, KINDS) == pytest.approx(np.mean(predicted == KINDS))
    assert wrapped.predict_proba(X).shape == (30, 3)
    assert wrapped.model.layers[0].units == 5


def test_a_classifier_of_two_classes():
    wrapped = KerasClassifier(classifier, loss="binary_crossentropy", outputs=1, epochs=1, verbose=0)
    wrapped.fit(X, KINDS == "dog")
    assert wrapped.predict(X).shape == (30, 1)
    np.testing.assert_allclose(wrapped.predict_proba(X).sum(axis=1), 1.0, rtol=1e-6)


def test_a_regressor_from_a_subclass_and_an_object():
    def build():
        model = Sequential([Dense(1, input_dim=4)])
        model.compile("sgd", "mse")
        return model

    class Own(KerasRegressor):
        def __call__(self):
            return build()

    class Builder:
        def __call__(self):
            return build()

    for wrapped in (Own(epochs=2, verbose=0), KerasRegressor(Builder(), epochs=2, verbose=0)):
        wrapped.fit(X, X.sum(axis=1))
        assert wrapped.predict(X).shape == (30,)
        assert wrapped.score(X, X.sum(axis=1)) == pytest.approx(-wrapped.model.evaluate(X, X.sum(axis=1), verbose=0))


def test_mistakes():
    with pytest.raises(ValueError, match="unit is not a legal parameter"):
        KerasClassifier(classifier, unit=3)
    wrapped = KerasClassifier(classifier, metrics=(), epochs=1, verbose=0)
    with pytest.raises(ValueError, match="unit is not a legal parameter"):
        wrapped.set_params(unit=3)
    with pytest.raises(ValueError, match="Invalid shape for y"):
        wrapped.fit(X, np.zeros((30, 2, 2)))
    wrapped.fit(X, KINDS)
    with pytest.raises(ValueError, match="not configured to compute accuracy"):
        wrapped.score(X, KINDS)


def test_a_search():
    found = model_selection.GridSearchCV(KerasClassifier(classifier, epochs=1, verbose=0), {"units": [2, 3]}, cv=2)
    found.fit(X, np.searchsorted(["cat", "dog", "owl"], KINDS))
    assert found.best_params_["units"] in (2, 3)


def test_one_device_is_not_enough():
    model = Sequential([Dense(1, input_dim=4)])
    with pytest.raises(ValueError, match="call `multi_gpu_model` with `gpus >= 2`. Received: `gpus=1`"):
        multi_gpu_model(model, gpus=1)
    if len(K.get_session().list_devices()) == 1:
        with pytest.raises(ValueError, match=r"we expect the following devices to be available: \['/cpu:0', '/gpu:0'"):
            multi_gpu_model(model, gpus=2)


def test_several_devices():
    program = """
import numpy as np
from graphflow_keras.layers import Dense
from graphflow_keras.models import Sequential
from graphflow_keras.utils import multi_gpu_model
np.random.seed(0)
model = Sequential([Dense(3, input_dim=4)])
x = np.random.rand(9, 4)
parallel = multi_gpu_model(model, 2)
np.testing.assert_allclose(parallel.predict(x), model.predict(x), rtol=1e-5, atol=1e-6)
parallel.compile("sgd", "mse")
before = model.get_weights()[0]
parallel.fit(x, x[:, :3], verbose=0)
assert abs(model.get_weights()[0] - before).max() > 0
print(parallel.output_names)
"""
    env = dict(os.environ, XLA_FLAGS="--xla_force_host_platform_device_count=2", JAX_PLATFORMS="cpu")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=env, check=False)
    assert done.stdout.strip() == "['dense_1']", done.stderr
