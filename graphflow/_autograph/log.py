"""What AutoGraph tells about its work, at the verbosity that `AUTOGRAPH_VERBOSITY` or `set_verbosity` ask for."""

from __future__ import annotations

import os

from graphflow._core import log


class _Settings:
    verbosity: int | None = None
    to_stdout = False


def set_verbosity(level, alsologtostdout=False):
    """Sets how much is told; takes the place of the environment variable AUTOGRAPH_VERBOSITY.

    Args:
        level: 0 for nothing; 1 for which functions are converted; 2 for their new source as well.
        alsologtostdout: whether it is printed too.
    """
    _Settings.verbosity, _Settings.to_stdout = level, alsologtostdout


def trace(*args):
    """Prints `args` while the graph is built: tensors as the symbols they are."""
    print(*args)


def verbosity():
    """How much is told."""
    return int(os.environ.get("AUTOGRAPH_VERBOSITY", 0)) if _Settings.verbosity is None else _Settings.verbosity


def info(level, message, *args):
    """Tells something from a verbosity on."""
    if verbosity() >= level:
        log.info(message, *args)
        if _Settings.to_stdout:
            print(message % args)


def warn(message, *args):
    """Warns at any verbosity."""
    log.warn(message, *args)
    if _Settings.to_stdout:
        print("WARNING: " + message % args)
