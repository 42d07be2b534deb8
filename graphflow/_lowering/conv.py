"""Rules of `_ops/conv.py`: convolutions and their gradients.

One formulation serves all devices and cases, XLA's convolution and its transposes. On CPU, where XLA runs a convolution on
one thread, others are faster where they apply (measured against it on two cores, float32):

- the batch in parts, which run side by side: a training step of a network with 4 convolutions took 0.8 of the time;
- 1x1 filters as a matrix product: 1.7 times as fast forwards and for the input, 4 times for the filter;
- the input's gradient of a strided convolution by the phases of the stride, which skips the zeros that dilate the
  gradient: 1.3 to 1.8 times;
- depthwise convolutions as sums of shifted products: up to 24 times.

For the filter's gradient at stride 1, im2col, products by tap and other dimension orders all came out between 0.3 and 1.1
times XLA's own; Winograd's algorithm forwards between 0.3 and 1.3 times.
"""

from __future__ import annotations

import math
import os

import jax
import jax.numpy as jnp
from jax import lax

from graphflow._core import errors
from graphflow._lowering import conv_layout, rule, taps
from graphflow._ops import windows

_DEPTH = {1: "W", 2: "HW", 3: "DHW"}


def _numbers(op, n):
    axes = _DEPTH[n]
    images = "NC" + axes if windows.channels_first(op.attrs) else "N" + axes + "C"
    return images, axes + "IO", images


def _geometry(op, shape, window):
    """(strides, dilations, pads) of the spatial axes for an input of `shape`."""
    rank = len(shape)
    strides = windows.spatial(op.attrs, "strides", rank)
    dilations = windows.spatial(op.attrs, "dilations", rank)
    sizes = [shape[a] for a in windows.spatial_axes(op.attrs, rank)]
    return strides, dilations, windows.pads_of(op.attrs, sizes, window, strides, dilations)


def _on_cpu():
    return jax.default_backend() == "cpu"


def _convolved(op, x, kernel, groups=None):
    """XLA's convolution."""
    n = kernel.ndim - 2
    strides, dilations, pads = _geometry(op, x.shape, kernel.shape[:n])
    depth = x.shape[windows.channel_axis(op.attrs, x.ndim)]
    return lax.conv_general_dilated(
        x, kernel, strides, pads, rhs_dilation=dilations, dimension_numbers=_numbers(op, n),
        feature_group_count=depth // kernel.shape[-2] if groups is None else groups,
    )  # fmt: skip


def _transposed(function, shape, grad):
    """The gradient of a linear function of one array of `shape`."""
    transposed = jax.linear_transpose(function, jax.ShapeDtypeStruct(shape, grad.dtype))
    return (conv_layout.rewritten(transposed, grad) if _on_cpu() else transposed(grad))[0]


# -- 1x1 filters: a matrix product at every place ------------------------------------------------------------------------


def _is_pointwise(op, depth, kernel_shape):
    return (
        _on_cpu() and not windows.channels_first(op.attrs) and op.attrs["padding"] != b"EXPLICIT"
        and kernel_shape[-2] == depth and all(size == 1 for size in kernel_shape[:-2])
    )  # fmt: skip


def _at_places(op, x):
    strides = op.attrs["strides"]
    return x if max(strides) == 1 else x[tuple(slice(None, None, s) for s in strides)]


def _rows(x):
    return x.reshape(-1, x.shape[-1])


def _pointwise(op, x, kernel):
    x = _at_places(op, x)
    return jnp.matmul(_rows(x), _rows(kernel)).reshape(*x.shape[:-1], kernel.shape[-1])


# -- the batch in parts --------------------------------------------------------------------------------------------------

_WORTH_A_PART = 2e7  # floating-point operations; about 0.2 ms of one core


def _parts(batch, kernel_shape, output_shape):
    """How many parts of the batch to convolve apart: two a core, so that they end together."""
    work = 2 * math.prod(output_shape) * math.prod(kernel_shape[:-1])
    return max(1, min(batch, 2 * _cores(), int(work / _WORTH_A_PART))) if _on_cpu() else 1


