"""Convolutions and pooling; arguments that they share are told in `dense_layers`.

kernel_size, stride, rate: one int, or one a spatial axis; `rate` spreads the kernel.
padding: "SAME" or "VALID".
data_format: "NHWC" or "NCHW", and so on for other ranks.
"""

from __future__ import annotations

from graphflow._contrib import arg_scope, dense_layers, layer_tools, model_variables
from graphflow._graph import build
from graphflow._layers import base, conv, pooling
from graphflow._ops import atrous, nn, rearrange, variable_scope
from graphflow._ops import pool as pool_lib

_XAVIER = dense_layers.XAVIER
_PLAIN = {3: conv.Conv1D, 4: conv.Conv2D, 5: conv.Conv3D}  # by the rank of the inputs
_FORMATS = (None, "NWC", "NCW", "NHWC", "NCHW", "NDHWC", "NCDHW")
_RENAMED_SEPARABLE = {
    "bias": "biases", "depthwise_kernel": "depthwise_weights", "pointwise_kernel": "pointwise_weights",
}  # fmt: skip


@arg_scope.add_arg_scope
def convolution(
    inputs, num_outputs, kernel_size, stride=1, padding="SAME", data_format=None, rate=1, activation_fn=nn.relu,
    normalizer_fn=None, normalizer_params=None, weights_initializer=_XAVIER, weights_regularizer=None,
    biases_initializer=base.ZEROS, biases_regularizer=None, reuse=None, variables_collections=None, outputs_collections=None,
    trainable=True, scope=None, conv_dims=None,
):  # fmt: skip
    """A convolution over one, two or three axes, as the rank of the inputs says.

    Args:
        num_outputs: int, how many channels come out.
        conv_dims: the number of axes that there have to be, None for any.

    Raises:
        ValueError: the rank or the data format is none of those known.
    """
    data_format = layer_tools.checked_format(data_format, _FORMATS)
    getter = model_variables.model_variable_getter(dense_layers.RENAMED)
    with variable_scope.variable_scope(scope, "Conv", [inputs], reuse=reuse, custom_getter=getter) as sc:
        inputs = build.convert_to_tensor(inputs)
        rank = None if inputs._dims is None else len(inputs._dims)
        if conv_dims is not None and conv_dims + 2 != rank:
            raise ValueError(f"Convolution expects input with rank {conv_dims + 2}, got {rank}")
        if rank not in _PLAIN:
            raise ValueError(f"Convolution not supported for input with rank {rank}")
        layer = _PLAIN[rank](
            filters=num_outputs, kernel_size=kernel_size, strides=stride, padding=padding, data_format=data_format,
            dilation_rate=rate, use_bias=dense_layers.has_bias(normalizer_fn, biases_initializer),
            kernel_initializer=weights_initializer, bias_initializer=biases_initializer,
            kernel_regularizer=weights_regularizer, bias_regularizer=biases_regularizer, trainable=trainable, name=sc.name,
            dtype=inputs.dtype.base_dtype, _scope=sc, _reuse=reuse,
        )  # fmt: skip
        outputs = layer(inputs)
        dense_layers.collect_variables(layer, variables_collections)
        return dense_layers.finish(outputs, sc, activation_fn, outputs_collections, normalizer_fn, normalizer_params)


def _of_rank(conv_dims, name):
    """`convolution` for inputs with that many axes."""

    def convolve(
        inputs, num_outputs, kernel_size, stride=1, padding="SAME", data_format=None, rate=1, activation_fn=nn.relu,
        normalizer_fn=None, normalizer_params=None, weights_initializer=_XAVIER, weights_regularizer=None,
        biases_initializer=base.ZEROS, biases_regularizer=None, reuse=None, variables_collections=None,
        outputs_collections=None, trainable=True, scope=None,
    ):  # fmt: skip
        return convolution(
            inputs, num_outputs, kernel_size, stride, padding, data_format, rate, activation_fn, normalizer_fn,
            normalizer_params, weights_initializer, weights_regularizer, biases_initializer, biases_regularizer, reuse,
            variables_collections, outputs_collections, trainable, scope, conv_dims=conv_dims,
        )  # fmt: skip

    convolve.__name__ = convolve.__qualname__ = name
    convolve.__doc__ = f"A convolution over {conv_dims} axes; see `convolution`."
    return arg_scope.add_arg_scope(convolve)


convolution1d = conv1d = _of_rank(1, "convolution1d")
convolution2d = conv2d = _of_rank(2, "convolution2d")
convolution3d = conv3d = _of_rank(3, "convolution3d")


