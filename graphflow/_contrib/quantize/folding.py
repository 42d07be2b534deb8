"""Folds batch normalization into the weights of the layer before it, so that rounding sees the weights that will be used.

In training a layer computes with the weights of the moving statistics, and is corrected by what those of the batch differ.

Source: Krishnamoorthi, "Quantizing deep convolutional networks for efficient inference" (2018), section 3.2,
https://arxiv.org/abs/1806.08342.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from graphflow._autodiff import gradients
from graphflow._contrib.quantize import corrections, matching
from graphflow._core import dtypes
from graphflow._graph import build, operation, tensor
from graphflow._graph import graph as graph_lib
from graphflow._ops import array, atrous, blocks, compare, control_flow, conv, math, matmul, unary

_GRADIENT = "FoldFusedBatchNormGrad"

_any = matching.Pattern("*")
_input, _weight, _gamma, _beta, _mean, _variance = (matching.Pattern("*") for _ in range(6))
_layer = matching.Pattern("Conv2D|DepthwiseConv2dNative|MatMul", [_input, _weight])
_batch_to_space = matching.Pattern("BatchToSpaceND", [_layer, "*", "*"])
_layer_identity = matching.Pattern("Identity", [matching.OneOf(_batch_to_space, _layer)])
_layer_output = matching.OneOf(_layer_identity, _layer, _batch_to_space)
_reshaped = matching.Pattern("Reshape", [_layer_output, "*"])  # a dense layer before it
_norm = matching.Pattern(
    "FusedBatchNorm|FusedBatchNormV3", [matching.OneOf(_reshaped, _layer_output), _gamma, _beta, _mean, _variance]
)
_norm_reshaped = matching.Pattern("Reshape", [_norm, "*"])
_norms = matching.OneOf(_norm_reshaped, _norm)

_moving, _decay = matching.Pattern("*"), matching.Pattern("*")
_moving_difference = matching.Pattern("Sub", [_moving, _norm])
_moving_update = matching.Pattern("Mul", [_moving_difference, _decay])


@dataclasses.dataclass
class _Found:
    """A layer and its normalization."""

    layer: operation.Operation
    norm: operation.Operation
    output: tensor.Tensor
    input: tensor.Tensor
    weight: tensor.Tensor
    beta: tensor.Tensor
    statistics: corrections.Statistics
    batch_to_space: Any


def fold(graph, freeze_delay):
    """Folds all fused batch normalizations of a graph.

    Args:
        freeze_delay: after how many steps training goes over to the moving statistics; never when None.

    Raises:
        ValueError: nothing takes the output of one, or nothing keeps its moving averages.
    """
    for found in _all_found(graph):
        scope, slash, _ = found.layer.name.rpartition("/")
        with graph.as_default(), graph.name_scope(scope + slash):
            with graph.name_scope(f"{scope}{slash}BatchNorm_Fold{slash}"):
                known = found.statistics
                scale = known.gamma * unary.rsqrt(known.variance + known.epsilon)
                bias = math.subtract(found.beta, known.mean * scale, name="bias")
                correction, recip, offset = None, None, None
                if found.norm.get_attr("is_training"):
                    correction, recip, offset = corrections.corrections(known, freeze_delay)
                if found.layer.type == "DepthwiseConv2dNative":
                    channels = found.weight.get_shape().as_list()[2:4]
                    scale = array.reshape(scale, channels, name="scale_reshape")
                    if correction is not None:
                        correction = array.reshape(correction, channels, name="correction_reshape")
            weight = found.weight
            if correction is not None:
                weight = math.multiply(correction, weight, name="correction_mult")
            new = _copied(found, math.multiply(weight, scale, name="mul_fold"))
            if recip is not None:
                new = math.add(math.multiply(recip, new, name="post_conv_mul"), offset, "correction_add")
            new = math.add(new, bias, name="add_fold")
            if not matching.reroute(new, found.output, found.output.consumers()):
                raise ValueError(f"Folding batch norms failed, {found.output.name} had no outputs.")


def _all_found(graph):
    every, seen = [], set()
    for match in list(matching.matches(_norms, graph)):
        found = _one_found(graph, match)
        if found is not None and found.layer not in seen:
            seen.add(found.layer)
            every.append(found)
    return every


def _one_found(graph, match):
    layer, norm = matching.op_of(match, _layer), matching.op_of(match, _norm)
    output = norm.outputs[0]
    if layer.type == "MatMul":
        reshape = matching.op_of(match, _norm_reshaped)
        if reshape is None:  # the match at the reshape comes later
            return None
        output = reshape.outputs[0]
    if not output.consumers():
        return None
    taken, weight, gamma, beta, mean, variance = (
        matching.tensor_of(match, one) for one in (_input, _weight, _gamma, _beta, _mean, _variance)
    )
    moving = [None] * 4
    if norm.get_attr("is_training"):
        # Fused normalization has no gradient with respect to the statistics it gives out.
        norm._set_attr("_gradient_op_type", _GRADIENT.encode())
        mean, variance = norm.outputs[1], _biased_variance(norm, matching.tensor_of(match, _layer))
        moving = _moving_averages(graph, norm)
    statistics = corrections.Statistics(gamma, mean, variance, *moving, norm.get_attr("epsilon"))
    return _Found(layer, norm, output, taken, weight, beta, statistics, matching.op_of(match, _batch_to_space))


def _biased_variance(norm, layer_output):
    """The variance without Bessel's correction, which the one given out has."""
    scope, slash, _ = norm.name.rpartition("/")
    with graph_lib.get_default_graph().name_scope(scope + slash):
        n = math.cast(array.size(layer_output) / array.size(norm.outputs[1]), dtypes.float32)
        return math.multiply(norm.outputs[2], (n - 1) / n, name="Undo_Bessel_Correction")


def _moving_averages(graph, norm):
    """[moving mean, moving variance, decay of the first, decay of the second]."""
    found = {}
    for match in matching.matches(_moving_update, graph):
        difference = matching.op_of(match, _moving_difference)
        for i in (1, 2):
            if difference.inputs[1] is norm.outputs[i]:
                found[i] = difference.inputs[0], matching.tensor_of(match, _decay)
    if len(found) < 2:
        raise ValueError(
            f"Folding batch norms failed: no moving averages of the statistics of {norm.name} were found; make it with its "
            "updates, as tf.contrib.layers.batch_norm and slim do"
        )
    return [found[1][0], found[2][0], found[1][1], found[2][1]]


def _copied(found, weight):
    """The layer over other weights, with the operation after an atrous one."""
    name = f"{found.layer.name.split('/')[-1]}_Fold"
    made = corrections.copied(found.layer, found.input, weight, name)
    if found.batch_to_space is None:
        return made
    back = found.batch_to_space
    name = f"{back.name.split('/')[-1]}_Fold"
    return blocks.batch_to_space_nd(made, back.inputs[1], back.inputs[2], name=name)


@gradients.RegisterGradient(_GRADIENT)
def _fold_gradient(op, _, grad_mean, grad_variance, *others):
    """The gradient through the mean and the variance of a batch alone: its output is not used any more."""
    x = op.inputs[0]
    n = math.cast(array.size(x) / array.size(grad_mean), dtypes.float32)
    return grad_mean / n + 2 * grad_variance * (x - op.outputs[1]) / (n - 1), None, None, None, None
