"""A Lambda in a config: saved by name, rebuilt in memory, never run from bytecode."""

import base64
import copy
import json
import marshal

import numpy as np
import pytest

import graphflow_keras as keras
from graphflow_keras import layers

X = np.arange(6, dtype=np.float32).reshape(2, 3)


def double(x):
    return x * 2


def evaluate(layer, value=X):
    x = layers.Input(value.shape[1:])
    return keras.backend.function([x], [layer(x)])([value])[0]


def bytecode_config(code, name="evil"):
    """As Keras 2.2.4 saves a Lambda: the marshalled code of its function."""
    text = base64.encodebytes(marshal.dumps(code)).decode("ascii")
    return {
        "name": name,
        "trainable": True,
        "function": [text, None, None],
        "function_type": "lambda",
        "output_shape": None,
        "output_shape_type": "raw",
        "arguments": {},
    }


def harmful(marker):
    """Code that leaves a file behind when it is run."""
    return compile(f"open({str(marker)!r}, 'w').close()", "<harm>", "eval")


def test_a_named_function_is_saved_under_its_name():
    config = json.loads(json.dumps(layers.Lambda(double).get_config()))
    assert config["function"] == "double"
    assert config["function_type"] == "function"


def test_a_lambda_expression_is_saved_under_the_layers_name():
    layer = layers.Lambda(lambda x: x + 1, output_shape=lambda shape: shape, name="plus_one")
    config = json.loads(json.dumps(layer.get_config()))
    assert (config["function"], config["output_shape"]) == ("plus_one", "plus_one_output_shape")


@pytest.mark.parametrize("through", [dict, copy.deepcopy], ids=["as it is", "copied"])
def test_a_config_in_memory_needs_no_help(through):
    layer = layers.Lambda(lambda x: x + 1, output_shape=lambda shape: shape)
    np.testing.assert_array_equal(evaluate(layers.Lambda.from_config(through(layer.get_config()))), X + 1)


def test_a_config_from_a_file_finds_its_function_by_its_name_or_the_layers():
    saved = json.loads(json.dumps(layers.Lambda(double, name="twice").get_config()))
    for name in ("double", "twice"):
        layer = layers.deserialize({"class_name": "Lambda", "config": saved}, custom_objects={name: double})
        np.testing.assert_array_equal(evaluate(layer), X * 2)
    with keras.utils.CustomObjectScope({"double": double}):
        assert layers.Lambda.from_config(saved).function is double


def test_a_config_from_a_file_without_its_function_says_what_to_do():
    saved = json.loads(json.dumps(layers.Lambda(double, name="twice").get_config()))
    with pytest.raises(ValueError, match=r"Lambda layer 'twice'.*custom_objects=\{'double': function\}.*load_weights"):
        layers.Lambda.from_config(saved)


def test_bytecode_is_refused_and_not_run(tmp_path):
    marker = tmp_path / "harm"
    with pytest.raises(ValueError, match=r"Lambda layer 'evil'.*never run.*custom_objects=\{'evil': function\}"):
        layers.Lambda.from_config(bytecode_config(harmful(marker)))
    assert not marker.exists()


def test_bytecode_of_an_output_shape_is_refused(tmp_path):
    config = json.loads(json.dumps(layers.Lambda(double, name="twice").get_config()))
    evil = bytecode_config(harmful(tmp_path / "harm"))
    config.update(output_shape=evil["function"], output_shape_type="lambda")
    with pytest.raises(ValueError, match="custom_objects={'twice_output_shape': function}"):
        layers.Lambda.from_config(config, custom_objects={"double": double})
    assert not (tmp_path / "harm").exists()


def test_bytecode_inside_a_wrapper_is_refused(tmp_path):
    inner = {"class_name": "Lambda", "config": bytecode_config(harmful(tmp_path / "harm"))}
    config = {"class_name": "TimeDistributed", "config": {"name": "each", "layer": inner}}
    with pytest.raises(ValueError, match="never run"):
        layers.deserialize(config)
    assert not (tmp_path / "harm").exists()


def test_bytecode_gives_way_to_a_function_under_the_layers_name(tmp_path):
    config = bytecode_config(harmful(tmp_path / "harm"))
    layer = layers.Lambda.from_config(config, custom_objects={"evil": double})
    np.testing.assert_array_equal(evaluate(layer), X * 2)
    assert not (tmp_path / "harm").exists()


@pytest.mark.parametrize("function", [{"class_name": "__lambda__", "config": {"code": "4wE="}}, 3, None])
def test_anything_else_in_place_of_a_function_is_refused(function):
    config = {**layers.Lambda(double, name="odd").get_config(), "function": function}
    with pytest.raises(ValueError, match="Lambda layer 'odd'"):
        layers.Lambda.from_config(config)


def test_an_unknown_function_type_is_refused():
    config = {**layers.Lambda(double).get_config(), "function": "double", "function_type": "pickle"}
    with pytest.raises(ValueError, match="unknown function type 'pickle'"):
        layers.Lambda.from_config(config)


def test_names_outside_keras_are_not_looked_up():
    for name in ("os", "eval", "keras_module", "graphflow_keras", "deserialize_keras_object", "add"):
        with pytest.raises(ValueError, match="Unknown layer"):
            layers.deserialize({"class_name": name, "config": {}})


def test_arguments_come_back_as_arrays():
    layer = layers.Lambda(lambda x, by: x * by, name="scaled", arguments={"by": np.array([1.0, 2.0, 3.0], np.float32)})
    config = layer.get_config()
    config["arguments"] = {"by": {"type": "ndarray", "value": [1.0, 2.0, 3.0]}}
    back = layers.Lambda.from_config(config)
    np.testing.assert_array_equal(back.arguments["by"], [1.0, 2.0, 3.0])


def test_models_with_lambdas_are_cloned():
    x = layers.Input((3,))
    model = keras.models.Model(x, layers.Lambda(lambda t: t - 1)(layers.Lambda(double)(x)))
    for copied in (keras.models.clone_model(model), keras.models.Model.from_config(model.get_config())):
        np.testing.assert_array_equal(copied.predict(X), X * 2 - 1)


def test_the_call_does_not_change_the_arguments():
    layer = layers.Lambda(lambda x, mask=None: x, arguments={})
    evaluate(layer)
    assert layer.arguments == {}