def _transposed(layer_class, default_name, name, first_format, formats):
    def transpose(
        inputs, num_outputs, kernel_size, stride=1, padding="SAME", data_format=first_format, activation_fn=nn.relu,
        normalizer_fn=None, normalizer_params=None, weights_initializer=_XAVIER, weights_regularizer=None,
        biases_initializer=base.ZEROS, biases_regularizer=None, reuse=None, variables_collections=None,
        outputs_collections=None, trainable=True, scope=None,
    ):  # fmt: skip
        getter = model_variables.model_variable_getter(dense_layers.RENAMED)
        with variable_scope.variable_scope(scope, default_name, [inputs], reuse=reuse, custom_getter=getter) as sc:
            layout = layer_tools.checked_format(data_format, formats)
            inputs = build.convert_to_tensor(inputs)
            layer = layer_class(
                filters=num_outputs, kernel_size=kernel_size, strides=stride, padding=padding, data_format=layout,
                use_bias=dense_layers.has_bias(normalizer_fn, biases_initializer), kernel_initializer=weights_initializer,
                bias_initializer=biases_initializer, kernel_regularizer=weights_regularizer,
                bias_regularizer=biases_regularizer, trainable=trainable, name=sc.name, dtype=inputs.dtype.base_dtype,
                _scope=sc, _reuse=reuse,
            )  # fmt: skip
            outputs = layer(inputs)
            dense_layers.collect_variables(layer, variables_collections)
            return dense_layers.finish(
                outputs, sc, activation_fn, outputs_collections, normalizer_fn, normalizer_params
            )

    transpose.__name__ = transpose.__qualname__ = name
    transpose.__doc__ = "The transpose of a convolution: it enlarges where the convolution shrinks."
    return arg_scope.add_arg_scope(transpose)


convolution2d_transpose = conv2d_transpose = _transposed(
    conv.Conv2DTranspose, "Conv2d_transpose", "convolution2d_transpose", "NHWC", ("NCHW", "NHWC")
)
convolution3d_transpose = conv3d_transpose = _transposed(
    conv.Conv3DTranspose, "Conv3d_transpose", "convolution3d_transpose", "NDHWC", ("NCDHW", "NDHWC")
)


def _bias(name, size, inputs, initializer, regularizer, variables_collections, trainable):
    return model_variables.model_variable(
        name, shape=[size], dtype=inputs.dtype.base_dtype, initializer=initializer, regularizer=regularizer,
        collections=layer_tools.get_variable_collections(variables_collections, name), trainable=trainable,
    )  # fmt: skip


def _weights(name, shape, inputs, initializer, regularizer, variables_collections, trainable):
    return model_variables.model_variable(
        name, shape=shape, dtype=inputs.dtype.base_dtype, initializer=initializer, regularizer=regularizer,
        collections=layer_tools.get_variable_collections(variables_collections, "weights"), trainable=trainable,
    )  # fmt: skip


@arg_scope.add_arg_scope
def convolution2d_in_plane(
    inputs, kernel_size, stride=1, padding="SAME", activation_fn=nn.relu, normalizer_fn=None, normalizer_params=None,
    weights_initializer=_XAVIER, weights_regularizer=None, biases_initializer=base.ZEROS, biases_regularizer=None, reuse=None,
    variables_collections=None, outputs_collections=None, trainable=True, scope=None,
):  # fmt: skip
    """The same convolution of each channel by itself."""
    with variable_scope.variable_scope(scope, "ConvInPlane", [inputs], reuse=reuse) as sc:
        height, width = layer_tools.two_element_tuple(stride)
        depth = layer_tools.last_dimension(inputs.get_shape(), min_rank=4)
        weights = _weights(
            "weights", [*layer_tools.two_element_tuple(kernel_size), 1, 1], inputs, weights_initializer, weights_regularizer,
            variables_collections, trainable,
        )  # fmt: skip
        kernels = rearrange.tile(weights, [1, 1, depth, 1])
        outputs = atrous.depthwise_conv2d(inputs, kernels, [1, height, width, 1], padding)
        if normalizer_fn is None and biases_initializer is not None:
            bias = _bias(
                "biases", depth, inputs, biases_initializer, biases_regularizer, variables_collections, trainable
            )
            outputs = nn.bias_add(outputs, bias)
        return dense_layers.finish(outputs, sc, activation_fn, outputs_collections, normalizer_fn, normalizer_params)


conv2d_in_plane = convolution2d_in_plane


@arg_scope.add_arg_scope
def separable_convolution2d(
    inputs, num_outputs, kernel_size, depth_multiplier=1, stride=1, padding="SAME", data_format="NHWC", rate=1,
    activation_fn=nn.relu, normalizer_fn=None, normalizer_params=None, weights_initializer=_XAVIER,
    pointwise_initializer=None, weights_regularizer=None, biases_initializer=base.ZEROS, biases_regularizer=None, reuse=None,
    variables_collections=None, outputs_collections=None, trainable=True, scope=None,
):  # fmt: skip
    """A convolution of each channel by itself, then a product that mixes channels; the first alone where `num_outputs` is None.

    Args:
        depth_multiplier: how many outputs the first makes of each channel.
    """
    layout = layer_tools.checked_format(data_format)
    getter = model_variables.model_variable_getter(_RENAMED_SEPARABLE)
    with variable_scope.variable_scope(scope, "SeparableConv2d", [inputs], reuse=reuse, custom_getter=getter) as sc:
        inputs = build.convert_to_tensor(inputs)
        if num_outputs is None:
            outputs = _depthwise(
                inputs, kernel_size, depth_multiplier, stride, padding, data_format, rate, weights_initializer,
                weights_regularizer, None if normalizer_fn else biases_initializer, biases_regularizer,
                variables_collections, trainable,
            )  # fmt: skip
        else:
            layer = conv.SeparableConv2D(
                filters=num_outputs, kernel_size=kernel_size, strides=stride, padding=padding, data_format=layout,
                dilation_rate=layer_tools.two_element_tuple(rate), depth_multiplier=depth_multiplier,
                use_bias=dense_layers.has_bias(normalizer_fn, biases_initializer),
                depthwise_initializer=weights_initializer, pointwise_initializer=pointwise_initializer or weights_initializer,
                bias_initializer=biases_initializer, depthwise_regularizer=weights_regularizer,
                pointwise_regularizer=weights_regularizer, bias_regularizer=biases_regularizer, trainable=trainable,
                name=sc.name, dtype=inputs.dtype.base_dtype, _scope=sc, _reuse=reuse,
            )  # fmt: skip
            outputs = layer(inputs)
            dense_layers.collect_variables(layer, variables_collections, ("depthwise_kernel", "pointwise_kernel"))
        return dense_layers.finish(outputs, sc, activation_fn, outputs_collections, normalizer_fn, normalizer_params)


