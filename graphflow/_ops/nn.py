"""Activations, softmax, biases and dropout, with their gradients."""

from __future__ import annotations

import numbers

import numpy as np

from graphflow._core import dtypes, errors, shapes
from graphflow._graph import build, op_def, static_value, tensor
from graphflow._graph import graph as graph_lib
from graphflow._ops import (
    array,
    choosing,
    compare,
    control_flow,
    elementwise,
    math,
    matmul,
    random,
    rearrange,
    reduce,
    unary,
    windows,
)

for _name in ("Relu", "Relu6", "Elu", "Selu", "LeakyRelu", "Softplus", "Softsign"):
    op_def.shape_rule(_name)(elementwise.same_shape)
    op_def.shape_rule(_name + "Grad")(elementwise.merged_shape)


# -- rectifiers ----------------------------------------------------------------------------------------------------------


def relu(features, name=None):
    """max(x, 0), elementwise.

    Args:
        features: real `[...]`.

    Source: Nair and Hinton, Rectified Linear Units Improve Restricted Boltzmann Machines (2010).
    """
    return build.apply("Relu", features, name=name)


def relu6(features, name=None):
    """min(max(x, 0), 6), elementwise.

    Source: Krizhevsky, Convolutional Deep Belief Networks on CIFAR-10 (2010).
    """
    with build.name_scope(name, "Relu6", [features]) as scope:
        return build.apply("Relu6", build.convert_to_tensor(features, name="features"), name=scope)


def crelu(features, name=None, axis=-1):
    """relu of x and of -x, joined along `axis`, which becomes twice as long.

    Source: Shang et al., Understanding and Improving Convolutional Neural Networks via Concatenated ReLU (2016).
    """
    with build.name_scope(name, "CRelu", [features]) as scope:
        features = build.convert_to_tensor(features, name="features")
        return relu(array.concat([features, -features], axis, name=scope))


def leaky_relu(features, alpha=0.2, name=None):
    """x where it is positive, `alpha` x elsewhere; integers are cast to float32 first."""
    with build.name_scope(name, "LeakyRelu", [features, alpha]) as scope:
        features = build.convert_to_tensor(features, name="features")
        if features.dtype.is_integer:
            features = math.cast(features, dtypes.float32)
        if isinstance(alpha, np.ndarray):
            alpha = alpha.item()
        return build.apply("LeakyRelu", features, alpha=alpha, name=scope)


def elu(features, name=None):
    """x where it is positive, exp(x) - 1 elsewhere.

    Source: Clevert et al., Fast and Accurate Deep Network Learning by Exponential Linear Units (2015).
    """
    return build.apply("Elu", features, name=name)


def selu(features, name=None):
    """The scaled elu that keeps activations near mean 0 and variance 1.

    Source: Klambauer et al., Self-Normalizing Neural Networks (2017).
    """
    return build.apply("Selu", features, name=name)


def softplus(features, name=None):
    """log(1 + exp(x)), elementwise, without overflow."""
    return build.apply("Softplus", features, name=name)


def softsign(features, name=None):
    """x / (1 + |x|), elementwise."""
    return build.apply("Softsign", features, name=name)


# Whether an activation's gradient is told by its output or by its input.
for _name, _told_by_output in {"Relu": True, "Relu6": True, "Elu": True, "Selu": True, "Softsign": False}.items():

    @op_def.gradient(_name)
    def _activation_gradient(op, grad, _told_by_output=_told_by_output):
        return build.apply(op.type + "Grad", grad, op.outputs[0] if _told_by_output else op.inputs[0])


@op_def.gradient("LeakyRelu")
def _leaky_relu_gradient(op, grad):
    return build.apply("LeakyReluGrad", grad, op.inputs[0], alpha=op.attrs["alpha"])


@op_def.gradient("Softplus")
def _softplus_gradient(op, grad):
    return math.multiply(grad, unary.sigmoid(op.inputs[0]))


