"""Transposed convolutions: the gradient of a convolution for its input, used forwards to enlarge maps."""

from __future__ import annotations

import collections.abc

from graphflow._graph import build, tensor
from graphflow._ops import array, blocks, windows
from graphflow._ops import conv as conv_ops


def conv1d_transpose(
    input, filters, output_shape, strides, padding="SAME", data_format="NWC", dilations=None, name=None
):
    """The transpose of conv1d.

    Args:
        input: float `[N, W, C]`, or `[N, C, W]` with data_format "NCW".
        filters: `[w, D, C]`: the outputs come before the inputs here.
        output_shape: the three sizes of the result.
    """
    with build.name_scope(name, "conv1d_transpose", [input, filters, output_shape]) as scope:
        if data_format not in (None, "NWC", "NCW"):
            raise ValueError(f'data_format must be "NWC" or "NCW", got {data_format!r}')
        layout, inserted, channels = ("NCHW", 2, 1) if data_format == "NCW" else ("NHWC", 1, 2)
        strides = [1, *windows.per_axis(strides, 1, channels, "stride")]
        dilations = [1, *windows.per_axis(dilations, 1, channels, "dilations")]
        input = array.expand_dims(input, inserted)
        filters = array.expand_dims(filters, 0)
        if not isinstance(output_shape, tensor.Tensor):
            output_shape = list(output_shape)
        sizes = array.concat([output_shape[:inserted], [1], output_shape[inserted:]], 0)
        out = build.apply(
            "Conv2DBackpropInput", sizes, filters, input, strides=strides, padding=padding, data_format=layout,
            dilations=dilations, name=scope,
        )  # fmt: skip
        return array.squeeze(out, inserted)


def conv2d_transpose(
    value=None, filter=None, output_shape=None, strides=None, padding="SAME", data_format="NHWC", name=None, input=None,
    filters=None, dilations=None,
):  # fmt: skip
    """The transpose of conv2d ("deconvolution").

    Args:
        value, input: float `[N, H, W, C]`, or `[N, C, H, W]` with data_format "NCHW".
        filter, filters: `[h, w, D, C]`: the outputs come before the inputs here.
        output_shape: the four sizes of the result, whose conv2d would have the shape of `value`.

    Source: Zeiler et al., Deconvolutional Networks (2010).
    """
    value = windows.renamed("input", input, "value", value)
    filter = windows.renamed("filters", filters, "filter", filter)
    with build.name_scope(name, "conv2d_transpose", [value, filter, output_shape]) as scope:
        return _transpose(
            "Conv2DBackpropInput",
            2,
            "NHWC",
            value,
            filter,
            output_shape,
            strides,
            padding,
            data_format,
            dilations,
            scope,
        )


def conv3d_transpose(
    value, filter=None, output_shape=None, strides=None, padding="SAME", data_format="NDHWC", name=None, input=None,
    filters=None, dilations=None,
):  # fmt: skip
    """The transpose of conv3d; arguments as for conv2d_transpose, with one spatial axis more."""
    value = windows.renamed("input", input, "value", value)
    filter = windows.renamed("filters", filters, "filter", filter)
    with build.name_scope(name, "conv3d_transpose", [value, filter, output_shape]) as scope:
        return _transpose(
            "Conv3DBackpropInputV2",
            3,
            "NDHWC",
            value,
            filter,
            output_shape,
            strides,
            padding,
            data_format,
            dilations,
            scope,
        )


def _transpose(op_type, n, default_format, value, filter, output_shape, strides, padding, data_format, dilations, name):
    data_format = data_format or default_format
    channels = 1 if data_format.startswith("NC") else n + 1
    return build.apply(
        op_type, output_shape, filter, value, strides=windows.per_axis(strides, n, channels, "strides"), padding=padding,
        data_format=data_format, dilations=windows.per_axis(dilations, n, channels, "dilations"), name=name,
    )  # fmt: skip


