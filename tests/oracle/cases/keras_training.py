"""Keras's training: histories over three epochs, single batches, generators, callbacks; a row is a model with its options."""

import os
import tempfile

import numpy as np

from tests.oracle import training_models as models
from tests.oracle.harness import floats, integers, keras_script
from tests.oracle.training_models import labels, one_hot, rows, words

SGD = {"optimizer": "sgd"}
MSE = {"optimizer": "sgd", "loss": "mse"}
BINARY = {"optimizer": "rmsprop", "loss": "binary_crossentropy", "metrics": ["accuracy"]}
CLASSES = {"optimizer": "adam", "loss": "categorical_crossentropy", "metrics": ["accuracy"]}
SPARSE = dict(CLASSES, loss="sparse_categorical_crossentropy")
TWO = {"optimizer": "sgd", "loss": {"value": "mse", "kind": "categorical_crossentropy"}}

ONE_IN = (rows(24), rows(24, 1, seed=3))
YES_NO = (rows(24), labels(24))
ONE_OF = (rows(24), one_hot(24))
NUMBERED = (rows(24), labels(24, 3))
IMAGES = (floats(16, 6, 6, 1), one_hot(16))
STEPS = (floats(16, 3, 4), rows(16, 1, seed=3))
STEPS_OUT = (floats(16, 3, 4), floats(16, 3, 2, seed=3))
WORDS = (words(16), labels(16))
WORDS_OUT = (words(16), floats(16, 5, 2, seed=3))
TWO_IN = ([rows(16), rows(16, 3, seed=4)], [rows(16, 1, seed=5), one_hot(16)])
NAMED = ({"b": TWO_IN[0][1], "a": TWO_IN[0][0]}, {"kind": TWO_IN[1][1], "value": TWO_IN[1][0]})
TWINS = ([rows(16), rows(16, seed=4)], rows(16, 1, seed=5))
WEIGHTS = np.arange(24, dtype="float32") % 5

