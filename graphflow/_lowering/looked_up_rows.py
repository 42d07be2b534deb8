"""Unique as `embedding_lookup_sparse` uses it: to look each row of a table up once, however many ids name it.

The number of distinct ids depends on values, and the rows looked up, their gradients and the update of the table would be
compiled anew for every number. Where the rows only go into sums, and their gradients into updates, it makes no difference
whether a row is looked up twice: then the ids stay as they are, filled up to one of few sizes with an id that nothing uses.
"""

from __future__ import annotations

import numpy as np

from graphflow._graph import static_value
from graphflow._lowering import row_sums
from graphflow._lowering.rule import Host

_SUMS = frozenset(f"SparseSegment{kind}" for kind in ("Sum", "Mean", "SqrtN"))
_SLOPES = frozenset(("SparseSegmentMeanGrad", "SparseSegmentSqrtNGrad", "UnsortedSegmentSum"))
_GATHERS = frozenset(("GatherV2", "ResourceGather"))
_LINEAR = frozenset(("Identity", "Reshape", "ConcatV2", "Cast", "Neg"))


def row(other):
    """function(op) -> the row of a Unique: ids as they are where they only name rows to sum, else what `other` says."""
    repeated = Host(_repeated, because="how many ids there are depends on values")
    return lambda op: repeated if only_names_rows(op) else other(op)


def _repeated(ctx, op, x):
    size = roomy(x.size)
    rows = np.concatenate([x, np.full(size - x.size, x[0])]) if x.size else x
    return rows, np.arange(x.size, dtype=op.attrs["out_idx"].as_numpy_dtype)


def roomy(count):
    """The power of two from `count` on, at least 8: one of few sizes."""
    return 1 << max((count - 1).bit_length(), 3)


def only_names_rows(unique):
    """Whether the outputs of a Unique only look up rows that are summed, and say which rows their gradients belong to."""
    if not _is_part_of_a_lookup(unique) or static_value.constant_value(unique.inputs[0]) is not None:
        return False
    rows, places = unique.outputs
    gathers = [op for op in rows.consumers() if op.type in _GATHERS and op.inputs[1] is rows]
    return (
        rows.dtype.is_integer
        and bool(gathers)
        and all(op in gathers or op.type == "Size" or _names_updates(op, rows) for op in rows.consumers())
        and all(_are_summed(op.outputs[0], places) for op in gathers)
        and _are_places(places)
    )


def _is_part_of_a_lookup(unique):
    """Whether the scope around is that of a function whose result has the scope's name: nobody asks for what lies within."""
    scope, _, name = unique.name.rpartition("/")
    return name == "Unique" and scope in unique.graph._by_name


def _are_places(t):
    """Whether `t` only says where rows that are added up stand, forwards and backwards."""
    for op in t.consumers():
        if op.type == "Reshape":
            if not _are_places(op.outputs[0]):
                return False
        elif op.type == "Size":
            continue
        elif op.type not in _SUMS | _SLOPES | _GATHERS or op.inputs[1] is not t:
            return False
        elif op.type in _SLOPES and not _are_added(op.outputs[0]):
            return False
    return True


def _names_updates(op, t):
    """Whether `t`, the rows of a gradient, only says to `op` which rows of a variable change."""
    if op.type in ("Reshape", "ConcatV2", "Identity"):
        return all(_names_updates(user, op.outputs[0]) for user in op.outputs[0].consumers())
    return op.type == "Unique" or row_sums.argument(op, t) == "indices"


def _are_summed(t, places):
    """Whether rows that were looked up are only used as the rows at `places`."""
    for op in t.consumers():
        if op.type == "Identity":
            if not _are_summed(op.outputs[0], places):
                return False
        elif op.type == "Shape":
            if not _counts_rows(op.outputs[0]):
                return False
        elif op.type not in _SUMS | _GATHERS or op.inputs[0] is not t or op.inputs[1] is not places:
            return False
    return True


def _counts_rows(t):
    """Whether the shape of looked up rows, or their number, only tells gradients how many rows they have."""
    if not t.consumers():
        return False
    for op in t.consumers():
        if op.type in ("Cast", "Identity") or (op.type == "StridedSlice" and op.inputs[0] is t):
            begin = static_value.constant_value(op.inputs[1]) if op.type == "StridedSlice" else None
            is_of_columns = begin is not None and begin.tolist() == [1]
            if not is_of_columns and not _counts_rows(op.outputs[0]):
                return False
        elif op.type not in _SLOPES or t in (op.inputs[0], op.inputs[1]):
            return False
    return True


def _are_added(t):
    """Whether the rows of a gradient are only added up: then a row may come in parts, and rows of zeros do not matter."""
    for op in t.consumers():
        is_scaled = op.type == "Mul" and any(factor._dims == () for factor in op.inputs)
        if op.type in _LINEAR or is_scaled:
            if not _are_added(op.outputs[0]):
                return False
        elif op.type == "UnsortedSegmentSum":
            if op.inputs[0] is not t:
                return False
        elif row_sums.argument(op, t) != "updates":
            return False
    return True
