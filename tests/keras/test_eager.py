"""Keras beside eager execution: layers compute, models are put together and trained on the same weights."""

import numpy as np
import pytest

import graphflow as tf
from graphflow._graph import eager_graph

keras = tf.keras


@pytest.fixture(autouse=True)
def eagerly():
    keras.backend.clear_session()
    with eager_graph.eager_mode():
        yield
    keras.backend.clear_session()


@pytest.fixture
def numbers():
    random = np.random.RandomState(0)
    x = random.rand(64, 3).astype(np.float32)
    return x, x.sum(1, keepdims=True)


def test_layers_compute():
    dense = keras.layers.Dense(3, kernel_initializer="ones", kernel_regularizer=keras.regularizers.l2(0.5))
    assert dense(tf.ones([2, 4])).numpy().tolist() == [[4.0] * 3] * 2
    assert dense(np.ones([1, 4], np.float32)).shape.as_list() == [1, 3]
    dense.kernel.assign(tf.fill([4, 3], 2.0))
    assert [loss.numpy() for loss in dense.losses] == [24.0]
    assert not dense._inbound_nodes


def test_a_model_of_the_users_own_is_trained_with_a_tape(numbers):
    class Model(keras.Model):
        def __init__(self):
            super().__init__()
            self.hidden = keras.layers.Dense(8, activation="tanh")
            self.norm = keras.layers.BatchNormalization()
            self.out = keras.layers.Dense(1)

        def call(self, x, training=False):
            return self.out(self.norm(self.hidden(x), training=training))

    model, optimizer = Model(), tf.train.AdamOptimizer(0.05)
    x, y = map(tf.constant, numbers)
    losses = []
    for _ in range(15):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(model(x, training=True) - y))
        grads = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(grads, model.trainable_variables))
        losses.append(loss.numpy())
    assert losses[-1] < losses[0] / 4
    assert (len(model.trainable_variables), len(model.variables)) == (6, 8)
    assert model.norm.moving_mean.numpy().any()


@pytest.mark.parametrize("knows_its_shape", [True, False])
def test_sequential_computes_and_gives_gradients(knows_its_shape):
    first = {"input_shape": (3,)} if knows_its_shape else {}
    model = keras.Sequential([keras.layers.Dense(4, **first), keras.layers.Dense(2, kernel_initializer="ones")])
    for _ in range(3):  # nothing is remembered of values: their places in memory are used again
        x = tf.constant(np.random.rand(2, 3).astype(np.float32))
        with tf.GradientTape() as tape:
            y = model(x)
        kernel, bias = (v.numpy() for v in model.layers[0].variables)
        np.testing.assert_allclose(y[:, 0].numpy(), (x.numpy() @ kernel + bias).sum(1), rtol=1e-5)
        grads = tape.gradient(y, model.trainable_variables)
        assert [g.shape.as_list() for g in grads] == [[3, 4], [4], [4, 2], [2]]


def test_fit_trains_the_weights_that_eager_calls_use(numbers):
    x, y = numbers
    inputs = keras.layers.Input((3,))
    model = keras.Model(inputs, keras.layers.Dense(1)(inputs))
    model.compile(keras.optimizers.SGD(0.1), "mse", metrics=["mae"])
    held = model.layers[1].kernel.value()
    history = model.fit(x, y, epochs=10, batch_size=16, verbose=0).history["loss"]
    assert history[-1] < history[0] / 2
    np.testing.assert_allclose(model(x[:4]).numpy(), model.predict(x[:4]), rtol=1e-5)
    assert not np.allclose(held.numpy(), model.get_weights()[0])  # the old value is still there
    model.set_weights([np.ones((3, 1)), np.zeros(1)])
    assert model.evaluate(x, y, verbose=0)[0] < 1e-10


def test_keras_optimizers_take_the_gradients_of_tapes():
    v, w = tf.Variable(1.0), tf.Variable([1.0, 2.0])
    optimizer = keras.optimizers.SGD(0.1, momentum=0.5)
    for _ in range(2):
        optimizer.apply_gradients([(tf.constant(1.0), v), (tf.constant([1.0, 0.0]), w), (None, w)])
    np.testing.assert_allclose(v.numpy(), 1 - 0.1 - 0.15, rtol=1e-6)
    np.testing.assert_allclose(w.numpy(), [0.75, 2.0], rtol=1e-6)
    with pytest.raises(ValueError, match="No gradients"):
        optimizer.apply_gradients([(None, v)])


def test_models_inside_functions():
    model = keras.Sequential([keras.layers.Dense(3), keras.layers.Dense(1)])
    called = tf.function(lambda x: model(x))
    x = tf.ones([2, 4])
    np.testing.assert_allclose(called(x).numpy(), model(x).numpy(), rtol=1e-5)