separable_conv2d = separable_convolution2d


def _depthwise(
    inputs, kernel_size, depth_multiplier, stride, padding, data_format, rate, weights_initializer, weights_regularizer,
    biases_initializer, biases_regularizer, variables_collections, trainable,
):  # fmt: skip
    layout = layer_tools.checked_format(data_format)
    height, width = layer_tools.two_element_tuple(stride)
    depth = layer_tools.channel_dimension(inputs.get_shape(), layout, min_rank=4)
    kernels = _weights(
        "depthwise_weights", [*layer_tools.two_element_tuple(kernel_size), depth, depth_multiplier], inputs,
        weights_initializer, weights_regularizer, variables_collections, trainable,
    )  # fmt: skip
    strides = [1, 1, height, width] if layout == "channels_first" else [1, height, width, 1]
    rates = layer_tools.two_element_tuple(rate)
    outputs = atrous.depthwise_conv2d(inputs, kernels, strides, padding, rate=rates, data_format=data_format)
    if biases_initializer is None:
        return outputs
    bias = _bias(
        "biases", depth_multiplier * depth, inputs, biases_initializer, biases_regularizer, variables_collections, trainable
    )  # fmt: skip
    return nn.bias_add(outputs, bias, data_format=data_format)


# -- pooling -------------------------------------------------------------------------------------------------------------


def _pooling(layer_class, default_name, name, first_format, formats):
    def pool_windows(
        inputs, kernel_size, stride=2, padding="VALID", data_format=first_format, outputs_collections=None, scope=None
    ):  # fmt: skip
        layout = layer_tools.checked_format(data_format, formats)
        with build.name_scope(scope, default_name, [inputs]) as sc:
            inputs = build.convert_to_tensor(inputs)
            layer = layer_class(pool_size=kernel_size, strides=stride, padding=padding, data_format=layout, _scope=sc)
            return layer_tools.collect_named_outputs(outputs_collections, sc, layer(inputs))

    pool_windows.__name__ = pool_windows.__qualname__ = name
    pool_windows.__doc__ = f"The {layer_class.kind} of windows of {layer_class.rank} axes."
    return arg_scope.add_arg_scope(pool_windows)


_PLANES, _VOLUMES = ("NHWC", ("NCHW", "NHWC")), ("NDHWC", ("NCDHW", "NDHWC"))
max_pool2d = _pooling(pooling.MaxPooling2D, "MaxPool2D", "max_pool2d", *_PLANES)
avg_pool2d = _pooling(pooling.AveragePooling2D, "AvgPool2D", "avg_pool2d", *_PLANES)
max_pool3d = _pooling(pooling.MaxPooling3D, "MaxPool3D", "max_pool3d", *_VOLUMES)
avg_pool3d = _pooling(pooling.AveragePooling3D, "AvgPool3D", "avg_pool3d", *_VOLUMES)


@arg_scope.add_arg_scope
def pool(
    inputs, kernel_size, pooling_type, padding="VALID", data_format=None, dilation_rate=1, stride=1, outputs_collections=None,
    scope=None,
):  # fmt: skip
    """The maximum ("MAX") or mean ("AVG") of windows of any rank.

    Raises:
        ValueError: the rank of the inputs is unknown or below 3.
    """
    with build.name_scope(scope, f"{pooling_type.lower()}_pool", [inputs]) as sc:
        inputs = build.convert_to_tensor(inputs)
        if inputs._dims is None or len(inputs._dims) < 3:
            raise ValueError(f"Rank of inputs must be known and >= 3, got shape {inputs.shape}")
        n = len(inputs._dims) - 2
        sizes = {"window_shape": kernel_size, "dilation_rate": dilation_rate, "strides": stride}
        outputs = pool_lib.pool(
            input=inputs, pooling_type=pooling_type, padding=padding, data_format=data_format, name=sc,
            **{key: layer_tools.n_positive_integers(n, value) for key, value in sizes.items()},
        )  # fmt: skip
        return layer_tools.collect_named_outputs(outputs_collections, sc, outputs)
