"""fully_connected and its shorthands, bias, dropout, and layers made of other layers.

Arguments that the layers of contrib share:
    activation_fn: a function tensor -> tensor, None for none.
    normalizer_fn, normalizer_params: a function called in place of adding a bias, and its arguments.
    weights_initializer, weights_regularizer, biases_initializer, biases_regularizer: of the variables; no bias where its
        initializer is None.
    reuse, scope: as for `variable_scope`.
    variables_collections: names of collections for the variables, or a dict variable -> names.
    outputs_collections: names of collections for the output.
    trainable: whether the variables are trained.
"""

from __future__ import annotations

import functools

from graphflow._contrib import arg_scope, initializers, layer_tools, model_variables
from graphflow._core import dtypes
from graphflow._graph import build, keys
from graphflow._layers import base, dense
from graphflow._ops import array, choosing, joining, math, matmul, nn, rearrange, reduce, slicing, unary, variable_scope
from graphflow._ops import initializers as core_initializers

XAVIER = initializers.xavier_initializer()
RENAMED = {"bias": "biases", "kernel": "weights"}  # what `tf.layers` calls them -> what contrib calls them
_KEYS = keys.GraphKeys
_ONES = core_initializers.Ones()


def finish(outputs, scope, activation_fn, outputs_collections, normalizer_fn=None, normalizer_params=None):
    """The output of a layer: normalized, activated, collected."""
    if normalizer_fn is not None:
        outputs = normalizer_fn(outputs, **(normalizer_params or {}))
    if activation_fn is not None:
        outputs = activation_fn(outputs)
    return layer_tools.collect_named_outputs(outputs_collections, scope.name, outputs)


def has_bias(normalizer_fn, biases_initializer):
    """Whether a layer adds a bias: a normalizer brings its own."""
    return not normalizer_fn and bool(biases_initializer)


@arg_scope.add_arg_scope
def fully_connected(
    inputs, num_outputs, activation_fn=nn.relu, normalizer_fn=None, normalizer_params=None, weights_initializer=XAVIER,
    weights_regularizer=None, biases_initializer=base.ZEROS, biases_regularizer=None, reuse=None, variables_collections=None,
    outputs_collections=None, trainable=True, scope=None,
):  # fmt: skip
    """`activation_fn(inputs . weights + biases)` over the last axis of `inputs`, to `num_outputs` (int) outputs.

    Raises:
        ValueError: `num_outputs` is no int, or the last size of the inputs is not known.
    """
    if not isinstance(num_outputs, int):
        raise ValueError(f"num_outputs should be an int, got {num_outputs} of {type(num_outputs)}.")
    getter = model_variables.model_variable_getter(RENAMED)
    with variable_scope.variable_scope(scope, "fully_connected", [inputs], reuse=reuse, custom_getter=getter) as sc:
        inputs = build.convert_to_tensor(inputs)
        layer = dense.Dense(
            units=num_outputs, use_bias=has_bias(normalizer_fn, biases_initializer), kernel_initializer=weights_initializer,
            bias_initializer=biases_initializer, kernel_regularizer=weights_regularizer, bias_regularizer=biases_regularizer,
            trainable=trainable, name=sc.name, dtype=inputs.dtype.base_dtype, _scope=sc, _reuse=reuse,
        )  # fmt: skip
        outputs = layer(inputs)
        collect_variables(layer, variables_collections)
        return finish(outputs, sc, activation_fn, outputs_collections, normalizer_fn, normalizer_params)


def collect_variables(layer, variables_collections, kernels=("kernel",)):
    """Adds the kernels and the bias of a layer of `tf.layers` to the collections for weights and biases."""
    for name in kernels:
        layer_tools.add_variable_to_collections(getattr(layer, name), variables_collections, "weights")
    if layer.bias is not None:
        layer_tools.add_variable_to_collections(layer.bias, variables_collections, "biases")


elu = functools.partial(fully_connected, activation_fn=nn.elu)
relu = functools.partial(fully_connected, activation_fn=nn.relu)
relu6 = functools.partial(fully_connected, activation_fn=nn.relu6)
linear = functools.partial(fully_connected, activation_fn=None)


@arg_scope.add_arg_scope
def bias_add(
    inputs, activation_fn=None, initializer=base.ZEROS, regularizer=None, reuse=None, variables_collections=None,
    outputs_collections=None, trainable=True, data_format="NHWC", scope=None,
):  # fmt: skip
    """Adds a bias to each channel."""
    axis = 1 if layer_tools.checked_format(data_format) == "channels_first" else -1
    with variable_scope.variable_scope(scope, "BiasAdd", [inputs], reuse=reuse) as sc:
        inputs = build.convert_to_tensor(inputs)
        if inputs._dims is None:
            raise ValueError("Dims of shape must be known but is None")
        if len(inputs._dims) != 4 and axis == 1:
            raise ValueError(f"Data format NCHW only supports 4D Tensor, got {inputs.shape}")
        if inputs._dims[axis] is None:
            raise ValueError(f"`C` dimension must be known but is None: {inputs.shape}")
        biases = model_variables.model_variable(
            "biases", shape=[inputs._dims[axis]], dtype=inputs.dtype.base_dtype, initializer=initializer,
            regularizer=regularizer, collections=layer_tools.get_variable_collections(variables_collections, "biases"),
            trainable=trainable,
        )  # fmt: skip
        outputs = nn.bias_add(inputs, biases, data_format=data_format)
        return finish(outputs, sc, activation_fn, outputs_collections)


