"""Metrics with a state in the models of Keras 2.2.4, and what is said of wrong ones."""

import numpy as np
import pytest

import graphflow as tf
import graphflow_keras as keras
from graphflow._graph import eager_graph
from graphflow_keras import dialect, metrics

X = np.float32([[0.1], [0.4], [0.6], [0.9], [0.3], [0.8]])
Y = np.float32([0, 0, 1, 1, 1, 0])


@pytest.fixture
def tf_keras():
    dialect.speak("tf.keras")
    yield
    dialect.speak("keras")


def model_with(*listed, weighted=None):
    model = keras.Sequential([keras.layers.Dense(1, input_shape=(1,), kernel_initializer="ones")])
    model.compile(keras.optimizers.SGD(0.0), "mse", metrics=list(listed), weighted_metrics=weighted)
    return model


def test_an_epoch_gathers_over_batches_and_starts_anew():
    model = model_with(metrics.TruePositives(name="found"), "mae")
    history = model.fit(X, Y, batch_size=2, epochs=3, verbose=0, validation_data=(X[:3], Y[:3])).history
    assert [history["found"], history["val_found"]] == [[2, 2, 2], [1, 1, 1]]
    assert model.evaluate(X, Y, batch_size=4, verbose=0)[1] == 2
    assert isinstance(model.metrics[1], str)  # as the user gave them, as in Keras 2.2.4


def test_single_batches_forget_unless_told_otherwise():
    model = model_with(metrics.TruePositives())
    assert [model.train_on_batch(X, Y)[1] for _ in range(2)] == [2, 2]
    assert [model.train_on_batch(X, Y, reset_metrics=False)[1] for _ in range(2)] == [2, 4]
    assert model.test_on_batch(X, Y, reset_metrics=False)[1] == 6
    model.reset_metrics()
    assert model.test_on_batch(X, Y)[1] == 2


def test_a_function_has_a_state_in_tf_keras(tf_keras):
    def batches(y_true, y_pred):
        return keras.backend.sum(keras.backend.ones_like(y_pred))

    model = model_with(batches, "mae")
    seen = []
    watch = keras.callbacks.LambdaCallback(on_batch_end=lambda batch, logs: seen.append(float(logs["batches"])))
    model.fit(X, Y, batch_size=4, verbose=0, callbacks=[watch])
    assert seen == [4, 3]  # the mean over batches so far
    assert [m.name for m in model.metrics] == ["batches", "mean_absolute_error"]
    dialect.speak("keras")
    seen.clear()
    model = model_with(batches)
    model.fit(X, Y, batch_size=4, verbose=0, callbacks=[watch])
    assert seen == [4, 2]


def test_each_output_has_a_state_of_its_own():
    x = keras.layers.Input((1,))
    model = keras.Model(x, [keras.layers.Dense(1, name="a")(x), keras.layers.Dense(1, name="b")(x)])
    given = metrics.MeanSquaredError(name="error")
    model.compile("sgd", "mse", metrics=[given])
    assert model.metrics_names[3:] == ["a_error", "b_error"]
    assert given not in model.stateful_metric_functions


def test_a_metric_joins_the_session_of_a_user():
    mean = metrics.Mean()
    value = mean(tf.constant([1.0, 3.0]))
    with tf.Session() as session:
        with pytest.raises(tf.errors.NotFoundError, match="total"):
            session.run(value)
        keras.backend.get_session()  # starts what has no value yet
        assert [session.run(value), session.run(value), session.run(mean.count)] == [2, 2, 4]
        mean.reset_states()
        assert session.run(mean.result()) == 0


def test_a_reset_of_ones_own_is_called():
    class FromFive(metrics.Sum):
        def reset_states(self):
            keras.backend.set_value(self.total, 5.0)

    model = model_with(FromFiveOf(FromFive), "mae")
    assert model.evaluate(X, Y, verbose=0)[1] == 5 + 6
    assert model.fit(X, Y, verbose=0).history["from_five"] == [11]


def FromFiveOf(base):
    """A metric of targets and predictions that counts samples with `base`."""

    class Counted(base):
        def update_state(self, y_true, y_pred, sample_weight=None):
            return super().update_state(tf.ones_like(y_true))

    return Counted(name="from_five")


def test_what_is_said_of_mistakes():
    with pytest.raises(ValueError, match='Invalid AUC curve value "area". Expected one of ROC, PR'):
        metrics.AUC(curve="area")
    with pytest.raises(ValueError, match="`num_thresholds` must be > 1, got 1"):
        metrics.AUC(num_thresholds=1)
    with pytest.raises(TypeError, match="abstract"):
        metrics.Metric()
    with pytest.raises(ValueError, match=r"makes variables of the shape of its values, got \(\?,\)"):
        metrics.MeanTensor()(tf.placeholder("float32", [None]))
    with pytest.raises(ValueError, match="one entry per model output. The model has 1 outputs"):
        model_with(["mae"], ["mse"])


def test_predictions_outside_are_told():
    with pytest.raises(tf.errors.InvalidArgumentError, match="predictions must be <= 1"):
        model_with(metrics.AUC()).test_on_batch(X * 2, Y)


def test_version_2_calls_metrics_as_the_user_does(tf_keras):
    tf.enable_resource_variables()
    try:
        with eager_graph.eager_mode():
            model = model_with("accuracy", "mse", weighted=["accuracy"])
            assert model.metrics_names == ["loss", "accuracy", "mse", "accuracy_1"]
    finally:
        tf.disable_resource_variables()
        keras.backend.clear_session()
    assert model_with("accuracy", "mse").metrics_names == ["loss", "acc", "mean_squared_error"]
