"""Rules of `_ops/sparse.py` and `_ops/sparse_math.py`.

Where the number of elements follows from the inputs' shapes a rule is compiled; where it depends on their values, on the host.
"""

from __future__ import annotations

import jax
import numpy as np

from graphflow._core import errors
from graphflow._lowering import gather, indexing
from graphflow._lowering.rule import Compiled, Host, xp

_BY_VALUES = "how many elements its result has depends on values"


def _in_order(indices):
    """The permutation that puts indices `[n, rank]` in row-major order; equal ones stay in theirs."""
    columns = [indices[:, k] for k in reversed(range(indices.shape[1]))]
    return xp(indices).lexsort(columns) if columns else np.arange(indices.shape[0])


def _strides(shape):
    """How far apart in row-major order neighbours along each axis are."""
    np_ = xp(shape)
    return np_.concatenate([np_.cumprod(shape[:0:-1])[::-1], np_.ones(min(shape.shape[0], 1), shape.dtype)])


def _invalid(op, text):
    return errors.InvalidArgumentError(None, op, text)


def _add_at(whole, at, values):
    """`whole` with `values` added at index tuples that may repeat."""
    if xp(whole, values, *at) is np:
        whole = whole.copy()
        np.add.at(whole, at, values)
        return whole
    return xp(whole, values, *at).asarray(whole).at[at].add(values)


# -- order and shape -----------------------------------------------------------------------------------------


def _reorder(ctx, op, indices, values, shape):
    order = _in_order(indices)
    return indices[order], xp(order, values).asarray(values)[order]