# name: model, data, compile, fit
FITS = {
    "linear": (models.linear, ONE_IN, MSE, {}),
    "linear_batch_5": (models.linear, ONE_IN, MSE, {"batch_size": 5}),
    "linear_batch_1": (models.linear, ONE_IN, MSE, {"batch_size": 1}),
    "linear_one_large_batch": (models.linear, ONE_IN, MSE, {"batch_size": 100}),
    "in_order": (models.linear, ONE_IN, MSE, {"batch_size": 6, "shuffle": False}),
    "whole_batches_shuffled": (models.linear, ONE_IN, MSE, {"batch_size": 5, "shuffle": "batch"}),
    "from_epoch_1": (models.linear, ONE_IN, MSE, {"batch_size": 6, "initial_epoch": 1}),
    "one_axis_of_data": (models.linear, (ONE_IN[0], ONE_IN[1][:, 0]), MSE, {"batch_size": 8}),
    "float64_data": (models.linear, (ONE_IN[0].astype("float64"), ONE_IN[1].astype("int64")), MSE, {"batch_size": 8}),
    "all_losses_mae": (models.linear, ONE_IN, {"optimizer": "sgd", "loss": "mae", "metrics": ["mse", "mape"]}, {}),
    "hinge": (models.linear, ONE_IN, {"optimizer": "sgd", "loss": "hinge", "metrics": ["squared_hinge"]}, {}),
    "logcosh": (models.linear, ONE_IN, {"optimizer": "adam", "loss": "logcosh", "metrics": ["cosine"]}, {}),
    "kld": (models.classes, ONE_OF, {"optimizer": "adam", "loss": "kld", "metrics": ["ce"]}, {}),
    "poisson": (models.binary, YES_NO, {"optimizer": "adam", "loss": "poisson", "metrics": ["acc"]}, {}),
    "binary": (models.binary, YES_NO, BINARY, {"batch_size": 8}),
    "binary_two_metrics": (models.binary, YES_NO, dict(BINARY, metrics=["acc", "ce", "mae"]), {"batch_size": 8}),
    "same_metric_twice": (models.binary, YES_NO, dict(BINARY, metrics=["acc", "accuracy"]), {"batch_size": 8}),
    "binary_class_weight": (models.binary, YES_NO, BINARY, {"batch_size": 8, "class_weight": {0: 1.0, 1: 3.0}}),
    "binary_sample_weight": (models.binary, YES_NO, BINARY, {"batch_size": 8, "sample_weight": WEIGHTS}),
    "weighted_metrics": (
        models.binary,
        YES_NO,
        dict(BINARY, weighted_metrics=["accuracy", "mse"]),
        {"batch_size": 8, "sample_weight": WEIGHTS},
    ),
    "classes": (models.classes, ONE_OF, CLASSES, {"batch_size": 8}),
    "classes_top_k": (models.classes, ONE_OF, dict(CLASSES, metrics=["top_k_categorical_accuracy"]), {"batch_size": 8}),
    "classes_class_weight": (models.classes, ONE_OF, CLASSES, {"batch_size": 8, "class_weight": {0: 1, 1: 2, 2: 0.5}}),
    "classes_validation_split": (models.classes, ONE_OF, CLASSES, {"batch_size": 8, "validation_split": 0.3}),
    "classes_validation_data": (
        models.classes,
        ONE_OF,
        CLASSES,
        {"batch_size": 8, "validation_data": (rows(11, seed=8), one_hot(11, seed=9))},
    ),
    "validation_sample_weight": (
        models.classes,
        ONE_OF,
        CLASSES,
        {"batch_size": 8, "validation_data": (rows(8, seed=8), one_hot(8, seed=9), WEIGHTS[:8])},
    ),
    "split_of_weighted_samples": (
        models.binary,
        YES_NO,
        BINARY,
        {"batch_size": 6, "sample_weight": WEIGHTS, "validation_split": 0.5},
    ),
    "sparse": (models.classes, NUMBERED, SPARSE, {"batch_size": 8}),
    "sparse_crossentropy_metric": (models.classes, NUMBERED, dict(SPARSE, metrics=["ce", "acc"]), {"batch_size": 8}),
    "dropout": (models.dropout, YES_NO, BINARY, {"batch_size": 8}),
    "dropout_rest": (models.dropout, YES_NO, BINARY, {"batch_size": 7, "validation_split": 0.25}),
    "noisy": (models.noisy, ONE_IN, MSE, {"batch_size": 8}),
    "batch_norm": (models.batch_norm, ONE_IN, MSE, {"batch_size": 8, "validation_split": 0.25}),
    "regularized": (models.regularized, ONE_IN, MSE, {"batch_size": 8}),
    "conv": (models.conv, IMAGES, CLASSES, {"batch_size": 8}),
    "conv_sgd": (models.conv, IMAGES, dict(CLASSES, optimizer="sgd"), {"batch_size": 8, "shuffle": False}),
    "simple_rnn": (models.recurrent("SimpleRNN"), STEPS, MSE, {"batch_size": 8}),
    "lstm": (models.recurrent("LSTM"), STEPS, MSE, {"batch_size": 8}),
    "lstm_unrolled": (models.recurrent("LSTM", unroll=True), STEPS, MSE, {"batch_size": 8}),
    "lstm_dropout": (models.recurrent("LSTM", dropout=0.2, recurrent_dropout=0.2), STEPS, MSE, {"batch_size": 8}),
    "gru": (models.recurrent("GRU"), STEPS, MSE, {"batch_size": 8}),
    "embedding": (models.embedding, WORDS, BINARY, {"batch_size": 8}),
    "masked": (models.masked, WORDS_OUT, MSE, {"batch_size": 8}),
    "temporal_weights": (
        models.temporal,
        STEPS_OUT,
        dict(MSE, sample_weight_mode="temporal"),
        {"batch_size": 8, "sample_weight": integers(16, 3, high=3, seed=4).astype("float32")},
    ),
    "masked_temporal_weights": (
        models.masked,
        WORDS_OUT,
        dict(MSE, sample_weight_mode="temporal"),
        {"batch_size": 8, "sample_weight": integers(16, 5, high=3, seed=4).astype("float32")},
    ),
    "two_outputs": (models.two_in_two_out, TWO_IN, TWO, {"batch_size": 8}),
    "two_outputs_by_name": (
        models.two_in_two_out,
        NAMED,
        dict(TWO, loss_weights={"kind": 0.3}, metrics={"kind": "acc", "value": ["mae"]}),
        {"batch_size": 8},
    ),
    "two_outputs_listed": (
        models.two_in_two_out,
        TWO_IN,
        {"optimizer": "sgd", "loss": ["mse", "categorical_crossentropy"], "loss_weights": [2, 0.5], "metrics": ["acc"]},
        {"batch_size": 8, "validation_split": 0.25},
    ),
    "two_outputs_weighted": (
        models.two_in_two_out,
        TWO_IN,
        TWO,
        {"batch_size": 8, "sample_weight": {"kind": WEIGHTS[:16]}},
    ),
    "two_outputs_class_weight": (
        models.two_in_two_out,
        TWO_IN,
        TWO,
        {"batch_size": 8, "class_weight": {"kind": {0: 1, 1: 2, 2: 3}}},
    ),
    "shared": (models.shared, TWINS, MSE, {"batch_size": 8}),
}


