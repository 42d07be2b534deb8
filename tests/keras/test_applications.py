"""Networks for images: where weights come from, and what is asked of the arguments. Structures are the judge's affair."""

import hashlib
import importlib
import json
import urllib.error

import numpy as np
import pytest

import graphflow_keras as keras
from graphflow_keras.applications import _common, imagenet_utils
from graphflow_keras.utils import _get_file

SMALL = {"alpha": 0.25, "input_shape": (32, 32, 3), "include_top": False, "pooling": "avg"}

# Architecture, arguments -> the file with the classifier's weights and the one without, as published.
FILES = {
    "VGG16": ({}, "vgg16_weights_tf_dim_ordering_tf_kernels.h5"),
    "VGG19": ({}, "vgg19_weights_tf_dim_ordering_tf_kernels.h5"),
    "ResNet50": ({}, "resnet50_weights_tf_dim_ordering_tf_kernels.h5"),
    "ResNet101": ({}, "resnet101_weights_tf_dim_ordering_tf_kernels.h5"),
    "ResNet152V2": ({}, "resnet152v2_weights_tf_dim_ordering_tf_kernels.h5"),
    "Xception": ({}, "xception_weights_tf_dim_ordering_tf_kernels.h5"),
    "MobileNet": ({"alpha": 0.5}, "mobilenet_5_0_224_tf.h5"),
    "MobileNetV2": ({"alpha": 1.4}, "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.4_224.h5"),
}


@pytest.mark.parametrize("name", FILES)
def test_offline_error_names_the_weight_file(name, tmp_path, monkeypatch):
    def unreachable(url, *rest):
        assert url.startswith("https://github.com/") and url.endswith(FILES[name][1])
        raise urllib.error.URLError("no network")

    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(_get_file, "urlretrieve", unreachable)
    options, file = FILES[name]
    with pytest.raises(OSError, match="URL fetch failure") as caught:
        getattr(keras.applications, name)(**options)
    assert str(tmp_path / ".keras" / "models" / file) in str(caught.value)


def test_features_have_files_of_their_own():
    files = _common.weight_files("https://x/", "vgg16", "aa", "bb")
    assert files[True] == _common.Weights(
        "vgg16_weights_tf_dim_ordering_tf_kernels.h5",
        "https://x/vgg16_weights_tf_dim_ordering_tf_kernels.h5",
        "aa",
    )
    assert files[False].name == "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5" and files[False].hash == "bb"


@pytest.mark.parametrize("size, file", [((160, 160, 3), "_160_"), ((100, 120, 3), "_224_")])
def test_mobilenet_takes_the_weights_of_its_size(size, file, monkeypatch):
    asked = []

    def get_file(name, origin, **options):
        asked.append(name)
        raise OSError("stop")

    monkeypatch.setattr(_common, "get_file", get_file)
    with pytest.raises(OSError, match="stop"):
        if size == (160, 160, 3):
            keras.applications.MobileNet(include_top=False, input_shape=size)
        else:
            with pytest.warns(UserWarning, match="loaded as the default"):
                keras.applications.MobileNet(include_top=False, input_shape=size)
    assert asked == [f"mobilenet_1_0{file}tf_no_top.h5"]


def test_weights_go_through_a_file(tmp_path):
    first = keras.applications.MobileNet(weights=None, **SMALL)
    path = str(tmp_path / "weights.h5")
    first.save_weights(path)
    second = keras.applications.MobileNet(weights=path, **SMALL)
    for ours, theirs in zip(second.get_weights(), first.get_weights()):
        np.testing.assert_array_equal(ours, theirs)


