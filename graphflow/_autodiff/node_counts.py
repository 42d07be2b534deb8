"""How many nodes TensorFlow 1.15 makes for the gradient of an operation, where graphflow makes other ones.

An operation that is made after a gradient, such as the initial value of a second network, takes its seed from the number of
operations before it. Our gradients leave out what only computes shapes, so they are counted as TensorFlow's.
"""

from __future__ import annotations

from graphflow._core import shapes
from graphflow._graph import static_value, tensor

_SEEN = "shapes of gradients"  # in Graph._extra: what TensorFlow evaluates once for a graph
_SMALL = 1000  # elements; larger zeros are filled in by a node

_FEW = 16  # parts of a concatenation; the gradients of more are cut by one node

_BROADCAST_ARGS = 3  # two shapes and the axes to sum
_REDUCED_SHAPE = 10  # nodes of the shape that a reduction with keepdims has


def of(graph, op, grads):
    """The number of nodes of the gradient of `op` for the gradients of its outputs; None where ours are as many, or unknown."""
    count = _COUNTS.get(op.type)
    if any(isinstance(g, tensor.IndexedSlices) for g in grads):
        count = _concat_of_rows if op.type == "ConcatV2" else None
    if count is None:
        return None
    return count if isinstance(count, int) else count(graph, op, grads)


def of_gate(op, grads):
    """Nodes that make the gradients of the inputs of one operation wait for each other."""
    given = _GIVEN.get(op.type, len(grads)) if op.attrs.get("is_training", True) else len(grads)
    return 1 + given if given > 1 else 0


def _is_static(*dims):
    return all(d is not None and None not in d for d in dims)


def _is_first(graph, *key):
    """Whether the graph meets this key for the first time."""
    seen = graph._extra.setdefault(_SEEN, set())
    found = key not in seen
    seen.add(key)
    return found


def _dims(op, grads):
    return op.inputs[0]._dims, op.inputs[1]._dims, grads[0]._dims


def _sums(graph, x, y, grad):
    """Nodes that bring what arrives at a broadcast result back to the shapes of both inputs."""
    if not _is_static(x, y):
        return _BROADCAST_ARGS + 4
    made = _BROADCAST_ARGS if _is_first(graph, "broadcast", x, y) else 0
    return made + 4 * ((x != grad) + (y != grad))


def _binary(own):
    """For an operation that makes `own` nodes besides the sums, of which there are none where all shapes are equal."""

    def count(graph, op, grads):
        x, y, grad = _dims(op, grads)
        return own if _is_static(x) and x == y == grad else own + _sums(graph, x, y, grad)

    return count


def _mul(graph, op, grads):
    x, y, grad = _dims(op, grads)
    dtype = grads[0].dtype
    if dtype.name in ("float32", "int32"):
        return _binary(2)(graph, op, grads)
    return 2 + 2 * dtype.is_complex + _sums(graph, x, y, grad)


def _zeros_like(dims):
    return 3 if _is_static(dims) and shapes.num_elements(dims) >= _SMALL else 1


def _pow(graph, op, grads):
    x, y, grad = _dims(op, grads)
    return 15 + _zeros_like(x) + _sums(graph, x, y, grad)


def _matmul(graph, op, grads):
    x, y, _ = _dims(op, grads)
    return 2 if _is_static(x, y) and x == y else 17


def _sum(graph, op, grads):
    dims, axes = op.inputs[0]._dims, static_value.constant_value(op.inputs[1])
    if dims is not None and axes is not None:
        axes = tuple(axes.ravel().tolist())
        if axes == tuple(range(len(dims))):
            return 4
        if _is_static(dims):
            return 4 + (_REDUCED_SHAPE + 7 if _is_first(graph, "reduce", dims, axes) else 0)
    return 6 + _REDUCED_SHAPE + (op.inputs[1].dtype.name != "int32")


def _mean(graph, op, grads):
    return _sum(graph, op, grads) + (2 if _is_static(op.inputs[0]._dims, op.outputs[0]._dims) else 11)


def _extremum(graph, op, grads):
    return 9 + _REDUCED_SHAPE + (op.inputs[1].dtype.name != "int32")


def _concat(graph, op, grads):
    parts = op.inputs[:-1]
    if len(parts) == 1:
        return 0
    unknown = next((i for i, t in enumerate(parts) if not _is_static(t._dims)), None)
    sizes = len(parts) if unknown is None else unknown + 2  # tried one by one; then all at once
    return 2 + sizes + (1 + len(parts) if len(parts) <= _FEW else 7)


def _concat_of_rows(graph, op, grads):
    """Where only some rows of the whole have a gradient."""
    if static_value.known_int(op.inputs[-1]) != 0:
        return None
    return 3 + (14 + (grads[0].indices.dtype.name != "int32")) * (len(op.inputs) - 1)


def _gather(graph, op, grads):
    return 13 if static_value.known_int(op.inputs[2]) == 0 else 55


_COUNTS = {
    "Add": _binary(0),
    "AddV2": _binary(0),
    "Sub": _binary(1),
    "Mul": _mul,
    "SquaredDifference": _binary(5),
    "Pow": _pow,
    "RealDiv": 12,
    "Div": 12,
    "DivNoNan": 12,
    "Maximum": 13,
    "Minimum": 13,
    "Log": 2,
    "Log1p": 4,
    "Asin": 6,
    "Acos": 7,
    "Sign": 3,
    "Prod": 49,
    "Cumprod": 4,
    "BatchMatMulV2": _matmul,
    "Sum": _sum,
    "Mean": _mean,
    "Max": _extremum,
    "Min": _extremum,
    "ConcatV2": _concat,
    "GatherV2": _gather,
    "Conv2D": 3,
    "Pad": 9,
    "Slice": 12,
    "Tile": 12,
    "BroadcastTo": 4,
    "TopKV2": 43,
    "ReluGrad": 4,
    "TanhGrad": 5,
    "SigmoidGrad": 6,
    "LeakyReluGrad": 4,
    "FloorMod": 10,
    "CropAndResize": 3,
    "ExtractImagePatches": 97,
    "Cholesky": 33,
    "TensorArrayGatherV3": 3,
    "TensorArrayScatterV3": 3,
    "TensorArrayConcatV3": 3,
}

# how many gradients TensorFlow's rule gives, where that are more than ours: zeros of integers, and of what is kept for the way back
_GIVEN = {"Pow": 2, "TopKV2": 2, **dict.fromkeys(("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3"), 5)}
