"""Keras models as estimators, and feature columns as a layer: what TensorFlow 1.15 does otherwise, or not at all."""

import numpy as np
import pytest

import graphflow as tf
import graphflow_keras as keras


def small_model():
    model = keras.Sequential([keras.layers.Dense(2, input_shape=(3,)), keras.layers.BatchNormalization(name="norm")])
    model.compile("sgd", "mse")
    return model


def test_weights_that_are_not_trained_are_taken_along(tmp_path):
    model = small_model()
    model.set_weights([np.full(w.shape, i + 1.0, np.float32) for i, w in enumerate(model.get_weights())])
    estimator = keras.estimator.model_to_estimator(model, model_dir=tmp_path)
    (name,) = model.input_names
    features = {name: np.ones([2, 3], np.float32)}
    predicted = list(estimator.predict(tf.estimator.inputs.numpy_input_fn(features, shuffle=False)))
    np.testing.assert_allclose([one["norm"] for one in predicted], model.predict(features[name]), rtol=1e-5)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "either `keras_model` or `keras_model_path`"),
        ({"keras_model": keras.Model, "checkpoint_format": "other"}, "Checkpoint format"),
    ],
)
def test_arguments_that_are_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        keras.estimator.model_to_estimator(**arguments)


def test_a_model_without_inputs_is_refused():
    class Own(keras.Model):
        def call(self, inputs):
            return inputs

    model = Own()
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="defines its own `call`"):
        keras.estimator.model_to_estimator(model)


def test_the_same_table_at_each_call():
    city = tf.feature_column.categorical_column_with_identity("city", 3)
    layer = keras.layers.DenseFeatures([tf.feature_column.embedding_column(city, 2)], name="columns")
    first = layer({"city": keras.Input((1,), dtype="int64")})
    layer({"city": keras.Input((1,), dtype="int64")})
    assert [w.name for w in layer.weights] == ["columns/city_embedding/embedding_weights:0"]
    assert keras.backend.int_shape(first) == (None, 2)
    copy = keras.layers.DenseFeatures.from_config(layer.get_config())
    assert copy.name == "columns" and not copy.weights
