"""How a saved model was compiled, in the words of Keras 2.2.4, and the state of its optimizer in our order."""

import inspect
import re

import numpy as np

from graphflow_keras import backend as K
from graphflow_keras import dialect, losses, optimizers
from graphflow_keras import metrics as metrics_module
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
    metrics = _each(saved.get("metrics"), custom, metrics_module)
    if isinstance(metrics, list) and any(isinstance(item, list) for item in metrics):
        per_output = [item if isinstance(item, list) else [item] for item in metrics]
        metrics = per_output[0] if len(output_names) == 1 else dict(zip(output_names, per_output))
    return {
        "optimizer": _optimizer(optimizer, custom),
        "loss": _each(saved["loss"], custom, losses),
        "metrics": metrics,
        "weighted_metrics": _each(saved.get("weighted_metrics"), custom, metrics_module),
        "sample_weight_mode": saved.get("sample_weight_mode"),
        "loss_weights": saved.get("loss_weights"),
    }


def _each(value, custom, module):
    """A loss, metric, or a list or dict of them, as functions' names or objects; `module` is where they are known."""
    if isinstance(value, list):
        return [_each(item, custom, module) for item in value if item is not None]
    if isinstance(value, dict) and "class_name" not in value:
        return {key: _each(item, custom, module) for key, item in value.items()}
    return _function(value, custom, module)


def _function(value, custom, module):
    if isinstance(value, dict):
        class_name, config = value["class_name"].rpartition(">")[2], value.get("config")
        cls = custom.get(class_name) or getattr(module, class_name, None)
        if isinstance(config, str):
            value = config
        elif config.get("name") in ("accuracy", "acc") and class_name != "Accuracy":
            value = "accuracy"
        elif class_name in custom and hasattr(cls, "from_config"):
            return cls.from_config(config)
        elif isinstance(cls, type) and "fn" not in config and (dialect.is_tf_keras() or _says_more(cls, config)):
            return cls(**_arguments_of(cls, config))
        else:
            fn = config.get("fn", class_name)
            value = fn["config"] if isinstance(fn, dict) else fn
    if value is None or not isinstance(value, str):
        return value
    value = value.rpartition(">")[2]
    if value in custom:
        return custom[value]
    if value in _NAMES:
        return _NAMES[value]
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", value).lower() if value[:1].isupper() and not value.isupper() else value


def _arguments_of(cls, config):
    """What of a saved config the constructor takes.

    Raises:
        ValueError: the config asks for something it does not know.
    """
    known = inspect.signature(cls.__init__).parameters
    for key, value in config.items():
        if key not in known and key != "dtype" and value not in (None, False, 0, -1):
            raise ValueError(f"{cls.__name__} with {key}={value!r} is not supported")
    return {k: v for k, v in config.items() if k in known and not (k == "dtype" and isinstance(v, dict))}


def _says_more(cls, config):
    """Whether an object is more than its function by name: it has a state of its own, or other arguments."""
    if not issubclass(cls, (losses.LossFunctionWrapper, metrics_module.MeanMetricWrapper)):
        return True
    options = {k: p.default for k, p in inspect.signature(cls).parameters.items() if k not in ("name", "dtype")}
    plain = {k: ("auto", "sum_over_batch_size") if k == "reduction" else (default,) for k, default in options.items()}
    return any(config.get(k, default) not in plain[k] for k, default in options.items())


def _optimizer(saved, custom):
    class_name, config = saved["class_name"].rpartition(">")[2], dict(saved["config"])
    if class_name not in custom:
        cls = getattr(optimizers, class_name, None)
        if not (isinstance(cls, type) and issubclass(cls, optimizers.Optimizer)):
            raise ValueError(f"there is no optimizer {class_name}")
        known = set(inspect.signature(cls.__init__).parameters)
        old, new = ("lr", "learning_rate") if dialect.is_tf_keras() else ("learning_rate", "lr")
        if old in config:
            config[new] = config.pop(old)
        if isinstance(config.get("lr"), dict):
            raise ValueError(f"a schedule as learning rate ({config['lr'].get('class_name')}) is not supported")
        for key, harmless in _OPTIMIZER_DEFAULTS.items():
            if key in config and key not in known and config.pop(key) not in harmless:
                raise ValueError(f"{class_name} with {key} is not supported")
        if class_name == "Adagrad" and "initial_accumulator_value" not in known:
            config.pop("initial_accumulator_value", None)
        known |= {"decay", "schedule_decay"} if dialect.is_tf_keras() else set()
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
