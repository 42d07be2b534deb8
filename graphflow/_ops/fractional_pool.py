"""Pooling whose windows vary in size, so that an image shrinks by a factor that is no whole number.

Source: Graham, Fractional Max-Pooling (2014).
"""

from __future__ import annotations

import collections

from graphflow._core import dtypes
from graphflow._graph import build, op_def, static_value
from graphflow._ops import array, windows

FractionalMaxPool = collections.namedtuple(
    "FractionalMaxPool", ["output", "row_pooling_sequence", "col_pooling_sequence"]
)
FractionalAvgPool = collections.namedtuple(
    "FractionalAvgPool", ["output", "row_pooling_sequence", "col_pooling_sequence"]
)


def fractional_max_pool(
    value, pooling_ratio, pseudo_random=False, overlapping=False, deterministic=False, seed=0, seed2=0, name=None
):  # fmt: skip
    """The largest entry in each window, of windows drawn at random.

    Args:
        value: [N, H, W, C], a float or an integer type.
        pooling_ratio: four numbers, the first and last 1.0: how many times smaller each axis becomes.
        pseudo_random: whether sizes are spread evenly from a random start, rather than shuffled.
        overlapping: whether the border between two windows belongs to both.
        deterministic: whether every run draws the same windows; `seed` and `seed2` say which.

    Returns:
        (output, row_pooling_sequence, col_pooling_sequence): [N, H', W', C], and int64 where the windows begin, with the end.
    """
    return FractionalMaxPool(*build.apply(
        "FractionalMaxPool", value, pooling_ratio=pooling_ratio, pseudo_random=pseudo_random, overlapping=overlapping,
        deterministic=deterministic, seed=seed, seed2=seed2, name=name,
    ))  # fmt: skip


def fractional_avg_pool(
    value, pooling_ratio, pseudo_random=False, overlapping=False, deterministic=False, seed=0, seed2=0, name=None
):  # fmt: skip
    """As `fractional_max_pool`, with the mean of each window."""
    return FractionalAvgPool(*build.apply(
        "FractionalAvgPool", value, pooling_ratio=pooling_ratio, pseudo_random=pseudo_random, overlapping=overlapping,
        deterministic=deterministic, seed=seed, seed2=seed2, name=name,
    ))  # fmt: skip


@op_def.shape_rule("FractionalMaxPool", "FractionalAvgPool")
def _shape(op):
    ratios = op.attrs["pooling_ratio"]
    if len(ratios) != 4:
        raise build.shape_error(op, f"pooling_ratio must have 4 entries, got {len(ratios)}")
    dims = windows.with_rank(op, 0, 4)
    out = tuple(None if size is None else int(size / ratio) for size, ratio in zip(dims, ratios))
    rows, columns = ((None if size is None else size + 1,) for size in out[1:3])  # TensorFlow forgets the end
    return [out, rows, columns]


@op_def.shape_rule("FractionalMaxPoolGrad")
def _max_gradient_shape(op):
    return [op.inputs[0]._dims]


@op_def.shape_rule("FractionalAvgPoolGrad")
def _avg_gradient_shape(op):
    dims = static_value.shape_from(op.inputs[0])
    return [(None,) * 4 if dims is None else dims]


@op_def.gradient("FractionalMaxPool")
def _max_gradient(op, grad, *_):
    y, rows, columns = op.outputs
    overlapping = op.attrs["overlapping"]
    return build.apply("FractionalMaxPoolGrad", op.inputs[0], y, grad, rows, columns, overlapping=overlapping)


@op_def.gradient("FractionalAvgPool")
def _avg_gradient(op, grad, *_):
    _, rows, columns = op.outputs
    sizes = array.shape(op.inputs[0], out_type=dtypes.int64)
    overlapping = op.attrs["overlapping"]
    return build.apply("FractionalAvgPoolGrad", sizes, grad, rows, columns, overlapping=overlapping)


op_def.not_differentiable(
    "FractionalMaxPoolGrad", "FractionalAvgPoolGrad", because="TensorFlow has no second derivative of it either"
)
