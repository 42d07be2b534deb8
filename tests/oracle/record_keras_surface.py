"""Records the public names and signatures of Keras 2.2.4, for tests/keras/test_surface.py.

KERAS_BACKEND=tensorflow judge/bin/python -m tests.oracle.record_keras_surface
"""

import importlib
import inspect
import json
import os
import pkgutil
import types

import keras

from tests.oracle import surface
from tests.oracle.harness import FIXTURES

PATH = os.path.join(FIXTURES, "keras_surface.json")
# Other backends, layers of Keras 1 that only old files need, what tests Keras itself, leftovers of a move.
SKIPPED = (
    "keras.backend.cntk",
    "keras.backend.theano",
    "keras.legacy",
    "keras.utils.test_utils",
    "keras.utils.training_utils",
)
OWN = ("keras", "keras_applications", "keras_preprocessing")
# Modules that import others with a star, and with them what those needed themselves.
STARRED = ("keras.backend", "keras.layers", "keras.objectives")
BROUGHT_ALONG = """K interfaces func_dump func_load has_arg object_list_uid to_list transpose_shape
keras_modules_injection""".split()
# What is visible although others define it, or though it is a module from elsewhere.
ALIASES = ("name_scope", "py_all", "py_any", "py_slice", "py_sum", "urlretrieve")
GUESTS = ("K", "interfaces", "layers", "models", "utils")


def is_public(module, name, value):
    """Whether a name is part of what its module offers."""
    if name.startswith("_") or module in STARRED and name in BROUGHT_ALONG:
        return False
    if name in ALIASES or isinstance(value, int) and name.isupper():
        return True
    if isinstance(value, types.ModuleType):
        if value.__name__.startswith(SKIPPED) and name != "interfaces":
            return False
        return value.__name__.startswith(module + ".") or name in GUESTS and module.count(".") < 2
    if not (inspect.isclass(value) or isinstance(value, types.FunctionType)):
        return False
    home = value.__module__ or ""
    if home.startswith("keras.legacy"):
        return name != value.__name__ and module.startswith("keras.layers")
    return home == module or home.split(".")[0] in OWN and is_gathering(module)


def is_gathering(module):
    """Whether the module offers what others define."""
    return module.count(".") < 2 or module.startswith(("keras.applications.", "keras.preprocessing."))


def modules():
    yield "keras"
    for found in pkgutil.walk_packages(keras.__path__, "keras."):
        if not found.name.startswith(SKIPPED):
            yield found.name


def main():
    recorded = {}
    for module in modules():
        members = vars(importlib.import_module(module))
        recorded[module] = {
            name: {"kind": "name"} if name in ALIASES else surface.describe(value)
            for name, value in sorted(members.items())
            if is_public(module, name, value) and name != "keras_modules_injection"
        }
    with open(PATH, "w") as file:
        json.dump(recorded, file, indent=1, sort_keys=True)
        file.write("\n")


if __name__ == "__main__":
    main()