def _fit(build, data, compile_options, fit_options):
    def run(keras):
        models.one_thread(keras)
        model = build(keras)
        model.compile(**dict(compile_options, optimizer=models.ordered(keras, compile_options["optimizer"])))
        history = model.fit(data[0], data[1], epochs=3, verbose=0, **fit_options)
        return models.summary(model, history)

    return run


for _name, _row in FITS.items():
    keras_script(name="fit_" + _name, rtol=1e-4, atol=1e-4)(_fit(*_row))


# -- callbacks ----------------------------------------------------------------------------------------------------------


def _lr(epoch):
    return 0.1 / (1 + epoch)


# name: what makes the callback, the options of fit
CALLBACKS = {
    "early_stopping": (lambda c: c.EarlyStopping("loss", min_delta=0.2), {}),
    "early_stopping_patient": (lambda c: c.EarlyStopping("val_loss", patience=2, min_delta=1.0), {}),
    "early_stopping_restores": (
        lambda c: c.EarlyStopping("val_loss", min_delta=5.0, patience=1, restore_best_weights=True),
        {},
    ),
    "early_stopping_max": (lambda c: c.EarlyStopping("mean_absolute_error", mode="max"), {}),
    "early_stopping_baseline": (lambda c: c.EarlyStopping("loss", baseline=0.001, patience=1), {}),
    "plateau": (lambda c: c.ReduceLROnPlateau("loss", factor=0.5, patience=1, min_delta=1.0), {}),
    "plateau_cooldown": (
        lambda c: c.ReduceLROnPlateau("val_loss", factor=0.2, patience=1, min_delta=1.0, cooldown=1, min_lr=0.001),
        {},
    ),
    "plateau_max": (lambda c: c.ReduceLROnPlateau("val_loss", mode="max", patience=1, factor=0.5), {}),
    "schedule": (lambda c: c.LearningRateScheduler(_lr), {}),
    "schedule_of_rate": (lambda c: c.LearningRateScheduler(lambda epoch, lr: lr * 0.5), {}),
    "lambda_nothing": (lambda c: c.LambdaCallback(), {}),
    "nan": (lambda c: c.TerminateOnNaN(), {"sample_weight": np.where(np.arange(24) == 20, np.inf, 1.0)}),
    "nan_in_the_middle": (
        lambda c: c.TerminateOnNaN(),
        {"sample_weight": np.where(np.arange(24) == 7, np.nan, 1.0), "shuffle": False},
    ),
}


def _fit_with_callback(make, options):
    def run(keras):
        models.one_thread(keras)
        model = models.linear(keras)
        model.compile("sgd", "mse", metrics=["mae"])
        callback = make(keras.callbacks)
        options_now = dict({"validation_split": 0.25}, **options)
        history = model.fit(
            ONE_IN[0], ONE_IN[1], batch_size=6, epochs=6, verbose=0, callbacks=[callback], **options_now
        )
        result = models.summary(model, history)
        result["lr"] = keras.backend.get_value(model.optimizer.lr)
        result["wait"] = np.array([getattr(callback, "wait", -1), getattr(callback, "stopped_epoch", -1)])
        return result

    return run


for _name, _row in CALLBACKS.items():
    keras_script(name="callback_" + _name, rtol=1e-4, atol=1e-4)(_fit_with_callback(*_row))


def _compiled(keras, build=models.linear, **options):
    models.one_thread(keras)
    model = build(keras)
    optimizer = models.ordered(keras, options.pop("optimizer", "sgd"))
    model.compile(optimizer, **dict({"loss": "mse"}, **options))
    return model


