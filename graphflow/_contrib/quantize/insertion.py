"""Puts fake quantization behind weights, activations and sums."""

from __future__ import annotations

import dataclasses
from typing import Any

from graphflow._contrib.quantize import matching, ranges
from graphflow._core import log
from graphflow._graph import graph as graph_lib
from graphflow._ops import compare, control_flow

_ACTIVATIONS, _RELUS = frozenset(["Relu", "Relu6", "Identity"]), frozenset(["Relu", "Relu6"])
_SUMS = frozenset(["Add", "AddV2", "Mul"])
_PASSES = frozenset(["Reshape", "Identity", "BatchToSpaceND", "SpaceToBatchND", "MaxPool", "Max"])
_FAKE = frozenset(["FakeQuantWithMinMaxVars", "FakeQuantWithMinMaxArgs", "FakeQuantWithMinMaxVarsPerChannel"])
_DELAYED = "delayed_quant"

P, OneOf = matching.Pattern, matching.OneOf
_LAYERS = "Conv2D|MatMul|DepthwiseConv2dNative"
_weight_variable = P("Variable|VariableV2")
_part = P("Identity", [_weight_variable])
_weight = P("Identity", [OneOf(_part, P("ConcatV2", [_part, "*", "*"]), _weight_variable)])
_weight_read, _folded_weight = P("ReadVariableOp"), P("Mul")
_WEIGHTS = _weight, _weight_read, _folded_weight
_layer = P(_LAYERS, ["*", OneOf(*_WEIGHTS)], is_ordered=False)
_layer_output = OneOf(P("BatchToSpaceND", [_layer, "*", "*"]), _layer)
_two_layers = P(_LAYERS, [_layer_output, "*"], is_ordered=False)
_corrected = P("Add|AddV2", [P("Mul", ["*", _layer_output], is_ordered=False), "*"], is_ordered=False)
_folded_bias = P("Add|AddV2", [_corrected, "*"], is_ordered=False)
_norm_identity = P("Identity", [_folded_bias])
_bias = P("Add|AddV2|BiasAdd", [_layer_output, "*"], is_ordered=False)
_bypass = P("Add|AddV2", [OneOf(_bias, _folded_bias, _norm_identity), "*"], is_ordered=False)
_activation = P("Relu|Relu6|Identity", [OneOf(_bias, _folded_bias, _norm_identity, _bypass, _layer)])
_bypass_after = P("Add|AddV2", ["*", _activation], is_ordered=False)


@dataclasses.dataclass
class _Match:
    """A layer, and what follows it."""

    layer: Any
    weight: Any
    activation: Any
    bypass: Any = None
    bypass_after: Any = None
    bias: Any = None


@dataclasses.dataclass
class Inserter:
    """Inserts fake quantization into a graph.

    Attributes:
        is_training: whether runs move the ranges.
        weight_bits, activation_bits: of the grids.
        symmetric: whether the grids lie about 0.
        delay: after how many steps rounding begins; at once when None or 0.
        scope: only what is in this scope is rounded; all when None.
    """

    is_training: bool
    weight_bits: int = 8
    activation_bits: int = 8
    symmetric: bool = False
    delay: Any = None
    scope: Any = None

    def quantize(self, graph):
        """Rewrites a graph in place."""
        if self.scope and not self.scope.endswith("/"):
            self.scope += "/"
        done = set()
        self._takers = {op: matching.consumers(op) for op in graph.get_operations()}
        for match in _found(graph):
            self._layer(match, done)
        self._takers = {op: matching.consumers(op) for op in graph.get_operations()}
        for op in list(self._takers):
            if _is_sum_of_rounded(op, done):
                self._behind_sum(op)

    def _layer(self, match, done):
        context = _above(match.layer.name)
        if match.weight is not None:
            self._insert(context, "weights_quant", match.weight.op, is_weight=True, in_scope="consumers")
        around = _above(context) if match.bypass is not None else context
        if match.activation is not None:
            self._insert(around, "act_quant", match.activation, in_scope="producer", init_min=0.0)
            done.add(match.activation)
        if match.bypass is not None:
            self._insert(context, "conv_quant", match.bias, in_scope="both")
            done.add(match.bias)
            # An activation that follows is computed together with the sum later on.
            if not any(op.type in _ACTIVATIONS for op in self._takers[match.bypass]):
                self._insert(around, "add_quant", match.bypass, in_scope="both")
                done.add(match.bypass)
        if match.bypass_after is not None:
            if not any(op.type in _RELUS for op in self._takers[match.bypass_after]):
                where = _above(match.bypass_after.name)
                self._insert(where, "post_activation_bypass_quant", match.bypass_after, in_scope="producer")
                done.add(match.bypass_after)

    def _behind_sum(self, op):
        log.info("Inserting fake quant op activation_%s_quant after %s", op.type, op.name)
        self._insert(op.name, f"activation_{op.type}_quant", op, in_scope="producer", symmetric=False)

    def _insert(self, context, name, producer, is_weight=False, in_scope="", **options):
        """Rounds what `producer` gives to its consumers, unless it is out of scope or rounded already."""
        consumers, prefix = self._takers[producer], f"{context}/{name}" if context else name
        if self.scope:
            named = [producer] if in_scope in ("producer", "both") else []
            named += consumers if in_scope in ("consumers", "both") else []
            if not all(op.name.startswith(self.scope) for op in named):
                log.info('"%s" is left as it is: it, or what takes it, is not in scope "%s"', producer.name, self.scope)
                return
        inputs, around = producer.outputs[0], graph_lib.get_default_graph().get_name_scope()
        if around:
            prefix = prefix.removeprefix(f"{around}/")
        if _is_rounded(inputs):
            return
        options = {"symmetric": self.symmetric, **options}
        if is_weight:
            options |= {"num_bits": self.weight_bits, "narrow_range": True}
            rounded = ranges.last_value(inputs, prefix, self.is_training, **options)
        else:
            rounded = ranges.moving_average(inputs, prefix, self.is_training, num_bits=self.activation_bits, **options)
        if self.delay:
            begins = compare.greater_equal(ranges.step(), self.delay, name=f"{prefix}/activate_quant")
            now = rounded
            rounded = control_flow.cond(begins, lambda: now, lambda: inputs, name=f"{prefix}/{_DELAYED}")
        if consumers and matching.reroute(rounded, inputs, consumers) < len(consumers):
            raise ValueError(f"No inputs quantized for ops: {[op.name for op in consumers]}")


