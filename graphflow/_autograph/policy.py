"""Which functions are converted when converted code calls them."""

from __future__ import annotations

import functools
import inspect
import os
import sys
import types
import weakref

from graphflow._autograph import conversion, log, source

# What these define builds graphs or knows no tensors. The standard library is left alone as well.
_EXEMPT = {"graphflow", "graphflow_keras", "numpy", "scipy", "jax", "jaxlib", "ml_dtypes", "absl"}
_LIBRARY = os.path.dirname(os.__file__) + os.sep
_INSTALLED = os.path.join(_LIBRARY, "site-packages")
_GENERATORS = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR

_refused: weakref.WeakSet = weakref.WeakSet()  # code that could not be converted, which has been told


def converted(function, settings, runtime):
    """What to call in place of `function`: a converted one, or the same where it is none of the user's or has no source.

    Args:
        function: anything that can be called.
        settings: ConversionOptions.
        runtime: what the converted code knows as `ag__`.
    """
    if isinstance(function, functools.partial):
        return functools.partial(converted(function.func, settings, runtime), *function.args, **function.keywords)
    if isinstance(function, types.MethodType):
        made = converted(function.__func__, settings, runtime)
        return function if made is function.__func__ else types.MethodType(made, function.__self__)
    if not isinstance(function, types.FunctionType):
        call = None if isinstance(function, type) else getattr(type(function), "__call__", None)  # noqa: B004
        if not isinstance(call, types.FunctionType):
            return function
        made = converted(call, settings, runtime)
        return function if made is call else types.MethodType(made, function)
    if _is_exempt(function) or function.__code__ in _refused:
        return function
    try:
        return conversion.convert(function, settings, runtime)
    except source.ConversionError as error:
        _refused.add(function.__code__)
        _warn(function, error)
        return function


def _is_exempt(function):
    code = function.__code__
    module = str(function.__globals__.get("__name__", "")).partition(".")[0]
    file = code.co_filename
    of_library = module in sys.stdlib_module_names and file.startswith(_LIBRARY) and not file.startswith(_INSTALLED)
    without_file = file == "<string>" or file.startswith("<frozen ")
    return module in _EXEMPT or of_library or without_file or conversion.is_converted(function)


def _warn(function, error):
    if function.__code__.co_flags & _GENERATORS:
        log.warn("Entity %s appears to be a generator function. It will not be converted by AutoGraph.", function)
    else:
        log.warn("Entity %s could not be transformed and will be executed as-is. Cause: %s", function, error)
