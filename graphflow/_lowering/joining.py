"""Rules of `_ops/joining.py`."""

from __future__ import annotations

import numpy as np

from graphflow._core import errors, shapes
from graphflow._lowering.rule import Compiled, xp


def _refused(op, text):
    return errors.InvalidArgumentError(None, op, text)


def _joined(op, parts, axis):
    axis = int(np.ravel(axis)[0])
    first = np.shape(parts[0])
    if not -len(first) <= axis < len(first):
        raise _refused(
            op, f"ConcatOp : Expected concatenating dimensions in the range [{-len(first)}, {len(first)}), got {axis}"
        )
    axis %= len(first)
    for i, part in enumerate(parts):
        if (
            len(part.shape) != len(first)
            or part.shape[:axis] + part.shape[axis + 1 :] != first[:axis] + first[axis + 1 :]
        ):
            what = "Dimensions" if len(part.shape) == len(first) else "Ranks"
            came = f"shape[0] = {shapes.to_text(first)} vs. shape[{i}] = {shapes.to_text(part.shape)}"
            raise _refused(op, f"ConcatOp : {what} of inputs should match: {came}")
    return xp(*parts).concatenate(parts, axis)


def _concat_v2(ctx, op, *values):
    return _joined(op, values[:-1], values[-1])


def _concat(ctx, op, *values):
    return _joined(op, values[1:], values[0])


def _parallel_concat(ctx, op, *values):
    return xp(*values).concatenate(values, 0)


def _concat_offset(ctx, op, axis, *sizes):
    np_ = xp(axis, *sizes)
    here = np.arange(sizes[0].shape[0]) == axis % sizes[0].shape[0]
    found, total = [], 0
    for size in sizes:
        found.append(np_.where(here, total, 0).astype(np.int32))
        total = total + size
    return tuple(found)


def _pack(ctx, op, *values):
    first = np.shape(values[0])
    for i, value in enumerate(values):
        if np.shape(value) != first:
            came = f"values[0].shape = {shapes.to_text(first)} != values[{i}].shape = {shapes.to_text(np.shape(value))}"
            raise _refused(op, f"Shapes of all inputs must match: {came}")
    return xp(*values).stack(values, op.attrs["axis"])


def _unpack(ctx, op, value):
    axis, num = op.attrs["axis"], op.attrs["num"]
    if value.shape[axis] != num:
        raise _refused(op, f"Input shape axis {axis} must equal {num}, got shape {shapes.to_text(value.shape)}")
    before = (slice(None),) * (axis % value.ndim)
    return tuple(value[(*before, i, ...)] for i in range(num))


def _split(ctx, op, axis, value):
    axis, num = int(axis), op.attrs["num_split"]
    size = value.shape[axis]
    if size % num:
        raise _refused(
            op,
            f"Number of ways to split should evenly divide the split dimension, but got split_dim {axis} (size = {size}) and "
            f"num_split {num}",
        )
    return tuple(xp(value).split(value, num, axis))


def _split_v(ctx, op, value, sizes, axis):
    axis, whole = int(axis), value.shape[int(axis)]
    sizes = sizes.tolist()
    given = sum(size for size in sizes if size != -1)
    if given > whole or (-1 not in sizes and given != whole):
        raise _refused(
            op,
            "Determined shape must either match input shape along split_dim exactly if fully specified, or be less than the "
            f"size of the input along split_dim if not fully specified.  Got: {given}",
        )
    sizes = [whole - given if size == -1 else size for size in sizes]
    return tuple(xp(value).split(value, np.cumsum(sizes)[:-1].tolist(), axis))


RULES = {
    "ConcatV2": Compiled(_concat_v2, static=(-1,), folds=True),
    "Concat": Compiled(_concat, static=(0,), folds=True),
    "ConcatOffset": Compiled(_concat_offset, folds=True),
    "ParallelConcat": Compiled(_parallel_concat, folds=True),
    "Pack": Compiled(_pack, folds=True),
    "Unpack": Compiled(_unpack, folds=True),
    "Split": Compiled(_split, static=(0,), folds=True),
    "SplitV": Compiled(_split_v, static=(1, 2), folds=True),
}
