"""Files that are damaged or made to do harm get a ValueError that says where, and change nothing."""

import contextlib
import json
import os
import shutil
import warnings
import zipfile

import h5py
import numpy as np
import pytest

import graphflow_keras as keras
from tests.oracle import harness

FOLDER = os.path.join(harness.FIXTURES, "keras_files")
KERNEL = "model_weights/hidden/hidden/kernel:0"


@pytest.fixture(autouse=True)
def a_fresh_session():
    keras.backend.clear_session()
    yield
    keras.backend.clear_session()


def copy(tmp_path, change=None, name="keras_2_mlp.h5"):
    """A copy of a fixture, changed by `change(h5py.File)`."""
    path = str(tmp_path / name)
    shutil.copy(os.path.join(FOLDER, name), path)
    if change:
        with h5py.File(path, "r+") as file:
            change(file)
    return path


def config_of(file):
    text = file.attrs["model_config"]
    return json.loads(text)


def with_config(change):
    def edit(file):
        config = config_of(file)
        config = change(config) or config
        file.attrs["model_config"] = json.dumps(config)

    return edit


def hidden(config):
    return config["config"]["layers"][0]["config"]


def replaced(make, name=KERNEL):
    def edit(file):
        del file[name]
        make(file, name)

    return edit


def virtual(file, name):
    layout = h5py.VirtualLayout(shape=(4, 5), dtype="f4")
    layout[:] = h5py.VirtualSource("other.h5", "x", shape=(4, 5))
    file.create_virtual_dataset(name, layout)


def external(file, name):
    file.create_dataset(name, shape=(4, 5), dtype="f4", external=[("/etc/passwd", 0, 80)])


def unread(file, name):
    """A file that only Keras 1.2.1's cousin could write: kernels compressed by a filter nobody has."""
    properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    properties.set_chunk((4, 5))
    properties.set_filter(305, h5py.h5z.FLAG_OPTIONAL, ())
    h5py.h5d.create(file.id, name.encode(), h5py.h5t.NATIVE_FLOAT, h5py.h5s.create_simple((4, 5)), properties)


def set_value(key, value):
    return with_config(lambda config: hidden(config).update({key: value}))


def functional(change):
    """A functional model's config, changed."""

    def edit(config):
        layers = [
            {
                "name": "x",
                "class_name": "InputLayer",
                "config": {"batch_input_shape": [None, 4], "name": "x"},
                "inbound_nodes": [],
            },
            {
                "name": "d",
                "class_name": "Dense",
                "config": {"units": 2, "name": "d"},
                "inbound_nodes": [[["x", 0, 0, {}]]],
            },
        ]
        model = {"name": "m", "layers": layers, "input_layers": [["x", 0, 0]], "output_layers": [["d", 0, 0]]}
        change(model)
        return {"class_name": "Model", "config": model}

    return with_config(edit)


def set_names(names, group="model_weights/hidden"):
    return lambda file: file[group].attrs.__setitem__("weight_names", names)


def gap(file):
    names = file["model_weights"].attrs["layer_names"]
    del file["model_weights"].attrs["layer_names"]
    file["model_weights"].attrs["layer_names0"] = names[:1]
    file["model_weights"].attrs["layer_names2"] = names[1:]


