"""Saving and loading: the layout of Keras 2.2.4, training that goes on where it stopped, files that appear whole."""

import io
import json
import os
import pickle
import subprocess
import warnings

import h5py
import numpy as np
import pytest

import graphflow_keras as keras
from graphflow_keras.engine import _model_files, saving
from tests.oracle import harness, keras_files

FOLDER = os.path.join(harness.FIXTURES, "keras_files")


@pytest.fixture(autouse=True)
def a_fresh_session():
    keras.backend.clear_session()
    yield
    keras.backend.clear_session()


def small(name="m"):
    model = keras.models.Sequential(name=name)
    model.add(keras.layers.Dense(3, input_shape=(4,), name="hidden"))
    model.add(keras.layers.Dense(2, name="top"))
    return model


def layout(path):
    """All of an HDF5 file but its numbers: groups, data sets, attributes and how they are stored."""
    found = {}

    def look(name, item):
        for key in item.attrs:
            kind = item.attrs.get_id(key).get_type()
            text = isinstance(kind, h5py.h5t.TypeStringID)
            how = ("text", kind.is_variable_str(), kind.get_cset(), kind.get_strpad()) if text else kind.dtype.str
            value = item.attrs[key]
            value = value.tolist() if isinstance(value, np.ndarray) else value
            found[f"{name}@{key}"] = (how, item.attrs.get_id(key).shape, value if key.endswith("names") else None)
        if isinstance(item, h5py.Dataset):
            found[name] = (item.shape, item.dtype.str, item.chunks, item.compression)
        else:
            found[name] = "group"

    with h5py.File(path) as file:
        look("/", file)
        file.visititems(look)
        texts = {key: json.loads(file.attrs[key]) for key in ("model_config", "training_config") if key in file.attrs}
    return found, texts


@pytest.mark.parametrize(
    "name", ["mlp", "cnn", "stacked_stateful_lstm", "bidirectional_gru", "nested_and_shared", "rmsprop"]
)
def test_files_are_laid_out_as_keras_2_lays_them_out(name, tmp_path):
    model, x, y = keras_files.KERAS_2[name](keras)
    model._make_train_function()
    model.save(str(tmp_path / "m.h5"))
    ours, our_texts = layout(str(tmp_path / "m.h5"))
    theirs, their_texts = layout(os.path.join(FOLDER, f"keras_2_{name}.h5"))
    assert our_texts == their_texts
    assert ours == theirs


@pytest.mark.parametrize("name", ["mlp", "stacked_stateful_lstm", "nested_and_shared"])
def test_training_goes_on_exactly_where_it_stopped(name, tmp_path):
    model, x, y = keras_files.KERAS_2[name](keras)
    keras_files.train(model, x, y)
    path = str(tmp_path / "m.h5")
    model.save(path)
    copy = keras.models.load_model(path)
    [m.reset_states() for m in (model, copy)]
    losses = keras_files.train(model, x, y, epochs=3)
    np.testing.assert_allclose(
        keras_files.train(copy, x, y, epochs=3), losses, rtol=1e-3 if name == "nested_and_shared" else 1e-6
    )
    assert copy.to_json() == model.to_json()


def test_other_places_than_files(tmp_path):
    model = small()
    x = harness.floats(5, 4)
    with h5py.File(tmp_path / "both.h5", "w") as file:
        saving.save_model(model, file.create_group("one"))
        model.set_weights([w + 1 for w in model.get_weights()])
        saving.save_model(model, file.create_group("two"))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            one, two = (saving.load_model(file[name]) for name in ("one", "two"))
    np.testing.assert_array_equal(two.predict(x), model.predict(x))
    assert np.abs(one.predict(x) - two.predict(x)).max() > 0.1
    with h5py.File("memory", "w", driver="core", backing_store=False) as file:
        saving.save_model(model, file)
        np.testing.assert_array_equal(saving.load_model(file, compile=False).predict(x), model.predict(x))
    state = {}
    saving.save_model(model, state)
    np.testing.assert_array_equal(
        saving.load_model(pickle.loads(pickle.dumps(state)), compile=False).predict(x), model.predict(x)
    )
    stream = io.BytesIO()
    keras.utils.io_utils.save_to_binary_h5py(lambda file: saving.save_model(model, file), stream)
    stream.seek(0)
    loaded = keras.utils.io_utils.load_from_binary_h5py(lambda file: saving.load_model(file, compile=False), stream)
    np.testing.assert_array_equal(loaded.predict(x), model.predict(x))


