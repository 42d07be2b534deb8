"""`tf.contrib`, the part that scripts used; its modules are loaded when first asked for."""

import importlib as _importlib
import pkgutil as _pkgutil

_MODULES = frozenset(module.name for module in _pkgutil.iter_modules(__path__))


def __getattr__(name):
    if name in _MODULES:
        return _importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(
        f"tf.contrib has no {name!r} here; there are {', '.join(sorted(_MODULES))}. What is left of contrib after "
        "TensorFlow 1 lives in TensorFlow Addons, tf-slim and TensorFlow Probability"
    )


def __dir__():
    return sorted({*globals(), *_MODULES})