@op_def.gradient("ReluGrad", "Relu6Grad")
def _relu_second_gradient(op, grad):
    x = op.inputs[1]
    return build.apply(op.type, grad, x), array.zeros_like(x)


@op_def.gradient("LeakyReluGrad")
def _leaky_relu_second_gradient(op, grad):
    x = op.inputs[1]
    return build.apply("LeakyReluGrad", grad, x, alpha=op.attrs["alpha"]), array.zeros_like(x)


@op_def.gradient("EluGrad", "SeluGrad")
def _elu_second_gradient(op, grad):
    y = op.inputs[1]
    zeros = array.zeros_like(y)
    bent = build.apply("Select", build.apply("Less", y, 0.0), grad * op.inputs[0], zeros)
    return build.apply(op.type, grad, y), bent


@op_def.gradient("SoftplusGrad")
def _softplus_second_gradient(op, grad):
    dy, x = op.inputs
    bent = grad * dy / (unary.exp(-x) + 2.0 + unary.exp(x))
    return build.apply("SoftplusGrad", grad, x), bent


# -- softmax -------------------------------------------------------------------------------------------------------------


def softmax(logits, axis=None, name=None, dim=None):
    """exp(x) / sum(exp(x)) along `axis`, the last one when None.

    Args:
        logits: float, of rank 1 or more.
        dim: the old name of `axis`.

    Returns:
        a tensor like `logits`; it sums to 1 along the axis.

    Raises:
        InvalidArgumentError: `logits` has no such axis.
    """
    return _along("Softmax", logits, windows.renamed("axis", axis, "dim", dim), name)


def log_softmax(logits, axis=None, name=None, dim=None):
    """x - log(sum(exp(x))) along `axis`; arguments as `softmax` takes them."""
    return _along("LogSoftmax", logits, windows.renamed("axis", axis, "dim", dim), name)


def _along(op_type, logits, axis, name):
    """The operation works on the last axis: another one is swapped with it before and after."""
    axis = -1 if axis is None else axis
    logits = build.convert_to_tensor(logits)
    is_number = not isinstance(axis, tensor.Tensor)
    if is_number and (axis == -1 or (logits._dims is not None and axis == len(logits._dims) - 1)):
        return build.apply(op_type, logits, name=name)
    if logits._dims is None:
        raise TypeError(f"{op_type} along axis {axis} needs logits of known rank; {logits.name} has unknown rank")
    rank = len(logits._dims)
    known = axis if is_number else static_value.known_int(axis)
    if known is not None and not -rank <= known < rank:
        raise errors.InvalidArgumentError(
            None, None, f"Dimension ({known}) must be in the range [{-rank}, {rank}) where {rank} is the number of "
            f"dimensions in the input {logits.name}."
        )  # fmt: skip
    ndims = array.rank(logits)
    if is_number:
        axis = axis + ndims if axis < 0 else axis
    else:
        axis = choosing.where(compare.less(axis, 0), axis + ndims, axis)
    last_of = array.rank(logits)
    axis = axis % rank
    swapped = _swap(logits, axis, math.subtract(last_of, 1))
    out = _swap(build.apply(op_type, swapped), axis, math.subtract(last_of, 1), name)
    out.set_shape(logits.get_shape())
    return out


def _swap(x, axis, last, name=None):
    order = array.concat([math.range(axis), [last], math.range(axis + 1, last), [axis]], 0)
    return rearrange.transpose(x, order, name=name)


@op_def.shape_rule("Softmax", "LogSoftmax")
def _softmax_shape(op):
    dims = op.inputs[0]._dims
    if dims == ():
        raise build.shape_error(op, "Shape must be at least rank 1 but is rank 0")
    return [dims]


@op_def.gradient("Softmax")
def _softmax_gradient(op, grad):
    y = op.outputs[0]
    return (grad - reduce.reduce_sum(grad * y, -1, keepdims=True)) * y


@op_def.gradient("LogSoftmax")
def _log_softmax_gradient(op, grad):
    return grad - reduce.reduce_sum(grad, -1, keepdims=True) * unary.exp(op.outputs[0])


