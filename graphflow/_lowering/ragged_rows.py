"""Rules of the `_ops/ragged_*` files: rows gathered, counted off, and boxed as elements of datasets."""

from __future__ import annotations

import numpy as np

from graphflow._core import errors
from graphflow._lowering import rule


class Box:
    """A ragged tensor, or the values of a row, as one value.

    Args:
        splits: the row splits of all ragged axes; none for the values of a row.
        flat: the innermost values.
    """

    def __init__(self, splits, flat):
        self.splits, self.flat = tuple(splits), flat


def taken(splits, flat, rows):
    """(splits, flat) of the rows with these numbers: of each ragged axis, then of the innermost values."""
    made = []
    for s in splits:
        starts, lengths = s[:-1][rows], np.diff(s)[rows]
        ends = np.concatenate([[0], np.cumsum(lengths)])
        made.append(ends.astype(s.dtype))
        rows = np.repeat(starts - ends[:-1], lengths) + np.arange(ends[-1])
    return made, flat[rows]


def _gather(ctx, op, *inputs):
    *splits, flat, indices = inputs
    rows = len(splits[0]) - 1
    wrong = (indices < 0) | (indices >= rows)
    if wrong.any():
        raise errors.InvalidArgumentError(None, op, f"indices = {indices[wrong][0]} is not in [0, {rows})")
    made, values = taken(splits, flat, indices.reshape(-1))
    if not indices.ndim:
        return (*made[1:], values)
    outer, count = [], 1
    for before, size in zip(indices.shape, indices.shape[1:]):  # a matrix of indices gives rows of rows
        count *= before
        outer.append((np.arange(count + 1) * size).astype(splits[0].dtype))
    return (*outer, *made, values)


def _range(ctx, op, starts, limits, deltas):
    sizes = {value.shape[0] for value in (starts, limits, deltas) if value.ndim}
    if len(sizes) > 1:
        raise errors.InvalidArgumentError(None, op, "starts, limits, and deltas must have the same shape")
    if not np.all(deltas):
        raise errors.InvalidArgumentError(None, op, "Requires delta != 0")
    rows = sizes.pop() if sizes else 1
    parts = [np.broadcast_to(value, (rows,)) for value in (starts, limits, deltas)]
    lengths = np.maximum(np.ceil((parts[1] - parts[0]) / parts[2]), 0).astype(np.int64)
    ends = np.concatenate([[0], np.cumsum(lengths)])
    steps = (np.arange(ends[-1]) - np.repeat(ends[:-1], lengths)).astype(starts.dtype)
    values = np.repeat(parts[0], lengths) + steps * np.repeat(parts[2], lengths)
    return ends.astype(op.attrs["Tsplits"].as_numpy_dtype), values.astype(starts.dtype)


# -- elements of datasets ------------------------------------------------------------------------------------------------


def _boxed(values, shape=()):
    out = np.empty(len(values), object)
    out[:] = values
    return out.reshape(shape)


def _to_variant(ctx, op, *inputs):
    *splits, flat = inputs
    if not op.attrs["batched_input"]:
        return _boxed([Box(splits, flat)])
    rows = []
    for i in range(len(splits[0]) - 1):
        inner, values = taken(splits, flat, np.array([i]))
        rows.append(Box(inner[1:], values))
    return _boxed(rows, (len(rows),))


def _from_variant(ctx, op, boxes):
    wanted, splits_type = op.attrs["output_ragged_rank"], op.attrs["Tsplits"].as_numpy_dtype
    given = op.attrs["input_ragged_rank"]
    given = wanted - boxes.ndim if given < 0 else given
    if given + boxes.ndim != wanted:
        raise errors.InvalidArgumentError(
            None, op, "output_ragged_rank must be equal to input_ragged_rank + encoded_ragged.dims(); output_ragged_rank: "
            f"{wanted}, input_ragged_rank: {given}, encoded_ragged.dims(): {boxes.ndim}."
        )  # fmt: skip
    found = boxes.reshape(-1).tolist()
    for box in found:
        if len(box.splits) != given:
            raise errors.InvalidArgumentError(
                None, op, f"Encoded input RaggedTensorVariant has ragged_rank={len(box.splits)}. Expected: {given}."
            )
    outer, count = [], 1
    for before, size in zip(boxes.shape, boxes.shape[1:]):
        count *= before
        outer.append(np.arange(count + 1) * size)
    if boxes.ndim:
        lengths = [len(box.splits[0]) - 1 if given else len(box.flat) for box in found]
        outer.append(np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]))
    inner = [_continued([box.splits[i] for box in found]) for i in range(given)]
    kind = op.attrs["Tvalues"].as_numpy_dtype
    values = np.concatenate([box.flat for box in found]) if found else np.zeros(0, kind)
    return (*[s.astype(splits_type) for s in (*outer, *inner)], values)


def _continued(splits):
    """The splits of rows one after another."""
    ends = np.cumsum([0, *(s[-1] for s in splits)])
    return np.concatenate([[0], *(s[1:] + end for s, end in zip(splits, ends))]).astype(np.int64)


_ROWS = "the lengths of rows depend on values"

RULES = {
    "RaggedGather": rule.Host(_gather, because=_ROWS),
    "RaggedRange": rule.Host(_range, because=_ROWS),
    "RaggedTensorToVariant": rule.Host(_to_variant, because=_ROWS),
    "RaggedTensorFromVariant": rule.Host(_from_variant, because=_ROWS),
}
