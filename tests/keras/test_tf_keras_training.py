"""Training in the dialect `tf.keras`: iterators, what a class or a layer adds, and what is refused."""

import numpy as np
import pytest

import graphflow as tf
import graphflow_keras as keras
from graphflow_keras.engine._dataset_batches import DatasetBatches, is_dataset

X, Y = np.arange(12.0).reshape(6, 2).astype("float32"), np.ones((6, 1), "float32")


@pytest.fixture(autouse=True)
def speak():
    keras.dialect.speak("tf.keras")
    keras.backend.clear_session()


def model_of_one_layer(**options):
    model = keras.Sequential([keras.layers.Dense(1, input_shape=(2,), kernel_initializer="zeros")])
    model.compile(keras.optimizers.SGD(1e-3), "mse", **options)
    return model


def dataset():
    return tf.data.Dataset.from_tensor_slices((X, Y)).batch(4)


def test_batches_of_a_dataset_start_anew_and_those_of_an_iterator_do_not():
    batches = DatasetBatches(dataset())
    assert [[len(x) for x, _ in batches] for _ in range(2)] == [[4, 2], [4, 2]]
    once = DatasetBatches(tf.data.make_one_shot_iterator(dataset()))
    assert [[len(x) for x, _ in once] for _ in range(2)] == [[4, 2], []]
    assert is_dataset(batches) and is_dataset(dataset()) and not is_dataset([X])


def test_fit_takes_an_iterator_as_before_1_15():
    model = model_of_one_layer()
    by_iterator = model.fit(tf.data.make_one_shot_iterator(dataset()), steps_per_epoch=2, verbose=0).history["loss"]
    np.testing.assert_allclose(by_iterator, model_of_one_layer().fit(dataset(), verbose=0).history["loss"])


def test_a_short_dataset_ends_training():
    history = model_of_one_layer().fit(dataset(), steps_per_epoch=3, epochs=3, verbose=0)
    assert history.epoch == [0]


def test_run_eagerly_needs_eager_execution():
    model = model_of_one_layer()
    assert model.run_eagerly is False
    model.run_eagerly = True
    with pytest.raises(ValueError, match="if eager execution is enabled"):
        model.run_eagerly  # noqa: B018


def test_a_loss_may_be_a_function():
    model = keras.Sequential([keras.layers.Dense(1, input_shape=(2,), kernel_initializer="ones")])
    kernel = model.layers[0].kernel
    model.add_loss(lambda: tf.reduce_sum(kernel))
    model.compile("sgd", "mse")
    assert model.evaluate(np.zeros((2, 2)), np.zeros((2, 1)), verbose=0) == 2.0


def test_a_metric_of_one_name_is_one_metric():
    class Watched(keras.layers.Layer):
        def call(self, x):
            self.add_metric(tf.reduce_mean(x), name="mean", aggregation="mean")
            self.add_metric(3.0 * tf.reduce_mean(x), name="mean", aggregation="mean")
            return x

    inputs = keras.Input((2,))
    model = keras.Model(inputs, keras.layers.Dense(1)(Watched()(inputs)))
    model.compile("sgd", "mse")
    results = model.evaluate(np.ones((4, 2)), np.ones((4, 1)), verbose=0)
    assert model.metrics_names == ["loss", "mean", "mean"] and results[-1] == 2.0


def test_only_means_are_added():
    model = model_of_one_layer()
    with pytest.raises(ValueError, match="only `mean` sample-wise metric aggregation"):
        model.add_metric(model.output, aggregation="sum", name="x")
