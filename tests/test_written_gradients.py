"""Every written gradient agrees with the one derived from the op's own lowering, in float64: the table tests itself.

The operations come from the graphs of the oracle's cases, each rebuilt alone in float64 on the values it had there.
"""

import numpy as np
import pytest

import graphflow as tf
from graphflow._autodiff import gradients
from graphflow._core import dtypes
from graphflow._graph import build, op_def
from graphflow._lowering import table
from graphflow._ops import derived, handles
from tests.oracle import harness, recording

CASES = [
    pytest.param(case, id=f"{module}-{case.name}")
    for module in harness.modules()
    for case in harness.collect(module).values()
    if case.grads and not case.raises
]
# What TensorFlow defines otherwise than calculus does, and why.
BY_DEFINITION = {
    "SparseSoftmaxCrossEntropyWithLogits": "its second output is the gradient itself and gets none",
    "SoftmaxCrossEntropyWithLogits": "its second output is the gradient itself and gets none",
    "CTCLoss": "its second output is the gradient itself and gets none",
    "DenseCTCLoss": "its second output is the gradient itself and gets none",
    "LSTMBlockCell": "only the cell values and the output carry a gradient",
    "BlockLSTM": "only the cell values and the outputs carry a gradient",
    "GRUBlockCell": "only the output carries a gradient",
    "FusedBatchNormV3": "only the first output carries a gradient",
    "FusedBatchNorm": "only the first output carries a gradient",
    "FusedBatchNormV2": "only the first output carries a gradient",
    "StopGradient": "that is what it is for",
    "RandomGamma": "the loop that rejects has no derivative; the written one is that of the distribution function",
    "PreventGradient": "that is what it is for",
    **dict.fromkeys(
        (
            "FakeQuantWithMinMaxArgs", "FakeQuantWithMinMaxVars", "FakeQuantWithMinMaxVarsPerChannel", "QuantizeAndDequantize",
            "QuantizeAndDequantizeV2", "QuantizeAndDequantizeV3",
        ),
        "rounding has no slope; the written gradient passes straight through",
    ),
}  # fmt: skip
_seen = set()


def compared(op):
    """Whether an operation has both a written gradient and one to derive, and was not compared before."""
    rule = op.op_def.gradient_rule
    if rule is None or isinstance(rule, op_def.NotDifferentiable) or op.type in BY_DEFINITION:
        return False
    if "_gradient_op_type" in op.attrs or any(t.dtype.is_ref or t.dtype == dtypes.resource for t in op.inputs):
        return False
    if any(handles.is_flow(t) for t in op.inputs):
        return False  # a TensorArray cannot stand alone
    if not any(t.dtype.is_floating for t in op.inputs) or table.row_of(op).is_host or table.row_of(op).writes:
        return False
    key = (op.type, repr(sorted(op.attrs.items())), tuple(t._dims for t in op.inputs))
    return key not in _seen and not _seen.add(key)


def widened(op, values):
    """The operation alone in the default graph, its floats as float64 where the type allows it."""
    attrs = {}
    for name, value in op.attrs.items():
        attr = op.op_def.attrs.get(name)
        if attr is None:
            continue
        allows = attr.allowed is None or dtypes.float64 in attr.allowed
        attrs[name] = dtypes.float64 if attr.kind == "type" and value == dtypes.float32 and allows else value
    inputs, flat = [], iter(zip(op.inputs, values))
    for arg in op.op_def.inputs:
        count = (
            op.attrs[arg.number_attr]
            if arg.number_attr
            else len(op.attrs[arg.type_list_attr])
            if arg.type_list_attr
            else None
        )
        chosen = [next(flat) for _ in range(1 if count is None else count)]
        wide = arg.type_attr is not None and attrs.get(arg.type_attr) == dtypes.float64
        made = [
            tf.constant(np.asarray(v, np.float64 if wide else None), np.float64 if wide else t.dtype) for t, v in chosen
        ]
        inputs.append(made if count is not None else made[0])
    return build.apply_op(op.op_def, inputs, None, attrs)


def both_gradients(op):
    """[(input name, written, derived)] for an operation, each gradient a dense tensor."""
    random = np.random.RandomState(7)
    grads = [
        tf.constant(random.uniform(-1, 1, t.shape.as_list()), t.dtype)
        if t.dtype.is_floating and t.shape.is_fully_defined()
        else None
        for t in op.outputs
    ]
    if all(g is None for g in grads):
        return []
    given = [tf.zeros_like(t) if g is None and t.dtype.is_floating else g for g, t in zip(grads, op.outputs)]
    written = op.op_def.gradient_rule(op, *given)
    written = list(written) if isinstance(written, (list, tuple)) else [written]
    found = derived.derived_gradient(op, grads)
    pairs = [(t, w, d) for t, w, d in zip(op.inputs, written, found) if w is not None and d is not None]
    return [(f"{op.type} {t.name}", gradients.dense(w), d, t.dtype) for t, w, d in pairs]


@pytest.mark.parametrize("case", CASES)
def test_written_gradients_agree_with_derived_ones(case):
    with tf.Graph().as_default() as graph:
        recording.record_gradients(case, tf, graph)
        ops = [op for op in graph.get_operations() if compared(op)]
        inputs = [t for op in ops for t in op.inputs]
        with tf.Session() as session:
            session.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
            values = iter(session.run(inputs, recording.keyed(case.feeds[0])))
    with tf.Graph().as_default(), tf.Session() as session:
        rows = [row for op in ops for row in both_gradients(widened(op, [next(values) for _ in op.inputs]))]
        answers = session.run([(w, d) for _, w, d, _ in rows]) if rows else []
    for (name, _, _, dtype), (w, d) in zip(rows, answers):
        tolerance = 1e-6 if dtype == tf.float64 else 2e-3
        np.testing.assert_allclose(w, d, rtol=tolerance, atol=tolerance, err_msg=name)