@keras_script()
def the_order_of_calls(keras):
    calls = []

    class Witness(keras.callbacks.Callback):
        pass

    def method(name):
        def called(self, at=None, logs=None):
            at, logs = (at, logs) if logs is not None else (None, at)
            calls.append("%s %s %s" % (name, at, ",".join(sorted(logs or {}))))

        return called

    for name in ("on_epoch_begin", "on_epoch_end", "on_batch_begin", "on_batch_end", "on_train_begin", "on_train_end"):
        setattr(Witness, name, method(name))
    witness = Witness()
    model = _compiled(keras, metrics=["mae"])
    model.fit(ONE_IN[0], ONE_IN[1], batch_size=10, epochs=2, verbose=0, callbacks=[witness], validation_split=0.25)
    params = sorted(witness.params.items())
    return {"calls": "\n".join(calls), "params": "\n".join("%s=%s" % item for item in params)}


@keras_script(rtol=1e-4, atol=1e-5)
def what_a_batch_callback_sees(keras):
    seen = []
    model = _compiled(keras)
    look = keras.callbacks.LambdaCallback(
        on_batch_begin=lambda batch, logs: seen.append([batch, logs["size"], model.get_weights()[0][0, 0]]),
        on_batch_end=lambda batch, logs: seen.append([batch, logs["loss"], model.get_weights()[0][0, 0]]),
    )
    model.fit(ONE_IN[0], ONE_IN[1], batch_size=7, epochs=2, verbose=0, callbacks=[look])
    return {"seen": np.array(seen, dtype="float64")}


@keras_script()
def a_callback_stops_within_an_epoch(keras):
    model = _compiled(keras)

    def stop(batch, logs):
        model.stop_training = batch == 1

    stopper = keras.callbacks.LambdaCallback(on_batch_end=stop)
    history = model.fit(
        ONE_IN[0], ONE_IN[1], batch_size=6, epochs=3, verbose=0, callbacks=[stopper], validation_split=0.25
    )
    return {"labels": ",".join(sorted(history.history)), "epochs": np.array(history.epoch)}


def _csv(keras, folder, **options):
    path = os.path.join(folder, "log.csv")
    logger = keras.callbacks.CSVLogger(path, **options)
    model = _compiled(keras, metrics=["mae"])
    model.set_weights([np.zeros((4, 1)), np.zeros(1)])
    model.optimizer.lr = 0.0
    for _ in range(2):
        model.fit(ONE_IN[0], ONE_IN[1], batch_size=24, epochs=2, verbose=0, callbacks=[logger])
    with open(path, newline="") as f:
        lines = f.read().split("\n")
    # the numbers themselves differ in their last digits
    return "\n".join(line if i == 0 else line[:6] for i, line in enumerate(lines))


@keras_script()
def csv_text(keras):
    folder = tempfile.mkdtemp()
    return {"plain": _csv(keras, folder), "appended": _csv(keras, folder, append=True, separator=";")}


@keras_script()
def files_of_checkpoints(keras):
    found = {}
    data = ONE_IN[0], ONE_IN[1]
    for name, options in {
        "all": {},
        "every_second": {"period": 2},
        "best": {"monitor": "loss", "save_best_only": True, "mode": "max"},
        "weights": {"save_weights_only": True, "period": 3},
    }.items():
        folder = tempfile.mkdtemp()
        path = os.path.join(folder, "at-{epoch:02d}.h5")
        saver = keras.callbacks.ModelCheckpoint(path, **options)
        _compiled(keras).fit(*data, batch_size=24, epochs=4, verbose=0, callbacks=[saver])
        found[name] = ",".join(sorted(os.listdir(folder)))
    return found


# -- evaluation, prediction, single batches -------------------------------------------------------------------------------


@keras_script(rtol=1e-4, atol=1e-5)
def evaluate_and_predict(keras):
    model = _compiled(keras, models.dropout, loss="binary_crossentropy", metrics=["acc"])
    x, y = YES_NO
    return {
        "evaluate": np.array(model.evaluate(x, y, verbose=0)),
        "in_batches": np.array(model.evaluate(x, y, batch_size=7, verbose=0)),
        "weighted": np.array(model.evaluate(x, y, batch_size=7, sample_weight=WEIGHTS, verbose=0)),
        "predict": model.predict(x, batch_size=5),
        "predict_one": model.predict(x[:1]),
        "classes": model.predict_classes(x, batch_size=24),
        "proba": model.predict_proba(x, batch_size=24),
        "labels": ",".join(model.metrics_names),
    }


