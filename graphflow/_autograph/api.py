"""AutoGraph for users: to_graph, to_code, convert, do_not_convert."""

from __future__ import annotations

import ast
import functools
import inspect
import types

from graphflow._autograph import conversion, options, runtime, source
from graphflow._graph import scopes


def to_graph(entity, recursive=True, arg_values=None, arg_types=None, experimental_optional_features=None):
    """A function like `entity` whose branches and loops, where they depend on tensors, are operations.

    Args:
        entity: a function or method of Python; of a method the result is a function whose first argument is the object.
        recursive: whether the functions that it calls are converted too.
        arg_values, arg_types: taken and ignored.
        experimental_optional_features: a `Feature`, or several.

    Raises:
        ConversionError: its source is not there. NotImplementedError: it is a class: convert its methods.
    """
    function = _function_of(entity)
    settings = options.ConversionOptions(recursive, optional_features=experimental_optional_features)
    used = runtime.of(settings)
    conversion.convert(function, settings, used)  # so that what cannot be converted is told now
    call = used.converted(function)

    @functools.wraps(function)
    def converted(*args, **kwargs):
        with scopes.replaced(scopes.conversion, "enabled", True):
            return call(*args, **kwargs)

    converted.__name__ = _new_name(function)
    return converted


def to_code(
    entity, recursive=True, arg_values=None, arg_types=None, indentation="  ", experimental_optional_features=None
):
    """The source of what `to_graph` makes, for reading.

    Args:
        arg_values, arg_types, indentation: taken and ignored; the others as for `to_graph`.
    """
    function = _function_of(entity)
    settings = options.ConversionOptions(recursive, optional_features=experimental_optional_features)
    node = conversion.tree(function, settings)
    if isinstance(node, ast.FunctionDef):
        node.name = _new_name(function)
        return ast.unparse(node) + "\n"
    return f"{_new_name(function)} = {ast.unparse(node)}\n"


def _function_of(entity):
    if isinstance(entity, types.MethodType):
        entity = entity.__func__
    if not isinstance(entity, types.FunctionType):
        entity = getattr(entity, "python_function", entity)  # of a tf.function
    if isinstance(entity, type):
        raise NotImplementedError(f"classes are not converted, got {entity}: convert the methods that branch or loop")
    if not isinstance(entity, types.FunctionType):
        raise source.ConversionError(f"only functions and methods of Python are converted, got {entity!r}")
    return entity


def _new_name(function):
    return "tf__" + function.__name__.replace("<lambda>", "lambda")


def convert(recursive=False, optional_features=None, user_requested=True):
    """Decorator: calls of the function go to what it is converted to, as by `to_graph`.

    Args:
        recursive: whether the functions that it calls are converted too.
        optional_features: a `Feature`, or several.
        user_requested: taken and ignored.
    """
    settings = options.ConversionOptions(recursive, optional_features=optional_features)

    def decorate(function):
        @_like(function)
        def wrapper(*args, **kwargs):
            with scopes.replaced(scopes.conversion, "enabled", True):
                return runtime.of(settings).converted(function)(*args, **kwargs)

        return wrapper

    return decorate


def do_not_convert(func=None):
    """Decorator: the function is called as it is, and so are those that it gives to datasets."""
    if func is None:
        return do_not_convert

    @_like(func)
    def wrapper(*args, **kwargs):
        with scopes.replaced(scopes.conversion, "enabled", False):
            return func(*args, **kwargs)

    return wrapper


def _like(function):
    """Decorator that gives a wrapper the name of a function, if that has one."""
    return functools.wraps(function) if inspect.isroutine(function) else lambda wrapper: wrapper


def converted_call(f, options, args, kwargs, caller_fn_scope=None):
    """`f(*args, **kwargs)`, converted as ConversionOptions say; `caller_fn_scope` is taken and ignored."""
    return runtime.of(options).call(f)(*args, **(kwargs or {}))


def set_loop_options(parallel_iterations=None, back_prop=None, swap_memory=None, maximum_iterations=None):
    """Does nothing, as in TensorFlow 1.15: it is there for code that asks for options of the loop around it."""


def traced(function, features):
    """What to trace in place of a function: for `graphflow._ops.user_functions`, which says when.

    Args:
        features: optional features, or None.
    """
    return runtime.of(options.ConversionOptions(recursive=True, optional_features=features)).converted(function)