@arg_scope.add_arg_scope
def dropout(
    inputs, keep_prob=0.5, noise_shape=None, is_training=True, outputs_collections=None, scope=None, seed=None
):  # fmt: skip
    """Keeps each element with probability `keep_prob`, scaled by its inverse, while `is_training` (bool or tensor)."""
    getter = model_variables.model_variable_getter()
    with variable_scope.variable_scope(scope, "Dropout", [inputs], custom_getter=getter) as sc:
        inputs = build.convert_to_tensor(inputs)
        layer = dense.Dropout(rate=1 - keep_prob, noise_shape=noise_shape, seed=seed, name=sc.name, _scope=sc)
        return finish(layer(inputs, training=is_training), sc, None, outputs_collections)


@arg_scope.add_arg_scope
def flatten(inputs, outputs_collections=None, scope=None):
    """`[batch, ...]` as `[batch, k]`."""
    with build.name_scope(scope, "Flatten", [inputs]) as sc:
        outputs = dense.flatten(build.convert_to_tensor(inputs))
        return layer_tools.collect_named_outputs(outputs_collections, sc, outputs)


@arg_scope.add_arg_scope
def one_hot_encoding(labels, num_classes, on_value=1.0, off_value=0.0, outputs_collections=None, scope=None):
    """Vectors `[..., num_classes]` with `on_value` at each label and `off_value` elsewhere."""
    with build.name_scope(scope, "OneHotEncoding", [labels, num_classes]) as sc:
        labels = build.convert_to_tensor(labels)
        if labels.dtype == dtypes.int32:
            labels = math.cast(labels, dtypes.int64, name="ToInt64")
        outputs = choosing.one_hot(labels, num_classes, on_value=on_value, off_value=off_value)
        return layer_tools.collect_named_outputs(outputs_collections, sc, outputs)


@arg_scope.add_arg_scope
def softmax(logits, scope=None):
    """Softmax over the last axis."""
    with variable_scope.variable_scope(scope, "softmax", [logits]):
        size = layer_tools.last_dimension(logits.get_shape(), min_rank=2)
        predictions = nn.softmax(array.reshape(logits, [-1, size]))
        predictions = array.reshape(predictions, array.shape(logits))
        predictions.set_shape(logits.get_shape())
        return predictions


@arg_scope.add_arg_scope
def unit_norm(inputs, dim, epsilon=1e-7, scope=None):
    """Divides by the length along the axis `dim`."""
    with variable_scope.variable_scope(scope, "UnitNorm", [inputs]):
        if inputs._dims is None:
            raise ValueError("The input rank must be known.")
        rank = len(inputs._dims)
        if not 0 <= dim < rank:
            raise ValueError(f"dim must be positive but smaller than the input rank: {dim} of {rank}.")
        lengths = unary.sqrt(epsilon + reduce.reduce_sum(unary.square(inputs), dim, True))
        before = [array.ones([dim], dtypes.int32)] if dim > 0 else []
        along = [slicing.strided_slice(array.shape(inputs), [dim], [dim + 1])]
        after = [array.ones([rank - 1 - dim], dtypes.int32)] if dim < rank - 1 else []
        return math.div(inputs, rearrange.tile(lengths, array.concat(before + along + after, 0)))


@arg_scope.add_arg_scope
def maxout(inputs, num_units, axis=-1, scope=None):
    """The maximum of each of `num_units` groups along an axis.

    Source: Goodfellow et al., "Maxout networks" (2013).
    """
    with variable_scope.variable_scope(scope, "MaxOut", [inputs]):
        inputs = build.convert_to_tensor(inputs)
        sizes = inputs.get_shape().as_list()
        if sizes[axis] % num_units:
            raise ValueError(f"number of features({sizes[axis]}) is not a multiple of num_units({num_units})")
        group = sizes[axis] // num_units
        sizes[axis] = num_units
        sizes = [array.shape(inputs)[i] if n is None else n for i, n in enumerate(sizes)]
        return reduce.reduce_max(array.reshape(inputs, [*sizes, group]), -1, keepdims=False)


