"""Numbers on a grid: fake quantisation, quantized types."""

from graphflow._core.refused import quantized_concat as quantized_concat
from graphflow._ops.quantization import dequantize as dequantize
from graphflow._ops.quantization import fake_quant_with_min_max_args as fake_quant_with_min_max_args
from graphflow._ops.quantization import fake_quant_with_min_max_args_gradient as fake_quant_with_min_max_args_gradient
from graphflow._ops.quantization import fake_quant_with_min_max_vars as fake_quant_with_min_max_vars
from graphflow._ops.quantization import fake_quant_with_min_max_vars_gradient as fake_quant_with_min_max_vars_gradient
from graphflow._ops.quantization import (
    fake_quant_with_min_max_vars_per_channel as fake_quant_with_min_max_vars_per_channel,
)
from graphflow._ops.quantization import (
    fake_quant_with_min_max_vars_per_channel_gradient as fake_quant_with_min_max_vars_per_channel_gradient,
)
from graphflow._ops.quantization import quantize as quantize
from graphflow._ops.quantization import quantize_and_dequantize as quantize_and_dequantize
