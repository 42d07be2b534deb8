"""Every run-time exception, and the one function that lays out a message.

    Exception
      OpError                       an operation failed while it ran; has .node_def, .op, .message, .error_code
        CancelledError              1   AlreadyExistsError      6   AbortedError         10   UnavailableError  14
        UnknownError                2   PermissionDeniedError   7   OutOfRangeError      11   DataLossError     15
        InvalidArgumentError        3   ResourceExhaustedError  8   UnimplementedError   12   UnauthenticatedError 16
        DeadlineExceededError       4   FailedPreconditionError 9   InternalError        13
        NotFoundError               5

What is wrong with the building of a graph is a ValueError or a TypeError, as in TensorFlow 1.
"""

from __future__ import annotations

import contextlib
import sys
from typing import Any

from graphflow._core import source

OK = 0


class OpError(Exception):
    """An operation failed while it ran.

    Args:
        node_def: the failing node's definition, or None.
        op: the failing operation, or None.
        message: what happened.
        error_code: one of the codes of this module.
    """

    error_code = 2
    picture: Any = None  # function(error) -> HTML, told by the public file: pictures are made beside the floors

    def __init__(self, node_def, op, message, error_code=None):
        super().__init__()
        self._node_def, self._op, self._message = node_def, op, message
        if error_code is not None:
            self.error_code = error_code
        if op is not None and "ipykernel" in sys.modules:
            self.add_note("See the operation among its neighbours: graphflow.viz.neighbourhood()")

    @property
    def node_def(self):
        return self._node_def if self._node_def is not None or self._op is None else self._op.node_def

    @property
    def op(self):
        return self._op

    @property
    def message(self):
        return self._message

    def __str__(self):
        return self._message if self._op is None else with_op(self._message, self._op)

    def _repr_html_(self):
        """What a notebook shows of an error that is the value of a cell: its operation among its neighbours."""
        return None if self._op is None or OpError.picture is None else OpError.picture(self)

    def __reduce__(self):
        return type(self), (None, None, str(self))


def _code(name, number, doc):
    def __init__(self, node_def, op, message):
        OpError.__init__(self, node_def, op, message, number)

    members = {"__init__": __init__, "__doc__": doc, "error_code": number, "__module__": __name__}
    return type(name, (OpError,), members)


CancelledError = _code("CancelledError", 1, "The operation was cancelled: its session or queue was closed meanwhile.")
UnknownError = _code("UnknownError", 2, "An error of no other class, such as an exception inside `py_func`.")
InvalidArgumentError = _code(
    "InvalidArgumentError", 3, "A value does not fit the operation; a placeholder was not fed."
)
DeadlineExceededError = _code("DeadlineExceededError", 4, "A time limit passed before the operation ended.")
NotFoundError = _code("NotFoundError", 5, "A file, key or other entity is not there.")
AlreadyExistsError = _code("AlreadyExistsError", 6, "What was to be created is there already.")
PermissionDeniedError = _code("PermissionDeniedError", 7, "The caller may not do this.")
ResourceExhaustedError = _code("ResourceExhaustedError", 8, "Memory, disk or another resource ran out.")
FailedPreconditionError = _code(
    "FailedPreconditionError", 9, "The system is not in the state needed: a variable has no value yet."
)
AbortedError = _code("AbortedError", 10, "The operation was aborted, typically by a concurrent one.")
OutOfRangeError = _code("OutOfRangeError", 11, "The end of the input was reached.")
UnimplementedError = _code("UnimplementedError", 12, "graphflow has no implementation of this operation.")
InternalError = _code("InternalError", 13, "Something inside graphflow is broken; please report it.")
UnavailableError = _code("UnavailableError", 14, "The runtime cannot be reached now; trying again may help.")
DataLossError = _code("DataLossError", 15, "Stored data are corrupt or truncated.")
UnauthenticatedError = _code("UnauthenticatedError", 16, "The request carries no valid credentials.")

BY_CODE = {
    cls.error_code: cls
    for cls in (
        CancelledError, UnknownError, InvalidArgumentError, DeadlineExceededError, NotFoundError, AlreadyExistsError,
        PermissionDeniedError, ResourceExhaustedError, FailedPreconditionError, AbortedError, OutOfRangeError,
        UnimplementedError, InternalError, UnavailableError, DataLossError, UnauthenticatedError,
    )
}  # fmt: skip


def exception_type_from_error_code(error_code):
    """The exception class of a code; KeyError for a number that is none."""
    return BY_CODE[error_code]


def error_code_from_exception_type(cls):
    """The code of an exception class, 2 (unknown) for a class that is none of ours."""
    return next((code for code, known in BY_CODE.items() if known is cls), UnknownError.error_code)


@contextlib.contextmanager
def raise_exception_on_not_ok_status():
    """Kept for old scripts: yields None; errors here are exceptions from the start."""
    yield None


class NeedsPythonError(TypeError, RuntimeError):
    """A function that is being traced asked for the value of a tensor, as an `if` or a `for` does: it can run as Python only."""


# -- layout of a message -------------------------------------------------------------------------------------------------


def describe_op(op):
    """`MatMul 'hidden/MatMul'`."""
    return f"{op.type} '{op.name}'"


def with_op(message, op):
    """The message, then where the operation was made and what it was given."""
    lines = [message]
    lines.append(f"  node:    {describe_op(op)}")
    for tensor in op.inputs:
        lines.append(f"  input:   {tensor.name} {tensor.dtype.name}{tensor.shape_text}")
    lines.append(f"  made at: {source.describe(op.made_at)}")
    return "\n".join(lines)
