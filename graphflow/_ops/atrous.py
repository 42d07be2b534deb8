"""Dilated ("a trous") windows: the input is taken apart into interleaved maps on which the taps are neighbours.

And the convolutions that are composed that way: convolution, atrous_conv2d, depthwise_conv2d, separable_conv2d.
"""

from __future__ import annotations

import numpy as np

from graphflow._core import dtypes, shapes
from graphflow._graph import build, static_value
from graphflow._ops import array, blocks, conv, joining, windows


def with_space_to_batch(input, dilation_rate, padding, op, filter_shape=None, spatial_dims=None, data_format=None):
    """Applies a windowed operation with its taps `dilation_rate` apart.

    Args:
        input: `[N, ...]` with spatial axes `spatial_dims`, those behind the batch when None.
        dilation_rate: int `[n]`, one a spatial axis.
        padding: "SAME" or "VALID"; "SAME" needs `filter_shape`.
        op: function(input, number of spatial axes, padding), the operation without dilation.
        filter_shape: sizes of the window, spatial ones first.

    Returns:
        what `op` gives on `input` where all rates are 1, else its results on the interleaved maps, put together.

    Raises:
        ValueError: a rate is no positive vector, the axes are not ascending, or `input` has too few of them.

    Source: Holschneider et al., A Real-Time Algorithm for Signal Analysis with the Help of the Wavelet Transform (1990).
    """
    input = build.convert_to_tensor(input, name="input")
    first = data_format is not None and data_format.startswith("NC")
    rate = build.convert_to_tensor(dilation_rate, dtype=dtypes.int32, name="dilation_rate")
    if rate._dims is not None and len(rate._dims) != 1:
        raise ValueError(f"rate must be rank 1, got shape {rate.get_shape()}")
    if not windows.fully_known(rate._dims):
        raise ValueError("rate must have known shape")
    n = rate._dims[0]
    spatial_dims = _checked_axes(input, spatial_dims, n, first)
    known_rate = static_value.constant_value(rate)
    if known_rate is not None:
        if np.any(known_rate < 1):
            raise ValueError(f"dilation_rate must be positive, got {known_rate.tolist()}")
        if np.all(known_rate == 1):
            return op(input, n, padding)
    base = _base_paddings(padding, filter_shape, n, rate if known_rate is None else known_rate)
    dims = input._dims
    sizes = None if dims is None else [dims[a] for a in spatial_dims]
    if sizes is None or None in sizes:
        at_run_time = array.shape(input)
        sizes = joining.stack([at_run_time[a] for a in spatial_dims])
    paddings, crops = blocks.required_space_to_batch_paddings(input_shape=sizes, base_paddings=base, block_shape=rate)
    block = _over_all_axes(rate, 1, spatial_dims)
    paddings = _over_all_axes(paddings, 0, spatial_dims)
    crops = _over_all_axes(crops, 0, spatial_dims)
    apart = blocks.space_to_batch_nd(input=input, block_shape=block, paddings=paddings)
    return blocks.batch_to_space_nd(input=op(apart, n, "VALID"), block_shape=block, crops=crops)


def _checked_axes(input, spatial_dims, n, channels_first):
    start = 2 if channels_first else 1
    given = list(range(start, n + start) if spatial_dims is None else spatial_dims)
    axes = sorted({int(a) for a in given})
    if axes != given or any(a < 1 for a in axes):
        raise ValueError(f"spatial_dims must be a monotonically increasing sequence of positive integers, got {given}")
    rank = axes[-1] if channels_first else axes[-1] + 1
    if input._dims is not None and len(input._dims) < rank:
        raise ValueError(f"input tensor must have rank {rank} at least, got shape {input.get_shape()}")
    return axes


def _base_paddings(padding, filter_shape, n, rate):
    """The zeros each spatial axis gets on both sides before it is taken apart."""
    if padding == "VALID":
        return np.zeros([n, 2], np.int32)
    if padding != "SAME":
        raise ValueError(f"Invalid padding method {padding!r}")
    if filter_shape is None:
        raise ValueError("filter_shape must be specified for SAME padding")
    filter_shape = build.convert_to_tensor(filter_shape, name="filter_shape")
    known = static_value.constant_value(filter_shape)
    sizes = (filter_shape if known is None else known)[:n]
    total = sizes + (sizes - 1) * (rate - 1) - 1
    before = total // 2
    after = total - before
    return joining.stack([[before[i], after[i]] for i in range(n)])