# -- biases --------------------------------------------------------------------------------------------------------------


def bias_add(value, bias, data_format=None, name=None):
    """`value` plus a bias for each channel.

    Args:
        value: `[N, ..., C]`, or `[N, C, ...]` with a `data_format` that starts with "NC".
        bias: `[C]`, same dtype.

    Raises:
        ValueError: `bias` is no vector of one number a channel, or the data format is neither form.
    """
    with build.name_scope(name, "BiasAdd", [value, bias]) as scope:
        if data_format is not None:
            if data_format.startswith("NC"):
                data_format = "NCHW"
            elif data_format.startswith("N") and data_format.endswith("C"):
                data_format = "NHWC"
            else:
                raise ValueError(f"data_format must be of the form `N...C` or `NC...`, got {data_format!r}")
        value = build.convert_to_tensor(value, name="input")
        bias = build.convert_to_tensor(bias, dtype=value.dtype.base_dtype, name="bias")
        return build.apply("BiasAdd", value, bias, data_format=data_format, name=scope)


@op_def.shape_rule("BiasAdd", "BiasAddV1")
def _bias_add_shape(op):
    value, bias = op.inputs[0]._dims, windows.with_rank(op, 1, 1)
    if value is None:
        return [None]
    least = 3 if windows.channels_first(op.attrs) else 2
    if len(value) < least:
        raise build.shape_error(op, f"Shape must be at least rank {least} but is rank {len(value)}")
    axis = windows.channel_axis(op.attrs, len(value))
    channels = windows.equal(op, value[axis], bias[0])
    return [value[:axis] + (channels,) + value[axis + 1 :]]


@op_def.shape_rule("BiasAddGrad")
def _bias_add_grad_shape(op):
    dims = op.inputs[0]._dims
    return [(None if dims is None else dims[windows.channel_axis(op.attrs, len(dims))],)]


@op_def.gradient("BiasAdd")
def _bias_add_gradient(op, grad):
    return grad, build.apply("BiasAddGrad", grad, data_format=op.attrs["data_format"])


@op_def.gradient("BiasAddV1")
def _bias_add_v1_gradient(op, grad):
    return grad, build.apply("BiasAddGrad", grad)


@op_def.gradient("BiasAddGrad")
def _bias_add_second_gradient(op, grad):
    """What arrives, spread over all places of its channel."""
    x = op.inputs[0]
    if windows.channels_first(op.attrs):
        if x._dims is None:
            raise ValueError(
                f"the gradient of {op.type} '{op.name}' needs an input of known rank; {x.name} has unknown rank"
            )
        grad = array.reshape(grad, [-1] + [1] * (len(x._dims) - 2))
    return build.apply("BroadcastTo", grad, array.shape(x))


def l2_loss(t, name=None):
    """sum(t ** 2) / 2, a scalar."""
    return build.apply("L2Loss", t, name=name)


@op_def.shape_rule("L2Loss")
def _l2_loss_shape(op):
    return [()]


@op_def.gradient("L2Loss")
def _l2_loss_gradient(op, grad):
    return op.inputs[0] * grad


def xw_plus_b(x, weights, biases, name=None):
    """x w + b: a layer without activation.

    Args:
        x: `[N, I]`; weights: `[I, O]`; biases: `[O]`.
    """
    with build.name_scope(name, "xw_plus_b", [x, weights, biases]) as scope:
        x, weights, biases = _layer_inputs(x, weights, biases)
        return bias_add(matmul.matmul(x, weights), biases, name=scope)


def relu_layer(x, weights, biases, name=None):
    """relu(x w + b); arguments as `xw_plus_b` takes them."""
    with build.name_scope(name, "relu_layer", [x, weights, biases]) as scope:
        x, weights, biases = _layer_inputs(x, weights, biases)
        return relu(bias_add(matmul.matmul(x, weights), biases), name=scope)


