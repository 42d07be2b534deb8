"""Rules of `_ops/sets.py`."""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp
import numpy as np

from graphflow._core import errors
from graphflow._graph import static_value
from graphflow._lowering import indexing, looked_up_rows, row_sums
from graphflow._lowering.rule import Compiled, Host, PerOp, is_plain, xp

_BY_VALUES = "its output shape depends on values"


def _unique(ctx, op, x, axis=None):
    """The distinct entries along an axis in order of first appearance, where each one stands, how often it occurs."""
    axis = int(np.ravel(axis)[0]) if axis is not None and np.size(axis) else 0
    _, first, inverse, count = np.unique(
        x, return_index=True, return_inverse=True, return_counts=True, axis=axis, equal_nan=False
    )  # fmt: skip
    order = np.argsort(first)
    place = np.argsort(order)
    out = op.attrs["out_idx"].as_numpy_dtype
    found = x.take(first[order], axis), place[inverse.ravel()].astype(out), count[order].astype(out)
    return found[: len(op.outputs)]


def _unique_of_vector(ctx, op, x):
    found = {}
    if x.dtype != object:
        return _unique(ctx, op, x)
    inverse = np.array([found.setdefault(item, len(found)) for item in x.tolist()], op.attrs["out_idx"].as_numpy_dtype)
    values = np.empty(len(found), object)
    values[:] = list(found)
    return (values, inverse, np.bincount(inverse, minlength=len(found)).astype(inverse.dtype))[: len(op.outputs)]


def _list_diff(ctx, op, x, y):
    away = set(y.tolist())
    kept = np.array([i for i, item in enumerate(x.tolist()) if item not in away], op.attrs["out_idx"].as_numpy_dtype)
    return x[kept], kept


def _dynamic_partition(ctx, op, data, partitions):
    count = op.attrs["num_partitions"]
    if data.shape[: partitions.ndim] != partitions.shape:
        raise errors.InvalidArgumentError(
            None,
            op,
            f"data.shape must start with partitions.shape, got data.shape = {list(data.shape)}, partitions.shape = "
            f"{list(partitions.shape)}",
        )
    indexing.guard_range(ctx, op, partitions, count, "partitions{at} = {value} is not in [0, {size})")
    return tuple(data[partitions == i] for i in range(count))


def _stitch(ctx, op, *values):
    n = op.attrs["N"]
    indices, data = values[:n], values[n:]
    for i, (index, part) in enumerate(zip(indices, data)):
        if part.shape[: index.ndim] != index.shape:
            raise errors.InvalidArgumentError(
                None,
                op,
                f"data[{i}].shape = {list(part.shape)} does not start with indices[{i}].shape = {list(index.shape)}",
            )
        if index.size and index.min() < 0:
            raise errors.InvalidArgumentError(None, op, f"indices[{i}] is out of range")
    flat = np.concatenate([index.ravel() for index in indices])
    rest = data[0].shape[indices[0].ndim :]
    np_ = xp(*data)
    rows = np_.concatenate([part.reshape((-1, *rest)) for part in data])
    last = {place: i for i, place in enumerate(flat.tolist())}  # of entries for one place the last stays
    length = max(last, default=-1) + 1
    if len(last) == length:
        return rows[np.array([last[place] for place in range(length)], np.int64)]
    where, what = np.array(list(last), np.int64), np.array(list(last.values()), np.int64)
    whole = np_.zeros((length, *rest), rows.dtype)
    if np_ is np:
        whole[where] = rows[what]
        return whole
    return whole.at[where].set(rows[what])


@functools.cache
def _compiled_stitch(n):
    return Compiled(_stitch, static=tuple(range(n)), folds=True)


_HOST_STITCH = Host(_stitch, because=_BY_VALUES)


def _stitch_row(op):
    """Compiled where the places are known or are sizes; places that are data would need a program for each set of them."""
    n = op.attrs["N"]
    known = all(static_value.constant_value(t) is not None for t in op.inputs[:n])
    return _compiled_stitch(n) if known or op.outputs[0].dtype.is_integer else _HOST_STITCH


def _bound(side):
    def emit(ctx, op, rows, values):
        out = op.attrs["out_type"].as_numpy_dtype
        if is_plain(rows, values):
            found = [np.searchsorted(row, value, side) for row, value in zip(rows, values)]
            return np.array(found, out).reshape(values.shape)
        return jax.vmap(lambda row, value: jnp.searchsorted(row, value, side=side))(rows, values).astype(out)

    return Compiled(emit, folds=True)


def _unravel_index(ctx, op, indices, dims):
    sizes = dims.tolist()
    indexing.guard_range(ctx, op, indices, int(np.prod(sizes, dtype=np.int64)), "index is out of bound as with dims")
    found, rest = [], indices
    for size in reversed(sizes):
        found.append(rest % size)
        rest = rest // size
    return xp(indices).stack(found[::-1]).astype(indices.dtype)


RULES = {
    "Unique": PerOp(looked_up_rows.row(row_sums.row(Host(_unique_of_vector, because=_BY_VALUES)))),
    "UniqueWithCounts": Host(_unique_of_vector, because=_BY_VALUES),
    "UniqueV2": Host(_unique, because=_BY_VALUES),
    "UniqueWithCountsV2": Host(_unique, because=_BY_VALUES),
    "ListDiff": Host(_list_diff, because=_BY_VALUES),
    "DynamicPartition": Host(_dynamic_partition, because=_BY_VALUES),
    "DynamicStitch": PerOp(_stitch_row),
    "ParallelDynamicStitch": PerOp(_stitch_row),
    "LowerBound": _bound("left"),
    "UpperBound": _bound("right"),
    "UnravelIndex": Compiled(_unravel_index, static=(1,), folds=True, guards=True),
}
