"""Convolutions over one, two and three axes, their gradients and their transposes.

What deep learning calls convolution is the cross-correlation: filter and signal are visited in the same order,
(x * u)_i = sum_j x_{i-1+j} u_j.
"""

from __future__ import annotations

from graphflow._graph import build, op_def, static_value
from graphflow._ops import array, windows

_ONES = (1, 1, 1, 1)

# -- shapes --------------------------------------------------------------------------------------------------------------


def _check_windows(op, rank):
    """Strides and dilations have one entry an axis and are positive; explicit paddings make sense."""
    for key in ("strides", "dilations"):
        values = op.attrs[key]
        if len(values) != rank:
            kind = "DepthwiseConv2D" if op.type.startswith("Depthwise") else op.type
            what = key.removesuffix("s")
            raise build.shape_error(
                op, f"{kind} requires the {what} attribute to contain {rank} values, but got: {len(values)}"
            )
        least = min(windows.spatial(op.attrs, key, rank))
        if least < 1:
            text = (
                f"Stride must be > 0, but got {least}"
                if key == "strides"
                else f"Dilation rate must be >= 1, but got {least}"
            )
            raise build.shape_error(op, text)
    if op.attrs["padding"] == b"EXPLICIT":
        pads = op.attrs["explicit_paddings"]
        if len(pads) != 2 * rank:
            raise build.shape_error(
                op, f"explicit_paddings attribute must contain {2 * rank} values, but got: {len(pads)}"
            )
        if min(pads) < 0:
            raise build.shape_error(op, "All elements of explicit_paddings must be nonnegative")
        outside = {0, windows.channel_axis(op.attrs, rank)}
        if any(pads[2 * a] or pads[2 * a + 1] for a in outside):
            raise build.shape_error(op, "Nonzero explicit padding in the batch or depth dimensions is not supported")


def _placed(op, rank, x, window):
    """The sizes of the output along the spatial axes."""
    _check_windows(op, rank)
    axes = windows.spatial_axes(op.attrs, rank)
    flat = op.attrs.get("explicit_paddings") or [0] * (2 * rank)
    strides, dilations = op.attrs["strides"], op.attrs["dilations"]
    return [
        windows.output_size(op, x[a], w, strides[a], op.attrs["padding"], dilations[a], flat[2 * a : 2 * a + 2])
        for a, w in zip(axes, window)
    ]


@op_def.shape_rule("Conv2D", "Conv3D")
def _conv_shape(op):
    rank = 4 if op.type == "Conv2D" else 5
    x, kernel = windows.with_rank(op, 0, rank), windows.with_rank(op, 1, rank)
    sizes = _placed(op, rank, x, kernel[:-2])
    depth, kernel_depth, channels = x[windows.channel_axis(op.attrs, rank)], kernel[-2], kernel[-1]
    if depth is not None and kernel_depth is not None:
        if kernel_depth < 1 or depth % kernel_depth:
            raise build.shape_error(
                op, f"Depth of input ({depth}) is not a multiple of input depth of filter ({kernel_depth})"
            )
        groups = depth // kernel_depth
        if groups > 1 and channels is not None and channels % groups:
            raise build.shape_error(
                op, f"Depth of output ({channels}) is not a multiple of the number of groups ({groups})"
            )
    return [windows.assemble(op.attrs, x[0], sizes, channels)]


@op_def.shape_rule("DepthwiseConv2dNative")
def _depthwise_shape(op):
    x, kernel = windows.with_rank(op, 0, 4), windows.with_rank(op, 1, 4)
    sizes = _placed(op, 4, x, kernel[:2])
    depth = windows.equal(op, x[windows.channel_axis(op.attrs, 4)], kernel[2])
    channels = None if depth is None or kernel[3] is None else depth * kernel[3]
    return [windows.assemble(op.attrs, x[0], sizes, channels)]


def _told(position, rank):
    """Shape rule: an input holds the output's shape."""

    def rule(op):
        sizes = op.inputs[position]
        windows.with_rank(op, position, 1)
        dims = static_value.shape_from(sizes)
        if dims is None:
            return [(None,) * rank]
        if len(dims) != rank:
            raise build.shape_error(op, f"Shape must be rank {rank} but is rank {len(dims)}")
        return [dims]

    return rule


op_def.shape_rule("Conv2DBackpropInput", "DepthwiseConv2dNativeBackpropInput")(_told(0, 4))
op_def.shape_rule("Conv2DBackpropFilter", "DepthwiseConv2dNativeBackpropFilter")(_told(1, 4))
op_def.shape_rule("Conv3DBackpropInputV2")(_told(0, 5))
op_def.shape_rule("Conv3DBackpropFilterV2")(_told(1, 5))


# -- gradients -----------------------------------------------------------------------------------------------------------
# Each of the three operations of a family (forward, gradient of the input, of the filter) is linear in both of its
# arguments, and its gradients are the other two.


