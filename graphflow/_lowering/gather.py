"""Rules of `_ops/gather.py`. XLA clamps a bad index in silence; the guards say what TensorFlow says."""

from __future__ import annotations

import numpy as np

from graphflow._core import errors
from graphflow._graph import static_value
from graphflow._lowering import indexing
from graphflow._lowering.rule import Compiled, PerOp, xp

_OUT_OF_RANGE = "indices{at} = {value} is not in [0, {size})"


def take(params, indices, axis=0):
    """The entries of `params` along `axis`, indices taken as valid."""
    if xp(params, indices) is np:
        return params.take(indices, axis)
    return xp(params, indices).take(params, indices, axis=axis, mode="clip")


def _gather(ctx, op, params, indices, axis):
    batch = op.attrs["batch_dims"]
    axis = int(np.ravel(axis)[0]) % params.ndim
    indexing.guard_range(ctx, op, indices, params.shape[axis], _OUT_OF_RANGE)
    if batch:
        return _gather_of_each(params, indices, axis, batch + indices.ndim if batch < 0 else batch)
    return take(params, indices, axis)


def _gather_of_each(params, indices, axis, batch):
    """`take` for each of the leading `batch` axes: the indices of those axes stand beside the given ones."""
    np_ = xp(params, indices)
    inner = indices.ndim - batch
    grid = [np.arange(n).reshape((-1,) + (1,) * (indices.ndim - i - 1)) for i, n in enumerate(indices.shape[:batch])]
    found = np_.moveaxis(params, axis, batch)[(*grid, indices)]
    return np_.moveaxis(found, range(batch, batch + inner), range(axis, axis + inner))


def _gather_v1(ctx, op, params, indices):
    indexing.guard_range(ctx, op, indices, params.shape[0], _OUT_OF_RANGE)
    return take(params, indices)


def _gather_nd(ctx, op, params, indices):
    indexing.guard_tuples(ctx, op, indices, params.shape, "param shape")
    if indices.shape[-1] == 0:
        return xp(params).broadcast_to(params, indices.shape[:-1] + params.shape)
    return xp(params, indices).asarray(params)[indexing.index_tuple(indices)]


def _scatter_nd(ctx, op, indices, updates, shape):
    sizes = tuple(shape.tolist())
    whole = xp(indices, updates).zeros(sizes, updates.dtype)
    return _scattered(ctx, op, whole, indices, updates, "add")


def _tensor_scatter(how):
    def emit(ctx, op, whole, indices, updates):
        return _scattered(ctx, op, whole, indices, updates, how)

    return Compiled(emit, folds=True, guards=True)


def _inplace(how):
    """Rows with the numbers `i`, which wrap around, replaced or changed; the input stays as it was."""

    def emit(ctx, op, x, i, rows):
        if i.ndim != 1 or rows.shape != (i.shape[0], *x.shape[1:]):
            raise ValueError(
                f"i must be a vector of as many numbers as v has rows, and these rows like those of x {list(x.shape)}"
            )
        return _scattered(ctx, op, x, (i % max(x.shape[0], 1))[:, None], rows, how)

    return Compiled(emit, folds=True, guards=True)


_ON_NUMPY = {"add": np.add.at, "subtract": np.subtract.at}


def _scattered(ctx, op, whole, indices, updates, how):
    indexing.guard_tuples(ctx, op, indices, whole.shape, "shape")
    depth = indices.shape[-1]
    if updates.shape != indices.shape[:-1] + whole.shape[depth:]:
        raise errors.InvalidArgumentError(
            None,
            op,
            f"updates of shape {list(updates.shape)} do not fit indices of shape {list(indices.shape)} into {list(whole.shape)}",
        )
    at = indexing.index_tuple(indices) if depth else ...
    if depth == 0 and how != "set":
        updates = updates.sum(axis=tuple(range(indices.ndim - 1)))
    elif depth == 0:
        updates = updates.reshape((-1, *whole.shape))[-1]
    if xp(whole, indices, updates) is np:
        whole = whole.copy()
        if how == "set":
            whole[at] = updates
        else:
            _ON_NUMPY[how](whole, at, updates)
        return whole
    return getattr(xp(whole, indices, updates).asarray(whole).at[at], how)(updates)


def _row(emit, static=()):
    """With constant indices a bad one is found while tracing: such a row does not fail at run time."""
    checked = Compiled(emit, static=static, folds=True)
    guarded = Compiled(emit, static=static, folds=True, guards=True)
    return PerOp(lambda op: guarded if static_value.constant_value(op.inputs[1]) is None else checked)


RULES = {
    "Gather": _row(_gather_v1),
    "GatherV2": _row(_gather, static=(2,)),
    "GatherNd": Compiled(_gather_nd, folds=True, guards=True),
    "ScatterNd": Compiled(_scatter_nd, static=(2,), folds=True, guards=True),
    "ScatterNdNonAliasingAdd": _tensor_scatter("add"),
    "TensorScatterAdd": _tensor_scatter("add"),
    "TensorScatterSub": _tensor_scatter("subtract"),
    "TensorScatterUpdate": _tensor_scatter("set"),
    "InplaceAdd": _inplace("add"),
    "InplaceSub": _inplace("subtract"),
    "InplaceUpdate": _inplace("set"),
}
