"""Grey-scale morphology: the largest (dilation) or smallest (erosion) of an image under a sliding profile."""

from __future__ import annotations

from graphflow._graph import build, op_def
from graphflow._ops import rearrange, unary, windows


def dilation2d(input, filter=None, strides=None, rates=None, padding=None, name=None, filters=None, dilations=None):
    """max over the window of input + filter, each channel by its own profile.

    Args:
        input: real `[N, H, W, C]`.
        filter, filters: `[h, w, C]`.
        strides, rates (dilations): one number an axis.
        padding: "SAME" or "VALID"; what lies outside never wins.

    Source: Serra, Image Analysis and Mathematical Morphology (1982).
    """
    filter = windows.renamed("filters", filters, "filter", filter)
    rates = windows.renamed("dilations", dilations, "rates", rates)
    return build.apply("Dilation2D", input, filter, strides=strides, rates=rates, padding=padding, name=name)


def erosion2d(value, kernel, strides, rates, padding, name=None):
    """min over the window of value - kernel: the dilation of -value by the kernel turned over, negated."""
    with build.name_scope(name, "erosion2d", [value, kernel]) as scope:
        value, kernel = unary.negative(value), rearrange.reverse(kernel, [0, 1])
        return unary.negative(
            build.apply("Dilation2D", value, kernel, strides=strides, rates=rates, padding=padding, name=scope)
        )


@op_def.shape_rule("Dilation2D")
def _dilation_shape(op):
    x, profile = windows.with_rank(op, 0, 4), windows.with_rank(op, 1, 3)
    strides, rates = op.attrs["strides"], op.attrs["rates"]
    for values in (strides, rates):
        if len(values) != 4 or min(values) < 1:
            raise build.shape_error(
                op, f"Dilation2D needs four strides and four rates, all positive, got {strides} and {rates}"
            )
    depth = windows.equal(op, x[3], profile[2])
    if None in (*x[1:3], *profile[:2]):
        return [(x[0], None, None, depth)]
    sizes = [
        windows.output_size(op, x[a + 1], profile[a], strides[a + 1], op.attrs["padding"], rates[a + 1]) for a in (0, 1)
    ]
    return [(x[0], *sizes, depth)]


op_def.shape_rule("Dilation2DBackpropInput")(lambda op: [op.inputs[0]._dims])
op_def.shape_rule("Dilation2DBackpropFilter")(lambda op: [op.inputs[1]._dims])


@op_def.gradient("Dilation2D")
def _dilation_gradient(op, grad):
    attrs = {key: op.attrs[key] for key in ("strides", "rates", "padding")}
    return [build.apply(f"Dilation2DBackprop{side}", *op.inputs, grad, **attrs) for side in ("Input", "Filter")]
