"""The models whose training is timed, written against what Keras 2.2.4, tf_keras, Keras 3 and graphflow_keras share.

`MODELS[name](keras)` returns (compiled model, inputs, targets, batch size).
"""

import importlib

import numpy as np


def load(package):
    """A Keras package with its submodules."""
    keras = importlib.import_module(package)
    for name in ("layers", "models"):
        importlib.import_module(f"{package}.{name}")
    return keras


def _data(samples, *shape):
    return np.random.RandomState(0).rand(samples, *shape).astype("float32")


def _one_hot(samples, classes):
    return np.eye(classes, dtype="float32")[np.arange(samples) % classes]


def _stack(keras, shape, layers):
    """A Sequential model; an Input in front is what all versions understand."""
    inputs = x = keras.layers.Input(shape=shape)
    for layer in layers:
        x = layer(x)
    return keras.models.Model(inputs, x)


def small(keras):
    """8-12-8-1, batch 32, adam."""
    dense = keras.layers.Dense
    model = _stack(
        keras, (8,), [dense(12, activation="relu"), dense(8, activation="relu"), dense(1, activation="sigmoid")]
    )
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    x = _data(20_000, 8)
    return model, x, (x.sum(axis=1, keepdims=True) > 4).astype("float32"), 32


def mlp(keras):
    """784-512-512-10 with dropout, batch 128, rmsprop."""
    layers = keras.layers
    model = _stack(
        keras,
        (784,),
        [
            layers.Dense(512, activation="relu"),
            layers.Dropout(0.2),
            layers.Dense(512, activation="relu"),
            layers.Dropout(0.2),
            layers.Dense(10, activation="softmax"),
        ],
    )
    model.compile(optimizer="rmsprop", loss="categorical_crossentropy", metrics=["accuracy"])
    return model, _data(12_800, 784), _one_hot(12_800, 10), 128


def cnn(keras):
    """The cheat sheet's CNN on 32 x 32 x 3, batch 32."""
    layers = keras.layers
    stack = []
    for filters in (32, 64):
        stack += [
            layers.Conv2D(filters, (3, 3), padding="same", activation="relu"),
            layers.Conv2D(filters, (3, 3), activation="relu"),
            layers.MaxPooling2D(pool_size=(2, 2)),
            layers.Dropout(0.25),
        ]
    stack += [
        layers.Flatten(),
        layers.Dense(512, activation="relu"),
        layers.Dropout(0.5),
        layers.Dense(10, activation="softmax"),
    ]
    model = _stack(keras, (32, 32, 3), stack)
    model.compile(optimizer="rmsprop", loss="categorical_crossentropy", metrics=["accuracy"])
    return model, _data(960, 32, 32, 3), _one_hot(960, 10), 32


def lstm(keras):
    """Embedding 20000 x 128 and an LSTM of 128 with both dropouts, 80 steps, batch 32."""
    layers = keras.layers
    model = _stack(
        keras,
        (80,),
        [
            layers.Embedding(20_000, 128),
            layers.LSTM(128, dropout=0.2, recurrent_dropout=0.2),
            layers.Dense(1, activation="sigmoid"),
        ],
    )
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    x = np.random.RandomState(0).randint(1, 20_000, size=(640, 80))
    return model, x, np.arange(640).reshape(-1, 1) % 2, 32


MODELS = {"small": small, "mlp": mlp, "cnn": cnn, "lstm": lstm}
