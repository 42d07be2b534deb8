"""Configs of models as Keras 1 to 3 and tf.keras wrote them, checked and turned into those of Keras 2.2.4.

A key that only a later Keras has is dropped where its value is what 2.2.4 does anyway, and refused where it is not.
Nothing here makes or imports anything: names stay names.
"""

import inspect
import json
import warnings

from graphflow_keras import dialect
from graphflow_keras import layers as all_layers
from graphflow_keras.engine.base_layer import Layer
from graphflow_keras.utils.generic_utils import get_custom_objects

_ANY = object()  # the value makes no difference here
_UNSUPPORTED_UNLESS = {
    "groups": 1,
    "keepdims": False,
    "renorm": False,
    "virtual_batch_size": None,
    "adjustment": None,
    "ragged": False,
    "quantization_config": None,
    "quantization_mode": None,
    "lora_rank": None,
    "seed_generator": None,
    "optional": _ANY,
    "fused": _ANY,
    "synchronized": _ANY,
    "renorm_clipping": _ANY,
    "renorm_momentum": _ANY,
    "zero_output_for_mask": _ANY,
    "use_cudnn": _ANY,
    "autocast": _ANY,
    "batch_size": _ANY,
    "seed": _ANY,
    "sparse": _ANY,
}
_LAYER_KEYS = {"name", "trainable", "dtype", "batch_input_shape", "input_dtype", "batch_size", "weights"}
_FROM_CONFIG_KEYS = {
    *("layer", "cell", "cells", "num_constants", "go_backwards", "time_major", "function_type", "module"),
    *("output_shape_type", "output_shape_module", "reverse_state_order"),
}
_SIZES = ("units", "filters", "output_dim", "input_dim")
_LARGEST = 2**31 - 1
_SQUARE = {f"{kind}{cell}" for kind in ("SimpleRNN", "GRU", "LSTM") for cell in ("", "Cell")}  # units x units weights

_VARIANCE_SCALING = {
    f"{family}{shape}": {"scale": scale, "mode": mode, "distribution": shape.lower()}
    for family, scale, mode in (("Glorot", 1.0, "fan_avg"), ("He", 2.0, "fan_in"), ("Lecun", 1.0, "fan_in"))
    for shape in ("Uniform", "Normal")
}


def parse_json(text, where):
    """A JSON text, read strictly.

    Raises:
        ValueError: it is no JSON, holds NaN or Infinity, or is nested too deeply.
    """

    def refuse(constant):
        raise ValueError(f"{constant} is not a JSON number")

    try:
        return json.loads(text, parse_constant=refuse)
    except RecursionError:
        raise ValueError(f"{where}: the JSON text is nested too deeply.") from None
    except ValueError as error:
        raise ValueError(f"{where} is not valid JSON: {error}") from error


def model_config(config, version, custom_objects, where, stored=None):
    """The config of a whole model, `{"class_name", "config"}`, as Keras 2.2.4 writes it.

    Args:
        config: parsed JSON.
        version: str, the Keras that wrote it.
        custom_objects: dict; configs of these classes are left as they are.
        where: str, the file, for messages.
        stored: int, how many numbers the file holds as weights: no layer can have more units.

    Raises:
        ValueError: no model's config, or one that says what 2.2.4 cannot do; the message names layer and key.
    """
    return _Converter(version, custom_objects, where, stored).layer(config)


