"""What a run returns: arrays of its values."""

from __future__ import annotations

import jax
import numpy as np

from graphflow._core import dtypes
from graphflow._lowering import emit
from graphflow._runtime import compiled_step, host_step


def fetched(tensors, values):
    """What `run` returns for each tensor."""
    try:
        return [to_host(t, value) for t, value in zip(tensors, values)]
    except jax.errors.JaxRuntimeError as err:
        arrays = [(t, v) for t, v in zip(tensors, values) if hasattr(v, "nbytes")]
        raise compiled_step.translated(
            err, [f"{t.name} {v.dtype}{list(v.shape)}, fetched" for t, v in arrays]
        ) from None


def to_host(t, value):
    """What `run` returns for a tensor: an array the user may write to, a NumPy scalar, or bytes."""
    if (
        type(value) in host_step.KEPT
    ):  # a handle by its name; a flow, which means nothing by itself, as TensorFlow has it
        return value.key if type(value) is emit.Ref else np.float32(0)
    if t._dtype.base_dtype is dtypes.string:
        return value.item() if value.ndim == 0 else value
    if hasattr(value, "block_until_ready"):
        value.block_until_ready()  # raises what np.asarray would abort the process for: memory that could not be had
    array = np.asarray(value)
    if array.ndim == 0:
        return array[()]
    return np.array(array) if not array.flags.writeable else array
