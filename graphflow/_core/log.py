"""`tf.logging`: Python's logging under the name "tensorflow"."""

from __future__ import annotations

import collections
import functools
import logging
import sys

DEBUG, INFO, WARN, ERROR, FATAL = logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL

_counts: collections.Counter = collections.Counter()  # (file, line) -> how often it logged


@functools.cache
def get_logger():
    """The logger, which writes to stderr where nobody set logging up."""
    logger = logging.getLogger("tensorflow")
    if not logging.getLogger().handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter(logging.BASIC_FORMAT))
        logger.addHandler(handler)
    return logger


def log(level, msg, *args, **kwargs):
    """Logs `msg % args` at a level."""
    get_logger().log(level, msg, *args, **kwargs)


vlog = log


def debug(msg, *args, **kwargs):
    """Logs `msg % args` at level DEBUG."""
    log(DEBUG, msg, *args, **kwargs)


def info(msg, *args, **kwargs):
    """Logs `msg % args` at level INFO."""
    log(INFO, msg, *args, **kwargs)


def warning(msg, *args, **kwargs):
    """Logs `msg % args` at level WARN."""
    log(WARN, msg, *args, **kwargs)


warn = warning


def error(msg, *args, **kwargs):
    """Logs `msg % args` at level ERROR."""
    log(ERROR, msg, *args, **kwargs)


def fatal(msg, *args, **kwargs):
    """Logs `msg % args` at level FATAL."""
    log(FATAL, msg, *args, **kwargs)


def TaskLevelStatusMessage(msg):
    """Logs a message at level ERROR."""
    error(msg)


def flush():
    """Writes out what handlers hold back."""
    for handler in get_logger().handlers:
        handler.flush()


def log_if(level, msg, condition, *args):
    """Logs where the condition holds."""
    if condition:
        log(level, msg, *args)


def log_every_n(level, msg, n, *args):
    """Logs at the first and then every n-th time this line of the caller is reached."""
    log_if(level, msg, not _times_before() % n, *args)


def log_first_n(level, msg, n, *args):
    """Logs only the first n times this line of the caller is reached."""
    log_if(level, msg, _times_before() < n, *args)


def _times_before():
    caller = sys._getframe(2)
    place = caller.f_code.co_filename, caller.f_lineno
    _counts[place] += 1
    return _counts[place] - 1


def get_verbosity():
    """The lowest level that is logged."""
    return get_logger().getEffectiveLevel()


def set_verbosity(v):
    """Sets the lowest level that is logged."""
    get_logger().setLevel(v)
