"""Records the public names of TensorFlow 1.15's `tf.keras` and their arguments, for tests/keras/test_tf_keras_surface.py.

judge/bin/python -m tests.oracle.record_tf_keras_surface
"""

import inspect
import json
import os
import types

import tensorflow as tf

from tests.oracle.harness import FIXTURES

PATH = os.path.join(FIXTURES, "tf_keras_surface.json")


def arguments(function, skip=0):
    """The names of the parameters but for the first `skip`, `*args` and `**kwargs`; None where Python cannot tell."""
    try:
        parameters = list(inspect.signature(function).parameters.values())[skip:]
    except (TypeError, ValueError):
        return None
    return [p.name for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]


def described(value):
    """What there is to a name: the arguments of a function; those of a class's constructor and its own public methods."""
    if not inspect.isclass(value):
        return {"arguments": arguments(value) if callable(value) else None}
    methods = {}
    for name, member in sorted(vars(value).items()):
        if not name.startswith("_") and isinstance(member, types.FunctionType):
            methods[name] = arguments(member, skip=1)
    return {"arguments": arguments(value.__init__, skip=1), "methods": methods}


def walk(module, path, found, seen):
    """Gathers the names of a module and of those below it."""
    names = found.setdefault(path, {})
    for name in sorted(dir(module)):
        value = getattr(module, name)
        if name.startswith("_") or not callable(value) and not isinstance(value, types.ModuleType):
            continue
        if isinstance(value, types.ModuleType):
            if "keras" in value.__name__ and id(value) not in seen:
                seen.add(id(value))
                walk(value, path + "." + name, found, seen)
        else:
            names[name] = described(value)
    return found


def main():
    with open(PATH, "w") as file:
        json.dump(walk(tf.keras, "keras", {}, set()), file, sort_keys=True, separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    main()
