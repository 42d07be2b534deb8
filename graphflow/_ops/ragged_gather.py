"""Rows, and elements of rows, by their numbers."""

from __future__ import annotations

from graphflow._core import dtypes
from graphflow._graph import build, op_def, tensor
from graphflow._graph import graph as graph_lib
from graphflow._ops import array, asserts, math, ragged_tensor, rearrange
from graphflow._ops import gather as dense

RaggedTensor = ragged_tensor.RaggedTensor


def is_ragged(value):
    """Whether a converted value is a RaggedTensor."""
    return isinstance(value, RaggedTensor)


def both(params, indices):
    """(params, indices) as tensors or RaggedTensors whose splits are of one type."""
    params, indices = ragged_tensor.convert(params, name="params"), ragged_tensor.convert(indices, name="indices")
    ragged_tensor.of_one_splits_type(params, indices)
    return params, indices


def gather(params, indices, validate_indices=None, name=None, axis=None, batch_dims=0):
    """The rows of `params` whose numbers are given; both may be ragged.

    Returns:
        `indices.shape + params.shape[1:]`, ragged unless neither is.

    Raises:
        ValueError: `axis` or `batch_dims` is not 0, or the rank of `indices` is not known.
    """
    if axis not in (None, 0) or batch_dims != 0:
        raise ValueError("of ragged tensors rows are gathered: axis and batch_dims must be 0; see tf.batch_gather")
    with build.name_scope(name, "RaggedGather", [params, indices]):
        params, indices = both(params, indices)
        if is_ragged(indices):
            return indices.with_values(gather(params, indices.values))
        if not is_ragged(params):
            return dense.gather(params, indices)
        if indices._dims is None:
            raise ValueError("indices.shape.ndims must be known statically")
        splits = list(params.nested_row_splits)
        rank = len(indices._dims) + len(splits) - 1
        made, values = build.apply("RaggedGather", splits, params.flat_values, indices, OUTPUT_RAGGED_RANK=rank)
        return RaggedTensor.from_nested_row_splits(values, made, validate=False)


@op_def.shape_rule("RaggedGather")
def _gather_shape(op):
    *_, values, indices = op.inputs
    rank = op.attrs["OUTPUT_RAGGED_RANK"]
    rows = indices._dims[0] if indices._dims else None
    splits = [(None,)] * rank
    if rank and rows is not None:
        splits[0] = (rows + 1,)
    return [*splits, None if values._dims is None else (None, *values._dims[1:])]


@op_def.gradient("RaggedGather")
def _gather_gradient(op, *grads):
    *splits, values, indices = op.inputs
    count = array.shape(values, out_type=dtypes.int64)[0]
    *_, places = build.apply(
        "RaggedGather", splits, math.range(count), indices, OUTPUT_RAGGED_RANK=op.attrs["OUTPUT_RAGGED_RANK"]
    )
    return *[None] * len(splits), tensor.IndexedSlices(grads[-1], places, array.shape(values)), None


def gather_nd(params, indices, name=None, batch_dims=0):
    """The rows, or elements of rows, whose places are given; both may be ragged.

    Args:
        params: of which to take.
        indices: `[..., n]`, with n numbers for each place; the last axis is not ragged.

    Returns:
        `indices.shape[:-1] + params.shape[n:]`.

    Raises:
        ValueError: `batch_dims` is not 0, or n or the rank of `indices` is not known.
    """
    if batch_dims != 0:
        raise ValueError("batch_dims != 0 is not supported for ragged gather_nd.")
    with build.name_scope(name, "RaggedGatherNd", [params, indices]):
        params, indices = both(params, indices)
        dims = indices.get_shape()._dims
        if dims is None:
            raise ValueError("indices.rank be statically known.")
        if not dims:
            raise ValueError("indices.rank must be at least 1.")
        if is_ragged(indices) and len(dims) == indices.ragged_rank + 1:
            raise ValueError("The innermost dimension of indices may not be ragged")
        if dims[-1] is None:
            raise ValueError("indices.shape[-1] must be statically known.")
        if len(dims) > 2:
            return _gather_nd_of_many(params, indices, len(dims))
        if dims[-1] == 1:
            return gather(params, array.reshape(indices, [-1]))
        return _gather_nd(params, indices, dims)


def _gather_nd_of_many(params, indices, rank):
    was_dense = not is_ragged(indices)
    if was_dense:
        splits_dtype = params.row_splits.dtype
        indices = RaggedTensor.from_tensor(indices, ragged_rank=rank - 2, row_splits_dtype=splits_dtype)
    made = indices.with_flat_values(of_flat(params, indices.flat_values))
    return made.to_tensor() if was_dense and made.ragged_rank == rank - 2 else made


def of_flat(params, indices):
    """`gather_nd` of a matrix of indices."""
    return gather_nd(params, indices) if is_ragged(params) else dense.gather_nd(params, indices)


def _gather_nd(params, indices, dims):
    """Elements of rows: the numbers of rows become places among the values, axis by axis."""
    if dims[-1] == 0:  # the whole, as often as there are places
        whole = RaggedTensor(params, one_row(params))
        return params if len(dims) == 1 else gather(whole, array.zeros(array.shape(indices)[:-1], dtypes.int64))
    indices = math.cast(indices, params.row_splits.dtype)
    places = indices[..., 0]
    for axis in range(1, dims[-1]):
        if not is_ragged(params):
            rest = array.concat([array.expand_dims(places, -1), indices[..., axis:]], axis=-1)
            return dense.gather_nd(params, rest)
        places = dense.gather(params.row_splits, places) + indices[..., axis]
        params = params.values
    return gather(params, places)


def one_row(values):
    """The splits that make one row of all values."""
    count = values.nrows() if is_ragged(values) else array.shape(values, out_type=dtypes.int64)[0]
    return array.concat([array.zeros([1], count.dtype), array.expand_dims(count, 0)], axis=0)


def batch_gather(params, indices, name=None):
    """Of each row of `params` the elements whose numbers the same row of `indices` gives; both may be ragged.

    Raises:
        ValueError: the ranks do not fit. InvalidArgumentError: at run time, when they differ in their outer rows.
    """
    with build.name_scope(name, "RaggedBatchGather", [params, indices]):
        params, indices = both(params, indices)
        dims = indices.get_shape()._dims
        if dims is None:
            raise ValueError("batch_gather does not allow indices with unknown shape.")
        if not dims:
            raise ValueError("indices.rank must be at least 1.")
        if is_ragged(indices) and len(dims) > 2:
            if not is_ragged(params):
                raise ValueError("batch shape from indices does not match params shape")
            check = asserts.assert_equal(params.row_splits, indices.row_splits)
            with graph_lib.get_default_graph().control_dependencies([check]):
                return RaggedTensor(batch_gather(params.values, indices.values), indices.row_splits)
        if not is_ragged(indices) and len(dims) == 1:
            return gather(params, indices)
        if len(dims) > 2:
            raise ValueError("batch shape from indices does not match params shape")
        if not is_ragged(params):
            if params._dims is not None and len(params._dims) < 2:
                raise ValueError("batch shape from indices does not match params shape")
            params = RaggedTensor.from_tensor(params, row_splits_dtype=indices.row_splits.dtype)
        starts = params.row_starts()
        if not is_ragged(indices):
            return gather(params.values, math.cast(indices, starts.dtype) + array.expand_dims(starts, 1))
        starts = rearrange.repeat(starts, indices.row_lengths())
        return indices.with_values(gather(params.values, math.cast(indices.values, starts.dtype) + starts))
