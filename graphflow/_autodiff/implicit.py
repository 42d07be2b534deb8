"""Functions that give gradients of functions: those of `tf.contrib.eager`."""

from __future__ import annotations

import functools
import inspect

from graphflow._autodiff import tape as tape_lib
from graphflow._core import nest
from graphflow._graph import build, tensor
from graphflow._ops import array


def implicit_value_and_gradients(f):
    """A function of the arguments of `f` that returns (its value, [(gradient, variable)]) for the trainable variables it uses.

    Raises (when called): ValueError: `f` returns None, or uses no trainable variable.
    """

    @functools.wraps(f)
    def value_and_gradients(*args, **kwargs):
        with tape_lib.GradientTape() as tape:
            value = f(*args, **kwargs)
        _check_value(value, f)
        variables = tape.watched_variables()
        if not variables:
            raise ValueError("No trainable variables were accessed while the function was being computed.")
        return value, list(zip(tape.gradient(value, list(variables)), variables))

    return value_and_gradients


def implicit_gradients(f):
    """As `implicit_value_and_gradients`, without the value."""
    both = implicit_value_and_gradients(f)
    return functools.wraps(f)(lambda *args, **kwargs: both(*args, **kwargs)[1])


def value_and_gradients_function(f, params=None):
    """A function of the arguments of `f` that returns (its value, the gradients with respect to arguments).

    Args:
        f: function of tensors to a tensor.
        params: positions or names of the arguments to differentiate by; all where None.

    Returns:
        a function that also takes `dy`, what arrives at the value; ones where it is not given.

    Raises:
        ValueError: positions and names are mixed, or name no argument; when called: keyword arguments, or `f` returns None.
    """
    positions = _positions(f, params)

    @functools.wraps(f)
    def value_and_gradients(*args, dy=None, **kwargs):
        if kwargs:
            raise ValueError("Functions to be differentiated cannot receive keyword arguments.")
        chosen = range(len(args)) if positions is None else positions
        args = [_as_tensors(arg) if i in chosen else arg for i, arg in enumerate(args)]
        sources = [args[i] for i in chosen]
        with tape_lib.GradientTape() as tape:
            tape.watch(sources)
            value = f(*args)
        _check_value(value, f)
        arriving = None if dy is None else [build.convert_to_tensor(d) for d in nest.flatten(dy)]
        return value, tape.gradient(value, sources, output_gradients=arriving)

    return value_and_gradients


def gradients_function(f, params=None):
    """As `value_and_gradients_function`, without the value."""
    both = value_and_gradients_function(f, params)
    return functools.wraps(f)(lambda *args, **kwargs: both(*args, **kwargs)[1])


def _as_tensors(arg):
    """An argument as tensors of its own, so that one given twice counts as two."""
    return nest.map_structure(
        lambda leaf: leaf if hasattr(leaf, "handle") else array.identity(build.convert_to_tensor(leaf)), arg
    )


def _check_value(value, f):
    if value is None:
        raise ValueError(
            "Cannot differentiate a function that returns None; did you forget to return a value from "
            f"{getattr(f, '__name__', f)}?"
        )
    if isinstance(value, tensor.IndexedSlices):
        raise ValueError("Cannot differentiate a function that returns IndexedSlices: return its values")


def _positions(f, params):
    if params is None:
        return None
    names = list(inspect.signature(f).parameters)
    if all(isinstance(p, int) for p in params):
        found = list(params)
    elif all(isinstance(p, str) for p in params):
        found = [names.index(p) if p in names else -1 for p in params]
    else:
        raise ValueError(f"params must be all strings or all integers; got {params}.")
    if not found or any(not 0 <= p < len(names) for p in found):
        raise ValueError(f"params must name arguments of the function, {names}; got {params}")
    return found
