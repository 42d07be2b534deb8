"""Numbers on a grid of 2^bits steps: rounding that training can see (fake quantisation), and whole numbers for floats."""

from __future__ import annotations

import collections

from graphflow._graph import build, op_def

Quantized = collections.namedtuple("QuantizeV2", ["output", "output_min", "output_max"])  # type: ignore[name-match]
FakeQuantGradient = collections.namedtuple(  # type: ignore[name-match]
    "FakeQuantWithMinMaxVarsGradient", ["backprops_wrt_input", "backprop_wrt_min", "backprop_wrt_max"]
)
PerChannelGradient = collections.namedtuple(  # type: ignore[name-match]
    "FakeQuantWithMinMaxVarsPerChannelGradient", ["backprops_wrt_input", "backprop_wrt_min", "backprop_wrt_max"]
)

# -- fake quantisation ---------------------------------------------------------------------------------------------------


def fake_quant_with_min_max_args(inputs, min=-6, max=6, num_bits=8, narrow_range=False, name=None):
    """`inputs`, float32, rounded to the nearest of 2^num_bits steps from `min` to `max`, shifted so that 0 is one of them.

    Args:
        min, max: numbers.
        narrow_range: whether the lowest step is left out.
    """
    return build.apply(
        "FakeQuantWithMinMaxArgs", inputs, min=min, max=max, num_bits=num_bits, narrow_range=narrow_range, name=name
    )


def fake_quant_with_min_max_args_gradient(gradients, inputs, min=-6, max=6, num_bits=8, narrow_range=False, name=None):
    """The gradient of `fake_quant_with_min_max_args`: what arrives, 0 where inputs lie outside the steps."""
    return build.apply(
        "FakeQuantWithMinMaxArgsGradient", gradients, inputs, min=min, max=max, num_bits=num_bits,
        narrow_range=narrow_range, name=name,
    )  # fmt: skip


def fake_quant_with_min_max_vars(inputs, min, max, num_bits=8, narrow_range=False, name=None):
    """As `fake_quant_with_min_max_args`, with scalar tensors `min` and `max` that are trained too."""
    return build.apply(
        "FakeQuantWithMinMaxVars", inputs, min, max, num_bits=num_bits, narrow_range=narrow_range, name=name
    )


def fake_quant_with_min_max_vars_gradient(gradients, inputs, min, max, num_bits=8, narrow_range=False, name=None):
    """The gradients of `fake_quant_with_min_max_vars` by inputs, min and max."""
    return FakeQuantGradient(*build.apply(
        "FakeQuantWithMinMaxVarsGradient", gradients, inputs, min, max, num_bits=num_bits, narrow_range=narrow_range,
        name=name,
    ))  # fmt: skip


def fake_quant_with_min_max_vars_per_channel(inputs, min, max, num_bits=8, narrow_range=False, name=None):
    """As `fake_quant_with_min_max_vars`, with vectors: a range for each entry of the last axis."""
    return build.apply(
        "FakeQuantWithMinMaxVarsPerChannel", inputs, min, max, num_bits=num_bits, narrow_range=narrow_range, name=name
    )


def fake_quant_with_min_max_vars_per_channel_gradient(
    gradients, inputs, min, max, num_bits=8, narrow_range=False, name=None
):
    """The gradients of `fake_quant_with_min_max_vars_per_channel` by inputs, min and max."""
    return PerChannelGradient(*build.apply(
        "FakeQuantWithMinMaxVarsPerChannelGradient", gradients, inputs, min, max, num_bits=num_bits,
        narrow_range=narrow_range, name=name,
    ))  # fmt: skip


@op_def.shape_rule("FakeQuantWithMinMaxArgs", "FakeQuantWithMinMaxVars", "FakeQuantWithMinMaxVarsPerChannel")
def _as_input(op):
    return [op.inputs[0]._dims]


@op_def.shape_rule("FakeQuantWithMinMaxArgsGradient")
def _args_gradient_shape(op):
    return [op.inputs[0]._dims]


