"""Model files written and read by the same Keras: their layout, what is loaded, which errors and warnings come."""

import json
import os
import tempfile
import warnings

import h5py
import numpy as np

from tests.oracle import keras_files
from tests.oracle import training_models as models
from tests.oracle.harness import floats, keras_script


def in_a_folder(run):
    """A script that gets the path of a file to write."""

    def script(keras):
        with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return run(keras, os.path.join(folder, "model.h5"))

    script.__module__, script.__name__ = run.__module__, run.__name__
    return script


def text(value):
    return value.decode("utf8") if isinstance(value, bytes) else str(value)


def layout(path):
    """Names, shapes and dtypes of all in a file, and its texts."""
    lines = []

    def look(name, item):
        attributes = {key: np.asarray(item.attrs[key]) for key in sorted(item.attrs)}
        names = {key: [text(x) for x in value.tolist()] for key, value in attributes.items() if key.endswith("names")}
        shape = "%s %s" % (item.shape, item.dtype) if isinstance(item, h5py.Dataset) else "group"
        lines.append("%s: %s %s %s" % (name, shape, sorted(attributes), names))

    with h5py.File(path, "r") as file:
        look("/", file)
        file.visititems(look)
        texts = {key: json.loads(text(file.attrs[key])) for key in ("model_config", "training_config") if key in file.attrs}
    return "\n".join(lines), json.dumps(texts, sort_keys=True)


def saved(name):
    def script(keras, path):
        models.one_thread(keras)
        model, x, _ = keras_files.KERAS_2[name](keras)
        if hasattr(model, "_make_train_function") and model.optimizer:
            model._make_train_function()
        model.save(path)
        lines, texts = layout(path)
        copy = keras.models.load_model(path)
        answers = copy.predict(x, batch_size=4)
        found = {"y%d" % i: y for i, y in enumerate(answers if isinstance(answers, list) else [answers])}
        if copy.optimizer:
            found["state"] = len(copy.optimizer.get_weights())
            found["metrics"] = " ".join(copy.metrics_names)
        return dict(found, layout=lines, texts=texts, names=" ".join(layer.name for layer in copy.layers))

    script.__name__ = "saved_" + name
    script.__module__ = __name__
    return script


for model_name in keras_files.KERAS_2:
    if model_name != "with_lambda":  # its code is not written here
        keras_script(name="saved_" + model_name)(in_a_folder(saved(model_name)))


def dense(keras, sizes=(3, 2), names=("hidden", "top"), width=4):
    model = keras.models.Sequential()
    for i, (size, name) in enumerate(zip(sizes, names)):
        model.add(keras.layers.Dense(size, name=name, **({"input_shape": (width,)} if i == 0 else {})))
    model.set_weights([floats(*w.shape, seed=i) for i, w in enumerate(model.get_weights())])
    return model


def weights_of(model):
    return {"w%d" % i: w for i, w in enumerate(model.get_weights())}


@keras_script()
@in_a_folder
def weights_in_order(keras, path):
    dense(keras).save_weights(path)
    other = dense(keras, names=("a", "b"))
    other.set_weights([w * 0 for w in other.get_weights()])
    other.load_weights(path)
    return dict(weights_of(other), layout=layout(path)[0])


@keras_script()
@in_a_folder
def weights_of_a_whole_model(keras, path):
    dense(keras).save(path)
    other = dense(keras)
    other.set_weights([w * 0 for w in other.get_weights()])
    other.load_weights(path)
    return weights_of(other)


@keras_script()
@in_a_folder
def weights_by_name(keras, path):
    dense(keras).save_weights(path)
    other = dense(keras, (3, 7, 2), ("hidden", "between", "top_2"))
    before = other.get_weights()
    other.load_weights(path, by_name=True)
    changed = [float(np.abs(new - old).sum()) for new, old in zip(other.get_weights(), before)]
    return dict(weights_of(other), changed=repr([c > 0 for c in changed]))


