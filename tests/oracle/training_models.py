"""Small models and data for the cases of Keras's training; a builder takes the Keras package and returns a model."""

import numpy as np

from tests.oracle.harness import floats, integers


def one_thread(keras):
    """Gives Keras a session with one thread: with more, TensorFlow may read a weight while it is being updated."""
    tf = keras.backend.tf
    config = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
    keras.backend.set_session(tf.Session(config=config))


def ordered(keras, name):
    """An optimizer that updates nothing before all gradients are there: TensorFlow reads weights while others are written."""
    return keras.optimizers.get({"class_name": name, "config": {"clipnorm": 1000.0}})


def rows(count, width=4, seed=0):
    """Inputs `[count, width]`."""
    return floats(count, width, seed=seed)


def labels(count, classes=2, seed=1):
    """Class numbers `[count, 1]`."""
    return integers(count, 1, seed=seed, high=classes)


def one_hot(count, classes=3, seed=1):
    """Classes as rows of zeros and a one."""
    return np.eye(classes, dtype="float32")[labels(count, classes, seed).ravel()]


def words(count, length=5, seed=2):
    """Word numbers `[count, length]`, 0 for none at the end."""
    numbers = integers(count, length, seed=seed, low=1, high=10)
    numbers[::2, length - 2 :] = 0
    return numbers


def summary(model, history):
    """What a case compares: each label's values, and all weights."""
    result = {label: np.array(values) for label, values in history.history.items()}
    result["epochs"] = np.array(history.epoch)
    weights = [w.ravel() for w in model.get_weights()]
    result["weights"] = np.concatenate(weights) if weights else np.zeros(0)
    return result


# -- models -------------------------------------------------------------------------------------------------------------


def linear(keras):
    return keras.models.Sequential([keras.layers.Dense(1, input_shape=(4,))])


def binary(keras):
    layers = keras.layers
    return keras.models.Sequential(
        [layers.Dense(5, activation="relu", input_shape=(4,)), layers.Dense(1, activation="sigmoid")]
    )


def classes(keras):
    layers = keras.layers
    return keras.models.Sequential(
        [layers.Dense(5, activation="tanh", input_shape=(4,)), layers.Dense(3, activation="softmax")]
    )


def dropout(keras):
    layers = keras.layers
    return keras.models.Sequential(
        [
            layers.Dense(6, activation="relu", input_shape=(4,)),
            layers.Dropout(0.5),
            layers.Dense(1, activation="sigmoid"),
        ]
    )


def noisy(keras):
    layers = keras.layers
    return keras.models.Sequential(
        [layers.GaussianNoise(0.3, input_shape=(4,)), layers.Dense(4), layers.GaussianDropout(0.2), layers.Dense(1)]
    )


def batch_norm(keras):
    layers = keras.layers
    return keras.models.Sequential(
        [layers.Dense(5, input_shape=(4,)), layers.BatchNormalization(), layers.Activation("relu"), layers.Dense(1)]
    )


def regularized(keras):
    layers, l2 = keras.layers, keras.regularizers.l2
    return keras.models.Sequential(
        [
            layers.Dense(4, input_shape=(4,), kernel_regularizer=l2(0.1), activity_regularizer="l1"),
            layers.Dense(1, kernel_constraint="maxnorm"),
        ]
    )


def conv(keras):
    layers = keras.layers
    return keras.models.Sequential(
        [
            layers.Conv2D(3, (3, 3), activation="relu", input_shape=(6, 6, 1)),
            layers.MaxPooling2D((2, 2)),
            layers.Flatten(),
            layers.Dense(3, activation="softmax"),
        ]
    )


def recurrent(kind, **options):
    def build(keras):
        layers = keras.layers
        # The default, orthogonal weights, have signs that depend on the version of LAPACK.
        layer = getattr(layers, kind)(4, input_shape=(3, 4), recurrent_initializer="glorot_uniform", **options)
        return keras.models.Sequential([layer, layers.Dense(1)])

    return build


def embedding(keras):
    layers = keras.layers
    return keras.models.Sequential(
        [layers.Embedding(10, 4, input_length=5), layers.Flatten(), layers.Dense(1, activation="sigmoid")]
    )


def masked(keras):
    layers = keras.layers
    return keras.models.Sequential(
        [
            layers.Embedding(10, 4, mask_zero=True),
            layers.SimpleRNN(3, return_sequences=True, recurrent_initializer="he_normal"),
            layers.Dense(2),
        ]
    )


def temporal(keras):
    layers = keras.layers
    return keras.models.Sequential([layers.TimeDistributed(layers.Dense(2), input_shape=(3, 4))])


def two_in_two_out(keras):
    layers = keras.layers
    a, b = layers.Input((4,), name="a"), layers.Input((3,), name="b")
    hidden = layers.concatenate([layers.Dense(3, activation="relu")(a), layers.Dense(2)(b)])
    outputs = [layers.Dense(1, name="value")(hidden), layers.Dense(3, activation="softmax", name="kind")(hidden)]
    return keras.models.Model([a, b], outputs)


def shared(keras):
    layers = keras.layers
    a, b = layers.Input((4,)), layers.Input((4,))
    twin = layers.Dense(3, activation="tanh")
    return keras.models.Model([a, b], layers.Dense(1)(layers.add([twin(a), twin(b)])))