BAD = {
    "class that is a function of Python's": (
        set_value("kernel_initializer", {"class_name": "eval", "config": {}}),
        "eval",
    ),
    "class of a module": (
        with_config(lambda c: c["config"]["layers"][0].update({"class_name": "os.system", "module": "os"})),
        "os.system",
    ),
    "external link": (replaced(lambda f, n: f.__setitem__(n, h5py.ExternalLink("other.h5", "/x"))), "ExternalLink"),
    "soft link": (replaced(lambda f, n: f.__setitem__(n, h5py.SoftLink("/loop"))), "SoftLink"),
    "soft link that loops": (replaced(lambda f, n: f.__setitem__(n, h5py.SoftLink("/" + KERNEL))), "SoftLink"),
    "external storage": (replaced(external), "another file"),
    "virtual data set": (replaced(virtual), "another file"),
    "shape bomb": (replaced(lambda f, n: f.create_dataset(n, (2**20, 2**20), "f4", chunks=(64, 64))), "stores only 0"),
    "data that was never written": (replaced(lambda f, n: f.create_dataset(n, (4, 5), "f4")), "stores only 0"),
    "compressed bomb": (
        replaced(lambda f, n: f.create_dataset(n, data=np.zeros((2000, 500), "f4"), compression="gzip")),
        r"\(2000, 500\)",
    ),
    "unknown filter": (replaced(unread), "filter"),
    "strings for weights": (replaced(lambda f, n: f.create_dataset(n, data=[b"a"])), "array of numbers"),
    "complex weights": (replaced(lambda f, n: f.create_dataset(n, data=np.zeros((4, 5), "c8"))), "array of numbers"),
    "compound weights": (
        replaced(lambda f, n: f.create_dataset(n, data=np.zeros((4, 5), [("a", "f4"), ("b", "i4")]))),
        "array of numbers",
    ),
    "a named type for a weight": (replaced(lambda f, n: f.__setitem__(n, np.dtype("f4"))), "expected a data set"),
    "a group for a weight": (replaced(lambda f, n: f.create_group(n)), "expected a data set"),
    "a data set for a layer": (
        replaced(lambda f, n: f.create_dataset(n, data=1.0), "model_weights/hidden"),
        "expected a group",
    ),
    "no layer_names": (lambda f: f["model_weights"].attrs.__delitem__("layer_names"), "layer_names"),
    "no weight_names": (lambda f: f["model_weights/hidden"].attrs.__delitem__("weight_names"), "weight_names"),
    "weight_names that are numbers": (set_names([1.0, 2.0]), "should list names"),
    "weight_names that are not there": (set_names([b"hidden/kernel:0", b"gone"]), "gone"),
    "too few weights": (set_names([b"hidden/kernel:0"]), "expects 2 weights"),
    "a gap in the chunks": (gap, "layer_names1 is missing"),
    "another shape": (replaced(lambda f, n: f.create_dataset(n, data=np.ones((5, 4), "f4"))), r"has shape \(4, 5\)"),
    "no config": (lambda f: f.attrs.__delitem__("model_config"), "No model found in config"),
    "config that is a number": (lambda f: f.attrs.__setitem__("model_config", 3), "should be a text"),
    "config that is no JSON": (lambda f: f.attrs.__setitem__("model_config", "{'a"), "not valid JSON"),
    "NaN in the config": (lambda f: f.attrs.__setitem__("model_config", '{"a": NaN}'), "NaN"),
    "a deep config": (lambda f: f.attrs.__setitem__("model_config", "[" * 50000), "deep|JSON"),
    "a list": (with_config(lambda c: [c]), "should be a dict"),
    "layers that are a number": (with_config(lambda c: c["config"].update(layers=3)), "layers"),
    "a layer that is a text": (with_config(lambda c: c["config"].update(layers=["Dense"])), "a layer should be"),
    "-1 units": (set_value("units", -1), "units should be a positive"),
    "units as text": (set_value("units", "3"), "units should be a positive"),
    "true units": (set_value("units", True), "units should be a positive"),
    "1e18 units": (set_value("units", 10**18), "units should be a positive"),
    "more units than weights": (set_value("units", 10**6), "holds only"),
    "an input from nowhere": (
        functional(lambda m: m["layers"][1].update(inbound_nodes=[[["gone", 0, 0, {}]]])),
        "gone",
    ),
    "a cycle": (functional(lambda m: m["layers"][1].update(inbound_nodes=[[["d", 0, 0, {}]]])), "never be made"),
    "two layers of one name": (functional(lambda m: m["layers"].append(m["layers"][1])), "two layers"),
    "negative index": (functional(lambda m: m["layers"][1].update(inbound_nodes=[[["x", -1, 0, {}]]])), "indices"),
    "malformed call": (functional(lambda m: m["layers"][1].update(inbound_nodes=[["x"]])), "expected \\[layer"),
    "no outputs": (functional(lambda m: m.update(output_layers=[])), "output_layers"),
    "output from nowhere": (functional(lambda m: m.update(output_layers=[["gone", 0, 0]])), "gone"),
    "tensor index beyond": (functional(lambda m: m.update(output_layers=[["d", 0, 5]])), "no model can be built"),
}


@pytest.mark.parametrize("row", BAD)
def test_a_bad_file_is_refused(row, tmp_path):
    change, message = BAD[row]
    path = copy(tmp_path, change)
    with pytest.raises(ValueError, match=message):
        keras.models.load_model(path)


def test_the_message_names_the_file(tmp_path):
    path = copy(tmp_path, set_names([b"gone"]))
    with pytest.raises(ValueError, match="keras_2_mlp.h5:/model_weights/hidden/gone"):
        keras.models.load_model(path)


def test_a_cycle_of_hard_links_does_no_harm(tmp_path):
    path = copy(tmp_path, lambda f: f["model_weights/hidden"].__setitem__("loop", f["model_weights"]))
    assert keras.models.load_model(path, compile=False).count_params() == 43


BROKEN_TRAINING = {
    "no JSON": lambda f: f.attrs.__setitem__("training_config", "{"),
    "a list": lambda f: f.attrs.__setitem__("training_config", "[1]"),
    "unknown loss": lambda f: f.attrs.__setitem__(
        "training_config", f.attrs["training_config"].replace("categorical_crossentropy", "mine")
    ),
    "unknown optimizer": lambda f: f.attrs.__setitem__(
        "training_config", f.attrs["training_config"].replace("Adam", "Eve")
    ),
}


@pytest.mark.parametrize("row", BROKEN_TRAINING)
def test_a_broken_training_config_costs_the_compilation_only(row, tmp_path):
    path = copy(tmp_path, BROKEN_TRAINING[row])
    with pytest.warns(UserWarning, match="not compiled"):
        model = keras.models.load_model(path)
    with h5py.File(path) as file:
        np.testing.assert_array_equal(model.get_weights()[0], file[KERNEL])
    with pytest.raises(RuntimeError, match="compile"):
        model.fit(np.zeros((4, 4)), np.zeros((4, 3)))


