"""Attributes of operations as short text for people."""

from __future__ import annotations

import itertools

import numpy as np

from graphflow._core import dtypes, errors, shapes
from graphflow._graph import attr_values, tensor_proto

_LONGEST = 200  # characters of a value
_IN_FULL = 16  # elements of an array
_SOME = 8  # elements shown of a longer one


def of_stored(attrs):
    """{name: text} of attributes as an operation stores them."""
    return {name: of_value(value) for name, value in attrs.items()}


def of_message(attrs):
    """{name: text} of the AttrValue messages of a NodeDef, in alphabetical order."""
    return {name: of_value(attrs[name]) for name in sorted(attrs)}


def of_value(value):
    """The text of one value: `float32`, `[?,3]`, `SAME`, `[1, 2, 2, 1]`, `[[1. 2.]]`."""
    writer = _WRITERS.get(type(value)) or (_message if hasattr(value, "WhichOneof") else _name)
    return shortened(writer(value))


def shortened(text, limit=_LONGEST):
    """`text`, cut in the middle where it is longer than `limit`."""
    return text if len(text) <= limit else f"{text[: limit // 2]}…{text[len(text) - limit // 2 + 1 :]}"


def _list(values):
    some = ", ".join(of_value(value) for value in values[:_IN_FULL])
    return f"[{some}, … {len(values)} in all]" if len(values) > _IN_FULL else f"[{some}]"


def _array(array):
    kind = "string" if array.dtype == object else array.dtype.name
    if array.size > _IN_FULL:
        some = " ".join(_element(value) for value in itertools.islice(array.flat, _SOME))
        return f"{kind}{shapes.to_text(array.shape)} {some} …"
    if array.dtype == object or not array.ndim:
        return " ".join(_element(value) for value in array.flat)
    return " ".join(np.array2string(array, precision=6, threshold=_IN_FULL).split())


def _element(value):
    if isinstance(value, bytes):
        return repr(shortened(value.decode(errors="replace")))
    return f"{value:.6g}" if isinstance(value, (float, np.floating)) else str(value)


def _name(value):
    """The name of a function, whichever way it is stored."""
    return getattr(value, "name", None) or str(value)


def _message(proto):
    """The text of an AttrValue."""
    which = proto.WhichOneof("value")
    if which is None:
        return ""
    if which == "list":
        filled = proto.list.ListFields()
        return _list([_part(field.name, item) for field, items in filled[:1] for item in items]) if filled else "[]"
    return of_value(_part(which, getattr(proto, which)))


def _part(field, value):
    """The Python value of one field of an AttrValue; what contradicts itself is told as such."""
    try:
        if field == "type":
            return dtypes.as_dtype(value)
        if field == "shape":
            return attr_values.read_shape(value)
        if field == "tensor":
            return tensor_proto.read(value)
    except (errors.OpError, TypeError, ValueError):
        return f"(damaged {field})"
    return value.name if field == "func" else value


_WRITERS = {
    bool: str,
    int: str,
    float: "{:.6g}".format,
    str: str,
    bytes: lambda value: value[: 2 * _LONGEST].decode(errors="replace"),
    dtypes.DType: lambda value: value.name,
    tuple: shapes.to_text,
    type(None): shapes.to_text,
    list: _list,
    np.ndarray: _array,
}
