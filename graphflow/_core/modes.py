"""Ways of working that TensorFlow could be switched between; here programs are graphs."""

from __future__ import annotations

from graphflow._core import errors


def disable_v2_tensorshape():
    """Nothing: items of a TensorShape are Dimensions."""


def load_op_library(library_filename):
    """Operations compiled for TensorFlow cannot be loaded.

    Raises:
        UnimplementedError: always, with what to do instead.
    """
    raise errors.UnimplementedError(
        None, None, f"{library_filename} holds operations compiled for TensorFlow, which cannot be loaded here: write them in "
        "Python (tf.py_func, or a composition of operations with tf.custom_gradient)"
    )  # fmt: skip


load_file_system_library = load_op_library


def load_library(library_location):
    """As `load_op_library`."""
    load_op_library(library_location)