@keras_script()
@in_a_folder
def weights_by_name_that_skip(keras, path):
    dense(keras).save_weights(path)
    other = dense(keras, (3, 5))
    other.set_weights([w * 0 + 7 for w in other.get_weights()])
    other.load_weights(path, by_name=True, skip_mismatch=True)
    return weights_of(other)


@keras_script()
@in_a_folder
def weights_reshaped(keras, path):
    source = keras.models.Sequential([keras.layers.Conv2D(3, (1, 4), input_shape=(2, 4, 2))])
    source.set_weights([floats(*w.shape, seed=i) for i, w in enumerate(source.get_weights())])
    source.save_weights(path)
    other = keras.models.Sequential([keras.layers.Conv2D(3, (2, 2), input_shape=(4, 4, 2))])
    other.load_weights(path, reshape=True)
    return weights_of(other)


@keras_script(raises=True)
@in_a_folder
def another_number_of_layers(keras, path):
    dense(keras).save_weights(path)
    dense(keras, (3, 2, 1), ("a", "b", "c")).load_weights(path)
    return {"y": 0}


@keras_script(raises=True)
@in_a_folder
def other_shapes(keras, path):
    dense(keras).save_weights(path)
    dense(keras, (5, 2)).load_weights(path)
    return {"y": 0}


@keras_script(raises=True)
@in_a_folder
def other_shapes_by_name(keras, path):
    dense(keras).save_weights(path)
    dense(keras, (5, 2)).load_weights(path, by_name=True)
    return {"y": 0}


@keras_script(raises=True)
@in_a_folder
def weights_without_a_model(keras, path):
    dense(keras).save_weights(path)
    keras.models.load_model(path)
    return {"y": 0}


@keras_script(raises=True)
@in_a_folder
def an_unknown_layer(keras, path):
    class Mine(keras.layers.Dense):
        pass

    model = keras.models.Sequential([Mine(2, input_shape=(3,))])
    model.save(path)
    keras.models.load_model(path)
    return {"y": 0}


@keras_script()
@in_a_folder
def custom_objects(keras, path):
    class Mine(keras.layers.Dense):
        pass

    def loss_of_mine(y_true, y_pred):
        return keras.backend.mean(keras.backend.abs(y_true - y_pred), axis=-1)

    def squashed(x):
        return keras.backend.tanh(x) * 2

    model = keras.models.Sequential([Mine(2, input_shape=(3,), activation=squashed)])
    model.set_weights([floats(*w.shape, seed=i) for i, w in enumerate(model.get_weights())])
    model.compile("sgd", loss_of_mine, metrics=[loss_of_mine])
    model.save(path)
    known = {"Mine": Mine, "loss_of_mine": loss_of_mine, "squashed": squashed}
    copy = keras.models.load_model(path, custom_objects=known)
    x, y = floats(4, 3, seed=5), floats(4, 2, seed=6)
    with keras.utils.CustomObjectScope(known):
        again = keras.models.load_model(path, compile=False)
    return {
        "y": copy.predict(x),
        "loss": copy.evaluate(x, y, verbose=0),
        "again": again.predict(x),
        "texts": layout(path)[1],
        "compiled": again.optimizer is not None,
    }


@keras_script()
@in_a_folder
def without_the_optimizer(keras, path):
    models.one_thread(keras)
    model, x, _ = keras_files.mlp(keras)
    model.save(path, include_optimizer=False)
    copy = keras.models.load_model(path)
    return {"layout": layout(path)[0], "y": copy.predict(x), "compiled": copy.optimizer is not None}


@keras_script()
def texts(keras):
    model, _, _ = keras_files.nested_and_shared(keras)
    copy = keras.models.model_from_json(model.to_json())
    same = keras.models.model_from_config(json.loads(model.to_json()))
    sequential = dense(keras)
    again = keras.models.Sequential.from_config(sequential.get_config())
    return {
        "json": json.dumps(json.loads(copy.to_json()), sort_keys=True),
        "same": copy.to_json() == same.to_json(),
        "sequential": json.dumps(again.get_config(), sort_keys=True),
    }


@keras_script(raises=True)
def a_list_for_a_config(keras):
    return {"y": keras.models.model_from_config([])}