def _family(forward, by_input, by_filter):
    def attrs_of(op):
        return {key: op.attrs[key] for key in op_def.get(forward).attrs if key != "T"}

    @op_def.gradient(forward)
    def forward_gradient(op, grad):
        x, kernel = op.inputs
        attrs = attrs_of(op)
        return [
            build.apply(by_input, array.shape(x), kernel, grad, **attrs),
            build.apply(by_filter, x, array.shape(kernel), grad, **attrs),
        ]

    @op_def.gradient(by_input)
    def input_gradient(op, grad):
        _, kernel, out = op.inputs
        attrs = attrs_of(op)
        return [
            None,
            build.apply(by_filter, grad, array.shape(kernel), out, **attrs),
            build.apply(forward, grad, kernel, **attrs),
        ]

    @op_def.gradient(by_filter)
    def filter_gradient(op, grad):
        x, _, out = op.inputs
        attrs = attrs_of(op)
        return [
            build.apply(by_input, array.shape(x), grad, out, **attrs),
            None,
            build.apply(forward, x, grad, **attrs),
        ]


_family("Conv2D", "Conv2DBackpropInput", "Conv2DBackpropFilter")
_family("Conv3D", "Conv3DBackpropInputV2", "Conv3DBackpropFilterV2")
_family("DepthwiseConv2dNative", "DepthwiseConv2dNativeBackpropInput", "DepthwiseConv2dNativeBackpropFilter")


# -- forward -------------------------------------------------------------------------------------------------------------


def _explicit(padding):
    """(padding attribute, explicit paddings) of a padding argument: a word, or a list of (before, after) an axis."""
    if padding == "EXPLICIT":
        raise ValueError(
            '"EXPLICIT" is not a valid value for the padding parameter. '
            "To use explicit padding, the padding parameter must be a list."
        )
    if not isinstance(padding, (list, tuple)):
        return padding, []
    rule = "When padding is a list, each element of padding must be a list/tuple of size 2."
    for i, pair in enumerate(padding):
        if not isinstance(pair, (list, tuple)):
            raise ValueError(f"{rule} Element with index {i} of padding is not a list/tuple")
        if len(pair) != 2:
            raise ValueError(f"{rule} Element with index {i} of padding has size {len(pair)}")
    if len(padding) != 4:
        raise ValueError(f"When padding is a list, it must be of size 4. Got padding of size: {len(padding)}")
    return "EXPLICIT", [size for pair in padding for size in pair]


def _layout_1d(data_format):
    """(layout of the 2-D operation, axis to insert, channel axis) for a sequence layout."""
    if data_format in (None, "NHWC", "NWC"):
        return "NHWC", 1, 2
    if data_format in ("NCHW", "NCW"):
        return "NCHW", 2, 1
    raise ValueError(f'data_format must be "NWC" or "NCW", got {data_format!r}')


def conv2d(
    input, filter=None, strides=None, padding=None, use_cudnn_on_gpu=True, data_format="NHWC", dilations=_ONES, name=None,
    filters=None,
):  # fmt: skip
    """Convolution of images with a bank of filters.

    Args:
        input: float `[N, H, W, C]`, or `[N, C, H, W]` with data_format "NCHW".
        filter, filters: `[h, w, C, D]`, same dtype; D filters over all channels. `[h, w, C / g, D]` works in g groups.
        strides, dilations: one number, two (for height and width), or one an axis.
        padding: "SAME" (output size = input size / stride, rounded up), "VALID" (no padding), or a list of four
            pairs, the zeros to add before and after each axis.

    Returns:
        `[N, H', W', D]` (or `[N, D, H', W']`). With P zeros in all along an axis, H' = (H - h + P) / stride + 1.

    Raises:
        ValueError: the depths of input and filter do not fit, or the filter is larger than the padded input.

    Source: LeCun et al., Gradient-Based Learning Applied to Document Recognition (1998).
    """
    filter = windows.renamed("filters", filters, "filter", filter)
    padding, explicit = _explicit(padding)
    data_format = data_format or "NHWC"
    channels = 1 if data_format.startswith("NC") else 3
    return build.apply(
        "Conv2D", input, filter, strides=windows.per_axis(strides, 2, channels, "strides"), padding=padding,
        use_cudnn_on_gpu=use_cudnn_on_gpu, explicit_paddings=explicit, data_format=data_format,
        dilations=windows.per_axis(dilations, 2, channels, "dilations"), name=name,
    )  # fmt: skip


def conv1d(
    value=None, filters=None, stride=None, padding=None, use_cudnn_on_gpu=None, data_format=None, name=None, input=None,
    dilations=None,
):  # fmt: skip
    """Convolution of sequences: a conv2d of height 1.

    Args:
        value, input: float `[N, W, C]`, or `[N, C, W]` with data_format "NCW".
        filters: `[w, C, D]`.
        padding: "SAME" or "VALID".

    Returns:
        `[N, W', D]` (or `[N, D, W']`).
    """
    value = windows.renamed("input", input, "value", value)
    with build.name_scope(name, "conv1d", [value, filters]) as scope:
        layout, inserted, channels = _layout_1d(data_format)
        strides = [1, *windows.per_axis(stride, 1, channels, "stride")]
        dilations = [1, *windows.per_axis(dilations, 1, channels, "dilations")]
        value = array.expand_dims(value, inserted)
        filters = array.expand_dims(filters, 0)
        out = build.apply(
            "Conv2D", value, filters, strides=strides, padding=padding, use_cudnn_on_gpu=use_cudnn_on_gpu,
            data_format=layout, dilations=dilations, name=scope,
        )  # fmt: skip
        return array.squeeze(out, [inserted])


