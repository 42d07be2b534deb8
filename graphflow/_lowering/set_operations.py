"""Rules of `_ops/set_operations.py`: rows are gathered by the indices of all axes but the last."""

from __future__ import annotations

import collections

import numpy as np

from graphflow._core import errors
from graphflow._lowering import rule

_BY_VALUES = "the size of sets depends on values"
_OPERATIONS = {
    b"a-b": lambda a, b: a - b,
    b"b-a": lambda a, b: b - a,
    b"intersection": lambda a, b: a & b,
    b"union": lambda a, b: a | b,
}


def _sparse_rows(op, indices, values, shape, ordered):
    """{index of a row: list of its values}."""
    if ordered and len(indices) > 1:
        steps = [tuple(index) for index in indices.tolist()]
        if any(first >= second for first, second in zip(steps, steps[1:])):
            raise errors.InvalidArgumentError(
                None, op, "the indices of a sparse tensor are out of order or repeated: `tf.sparse.reorder` sorts them"
            )
    if len(indices) and ((indices < 0) | (indices >= shape)).any():
        raise errors.InvalidArgumentError(None, op, f"an index is out of bounds of the dense shape {shape.tolist()}")
    rows = collections.defaultdict(list)
    for index, value in zip(indices.tolist(), values.tolist()):
        rows[tuple(index[:-1])].append(value)
    return rows


def _dense_rows(x):
    return {index: x[index].tolist() for index in np.ndindex(x.shape[:-1])}


def _set_size(ctx, op, indices, values, shape):
    out = np.zeros(shape[:-1], np.int32)
    for index, row in _sparse_rows(op, indices, values, shape, op.attrs["validate_indices"]).items():
        out[index] = len(set(row))
    return out


def _set_operation(ctx, op, *inputs):
    operation = _OPERATIONS.get(op.attrs["set_operation"].lower())
    if operation is None:
        raise errors.InvalidArgumentError(None, op, f"Invalid set_operation {op.attrs['set_operation'].decode()!r}.")
    sides, left = [], list(inputs)
    for kind in op.type.removesuffix("SetOperation").split("To"):
        if kind == "Dense":
            x = left.pop(0)
            sides.append((_dense_rows(x), x.shape))
        else:
            indices, values, shape = left[:3]
            del left[:3]
            sides.append(
                (_sparse_rows(op, indices, values, shape, op.attrs["validate_indices"]), tuple(shape.tolist()))
            )
    (a, shape), (b, other) = sides
    if len(shape) < 2 or len(shape) != len(other) or shape[:-1] != other[:-1]:
        raise errors.InvalidArgumentError(
            None,
            op,
            f"Sets are rows of tensors alike in all axes but the last; got shapes {list(shape)} and {list(other)}",
        )
    found = {}
    for index in sorted(a.keys() | b.keys()):
        row = operation(set(a.get(index, ())), set(b.get(index, ())))
        if row:
            found[index] = sorted(row)
    values = [value for row in found.values() for value in row]
    flat = np.empty(len(values), inputs[1 if op.type.startswith("Sparse") else 0].dtype)
    flat[:] = values
    indices = [(*index, j) for index, row in found.items() for j in range(len(row))]
    most = max(map(len, found.values()), default=0)
    return np.array(indices, np.int64).reshape(-1, len(shape)), flat, np.array([*shape[:-1], most], np.int64)


# -- edit distance -------------------------------------------------------------------------------------------------------


def _edit_distance(ctx, op, h_indices, h_values, h_shape, t_indices, t_values, t_shape):
    if len(h_shape) != len(t_shape):
        raise errors.InvalidArgumentError(
            None,
            op,
            f"hypothesis and truth must have the same rank; got shapes {h_shape.tolist()} and {t_shape.tolist()}",
        )
    hypotheses = _sparse_rows(op, h_indices, h_values, h_shape, ordered=False)
    truths = _sparse_rows(op, t_indices, t_values, t_shape, ordered=False)
    out = np.zeros(np.maximum(h_shape, t_shape)[:-1], np.float32)
    for index in hypotheses.keys() | truths.keys():
        hypothesis, truth = hypotheses.get(index, []), truths.get(index, [])
        distance = levenshtein(hypothesis, truth)
        if op.attrs["normalize"]:
            distance = distance / len(truth) if truth else np.inf
        out[index] = distance
    return out


def levenshtein(first, second):
    """The fewest insertions, deletions and exchanges that make one list the other."""
    row = list(range(len(second) + 1))
    for i, item in enumerate(first, 1):
        above, row[0] = row[0], i
        for j, other in enumerate(second, 1):
            above, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, above + (item != other))
    return row[-1]


RULES = {
    "SetSize": rule.Host(_set_size, because=_BY_VALUES),
    "DenseToDenseSetOperation": rule.Host(_set_operation, because=_BY_VALUES),
    "DenseToSparseSetOperation": rule.Host(_set_operation, because=_BY_VALUES),
    "SparseToSparseSetOperation": rule.Host(_set_operation, because=_BY_VALUES),
    "EditDistance": rule.Host(_edit_distance, because="it walks through sequences element by element"),
}
