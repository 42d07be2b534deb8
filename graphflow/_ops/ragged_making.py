"""RaggedTensors from nested lists, fed ones, and functions of their innermost values."""

from __future__ import annotations

import numpy as np

from graphflow._core import dtypes as dtypes_lib
from graphflow._graph import build
from graphflow._ops import array, ragged_value
from graphflow._ops import ragged_tensor as ragged


def constant(
    pylist, dtype=None, ragged_rank=None, inner_shape=None, name=None, row_splits_dtype=dtypes_lib.int64
):  # fmt: skip
    """A RaggedTensor of nested lists; a tensor where no axis is ragged.

    Args:
        pylist: lists in lists; all elements lie equally deep.
        dtype: of the elements.
        ragged_rank: the number of ragged axes; all but the outermost when None, or those that `inner_shape` leaves.
        inner_shape: the shape of the innermost values.
        row_splits_dtype: int32 or int64.

    Raises:
        ValueError: elements lie at different depths, or the innermost values differ in shape.
    """
    splits_dtype = dtypes_lib.as_dtype(row_splits_dtype).as_numpy_dtype
    with build.name_scope(name, "RaggedConstant"):
        flat, splits = _taken_apart(pylist, ragged_rank, inner_shape, splits_dtype)
        dtype = dtypes_lib.as_dtype(dtype) if dtype is not None else None
        values = build.constant(flat, dtype=dtype or (dtypes_lib.float32 if not np.size(flat) else None), name="values")
        return ragged.RaggedTensor.from_nested_row_splits(values, splits, validate=False) if splits else values


def constant_value(pylist, dtype=None, ragged_rank=None, inner_shape=None, row_splits_dtype="int64"):
    """A RaggedTensorValue of nested lists; an array where no axis is ragged. Arguments and errors as `constant`."""
    splits_dtype = dtypes_lib.as_dtype(row_splits_dtype).as_numpy_dtype
    flat, splits = _taken_apart(pylist, ragged_rank, inner_shape, splits_dtype)
    return ragged_value.assembled(np.array(flat, dtype), *splits)


def _taken_apart(pylist, ragged_rank, inner_shape, splits_dtype):
    """The innermost values, and the splits of all ragged axes."""
    if not isinstance(pylist, (list, tuple, np.ndarray)):
        if ragged_rank or inner_shape:
            raise ValueError(f"a scalar has no ragged axes and no inner shape, got {pylist!r}")
        return pylist, []
    depth = _depth(pylist)
    if ragged_rank is None:
        ragged_rank = max(depth - 1 - len(inner_shape or ()), 0)
    if ragged_rank >= depth and _elements(pylist):
        raise ValueError(f"pylist has depth {depth}, which must be greater than ragged_rank {ragged_rank}")
    flat, splits = list(pylist), []
    for _ in range(ragged_rank):
        splits.append(np.cumsum([0, *map(len, flat)]).astype(splits_dtype))
        flat = [item for row in flat for item in row]
    array_of = np.array(flat) if flat else np.zeros((0, *(inner_shape or ())), np.float32)
    if array_of.dtype.hasobject or (inner_shape is not None and array_of.shape[1:] != tuple(inner_shape)):
        raise ValueError(f"the innermost values of pylist do not all have the shape {inner_shape}")
    return flat if flat else array_of, splits


def _depth(item):
    """How deep the elements of nested lists lie; ValueError when not equally deep."""
    if not isinstance(item, (list, tuple, np.ndarray)):
        return 0
    depths = {_depth(inner) for inner in item if not _is_empty(inner)}
    if len(depths) > 1:
        raise ValueError("all scalar values of pylist must be at the same depth")
    empty = max((_empty_depth(inner) for inner in item if _is_empty(inner)), default=0)
    return 1 + max(depths.pop() if depths else 0, empty)


def _is_empty(item):
    return isinstance(item, (list, tuple, np.ndarray)) and not _elements(item)


def _elements(item):
    return any(_elements(inner) for inner in item) if isinstance(item, (list, tuple, np.ndarray)) else True


def _empty_depth(item):
    return 1 + max(map(_empty_depth, item), default=0) if isinstance(item, (list, tuple, np.ndarray)) else 0


def placeholder(dtype, ragged_rank, value_shape=None, name=None):
    """A RaggedTensor that is fed, with a RaggedTensorValue.

    Args:
        ragged_rank: the number of ragged axes; with 0 it is an ordinary placeholder.
        value_shape: the shape of the innermost values.
    """
    if ragged_rank == 0:
        return array.placeholder(dtype, value_shape, name)
    with build.name_scope(name, "RaggedPlaceholder"):
        dims = None if value_shape is None else [None, *value_shape]
        result = array.placeholder(dtype, dims, "flat_values")
        for i in reversed(range(ragged_rank)):
            splits = array.placeholder(dtypes_lib.int64, [None], f"row_splits_{i}")
            result = ragged.RaggedTensor.from_row_splits(result, splits, validate=False)
        return result