def _over_all_axes(rows, fill, spatial_dims):
    """`rows`, one a spatial axis, with rows of `fill` for the axes between them; axis 0 is left out."""
    known = static_value.constant_value(rows)
    plain = rows if known is None else known
    rest = list(rows._dims[1:])
    parts, at, i = [], 0, 0
    while i < len(spatial_dims):
        start = i
        if spatial_dims[start] > 1:
            parts.append(np.full([spatial_dims[start] - 1 - at, *rest], fill, rows.dtype.as_numpy_dtype))
        while i + 1 < len(spatial_dims) and spatial_dims[i + 1] == spatial_dims[i] + 1:
            i += 1
        parts.append(plain[start : i + 1])
        at = spatial_dims[i]
        i += 1
    return np.concatenate(parts) if known is not None else array.concat(parts, 0)


def strides_and_rates(n, strides, dilation_rate):
    """Strides and dilation rates of n spatial axes as checked arrays; only one of the two may be above 1."""
    rates = np.array(_one_each(n, dilation_rate, "dilation_rate"), np.int32)
    if np.any(rates < 1):
        raise ValueError("all values of dilation_rate must be positive")
    strides = np.array(_one_each(n, strides, "strides"), np.int32)
    if np.any(strides < 1):
        raise ValueError("all values of strides must be positive")
    if np.any(strides > 1) and np.any(rates > 1):
        raise ValueError("strides > 1 not supported in conjunction with dilation_rate > 1")
    return strides, rates


def _one_each(n, values, name):
    if values is None:
        return [1] * n
    if len(values) != n:
        raise ValueError(f"len({name})={len(values)} but should be {n}")
    return values


# -- convolutions composed this way --------------------------------------------------------------------------------------


def convolution(
    input, filter, padding, strides=None, dilation_rate=None, name=None, data_format=None, filters=None, dilations=None
):
    """Convolution over one, two or three axes, as the rank of `input` says.

    Args:
        input: float `[N, ..., C]`, or `[N, C, ...]` with a data_format that starts with "NC".
        filter, filters: `[..., C, D]`.
        padding: "SAME" or "VALID".
        strides, dilation_rate, dilations: one number, or one a spatial axis; only one of the two above 1.

    Raises:
        ValueError: neither rank is known, the rank is not 3, 4 or 5, or the depths do not fit.
    """
    filter = windows.renamed("filters", filters, "filter", filter)
    dilation_rate = windows.renamed("dilations", dilations, "dilation_rate", dilation_rate)
    rank = next((r for r in map(_rank, (input, filter)) if r is not None), None)
    if rank is None:
        raise ValueError("rank of input or filter must be known")
    n = rank - 2
    if not 1 <= n <= 3:
        raise ValueError(f"Input tensor must be of rank 3, 4 or 5 but was {n + 2}.")
    first = data_format is not None and data_format.startswith("NC")
    channels = 1 if first else n + 1
    strides = windows.per_axis(strides, n, channels, "strides")
    rates = windows.per_axis(dilation_rate, n, channels, "dilations")
    with build.name_scope(name, "convolution", [input, filter]) as scope:
        return convolve(n, input, filter, strides, padding, data_format, rates, scope)


def convolve(n, input, filter, strides, padding, data_format, rates, name=None):
    """A convolution over n axes, with strides and rates for all n + 2, that opens no scope of its own."""
    if all(r == 1 for r in rates):
        return _plain(n, input, filter, strides, padding, data_format, rates, name)
    inner = slice(2, None) if data_format is not None and data_format.startswith("NC") else slice(1, -1)
    return _dilated(n, input, filter, list(strides)[inner], padding, data_format, list(rates)[inner], name)


def _rank(value):
    dims = shapes.as_dims(value.shape)
    return None if dims is None else len(dims)


def _plain(n, input, filter, strides, padding, data_format, rates, name):
    """Layouts are left to the defaults of the operations where none was given."""
    if n == 1:
        return conv.conv1d(input, filter, strides, padding, data_format=data_format, dilations=rates, name=name)
    return build.apply(
        f"Conv{n}D",
        input,
        filter,
        strides=strides,
        padding=padding,
        data_format=data_format,
        dilations=rates,
        name=name,
    )


