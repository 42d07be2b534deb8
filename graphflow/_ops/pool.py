"""Pooling: the largest, or the mean, of the entries in a sliding window; and their gradients."""

from __future__ import annotations

import collections

import numpy as np

from graphflow._core import dtypes
from graphflow._graph import build, op_def, static_value
from graphflow._ops import array, atrous, windows

# -- shapes and gradients ------------------------------------------------------------------------------------------------


def _pooled(op, ksize, strides, rank):
    """The shape of pooling the first input; the depth is pooled too where the window is deeper than 1."""
    x = windows.with_rank(op, 0, rank)
    for key, values in (("ksize", ksize), ("stride", strides)):
        if len(values) != rank:
            raise build.shape_error(
                op, f"{op.type} requires the {key} attribute to contain {rank} values, but got: {len(values)}"
            )
    channel = windows.channel_axis(op.attrs, rank)
    axes = [*windows.spatial_axes(op.attrs, rank)]
    if op.type.startswith("MaxPool") and rank == 4:
        axes.append(channel)
    out = list(x)
    for a in axes:
        if strides[a] < 1:
            raise build.shape_error(op, f"Stride must be > 0, but got {strides[a]}")
        out[a] = windows.output_size(op, x[a], ksize[a], strides[a], op.attrs["padding"])
    return tuple(out)


@op_def.shape_rule("MaxPool", "AvgPool")
def _pool_shape(op):
    return [_pooled(op, op.attrs["ksize"], op.attrs["strides"], 4)]


@op_def.shape_rule("MaxPool3D", "AvgPool3D")
def _pool_3d_shape(op):
    return [_pooled(op, op.attrs["ksize"], op.attrs["strides"], 5)]


@op_def.shape_rule("MaxPoolWithArgmax")
def _pool_argmax_shape(op):
    return [_pooled(op, op.attrs["ksize"], op.attrs["strides"], 4)] * 2


@op_def.shape_rule("MaxPoolV2")
def _pool_v2_shape(op):
    ksize, strides = (static_value.constant_value(t) for t in op.inputs[1:])
    if ksize is None or strides is None:
        return [(None,) * 4]
    return [_pooled(op, ksize.tolist(), strides.tolist(), 4)]


@op_def.shape_rule("MaxPoolGrad", "MaxPoolGradV2", "MaxPool3DGrad", "MaxPoolGradWithArgmax")
def _as_input(op):
    return [op.inputs[0]._dims]


@op_def.shape_rule("MaxPoolGradGrad", "MaxPoolGradGradV2", "MaxPool3DGradGrad")
def _as_output(op):
    return [op.inputs[1]._dims]


@op_def.shape_rule("MaxPoolGradGradWithArgmax")
def _as_argmax(op):
    return [op.inputs[2]._dims]


@op_def.shape_rule("AvgPoolGrad", "AvgPool3DGrad")
def _average_gradient_shape(op):
    rank = 4 if op.type == "AvgPoolGrad" else 5
    dims = static_value.shape_from(op.inputs[0])
    return [(None,) * rank if dims is None else dims]


_ATTRS = ("ksize", "strides", "padding", "data_format")


def _attrs(op):
    return {key: op.attrs[key] for key in _ATTRS if key in op.attrs}


@op_def.gradient("MaxPool", "MaxPool3D")
def _max_gradient(op, grad):
    return build.apply(op.type + "Grad", op.inputs[0], op.outputs[0], grad, **_attrs(op))


@op_def.gradient("MaxPoolV2")
def _max_v2_gradient(op, grad):
    x, ksize, strides = op.inputs
    return build.apply("MaxPoolGradV2", x, op.outputs[0], grad, ksize, strides, **_attrs(op)), None, None


@op_def.gradient("MaxPoolWithArgmax")
def _max_argmax_gradient(op, grad, _):
    return build.apply(
        "MaxPoolGradWithArgmax", op.inputs[0], grad, op.outputs[1], ksize=op.attrs["ksize"], strides=op.attrs["strides"],
        padding=op.attrs["padding"], include_batch_in_index=op.attrs["include_batch_in_index"],
    )  # fmt: skip


@op_def.gradient("MaxPoolGrad", "MaxPoolGradV2", "MaxPool3DGrad")
def _max_second_gradient(op, grad):
    """The gradient is linear in what arrives; where the largest entry sits does not move."""
    x, y = op.inputs[:2]
    onward = op.type.replace("Grad", "GradGrad")
    found = build.apply(onward, x, y, grad, *op.inputs[3:], **_attrs(op))
    return array.zeros_like(x), array.zeros_like(y), found, *[None] * (len(op.inputs) - 3)


@op_def.gradient("MaxPoolGradGrad", "MaxPool3DGradGrad")
def _max_third_gradient(op, grad):
    x, y = op.inputs[:2]
    back = op.type.replace("GradGrad", "Grad")
    return array.zeros_like(x), array.zeros_like(y), build.apply(back, x, y, grad, **_attrs(op))


