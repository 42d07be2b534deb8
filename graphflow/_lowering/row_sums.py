"""Unique as optimizers use it: to add up the rows of a sparse gradient that name the same row of a variable.

The number of distinct rows depends on values: as an output shape it would break a training step into three and compile it anew
for every batch. Where the distinct rows go nowhere but into an update, they may stay where they are instead: each index keeps
its place, the sum stands where an index occurs first, and the other rows of the sum are zeros, which updates leave out or add.
"""

from __future__ import annotations

import jax.numpy as jnp
from jax import lax

from graphflow._lowering.rule import Compiled, is_plain
from graphflow._ops import training_ops

_ADDING = frozenset(("ScatterAdd", "ScatterSub", "ResourceScatterAdd", "ResourceScatterSub"))
_KEEPING_ZEROS = frozenset(("Mul", "Square", "Neg", "Identity", "Cast"))


def row(host):
    """function(op) -> the row of a Unique: compiled where it only adds up rows, else `host`."""

    def unique(ctx, op, x):
        if is_plain(x):
            return host.emit(ctx, op, x)
        return x, first_places(x).astype(op.attrs["out_idx"].as_numpy_dtype)

    compiled = Compiled(unique, folds=True)
    return lambda op: compiled if only_adds_rows(op) else host


def first_places(x):
    """For each element of a vector, the place where its value occurs first."""
    order = jnp.argsort(x, stable=True)
    in_order, places = x[order], jnp.arange(x.size)
    is_new = jnp.concatenate([jnp.ones(1, bool), in_order[1:] != in_order[:-1]])
    starts = lax.cummax(jnp.where(is_new, places, 0))
    return jnp.zeros_like(order).at[order].set(order[starts], unique_indices=True)


def only_adds_rows(unique):
    """Whether the outputs of a Unique only serve to add up rows that then update a variable."""
    rows, places = unique.outputs
    sums = [op for op in places.consumers() if op.type == "UnsortedSegmentSum" and op.inputs[1] is places]
    return (
        rows.dtype.is_integer
        and len(sums) == len(places.consumers()) > 0
        and all(_counts_for(sums, op) or argument(op, rows) == "indices" for op in rows.consumers())
        and all(_ends_in_updates(op.outputs[0]) for op in sums)
    )


def argument(op, t):
    """The name of the argument that `t` is of an update of rows; empty where `op` is no such update."""
    if op.type not in _ADDING and op.type not in training_ops.SPARSE_TYPES:
        return ""
    return op.op_def.inputs[op.inputs.index(t)].name


def _counts_for(sums, shape):
    """Whether a Shape only tells the sums how many rows there are."""
    if shape.type != "Shape":
        return False
    for part in shape.outputs[0].consumers():
        if part.type != "StridedSlice" or any(op not in sums for op in part.outputs[0].consumers()):
            return False
    return True


def _ends_in_updates(t):
    """Whether rows of zeros in `t` change nothing: whatever is computed from them is zero, and is added or left out."""
    stack, seen = [t], set()
    while stack:
        t = stack.pop()
        for op in t.consumers():
            if op.type in _KEEPING_ZEROS:
                if op not in seen:
                    seen.add(op)
                    stack.extend(op.outputs)
            elif argument(op, t) not in ("grad", "updates"):
                return False
    return True
