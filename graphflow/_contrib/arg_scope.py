"""arg_scope: default arguments for the functions called inside a `with` block."""

from __future__ import annotations

import contextlib
import functools

_STACK: list[dict] = [{}]  # the innermost last: key of a function -> its default arguments
_DECORATED: dict[str, tuple[str, ...]] = {}  # key of a function -> names of its arguments with defaults


def arg_scope_func_key(op):
    """The key of a function in a scope."""
    return getattr(op, "_key_op", str(op))


def current_arg_scope():
    """The scope here: a dict key of function -> dict of arguments."""
    return _STACK[-1]


def has_arg_scope(func):
    """Whether `func` was decorated with `add_arg_scope`."""
    return arg_scope_func_key(func) in _DECORATED


def arg_scoped_arguments(func):
    """The names of the arguments that a scope can give to a decorated function."""
    return _DECORATED[arg_scope_func_key(func)]


@contextlib.contextmanager
def arg_scope(list_ops_or_scope, **kwargs):
    """`with arg_scope([conv2d, fully_connected], activation_fn=None) as scope:` sets defaults of these functions.

    Args:
        list_ops_or_scope: functions decorated with `add_arg_scope`; or the dict of a scope, to enter it again.
        kwargs: the arguments; none with a dict.

    Raises:
        TypeError: it is neither. ValueError: a function is not decorated, or arguments came with a dict.
    """
    if isinstance(list_ops_or_scope, dict):
        if kwargs:
            raise ValueError(
                "When attempting to re-use a scope by supplying a dictionary, kwargs must be empty: "
                f"got {', '.join(sorted(kwargs))}"
            )
        scope = dict(list_ops_or_scope)
    else:
        if not isinstance(list_ops_or_scope, (list, tuple)):
            raise TypeError(f"list_ops_or_scope must be a list, a tuple or a scope's dict, got {list_ops_or_scope!r}")
        scope = dict(current_arg_scope())
        for op in list_ops_or_scope:
            key = arg_scope_func_key(op)
            if key not in _DECORATED:
                raise ValueError(f"{getattr(op, '__name__', op)} is not decorated with @add_arg_scope")
            scope[key] = {**scope.get(key, {}), **kwargs}
    _STACK.append(scope)
    try:
        yield scope
    finally:
        _STACK.pop()


def add_arg_scope(func):
    """Decorator: `func` takes arguments it is not given from the current scope."""
    key = arg_scope_func_key(func)

    @functools.wraps(func)
    def scoped(*args, **kwargs):
        return func(*args, **{**current_arg_scope().get(key, {}), **kwargs})

    _DECORATED[key] = _names_with_defaults(func)
    scoped._key_op = key
    return scoped


def _names_with_defaults(func):
    code, count = func.__code__, len(func.__defaults__ or ())
    return code.co_varnames[code.co_argcount - count : code.co_argcount]