class _Converter:
    def __init__(self, version, custom_objects, where, stored):
        self.where = where
        self.stored = stored
        self.is_keras_3 = version.startswith("3")
        self.is_newer = "tf" in version or not version.startswith(("0", "1", "2.0", "2.1", "2.2."))
        self.custom = {**get_custom_objects(), **(custom_objects or {})}

    def fail(self, problem):
        raise ValueError(f"{self.where}: model_config: {problem}")

    def need(self, value, kind, what):
        if not isinstance(value, kind):
            self.fail(f"{what} should be a {kind.__name__}, found {value!r:.80}.")
        return value

    def layer(self, entry):
        """A layer's entry: its class and config, and for a layer of a functional model its name and calls."""
        self.need(entry, dict, "a layer")
        class_name = self.need(entry.get("class_name"), str, "the class_name of a layer").rpartition(">")[2]
        config = entry.get("config")
        if class_name in self.custom:
            converted = {"class_name": class_name, "config": config}
        elif class_name in ("Model", "Functional"):
            converted = {"class_name": "Model", "config": self.functional(config)}
        elif class_name == "Sequential":
            converted = {"class_name": "Sequential", "config": self.sequential(config)}
        else:
            config = self.need(config, dict, f"the config of a {class_name} layer")
            converted = {"class_name": class_name, "config": self.plain(class_name, config)}
        return {**{key: entry[key] for key in ("name", "inbound_nodes") if key in entry}, **converted}

    def sequential(self, config):
        config = (
            {"layers": config} if isinstance(config, list) else self.need(config, dict, "the config of a Sequential")
        )
        layers = [self.layer(entry) for entry in self.need(config.get("layers"), list, "`layers` of a Sequential")]
        for entry in layers:
            entry.pop("inbound_nodes", None)
        kept = {key: config[key] for key in ("name", "build_input_shape") if key in config}
        return {**kept, "layers": layers}

    def functional(self, config):
        config = self.need(config, dict, "the config of a Model")
        name = config.get("name")
        layers = [self.layer(entry) for entry in self.need(config.get("layers"), list, f"`layers` of model {name!r}")]
        names = [self.need(entry.get("name"), str, "the name of a layer") for entry in layers]
        for layer_name in names:
            if names.count(layer_name) > 1:
                self.fail(f"two layers of model {name!r} are called {layer_name!r}.")
        # A model's own first build counts as its call 0, but Keras 3 leaves it out.
        models = {entry["name"] for entry in layers if entry["class_name"] in ("Model", "Sequential")}
        shifted = models if self.is_keras_3 else set()
        for entry in layers:
            calls = self.need(entry.get("inbound_nodes", []), list, f"inbound_nodes of layer {entry['name']!r}")
            entry["inbound_nodes"] = [self.call(entry["name"], call, shifted) for call in calls]
        ends = {}
        for key in ("input_layers", "output_layers"):
            ends[key] = [self.reference(end, shifted) for end in _coordinates(config.get(key))]
            if not ends[key]:
                self.fail(f"`{key}` of model {name!r} names no layer: {config.get(key)!r:.80}")
        return {"name": name, "layers": layers, **ends}

    def reference(self, coordinates, shifted):
        name, node_index, tensor_index, *arguments = coordinates
        if isinstance(node_index, bool) or min(node_index, tensor_index) < 0:
            self.fail(f"an input comes from {coordinates}; the indices should be whole numbers from 0.")
        return [name, node_index + (name in shifted), tensor_index, *arguments]

    def call(self, layer_name, call, shifted):
        """One call of a layer as `[[layer, node index, tensor index, arguments], ...]`."""
        if isinstance(call, dict):  # Keras 3
            tensors = _coordinates([call.get("args"), call.get("kwargs", {}).get("initial_state")])
            skipped = ("mask", "training", "initial_state")
            arguments = {key: value for key, value in call.get("kwargs", {}).items() if key not in skipped}
            if _coordinates(arguments):
                self.fail(f"layer {layer_name!r} is called with tensors as keyword arguments: {sorted(arguments)}.")
            call = [[*source[:3], arguments] for source in tensors]
        if not isinstance(call, list) or not all(_is_coordinate(source) for source in call):
            self.fail(
                f"layer {layer_name!r} is called on {call!r:.120}; expected [layer, node index, tensor index, ...]."
            )
        return [self.reference(source, shifted) for source in call]

    def plain(self, class_name, config):
        """The config of a layer that is no model."""
        config = {key: self.value(class_name, config, key) for key in config}
        layer_name = config.get("name")
        if class_name == "InputLayer" and "batch_shape" in config:
            config["batch_input_shape"] = config.pop("batch_shape")
        if class_name == "LeakyReLU" and "negative_slope" in config:
            config["alpha"] = config.pop("negative_slope")
        if class_name == "Bidirectional":
            config.pop("backward_layer", None)  # the forward layer backwards, as always in 2.2.4
        if class_name == "BatchNormalization" and isinstance(config.get("axis"), list):
            if len(config["axis"]) != 1:
                self.fail(f"layer {layer_name!r}: axis {config['axis']}: only one axis can be normalised.")
            config["axis"] = config["axis"][0]
        for key in _SIZES:
            size = config.get(key)
            if size is not None and (not isinstance(size, int) or isinstance(size, bool) or not 0 < size <= _LARGEST):
                self.fail(f"layer {layer_name!r}: {key} should be a positive whole number, found {size!r}.")
            least = size and (size**2 if class_name in _SQUARE else size)
            if least and self.stored is not None and least > self.stored:
                self.fail(
                    f"layer {layer_name!r} has {key}={size}, but the file holds only {self.stored} weights in all."
                )
        known = self.constructor_keys(class_name)
        return config if known is None else self.without_newer_keys(layer_name, config, known)

    def constructor_keys(self, class_name):
        """The keys that a layer's class takes, None where it is not one of ours."""
        cls = getattr(all_layers, class_name, None)
        if not (isinstance(cls, type) and issubclass(cls, Layer)):
            return None
        keys = _LAYER_KEYS | _FROM_CONFIG_KEYS
        for base in cls.__mro__:
            if "__init__" in vars(base):
                keys = keys | set(inspect.signature(base.__init__).parameters)
        return keys

    def without_newer_keys(self, layer_name, config, known):
        unknown = [key for key in config if key not in known]
        for key in unknown:
            allowed = _UNSUPPORTED_UNLESS.get(key, _ANY)
            if allowed is not _ANY and config[key] != allowed:
                self.fail(f"layer {layer_name!r}: {key}={config[key]!r} is not supported, only {key}={allowed!r}.")
        foreign = [key for key in unknown if key not in _UNSUPPORTED_UNLESS]
        if foreign and not self.is_newer:
            return {key: value for key, value in config.items() if key in known or key in foreign}
        if foreign:
            warnings.warn(f"Layer {layer_name!r}: keys {foreign} of the saved config are not known here.", stacklevel=2)
        return {key: value for key, value in config.items() if key in known}

    def value(self, class_name, config, key):
        """One value of a config: nested layers, initializers and the like in the form of 2.2.4."""
        value = config[key]
        if key == "dtype":
            return self.dtype(value)
        if key == "cells" and isinstance(value, list):
            return [self.layer(cell) for cell in value]
        if not isinstance(value, dict) or "class_name" not in value:
            return value
        if key in ("layer", "backward_layer", "cell"):
            return self.layer(value)
        return self.object(value)

    def dtype(self, value):
        """The name of a dtype; later versions have policies."""
        if isinstance(value, dict):
            value = (value.get("config") or {}).get("name", "float32")
        if isinstance(value, str) and value.startswith("mixed_"):
            warnings.warn(f"dtype policy {value!r} of the saved model is not supported; float32 is used.", stacklevel=2)
            return "float32"
        return value

    def object(self, value):
        """An initializer, regularizer or constraint."""
        class_name, config = str(value["class_name"]).rpartition(">")[2], value.get("config")
        if class_name in self.custom or not isinstance(config, dict):
            return {"class_name": class_name, "config": config}
        config = {key: item for key, item in config.items() if key not in ("dtype", "input_axes", "output_axes")}
        if class_name.startswith("Glorot") and dialect.is_tf_keras():
            return {"class_name": class_name, "config": config}
        if class_name in _VARIANCE_SCALING:
            return {"class_name": "VarianceScaling", "config": {**_VARIANCE_SCALING[class_name], **config}}
        if class_name == "VarianceScaling" and config.get("distribution") == "truncated_normal":
            config["distribution"] = "truncated_normal" if dialect.is_tf_keras() else "normal"
        if class_name in ("L1", "L2", "L1L2"):
            return {"class_name": "L1L2", "config": {"l1": 0.0, "l2": 0.0, **config}}
        return {"class_name": class_name, "config": config}


def _is_coordinate(value):
    """Whether this is `[layer, node index, tensor index]`, perhaps with arguments behind."""
    return (
        isinstance(value, list)
        and len(value) in (3, 4)
        and isinstance(value[0], str)
        and all(isinstance(index, int) for index in value[1:3])
    )


def _coordinates(value):
    """All references to tensors in a nested value, in order."""
    if isinstance(value, dict):
        if value.get("class_name") == "__keras_tensor__":
            value = (value.get("config") or {}).get("keras_history")
        else:
            return [found for item in value.values() for found in _coordinates(item)]
    if _is_coordinate(value):
        return [value]
    return [found for item in value for found in _coordinates(item)] if isinstance(value, list) else []