@keras_script(rtol=1e-4, atol=1e-5)
def single_batches(keras):
    model = _compiled(keras, models.two_in_two_out, loss=["mse", "categorical_crossentropy"], metrics=["acc"])
    x, y = TWO_IN
    results = {"names": ",".join(model.metrics_names)}
    for i in range(3):
        results["train_%d" % i] = np.array(model.train_on_batch(x, y))
    results["weighted"] = np.array(model.train_on_batch(x, y, sample_weight=[WEIGHTS[:16], WEIGHTS[4:20]]))
    results["test"] = np.array(model.test_on_batch(x, y))
    results["value"], results["kind"] = model.predict_on_batch(x)
    return results


@keras_script(rtol=1e-4, atol=1e-5)
def a_loss_of_ones_own(keras):
    K = keras.backend

    def loss(y_true, y_pred):
        return K.mean(K.square(y_true - y_pred), axis=-1) + 0.1 * K.sum(K.abs(y_pred), axis=-1)

    def largest(y_true, y_pred):
        return K.max(y_pred)

    model = _compiled(keras, loss=loss, metrics=[largest, keras.losses.mean_squared_error])
    return models.summary(model, model.fit(ONE_IN[0], ONE_IN[1], epochs=3, batch_size=6, verbose=0))


@keras_script(rtol=1e-4, atol=1e-5)
def a_stateful_metric(keras):
    K = keras.backend

    class Count(keras.layers.Layer):
        def __init__(self, **kwargs):
            super(Count, self).__init__(name="count", **kwargs)
            self.stateful = True
            self.total = K.variable(value=0, dtype="int32")

        def reset_states(self):
            K.set_value(self.total, 0)

        def __call__(self, y_true, y_pred):
            positive = K.sum(K.cast(y_true > 0, "int32"))
            self.add_update(K.update_add(self.total, positive), inputs=[y_true, y_pred])
            return self.total * 1 + positive

    model = _compiled(keras, metrics=[Count()])
    history = model.fit(ONE_IN[0], ONE_IN[1], epochs=2, batch_size=24, verbose=0, shuffle=False)
    return {"labels": ",".join(sorted(history.history)), "names": ",".join(model.stateful_metric_names)}


@keras_script(rtol=1e-4, atol=1e-5)
def tensors_as_data(keras):
    K = keras.backend
    models.one_thread(keras)
    x = keras.layers.Input(tensor=K.constant(ONE_IN[0]))
    model = keras.models.Model(x, keras.layers.Dense(1)(x))
    model.compile("sgd", "mse", target_tensors=[K.constant(ONE_IN[1])])
    history = model.fit(epochs=3, steps_per_epoch=4, verbose=0)
    result = models.summary(model, history)
    result["evaluate"] = model.evaluate(steps=2, verbose=0)
    result["predict"] = model.predict(None, steps=2)
    return result


@keras_script(rtol=1e-4, atol=1e-5)
def fed_input_and_target_tensor(keras):
    K = keras.backend
    models.one_thread(keras)
    model = models.linear(keras)
    target = K.placeholder((None, 1))
    model.compile("sgd", "mse", target_tensors=target)
    return models.summary(model, model.fit(ONE_IN[0], ONE_IN[1], epochs=2, batch_size=12, verbose=0))


@keras_script(rtol=1e-4, atol=1e-5)
def frozen_layers(keras):
    models.one_thread(keras)
    model = models.binary(keras)
    model.layers[0].trainable = False
    model.compile("sgd", "binary_crossentropy")
    return models.summary(model, model.fit(YES_NO[0], YES_NO[1], epochs=2, batch_size=12, verbose=0))


@keras_script(rtol=1e-4, atol=1e-5)
def fit_twice(keras):
    model = _compiled(keras, models.dropout, optimizer="adam", loss="binary_crossentropy")
    model.fit(YES_NO[0], YES_NO[1], epochs=1, batch_size=8, verbose=0)
    return models.summary(model, model.fit(YES_NO[0], YES_NO[1], epochs=3, initial_epoch=1, batch_size=8, verbose=0))


