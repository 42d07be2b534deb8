"""TensorProto: a constant's value as a message, packed as TensorFlow 1.15's Python packs it, and back."""

from __future__ import annotations

import math

import numpy as np

from graphflow._core import dtypes, errors
from graphflow._graph import protos
from graphflow._graph import values as values_lib

# element type -> (field of single values, NumPy type of that field's numbers, whether many values go as raw bytes)
_PACKING = {
    "float32": ("float_val", np.float32, True),
    "float64": ("double_val", np.float64, True),
    "int32": ("int_val", np.int32, True),
    "uint8": ("int_val", np.uint8, True),
    "int16": ("int_val", np.int16, True),
    "int8": ("int_val", np.int8, True),
    "int64": ("int64_val", np.int64, True),
    "uint32": ("uint32_val", np.uint32, True),
    "uint64": ("uint64_val", np.uint64, True),
    "qint8": ("int_val", np.int8, True),
    "quint8": ("int_val", np.uint8, True),
    "qint16": ("int_val", np.int16, True),
    "quint16": ("int_val", np.uint16, True),
    "qint32": ("int_val", np.int32, True),
    "uint16": ("int_val", np.uint16, False),
    "bool": ("bool_val", np.bool_, False),
    "float16": ("half_val", np.uint16, False),  # the bits
    "bfloat16": ("half_val", np.uint16, False),
    "complex64": ("scomplex_val", np.float32, False),  # real and imaginary parts in turn
    "complex128": ("dcomplex_val", np.float64, False),
    "string": ("string_val", np.object_, False),
}
LARGEST = 2**31  # bytes: protobuf carries no larger message, so no honest constant is larger
_MOST_AXES = 64  # of a NumPy array


def make_tensor_proto(values, dtype=None, shape=None, verify_shape=False, allow_broadcast=False):
    """A TensorProto of numbers, strings, nested lists or an array.

    Args:
        values: the value; a TensorProto is returned as it is.
        dtype: the element type; guessed from the value when None.
        shape: the shape; a shorter value means that its last element repeats.
        verify_shape: whether a value of another shape is an error.
        allow_broadcast: whether only a single element may stand for the whole shape; not with `verify_shape`.

    Raises:
        TypeError, ValueError: the value does not fit the type or shape, or takes more than 2 GiB.
    """
    if allow_broadcast and verify_shape:
        raise ValueError("allow_broadcast and verify_shape are not both allowed.")
    if isinstance(values, protos.TensorProto):
        return values
    dtype = None if dtype is None else dtypes.as_dtype(dtype)
    array = values_lib.to_array(values, dtype, None if allow_broadcast else shape, verify_shape)
    if allow_broadcast and shape is not None:
        if array.size not in (1, int(np.prod(shape))):
            raise TypeError(f"Expected Tensor's shape: {tuple(shape)}, got {array.shape}.")
        array = np.broadcast_to(array, shape) if array.size == 1 else array.reshape(shape)
    proto = protos.TensorProto()
    write(array, proto, dtype)
    return proto


def write(array, proto, dtype=None):
    """Fills `proto` with `array`: a single value, or one repeated by broadcasting, goes in a typed list of one."""
    if dtype is None:
        dtype = dtypes.string if array.dtype == object else dtypes.as_dtype(array.dtype)
    base = dtype.base_dtype
    packing = _PACKING.get(base.name)
    if packing is None:
        raise TypeError(f"Element type not supported in TensorProto: {base.name}")
    field, stored, as_bytes = packing
    proto.dtype = base.as_datatype_enum
    proto.tensor_shape.SetInParent()
    for size in array.shape:
        proto.tensor_shape.dim.add().size = size
    if array.size > 1 and _is_splat(array):
        array = array[(slice(1),) * array.ndim]
    elif as_bytes and array.size > 1:
        if array.nbytes >= LARGEST:
            raise ValueError(
                f"Cannot create a tensor proto whose content is larger than 2GB: this {base.name} array of shape "
                f"{list(array.shape)} takes {array.nbytes} bytes. Feed it, or read it from a file."
            )
        proto.tensor_content = array.tobytes()
        return
    flat = np.ascontiguousarray(array).reshape(-1)
    getattr(proto, field).extend((flat if stored is np.object_ else flat.view(stored)).tolist())


