"""From Python and NumPy values to arrays of a tensor's element type, by TensorFlow's rules."""

from __future__ import annotations

import numbers

import numpy as np

from graphflow._core import dtypes, shapes

_PYTHON_KINDS = {bool: dtypes.bool, int: dtypes.int32, float: dtypes.float32, complex: dtypes.complex128}
_INT32_MIN, _INT32_MAX = -(2**31), 2**31 - 1


def to_array(value, dtype=None, shape=None, verify_shape=False):
    """`value` as an array of `dtype` (guessed from the value when None), filled up to `shape` when given.

    Python ints become int32 (int64 when too large), floats float32, strings bytes; arrays keep their type. Nothing is rounded:
    1.5 is no int32.

    Raises:
        TypeError: the value does not fit the type. ValueError: None, ragged lists, or a wrong number of elements.
    """
    if value is None:
        raise ValueError("None values not supported.")
    if isinstance(value, (np.ndarray, np.generic)):
        array = _from_array(np.asarray(value), dtype, value)
    else:
        array = _from_python(value, dtype)
    return array if shape is None else fill(array, shape, verify_shape)


def fill(array, shape, verify_shape=False):
    """`array` reshaped to `shape`; where it is short its last element is repeated."""
    dims = shapes.as_dims(shape)
    if dims is None or None in dims:
        raise TypeError(f"a constant needs a fully known shape, got {shapes.to_text(dims)}")
    if verify_shape and array.shape != dims:
        raise TypeError(f"Expected Tensor's shape: {dims}, got {array.shape}.")
    if array.shape == dims:
        return array
    size = shapes.num_elements(dims)
    if array.size > size:
        raise ValueError(f"Too many elements provided. Needed at most {size}, but received {array.size}")
    if array.size == size:
        return array.reshape(dims)
    if array.size == 0:
        raise ValueError(f"Too few elements provided. Needed {size}, but received none")
    if array.size == 1:
        return np.broadcast_to(array.reshape(()), dims)
    out = np.empty(size, array.dtype)
    out[: array.size] = array.ravel()
    out[array.size :] = array.ravel()[-1]
    return out.reshape(dims)


def _from_array(array, dtype, value):
    if array.dtype.kind in "SUO":
        if dtype is not None and dtype.base_dtype is not dtypes.string:
            if array.dtype.kind == "O":
                return _from_python(value.tolist(), dtype)
            raise TypeError(f"Expected {dtype.name}, got {value!r} of type 'str' instead.")
        return _strings(array)
    if dtype is None:
        dtypes.as_dtype(array.dtype)  # TypeError for what no tensor holds
        return array
    wanted = dtype.base_dtype.as_numpy_dtype
    if dtype.base_dtype is dtypes.string:
        raise TypeError(f"Expected string, got {value!r} of type '{type(value).__name__}' instead.")
    return array if array.dtype == wanted else array.astype(wanted)


def _strings(array):
    flat = [item.encode() if isinstance(item, str) else item for item in array.ravel().tolist()]
    for item in flat:
        if not isinstance(item, bytes):
            raise TypeError(f"Expected binary or unicode string, got {item!r}")
    out = np.empty(len(flat), object)
    out[:] = flat
    return out.reshape(array.shape)


def _leaves(value, found, path=()):
    """The leaves of nested lists in order; the shape they form; ValueError when ragged."""
    if not isinstance(value, (list, tuple, range)):
        if isinstance(value, np.ndarray) and value.ndim:
            found.extend(value.ravel())
            return value.shape
        found.append(value)
        return ()
    inner = None
    for item in value:
        dims = _leaves(item, found)
        if inner is None:
            inner = dims
        elif dims != inner:
            raise ValueError(
                "Argument must be a dense tensor: "
                + f"{value} - got shape {[len(value)]}, but wanted {[len(value), *inner]}."
            )
    return (len(value), *(inner or ()))