@op_def.shape_rule("FakeQuantWithMinMaxVarsGradient", "FakeQuantWithMinMaxVarsPerChannelGradient")
def _vars_gradient_shape(op):
    return [op.inputs[1]._dims, op.inputs[2]._dims, op.inputs[3]._dims]


def _attrs(op, *keys):
    return {key: op.attrs[key] for key in (*keys, "num_bits", "narrow_range")}


@op_def.gradient("FakeQuantWithMinMaxArgs")
def _args_gradient(op, grad):
    return build.apply("FakeQuantWithMinMaxArgsGradient", grad, op.inputs[0], **_attrs(op, "min", "max"))


@op_def.gradient("FakeQuantWithMinMaxVars", "FakeQuantWithMinMaxVarsPerChannel")
def _vars_gradient(op, grad):
    return tuple(build.apply(op.type + "Gradient", grad, *op.inputs, **_attrs(op)))


op_def.not_differentiable(
    "FakeQuantWithMinMaxArgsGradient", "FakeQuantWithMinMaxVarsGradient", "FakeQuantWithMinMaxVarsPerChannelGradient",
    because="TensorFlow has no second derivative of it either",
)  # fmt: skip

# -- there and back ------------------------------------------------------------------------------------------------------


def quantize_and_dequantize(
    input, input_min, input_max, signed_input=True, num_bits=8, range_given=False, round_mode="HALF_TO_EVEN", name=None,
    narrow_range=False,
):  # fmt: skip
    """`input` rounded to `num_bits` bits of a scale around 0; gradients go through as if nothing had been done.

    Args:
        input_min, input_max: the range, where `range_given`; else that of the input.
        round_mode: "HALF_TO_EVEN" or "HALF_UP".
    """
    return build.apply(
        "QuantizeAndDequantizeV2", input, input_min, input_max, signed_input=signed_input, num_bits=num_bits,
        range_given=range_given, round_mode=round_mode, narrow_range=narrow_range, name=name,
    )  # fmt: skip


@op_def.shape_rule("QuantizeAndDequantize", "QuantizeAndDequantizeV2", "QuantizeAndDequantizeV3")
def _there_and_back_shape(op):
    return [op.inputs[0]._dims]


@op_def.gradient("QuantizeAndDequantize", "QuantizeAndDequantizeV2", "QuantizeAndDequantizeV3")
def _there_and_back_gradient(op, grad):
    return grad, *[None] * (len(op.inputs) - 1)


# -- whole numbers -------------------------------------------------------------------------------------------------------


def quantize_v2(
    input, min_range, max_range, T, mode="MIN_COMBINED", name=None, round_mode="HALF_AWAY_FROM_ZERO"
):  # fmt: skip
    """Floats as whole numbers.

    Args:
        min_range, max_range: the floats that the least and the greatest whole number stand for.
        T: tf.qint8, tf.quint8, tf.qint16, tf.quint16 or tf.qint32.
        mode: "MIN_COMBINED", "MIN_FIRST" or "SCALED": where 0 lies.

    Returns:
        (output, output_min, output_max): of type `T`, and the range that was used.
    """
    return Quantized(*build.apply(
        "QuantizeV2", input, min_range, max_range, T=T, mode=mode, round_mode=round_mode, name=name
    ))  # fmt: skip


def quantize(
    input, min_range, max_range, T, mode="MIN_COMBINED", round_mode="HALF_AWAY_FROM_ZERO", name=None
):  # fmt: skip
    """`quantize_v2` with its arguments in another order."""
    return quantize_v2(input, min_range, max_range, T, mode, name, round_mode)


def dequantize(input, min_range, max_range, mode="MIN_COMBINED", name=None):
    """The float32 that whole numbers made by `quantize` stand for."""
    return build.apply("Dequantize", input, min_range, max_range, mode=mode, name=name)


op_def.shape_rule("QuantizeV2")(lambda op: [op.inputs[0]._dims, (), ()])
op_def.shape_rule("Dequantize")(lambda op: [op.inputs[0]._dims])
op_def.not_differentiable("QuantizeV2", "Dequantize", because="whole numbers do not vary smoothly")
