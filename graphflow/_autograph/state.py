"""The variables of a user's function that a branch or loop changes, as values that can be taken out and put back."""

from __future__ import annotations

from graphflow._core import nest
from graphflow._graph import build
from graphflow._ops import bodies


class Undefined:
    """What a variable has that has no value."""

    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return f"<the variable {self.name!r}, which has no value here>"


class NoResult:
    """What a function has returned that has not returned yet."""

    def __repr__(self):
        return "<no result yet>"


NO_RESULT = NoResult()


class State:
    """Variables by name, with a function that reads each and one that sets them all."""

    def __init__(self, names=(), getters=(), setter=lambda values: None):
        self.names, self._getters, self.set = names, getters, setter

    def get(self):
        """The values, as a tuple; Undefined for variables that have none."""
        return tuple(self._value(name, getter) for name, getter in zip(self.names, self._getters))

    def _value(self, name, getter):
        try:
            return getter()
        except NameError:
            return Undefined(name)


def undefined(values):
    """The names of those of the values that are Undefined."""
    return tuple(value.name for value in values if isinstance(value, Undefined))


def as_tensors(name, value):
    """A value with its numbers and arrays made tensors.

    Raises:
        TypeError, ValueError: it holds something that is no tensor; the error names the variable.
    """
    return nest.map_structure(lambda leaf: _as_tensor(name, leaf), value)


def check_structure(name, one, other, where):
    """TypeError where the values that a variable has are not nested alike; `where` says which values these are."""
    try:
        nest.assert_same_structure(one, other)
    except (TypeError, ValueError) as error:
        raise TypeError(f'"{name}" does not have the same nested structure {where}.\n\n{error}') from error


def _as_tensor(name, leaf):
    if bodies.components(leaf) != [leaf]:
        return leaf
    try:
        return build.convert_to_tensor(leaf)
    except (TypeError, ValueError) as error:
        raise type(error)(
            f'"{name}" is {leaf!r}, which cannot be a tensor, as variables must be that branches or loops on tensors change: '
            f"{error}"
        ) from error