def test_a_model_can_be_pickled():
    model = small()
    model.compile("sgd", "mse")
    copy = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(copy.get_weights()[0], model.get_weights()[0])
    assert copy.optimizer.get_config() == model.optimizer.get_config()


def test_arrays_that_keras_pickled():
    model = small()
    state = saving.pickle_model(model)
    group = state["model_weights"]["hidden"]
    group["hidden/kernel:0"] = pickle.dumps(np.ones((4, 3), "float32"))
    group["_hidden/kernel:0_pickled"] = True
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert saving.unpickle_model(state).get_weights()[0].min() == 1
    group["hidden/kernel:0"] = pickle.dumps(os.system)
    with pytest.raises(ValueError, match="arrays only"):
        saving.unpickle_model(state)


def test_a_failed_write_leaves_the_old_file_and_no_litter(tmp_path, monkeypatch):
    path = str(tmp_path / "m.h5")
    small().save(path)
    with open(path, "rb") as file:
        before = file.read()
    monkeypatch.setattr(_model_files.HDF5Target, "put_array", lambda *args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        small("other").save(path)
    with pytest.raises(ZeroDivisionError):
        small("other").save_weights(path)
    with open(path, "rb") as file:
        assert file.read() == before
    assert os.listdir(tmp_path) == ["m.h5"]


def test_a_file_keeps_its_permissions_and_links(tmp_path):
    small().save(str(tmp_path / "real.h5"))
    os.chmod(tmp_path / "real.h5", 0o640)
    os.symlink(tmp_path / "real.h5", tmp_path / "link.h5")
    small().save(str(tmp_path / "link.h5"))
    assert os.path.islink(tmp_path / "link.h5")
    assert os.stat(tmp_path / "real.h5").st_mode & 0o777 == 0o640


def test_asking_before_overwriting(tmp_path, monkeypatch, capsys):
    path = str(tmp_path / "m.h5")
    model = small()
    model.save(path, overwrite=False)
    answers = iter(["perhaps", "n", "y"])
    monkeypatch.setattr("builtins.input", lambda question: next(answers))
    stamp = os.stat(path).st_ino
    model.save(path, overwrite=False)
    assert os.stat(path).st_ino == stamp
    model.save_weights(path, overwrite=False)
    assert "[TIP]" in capsys.readouterr().out
    with h5py.File(path) as file:
        assert "model_config" not in file.attrs


def test_names_too_long_for_one_attribute(tmp_path):
    names = [f"layer_{i}_{'n' * 200}".encode() for i in range(700)]
    with h5py.File(tmp_path / "names.h5", "w") as file:
        saving.save_attributes_to_hdf5_group(file, "layer_names", names)
        assert "layer_names2" in file.attrs
        assert saving.load_attributes_from_hdf5_group(file, "layer_names") == [name.decode() for name in names]
        assert saving.load_attributes_from_hdf5_group(file, "others") == []
        assert keras.utils.io_utils.H5Dict(file, "r")["layer_names"] == [name.decode() for name in names]
        with pytest.raises(RuntimeError, match="64512"):
            saving.save_attributes_to_hdf5_group(file, "x", [b"n" * 70000])


def test_weights_by_name(tmp_path):
    path = str(tmp_path / "w.h5")
    source = small()
    source.save_weights(path)
    other = keras.models.Sequential()
    other.add(keras.layers.Dense(3, input_shape=(4,), name="hidden"))
    other.add(keras.layers.Dense(5, name="top"))
    other.add(keras.layers.Dense(2, name="new"))
    with pytest.raises(ValueError, match=r"weight top/kernel:0 has shape \(3, 5\)|top.*\(3, 5\)"):
        other.load_weights(path, by_name=True)
    with pytest.warns(UserWarning, match="layer top due to mismatch in shape"):
        other.load_weights(path, by_name=True, skip_mismatch=True)
    np.testing.assert_array_equal(other.get_weights()[0], source.get_weights()[0])


def test_reshaping_the_kernel_of_a_convolution(tmp_path):
    path = str(tmp_path / "w.h5")
    dense_like = keras.models.Sequential([keras.layers.Conv2D(3, (1, 4), input_shape=(2, 4, 2))])
    dense_like.save_weights(path)
    model = keras.models.Sequential([keras.layers.Conv2D(3, (2, 2), input_shape=(4, 4, 2))])
    model.load_weights(path, reshape=True)
    np.testing.assert_array_equal(model.get_weights()[0].ravel(), dense_like.get_weights()[0].ravel())


def test_kernels_of_theano_are_flipped_and_gates_of_keras_1_joined():
    conv = keras.layers.Conv2D(2, 3)
    conv.build((None, 5, 5, 1))
    kernel = harness.floats(3, 3, 1, 2)
    flipped = saving.preprocess_weights_for_loading(conv, [kernel, np.zeros(2)], "2.0", "theano")
    np.testing.assert_array_equal(flipped[0], kernel[::-1, ::-1])
    lstm = keras.layers.LSTM(2)
    lstm.build((None, 4, 3))
    gates = [harness.floats(*shape, seed=i) for i in range(4) for shape in ((3, 2), (2, 2), (2,))]
    kernel, recurrent, bias = saving.preprocess_weights_for_loading(lstm, gates, "1")
    np.testing.assert_array_equal(kernel, np.concatenate([gates[0], gates[6], gates[3], gates[9]], axis=1))
    assert recurrent.shape == (2, 8) and bias.shape == (8,)


def test_texts(tmp_path):
    model, _, _ = keras_files.nested_and_shared(keras)
    copy = keras.models.model_from_json(model.to_json())
    assert json.loads(copy.to_json())["config"] == json.loads(model.to_json())["config"]
    with pytest.raises(TypeError, match="Sequential.from_config"):
        keras.models.model_from_config([])
    with pytest.raises(ValueError, match="not valid JSON"):
        keras.models.model_from_json("{")


def test_yaml():
    model = small()
    assert keras.models.model_from_yaml(model.to_yaml()).get_config() == model.get_config()
    with pytest.raises(ValueError, match="python/object"):
        keras.models.model_from_yaml("!!python/object/apply:os.system ['true']")


def test_configs_of_later_versions():
    layer = {"class_name": "Conv2D", "config": {"name": "c", "filters": 2, "kernel_size": [1, 1], "groups": 2}}
    layer["config"]["batch_input_shape"] = [None, 4, 4, 2]
    model = {"class_name": "Sequential", "config": {"name": "s", "layers": [layer]}, "keras_version": "2.21.0"}
    with pytest.raises(ValueError, match="groups=2 is not supported"):
        keras.models.model_from_config(model)
    layer["config"].update(groups=1, colour="red")
    with pytest.warns(UserWarning, match="colour"):
        keras.models.model_from_config(model)
    assert layer["config"]["colour"] == "red"


def test_hdf5_dict(tmp_path):
    for place in (str(tmp_path / "d.h5"), {}):
        d = keras.utils.io_utils.H5Dict(place, mode="w")
        d["text"], d["names"], d["array"], d["one"] = b"a", ["x", "y"], np.arange(3), np.float32(2)
        d["group"]["inner"] = np.ones(2)
        d.close()
        d = keras.utils.io_utils.H5Dict(place, mode="r")
        assert d["text"] == b"a" and len(d["names"]) == 2 and d["array"].tolist() == [0, 1, 2] and d["one"] == 2
        assert d["group"]["inner"].sum() == 2 and "group" in d and d.get("no") is None
        with pytest.raises(ValueError, match="read only"):
            d["no"]
        with pytest.raises(ValueError, match="read only"):
            d["text"] = b"b"
        d.close()


def test_hdf5_matrix(tmp_path):
    path = str(tmp_path / "data.h5")
    with h5py.File(path, "w") as file:
        file["x"], file["y"] = np.arange(40.0).reshape(10, 4), np.arange(20.0).reshape(10, 2)
    x = keras.utils.HDF5Matrix(path, "x", start=2, end=8, normalizer=lambda data: data / 10)
    assert x.shape == (6, 4) and x.size == 24 and x.ndim == 2 and len(x) == 6 and x.dtype == np.float64
    np.testing.assert_allclose(x[0], [0.8, 0.9, 1.0, 1.1])
    np.testing.assert_allclose(x[1:3], x[np.array([1, 2])])
    np.testing.assert_allclose(x[[1, 2]][:, 0], [1.2, 1.6])
    for beyond in (6, slice(0, 7), np.array([6])):
        with pytest.raises(IndexError, match="beyond"):
            x[beyond]
    model = small()
    model.compile("sgd", "mse")
    y = keras.utils.HDF5Matrix(path, "y", start=2, end=8)
    history = model.fit(x, y, batch_size=3, epochs=1, shuffle="batch", verbose=0)
    assert np.isfinite(history.history["loss"][0])
    keras.utils.HDF5Matrix.refs.pop(path).close()


READ_OURS = """
import sys
import numpy as np
import keras
tf = keras.backend.tf
keras.backend.set_session(tf.Session(config=tf.ConfigProto(inter_op_parallelism_threads=1, intra_op_parallelism_threads=1)))
from tests.oracle import keras_files
for name in sys.argv[2].split(","):
    model, x, y = keras_files.KERAS_2[name](keras)
    model = keras.models.load_model("%s/%s.h5" % (sys.argv[1], name))
    model.reset_states()
    y0 = model.predict(x, batch_size=4)
    model.reset_states()
    losses = keras_files.train(model, x, y)
    np.savez("%s/%s.npz" % (sys.argv[1], name), losses=losses, *(y0 if isinstance(y0, list) else [y0]))
"""


@pytest.mark.live
def test_keras_2_reads_ours(tmp_path):
    names = [
        "mlp",
        "cnn",
        "stacked_stateful_lstm",
        "bidirectional_gru",
        "nested_and_shared",
        "rmsprop",
        "adadelta",
        "adamax",
    ]
    expected = {}
    for name in names:
        model, x, y = keras_files.KERAS_2[name](keras)
        keras_files.train(model, x, y)
        model.save(str(tmp_path / f"{name}.h5"))
        model = keras.models.load_model(str(tmp_path / f"{name}.h5"))
        model.reset_states()
        predicted = model.predict(x, batch_size=4)
        model.reset_states()
        expected[name] = predicted if isinstance(predicted, list) else [predicted], keras_files.train(model, x, y)
    command = [os.environ["GRAPHFLOW_ORACLE"], "-W", "ignore", "-c", READ_OURS, str(tmp_path), ",".join(names)]
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    subprocess.run(command, cwd=root, env=dict(os.environ, TF_CPP_MIN_LOG_LEVEL="3"), check=True)
    for name, (predicted, losses) in expected.items():
        with np.load(tmp_path / f"{name}.npz") as file:
            for i, y in enumerate(predicted):
                np.testing.assert_allclose(file[f"arr_{i}"], y, rtol=1e-4, atol=1e-5)
            np.testing.assert_allclose(file["losses"], losses, rtol=3e-3)
