"""Callbacks: what needs no judge."""

import json
import sys
import types

import numpy as np
import pytest

import graphflow as tf
from graphflow_keras import _callback_base, callbacks
from graphflow_keras import backend as K
from graphflow_keras.layers import Dense, Embedding, Flatten
from graphflow_keras.models import Sequential

X = np.random.RandomState(0).rand(24, 3).astype("float32")
Y = X.sum(axis=1, keepdims=True)


def compiled():
    model = Sequential([Dense(1, input_dim=3)])
    model.compile("sgd", "mse", metrics=["mae"])
    return model


def test_who_must_be_called_between_batches():
    class Quiet(callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            pass

    class OwnLogger(callbacks.BaseLogger):
        def on_batch_end(self, batch, logs=None):
            pass

    def acts(*found):
        return callbacks.CallbackList(found).act_between_batches()

    assert not acts(callbacks.BaseLogger(), callbacks.ProgbarLogger(), callbacks.History(), Quiet())
    assert not acts(callbacks.EarlyStopping(), callbacks.CSVLogger("x"), callbacks.LambdaCallback(on_epoch_end=print))
    assert acts(callbacks.TerminateOnNaN())
    assert acts(OwnLogger())
    assert acts(callbacks.LambdaCallback(on_batch_begin=print))


def test_a_watcher_sees_every_batch_in_order_after_a_dispatch():
    class Watcher(_callback_base.Watcher):
        calls = []

        def on_batch_begin(self, batch, logs=None):
            self.calls.append(("begin", batch, dict(logs)))

        def on_batch_end(self, batch, logs=None):
            self.calls.append(("end", batch, dict(logs)))

    batches = callbacks.Batches(3, [5, 5], {"loss": np.array([1.0, 2.0])})
    callbacks.CallbackList([Watcher()]).after_batches(batches)
    assert Watcher.calls == [
        ("begin", 3, {"batch": 3, "size": 5}),
        ("end", 3, {"batch": 3, "size": 5, "loss": 1.0}),
        ("begin", 4, {"batch": 4, "size": 5}),
        ("end", 4, {"batch": 4, "size": 5, "loss": 2.0}),
    ]


def test_the_logger_averages_chunks_as_it_averages_batches():
    sizes, losses = [4, 4, 4, 3], np.array([1.0, 2.0, 3.0, 7.0], "float32")
    found = []
    for cuts in ([4], [1, 2, 1]):
        logger = callbacks.BaseLogger(stateful_metrics=["count"])
        logger.set_params({"metrics": ["loss", "count"]})
        logger.on_epoch_begin(0)
        first = 0
        for cut in cuts:
            part = slice(first, first + cut)
            logger._after_batches(
                callbacks.Batches(first, sizes[part], {"loss": losses[part], "count": np.arange(4)[part]})
            )
            first += cut
        logs = {}
        logger.on_epoch_end(0, logs)
        found.append(logs)
    assert found[0] == found[1] == {"loss": pytest.approx(np.average(losses, weights=sizes)), "count": 3}


def test_a_slow_batch_callback_is_warned_of(monkeypatch):
    clock = iter(np.arange(0.0, 100.0, 0.3))
    monkeypatch.setattr(_callback_base.time, "time", lambda: next(clock))
    listed = callbacks.CallbackList([callbacks.Callback()])
    listed.on_epoch_begin(0)
    listed.on_batch_begin(0)
    with pytest.warns(UserWarning, match=r"Method on_batch_end\(\) is slow"):
        listed.on_batch_end(0)


def test_early_stopping_on_what_is_not_there():
    with pytest.warns(RuntimeWarning, match="`val_loss` which is not available. Available metrics are: loss"):
        compiled().fit(X, Y, verbose=0, callbacks=[callbacks.EarlyStopping()])


def test_early_stopping_can_serve_twice():
    stopper = callbacks.EarlyStopping("loss", min_delta=100.0, verbose=1)
    for _ in range(2):
        assert compiled().fit(X, Y, epochs=5, verbose=0, callbacks=[stopper]).epoch == [0, 1]


def test_texts(capsys):
    model = compiled()
    model.fit(
        X,
        Y,
        epochs=3,
        verbose=0,
        callbacks=[
            callbacks.LearningRateScheduler(lambda epoch: 0.5 - 0.25 * epoch, verbose=1),
            callbacks.ReduceLROnPlateau("loss", factor=0.5, patience=1, min_delta=1000.0, verbose=1),
        ],
    )
    assert capsys.readouterr().out == (
        "\nEpoch 00001: LearningRateScheduler setting learning rate to 0.5.\n"
        "\nEpoch 00002: LearningRateScheduler setting learning rate to 0.25.\n"
        "\nEpoch 00002: ReduceLROnPlateau reducing learning rate to 0.125.\n"
        "\nEpoch 00003: LearningRateScheduler setting learning rate to 0.0.\n"
    )


def test_a_schedule_that_gives_no_float():
    scheduler = callbacks.LearningRateScheduler(lambda epoch, lr: 1)
    with pytest.raises(ValueError, match="should be float"):
        compiled().fit(X, Y, verbose=0, callbacks=[scheduler])


def test_bad_modes_and_factors():
    for make in (
        lambda: callbacks.EarlyStopping(mode="least"),
        lambda: callbacks.ModelCheckpoint("x", mode="least"),
        lambda: callbacks.ReduceLROnPlateau(mode="least"),
    ):
        with pytest.warns(RuntimeWarning, match="least is unknown, fallback to auto mode"):
            make()
    with pytest.raises(ValueError, match="factor >= 1.0"):
        callbacks.ReduceLROnPlateau(factor=1.0)
    with pytest.warns(UserWarning, match="`epsilon` argument is deprecated"):
        assert callbacks.ReduceLROnPlateau(epsilon=0.5).min_delta == 0.5


def test_checkpoints_hold_the_weights_of_their_epoch(tmp_path):
    model = compiled()
    kept = []
    model.fit(
        X,
        Y,
        epochs=2,
        verbose=0,
        callbacks=[
            callbacks.ModelCheckpoint(str(tmp_path / "{epoch}-{loss:.1f}.h5"), save_weights_only=True),
            callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: kept.append(model.get_weights())),
        ],
    )
    files = sorted(tmp_path.iterdir())
    assert len(files) == 2
    for file, weights in zip(files, kept):
        model.load_weights(str(file))
        np.testing.assert_array_equal(model.get_weights()[0], weights[0])


