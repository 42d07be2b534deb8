"""Normalization of one example at a time: over a layer, over each channel, over groups of channels."""

from __future__ import annotations

from graphflow._contrib import arg_scope, dense_layers, layer_tools, model_variables
from graphflow._core import dtypes
from graphflow._graph import build
from graphflow._ops import array, initializers, normalization, unary, variable_scope

_STARTS = {"beta": initializers.Zeros(), "gamma": initializers.Ones()}


def _parameter(name, wanted, shape, dtype, starts, variables_collections, trainable, wide=None):
    """The variable beta or gamma, with axes of size 1 around where `wide` is a shape; None where not wanted."""
    if not wanted:
        return None
    made = model_variables.model_variable(
        name, shape=shape, dtype=dtype, initializer=(starts or {}).get(name, _STARTS[name]),
        collections=layer_tools.get_variable_collections(variables_collections, name), trainable=trainable,
    )  # fmt: skip
    return made if wide is None else array.reshape(made, wide)


def _rank(inputs):
    if inputs._dims is None:
        raise ValueError(f"Inputs {inputs.name} has undefined rank.")
    return len(inputs._dims)


@arg_scope.add_arg_scope
def layer_norm(
    inputs, center=True, scale=True, activation_fn=None, reuse=None, variables_collections=None, outputs_collections=None,
    trainable=True, begin_norm_axis=1, begin_params_axis=-1, scope=None,
):  # fmt: skip
    """Normalizes over the axes from `begin_norm_axis` on; offset and factor have the axes from `begin_params_axis` on.

    Source: Ba, Kiros, Hinton, "Layer normalization" (2016).
    """
    with variable_scope.variable_scope(scope, "LayerNorm", [inputs], reuse=reuse) as sc:
        inputs = build.convert_to_tensor(inputs)
        rank, dtype = _rank(inputs), inputs.dtype.base_dtype
        begin_norm_axis += rank if begin_norm_axis < 0 else 0
        if begin_params_axis >= rank or begin_norm_axis >= rank:
            raise ValueError(
                f"begin_params_axis ({begin_params_axis}) and begin_norm_axis ({begin_norm_axis}) must be < "
                f"rank(inputs) ({rank})"
            )
        shape = inputs.shape[begin_params_axis:]
        if not shape.is_fully_defined():
            raise ValueError(
                f"Inputs {inputs.name}: shape(inputs)[{begin_params_axis}:] is not fully defined: {inputs.shape}"
            )
        beta = _parameter("beta", center, shape, dtype, None, variables_collections, trainable)
        gamma = _parameter("gamma", scale, shape, dtype, None, variables_collections, trainable)
        mean, variance = normalization.moments(inputs, list(range(begin_norm_axis, rank)), keep_dims=True)
        epsilon = 1e-3 if dtype == dtypes.float16 else 1e-12
        outputs = normalization.batch_normalization(inputs, mean, variance, beta, gamma, epsilon)
        outputs.set_shape(inputs.shape)
        return dense_layers.finish(outputs, sc, activation_fn, outputs_collections)


@arg_scope.add_arg_scope
def instance_norm(
    inputs, center=True, scale=True, epsilon=1e-6, activation_fn=None, param_initializers=None, reuse=None,
    variables_collections=None, outputs_collections=None, trainable=True, data_format="NHWC", scope=None,
):  # fmt: skip
    """Normalizes each channel of each example.

    Source: Ulyanov, Vedaldi, Lempitsky, "Instance normalization: the missing ingredient for fast stylization" (2016).
    """
    inputs = build.convert_to_tensor(inputs)
    rank = _rank(inputs)
    first = layer_tools.checked_format(data_format) == "channels_first"
    with variable_scope.variable_scope(scope, "InstanceNorm", [inputs], reuse=reuse) as sc:
        channels = 1 if first else rank - 1
        wide = [1, inputs._dims[1]] + [1] * (rank - 2) if first else None
        axes = [axis for axis in range(1, rank) if axis != channels]
        shape = inputs.shape[channels : channels + 1]
        if not shape.is_fully_defined():
            raise ValueError(f"Inputs {inputs.name} has undefined channels dimension {shape}.")
        given = (shape, inputs.dtype.base_dtype, param_initializers, variables_collections, trainable, wide)
        beta, gamma = _parameter("beta", center, *given), _parameter("gamma", scale, *given)
        mean, variance = normalization.moments(inputs, axes, keep_dims=True)
        outputs = normalization.batch_normalization(inputs, mean, variance, beta, gamma, epsilon, name="instancenorm")
        return dense_layers.finish(outputs, sc, activation_fn, outputs_collections)


