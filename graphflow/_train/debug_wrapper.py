"""What stands for TensorFlow's debugger: sessions and hooks of its names that run a program as it is, and say so once."""

from __future__ import annotations

import numpy as np

from graphflow._core import log
from graphflow._train.sessions import hook

_WORDS = (
    "tfdbg is not here, the program runs as it is: look at values with tf.Print, or at a whole step with graphflow.viz"
)


def has_inf_or_nan(datum, tensor):
    """Whether an array has a number that is not finite."""
    value = np.asarray(tensor)
    return value.dtype.kind in "fc" and not np.all(np.isfinite(value))


class LocalCLIDebugWrapperSession:
    """A session that is used through this object, without a debugger."""

    def __init__(self, sess, *args, **kwargs):
        log.warning(_WORDS)
        self._session = sess

    def __getattr__(self, name):
        return getattr(self._session, name)

    def __enter__(self):
        self._session.__enter__()
        return self

    def __exit__(self, kind, error, traceback):
        return self._session.__exit__(kind, error, traceback)

    def add_tensor_filter(self, filter_name, tensor_filter):
        """Nothing: no values are dumped that could be filtered."""


class LocalCLIDebugHook(hook.SessionRunHook):
    """A hook that does nothing."""

    def __init__(self, *args, **kwargs):
        log.warning(_WORDS)

    def add_tensor_filter(self, filter_name, tensor_filter):
        """Nothing: no values are dumped that could be filtered."""
