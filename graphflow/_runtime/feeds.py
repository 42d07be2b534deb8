"""Checking and converting what is fed."""

from __future__ import annotations

import numpy as np

from graphflow._core import aligned, dtypes, shapes, source
from graphflow._graph import operation, tensor


def to_value(t, value, lent=False):
    """A fed value as the array that runs in its place.

    Args:
        lent: the run waits for its results, so that it is done with the caller's buffer when he gets it back: no copy.

    Raises:
        TypeError: a tensor as the value, or a type that does not convert. ValueError: another shape than the placeholder's.
    """
    dtype = t._dtype.base_dtype
    wanted = dtype.as_numpy_dtype
    kind = type(value)
    if kind is np.ndarray and value.dtype == wanted and wanted is not np.object_:
        array = value if lent else aligned.copy(value)
    elif kind is float and dtype.is_floating:
        array = np.array(value, wanted)
    else:
        array = _convert(t, value, dtype, wanted)
        if dtype is not dtypes.string and not lent:
            array = aligned.copy(array)
    dims = t._dims
    if dims is not None and array.shape != dims and not shapes.compatible(dims, array.shape):
        raise ValueError(
            f"Cannot feed value of shape {array.shape!r} for Tensor {t.name!r}, which has shape {str(t.shape)!r}\n"
            f"  made at: {source.describe(t.op.made_at)}"
        )
    return array


def _convert(t, value, dtype, wanted):
    if isinstance(value, (tensor.TensorLike, operation.Operation)):
        raise TypeError(
            "The value of a feed cannot be a tf.Tensor object. Acceptable feed values include Python scalars, strings, lists, "
            f"numpy ndarrays, or TensorHandles. For reference, the tensor object was {value!s} which was passed to the feed with "
            f"key {t.name}."
        )
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool) and dtype.is_integer:
        limits = np.iinfo(wanted)
        if not limits.min <= value <= limits.max:
            raise TypeError(
                f"Type of feed value {value} with type {type(value)} is not compatible with Tensor type {wanted}. Try explicitly "
                "setting the type of the feed tensor to a larger type (e.g. int64)."
            )
    if dtype is dtypes.string:
        return _strings(t, value)
    if dtype in (dtypes.resource, dtypes.variant):
        raise TypeError(f"Tensor {t.name} is a handle and cannot be fed")
    if hasattr(value, "__array__") and not isinstance(value, (np.ndarray, np.generic)):
        value = np.asarray(value)
    try:
        array = np.asarray(value)
        if array.dtype.kind == "O" and None in array.ravel().tolist():
            raise TypeError("None is no value")
        if array.dtype.kind in "SUO":
            array = np.array(value, dtype=wanted)
        if array.dtype == wanted:
            return array
        _check_kept(array, dtype, wanted)
        return array.astype(wanted)
    except (TypeError, ValueError, OverflowError) as err:
        made = source.describe(t.op.made_at)
        kind = ValueError if isinstance(err, ValueError) else TypeError
        raise kind(
            f"Cannot feed {_brief(value)} for Tensor {t.name!r} of type {dtype.name}, shape {t.shape_text}: {err}"
            f"\n  made at: {made}"
        ) from None


def _check_kept(array, dtype, wanted):
    """Refuses conversions that leave nothing sensible; as in TensorFlow, a fraction is cut off where integers are wanted."""
    if array.dtype.kind == "c" and not dtype.is_complex:
        raise TypeError("a complex number is no real one; feed its .real")
    if array.dtype.kind in "iuf" and dtype.is_integer and array.size:
        limits = np.iinfo(wanted)
        if not (limits.min <= array.min() and array.max() <= limits.max):
            raise TypeError(
                f"the values run from {array.min()} to {array.max()}, the type from {limits.min} to {limits.max}"
            )


def _brief(value):
    text = repr(value)
    return f"value {text if len(text) < 80 else text[:77] + '...'} of type '{type(value).__name__}'"


def _strings(t, value):
    array = np.asarray(value, dtype=object)
    out = np.empty(array.shape, object)
    for index, item in np.ndenumerate(array):
        if not isinstance(item, (str, bytes)):
            raise TypeError(
                f"Cannot feed {_brief(item)} for Tensor {t.name!r} of type string, which takes str or bytes"
                f"\n  made at: {source.describe(t.op.made_at)}"
            )
        out[index] = item.encode() if isinstance(item, str) else bytes(item)
    return out
