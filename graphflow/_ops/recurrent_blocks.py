"""Steps of recurrent cells as single operations: LSTMBlockCell, BlockLSTM over all steps, GRUBlockCell."""

from __future__ import annotations

from graphflow._graph import build, op_def
from graphflow._ops import array, matmul, slicing, windows


def lstm_block_cell(x, cs_prev, h_prev, w, peepholes, b, forget_bias, cell_clip, use_peephole):
    """One step of an LSTM.

    Args:
        x: `[batch, depth]`; cs_prev, h_prev: `[batch, units]`, cell values and output of the step before.
        w: `[depth + units, 4 units]`, gates in the order input, new, forget, output; b: `[4 units]`.
        peepholes: three vectors `[units]`, of the input, forget and output gates.
        cell_clip: the cell values are clipped to +- this; not at all where it is not above 0.

    Returns:
        list of `[batch, units]`: input gate, cell values, forget gate, output gate, new values, tanh of the cell values, output.
    """
    return build.apply(
        "LSTMBlockCell", x, cs_prev, h_prev, w, *peepholes, b, forget_bias=forget_bias, cell_clip=cell_clip,
        use_peephole=use_peephole,
    )  # fmt: skip


def block_lstm(steps, x, cs_prev, h_prev, w, peepholes, b, forget_bias, cell_clip, use_peephole):
    """All steps of an LSTM: `lstm_block_cell` over `x` `[time, batch, depth]`, zeros from `steps`, an int64 scalar, on."""
    return build.apply(
        "BlockLSTM", steps, x, cs_prev, h_prev, w, *peepholes, b, forget_bias=forget_bias, cell_clip=cell_clip,
        use_peephole=use_peephole,
    )  # fmt: skip


def gru_block_cell(x, h_prev, w_ru, w_c, b_ru, b_c):
    """One step of a gated recurrent unit.

    Args:
        x: `[batch, depth]`; h_prev: `[batch, units]`.
        w_ru: `[depth + units, 2 units]`, reset and update gates; w_c: `[depth + units, units]`, the candidate; b_ru, b_c: biases.

    Returns:
        list of `[batch, units]`: reset gate, update gate, candidate, output.
    """
    return build.apply("GRUBlockCell", x, h_prev, w_ru, w_c, b_ru, b_c)


@op_def.shape_rule("LSTMBlockCell")
def _lstm_cell_shape(op):
    return [(windows.with_rank(op, 0, 2)[0], windows.with_rank(op, 1, 2)[1])] * 7


@op_def.shape_rule("BlockLSTM")
def _block_lstm_shape(op):
    x, (gates,) = windows.with_rank(op, 1, 3), windows.with_rank(op, 8, 1)
    return [(x[0], x[1], None if gates is None else gates // 4)] * 7


@op_def.shape_rule("LSTMBlockCellGrad")
def _lstm_cell_grad_shape(op):
    batch, units = windows.with_rank(op, 0, 2)[0], windows.with_rank(op, 1, 2)[1]
    return [(batch, units), (batch, None if units is None else 4 * units), *[(units,)] * 3]


@op_def.shape_rule("BlockLSTMGrad")
def _block_lstm_grad_shape(op):
    return [t._dims for t in op.inputs[1:9]]


@op_def.shape_rule("GRUBlockCell")
def _gru_cell_shape(op):
    return [(windows.with_rank(op, 0, 2)[0], windows.with_rank(op, 1, 2)[1])] * 4


@op_def.shape_rule("GRUBlockCellGrad")
def _gru_cell_grad_shape(op):
    (batch, depth), units = windows.with_rank(op, 0, 2), windows.with_rank(op, 1, 2)[1]
    return [(batch, depth), (batch, units), (batch, units), (batch, windows.with_rank(op, 2, 2)[1])]


@op_def.gradient("LSTMBlockCell")
def _lstm_cell_gradient(op, *grads):
    """Only the cell values and the output carry a gradient: the gates are there for this node."""
    x, before, h_before, w, *_ = op.inputs
    _, units = before.get_shape().as_list()
    batch, depth = x.get_shape().as_list()
    if depth is None or units is None:
        raise ValueError(f"the gradient of '{op.name}' needs sizes of its inputs that are known: {x}, {before}")
    before_grad, gates_grad, *peepholes = build.apply(
        "LSTMBlockCellGrad", *op.inputs, *op.outputs[:6], grads[1], grads[6], use_peephole=op.attrs["use_peephole"]
    )
    batch = -1 if batch is None else batch
    both = matmul.matmul(gates_grad, w, transpose_b=True)
    x_grad = slicing.slice(both, (0, 0), (batch, depth))
    h_grad = slicing.slice(both, (0, depth), (batch, units))
    w_grad = matmul.matmul(array.concat([x, h_before], 1), gates_grad, transpose_a=True)
    return [x_grad, before_grad, h_grad, w_grad, *peepholes, build.apply("BiasAddGrad", gates_grad)]


@op_def.gradient("BlockLSTM")
def _block_lstm_gradient(op, *grads):
    found = build.apply(
        "BlockLSTMGrad", *op.inputs, *op.outputs, grads[1], grads[6], use_peephole=op.attrs["use_peephole"]
    )
    return [None, *found]


@op_def.gradient("GRUBlockCell")
def _gru_cell_gradient(op, *grads):
    x, before, *_ = op.inputs
    reset, update, candidate, _ = op.outputs
    x_grad, before_grad, candidate_grad, gates_grad = build.apply(
        "GRUBlockCellGrad", *op.inputs, reset, update, candidate, grads[3]
    )
    gates_w = matmul.matmul(array.concat([x, before], 1), gates_grad, transpose_a=True)
    gates_b = build.apply("BiasAddGrad", gates_grad)
    candidate_w = matmul.matmul(array.concat([x, before * reset], 1), candidate_grad, transpose_a=True)
    return x_grad, before_grad, gates_w, candidate_w, gates_b, build.apply("BiasAddGrad", candidate_grad)