def _layer_inputs(x, weights, biases):
    return (
        build.convert_to_tensor(x, name="x"),
        build.convert_to_tensor(weights, name="weights"),
        build.convert_to_tensor(biases, name="biases"),
    )


# -- dropout -------------------------------------------------------------------------------------------------------------


def dropout(x, keep_prob=None, noise_shape=None, seed=None, name=None, rate=None):
    """Zeros each element with probability `rate`, and divides the others by 1 - `rate`.

    Args:
        x: float `[...]`.
        keep_prob: 1 - `rate`; give one of the two, a number or a scalar tensor.
        noise_shape: the shape of the random mask, which is broadcast to `x`; a size None is that of `x`.
        seed: an int, for a mask that repeats from run to run.

    Returns:
        a tensor like `x`; `x` itself where the rate is known to be 0.

    Raises:
        ValueError: no rate, two rates, one outside [0, 1), or `x` is not floating.

    Source: Srivastava et al., Dropout: A Simple Way to Prevent Neural Networks from Overfitting (2014).
    """
    try:
        keep = 1.0 - keep_prob if keep_prob is not None else None
    except TypeError:
        raise ValueError(f"keep_prob must be a floating point number or Tensor (got {keep_prob!r})") from None
    rate = windows.renamed("rate", rate, "keep_prob", keep)
    if rate is None:
        raise ValueError("You must provide a rate to dropout.")
    with build.name_scope(name, "dropout", [x]):
        x = build.convert_to_tensor(x, name="x")
        if not x.dtype.is_floating:
            raise ValueError(
                f"x has to be a floating point tensor since it's going to be scaled. Got a {x.dtype} tensor instead."
            )
        if isinstance(rate, numbers.Real):
            if not 0 <= rate < 1:
                raise ValueError(f"rate must be a scalar tensor or a float in the range [0, 1), got {rate:g}")
            if rate == 0:
                return x
        rate = build.convert_to_tensor(rate, dtype=x.dtype.base_dtype, name="rate")
        rate.get_shape().assert_has_rank(0)
        if static_value.constant_value(rate) == 0:
            return x
        drawn = random.random_uniform(_noise_shape(x, noise_shape), seed=seed, dtype=x.dtype.base_dtype)
        scale = 1 / (1 - rate)
        is_kept = drawn >= rate
        kept = x * scale * math.cast(is_kept, x.dtype.base_dtype)
        kept.set_shape(x.get_shape())
        return kept


def _noise_shape(x, noise_shape):
    """The mask's shape: sizes left open are those of `x`."""
    if noise_shape is None:
        return array.shape(x)
    try:
        dims = shapes.TensorShape(noise_shape)._dims
    except (TypeError, ValueError):
        return noise_shape
    if x._dims is not None and dims is not None and len(x._dims) == len(dims):
        return shapes.TensorShape([known if d is None else d for d, known in zip(dims, x._dims)])
    return noise_shape


# -- statistics ----------------------------------------------------------------------------------------------------------


def zero_fraction(value, name=None):
    """The share of elements that are zero, a float32 scalar."""
    with build.name_scope(name, "zero_fraction", [value]):
        value = build.convert_to_tensor(value, name="value")
        size = array.size(value, out_type=dtypes.int64)
        nonzero = control_flow.cond(
            size <= dtypes.int32.max,
            true_fn=lambda: math.cast(_count_nonzero(value, dtypes.int32), dtypes.int64),
            false_fn=lambda: _count_nonzero(value, dtypes.int64),
        )
        with build.name_scope("counts_to_fraction"):
            zeros = math.cast(size - nonzero, dtypes.float32)
            fraction = zeros / math.cast(size, dtypes.float32)
        return array.identity(fraction, "fraction")


def _count_nonzero(value, dtype):
    with build.name_scope("count_nonzero"):
        hits = compare.not_equal(value, array.zeros([], dtype=value.dtype.base_dtype))
        return reduce.reduce_sum(math.cast(hits, dtype), name="nonzero_count")
