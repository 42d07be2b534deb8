"""Writes small model files with the Keras of this Python, and what their models answer before and after more training.

    python3.7 -m tests.oracle.record_keras_files keras_2      needs Keras 2.2.4 on TensorFlow 1.15.5
    python3.7 -m tests.oracle.record_keras_files tf_1_keras   needs TensorFlow 1.15.5
    python3 -m tests.oracle.record_keras_files tf_keras       needs tf_keras 2.21
    python3 -m tests.oracle.record_keras_files keras_3        needs Keras 3

Run from the repository's root; `--out FOLDER` writes elsewhere. Beside `<flavour>_<model>.h5` (and `.keras`,
`.weights.h5` for Keras 3) comes `<flavour>.npz` with each model's prediction, its losses in two more epochs (of the
loaded model for Keras 2.2.4), and its prediction after them.
"""

import argparse
import importlib
import os

import h5py
import numpy as np

from tests.oracle import harness, keras_files

PACKAGES = {"keras_2": "keras", "tf_1_keras": "tensorflow.keras", "tf_keras": "tf_keras", "keras_3": "keras"}
FOLDER = os.path.join(harness.FIXTURES, "keras_files")


def fresh(keras, flavour):
    keras.backend.clear_session()
    if flavour not in ("keras_2", "tf_1_keras"):
        keras.utils.set_random_seed(7)
        return
    tf = importlib.import_module("tensorflow")
    np.random.seed(7)
    tf.set_random_seed(7)
    config = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
    keras.backend.set_session(tf.Session(config=config))


def record(keras, flavour, name, make, folder):
    """Trains a model a little, saves it, and returns what it answers."""
    fresh(keras, flavour)
    model, x, y = make(keras)
    if y is not None:
        keras_files.train(model, x, y)
    path = os.path.join(folder, "%s_%s" % (flavour, name))
    if flavour == "keras_3":  # first of all: saving to HDF5 makes Keras 3 forget the optimizer
        model.save(path + ".keras")
        model.save_weights(path + ".weights.h5")
    model.save(path + ".h5")
    if flavour == "keras_2" and y is not None:
        model = keras.models.load_model(path + ".h5")  # which has lost the state of RMSprop's and Nadam's schedules
    if name == "stacked_stateful_lstm":
        [layer.reset_states() for layer in model.layers if hasattr(layer, "reset_states")]
    batch = 4 if name == "stacked_stateful_lstm" else 32
    found = {"predicted": model.predict(x, batch_size=batch)}
    if y is not None:
        if name == "stacked_stateful_lstm":
            [layer.reset_states() for layer in model.layers if hasattr(layer, "reset_states")]
        found["losses"] = keras_files.train(model, x, y)
        if name != "stacked_stateful_lstm":
            found["afterwards"] = model.predict(x, batch_size=batch)
    return found


def cudnn_weights(keras, folder):
    """Weights of layers that only run on a GPU."""
    fresh(keras, "keras_2")
    layers = [keras.layers.CuDNNLSTM(2, name="lstm"), keras.layers.CuDNNGRU(2, name="gru")]
    for layer, features in zip(layers, (3, 2)):
        layer.build((None, 4, features))
        layer.set_weights([harness.floats(*w.shape, seed=i) for i, w in enumerate(layer.get_weights())])
    with h5py.File(os.path.join(folder, "keras_2_cudnn_weights.h5"), "w") as file:
        keras.engine.saving.save_weights_to_hdf5_group(file, layers)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("flavour", choices=sorted(PACKAGES))
    parser.add_argument("--out", default=FOLDER)
    arguments = parser.parse_args()
    os.makedirs(arguments.out, exist_ok=True)
    package, _, attribute = PACKAGES[arguments.flavour].partition(".")
    keras = importlib.import_module(package)
    keras = getattr(keras, attribute) if attribute else keras
    answers = {}
    for name, make in keras_files.MODELS[arguments.flavour].items():
        for key, values in record(keras, arguments.flavour, name, make, arguments.out).items():
            for i, value in enumerate(values if isinstance(values, list) and key != "losses" else [values]):
                answers["%s/%s/%d" % (name, key, i)] = np.asarray(value)
    if arguments.flavour == "keras_2":
        cudnn_weights(keras, arguments.out)
    np.savez_compressed(os.path.join(arguments.out, arguments.flavour + ".npz"), **answers)


if __name__ == "__main__":
    main()
