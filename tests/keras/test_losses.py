"""Losses as objects beside Keras 2.2.4's functions, and what is said of wrong ones."""

import inspect

import numpy as np
import pytest

import graphflow as tf
import graphflow_keras as keras
from graphflow_keras import dialect, losses

TRUE = np.float32([[1, 0], [0, 1], [1, 0]])
PRED = np.float32([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8]])


@pytest.fixture
def tf_keras():
    dialect.speak("tf.keras")
    yield
    dialect.speak("keras")


def value(x):
    return keras.backend.eval(x)


def test_a_function_of_keras_keeps_its_signature_and_takes_more():
    assert str(inspect.signature(losses.binary_crossentropy)) == "(y_true, y_pred)"
    smooth = value(losses.binary_crossentropy(TRUE, PRED, label_smoothing=1.0))
    np.testing.assert_allclose(smooth, -np.log(PRED * (1 - PRED)).mean(-1) / 2, rtol=1e-5)


def test_softmax_is_undone_in_tf_keras_only(tf_keras):
    logits = tf.constant([[60.0, 0.0]])
    wrong = [[0.0, 1.0]]
    assert value(losses.categorical_crossentropy(wrong, tf.nn.softmax(logits))) == 60
    dialect.speak("keras")
    np.testing.assert_allclose(
        value(losses.categorical_crossentropy(wrong, tf.nn.softmax(logits))), -np.log(1e-7), rtol=1e-5
    )


def test_similarity_has_its_sign_from_the_dialect(tf_keras):
    assert value(losses.cosine_proximity(TRUE, TRUE)).tolist() == [1, 1, 1]
    dialect.speak("keras")
    assert value(losses.cosine_proximity(TRUE, TRUE)).tolist() == [-1, -1, -1]
    assert value(losses.cosine_similarity(TRUE, TRUE)).tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("reduction", "wanted"), [("auto", 0.6 / 3), ("sum", 0.6), ("none", [0.1, 0.4, 0.8]), ("sum_over_batch_size", 0.2)]
)
def test_reductions(reduction, wanted):
    loss = losses.MeanAbsoluteError(reduction=reduction)
    weights = None if reduction == "none" else [2.0, 1.0, 0.0]
    np.testing.assert_allclose(value(loss(TRUE, PRED, weights)), wanted, rtol=1e-5)


def test_what_is_said_of_mistakes():
    with pytest.raises(ValueError, match="Invalid Reduction Key mean. Expected one of auto, none, sum"):
        losses.Huber(reduction="mean")
    with pytest.raises(ValueError, match=r"weights of shape \(2,\) can not be broadcast to values of shape \(3,\)"):
        losses.MeanSquaredError()(TRUE, PRED, sample_weight=np.ones(2, np.float32))
    with pytest.raises(NotImplementedError, match=r"Loss must define call\(y_true, y_pred\)"):
        losses.Loss()(TRUE, PRED)


@pytest.mark.parametrize("spoken", dialect.DIALECTS)
def test_weights_of_a_loss_object_go_by_the_number_of_samples(spoken, tf_keras):
    dialect.speak(spoken)
    model = keras.Sequential([keras.layers.Dense(2, input_shape=(2,), kernel_initializer="identity")])
    model.compile("sgd", losses.MeanAbsoluteError())
    weights = np.array([1.0, 0.0, 0.0])
    np.testing.assert_allclose(model.test_on_batch(PRED, TRUE, sample_weight=weights), 0.1 / 3, rtol=1e-5)
    model.compile("sgd", "mae")
    share = 1 if spoken == "tf.keras" else 3  # Keras 2.2.4 leaves weights of zero out of the number
    np.testing.assert_allclose(model.test_on_batch(PRED, TRUE, sample_weight=weights), 0.1 / 3 * share, rtol=1e-5)


def test_targets_of_class_numbers_for_an_object():
    model = keras.Sequential([keras.layers.Dense(2, input_shape=(2,), activation="softmax")])
    model.compile("sgd", losses.SparseCategoricalCrossentropy(), metrics=["accuracy"])
    assert np.isfinite(model.test_on_batch(PRED, TRUE.argmax(1))).all()
    model.compile("sgd", losses.CategoricalCrossentropy())
    with pytest.raises(ValueError, match="expected dense_1 to have shape"):
        model.test_on_batch(PRED, TRUE.argmax(1))
