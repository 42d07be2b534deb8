"""Helpers: files, data, custom objects, labels, summaries and pictures of models.

Each name is looked up at its first use: the backend needs some of these modules, and others need the backend.
"""

import importlib

_MODULES = (
    "conv_utils",
    "data_utils",
    "generic_utils",
    "io_utils",
    "layer_utils",
    "multi_gpu_utils",
    "np_utils",
    "vis_utils",
)
_NAMES = {
    "io_utils": ("HDF5Matrix", "h5dict"),
    "data_utils": ("get_file", "Sequence", "SequenceEnqueuer", "GeneratorEnqueuer", "OrderedEnqueuer"),
    "generic_utils": (
        "CustomObjectScope",
        "custom_object_scope",
        "get_custom_objects",
        "serialize_keras_object",
        "deserialize_keras_object",
        "Progbar",
    ),
    "layer_utils": ("convert_all_kernels_in_model", "get_source_inputs", "print_summary"),
    "vis_utils": ("model_to_dot", "plot_model"),
    "np_utils": ("to_categorical", "normalize"),
    "multi_gpu_utils": ("multi_gpu_model",),
}
_HOME = {name: module for module, names in _NAMES.items() for name in names}

__all__ = [*_MODULES, *_HOME]


def __getattr__(name):
    if name not in _HOME and name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = importlib.import_module(f"{__name__}.{_HOME.get(name, name)}")
    found = getattr(module, name) if name in _HOME else module
    globals()[name] = found
    return found


def __dir__():
    return sorted(__all__)
