"""What both ways of folding share: layers over other weights, and corrections where a batch has statistics of its own."""

from __future__ import annotations

import dataclasses
from typing import Any

from graphflow._contrib.quantize import matching, ranges
from graphflow._graph import build, tensor
from graphflow._graph import graph as graph_lib
from graphflow._ops import array, atrous, compare, control_flow, conv, math, matmul, unary


@dataclasses.dataclass
class Statistics:
    """The tensors of a batch normalization: its scale, the moments of the batch and the moving ones, and how fast these move."""

    gamma: tensor.Tensor
    mean: tensor.Tensor
    variance: tensor.Tensor
    moving_mean: Any
    moving_variance: Any
    mean_decay: Any
    variance_decay: Any
    epsilon: Any


def corrections(found, freeze_delay, context=""):
    """(scale of the weights, what undoes it on the output, offset of the output); the moving moments stop once frozen.

    Args:
        found: Statistics.
        freeze_delay: after how many steps outputs go over to the moving moments; never when None.
        context: prefix of the name scope.
    """
    with graph_lib.get_default_graph().name_scope(f"{context}batch_norm_correction"):
        moving = unary.rsqrt(found.moving_variance + found.epsilon)
        batch = unary.rsqrt(found.variance + found.epsilon)
        scale = array.identity(math.divide(moving, batch, name="scale_compute"), name="correction_scale")
        recip = unary.reciprocal(scale, name="reciprocal_compute")
        offset = math.multiply(found.gamma, found.mean * batch - found.moving_mean * moving, name="offset_compute")
        is_frozen = False
        if freeze_delay is not None:
            is_frozen = compare.greater_equal(ranges.step(), freeze_delay, name="use_moving_average")
        for decay, name in ((found.mean_decay, "freeze_moving_mean"), (found.variance_decay, "freeze_moving_var")):
            takers = decay.consumers()
            frozen = _either(is_frozen, lambda: build.constant(0.0), lambda kept=decay: kept, name)
            matching.reroute(frozen, decay, takers)
        return (
            scale,
            _either(is_frozen, lambda: array.ones(scale.shape), lambda: recip, "correction_recip"),
            _either(is_frozen, lambda: offset, lambda: array.zeros(offset.shape), "correction_offset"),
        )


def _either(pred, yes, no, name):
    return control_flow.cond(pred, yes, no, name=name) if isinstance(pred, tensor.Tensor) else no()


def copied(layer, taken, weight, name):
    """A layer over other weights."""
    attr = layer.get_attr
    if layer.type == "MatMul":
        return matmul.matmul(taken, weight, transpose_a=attr("transpose_a"), transpose_b=attr("transpose_b"), name=name)
    sizes = {"strides": attr("strides"), "padding": attr("padding").decode(), "name": name}
    if layer.type == "Conv2D":
        more = {"use_cudnn_on_gpu": attr("use_cudnn_on_gpu"), "data_format": attr("data_format").decode()}
        return conv.conv2d(taken, weight, **sizes, **more)
    return atrous.depthwise_conv2d(taken, weight, **sizes)
