"""Rules of `_ops/segment.py`: a scatter of the rows by their segment."""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np

from graphflow._core import errors
from graphflow._graph import static_value
from graphflow._lowering import gather, indexing
from graphflow._lowering.rule import Compiled, Host, PerOp, xp

_BY_VALUES = "the number of segments depends on values"


def _scattered(how, rows, ids, count, start):
    """`count` segments that begin as `start`, each joined by `how` with the rows that have its id; others are left out."""
    np_ = xp(rows, ids)
    shape = (count, *rows.shape[1:])
    if np_ is np:
        whole = np.full(shape, start, rows.dtype)
        inside = (ids >= 0) & (ids < count)
        getattr(np, _UFUNCS[how]).at(whole, ids[inside], rows[inside])
        return whole
    ids = np_.where(ids < 0, count, ids)  # JAX counts negative ones from the end; TensorFlow leaves them out
    if how == "multiply" and np_.issubdtype(rows.dtype, np_.inexact):
        return _product(rows, ids, count)
    return getattr(np_.full(shape, start, rows.dtype).at[ids], how)(rows, mode="drop")


@functools.partial(jax.custom_vjp, nondiff_argnums=(2,))
def _product(rows, ids, count):
    """The product of each segment; JAX has no derivative of it."""
    return jnp.ones((count, *rows.shape[1:]), rows.dtype).at[ids].multiply(rows, mode="drop")


def _product_forward(rows, ids, count):
    return _product(rows, ids, count), (rows, ids)


def _product_backward(count, kept, grad):
    """The product of the others: over x where x is not 0, without x where it is the only 0, else 0."""
    rows, ids = kept
    is_zero = rows == 0
    zeros = jnp.zeros((count, *rows.shape[1:]), jnp.int32).at[ids].add(is_zero, mode="drop")
    without = _product(jnp.where(is_zero, 1, rows), ids, count)
    at = functools.partial(jnp.take, indices=ids, axis=0, mode="fill", fill_value=0)
    zeros, others = at(zeros) - is_zero, at(without) / jnp.where(is_zero, 1, rows)
    back = jnp.where(zeros == 0, at(grad) * others, 0)
    return back.astype(rows.dtype), np.zeros(ids.shape, jax.dtypes.float0)


_product.defvjp(_product_forward, _product_backward)

_UFUNCS = {"add": "add", "multiply": "multiply", "max": "maximum", "min": "minimum"}


# -- ids in any order ----------------------------------------------------------------------------------------


def _unsorted(how, start):
    def emit(ctx, op, data, ids, count):
        count = int(np.ravel(count)[0])
        if data.shape[: ids.ndim] != ids.shape:
            raise errors.InvalidArgumentError(
                None,
                op,
                f"data.shape = {list(data.shape)} does not start with segment_ids.shape = {list(ids.shape)}",
            )
        text = "segment_ids{at} = {value} is out of range [0, {size})"
        indexing.guard_range(ctx, op, ids, count, text, low=np.iinfo(ids.dtype).min)
        rows = data.reshape((ids.size, *data.shape[ids.ndim :]))
        return _scattered(how, rows, ids.reshape(-1), count, start(op.attrs["T"]))

    return Compiled(emit, static=(2,), folds=True, guards=True)


# -- sorted ids ----------------------------------------------------------------------------------------------


def _check_sorted(op, ids, rows, count=None):
    """The number of segments of sorted plain ids; InvalidArgumentError for ids that TensorFlow refuses."""
    if ids.size != rows:
        raise errors.InvalidArgumentError(None, op, "segment_ids should be the same size as dimension 0 of input.")
    if ids.size == 0:
        return 0 if count is None else count
    last = int(ids[-1]) + 1 if count is None else count
    if ids[0] < 0 or int(ids.max()) >= last > int(ids[-1]):
        wrong = int(ids[0] if ids[0] < 0 else ids.max())
        text = f"Segment id {wrong} out of range [0, {last}), possibly because 'segment_ids' input is not sorted."
        raise errors.InvalidArgumentError(None, op, text)
    if np.any(ids[1:] < ids[:-1]):
        raise errors.InvalidArgumentError(None, op, "segment ids are not increasing")
    if int(ids[-1]) >= last:
        raise errors.InvalidArgumentError(None, op, "segment ids must be < num_segments")
    return last


