"""Functions that take RaggedTensors: what they do with them is entered here by the modules above.

A function of tensors fails where it is given rows of different lengths; its form for these is then called in its place. So
nothing is asked, and nothing costs time, where all arguments are tensors.
"""

from __future__ import annotations

import functools

from graphflow._ops import ragged_value

_FORMS: dict = {}  # name -> function of the function itself and its arguments


def ragged(form):
    """Decorator: where an argument is ragged, the form of that name takes the place of the function."""

    def decorate(function):
        @functools.wraps(function)
        def call(*args, **kwargs):
            try:
                return function(*args, **kwargs)
            except (TypeError, ValueError, AttributeError):
                if not any(map(_is_ragged, (*args, *kwargs.values()))):
                    raise
            return _FORMS[form](call, *args, **kwargs)

        return call

    return decorate


def register(form, function):
    """`function(the function of tensors, *its arguments)` is what functions of that form do with RaggedTensors."""
    _FORMS[form] = function


def _is_ragged(value):
    if isinstance(value, (list, tuple)):
        return any(map(_is_ragged, value))
    return isinstance(value, ragged_value.Rows)
