"""How many floating point operations a node of a graph takes, counted as TensorFlow's profiler counts them."""

from __future__ import annotations

import math

_BY_INPUT = {"Reciprocal": 1, "Square": 1, "Rsqrt": 2, "Log": 1, "Neg": 1, "AssignSub": 1, "AssignAdd": 1, "Softmax": 5}
_BY_OUTPUT = {
    "Add": 1, "Sub": 1, "Mul": 1, "RealDiv": 1, "Maximum": 1, "Minimum": 1, "Pow": 1, "RsqrtGrad": 4, "GreaterEqual": 1,
    "Greater": 1, "LessEqual": 1, "Less": 1, "Equal": 1, "NotEqual": 1, "SquaredDifference": 2,
}  # fmt: skip
_REDUCTIONS = {"Mean": 1, "Sum": 0, "ArgMax": 0, "ArgMin": 0, "BiasAddGrad": 0}  # what ends each result takes
_WINDOWS = ("Conv2D", "DepthwiseConv2dNative", "Conv3D", "Dilation2D")


class _Unknown(Exception):
    """A size is not known before the run."""


def _size(t):
    if t._dims is None or None in t._dims:
        raise _Unknown
    return math.prod(t._dims)


def count(op):
    """The number for one operation; 0 where sizes are not known before the run, or the type is not counted."""
    try:
        return _count(op)
    except _Unknown:
        return 0


def _count(op):
    kind = op.type
    if kind in _BY_INPUT:
        return _size(op.inputs[0]) * _BY_INPUT[kind]
    if kind in _BY_OUTPUT:
        return _size(op.outputs[0]) * _BY_OUTPUT[kind]
    if kind in _REDUCTIONS:
        return _size(op.inputs[0]) + _size(op.outputs[0]) * (_REDUCTIONS[kind] - 1)
    if kind == "L2Loss":
        return _size(op.inputs[0]) * 3 - 1
    if kind == "BiasAdd":
        return _size(op.inputs[0])
    if kind == "AddN":
        return _size(op.inputs[0]) * (len(op.inputs) - 1)
    if kind == "MatMul":
        _size(op.inputs[0])
        inner = op.inputs[0]._dims[0 if op.attrs["transpose_a"] else 1]
        return 2 * inner * _size(op.outputs[0])
    if kind in ("AvgPool", "MaxPool"):
        return math.prod(op.attrs["ksize"]) * _size(op.outputs[0])
    if kind == "AvgPoolGrad":
        return 2 * math.prod(op.attrs["ksize"]) * _size(op.inputs[1])
    if kind == "MaxPoolGrad":
        return (math.prod(op.attrs["ksize"]) + 1) * _size(op.inputs[1])
    return _windows(op)


def _windows(op):
    """Convolutions and their gradients."""
    if op.type in _WINDOWS:
        taps = _size(op.inputs[1]) // op.inputs[1]._dims[-1]  # of one output element
        if op.type == "DepthwiseConv2dNative":
            taps //= op.inputs[1]._dims[-2]
        return 2 * taps * _size(op.outputs[0])
    if op.type in ("Conv2DBackpropInput", "Conv2DBackpropFilter"):
        back_to_input = op.type == "Conv2DBackpropInput"
        image, kernel = (op.outputs[0], op.inputs[1]) if back_to_input else (op.inputs[0], op.outputs[0])
        strides = op.attrs["strides"]
        return 2 * _size(image) * _size(kernel) // (image._dims[-1] * strides[1] * strides[2])
    return 0
