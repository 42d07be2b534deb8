"""Statistics of samples."""

from __future__ import annotations

from graphflow._core import dtypes
from graphflow._graph import build, static_value
from graphflow._ops import array, clip, joining, math, rearrange, top_k, unary

_ROUNDED = {
    "lower": unary.ceil,
    "higher": unary.floor,
    "nearest": unary.round,
}  # the values are counted from the largest


def percentile(x, q, axis=None, interpolation=None, keep_dims=False, validate_args=False, name=None):
    """The value of `x` that lies `q` percent of the way from its smallest to its largest; the median for 50.

    Args:
        x: float tensor of known rank; of any where `axis` is None.
        q: scalar in [0, 100].
        axis: int or list of ints that the samples lie along; all when None.
        interpolation: "nearest" (None), "lower" or "higher": which of two neighbours is taken.
        keep_dims: whether the axes stay with size 1.

    Returns:
        a tensor of the dtype of `x`.

    Raises:
        ValueError: an unknown interpolation, an axis or rank that is not known.
    """
    rounded = _ROUNDED.get("nearest" if interpolation is None else interpolation)
    if rounded is None:
        raise ValueError(f"Argument 'interpolation' must be in {set(_ROUNDED)}.  Found {interpolation}")
    with build.name_scope(name or "percentile", None, [x, q]):
        x = build.convert_to_tensor(x, name="x")
        q = math.cast(q, dtypes.float64, name="q")
        y, kept = _samples_last(x, axis)
        place = 1.0 - q / 100.0
        count = math.cast(array.shape(y)[-1], dtypes.float64)
        place = math.cast(rounded((count - 1) * place), dtypes.int32)
        size = array.shape(y)[-1]
        place = clip.clip_by_value(place, 0, size - 1)
        found = top_k.top_k(y, size)[0][..., place]
        found.set_shape(y.get_shape()[:-1])
        return array.reshape(found, kept) if keep_dims else found


def _samples_last(x, axis):
    """`x` with the axes of samples as its one last axis, and the shape of the result with them kept."""
    if axis is None:
        return array.reshape(x, [-1]), array.ones_like(array.shape(x))
    axes = static_value.constant_value(build.convert_to_tensor(axis, name="axis"))
    rank = x.get_shape().ndims
    if axes is None or rank is None:
        raise ValueError(f"percentile along an axis needs a known axis and rank, got {axis} and {x}")
    axes = [int(a) % rank for a in axes.ravel()]
    others = [a for a in range(rank) if a not in axes]
    whole = array.shape(x)
    kept = joining.stack([1 if a in axes else whole[a] for a in range(rank)])
    moved = rearrange.transpose(x, others + axes)
    y = array.reshape(moved, array.concat([array.shape(moved)[: len(others)], [-1]], 0))
    return y, kept
