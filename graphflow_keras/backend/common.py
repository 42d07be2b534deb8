"""What every number and image of Keras goes by: the float type, epsilon, where the channels stand."""

import numpy as np

from graphflow_keras import _signatures

_FLOATS = ("float16", "float32", "float64")
_DATA_FORMATS = ("channels_last", "channels_first")
_ORDERINGS = {"tf": "channels_last", "th": "channels_first"}  # Keras 1's words

_floatx = "float32"
_epsilon = 1e-7
_data_format = "channels_last"


def epsilon():
    """The small number that keeps logarithms and quotients finite, 1e-7 unless set."""
    return _epsilon


@_signatures.also_called(value="e")
def set_epsilon(e):
    """Sets what `epsilon` returns."""
    global _epsilon
    _epsilon = e


def floatx():
    """The float type of new variables and placeholders, `float32` unless set."""
    return _floatx


@_signatures.also_called(value="floatx")
def set_floatx(floatx):
    """Sets what `floatx` returns.

    Raises:
        ValueError: neither float16, float32 nor float64.
    """
    global _floatx
    if floatx not in _FLOATS:
        raise ValueError(f"Unknown floatx type: {floatx}")
    _floatx = str(floatx)


def cast_to_floatx(x):
    """An array of type `floatx()` from an array, number or list."""
    return np.asarray(x, dtype=_floatx)


def image_data_format():
    """`channels_last` or `channels_first`: the order of axes where a layer was not told."""
    return _data_format


def set_image_data_format(data_format):
    """Sets what `image_data_format` returns.

    Raises:
        ValueError: neither `channels_last` nor `channels_first`.
    """
    global _data_format
    if data_format not in _DATA_FORMATS:
        raise ValueError("Unknown data_format:", data_format)
    _data_format = str(data_format)


def normalize_data_format(value):
    """`value` in small letters; `image_data_format()` for None.

    Raises:
        ValueError: neither `channels_last` nor `channels_first`.
    """
    data_format = _data_format if value is None else value.lower()
    if data_format not in _DATA_FORMATS:
        raise ValueError(
            f'The `data_format` argument must be one of "channels_first", "channels_last". Received: {value}'
        )
    return data_format


def set_image_dim_ordering(dim_ordering):
    """Keras 1's form of `set_image_data_format`: `tf` is channels last, `th` channels first.

    Raises:
        ValueError: another word.
    """
    if dim_ordering not in _ORDERINGS:
        raise ValueError("Unknown dim_ordering:", dim_ordering)
    set_image_data_format(_ORDERINGS[dim_ordering])


def image_dim_ordering():
    """Keras 1's form of `image_data_format`: `tf` or `th`."""
    return "th" if _data_format == "channels_first" else "tf"