@pytest.mark.parametrize("gone", ["weight_names", "arrays"])
def test_broken_optimizer_weights_cost_the_state_only(gone, tmp_path):
    def change(file):
        group = file["optimizer_weights"]
        group.attrs["weight_names"] = [1.0] if gone == "weight_names" else list(group.attrs["weight_names"][:4])

    with pytest.warns(UserWarning, match="freshly initialized optimizer"):
        model = keras.models.load_model(copy(tmp_path, change))
    assert model.optimizer is not None


def write(path, content):
    with open(path, "wb") as file:
        file.write(content)
    return str(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "an empty file"),
        (b"<!DOCTYPE html><html>", "HTML"),
        (b"version https://git-lfs.github.com/spec/v1\n", "git-lfs"),
        (b"\x89PNG\r\n", "picture"),
        (b"not a model" * 100, "not an HDF5 file"),
    ],
)
def test_what_is_no_hdf5_file(content, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        keras.models.load_model(write(tmp_path / "m.h5", content))


def test_truncated_files(tmp_path):
    with open(os.path.join(FOLDER, "keras_2_mlp.h5"), "rb") as file:
        content = file.read()
    for size in (100, 1000, 5000, len(content) - 10):
        with pytest.raises(ValueError, match="m.h5"):
            keras.models.load_model(write(tmp_path / "m.h5", content[:size]))


def test_paths_that_are_no_files(tmp_path):
    with pytest.raises(OSError, match="nowhere.h5"):
        keras.models.load_model(str(tmp_path / "nowhere.h5"))
    with pytest.raises(ValueError, match="is a folder"):
        keras.models.load_model(str(tmp_path))
    with pytest.raises(TypeError, match="Required Group, str or dict"):
        keras.models.load_model(3)


def zipped(path, members, **info):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of doubles
        for name, content in members:
            member = zipfile.ZipInfo(name)
            member.compress_type = zipfile.ZIP_DEFLATED
            for key, value in info.items():
                setattr(member, key, value)
            archive.writestr(member, content)
    return str(path)


PARTS = [("config.json", "{}"), ("model.weights.h5", b"")]
LINK = 0o120777 << 16


@pytest.mark.parametrize(
    ("members", "info", "message"),
    [
        ([("../evil", "x"), *PARTS], {}, "unsafe"),
        ([("/evil", "x"), *PARTS], {}, "unsafe"),
        ([*PARTS, *PARTS], {}, "not unique"),
        (PARTS, {"external_attr": LINK}, "a link"),
        (PARTS[:1], {}, "without model.weights.h5"),
        ([("config.json", " " * (100 << 20)), PARTS[1]], {}, "refused"),
        ([("config.json", "{}"), ("model.weights.h5", b"\0" * (50 << 20))], {}, "cannot be read|refused"),
        (PARTS, {}, "cannot be read"),
    ],
)
def test_bad_archives(members, info, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        keras.models.load_model(zipped(tmp_path / "m.keras", members, **info))


def test_an_archive_with_a_flipped_bit(tmp_path):
    path = copy(tmp_path, name="keras_3_mlp.keras")
    with open(path, "r+b") as file:
        file.seek(600)
        byte = file.read(1)
        file.seek(600)
        file.write(bytes([byte[0] ^ 255]))
    with pytest.raises(ValueError, match="keras_3_mlp.keras"):
        keras.models.load_model(path)


def test_weights_that_do_not_fit_change_nothing_and_are_all_named(tmp_path):
    model = keras.models.Sequential()
    model.add(keras.layers.Dense(7, input_shape=(4,), name="one"))
    model.add(keras.layers.Dense(2, name="two"))
    before = model.get_weights()
    with pytest.raises(ValueError, match=r'(?s)named "one".*named "two"'):
        model.load_weights(copy(tmp_path))
    for got, want in zip(model.get_weights(), before):
        np.testing.assert_array_equal(got, want)
    model.add(keras.layers.Dense(2, name="three"))
    with pytest.raises(ValueError, match="containing 2 layers into a model with 3 layers"):
        model.load_weights(copy(tmp_path))


def test_mutated_files_are_answered_with_value_errors(tmp_path):
    """A few bytes changed anywhere: the file opens, or a ValueError says why not."""
    with open(os.path.join(FOLDER, "keras_2_with_lambda.h5"), "rb") as file:
        content = bytearray(file.read())
    random = np.random.RandomState(0)
    weights_of = keras.models.Sequential([keras.layers.Dense(3, input_shape=(3,)), keras.layers.Dense(2)])
    for _trial in range(150):
        mutant = bytearray(content)
        for _ in range(3):
            mutant[random.randint(len(mutant))] = random.randint(256)
        path = write(tmp_path / "mutant.h5", bytes(mutant))
        with contextlib.suppress(ValueError):
            weights_of.load_weights(path)
        with contextlib.suppress(ValueError):
            keras.models.load_model(path)
