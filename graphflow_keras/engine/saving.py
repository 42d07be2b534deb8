"""Models to files and back, in the HDF5 format of Keras 2.2.4.

Loading takes three steps: read and check all, build the model, and only when every weight fits assign them in one run.
"""

import itertools
import json
import os
import warnings

import h5py
import numpy as np

import graphflow as tf
import graphflow_keras
from graphflow_keras import _extras, _signatures, optimizers
from graphflow_keras import backend as K
from graphflow_keras import layers as all_layers
from graphflow_keras.engine import _keras_3_files, _model_files, _saved_configs, _saved_folders, _saved_training
from graphflow_keras.engine._weight_layouts import _convert_rnn_weights as _convert_rnn_weights
from graphflow_keras.engine._weight_layouts import _need_convert_kernel as _need_convert_kernel
from graphflow_keras.engine._weight_layouts import preprocess_weights_for_loading as preprocess_weights_for_loading
from graphflow_keras.utils.io_utils import HDF5_OBJECT_HEADER_LIMIT as HDF5_OBJECT_HEADER_LIMIT
from graphflow_keras.utils.io_utils import H5Dict as H5Dict
from graphflow_keras.utils.io_utils import ask_to_proceed_with_overwrite, write_names
from graphflow_keras.utils.io_utils import h5dict as h5dict

# What a config that is not as it should be can raise while a model is built from it.
_UNBUILDABLE = (KeyError, TypeError, AttributeError, IndexError, ArithmeticError, MemoryError, RecursionError)


# Writing


@_signatures.also_takes("save_format", "signatures")
def save_model(model, filepath, overwrite=True, include_optimizer=True, save_format=None, signatures=None):
    """Writes architecture, weights and the state of training to an HDF5 file.

    The file appears whole: it is written beside its place and moved there at the end.

    Args:
        model: a Sequential or functional model.
        filepath: path, `h5py.Group` or dict to write to.
        overwrite: bool; if False, asks before it replaces a file.
        include_optimizer: bool, save how the model was compiled and its optimizer's state too.
        save_format: "h5" or None; or "tf", for a SavedModel in a folder: see `_saved_folders`.
        signatures: None.

    Raises:
        ValueError: another format.
    """
    if save_format not in (None, "h5", "hdf5", "tf", "tensorflow"):
        raise ValueError(f'Unknown format {save_format!r}: it is "tf" or "h5"')
    _signatures.refuse(
        "save_model", "keras.experimental.export_saved_model signs the model's outputs", signatures=signatures
    )
    if save_format in ("tf", "tensorflow"):
        _saved_folders.save(model, filepath, overwrite, include_optimizer)
        return
    if isinstance(filepath, h5py.Group):
        _serialize_model(model, _model_files.HDF5Target(filepath), include_optimizer)
    elif isinstance(filepath, dict):
        filepath.clear()
        filepath["_is_group"] = True
        _serialize_model(model, _model_files.DictTarget(filepath), include_optimizer)
    elif overwrite or not os.path.isfile(filepath) or ask_to_proceed_with_overwrite(filepath):
        with _model_files.written(filepath) as file:
            _serialize_model(model, _model_files.HDF5Target(file), include_optimizer)


def save_weights(model, filepath, overwrite=True):
    """Writes a model's weights to an HDF5 file, which appears whole."""
    if overwrite or not os.path.isfile(filepath) or ask_to_proceed_with_overwrite(filepath):
        with _model_files.written(filepath) as file:
            save_weights_to_hdf5_group(file, model.layers)


def pickle_model(model):
    """A model as a dict of plain values and arrays, which can be pickled."""
    state = {}
    save_model(model, state)
    return state


def save_weights_to_hdf5_group(f, layers):
    """Writes the weights of layers to an `h5py.Group`, one group a layer."""
    _write_layers(_model_files.HDF5Target(f), layers)


def save_attributes_to_hdf5_group(group, name, data):
    """Writes a list of bytes as an attribute, in pieces `name0`, `name1` ... where HDF5 has no room for it at once.

    Raises:
        RuntimeError: one item alone is longer than 64512 bytes.
    """
    write_names(group, name, data)