def _dilated(n, input, filter, strides, padding, data_format, rates, name):
    first = data_format is not None and data_format.startswith("NC")
    input_shape, filter_shape = shapes.as_shape(input.shape), shapes.as_shape(filter.shape)
    for what, shape in (("input", input_shape), ("filter", filter_shape)):
        if shape.ndims not in (None, n + 2):
            raise ValueError(f"{what} tensor must have rank {n + 2}, got shape {shape}")
    depth = input_shape[1 if first else n + 1]
    if not depth.is_compatible_with(filter_shape[n]):
        raise ValueError(
            f"number of input channels does not match corresponding dimension of filter, {depth} != {filter_shape[n]}"
        )
    strides, rates = strides_and_rates(n, strides, rates)
    strides = [1, 1, *strides] if first else [1, *strides, 1]
    if n == 1:
        strides = [int(s) for s in strides]
    start = 2 if first else 1

    def op(apart, _, padding):
        return _plain(n, apart, filter, strides, padding, data_format, [1] * (n + 2), name)

    out = with_space_to_batch(
        input,
        rates,
        padding,
        op,
        filter_shape=filter_shape,
        spatial_dims=range(start, n + start),
        data_format=data_format,
    )
    if first and out._dims is not None and out._dims[1] is None:
        out.set_shape([out._dims[0], filter_shape[-1], *out._dims[2:]])
    return out


def atrous_conv2d(value, filters, rate, padding, name=None):
    """conv2d with the taps of the filter `rate` cells apart.

    Args:
        value: float `[N, H, W, C]`.
        filters: `[h, w, C, D]`.
        rate: an int, or two.
        padding: "SAME" or "VALID".

    Source: Chen et al., DeepLab (2016).
    """
    return convolution(value, filters, padding, dilation_rate=np.broadcast_to(rate, (2,)), name=name)


def depthwise_conv2d(input, filter, strides, padding, rate=None, name=None, data_format=None, dilations=None):
    """Convolution of each channel with filters of its own, their taps `rate` apart.

    Args:
        input: float `[N, H, W, C]`, or `[N, C, H, W]` with data_format "NCHW".
        filter: `[h, w, C, M]`.
        strides: one number an axis; all 1 where a rate is above 1.
        padding: "SAME" or "VALID".
        rate, dilations: two ints.

    Returns:
        `[N, H', W', C * M]` (or `[N, C * M, H', W']`).
    """
    rate = windows.renamed("dilations", dilations, "rate", rate)
    with build.name_scope(name, "depthwise", [input, filter]) as scope:
        input = build.convert_to_tensor(input, name="tensor_in")
        filter = build.convert_to_tensor(filter, name="filter_in")
        return _depthwise(input, filter, strides, padding, rate, data_format, scope)


def _depthwise(input, filter, strides, padding, rate, data_format, name):
    def op(apart, _, padding):
        return conv.depthwise_conv2d_native(apart, filter, strides, padding, data_format=data_format, name=name)

    return with_space_to_batch(
        input, [1, 1] if rate is None else rate, padding, op, filter_shape=array.shape(filter), data_format=data_format
    )


def separable_conv2d(
    input, depthwise_filter, pointwise_filter, strides, padding, rate=None, name=None, data_format=None, dilations=None
):
    """A depthwise convolution, and a 1x1 convolution that mixes its channels.

    Args:
        input: float `[N, H, W, C]`, or `[N, C, H, W]` with data_format "NCHW".
        depthwise_filter: `[h, w, C, M]`; pointwise_filter: `[1, 1, C * M, D]`.
        strides, padding, rate, dilations: of the depthwise step, as in depthwise_conv2d.

    Source: Sifre, Rigid-Motion Scattering for Image Classification (2014); Chollet, Xception (2016).
    """
    rate = windows.renamed("dilations", dilations, "rate", rate)
    with build.name_scope(name, "separable_conv2d", [input, depthwise_filter, pointwise_filter]) as scope:
        input = build.convert_to_tensor(input, name="tensor_in")
        depthwise_filter = build.convert_to_tensor(depthwise_filter, name="depthwise_filter")
        pointwise_filter = build.convert_to_tensor(pointwise_filter, name="pointwise_filter")
        shape = pointwise_filter.get_shape().with_rank(4)
        shape[0].assert_is_compatible_with(1)
        shape[1].assert_is_compatible_with(1)
        depthwise = _depthwise(input, depthwise_filter, strides, padding, rate, data_format, "depthwise")
        return conv.conv2d(
            depthwise, pointwise_filter, [1, 1, 1, 1], padding="VALID", data_format=data_format, name=scope
        )