@arg_scope.add_arg_scope
def spatial_softmax(
    features, temperature=None, name=None, variables_collections=None, trainable=True, data_format="NHWC"
):  # fmt: skip
    """The expected position in [-1, 1] of each channel's softmax over an image: `[batch, 2 * channels]`.

    Source: Finn et al., "Deep spatial autoencoders for visuomotor learning" (2015).
    """
    with variable_scope.variable_scope(name, "spatial_softmax"):
        sizes, first = array.shape(features), layer_tools.checked_format(data_format) == "channels_first"
        channels = features._dims[1 if first else 3]
        if channels is None:
            raise ValueError(
                "The num_channels dimension of the inputs to `spatial_softmax` should be defined. Found `None`."
            )
        height, width = (sizes[2], sizes[3]) if first else (sizes[1], sizes[2])
        with build.name_scope("spatial_softmax_op", "spatial_softmax_op", [features]):
            ends = math.linspace(-1.0, 1.0, num=height), math.linspace(-1.0, 1.0, num=width)
            x, y = rearrange.meshgrid(*ends, indexing="ij")
            x, y = array.reshape(x, [height * width]), array.reshape(y, [height * width])
            collections = layer_tools.get_variable_collections(variables_collections, "temperature")
            start = _ONES if temperature is None else core_initializers.Constant(temperature)
            temperature = model_variables.model_variable(
                "temperature", shape=(), dtype=dtypes.float32, initializer=start,
                collections=collections if trainable else None, trainable=trainable,
            )  # fmt: skip
            if not first:
                features = rearrange.transpose(features, [0, 3, 1, 2])
            attention = nn.softmax(array.reshape(features, [-1, height * width]) / temperature)
            expected = [reduce.reduce_sum(place * attention, [1], keepdims=True) for place in (x, y)]
            keypoints = array.reshape(array.concat(expected, 1), [-1, channels * 2])
            keypoints.set_shape([None, channels * 2])
            return keypoints


# -- layers of layers ----------------------------------------------------------------------------------------------------


def _name_of(layer, default):
    return getattr(layer, "__name__", None) or getattr(getattr(layer, "func", None), "__name__", None) or default


def repeat(inputs, repetitions, layer, *args, **kwargs):
    """Calls a layer so many times, one after the other, in scopes `<scope>_1`, `<scope>_2` ..."""
    scope = kwargs.pop("scope", None)
    with variable_scope.variable_scope(scope, "Repeat", [inputs]):
        outputs, name = build.convert_to_tensor(inputs), scope or _name_of(layer, "repeat")
        for i in range(repetitions):
            outputs = layer(outputs, *args, **{**kwargs, "scope": f"{name}_{i + 1}"})
        return outputs


def stack(inputs, layer, stack_args, **kwargs):
    """Calls a layer once for each item of `stack_args`, the arguments of that call, one after the other.

    Raises:
        ValueError: `stack_args` is no list or tuple.
    """
    scope = kwargs.pop("scope", None)
    if not isinstance(stack_args, (list, tuple)):
        raise ValueError(f"stack_args need to be a list or tuple, got {stack_args!r}")
    with variable_scope.variable_scope(scope, "Stack", [inputs]):
        outputs, name = build.convert_to_tensor(inputs), scope or _name_of(layer, "stack")
        for i, args in enumerate(stack_args):
            args = args if isinstance(args, (list, tuple)) else [args]
            outputs = layer(outputs, *args, **{**kwargs, "scope": f"{name}_{i + 1}"})
        return outputs


def legacy_fully_connected(
    x, num_output_units, activation_fn=None, weight_init=XAVIER, bias_init=base.ZEROS, name=None,
    weight_collections=(_KEYS.WEIGHTS,), bias_collections=(_KEYS.BIASES,), output_collections=(_KEYS.ACTIVATIONS,),
    trainable=True, weight_regularizer=None, bias_regularizer=None,
):  # fmt: skip
    """`fully_connected` as it was first: its bias is called `bias`, and its variables join WEIGHTS and BIASES."""
    with variable_scope.variable_scope(name, "fully_connected", [x]):
        x = build.convert_to_tensor(x)
        size = layer_tools.last_dimension(x.get_shape(), min_rank=2)
        rank, dtype = len(x._dims), x.dtype.base_dtype
        w = variable_scope.get_variable(
            "weights", shape=[size, num_output_units], dtype=dtype, initializer=weight_init, regularizer=weight_regularizer,
            collections=[*(weight_collections or ()), _KEYS.GLOBAL_VARIABLES], trainable=trainable,
        )  # fmt: skip
        y = matmul.matmul(x if rank == 2 else array.reshape(x, [-1, size]), w)
        if bias_init is not None:
            b = variable_scope.get_variable(
                "bias", shape=[num_output_units], dtype=dtype, initializer=bias_init, regularizer=bias_regularizer,
                collections=[*(bias_collections or ()), _KEYS.GLOBAL_VARIABLES], trainable=trainable,
            )  # fmt: skip
            y = nn.bias_add(y, b)
        if rank > 2:
            wanted = joining.unstack(array.shape(x))
            wanted[-1] = num_output_units
            y = array.reshape(y, joining.stack(wanted))
            y.set_shape([*x._dims[:-1], num_output_units])
        if activation_fn is not None:
            y = activation_fn(y)
        layer_tools.add_to_collections([*(output_collections or ()), _KEYS.ACTIVATIONS], y)
        return y


legacy_relu = functools.partial(legacy_fully_connected, activation_fn=nn.relu)
legacy_linear = functools.partial(legacy_fully_connected, activation_fn=None)