def _joined(how, rows, ids, count):
    """The segments; those without rows are 1 for a product and else 0."""
    if how in ("add", "multiply"):
        return _scattered(how, rows, ids, count, int(how == "multiply"))
    low, high = _limits_of(rows.dtype)
    found = _scattered(how, rows, ids, count, low if how == "max" else high)
    present = np.isin(np.arange(count), ids).reshape((-1,) + (1,) * (rows.ndim - 1))
    return xp(found).where(present, found, np.zeros((), rows.dtype))


def _sizes(ids, count, rows, power):
    """How many rows each segment has, to a power, at least 1, in a shape that divides the segments."""
    number = np.maximum(np.bincount(ids, minlength=count), 1).astype(rows.dtype) ** power
    return number.astype(rows.dtype).reshape((-1,) + (1,) * (rows.ndim - 1))


def _segment(how, power=0):
    def emit(ctx, op, data, ids):
        count = _check_sorted(op, ids, data.shape[0])
        found = _joined(how, data, ids, count)
        return found / _sizes(ids, count, data, power) if power else found

    return _by_ids(emit, 1)


def _sparse(power):
    def emit(ctx, op, data, indices, ids, count=None):
        count = _check_sorted(op, ids, indices.shape[0], None if count is None else int(count))
        indexing.guard_range(ctx, op, indices, data.shape[0], "indices{at} = {value} is not in [0, {size})")
        rows = gather.take(data, indices)
        found = _joined("add", rows, ids, count)
        return found / _sizes(ids, count, rows, power) if power else found

    return emit


def _sparse_grad(power):
    def emit(ctx, op, grad, indices, ids, rows):
        shares = gather.take(grad / _sizes(ids, grad.shape[0], grad, power), ids)
        return _scattered("add", shares, indices, int(rows), 0)

    return emit


def _by_ids(emit, position, static=()):
    """Compiled where the segment ids are constants, else on the host."""
    compiled = Compiled(emit, static=(position, *static), folds=True, guards=True)
    host = Host(emit, because=_BY_VALUES)
    return PerOp(lambda op: host if static_value.constant_value(op.inputs[position]) is None else compiled)


def _limits_of(dtype):
    if np.issubdtype(dtype, np.integer):
        info = np.iinfo(dtype)
    else:
        info = ml_dtypes.finfo(dtype)
    return info.min, info.max


RULES = {
    "UnsortedSegmentSum": _unsorted("add", lambda dtype: 0),
    "UnsortedSegmentProd": _unsorted("multiply", lambda dtype: 1),
    "UnsortedSegmentMax": _unsorted("max", lambda dtype: dtype.min),
    "UnsortedSegmentMin": _unsorted("min", lambda dtype: dtype.max),
    "SegmentSum": _segment("add"),
    "SegmentMean": _segment("add", power=1),
    "SegmentProd": _segment("multiply"),
    "SegmentMax": _segment("max"),
    "SegmentMin": _segment("min"),
    "SparseSegmentSum": _by_ids(_sparse(0), 2),
    "SparseSegmentMean": _by_ids(_sparse(1), 2),
    "SparseSegmentSqrtN": _by_ids(_sparse(0.5), 2),
    "SparseSegmentSumWithNumSegments": _by_ids(_sparse(0), 2, (3,)),
    "SparseSegmentMeanWithNumSegments": _by_ids(_sparse(1), 2, (3,)),
    "SparseSegmentSqrtNWithNumSegments": _by_ids(_sparse(0.5), 2, (3,)),
    "SparseSegmentMeanGrad": _by_ids(_sparse_grad(1), 2, (3,)),
    "SparseSegmentSqrtNGrad": _by_ids(_sparse_grad(0.5), 2, (3,)),
}
