"""Rules of `_ops/sparse_store.py`: SparseTensors that the session keeps under numbers."""

from __future__ import annotations

import itertools

import numpy as np

from graphflow._core import errors
from graphflow._lowering import queues, rule


class _Shelf:
    """SparseTensors by number."""

    def __init__(self):
        self.kept = {}
        self.numbers = itertools.count()

    def add(self, *parts):
        number = next(self.numbers)
        self.kept[number] = parts
        return number


def _shelf(ctx, op):
    """The shelf of an operation; those that take name the one that added."""
    key = ("sparse tensors", queues.resource_key(op)[1])
    return ctx.resources.get(key) or ctx.resources.setdefault(key, _Shelf())


def _add(ctx, op, indices, values, shape):
    return np.int64(_shelf(ctx, op).add(indices, values, shape))


def _add_many(ctx, op, indices, values, shape):
    if len(shape) < 2:
        raise errors.InvalidArgumentError(
            None, op, f"Rank of input SparseTensor should be > 1, but saw rank: {len(shape)}"
        )
    shelf, rows = _shelf(ctx, op), indices[:, 0]
    at = np.searchsorted(rows, np.arange(shape[0] + 1))
    return np.array([shelf.add(indices[a:b, 1:], values[a:b], shape[1:]) for a, b in itertools.pairwise(at)], np.int64)


def _take_many(ctx, op, handles):
    shelf, found = _shelf(ctx, op), []
    for handle in handles.tolist():
        if handle not in shelf.kept:
            raise errors.InvalidArgumentError(
                None, op, f"Unable to find SparseTensor: {handle} in map: {op.attrs['shared_name'].decode()}"
            )
        found.append(shelf.kept.pop(handle))
    ranks = {len(shape) for _, _, shape in found}
    if len(ranks) != 1:
        raise errors.InvalidArgumentError(None, op, f"Inconsistent rank across SparseTensors: {sorted(ranks)}")
    indices = [
        np.concatenate([np.full((len(where), 1), row, np.int64), where], axis=1)
        for row, (where, _, _) in enumerate(found)
    ]
    shape = np.max([shape for _, _, shape in found], axis=0)
    return (
        np.concatenate(indices), np.concatenate([values for _, values, _ in found]),
        np.concatenate([[len(found)], shape]).astype(np.int64),
    )  # fmt: skip


_BECAUSE = "the session keeps the tensors"
RULES = {
    "AddSparseToTensorsMap": rule.Host(_add, because=_BECAUSE),
    "AddManySparseToTensorsMap": rule.Host(_add_many, because=_BECAUSE),
    "TakeManySparseFromTensorsMap": rule.Host(_take_many, because=_BECAUSE),
}
