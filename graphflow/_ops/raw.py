"""Every operation type as a function of keywords, for what no other function makes."""

from __future__ import annotations

import functools
import inspect

from graphflow._core import errors
from graphflow._graph import build, op_def


@functools.cache
def function_of(op_type):
    """function(*, name=None, **inputs and attributes) that adds an operation of that type.

    Raises:
        AttributeError: there is no such type.
    """
    if op_type.startswith("_"):
        raise AttributeError(op_type)
    try:
        signature = op_def.get(op_type)
    except errors.NotFoundError as err:
        raise AttributeError(err.message) from None
    inputs = [arg.name for arg in signature.inputs]

    def make(*, name=None, **arguments):
        missing = [arg for arg in inputs if arg not in arguments]
        unknown = [key for key in arguments if key not in inputs and key not in signature.attrs]
        if missing or unknown:
            known = ", ".join([*inputs, *signature.attrs])
            raise TypeError(f"{op_type} takes {known}, name; missing: {missing}, unknown: {unknown}")
        values = [arguments.pop(arg) for arg in inputs]
        return build.apply(op_type, *values, name=name, **arguments)

    make.__name__ = make.__qualname__ = op_type
    make.__signature__ = _signature(signature)
    make.__doc__ = f"Adds an operation of type {op_type}: {', '.join([*inputs, *signature.attrs])}."
    return make


def _signature(op):
    """Inputs, attributes to be given, attributes with a default, and the name: TensorFlow's order."""
    kind = inspect.Parameter.KEYWORD_ONLY
    given = [*(arg.name for arg in op.inputs), *(attr.name for attr in op.plain if not attr.has_default)]
    known = [inspect.Parameter(attr.name, kind, default=attr.default) for attr in op.plain if attr.has_default]
    name = inspect.Parameter("name", kind, default=None)
    return inspect.Signature([*(inspect.Parameter(n, kind) for n in given), *known, name])


def names():
    """All operation types."""
    return op_def.known_types()
