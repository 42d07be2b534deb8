"""SparseTensors through queues: what goes into the queue is a number, under which the session keeps the tensor."""

from __future__ import annotations

from graphflow._graph import build, op_def, sparse_tensor
from graphflow._graph import graph as graph_lib


def add_sparse(sp_input, shared_name=None, name=None):
    """Keeps a SparseTensor in the session; returns the number under which it is, an int64 scalar."""
    return build.apply("AddSparseToTensorsMap", *_parts(sp_input), shared_name=shared_name, name=name)


def add_many_sparse(sp_input, shared_name=None, name=None):
    """Keeps each row of a SparseTensor in the session; returns their numbers, int64 `[rows]`."""
    return build.apply("AddManySparseToTensorsMap", *_parts(sp_input), shared_name=shared_name, name=name)


def take_many_sparse(map_op, handles, rank=None, name=None):
    """The SparseTensors under some numbers as one with a first axis more; the session forgets them.

    Args:
        map_op: the operation that put them there.
        handles: int64 `[n]`.
        rank: that of the result, where it is known.

    Raises:
        TypeError: `map_op` is another kind of operation.
    """
    if map_op.type not in ("AddSparseToTensorsMap", "AddManySparseToTensorsMap"):
        raise TypeError(
            "sparse_map_op must be one of AddSparseToTensorsMap or AddManySparseToTensorsMap. Instead, found "
            f"`{map_op.type}`."
        )
    with graph_lib.get_default_graph().colocate_with(map_op):
        shared_name = map_op.get_attr("shared_name").decode() or map_op.name
        indices, values, shape = build.apply(
            "TakeManySparseFromTensorsMap", handles, dtype=map_op.get_attr("T"), shared_name=shared_name, name=name
        )
    indices.set_shape([None, rank])
    shape.set_shape([rank])
    return sparse_tensor.SparseTensor(indices, values, shape)


def _parts(sp_input):
    sp_input = sparse_tensor.SparseTensor.from_value(sp_input)
    return sp_input.indices, sp_input.values, sp_input.dense_shape


op_def.shape_rule("AddSparseToTensorsMap")(lambda op: [()])
op_def.shape_rule("AddManySparseToTensorsMap")(lambda op: [(None,)])
op_def.shape_rule("TakeManySparseFromTensorsMap")(lambda op: [(None, None), (None,), (None,)])
op_def.not_differentiable(
    "AddSparseToTensorsMap",
    "AddManySparseToTensorsMap",
    "TakeManySparseFromTensorsMap",
    because="it hands tensors to other runs",
)