@op_def.gradient("AvgPool", "AvgPool3D")
def _average_gradient(op, grad):
    return build.apply(op.type + "Grad", array.shape(op.inputs[0]), grad, **_attrs(op))


@op_def.gradient("AvgPoolGrad", "AvgPool3DGrad")
def _average_second_gradient(op, grad):
    return None, build.apply(op.type.removesuffix("Grad"), grad, **_attrs(op))


MaxPoolWithArgmax = collections.namedtuple("MaxPoolWithArgmax", ["output", "argmax"])

# -- functions -----------------------------------------------------------------------------------------------------------


def _apply(op_type, n, value, ksize, strides, padding, data_format, channels, name):
    return build.apply(
        op_type, value, ksize=windows.per_axis(ksize, n, channels, "ksize"),
        strides=windows.per_axis(strides, n, channels, "strides"), padding=padding, data_format=data_format, name=name,
    )  # fmt: skip


def _pool_2d(op_type, default_name, value, ksize, strides, padding, data_format, name):
    with build.name_scope(name, default_name, [value]) as scope:
        data_format = data_format or "NHWC"
        channels = 1 if data_format.startswith("NC") else 3
        if op_type == "MaxPool" and 0 in (ksize if hasattr(ksize, "__len__") else [ksize]):
            raise ValueError("ksize cannot be zero.")
        return _apply(op_type, 2, value, ksize, strides, padding, data_format, channels, scope)


def max_pool(value, ksize, strides, padding, data_format="NHWC", name=None, input=None):
    """The largest entry in each window of each channel.

    Args:
        value, input: `[N, H, W, C]`, or `[N, C, H, W]` with data_format "NCHW".
        ksize, strides: window and step: one number, two (for height and width), or one an axis.
        padding: "SAME" (output size = input size / stride, rounded up; what lies outside never wins) or "VALID".

    Returns:
        `[N, H', W', C]`. The gradient goes to the first of several largest entries.

    Raises:
        ValueError: the window is larger than the input, or a size is 0.
    """
    value = windows.renamed("input", input, "value", value)
    return _pool_2d("MaxPool", "MaxPool", value, ksize, strides, padding, data_format, name)


def max_pool2d(input, ksize, strides, padding, data_format="NHWC", name=None):
    """max_pool under its newer name; the arguments are the same."""
    return _pool_2d("MaxPool", "MaxPool2d", input, ksize, strides, padding, data_format, name)


def avg_pool(value, ksize, strides, padding, data_format="NHWC", name=None, input=None):
    """The mean of each window of each channel; cells outside the input do not count. Arguments as for max_pool."""
    return _pool_2d(
        "AvgPool",
        "AvgPool",
        windows.renamed("input", input, "value", value),
        ksize,
        strides,
        padding,
        data_format,
        name,
    )


avg_pool2d = avg_pool


def _pool_1d(op_type, default_name, input, ksize, strides, padding, data_format, name):
    """A sequence is an image with one more axis of size 1."""
    with build.name_scope(name, default_name, [input]) as scope:
        data_format = data_format or "NWC"
        channels = 1 if data_format.startswith("NC") else 2
        ksize = [1, *windows.per_axis(ksize, 1, channels, "ksize")]
        strides = [1, *windows.per_axis(strides, 1, channels, "strides")]
        inserted, layout = (1, "NHWC") if data_format == "NWC" else (2, "NCHW")
        input = array.expand_dims(input, inserted)
        out = build.apply(op_type, input, ksize=ksize, strides=strides, padding=padding, data_format=layout, name=scope)
        return array.squeeze(out, inserted)


def max_pool1d(input, ksize, strides, padding, data_format="NWC", name=None):
    """max_pool of sequences `[N, W, C]`, or `[N, C, W]` with data_format "NCW"."""
    return _pool_1d("MaxPool", "MaxPool1d", input, ksize, strides, padding, data_format, name)


def avg_pool1d(input, ksize, strides, padding, data_format="NWC", name=None):
    """avg_pool of sequences `[N, W, C]`, or `[N, C, W]` with data_format "NCW"."""
    return _pool_1d("AvgPool", "AvgPool1D", input, ksize, strides, padding, data_format, name)


def max_pool3d(input, ksize, strides, padding, data_format="NDHWC", name=None):
    """max_pool of volumes `[N, D, H, W, C]`, or `[N, C, D, H, W]` with data_format "NCDHW"."""
    return _pool_3d("MaxPool3D", input, ksize, strides, padding, data_format, name)


def avg_pool3d(input, ksize, strides, padding, data_format="NDHWC", name=None):
    """avg_pool of volumes `[N, D, H, W, C]`, or `[N, C, D, H, W]` with data_format "NCDHW"."""
    return _pool_3d("AvgPool3D", input, ksize, strides, padding, data_format, name)


def _pool_3d(op_type, input, ksize, strides, padding, data_format, name):
    with build.name_scope(name, op_type, [input]) as scope:
        data_format = data_format or "NDHWC"
        channels = 1 if data_format.startswith("NC") else 4
        return _apply(op_type, 3, input, ksize, strides, padding, data_format, channels, scope)


