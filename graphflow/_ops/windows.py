"""Sliding windows: the arithmetic that convolutions, pooling and their lowerings share.

Sizes may be None where they are unknown while the graph is built.
"""

from __future__ import annotations

from graphflow._core import shapes
from graphflow._graph import build


def extent(window, dilation=1):
    """The cells a window spans when its taps lie `dilation` apart."""
    return None if window is None else window + (window - 1) * (dilation - 1)


def output_size(op, size, window, stride, padding, dilation=1, pads=(0, 0)):
    """How many places a window has along one axis.

    Args:
        op: named in errors.
        padding: b"SAME", b"VALID" or b"EXPLICIT".
        pads: cells added before and after, for b"EXPLICIT".
    """
    if size is None:
        return None
    if padding == b"SAME":
        return -(-size // stride)
    span = extent(window, dilation)
    if span is None:
        return None
    size += sum(pads)
    if size + stride - span < 0 or size < span:
        raise build.shape_error(op, f"Negative dimension size caused by subtracting {span} from {size}")
    return (size - span) // stride + 1


def same_pads(size, window, stride, dilation=1):
    """The zeros that "SAME" adds before and after an axis; the odd one goes behind."""
    total = max((-(-size // stride) - 1) * stride + extent(window, dilation) - size, 0)
    return total // 2, total - total // 2


def pads_of(attrs, sizes, windows, strides, dilations):
    """(before, after) for each spatial axis, from the attributes of an operation and sizes that are known."""
    padding = attrs["padding"]
    if padding == b"SAME":
        return [same_pads(*row) for row in zip(sizes, windows, strides, dilations)]
    if padding == b"EXPLICIT":
        flat = attrs["explicit_paddings"]
        return [(flat[2 * a], flat[2 * a + 1]) for a in spatial_axes(attrs, len(flat) // 2)]
    return [(0, 0)] * len(sizes)


def channels_first(attrs):
    """Whether the channels are axis 1 (NCHW) rather than the last (NHWC)."""
    return attrs.get("data_format", b"").startswith(b"NC")


def channel_axis(attrs, rank):
    """The axis of the channels."""
    return 1 if channels_first(attrs) else rank - 1


def spatial_axes(attrs, rank):
    """The axes between batch and channels."""
    return range(2, rank) if channels_first(attrs) else range(1, rank - 1)


def spatial(attrs, key, rank):
    """The spatial entries of a list attribute such as `strides`; ones where the operation has no such attribute."""
    values = attrs.get(key)
    return [1 if values is None else values[a] for a in spatial_axes(attrs, rank)]


def assemble(attrs, batch, sizes, channels):
    """A plain shape from its parts, in the layout of the operation."""
    return (batch, channels, *sizes) if channels_first(attrs) else (batch, *sizes, channels)


def with_rank(op, position, rank):
    """The plain shape of an input that must have `rank`; unknown sizes where nothing is known."""
    dims = op.inputs[position]._dims
    if dims is None:
        return (None,) * rank
    if len(dims) != rank:
        raise build.shape_error(op, f"Shape must be rank {rank} but is rank {len(dims)}")
    return dims


def equal(op, a, b):
    """The size known from either; ValueError of the operation where they differ."""
    if a is not None and b is not None and a != b:
        raise build.shape_error(op, f"Dimensions must be equal, but are {a} and {b}")
    return b if a is None else a


def per_axis(value, n, channel_index, name):
    """A size or stride argument as a list over all axes: from one number, one a spatial axis, or the whole list.

    Raises:
        ValueError: the list has another length.
    """
    if value is None:
        value = [1]
    elif not hasattr(value, "__len__"):
        value = [value]
    if len(value) == n + 2:
        return value
    if len(value) == 1:
        value = [value[0]] * n
    elif len(value) != n:
        raise ValueError(f"{name} should be of length 1, {n} or {n + 2} but was {len(value)}")
    return [1, 1, *value] if channel_index == 1 else [1, *value, 1]


def renamed(new_name, new, old_name, old):
    """The value of an argument that has a newer and an older name.

    Raises:
        ValueError: both were given.
    """
    if old is None:
        return new
    if new is not None:
        raise ValueError(f"Cannot specify both '{old_name}' and '{new_name}'")
    return old


def fully_known(dims):
    """Whether rank and sizes are all known."""
    return shapes.num_elements(dims) is not None