def test_a_damaged_download_is_not_loaded(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(_get_file, "urlretrieve", lambda url, path, report: open(path, "wb").close())
    with pytest.raises(ValueError, match="6d6bbae143d832006294945121d1f1fc"):
        keras.applications.VGG16(include_top=False)


@pytest.fixture
def class_index(tmp_path, monkeypatch):
    """A file of 1000 class names in the cache, its hash taken for the published one."""
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = tmp_path / ".keras" / "models"
    folder.mkdir(parents=True)
    content = json.dumps({str(i): [f"n{i:08}", f"thing_{i}"] for i in range(1000)}).encode()
    (folder / "imagenet_class_index.json").write_bytes(content)
    original = imagenet_utils.get_file
    file_hash = hashlib.md5(content).hexdigest()
    monkeypatch.setattr(
        imagenet_utils, "get_file", lambda *args, **options: original(*args, **{**options, "file_hash": file_hash})
    )


def test_decode_predictions(class_index):
    predictions = np.zeros((2, 1000))
    predictions[0, [5, 7, 900]] = 0.2, 0.5, 0.3
    predictions[1, 11] = 1.0
    decoded = keras.applications.vgg16.decode_predictions(predictions, top=3)
    assert decoded[0] == [
        ("n00000007", "thing_7", 0.5),
        ("n00000900", "thing_900", 0.3),
        ("n00000005", "thing_5", 0.2),
    ]
    assert decoded[1][0] == ("n00000011", "thing_11", 1.0) and len(decoded[1]) == 3


def test_preprocessing_knows_its_modes():
    x = np.zeros((1, 2, 2, 3))
    with pytest.raises(ValueError, match="caffe, tf, torch"):
        imagenet_utils.preprocess_input(x, mode="other")
    with pytest.raises(ValueError, match="sideways"):
        imagenet_utils.preprocess_input(x, data_format="sideways")


def test_preprocessing_changes_floats_in_place_as_keras_does():
    x = np.full((1, 2, 2, 3), 255.0)
    assert keras.applications.inception_v3.preprocess_input(x) is x and x.max() == 1.0
    whole = np.full((1, 2, 2, 3), 255, "uint8")
    keras.applications.vgg16.preprocess_input(whole)
    assert whole.min() == 255


def test_warnings():
    with pytest.warns(UserWarning, match="5 input channels"):
        keras.applications.VGG16(weights=None, include_top=False, input_shape=(32, 32, 5))
    with pytest.warns(UserWarning, match="2.2.0"):
        keras.applications.ResNet50(weights=None, include_top=False, input_shape=(32, 32, 3))


def test_nasnet_is_channels_last_and_leaves_the_setting():
    keras.backend.set_image_data_format("channels_first")
    try:
        with pytest.warns(UserWarning, match="channels_last"), pytest.raises(ValueError, match="at least 32x32"):
            keras.applications.NASNetMobile(weights=None, input_shape=(16, 16, 3), include_top=False)
        assert keras.backend.image_data_format() == "channels_first"
    finally:
        keras.backend.set_image_data_format("channels_last")


def test_channels_first_is_built_with_its_axis():
    keras.backend.set_image_data_format("channels_first")
    try:
        model = keras.applications.MobileNet(weights=None, alpha=0.25, input_shape=(3, 32, 32), include_top=False)
    finally:
        keras.backend.set_image_data_format("channels_last")
    assert model.output_shape == (None, 256, 1, 1)


def test_input_shape_and_tensor_of_mobilenet_v2_must_agree():
    with pytest.raises(ValueError, match=r"\(64, 64, 3\).*\(32, 32, 3\)"):
        keras.applications.MobileNetV2(
            weights=None, input_shape=(64, 64, 3), input_tensor=keras.layers.Input((32, 32, 3))
        )


def test_modules_are_injected():
    def base(x, **modules):
        return x, modules

    x, modules = keras.applications.keras_modules_injection(base)(3)
    assert x == 3 and modules == {
        name: importlib.import_module(f"graphflow_keras.{name}") for name in ("backend", "layers", "models", "utils")
    }


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_tensors_are_preprocessed_as_arrays_are(data_format):
    x = np.random.RandomState(0).uniform(0, 255, (2, 3, 3, 3)).astype("float32")
    for mode in ("caffe", "tf", "torch"):
        tensor = imagenet_utils.preprocess_input(keras.backend.constant(x), data_format, mode)
        array = imagenet_utils.preprocess_input(x.copy(), data_format, mode)
        np.testing.assert_allclose(keras.backend.eval(tensor), array, atol=1e-4)
