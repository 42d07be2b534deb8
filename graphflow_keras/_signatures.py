"""Arguments that `tf.keras` has and Keras 2.2.4 has not: taken by the same functions, without a place in the signature."""

import functools
import inspect


def also_takes(*names):
    """A decorator for a function of Keras 2.2.4 whose last arguments, `names`, only `tf.keras` has.

    They can be given by name; what Python tells of the signature stays that of Keras.
    """

    def decorate(function):
        signature = inspect.signature(function)
        shown = [p for name, p in signature.parameters.items() if name not in names]
        function.__signature__ = signature.replace(parameters=shown)
        function._also_takes = names
        return function

    return decorate


def also_called(**names):
    """A decorator for a function of Keras 2.2.4 some of whose arguments have another name in `tf.keras`.

    Args:
        names: argument in `tf.keras` = its name in the function, a str.
    """

    def decorate(function):
        @functools.wraps(function)
        def call(*args, **kwargs):
            return function(*args, **{names.get(name, name): value for name, value in kwargs.items()})

        call._also_takes = tuple(names)
        return call

    return decorate


def refuse(where, alternative, **given):
    """Raises for an argument that is there in `tf.keras` but not here, unless it has a value that asks for nothing.

    Args:
        where: str, the function or class.
        alternative: str, what to do instead.
        given: the arguments.

    Raises:
        ValueError: an argument is neither None nor False.
    """
    for name, value in given.items():
        if value is not None and value is not False:
            raise ValueError(f"{where}({name}={value!r}) is not supported: {alternative}")