def _serialize_model(model, target, include_optimizer):
    _write_origin(target)
    config = {"class_name": type(model).__name__, "config": model.get_config()}
    target.put_text("model_config", _to_json(config))
    _write_layers(target.new_group("model_weights"), model.layers)
    optimizer = getattr(model, "optimizer", None)
    if not include_optimizer or not optimizer:
        return
    if isinstance(optimizer, optimizers.TFOptimizer):
        warnings.warn(
            "TensorFlow optimizers do not make it possible to access optimizer attributes or optimizer state after "
            "instantiation. As a result, we cannot save the optimizer as part of the model save file. You will have to "
            "compile your model again after loading it. Prefer using a Keras optimizer instead (see keras.io/optimizers).",
            stacklevel=3,
        )
        return
    training = {
        "optimizer_config": {"class_name": type(optimizer).__name__, "config": optimizer.get_config()},
        "loss": model.loss,
        "metrics": model._compile_metrics,
        "sample_weight_mode": model.sample_weight_mode,
        "loss_weights": model.loss_weights,
    }
    if model.weighted_metrics:
        training["weighted_metrics"] = model.weighted_metrics
    target.put_text("training_config", _to_json(training))
    if optimizer.weights:
        state = K.batch_get_value(optimizer.weights)
        _write_arrays(target.new_group("optimizer_weights"), optimizer.weights, state)


def _write_origin(target):
    target.put_text("keras_version", graphflow_keras.__version__)
    target.put_text("backend", K.backend())


def _write_layers(target, layers):
    target.put_names("layer_names", [layer.name for layer in layers])
    _write_origin(target)
    values = iter(K.batch_get_value([variable for layer in layers for variable in layer.weights]))
    for layer in layers:
        _write_arrays(target.new_group(layer.name), layer.weights, itertools.islice(values, len(layer.weights)))


def _write_arrays(target, variables, values):
    names = []
    for index, variable in enumerate(variables):
        name = unique = str(getattr(variable, "name", None) or f"param_{index}")
        count = 0
        while unique in names:
            count += 1
            unique = f"{name}_{count}"
        names.append(unique)
    target.put_names("weight_names", names)
    for name, value in zip(names, values):
        target.put_array(name, np.asarray(value))


def _to_json(value):
    return json.dumps(value, default=_json_value)


def _json_value(value):
    """What stands in JSON for an object with a config, a NumPy value or a function."""
    if hasattr(value, "get_config"):
        return {"class_name": type(value).__name__, "config": value.get_config()}
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if hasattr(value, "__name__"):
        return value.__name__
    raise TypeError(f"Not JSON Serializable: {value!r}")


# Reading


def load_model(filepath, custom_objects=None, compile=True):
    """A model from a file: architecture, weights and, unless `compile` is False, the state of its training.

    Args:
        filepath: path of an HDF5 file of Keras 2 or tf.keras, of a `.keras` file or of a SavedModel's folder; or an
            `h5py.Group`, or a dict.
        custom_objects: dict, name -> class or function that is not Keras's.
        compile: bool.

    Returns:
        The model. Where it was saved uncompiled, or cannot be compiled as it was, it comes with a warning and uncompiled.

    Raises:
        OSError: there is no such file.
        ValueError: the file is not a model's, is damaged, or holds what is refused. No code from a file is ever run.
    """
    if isinstance(filepath, str | os.PathLike):
        if tf.saved_model.maybe_saved_model_directory(filepath):
            return _saved_folders.load(filepath, custom_objects, compile)
        if _model_files.is_zip(filepath):
            return _load_archive(filepath, custom_objects, compile)
    with _model_files.opened(filepath) as source:
        return _deserialize_model(source, custom_objects, compile)


def unpickle_model(state):
    """The model that `pickle_model` made a dict of."""
    return load_model(state)