def max_pool_v2(input, ksize, strides, padding, data_format=None, name=None):
    """max_pool over one, two or three axes, as the rank of `input` says."""
    return _by_rank("MaxPool", max_pool1d, input, ksize, strides, padding, data_format, name)


def avg_pool_v2(input, ksize, strides, padding, data_format=None, name=None):
    """avg_pool over one, two or three axes, as the rank of `input` says."""
    return _by_rank("AvgPool", avg_pool1d, input, ksize, strides, padding, data_format, name)


def _by_rank(op_type, over_sequences, input, ksize, strides, padding, data_format, name):
    n = len(input.shape) - 2
    if not 1 <= n <= 3:
        raise ValueError(f"Input tensor must be of rank 3, 4 or 5 but was {n + 2}.")
    channels = 1 if data_format is not None and data_format.startswith("NC") else n + 1
    ksize = windows.per_axis(ksize, n, channels, "ksize")
    strides = windows.per_axis(strides, n, channels, "strides")
    if n == 1:
        return over_sequences(input, ksize, strides, padding, data_format=data_format, name=name)
    op_type = op_type if n == 2 else op_type + "3D"
    return _apply(op_type, n, input, ksize, strides, padding, data_format, channels, name)


def max_pool_with_argmax(
    input, ksize, strides, padding, data_format="NHWC", Targmax=None, name=None, output_dtype=None,
    include_batch_in_index=False,
):  # fmt: skip
    """max_pool, and where the largest entries were.

    Args:
        input: `[N, H, W, C]`.
        ksize, strides: one number an axis.
        Targmax, output_dtype: int32 or int64, the type of the positions.
        include_batch_in_index: whether positions count through the whole batch rather than one image.

    Returns:
        (output, argmax), both `[N, H', W', C]`; a position is (y * W + x) * C + c.
    """
    if data_format != "NHWC":
        raise ValueError("Data formats other than 'NHWC' are not yet supported")
    targmax = windows.renamed("output_dtype", output_dtype, "Targmax", Targmax)
    return MaxPoolWithArgmax(*build.apply(
        "MaxPoolWithArgmax", input, ksize=ksize, strides=strides, padding=padding,
        Targmax=dtypes.int64 if targmax is None else targmax, include_batch_in_index=include_batch_in_index, name=name,
    ))  # fmt: skip


_OVER_AXES = {"MAX": (max_pool, max_pool, max_pool3d), "AVG": (avg_pool, avg_pool, avg_pool3d)}


def pool(
    input,
    window_shape,
    pooling_type,
    padding,
    dilation_rate=None,
    strides=None,
    name=None,
    data_format=None,
    dilations=None,
):
    """Pooling over one, two or three axes, with dilation.

    Args:
        input: `[N, ..., C]`, or `[N, C, ...]` with a data_format that starts with "NC".
        window_shape: one int a spatial axis; strides, dilation_rate (dilations): likewise, only one of the two above 1.
        pooling_type: "MAX" or "AVG".
        padding: "SAME" or "VALID"; "SAME" not with dilation.
    """
    dilation_rate = windows.renamed("dilations", dilations, "dilation_rate", dilation_rate)
    with build.name_scope(name, f"{pooling_type.lower()}_pool", [input]) as scope:
        input = build.convert_to_tensor(input, name="input")
        n = len(window_shape)
        if not 1 <= n <= 3:
            raise ValueError("It is required that 1 <= num_spatial_dims <= 3.")
        input.get_shape().with_rank(n + 2)
        strides, rates = atrous.strides_and_rates(n, strides, dilation_rate)
        if padding == "SAME" and np.any(rates > 1):
            raise ValueError("pooling with SAME padding is not implemented for dilation_rate > 1")
        if np.any(strides > window_shape):
            raise ValueError(
                "strides > window_shape not supported due to inconsistency between CPU and GPU implementations"
            )
        if pooling_type not in _OVER_AXES:
            raise ValueError(f"{n}-D {pooling_type} pooling is not supported.")
        function = _OVER_AXES[pooling_type][n - 1]
        first = data_format is not None and data_format.startswith("NC")
        ksize, steps = ([1, 1, *v] if first else [1, *v, 1] for v in (window_shape, strides.tolist()))
        start = 2 if first else 1
        layout = data_format
        if n == 1:
            if data_format not in (None, "NWC", "NCW"):
                raise ValueError('data_format must be either "NWC" or "NCW".')
            ksize, steps, layout = [1, *ksize], [1, *steps], "NCHW" if first else "NHWC"

        def op(apart, _, padding):
            if n > 1:
                return function(apart, ksize, steps, padding, name=scope, data_format=layout)
            out = function(array.expand_dims(apart, start), ksize, steps, padding, name=scope, data_format=layout)
            return array.squeeze(out, [start])

        return atrous.with_space_to_batch(
            input, rates, padding, op, spatial_dims=range(start, n + start), filter_shape=window_shape
        )
