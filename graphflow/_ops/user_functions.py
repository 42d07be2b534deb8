"""Functions of users that are about to be traced: AutoGraph, which stands on this floor, makes operations of their branches."""

from __future__ import annotations

import contextlib
from typing import Any

from graphflow._graph import scopes


class _Hooks:
    """Filled by the public package, which loads AutoGraph when it is first needed.

    Attributes:
        convert: function(function, optional features) -> the converted function, or the same where it is not the user's.
    """

    convert: Any = None


hooks = _Hooks()


def to_trace(function, features=None):
    """What to call in place of `function` in order to trace it: a converted one, unless AutoGraph is off.

    Args:
        features: the optional features of the conversion, or None.
    """
    if scopes.conversion.enabled is False or hooks.convert is None:
        return function
    return hooks.convert(function, features)


@contextlib.contextmanager
def conversion(enabled):
    """In this block AutoGraph is on or off."""
    with scopes.replaced(scopes.conversion, "enabled", enabled):
        yield
