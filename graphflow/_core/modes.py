"""Ways of working that TensorFlow could be switched between; here programs are graphs."""

from __future__ import annotations

from graphflow._core import errors

_EAGER = (
    "graphflow runs graphs: build the operations, then run them in a session. Leave tf.enable_eager_execution() out and fetch "
    "values with tf.Session().run(...); a training loop with tf.GradientTape becomes tf.gradients or an optimizer's minimize()"
)


def executing_eagerly():
    """Whether operations run when they are made: never."""
    return False


def disable_eager_execution():
    """Nothing: operations never run when they are made."""


def enable_eager_execution(config=None, device_policy=None, execution_mode=None):
    """Operations cannot run when they are made.

    Raises:
        UnimplementedError: always, with what to do instead.
    """
    raise errors.UnimplementedError(None, None, _EAGER)


def enable_v2_behavior():
    """TensorFlow 2's ways begin with eager execution.

    Raises:
        UnimplementedError: always, with what to do instead.
    """
    raise errors.UnimplementedError(None, None, _EAGER)


def disable_v2_behavior():
    """Nothing: TensorFlow 1's ways are the only ones."""


def disable_v2_tensorshape():
    """Nothing: items of a TensorShape are Dimensions."""


def disable_tensor_equality():
    """Nothing: tensors are compared by identity."""


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
