"""Keeping values and norms of tensors within bounds."""

from __future__ import annotations

import collections.abc

from graphflow._core import dtypes
from graphflow._graph import build, tensor
from graphflow._graph import graph as graph_lib
from graphflow._ops import array, dispatch, joining, math, reduce, unary


def _dense(t, name):
    return build.convert_to_tensor(t.values if isinstance(t, tensor.IndexedSlices) else t, name=name)


def _like(t, clipped):
    """`clipped` as what `t` was: rows stay rows."""
    return tensor.IndexedSlices(clipped, t.indices, t.dense_shape) if isinstance(t, tensor.IndexedSlices) else clipped


@dispatch.ragged("unary")
def clip_by_value(t, clip_value_min, clip_value_max, name=None):
    """`t` with smaller elements raised to `clip_value_min` and larger ones lowered to `clip_value_max`.

    Raises:
        ValueError: a bound would widen `t` by broadcasting.
    """
    with build.name_scope(name, "clip_by_value", [t, clip_value_min, clip_value_max]) as scope:
        values = _dense(t, "t")
        lowered = math.minimum(values, clip_value_max)
        values.shape.assert_is_compatible_with(lowered.shape)
        clipped = math.maximum(lowered, clip_value_min, name=scope)
        values.shape.assert_is_compatible_with(clipped.shape)
        return _like(t, clipped)


def clip_by_norm(t, clip_norm, axes=None, name=None):
    """`t` scaled down so that its Euclidean norm over `axes` (all when None) is at most `clip_norm`."""
    with build.name_scope(name, "clip_by_norm", [t, clip_norm]) as scope:
        values = _dense(t, "t")
        squares = reduce.reduce_sum(values * values, axes, keepdims=True)
        positive = squares > 0
        safe = build.apply("Select", positive, squares, array.ones_like(squares))
        norm = build.apply("Select", positive, unary.sqrt(safe), squares)
        scaled = values * clip_norm
        values.shape.assert_is_compatible_with(scaled.shape)
        return _like(t, array.identity(scaled / math.maximum(norm, clip_norm), name=scope))


def _as_sequence(t_list):
    if not isinstance(t_list, collections.abc.Sequence) or isinstance(t_list, str):
        raise TypeError("t_list should be a sequence")
    return list(t_list)


def _members(t_list):
    return [None if t is None else _dense(t, f"t_{i}") for i, t in enumerate(t_list)]


def global_norm(t_list, name=None):
    """The Euclidean norm of all tensors together; None among them is left out.

    Raises:
        TypeError: `t_list` is no sequence.
    """
    t_list = _as_sequence(t_list)
    with build.name_scope(name, "global_norm", t_list):
        halves = []
        for t in _members(t_list):
            if t is not None:
                with graph_lib.get_default_graph().colocate_with(t.op):
                    halves.append(build.apply("L2Loss", t))
        half = reduce.reduce_sum(joining.stack(halves))
        return unary.sqrt(half * build.constant(2.0, dtype=half.dtype.base_dtype), name="global_norm")


def clip_by_global_norm(t_list, clip_norm, use_norm=None, name=None):
    """All tensors scaled by one factor so that their norm together is at most `clip_norm`.

    Args:
        use_norm: the norm, where it is known already; `global_norm(t_list)` when None.

    Returns:
        (the list of scaled tensors, the norm). Where the norm is infinite or NaN the tensors become NaN.

    Raises:
        TypeError: `t_list` is no sequence.
    """
    t_list = _as_sequence(t_list)
    if use_norm is None:
        use_norm = global_norm(t_list, name)
    with build.name_scope(name, "clip_by_global_norm", [*t_list, clip_norm]) as scope:
        dtype = use_norm.dtype.base_dtype
        scale = clip_norm * math.minimum(1.0 / use_norm, build.constant(1.0, dtype=dtype) / clip_norm)
        scale = build.apply("Select", unary.is_finite(use_norm), scale, build.constant(float("nan"), dtype=dtype))
        clipped = []
        for i, t in enumerate(_members(t_list)):
            if t is None:
                clipped.append(None)
                continue
            with graph_lib.get_default_graph().colocate_with(t.op):
                clipped.append(_like(t_list[i], array.identity(t * scale, name=f"{scope}_{i}")))
    return clipped, use_norm


def clip_by_average_norm(t, clip_norm, name=None):
    """`t` scaled down so that its Euclidean norm divided by its number of elements is at most `clip_norm`."""
    with build.name_scope(name, "clip_by_average_norm", [t, clip_norm]) as scope:
        t = build.convert_to_tensor(t, name="t")
        size = math.cast(array.size(t), dtypes.float32)
        inverse = unary.rsqrt(reduce.reduce_sum(t * t, math.range(array.rank(t))))
        scaled = t * clip_norm
        factor = math.minimum(inverse * size, build.constant(1.0) / clip_norm)
        return array.identity(scaled * factor, name=scope)
