"""Rows of numbers."""

from __future__ import annotations

from graphflow._core import dtypes
from graphflow._graph import build, op_def
from graphflow._ops import math, ragged_tensor

_TYPES = (dtypes.int32, dtypes.int64, dtypes.float32, dtypes.float64)


def range(starts, limits=None, deltas=1, dtype=None, name=None, row_splits_dtype=dtypes.int64):
    """Rows of numbers, each as `tf.range`.

    Args:
        starts, limits, deltas: scalars or vectors `[rows]`; with `limits` None the rows begin at 0 and end at `starts`.
        dtype: of the numbers; int32, int64, float32 or float64, whichever holds all that is given, when None.

    Returns:
        RaggedTensor `[rows, (numbers)]`.
    """
    if limits is None:
        starts, limits = 0, starts
    with build.name_scope(name, "RaggedRange", [starts, limits, deltas]) as scope:
        given = [
            build.convert_to_tensor(value, dtype, label)
            for value, label in ((starts, "starts"), (limits, "limits"), (deltas, "deltas"))
        ]
        if dtype is None:
            common = max((t.dtype.base_dtype for t in given), key=_TYPES.index)
            given = [math.cast(t, common) for t in given]
        splits, values = build.apply("RaggedRange", *given, Tsplits=row_splits_dtype, name=scope)
        return ragged_tensor.RaggedTensor(values, splits)


@op_def.shape_rule("RaggedRange")
def _range_shape(op):
    rows = next((t._dims[0] for t in op.inputs if t._dims), None)
    return [
        (None if rows is None and any(t._dims != () for t in op.inputs) else 2 if rows is None else rows + 1,),
        (None,),
    ]


op_def.not_differentiable("RaggedRange", because="its rows are counted off")
