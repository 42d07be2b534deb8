"""The models whose files cross between Keras 2.2.4, tf_keras, Keras 3 and graphflow, each with its data.

A row makes `(model, x, y)` with the Keras package it is given; `y` is None where the model is not compiled. All
optimizers clip at a norm that nothing reaches: it makes TensorFlow 1 take all gradients before it updates a weight.
"""

import numpy as np

from tests.oracle.harness import floats, integers

CLIP = 1000.0


def optimizer(keras, name, **config):
    return getattr(keras.optimizers, name)(clipnorm=CLIP, **config)


def mlp(keras, name="Adam", **config):
    layers = keras.layers
    model = keras.models.Sequential(
        [
            layers.Dense(5, activation="relu", input_shape=(4,), kernel_regularizer="l2", name="hidden"),
            layers.Dropout(0.0),
            layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile(optimizer(keras, name, **config), "categorical_crossentropy", metrics=["accuracy"])
    return model, floats(12, 4, seed=1), np.eye(3, dtype="float32")[integers(12, high=3, seed=2)]


def cnn(keras):
    layers = keras.layers
    image = layers.Input((6, 6, 2))
    hidden = layers.Conv2D(3, (3, 3), padding="same", use_bias=False, kernel_initializer="he_normal")(image)
    hidden = layers.BatchNormalization()(hidden)
    hidden = layers.Activation("relu")(hidden)
    hidden = layers.MaxPooling2D((2, 2))(hidden)
    hidden = layers.Flatten()(hidden)
    model = keras.models.Model(image, layers.Dense(2)(hidden))
    model.compile(optimizer(keras, "SGD", momentum=0.9), "mse", metrics=["mae"])
    return model, floats(8, 6, 6, 2, seed=3), floats(8, 2, seed=4)


def stacked_stateful_lstm(keras):
    layers = keras.layers
    model, first = keras.models.Sequential(), {"batch_input_shape": (4, 5, 2)}
    if keras.__version__.startswith("3"):
        model.add(layers.Input(batch_shape=first.pop("batch_input_shape")))
    model.add(layers.LSTM(3, return_sequences=True, stateful=True, **first))
    model.add(layers.LSTM(2, stateful=True, recurrent_activation="sigmoid"))
    model.add(layers.Dense(1))
    model.compile(optimizer(keras, "SGD"), "mse")
    return model, floats(8, 5, 2, seed=5), floats(8, 1, seed=6)


def bidirectional_gru(keras):
    layers = keras.layers
    model = keras.models.Sequential()
    model.add(layers.Embedding(7, 3, mask_zero=True))
    model.add(layers.Bidirectional(layers.GRU(2, return_sequences=True), merge_mode="sum"))
    model.add(layers.TimeDistributed(layers.Dense(2, activation="tanh")))
    model.add(layers.SimpleRNN(2))
    model.add(layers.Dense(1, activation="sigmoid"))
    model.compile(optimizer(keras, "SGD"), "binary_crossentropy")
    words = integers(6, 5, high=7, seed=7)
    words[0, 3:] = 0
    return model, words, integers(6, 1, high=2, seed=8).astype("float32")


def nested_and_shared(keras):
    layers = keras.layers
    block = keras.models.Sequential(
        [layers.Dense(3, activation="tanh", input_shape=(4,)), layers.BatchNormalization()], name="block"
    )
    left, right = layers.Input((4,), name="left"), layers.Input((4,), name="right")
    inner_in = layers.Input((3,))
    inner = keras.models.Model(inner_in, layers.Dense(2, name="inner_dense")(inner_in), name="inner")
    merged = layers.concatenate([inner(block(left)), inner(block(right))])
    model = keras.models.Model([left, right], [layers.Dense(1, name="a")(merged), layers.Dense(2, name="b")(merged)])
    model.compile(optimizer(keras, "Adam"), {"a": "mse", "b": "mae"}, loss_weights={"a": 1.0, "b": 0.5})
    x = [floats(6, 4, seed=9), floats(6, 4, seed=10)]
    return model, x, [floats(6, 1, seed=11), floats(6, 2, seed=12)]


def with_lambda(keras):
    layers = keras.layers
    x = layers.Input((3,))
    hidden = layers.Lambda(lambda z: z * 2.0, output_shape=(3,), name="twice")(layers.Dense(3)(x))
    model = keras.models.Model(x, layers.Dense(2)(hidden))
    return model, floats(4, 3, seed=13), None


def convolutions(keras):
    layers = keras.layers
    x = layers.Input((8, 8, 2))
    hidden = layers.SeparableConv2D(3, 3, activation="relu")(x)
    hidden = layers.DepthwiseConv2D(2, padding="same")(hidden)
    hidden = layers.Conv2DTranspose(2, 2, strides=2)(hidden)
    hidden = layers.LeakyReLU()(layers.ZeroPadding2D(1)(hidden))
    hidden = layers.add([layers.UpSampling2D(2)(layers.AveragePooling2D(2)(hidden)), hidden])
    model = keras.models.Model(x, layers.GlobalAveragePooling2D()(hidden))
    return model, floats(2, 8, 8, 2, seed=14), None


def legacy_sgd(keras):
    """tf_keras with one of its first optimizers."""
    layers = keras.layers
    model = keras.models.Sequential([layers.Dense(3, activation="tanh", input_shape=(4,)), layers.Dense(1)])
    model.compile(keras.optimizers.legacy.SGD(learning_rate=0.05, momentum=0.9, clipnorm=CLIP), loss="mse")
    return model, floats(8, 4, seed=15), floats(8, 1, seed=16)


def legacy_adam(keras):
    model, x, y = mlp(keras)
    model.compile(keras.optimizers.legacy.Adam(clipnorm=CLIP), "categorical_crossentropy", metrics=["accuracy"])
    return model, x, y


def of_optimizer(name, **config):
    return lambda keras: mlp(keras, name, **config)


COMMON = {
    "mlp": mlp,
    "cnn": cnn,
    "stacked_stateful_lstm": stacked_stateful_lstm,
    "bidirectional_gru": bidirectional_gru,
    "nested_and_shared": nested_and_shared,
    "with_lambda": with_lambda,
    "convolutions": convolutions,
}
KERAS_2 = dict(
    COMMON,
    rmsprop=of_optimizer("RMSprop", decay=0.1),
    adagrad=of_optimizer("Adagrad"),
    adadelta=of_optimizer("Adadelta"),
    adamax=of_optimizer("Adamax"),
    nadam=of_optimizer("Nadam"),
    amsgrad=of_optimizer("Adam", amsgrad=True),
)
TF_KERAS = dict(COMMON, legacy_sgd=legacy_sgd, legacy_adam=legacy_adam, amsgrad=of_optimizer("Adam", amsgrad=True))
KERAS_3 = {name: make for name, make in COMMON.items() if name != "with_lambda"}
KERAS_3["mlp"] = of_optimizer("Adam")
TF_1_KERAS = {name: COMMON[name] for name in ("mlp", "cnn", "bidirectional_gru", "nested_and_shared")}
MODELS = {"keras_2": KERAS_2, "tf_1_keras": TF_1_KERAS, "tf_keras": TF_KERAS, "keras_3": KERAS_3}


def train(model, x, y, epochs=2):
    """The losses of some epochs in the order of the data."""
    return model.fit(x, y, batch_size=4, epochs=epochs, shuffle=False, verbose=0).history["loss"]
