"""Folds batch normalization that is made of single operations, which are found by their names.

Source: Krishnamoorthi, "Quantizing deep convolutional networks for efficient inference" (2018), section 3.2,
https://arxiv.org/abs/1806.08342.
"""

from __future__ import annotations

import re

from graphflow._contrib.quantize import corrections, matching
from graphflow._ops import array, blocks, math, variable_scope

_PART = re.compile(r"^(.*)BatchNorm/batchnorm")
_ACTIVATIONS = "Relu6", "Relu", "Identity"


def fold(graph, is_training, freeze_delay):
    """Folds all such batch normalizations of a graph; arguments as of `folding.fold`.

    Raises:
        ValueError: it stands behind no layer that can be folded, or before neither an activation nor a sum.
    """
    names = [found[1] for op in graph.get_operations() if (found := _PART.search(op.name))]
    for context in dict.fromkeys(name for name in names if not name.startswith(matching.SKIPPED)):
        norm = f"{context}BatchNorm/batchnorm_1/"
        shifted = _operation(graph, f"{norm}add_1")
        if shifted is None or not shifted.outputs[0].consumers():
            continue
        folded = _folded(graph, context, norm, shifted, is_training, freeze_delay)
        taker = next((op for name in _ACTIVATIONS if (op := _operation(graph, context + name))), None)
        if taker is None:  # a sum around the layer
            around = context.rstrip("/").rpartition("/")[0]
            taker = _operation(graph, f"{around}/AddV2" if around else "AddV2")
        if taker is None or not matching.reroute(folded, shifted.outputs[0], [taker]):
            raise ValueError(
                f"Folding batch norms failed: no activation or sum takes {shifted.name}; give batch_norm fused=True"
            )


def _operation(graph, name):
    try:
        return graph.get_operation_by_name(name)
    except KeyError:
        return None


def _folded(graph, context, norm, shifted, is_training, freeze_delay):
    """The output of the layer with the normalization in its weights."""
    takers = matching.consumers(graph.get_operation_by_name(f"{norm}Rsqrt"))
    has_scale = sum(op.type == "Mul" for op in takers) == 1
    scaled = graph.get_operation_by_name(f"{norm}mul_1" if has_scale else f"{norm}mul")
    layer, back = scaled.inputs[0].op, None
    if layer.type == "BatchToSpaceND":
        layer, back = layer.inputs[0].op, layer
    if layer.type not in ("Conv2D", "MatMul", "DepthwiseConv2dNative"):
        raise ValueError(f"Cannot handle operation of type: {layer.type}")
    weight, scale = layer.inputs[1], scaled.inputs[1]
    correction, recip, offset = None, None, None
    if is_training:
        found = _statistics(graph, context, has_scale)
        correction, recip, offset = corrections.corrections(found, freeze_delay, context)
    if layer.type == "DepthwiseConv2dNative":
        channels = weight.get_shape().as_list()[2:4]
        plain = graph.get_operation_by_name(f"{norm}mul" if has_scale else f"{norm}Rsqrt")
        scale = array.reshape(plain.outputs[0], channels, f"{context}scale_reshape")
        if correction is not None:
            correction = array.reshape(correction, channels, f"{context}correction_reshape")
    if correction is not None:
        weight = math.multiply(correction, weight, f"{context}correction_mult")
    weight = math.multiply(weight, scale, name=f"{context}mul_fold")
    new = corrections.copied(layer, layer.inputs[0], weight, f"{layer.name}_Fold")
    if back is not None:
        new = blocks.batch_to_space_nd(new, back.inputs[1], back.inputs[2], name=f"{back.name}_Fold")
    if offset is not None:
        new = math.multiply(recip, new, f"{context}post_conv_mul")
        new = math.add(new, offset, f"{context}correction_add")
    return math.add(new, shifted.inputs[1], name=f"{context}add_fold")


def _statistics(graph, context, has_scale):
    is_resource = variable_scope.get_variable_scope().use_resource
    read = "/Read/ReadVariableOp" if is_resource else "/read"

    def found(name):
        return _nearest(graph, f"BatchNorm/{name}", context)

    moving_mean, moving_variance = found(f"moving_mean{read}"), found(f"moving_variance{read}")
    return corrections.Statistics(
        found("gamma/Read/ReadVariableOp" if is_resource else "gamma") if has_scale else array.ones(moving_mean.shape),
        found("moments/Squeeze"), found("moments/Squeeze_1"), moving_mean, moving_variance, found("AssignMovingAvg/decay"),
        found("AssignMovingAvg_1/decay"), found("batchnorm_1/add/y"),
    )  # fmt: skip


def _nearest(graph, suffix, context):
    """The tensor of the operation with this end of its name that shares most scopes with `context`."""
    scopes = set(context.split("/"))
    ends = [op for op in graph.get_operations() if op.name.endswith(suffix)]
    shared = {op: len(scopes & set(op.name.split("/"))) for op in ends}
    if not any(shared.values()) and context:
        raise ValueError(f"Folding batch norms failed: there is no {suffix} near {context}")
    return max(shared, key=shared.__getitem__).outputs[0]
