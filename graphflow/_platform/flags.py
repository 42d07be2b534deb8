"""Command-line flags as `tf.app.flags` has them: absl's, which parse themselves when the first is read."""

from __future__ import annotations

import functools
import sys

from absl import flags

_OLD_ARGUMENTS = {"flag_name": "name", "default_value": "default", "docstring": "help"}


class _Values:
    """absl's values of flags, which parse `sys.argv` where nobody did before the first is read."""

    def __init__(self, values):
        self.__dict__["_values"] = values

    def __getattr__(self, name):
        values = self.__dict__["_values"]
        if not name.startswith("_") and name in values and not values.is_parsed():
            values(sys.argv)
        return getattr(values, name)

    def __setattr__(self, name, value):
        setattr(self.__dict__["_values"], name, value)

    def __delattr__(self, name):
        delattr(self.__dict__["_values"], name)

    def __getitem__(self, name):
        return self.__dict__["_values"][name]

    def __setitem__(self, name, flag):
        self.__dict__["_values"][name] = flag

    def __contains__(self, name):
        return name in self.__dict__["_values"]

    def __iter__(self):
        return iter(self.__dict__["_values"])

    def __len__(self):
        return len(self.__dict__["_values"])

    def __dir__(self):
        return dir(self.__dict__["_values"])

    def __call__(self, *args, **kwargs):
        return self.__dict__["_values"](*args, **kwargs)

    def __str__(self):
        return str(self.__dict__["_values"])


def _with_old_arguments(define):
    """A DEFINE function that also takes the argument names of TensorFlow before 1.5."""

    @functools.wraps(define)
    def wrapper(*args, **kwargs):
        return define(*args, **{_OLD_ARGUMENTS.get(name, name): value for name, value in kwargs.items()})

    return wrapper


FLAGS = _Values(flags.FLAGS)
DEFINE_string = _with_old_arguments(flags.DEFINE_string)
DEFINE_boolean = DEFINE_bool = _with_old_arguments(flags.DEFINE_boolean)
DEFINE_float = _with_old_arguments(flags.DEFINE_float)
DEFINE_integer = _with_old_arguments(flags.DEFINE_integer)


def run(main=None, argv=None):
    """Runs a program: parses the flags it knows, then ends with what `main(the other arguments)` returns.

    Args:
        main: a function of a list of strings; `main` of the script where None.
        argv: the arguments, the program's name first; `sys.argv` where None.
    """
    main = main or sys.modules["__main__"].main
    arguments = sys.argv if argv is None else argv
    try:
        rest = flags.FLAGS(arguments, known_only=True)
    except flags.Error as err:
        sys.exit(f"FATAL Flags parsing error: {err}\nPass --helpshort or --helpfull to see help on flags.")
    sys.exit(main(rest))