def load_weights(model, filepath, by_name=False, skip_mismatch=False, reshape=False):
    """Reads weights from an HDF5 file of weights or of a whole model; also from `.weights.h5` and `.keras` files.

    Args:
        model: the model they are for.
        filepath: path.
        by_name: bool, match layers by name rather than by order.
        skip_mismatch: bool, leave out weights that differ in number or shape; needs `by_name`.
        reshape: bool, reshape kernels of convolutions where the shapes differ.

    Raises:
        OSError: there is no such file.
        ValueError: the weights do not fit; the message lists all that does not, and no weight has changed.
    """
    if _model_files.is_zip(filepath):
        archive = _keras_3_files.Archive(filepath)
        with archive.weights() as source:
            _load_weights(source, model.layers, by_name, skip_mismatch, reshape)
        archive.close()
        return
    with _model_files.opened(filepath) as source:
        if "layer_names" not in source and "layer_names0" not in source and "model_weights" in source:
            source = source.group_at("model_weights")
        _load_weights(source, model.layers, by_name, skip_mismatch, reshape)


def load_weights_from_hdf5_group(f, layers, reshape=False):
    """Reads the weights of layers, in order, from an `h5py.Group`; see `load_weights`."""
    _load_weights(_model_files.HDF5Source(f), layers, reshape=reshape)


def load_weights_from_hdf5_group_by_name(f, layers, skip_mismatch=False, reshape=False):
    """Reads the weights of layers, by name, from an `h5py.Group`; see `load_weights`."""
    _load_weights(_model_files.HDF5Source(f), layers, by_name=True, skip_mismatch=skip_mismatch, reshape=reshape)


def load_attributes_from_hdf5_group(group, name):
    """The list of str that `save_attributes_to_hdf5_group` wrote, empty where there is none."""
    return _model_files.HDF5Source(group).names(name) or []


def model_from_config(config, custom_objects=None):
    """A model, with new weights, from `{"class_name", "config"}` as any Keras wrote it.

    Raises:
        TypeError: a list, which is a Sequential's own config.
        ValueError: a config that does not describe a model.
    """
    if isinstance(config, list):
        raise TypeError(
            "`model_from_config` expects a dictionary, not a list. Maybe you meant to use `Sequential.from_config(config)`?"
        )
    version = str(config.get("keras_version", "")) if isinstance(config, dict) else ""
    return build_model(config, version, custom_objects, "this model")


def model_from_json(json_string, custom_objects=None):
    """A model, with new weights, from the JSON text of `model.to_json()`."""
    return model_from_config(_saved_configs.parse_json(json_string, "the model's JSON"), custom_objects)


def model_from_yaml(yaml_string, custom_objects=None):
    """A model, with new weights, from the YAML text of `model.to_yaml()`. Tags that make Python objects are refused."""
    yaml = _extras.load("yaml", "yaml", "`model_from_yaml`")

    class TuplesToo(yaml.SafeLoader):
        """Keras writes shapes as Python tuples."""

    TuplesToo.add_constructor("tag:yaml.org,2002:python/tuple", lambda loader, node: loader.construct_sequence(node))
    try:
        config = yaml.load(yaml_string, Loader=TuplesToo)
    except yaml.YAMLError as error:
        raise ValueError(f"the model's YAML cannot be read: {error}") from error
    return model_from_config(config, custom_objects)


def build_model(config, version, custom_objects, where, stored=None):
    """A model from a parsed config; `stored` is how many numbers its file holds, where that is known."""
    config = _saved_configs.model_config(config, version, custom_objects, where, stored)
    try:
        return all_layers.deserialize(config, custom_objects=custom_objects)
    except _UNBUILDABLE as error:
        raise ValueError(
            f"{where}: no model can be built from model_config: {type(error).__name__}: {error}"
        ) from error


