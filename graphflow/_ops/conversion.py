"""How lists with tensors inside, shapes and IndexedSlices become tensors where one is asked for."""

from __future__ import annotations

import numpy as np

from graphflow._core import dtypes, nest, shapes
from graphflow._graph import build, tensor
from graphflow._ops import segment

# -- lists that hold tensors ---------------------------------------------------------------------------------


def _is_dense(value):
    """Whether `value` is a tensor or a variable."""
    return isinstance(value, tensor.TensorLike) and not hasattr(value, "indices")


def _packed(value, dtype=None, name=None, as_ref=False):
    """A list that holds tensors, as a Pack of its items; numbers beside a tensor take its type."""
    found = None if as_ref else _first_dtype(value)
    if found is None:
        return NotImplemented
    if dtype is None:
        dtype = found
    elif dtype.base_dtype != found:
        value = nest.map_structure(lambda item: _cast(item, dtype.base_dtype), value)
    return _pack(value, dtype.base_dtype, name or "packed")


def _first_dtype(items):
    for item in items:
        if isinstance(item, (list, tuple)):
            found = _first_dtype(item)
            if found is not None:
                return found
        elif _is_dense(item):
            return item.dtype.base_dtype
    return None


def _cast(item, dtype):
    if not _is_dense(item) or item.dtype.base_dtype == dtype:
        return item
    return build.apply("Cast", item, DstT=dtype)


def _pack(items, dtype, name):
    """A Pack of the items; the list itself when no tensor is in it, nor in its inner lists."""
    with build.name_scope(name) as scope:
        done = []
        for i, item in enumerate(items):
            if isinstance(item, (list, tuple)):
                item = _pack(item, dtype, str(i))
            elif _is_dense(item) and item.dtype.base_dtype != dtype:
                raise TypeError(
                    f"Cannot convert a list containing a tensor of dtype {item.dtype.name} to {dtype.name} "
                    f"(Tensor is: {item!r}); tf.cast makes them agree"
                )
            done.append(item)
        if not any(_is_dense(item) for item in done):
            return done
        parts = [item if _is_dense(item) else build.constant(item, dtype, name=str(i)) for i, item in enumerate(done)]
        return build.apply("Pack", parts, name=scope)


build.register_tensor_conversion_function((list, tuple), _packed, 99)


# -- shapes --------------------------------------------------------------------------------------------------


def _size_dtype(dtype, sizes):
    """The type that holds sizes: int32, or int64 for large ones, or what was asked for."""
    largest = max(sizes, default=0)
    if dtype is None:
        return dtypes.int64 if largest >= 2**31 else dtypes.int32
    if dtype.base_dtype not in (dtypes.int32, dtypes.int64):
        raise TypeError(f"Cannot convert a TensorShape to dtype: {dtype.name}")
    if dtype.base_dtype == dtypes.int32 and largest >= 2**31:
        raise ValueError(f"Cannot convert a TensorShape to dtype int32; a dimension is too large ({largest})")
    return dtype.base_dtype


def _shape_tensor(value, dtype=None, name=None, as_ref=False):
    if not value.is_fully_defined():
        raise ValueError(f"Cannot convert a partially known TensorShape to a Tensor: {value}")
    sizes = value.as_list()
    wanted = _size_dtype(dtype, sizes)
    return build.constant(np.array(sizes, wanted.as_numpy_dtype), wanted, name=name or "shape_as_tensor")


def _dimension_tensor(value, dtype=None, name=None, as_ref=False):
    if value.value is None:
        raise ValueError(f"Cannot convert an unknown Dimension to a Tensor: {value}")
    return build.constant(value.value, _size_dtype(dtype, [value.value]), name=name or "shape_as_tensor")


build.register_tensor_conversion_function(shapes.TensorShape, _shape_tensor)
build.register_tensor_conversion_function(shapes.Dimension, _dimension_tensor)


# -- rows of a larger tensor ---------------------------------------------------------------------------------


def _dense(value, dtype=None, name=None, as_ref=False):
    """IndexedSlices as the whole tensor: rows named twice are added, rows not named are zero."""
    if dtype is not None and not dtype.is_compatible_with(value.dtype):
        raise ValueError(
            f"Tensor conversion requested dtype {dtype.name} for IndexedSlices with dtype {value.dtype.name}"
        )
    if value.dense_shape is None:
        raise ValueError(
            f"Tensor conversion requested for IndexedSlices without dense_shape: {value}; its size is unknown"
        )
    rows = value.dense_shape[0]
    return segment.unsorted_segment_sum(value.values, value.indices, rows, name=name)


build.register_tensor_conversion_function(tensor.IndexedSlices, _dense)


def convert_to_tensor_or_indexed_slices(value, dtype=None, name=None):
    """`value` as a tensor; IndexedSlices and sparse tensors stay what they are.

    Raises:
        ValueError: they have another type than `dtype`.
    """
    if isinstance(value, tensor.TensorLike) and hasattr(value, "indices"):
        if dtype is not None and not dtypes.as_dtype(dtype).is_compatible_with(value.dtype):
            raise ValueError(
                f"Tensor conversion requested dtype {dtypes.as_dtype(dtype).name} for Tensor with dtype {value.dtype.name}: {value}"
            )
        return value
    return build.convert_to_tensor(value, dtype, name)
