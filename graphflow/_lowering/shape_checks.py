"""Operations whose inputs must fit without broadcasting, checked again once the shapes that were unknown are there.

NumPy would spread a label over a batch, or one row of a gradient over a variable; TensorFlow's kernels refuse.
"""

from __future__ import annotations

from graphflow._graph import operation, tensor
from graphflow._ops import training_ops

_STRICT = frozenset({
    "AccumulateNV2", "AddN", "BiasAdd", "BiasAddV1", "CropAndResize", "InTopK", "InTopKV2", "LRN", "ResizeArea",
    "ResizeBicubic", "ResizeBilinear", "ResizeNearestNeighbor", "Select", "SparseSoftmaxCrossEntropyWithLogits",
    *training_ops.TYPES,
    *(prefix + kind for kind in ("Update", "Add", "Sub", "Mul", "Div", "Min", "Max")
      for prefix in ("Scatter", "ResourceScatter")),
})  # fmt: skip


def check(op, inputs):
    """Asks the graph's shape rule of a strict operation about the shapes that came.

    Raises:
        ValueError: they do not fit, in the words of the rule.
    """
    if op.type not in _STRICT or not any(_is_open(t) for t in op.inputs):
        return
    given = [_with_shape(t, value) for t, value in zip(op.inputs, inputs)]
    came = operation.Operation(op.graph, op.op_def, op.name, given, op.attrs, (), op._device, op.made_at, op._id)
    came.outputs = op.outputs
    op.op_def.shape_rule(came)


def _is_open(t):
    return t._dims is None or None in t._dims


def _with_shape(t, value):
    dims = getattr(value, "shape", None)  # what names a variable has none
    if not isinstance(dims, tuple) or not _is_open(t):
        return t
    known = tensor.Tensor(t.op, t.value_index, t._dtype)
    known._dims = dims
    return known