def _from_python(value, dtype):
    if isinstance(value, shapes.TensorShape):
        value = value.as_list()
        dtype = dtype or dtypes.int32
    if isinstance(value, memoryview):
        value = np.asarray(value)
        return _from_array(value, dtype, value)
    leaves = []
    dims = _leaves(value, leaves)
    leaves = [leaf.value if isinstance(leaf, shapes.Dimension) else leaf for leaf in leaves]
    for leaf in leaves:
        if leaf is None:
            raise _unconvertible(value) if dims else ValueError("None values not supported.")
    if dtype is None:
        dtype = _guess(leaves, value)
    base = dtype.base_dtype
    if base is dtypes.string:
        for leaf in leaves:
            if not isinstance(leaf, (str, bytes, np.str_, np.bytes_)):
                raise TypeError(f"Expected string, got {leaf!r} of type '{type(leaf).__name__}' instead.")
        out = np.empty(len(leaves), object)
        out[:] = [leaf.encode() if isinstance(leaf, str) else bytes(leaf) for leaf in leaves]
        return out.reshape(dims)
    _check_kinds(leaves, base)
    try:
        return np.array(leaves, dtype=base.as_numpy_dtype).reshape(dims)
    except OverflowError:
        raise ValueError(f"value {value!r} is out of range for type {base.name}") from None


_ACCEPTED = {
    "f": (numbers.Real, np.floating, np.integer),
    "i": (numbers.Integral, np.integer),
    "u": (numbers.Integral, np.integer),
    "c": (numbers.Complex, np.number),
    "b": (bool, np.bool_),
}


def _check_kinds(leaves, base):
    accepted = _ACCEPTED.get(base._kind)
    if accepted is None:
        return
    for leaf in leaves:
        wrong_bool = isinstance(leaf, (bool, np.bool_)) and base._kind != "b"
        if wrong_bool or not isinstance(leaf, accepted):
            if hasattr(leaf, "__float__") and not isinstance(leaf, (str, bytes, bool)) and base._kind in "fc":
                continue
            raise TypeError(f"Expected {base.name}, got {leaf!r} of type '{type(leaf).__name__}' instead.")


def _guess(leaves, value):
    """The type of Python values without one: the widest of bool, int32, int64, float32, complex128; or string."""
    kinds = {bool if isinstance(leaf, (bool, np.bool_)) else type(leaf) for leaf in leaves}
    if not kinds:
        return dtypes.float32
    if all(issubclass(k, (str, bytes)) for k in kinds):
        return dtypes.string
    numpy_kinds = [k for k in kinds if issubclass(k, np.generic)]
    if numpy_kinds:
        found = dtypes.as_dtype(np.result_type(*[k if issubclass(k, np.generic) else k(0) for k in kinds]))
        if found is dtypes.float64:  # lists are narrowed, arrays are not
            return dtypes.float32
        fits = found is dtypes.int64 and _INT32_MIN <= min(leaves) and max(leaves) <= _INT32_MAX
        return dtypes.int32 if fits else found
    if kinds == {bool}:
        return dtypes.bool
    if bool not in kinds:
        if all(issubclass(k, numbers.Integral) for k in kinds):
            low, high = min(leaves), max(leaves)
            return dtypes.int32 if _INT32_MIN <= low and high <= _INT32_MAX else dtypes.int64
        if all(issubclass(k, numbers.Real) for k in kinds):
            return dtypes.float32
        if all(issubclass(k, numbers.Complex) for k in kinds):
            return dtypes.complex128
    if len(kinds) == 1 and hasattr(leaves[0], "__float__"):
        return dtypes.float32
    if len(leaves) > 1 or isinstance(value, (list, tuple)):
        raise _unconvertible(value)
    raise TypeError(f"Expected binary or unicode string, got {value!r}")


def _unconvertible(value):
    return TypeError(
        f"Failed to convert object of type {type(value)} to Tensor. Contents: {value}. "
        "Consider casting elements to a supported type."
    )