def conv_transpose(input, filters, output_shape, strides, padding="SAME", data_format=None, dilations=None, name=None):
    """The transpose of a convolution over one, two or three axes, as the length of `output_shape` says."""
    with build.name_scope(name, "conv_transpose", [input, output_shape]) as scope:
        if isinstance(output_shape, tensor.Tensor):
            n = int(output_shape.shape[0]) - 2
        elif isinstance(output_shape, collections.abc.Sized):
            n = len(output_shape) - 2
        else:
            raise ValueError("output_shape must be a tensor or sized collection.")
        if not 1 <= n <= 3:
            raise ValueError(f"output_shape must be of length 3, 4 or 5 but was {n + 2}.")
        function = (conv1d_transpose, conv2d_transpose, conv3d_transpose)[n - 1]
        return function(
            input,
            filters,
            output_shape,
            strides,
            padding=padding,
            data_format=data_format,
            dilations=dilations,
            name=scope,
        )


def atrous_conv2d_transpose(value, filters, output_shape, rate, padding, name=None):
    """The transpose of atrous_conv2d.

    Args:
        value: float `[N, H, W, C]`.
        filters: `[h, w, D, C]`.
        output_shape: the four sizes of the result.
        rate: the distance of the filter's taps, an int.
        padding: "SAME" or "VALID".
    """
    with build.name_scope(name, "atrous_conv2d_transpose", [value, filters, output_shape]):
        value = build.convert_to_tensor(value, name="value")
        filters = build.convert_to_tensor(filters, name="filters")
        if not value.get_shape()[3].is_compatible_with(filters.get_shape()[3]):
            raise ValueError(
                "value's input channels does not match filters' input channels, "
                f"{value.get_shape()[3]} != {filters.get_shape()[3]}"
            )
        if rate < 1:
            raise ValueError(f"rate {rate} cannot be less than one")
        if rate == 1:
            return conv2d_transpose(value, filters, output_shape, strides=[1, 1, 1, 1], padding=padding)
        sizes = build.convert_to_tensor(output_shape, name="output_shape")
        if not sizes.get_shape().is_compatible_with([4]):
            raise ValueError(f"output_shape must have shape (4,), got {sizes.get_shape()}")
        if isinstance(output_shape, tuple):
            output_shape = list(output_shape)
        if not isinstance(output_shape, tensor.Tensor) and not filters.get_shape()[2].is_compatible_with(
            output_shape[3]
        ):
            raise ValueError(
                f"output_shape does not match filter's output channels, {output_shape[3]} != {filters.get_shape()[2]}"
            )
        if padding not in ("SAME", "VALID"):
            raise ValueError(f"padding must be either VALID or SAME: {padding}")
        known = filters.get_shape().is_fully_defined()
        filter_shape = filters.get_shape().as_list() if known else array.shape(filters)
        return _on_interleaved(value, filters, filter_shape, output_shape, rate, padding)


def _on_interleaved(value, filters, filter_shape, output_shape, rate, padding):
    """Takes the maps apart into rate x rate interleaved ones, on which the taps are neighbours."""
    if padding == "SAME":
        pads = []
        for size in (filter_shape[0], filter_shape[1]):
            total = size + (size - 1) * (rate - 1) - 1
            pads.append((total // 2, total - total // 2))
    else:
        pads = [(0, 0), (0, 0)]
    heights = [output_shape[1 + i] + before + after for i, (before, after) in enumerate(pads)]
    extra = [(rate - size % rate) % rate for size in heights]
    value = blocks.space_to_batch(input=value, paddings=[[0, extra[0]], [0, extra[1]]], block_size=rate)
    sizes = [
        rate * rate * output_shape[0],
        (heights[0] + extra[0]) // rate,
        (heights[1] + extra[1]) // rate,
        output_shape[3],
    ]
    value = conv_ops.conv2d_backprop_input(sizes, filters, value, strides=[1, 1, 1, 1], padding="VALID")
    crops = [[before, after + more] for (before, after), more in zip(pads, extra)]
    return blocks.batch_to_space(input=value, crops=crops, block_size=rate)
