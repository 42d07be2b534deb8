"""Optimizers: from a loss and parameters to the updates of one training step.

Keras 2.2.4 and tf.keras have different classes by the same names. Which ones the names here mean is the dialect's: they are
looked up when they are asked for.
"""

import graphflow as tf
from graphflow_keras import backend as K  # noqa: F401  Keras's module shows it
from graphflow_keras import dialect, optimizer_v2
from graphflow_keras.legacy import interfaces as interfaces
from graphflow_keras.optimizers import _of_keras
from graphflow_keras.optimizers import schedules as schedules
from graphflow_keras.optimizers._of_keras import TFOptimizer as TFOptimizer
from graphflow_keras.optimizers._of_keras import clip_norm as clip_norm
from graphflow_keras.utils.generic_utils import deserialize_keras_object, serialize_keras_object

_NAMES = ("SGD", "RMSprop", "Adagrad", "Adadelta", "Adam", "Adamax", "Nadam")
_OF_KERAS = {name: getattr(_of_keras, name) for name in _NAMES}
_OF_TENSORFLOW = {name: getattr(optimizer_v2, name) for name in (*_NAMES, "Ftrl")}
_BASES = _of_keras.Optimizer, optimizer_v2.OptimizerV2


def _classes():
    """The optimizers of the dialect, by name."""
    return _OF_TENSORFLOW if dialect.is_tf_keras() else _OF_KERAS


def __getattr__(name):
    if name == "Optimizer":
        return _BASES[dialect.is_tf_keras()]
    found = _classes().get(name) or {key.lower(): value for key, value in _classes().items()}.get(name)
    if found is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return found


def __dir__():
    return sorted([*globals(), "Optimizer", *_classes(), *map(str.lower, _classes())])


def serialize(optimizer):
    """An optimizer as `{'class_name': ..., 'config': ...}`."""
    return serialize_keras_object(optimizer)


def deserialize(config, custom_objects=None):
    """An optimizer from what `serialize` returned; the names of Keras's own classes in any case."""
    name = config["class_name"]
    known = {key.lower(): value for key, value in [*_classes().items(), ("TFOptimizer", TFOptimizer)]}
    if name.lower() in known:
        config = dict(config, class_name=name.lower())
    return deserialize_keras_object(
        config, module_objects=known, custom_objects=custom_objects, printable_module_name="optimizer"
    )


def get(identifier):
    """An optimizer from its name, its config, a `tf.train.Optimizer` or itself.

    Raises:
        ValueError: something else, or an unknown name.
    """
    if isinstance(identifier, tf.train.Optimizer):
        return TFOptimizer(identifier)
    if isinstance(identifier, dict):
        return deserialize(identifier)
    if isinstance(identifier, str):
        return deserialize({"class_name": identifier, "config": {}})
    if isinstance(identifier, _BASES):
        return identifier
    raise ValueError(f"Could not interpret optimizer identifier: {identifier}")
