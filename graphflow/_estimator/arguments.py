"""What arguments a user's function takes: estimators pass only those it names."""

from __future__ import annotations

import functools
import inspect

from graphflow._train.sessions import hook


def names_of(function):
    """The names of the positional arguments that a callable takes, without `self` of a bound method.

    Those that `functools.partial` has bound are left out.
    """
    if isinstance(function, functools.partial):
        names = names_of(function.func)[len(function.args) :]
        return tuple(name for name in names if name not in function.keywords)
    if inspect.isclass(function):
        function = function.__init__
    elif not inspect.isroutine(function):
        function = function.__call__
    names = inspect.getfullargspec(function).args
    return tuple(names[1:] if names[:1] == ["self"] else names)


def chosen(function, **offered):
    """Those of the offered arguments that a function takes, as a dict."""
    wanted = names_of(function)
    return {name: value for name, value in offered.items() if name in wanted}


def check(function, what, allowed, required=()):
    """Raises ValueError where a function lacks a required argument, or takes one that nobody gives."""
    names = names_of(function)
    for name in required:
        if name not in names:
            raise ValueError(f"{what} ({function}) must include {name} argument.")
    if unknown := sorted(set(names) - set(allowed)):
        raise ValueError(f"{what} ({function}) has following not expected args: {unknown}")


def checked_hooks(hooks):
    """The hooks as a list of one's own; TypeError unless all are SessionRunHooks."""
    hooks = list(hooks or [])
    for one in hooks:
        if not isinstance(one, hook.SessionRunHook):
            raise TypeError(f"Hooks must be a SessionRunHook, given: {one}")
    return hooks
