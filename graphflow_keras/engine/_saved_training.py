"""How a saved model was compiled, in the words of Keras 2.2.4, and the state of its optimizer in our order."""

import inspect
import re

import numpy as np

from graphflow_keras import backend as K
from graphflow_keras import optimizers
from graphflow_keras.utils.generic_utils import get_custom_objects

_NAMES = {
    "KLDivergence": "kullback_leibler_divergence",
    "KLD": "kullback_leibler_divergence",
    "LogCosh": "logcosh",
    "log_cosh": "logcosh",
    "CosineSimilarity": "cosine_proximity",
    "cosine_similarity": "cosine_proximity",
    "kl_divergence": "kullback_leibler_divergence",
}
# Arguments of later optimizers that change nothing at these values.
_OPTIMIZER_DEFAULTS = {
    "weight_decay": (None, 0.0, False),
    "global_clipnorm": (None,),
    "use_ema": (False,),
    "loss_scale_factor": (None,),
    "gradient_accumulation_steps": (None,),
    "centered": (False,),
    "momentum": (0.0, 0),
    "initial_accumulator_value": (0.0, 0),
}
_IGNORED = {"name", "jit_compile", "is_legacy_optimizer", "ema_momentum", "ema_overwrite_frequency"}


def compile_arguments(saved, custom_objects, output_names):
    """The arguments of `compile` from a training config of any version.

    Raises:
        ValueError, TypeError, KeyError: it is broken, or asks for something that is not known here.
    """
    custom = {**get_custom_objects(), **(custom_objects or {})}
    optimizer = saved.get("optimizer_config") or saved.get("optimizer")
    if not isinstance(optimizer, dict):
        raise ValueError("the training configuration has no config of an optimizer")
    metrics = _each(saved.get("metrics"), custom)
    if isinstance(metrics, list) and any(isinstance(item, list) for item in metrics):
        per_output = [item if isinstance(item, list) else [item] for item in metrics]
        metrics = per_output[0] if len(output_names) == 1 else dict(zip(output_names, per_output))
    return {
        "optimizer": _optimizer(optimizer, custom),
        "loss": _each(saved["loss"], custom),
        "metrics": metrics,
        "sample_weight_mode": saved.get("sample_weight_mode"),
        "loss_weights": saved.get("loss_weights"),
    }


def _each(value, custom):
    """A loss, metric, or a list or dict of them; objects become the names of their functions."""
    if isinstance(value, list):
        return [_each(item, custom) for item in value if item is not None]
    if isinstance(value, dict) and "class_name" not in value:
        return {key: _each(item, custom) for key, item in value.items()}
    return _function(value, custom)


def _function(value, custom):
    if isinstance(value, dict):
        config = value.get("config")
        if isinstance(config, str):
            value = config
        elif config.get("from_logits") or config.get("label_smoothing"):
            raise ValueError(f"{value['class_name']} with from_logits or label_smoothing is not supported")
        elif config.get("name") in ("accuracy", "acc"):
            value = "accuracy"
        else:
            fn = config.get("fn", value["class_name"])
            value = fn["config"] if isinstance(fn, dict) else fn
    if value is None or not isinstance(value, str):
        return value
    value = value.rpartition(">")[2]
    if value in custom:
        return custom[value]
    if value in _NAMES:
        return _NAMES[value]
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", value).lower() if value[:1].isupper() and not value.isupper() else value


def _optimizer(saved, custom):
    class_name, config = saved["class_name"].rpartition(">")[2], dict(saved["config"])
    if class_name not in custom:
        cls = getattr(optimizers, class_name, None)
        if not (isinstance(cls, type) and issubclass(cls, optimizers.Optimizer)):
            raise ValueError(f"there is no optimizer {class_name}")
        known = set(inspect.signature(cls.__init__).parameters)
        if "learning_rate" in config:
            config["lr"] = config.pop("learning_rate")
        if isinstance(config.get("lr"), dict):
            raise ValueError(f"a schedule as learning rate ({config['lr'].get('class_name')}) is not supported")
        for key, harmless in _OPTIMIZER_DEFAULTS.items():
            if key in config and key not in known and config.pop(key) not in harmless:
                raise ValueError(f"{class_name} with {key} is not supported")
        if class_name == "Adagrad" and "initial_accumulator_value" in saved["config"]:
            config.pop("initial_accumulator_value", None)
        clipping = {key: config.pop(key, None) for key in ("clipnorm", "clipvalue")}
        unknown = set(config) - known - _IGNORED
        if unknown:
            raise ValueError(f"{class_name} has no {', '.join(sorted(unknown))}")
        config = {key: value for key, value in config.items() if key in known}
        config.update({key: value for key, value in clipping.items() if value is not None})
    return optimizers.deserialize({"class_name": class_name, "config": config}, custom_objects=custom)


def optimizer_state(model, names, arrays):
    """The saved arrays in the order of `model.optimizer.weights`.

    Keras 2 and tf.keras's first optimizers list a slot of all variables, then the next slot; later ones list all
    slots of a variable, then the next variable. Only the order says what an array is.

    Args:
        model: compiled, its training function made.
        names: list of str, the arrays' names.
        arrays: list of stored arrays.

    Returns:
        List of (variable, array).

    Raises:
        ValueError: the arrays do not fit.
    """
    optimizer, variables = model.optimizer, model.optimizer.weights
    shapes = [K.int_shape(variable) for variable in variables]
    if [array.shape for array in arrays] == shapes:
        return [(variable, array.read()) for variable, array in zip(variables, arrays)]
    slots, step = [array for array in arrays if array.shape], None
    if arrays and not arrays[0].shape:
        step = arrays[0].read()
    count = len(model._collected_trainable_weights)
    per_variable, odd = divmod(len(slots), max(1, count))
    if odd:
        raise ValueError(f"{len(slots)} arrays do not belong to {count} variables")
    if names and re.search(r"(^|/)iteration(:0)?$", names[0]):
        # Only what amsgrad adds to Adam comes after all others.
        mixed = per_variable if per_variable < 3 else 2
        first = [slots[i * mixed + j] for j in range(mixed) for i in range(count)]
        slots = first + slots[len(first) :]
    pairs, wanted = [], list(zip(variables, shapes))
    if step is not None:
        pairs.append((optimizer.iterations, step))
    if wanted and wanted[0][0] is optimizer.iterations:
        wanted = wanted[1:]
    # What was not saved starts at zero: momentum that was off, the place-holders of amsgrad.
    for index, (variable, shape) in enumerate(wanted):
        if index >= len(slots):
            pairs.append((variable, np.zeros(shape)))
        elif slots[index].shape == shape:
            pairs.append((variable, slots[index].read()))
        else:
            raise ValueError(f"{names[index + 1]!r} has shape {slots[index].shape}, expected {shape}")
    return pairs