def _reshape(ctx, op, indices, shape, new):
    np_ = xp(indices, shape, new)
    unknown = new == -1
    ctx.guard(unknown.sum() > 1, op, "only one output dimension may be -1")
    total, others = np_.prod(shape), np_.prod(np_.where(unknown, 1, new))
    sizes = np_.where(unknown, total // np_.maximum(others, 1), new)
    ctx.guard(
        np_.prod(sizes) != total, op, "Input to reshape is a tensor with {} dense values, but the requested shape has {}",
        total, np_.prod(sizes),
    )  # fmt: skip
    places = (indices * _strides(shape)).sum(axis=1, dtype=np.int64, keepdims=True)
    return places // _strides(sizes) % np_.maximum(sizes, 1), sizes


def _concat(ctx, op, *inputs):
    n = op.attrs["N"]
    indices, values, shapes = inputs[:n], inputs[n : 2 * n], inputs[2 * n :]
    np_ = xp(*inputs)
    rank = shapes[0].shape[0]
    axis = op.attrs["concat_dim"]
    if not -rank <= axis < rank:
        raise _invalid(op, f"Concat dimension must be in range [{-rank}, {rank}), got {axis}")
    along = np.arange(rank) == axis % rank
    shift, moved = np_.zeros((), np.int64), []
    for part, shape in zip(indices, shapes):
        moved.append(part + np_.where(along, shift, 0))
        shift = shift + shape[axis]
        ctx.guard(((shape != shapes[0]) & ~along).any(), op, "Input shapes must match except in the concat dimension")
    joined = np_.concatenate(moved)
    order = _in_order(joined)
    return joined[order], np_.concatenate(values)[order], np_.where(along, shift, shapes[0])


def _split(ctx, op, axis, indices, values, shape):
    n, axis = op.attrs["num_split"], int(np.ravel(axis)[0])
    if not 0 <= axis < shape.size or not 1 <= n <= shape[axis]:
        raise _invalid(op, f"num_split {n} does not fit axis {axis} of shape {shape.tolist()}")
    size, more = divmod(int(shape[axis]), n)
    ends = np.cumsum([size + (i < more) for i in range(n)])
    pieces = []
    for start, end in zip([0, *ends[:-1]], ends):
        pieces.append(_part(indices, values, _set(np.zeros_like(shape), axis, start), _set(shape, axis, end - start)))
    return tuple(item for column in zip(*pieces) for item in column)


def _set(vector, at, value):
    vector = vector.copy()
    vector[at] = value
    return vector


def _part(indices, values, start, sizes):
    moved = indices - start
    inside = ((moved >= 0) & (moved < sizes)).all(axis=1)
    return moved[inside], values[inside], sizes


def _slice(ctx, op, indices, values, shape, start, size):
    if not start.shape == size.shape == shape.shape:
        raise _invalid(op, f"Expected start and size of {shape.size} numbers, got {start.tolist()} and {size.tolist()}")
    return _part(indices, values, start, np.maximum(np.minimum(size, shape - start), 0))


def _slice_grad(ctx, op, grad, indices, start, kept):
    return _looked_up(grad, kept, indices - start)


def _looked_up(values, indices, wanted):
    """The values at the positions `wanted`, zero where none stands."""
    found = {tuple(row): value for row, value in zip(indices.tolist(), values)}
    zero = np.zeros((), values.dtype)
    return np.array([found.get(tuple(row), zero) for row in wanted.tolist()], values.dtype).reshape(len(wanted))


def _fill_empty_rows(ctx, op, indices, values, shape, default):
    count, own = int(shape[0]), indices[:, 0]
    if indices.size and not 0 <= own.min() <= own.max() < count:
        wrong = int(np.argmax((own < 0) | (own >= count)))
        raise _invalid(op, f"indices({wrong}, 0) is invalid: {own[wrong]} >= {count}")
    is_empty = np.bincount(own, minlength=count) == 0
    added = np.zeros((int(is_empty.sum()), indices.shape[1]), np.int64)
    added[:, 0] = np.flatnonzero(is_empty)
    rows = np.concatenate([own, added[:, 0]])
    order = np.argsort(rows, kind="stable")
    back = np.argsort(order)[: own.size]
    values = np.concatenate([values, np.full(len(added), default, values.dtype)])
    return np.concatenate([indices, added])[order], values[order], is_empty, back.astype(np.int64)


def _fill_empty_rows_grad(ctx, op, places, grad):
    np_ = xp(places, grad)
    was_there = _add_at(np_.zeros(grad.shape, np.int32), (places,), 1) > 0
    return gather.take(grad, places), np_.where(was_there, 0, grad).sum(dtype=grad.dtype)


# -- to and with dense ones ------------------------------------------------------------------------------------


def _to_dense(ctx, op, indices, shape, values, default):
    np_ = xp(indices, values, default)
    sizes = tuple(shape.tolist())
    count = 1 if indices.ndim == 0 else indices.shape[0]
    indices = indices.reshape(count, -1 if count else len(sizes))
    if indices.shape[1] != len(sizes) and count:
        raise _invalid(op, f"sparse_indices has {indices.shape[1]} columns, output_shape {len(sizes)} numbers")
    if values.ndim and values.shape[0] != count:
        raise _invalid(op, f"sparse_values has incorrect shape {list(values.shape)}, should be [] or [{count}]")
    indexing.guard_tuples(ctx, op, indices, sizes, "shape")
    if op.attrs["validate_indices"] and count > 1:
        steps = indices[1:] - indices[:-1]
        first = np_.argmax(steps != 0, axis=1)
        step = np_.take_along_axis(steps, first[:, None], axis=1)[:, 0]
        _guard_row(
            ctx, op, step < 0, " is out of order. Many sparse ops require sorted indices.\n    Use `tf.sparse.reorder` to "
            "create a correctly ordered copy.",
        )  # fmt: skip
        _guard_row(ctx, op, step == 0, " is repeated")
    whole = np_.full(sizes, default, values.dtype)
    at = indexing.index_tuple(indices)
    if np_ is np:
        whole[at] = values
        return whole
    return whole.at[at].set(values)


def _guard_row(ctx, op, bad, text):
    ctx.guard(bad.any(), op, "indices[{}]" + text, xp(bad).argmax(bad) + 1)


def _dense_add(ctx, op, indices, values, shape, dense):
    indexing.guard_tuples(ctx, op, indices, dense.shape, "shape")
    return _add_at(dense, indexing.index_tuple(indices), values)


def _matmul(ctx, op, indices, values, shape, b):
    np_ = xp(indices, values, b)
    limits = tuple(shape.tolist())
    if op.attrs["adjoint_a"]:
        indices, limits, values = indices[:, ::-1], limits[::-1], values.conj()
    if op.attrs["adjoint_b"]:
        b = b.conj().T
    if limits[1] != b.shape[0]:
        raise _invalid(
            op, f"Cannot multiply A and B because inner dimension does not match: {limits[1]} vs. {b.shape[0]}.  Did you forget a "
            "transpose?"
        )  # fmt: skip
    indexing.guard_tuples(ctx, op, indices, limits, "shape")
    products = values[:, None] * gather.take(b, indices[:, 1])
    return _add_at(np_.zeros((limits[0], b.shape[1]), b.dtype), (indices[:, 0],), products)


def _elementwise(function):
    def emit(ctx, op, indices, values, shape, dense):
        rank = shape.shape[0]
        if dense.ndim > rank:
            raise _invalid(op, f"the dense side has rank {dense.ndim}, more than the sparse one, {rank}")
        sizes = np.array(dense.shape, np.int64)
        wide = shape[rank - dense.ndim :]
        ctx.guard(
            ((sizes != 1) & (sizes != wide)).any(), op,
            f"SparseDenseBinaryOpShared broadcasts dense to sparse only; got incompatible shapes: dense {list(dense.shape)}",
        )  # fmt: skip
        places = indices[:, rank - dense.ndim :] * (sizes != 1)
        beside = xp(dense, places).asarray(dense)[indexing.index_tuple(places)] if dense.ndim else dense
        return function(values, beside).astype(values.dtype)

    return Compiled(emit, folds=True, guards=True)


def _divide(values, beside):
    return values // beside if np.issubdtype(values.dtype, np.integer) else values / beside


# -- of two sparse ones ----------------------------------------------------------------------------------------


def _summed(indices, values, how=np.add):
    """(indices, values): equal indices joined, in row-major order."""
    order = _in_order(indices)
    indices, values = indices[order], values[order]
    is_new = np.ones(len(indices), bool)
    is_new[1:] = (indices[1:] != indices[:-1]).any(axis=1)
    starts = np.flatnonzero(is_new)
    return indices[starts], how.reduceat(values, starts).astype(values.dtype) if starts.size else values


def _add(ctx, op, a, a_values, a_shape, b, b_values, b_shape, thresh):
    _check_same_shape(op, a_shape, b_shape)
    both = np.concatenate([a, b])
    indices, values = _summed(both, np.concatenate([a_values, b_values]))
    is_sum = _summed(both, np.ones(len(both), np.int64))[1] > 1  # the threshold is for sums alone
    kept = ~is_sum | (np.abs(values) >= thresh)
    return indices[kept], values[kept], a_shape


def _check_same_shape(op, a, b):
    if a.shape != b.shape or (a != b).any():
        raise _invalid(op, f"Operands' shapes do not match: {a.tolist()} and {b.tolist()}")


def _add_grad(ctx, op, grad, a, b, indices):
    return _looked_up(grad, indices, a), _looked_up(grad, indices, b)


def _extreme(how):
    def emit(ctx, op, a, a_values, a_shape, b, b_values, b_shape):
        _check_same_shape(op, a_shape, b_shape)
        nothing = np.zeros(len(a) + len(b), a_values.dtype)
        left, right = nothing.copy(), nothing
        left[: len(a)], right[len(a) :] = a_values, b_values
        both = np.concatenate([a, b])
        indices, left = _summed(both, left)
        return indices, how(left, _summed(both, right)[1])

    return Host(emit, because=_BY_VALUES)


# -- reductions ----------------------------------------------------------------------------------------------


def _axes(op, shape, axes):
    """(axes that go, axes that stay)."""
    rank = shape.size
    if any(not -rank <= axis < rank for axis in np.ravel(axes)):
        raise _invalid(op, f"Invalid reduction dimensions {np.ravel(axes).tolist()}, for input with {rank} dimensions.")
    gone = {int(axis) % rank for axis in np.ravel(axes)}
    return gone, [axis for axis in range(rank) if axis not in gone]


def _reduce(is_sum):
    def emit(ctx, op, indices, values, shape, axes):
        np_ = xp(indices, values)
        gone, kept = _axes(op, shape, axes)
        indexing.guard_tuples(ctx, op, indices, tuple(shape.tolist()), "shape")
        at = ((indices[:, kept] * _strides(shape[kept])).sum(axis=1, dtype=np.int64),)
        size = int(np.prod(shape[kept]))
        if is_sum:
            found = _add_at(np_.zeros(size, values.dtype), at, values)
        else:
            low = -np.inf if np.issubdtype(values.dtype, np.floating) else np.iinfo(values.dtype).min
            found = _max_at(np_.full(size, low, values.dtype), at, values)
            there = _add_at(np_.zeros(size, np.int32), at, 1) > 0
            found = np_.where(there, found, 0).astype(values.dtype)
        if op.attrs["keep_dims"]:
            return found.reshape([1 if i in gone else d for i, d in enumerate(shape.tolist())])
        return found.reshape(shape[kept].tolist())

    return Compiled(emit, static=(2, 3), folds=True, guards=True)


def _max_at(whole, at, values):
    if xp(whole, values, *at) is np:
        np.maximum.at(whole, at, values)
        return whole
    return xp(values, *at).asarray(whole).at[at].max(values)


def _reduce_sparse(how):
    def emit(ctx, op, indices, values, shape, axes):
        gone, kept = _axes(op, shape, axes)
        found, values = _summed(indices[:, kept], values, how)
        if not op.attrs["keep_dims"]:
            return found, values, shape[kept]
        wide = np.zeros((len(found), shape.size), np.int64)
        wide[:, kept] = found
        return wide, values, np.where(np.isin(np.arange(shape.size), list(gone)), 1, shape)

    return Host(emit, because=_BY_VALUES)


def _softmax(ctx, op, indices, values, shape):
    np_ = xp(indices, values)
    if values.shape[0] == 0:
        return values
    starts = np_.concatenate([np.zeros(1, bool), (indices[1:, :-1] != indices[:-1, :-1]).any(axis=1)])
    groups, n = np_.cumsum(starts), values.shape[0]
    highest = _max_at(np_.full(n, -np.inf, values.dtype), (groups,), jax.lax.stop_gradient(values))
    powers = np_.exp(values - highest[groups])
    return powers / _add_at(np_.zeros(n, values.dtype), (groups,), powers)[groups]


RULES = {
    "SparseReorder": Compiled(_reorder, folds=True),
    "SparseReshape": Compiled(_reshape, folds=True, guards=True),
    "SparseConcat": Compiled(_concat, folds=True, guards=True),
    "SparseSplit": Host(_split, because=_BY_VALUES),
    "SparseSlice": Host(_slice, because=_BY_VALUES),
    "SparseSliceGrad": Host(_slice_grad, because="it looks indices up"),
    "SparseFillEmptyRows": Host(_fill_empty_rows, because=_BY_VALUES),
    "SparseFillEmptyRowsGrad": Compiled(_fill_empty_rows_grad, folds=True),
    "SparseToDense": Compiled(_to_dense, static=(1,), folds=True, guards=True),
    "SparseTensorDenseAdd": Compiled(_dense_add, folds=True, guards=True),
    "SparseTensorDenseMatMul": Compiled(_matmul, static=(2,), folds=True, guards=True),
    "SparseDenseCwiseAdd": _elementwise(lambda values, beside: values + beside),
    "SparseDenseCwiseMul": _elementwise(lambda values, beside: values * beside),
    "SparseDenseCwiseDiv": _elementwise(_divide),
    "SparseAdd": Host(_add, because=_BY_VALUES),
    "SparseAddGrad": Host(_add_grad, because="it looks indices up"),
    "SparseSparseMaximum": _extreme(np.maximum),
    "SparseSparseMinimum": _extreme(np.minimum),
    "SparseReduceSum": _reduce(is_sum=True),
    "SparseReduceMax": _reduce(is_sum=False),
    "SparseReduceSumSparse": _reduce_sparse(np.add),
    "SparseReduceMaxSparse": _reduce_sparse(np.maximum),
    "SparseSoftmax": Compiled(_softmax),
}