@arg_scope.add_arg_scope
def group_norm(
    inputs, groups=32, channels_axis=-1, reduction_axes=(-3, -2), center=True, scale=True, epsilon=1e-6, activation_fn=None,
    param_initializers=None, reuse=None, variables_collections=None, outputs_collections=None, trainable=True, scope=None,
    mean_close_to_zero=False,
):  # fmt: skip
    """Normalizes groups of channels of each example.

    Args:
        groups: int, a divisor of the number of channels.
        reduction_axes: axes to normalize over beside the channels of a group.
        mean_close_to_zero: computes the variance from sums of squares.

    Source: Wu, He, "Group normalization" (2018).
    """
    inputs = build.convert_to_tensor(inputs)
    rank = _rank(inputs)
    if channels_axis > rank - 1:
        raise ValueError(f"Axis is out of bounds: channels_axis {channels_axis} of rank {rank}.")
    sizes = array.shape(inputs)
    dims = [sizes[i] if n is None else n for i, n in enumerate(inputs._dims)]
    channels_axis += rank if channels_axis < 0 else 0
    channels = inputs._dims[channels_axis]
    axes = [axis + rank if axis < 0 else axis for axis in reduction_axes]
    _check_groups(inputs, groups, channels, channels_axis, axes)
    before, after, parts = dims[:channels_axis], dims[channels_axis + 1 :], [groups, channels // groups]
    inputs = array.reshape(inputs, before + parts + after)
    wide = [1] * len(before) + parts + [1] * len(after)
    with variable_scope.variable_scope(scope, "GroupNorm", [inputs], reuse=reuse) as sc:
        given = ([channels], inputs.dtype.base_dtype, param_initializers, variables_collections, trainable, wide)
        beta, gamma = _parameter("beta", center, *given), _parameter("gamma", scale, *given)
        axes = [channels_axis + 1, *(axis + 1 if axis > channels_axis else axis for axis in axes)]
        if mean_close_to_zero:
            count, total, squares, _ = normalization.sufficient_statistics(inputs, axes, keep_dims=True)
            mean, variance = normalization.normalize_moments(count, total, squares, shift=None)
        else:
            mean, variance = normalization.moments(inputs, axes, keep_dims=True)
        gain = unary.rsqrt(variance + epsilon)
        offset = -mean * gain
        if gamma is not None:
            gain *= gamma
            offset *= gamma
        if beta is not None:
            offset += beta
        outputs = array.reshape(inputs * gain + offset, dims)
        return dense_layers.finish(outputs, sc, activation_fn, outputs_collections)


def _check_groups(inputs, groups, channels, channels_axis, axes):
    if channels is None:
        raise ValueError(f"Inputs {inputs.name} has undefined channel dimension: {channels_axis}.")
    for axis in axes:
        if axis >= len(inputs._dims):
            raise ValueError(f"Axis is out of bounds: {axis} of {inputs.shape}.")
        if inputs._dims[axis] is None:
            raise ValueError(f"Inputs {inputs.name} has undefined dimensions {axis}.")
        if axis == channels_axis:
            raise ValueError("reduction_axis must be mutually exclusive with channels_axis")
    if groups > channels:
        raise ValueError(f"Invalid groups {groups} for {channels} channels.")
    if channels % groups:
        raise ValueError(f"{channels} channels is not commensurate with {groups} groups.")