@keras_script(rtol=1e-4, atol=1e-5)
def a_subclassed_model(keras):
    models.one_thread(keras)

    class Net(keras.models.Model):
        def __init__(self):
            super(Net, self).__init__(name="net")
            self.hidden = keras.layers.Dense(3, activation="tanh")
            self.last = keras.layers.Dense(1)

        def call(self, x):
            return self.last(self.hidden(x))

    model = Net()
    model.compile(models.ordered(keras, "sgd"), "mse", metrics=["mae"])
    result = models.summary(model, model.fit(ONE_IN[0], ONE_IN[1], epochs=3, batch_size=6, verbose=0))
    result["predict"] = model.predict(ONE_IN[0][:5])
    return result


@keras_script(rtol=1e-4, atol=1e-5)
def a_stateful_network(keras):
    models.one_thread(keras)
    layers = keras.layers
    # No training: while TensorFlow goes back through a step, it writes the next step's state over this one's.
    layer = layers.LSTM(3, stateful=True, batch_input_shape=(8, 3, 4), recurrent_initializer="he_normal")
    model = keras.models.Sequential([layer, layers.Dense(1)])
    model.compile("sgd", "mse")
    result = {"predict": model.predict(STEPS[0], batch_size=8)}
    result["evaluate"] = model.evaluate(STEPS[0], STEPS[1], batch_size=8, verbose=0)
    model.reset_states()
    result["again"] = model.predict(STEPS[0], batch_size=8)
    return result


# -- generators -----------------------------------------------------------------------------------------------------------


def _sequence(keras, x, y, size, weights=None):
    class Batches(keras.utils.Sequence):
        def __len__(self):
            return len(x) // size

        def __getitem__(self, i):
            part = slice(i * size, (i + 1) * size)
            return (x[part], y[part]) if weights is None else (x[part], y[part], weights[part])

    return Batches()


def _endless(x, y, size):
    while True:
        for start in range(0, len(x), size):
            yield x[start : start + size], y[start : start + size]


@keras_script(rtol=1e-4, atol=1e-5)
def generators(keras):
    model = _compiled(keras, metrics=["mae"])
    x, y = ONE_IN
    history = model.fit_generator(_endless(x, y, 8), steps_per_epoch=3, epochs=3, verbose=0, workers=1)
    result = models.summary(model, history)
    result["evaluate"] = np.array(model.evaluate_generator(_endless(x, y, 9), steps=3))
    result["predict"] = model.predict_generator(_endless(x, y, 9), steps=3)
    return result


@keras_script(rtol=1e-4, atol=1e-5)
def generators_in_this_thread(keras):
    model = _compiled(keras, metrics=["mae"])
    x, y = ONE_IN
    history = model.fit_generator(
        _endless(x, y, 8),
        steps_per_epoch=3,
        epochs=2,
        verbose=0,
        workers=0,
        validation_data=_endless(x, y, 12),
        validation_steps=2,
    )
    return models.summary(model, history)


@keras_script(rtol=1e-4, atol=1e-5)
def sequences(keras):
    model = _compiled(keras)
    x, y = ONE_IN
    data = _sequence(keras, x, y, 6, WEIGHTS)
    held_out = _sequence(keras, x, y, 5)
    history = model.fit_generator(data, epochs=3, verbose=0, workers=2, shuffle=False, validation_data=held_out)
    result = models.summary(model, history)
    result["evaluate"] = np.array(model.evaluate_generator(data, workers=2))
    result["predict"] = model.predict_generator(held_out)
    return result


@keras_script(rtol=1e-4, atol=1e-5)
def a_generator_validated_on_arrays(keras):
    model = _compiled(keras)
    x, y = ONE_IN
    history = model.fit_generator(
        _endless(x, y, 8), steps_per_epoch=3, epochs=2, verbose=0, validation_data=(x[:10], y[:10], WEIGHTS[:10])
    )
    return models.summary(model, history)


# -- messages -------------------------------------------------------------------------------------------------------------

