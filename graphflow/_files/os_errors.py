"""Errors of the operating system as TensorFlow's."""

from __future__ import annotations

import contextlib
import errno

from graphflow._core import errors

_KINDS = {
    errno.ENOENT: errors.NotFoundError,
    errno.EEXIST: errors.AlreadyExistsError,
    errno.EACCES: errors.PermissionDeniedError,
    errno.EPERM: errors.PermissionDeniedError,
    errno.EROFS: errors.PermissionDeniedError,
    errno.ENOSPC: errors.ResourceExhaustedError,
    errno.EDQUOT: errors.ResourceExhaustedError,
    errno.EFBIG: errors.ResourceExhaustedError,
    errno.EMFILE: errors.ResourceExhaustedError,
    errno.ENOTDIR: errors.FailedPreconditionError,
    errno.EISDIR: errors.FailedPreconditionError,
    errno.ENOTEMPTY: errors.FailedPreconditionError,
    errno.EINVAL: errors.InvalidArgumentError,
    errno.ENAMETOOLONG: errors.InvalidArgumentError,
}


def translated(error, what):
    """The tf.errors class for an OSError; `what` names the file."""
    kind = _KINDS.get(error.errno, errors.UnknownError)
    return kind(None, None, f"{what}; {error.strerror or error}")


@contextlib.contextmanager
def told(what):
    """OSErrors inside become tf.errors; `what` names the file or what was to be done."""
    try:
        yield
    except OSError as error:
        raise translated(error, what) from error
    except ValueError as error:
        if "null byte" not in str(error):
            raise
        raise errors.InvalidArgumentError(None, None, f"{what!r}; {error}") from None
