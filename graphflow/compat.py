"""Text and bytes, as scripts of the Python 2 years convert them; `v1` is graphflow itself."""

import importlib
import numbers

import numpy as np

integral_types = (numbers.Integral, np.integer)
real_types = (numbers.Real, np.integer, np.floating)
complex_types = (numbers.Complex, np.number)
bytes_or_text_types = (bytes, str)


def as_bytes(bytes_or_text, encoding="utf-8"):
    """Bytes of a str or bytes; TypeError for anything else."""
    if isinstance(bytes_or_text, str):
        return bytes_or_text.encode(encoding)
    if isinstance(bytes_or_text, bytes):
        return bytes_or_text
    raise TypeError(f"Expected binary or unicode string, got {bytes_or_text!r}")


def as_text(bytes_or_text, encoding="utf-8"):
    """A str of a str or bytes; TypeError for anything else."""
    if isinstance(bytes_or_text, str):
        return bytes_or_text
    if isinstance(bytes_or_text, bytes):
        return bytes_or_text.decode(encoding)
    raise TypeError(f"Expected binary or unicode string, got {bytes_or_text!r}")


as_str = as_text


def as_str_any(value):
    """A str of anything: bytes are decoded, other values converted by `str`."""
    return as_text(value) if isinstance(value, bytes) else str(value)


def path_to_str(path):
    """The str of a path-like object; anything else as it is."""
    return path.__fspath__() if hasattr(path, "__fspath__") else path


def dimension_value(dimension):
    """The int (or None) of a Dimension; anything else as it is."""
    return getattr(dimension, "value", dimension)


def forward_compatible(year, month, day):
    """False: graphs are written as TensorFlow 1.15 itself wrote them."""
    return False


def dimension_at_index(shape, index):
    """Dimension `index` of a TensorShape; an unknown one where the rank is unknown."""
    return shape[index]


def __getattr__(name):
    if name == "v1":
        return importlib.import_module("graphflow")
    if name == "v2":
        raise AttributeError(
            "tf.compat.v2 is TensorFlow 2's API, which graphflow has not: use tf.compat.v1, or the names of 1.15"
        )
    raise AttributeError(f"module 'graphflow.compat' has no attribute {name!r}")