def _above(name):
    """The scope of a name."""
    return name.rpartition("/")[0]


def _found(graph):
    """The layers of a graph, those with more behind them first."""
    every, seen = [], set()

    def note(found, activation, bypass=None, bypass_after=None, bias=None, weights=_WEIGHTS):
        layer = matching.op_of(found, _layer)
        if layer not in seen:
            seen.add(layer)
            every.append(_Match(layer, matching.tensor_of(found, *weights), activation, bypass, bypass_after, bias))

    def bias_of(found):
        return matching.op_of(found, _bias) or matching.op_of(found, _folded_bias)

    for found in list(matching.matches(_bypass_after, graph)):
        note(
            found, matching.op_of(found, _activation), matching.op_of(found, _bypass), matching.op_of(found, _bypass_after),
            bias_of(found),
        )  # fmt: skip
    for found in list(matching.matches(_activation, graph)):
        activation = matching.op_of(found, _activation)
        if not _feeds_norm(activation):
            note(found, activation, matching.op_of(found, _bypass), None, bias_of(found))
    # A last layer may have no activation.
    for found in list(matching.matches(OneOf(_bias, _folded_bias), graph)):
        note(found, bias_of(found))
    # Two layers in a row, as in a separable convolution.
    for found in list(matching.matches(_two_layers, graph)):
        note(found, matching.op_of(found, _layer), weights=_WEIGHTS[:2])
    return every


def _feeds_norm(activation):
    """Whether an Identity stands only between a layer and its folded normalization, which is left for its statistics."""
    takers = activation.outputs[0].consumers()
    return (
        activation.type == "Identity" and len(takers) == 1 and takers[0].type in ("FusedBatchNorm", "FusedBatchNormV3")
    )


def _is_rounded(t):
    takers = t.consumers()
    while takers:
        op = takers.pop()
        if op.type in _FAKE:
            return True
        if op.type in ("Reshape", "Identity"):
            takers += [taker for out in op.outputs for taker in out.consumers()]
    return False


def _is_sum_of_rounded(op, done):
    """Whether an operation adds or multiplies rounded values, and what it gives is not rounded otherwise."""
    if op in done or op.type not in _SUMS:
        return False
    takers = op.outputs[0].consumers()
    if len(takers) == 1 and takers[0].type in _RELUS:
        return False
    for t in op.inputs:
        source = t.op
        while source.type in _PASSES:
            source = source.inputs[0].op
        if source.type == "FakeQuantWithMinMaxVars" or f"{_DELAYED}/" in source.name:
            return True
        if source.type in _SUMS and any(_is_sum_of_rounded(below.op, done) for below in source.inputs):
            return True
    return False


def graph_or_default(graph):
    """A graph, the default one for None."""
    return graph_lib.get_default_graph() if graph is None else graph