def _cores():
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _in_parts(function, n, *images):
    """`function` of each part of the batch."""
    if n == 1:
        return [function(*images)]
    return [function(*part) for part in zip(*(jnp.array_split(x, n) for x in images))]


def _joined(parts):
    return parts[0] if len(parts) == 1 else jnp.concatenate(parts)


# -- rules ---------------------------------------------------------------------------------------------------------------


def _conv(ctx, op, x, kernel):
    x, kernel = jnp.asarray(x), jnp.asarray(kernel)
    if _is_pointwise(op, x.shape[-1], kernel.shape):
        return _pointwise(op, x, kernel)
    n = _parts(x.shape[0], kernel.shape, _output_shape(op, x.shape, kernel.shape))
    return _joined(_in_parts(lambda x: _convolved(op, x, kernel), n, x))


def _backprop_input(ctx, op, sizes, kernel, grad):
    shape, kernel, grad = tuple(sizes.tolist()), jnp.asarray(kernel), jnp.asarray(grad)
    _check_fit(op, shape, kernel.shape, grad.shape)
    if _is_pointwise(op, shape[-1], kernel.shape):
        return _transposed(lambda x: _pointwise(op, x, kernel), shape, grad)

    def of_part(grad):
        part = (grad.shape[0], *shape[1:])
        if _goes_by_phases(op, shape, kernel.shape):
            return _by_phases(op, part, kernel, grad)
        return _transposed(lambda x: _convolved(op, x, kernel), part, grad)

    return _joined(_in_parts(of_part, _parts(shape[0], kernel.shape, grad.shape), grad))


def _backprop_filter(ctx, op, x, sizes, grad):
    shape, x, grad = tuple(sizes.tolist()), jnp.asarray(x), jnp.asarray(grad)
    _check_fit(op, x.shape, shape, grad.shape)
    if _is_pointwise(op, x.shape[-1], shape):
        return _transposed(lambda kernel: _pointwise(op, x, kernel), shape, grad)

    def of_part(x, grad):
        return _transposed(lambda kernel: _convolved(op, x, kernel), shape, grad)

    parts = _in_parts(of_part, _parts(x.shape[0], shape, grad.shape), x, grad)
    return sum(parts[1:], parts[0])


def _output_shape(op, shape, kernel_shape):
    n = len(kernel_shape) - 2
    strides, dilations, pads = _geometry(op, shape, kernel_shape[:n])
    axes = windows.spatial_axes(op.attrs, n + 2)
    sizes = [
        taps.Axis(a, shape[a], kernel_shape[k], strides[k], *pads[k], dilation=dilations[k]).places
        for k, a in enumerate(axes)
    ]
    return windows.assemble(op.attrs, shape[0], sizes, kernel_shape[-1])


def _check_fit(op, shape, kernel_shape, grad_shape):
    """The gradient must have the shape of the convolution's output: TensorFlow says so only when it runs."""
    expected = _output_shape(op, shape, kernel_shape)
    if tuple(grad_shape) != expected:
        raise errors.InvalidArgumentError(
            None, op, f"{op.type}: Size of out_backprop doesn't match computed: actual = {list(grad_shape)}, "
            f"computed = {list(expected)} from input {list(shape)} and filter {list(kernel_shape)}"
        )  # fmt: skip
    depth = shape[windows.channel_axis(op.attrs, len(shape))]
    if depth % kernel_shape[-2]:
        raise errors.InvalidArgumentError(
            None, op, f"{op.type}: input depth {depth} is not a multiple of the filter's, {kernel_shape[-2]}"
        )


def _goes_by_phases(op, shape, kernel_shape):
    attrs = op.attrs
    return (
        _on_cpu() and not windows.channels_first(attrs) and kernel_shape[-2] == shape[-1]
        and max(attrs["strides"]) > 1 and max(attrs["dilations"]) == 1
    )  # fmt: skip