def conv3d(
    input, filter=None, strides=None, padding=None, data_format="NDHWC", dilations=(*_ONES, 1), name=None, filters=None
):
    """Convolution of volumes.

    Args:
        input: float `[N, D, H, W, C]`, or `[N, C, D, H, W]` with data_format "NCDHW".
        filter, filters: `[d, h, w, C, F]`.
        strides, dilations: one number an axis.
        padding: "SAME" or "VALID".
    """
    filter = windows.renamed("filters", filters, "filter", filter)
    return build.apply(
        "Conv3D",
        input,
        filter,
        strides=strides,
        padding=padding,
        data_format=data_format,
        dilations=dilations,
        name=name,
    )


def depthwise_conv2d_native(input, filter, strides, padding, data_format="NHWC", dilations=_ONES, name=None):
    """Convolution of each channel with filters of its own.

    Args:
        input: float `[N, H, W, C]`, or `[N, C, H, W]` with data_format "NCHW".
        filter: `[h, w, C, M]`: M filters for each channel.
        strides, dilations: one number an axis.

    Returns:
        `[N, H', W', C * M]`; channel c gives the outputs c * M ... c * M + M - 1.
    """
    return build.apply(
        "DepthwiseConv2dNative", input, filter, strides=strides, padding=padding, data_format=data_format,
        dilations=dilations, name=name,
    )  # fmt: skip


# -- gradients as functions ----------------------------------------------------------------------------------------------


def conv2d_backprop_input(
    input_sizes, filter=None, out_backprop=None, strides=None, padding=None, use_cudnn_on_gpu=True, data_format="NHWC",
    dilations=_ONES, name=None, filters=None,
):  # fmt: skip
    """The gradient of conv2d for its input, which has the shape `input_sizes`; other arguments are those of conv2d."""
    filter = windows.renamed("filters", filters, "filter", filter)
    padding, explicit = _explicit(padding)
    return build.apply(
        "Conv2DBackpropInput", input_sizes, filter, out_backprop, strides=strides, padding=padding,
        use_cudnn_on_gpu=use_cudnn_on_gpu, explicit_paddings=explicit, data_format=data_format, dilations=dilations, name=name,
    )  # fmt: skip


def conv2d_backprop_filter(
    input,
    filter_sizes,
    out_backprop,
    strides,
    padding,
    use_cudnn_on_gpu=True,
    data_format="NHWC",
    dilations=_ONES,
    name=None,
):
    """The gradient of conv2d for its filter, which has the shape `filter_sizes`; other arguments are those of conv2d."""
    padding, explicit = _explicit(padding)
    return build.apply(
        "Conv2DBackpropFilter", input, filter_sizes, out_backprop, strides=strides, padding=padding,
        use_cudnn_on_gpu=use_cudnn_on_gpu, explicit_paddings=explicit, data_format=data_format, dilations=dilations, name=name,
    )  # fmt: skip


def conv3d_backprop_filter_v2(
    input, filter_sizes, out_backprop, strides, padding, data_format="NDHWC", dilations=(*_ONES, 1), name=None
):
    """The gradient of conv3d for its filter, which has the shape `filter_sizes`; other arguments are those of conv3d."""
    return build.apply(
        "Conv3DBackpropFilterV2", input, filter_sizes, out_backprop, strides=strides, padding=padding,
        data_format=data_format, dilations=dilations, name=name,
    )  # fmt: skip


def depthwise_conv2d_native_backprop_input(
    input_sizes, filter, out_backprop, strides, padding, data_format="NHWC", dilations=_ONES, name=None
):
    """The gradient of depthwise_conv2d_native for its input, which has the shape `input_sizes`."""
    return build.apply(
        "DepthwiseConv2dNativeBackpropInput", input_sizes, filter, out_backprop, strides=strides, padding=padding,
        data_format=data_format, dilations=dilations, name=name,
    )  # fmt: skip


def depthwise_conv2d_native_backprop_filter(
    input, filter_sizes, out_backprop, strides, padding, data_format="NHWC", dilations=_ONES, name=None
):
    """The gradient of depthwise_conv2d_native for its filter, which has the shape `filter_sizes`."""
    return build.apply(
        "DepthwiseConv2dNativeBackpropFilter", input, filter_sizes, out_backprop, strides=strides, padding=padding,
        data_format=data_format, dilations=dilations, name=name,
    )  # fmt: skip