def _is_splat(array):
    """Whether broadcasting made `array` of a single value."""
    return all(stride == 0 or size == 1 for stride, size in zip(array.strides, array.shape))


def make_ndarray(tensor):
    """The value of a TensorProto as an array of its own.

    Raises:
        InvalidArgumentError: the message contradicts itself.
        ResourceExhaustedError: a few bytes stand for more than 2 GiB.
    """
    array = read(tensor)
    _check_size(array.nbytes, array.shape)
    return array.copy()


def read(proto):
    """The value of a TensorProto; read-only, and a view of stride 0 where one value stands for all elements.

    A typed list shorter than the tensor repeats its last value; an empty one means zeros. So 30 bytes may stand for
    terabytes, and the view costs nothing whatever its shape.

    Raises:
        InvalidArgumentError: unknown type, a shape that no value has, or contents that do not fit the shape.
        ResourceExhaustedError: a list of several values would have to be filled up to more than 2 GiB.
    """
    base = dtypes._BY_ENUM.get(proto.dtype)
    packing = None if base is None else _PACKING.get(base.name)
    if packing is None:
        what = f"DataType {proto.dtype}" if base is None else base.name
        raise _invalid(f"a tensor value of {what} cannot be read; expected numbers, bools or strings")
    field, stored, _ = packing
    dims = _dims(proto.tensor_shape)
    numpy_type = np.dtype(base.as_numpy_dtype)
    size = math.prod(dims)
    if size * numpy_type.itemsize >= 2**63:
        raise _invalid(f"shape {list(dims)} is too large (more than 2**63 - 1 bytes)")
    if proto.tensor_content:
        return _from_bytes(proto.tensor_content, base, numpy_type, dims, size)
    found = _from_list(getattr(proto, field), base, numpy_type, stored)
    if len(found) >= size:
        array = found[:size].reshape(dims)
    elif len(found) == 1:
        return np.broadcast_to(found.reshape(()), dims)
    else:
        _check_size(size * numpy_type.itemsize, dims)
        array = np.concatenate([found, np.broadcast_to(found[-1:], size - len(found))]).reshape(dims)
    array.flags.writeable = False
    return array


def _invalid(text):
    return errors.InvalidArgumentError(None, None, text)


def _check_size(nbytes, dims):
    if nbytes > LARGEST:
        raise errors.ResourceExhaustedError(
            None, None, f"a tensor value of shape {list(dims)} takes {nbytes} bytes, more than the limit of {LARGEST}"
        )


def _dims(shape):
    if shape.unknown_rank:
        raise _invalid("the shape of a tensor value has an unknown rank; a value has a known shape")
    dims = tuple(d.size for d in shape.dim)
    if len(dims) > _MOST_AXES:
        raise _invalid(f"the shape of a tensor value has {len(dims)} axes; at most {_MOST_AXES} are possible")
    if any(d < 0 for d in dims):
        raise _invalid(f"Shape {list(dims)} is not fully defined: the sizes of a tensor value are 0 or more")
    return dims


def _from_bytes(content, base, numpy_type, dims, size):
    if base is dtypes.string:
        raise _invalid("a string value has tensor_content; strings belong in string_val")
    if len(content) != size * numpy_type.itemsize:
        raise _invalid(
            f"tensor_content has {len(content)} bytes; a {base.name} value of shape {list(dims)} takes "
            f"{size * numpy_type.itemsize}"
        )
    if base is dtypes.bool:  # any byte but 0 is true
        return (np.frombuffer(content, np.uint8) != 0).reshape(dims)
    return np.frombuffer(content, numpy_type).reshape(dims)


def _from_list(listed, base, numpy_type, stored):
    """The values that a typed list holds, flat; a single zero where it is empty."""
    if base is dtypes.string:
        found = np.empty(len(listed) or 1, object)
        found[:] = list(listed) or [b""]
        return found
    if not listed:
        return np.zeros(1, numpy_type)
    wide = np.array(listed, np.int64 if stored in (np.uint16, np.int8, np.uint8, np.int16) else stored)
    if base.is_complex and len(wide) % 2:
        raise _invalid(f"a {base.name} value has {len(wide)} parts; each number takes two")
    return wide.astype(stored, copy=False).view(numpy_type)