def _by_phases(op, shape, kernel, grad):
    """The input's gradient: one plain convolution of `grad` for each phase of the stride, with the taps that fall on it."""
    n = kernel.ndim - 2
    strides, _, pads = _geometry(op, shape, kernel.shape[:n])
    flipped = jnp.swapaxes(kernel, -1, -2)
    sizes, places = shape[1:-1], grad.shape[1:-1]
    axes = [_phases(*row) for row in zip(kernel.shape, strides, pads)]

    def on_phase(phase):
        rows = [axis[k] for axis, k in zip(axes, phase)]
        cells = [-(-size // s) for size, s in zip(sizes, strides)]
        if not all(count for _, count, _ in rows):
            return jnp.zeros((shape[0], *cells, shape[-1]), grad.dtype)
        chosen = tuple(slice(first, None, s) for (first, _, _), s in zip(rows, strides))
        taps_here = jnp.flip(flipped[chosen], range(n))
        around = [(count - 1 - shift, m - p + shift) for (_, count, shift), m, p in zip(rows, cells, places)]
        return lax.conv_general_dilated(grad, taps_here, (1,) * n, around, dimension_numbers=_numbers(op, n))

    whole = taps.interleaved(on_phase, strides, range(1, n + 1))
    for axis, size in enumerate(sizes, 1):
        whole = lax.slice_in_dim(whole, 0, size, 1, axis)
    return whole


def _phases(window, stride, pads):
    """For each phase of the stride: its first tap, how many taps fall on it, and how far the places are shifted."""
    rows = []
    for phase in range(stride):
        first = (phase + pads[0]) % stride
        rows.append((first, len(range(first, window, stride)), (phase + pads[0] - first) // stride))
    return rows


# -- depthwise -----------------------------------------------------------------------------------------------------------


def _depthwise(op, x, kernel):
    height, width, depth, multiple = kernel.shape
    if windows.channels_first(op.attrs) or not _on_cpu():
        return _convolved(op, x, kernel.reshape(height, width, 1, depth * multiple), groups=depth)
    strides, dilations, pads = _geometry(op, x.shape, (height, width))
    axes = [
        taps.Axis(k + 1, x.shape[k + 1], kernel.shape[k], strides[k], *pads[k], dilation=dilations[k]) for k in (0, 1)
    ]
    total = None
    for tap, seen in taps.views(taps.padded(x, axes, 0), axes):
        term = seen[..., None] * kernel[tap]
        total = term if total is None else total + term
    return total.reshape(*total.shape[:3], depth * multiple)


def _depthwise_conv(ctx, op, x, kernel):
    return _depthwise(op, jnp.asarray(x), jnp.asarray(kernel))


def _depthwise_input(ctx, op, sizes, kernel, grad):
    kernel = jnp.asarray(kernel)
    return _transposed(lambda x: _depthwise(op, x, kernel), tuple(sizes.tolist()), jnp.asarray(grad))


def _depthwise_filter(ctx, op, x, sizes, grad):
    x = jnp.asarray(x)
    return _transposed(lambda kernel: _depthwise(op, x, kernel), tuple(sizes.tolist()), jnp.asarray(grad))


RULES = {
    "Conv2D": rule.Compiled(_conv),
    "Conv2DBackpropInput": rule.Compiled(_backprop_input, static=(0,)),
    "Conv2DBackpropFilter": rule.Compiled(_backprop_filter, static=(1,)),
    "Conv3D": rule.Compiled(_conv),
    "Conv3DBackpropInputV2": rule.Compiled(_backprop_input, static=(0,)),
    "Conv3DBackpropFilterV2": rule.Compiled(_backprop_filter, static=(1,)),
    "DepthwiseConv2dNative": rule.Compiled(_depthwise_conv),
    "DepthwiseConv2dNativeBackpropInput": rule.Compiled(_depthwise_input, static=(0,)),
    "DepthwiseConv2dNativeBackpropFilter": rule.Compiled(_depthwise_filter, static=(1,)),
}