def test_a_monitor_far_away(monkeypatch):
    sent = []
    server = types.SimpleNamespace(
        post=lambda url, headers=None, **body: sent.append((url, headers, body)),
        exceptions=types.SimpleNamespace(RequestException=OSError),
    )
    monkeypatch.setattr(callbacks, "requests", server)
    compiled().fit(
        X,
        Y,
        verbose=0,
        callbacks=[callbacks.RemoteMonitor("http://here"), callbacks.RemoteMonitor(send_as_json=True, path="/p")],
    )
    (url, _, form), (_, _, body) = sent
    assert url == "http://here/publish/epoch/end/"
    assert json.loads(form["data"]["data"]).keys() == {"epoch", "loss", "mean_absolute_error"} == body["json"].keys()
    monkeypatch.setattr(callbacks, "requests", None)
    with pytest.raises(ImportError, match="requests"):
        callbacks.RemoteMonitor().on_epoch_end(0)


def test_csv_of_several_values(tmp_path):
    logger = callbacks.CSVLogger(str(tmp_path / "log.csv"))
    logger.set_model(types.SimpleNamespace(stop_training=False))
    logger.on_train_begin()
    logger.on_epoch_end(0, {"a": np.array([1, 2]), "b": np.float32(0.5), "c": "text"})
    logger.on_train_end()
    assert (tmp_path / "log.csv").read_bytes() == b'epoch,a,b,c\r\n0,"""[1, 2]""",0.5,text\r\n'


def _events(folder):
    """Every scalar, histogram and image of the event files of a folder: tag -> list of (step, kind)."""
    found = {}
    for file in sorted(folder.glob("events.*")):
        for event in tf.train.summary_iterator(str(file)):
            for value in event.summary.value:
                found.setdefault(value.tag, []).append((event.step, value.WhichOneof("value")))
            if event.graph_def:
                found["graph"] = len(event.graph_def)
    return found


def test_tensorboard_files(tmp_path):
    model = Sequential([Embedding(6, 2, input_length=3), Flatten(), Dense(1)])
    model.compile("sgd", "mse")
    words = np.arange(24).reshape(8, 3) % 6
    board = callbacks.TensorBoard(
        str(tmp_path),
        histogram_freq=1,
        write_grads=True,
        write_images=True,
        embeddings_freq=1,
        embeddings_data=words,
        update_freq="batch",
        batch_size=4,
    )
    assert not callbacks.CallbackList([board]).act_between_batches()
    model.fit(words, Y[:8], batch_size=4, epochs=2, verbose=0, validation_split=0.5, callbacks=[board])
    found = _events(tmp_path)
    assert [kind for _, kind in found["loss"]] == ["simple_value"] * len(found["loss"])
    assert [step for step, _ in found["val_loss"]] == [4, 8]
    assert found["graph"] > 0
    for tag in ("dense_1/kernel_0", "dense_1/kernel_0_grad", "dense_1_out", "embedding_1/embeddings_0"):
        assert {kind for _, kind in found[tag]} == {"histo"}
    assert [kind for _, kind in found["dense_1/kernel_0_1/image/0"]] == ["image", "image"]
    text = (tmp_path / "projector_config.pbtxt").read_text()
    assert text == 'embeddings {\n  tensor_name: "embedding_1_embedding:0"\n}\n'
    assert (tmp_path / "keras_embedding.ckpt-1.index").exists()


def test_tensorboard_asks_for_its_data(tmp_path):
    for options, message in (({"histogram_freq": 1}, "validation_data"), ({"embeddings_freq": 1}, "embeddings_data")):
        with pytest.raises(ValueError, match=message):
            compiled().fit(X, Y, verbose=0, callbacks=[callbacks.TensorBoard(str(tmp_path), **options)])


def test_the_phase_of_training_is_set_back():
    compiled().fit(X, Y, verbose=0)
    assert K.get_session().run(K.learning_phase()) == np.False_
    assert "keras" not in sys.modules