def _deserialize_model(source, custom_objects, compile):
    text = source.text("model_config")
    if text is None:
        raise ValueError(
            f"No model found in config. {source.where} holds no model_config: if it holds weights only, build the model in "
            "code and call `model.load_weights(path)`."
        )
    config = _saved_configs.parse_json(text, f"{source.where}: model_config")
    weights = source.group_at("model_weights")
    version = source.text("keras_version") or weights.text("keras_version") or ""
    entries = _entries(weights)
    stored = sum(array.size for _, arrays in entries for array in arrays)
    model = build_model(config, version, custom_objects, source.where, stored)
    _assign(_in_order(model.layers, entries, *_origin(weights), reshape=False))
    if not compile:
        return model
    training = source.text("training_config")
    if training is None:
        _warn_not_compiled()
    elif compile_as_saved(model, lambda: _saved_configs.parse_json(training, "training_config"), custom_objects):
        if "optimizer_weights" in source:
            _restore_optimizer(model, lambda: _optimizer_entries(source.group_at("optimizer_weights")))
    return model


def _load_archive(path, custom_objects, compile):
    archive = _keras_3_files.Archive(path)
    config = _saved_configs.parse_json(archive.text("config.json"), f"{path}: config.json")
    with archive.weights() as weights:
        model = build_model(config, "3", custom_objects, str(path))
        _load_weights(weights, model.layers)
        training = config.get("compile_config")
        if compile and not training:
            _warn_not_compiled()
        elif compile and compile_as_saved(model, lambda: training, custom_objects):
            _restore_optimizer(model, lambda: _keras_3_files.optimizer_arrays(weights))
    archive.close()
    return model


def _warn_not_compiled():
    warnings.warn(
        "No training configuration found in save file: the model was *not* compiled. Compile it manually.", stacklevel=4
    )


def compile_as_saved(model, read_config, custom_objects):
    """Compiles the model as the config says; warns and returns False where that is not possible."""
    before = dict(vars(model))
    try:
        model.compile(**_saved_training.compile_arguments(read_config(), custom_objects, model.output_names))
    except (ValueError, *_UNBUILDABLE) as error:
        vars(model).clear()
        vars(model).update(before)
        warnings.warn(
            f"The model was not compiled: {error}. Its weights are there; compile it by hand to go on training.",
            stacklevel=4,
        )
        return False
    return True


def _optimizer_entries(source):
    names = source.names("weight_names") or []
    return names, [source.array(name) for name in names]


def _restore_optimizer(model, read_entries):
    try:
        names, arrays = read_entries()
        if names:
            model._make_train_function()
            _assign(_saved_training.optimizer_state(model, names, arrays))
    except ValueError as error:
        warnings.warn(
            "Error in loading the saved optimizer state. As a result, your model is starting with a freshly initialized "
            f"optimizer. ({error})",
            stacklevel=4,
        )


# Weights


def _origin(source):
    """The Keras version (`"1"` where it is not written: Keras 1 did not) and the backend of a file."""
    version = source.text("keras_version") or "1"
    return "1" if version.startswith("1") else version, source.text("backend")


def _entries(source):
    """The layers of a file: list of (name, stored arrays)."""
    names = source.names("layer_names")
    if names is None:
        raise ValueError(f"{source.where} is no file of weights: it has no attribute layer_names.")
    entries, problems = [], []
    for name in names:
        try:
            group = source.group_at(name)
            weight_names = group.names("weight_names")
            if weight_names is None:
                raise ValueError(f"{group.where} has no attribute weight_names.")
            entries.append((name, [group.array(weight_name) for weight_name in weight_names]))
        except ValueError as error:
            problems.append(str(error))
    _raise(problems)
    return entries


def _load_weights(source, layers, by_name=False, skip_mismatch=False, reshape=False):
    if _keras_3_files.is_weights_file(source):
        if by_name:
            raise ValueError(
                f"{source.where} is a file of Keras 3, which has no names of layers: load it without by_name."
            )
        layers = [layer for layer in layers if layer.weights]
        entries = [(layer.name, arrays) for layer, arrays in zip(layers, _keras_3_files.arrays_of(layers, source))]
        _assign(_in_order(layers, entries, "3", "tensorflow", reshape))
    elif by_name:
        _assign(_by_name(layers, _entries(source), *_origin(source), skip_mismatch, reshape))
    else:
        _assign(_in_order(layers, _entries(source), *_origin(source), reshape))


