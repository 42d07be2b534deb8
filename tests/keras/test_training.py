"""`fit`, `evaluate`, `predict`: what needs no judge. Numbers are compared with Keras in tests/oracle/cases/keras_training.py."""

import numpy as np
import pytest
from scipy import sparse

import graphflow as tf
import graphflow_keras as keras
from graphflow_keras import backend as K
from graphflow_keras.engine import _dispatch, training_utils
from graphflow_keras.layers import Dense, Dropout, Embedding, Flatten, Input
from graphflow_keras.models import Model, Sequential

X = np.random.RandomState(0).rand(50, 4).astype("float32")
Y = (X.sum(axis=1, keepdims=True) > 2).astype("float32")


def dropout_model():
    model = Sequential([Dense(6, activation="relu", input_dim=4), Dropout(0.4), Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model


def seeded():
    K.clear_session()
    np.random.seed(3)
    tf.set_random_seed(3)


class Between(keras.callbacks.Callback):
    """A callback with a batch method, which makes `fit` run one step at a time."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def on_batch_end(self, batch, logs=None):
        self.seen.append((batch, logs["size"], float(logs["loss"])))


def test_many_steps_in_a_dispatch_train_as_single_steps_do():
    histories, weights = [], []
    for callbacks in ([], [Between()]):
        seeded()
        model = dropout_model()
        history = model.fit(
            X,
            Y,
            batch_size=8,
            epochs=3,
            verbose=0,
            validation_split=0.2,
            callbacks=callbacks,
            class_weight={0: 1, 1: 2},
        )
        histories.append(history.history)
        weights.append(model.get_weights())
    assert histories[0].keys() == histories[1].keys() == {"loss", "acc", "val_loss", "val_acc"}
    for label, values in histories[0].items():
        np.testing.assert_allclose(values, histories[1][label], rtol=1e-5)
    for a, b in zip(*weights):
        np.testing.assert_allclose(a, b, atol=1e-6)


def test_no_dispatch_for_each_batch(monkeypatch):
    counts = []
    paced = _dispatch.Batched._paced

    def counted(self, *arguments):
        for found in paced(self, *arguments):
            counts.append(found[1])
            yield found

    monkeypatch.setattr(_dispatch.Batched, "_paced", counted)
    model = dropout_model()
    x, y = np.tile(X, (40, 1)), np.tile(Y, (40, 1))
    model.fit(x, y, batch_size=5, epochs=2, verbose=0)
    assert sum(counts) == 2 * 400 and len(counts) < 30


def test_a_batch_callback_is_called_between_the_batches():
    between = Between()
    dropout_model().fit(X, Y, batch_size=20, epochs=2, verbose=0, callbacks=[between])
    assert [(batch, size) for batch, size, _ in between.seen] == [(0, 20), (1, 20), (2, 10)] * 2


def test_data_that_do_not_fit_on_the_device_go_in_parts(monkeypatch):
    results = []
    for resident, chunk in ((1 << 31, 1 << 26), (0, 400)):
        monkeypatch.setattr(_dispatch, "_RESIDENT", resident)
        monkeypatch.setattr(_dispatch, "_CHUNK", chunk)
        seeded()
        model = dropout_model()
        history = model.fit(X, Y, batch_size=4, epochs=2, verbose=0).history["loss"]
        results.append([history, model.predict(X, batch_size=4), model.evaluate(X, Y, batch_size=4, verbose=0)])
    for a, b in zip(*results):
        np.testing.assert_allclose(a, b, rtol=1e-5)


def test_functions_that_cannot_loop_run_batch_by_batch():
    model = dropout_model()
    model.compile("sgd", "mse", feed_dict={})
    assert _dispatch.can_loop(*_function(model))
    model.compile("sgd", "mse", fetches=[model.layers[0].output])
    assert not _dispatch.can_loop(*_function(model))
    assert np.isfinite(model.fit(X, Y, batch_size=25, epochs=2, verbose=0).history["loss"]).tolist() == [True, True]


def _function(model):
    model._make_train_function()
    return model.train_function, [X, Y, np.ones(50), 1.0]


def test_generators_of_batches_where_arrays_go():
    def batches():
        while True:
            yield X[:25], Y[:25]
            yield X[25:], Y[25:]

    model = Sequential([Dense(1, activation="sigmoid", input_dim=4)])
    model.compile("sgd", "binary_crossentropy")
    start = model.get_weights()
    losses = model.fit(X, Y, batch_size=25, shuffle=False, epochs=2, verbose=0, validation_data=(X, Y)).history
    model.set_weights(start)
    same = model.fit(
        batches(),
        steps_per_epoch=2,
        epochs=2,
        verbose=0,
        validation_data=batches(),
        validation_steps=2,
        max_queue_size=2,
    ).history
    assert same["loss"] == pytest.approx(losses["loss"]) and same["val_loss"] == pytest.approx(losses["val_loss"])
    assert model.evaluate(batches(), steps=2, verbose=0) == pytest.approx(model.evaluate(X, Y, verbose=0))
    np.testing.assert_allclose(model.predict(batches(), steps=2), model.predict(X), rtol=1e-6)
    with pytest.raises(ValueError, match="`y` argument is not supported when using a generator"):
        model.fit(batches(), Y, steps_per_epoch=2)
    with pytest.raises(ValueError, match="`steps_per_epoch=None` is only valid for a generator"):
        model.fit(batches())


def test_class_numbers_with_and_without_their_last_axis():
    model = Sequential([Dense(5, activation="softmax", input_shape=(3, 2))])
    model.compile("sgd", "sparse_categorical_crossentropy")
    x, y = np.ones((4, 3, 2), np.float32), np.arange(12).reshape(4, 3) % 5
    assert model.evaluate(x, y, verbose=0) == model.evaluate(x, y[:, :, None], verbose=0)
    with pytest.raises(ValueError, match="expected dense_\\d+ to have shape"):
        model.evaluate(x, y[:, :2], verbose=0)


def test_sparse_matrices_are_made_dense_batch_by_batch():
    model = dropout_model()
    expected = model.evaluate(X, Y, batch_size=20, verbose=0)
    np.testing.assert_allclose(model.evaluate(sparse.csr_matrix(X), Y, batch_size=20, verbose=0), expected, rtol=1e-5)
    np.testing.assert_allclose(model.predict(sparse.csr_matrix(X)), model.predict(X), rtol=1e-5)
    assert len(model.fit(sparse.csr_matrix(X), Y, batch_size=25, verbose=0).history["loss"]) == 1


def test_a_failure_stops_at_its_batch():
    found = []
    for wrong in (0, 9):
        seeded()
        model = Sequential([Embedding(5, 2, input_length=3), Flatten(), Dense(1)])
        model.compile("sgd", "mse")
        words = np.zeros((12, 3), "int32")
        words[7, 1] = wrong
        if wrong:
            with pytest.raises(tf.errors.InvalidArgumentError, match=r"indices\[3,1\] = 9 is not in \[0, 5\)"):
                model.fit(words, np.ones((12, 1)), batch_size=4, verbose=0, shuffle=False)
        else:
            model.fit(words[:4], np.ones((4, 1)), batch_size=4, verbose=0, shuffle=False)
        found.append(model.get_weights())
    for a, b in zip(*found):  # trained on the batch before, and usable
        np.testing.assert_allclose(a, b, rtol=1e-6)
    model.fit(words % 5, np.ones((12, 1)), batch_size=4, verbose=0)


def test_fit_leaves_no_data_on_the_device():
    model = dropout_model()
    model.fit(X, Y, verbose=0)
    model.predict(X)
    for f in (model.train_function, model.predict_function):
        for loop in f._loops.values():
            with pytest.raises(TypeError, match="stacked feeds"):
                loop()


def test_a_second_fit_compiles_nothing(monkeypatch):
    model = dropout_model()
    model.fit(X, Y, batch_size=10, verbose=0)
    made = []
    monkeypatch.setattr(tf.Session, "make_loop", lambda *a, **k: made.append(a))
    model.fit(X, Y, batch_size=10, epochs=2, verbose=0)
    assert not made


def test_predict_gives_each_output_its_rows():
    a = Input((4,))
    model = Model(a, [Dense(2)(a), Dense(3)(a)])
    first, second = model.predict(X, batch_size=7)
    assert first.shape == (50, 2) and second.shape == (50, 3)
    alone = [model.predict_on_batch(X[i : i + 1]) for i in (0, 33)]
    np.testing.assert_allclose(first[[0, 33]], np.concatenate([p[0] for p in alone]), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(second[[0, 33]], np.concatenate([p[1] for p in alone]), rtol=1e-5, atol=1e-6)


def test_no_samples():
    model = dropout_model()
    with pytest.raises(ValueError, match="expected dense_1_input to have shape"):
        model.predict(np.zeros((0, 3)))


def test_the_progress_bar(capsys):
    model = dropout_model()
    model.fit(X, Y, batch_size=25, epochs=1, validation_split=0.5)
    text = capsys.readouterr().out
    assert text.startswith("Train on 25 samples, validate on 25 samples\nEpoch 1/1\n")
    assert "25/25 [==============================] - " in text
    assert " - loss: " in text and " - acc: " in text and " - val_loss: " in text
    model.fit(X, Y, epochs=1, verbose=0)
    assert capsys.readouterr().out == ""


def test_a_model_that_is_not_compiled():
    model = Sequential([Dense(1, input_dim=4)])
    with pytest.raises(RuntimeError, match="compile"):
        model.fit(X, Y)
    assert model.predict(X).shape == (50, 1)


def test_the_old_name_of_epochs():
    with pytest.warns(UserWarning, match="`nb_epoch` argument in `fit` has been renamed `epochs`"):
        history = dropout_model().fit(X, Y, nb_epoch=2, verbose=0)
    assert history.epoch == [0, 1]


def test_frozen_layers_after_compile_are_warned_of():
    model = dropout_model()
    model.layers[0].trainable = False
    with pytest.warns(UserWarning, match="Discrepancy between trainable weights"):
        model.train_on_batch(X, Y)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("text", "data should be a Numpy array"),
        ([[1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 4.0]], "is not the size the model expected"),
        (None, "If predicting from data tensors"),
        ({"other": X}, 'No data provided for "dense_1_input"'),
    ],
)
def test_data_of_another_kind(data, message):
    with pytest.raises(ValueError, match=message):
        dropout_model().predict(data)


def test_tuples_and_lists_of_numbers():
    model = dropout_model()
    np.testing.assert_allclose(model.predict((X,)), model.predict(X))
    a = Input((1,))
    one = Model(a, Dense(1)(a))
    assert one.predict([1.0, 2.0, 3.0]).shape == (3, 1)


def test_batches():
    assert training_utils.make_batches(7, 3) == [(0, 3), (3, 6), (6, 7)]
    np.random.seed(0)
    shuffled = training_utils.batch_shuffle(np.arange(11), 3)
    assert sorted(shuffled) == list(range(11)) and list(shuffled[-2:]) == [9, 10]
    assert all(b - a == 1 for a, b in zip(shuffled[0:9:3], shuffled[1:9:3]))


def test_class_weights_of_all_kinds_of_targets():
    weights = training_utils.standardize_weights(np.eye(3)[[0, 2, 2]], class_weight={0: 1.0, 2: 5.0})
    assert weights.tolist() == [1.0, 5.0, 5.0]
    with pytest.raises(ValueError, match=r"The classes \{1\} exist in the data but not in `class_weight`"):
        training_utils.standardize_weights(np.array([[0], [1]]), class_weight={0: 1.0})
    with pytest.raises(ValueError, match="not supported for 3\\+ dimensional targets"):
        training_utils.standardize_weights(np.ones((2, 3, 1)), class_weight={0: 1.0})


def test_tf_keras_names_of_arguments():
    optimizer = keras.optimizers.Adam(learning_rate=0.25, epsilon=None)
    assert optimizer.get_config()["lr"] == 0.25 and optimizer.epsilon == K.epsilon()
    with pytest.raises(TypeError, match="Unexpected keyword argument passed to optimizer: rate"):
        keras.optimizers.SGD(rate=1.0)


def test_training_in_a_session_of_ones_own():
    with tf.Session() as session:
        x = tf.placeholder(tf.float32, [None, 4])
        y = Dense(1)(x)
        loss = tf.reduce_mean(tf.square(y - 1.0))
        step = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
        session.run(tf.global_variables_initializer())
        first = session.run([loss, step], {x: X})[0]
        for _ in range(5):
            session.run(step, {x: X})
        assert session.run(loss, {x: X}) < first