# name: model, compile, a call that fails
MISTAKES = {
    "rank_of_x": (models.linear, MSE, lambda m: m.fit(floats(3, 2, 2), floats(3, 1))),
    "shape_of_x": (models.linear, MSE, lambda m: m.predict(floats(3, 5))),
    "shape_of_y": (models.classes, CLASSES, lambda m: m.fit(rows(3), floats(3, 2))),
    "rank_of_y": (models.linear, MSE, lambda m: m.evaluate(rows(3), floats(3, 1, 1))),
    "number_of_samples": (models.linear, MSE, lambda m: m.fit(rows(3), floats(4, 1))),
    "numbers_for_one_hot": (models.classes, CLASSES, lambda m: m.fit(rows(3), labels(3))),
    "number_of_inputs": (models.two_in_two_out, TWO, lambda m: m.predict([rows(3)])),
    "unequal_inputs": (models.two_in_two_out, TWO, lambda m: m.fit([rows(3), rows(4, 3)], [rows(3, 1), one_hot(3)])),
    "a_missing_name": (models.two_in_two_out, TWO, lambda m: m.predict({"a": rows(3)})),
    "weights_of_samples": (models.linear, MSE, lambda m: m.fit(rows(3), rows(3, 1), sample_weight=np.ones(4))),
    "weights_of_steps": (models.linear, MSE, lambda m: m.fit(rows(3), rows(3, 1), sample_weight=np.ones((3, 2)))),
    "a_missing_class": (models.linear, MSE, lambda m: m.fit(rows(3), np.ones((3, 1)), class_weight={0: 1.0})),
    "temporal_weights": (
        models.linear,
        dict(MSE, sample_weight_mode="temporal"),
        lambda m: m.fit(rows(3), rows(3, 1)),
    ),
    "steps_and_batch_size": (models.linear, MSE, lambda m: m.evaluate(rows(3), rows(3, 1), batch_size=2, steps=2)),
    "validation_of_four": (models.linear, MSE, lambda m: m.fit(rows(3), rows(3, 1), validation_data=(1, 2, 3, 4))),
    "unknown_argument": (models.linear, MSE, lambda m: m.fit(rows(3), rows(3, 1), epoch=2)),
    "nothing_to_fit": (models.linear, MSE, lambda m: m.fit()),
    "generator_without_steps": (models.linear, MSE, lambda m: m.fit_generator(_endless(rows(3), rows(3, 1), 1))),
}

BAD_COMPILES = {
    "unknown_output": {"optimizer": "sgd", "loss": {"other": "mse"}},
    "too_many_losses": {"optimizer": "sgd", "loss": ["mse", "mse", "mse"]},
    "no_loss": {"optimizer": "sgd"},
    "loss_weights": {"optimizer": "sgd", "loss": "mse", "loss_weights": [1.0]},
    "loss_weights_of_nobody": {"optimizer": "sgd", "loss": "mse", "loss_weights": {"other": 1.0}},
    "weight_modes": {"optimizer": "sgd", "loss": "mse", "sample_weight_mode": ["temporal"]},
    "weight_mode_missing": {"optimizer": "sgd", "loss": "mse", "sample_weight_mode": {"kind": None}},
}


def _message(call):
    try:
        call()
    except Exception as err:
        return "%s: %s" % (type(err).__name__, err)
    return "no error"


def _mistake(build, compile_options, call):
    def run(keras):
        model = build(keras)
        model.compile(**compile_options)
        return {"message": _message(lambda: call(model))}

    return run


def _bad_compile(options):
    def run(keras):
        return {"message": _message(lambda: models.two_in_two_out(keras).compile(**options))}

    return run


for _name, _row in MISTAKES.items():
    keras_script(name="message_" + _name)(_mistake(*_row))
# What a name that nobody knows is answered with says more than Keras does: only its kind is compared.
UNKNOWN = {
    "loss": {"optimizer": "sgd", "loss": "something"},
    "optimizer": {"optimizer": "something", "loss": "mse"},
    "metric": {"optimizer": "sgd", "loss": "mse", "metrics": ["something"]},
}
for _name, _options in UNKNOWN.items():
    keras_script(name="unknown_" + _name, raises=True)(
        lambda keras, options=_options: models.linear(keras).compile(**options)
    )
for _name, _options in BAD_COMPILES.items():
    keras_script(name="compile_" + _name)(_bad_compile(_options))