def _in_order(layers, entries, version, backend, reshape):
    """Pairs (variable, array): the layers with weights of the model and of the file, one after the other."""
    layers = [layer for layer in layers if layer.weights]
    entries = [(name, arrays) for name, arrays in entries if arrays]
    if len(layers) != len(entries):
        raise ValueError(
            f"You are trying to load a weight file containing {len(entries)} layers into a model with {len(layers)} layers. "
            f"File: {[name for name, _ in entries]}; model: {[layer.name for layer in layers]}."
        )
    pairs, problems = [], []
    for index, (layer, (name, arrays)) in enumerate(zip(layers, entries)):
        try:
            values = _values(layer, arrays, version, backend, reshape)
        except ValueError as error:
            problems.append(f'Layer #{index} (named "{layer.name}" in the current model, {name} in the file): {error}')
            continue
        if len(values) != len(layer.weights):
            problems.append(
                f'Layer #{index} (named "{layer.name}" in the current model) was found to correspond to layer {name} in the '
                f"save file. However the new layer {layer.name} expects {len(layer.weights)} weights, but the saved weights "
                f"have {len(values)} elements."
            )
            continue
        problems += [_other_shape(index, layer, *pair) for pair in zip(layer.weights, values) if not _fits(*pair)]
        pairs += zip(layer.weights, values)
    _raise(problems)
    return pairs


def _by_name(layers, entries, version, backend, skip_mismatch, reshape):
    """Pairs (variable, array) for the layers whose name is in the file."""
    pairs, problems = [], []

    def mismatch(layer, skipped, problem):
        if skip_mismatch:
            warnings.warn(
                f"Skipping loading of weights for layer {layer.name} due to mismatch in {skipped}.", stacklevel=5
            )
        else:
            problems.append(problem)

    for index, (name, arrays) in enumerate(entries):
        for layer in (layer for layer in layers if layer.name == name):
            try:
                values = _values(layer, arrays, version, backend, reshape)
            except ValueError as error:
                mismatch(layer, f"shape ({error})", f'Layer #{index} (named "{layer.name}"): {error}')
                continue
            wanted = layer.weights
            if len(values) != len(wanted):
                mismatch(
                    layer,
                    f"number of weights ({len(wanted)} vs {len(values)})",
                    f'Layer #{index} (named "{layer.name}") expects {len(wanted)} weight(s), but the saved weights have '
                    f"{len(values)} element(s).",
                )
                continue
            for variable, value in zip(wanted, values):
                if _fits(variable, value):
                    pairs.append((variable, value))
                else:
                    shapes = f"shape ({K.int_shape(variable)} vs {value.shape})"
                    mismatch(layer, shapes, _other_shape(index, layer, variable, value))
    _raise(problems)
    return pairs


def _values(layer, arrays, version, backend, reshape):
    """The arrays of one layer, read and in the layer's layout."""
    # Conversions at most double a bias; a file that claims more is not worth reading.
    wanted = [K.int_shape(variable) for variable in layer.weights]
    if sum(array.size for array in arrays) > 2 * sum(np.prod(shape, dtype=object) for shape in wanted):
        raise ValueError(f"the file has weights of shapes {[array.shape for array in arrays]}, the layer {wanted}.")
    values = [array.read() for array in arrays]
    try:
        return preprocess_weights_for_loading(layer, values, version, backend, reshape=reshape)
    except (IndexError, TypeError, AttributeError) as error:
        raise ValueError(
            f"weights of shapes {[value.shape for value in values]} do not fit {wanted}: {error}"
        ) from error


def _fits(variable, value):
    return K.int_shape(variable) == value.shape


def _other_shape(index, layer, variable, value):
    return (
        f'Layer #{index} (named "{layer.name}"), weight {variable.name} has shape {K.int_shape(variable)}, but the saved '
        f"weight has shape {value.shape}."
    )


def _raise(problems):
    if problems:
        raise ValueError("\n".join(problems))


def _assign(pairs):
    for variable, _ in pairs:
        variable._keras_initialized = True  # its initializer need not run before it gets its value
    K.batch_set_value(pairs)
